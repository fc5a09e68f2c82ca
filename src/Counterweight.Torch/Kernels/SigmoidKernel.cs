using System.Numerics;
using System.Numerics.Tensors;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Counterweight.Torch;

/// <summary>
/// The losses of a <see cref="SigmoidTerm"/> with their gradient, in one pass over a contiguous array in the memory of the CPU: for each element
/// e (y a_c One(x + o_c) + (1 - y) b_c Zero(x + o_c)).
/// </summary>
internal sealed unsafe class SigmoidKernel<T> where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private const int ChunkElements = 16384, BlockElements = 512;

    /// <summary>(N, L) logits.</summary>
    public T* Logits { get; init; }

    /// <summary>(N, L) labels; null if there are indices.</summary>
    public T* Labels { get; init; }

    /// <summary>(N) class indices; null if there are labels.</summary>
    public long* Indices { get; init; }

    /// <summary>(N, L) numbers that <see cref="IElementFactor{T}"/> is given; null if there are none.</summary>
    public T* Factors { get; init; }

    /// <summary>a: L values, repeated until a vector past the end.</summary>
    public T* Ones { get; init; }

    /// <summary>b: L values, repeated until a vector past the end.</summary>
    public T* Zeros { get; init; }

    /// <summary>o: L values, repeated until a vector past the end; zeros if null.</summary>
    public T* Offset { get; init; }

    /// <summary>Takes (N, L) gradients times <see cref="Scale"/>; null if none are wanted.</summary>
    public T* Gradient { get; init; }

    /// <summary>A factor of the gradients.</summary>
    public double Scale { get; init; } = 1;

    /// <summary>Takes (N, L) losses; null if only the sum is wanted.</summary>
    public T* Losses { get; init; }

    /// <summary>N.</summary>
    public long Rows { get; init; }

    /// <summary>L.</summary>
    public int Columns { get; init; }

    /// <summary>How many threads may run.</summary>
    public int Threads { get; init; }

    /// <summary>The sum of the losses.</summary>
    public double Sum { get; private set; }

    /// <summary>Takes the sums by column of y (1 - s(x)) and of (1 - y) s(x), 2 L values; null if they are not wanted. Only with <see cref="BinaryLogarithmTerm"/>.</summary>
    public double[]? Residuals { get; init; }

    private int ChunkRows => Math.Max(1, ChunkElements / Columns);

    private int Chunks => (int)((Rows + ChunkRows - 1) / ChunkRows);

    /// <summary>Computes everything.</summary>
    public void Run<TTerm, TFactor>(TTerm term, TFactor factor) where TTerm : struct, ISigmoidTerm<T> where TFactor : struct, IElementFactor<T>
    {
        double[] sums = new double[Chunks], residuals = new double[Residuals is null ? 0 : Chunks * 2 * Columns];
        Loop((chunk, first, end) =>
        {
            // A vector that begins near the end of the columns adds to those behind it, which are the first ones of the next row.
            int width = Columns + Vector512<T>.Count;
            T* parts = Residuals is null ? null : (T*)NativeMemory.AllocZeroed((nuint)(2 * width), (nuint)sizeof(T)), second = parts == null ? null : parts + width;
            sums[chunk] = Flat(term, factor, parts, second, first, end) + (Indices == null ? 0 : Targets(term, factor, parts, second, first, end));
            for (int i = 0; parts != null && i < width; i++)
            {
                int at = (chunk * 2 * Columns) + (i % Columns);
                residuals[at] += double.CreateTruncating(parts[i]);
                residuals[at + Columns] += double.CreateTruncating(parts[width + i]);
            }

            NativeMemory.Free(parts);
        });
        Sum = 0;
        foreach (double part in sums) Sum += part;
        for (int i = 0; i < residuals.Length; i += 2 * Columns) TensorPrimitives.Add(Residuals, residuals.AsSpan(i, 2 * Columns), Residuals);
    }

    /// <summary>How many elements have |s(x) - y| in each of a number of equal bins of 0..1.</summary>
    public long[] Density(int bins)
    {
        int[] counts = new int[Chunks * bins];
        Loop((chunk, first, end) =>
        {
            int width = Vector512<T>.Count;
            Span<int> mine = counts.AsSpan(chunk * bins, bins);
            T* lanes = stackalloc T[width];
            for (long i = first * Columns, stop = end * Columns; i < stop; i += width)
            {
                int count = (int)Math.Min(width, stop - i);
                bool whole = count == width;
                Vector512<T> p = SigmoidParts<T>.Of(whole ? Vector512.Load(Logits + i) : Part(Logits + i, count)).P;
                if (Labels != null) p = Vector512.Abs(p - (whole ? Vector512.Load(Labels + i) : Part(Labels + i, count)));
                Vector512<T> bin = HarmonisedFactor<T>.Bin(p, bins);
                if (whole && bins <= 32)
                {
                    // How many are in each bin or a later one, which below become those of each.
                    for (int b = 0; b < bins; b++)
                        mine[b] += BitOperations.PopCount(Vector512.ExtractMostSignificantBits(Vector512.GreaterThanOrEqual(bin, Vector512.Create(T.CreateTruncating(b)))));
                    continue;
                }

                bin.Store(lanes);
                for (int j = 0; j < count; j++)
                {
                    int at = int.CreateTruncating(lanes[j]);
                    if (bins > 32) mine[at]++;
                    for (int b = 0; bins <= 32 && b <= at; b++) mine[b]++;
                }
            }

            for (int b = 0; bins <= 32 && b < bins - 1; b++) mine[b] -= mine[b + 1];

            for (long row = first; Indices != null && row < end; row++)
            {
                Vector512<T> p = SigmoidParts<T>.Of(Vector512.Create(Logits[(row * Columns) + Indices[row]])).P;
                mine[int.CreateTruncating(HarmonisedFactor<T>.Bin(p, bins).ToScalar())]--;
                mine[int.CreateTruncating(HarmonisedFactor<T>.Bin(Vector512.Abs(p - Vector512<T>.One), bins).ToScalar())]++;
            }
        });
        long[] all = new long[bins];
        for (int i = 0; i < counts.Length; i++) all[i % bins] += counts[i];
        return all;
    }

    /// <summary>The sum of f (1 + (a_c - 1) y), where f are the <see cref="Factors"/>, or ones, for labels.</summary>
    public double Weight()
    {
        double[] sums = new double[Chunks];
        Loop((chunk, first, end) =>
        {
            int width = Vector512<T>.Count;
            double sum = 0;
            for (long row = first; row < end; row++)
            {
                Vector512<T> part = Vector512<T>.Zero;
                T* y = Labels + (row * Columns), f = Factors == null ? null : Factors + (row * Columns);
                int c = 0;
                for (; c + width <= Columns; c += width)
                {
                    Vector512<T> weight = ((Vector512.Load(Ones + c) - Vector512<T>.One) * Vector512.Load(y + c)) + Vector512<T>.One;
                    part += f == null ? weight : weight * Vector512.Load(f + c);
                }

                sum += double.CreateTruncating(Vector512.Sum(part));
                for (; c < Columns; c++) sum += double.CreateTruncating((((Ones[c] - T.One) * y[c]) + T.One) * (f == null ? T.One : f[c]));
            }

            sums[chunk] = sum;
        });
        return TensorPrimitives.Sum<double>(sums);
    }

    private void Loop(Action<int, long, long> body) =>
        ChunkLoop.Run(Chunks, Rows * Columns < ChunkElements ? 1 : Threads, chunk => body(chunk, (long)chunk * ChunkRows, Math.Min(Rows, (chunk + 1L) * ChunkRows)));

    private double Flat<TTerm, TFactor>(TTerm term, TFactor factor, T* ofOnes, T* ofZeros, long firstRow, long endRow) where TTerm : struct, ISigmoidTerm<T> where TFactor : struct, IElementFactor<T>
    {
        double sum = 0;
        int width = Vector512<T>.Count, column = 0;
        T* given = stackalloc T[factor.TakesRows ? BlockElements + width : 1];
        long i = firstRow * Columns, end = endRow * Columns, row = firstRow;
        T rowValue = factor.TakesRows ? factor.Row(firstRow) : T.Zero;
        while (i < end)
        {
            Vector512<T> block = Vector512<T>.Zero;
            long start = i, stop = Math.Min(end, i + BlockElements);
            for (long filled = start; factor.TakesRows && filled < stop;)
            {
                long border = (row + 1) * Columns, run = Math.Min(stop, border) - filled;
                new Span<T>(given + (filled - start), (int)run).Fill(rowValue);
                filled += run;
                if (filled == border && ++row < endRow) rowValue = factor.Row(row);
            }

            for (; i + width <= stop; i += width)
            {
                Vector512<T> y = Labels == null ? Vector512<T>.Zero : Vector512.Load(Labels + i);
                SigmoidParts<T> at = Parts(Vector512.Load(Logits + i), column);
                (Vector512<T> loss, Vector512<T> slope) = At(term, factor, y, factor.TakesRows ? Vector512.Load(given + (i - start)) : Factors == null ? Vector512<T>.One : Vector512.Load(Factors + i), column, at);
                block += loss;
                if (Losses != null) loss.Store(Losses + i);
                if (Gradient != null) slope.Store(Gradient + i);
                if (typeof(TTerm) == typeof(BinaryLogarithmTerm.Form<T>) && ofZeros != null) Residual(at, y, Vector512<T>.One, ofOnes, ofZeros, column);
                column = Advance(column, width);
            }

            sum += double.CreateTruncating(Vector512.Sum(block));
            if (i == stop) continue;

            int rest = (int)(stop - i);
            Vector512<T> inside = Vector512.LessThan(Vector512<T>.Indices, Vector512.Create(T.CreateTruncating(rest)));
            Vector512<T> labels = Labels == null ? Vector512<T>.Zero : Part(Labels + i, rest);
            SigmoidParts<T> parts = Parts(Part(Logits + i, rest), column);
            (Vector512<T> last, Vector512<T> change) = At(
                term, factor, labels, factor.TakesRows ? Part(given + (i - start), rest) : Factors == null ? Vector512<T>.One : Part(Factors + i, rest), column, parts);
            sum += double.CreateTruncating(Vector512.Sum(Vector512.ConditionalSelect(inside, last, Vector512<T>.Zero)));
            if (ofZeros != null) Residual(parts, labels, Vector512.ConditionalSelect(inside, Vector512<T>.One, Vector512<T>.Zero), ofOnes, ofZeros, column);
            for (int j = 0; j < rest; j++)
            {
                if (Losses != null) Losses[i + j] = last[j];
                if (Gradient != null) Gradient[i + j] = change[j];
            }

            column = Advance(column, rest);
            i = stop;
        }

        return sum;
    }

    /// <summary>Replaces the elements of the targets, which <see cref="Flat"/> took for zeros.</summary>
    private double Targets<TTerm, TFactor>(TTerm term, TFactor factor, T* ofOnes, T* ofZeros, long first, long end) where TTerm : struct, ISigmoidTerm<T> where TFactor : struct, IElementFactor<T>
    {
        double sum = 0;
        for (long row = first; row < end; row++)
        {
            int y = (int)Indices[row];
            long i = (row * Columns) + y;
            SigmoidParts<T> at = SigmoidParts<T>.Of(Vector512.Create(Offset == null ? Logits[i] : Logits[i] + Offset[y]));
            Vector512<T> given = Vector512.Create(factor.TakesRows ? factor.Row(row) : Factors == null ? T.One : Factors[i]);
            (Vector512<T> one, Vector512<T> slope) = term.One(at);
            T e = factor.Of(at, Vector512<T>.One, y, given).ToScalar() * Ones[y], loss = one.ToScalar() * e;
            sum += double.CreateTruncating(loss) - double.CreateTruncating(term.Zero(at).Loss.ToScalar() * (factor.Of(at, Vector512<T>.Zero, y, given).ToScalar() * Zeros[y]));
            if (Losses != null) Losses[i] = loss;
            if (Gradient != null) Gradient[i] = slope.ToScalar() * e * T.CreateTruncating(Scale);
            if (ofZeros == null) continue;
            ofOnes[y] += at.Q.ToScalar();
            ofZeros[y] -= at.P.ToScalar();
        }

        return sum;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private SigmoidParts<T> Parts(Vector512<T> x, int column) => SigmoidParts<T>.Of(Offset == null ? x : x + Vector512.Load(Offset + column));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private (Vector512<T> Loss, Vector512<T> Slope) At<TTerm, TFactor>(TTerm term, TFactor factor, Vector512<T> y, Vector512<T> given, int column, SigmoidParts<T> at)
        where TTerm : struct, ISigmoidTerm<T> where TFactor : struct, IElementFactor<T>
    {
        Vector512<T> e = typeof(TFactor) == typeof(NoFactor<T>) ? Vector512<T>.One : factor.Of(at, y, column, given), b = Vector512.Load(Zeros + column);
        (Vector512<T> zero, Vector512<T> zeroSlope) = term.Zero(at);
        if (typeof(TFactor) != typeof(NoFactor<T>)) b *= e;
        Vector512<T> scale = Vector512.Create(T.CreateTruncating(Scale));
        if (Labels == null) return (zero * b, zeroSlope * (b * scale));
        (Vector512<T> one, Vector512<T> oneSlope) = term.One(at);
        Vector512<T> a = y * Vector512.Load(Ones + column);
        if (typeof(TFactor) != typeof(NoFactor<T>)) a *= e;
        b *= Vector512<T>.One - y;
        return ((one * a) + (zero * b), ((oneSlope * a) + (zeroSlope * b)) * scale);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void Residual(in SigmoidParts<T> at, Vector512<T> y, Vector512<T> counts, T* ofOnes, T* ofZeros, int column)
    {
        if (Labels != null) (Vector512.Load(ofOnes + column) + (at.Q * y * counts)).Store(ofOnes + column);
        (Vector512.Load(ofZeros + column) + (at.P * (Vector512<T>.One - y) * counts)).Store(ofZeros + column);
    }

    /// <summary>The first lanes from memory, the others zero.</summary>
    private static Vector512<T> Part(T* from, int count)
    {
        T* buffer = stackalloc T[Vector512<T>.Count];
        for (int j = 0; j < Vector512<T>.Count; j++) buffer[j] = j < count ? from[j] : T.Zero;
        return Vector512.Load(buffer);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private int Advance(int column, int by)
    {
        column += by;
        while (column >= Columns) column -= Columns;
        return column;
    }
}
