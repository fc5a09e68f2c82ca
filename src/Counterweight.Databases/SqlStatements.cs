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
        string label = dialect.Label(dialect.Quote(target));
        string sums = "";
        if (weight is not null)
        {
            string w = dialect.ToReal(dialect.Quote(weight));
            sums = $", SUM({w}) AS cw_total, SUM({w} * {w}) AS cw_squares, MIN({w}) AS cw_least, COUNT({dialect.Quote(weight)}) AS cw_known";
        }

        return $"SELECT {label} AS cw_label, {dialect.CountsRows} AS cw_rows{sums}\nFROM {from}\nGROUP BY {label}";
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
        var code = new StringBuilder("CASE ").Append(alike ? dialect.Label(dialect.Quote(target)) : dialect.Quote(target)).Append('\n');
        for (int c = 0; c < labels.Count; c++)
            code.Append(CultureInfo.InvariantCulture, $"  WHEN {(numbers ? labels[c] : dialect.Text(labels[c]))} THEN {Number(weights[c])}\n");
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
