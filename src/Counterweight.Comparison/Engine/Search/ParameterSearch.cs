namespace Counterweight.Comparison;

/// <summary>The search of parameters by successive halving: every space on every learner.</summary>
internal sealed class ParameterSearch(RunTerms terms, Scoring scoring)
{
    private readonly List<Bracket> brackets = [];
    private readonly TrainingUnits units = new(terms);
    private readonly int[] first = [.. Enumerable.Range(0, terms.Folds.Count).Where(j => terms.Folds[j].Repeat == 0)];

    /// <summary>How many fits the search needs at most.</summary>
    internal int Fits => brackets.Sum(b => b.Rungs.Sum(r => r.Entering * first.Length));

    /// <summary>Lays out the brackets and trains nothing.</summary>
    internal void Prepare()
    {
        int rows = first.Min(j => terms.Folds[j].Train.Length);
        var added = new Dictionary<Candidate, string?>();
        foreach (ILearner learner in terms.Learners)
            foreach (RemedySpace space in terms.Options.Searches) brackets.Add(Begin(learner, space, rows, added));
    }

    /// <summary>
    /// Searches: rungs of more and more training rows, each judged on all folds of the first repeat. The best third of a rung goes on, less those that the test
    /// of the race finds clearly worse. What is left when the rungs, or half of the remaining time, are used up is the result.
    /// </summary>
    /// <param name="judge">Trains and judges.</param>
    /// <param name="progress">Is told of the fits still to come.</param>
    /// <param name="stop">Ends the whole run.</param>
    /// <returns>The learners and remedies that become candidates; null if the whole run is to stop.</returns>
    internal IReadOnlyList<(ILearner Learner, Remedy Remedy)>? Run(FoldJudge judge, RunProgress progress, CancellationToken stop)
    {
        using var half = new CancellationTokenSource();
        if (terms.Options.TimeBudget is TimeSpan budget) half.CancelAfter(TimeSpan.FromTicks(Math.Max(1, (budget - progress.Elapsed).Ticks / 2)));
        using var enough = CancellationTokenSource.CreateLinkedTokenSource(stop, half.Token);
        Prepare();
        progress.Pending = Fits;
        foreach (int divisor in brackets.SelectMany(b => b.Rungs).Select(r => r.Divisor).Distinct().OrderDescending())
        {
            if (enough.IsCancellationRequested) break;
            Bracket[] here = [.. brackets.Where(b => b.Rungs.Any(r => r.Divisor == divisor))];
            JudgeRung(here, divisor, judge, progress, enough.Token);
            foreach (Bracket bracket in here) Halve(bracket, bracket.Rungs.Single(r => r.Divisor == divisor));
        }

        progress.Pending = 0;
        if (stop.IsCancellationRequested) return null;
        var entering = new List<(ILearner Learner, Remedy Remedy)>();
        foreach (Bracket bracket in brackets)
            foreach (Configuration finalist in Finalists(bracket))
            {
                finalist.Entered = true;
                entering.Add((bracket.Learner, finalist.Candidate.Remedy));
            }

        return entering;
    }

    /// <summary>Whatever was judged and did not enter the comparison, for the count of tries and the honest estimate.</summary>
    internal IReadOnlyList<Configuration> LeftOut(CandidateStates candidates) =>
    [
        .. brackets.SelectMany(b => b.Configurations).Where(c => c.Scores.Count > 0 && candidates.Find(c.Candidate) is null).DistinctBy(c => c.Candidate),
    ];

    /// <summary>How each space went on each learner.</summary>
    internal IReadOnlyList<SearchResult> Results() => [.. brackets.Select(b => new SearchResult(
        b.Learner.Name, b.Space,
        [
            .. b.Configurations.OrderBy(c => c.Scores.Count == 0).ThenBy(c => c.Divisor).ThenByDescending(c => c.Scores.Count == 0 ? 0 : Goodness(c))
                .Select(Result),
        ], b.Complete))];

    private SearchedConfiguration Result(Configuration configuration)
    {
        bool judged = configuration.Scores.Count > 0;
        return new SearchedConfiguration(
            configuration.Candidate.Remedy, judged ? 1.0 / configuration.Divisor : 0, configuration.Scores.Count,
            judged ? scoring.Mean(configuration.Scores) : double.NaN, configuration.Entered, configuration.Reason)
        {
            Rungs =
            [
                .. configuration.Rungs.Select(
                    r => new SearchedRung(1.0 / r.Divisor, r.Scores.Count, scoring.Interval(r.Scores, TestShare(r.Divisor)))),
            ],
        };
    }

    private Bracket Begin(ILearner learner, RemedySpace space, int rows, Dictionary<Candidate, string?> added)
    {
        var bracket = new Bracket(learner, space);
        foreach (Remedy remedy in space.Configurations(terms.Options.SearchSize))
        {
            var candidate = new Candidate(learner.Name, remedy);
            if (!added.TryGetValue(candidate, out string? reason)) added[candidate] = reason = units.Add(learner, candidate);
            bracket.Configurations.Add(new Configuration(candidate) { Reason = reason });
        }

        bracket.Rungs = Halving.Schedule(bracket.Racing.Count(), rows, terms.Counts.Classes, terms.Options.Repeats);
        return bracket;
    }

    private void JudgeRung(Bracket[] here, int divisor, FoldJudge judge, RunProgress progress, CancellationToken enough)
    {
        ILookup<Candidate, Configuration> racing = here.SelectMany(b => b.Racing).ToLookup(c => c.Candidate);
        foreach (int j in first)
        {
            if (enough.IsCancellationRequested) return;
            Fold part = Halving.Part(terms.Folds[j], terms.Dataset.Labels, terms.Counts.Classes, divisor, terms.Options.Seed);
            using var features = new FoldFeatures(terms.Dataset, part, terms.Groups);
            FoldOutcome outcome = judge.Judge(features, j, divisor, units.All, c => racing[c].Any(x => x.Reason is null), _ => 0, enough);
            progress.Pending = Math.Max(0, progress.Pending - racing.Count);
            foreach ((Candidate candidate, Exception failure) in outcome.Failures)
                foreach (Configuration configuration in racing[candidate]) configuration.Reason = CandidateState.ReasonOf(failure);
            if (racing.Any(g => g.First().Reason is null && !outcome.Scores.ContainsKey(g.Key))) return;
            foreach ((Candidate candidate, FoldScore score) in outcome.Scores)
            {
                foreach (Configuration configuration in racing[candidate])
                    configuration.Add(divisor, score, new JudgedFold(terms.Folds[j], score.Decided, score.Probabilities, score.Decision));
                if (divisor == 1) judge.Remember(candidate, j, score);
            }
        }
    }

    /// <summary>Lets the best go on; if time ended the rung early, those that it judged are ranked all the same.</summary>
    private void Halve(Bracket bracket, Rung rung)
    {
        Configuration[] judged = [.. bracket.Racing.Where(c => c.Divisor == rung.Divisor && c.Scores.Count > 0).OrderByDescending(Goodness)];
        bracket.Complete &= judged.Length > 0 && judged[0].Scores.Count == first.Length;
        if (judged.Length == 0) return;
        bracket.Reached = rung.Divisor;
        foreach (Configuration left in judged.Skip(rung.Leaving)) left.Dropped = true;
        if (!terms.Options.Racing || judged[0].Scores.Count < Race.FewestFolds || judged[^1].Scores.Count != judged[0].Scores.Count) return;
        IReadOnlyList<Left> worse = Race.ClearlyWorse(
            [.. judged.Select(c => scoring.Goodnesses(c.Scores))], judged.Length, bracket.Rungs.Count, TestShare(rung.Divisor), terms.Options.Equivalence);
        foreach (Left configuration in worse) judged[configuration.Loser].Dropped = true;
    }

    /// <summary>Those left, the best first; of a search that never ranked anything because its time was up, none.</summary>
    private Configuration[] Finalists(Bracket bracket)
    {
        if (bracket.Rungs.Count == 0) return [.. bracket.Racing];
        bracket.Complete &= bracket.Reached == bracket.Rungs[^1].Divisor;
        return [.. bracket.Racing.Where(c => c.Scores.Count > 0).OrderBy(c => c.Divisor).ThenByDescending(Goodness).Take(Halving.MostFinalists)];
    }

    private double Goodness(Configuration configuration) => scoring.Goodness(configuration.Scores);

    /// <summary>The share of the tested rows among those of a rung, which trains on a part of the others.</summary>
    private double TestShare(int divisor) => terms.TestShare / (terms.TestShare + ((1 - terms.TestShare) / divisor));
}
