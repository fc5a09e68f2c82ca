using System.Data.Common;
using System.Data.Odbc;
using System.Globalization;
using ClickHouse.Driver.ADO;
using DuckDB.NET.Data;
using Microsoft.Data.SqlClient;
using MySqlConnector;
using Npgsql;

namespace Counterweight.Databases;

/// <summary>Where a database is, as in <c>postgres://user@host/db</c>, and how to connect to it.</summary>
internal sealed class DatabaseAddress
{
    /// <summary>The variable that has the password where the address has none.</summary>
    internal const string PasswordVariable = "COUNTERWEIGHT_DB_PASSWORD";

    private const int ConnectSeconds = 15;

    private static readonly (string Prefix, string Dialect)[] Prefixes =
    [
        ("postgres://", "postgres"), ("postgresql://", "postgres"), ("mysql://", "mysql"), ("mariadb://", "mysql"), ("sqlserver://", "sqlserver"),
        ("mssql://", "sqlserver"), ("clickhouse://", "clickhouse"), ("odbc:", "ansi"), ("duckdb:", "duckdb"),
    ];

    private static (string? Text, Task<DbConnection>? Opens) ahead;

    private readonly string text;
    private readonly string rest;
    private readonly string? user, host, database;
    private readonly int? port;
    private readonly List<(string Key, string Value)> settings = [];
    private readonly bool hasSecret;
    private string? password;

    private DatabaseAddress(string prefix, string dialect, string rest, string text)
    {
        (Dialect, this.rest, this.text) = (SqlDialect.Of(dialect), rest, text);
        IsOdbc = prefix == "odbc:";
        if (IsOdbc)
        {
            List<string> parts = Settings(rest);
            password = parts.Find(IsSecret) is string given ? given[(given.IndexOf('=', StringComparison.Ordinal) + 1)..].Trim() : null;
            if (password is ['{', .., '}']) password = password[1..^1].Replace("}}", "}", StringComparison.Ordinal);
            hasSecret = password is not null;
            Masked = prefix + string.Join(';', parts.Select(p => IsSecret(p) ? p[..(p.IndexOf('=', StringComparison.Ordinal) + 1)] + "***" : p));
        }
        else if (dialect == "duckdb")
        {
            Masked = prefix + rest;
        }
        else
        {
            int at = rest.LastIndexOf('@'), question = rest.IndexOf('?', at + 1);
            if (question >= 0)
                foreach (string pair in rest[(question + 1)..].Split('&', StringSplitOptions.RemoveEmptyEntries))
                {
                    int equals = pair.IndexOf('=', StringComparison.Ordinal);
                    string key = Decoded(equals < 0 ? pair : pair[..equals]), value = equals < 0 ? "" : Decoded(pair[(equals + 1)..]);
                    if (IsSecret(key + "=")) password = value;
                    else settings.Add((key, value));
                }

            if (at >= 0)
            {
                string[] who = rest[..at].Split(':', 2);
                user = Decoded(who[0]);
                if (who.Length > 1) password = Decoded(who[1]);
            }

            string place = rest[(at + 1)..(question < 0 ? rest.Length : question)];
            int slash = place.IndexOf('/', StringComparison.Ordinal);
            database = slash < 0 || slash == place.Length - 1 ? null : Decoded(place[(slash + 1)..]);
            string server = slash < 0 ? place : place[..slash];
            int colon = server.LastIndexOf(':');
            if (colon > server.LastIndexOf(']'))
            {
                if (!int.TryParse(server[(colon + 1)..], NumberStyles.None, CultureInfo.InvariantCulture, out int number) || number is 0 or > 65535)
                    throw new FormatException($"The port '{server[(colon + 1)..]}' in {prefix}... is no number from 1 to 65535.");
                (port, server) = (number, server[..colon]);
            }

            host = server.Length == 0 ? null : Decoded(server.Trim('[', ']'));
            Masked = $"{prefix}{(user is null ? "" : user + "@")}{server}{(port is int p ? string.Create(CultureInfo.InvariantCulture, $":{p}") : "")}"
                + (database is null ? "" : "/" + database);
        }

        if (string.IsNullOrEmpty(password)) password = Environment.GetEnvironmentVariable(PasswordVariable);
        if (string.IsNullOrEmpty(password) && dialect == "mysql") password = Environment.GetEnvironmentVariable("MYSQL_PWD");
        if (string.IsNullOrEmpty(password)) password = null;
    }

    /// <summary>An engine in memory, without tables.</summary>
    internal static DatabaseAddress Memory { get; } = new("duckdb:", "duckdb", ":memory:", "");

    /// <summary>The address without its password and its settings.</summary>
    internal string Masked { get; }

    /// <summary>The SQL that is understood there; of ODBC it is known when the connection is open.</summary>
    internal SqlDialect Dialect { get; }

    /// <summary>Whether a driver of the system is asked.</summary>
    internal bool IsOdbc { get; }

    /// <summary>Whether a text is the address of a database.</summary>
    internal static bool Is(string text) => Array.Exists(Prefixes, p => text.StartsWith(p.Prefix, StringComparison.OrdinalIgnoreCase));

    /// <summary>Reads an address.</summary>
    /// <exception cref="FormatException">It is none.</exception>
    internal static DatabaseAddress Parse(string text)
    {
        (string prefix, string dialect) = Array.Find(Prefixes, p => text.StartsWith(p.Prefix, StringComparison.OrdinalIgnoreCase));
        if (prefix is null) throw new FormatException($"This is no address of a database; {string.Join(", ", Prefixes.Select(p => p.Prefix))} begin one.");
        string rest = text[prefix.Length..];
        return rest.Length == 0 ? throw new FormatException($"'{prefix}' names no database.") : new(prefix, dialect, rest, text);
    }

    /// <summary>A text with the password taken out, if it is in there.</summary>
    internal string WithoutSecrets(string text) => password is { Length: > 0 } ? text.Replace(password, "***", StringComparison.Ordinal) : text;

    /// <summary>Begins to connect to a server, for the first one who asks for a connection to this address.</summary>
    /// <param name="text">An address; one that is none, or names no server, begins nothing.</param>
    internal static void ConnectAhead(string text)
    {
        try
        {
            DatabaseAddress address = Parse(text);
            if (address.Dialect.Name == "duckdb") return;
            Task<DbConnection> opens = Task.Run(address.Opened);
            _ = opens.ContinueWith(t => t.Exception, CancellationToken.None, TaskContinuationOptions.OnlyOnFaulted, TaskScheduler.Default);
            ahead = (text, opens);
        }
        catch (FormatException)
        {
            // It is told when it is read in earnest.
        }
    }

    /// <summary>An open connection.</summary>
    /// <param name="cancellation">Stops the connecting.</param>
    /// <exception cref="FormatException">The driver knows no such setting.</exception>
    /// <exception cref="UnusableDataException">There is no such file.</exception>
    internal DbConnection Connect(CancellationToken cancellation)
    {
        // A driver's own way to open without waiting has hundreds of methods to be compiled first.
        Task<DbConnection> opens = ahead.Text == text && text.Length > 0 ? ahead.Opens! : Task.Run(Opened, CancellationToken.None);
        ahead = default;
        return opens.WaitAsync(cancellation).GetAwaiter().GetResult();
    }

    private DbConnection Opened()
    {
        DbConnection connection = Connection();
        try
        {
            connection.Open();
            return connection;
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    private DbConnection Connection()
    {
        if (IsOdbc) return Odbc();
        return Dialect.Name switch
        {
            "postgres" => Postgres(),
            "mysql" => MySql(),
            "sqlserver" => SqlServer(),
            "clickhouse" => ClickHouse(),
            _ => Duck(),
        };
    }

    // A method for each driver: a method loads the libraries of all drivers that it names, which takes longer than to connect.
    private OdbcConnection Odbc() => new(password is null || hasSecret ? rest
        : $"{rest.TrimEnd(';')};PWD={{{password.Replace("}", "}}", StringComparison.Ordinal)}}}");

    private NpgsqlConnection Postgres() => new(Settled(new NpgsqlConnectionStringBuilder
    {
        Host = host ?? Variable("PGHOST") ?? "localhost",
        Database = database ?? Variable("PGDATABASE"),
        Username = user,
        Password = password,
        Port = port ?? (int.TryParse(Variable("PGPORT"), CultureInfo.InvariantCulture, out int given) ? given : 5432),
        Timeout = ConnectSeconds,
        CommandTimeout = 0,
        CancellationTimeout = 2000,
        Pooling = false,
        ApplicationName = "counterweight",
    }));

    private MySqlConnection MySql() => new(Settled(new MySqlConnectionStringBuilder
    {
        Server = host ?? "localhost",
        Port = (uint)(port ?? 3306),
        Database = database ?? "",
        UserID = user ?? Environment.UserName,
        Password = password ?? "",
        ConnectionTimeout = ConnectSeconds,
        DefaultCommandTimeout = 0,
        Pooling = false,
        TreatTinyAsBoolean = false,
        ApplicationName = "counterweight",
    }));

    private SqlConnection SqlServer() => new(Settled(new SqlConnectionStringBuilder
    {
        DataSource = (host ?? "localhost") + (port is int p ? string.Create(CultureInfo.InvariantCulture, $",{p}") : ""),
        InitialCatalog = database ?? "",
        UserID = user ?? "",
        Password = password ?? "",
        IntegratedSecurity = user is null,
        ApplicationIntent = ApplicationIntent.ReadOnly,
        ConnectTimeout = ConnectSeconds,
        CommandTimeout = 0,
        Pooling = false,
        ApplicationName = "counterweight",
    }));

    private ClickHouseConnection ClickHouse() => new(Settled(new ClickHouseConnectionStringBuilder
    {
        Host = host ?? "localhost",
        Port = (ushort)(port ?? 8123),
        Database = database ?? "default",
        Username = user ?? "default",
        Password = password ?? "",
        Timeout = TimeSpan.FromDays(1),
    }));

    private DuckDBConnection Duck() => new(this == Memory ? "DataSource=:memory:" : $"DataSource={DuckFile()};ACCESS_MODE=READ_ONLY");

    private static string? Variable(string name) => Environment.GetEnvironmentVariable(name) is { Length: > 0 } value ? value : null;

    private static bool IsSecret(string part)
    {
        int equals = part.IndexOf('=', StringComparison.Ordinal);
        return equals > 0 && part[..equals].Trim().ToUpperInvariant() is "PWD" or "PASSWORD" or "TOKEN" or "ACCESSTOKEN" or "SECRET" or "PRIV_KEY_PWD";
    }

    /// <summary>The settings of an ODBC address: between semicolons, which within braces are a part of a value.</summary>
    private static List<string> Settings(string text)
    {
        List<string> parts = [];
        int start = 0;
        bool braced = false;
        for (int i = 0; i <= text.Length; i++)
        {
            if (i == text.Length || (text[i] == ';' && !braced))
            {
                if (text[start..i].Trim() is { Length: > 0 } part) parts.Add(part);
                start = i + 1;
            }
            else if (text[i] == '{' && !braced)
            {
                braced = text[start..i].TrimEnd().EndsWith('=');
            }
            else if (text[i] == '}' && braced)
            {
                if (i + 1 < text.Length && text[i + 1] == '}') i++;
                else braced = false;
            }
        }

        return parts;
    }

    private static string Decoded(string text) => Uri.UnescapeDataString(text);

    private string DuckFile()
    {
        string path = Path.GetFullPath(rest);
        if (File.Exists(path)) return path.Contains(';', StringComparison.Ordinal) ? $"'{path}'" : path;
        throw new UnusableDataException("there is no such file. Check the path.", Masked);
    }

    /// <summary>The settings of the address on top, in the driver's own words.</summary>
    private string Settled(DbConnectionStringBuilder builder)
    {
        foreach ((string key, string value) in settings)
        {
            try
            {
                builder[key] = value;
            }
            catch (Exception wrong) when (wrong is ArgumentException or FormatException or KeyNotFoundException or NotSupportedException)
            {
                throw new FormatException($"{Masked}: the driver does not take '{key}' = '{value}': {WithoutSecrets(wrong.Message)}");
            }
        }

        return builder.ConnectionString;
    }
}
