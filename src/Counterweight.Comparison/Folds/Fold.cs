namespace Counterweight.Comparison;

/// <summary>One split of the rows: those to train on and those to judge on. No row is in both.</summary>
/// <param name="Repeat">Which repeat of the cross-validation, from 0.</param>
/// <param name="Index">Which fold of the repeat, from 0.</param>
/// <param name="Train">The rows to train on, ascending.</param>
/// <param name="Test">The rows to judge on, ascending.</param>
public sealed record Fold(int Repeat, int Index, int[] Train, int[] Test);
