namespace Counterweight.Comparison;

/// <summary>What a program made of a fit.</summary>
/// <param name="Validation">V x K probabilities of the validation rows.</param>
/// <param name="Test">T x K probabilities of the test rows.</param>
/// <param name="Prior">The class shares that training made the program believe, K values; null if they are not known.</param>
/// <param name="Seconds">How long the program ran.</param>
/// <param name="Digest">A digest of the scores to the bit.</param>
/// <param name="Folder">Where job, scores and log lie.</param>
/// <param name="Trained">Whether the program ran now; false where its scores were there already.</param>
internal sealed record ProgramScores(double[] Validation, double[] Test, double[]? Prior, double Seconds, string Digest, string Folder, bool Trained)
{
    /// <summary>Whether the program gave one column: scores of the positive class alone.</summary>
    internal bool OneColumn { get; init; }

    /// <summary>How long the fits for tuning took, where the program is the tool itself.</summary>
    internal double TuningSeconds { get; init; }

    /// <summary>Why the tool could not score the rows to tune by; null if it did.</summary>
    internal Exception? TuningFailure { get; init; }
}
