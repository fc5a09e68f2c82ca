using System.Runtime.CompilerServices;
using DuckDB.NET.Data;
using DuckDB.NET.Native;

namespace Counterweight.Data;

/// <summary>One DuckDB in memory that touches neither the network nor any setting of the user, and hands out vectors rather than boxed cells.</summary>
internal sealed class DuckSession : IDisposable
{
    /// <summary>What the engine may keep in memory; reading streams, so this bounds its buffers.</summary>
    private const string MemoryLimit = "512MB";

    private readonly DuckDBConnection connection = new("DataSource=:memory:");
    private readonly Dictionary<string, object?[]> asked = new(StringComparer.Ordinal);

    internal DuckSession(int threads, string? spillFolder = null)
    {
        connection.Open();
        Execute("SET autoinstall_known_extensions=false");
        Execute("SET autoload_known_extensions=false");
        Execute($"SET memory_limit='{MemoryLimit}'");
        Execute($"SET threads={(threads == 0 ? Environment.ProcessorCount : threads)}");
        Execute("SET preserve_insertion_order=true");
        Execute($"SET temp_directory={Sql.Text(spillFolder ?? "")}");
    }

    /// <summary>The connection, for an appender.</summary>
    internal DuckDBConnection Connection => connection;

    internal void Execute(string sql)
    {
        using DuckDBCommand command = connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }

    /// <summary>Lets the engine keep what vectors of so many columns need.</summary>
    internal void MakeRoom(int columns)
    {
        if (columns > 1000) Execute($"SET memory_limit='{512 + (columns / 2)}MB'");
    }

    /// <summary>The first row of a query's result; of a query that was asked before, the row it had then.</summary>
    internal object?[] Row(string sql)
    {
        if (asked.TryGetValue(sql, out object?[]? known)) return known;
        using DuckDBCommand command = connection.CreateCommand();
        command.CommandText = sql;
        using DuckDBDataReader reader = command.ExecuteReader();
        if (!reader.Read()) return [null, null];
        return asked[sql] = [.. Enumerable.Range(0, reader.FieldCount).Select(i => reader.IsDBNull(i) ? null : reader.GetValue(i))];
    }

    /// <summary>The names and types of the columns that a table expression gives.</summary>
    internal List<(string Name, string Type)> Describe(string table)
    {
        using DuckDBCommand command = connection.CreateCommand();
        command.CommandText = $"DESCRIBE SELECT * FROM {table}";
        using DuckDBDataReader reader = command.ExecuteReader();
        List<(string, string)> columns = [];
        while (reader.Read()) columns.Add((reader.GetString(0), reader.GetString(1)));
        return columns;
    }

    /// <summary>The chunks of up to 2048 rows of a query's result, in order. A chunk is valid until the next one is asked for.</summary>
    /// <exception cref="EngineException">The query or the reading fails.</exception>
    internal IEnumerable<Chunk> Stream(string sql, CancellationToken cancellation)
    {
        DuckDBNativeConnection native = connection.NativeConnection;
        using CancellationTokenRegistration registration = cancellation.Register(() => NativeMethods.Startup.DuckDBInterrupt(native));
        if (NativeMethods.PreparedStatements.DuckDBPrepare(native, sql, out DuckDBPreparedStatement statement) == DuckDBState.Error)
            using (statement)
                throw new EngineException(NativeMethods.PreparedStatements.DuckDBPrepareError(statement));
        using (statement)
        {
            DuckDBState state = NativeMethods.PreparedStatements.DuckDBExecutePreparedStreaming(statement, out DuckDBResult result);
            try
            {
                if (state == DuckDBState.Error) Fail(ref result, cancellation);
                while (true)
                {
                    cancellation.ThrowIfCancellationRequested();
                    using DuckDBDataChunk chunk = NativeMethods.Query.DuckDBFetchChunk(result);
                    if (chunk.IsInvalid)
                    {
                        if (!string.IsNullOrEmpty(NativeMethods.Query.DuckDBResultError(ref result))) Fail(ref result, cancellation);
                        yield break;
                    }

                    int rows = (int)NativeMethods.DataChunks.DuckDBDataChunkGetSize(chunk);
                    if (rows > 0) yield return new Chunk(chunk, rows);
                }
            }
            finally
            {
                NativeMethods.Query.DuckDBDestroyResult(ref result);
            }
        }
    }

    public void Dispose() => connection.Dispose();

    private static void Fail(ref DuckDBResult result, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        throw new EngineException(NativeMethods.Query.DuckDBResultError(ref result));
    }
}

/// <summary>What the engine said about a query that failed.</summary>
internal sealed class EngineException(string message) : Exception(message);

/// <summary>Up to 2048 rows of a result.</summary>
internal sealed class Chunk(DuckDBDataChunk chunk, int rows)
{
    internal int Rows => rows;

    internal Vector Column(int index) => new(NativeMethods.DataChunks.DuckDBDataChunkGetVector(chunk, index), rows);
}

/// <summary>One column of a chunk, DOUBLE, BIGINT or VARCHAR, as DuckDB holds it.</summary>
internal readonly unsafe ref struct Vector
{
    private readonly void* data;
    private readonly ulong* validity;

    internal Vector(nint vector, int rows)
    {
        data = NativeMethods.Vectors.DuckDBVectorGetData(vector);
        validity = NativeMethods.Vectors.DuckDBVectorGetValidity(vector);
        Rows = rows;
    }

    internal int Rows { get; }

    internal ReadOnlySpan<double> Doubles => new(data, Rows);

    internal ReadOnlySpan<long> Longs => new(data, Rows);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal bool IsNull(int row) => validity != null && (validity[row >> 6] & (1UL << (row & 63))) == 0;

    /// <summary>The UTF-8 bytes of a text: up to 12 stand in the 16 bytes of the entry itself, longer ones behind its pointer.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal ReadOnlySpan<byte> Text(int row)
    {
        byte* entry = (byte*)data + (16L * row);
        int length = *(int*)entry;
        return new(length <= 12 ? entry + 4 : *(byte**)(entry + 8), length);
    }
}

/// <summary>Quoting for SQL text.</summary>
internal static class Sql
{
    internal static string Text(string text) => $"'{text.Replace("'", "''", StringComparison.Ordinal)}'";

    internal static string Name(string name) => $"\"{name.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";

    /// <summary>
    /// A path as DuckDB takes it: from the root, so that nothing in front of it is a protocol or a home folder, its pattern characters taken literally.
    /// </summary>
    internal static string Path(string path) => Text(System.IO.Path.GetFullPath(path)
        .Replace("[", "[[]", StringComparison.Ordinal)
        .Replace("*", "[*]", StringComparison.Ordinal)
        .Replace("?", "[?]", StringComparison.Ordinal));
}
