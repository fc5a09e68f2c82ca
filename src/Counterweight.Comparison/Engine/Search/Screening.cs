using System.Globalization;

namespace Counterweight.Comparison;

/// <summary>Judges all candidates on a part of the training rows, and lets only the best go on: see <see cref="Effort"/>.</summary>
internal sealed class Screening(RunTerms terms, Scoring scoring, CandidateStates candidates)
{
    private readonly Dictionary<Candidate, Configuration> judged = [];

    /// <summary>What was judged and did not go on, for the count of tries and the honest estimate.</summary>
    internal IReadOnlyList<Configuration> LeftOut => [.. judged.Values.Where(c => candidates[c.Candidate].Status == CandidateStatus.Skipped)];

    /// <summary>Screens.</summary>
    /// <param name="judge">Trains and judges.</param>
    /// <param name="stop">Ends the run.</param>
    /// <returns>False if the run is to stop.</returns>
    internal bool Run(FoldJudge judge, CancellationToken stop)
    {
        int divisor = terms.Effort.ScreeningDivisor;
        RunTerms? some = terms.Screening;
        Scoring own = some is null ? scoring : new Scoring(some);
        (RunTerms ground, FoldJudge judging) = some is null ? (terms, judge) : (some, judge.On(some, own));
        var failed = new Dictionary<Candidate, Exception>();
        Fold[] first = [.. ground.Folds.Where(f => f.Repeat == 0)];
        for (int j = 0; j < first.Length; j++)
        {
            if (stop.IsCancellationRequested) return false;
            Fold part = Halving.Part(first[j], ground.Dataset.Labels, ground.Counts.Classes, divisor, terms.Options.Seed);
            using var features = new FoldFeatures(ground.Dataset, part, ground.Groups);
            // Trainings of some classes are kept under a divisor of their own, so that no training of all classes is taken for one of them.
            FoldOutcome outcome = judging.Judge(
                features, j, some is null ? divisor : -divisor, candidates.Units,
                c => candidates[c].Status == CandidateStatus.Done && !failed.ContainsKey(c), u => u * (first.Length - j - 1), stop);
            foreach ((Candidate candidate, Exception failure) in outcome.Failures) failed[candidate] = failure;
            foreach ((Candidate candidate, FoldScore score) in outcome.Scores)
            {
                if (!judged.TryGetValue(candidate, out Configuration? configuration)) judged[candidate] = configuration = new Configuration(candidate);
                configuration.Add(divisor, score, new JudgedFold(first[j], score.Decided, score.Probabilities, score.Decision));
            }
        }

        if (stop.IsCancellationRequested) return false;
        Choose(own, first.Length, failed);
        return true;
    }

    /// <summary>Those who go on: doing nothing on every learner, then the best as long as there is time for their trainings, one at least.</summary>
    /// <remarks>A part of the rows may rank the learners otherwise than all of them do. What remedies are measured by is doing nothing on the learner that
    /// does best with it on all rows, so none of these may be lost here.</remarks>
    private void Choose(Scoring own, int folds, Dictionary<Candidate, Exception> failed)
    {
        Candidate[] ranked =
        [
            .. judged.Values.Where(c => c.Scores.Count == folds && !failed.ContainsKey(c.Candidate)).OrderByDescending(c => own.Goodness(c.Scores))
                .ThenBy(c => c.Candidate.Remedy.Complexity).ThenBy(c => c.Candidate.ToString(), StringComparer.Ordinal).Select(c => c.Candidate),
        ];
        HashSet<Candidate> going = [.. ranked.Where(c => c.Remedy == Remedy.None)];
        var trained = new HashSet<TrainingUnit>(candidates.Units.Where(u => u.Candidates.Any(going.Contains)));
        int idle = trained.Count;
        double spent = trained.Sum(Seconds);
        foreach (Candidate candidate in ranked)
        {
            TrainingUnit unit = candidates.Units.First(u => u.Candidates.Contains(candidate));
            if (!trained.Contains(unit))
            {
                if (spent + Seconds(unit) > terms.Effort.SecondsOfAFold && trained.Count > idle) break;
                spent += Seconds(unit);
                trained.Add(unit);
            }

            going.Add(candidate);
        }

        string part = terms.Effort.ScreeningRows(terms.Counts.Classes);
        foreach (CandidateState state in candidates.All.Where(s => s.Status == CandidateStatus.Done && !going.Contains(s.Candidate)))
        {
            int rank = Array.IndexOf(ranked, state.Candidate) + 1;
            string why = failed.TryGetValue(state.Candidate, out Exception? failure) ? $": {CandidateState.ReasonOf(failure)}" : ".";
            state.Skip(rank == 0
                ? $"It could not be judged on {part}{why}"
                : string.Create(CultureInfo.InvariantCulture,
                    $"Judged on {part} only: a mean of {own.Mean(judged[state.Candidate].Scores):0.0000}, number {rank} of "
                    + $"{ranked.Length} there."));
        }
    }

    private double Seconds(TrainingUnit unit) => terms.Effort.SecondsOf(unit.Learner, unit.Training) / terms.Effort.RowDivisor;
}
