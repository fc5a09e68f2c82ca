namespace Counterweight.Comparison;

/// <summary>What the scores of every candidate come to: means, differences to the baseline, and what stands out.</summary>
internal sealed class CandidateResults(
    RunTerms terms, Scoring scoring, PairedFigures paired, CandidateState[] finished, CandidateState baseline, int completed)
{
    /// <summary>Of more classes, only the baseline and the recommended candidate keep their matrix: one of a thousand classes takes 8 MB.</summary>
    private const int MostClassesOfEveryMatrix = 100;

    /// <summary>How many candidates and configurations were tried besides the baseline, after <see cref="All"/>.</summary>
    internal int Tries { get; private set; }

    /// <summary>The results, the best first.</summary>
    /// <param name="states">Every candidate.</param>
    /// <param name="left">How many configurations a search judged and dropped.</param>
    internal IReadOnlyList<CandidateResult> All(IReadOnlyCollection<CandidateState> states, int left)
    {
        Dictionary<Candidate, FoldMean> versus = states.Where(s => s.Scores.Count > 0 && s != baseline)
            .ToDictionary(s => s.Candidate, s => paired.Lead(s, baseline));
        Candidate[] tested = [.. versus.Keys];
        // A configuration that a search dropped was a try too: it counts with the largest p-value there is.
        double[] adjusted = HolmCorrection.Adjust([.. tested.Select(c => versus[c].PValue), .. Enumerable.Repeat(1.0, left)]);
        Tries = adjusted.Length;
        HashSet<Candidate> front = Front();
        IEnumerable<CandidateResult> results = states.Select(state => Of(state) with
        {
            VersusBaseline = versus.GetValueOrDefault(state.Candidate),
            PValueHolm = Array.IndexOf(tested, state.Candidate) is >= 0 and var at ? adjusted[at] : 1,
            Chances = state.Scores.Count > (paired.OneScoreIsEnough ? 0 : 1) && state != baseline
                ? BayesianCorrelatedTTest.Evaluate(versus[state.Candidate], state.Scores.Count, terms.Options.Equivalence) : null,
            OnParetoFront = front.Contains(state.Candidate),
        });
        return
        [
            .. results.OrderBy(r => r.Status is CandidateStatus.Done or CandidateStatus.Unfinished && r.Mean is not null ? 0 : r.Mean is not null ? 1 : 2)
                .ThenByDescending(r => r.Mean is null ? 0 : terms.Sign * r.Mean.Mean).ThenBy(r => r.Candidate.Remedy.Complexity),
        ];
    }

    /// <summary>The same results, with the matrices of some where there are too many classes for those of all.</summary>
    internal IReadOnlyList<CandidateResult> WithMatrices(IReadOnlyList<CandidateResult> results, CandidateState[] of)
    {
        if (terms.Counts.Classes <= MostClassesOfEveryMatrix) return results;
        return [.. results.Select(r => of.FirstOrDefault(s => s.Candidate == r.Candidate) is { } state ? r with { Confusion = Pooled(state) } : r)];
    }

    private CandidateResult Of(CandidateState state)
    {
        bool has = state.Scores.Count > 0, incomplete = completed < terms.Folds.Count;
        return new CandidateResult
        {
            Candidate = state.Candidate,
            Status = state.Status == CandidateStatus.Done && (incomplete || state.Scores.Count < completed) ? CandidateStatus.Unfinished : state.Status,
            Reason = state.Reason,
            FoldValues = [.. state.Scores.Select(scoring.Value)],
            Mean = has ? paired.Mean(state) : null,
            SameAsBest = finished.Contains(state) && PracticallySame(state, finished[0]),
            Metrics = has ? Enumerable.Range(0, scoring.Metrics.Count)
                .ToDictionary(m => scoring.Metrics[m].Name, m => state.Scores.Average(s => s.Figures[m])) : new Dictionary<string, double>(),
            Instability = Instability(state),
            FitSeconds = has ? state.Scores.Average(s => s.Seconds) : 0,
            Confusion = has && terms.Counts.Classes <= MostClassesOfEveryMatrix ? Pooled(state) : null,
            Judged = [.. state.Scores.Select((s, j) => new JudgedFold(terms.Folds[j], s.Decided, s.Probabilities, s.Decision))],
        };
    }

    /// <summary>The share of rows that two repeats decide differently, over all pairs of whole repeats.</summary>
    private double? Instability(CandidateState state)
    {
        int rows = terms.Dataset.Rows, folds = terms.Options.Folds;
        int repeats = terms.Options.Times is null && terms.Options.Holdout is null ? state.Scores.Count / folds : 0;
        if (repeats < 2) return null;
        int[][] decided = [.. Enumerable.Range(0, repeats).Select(_ => new int[rows])];
        for (int j = 0; j < repeats * folds; j++)
        {
            int[] test = terms.Folds[j].Test, classes = state.Scores[j].Decided;
            for (int i = 0; i < test.Length; i++) decided[terms.Folds[j].Repeat][test[i]] = classes[i];
        }

        long differ = 0;
        for (int a = 0; a < repeats; a++)
            for (int b = 0; b < a; b++)
                for (int i = 0; i < rows; i++)
                    if (decided[a][i] != decided[b][i]) differ++;
        return differ / (rows * (repeats * (repeats - 1) / 2.0));
    }

    private HashSet<Candidate> Front()
    {
        if (terms.Options.Also.Count == 0) return [];
        int[] wanted = [.. ((IMetric[])[terms.Options.Metric, .. terms.Options.Also]).Select(scoring.At).Distinct()];
        bool[] front = ParetoFront.Of(
            [.. finished.Select(s => (double[])[.. wanted.Select(m => s.Scores.Average(f => f.Figures[m]))])],
            [.. wanted.Select(m => scoring.Metrics[m].HigherIsBetter)]);
        return [.. finished.Where((_, i) => front[i]).Select(s => s.Candidate)];
    }

    private bool PracticallySame(CandidateState state, CandidateState best)
    {
        if (state == best) return true;
        FoldMean difference = paired.Lead(best, state);
        double tolerated = Math.Max(terms.Options.Equivalence, double.IsFinite(difference.StandardError) ? 0.5 * difference.StandardError : 0);
        return difference.Mean <= tolerated;
    }

    private ConfusionMatrix Pooled(CandidateState state)
    {
        int classes = terms.Counts.Classes;
        ReadOnlySpan<double> weights = terms.Dataset.SampleWeights.Span;
        double[] cells = new double[classes * classes];
        double repeats = Math.Max(1, (double)state.Scores.Count / terms.Options.Folds);
        for (int j = 0; j < state.Scores.Count; j++)
        {
            int[] test = terms.Folds[j].Test, decided = state.Scores[j].Decided;
            for (int i = 0; i < test.Length; i++)
                cells[(terms.Dataset.Labels[test[i]] * classes) + decided[i]] += (weights.IsEmpty ? 1 : weights[test[i]]) / repeats;
        }

        return ConfusionMatrix.From(cells, classes);
    }
}
