using System.Buffers;
using System.Globalization;
using System.Numerics;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Counterweight.Databases;

/// <summary>The rows of a statement as lines of JSON, made as they are read.</summary>
/// <param name="query">The statement.</param>
/// <param name="columns">The columns to write; further ones of the statement are not written.</param>
/// <param name="name">What to call the rows in messages.</param>
/// <param name="label">The place of the label column; -1 for none.</param>
/// <param name="most">How many rows of a label to take; others are all taken.</param>
internal sealed class RowStream(RunningQuery query, IReadOnlyList<TableColumn> columns, string name, int label, IReadOnlyDictionary<string, long> most)
    : Stream
{
    private const int Enough = 1 << 16;

    private static readonly JsonWriterOptions Plain = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, SkipValidation = true };

    private readonly ArrayBufferWriter<byte> buffer = new(2 * Enough);
    private readonly JsonEncodedText[] keys = [.. columns.Select(c => JsonEncodedText.Encode(c.Name, JavaScriptEncoder.UnsafeRelaxedJsonEscaping))];
    private readonly Dictionary<string, long> taken = new(StringComparer.Ordinal);
    private Utf8JsonWriter? writer;
    private int used;
    private bool ended;
    private long rows;

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public override int Read(Span<byte> buffer)
    {
        if (used == this.buffer.WrittenCount && !ended) Fill();
        int length = Math.Min(buffer.Length, this.buffer.WrittenCount - used);
        this.buffer.WrittenSpan.Slice(used, length).CopyTo(buffer);
        used += length;
        return length;
    }

    public override void Flush() { }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            query.Dispose();
            writer?.Dispose();
        }

        base.Dispose(disposing);
    }

    private void Fill()
    {
        buffer.ResetWrittenCount();
        used = 0;
        writer ??= new Utf8JsonWriter(buffer, Plain);
        while (buffer.WrittenCount < Enough)
        {
            if (!query.Read())
            {
                ended = true;
                return;
            }

            rows++;
            if (label >= 0 && most.Count > 0 && !Takes(Text(query.Reader.GetValue(label)))) continue;
            writer.Reset(buffer);
            writer.WriteStartObject();
            for (int c = 0; c < keys.Length; c++)
            {
                writer.WritePropertyName(keys[c]);
                Value(c);
            }

            writer.WriteEndObject();
            writer.Flush();
            buffer.Write("\n"u8);
        }
    }

    private bool Takes(string value)
    {
        if (!most.TryGetValue(value, out long limit)) return true;
        ref long count = ref System.Runtime.InteropServices.CollectionsMarshal.GetValueRefOrAddDefault(taken, value, out _);
        return ++count <= limit;
    }

    /// <summary>A label as text: some engines give texts as bytes in UTF-8.</summary>
    internal static string Text(object value) => value switch
    {
        byte[] bytes => Encoding.UTF8.GetString(bytes),
        bool truth => truth ? "true" : "false",
        IFormattable number => number.ToString(null, CultureInfo.InvariantCulture),
        _ => value.ToString() ?? "",
    };

    private void Value(int column)
    {
        object value;
        try
        {
            value = query.Reader.GetValue(column);
        }
        catch (Exception odd) when (odd is InvalidCastException or OverflowException or FormatException or ArgumentException or NotSupportedException)
        {
            throw new UnusableDataException($"the value cannot be read: {odd.Message.TrimEnd('.')}. Correct it, leave the column out (--drop), or cast it in a "
                + "--query.", name, rows, columns[column].Name, odd);
        }

        switch (value)
        {
            case null or DBNull:
                writer!.WriteNullValue();
                break;
            case string truth when columns[column].Kind == ColumnKind.Boolean:
                writer!.WriteBooleanValue(truth is "1" or "t" or "true");
                break;
            case string text:
                writer!.WriteStringValue(text);
                break;
            case bool truth:
                writer!.WriteBooleanValue(truth);
                break;
            case double real:
                Real(real, real.ToString("R", CultureInfo.InvariantCulture));
                break;
            case float real:
                Real(real, real.ToString("R", CultureInfo.InvariantCulture));
                break;
            case decimal or sbyte or byte or short or ushort or int or uint or long or ulong or BigInteger or Int128 or UInt128:
                writer!.WriteRawValue(Text(value), skipInputValidation: true);
                break;
            case DateOnly day:
                writer!.WriteStringValue(day.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture));
                break;
            case DateTimeOffset moment:
                writer!.WriteStringValue(moment.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.FFFFFF'Z'", CultureInfo.InvariantCulture));
                break;
            case DateTime moment:
                writer!.WriteStringValue(moment.TimeOfDay == TimeSpan.Zero && moment.Kind == DateTimeKind.Unspecified
                    ? moment.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture)
                    : moment.ToString("yyyy-MM-dd'T'HH:mm:ss.FFFFFF", CultureInfo.InvariantCulture));
                break;
            case byte[] bytes when column == label:
                writer!.WriteStringValue(Encoding.UTF8.GetString(bytes));
                break;
            case byte[] or Stream or Array or System.Collections.IDictionary:
                throw new UnusableDataException("the value is neither a number, a text, a truth value nor a time. Leave the column out (--drop), or make a "
                    + "column of what you need of it in a --query.", name, rows, columns[column].Name);
            default:
                string spelt = Text(value);
                if (columns[column].IsNumber) writer!.WriteRawValue(spelt, skipInputValidation: true);
                else writer!.WriteStringValue(spelt);
                break;
        }
    }

    /// <summary>Infinite values and NaN are written as programs write them in JSON; the reader refuses them by row and column.</summary>
    private void Real(double value, string text) => writer!.WriteRawValue(
        double.IsFinite(value) ? text : double.IsNaN(value) ? "NaN" : value > 0 ? "Infinity" : "-Infinity", skipInputValidation: true);
}
