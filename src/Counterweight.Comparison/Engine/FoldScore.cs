namespace Counterweight.Comparison;

/// <summary>What a candidate scored on a fold, and as much of its predictions as curves and the honest estimate need.</summary>
/// <param name="Figures">A figure for each metric that a run judges by, in its order; NaN where it is not defined.</param>
/// <param name="Decided">The decided codes of the test rows.</param>
/// <param name="Probabilities">n x K probabilities; empty where nothing needs them.</param>
/// <param name="Decision">The decision in words.</param>
/// <param name="Seconds">The time of fitting and tuning.</param>
internal sealed record FoldScore(double[] Figures, int[] Decided, float[] Probabilities, string Decision, double Seconds);
