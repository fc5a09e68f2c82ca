namespace Counterweight;

/// <summary>The labels of rows that may carry several labels, one or none (multi-label data), stored end to end.</summary>
/// <example>
/// <code>
/// LabelSets sets = LabelSets.From([[0], [0, 2], [], [1]]);
/// int[] second = sets[1].ToArray();                      // 0, 2
/// </code>
/// </example>
public sealed class LabelSets
{
    private readonly int[] labels;
    private readonly long[] starts;

    private LabelSets(int[] labels, long[] starts) => (this.labels, this.starts) = (labels, starts);

    /// <summary>The number of rows N.</summary>
    public int Rows => starts.Length - 1;

    /// <summary>The number of labels of all rows together.</summary>
    public long Count => labels.Length;

    /// <summary>The labels of a row.</summary>
    /// <param name="row">The row, from 0.</param>
    public ReadOnlySpan<int> this[int row] => labels.AsSpan((int)starts[row], (int)(starts[row + 1] - starts[row]));

    /// <summary>Creates them from a list of labels per row.</summary>
    /// <param name="rows">The labels of each row, each from 0 on; a label twice in a row counts once.</param>
    /// <exception cref="UnusableDataException">A label is negative.</exception>
    public static LabelSets From(IEnumerable<IReadOnlyCollection<int>> rows)
    {
        ArgumentNullException.ThrowIfNull(rows);
        List<int> labels = [];
        List<long> starts = [0];
        foreach (IReadOnlyCollection<int> row in rows)
        {
            foreach (int label in row.Distinct())
            {
                if (label < 0) throw new UnusableDataException($"The label {label} is negative; labels are 0 or more.", row: starts.Count);
                labels.Add(label);
            }

            starts.Add(labels.Count);
        }

        return new([.. labels], [.. starts]);
    }

    /// <summary>Creates them from a matrix that says which row carries which label.</summary>
    /// <param name="indicators">Row-major, N rows of <paramref name="classes"/> values.</param>
    /// <param name="classes">The number of classes K.</param>
    /// <exception cref="ArgumentException">The matrix has no whole number of rows.</exception>
    public static LabelSets FromIndicators(ReadOnlySpan<bool> indicators, int classes)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(classes);
        if (indicators.Length % classes != 0)
            throw new ArgumentException($"{indicators.Length} indicators are no whole number of rows of {classes}.", nameof(indicators));
        List<int> labels = [];
        List<long> starts = [0];
        for (int i = 0; i < indicators.Length; i++)
        {
            if (indicators[i]) labels.Add(i % classes);
            if (i % classes == classes - 1) starts.Add(labels.Count);
        }

        return new([.. labels], [.. starts]);
    }
}
