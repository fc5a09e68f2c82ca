namespace Counterweight.Data;

/// <summary>One column of a <see cref="Dataset"/>: a <see cref="NumericColumn"/> or a <see cref="CategoricalColumn"/>.</summary>
public abstract class Column
{
    private protected Column(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        Name = name;
    }

    /// <summary>The name in the header.</summary>
    public string Name { get; }

    /// <summary>The number of rows.</summary>
    public abstract int Rows { get; }

    /// <summary>How many rows have no value.</summary>
    public abstract int MissingCount { get; }

    /// <summary>Whether a row has no value.</summary>
    /// <param name="row">The row, counted from 0.</param>
    public abstract bool IsMissing(int row);

    /// <summary>The value of a row as text, the way a writer puts it into a CSV cell; empty if missing.</summary>
    /// <param name="row">The row, counted from 0.</param>
    public abstract string Text(int row);

    /// <summary>The same column with the given rows, in the given order; a row may be given more than once.</summary>
    /// <param name="rows">Row numbers, counted from 0.</param>
    public abstract Column Select(ReadOnlySpan<int> rows);
}
