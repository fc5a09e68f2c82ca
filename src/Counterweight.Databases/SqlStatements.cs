using System.Globalization;
using System.Text;

namespace Counterweight.Databases;

/// <summary>The statements that are sent to a database, as text.</summary>
internal static class SqlStatements
{
    /// <summary>What the query of a user is called within a statement.</summary>
    internal const string QueryAlias = "cw_query";

    /// <summary>A table, or a query of the user in brackets, as what a statement reads from.</summary>
    /// <exception cref="FormatException">Neither or both are given, the name is none, or the query is more than one statement.</exception>
    internal static string From(SqlDialect dialect, string? table, string? query)
    {
        if (table is null == query is null)
            throw new FormatException(table is null ? "A database has many tables: give --table NAME, or --query SQL." : "Give --table or --query, not both.");
        return table is not null ? dialect.Table(table) : $"({OneStatement(query!)}\n) AS {QueryAlias}";
    }

    /// <summary>One GROUP BY: the rows of each class, and with weights what they weigh.</summary>
    internal static string Counts(SqlDialect dialect, string from, string target, string? weight = null)
    {
        (string label, string shown) = Label(dialect, target);
        string sums = "";
        if (weight is not null)
        {
            string w = dialect.ToReal(dialect.Quote(weight));
            sums = $", SUM({w}) AS cw_total, SUM({w} * {w}) AS cw_squares, MIN({w}) AS cw_least, COUNT({dialect.Quote(weight)}) AS cw_known";
        }

        return $"SELECT {shown} AS cw_label, {dialect.CountsRows} AS cw_rows{sums}\nFROM {from}\nGROUP BY {label}";
    }

    /// <summary>The columns and no row.</summary>
    internal static string Nothing(string from) => $"SELECT *\nFROM {from}\nWHERE 1 = 0";

    /// <summary>Every row, in whatever order.</summary>
    internal static string Rows(SqlDialect dialect, string from, IReadOnlyList<TableColumn> columns) =>
        $"SELECT {string.Join(", ", columns.Select(c => dialect.Quote(c.Name)))}\nFROM {from}";

    /// <summary>Rows in the order of a hash, and of some classes only those whose hash is small.</summary>
    /// <param name="dialect">The engine.</param>
    /// <param name="from">What is read.</param>
    /// <param name="columns">The columns to give.</param>
    /// <param name="hashed">The columns that are hashed.</param>
    /// <param name="label">The label column; one that holds no numbers is given as text.</param>
    /// <param name="seed">The seed.</param>
    /// <param name="samples">The classes of which not all rows are wanted.</param>
    /// <param name="parameter">Takes the value of a parameter, and gives its mark.</param>
    internal static string Ordered(
        SqlDialect dialect, string from, IReadOnlyList<TableColumn> columns, IReadOnlyList<TableColumn> hashed, TableColumn label, long seed,
        IReadOnlyList<RowSample> samples, Func<string, string> parameter)
    {
        string hash = "cw_hash";
        while (columns.Any(c => c.Name.Equals(hash, StringComparison.OrdinalIgnoreCase))) hash += "_";
        List<string> parts = [dialect.Text(seed.ToString(CultureInfo.InvariantCulture))];
        foreach (TableColumn column in hashed) parts.AddRange([dialect.Text("|"), Canonical(dialect, column)]);
        string asText = dialect.ToText(dialect.Quote(label.Name));
        string inner = string.Join(", ", columns.Select(c => c.Name == label.Name && !c.IsNumber ? $"{asText} AS {dialect.Quote(c.Name)}"
            : dialect.Quote(c.Name)));
        string outer = string.Join(", ", columns.Select(c => dialect.Quote(c.Name)));
        string where = samples.Count == 0 ? "" : "\nWHERE " + string.Join("\n  AND ", samples.Select(s =>
            $"NOT ({dialect.Comparable(dialect.ToText(dialect.Quote(label.Name)))} = {dialect.Comparable(parameter(s.Label))} "
            + $"AND {hash} >= {dialect.Text(s.Below)})"));
        return $"SELECT {outer}\nFROM (SELECT {inner}, {dialect.Hash(dialect.Joined(parts))} AS {hash}\n  FROM {from}) AS cw_rows{where}\nORDER BY {hash}";
    }

    /// <summary>One GROUP BY over bins of a score: the rows of each class in each.</summary>
    internal static string Bins(SqlDialect dialect, string from, string target, string score, int bins, bool logits)
    {
        (string label, string shown) = Label(dialect, target);
        string s = dialect.ToReal(dialect.Quote(score)), p = s;
        if (logits) p = $"CASE WHEN {s} < -700 THEN 0.0 WHEN {s} > 700 THEN 1.0 ELSE 1.0 / (1.0 + EXP(-{s})) END";
        string bin = string.Create(CultureInfo.InvariantCulture,
            $"CASE WHEN cw_score IS NULL THEN -1 WHEN cw_score < 0 THEN -2 WHEN NOT (cw_score <= 1) THEN -3 WHEN cw_score = 1 THEN {bins - 1} "
                + $"ELSE {dialect.ToWhole($"FLOOR(cw_score * {bins})")} END");
        _ = shown;
        return $"SELECT cw_label, cw_bin, {dialect.CountsRows} AS cw_rows\nFROM (SELECT cw_label, {bin} AS cw_bin\n"
            + $"  FROM (SELECT {(dialect.AsLabel is null ? dialect.ToText(dialect.Quote(target)) : label)} AS cw_label, {dialect.ToReal(p)} AS cw_score\n"
            + $"    FROM {from}) AS cw_scores) AS cw_bins\nGROUP BY cw_label, cw_bin";
    }

    /// <summary>What a label is grouped by, and how it is given: as text.</summary>
    private static (string Grouped, string Shown) Label(SqlDialect dialect, string target)
    {
        string label = dialect.Label(dialect.Quote(target));
        return (label, dialect.AsLabel is null ? dialect.ToText(label) : label);
    }

    /// <summary>
    /// A value as text that every engine writes alike, for a hash: whole numbers and texts as they are, other numbers in whole ten-thousandths, times to
    /// the second, truth as 1 and 0, and nothing for a missing one.
    /// </summary>
    private static string Canonical(SqlDialect dialect, TableColumn column)
    {
        string name = dialect.Quote(column.Name);
        string text = column.Kind switch
        {
            ColumnKind.Boolean => $"CASE WHEN {name} THEN '1' WHEN NOT {name} THEN '0' END",
            ColumnKind.Real => $"CASE WHEN {dialect.Size(dialect.ToReal(name))} < 1e14 THEN "
                + $"{dialect.ToText(dialect.ToWhole($"FLOOR({dialect.ToReal(name)} * 10000)"))} WHEN {name} IS NOT NULL THEN 'far' END",
            ColumnKind.Moment => dialect.Time(name),
            _ => dialect.ToText(name),
        };
        return $"COALESCE({text}, '')";
    }

    /// <summary>The weight of a row as a CASE expression of its label.</summary>
    /// <param name="dialect">The engine.</param>
    /// <param name="target">The label column.</param>
    /// <param name="weights">The weights.</param>
    /// <param name="text">Whether the column holds texts; null where it is not known and labels tell: whole numbers are written as numbers.</param>
    internal static string Weights(SqlDialect dialect, string target, ClassWeights weights, bool? text = null)
    {
        IReadOnlyList<string> labels = weights.Counts.Labels;
        bool numbers = text != true && labels.All(l => long.TryParse(l, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long whole)
            && whole.ToString(CultureInfo.InvariantCulture) == l);
        // Where the engine takes labels for equal that differ in case alone, it is told not to, if there are such labels.
        bool alike = labels.Distinct(StringComparer.OrdinalIgnoreCase).Count() < labels.Count;
        string column = alike ? dialect.Label(dialect.Quote(target)) : dialect.Quote(target);
        var code = new StringBuilder(dialect.SearchedCase ? "CASE\n" : $"CASE {column}\n");
        string when = dialect.SearchedCase ? $"WHEN {column} =" : "WHEN";
        for (int c = 0; c < labels.Count; c++)
            code.Append(CultureInfo.InvariantCulture, $"  {when} {(numbers ? labels[c] : dialect.Text(labels[c]))} THEN {Number(weights[c])}\n");
        return code.Append("END\n").ToString();
    }

    /// <summary>A number that every engine reads as floating-point.</summary>
    private static string Number(double value)
    {
        string digits = value.ToString("R", CultureInfo.InvariantCulture);
        return digits.Contains('E', StringComparison.Ordinal) || digits.Contains('.', StringComparison.Ordinal) ? digits : digits + ".0";
    }

    /// <summary>The query without the semicolon at its end.</summary>
    private static string OneStatement(string query)
    {
        string trimmed = query.Trim();
        while (trimmed.EndsWith(';')) trimmed = trimmed[..^1].TrimEnd();
        if (trimmed.Length == 0) throw new FormatException("--query is empty; a SELECT is needed.");
        if (HasSemicolon(trimmed))
            throw new FormatException("--query is one SELECT, and a semicolon ends a statement before its end. Nothing was sent.");
        return trimmed;
    }

    /// <summary>Whether a semicolon stands outside quotes and comments.</summary>
    private static bool HasSemicolon(string sql)
    {
        for (int i = 0; i < sql.Length; i++)
        {
            char c = sql[i];
            if (c == ';') return true;
            if (c is '\'' or '"' or '`')
            {
                int end = sql.IndexOf(c, i + 1);
                i = end < 0 ? sql.Length : end;
            }
            else if (c == '-' && i + 1 < sql.Length && sql[i + 1] == '-')
            {
                int end = sql.IndexOf('\n', i);
                i = end < 0 ? sql.Length : end;
            }
            else if (c == '/' && i + 1 < sql.Length && sql[i + 1] == '*')
            {
                int end = sql.IndexOf("*/", i + 2, StringComparison.Ordinal);
                i = end < 0 ? sql.Length : end + 1;
            }
        }

        return false;
    }
}
