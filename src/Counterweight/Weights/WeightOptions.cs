using System.Globalization;

namespace Counterweight;

/// <summary>What becomes of a class that has no rows, for which most schemes would divide by zero.</summary>
public enum EmptyClassPolicy
{
    /// <summary>Refuse with an <see cref="ArgumentException"/> that names the class. The default.</summary>
    Error,

    /// <summary>Weight zero. The scheme sees only the other classes, as scikit-learn does for classes it has not met.</summary>
    Zero,

    /// <summary>Reckon as if the class had one row, in this class only.</summary>
    AsOneRow,

    /// <summary>The largest weight that a class with rows has.</summary>
    Largest,
}

/// <summary>How weights are finished after the scheme: a cap on their ratio, a scale, and the policy for empty classes.</summary>
public sealed record WeightOptions
{
    private readonly double largestRatio = double.PositiveInfinity;

    /// <summary>No cap, no scaling, an error for a class without rows.</summary>
    public static WeightOptions Default { get; } = new();

    /// <summary>How the weights are scaled in the end.</summary>
    public Normalisation Normalisation { get; init; }

    /// <summary>
    /// The largest allowed ratio of two positive weights; larger weights are lowered to this multiple of the smallest. Infinity: no cap.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The ratio is below one or not a number.</exception>
    public double LargestRatio
    {
        get => largestRatio;
        init => largestRatio = value >= 1
            ? value
            : throw new ArgumentOutOfRangeException(
                nameof(value), value, string.Create(CultureInfo.InvariantCulture, $"The largest ratio of two weights is {value}; it must be 1 or more."));
    }

    /// <summary>What becomes of a class without rows.</summary>
    public EmptyClassPolicy EmptyClass { get; init; }
}
