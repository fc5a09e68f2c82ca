using System.Data.Common;
using System.Diagnostics;
using System.Globalization;
using System.Text;
using Counterweight.TestSupport;
using DuckDB.NET.Data;
using MySqlConnector;
using Npgsql;

namespace Counterweight.Cli.Tests;

/// <summary>A PostgreSQL and a MariaDB of the tests' own, and a file of DuckDB, that hold the same table; what is not installed is null.</summary>
public sealed class DatabaseServers : IDisposable
{
    internal const string Password = "se;c}r\"et", Label = "the \"label\"; --", Table = "Odd.rows";
    internal const int Rows = 3000;

    private readonly TempFiles files = new();
    private readonly Dictionary<string, (Func<Process> Start, Process Runs)> servers = [];
    private string mariaDbSettings = "";

    public DatabaseServers()
    {
        DuckFile = files["rows.duckdb"];
        using (var duck = new DuckDBConnection($"DataSource={DuckFile}")) Fill(duck, '"', "DOUBLE");
        if (Posix && Directory.Exists("/usr/lib/postgresql")) StartPostgres();
        if (Posix && File.Exists("/usr/sbin/mariadbd")) StartMariaDb();
    }

    /// <summary>Where the user may read everything and, in PostgreSQL, write as well.</summary>
    internal string? Postgres { get; private set; }

    internal string? MariaDb { get; private set; }

    internal string Duck => $"duckdb:{DuckFile}";

    internal string? Odbc { get; private set; }

    internal string? PostgresSettings { get; private set; }

    private string DuckFile { get; }

    private static bool Posix => OperatingSystem.IsLinux();

    public void Dispose()
    {
        foreach (string engine in servers.Keys) Kill(engine);
        files.Dispose();
    }

    /// <summary>Ends a server with all its processes by a signal that it cannot answer.</summary>
    internal void Kill(string engine)
    {
        Process server = servers[engine].Runs;
        server.Kill(entireProcessTree: true);
        server.WaitForExit();
        server.Dispose();
    }

    /// <summary>Starts a server that was killed; it has the same address and the same rows.</summary>
    internal void Restart(string engine)
    {
        servers[engine] = servers[engine] with { Runs = servers[engine].Start() };
        using DbConnection connection = Watching(engine);
    }

    /// <summary>A connection of one that may see what the server does, open.</summary>
    internal DbConnection Watching(string engine)
    {
        DbConnection connection = engine == "mysql" ? new MySqlConnection(mariaDbSettings) : new NpgsqlConnection(PostgresSettings);
        Open(connection);
        return connection;
    }

    /// <summary>How many statements with these words a server is at, for others than the one who asks.</summary>
    internal static long Active(DbConnection watching, string words, string state = "")
    {
        using DbCommand command = watching.CreateCommand();
        command.CommandText = watching is MySqlConnection
            ? $"SELECT COUNT(*) FROM information_schema.processlist WHERE info LIKE '%{words}%' AND id <> CONNECTION_ID() AND state LIKE '%{state}%'"
            : $"SELECT COUNT(*) FROM pg_stat_activity WHERE state = 'active' AND query LIKE '%{words}%' AND pid <> pg_backend_pid() "
                + $"AND COALESCE(wait_event, '') LIKE '%{state}%'";
        return Convert.ToInt64(command.ExecuteScalar(), CultureInfo.InvariantCulture);
    }

    private void Serve(string engine, Func<Process> start) => servers[engine] = (start, start());

    /// <summary>The addresses of what is there.</summary>
    internal IEnumerable<string> All => new[] { Postgres, Odbc, MariaDb, Duck }.OfType<string>();

    private void StartPostgres()
    {
        string bin = Path.Combine(Directory.GetDirectories("/usr/lib/postgresql").Max(StringComparer.Ordinal)!, "bin"), data = files["pg"];
        if (!File.Exists(Path.Combine(bin, "initdb"))) return;
        string words = files.Write("word", Password + "\n");
        Directory.CreateDirectory(data);
        Own("postgres", data, words);
        Finish("postgres", Path.Combine(bin, "initdb"), "-D", data, "-A", "scram-sha-256", "-U", "cw", $"--pwfile={words}", "-N", "-E", "UTF8", "--locale=C");
        int port = Ports.Free(1)[0];
        string[] options = ["-D", data, "-p", $"{port}", "-k", data, "-c", "fsync=off", "-c", "listen_addresses=127.0.0.1", "-c", "jit=off"];
        Serve("postgres", () => Start("postgres", Path.Combine(bin, "postgres"), options));
        PostgresSettings = new NpgsqlConnectionStringBuilder
        {
            Host = "127.0.0.1",
            Port = port,
            Username = "cw",
            Password = Password,
            Database = "postgres",
            Pooling = false,
        }.ConnectionString;
        using var connection = new NpgsqlConnection(PostgresSettings);
        Fill(connection, '"', "double precision");
        Postgres = $"postgres://cw@127.0.0.1:{port}/postgres";
        if (File.Exists("/usr/lib/x86_64-linux-gnu/odbc/psqlodbcw.so"))
            Odbc = $"odbc:Driver=/usr/lib/x86_64-linux-gnu/odbc/psqlodbcw.so;Server=127.0.0.1;Port={port};Database=postgres;Uid=cw";
    }

    private void StartMariaDb()
    {
        string data = files["my"];
        Directory.CreateDirectory(data);
        Own("mysql", data);
        Finish(
            "mysql", "/usr/bin/mariadb-install-db", "--no-defaults", $"--datadir={data}/data", "--auth-root-authentication-method=normal", "--skip-test-db");
        int port = Ports.Free(1)[0];
        string[] options = ["--no-defaults", $"--datadir={data}/data", $"--port={port}", "--bind-address=127.0.0.1", $"--socket={data}/s"];
        Serve("mysql", () => Start("mysql", "/usr/sbin/mariadbd", options));
        var root = new MySqlConnectionStringBuilder
        {
            Server = "127.0.0.1",
            Port = (uint)port,
            UserID = "root",
            Pooling = false,
        };
        using (var connection = new MySqlConnection(root.ConnectionString))
        {
            Open(connection);
            Execute(connection, "CREATE DATABASE d CHARACTER SET utf8mb4");
            Execute(connection, $"CREATE USER 'cw'@'%' IDENTIFIED BY '{Password}'");
            Execute(connection, "GRANT ALL ON d.* TO 'cw'@'%'");
        }

        root.Database = "d";
        mariaDbSettings = root.ConnectionString;
        using var filled = new MySqlConnection(root.ConnectionString);
        Fill(filled, '`', "DOUBLE");
        MariaDb = $"mysql://cw@127.0.0.1:{port}/d";
    }

    /// <summary>The table: names and labels with everything in them that needs quotes, labels that differ in case alone, gaps, and numbers of all
    /// sizes.</summary>
    private static void Fill(DbConnection connection, char quote, string real)
    {
        Open(connection);
        string label = Label.Replace(quote.ToString(), new string(quote, 2), StringComparison.Ordinal), moment = quote == '`' ? "DATETIME" : "TIMESTAMP";
        Execute(connection, $"CREATE TABLE {quote}{Table}{quote} (id INTEGER PRIMARY KEY, x {real}, n SMALLINT, amount DECIMAL(14, 2), day DATE, "
            + $"moment {moment}, name VARCHAR(50), flag BOOLEAN, {quote}{label}{quote} VARCHAR(50), score {real}, gaps {real})");
        string[] names = ["Ünï", "a|b", "O''Neil", "", " x "];
        var random = new Random(1);
        var sql = new StringBuilder();
        for (int i = 0; i < Rows; i++)
        {
            string y = i == 5 || i % 100 == 6 ? "good" : i % 37 == 0 ? "bad\"; --" : i % 11 == 0 ? "it''s" : "Good";
            double x = (random.NextDouble() - 0.4) * Math.Pow(10, random.Next(-3, 6)), score = (random.NextDouble() + (i % 37 == 0 ? 0.8 : 0)) / 1.8;
            sql.Append(sql.Length == 0 ? $"INSERT INTO {quote}{Table}{quote} VALUES " : ", ").Append(CultureInfo.InvariantCulture,
                $"({i}, {x:R}, {random.Next(-5, 6)}, {Math.Round(x % 100_000, 2):F2}, '2024-{1 + (i % 12):00}-{1 + (i % 28):00}', "
                + $"'2024-03-{1 + (i % 28):00} {i % 24:00}:{i % 60:00}:00', '{names[i % 5]}', {(i % 2 == 0 ? "true" : "false")}, '{y}', {score:R}, "
                + $"{(i % 13 == 0 ? "NULL" : x.ToString("R", CultureInfo.InvariantCulture))})");
            if (i % 500 != 499) continue;
            Execute(connection, sql.ToString());
            sql.Clear();
        }
    }

    private static void Open(DbConnection connection)
    {
        for (int tries = 0; ; tries++)
        {
            try
            {
                connection.Open();
                return;
            }
            catch (Exception early) when (tries < 600 && early is NpgsqlException or MySqlException)
            {
                Thread.Sleep(100);
            }
        }
    }

    internal static void Execute(DbConnection connection, string sql)
    {
        using DbCommand command = connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }

    private static void Own(string user, params string[] paths)
    {
        if (Environment.UserName != "root") return;
        foreach (string path in paths) Finish(null, "/bin/chown", "-R", user, path);
        Finish(null, "/bin/chmod", "755", Path.GetDirectoryName(paths[0])!);
    }

    private static void Finish(string? user, string program, params string[] arguments)
    {
        using Process process = Start(user, program, arguments);
        process.WaitForExit();
        Assert.True(process.ExitCode == 0, $"{program} ended with {process.ExitCode}");
    }

    /// <summary>Servers refuse to run as root, so that root lends them a user.</summary>
    private static Process Start(string? user, string program, params string[] arguments)
    {
        bool lends = user is not null && Environment.UserName == "root";
        var start = new ProcessStartInfo(lends ? "/usr/bin/setpriv" : program) { RedirectStandardError = true, RedirectStandardOutput = true };
        if (lends)
            foreach (string argument in (string[])[$"--reuid={user}", $"--regid={user}", "--clear-groups", program]) start.ArgumentList.Add(argument);
        foreach (string argument in arguments) start.ArgumentList.Add(argument);
        Process process = Process.Start(start)!;
        process.OutputDataReceived += (_, _) => { };
        process.ErrorDataReceived += (_, _) => { };
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        return process;
    }
}
