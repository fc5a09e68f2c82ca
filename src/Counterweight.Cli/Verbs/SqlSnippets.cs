using Counterweight.Databases;

namespace Counterweight.Cli;

/// <summary>SQL to paste: the weight of a row as a CASE expression, and the statement that counts.</summary>
internal sealed record SqlSnippets
{
    /// <summary>Its name among the frameworks.</summary>
    internal const string Name = "sql";

    /// <summary>What stands in the place of a scheme where classes are counted.</summary>
    internal const string Counting = "counts";

    /// <summary>The engine.</summary>
    internal SqlDialect Dialect { get; init; } = SqlDialect.All[0];

    /// <summary>The label column.</summary>
    internal string Target { get; init; } = "label";

    /// <summary>What the statement reads from, as SQL.</summary>
    private string From { get; init; } = "";

    /// <summary>Whether no database is asked and nothing is counted: what would be sent is all that is wanted.</summary>
    internal bool StandsAlone { get; private init; }

    /// <summary>What the command line says.</summary>
    /// <param name="run">The command line.</param>
    /// <param name="file">The file, if there is one.</param>
    /// <param name="asked">Whether SQL is wanted.</param>
    internal static SqlSnippets Of(Invocation run, string? file, bool asked)
    {
        bool address = file is not null && DatabaseSource.IsAddress(file);
        string? dialect = DatabaseOptions.Dialect(run);
        if (dialect is not null && !asked && !address) throw new UsageException("--dialect is of --emit sql and of ODBC; say --emit sql, or leave it out.");
        if (!asked) return new();
        bool alone = DatabaseOptions.HasTable(run) && (file is null || (address && dialect is not null));
        SqlDialect engine = dialect is not null ? SqlDialect.Of(dialect) : address ? run.Database!.Dialect : SqlDialect.All[0];
        string name = file is null or "-" ? "your_table" : Path.GetFileNameWithoutExtension(Path.TrimEndingDirectorySeparator(file));
        return new() { Dialect = engine, From = DatabaseOptions.From(run, engine) ?? engine.Quote(name), StandsAlone = alone };
    }

    /// <summary>The statement that counts the rows of each class.</summary>
    internal string Counts(string target) =>
        $"-- the rows of each class: what 'counterweight weights' sends to {Dialect.Name}\n{SqlStatements.Counts(Dialect, From, target)};\n";

    /// <summary>The weight of a row.</summary>
    internal string Weights(ClassWeights weights) =>
        $"-- {Snippets.Describe(weights)}: an expression, as in SELECT ..., CASE ... END AS sample_weight FROM ...\n"
        + SqlStatements.Weights(Dialect, Target, weights);
}
