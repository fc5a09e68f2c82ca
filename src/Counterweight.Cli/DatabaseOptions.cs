using System.CommandLine;
using Counterweight.Databases;

namespace Counterweight.Cli;

/// <summary>Which rows of a database are meant: options of every verb that reads a table.</summary>
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

    /// <summary>All of them, in the order of the help.</summary>
    internal static IReadOnlyList<Option> All { get; } = [Table, Query];

    /// <summary>Whether a table or a query is named.</summary>
    internal static bool HasTable(Invocation run) => run.Value(Table) is not null || run.Value(Query) is not null;

    /// <summary>The table or the query as a statement reads from it; null if none is named.</summary>
    internal static string? From(Invocation run, SqlDialect dialect) =>
        HasTable(run) ? SqlStatements.From(dialect, run.Value(Table), run.Value(Query)) : null;
}
