using System.Globalization;

namespace Counterweight.Comparison;

/// <summary>A verdict in words. What it says stands in the data; nothing is decided here.</summary>
internal static class VerdictText
{
    private static readonly CultureInfo Plain = CultureInfo.InvariantCulture;

    /// <summary>The reason of a recommendation.</summary>
    internal static string Of(Recommendation recommendation)
    {
        RecommendationEvidence evidence = recommendation.Evidence;
        return evidence.Reason switch
        {
            RecommendationReason.Proven => string.Create(Plain, $"{recommendation.Candidate} reaches {Figures(evidence)}.{Others(recommendation)}"),
            RecommendationReason.BestGuess => string.Create(Plain,
                $"{recommendation.Candidate} is the best guess, not proven: it reaches {Figures(evidence)}. Taken alone it is better than doing nothing with "
                + $"a chance of {evidence.Gain!.ChanceAlone:P0}; more rows of the rare class would settle it.{Others(recommendation)}"),
            _ => $"Nothing beats doing nothing on these rows. {Nearest(evidence)} Keep {recommendation.Candidate}.",
        };
    }

    /// <summary>What was left out so that the run ends soon, and how to have it.</summary>
    internal static Warning? LeftOut(RunTerms terms, IReadOnlyCollection<CandidateState> states)
    {
        Effort effort = terms.Effort;
        if (!effort.Cuts) return null;
        var said = new List<string>();
        if (effort.Repeats < effort.ThoroughRepeats)
            said.Add($"the cross-validation was done {effort.Repeats} of {effort.ThoroughRepeats} times");
        int skipped = states.Count(s => s.Status == CandidateStatus.Skipped);
        if (skipped > 0) said.Add($"{skipped} of {states.Count} candidates were judged on {effort.ScreeningRows(terms.Counts.Classes)} only");
        if (effort.RowDivisor > 1) said.Add($"{(skipped > 0 ? "the others" : "all")} trained on 1/{effort.RowDivisor} of the training rows");
        return new Warning("left-out", string.Create(Plain,
            $"To end in about two minutes, {string.Join(", ", said)}. A full run (--thorough) takes about {Math.Max(1, effort.ThoroughSeconds / 120):0} "
            + $"minutes on two processors; --time-budget 10m takes from it what fits into ten minutes."));
    }

    /// <summary>What the user should know of programs whose trainings differ by their seed alone.</summary>
    internal static IEnumerable<Warning> Noise(NoiseFloors noise, ComparisonOptions options, Candidate baseline)
    {
        foreach ((string trainer, double floor) in noise.Floors)
        {
            string gains = baseline == new Candidate(trainer, Remedy.None) || floor > 0 ? " Gains below that are not claimed." : "";
            yield return new Warning("noise-floor", string.Create(Plain,
                $"{trainer}: two trainings of none that differ in the seed alone are apart by up to {floor:0.0000} in the mean {options.Metric.Name}, 19 "
                + $"times of 20.{gains}"));
        }

        if (options is { Trainers.Count: > 0, Holdout: not null, Seeds: 1 })
            yield return new Warning("one-seed", "With one seed the intervals tell what the choice of the test rows may have done, not what the seed did. "
                + "Two or three seeds (--seeds 3) tell both.");
    }

    private static string Figures(RecommendationEvidence evidence)
    {
        FoldMean gain = evidence.Gain!.Difference;
        return string.Create(Plain,
            $"a {evidence.Metric} of {evidence.Mean:0.0000} against {evidence.BaselineMean:0.0000} for {evidence.Baseline}: better by {gain.Mean:0.0000} (95% "
            + $"interval {gain.Low:0.0000} to {gain.High:0.0000}, {Certainty(evidence.Gain)})");
    }

    private static string Others(Recommendation recommendation)
    {
        string remedy = recommendation.Candidate.Remedy.Name, said = "";
        if (recommendation.Evidence.HighestInstead is Candidate top) said += $" {top} scored highest, but practically the same, and {remedy} is simpler.";
        if (recommendation.Evidence.Simpler is SimplerCandidate { Candidate.Remedy: var other } moved && other.Parts.All(p => p.Family == RemedyFamily.Decision)
            && recommendation.Candidate.Remedy.Parts.Any(p => p.Family != RemedyFamily.Decision))
            said += string.Create(Plain,
                $" Moving the decision alone, {moved.Candidate}, is practically as good here ({moved.Mean:0.0000}), as others found for strong learners "
                + $"(Elor and Averbuch-Elor, 2022): take it if simplicity counts for more than the rest of the gain.");
        else if (recommendation.Evidence.Simpler is SimplerCandidate simpler)
            said += string.Create(Plain,
                $" {simpler.Candidate} is simpler and practically as good on average ({simpler.Mean:0.0000}): take it if simplicity counts for more than the "
                + $"rest of the gain.");
        if (recommendation.Evidence.Price is CalibrationPrice price)
            said += string.Create(Plain,
                $" The price: its probabilities are off, with a Brier score of {price.Brier:0.000} against {price.BaselineBrier:0.000} and a calibration error "
                + $"of {price.Ece:0.000} against {price.BaselineEce:0.000}. Where you need them, try {price.Mend.Name}.");
        return said;
    }

    private static string Nearest(RecommendationEvidence evidence)
    {
        if (evidence.Gain is not JudgedGain gain) return "No remedy was better on average.";
        string why = evidence.Reason == RecommendationReason.PracticallyNothing ? "which is practically nothing" : "which chance explains too well";
        return string.Create(
            Plain, $"The best of the others, {gain.Candidate}, gained {gain.Difference.Mean:0.0000} in {evidence.Metric}, {why} ({Certainty(gain)}).");
    }

    private static string Certainty(JudgedGain gain) => gain.Test == SignificanceTest.Bayesian
        ? string.Create(Plain, $"chance of a gain above {gain.Equivalence:0.####}: {gain.ChanceOfGain:0.000}, and {gain.Certainty:0.###} is asked for")
        : string.Create(Plain, $"p = {gain.PValueHolm:G2} after correction for {gain.Tries} tries");
}
