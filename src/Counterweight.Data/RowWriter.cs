using System.IO.Compression;

namespace Counterweight.Data;

/// <summary>
/// Writes rows batch by batch. They go to a temporary file beside the target, which <see cref="Commit"/> puts in its place; disposed without it,
/// nothing is left behind.
/// </summary>
/// <example>
/// <code>
/// using RowWriter writer = RowWriter.Create("scores.csv", [new ColumnSchema("score", NumericKind.Real, [])]);
/// writer.Write([new NumericColumn("score", [0.25, 0.75])]);
/// writer.Commit();
/// </code>
/// </example>
public sealed class RowWriter : IDisposable
{
    private readonly string path;
    private readonly string? temporary;
    private readonly IReadOnlyList<ColumnSchema> schema;
    private readonly RowFormat format;
    private bool committed, disposed;

    private RowWriter(string path, string? temporary, IReadOnlyList<ColumnSchema> schema, RowFormat format) =>
        (this.path, this.temporary, this.schema, this.format) = (path, temporary, schema, format);

    /// <summary>The number of rows written so far.</summary>
    public long Rows { get; private set; }

    /// <summary>Starts a file.</summary>
    /// <param name="path">Where to; the ending says how: <c>.csv</c>, <c>.parquet</c>, <c>.jsonl</c> or <c>.ndjson</c>, the text formats also with <c>.gz</c>;
    /// <c>-</c> is CSV on standard output.</param>
    /// <param name="schema">The columns, with distinct names.</param>
    /// <exception cref="ArgumentException">The ending is none of these, there is no column, or two have one name.</exception>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public static RowWriter Create(string path, IReadOnlyList<ColumnSchema> schema)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        ArgumentNullException.ThrowIfNull(schema);
        if (schema.Count == 0) throw new ArgumentException("At least one column is needed.", nameof(schema));
        bool parquet = path.EndsWith(".parquet", StringComparison.OrdinalIgnoreCase);
        if (schema.GroupBy(c => c.Name, parquet ? StringComparer.OrdinalIgnoreCase : StringComparer.Ordinal).FirstOrDefault(g => g.Count() > 1) is { } twice)
            throw new ArgumentException($"Two columns are called '{twice.Key}'" + (parquet ? " (capitals or not, which our Parquet writer takes for "
                + "one)." : "."),
                nameof(schema));
        if (path == "-") return new(path, null, schema, new CsvFormat(Console.OpenStandardOutput(), schema));
        bool gzip = path.EndsWith(".gz", StringComparison.OrdinalIgnoreCase);
        string ending = Path.GetExtension(gzip ? path[..^3] : path).ToUpperInvariant();
        if (ending is not (".CSV" or ".JSONL" or ".NDJSON" or ".PARQUET") || (gzip && ending == ".PARQUET"))
            throw new ArgumentException($"'{path}': the ending of a file to write is .csv, .parquet, .jsonl or .ndjson, the text formats also with .gz.",
                nameof(path));
        if (Directory.Exists(path)) throw new IOException($"{path} is a folder; a file is to be written.");
        string full = Path.GetFullPath(path), temporary = Path.Combine(Path.GetDirectoryName(full)!, $".{Path.GetFileName(full)}.{Guid.NewGuid():N}.tmp");
        if (ending == ".PARQUET") return new(full, temporary, schema, new ParquetFormat(temporary, schema));
        Stream stream = new FileStream(temporary, FileMode.CreateNew, FileAccess.Write, FileShare.None, 1 << 16);
        if (gzip) stream = new GZipStream(stream, CompressionLevel.Fastest);
        return new(full, temporary, schema, ending == ".CSV" ? new CsvFormat(stream, schema) : new JsonLinesFormat(stream, schema));
    }

    /// <summary>Writes the next rows.</summary>
    /// <param name="columns">The columns of the schema, in its order, of one length. A category column may have other levels.</param>
    /// <exception cref="ArgumentException">The columns are not those of the schema.</exception>
    public void Write(IReadOnlyList<Column> columns)
    {
        ArgumentNullException.ThrowIfNull(columns);
        ObjectDisposedException.ThrowIf(disposed, this);
        if (columns.Count != schema.Count) throw new ArgumentException($"{columns.Count} columns were given; the file has {schema.Count}.", nameof(columns));
        for (int c = 0; c < columns.Count; c++)
        {
            if (columns[c].Name != schema[c].Name || columns[c] is NumericColumn != schema[c].IsNumeric)
                throw new ArgumentException($"Column {c} is '{columns[c].Name}' ({(columns[c] is NumericColumn ? "numbers" : "text")}); the file has "
                    + $"'{schema[c].Name}' ({(schema[c].IsNumeric ? "numbers" : "text")}) there.", nameof(columns));
            if (columns[c].Rows != columns[0].Rows)
                throw new ArgumentException($"Column '{columns[c].Name}' has {columns[c].Rows} rows and '{columns[0].Name}' has {columns[0].Rows}.",
                    nameof(columns));
        }

        format.Write(columns);
        Rows += columns[0].Rows;
    }

    /// <summary>Finishes the file and puts it in its place; a file that was there is replaced.</summary>
    public void Commit()
    {
        ObjectDisposedException.ThrowIf(disposed, this);
        if (committed) return;
        format.Finish();
        format.Dispose();
        if (temporary is not null) File.Move(temporary, path, overwrite: true);
        committed = true;
    }

    /// <summary>Removes what was written unless it was committed.</summary>
    public void Dispose()
    {
        if (disposed) return;
        disposed = true;
        try
        {
            format.Dispose();
        }
        catch (IOException) when (!committed)
        {
            // The last rows did not fit the disk either; the file goes anyway.
        }
        finally
        {
            if (!committed && temporary is not null) File.Delete(temporary);
        }
    }
}
