using System.Buffers.Text;
using System.Globalization;

namespace Counterweight.Data;

/// <summary>
/// Cells of a CSV file that hold a list of numbers as a text: <c>[0.1, -2, 3e-4]</c>, <c>0.1 -2 3e-4</c>, and what numpy prints. They become cells of
/// lists, as JSON has them.
/// </summary>
internal sealed class VectorCells(SourceFile file, CellText cells, string name)
{
    private byte[] bytes = [];
    private int[] starts = [], lengths = [];
    private CellKind[] kinds = [];
    private int used;

    /// <summary>The cells as lists, until the next call; absent where a value is missing.</summary>
    internal Cells Lists(in Cells texts, long firstRow)
    {
        if (starts.Length < texts.Rows) (starts, lengths, kinds) = (new int[texts.Rows], new int[texts.Rows], new CellKind[texts.Rows]);
        used = 0;
        for (int row = 0; row < texts.Rows; row++)
        {
            ReadOnlySpan<byte> cell = CellText.Trim(texts.Text(row));
            starts[row] = used;
            kinds[row] = cells.IsMissing(cell) ? CellKind.Absent : CellKind.List;
            if (kinds[row] == CellKind.List) Add(cell, firstRow + row + 1);
            lengths[row] = used - starts[row];
        }

        return new(bytes, starts.AsSpan(0, texts.Rows), lengths.AsSpan(0, texts.Rows), kinds.AsSpan(0, texts.Rows));
    }

    private void Add(ReadOnlySpan<byte> cell, long row)
    {
        if (cell.Length > 1 && (cell[0], cell[^1]) is ((byte)'[', (byte)']') or ((byte)'(', (byte)')')) cell = cell[1..^1];
        Put("["u8);
        bool first = true;
        for (int at = 0; ;)
        {
            // Between two numbers there are blanks and at most one comma or semicolon.
            bool separated = false;
            while (at < cell.Length && cell[at] is (byte)' ' or (byte)'\t' or (byte)'\r' or (byte)'\n' or (byte)',' or (byte)';')
            {
                if (cell[at] is (byte)',' or (byte)';')
                {
                    if (separated || first) throw Bad(",", row);
                    separated = true;
                }

                at++;
            }

            if (at == cell.Length)
            {
                if (separated) throw Bad(",", row);
                break;
            }

            int end = at;
            while (end < cell.Length && cell[end] is not ((byte)' ' or (byte)'\t' or (byte)'\r' or (byte)'\n' or (byte)',' or (byte)';')) end++;
            ReadOnlySpan<byte> number = cell[at..end];
            if (!first) Put(","u8);
            Number(number, row);
            (first, at) = (false, end);
        }

        Put("]"u8);
    }

    private void Number(ReadOnlySpan<byte> text, long row)
    {
        if (text.SequenceEqual("nan"u8) || text.SequenceEqual("NaN"u8) || text.SequenceEqual("null"u8) || text.SequenceEqual("None"u8))
        {
            Put("null"u8);
            return;
        }

        if (!(Utf8Parser.TryParse(text, out double value, out int read) && read == text.Length && double.IsFinite(value)))
            throw Bad(System.Text.Encoding.UTF8.GetString(text), row);
        Span<byte> digits = stackalloc byte[32];
        value.TryFormat(digits, out int written, "R", CultureInfo.InvariantCulture);
        Put(digits[..written]);
    }

    private UnusableDataException Bad(string found, long row) => file.Unusable(
        found.Contains("...", StringComparison.Ordinal)
            ? "the list was shortened to '...' by the program that wrote it. Write all of its numbers (numpy: set_printoptions(threshold=sys.maxsize))."
            : $"'{found}' is no number between others, and the column was named in --vector: a cell is a list such as [0.1, -2, 3].", row, name);

    private void Put(ReadOnlySpan<byte> more)
    {
        // Wide loads may read past the end.
        if (used + more.Length + 64 > bytes.Length) Array.Resize(ref bytes, Math.Max(2 * bytes.Length, used + more.Length + 4096));
        more.CopyTo(bytes.AsSpan(used));
        used += more.Length;
    }
}

/// <summary>A column of a CSV file whose cells are lists of numbers.</summary>
internal sealed class VectorReader(ColumnContext context) : CellReader(context.Name)
{
    private readonly VectorCells vectors = new(context.File, context.Cells, context.Name);
    private readonly ListReader lists = new(context);

    internal override void Append(in Cells cells, long firstRow) => lists.Append(vectors.Lists(cells, firstRow), firstRow);

    internal override void Skip(int rows) => lists.Skip(rows);

    internal override IReadOnlyList<Column> Finish() => lists.Finish();
}
