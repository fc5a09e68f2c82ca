using System.Data.Common;
using System.Runtime.InteropServices;

namespace Counterweight.LightGbm;

/// <summary>Some consecutive rows of a table, as a reader of files or a database hands them out.</summary>
/// <remarks>The memory is read while the chunk is consumed and not kept, so a reader may use one buffer again and again.</remarks>
public sealed record LightGbmChunk
{
    private readonly ReadOnlyMemory<double> doubles;
    private readonly ReadOnlyMemory<float> floats;
    private readonly IReadOnlyList<ReadOnlyMemory<double>>? doubleColumns;
    private readonly IReadOnlyList<ReadOnlyMemory<float>>? floatColumns;

    private LightGbmChunk(int rows, int columns) => (Rows, Columns) = (rows, columns);

    private LightGbmChunk(int rows, int columns, ReadOnlyMemory<double> values) : this(rows, columns) => doubles = values;

    private LightGbmChunk(int rows, int columns, ReadOnlyMemory<float> values) : this(rows, columns) => (floats, IsFloat) = (values, true);

    private LightGbmChunk(int rows, IReadOnlyList<ReadOnlyMemory<double>> columns) : this(rows, columns.Count) => doubleColumns = columns;

    private LightGbmChunk(int rows, IReadOnlyList<ReadOnlyMemory<float>> columns) : this(rows, columns.Count) => (floatColumns, IsFloat) = (columns, true);

    /// <summary>The number of rows.</summary>
    public int Rows { get; }

    /// <summary>The number of columns.</summary>
    public int Columns { get; }

    /// <summary>The labels of the rows; empty if they are set on the dataset later.</summary>
    public ReadOnlyMemory<float> Labels { get; init; }

    /// <summary>The weights of the rows; empty if there are none.</summary>
    public ReadOnlyMemory<float> Weights { get; init; }

    internal bool IsFloat { get; }

    internal bool IsRowMajor => doubleColumns is null && floatColumns is null;

    /// <summary>Rows one after the other: <c>values[row * columns + column]</c>, NaN for missing.</summary>
    /// <param name="values">rows x columns values.</param>
    /// <param name="columns">The number of columns.</param>
    public static LightGbmChunk FromRows(ReadOnlyMemory<double> values, int columns) => new(RowsOf(values.Length, columns), columns, values);

    /// <inheritdoc cref="FromRows(ReadOnlyMemory{double}, int)"/>
    public static LightGbmChunk FromRows(ReadOnlyMemory<float> values, int columns) => new(RowsOf(values.Length, columns), columns, values);

    /// <summary>Columns of equal length, NaN for missing.</summary>
    /// <param name="columns">The columns in order.</param>
    public static LightGbmChunk FromColumns(params IReadOnlyList<ReadOnlyMemory<double>> columns) => new(RowsOf(columns, m => m.Length), columns);

    /// <inheritdoc cref="FromColumns(IReadOnlyList{ReadOnlyMemory{double}})"/>
    public static LightGbmChunk FromColumns(params IReadOnlyList<ReadOnlyMemory<float>> columns) => new(RowsOf(columns, m => m.Length), columns);

    /// <summary>The rows of a query of any database, a chunk at a time; a missing value (NULL) is NaN, except as a label or weight.</summary>
    /// <param name="reader">The result. It is closed at the end, or when the reading is given up.</param>
    /// <param name="label">The column of the labels, which is then no feature; null if labels are set on the dataset.</param>
    /// <param name="weight">The column of the weights, which is then no feature.</param>
    /// <param name="rowsPerChunk">How many rows are held at a time.</param>
    /// <exception cref="UnusableDataException">A column holds no numbers, or a label or weight is missing.</exception>
    /// <example>
    /// <code>
    /// IEnumerable&lt;LightGbmChunk&gt; Read() => LightGbmChunk.FromReader(command.ExecuteReader(), label: "churned");
    /// using LightGbmDataset data = LightGbmDataset.FromChunks(rows, columns, Read);
    /// </code>
    /// </example>
    public static IEnumerable<LightGbmChunk> FromReader(DbDataReader reader, string? label = null, string? weight = null, int rowsPerChunk = 8192)
    {
        ArgumentNullException.ThrowIfNull(reader);
        ArgumentOutOfRangeException.ThrowIfLessThan(rowsPerChunk, 1);
        return Read(reader, label, weight, rowsPerChunk);

        static IEnumerable<LightGbmChunk> Read(DbDataReader reader, string? label, string? weight, int rowsPerChunk)
        {
            using (reader)
                foreach (LightGbmChunk chunk in new LightGbmReader(reader, label, weight).Read(rowsPerChunk)) yield return chunk;
        }
    }

    /// <summary>One value.</summary>
    internal double this[int row, int column] => this switch
    {
        { doubleColumns: { } d } => d[column].Span[row],
        { floatColumns: { } f } => f[column].Span[row],
        { IsFloat: true } => floats.Span[row * Columns + column],
        _ => doubles.Span[row * Columns + column],
    };

    internal ReadOnlySpan<double> Doubles => doubles.Span;

    internal ReadOnlySpan<float> Floats => floats.Span;

    /// <summary>Writes some rows, one after the other, into a buffer of bytes that holds floats or doubles.</summary>
    internal void Transpose(int start, int count, Span<byte> buffer)
    {
        if (doubleColumns is not null) Transpose(doubleColumns, start, count, MemoryMarshal.Cast<byte, double>(buffer));
        else Transpose(floatColumns!, start, count, MemoryMarshal.Cast<byte, float>(buffer));
    }

    private static void Transpose<T>(IReadOnlyList<ReadOnlyMemory<T>> columns, int start, int count, Span<T> target)
    {
        for (int c = 0, width = columns.Count; c < width; c++)
        {
            ReadOnlySpan<T> source = columns[c].Span.Slice(start, count);
            for (int r = 0, at = c; r < source.Length; r++, at += width) target[at] = source[r];
        }
    }

    private static int RowsOf(int length, int columns)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(columns, 1);
        return length % columns == 0 ? length / columns
            : throw new ArgumentException($"{length} values are not a whole number of rows of {columns} columns.", nameof(columns));
    }

    private static int RowsOf<T>(IReadOnlyList<T> columns, Func<T, int> length)
    {
        ArgumentNullException.ThrowIfNull(columns);
        ArgumentOutOfRangeException.ThrowIfZero(columns.Count, nameof(columns));
        int rows = length(columns[0]);
        for (int c = 1; c < columns.Count; c++)
            if (length(columns[c]) != rows) throw new ArgumentException($"Column {c} has {length(columns[c])} rows and column 0 has {rows}.", nameof(columns));
        return rows;
    }
}
