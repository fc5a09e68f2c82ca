namespace Counterweight.Databases;

/// <summary>Which rows of a database are meant, and how they are asked for.</summary>
public sealed record DatabaseSettings
{
    /// <summary>The table, as in <c>loans</c> or <c>public.loans</c>; a part with a dot in it stands in double quotes.</summary>
    public string? Table { get; init; }

    /// <summary>One SELECT in the place of a table.</summary>
    public string? Query { get; init; }

    /// <summary>The most time that a statement may take; then it is cancelled at the server.</summary>
    public TimeSpan Limit { get; init; } = TimeSpan.FromMinutes(30);

    /// <summary>
    /// The most rows to read; null for all. Of more, every row of the rare classes is read and a sample of the others, by a hash of the row.
    /// </summary>
    public long? MaxRows { get; init; }

    /// <summary>The columns that are hashed, such as a key; all that are read if none are named.</summary>
    public IReadOnlyList<string> Key { get; init; } = [];

    /// <summary>The seed of the sample, and of the order of the rows.</summary>
    public long Seed { get; init; }

    /// <summary>
    /// The engine behind an ODBC driver: postgres, mysql, sqlserver, clickhouse, bigquery, snowflake, spark, duckdb, trino; null to ask the driver.
    /// </summary>
    public string? Dialect { get; init; }
}
