using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json;
using DuckDB.NET.Data;

namespace Counterweight.Data;

/// <summary>A way to write rows.</summary>
internal abstract class RowFormat : IDisposable
{
    internal abstract void Write(IReadOnlyList<Column> columns);

    internal abstract void Finish();

    public abstract void Dispose();
}

/// <summary>CSV with a header; a cell is quoted only if it must be, a missing one is empty.</summary>
internal sealed class CsvFormat : RowFormat
{
    private static readonly SearchValues<char> Special = SearchValues.Create(",;\t|\"\r\n");

    private readonly StreamWriter writer;
    private string? header;

    internal CsvFormat(Stream stream, IReadOnlyList<ColumnSchema> schema)
    {
        writer = new StreamWriter(stream, new UTF8Encoding(false), 1 << 16) { NewLine = "\n" };
        header = string.Join(',', schema.Select(c => Quote(c.Name)));
    }

    internal override void Write(IReadOnlyList<Column> columns)
    {
        Begin();
        string[][] levels = [.. columns.Select(c => c is CategoricalColumn categorical ? categorical.Levels.Select(Quote).ToArray() : [])];
        Span<char> digits = stackalloc char[32];
        for (int row = 0; row < columns[0].Rows; row++)
        {
            for (int c = 0; c < columns.Count; c++)
            {
                if (c > 0) writer.Write(',');
                if (columns[c].IsMissing(row))
                {
                    if (columns.Count == 1) writer.Write("\"\""); // an empty line would be no row
                }
                else if (columns[c] is CategoricalColumn categorical)
                {
                    writer.Write(levels[c][categorical.Codes[row]]);
                }
                else if (columns[c] is NumericColumn { Kind: NumericKind.Real or NumericKind.WholeNumber } numeric)
                {
                    numeric.Values[row].TryFormat(digits, out int length, "R", CultureInfo.InvariantCulture);
                    writer.Write(digits[..length]);
                }
                else
                {
                    writer.Write(columns[c].Text(row));
                }
            }

            writer.Write('\n');
        }
    }

    internal override void Finish()
    {
        Begin();
        writer.Flush();
    }

    public override void Dispose() => writer.Dispose();

    /// <summary>Writes the header with the first rows, so that input that cannot be used leaves standard output empty.</summary>
    private void Begin()
    {
        if (header is not null) writer.WriteLine(header);
        header = null;
    }

    private static string Quote(string text) =>
        text.Length == 0 || text.AsSpan().ContainsAny(Special) || text[0] == ' ' || text[^1] == ' '
        ? $"\"{text.Replace("\"", "\"\"", StringComparison.Ordinal)}\"" : text;
}

/// <summary>One JSON object a line; a missing value is null.</summary>
internal sealed class JsonLinesFormat(Stream stream, IReadOnlyList<ColumnSchema> schema) : RowFormat
{
    private static readonly JsonWriterOptions Options =
        new() { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping, SkipValidation = true };

    private readonly ArrayBufferWriter<byte> buffer = new(1 << 16);
    private readonly JsonEncodedText[] names = [.. schema.Select(c => JsonEncodedText.Encode(c.Name, Options.Encoder))];

    internal override void Write(IReadOnlyList<Column> columns)
    {
        using var writer = new Utf8JsonWriter(buffer, Options);
        for (int row = 0; row < columns[0].Rows; row++)
        {
            writer.WriteStartObject();
            for (int c = 0; c < columns.Count; c++)
            {
                if (columns[c].IsMissing(row)) writer.WriteNull(names[c]);
                else if (columns[c] is NumericColumn { Kind: NumericKind.Real or NumericKind.WholeNumber } numeric)
                    writer.WriteNumber(names[c], numeric.Values[row]);
                else writer.WriteString(names[c], columns[c].Text(row));
            }

            writer.WriteEndObject();
            writer.Flush();
            writer.Reset();
            buffer.Write("\n"u8);
            if (buffer.WrittenCount > 1 << 15) Flush();
        }

        Flush();
    }

    internal override void Finish() => stream.Flush();

    public override void Dispose() => stream.Dispose();

    private void Flush()
    {
        stream.Write(buffer.WrittenSpan);
        buffer.ResetWrittenCount();
    }
}

/// <summary>Parquet through DuckDB: rows are collected in a table, which spills to disk, and copied out at the end.</summary>
internal sealed class ParquetFormat : RowFormat
{
    private readonly DuckSession session;
    private readonly string path, spill;

    internal ParquetFormat(string path, IReadOnlyList<ColumnSchema> schema)
    {
        this.path = path;
        spill = Path.Combine(Path.GetTempPath(), $"counterweight-{Guid.NewGuid():N}");
        session = new DuckSession(0, spill);
        session.Execute($"CREATE TABLE rows ({string.Join(", ", schema.Select(c => $"{Sql.Name(c.Name)} {Type(c.Kind)}"))})");
    }

    internal override void Write(IReadOnlyList<Column> columns)
    {
        using DuckDBAppender appender = session.Connection.CreateAppender("rows");
        for (int row = 0; row < columns[0].Rows; row++)
        {
            IDuckDBAppenderRow line = appender.CreateRow();
            foreach (Column column in columns) Append(line, column, row);
            line.EndRow();
        }

        appender.Close();
    }

    internal override void Finish()
    {
        try
        {
            session.Execute($"COPY rows TO {Sql.Text(path)} (FORMAT parquet, USE_TMP_FILE false)");
        }
        catch (DuckDBException problem)
        {
            throw new IOException($"{path} cannot be written: {problem.Message.Split('\n')[0]}", problem);
        }
    }

    public override void Dispose()
    {
        session.Dispose();
        if (Directory.Exists(spill)) Directory.Delete(spill, recursive: true);
    }

    private static string Type(NumericKind? kind) => kind switch
    {
        null => "VARCHAR",
        NumericKind.WholeNumber => "BIGINT",
        NumericKind.Date => "DATE",
        NumericKind.Timestamp => "TIMESTAMP",
        _ => "DOUBLE",
    };

    private static void Append(IDuckDBAppenderRow line, Column column, int row)
    {
        if (column.IsMissing(row))
        {
            line.AppendNullValue();
            return;
        }

        if (column is not NumericColumn numeric)
        {
            line.AppendValue(column.Text(row));
            return;
        }

        double value = numeric.Values[row];
        switch (numeric.Kind)
        {
            case NumericKind.WholeNumber:
                line.AppendValue(value == Math.Floor(value) && Math.Abs(value) < 9.2e18
                    ? (long?)(long)value
                    : throw new ArgumentException(
                        string.Create(CultureInfo.InvariantCulture, $"Column '{column.Name}' is of whole numbers, but row {row + 1} is {value}.")));
                break;
            case NumericKind.Date:
                line.AppendValue((DateOnly?)new DateOnly(1970, 1, 1).AddDays((int)Math.Floor(value)));
                break;
            case NumericKind.Timestamp:
                line.AppendValue((DateTime?)DateTime.UnixEpoch.AddTicks((long)Math.Round(value * 86_400_000_000.0) * TimeSpan.TicksPerMicrosecond));
                break;
            default:
                line.AppendValue((double?)value);
                break;
        }
    }
}
