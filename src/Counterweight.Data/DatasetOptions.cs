using System.Text.Json.Serialization;

namespace Counterweight.Data;

/// <summary>How a file becomes a <see cref="Dataset"/>.</summary>
public sealed record DatasetOptions
{
    /// <summary>Columns to leave out.</summary>
    public IReadOnlyList<string> Drop { get; init; } = [];

    /// <summary>Columns that travel with the rows but are no features: groups, times, scores.</summary>
    public IReadOnlyList<string> Aside { get; init; } = [];

    /// <summary>Columns to read as categories even if every value is a number: codes, postal codes.</summary>
    public IReadOnlyList<string> Categorical { get; init; } = [];

    /// <summary>
    /// Words that mean 'missing' in a CSV cell, beside a cell that is empty or blank: by default <c>NA</c>, <c>N/A</c>, <c>n/a</c>,
    /// <c>#N/A</c>, <c>&lt;NA&gt;</c>, <c>NULL</c> and <c>null</c>.
    /// </summary>
    public IReadOnlyList<string> MissingWords { get; init; } = DefaultMissingWords;

    /// <summary>Whether a NaN in a numeric column is read as missing rather than refused. Infinite values are always refused.</summary>
    public bool NaNIsMissing { get; init; }

    /// <summary>The most classes that a label column may have before it is taken for a regression target.</summary>
    public int MaxClasses { get; init; } = 1000;

    /// <summary>The most threads; 0 means every processor. The result does not depend on it.</summary>
    [JsonIgnore]
    public int Threads { get; init; }

    /// <summary>The words that mean 'missing' in a CSV cell unless others are given.</summary>
    public static IReadOnlyList<string> DefaultMissingWords { get; } = ["NA", "N/A", "n/a", "#N/A", "<NA>", "NULL", "null"];
}
