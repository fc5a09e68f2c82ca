using System.CommandLine;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Counterweight.Comparison;
using Counterweight.Data;
using Counterweight.Databases;
using Spectre.Console;

namespace Counterweight.Cli;

/// <summary>One run of a verb: the values of its options, where results and messages go, and how it is stopped.</summary>
internal sealed class Invocation(ParseResult parsed) : IDisposable
{
    private IAnsiConsole? output;
    private DatabaseSource? database;
    private bool looked;

    internal string? Target => parsed.GetValue(CommonOptions.Target);

    internal long Seed => parsed.GetValue(CommonOptions.Seed);

    internal bool Json => parsed.GetValue(CommonOptions.Json);

    internal bool Quiet => parsed.GetValue(CommonOptions.Quiet);

    /// <summary>At most four threads per processor: more would only wait for each other, and tens of thousands would not even start.</summary>
    internal int Threads => Math.Min(parsed.GetValue(CommonOptions.Threads), 4 * Environment.ProcessorCount);

    /// <summary>Set when the user presses Ctrl-C or the process is asked to end.</summary>
    internal CancellationToken Cancellation { get; } = Interruption.Token;

    /// <summary>Standard output, for tables. Lines end at the width of the terminal, or at 80 columns (or COLUMNS) where there is none.</summary>
    internal IAnsiConsole Output => output ??= Terminals.Output();

    /// <summary>Warnings and progress, on standard error.</summary>
    internal Messages Messages => field ??= new Messages(Quiet);

    /// <summary>The database, or the sampled file, that takes the place of FILE; null where FILE is read as it is.</summary>
    internal DatabaseSource? Database
    {
        get
        {
            if (!looked) database = DatabaseOptions.Source(this, DatabaseOptions.Arguments(parsed));
            looked = true;
            return database;
        }
    }

    /// <summary>How the table is read, as the command line says.</summary>
    internal DatasetOptions Reading => ReadingOptions.Of(this, new());

    /// <summary>The command line word by word; the address of a database without its password.</summary>
    internal IEnumerable<string> Words =>
        parsed.Tokens.Select(t => DatabaseSource.IsAddress(t.Value) ? DatabaseSource.Masked(t.Value) : t.Value);

    internal T? Value<T>(Option<T> option) => parsed.GetValue(option);

    /// <summary>The value of an argument; the address of a database without its password.</summary>
    internal T? Value<T>(Argument<T> argument) => parsed.GetValue(argument) switch
    {
        string text when DatabaseSource.IsAddress(text) => (T)(object)DatabaseSource.Masked(text),
        T value => value,
        _ => default,
    };

    public void Dispose() => database?.Dispose();

    /// <summary>Whether the user gave an option, rather than leaving it at its default.</summary>
    internal bool IsGiven(Option option) => parsed.GetResult(option) is { Implicit: false };

    /// <summary>The values of an option that takes several: given more than once, or separated by commas outside brackets.</summary>
    internal IReadOnlyList<string> List(Option<string[]> option) =>
        [.. (parsed.GetValue(option) ?? []).SelectMany(text => Remedy.Split(text, ',')).Where(part => part.Length > 0)];

    /// <summary>The label column, which must be given.</summary>
    /// <param name="file">The file, for the message.</param>
    internal string RequireTarget(string file)
    {
        if (Target is { Length: > 0 } target) return target;
        string columns = file == "-" ? "" : $" {file} has the columns {string.Join(", ", DatasetReader.ColumnNames(file, Reading).Take(40))}.";
        throw new UsageException($"Which column holds the class? Give it with --target COLUMN.{columns}");
    }

    /// <summary>Writes the one JSON document of a run with <c>--json</c>.</summary>
    internal static void WriteJson<T>(T document, JsonTypeInfo<T> type)
    {
        using Stream stream = Console.OpenStandardOutput();
        WriteJson(stream, document, type);
    }

    /// <summary>Writes a document and the end of its last line.</summary>
    internal static void WriteJson<T>(Stream stream, T document, JsonTypeInfo<T> type)
    {
        JsonSerializer.Serialize(stream, document, type);
        stream.WriteByte((byte)'\n');
    }
}
