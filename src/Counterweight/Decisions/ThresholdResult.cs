namespace Counterweight;

/// <summary>A tuned threshold.</summary>
/// <param name="Threshold">Positive if score &gt;= this.</param>
/// <param name="Value">The metric's value at it, on the rows that tuned it.</param>
/// <param name="Counts">The counts at it.</param>
/// <param name="Candidates">The number of distinct scores that were compared.</param>
/// <param name="ValueOfNone">The metric's value if nothing were decided positive, which no candidate does.</param>
/// <param name="Metric">What was tuned for.</param>
public sealed record ThresholdResult(double Threshold, double Value, BinaryCounts Counts, long Candidates, double ValueOfNone, ThresholdMetric Metric)
{
    /// <summary>Whether deciding nothing positive would be better by more than <see cref="Counterweight.Threshold.Tolerance"/>: the case when false alarms
    /// cost much and the scores tell little.</summary>
    public bool NoneIsBetter =>
        Metric.HigherIsBetter ? ValueOfNone > Value + Counterweight.Threshold.Tolerance : ValueOfNone < Value - Counterweight.Threshold.Tolerance;
}
