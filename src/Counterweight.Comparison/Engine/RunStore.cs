using System.Globalization;
using DuckDB.NET.Data;

namespace Counterweight.Comparison;

/// <summary>
/// Keeps what finished folds of a run gave, in a database file: a run that was interrupted at any moment goes on where it was and ends with the
/// same result.
/// </summary>
/// <remarks>
/// Each finished training is one transaction: after a crash the file holds it whole or not at all. A store belongs to one comparison: another data set or other
/// options are refused by the fingerprint.
/// </remarks>
public sealed class RunStore : IDisposable
{
    /// <summary>The name of the database file inside the folder.</summary>
    public const string FileName = "runs.duckdb";

    private const int Version = 2;
    private readonly DuckDBConnection connection;
    private readonly Lock gate = new();

    private RunStore(DuckDBConnection connection) => this.connection = connection;

    /// <summary>How many finished results the store had when it was opened.</summary>
    public int Found { get; private init; }

    /// <summary>Opens the store of a folder, or begins one.</summary>
    /// <param name="folder">The folder; it is made if it is not there.</param>
    /// <param name="fingerprint">What the comparison is: data, folds, seed, metric and versions.</param>
    /// <exception cref="UnusableDataException">The folder has a store of another comparison, or the file is damaged or in use.</exception>
    public static RunStore Open(string folder, string fingerprint)
    {
        ArgumentNullException.ThrowIfNull(folder);
        ArgumentNullException.ThrowIfNull(fingerprint);
        Directory.CreateDirectory(folder);
        string path = Path.Combine(folder, FileName);
        DuckDBConnection? connection = null;
        try
        {
            connection = new DuckDBConnection(new DuckDBConnectionStringBuilder { DataSource = path }.ConnectionString);
            connection.Open();
            Execute(connection, "CREATE TABLE IF NOT EXISTS run (version INTEGER, fingerprint VARCHAR)");
            Execute(connection, "CREATE TABLE IF NOT EXISTS judged (learner VARCHAR, remedy VARCHAR, repeat INTEGER, fold INTEGER, divisor INTEGER, seconds "
                + "DOUBLE, decision VARCHAR, figures BLOB, decided BLOB, probabilities BLOB, PRIMARY KEY (learner, remedy, repeat, fold, divisor))");
            using DuckDBCommand read = connection.CreateCommand();
            read.CommandText = "SELECT version, fingerprint FROM run";
            (int Version, string Fingerprint)? known = null;
            using (DuckDBDataReader reader = read.ExecuteReader())
                if (reader.Read()) known = (reader.GetInt32(0), reader.GetString(1));
            if (known is null)
            {
                using DuckDBCommand insert = connection.CreateCommand();
                insert.CommandText = "INSERT INTO run VALUES ($version, $fingerprint)";
                Bind(insert, ("version", Version), ("fingerprint", fingerprint));
                insert.ExecuteNonQuery();
            }
            else if (known.Value != (Version, fingerprint))
            {
                throw new UnusableDataException("The folder holds the run of another comparison (other data, target, folds, repeats, seed or metric, or "
                    + "made by another version of Counterweight). Give another folder, or repeat the command that began it.", path);
            }

            using DuckDBCommand count = connection.CreateCommand();
            count.CommandText = "SELECT count(*) FROM judged";
            return new RunStore(connection) { Found = Convert.ToInt32(count.ExecuteScalar(), CultureInfo.InvariantCulture) };
        }
        catch (DuckDBException damaged)
        {
            connection?.Dispose();
            throw new UnusableDataException($"The run store cannot be opened: {damaged.Message} If another run uses the folder, wait for it; if not, delete "
                + $"the file and begin again.", path, innerException: damaged);
        }
        catch
        {
            connection?.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public void Dispose() => connection.Dispose();

    /// <summary>What a candidate made of a fold with 1 / divisor of its training rows, if it is finished.</summary>
    internal FoldScore? Find(Candidate candidate, Fold fold, int divisor)
    {
        lock (gate)
        {
            using DuckDBCommand command = connection.CreateCommand();
            command.CommandText = "SELECT seconds, decision, figures, decided, probabilities FROM judged WHERE learner = $learner AND remedy = $remedy AND "
                + "repeat = $repeat AND fold = $fold AND divisor = $divisor";
            Bind(command, ("learner", candidate.Learner), ("remedy", candidate.Remedy.Name), ("repeat", fold.Repeat), ("fold", fold.Index),
                ("divisor", divisor));
            using DuckDBDataReader reader = command.ExecuteReader();
            if (!reader.Read()) return null;
            return new FoldScore(Array<double>(reader, 2), Array<int>(reader, 3), Array<float>(reader, 4), reader.GetString(1), reader.GetDouble(0));
        }
    }

    /// <summary>Records finished candidates of a fold in one transaction.</summary>
    internal void Add(Fold fold, int divisor, IReadOnlyList<(Candidate Candidate, FoldScore Score)> judged)
    {
        lock (gate)
        {
            using DuckDBTransaction transaction = connection.BeginTransaction();
            foreach ((Candidate candidate, FoldScore score) in judged)
            {
                using DuckDBCommand command = connection.CreateCommand();
                command.CommandText = "INSERT INTO judged VALUES ($learner, $remedy, $repeat, $fold, $divisor, $seconds, $decision, $figures, $decided, "
                    + "$probabilities)";
                Bind(
                    command, ("learner", candidate.Learner), ("remedy", candidate.Remedy.Name), ("repeat", fold.Repeat), ("fold", fold.Index),
                    ("divisor", divisor), ("seconds", score.Seconds),
                    ("decision", score.Decision), ("figures", Bytes<double>(score.Figures)), ("decided", Bytes<int>(score.Decided)),
                    ("probabilities", Bytes<float>(score.Probabilities)));
                command.ExecuteNonQuery();
            }

            transaction.Commit();
        }
    }

    private static void Execute(DuckDBConnection connection, string sql)
    {
        using DuckDBCommand command = connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }

    private static void Bind(DuckDBCommand command, params ReadOnlySpan<(string Name, object Value)> values)
    {
        foreach ((string name, object value) in values) command.Parameters.Add(new DuckDBParameter(name, value));
    }

    private static byte[] Bytes<T>(T[] values) where T : unmanaged => System.Runtime.InteropServices.MemoryMarshal.AsBytes<T>(values).ToArray();

    private static T[] Array<T>(DuckDBDataReader reader, int column) where T : unmanaged
    {
        using Stream stream = reader.GetStream(column);
        using var memory = new MemoryStream();
        stream.CopyTo(memory);
        return System.Runtime.InteropServices.MemoryMarshal.Cast<byte, T>(memory.ToArray()).ToArray();
    }
}
