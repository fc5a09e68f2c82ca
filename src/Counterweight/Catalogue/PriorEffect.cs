namespace Counterweight;

/// <summary>What training does to the class shares that a model's probabilities are made for, besides how often rows are counted or drawn.</summary>
/// <remarks>
/// A model trained on rows with class shares pi by a proper loss (Gneiting and Raftery, 2007) gives probabilities p_c in proportion to pi_c p(x | c). Class
/// weights w make that w_c pi_c p(x | c) (Elkan, 2001, theorem 2), and offsets o that are added to the logits in training alone exp(-o_c) pi_c p(x | c) (Menon
/// and others, 2021, section 4). Both are shifts of the shares by <see cref="Factors"/>, which <see cref="PriorCorrection"/> undoes; factors of several methods
/// multiply. Everything else bends the probabilities, and only a calibration on rows apart can straighten them.
/// </remarks>
public sealed class PriorEffect
{
    private PriorEffect(double[]? factors, double[]? offsets, string? reason) => (Factors, LogitOffsets, Reason) = (factors, offsets, reason);

    /// <summary>The shares are those of the rows, as they are counted or drawn.</summary>
    public static PriorEffect AsCounted { get; } = new(null, null, null);

    /// <summary>The K factors by which the shares of the rows are multiplied, on any scale; null if they stay, or the effect is unknown.</summary>
    public IReadOnlyList<double>? Factors { get; }

    /// <summary>The K offsets behind the factors, where the loss is cross entropy of logits to which they are added; null otherwise.</summary>
    public IReadOnlyList<double>? LogitOffsets { get; }

    /// <summary>Whether the shares are known.</summary>
    public bool IsKnown => Reason is null;

    /// <summary>Why they are not known, as part of a sentence; null if they are.</summary>
    public string? Reason { get; }

    /// <summary>Rows of class c count w_c times.</summary>
    /// <param name="weights">K weights of zero or more.</param>
    public static PriorEffect Weights(IReadOnlyList<double> weights)
    {
        ArgumentNullException.ThrowIfNull(weights);
        return new([.. weights], null, null);
    }

    /// <summary>The loss is cross entropy of logits to which an offset per class is added, in training alone.</summary>
    /// <param name="offsets">K offsets.</param>
    public static PriorEffect Offsets(IReadOnlyList<double> offsets)
    {
        ArgumentNullException.ThrowIfNull(offsets);
        return new([.. offsets.Select(o => Math.Exp(-o))], [.. offsets], null);
    }

    /// <summary>Every class that has rows gets an equal share.</summary>
    /// <param name="counts">The counts of the rows.</param>
    public static PriorEffect Balanced(ClassCounts counts)
    {
        ArgumentNullException.ThrowIfNull(counts);
        return new([.. counts.AsSpan().ToArray().Select(n => n == 0 ? 0 : 1.0 / n)], null, null);
    }

    /// <summary>The probabilities are bent by more than a shift of the shares.</summary>
    /// <param name="reason">How, as the rest of a sentence: <c>focal loss draws probabilities towards equal ones</c>.</param>
    public static PriorEffect Unknown(string reason)
    {
        ArgumentException.ThrowIfNullOrEmpty(reason);
        return new(null, null, reason);
    }
}
