using System.Globalization;

namespace Counterweight.Comparison;

/// <content>What the scores come to.</content>
internal sealed partial class ComparisonRun
{
    /// <summary>Of more classes, only the baseline and the recommended candidate keep their matrix: one of a thousand classes takes 8 MB.</summary>
    private const int MostClassesOfEveryMatrix = 100;

    internal ComparisonResult Result()
    {
        CandidateState[] judged = [.. states.Values.Where(s => s.Scores.Count > 0)];
        CandidateState[] finished = [.. judged.Where(s => s.Status is CandidateStatus.Done && s.Scores.Count == completed).OrderByDescending(Value)];
        CandidateState baseline = finished.FirstOrDefault(s => s.Candidate.Remedy == Remedy.None) ?? throw NothingToCompareWith();
        FindNoiseFloors(baseline);
        if (options.Holdout is not null)
            holdout = new HoldoutStatistics([.. folds[0].Test.Select(r => dataset.Labels[r])], counts.Classes, positiveClass, options.Metric,
                judged.Length * options.Seeds, options.Seed, options.Threads, RowWeights.Of(dataset, folds[0].Test));
        Dictionary<Candidate, FoldMean> versus = judged.Where(s => s != baseline).ToDictionary(s => s.Candidate, s => Lead(s, baseline));
        Candidate[] tested = [.. versus.Keys];

        // A configuration that a search dropped was a try too: it counts with the largest p-value there is.
        Configuration[] left = [.. LeftBySearch()];
        double[] adjusted = HolmCorrection.Adjust([.. tested.Select(c => versus[c].PValue), .. left.Select(_ => 1.0)]);
        CandidateState best = finished[0];
        HashSet<Candidate> front = Front(finished);
        var results = new List<CandidateResult>();
        foreach (CandidateState state in states.Values)
        {
            bool has = state.Scores.Count > 0;
            CandidateStatus status = state.Status == CandidateStatus.Done && (incomplete || state.Scores.Count < completed) ? CandidateStatus.Unfinished
                : state.Status;
            results.Add(new CandidateResult
            {
                Candidate = state.Candidate,
                Status = status,
                Reason = state.Reason,
                FoldValues = [.. state.Scores.Select(Value)],
                Mean = has ? MeanOf(state) : null,
                VersusBaseline = versus.GetValueOrDefault(state.Candidate),
                PValueHolm = Array.IndexOf(tested, state.Candidate) is >= 0 and var at ? adjusted[at] : 1,
                Chances = has && state != baseline && (state.Scores.Count > 1 || holdout is not null)
                ? BayesianCorrelatedTTest.Evaluate(versus[state.Candidate], state.Scores.Count, options.Equivalence) : null,
                SameAsBest = finished.Contains(state) && PracticallySame(state, best),
                OnParetoFront = front.Contains(state.Candidate),
                Metrics = has ? Enumerable.Range(0, metrics.Count).ToDictionary(m => metrics[m].Name, m => state.Scores.Average(s => s.Figures[m]))
                : new Dictionary<string, double>(),
                FitSeconds = has ? state.Scores.Average(s => s.Seconds) : 0,
                Confusion = has && counts.Classes <= MostClassesOfEveryMatrix ? Pooled(state) : null,
                Judged = [.. state.Scores.Select((s, j) => new JudgedFold(folds[j], s.Decided, s.Probabilities, s.Decision))],
            });
        }

        results = [.. results.OrderBy(
            r => r.Status is CandidateStatus.Done or CandidateStatus.Unfinished && r.Mean is not null ? 0 : r.Mean is not null ? 1 : 2)
            .ThenByDescending(r => r.Mean is null ? 0 : Sign * r.Mean.Mean).ThenBy(r => r.Candidate.Remedy.Complexity)];
        Recommendation recommendation = Recommend(results, baseline, finished, left);
        if (counts.Classes > MostClassesOfEveryMatrix)
            results = [.. results.Select(
                r => r.Candidate == baseline.Candidate || r.Candidate == recommendation.Candidate ? r with { Confusion = Pooled(states[r.Candidate]) } : r)];
        return new ComparisonResult
        {
            Dataset = dataset,
            Options = options,
            Counts = counts,
            PositiveClass = positiveClass,
            Baseline = baseline.Candidate,
            Candidates = results,
            Searches = [.. brackets.Select(Searched)],
            Tries = tested.Length + left.Length,
            Recommendation = recommendation,
            Warnings = warnings,
            NoiseFloors = noiseFloors,
            Incomplete = incomplete,
        };
    }

    /// <summary>The mean of the deciding metric, its interval inside the range of the metric.</summary>
    private FoldMean MeanOf(IReadOnlyList<FoldScore> scores, double share) => CorrectedResampledTTest.Evaluate([.. scores.Select(Value)], share)
        .Within(options.Metric.Lowest(counts.Classes), options.Metric.Highest(counts.Classes));

    private HashSet<Candidate> Front(CandidateState[] finished)
    {
        if (options.Also.Count == 0) return [];
        int[] wanted = [.. ((IMetric[])[options.Metric, .. options.Also]).Select(m => metrics.FindIndex(j => j.Name == m.Name)).Distinct()];
        bool[] front = ParetoFront.Of(
            [.. finished.Select(s => (double[])[.. wanted.Select(m => s.Scores.Average(f => f.Figures[m]))])],
            [.. wanted.Select(m => metrics[m].HigherIsBetter)]);
        return [.. finished.Where((_, i) => front[i]).Select(s => s.Candidate)];
    }

    private bool PracticallySame(CandidateState state, CandidateState best)
    {
        if (state == best) return true;
        FoldMean difference = Lead(best, state);
        double tolerated = Math.Max(options.Equivalence, double.IsFinite(difference.StandardError) ? 0.5 * difference.StandardError : 0);
        return difference.Mean <= tolerated;
    }

    private ConfusionMatrix Pooled(CandidateState state)
    {
        double[] cells = new double[counts.Classes * counts.Classes];
        double repeats = Math.Max(1, (double)state.Scores.Count / options.Folds);
        for (int j = 0; j < state.Scores.Count; j++)
            for (int i = 0; i < folds[j].Test.Length; i++)
                cells[(dataset.Labels[folds[j].Test[i]] * counts.Classes) + state.Scores[j].Decided[i]] +=
                    (dataset.SampleWeights.IsEmpty ? 1 : dataset.SampleWeights.Span[folds[j].Test[i]]) / repeats;
        return ConfusionMatrix.From(cells, counts.Classes);
    }

    private Recommendation Recommend(List<CandidateResult> results, CandidateState baseline, CandidateState[] finished, Configuration[] left)
    {
        CandidateResult Of(Candidate candidate) => results.Single(r => r.Candidate == candidate);
        bool IsProven(Candidate candidate) =>
            Of(candidate) is { VersusBaseline.Mean: > 0 } result
            && Of(candidate).VersusBaseline!.Mean > noiseFloors.GetValueOrDefault(candidate.Learner)
            && (options.Test == SignificanceTest.Bayesian ? result.Chances?.Better >= options.Certainty : result.PValueHolm < 0.05);
        Candidate picked = Choice.Of(
            [.. finished.Append(baseline).Distinct().Select(f => (f.Candidate, f.Scores.Select(s => Sign * Value(s)).ToArray()))], baseline.Candidate,
            IsProven, LeadOfAll, Math.Max(options.Equivalence, 2 * noiseFloors.GetValueOrDefault(finished[0].Candidate.Learner)), options.Equivalence);
        CandidateResult chosen = Of(picked), without = Of(baseline.Candidate);
        HashSet<Candidate> whole = [.. finished.Select(f => f.Candidate)];
        int tries = results.Count(r => r.VersusBaseline is not null) + left.Length;
        string metric = options.Metric.Name;
        if (picked == baseline.Candidate)
        {
            Estimate unseen = Unseen(results.Where(r => whole.Contains(r.Candidate) && r.Candidate.Remedy == Remedy.None), []);
            CandidateResult? first = results.FirstOrDefault(r => r.VersusBaseline is { Mean: > 0 } && whole.Contains(r.Candidate));
            string nearest = first is null
                ? "No remedy was better on average."
                : string.Create(CultureInfo.InvariantCulture,
                    $"The best of the others, {first.Candidate}, gained {first.VersusBaseline!.Mean:0.0000} in {metric}, "
                    + $"{(first.VersusBaseline.Mean <= options.Equivalence ? "which is practically nothing" : "which chance explains too well")} "
                    + $"({Certainty(first, tries)}).");
            return new Recommendation(picked, false, $"Nothing beats doing nothing on these rows. {nearest} Keep {picked}.", unseen);
        }

        Estimate estimate = Unseen(results.Where(r => whole.Contains(r.Candidate)), left);
        FoldMean gain = chosen.VersusBaseline!;
        bool beats = IsProven(picked);
        Candidate top = finished[0].Candidate;
        string other = top == picked ? "" : $" {top} scored highest, but practically the same, and {picked.Remedy.Name} is simpler.";
        CandidateResult? simpler = results.Where(
            r => r.SameAsBest && whole.Contains(r.Candidate) && r.Candidate.Remedy != Remedy.None && r.Candidate.Remedy.Complexity < picked.Remedy.Complexity)
            .OrderBy(r => r.Candidate.Remedy.Complexity).ThenByDescending(r => Sign * r.Mean!.Mean).FirstOrDefault();
        if (simpler is not null)
            other += string.Create(CultureInfo.InvariantCulture,
                $" {simpler.Candidate} is simpler and practically as good on average ({simpler.Mean!.Mean:0.0000}): take it if simplicity counts for more "
                + $"than the rest of the gain.");
        string figures = string.Create(
            CultureInfo.InvariantCulture,
            $"a {metric} of {chosen.Mean!.Mean:0.0000} against {without.Mean!.Mean:0.0000} for {baseline.Candidate}: better by {gain.Mean:0.0000} (95% "
            + $"interval {gain.Low:0.0000} to {gain.High:0.0000}, {Certainty(chosen, tries)})");
        string reason = beats
            ? $"{picked} reaches {figures}.{other}"
            : string.Create(CultureInfo.InvariantCulture,
                $"{picked} is the best guess, not proven: it reaches {figures}. Taken alone it is better than doing nothing with a chance of "
                + $"{1 - BayesianCorrelatedTTest.ChanceBelow(gain, chosen.FoldValues.Count, 0):P0}; more rows of the rare class would settle it.{other}");
        return new Recommendation(picked, beats, reason, estimate);
    }

    private string Certainty(CandidateResult candidate, int tries) => options.Test == SignificanceTest.Bayesian
        ? string.Create(CultureInfo.InvariantCulture,
            $"chance of a gain above {options.Equivalence:0.####}: {candidate.Chances?.Better ?? 0:0.000}, and {options.Certainty:0.###} is asked for")
        : string.Create(CultureInfo.InvariantCulture, $"p = {candidate.PValueHolm:G2} after correction for {tries} tries");

    private Estimate Unseen(IEnumerable<CandidateResult> candidates, Configuration[] left) => SelectionEstimate.Evaluate(
        dataset, options, positiveClass,
        [
            .. candidates.Select(c => new Selectable(c.Mean!.Mean, c.Mean, c.Judged)),
            .. left.Select(c => new Selectable(c.Scores.Average(Value), null, c.Judged)),
        ], groups);
}
