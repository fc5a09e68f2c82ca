namespace Counterweight.Data;

/// <summary>One column of a <see cref="Dataset"/>: a <see cref="NumericColumn"/>, a <see cref="CategoricalColumn"/> or a
/// <see cref="TextColumn"/>.</summary>
public abstract class Column
{
    private protected Column(string name, Spelling? spelling, string? storedType)
    {
        ArgumentNullException.ThrowIfNull(name);
        (Name, Spelling, StoredType) = (name, spelling, storedType);
    }

    /// <summary>The name in the header.</summary>
    public string Name { get; }

    /// <summary>
    /// The type that the column has in its file where the kind of column does not say it, in DuckDB's words: <c>BOOLEAN</c>, <c>DECIMAL(9,2)</c>,
    /// <c>FLOAT</c>, <c>UBIGINT</c>, <c>TIMESTAMP WITH TIME ZONE</c>, ...; null otherwise. A writer gives it back where its format has it.
    /// </summary>
    public string? StoredType { get; }

    /// <summary>How the cells are spelt in their file where that is not the usual way.</summary>
    internal Spelling? Spelling { get; }

    /// <summary>The text of a row that follows no rule, or of a missing one that says so with a word.</summary>
    internal string? Spelt(int row) => Spelling?.Text(row);

    /// <summary>The number of rows.</summary>
    public abstract int Rows { get; }

    /// <summary>How many rows have no value.</summary>
    public abstract int MissingCount { get; }

    /// <summary>Whether a row has no value.</summary>
    /// <param name="row">The row, counted from 0.</param>
    public abstract bool IsMissing(int row);

    /// <summary>The value of a row as text: as its file spells it if it comes from one; empty if missing.</summary>
    /// <param name="row">The row, counted from 0.</param>
    public abstract string Text(int row);

    /// <summary>The same column with the given rows, in the given order; a row may be given more than once.</summary>
    /// <param name="rows">Row numbers, counted from 0.</param>
    public abstract Column Select(ReadOnlySpan<int> rows);

    /// <summary>
    /// The same column with other rows, of which some are rows of this one, as they stand in their file, and the others are made: a resampler's.
    /// </summary>
    /// <param name="rows">For each new row the row of this column that it repeats, or -1.</param>
    /// <param name="made">A number for each new row: the value (or for categories the code); only that of made rows matters. NaN, or -1, is missing.</param>
    /// <exception cref="ArgumentException">The lengths differ, or a number is infinite or no code.</exception>
    public abstract Column Remade(ReadOnlySpan<int> rows, ReadOnlySpan<double> made);
}
