using Counterweight.Data;

namespace Counterweight.Comparison;

/// <summary>Trains one shard of a comparison: what it judged is in the store, and the verdict is that of a run that finds all shards there.</summary>
internal static class ShardRun
{
    /// <summary>Trains what belongs to the shard and is not in the store.</summary>
    /// <param name="dataset">The rows.</param>
    /// <param name="options">The options as carried out.</param>
    /// <param name="shard">Which shard.</param>
    /// <param name="store">Keeps what was judged.</param>
    /// <param name="listener">Is told of every finished fit.</param>
    /// <param name="stop">Ends it.</param>
    /// <returns>How many candidates were judged on a fold, and why others failed.</returns>
    internal static (int Judged, IReadOnlyList<string> Failures) Execute(
        Dataset dataset, ComparisonOptions options, Shard shard, RunStore store, IProgress<ComparisonProgress>? listener, CancellationToken stop)
    {
        RunTerms terms = RunTerms.Of(dataset, options, []);
        var scoring = new Scoring(terms);
        var candidates = new CandidateStates(terms, scoring);
        using ProgramJudge? programs = options.Trainers.Count == 0 ? null : new ProgramJudge(terms);
        var judge = new FoldJudge(terms, scoring, store, programs, new RunProgress(listener, candidates, scoring));
        int judged = 0;
        List<string> failures = [];
        int Owned(int fold) => candidates.Units.Where((_, u) => shard.Owns(u, fold)).Count();
        for (int j = 0; j < terms.Folds.Count; j++)
        {
            int fold = j, later = Enumerable.Range(j + 1, terms.Folds.Count - j - 1).Sum(Owned);
            TrainingUnit[] units = [.. candidates.Units.Where((_, u) => shard.Owns(u, fold))];
            using var features = new FoldFeatures(dataset, terms.Folds[j], terms.Groups);
            FoldOutcome outcome = judge.Judge(features, j, 1, units, c => candidates[c].Status == CandidateStatus.Done, _ => later, stop);
            stop.ThrowIfCancellationRequested();
            judged += outcome.Scores.Count;
            failures.AddRange(outcome.Failures.Select(f => $"{f.Key}: {CandidateState.ReasonOf(f.Value)}").Order(StringComparer.Ordinal));
            if (programs is not null && shard.Owns(0, j)) programs.MeasureNoise(j, candidates.Units, stop);
        }

        return (judged, [.. failures.Distinct()]);
    }
}
