using System.Data;
using System.Data.Common;
using System.Data.Odbc;
using System.Globalization;
using MySqlConnector;
using Npgsql;

namespace Counterweight.Databases;

/// <summary>One connection that only reads: each statement has a limit of time, and is cancelled at the server when the user stops.</summary>
internal sealed class DatabaseSession : IDisposable
{
    private readonly DatabaseAddress address;
    private readonly DbConnection connection;
    private readonly TimeSpan limit;

    /// <summary>Connects, and begins what may read and nothing else.</summary>
    /// <param name="address">Where.</param>
    /// <param name="dialect">The SQL understood there; null to find out.</param>
    /// <param name="limit">The most time that a statement may take.</param>
    /// <param name="cancellation">Stops the connecting.</param>
    /// <exception cref="UnusableDataException">The database cannot be reached, or refuses.</exception>
    internal DatabaseSession(DatabaseAddress address, SqlDialect? dialect, TimeSpan limit, CancellationToken cancellation)
    {
        (this.address, this.limit) = (address, limit);
        try
        {
            connection = address.Connect(cancellation);
        }
        catch (Exception problem) when (problem is not (UnusableDataException or FormatException))
        {
            cancellation.ThrowIfCancellationRequested();
            throw Unusable(problem, expired: false);
        }

        Dialect = dialect ?? (address.IsOdbc ? Told(connection) : address.Dialect);
        foreach (string statement in Beginning(Dialect.Name, address.IsOdbc))
        {
            using RunningQuery begin = Start(statement, [], cancellation);
            while (begin.Reader.FieldCount > 0 && begin.Read()) { }
        }
    }

    /// <summary>The SQL that is understood there.</summary>
    internal SqlDialect Dialect { get; }

    /// <summary>Whether a parameter's place is marked by a question mark rather than a number.</summary>
    private bool IsUnnumbered => address.IsOdbc || address.Dialect.Name == "duckdb";

    /// <summary>Whether the server goes on with the second of two statements while the answer to the first is looked at.</summary>
    internal bool TakesTwo => IsPostgres;

    private bool IsPostgres => !address.IsOdbc && address.Dialect.Name == "postgres";

    /// <summary>The mark of a text parameter in a statement.</summary>
    /// <param name="index">Its place, from 0.</param>
    internal string Mark(int index) => IsUnnumbered ? "?" : IsPostgres
        ? string.Create(CultureInfo.InvariantCulture, $"${index + 1}")
        : Dialect.Name == "clickhouse" ? string.Create(CultureInfo.InvariantCulture, $"{{p{index}:String}}")
        : string.Create(CultureInfo.InvariantCulture, $"@p{index}");

    /// <summary>Sends a statement.</summary>
    /// <param name="sql">The statement.</param>
    /// <param name="texts">The values of its marks, in order.</param>
    /// <param name="cancellation">Stops it at the server.</param>
    /// <exception cref="UnusableDataException">The database refuses it, or it takes too long.</exception>
    internal RunningQuery Start(string sql, IReadOnlyList<string> texts, CancellationToken cancellation)
    {
        DbCommand command = connection.CreateCommand();
        command.CommandText = sql;
        if (address.IsOdbc || address.Dialect.Name != "duckdb") command.CommandTimeout = 0;
        for (int i = 0; i < texts.Count; i++)
        {
            DbParameter parameter = command.CreateParameter();
            parameter.DbType = DbType.String;
            if (!IsUnnumbered && !IsPostgres) parameter.ParameterName = string.Create(CultureInfo.InvariantCulture, $"p{i}");
            parameter.Value = texts[i];
            command.Parameters.Add(parameter);
        }

        return new RunningQuery(this, command, limit, cancellation);
    }

    public void Dispose()
    {
        try
        {
            connection.Dispose();
        }
        catch (Exception broken) when (broken is DbException or InvalidOperationException or IOException)
        {
            // What was read is read; a connection that broke off cannot be closed better.
        }
    }

    /// <summary>What went wrong, in words that name the database and what to do; a password is never among them.</summary>
    internal UnusableDataException Unusable(Exception problem, bool expired)
    {
        while (problem is AggregateException { InnerException: Exception only }) problem = only;
        string said = address.WithoutSecrets(problem.Message.Trim().ReplaceLineEndings(" "));
        if (expired)
            return new(string.Create(CultureInfo.InvariantCulture,
                $"the statement took longer than {limit.TotalSeconds:0.###} s and was cancelled; nothing was changed. Give it more time with --db-timeout, or "
                + $"read less with --query."), address.Masked);
        string advice = Refused(problem, said)
            ? $"The user or the password is refused. Name the user in the address; the password is taken from the driver's own places (PGPASSWORD, "
                + $".pgpass, MYSQL_PWD, the DSN) or {DatabaseAddress.PasswordVariable}."
            : connection is null || (connection.State & ConnectionState.Open) == 0 || IsNetwork(problem)
                ? "The database cannot be reached, or the connection broke off; nothing was changed. Check host, port and name, and that it runs."
                : "Check --table or --query, and that the user may read there.";
        return new($"the database says: {said.TrimEnd('.')}. {advice}", address.Masked, innerException: new DatabaseException(problem.GetType().Name, said));
    }

    /// <summary>
    /// The statements after which nothing can be changed, and numbers and times are written alike. PostgreSQL compiles no expressions: for one pass over a
    /// table every worker would do it anew, a tenth of a second beside the second that ten million rows take.
    /// </summary>
    private static string[] Beginning(string dialect, bool odbc) => dialect switch
    {
        "postgres" => ["SET SESSION CHARACTERISTICS AS TRANSACTION READ ONLY", "SET TIME ZONE 'UTC'", "SET datestyle TO 'ISO, YMD'",
            "SELECT set_config(name, 'off', false) FROM pg_settings WHERE name = 'jit'",
            .. odbc ? (string[])[] : ["BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"]],
        "mysql" => ["SET SESSION TRANSACTION READ ONLY", "SET SESSION time_zone = '+00:00'",
            .. odbc ? (string[])[] : ["START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY"]],
        _ => [],
    };

    /// <summary>The engine behind an ODBC driver, by its own name.</summary>
    private static SqlDialect Told(DbConnection connection)
    {
        string product = ((OdbcConnection)connection).Driver ?? "";
        try
        {
            DataTable about = connection.GetSchema(DbMetaDataCollectionNames.DataSourceInformation);
            if (about.Rows.Count > 0) product += $" {about.Rows[0][DbMetaDataColumnNames.DataSourceProductName]}";
        }
        catch (Exception unknown) when (unknown is DbException or ArgumentException or InvalidOperationException or NotSupportedException)
        {
            // The name of the driver is all there is.
        }

        (string Part, string Dialect)[] known =
        [
            ("postgres", "postgres"), ("psqlodbc", "postgres"), ("mysql", "mysql"), ("maria", "mysql"), ("maodbc", "mysql"), ("sql server", "sqlserver"),
            ("sqlsrv", "sqlserver"), ("msodbcsql", "sqlserver"), ("clickhouse", "clickhouse"),
            ("bigquery", "bigquery"), ("snowflake", "snowflake"), ("spark", "spark"), ("databricks", "spark"), ("duckdb", "duckdb"), ("trino", "trino"),
            ("presto", "trino"),
        ];
        return SqlDialect.Of(Array.Find(known, k => product.Contains(k.Part, StringComparison.OrdinalIgnoreCase)).Dialect ?? "ansi");
    }

    private static bool Refused(Exception problem, string said) => problem switch
    {
        PostgresException postgres => postgres.SqlState is "28P01" or "28000",
        MySqlException mysql => mysql.ErrorCode is MySqlErrorCode.AccessDenied,
        OdbcException odbc => odbc.Errors.Cast<OdbcError>().Any(e => e.SQLState == "28000" || e.SQLState == "28P01")
            || said.Contains("password authentication failed", StringComparison.Ordinal),
        _ => said.Contains("password", StringComparison.OrdinalIgnoreCase) || said.Contains("Login failed", StringComparison.Ordinal),
    };

    private static bool IsNetwork(Exception? problem)
    {
        for (; problem is not null; problem = problem.InnerException)
            if (problem is System.Net.Sockets.SocketException or IOException or HttpRequestException) return true;
        return false;
    }
}

/// <summary>What a driver said, without secrets: the driver's own exception may hold the text that connects.</summary>
internal sealed class DatabaseException(string kind, string message) : Exception($"{kind}: {message}");

/// <summary>A statement that was sent, and its rows.</summary>
internal sealed class RunningQuery : IDisposable
{
    private static readonly TimeSpan Again = TimeSpan.FromMilliseconds(300);

    private readonly DatabaseSession session;
    private readonly DbCommand command;
    private readonly CancellationToken cancellation;
    private readonly CancellationTokenSource ended = new();
    private readonly CancellationTokenSource stop;
    private readonly Task watch;
    private bool expired, atEnd;

    internal RunningQuery(DatabaseSession session, DbCommand command, TimeSpan limit, CancellationToken cancellation)
    {
        (this.session, this.command, this.cancellation) = (session, command, cancellation);
        cancellation.ThrowIfCancellationRequested();
        stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        stop.CancelAfter(limit);
        watch = Task.Run(Watch, CancellationToken.None);
        try
        {
            Reader = command.ExecuteReader();
            atEnd = Reader.FieldCount == 0;
        }
        catch (Exception problem)
        {
            Exception told = Told(problem);
            Dispose();
            throw told;
        }
    }

    /// <summary>The rows.</summary>
    internal DbDataReader Reader { get; } = null!;

    /// <summary>Goes to the rows of the next statement of those that were sent together.</summary>
    internal void Next()
    {
        try
        {
            if (stop.IsCancellationRequested) throw new OperationCanceledException();
            Reader.NextResult();
            atEnd = false;
        }
        catch (Exception problem) when (problem is not UnusableDataException)
        {
            throw Told(problem);
        }
    }

    /// <summary>Goes to the next row.</summary>
    internal bool Read()
    {
        try
        {
            if (stop.IsCancellationRequested) throw new OperationCanceledException();
            return !(atEnd = !Reader.Read());
        }
        catch (Exception problem) when (problem is not UnusableDataException)
        {
            throw Told(problem);
        }
    }

    public void Dispose()
    {
        ended.Cancel();
        try
        {
            watch.Wait(CancellationToken.None);
            if (!atEnd) command.Cancel(); // a driver would read the rest before it lets go
            Reader?.Dispose();
            command.Dispose();
        }
        catch (Exception broken) when (broken is DbException or InvalidOperationException or IOException or AggregateException or OperationCanceledException)
        {
            // The statement has ended already, or its connection has.
        }

        stop.Dispose();
        ended.Dispose();
    }

    private Exception Told(Exception problem)
    {
        if (cancellation.IsCancellationRequested) return new OperationCanceledException(cancellation);
        expired |= stop.IsCancellationRequested;
        return session.Unusable(problem, expired);
    }

    /// <summary>Tells the server to stop once it must, again and again: a statement that had not begun is not stopped by the first call.</summary>
    private async Task Watch()
    {
        try
        {
            using var either = CancellationTokenSource.CreateLinkedTokenSource(stop.Token, ended.Token);
            await Task.Delay(Timeout.InfiniteTimeSpan, either.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            while (!ended.IsCancellationRequested)
            {
                try
                {
                    command.Cancel();
                }
                catch (Exception gone) when (gone is DbException or InvalidOperationException or NotSupportedException or IOException)
                {
                    // There is nothing to stop any more.
                }

                await Task.Delay(Again, ended.Token).ContinueWith(_ => { }, CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default)
                    .ConfigureAwait(false);
            }
        }
    }
}
