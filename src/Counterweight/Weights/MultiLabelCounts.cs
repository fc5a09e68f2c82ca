using System.Globalization;

namespace Counterweight;

/// <summary>How many rows carry each label, where a row may carry several or none.</summary>
/// <example>
/// <code>
/// MultiLabelCounts counts = new(["cat", "dog"], [100, 500], rows: 1000);
/// double[] weights = counts.PositiveWeights();              // 9, 1: what PyTorch calls pos_weight
/// double shift = PositiveWeight.LogitShift(weights[0]);     // log 9: subtract it from the logit at inference
/// </code>
/// </example>
public sealed class MultiLabelCounts
{
    private readonly string[] labels;
    private readonly long[] positives;

    /// <summary>States counts.</summary>
    /// <param name="labels">The names of the labels, L values.</param>
    /// <param name="positives">How many rows carry each label, L values from 0 to N.</param>
    /// <param name="rows">N, the number of rows, one or more.</param>
    /// <exception cref="ArgumentException">The numbers do not fit each other, or a name appears twice.</exception>
    public MultiLabelCounts(IReadOnlyList<string> labels, IReadOnlyList<long> positives, long rows)
    {
        ArgumentNullException.ThrowIfNull(labels);
        ArgumentNullException.ThrowIfNull(positives);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(rows);
        if (labels.Count == 0) throw new ArgumentException("At least one label is needed.", nameof(labels));
        if (labels.Count != positives.Count)
            throw new ArgumentException($"{labels.Count} labels do not fit {positives.Count} counts; give one count per label.", nameof(positives));
        if (labels.Distinct(StringComparer.Ordinal).Count() != labels.Count) throw new ArgumentException("A label is named twice.", nameof(labels));
        for (int l = 0; l < positives.Count; l++)
            if (positives[l] < 0 || positives[l] > rows)
                throw new ArgumentException(string.Create(CultureInfo.InvariantCulture,
                    $"The label '{labels[l]}' has {positives[l]} positive rows of {rows}; the count is in 0..{rows}."), nameof(positives));
        (this.labels, this.positives, Rows) = ([.. labels], [.. positives], rows);
    }

    /// <summary>N, the number of rows.</summary>
    public long Rows { get; }

    /// <summary>The names of the labels.</summary>
    public IReadOnlyList<string> Labels => labels;

    /// <summary>How many rows carry each label.</summary>
    public IReadOnlyList<long> Positives => positives;

    /// <summary>(N - positives) / positives for every label: see <see cref="PositiveWeight.PerLabel"/>.</summary>
    /// <param name="empty">What becomes of a label that no row carries; an error by default.</param>
    /// <exception cref="ArgumentException">A label has no positive row and the policy is an error; the message names it.</exception>
    public double[] PositiveWeights(EmptyClassPolicy empty = EmptyClassPolicy.Error)
    {
        int none = Array.IndexOf(positives, 0);
        if (none >= 0 && empty == EmptyClassPolicy.Error)
            throw new ArgumentException($"The label '{labels[none]}' has no positive row, so it has no positive weight. Remove the label or choose an "
                + $"EmptyClass policy.", nameof(empty));
        return PositiveWeight.PerLabel(positives, Rows, empty);
    }
}
