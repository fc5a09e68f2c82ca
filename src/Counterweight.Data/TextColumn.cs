namespace Counterweight.Data;

/// <summary>A column of running text, such as messages, tickets or reviews: no category, since nearly every row has another text.</summary>
/// <remarks>A reader makes one of a column that <see cref="DatasetOptions.Text"/> names, or that holds several words a cell and mostly distinct ones.</remarks>
/// <example>
/// <code>
/// var message = new TextColumn("message", ["see you at lunch", null, "you have won a prize"]);
/// int missing = message.MissingCount;   // 1
/// </code>
/// </example>
public sealed class TextColumn : Column
{
    private readonly string?[] texts;
    private int missing = -1;

    /// <summary>Creates a column.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="texts">A text per row, copied; null where there is none.</param>
    public TextColumn(string name, IReadOnlyList<string?> texts) : this(name, [.. texts], null, null) { }

    private TextColumn(string name, string?[] texts, Spelling? spelling, string? storedType) : base(name, spelling, storedType) => this.texts = texts;

    /// <summary>The texts, one per row; null where there is none.</summary>
    public ReadOnlySpan<string?> Texts => texts;

    /// <summary>The texts as memory, for code that keeps or captures them.</summary>
    public ReadOnlyMemory<string?> Memory => texts;

    /// <inheritdoc/>
    public override int Rows => texts.Length;

    /// <inheritdoc/>
    public override int MissingCount
    {
        get
        {
            if (missing >= 0) return missing;
            int count = 0;
            foreach (string? text in texts) count += text is null ? 1 : 0;
            return missing = count;
        }
    }

    /// <inheritdoc/>
    public override bool IsMissing(int row) => texts[row] is null;

    /// <inheritdoc/>
    public override string Text(int row) => texts[row] ?? "";

    /// <inheritdoc/>
    public override Column Select(ReadOnlySpan<int> rows)
    {
        string?[] selected = new string?[rows.Length];
        for (int i = 0; i < rows.Length; i++) selected[i] = texts[rows[i]];
        return Own(Name, selected, Spelling?.Select(rows), StoredType);
    }

    /// <inheritdoc/>
    /// <remarks>No text can be made of others: a made row has none, so its number is NaN or -1.</remarks>
    public override Column Remade(ReadOnlySpan<int> rows, ReadOnlySpan<double> made)
    {
        if (rows.Length != made.Length) throw new ArgumentException($"There are {rows.Length} rows and {made.Length} values.", nameof(made));
        string?[] selected = new string?[rows.Length];
        for (int i = 0; i < rows.Length; i++)
        {
            if (rows[i] >= 0) selected[i] = texts[rows[i]];
            else if (!double.IsNaN(made[i]) && made[i] != -1)
                throw new ArgumentException($"Row {i} is made and has the value {made[i]}; a made row has no text, so NaN or -1 is accepted.", nameof(made));
        }

        return Own(Name, selected, Spelling?.Select(rows), StoredType);
    }

    /// <summary>Takes an array without copying it.</summary>
    internal static TextColumn Own(string name, string?[] texts, Spelling? spelling = null, string? storedType = null) =>
        new(name, texts, spelling, storedType);
}
