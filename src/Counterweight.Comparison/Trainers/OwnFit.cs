namespace Counterweight.Comparison;

/// <summary>What a fit of the tool's own learners needs to know beside what any program is told.</summary>
/// <param name="Seed">The seed of the fit, any whole number.</param>
/// <param name="Tunes">Whether decisions are tuned: the rows to train on are then scored, too, by models that have not seen them.</param>
/// <param name="InnerFolds">The folds of those models.</param>
/// <param name="Groups">A group per row to train on; null where every row stands alone.</param>
internal sealed record OwnFit(long Seed, bool Tunes, int InnerFolds, int[]? Groups);
