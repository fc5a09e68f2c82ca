namespace Counterweight.Data;

/// <summary>What a column is, without its rows: so that rows read later mean the same as the rows a model was trained on.</summary>
/// <param name="Name">The name in the header.</param>
/// <param name="Kind">What its numbers are; null for a column of categories or of text.</param>
/// <param name="Levels">The categories in the order of their codes; empty for other columns.</param>
public sealed record ColumnSchema(string Name, NumericKind? Kind, IReadOnlyList<string> Levels)
{
    /// <summary>Whether the column holds numbers.</summary>
    public bool IsNumeric => Kind is not null;

    /// <summary>Whether the column holds running text: it has no numbers and no levels.</summary>
    public bool IsText { get; init; }

    /// <summary>The type in the file where the kind does not say it, as <see cref="Column.StoredType"/> has it.</summary>
    public string? StoredType { get; init; }

    /// <summary>Whether the keys of a JSON file may lack the column altogether: its rows then have no value there.</summary>
    public bool IsOptional { get; init; }

    /// <summary>
    /// Of dates in notations such as 31/01/2024: whether the day stands before the month, as in the file the schema is of. Null for other columns.
    /// </summary>
    public bool? DayFirst { get; init; }

    /// <summary>The schema of a column.</summary>
    /// <param name="column">The column.</param>
    public static ColumnSchema Of(Column column) => column switch
    {
        NumericColumn numeric => new(numeric.Name, numeric.Kind, [])
        {
            StoredType = numeric.StoredType is null && numeric.HasLeadingZeros ? ColumnTypes.Text : numeric.TypeOfDigits(),
            DayFirst = numeric.DayFirst,
        },
        CategoricalColumn categorical => new(categorical.Name, null, categorical.Levels) { StoredType = categorical.StoredType },
        TextColumn text => new(text.Name, null, []) { StoredType = text.StoredType, IsText = true },
        null => throw new ArgumentNullException(nameof(column)),
        _ => throw new ArgumentException($"'{column.Name}' is of an unknown kind.", nameof(column)),
    };
}
