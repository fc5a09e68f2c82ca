using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json;

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
                    if (columns[c].Spelt(row) is { Length: > 0 } word) writer.Write(Quote(word));
                    else if (columns.Count == 1) writer.Write("\"\""); // an empty line would be no row
                }
                else if (columns[c] is CategoricalColumn categorical)
                {
                    writer.Write(levels[c][categorical.Codes[row]]);
                }
                else if (columns[c] is NumericColumn { Kind: NumericKind.Real, StoredType: null } numeric
                    && (numeric.Spelling?[row] ?? 0) == Data.Spelling.Usual)
                {
                    numeric.Values[row].TryFormat(digits, out int length, "R", CultureInfo.InvariantCulture);
                    writer.Write(digits[..length]);
                }
                else
                {
                    writer.Write(Quote(columns[c].Text(row)));
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
                if (columns[c].IsMissing(row))
                {
                    if (columns[c].Spelt(row) is "") writer.WriteString(names[c], "");
                    else writer.WriteNull(names[c]);
                }
                else if (columns[c] is NumericColumn { Kind: NumericKind.Real or NumericKind.WholeNumber } numeric && schema[c].StoredType != ColumnTypes.Text)
                {
                    string text = numeric.Text(row);
                    if (!IsNumber(text)) text = NumericColumn.Usual(numeric.Values[row], numeric.Kind, numeric.StoredType);
                    writer.WritePropertyName(names[c]);
                    writer.WriteRawValue(text, skipInputValidation: true);
                }
                else
                {
                    string text = columns[c].Text(row);
                    bool plain = schema[c].StoredType switch
                    {
                        ColumnTypes.Boolean => text is "true" or "false",
                        string type => columns[c] is not NumericColumn && ColumnTypes.IsNumber(type) && IsNumber(text),
                        _ => false,
                    };
                    if (plain)
                    {
                        writer.WritePropertyName(names[c]);
                        writer.WriteRawValue(text, skipInputValidation: true);
                    }
                    else
                    {
                        writer.WriteString(names[c], text);
                    }
                }
            }

            writer.WriteEndObject();
            writer.Flush();
            writer.Reset();
            buffer.Write("\n"u8);
            if (buffer.WrittenCount > 1 << 15) Flush();
        }

        Flush();
    }

    /// <summary>Whether a text is a number as JSON spells it.</summary>
    private static bool IsNumber(string text)
    {
        int i = text.StartsWith('-') ? 1 : 0, digits = i;
        while (i < text.Length && char.IsAsciiDigit(text[i])) i++;
        if (i == digits || (text[digits] == '0' && i > digits + 1)) return false;
        if (i < text.Length && text[i] == '.')
        {
            int fraction = ++i;
            while (i < text.Length && char.IsAsciiDigit(text[i])) i++;
            if (i == fraction) return false;
        }

        if (i == text.Length) return true;
        if (text[i++] is not ('e' or 'E')) return false;
        if (i < text.Length && text[i] is '+' or '-') i++;
        return i < text.Length && !text.AsSpan(i).ContainsAnyExceptInRange('0', '9');
    }

    internal override void Finish() => stream.Flush();

    public override void Dispose() => stream.Dispose();

    private void Flush()
    {
        stream.Write(buffer.WrittenSpan);
        buffer.ResetWrittenCount();
    }
}
