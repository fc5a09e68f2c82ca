namespace Counterweight.Comparison;

/// <summary>Means and paired differences of candidates with their intervals: over folds, or over the seeds of one split.</summary>
internal sealed class PairedFigures
{
    private readonly RunTerms terms;
    private readonly Scoring scoring;
    private readonly CandidateStates candidates;
    private readonly NoiseFloors noise;
    private readonly HoldoutStatistics? holdout;

    internal PairedFigures(RunTerms terms, Scoring scoring, CandidateStates candidates, NoiseFloors noise)
    {
        (this.terms, this.scoring, this.candidates, this.noise) = (terms, scoring, candidates, noise);
        if (terms.Options.Holdout is null) return;
        int[] test = terms.Folds[0].Test;
        holdout = new HoldoutStatistics(
            [.. test.Select(r => terms.Dataset.Labels[r])], terms.Counts.Classes, terms.PositiveClass, terms.Options.Metric,
            candidates.All.Count(s => s.Scores.Count > 0) * terms.Options.Seeds, terms.Options.Seed, terms.Options.Threads,
            RowWeights.Of(terms.Dataset, test));
    }

    /// <summary>Whether one score alone has an interval: of one split the rows give it.</summary>
    internal bool OneScoreIsEnough => holdout is not null;

    /// <summary>The mean of a candidate with its interval.</summary>
    internal FoldMean Mean(CandidateState state) => holdout is null
        ? scoring.Interval(state.Scores, terms.TestShare)
        : scoring.Within(holdout.Mean(state.Scores, [.. state.Scores.Select(scoring.Value)], noise.SeedsOf(state.Candidate)));

    /// <summary>How much better one candidate is than another, whatever the direction of the metric.</summary>
    internal FoldMean Lead(CandidateState of, CandidateState over) => Difference(of, over)
        .WithinDifferences(terms.Options.Metric.Highest(terms.Counts.Classes) - terms.Options.Metric.Lowest(terms.Counts.Classes));

    /// <summary>The same, with an interval that may reach beyond the range of the metric: the material of chances.</summary>
    internal FoldMean Lead(Candidate of, Candidate over) => Difference(candidates[of], candidates[over]);

    private FoldMean Difference(CandidateState of, CandidateState over) => holdout is not null
        ? holdout.Difference(Judged(of), Judged(over), terms.Sign, noise.SeedsOf(over.Candidate))
        : CorrectedResampledTTest.Evaluate(
            [.. of.Scores.Zip(over.Scores, (own, other) => terms.Sign * (scoring.Value(own) - scoring.Value(other)))], terms.TestShare);

    private (IReadOnlyList<FoldScore> Scores, double[] Values) Judged(CandidateState state) => (state.Scores, [.. state.Scores.Select(scoring.Value)]);
}
