namespace Counterweight.Data;

/// <summary>What can be made of a column of a Parquet file.</summary>
internal enum ParquetKind
{
    Text,
    Whole,
    LargeWhole,
    Real,
    Decimal,
    Date,
    Timestamp,
    List,
    Nested,
}

/// <summary>A column of a Parquet file and how to ask DuckDB for it.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Type">Its type in DuckDB's words.</param>
internal sealed record ParquetColumn(string Name, string Type)
{
    internal ParquetKind Kind { get; } = KindOf(Type);

    /// <summary>Whether it holds lists of numbers.</summary>
    internal bool IsList => Kind == ParquetKind.List;

    /// <summary>The kind of its cells as texts.</summary>
    internal CellKind CellKind => Kind switch
    {
        ParquetKind.Whole or ParquetKind.LargeWhole or ParquetKind.Real or ParquetKind.Decimal => CellKind.Number,
        _ => Type == ColumnTypes.Boolean ? CellKind.Boolean : CellKind.Text,
    };

    internal string AsText => $"CAST({Sql.Name(Name)} AS VARCHAR)";

    /// <summary>How to ask for it as a label: 3 and not 3.0 where it holds floating-point numbers.</summary>
    internal string AsLabel => Kind == ParquetKind.Real ? $"regexp_replace({AsText}, '\\.0$', '')" : AsText;

    /// <summary>How to ask for it as a number; null if it is none.</summary>
    internal string? AsDouble => Kind switch
    {
        ParquetKind.Whole or ParquetKind.LargeWhole or ParquetKind.Real or ParquetKind.Decimal => $"CAST({Sql.Name(Name)} AS DOUBLE)",
        ParquetKind.Date or ParquetKind.Timestamp => $"epoch({Sql.Name(Name)}) / 86400.0",
        _ => null,
    };

    private static ParquetKind KindOf(string type)
    {
        switch (type)
        {
            case "TINYINT" or "SMALLINT" or "INTEGER" or "BIGINT" or "UTINYINT" or "USMALLINT" or "UINTEGER": return ParquetKind.Whole;
            case "UBIGINT" or "HUGEINT" or "UHUGEINT": return ParquetKind.LargeWhole;
            case "FLOAT" or "DOUBLE": return ParquetKind.Real;
            case "VARCHAR" or "BOOLEAN" or "UUID" or "TIME" or "TIME WITH TIME ZONE" or "\"NULL\"" or "NULL": return ParquetKind.Text;
            case "DATE": return ParquetKind.Date;
        }

        if (type.StartsWith("TIMESTAMP", StringComparison.Ordinal) && !type.EndsWith(']')) return ParquetKind.Timestamp;
        int list = type.LastIndexOf('[');
        if (list > 0 && type.EndsWith(']')) return KindOf(type[..list]) is ParquetKind.Whole or ParquetKind.Real or ParquetKind.Decimal ? ParquetKind.List
            : ParquetKind.Nested;
        if (type.StartsWith("DECIMAL", StringComparison.Ordinal)) return ParquetKind.Decimal;
        return type.StartsWith("ENUM", StringComparison.Ordinal) ? ParquetKind.Text : ParquetKind.Nested;
    }
}
