using System.CommandLine;
using Counterweight.Data;

namespace Counterweight.Cli;

/// <summary>How a table is read: options of every verb that reads one.</summary>
internal static class ReadingOptions
{
    private static readonly Option<bool> NoHeader = new("--no-header")
    {
        Description = "The first row of a CSV file is data; the columns are called column0, column1, ... and --target takes the index.",
        Recursive = true,
    };

    private static readonly Option<string?> Delimiter = new("--delimiter")
    {
        Description = "What separates the cells of a CSV file, 'tab' for a tab; found in the first row if omitted.",
        HelpName = "C",
        Recursive = true,
    };

    private static readonly Option<string?> Encoding = new("--encoding")
    {
        Description = "The encoding of a CSV or JSON file, such as latin1, windows-1252, utf-16 or shift_jis; UTF-8 if omitted.",
        HelpName = "NAME",
        Recursive = true,
    };

    private static readonly Option<string[]> Missing = new("--missing")
    {
        Description = $"Words of a CSV cell that mean missing, beside an empty one, in the place of {string.Join(", ", DatasetOptions.DefaultMissingWords)}; "
            + "\"\" for none.",
        HelpName = "WORD,...",
        Recursive = true,
    };

    private static readonly Option<string[]> Categorical = new("--categorical")
    {
        Description = "Columns of numbers that are codes of categories.",
        HelpName = "COLUMN,...",
        Recursive = true,
    };

    private static readonly Option<string[]> Text = new("--text")
    {
        Description = "Columns of running text: messages, tickets, reviews. Told from the content if omitted: several words a cell, mostly distinct.",
        HelpName = "COLUMN,...",
        Recursive = true,
    };

    private static readonly Option<string[]> Numeric = new("--numeric")
    {
        Description = "Columns to read as numbers in whatever notation: 1,234.50, 45%, $12.50.",
        HelpName = "COLUMN,...",
        Recursive = true,
    };

    private static readonly Option<string[]> Dates = new("--dates")
    {
        Description = "Columns to read as dates such as 31/01/2024; the whole column says whether the day or the month stands first.",
        HelpName = "COLUMN,...",
        Recursive = true,
    };

    private static readonly Option<string[]> Vector = new("--vector")
    {
        Description = "Columns that hold a vector each, such as embeddings; needed for CSV files, whose cells are then lists: [0.1, -2, 3].",
        HelpName = "COLUMN,...",
        Recursive = true,
    };

    private static readonly Option<string?> SampleWeight = new("--sample-weight")
    {
        Description = "A column with a weight per row (survey weights, or how many rows it stands for): counts, training and scores go by it, and it is no "
            + "feature.",
        HelpName = "COLUMN",
        Recursive = true,
    };

    /// <summary>All of them, in the order of the help.</summary>
    internal static IReadOnlyList<Option> All { get; } = [NoHeader, Delimiter, Encoding, Missing, Categorical, Text, Numeric, Dates, Vector, SampleWeight,
        .. DatabaseOptions.All];

    /// <summary>Options of a reading with what the command line says of them.</summary>
    internal static DatasetOptions Of(Invocation run, DatasetOptions given) => given with
    {
        NoHeader = run.Value(NoHeader) || given.NoHeader,
        Delimiter = run.Value(Delimiter) is string sign ? Sign(sign) : given.Delimiter,
        Encoding = run.Value(Encoding) ?? given.Encoding,
        MissingWords = run.IsGiven(Missing) ? run.List(Missing) : given.MissingWords,
        Categorical = run.IsGiven(Categorical) ? run.List(Categorical) : given.Categorical,
        Text = run.IsGiven(Text) ? run.List(Text) : given.Text,
        Numeric = run.IsGiven(Numeric) ? run.List(Numeric) : given.Numeric,
        Dates = run.IsGiven(Dates) ? run.List(Dates) : given.Dates,
        Vector = run.IsGiven(Vector) ? run.List(Vector) : given.Vector,
        SampleWeight = run.Value(SampleWeight) ?? given.SampleWeight,
        Threads = run.Threads,
        Source = run.Database,
        MostBytes = RowMemory.Most(RowMemory.Kept),
    };

    private static char Sign(string text) => text switch
    {
        "tab" or "\\t" => '\t',
        { Length: 1 } => text[0],
        _ => throw new UsageException($"--delimiter is one sign, or 'tab'; '{text}' is not."),
    };
}
