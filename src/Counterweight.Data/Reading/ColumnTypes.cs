namespace Counterweight.Data;

/// <summary>The types of columns that a kind alone does not say, in DuckDB's words.</summary>
internal static class ColumnTypes
{
    internal const string Boolean = "BOOLEAN", Instant = "TIMESTAMP WITH TIME ZONE", Unsigned = "UBIGINT", Huge = "HUGEINT", Single = "FLOAT",
        Nanoseconds = "TIMESTAMP_NS";

    /// <summary>Texts that say so themselves: that they look like numbers means nothing.</summary>
    internal const string Text = "VARCHAR";

    /// <summary>Texts that are numbers in their file, read as categories.</summary>
    internal const string Number = "NUMBER";

    /// <summary>Whether texts of a type are numbers.</summary>
    internal static bool IsNumber(string type) => IsDecimal(type)
        || type is Number or Unsigned or Huge or "UHUGEINT" or Single or "DOUBLE" or "TINYINT" or "SMALLINT"
        or "INTEGER" or "BIGINT" or "UTINYINT" or "USMALLINT" or "UINTEGER";

    /// <summary>Whether a type is <c>DECIMAL(p,s)</c>.</summary>
    internal static bool IsDecimal(string? type) => type?.StartsWith("DECIMAL", StringComparison.Ordinal) == true;

    /// <summary>The number of decimals of <c>DECIMAL(p,s)</c>.</summary>
    internal static int Scale(string type) => int.Parse(type[(type.IndexOf(',', StringComparison.Ordinal) + 1)..^1],
        System.Globalization.CultureInfo.InvariantCulture);
}
