using System.Text.Json.Serialization;

namespace Counterweight.Data;

/// <summary>How a file becomes a <see cref="Dataset"/>.</summary>
public sealed record DatasetOptions
{
    /// <summary>Columns to leave out.</summary>
    public IReadOnlyList<string> Drop { get; init; } = [];

    /// <summary>Columns that travel with the rows but are no features: groups, times, scores.</summary>
    public IReadOnlyList<string> Aside { get; init; } = [];

    /// <summary>
    /// The column of row weights, such as survey weights; null for rows that all count the same. It is no feature; see <see cref="Dataset.SampleWeights"/>.
    /// </summary>
    public string? SampleWeight { get; init; }

    /// <summary>Columns to read as categories even if every value is a number: codes, postal codes.</summary>
    public IReadOnlyList<string> Categorical { get; init; } = [];

    /// <summary>
    /// Columns to read as running text, however their cells look. Others are if they hold several words a cell and mostly distinct ones, unless they are
    /// named in <see cref="Categorical"/>.
    /// </summary>
    public IReadOnlyList<string> Text { get; init; } = [];

    /// <summary>
    /// Columns to read as numbers in whatever notation: <c>1,234.50</c>, <c>45%</c> (as 45), <c>$12.50</c>, <c>(3.00)</c> for -3. A cell that is none is
    /// an error.
    /// </summary>
    public IReadOnlyList<string> Numeric { get; init; } = [];

    /// <summary>Columns to read as dates: <c>31/01/2024</c>, <c>1.2.2024 09:30</c>. Whether the day or the month stands first is found in the whole
    /// column.</summary>
    public IReadOnlyList<string> Dates { get; init; } = [];

    /// <summary>
    /// Columns that hold a vector each: lists of numbers of one length, which become the columns <c>name[0]</c>, <c>name[1]</c>, ... JSON lines and Parquet
    /// say so themselves; of a CSV file only the cells of columns that are named here are read as lists, <c>[0.1, -2, 3]</c> or numbers with blanks between.
    /// </summary>
    public IReadOnlyList<string> Vector { get; init; } = [];

    /// <summary>
    /// Words that mean 'missing' in a CSV cell, beside a cell that is empty or blank: by default <c>NA</c>, <c>N/A</c>, <c>n/a</c>,
    /// <c>#N/A</c>, <c>&lt;NA&gt;</c>, <c>NULL</c> and <c>null</c>.
    /// </summary>
    public IReadOnlyList<string> MissingWords { get; init; } = DefaultMissingWords;

    /// <summary>Whether a NaN in a numeric column is read as missing rather than refused. Infinite values are always refused.</summary>
    public bool NaNIsMissing { get; init; }

    /// <summary>Whether the first row of a CSV file is data: the columns then are <c>column0</c>, <c>column1</c>, ...</summary>
    public bool NoHeader { get; init; }

    /// <summary>What separates the cells of a CSV file; null to find it in the first row.</summary>
    public char? Delimiter { get; init; }

    /// <summary>The encoding of a CSV or JSON file, such as <c>latin1</c>, <c>windows-1252</c>, <c>utf-16</c> or <c>shift_jis</c>; null for UTF-8.</summary>
    public string? Encoding { get; init; }

    /// <summary>The most classes that a label column may have before it is taken for a regression target.</summary>
    public int MaxClasses { get; init; } = 1000;

    /// <summary>The most threads; 0 means every processor. The result does not depend on it.</summary>
    [JsonIgnore]
    public int Threads { get; init; }

    /// <summary>Where the rows come from in the place of a file: a database. The path then names nothing.</summary>
    [JsonIgnore]
    public ITableSource? Source { get; init; }

    /// <summary>
    /// The most bytes that the rows may take, 8 a value and 4 a label; null for no limit. More are refused with a message that says what to do, before there is
    /// no memory left: of a Parquet file before anything is read.
    /// </summary>
    [JsonIgnore]
    public long? MostBytes { get; init; }

    /// <summary>Whether the rows are a part of a table, which may all be of one class.</summary>
    [JsonIgnore]
    public bool IsPart { get; init; }

    /// <summary>The words that mean 'missing' in a CSV cell unless others are given.</summary>
    public static IReadOnlyList<string> DefaultMissingWords { get; } = ["NA", "N/A", "n/a", "#N/A", "<NA>", "NULL", "null"];
}
