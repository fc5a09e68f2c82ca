namespace Counterweight.Comparison;

/// <summary>What the scores of a program are.</summary>
internal enum ScoreKind
{
    /// <summary>Numbers in [0, 1]; those of a row sum to one.</summary>
    Probabilities,

    /// <summary>Any finite numbers, which go through softmax.</summary>
    Logits,
}
