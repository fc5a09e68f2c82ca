using System.CommandLine;
using System.CommandLine.Parsing;
using Counterweight.Databases;

namespace Counterweight.Cli;

/// <summary>Which rows of a database are meant, and how many of them: options of every verb that reads a table.</summary>
internal static class DatabaseOptions
{
    private static readonly Option<string?> Table = new("--table")
    {
        Description = "The table of a database, as in loans or public.loans.",
        HelpName = "NAME",
        Recursive = true,
    };

    private static readonly Option<string?> Query = new("--query")
    {
        Description = "One SELECT of a database, whose rows take the place of a table.",
        HelpName = "SQL",
        Recursive = true,
    };

    private static readonly Option<long?> MaxRows = new("--max-rows")
    {
        Description = "Of a database or a Parquet file, the most rows to read: every row of the rare classes and a sample of the others, weighted back.",
        HelpName = "N",
        Recursive = true,
    };

    private static readonly Option<string[]> Key = new("--key")
    {
        Description = "The columns whose hash decides which rows are read and in what order; all that are read if omitted.",
        HelpName = "COLUMN,...",
        Recursive = true,
    };

    private static readonly Option<string?> Limit = new("--db-timeout")
    {
        Description = "The most time that a statement of a database may take: 90s, 5m, 1h; 30m if omitted.",
        HelpName = "TIME",
        Recursive = true,
    };

    private static readonly Option<string?> DialectName = new("--dialect")
    {
        Description = "The SQL of an ODBC source, if its driver does not tell; of --emit sql, the SQL that is printed, with the GROUP BY that counts: "
            + $"{string.Join(", ", SqlDialect.All.Select(d => d.Name))}.",
        HelpName = "NAME",
        CompletionSources = { _ => SqlDialect.All.Select(d => d.Name) },
        Recursive = true,
    };

    /// <summary>All of them, in the order of the help.</summary>
    internal static IReadOnlyList<Option> All { get; } = [Table, Query, MaxRows, Key, Limit, DialectName];

    /// <summary>The name of the SQL, if the command line says one.</summary>
    internal static string? Dialect(Invocation run) => run.Value(DialectName);

    /// <summary>Whether a table or a query is named.</summary>
    internal static bool HasTable(Invocation run) => run.Value(Table) is not null || run.Value(Query) is not null;

    /// <summary>Whether only some of the rows are to be read.</summary>
    internal static bool IsSample(Invocation run) => run.Value(MaxRows) is not null;

    /// <summary>The table or the query as a statement reads from it; null if none is named.</summary>
    internal static string? From(Invocation run, SqlDialect dialect) =>
        HasTable(run) ? SqlStatements.From(dialect, run.Value(Table), run.Value(Query)) : null;

    /// <summary>The database that the command line names, or the Parquet file of which a sample is wanted; null for other files.</summary>
    /// <param name="run">The command line.</param>
    /// <param name="arguments">What it has beside options.</param>
    internal static DatabaseSource? Source(Invocation run, IEnumerable<string> arguments)
    {
        CheckDialect(run);
        string[] all = [.. arguments];
        string? address = Array.Find(all, DatabaseSource.IsAddress);
        var settings = new DatabaseSettings
        {
            Table = run.Value(Table),
            Query = run.Value(Query),
            MaxRows = run.Value(MaxRows),
            Key = run.List(Key),
            Limit = Durations.Parse(run.Value(Limit), "--db-timeout") ?? new DatabaseSettings().Limit,
            Seed = run.Seed,
            Dialect = address is not null && address.StartsWith("odbc:", StringComparison.OrdinalIgnoreCase) ? run.Value(DialectName) : null,
        };
        if (settings.MaxRows is < 2) throw new UsageException($"--max-rows is 2 or more; {settings.MaxRows} is not.");
        if (address is not null) return DatabaseSource.Open(address, settings, run.Cancellation);
        if (all.Length == 0) return null;
        if (run.IsGiven(DialectName) && !WeightsOptions.PrintsSql(run))
            throw new UsageException("--dialect is of an ODBC source, or of weights --emit sql; FILE has no SQL.");
        if (HasTable(run) && Dialect(run) is null)
            throw new UsageException("--table and --query are of a database; FILE then is its address, as in postgres://user@host/db.");
        if (settings.MaxRows is not null && all.FirstOrDefault(f => DatabaseSource.IsParquet(f)) is string parquet)
            return DatabaseSource.OfParquet(parquet, settings, run.Cancellation);
        Option[] of = [MaxRows, Key, Limit];
        return Array.Find(of, run.IsGiven) is { } option
            ? throw new UsageException($"{option.Name} is of a database or, with --max-rows, of a Parquet file; save other files as Parquet first.") : null;
    }

    /// <summary>
    /// Begins to connect to the server of a command line that has not been read yet, but where it may be about text alone (<c>--emit sql</c>, <c>--help</c>):
    /// the one takes as long as the other.
    /// </summary>
    internal static void ConnectAhead(string[] words)
    {
        if (Array.Find(words, DatabaseSource.IsAddress) is not { } address || !Verbs.All.Any(v => v.Name == words[0])) return;
        if (!Array.Exists(words, w => w.StartsWith("--emit", StringComparison.Ordinal) || w is "--help" or "-h" or "-?")) DatabaseSource.ConnectAhead(address);
    }

    /// <summary>A name that is no dialect is refused also where nothing asks for its SQL.</summary>
    private static void CheckDialect(Invocation run)
    {
        try
        {
            if (Dialect(run) is string name) _ = SqlDialect.Of(name);
        }
        catch (FormatException unknown)
        {
            throw new UsageException($"--dialect: {unknown.Message}");
        }
    }

    /// <summary>The arguments of a command line that are no options.</summary>
    internal static IEnumerable<string> Arguments(ParseResult parsed) =>
        parsed.CommandResult.Children.OfType<ArgumentResult>().SelectMany(a => a.Tokens).Select(t => t.Value);
}
