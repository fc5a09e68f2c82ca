namespace Counterweight.Data;

/// <summary>A column of categories: a code per row into <see cref="Levels"/>, -1 where missing.</summary>
/// <example>
/// <code>
/// var day = new CategoricalColumn("day", [0, 1, -1], ["Mon", "Tue"]);
/// string second = day.Text(1);   // Tue
/// </code>
/// </example>
public sealed class CategoricalColumn : Column
{
    private readonly int[] codes;
    private readonly string[] levels;
    private int missing = -1;

    /// <summary>Creates a column.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="codes">An index into <paramref name="levels"/> per row, copied; -1 where there is none.</param>
    /// <param name="levels">The categories. A reader gives them in ordinal order.</param>
    /// <exception cref="ArgumentException">A code is outside -1..levels-1, or a level appears twice.</exception>
    public CategoricalColumn(string name, ReadOnlySpan<int> codes, IReadOnlyList<string> levels) : this(name, codes.ToArray(), [.. levels], null, null)
    {
        for (int i = 0; i < codes.Length; i++)
            if (codes[i] < -1 || codes[i] >= this.levels.Length)
                throw new ArgumentException($"Column '{name}' has the code {codes[i]} at index {i}; -1 to {this.levels.Length - 1} is accepted.",
                    nameof(codes));
        if (this.levels.Distinct(StringComparer.Ordinal).Count() != this.levels.Length)
            throw new ArgumentException($"Column '{name}' names a level twice.", nameof(levels));
    }

    private CategoricalColumn(string name, int[] codes, string[] levels, Spelling? spelling, string? storedType) : base(name, spelling, storedType) =>
        (this.codes, this.levels) = (codes, levels);

    /// <summary>The codes, one per row: an index into <see cref="Levels"/>, or -1 where missing.</summary>
    public ReadOnlySpan<int> Codes => codes;

    /// <summary>The codes as memory, for code that keeps or captures them.</summary>
    public ReadOnlyMemory<int> Memory => codes;

    /// <summary>The categories, in ordinal order when they come from a file.</summary>
    public IReadOnlyList<string> Levels => levels;

    /// <inheritdoc/>
    public override int Rows => codes.Length;

    /// <inheritdoc/>
    public override int MissingCount
    {
        get
        {
            if (missing >= 0) return missing;
            int count = 0;
            foreach (int code in codes) count += code < 0 ? 1 : 0;
            return missing = count;
        }
    }

    /// <inheritdoc/>
    public override bool IsMissing(int row) => codes[row] < 0;

    /// <inheritdoc/>
    public override string Text(int row) => codes[row] < 0 ? "" : levels[codes[row]];

    /// <inheritdoc/>
    /// <remarks>The levels stay, also those that no selected row has, so that codes mean the same in every part of a data set.</remarks>
    public override Column Select(ReadOnlySpan<int> rows)
    {
        int[] selected = new int[rows.Length];
        for (int i = 0; i < rows.Length; i++) selected[i] = codes[rows[i]];
        return Own(Name, selected, levels, Spelling?.Select(rows), StoredType);
    }

    /// <inheritdoc/>
    public override Column Remade(ReadOnlySpan<int> rows, ReadOnlySpan<double> made)
    {
        if (rows.Length != made.Length) throw new ArgumentException($"There are {rows.Length} rows and {made.Length} values.", nameof(made));
        int[] selected = new int[rows.Length];
        for (int i = 0; i < rows.Length; i++)
        {
            selected[i] = rows[i] >= 0 ? codes[rows[i]] : (int)made[i];
            if (selected[i] < -1 || selected[i] >= levels.Length || (rows[i] < 0 && made[i] != selected[i]))
                throw new ArgumentException($"Row {i} has the code {made[i]}; -1 to {levels.Length - 1} is accepted.", nameof(made));
        }

        return Own(Name, selected, levels, Spelling?.Select(rows), StoredType);
    }

    /// <summary>Takes arrays without copying or checking them.</summary>
    internal static CategoricalColumn Own(string name, int[] codes, string[] levels, Spelling? spelling = null, string? storedType = null) =>
        new(name, codes, levels, spelling, storedType);
}
