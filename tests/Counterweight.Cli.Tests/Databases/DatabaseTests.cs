using System.Data.Common;
using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Counterweight.TestSupport;
using Npgsql;

namespace Counterweight.Cli.Tests;

/// <summary>The tool against PostgreSQL (by its own driver and by ODBC), MariaDB and DuckDB, which hold the same rows.</summary>
public sealed class DatabaseTests(DatabaseServers servers) : IClassFixture<DatabaseServers>, IDisposable
{
    private const int Many = 1_000_000;

    private static readonly string Table = $"\"{DatabaseServers.Table}\"";

    private static readonly Dictionary<string, string> Secret = new() { ["COUNTERWEIGHT_DB_PASSWORD"] = DatabaseServers.Password };

    private readonly TempFiles files = new();

    public void Dispose() => files.Dispose();

    private static ToolResult Run(params string[] arguments) => Tool.RunWith(null, Secret, arguments);

    private void NeedsAll() => Assert.SkipUnless(servers is { Postgres: not null, Odbc: not null, MariaDb: not null },
        "PostgreSQL, MariaDB or the ODBC driver is not installed: build/setup.sh databases");

    [Fact]
    public void Every_engine_counts_alike_labels_that_differ_in_case_alone_too()
    {
        NeedsAll();
        foreach (string database in servers.All)
        {
            ToolResult result = Run("weights", database, "--table", Table, "-t", DatabaseServers.Label, "--json", "-q");
            Assert.True(result.Code == 0, result.Error);
            using JsonDocument json = JsonDocument.Parse(result.Output);
            Assert.Equal([("Good", 2626L), ("bad\"; --", 81L), ("good", 31L), ("it's", 262L)], json.RootElement.GetProperty("classes").EnumerateArray()
                .Select(c => (c.GetProperty("label").GetString()!, c.GetProperty("count").GetInt64())));
        }
    }

    [Fact]
    public void The_same_seed_gives_the_same_rows_in_the_same_order_on_every_engine_and_another_seed_others()
    {
        NeedsAll();
        List<string> seen = [];
        foreach (string[] more in (string[][])[["--key", "id"], [], ["--seed", "1"]])
        {
            HashSet<string> samples = [];
            foreach (string database in servers.All)
            {
                string made = files["sample.csv"];
                ToolResult result = Run([
                    "resample", database, "--table", Table, "-t", DatabaseServers.Label, "-m", "random-under", "--out", made, "-q", .. more]);
                Assert.True(result.Code == 0, result.Error);
                samples.Add(string.Join(' ', File.ReadLines(made).Skip(1).Select(l => l.Split(',')[0])));
            }

            Assert.Single(samples);
            Assert.Equal(4 * 31, samples.Single().Split(' ').Distinct().Count());
            seen.Add(samples.Single());
        }

        Assert.Equal(seen.Count, seen.Distinct().Count());
    }

    [Fact]
    public void A_sample_keeps_every_rare_row_weighs_back_and_compares_alike_on_engines()
    {
        NeedsAll();
        List<string> scores = [];
        foreach (string database in (string[])[servers.Postgres!, servers.Duck])
        {
            ToolResult result = Run("compare", database, "--table", Table, "-t", DatabaseServers.Label, "--max-rows", "500", "--key", "id", "--drop", "id",
                "-r", "none,weights:balanced", "-l", "linear", "--folds", "3", "--repeats", "1", "--json");
            Assert.True(result.Code == 0, result.Error);
            using JsonDocument json = JsonDocument.Parse(result.Output);
            Assert.Equal(500, json.RootElement.GetProperty("dataset").GetProperty("rows").GetInt32());
            Assert.Contains("500 of 3000 rows were read: 194 of 2626 of 'Good', 194 of 262 of 'it's'",
                string.Join('\n', json.RootElement.GetProperty("warnings").EnumerateArray().Select(w => w.GetProperty("message").GetString())),
                StringComparison.Ordinal);
            scores.Add(string.Join(' ', json.RootElement.GetProperty("candidates").EnumerateArray().Select(c => c.GetProperty("mean").GetRawText())));
        }

        Assert.Single(scores.Distinct());
        string csv = files["kept.csv"];
        Run("resample", servers.Postgres!, "--table", Table, "-t", DatabaseServers.Label, "-m", "random-under", "--strategy", "Good=100", "--out", csv);
        string[][] rows = [.. File.ReadLines(csv).Skip(1).Select(l => l.Split(','))];
        Assert.Equal(100 + 81 + 31 + 262, rows.Length);
        Assert.Equal(3000, rows.Sum(r => double.Parse(r[^1], CultureInfo.InvariantCulture)), 1e-6);
    }

    [Fact]
    public void Bins_give_the_threshold_of_the_rows_within_the_resolution_and_count_every_row()
    {
        NeedsAll();
        const string query = "SELECT id, score, CASE WHEN score * 7 - FLOOR(score * 7) < score THEN 'yes' ELSE 'no' END AS y FROM ";
        string name = DatabaseServers.Table;
        string file = files["scores.csv"];
        using (var connection = new NpgsqlConnection(servers.PostgresSettings))
        {
            connection.Open();
            using var command = new NpgsqlCommand($"{query} \"{name}\"", connection);
            using NpgsqlDataReader reader = command.ExecuteReader();
            using StreamWriter writer = File.CreateText(file);
            writer.WriteLine("id,score,y");
            while (reader.Read())
                writer.WriteLine(string.Create(
                    CultureInfo.InvariantCulture, $"{reader.GetInt32(0)},{reader.GetDouble(1):R},{reader.GetString(2)}"));
        }

        (double exact, long[] all) = Decided("decide", file, "-t", "y", "--scores", "score", "--metric", "mcc", "--positive", "yes");
        foreach ((string database, char quote) in ((string, char)[])[
            (servers.Postgres!, '"'), (servers.Odbc!, '"'), (servers.MariaDb!, '`'), (servers.Duck, '"')])
        {
            (double threshold, long[] counted) = Decided(
                "decide", database, "--query", $"{query} {quote}{name}{quote}", "-t", "y", "--scores", "score", "--metric", "mcc", "--positive", "yes");
            Assert.InRange(exact - threshold, 0, 1e-4);
            Assert.Equal(all, counted);
        }

        (double coarse, _) = Decided(
            "decide", servers.Duck, "--query", $"{query} \"{name}\"", "-t", "y", "--scores", "score", "--metric", "mcc", "--positive", "yes", "--bins", "20");
        Assert.Equal(0, coarse * 20 - Math.Round(coarse * 20), 1e-9);

        static (double, long[]) Decided(params string[] arguments)
        {
            ToolResult result = Run([.. arguments, "--json"]);
            Assert.True(result.Code == 0, result.Error);
            using JsonDocument json = JsonDocument.Parse(result.Output);
            return (json.RootElement.GetProperty("decision").GetProperty("threshold").GetDouble(),
                [.. json.RootElement.GetProperty("classes").EnumerateArray().Select(c => c.GetProperty("count").GetInt64())]);
        }
    }

    [Fact]
    public void A_password_is_never_printed_wherever_it_stood()
    {
        NeedsAll();
        string wrong = Uri.EscapeDataString("wr0ng;w0rd"), at = servers.Postgres![servers.Postgres!.IndexOf('@', StringComparison.Ordinal)..];
        foreach (string address in (string[])[$"postgres://cw:{wrong}{at}", $"postgres://cw{at}?password={wrong}", servers.Odbc! + ";Pwd={wr0ng;w0rd}",
            $"mysql://cw:{wrong}{servers.MariaDb![servers.MariaDb!.IndexOf('@', StringComparison.Ordinal)..]}", $"postgres://cw:{wrong}@127.0.0.1:1/none"])
        {
            ToolResult result = Tool.RunWith(
                null, new Dictionary<string, string> { ["COUNTERWEIGHT_TRACE"] = "1" }, "weights", address, "--table", Table, "-t", DatabaseServers.Label);
            Assert.Equal(3, result.Code);
            Assert.DoesNotContain("w0rd", result.Output + result.Error, StringComparison.Ordinal);
            Assert.Contains("the database says: ", result.Error, StringComparison.Ordinal);
            if (!address.EndsWith("none", StringComparison.Ordinal))
                Assert.Contains("The user or the password is refused.", result.Error, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("postgres")]
    [InlineData("odbc")]
    [InlineData("mysql")]
    public void A_statement_past_its_limit_is_cancelled_at_the_server(string engine)
    {
        NeedsAll();
        (string address, string slow) = engine switch
        {
            "mysql" => (servers.MariaDb!, "SELECT SLEEP(60) AS z, 1 AS y"),
            "odbc" => (servers.Odbc!, "SELECT CAST(pg_sleep(60) AS text) AS z, 1 AS y"),
            _ => (servers.Postgres!, "SELECT CAST(pg_sleep(60) AS text) AS z, 1 AS y"),
        };
        ToolResult result = Run("weights", address, "--query", slow, "-t", "z", "--db-timeout", "1s");
        Assert.Equal(3, result.Code);
        Assert.Contains("took longer than 1 s and was cancelled; nothing was changed", result.Error, StringComparison.Ordinal);
        using DbConnection watching = servers.Watching(engine == "mysql" ? "mysql" : "postgres");
        Assert.True(SpinWait.SpinUntil(() => DatabaseServers.Active(watching, "(60)") == 0, TimeSpan.FromSeconds(20)));
    }

    [Theory]
    [InlineData("postgres")]
    [InlineData("odbc")]
    [InlineData("mysql")]
    public void An_interruption_reaches_the_server(string engine)
    {
        NeedsAll();
        (string server, string address, string slow) = Slow(engine, "SLEEP(62)");
        using DbConnection watching = servers.Watching(server);
        using Process tool = Tool.Start(Secret, "weights", address, "--query", $"SELECT {slow} AS z, 1 AS y", "-t", "z");
        Assert.True(SpinWait.SpinUntil(() => DatabaseServers.Active(watching, "(62)") > 0, TimeSpan.FromMinutes(1)));
        using Process kill = Process.Start("kill", ["-INT", $"{tool.Id}"]);
        tool.WaitForExit();
        Assert.Equal(130, tool.ExitCode);
        Assert.True(SpinWait.SpinUntil(() => DatabaseServers.Active(watching, "(62)") == 0, TimeSpan.FromSeconds(20)));
    }

    /// <summary>The server is killed with all its processes while it counts, while it looks for a sample, and while it hands rows out; the driver of ODBC takes
    /// all rows of PostgreSQL before it gives the first, so that there it is the same as a sample.</summary>
    [Theory]
    [InlineData("postgres", "count")]
    [InlineData("postgres", "sample")]
    [InlineData("postgres", "stream")]
    [InlineData("odbc", "count")]
    [InlineData("odbc", "sample")]
    [InlineData("mysql", "count")]
    [InlineData("mysql", "sample")]
    [InlineData("mysql", "stream")]
    public async Task A_server_that_is_killed_is_told_and_nothing_is_half_written(string engine, string at)
    {
        NeedsAll();
        (string server, string address, string slow) = Slow(engine, "SLEEP(63)");
        string rows = server == "mysql" ? $"(SELECT seq AS i FROM seq_1_to_{Many}) AS s" : $"generate_series(1, {Many}) AS i";
        string many = $"SELECT i, i * 0.5 AS x, CASE WHEN i % 10 = 0 THEN 'a' ELSE 'b' END AS y FROM {rows}";
        string[] train = ["train", address, "--query", many, "-t", "y", "-r", "none", "-l", "linear", "--out", files["model"]];
        (string[] asked, string words, string state) = at switch
        {
            "count" => ((string[])["weights", address, "--query", $"SELECT {slow} AS z, 1 AS y", "-t", "z"], "(63)", ""),
            "sample" => ([.. train, "--max-rows", "100000"], "cw_hash", ""),
            _ => (train, "cw_hash", server == "mysql" ? "net" : "ClientWrite"),
        };
        using DbConnection watching = servers.Watching(server);
        try
        {
            using Process tool = Tool.Start(Secret, asked);
            Task<string> said = tool.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
            Assert.True(SpinWait.SpinUntil(() => tool.HasExited || DatabaseServers.Active(watching, words, state) > 0, TimeSpan.FromMinutes(2)));
            Assert.False(tool.HasExited, "the tool ended before the server was killed");
            servers.Kill(server);
            tool.WaitForExit();
            Assert.Equal(3, tool.ExitCode);
            string error = await said;
            Assert.True(error.Contains("the connection broke off; nothing was changed", StringComparison.Ordinal), error);
            Assert.Equal(1, error.Split("the database says: ").Length - 1);
            Assert.Empty(Directory.EnumerateFileSystemEntries(files.Folder));
        }
        finally
        {
            servers.Restart(server);
        }

        ToolResult again = Run("weights", address, "--table", Table, "-t", DatabaseServers.Label, "-q");
        Assert.True(again.Code == 0, again.Error);
    }

    private (string Server, string Address, string Slow) Slow(string engine, string sleep) => engine switch
    {
        "mysql" => ("mysql", servers.MariaDb!, sleep),
        "odbc" => ("postgres", servers.Odbc!, $"CAST(pg_{sleep} AS text)"),
        _ => ("postgres", servers.Postgres!, $"CAST(pg_{sleep} AS text)"),
    };

    [Fact]
    public void A_connection_that_breaks_off_is_told()
    {
        NeedsAll();
        const string slow = "SELECT CAST(pg_sleep(61) AS text) AS z, 1 AS y";
        const string sleeping = "state = 'active' AND query LIKE '%pg_sleep(61)%' AND pid <> pg_backend_pid()";
        using Process tool = Tool.Start(Secret, "weights", servers.Postgres!, "--query", slow, "-t", "z");
        Assert.True(SpinWait.SpinUntil(
            () => Scalar($"SELECT COUNT(*) FROM (SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE {sleeping}) AS k") > 0,
            TimeSpan.FromMinutes(1)));
        string error = tool.StandardError.ReadToEnd();
        tool.WaitForExit();
        Assert.Equal(3, tool.ExitCode);
        Assert.Contains("the connection broke off; nothing was changed", error, StringComparison.Ordinal);
    }

    [Fact]
    public void Nothing_can_be_changed_even_by_a_query_that_writes()
    {
        NeedsAll();
        using var connection = new NpgsqlConnection(servers.PostgresSettings);
        connection.Open();
        DatabaseServers.Execute(connection, "CREATE TABLE written (y int); CREATE OR REPLACE FUNCTION writes() RETURNS int LANGUAGE sql "
            + "AS 'INSERT INTO written VALUES (1) RETURNING y'");
        foreach (string address in (string[])[servers.Postgres!, servers.Odbc!])
        {
            ToolResult result = Run("weights", address, "--query", "SELECT writes() AS y", "-t", "y");
            Assert.Equal(3, result.Code);
            Assert.Contains("read-only transaction", result.Error, StringComparison.Ordinal);
        }

        Assert.Equal(0L, Scalar("SELECT COUNT(*) FROM written"));
        Assert.Equal(3000L, Scalar($"SELECT COUNT(*) FROM \"{DatabaseServers.Table}\""));
    }

    [Fact]
    public void Row_weights_are_added_up_by_the_database_and_a_model_is_trained_and_predicts_from_it()
    {
        NeedsAll();
        string model = files["model"];
        string query = $"SELECT id, x, n, flag, ABS(n) + 1 AS w, CASE WHEN n > 2 THEN 1 ELSE 0 END AS y FROM \"{DatabaseServers.Table}\"";
        ToolResult counted = Run("weights", servers.Postgres!, "--query", query, "-t", "y", "--sample-weight", "w", "--json", "-q");
        Assert.True(counted.Code == 0, counted.Error);
        ToolResult trained = Run(
            "train", servers.Postgres!, "--query", query, "-t", "y", "--drop", "id,w", "--remedy", "weights:balanced", "--learner", "linear",
            "--key", "id", "--out", model);
        Assert.True(trained.Code == 0, trained.Error);
        ToolResult predicted = Run("predict", model, servers.Postgres!, "--query", query + " ORDER BY id", "-q");
        Assert.True(predicted.Code == 0, predicted.Error);
        Assert.Equal(3001, predicted.Output.TrimEnd().Split('\n').Length);
    }

    [Theory]
    [InlineData(2, "A database has many tables: give --table NAME, or --query SQL")]
    [InlineData(3, "there is no column 'nome'. Did you mean 'name'?", "--table", "T", "-t", "id", "--key", "nome")]
    [InlineData(3, "there is no column 'labl' for the label", "--table", "T", "-t", "labl")]
    [InlineData(3, "more than the 1000 classes accepted", "--table", "T", "-t", "id")]
    [InlineData(3, "more than the 1000 classes accepted", "--table", "T", "-t", "gaps")]
    [InlineData(3, "rows have no label. Fill it in, or leave these rows out", "--query", "SELECT NULLIF(n, 1) AS y FROM T", "-t", "y")]
    [InlineData(2, "--max-rows is 2 or more", "--table", "T", "-t", "n", "--max-rows", "1")]
    public void What_cannot_be_asked_is_told(int code, string message, params string[] arguments)
    {
        string verb = arguments.Contains("--key") ? "compare" : "weights";
        ToolResult result = Run([verb, servers.Duck, .. arguments.Select(a => a == "T" ? Table : a.Replace(" T", $" {Table}", StringComparison.Ordinal))]);
        Assert.True(result.Code == code, result.Error);
        Assert.Contains(message, result.Error, StringComparison.Ordinal);
    }

    private long Scalar(string sql)
    {
        using var connection = new NpgsqlConnection(servers.PostgresSettings);
        connection.Open();
        using var command = new NpgsqlCommand(sql, connection);
        return Convert.ToInt64(command.ExecuteScalar(), CultureInfo.InvariantCulture);
    }
}
