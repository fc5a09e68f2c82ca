namespace Counterweight.Comparison;

/// <summary>How rows are drawn: as weights, and as the order that was drawn.</summary>
/// <param name="Weights">A <c>.npy</c> of a weight per entry of <c>train</c>.</param>
/// <param name="Replacement">Whether an epoch may have a row twice.</param>
/// <param name="Draws">How many rows an epoch has.</param>
/// <param name="Epochs">A <c>.npy</c> of E x draws positions in <c>train</c>.</param>
internal sealed record JobSampling(string Weights, bool Replacement, long Draws, string Epochs);
