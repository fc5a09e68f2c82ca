using System.Diagnostics;

namespace Counterweight.Comparison;

/// <content>The search of parameters by successive halving.</content>
internal sealed partial class ComparisonRun
{
    private readonly List<Bracket> brackets = [];

    /// <summary>
    /// Searches every space on every learner: rungs of more and more training rows, each judged on all folds of the first repeat. The best third of a rung
    /// goes on, less those that the test of the race finds clearly worse. What is left when the rungs, or half of the remaining time, are used up becomes
    /// candidates.
    /// </summary>
    /// <returns>False if the whole run is to stop.</returns>
    private bool Search(CancellationToken stop)
    {
        using var half = new CancellationTokenSource();
        if (options.TimeBudget is TimeSpan budget) half.CancelAfter(TimeSpan.FromTicks(Math.Max(1, (budget - Stopwatch.GetElapsedTime(started)).Ticks / 2)));
        using var enough = CancellationTokenSource.CreateLinkedTokenSource(stop, half.Token);
        int[] first = [.. Enumerable.Range(0, folds.Count).Where(j => folds[j].Repeat == 0)];
        int rows = first.Min(j => folds[j].Train.Length);
        var known = new Dictionary<string, TrainingUnit>(StringComparer.Ordinal);
        var trained = new List<TrainingUnit>();
        var added = new Dictionary<Candidate, string?>();
        foreach (ILearner learner in learners)
            foreach (RemedySpace space in options.Searches) brackets.Add(Begin(learner, space, rows, known, trained, added));
        pending = brackets.Sum(b => b.Rungs.Sum(r => r.Entering * first.Length));
        foreach (int divisor in brackets.SelectMany(b => b.Rungs).Select(r => r.Divisor).Distinct().OrderDescending())
        {
            if (enough.IsCancellationRequested) break;
            Bracket[] here = [.. brackets.Where(b => b.Rungs.Any(r => r.Divisor == divisor))];
            JudgeRung(here, divisor, first, trained, enough.Token);
            foreach (Bracket bracket in here) Halve(bracket, bracket.Rungs.Single(r => r.Divisor == divisor), first.Length);
        }

        pending = 0;
        if (stop.IsCancellationRequested) return false;
        foreach (Bracket bracket in brackets)
            foreach (Configuration finalist in Finalists(bracket))
            {
                finalist.Entered = true;
                Add(bracket.Learner, finalist.Candidate.Remedy);
            }

        return true;
    }

    private Bracket Begin(ILearner learner, RemedySpace space, int rows, Dictionary<string, TrainingUnit> known, List<TrainingUnit> trained,
        Dictionary<Candidate, string?> added)
    {
        var bracket = new Bracket(learner, space);
        foreach (Remedy remedy in space.Configurations(options.SearchSize))
        {
            var candidate = new Candidate(learner.Name, remedy);
            if (!added.TryGetValue(candidate, out string? reason)) added[candidate] = reason = UnitFor(learner, candidate, known, trained).Reason;
            bracket.Configurations.Add(new Configuration(candidate) { Reason = reason });
        }

        bracket.Rungs = Halving.Schedule(bracket.Racing.Count(), rows, counts.Classes, options.Repeats);
        return bracket;
    }

    private void JudgeRung(Bracket[] here, int divisor, int[] first, List<TrainingUnit> trained, CancellationToken enough)
    {
        ILookup<Candidate, Configuration> racing = here.SelectMany(b => b.Racing).ToLookup(c => c.Candidate);
        foreach (int j in first)
        {
            if (enough.IsCancellationRequested) return;
            var features = new FoldFeatures(dataset, Halving.Part(folds[j], dataset.Labels, counts.Classes, divisor, options.Seed), groups);
            FoldOutcome outcome = Judge(features, j, divisor, trained, c => racing[c].Any(x => x.Reason is null), _ => 0, enough);
            pending = Math.Max(0, pending - racing.Count);
            foreach ((Candidate candidate, Exception failure) in outcome.Failures)
                foreach (Configuration configuration in racing[candidate]) configuration.Reason = ReasonOf(failure);
            if (racing.Any(g => g.First().Reason is null && !outcome.Scores.ContainsKey(g.Key))) return;
            foreach ((Candidate candidate, FoldScore score) in outcome.Scores)
            {
                foreach (Configuration configuration in racing[candidate])
                    configuration.Add(divisor, score, new JudgedFold(folds[j], score.Decided, score.Probabilities, score.Decision));
                if (divisor == 1) judgedBySearch[(candidate, j)] = score;
            }
        }
    }

    /// <summary>Lets the best go on; if time ended the rung early, those that it judged are ranked all the same.</summary>
    private void Halve(Bracket bracket, Rung rung, int whole)
    {
        Configuration[] judged = [.. bracket.Racing.Where(c => c.Divisor == rung.Divisor && c.Scores.Count > 0).OrderByDescending(Value)];
        bracket.Complete &= judged.Length > 0 && judged[0].Scores.Count == whole;
        if (judged.Length == 0) return;
        bracket.Reached = rung.Divisor;
        foreach (Configuration left in judged.Skip(rung.Leaving)) left.Dropped = true;
        if (!options.Racing || judged[0].Scores.Count < Race.FewestFolds || judged[^1].Scores.Count != judged[0].Scores.Count) return;
        IReadOnlyList<Left> worse = Race.ClearlyWorse(
            [.. judged.Select(c => (double[])[.. c.Scores.Select(s => Sign * Value(s))])], judged.Length, bracket.Rungs.Count, TestShare(rung.Divisor),
            options.Equivalence);
        foreach (Left configuration in worse) judged[configuration.Loser].Dropped = true;
    }

    /// <summary>Those left, the best first; of a search that never ranked anything because its time was up, none.</summary>
    private Configuration[] Finalists(Bracket bracket)
    {
        if (bracket.Rungs.Count == 0) return [.. bracket.Racing];
        bracket.Complete &= bracket.Reached == bracket.Rungs[^1].Divisor;
        return [.. bracket.Racing.Where(c => c.Scores.Count > 0).OrderBy(c => c.Divisor).ThenByDescending(Value).Take(Halving.MostFinalists)];
    }

    private double Value(Configuration configuration) => Sign * configuration.Scores.Average(Value);

    /// <summary>Whatever was judged and did not enter the comparison, for the count of tries and the honest estimate.</summary>
    private IEnumerable<Configuration> LeftBySearch() =>
        brackets.SelectMany(b => b.Configurations).Where(c => c.Scores.Count > 0 && !states.ContainsKey(c.Candidate)).DistinctBy(c => c.Candidate);

    private SearchResult Searched(Bracket bracket) => new(
        bracket.Learner.Name, bracket.Space,
        [
            .. bracket.Configurations.OrderBy(c => c.Scores.Count == 0).ThenBy(c => c.Divisor).ThenByDescending(c => c.Scores.Count == 0 ? 0 : Value(c))
                .Select(c => new SearchedConfiguration(
                    c.Candidate.Remedy, c.Scores.Count == 0 ? 0 : 1.0 / c.Divisor, c.Scores.Count, c.Scores.Count == 0 ? double.NaN : c.Scores.Average(Value),
                    c.Entered, c.Reason)
                {
                    Rungs = [.. c.Rungs.Select(
                        r => new SearchedRung(1.0 / r.Divisor, r.Scores.Count,
                            MeanOf(r.Scores, TestShare(r.Divisor))))],
                }),
        ], bracket.Complete);

    /// <summary>The share of the tested rows among those of a rung, which trains on a part of the others.</summary>
    private double TestShare(int divisor) => testShare / (testShare + ((1 - testShare) / divisor));

    /// <summary>The search of one space on one learner.</summary>
    private sealed class Bracket(ILearner learner, RemedySpace space)
    {
        internal ILearner Learner => learner;

        internal RemedySpace Space => space;

        internal List<Configuration> Configurations { get; } = [];

        internal IReadOnlyList<Rung> Rungs { get; set; } = [];

        internal bool Complete { get; set; } = true;

        /// <summary>The divisor of the last rung that ranked configurations; 0 before the first.</summary>
        internal int Reached { get; set; }

        internal IEnumerable<Configuration> Racing => Configurations.Where(c => !c.Dropped && c.Reason is null);
    }

    /// <summary>One configuration of a bracket and what it scored on the largest rung that it reached.</summary>
    private sealed class Configuration(Candidate candidate)
    {
        internal Candidate Candidate => candidate;

        internal string? Reason { get; set; }

        internal bool Dropped { get; set; }

        internal bool Entered { get; set; }

        /// <summary>The rungs that judged it, in the order of its way through them.</summary>
        internal List<(int Divisor, List<FoldScore> Scores)> Rungs { get; } = [];

        internal int Divisor => Rungs.Count == 0 ? 0 : Rungs[^1].Divisor;

        internal List<FoldScore> Scores => Rungs.Count == 0 ? [] : Rungs[^1].Scores;

        internal List<JudgedFold> Judged { get; private set; } = [];

        internal void Add(int divisor, FoldScore score, JudgedFold judged)
        {
            if (divisor != Divisor)
            {
                Rungs.Add((divisor, []));
                Judged = [];
            }

            Scores.Add(score);
            Judged.Add(judged);
        }
    }
}
