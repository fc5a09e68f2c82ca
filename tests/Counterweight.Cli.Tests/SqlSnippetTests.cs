using Counterweight.TestSupport;
using DuckDB.NET.Data;

namespace Counterweight.Cli.Tests;

/// <summary>What <c>--emit sql</c> prints runs in an engine and gives each row the weight of its class, whatever labels and names hold.</summary>
public sealed class SqlSnippetTests : IDisposable
{
    private readonly TempFiles files = new();

    public void Dispose() => files.Dispose();

    [Fact]
    public void The_statements_count_and_weigh_in_an_engine()
    {
        string csv = files.Write("odd.csv", "id,\"the \"\"label\"\"; --\"\n1,it's\n2,b\\c\n3,b\\c\n4,b\\c\n");
        const string target = "the \"label\"; --";
        ToolResult result = Tool.Run("weights", csv, "-t", target, "--emit", "sql", "--dialect", "duckdb", "--table", "main.\"odd.rows\"", "--quiet");
        Assert.Equal((0, ""), (result.Code, result.Error));
        string[] parts = result.Output.Split("-- ---- sql, balanced ----\n");
        using var connection = new DuckDBConnection("DataSource=:memory:");
        connection.Open();
        using DuckDBCommand command = connection.CreateCommand();
        command.CommandText = "CREATE TABLE \"odd.rows\" AS SELECT * FROM (VALUES (1, 'it''s'), (2, 'b\\c'), (3, 'b\\c'), (4, 'b\\c')) "
            + "AS t(id, \"the \"\"label\"\"; --\")";
        command.ExecuteNonQuery();
        Assert.Equal([("b\\c", 3.0), ("it's", 1.0)], Rows(parts[0]).Order());
        Assert.Equal([("b\\c", 4 / 6.0), ("it's", 2.0)], Rows($"SELECT DISTINCT \"the \"\"label\"\"; --\", {parts[1]} FROM \"odd.rows\"").Order());

        List<(string, double)> Rows(string sql)
        {
            command.CommandText = sql;
            using DuckDBDataReader reader = command.ExecuteReader();
            List<(string, double)> rows = [];
            while (reader.Read()) rows.Add((reader.GetString(0), Convert.ToDouble(reader.GetValue(1), System.Globalization.CultureInfo.InvariantCulture)));
            return rows;
        }
    }

    [Theory]
    [InlineData("ansi", "\"a\"\"b\"", "'it''s\\n'")]
    [InlineData("postgres", "\"a\"\"b\"", "'it''s\\n'")]
    [InlineData("duckdb", "\"a\"\"b\"", "'it''s\\n'")]
    [InlineData("trino", "\"a\"\"b\"", "'it''s\\n'")]
    [InlineData("snowflake", "\"a\"\"b\"", "'it''s\\\\n'")]
    [InlineData("mysql", "`a\"b`", "'it''s\\\\n'")]
    [InlineData("spark", "`a\"b`", "'it\\'s\\\\n'")]
    [InlineData("clickhouse", "`a\"b`", "'it\\'s\\\\n'")]
    [InlineData("bigquery", "`a\"b`", "'it\\'s\\\\n'")]
    [InlineData("sqlserver", "[a\"b]", "N'it''s\\n'")]
    public void Names_and_texts_are_quoted_as_the_engine_has_it(string dialect, string name, string text)
    {
        string csv = files.Write("quoted.csv", "\"a\"\"b\"\nit's\\n\nx\nx\n");
        ToolResult result = Tool.Run("weights", csv, "-t", "a\"b", "--emit", "sql", "--dialect", dialect, "--quiet");
        bool searched = dialect == "clickhouse";
        Assert.Contains(searched ? "\nCASE\n" : $"CASE {name}\n", result.Output, StringComparison.Ordinal);
        Assert.Contains($"WHEN {(searched ? $"{name} = " : "")}{text} THEN 1.5\n", result.Output, StringComparison.Ordinal);
        ToolResult counted = Tool.Run("weights", "--table", "s.loans", "-t", "a\"b", "--emit", "sql", "--dialect", dialect);
        Assert.Equal((0, ""), (counted.Code, counted.Error));
        Assert.Matches(@"GROUP BY .*" + System.Text.RegularExpressions.Regex.Escape(name) + ".*;\n$", counted.Output);
        char open = name[0], close = name[^1];
        Assert.Contains($"\nFROM {open}s{close}.{open}loans{close}\n", counted.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("There is no dialect 'mysq'. Did you mean 'mysql'?", "--table", "t", "--emit", "sql", "--dialect", "mysq")]
    [InlineData("--dialect is of --emit sql", "--table", "t", "--dialect", "mysql", "--emit", "pytorch")]
    [InlineData("Give --table or --query, not both", "--table", "t", "--query", "SELECT 1", "--emit", "sql")]
    [InlineData("a semicolon ends a statement before its end", "--query", "SELECT 1; DROP TABLE t", "--emit", "sql")]
    [InlineData("is no table", "--table", "a..b", "--emit", "sql")]
    [InlineData("--emit sql stands alone", "--table", "t", "--emit", "sql,pytorch")]
    public void What_cannot_be_printed_is_a_wrong_command_line(string message, params string[] arguments)
    {
        ToolResult result = Tool.Run(["weights", "-t", "y", .. arguments]);
        Assert.Equal((2, ""), (result.Code, result.Output));
        Assert.Contains(message, result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void A_semicolon_in_a_text_or_a_comment_of_a_query_ends_nothing()
    {
        ToolResult result = Tool.Run("weights", "--query", "SELECT * FROM t WHERE a = ';' /* ; */ AND \"b;\" = 1 -- ;\n;", "-t", "y", "--emit", "sql");
        Assert.Equal(0, result.Code);
        Assert.Contains("--\n) AS cw_query\n", result.Output, StringComparison.Ordinal);
    }
}
