namespace Counterweight.Data;

/// <summary>What a cell is, as its format says it.</summary>
internal enum CellKind : byte
{
    /// <summary>There is none: the key is not in the line.</summary>
    Absent,

    /// <summary>It is null.</summary>
    Null,

    /// <summary>A text; each cell of a CSV file is one.</summary>
    Text,

    /// <summary>A number, in the digits of the file.</summary>
    Number,

    /// <summary><c>true</c> or <c>false</c>.</summary>
    Boolean,

    /// <summary><c>NaN</c>, which is no JSON but written by some programs.</summary>
    NotANumber,

    /// <summary>A list, as its JSON.</summary>
    List,

    /// <summary>An object, as its JSON.</summary>
    Structure,
}

/// <summary>Some consecutive rows as they stand in a file: a buffer, and where in it each cell of each wanted column is. Reused.</summary>
internal sealed class CellBlock
{
    private int[][] starts = [], lengths = [];
    private CellKind[][]? kinds;
    private int capacity;

    /// <summary>The bytes; at least 64 more than are used, so that wide loads may read past the end.</summary>
    internal byte[] Bytes { get; private set; } = new byte[(1 << 20) + 64];

    internal int Rows { get; set; }

    /// <summary>The number of columns that have a place.</summary>
    internal int Columns { get; private set; }

    /// <summary>The names of the columns so far, in formats that find them on the way.</summary>
    internal IReadOnlyList<string> Names { get; set; } = [];

    /// <summary>Forgets the rows. Cells of a block with kinds are absent until they are set.</summary>
    internal void Reset(int columns, bool withKinds)
    {
        Rows = 0;
        if (withKinds && kinds is null) kinds = [];
        AddColumns(columns);
        if (kinds is null) return;
        for (int c = 0; c < Columns; c++) kinds[c].AsSpan().Clear();
    }

    internal void AddColumns(int columns)
    {
        if (capacity == 0) capacity = 64;
        if (columns > starts.Length)
        {
            int size = Math.Max(columns, starts.Length * 2);
            Array.Resize(ref starts, size);
            Array.Resize(ref lengths, size);
            if (kinds is not null) Array.Resize(ref kinds, size);
        }

        for (; Columns < columns; Columns++)
        {
            (starts[Columns], lengths[Columns]) = (new int[capacity], new int[capacity]);
            if (kinds is not null) kinds[Columns] = new CellKind[capacity];
        }
    }

    /// <summary>Makes room for one row more.</summary>
    internal void Reserve(int rows)
    {
        if (rows <= capacity) return;
        capacity = Math.Max(rows, capacity * 2);
        for (int c = 0; c < Columns; c++)
        {
            Array.Resize(ref starts[c], capacity);
            Array.Resize(ref lengths[c], capacity);
            if (kinds is not null) Array.Resize(ref kinds[c], capacity);
        }
    }

    internal void Set(int column, int row, int start, int length)
    {
        starts[column][row] = start;
        lengths[column][row] = length;
    }

    internal void Set(int column, int row, int start, int length, CellKind kind)
    {
        Set(column, row, start, length);
        kinds![column][row] = kind;
    }

    internal CellKind KindAt(int column, int row) => kinds![column][row];

    /// <summary>Makes the buffer at least so large; what is in it stays.</summary>
    internal void GrowBytes(int size)
    {
        if (Bytes.Length >= size + 64) return;
        byte[] larger = GC.AllocateUninitializedArray<byte>(size + 64);
        Bytes.CopyTo(larger, 0);
        Bytes = larger;
    }

    internal Cells Column(int column) => new(Bytes, starts[column].AsSpan(0, Rows), lengths[column].AsSpan(0, Rows),
        kinds is null ? default : kinds[column].AsSpan(0, Rows));
}

/// <summary>One column of a block.</summary>
internal readonly ref struct Cells(ReadOnlySpan<byte> bytes, ReadOnlySpan<int> starts, ReadOnlySpan<int> lengths, ReadOnlySpan<CellKind> kinds)
{
    private readonly ReadOnlySpan<byte> bytes = bytes;
    private readonly ReadOnlySpan<int> starts = starts, lengths = lengths;
    private readonly ReadOnlySpan<CellKind> kinds = kinds;

    internal int Rows => starts.Length;

    internal ReadOnlySpan<byte> Bytes => bytes;

    internal int Start(int row) => starts[row];

    /// <summary>The kind of a cell; that of CSV cells is text.</summary>
    internal CellKind Kind(int row) => kinds.Length == 0 ? CellKind.Text : kinds[row];

    internal ReadOnlySpan<byte> Text(int row) => bytes.Slice(starts[row], lengths[row]);
}
