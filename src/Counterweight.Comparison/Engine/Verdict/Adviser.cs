namespace Counterweight.Comparison;

/// <summary>Draws the recommendation from the results: whom <see cref="Choice"/> picks, what speaks for it, and what to expect of it.</summary>
internal sealed class Adviser(
    RunTerms terms, Scoring scoring, PairedFigures paired, NoiseFloors noise, CandidateState[] finished, CandidateState baseline,
    IReadOnlyList<Configuration> left)
{
    private readonly ComparisonOptions options = terms.Options;

    /// <summary>The recommendation.</summary>
    /// <param name="results">Every candidate, the best first.</param>
    internal Recommendation Advise(IReadOnlyList<CandidateResult> results)
    {
        Dictionary<Candidate, CandidateResult> of = results.ToDictionary(r => r.Candidate);
        Candidate picked = Choice.Of(
            [.. finished.Append(baseline).Distinct().Select(f => (f.Candidate, scoring.Goodnesses(f.Scores)))], baseline.Candidate,
            c => IsProven(of[c]), paired.Lead, Math.Max(options.Equivalence, 2 * noise.Of(finished[0].Candidate.Learner)), options.Equivalence);
        HashSet<Candidate> names = [.. finished.Select(f => f.Candidate)];
        CandidateResult[] whole = [.. results.Where(r => names.Contains(r.Candidate))];
        int tries = results.Count(r => r.VersusBaseline is not null) + left.Count;
        return picked == baseline.Candidate ? Nothing(whole, tries) : Something(of[picked], of[baseline.Candidate], whole, tries);
    }

    private Recommendation Nothing(CandidateResult[] whole, int tries)
    {
        CandidateResult? first = whole.FirstOrDefault(r => r.VersusBaseline is { Mean: > 0 });
        var evidence = new RecommendationEvidence(
            first is null ? RecommendationReason.NoneBetter
                : first.VersusBaseline!.Mean <= options.Equivalence ? RecommendationReason.PracticallyNothing : RecommendationReason.Chance,
            options.Metric.Name, baseline.Candidate)
        {
            Gain = first is null ? null : GainOf(first, tries),
        };
        return new Recommendation(baseline.Candidate, evidence, Unseen(whole.Where(r => r.Candidate.Remedy == Remedy.None), []));
    }

    private Recommendation Something(CandidateResult chosen, CandidateResult without, CandidateResult[] whole, int tries)
    {
        Candidate picked = chosen.Candidate, top = finished[0].Candidate;
        CandidateResult? simpler = whole
            .Where(r => r.SameAsBest && r.Candidate.Remedy != Remedy.None && r.Candidate.Remedy.Complexity < picked.Remedy.Complexity)
            .OrderBy(r => r.Candidate.Remedy.Complexity).ThenByDescending(r => terms.Sign * r.Mean!.Mean).FirstOrDefault();
        var evidence = new RecommendationEvidence(
            IsProven(chosen) ? RecommendationReason.Proven : RecommendationReason.BestGuess, options.Metric.Name, baseline.Candidate)
        {
            Mean = chosen.Mean!.Mean,
            BaselineMean = without.Mean!.Mean,
            Gain = GainOf(chosen, tries),
            HighestInstead = top == picked ? null : top,
            Price = Price(chosen, without),
            Simpler = simpler is null ? null : new SimplerCandidate(simpler.Candidate, simpler.Mean!.Mean),
        };
        return new Recommendation(picked, evidence, Unseen(whole, left));
    }

    /// <summary>What the probabilities lose; null for less than anyone would mend.</summary>
    private CalibrationPrice? Price(CandidateResult chosen, CandidateResult without)
    {
        const double least = 0.01;
        double brier = chosen.Metrics["brier"], before = without.Metrics["brier"];
        return brier - before > least && Calibrated(chosen.Candidate.Remedy) is Remedy mend
            ? new CalibrationPrice(brier, before, chosen.Metrics["ece"], without.Metrics["ece"], mend) : null;
    }

    /// <summary>A remedy with its probabilities calibrated. That takes back what training made of the class shares, so a decision is tuned after it where the
    /// remedy has none. Null for a remedy that changes its probabilities already, or whose decision is the user's own.</summary>
    private Remedy? Calibrated(Remedy remedy)
    {
        IDecisionRemedy? decides = RemedyDecision.Of(remedy);
        if (decides is not (null or DecisionPart { Recipe.ChangesProbabilities: false })) return null;
        bool two = terms.Counts.Classes == 2;
        List<IRemedy> parts = [.. remedy.Parts, Remedy.Catalogue.Create(two ? "calibrate:platt" : "calibrate:vector")];
        if (decides is null) parts.Add(Remedy.Catalogue.Create(two ? "threshold:tuned" : "offsets:tuned"));
        return Remedy.Of(parts);
    }

    /// <summary>Whether a candidate is shown to be better than doing nothing.</summary>
    private bool IsProven(CandidateResult result) => result.VersusBaseline is { Mean: > 0 } gain && gain.Mean > noise.Of(result.Candidate.Learner)
        && (options.Test == SignificanceTest.Bayesian ? result.Chances?.Better >= options.Certainty : result.PValueHolm < 0.05);

    private JudgedGain GainOf(CandidateResult result, int tries) => new(
        result.Candidate, result.VersusBaseline!, 1 - BayesianCorrelatedTTest.ChanceBelow(result.VersusBaseline!, result.FoldValues.Count, 0),
        options.Test, result.PValueHolm, tries, result.Chances?.Better ?? 0, options.Certainty, options.Equivalence);

    private Estimate Unseen(IEnumerable<CandidateResult> candidates, IReadOnlyList<Configuration> dropped) => SelectionEstimate.Evaluate(
        terms.Dataset, options, terms.PositiveClass,
        [
            .. candidates.Select(c => new Selectable(c.Mean!.Mean, c.Mean, c.Judged)),
            .. dropped.Select(c => new Selectable(scoring.Mean(c.Scores), null, c.Judged)),
        ], terms.Groups);
}
