using System.Globalization;
using System.Security.Cryptography;
using System.Text;
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
    private static readonly HashSet<string> OpenPaths = new(StringComparer.Ordinal);
    private readonly DuckDBConnection connection;
    private readonly string path;
    private readonly Lock gate = new();

    private RunStore(DuckDBConnection connection, string path) => (this.connection, this.path) = (connection, path);

    /// <summary>How many finished results the store had when it was opened.</summary>
    public int Found { get; private init; }

    /// <summary>Opens the store of a folder, or begins one.</summary>
    /// <param name="folder">The folder; it is made if it is not there.</param>
    /// <param name="fingerprint">What the comparison is: data, folds, seed, metric and versions.</param>
    /// <exception cref="UnusableDataException">The folder has a store of another comparison, or the file is damaged or in use.</exception>
    public static RunStore Open(string folder, string fingerprint) => Open(folder, fingerprint, FileName);

    /// <summary>Opens the store of a shard, or begins one.</summary>
    internal static RunStore Open(string folder, string fingerprint, Shard shard) => Open(folder, fingerprint, FileOf(shard));

    /// <summary>The name of the database file of a shard.</summary>
    internal static string FileOf(Shard shard) => shard.Name + ".duckdb";

    private static RunStore Open(string folder, string fingerprint, string file)
    {
        ArgumentNullException.ThrowIfNull(folder);
        ArgumentNullException.ThrowIfNull(fingerprint);
        Directory.CreateDirectory(folder);

        // The whole path: a database engine takes 'md:x' and the like for addresses, and a folder may be called anything.
        string path = Path.GetFullPath(Path.Combine(folder, file));
        if (path.Contains('?', StringComparison.Ordinal))
            throw new UnusableDataException("The database that keeps a run takes what follows a question mark for options; give a folder without one.", path);
        bool begun = File.Exists(path);
        lock (OpenPaths)
            if (!OpenPaths.Add(path)) throw InUse(path, null);
        DuckDBConnection? connection = null;
        try
        {
            connection = new DuckDBConnection(new DuckDBConnectionStringBuilder { DataSource = path }.ConnectionString);
            connection.Open();
            // One thread: a training is one small transaction, and idle threads of the engine wait by turning.
            Execute(connection, "SET temp_directory = ''; SET threads = 1");
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
            return new RunStore(connection, path) { Found = Convert.ToInt32(count.ExecuteScalar(), CultureInfo.InvariantCulture) };
        }
        catch (Exception damaged)
        {
            connection?.Dispose();
            lock (OpenPaths) OpenPaths.Remove(path);
            if (damaged is DuckDBException && damaged.Message.Contains("lock on file", StringComparison.OrdinalIgnoreCase)) throw InUse(path, damaged);
            if (IsNoRoom(damaged))
            {
                // What was just begun has nothing in it, and would be damaged for the next run.
                if (!begun) foreach (string left in (string[])[path, path + ".wal"]) File.Delete(left);
                throw new RunStoreException($"The run store {path} cannot be written: {FirstLine(damaged)} Make room there, or name another folder.", damaged);
            }

            if (IsDamage(damaged))
                throw new UnusableDataException($"The run store cannot be opened: {FirstLine(damaged)} Delete the file and begin again.", path,
                    innerException: damaged);
            throw;
        }
    }

    /// <summary>Runs a statement beside the run: what a test does in place of a disk that fails.</summary>
    internal void Disturb(string sql)
    {
        lock (gate) Execute(connection, sql);
    }

    /// <summary>Takes over what another store of the same comparison holds.</summary>
    /// <param name="other">The path of its file.</param>
    /// <exception cref="UnusableDataException">The file is not there, damaged, in use, or of another comparison.</exception>
    internal void Import(string other)
    {
        if (!File.Exists(other)) throw new UnusableDataException("there is no such file. Run the shard again.", other);
        lock (gate)
        {
            try
            {
                Execute(connection, $"ATTACH '{other.Replace("'", "''", StringComparison.Ordinal)}' AS shard (READ_ONLY)");
                try
                {
                    using DuckDBCommand same = connection.CreateCommand();
                    same.CommandText = "SELECT count(*) FROM shard.run JOIN run USING (version, fingerprint)";
                    if (Convert.ToInt32(same.ExecuteScalar(), CultureInfo.InvariantCulture) != 1)
                        throw new UnusableDataException(
                            "the file is of another comparison, or of another version of Counterweight. Run the shard again.", other);
                    Execute(connection, "INSERT OR IGNORE INTO judged SELECT * FROM shard.judged");
                }
                finally
                {
                    Execute(connection, "DETACH shard");
                }
            }
            catch (DuckDBException damaged)
            {
                if (damaged.Message.Contains("lock on file", StringComparison.OrdinalIgnoreCase)) throw InUse(other, damaged);
                throw new UnusableDataException($"The run store cannot be opened: {FirstLine(damaged)} Delete the file and run the shard again.", other,
                    innerException: damaged);
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        connection.Dispose();
        lock (OpenPaths) OpenPaths.Remove(path);
    }

    /// <summary>What a candidate made of a fold with 1 / divisor of its training rows, if it is finished.</summary>
    /// <exception cref="UnusableDataException">The file is damaged.</exception>
    internal FoldScore? Find(ILearner learner, Candidate candidate, Fold fold, int divisor)
    {
        lock (gate)
        {
            try
            {
                FoldScore? found = Read();
                if (found is not null && (found.Decided.Length != fold.Test.Length || found.Probabilities.Length % fold.Test.Length != 0))
                    throw new InvalidCastException("A fold has another number of rows.");
                return found;
            }
            catch (Exception damaged) when (IsDamage(damaged))
            {
                throw new UnusableDataException($"The run store is damaged: {FirstLine(damaged)} Delete the file and begin again.", path,
                    innerException: damaged);
            }
        }

        FoldScore? Read()
        {
            using DuckDBCommand command = connection.CreateCommand();
            command.CommandText = "SELECT seconds, decision, figures, decided, probabilities FROM judged WHERE learner = $learner AND remedy = $remedy AND "
                + "repeat = $repeat AND fold = $fold AND divisor = $divisor";
            Bind(command, ("learner", KeyOf(learner)), ("remedy", candidate.Remedy.Name), ("repeat", fold.Repeat), ("fold", fold.Index),
                ("divisor", divisor));
            using DuckDBDataReader reader = command.ExecuteReader();
            if (!reader.Read()) return null;
            return new FoldScore(Array<double>(reader, 2), Array<int>(reader, 3), Array<float>(reader, 4), reader.GetString(1), reader.GetDouble(0));
        }
    }

    /// <summary>Records finished candidates of a fold in one transaction.</summary>
    /// <exception cref="RunStoreException">They cannot be kept: the disk is full, say. What was recorded before is whole.</exception>
    internal void Add(ILearner learner, Fold fold, int divisor, IReadOnlyList<(Candidate Candidate, FoldScore Score)> judged)
    {
        lock (gate)
        {
            try
            {
                Write();
            }
            catch (Exception unkept) when (unkept is DuckDBException or InvalidOperationException or IOException)
            {
                throw new RunStoreException($"A finished fold could not be kept in {path}: {FirstLine(unkept)} Those kept before are whole; make room, and go "
                    + $"on with the run of that folder.", unkept);
            }
        }

        void Write()
        {
            using DuckDBTransaction transaction = connection.BeginTransaction();
            foreach ((Candidate candidate, FoldScore score) in judged)
            {
                using DuckDBCommand command = connection.CreateCommand();
                command.CommandText = "INSERT INTO judged VALUES ($learner, $remedy, $repeat, $fold, $divisor, $seconds, $decision, $figures, $decided, "
                    + "$probabilities)";
                Bind(
                    command, ("learner", KeyOf(learner)), ("remedy", candidate.Remedy.Name), ("repeat", fold.Repeat), ("fold", fold.Index),
                    ("divisor", divisor), ("seconds", score.Seconds),
                    ("decision", score.Decision), ("figures", Bytes<double>(score.Figures)), ("decided", Bytes<int>(score.Decided)),
                    ("probabilities", Bytes<float>(score.Probabilities)));
                command.ExecuteNonQuery();
            }

            transaction.Commit();
        }
    }

    /// <summary>The learner as it is recorded: with a digest of what it is, if it is not of the catalogue, so that another of the same name is
    /// another.</summary>
    private static string KeyOf(ILearner learner) => LearnerCatalogue.All.Contains(learner.Name) ? learner.Name
        : $"{learner.Name} {Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(learner.Fingerprint)))[..16]}";

    private static UnusableDataException InUse(string path, Exception? cause) =>
        new("Another run uses this folder. Wait for it to end, or give each run a folder of its own.", path, innerException: cause);

    private static bool IsDamage(Exception problem) =>
        problem is DuckDBException or InvalidCastException or FormatException or NullReferenceException or InvalidOperationException or ArgumentException;

    /// <summary>DuckDB has words, and no number, for what the system said of a write.</summary>
    private static bool IsNoRoom(Exception problem) => problem is DuckDBException && (problem.Message.Contains("ould not write", StringComparison.Ordinal)
        || problem.Message.Contains("No space left", StringComparison.OrdinalIgnoreCase));

    private static string FirstLine(Exception problem) => problem.Message.Split('\n')[0].TrimEnd('.') + '.';

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

/// <summary>A finished fold could not be kept: no fault of a candidate, so the run ends.</summary>
internal sealed class RunStoreException(string message, Exception cause) : IOException(message, cause);
