using System.Globalization;
using System.Numerics;
using System.Runtime.InteropServices;

namespace Counterweight;

/// <summary>
/// Rows of features for resampling and neighbour search: row-major values, which columns are categories, and the columns' names.
/// </summary>
/// <remarks>
/// The values are not copied; do not change them while a result that was made from them is in use. A categorical column holds codes
/// (0, 1, 2, ...) as numbers: only whether two codes are equal counts, never their difference.
/// </remarks>
/// <typeparam name="T">The type of a value: <see cref="float"/> or <see cref="double"/>.</typeparam>
/// <example>
/// <code>
/// var rows = new SampleMatrix&lt;double&gt;([1.5, 0, 2.5, 1], columns: 2, categorical: [1], names: ["length", "colour"]);
/// ReadOnlySpan&lt;double&gt; second = rows.Row(1);   // 2.5, 1
/// </code>
/// </example>
public sealed class SampleMatrix<T> where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly bool[] isCategorical;
    private readonly string[]? names;

    /// <summary>Wraps row-major values.</summary>
    /// <param name="values">The values of the first row, then of the second, ...; rows x columns of them.</param>
    /// <param name="columns">The number of columns, D; at least 1.</param>
    /// <param name="categorical">Which columns (from 0) hold codes of categories; none by default.</param>
    /// <param name="names">The names of the columns, for messages; <c>column 1</c>, <c>column 2</c>, ... by default.</param>
    /// <exception cref="ArgumentException">The length is no multiple of <paramref name="columns"/>, or a column index or the number of names does not
    /// fit.</exception>
    public SampleMatrix(ReadOnlyMemory<T> values, int columns, IReadOnlyCollection<int>? categorical = null, IReadOnlyList<string>? names = null)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(columns, 1);
        if (values.Length % columns != 0)
            throw new ArgumentException($"{values.Length} values do not make whole rows of {columns} columns.", nameof(values));
        if (names is not null && names.Count != columns)
            throw new ArgumentException($"{names.Count} names were given for {columns} columns.", nameof(names));
        isCategorical = new bool[columns];
        foreach (int column in categorical ?? [])
        {
            if ((uint)column >= (uint)columns)
                throw new ArgumentException($"The categorical column {column} is not in 0..{columns - 1}.", nameof(categorical));
            isCategorical[column] = true;
        }

        Values = values;
        Columns = columns;
        Rows = values.Length / columns;
        Categorical = [.. Enumerable.Range(0, columns).Where(c => isCategorical[c])];
        Numeric = [.. Enumerable.Range(0, columns).Where(c => !isCategorical[c])];
        this.names = names is null ? null : [.. names];
    }

    /// <summary>The values, row by row.</summary>
    public ReadOnlyMemory<T> Values { get; }

    /// <summary>The number of rows, N.</summary>
    public int Rows { get; }

    /// <summary>The number of columns, D.</summary>
    public int Columns { get; }

    /// <summary>The categorical columns, ascending.</summary>
    public IReadOnlyList<int> Categorical { get; }

    /// <summary>The numeric columns, ascending.</summary>
    public IReadOnlyList<int> Numeric { get; }

    /// <summary>The names of the columns if they were given, else null.</summary>
    public IReadOnlyList<string>? Names => names;

    /// <summary>The values of a row.</summary>
    /// <param name="row">The row, from 0.</param>
    public ReadOnlySpan<T> Row(int row) => Values.Span.Slice(row * Columns, Columns);

    /// <summary>Whether a column holds codes of categories.</summary>
    /// <param name="column">The column, from 0.</param>
    public bool IsCategorical(int column) => isCategorical[column];

    /// <summary>The name of a column, or <c>column 3</c> (from 1) if the columns have none.</summary>
    /// <param name="column">The column, from 0.</param>
    public string Name(int column) => names?[column] ?? $"column {column + 1}";

    /// <summary>A matrix with the same columns and other values.</summary>
    /// <param name="values">The values, row by row.</param>
    public SampleMatrix<T> With(ReadOnlyMemory<T> values) => new(values, Columns, [.. Categorical], names);

    /// <summary>Copies some rows into a matrix of their own.</summary>
    /// <param name="rows">The rows (from 0) in the order wanted; a row may occur more than once.</param>
    /// <param name="threads">The number of threads; 0 for every processor.</param>
    public SampleMatrix<T> Select(ReadOnlyMemory<int> rows, int threads = 0) => With(Copy(rows, threads));

    /// <summary>Refuses values that are not finite, or so large that the squared distances between rows would not be.</summary>
    /// <exception cref="UnusableDataException">There is such a value; the message names the first such row and its column.</exception>
    public void ThrowIfNotFinite() => ThrowIfNotFinite(threads: 1);

    internal void ThrowIfNotFinite(int threads)
    {
        const int block = 1 << 18;
        ReadOnlyMemory<T> memory = Values;
        int blocks = (memory.Length + block - 1) / block, bad = int.MaxValue;

        // D squares of differences of twice that stay below the largest number there is.
        T limit = T.Sqrt(T.BitDecrement(T.PositiveInfinity) / T.CreateSaturating(4.0 * Columns));
        Parallel.For(0, blocks, Threads.Options(threads), b =>
        {
            if (b > Volatile.Read(ref bad) || FirstOutside(memory.Span.Slice(b * block, Math.Min(block, memory.Length - (b * block))), limit) < 0) return;
            int known = bad;
            while (b < known && Interlocked.CompareExchange(ref bad, b, known) != known) known = bad;
        });
        if (bad == int.MaxValue) return;
        ReadOnlySpan<T> values = memory.Span;
        int first = (bad * block) + FirstOutside(values[(bad * block)..], limit);
        if (T.IsFinite(values[first]))
            throw new UnusableDataException(
                $"{values[first].ToString("R", CultureInfo.InvariantCulture)} is too large: its distance to other rows leaves the range of the numbers. If it "
                + $"stands for a missing value, fill it in; else give the column in a larger unit, or scale the columns (standardise) first.", file: null,
                row: (first / Columns) + 1,
                column: Name(first % Columns));
        string what = T.IsNaN(values[first]) ? "The value is missing (NaN)" : "The value is infinite";
        throw new UnusableDataException(
            $"{what}, and a distance to it is not defined. Fill it in or leave the row out before resampling.", file: null, row: (first / Columns) + 1,
            column: Name(first % Columns));
    }

    internal T[] Copy(ReadOnlyMemory<int> rows, int threads)
    {
        T[] copy = LargePages.Under(GC.AllocateUninitializedArray<T>(checked(rows.Length * Columns)));
        const int block = 1024;
        Parallel.For(0, (rows.Length + block - 1) / block, Threads.Options(copy.Length < 1 << 16 ? 1 : threads), b =>
        {
            ReadOnlySpan<T> source = Values.Span;
            ReadOnlySpan<int> wanted = rows.Span;
            for (int i = b * block; i < Math.Min((b + 1) * block, wanted.Length); i++)
                source.Slice(wanted[i] * Columns, Columns).CopyTo(copy.AsSpan(i * Columns, Columns));
        });
        return copy;
    }

    private static int FirstOutside(ReadOnlySpan<T> values, T limit)
    {
        // y - y is zero for finite y and NaN otherwise, and y = x max / limit is finite for x within the limit: one vector test per block, and a search only
        // in a block that fails it.
        int i = 0, width = Vector<T>.Count;
        var s = new Vector<T>(T.BitDecrement(T.PositiveInfinity) / limit);
        ref T first = ref MemoryMarshal.GetReference(values);
        for (; i + (4 * width) <= values.Length; i += 4 * width)
        {
            Vector<T> a = s * Vector.LoadUnsafe(ref first, (nuint)i), b = s * Vector.LoadUnsafe(ref first, (nuint)(i + width));
            Vector<T> c = s * Vector.LoadUnsafe(ref first, (nuint)(i + (2 * width))), d = s * Vector.LoadUnsafe(ref first, (nuint)(i + (3 * width)));
            if (!Vector.EqualsAll((a - a) + (b - b) + (c - c) + (d - d), Vector<T>.Zero)) break;
        }

        for (; i + Vector<T>.Count <= values.Length; i += Vector<T>.Count)
        {
            Vector<T> x = s * new Vector<T>(values[i..]);
            if (!Vector.EqualsAll(x - x, Vector<T>.Zero)) break;
        }

        for (; i < values.Length; i++)
            if (!T.IsFinite(s[0] * values[i])) return i;
        return -1;
    }
}
