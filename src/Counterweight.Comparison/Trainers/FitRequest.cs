namespace Counterweight.Comparison;

/// <summary>One fit of a program: what is trained, on which rows, and which rows are scored.</summary>
/// <param name="Trainer">The program.</param>
/// <param name="Training">The training parts of the remedy.</param>
/// <param name="Repeat">The repeat of the cross-validation, or the number of the seed.</param>
/// <param name="Fold">The fold of the repeat.</param>
/// <param name="Train">The rows to train on, before resampling.</param>
/// <param name="Validation">The rows for early stopping and decisions.</param>
/// <param name="Test">The rows to be judged on.</param>
/// <param name="Seed">The seed that the program gets, in [0, 2^31).</param>
/// <param name="Share">The part of the usual effort.</param>
/// <param name="Rows">What names the split: fits of one split share the files of its rows.</param>
internal sealed record FitRequest(
    ExternalTrainer Trainer, Remedy Training, int Repeat, int Fold, int[] Train, int[] Validation, int[] Test, long Seed, double Share, string Rows)
{
    /// <summary>What a fit of the tool's own learners is told beyond the contract; null for a program of the user's.</summary>
    internal OwnFit? Own { get; init; }
}
