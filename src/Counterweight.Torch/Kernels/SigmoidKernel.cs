using System.Buffers;
using System.Numerics;
using System.Numerics.Tensors;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Counterweight.Torch;

/// <summary>
/// The losses of a <see cref="SigmoidTerm"/> with their gradient, in one pass over a contiguous array in the memory of the CPU: for each element
/// e (y a_c One(x + o_c) + (1 - y) b_c Zero(x + o_c)).
/// </summary>
internal sealed unsafe class SigmoidKernel<T> where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private const int ChunkElements = 16384, BlockElements = 512, MostPieces = 16, Stretch = 512, MostCompared = 64, ComparedElements = 2048;

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

    /// <summary>Takes the sums by column of y (1 - s(x)) and of (1 - y) s(x), 2 L values; null if they are not wanted. Only with
    /// <see cref="BinaryLogarithmTerm"/>.</summary>
    public double[]? Residuals { get; init; }

    private int ChunkRows => Math.Max(1, ChunkElements / Columns);

    private int Chunks => (int)((Rows + ChunkRows - 1) / ChunkRows);

    /// <summary>Computes everything.</summary>
    public void Run<TTerm, TFactor>(TTerm term, TFactor factor) where TTerm : struct, ISigmoidTerm<T> where TFactor : struct, IElementFactor<T>
    {
        if (Residuals is not null)
        {
            RunWithResiduals(term, factor);
            return;
        }

        double[] sums = new double[Chunks];
        Loop((chunk, first, end) => sums[chunk] = Part(term, factor, null, null, first, end));
        Sum = 0;
        foreach (double part in sums) Sum += part;
    }

    /// <summary>As <see cref="Run"/>, in few pieces of many chunks, since each has sums by column of its own.</summary>
    private void RunWithResiduals<TTerm, TFactor>(TTerm term, TFactor factor) where TTerm : struct, ISigmoidTerm<T> where TFactor : struct, IElementFactor<T>
    {
        int chunks = Chunks, pieces = Math.Min(chunks, MostPieces), each = 2 * Columns;
        double[] sums = new double[pieces], residuals = ArrayPool<double>.Shared.Rent(pieces * each);
        ChunkLoop.Run(pieces, Rows * Columns < ChunkElements ? 1 : Threads, piece =>
        {
            // A vector that begins near the end of the columns adds to those behind it, which are the first ones of the next row.
            int width = Columns + Vector256<T>.Count;
            T* parts = (T*)NativeMemory.AllocZeroed((nuint)(2 * width), (nuint)sizeof(T)), second = parts + width;
            Span<double> mine = residuals.AsSpan(piece * each, each);
            mine.Clear();
            double sum = 0;
            for (int chunk = (int)((long)chunks * piece / pieces), stop = (int)((long)chunks * (piece + 1) / pieces), rows = 0; chunk < stop; chunk++)
            {
                long first = (long)chunk * ChunkRows, end = Math.Min(Rows, first + ChunkRows);
                sum += Part(term, factor, parts, second, first, end);

                // Single precision sums a stretch of rows only.
                rows += ChunkRows;
                if (rows < Stretch && chunk + 1 < stop) continue;
                rows = 0;
                for (int i = 0; i < width; i++)
                {
                    mine[i % Columns] += double.CreateTruncating(parts[i]);
                    mine[Columns + (i % Columns)] += double.CreateTruncating(second[i]);
                }

                new Span<T>(parts, 2 * width).Clear();
            }

            sums[piece] = sum;
            NativeMemory.Free(parts);
        });
        Sum = 0;
        for (int piece = 0; piece < pieces; piece++)
        {
            Sum += sums[piece];
            TensorPrimitives.Add(Residuals, residuals.AsSpan(piece * each, each), Residuals);
        }

        ArrayPool<double>.Shared.Return(residuals);
    }

    /// <summary>How many elements have |s(x) - y| in each of a number of equal bins of 0..1.</summary>
    public long[] Density(int bins)
    {
        int[] counts = new int[Chunks * bins];
        Loop((chunk, first, end) =>
        {
            Span<int> mine = counts.AsSpan(chunk * bins, bins);
            if (bins <= MostCompared) Compare(mine, first * Columns, end * Columns);
            else Look(mine, first * Columns, end * Columns);
            if (Indices != null) Exchange(mine, first, end);
        });
        long[] all = new long[bins];
        for (int i = 0; i < counts.Length; i++) all[i % bins] += counts[i];
        return all;
    }

    /// <summary>Counts the elements of each bin, 32 of them at a time as bytes that are compared with every bin.</summary>
    private void Compare(Span<int> counts, long from, long end)
    {
        int bins = counts.Length;
        int* places = stackalloc int[ComparedElements];
        byte* packed = stackalloc byte[ComparedElements];
        for (long start = from; start < end; start += ComparedElements)
        {
            int count = (int)Math.Min(ComparedElements, end - start), stop = (count + 31) / 32 * 32;
            Fill(places, start, count, bins);
            new Span<int>(places + count, stop - count).Fill(byte.MaxValue);
            for (int i = 0; i < stop; i += 32)
            {
                // In any order: they are only counted.
                Vector256<int> w = Vector256.Load(places + i), x = Vector256.Load(places + i + 8), y = Vector256.Load(places + i + 16),
                    z = Vector256.Load(places + i + 24);
                Vector256<byte> four = Avx2.IsSupported
                    ? Avx2.PackUnsignedSaturate(Avx2.PackSignedSaturate(w, x), Avx2.PackSignedSaturate(y, z))
                    : Vector256.Narrow(Vector256.Narrow(w, x).AsUInt16(), Vector256.Narrow(y, z).AsUInt16());
                four.Store(packed + i);
            }

            // A byte counts at most as many as there are vectors in a block.
            for (int b = 0; b < bins; b += 2)
            {
                Vector256<byte> low = Vector256.Create((byte)b), high = Vector256.Create((byte)(b + 1)), hits = Vector256<byte>.Zero, more = hits;
                for (int i = 0; i < stop; i += 32)
                {
                    Vector256<byte> at = Vector256.Load(packed + i);
                    hits -= Vector256.Equals(at, low);
                    more -= Vector256.Equals(at, high);
                }

                counts[b] += Total(hits);
                if (b + 1 < bins) counts[b + 1] += Total(more);
            }
        }

        static int Total(Vector256<byte> counts)
        {
            (Vector256<ushort> lower, Vector256<ushort> upper) = Vector256.Widen(counts);
            return Vector256.Sum(lower + upper);
        }
    }

    /// <summary>Counts the elements of each of many bins.</summary>
    private void Look(Span<int> counts, long from, long end)
    {
        int* places = stackalloc int[ComparedElements];
        for (long start = from; start < end; start += ComparedElements)
        {
            int count = (int)Math.Min(ComparedElements, end - start);
            Fill(places, start, count, counts.Length);
            for (int i = 0; i < count; i++) counts[places[i]]++;
        }
    }

    /// <summary>The bins of so many elements.</summary>
    private void Fill(int* places, long from, int count, int bins)
    {
        int width = Vector256<T>.Count, i = 0;
        T* logits = Logits + from, labels = Labels == null ? null : Labels + from;
        T number = T.CreateTruncating(bins);
        for (; i + width <= count; i += width)
        {
            Vector256<T> p = SigmoidParts<T>.Of(Vector256.Load(logits + i)).P;
            if (labels != null) p = Vector256.Abs(p - Vector256.Load(labels + i));
            Vector256<T> at = Harmonics.Places(p, number);
            if (typeof(T) == typeof(float)) Vector256.ConvertToInt32Native(at.AsSingle()).Store(places + i);
            else
                for (int j = 0; j < width; j++) places[i + j] = int.CreateTruncating(at[j]);
        }

        if (i == count) return;
        Vector256<T> last = SigmoidParts<T>.Of(Part(logits + i, count - i)).P;
        if (labels != null) last = Vector256.Abs(last - Part(labels + i, count - i));
        last = Harmonics.Places(last, number);
        for (int j = 0; i + j < count; j++) places[i + j] = int.CreateTruncating(last[j]);
    }

    /// <summary>Moves the elements of the targets, which were taken for zeros, to the bins of ones.</summary>
    private void Exchange(Span<int> counts, long firstRow, long endRow)
    {
        int width = Vector256<T>.Count;
        T* x = stackalloc T[width];
        T bins = T.CreateTruncating(counts.Length);
        for (long first = firstRow; first < endRow; first += width)
        {
            int count = (int)Math.Min(width, endRow - first);
            for (int j = 0; j < count; j++) x[j] = Logits[((first + j) * Columns) + Indices[first + j]];
            Vector256<T> p = SigmoidParts<T>.Of(Vector256.Load(x)).P;
            Vector256<T> was = Harmonics.Places(p, bins), now = Harmonics.Places(Vector256.Abs(p - Vector256<T>.One), bins);
            for (int j = 0; j < count; j++)
            {
                counts[int.CreateTruncating(was[j])]--;
                counts[int.CreateTruncating(now[j])]++;
            }
        }
    }

    /// <summary>The sum of f (1 + (a_c - 1) y), where f are the <see cref="Factors"/>, or ones, for labels.</summary>
    public double Weight()
    {
        double[] sums = new double[Chunks];
        Loop((chunk, first, end) =>
        {
            int width = Vector256<T>.Count;
            double sum = 0;
            for (long row = first; row < end; row++)
            {
                Vector256<T> part = Vector256<T>.Zero;
                T* y = Labels + (row * Columns), f = Factors == null ? null : Factors + (row * Columns);
                int c = 0;
                for (; c + width <= Columns; c += width)
                {
                    Vector256<T> weight = ((Vector256.Load(Ones + c) - Vector256<T>.One) * Vector256.Load(y + c)) + Vector256<T>.One;
                    part += f == null ? weight : weight * Vector256.Load(f + c);
                }

                sum += double.CreateTruncating(Vector256.Sum(part));
                for (; c < Columns; c++) sum += double.CreateTruncating((((Ones[c] - T.One) * y[c]) + T.One) * (f == null ? T.One : f[c]));
            }

            sums[chunk] = sum;
        });
        return TensorPrimitives.Sum<double>(sums);
    }

    private void Loop(Action<int, long, long> body) =>
        ChunkLoop.Run(Chunks, Rows * Columns < ChunkElements ? 1 : Threads,
            chunk => body(chunk, (long)chunk * ChunkRows, Math.Min(Rows, (chunk + 1L) * ChunkRows)));

    private double Part<TTerm, TFactor>(TTerm term, TFactor factor, T* ofOnes, T* ofZeros, long first, long end) where TTerm : struct, ISigmoidTerm<T>
        where TFactor : struct, IElementFactor<T> =>
        Indices == null
            ? Flat<TTerm, TFactor, Mixed>(term, factor, ofOnes, ofZeros, first, end)
            : Flat<TTerm, TFactor, Zeroed>(term, factor, ofOnes, ofZeros, first, end) + Targets(term, factor, ofOnes, ofZeros, first, end);

    /// <summary>Labels, or zeros; what only ones need is not computed for zeros, since the compiler specialises by the type.</summary>
    private double Flat<TTerm, TFactor, TLabels>(TTerm term, TFactor factor, T* ofOnes, T* ofZeros, long firstRow, long endRow)
        where TTerm : struct, ISigmoidTerm<T> where TFactor : struct, IElementFactor<T> where TLabels : struct
    {
        bool labelled = typeof(TLabels) == typeof(Mixed);
        T* logits = Logits, given = Factors, weightsOfOnes = Ones, weightsOfZeros = Zeros, offset = Offset, gradient = Gradient, losses = Losses;
        T scale = T.CreateTruncating(Scale);
        double sum = 0;
        int width = Vector256<T>.Count, column = 0;
        T* ofRows = stackalloc T[factor.TakesRows ? BlockElements + width : 1];
        long i = firstRow * Columns, end = endRow * Columns, row = firstRow;
        T rowValue = factor.TakesRows ? factor.Row(firstRow) : T.Zero;
        while (i < end)
        {
            Vector256<T> block = Vector256<T>.Zero;
            long start = i, stop = Math.Min(end, i + BlockElements);
            for (long filled = start; factor.TakesRows && filled < stop;)
            {
                long border = (row + 1) * Columns, run = Math.Min(stop, border) - filled;
                new Span<T>(ofRows + (filled - start), (int)run).Fill(rowValue);
                filled += run;
                if (filled == border && ++row < endRow) rowValue = factor.Row(row);
            }

            for (; i + width <= stop; i += width)
            {
                Vector256<T> x = Vector256.Load(logits + i), y = labelled ? Vector256.Load(Labels + i) : Vector256<T>.Zero;
                SigmoidParts<T> at = SigmoidParts<T>.Of(offset == null ? x : x + Vector256.Load(offset + column));
                Vector256<T> e = factor.TakesRows ? Vector256.Load(ofRows + (i - start)) : given == null ? Vector256<T>.One : Vector256.Load(given + i);
                (Vector256<T> loss, Vector256<T> slope) = At<TTerm, TFactor, TLabels>(term, factor, y, e, column, at, weightsOfOnes, weightsOfZeros, scale);
                block += loss;
                if (losses != null) loss.Store(losses + i);
                if (gradient != null) slope.Store(gradient + i);
                if (typeof(TTerm) == typeof(BinaryLogarithmTerm.Form<T>) && ofZeros != null)
                    Residual<TLabels>(at, y, Vector256<T>.One, ofOnes, ofZeros, column);
                column = Advance(column, width);
            }

            sum += double.CreateTruncating(Vector256.Sum(block));
            if (i == stop) continue;

            int rest = (int)(stop - i);
            Vector256<T> inside = Vector256.LessThan(Vector256<T>.Indices, Vector256.Create(T.CreateTruncating(rest)));
            Vector256<T> lastX = Part(logits + i, rest), labels = labelled ? Part(Labels + i, rest) : Vector256<T>.Zero;
            SigmoidParts<T> parts = SigmoidParts<T>.Of(offset == null ? lastX : lastX + Vector256.Load(offset + column));
            (Vector256<T> last, Vector256<T> change) = At<TTerm, TFactor, TLabels>(
                term, factor, labels, factor.TakesRows ? Part(ofRows + (i - start), rest) : given == null ? Vector256<T>.One : Part(given + i, rest), column,
                parts, weightsOfOnes, weightsOfZeros, scale);
            sum += double.CreateTruncating(Vector256.Sum(Vector256.ConditionalSelect(inside, last, Vector256<T>.Zero)));
            if (ofZeros != null) Residual<TLabels>(
                parts, labels, Vector256.ConditionalSelect(inside, Vector256<T>.One, Vector256<T>.Zero), ofOnes, ofZeros, column);
            for (int j = 0; j < rest; j++)
            {
                if (losses != null) losses[i + j] = last[j];
                if (gradient != null) gradient[i + j] = change[j];
            }

            column = Advance(column, rest);
            i = stop;
        }

        return sum;
    }

    /// <summary>Replaces the elements of the targets, which <see cref="Flat"/> took for zeros; the targets of as many rows at a time as a vector
    /// holds.</summary>
    private double Targets<TTerm, TFactor>(TTerm term, TFactor factor, T* ofOnes, T* ofZeros, long firstRow, long endRow) where TTerm : struct, ISigmoidTerm<T>
        where TFactor : struct, IElementFactor<T>
    {
        double sum = 0;
        int width = Vector256<T>.Count;
        T scale = T.CreateTruncating(Scale);
        T* x = stackalloc T[4 * width], ones = x + width, zeros = ones + width, given = zeros + width;
        int* columns = stackalloc int[width];
        new Span<T>(given, width).Fill(T.One);
        for (long first = firstRow; first < endRow; first += width)
        {
            int count = (int)Math.Min(width, endRow - first);
            for (int j = 0; j < count; j++)
            {
                int y = (int)Indices[first + j];
                long i = ((first + j) * Columns) + y;
                columns[j] = y;
                x[j] = Offset == null ? Logits[i] : Logits[i] + Offset[y];
                ones[j] = Ones[y];
                zeros[j] = Zeros[y];
                if (factor.TakesRows) given[j] = factor.Row(first + j);
                else if (Factors != null) given[j] = Factors[i];
            }

            SigmoidParts<T> at = SigmoidParts<T>.Of(Vector256.Load(x));
            (Vector256<T> one, Vector256<T> slope) = term.One(at);
            Vector256<T> e = factor.Of(at, Vector256<T>.One, columns, Vector256.Load(given)) * Vector256.Load(ones), loss = one * e;
            Vector256<T> taken = term.Zero(at).Loss * (factor.Of(at, Vector256<T>.Zero, columns, Vector256.Load(given)) * Vector256.Load(zeros));
            slope *= e * scale;
            for (int j = 0; j < count; j++)
            {
                long i = ((first + j) * Columns) + columns[j];
                sum += double.CreateTruncating(loss[j]) - double.CreateTruncating(taken[j]);
                if (Losses != null) Losses[i] = loss[j];
                if (Gradient != null) Gradient[i] = slope[j];
                if (ofZeros == null) continue;
                ofOnes[columns[j]] += at.Q[j];
                ofZeros[columns[j]] -= at.P[j];
            }
        }

        return sum;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static (Vector256<T> Loss, Vector256<T> Slope) At<TTerm, TFactor, TLabels>(
        TTerm term, TFactor factor, Vector256<T> y, Vector256<T> given, int column, in SigmoidParts<T> at, T* weightsOfOnes, T* weightsOfZeros, T scale)
        where TTerm : struct, ISigmoidTerm<T> where TFactor : struct, IElementFactor<T> where TLabels : struct
    {
        Vector256<T> e = typeof(TFactor) == typeof(NoFactor<T>) ? Vector256<T>.One : factor.Of(at, y, column, given),
            b = Vector256.Load(weightsOfZeros + column);
        (Vector256<T> zero, Vector256<T> zeroSlope) = term.Zero(at);
        if (typeof(TFactor) != typeof(NoFactor<T>)) b *= e;
        Vector256<T> scales = Vector256.Create(scale);
        if (typeof(TLabels) == typeof(Zeroed)) return (zero * b, zeroSlope * (b * scales));
        (Vector256<T> one, Vector256<T> oneSlope) = term.One(at);
        Vector256<T> a = y * Vector256.Load(weightsOfOnes + column);
        if (typeof(TFactor) != typeof(NoFactor<T>)) a *= e;
        b *= Vector256<T>.One - y;
        return ((one * a) + (zero * b), ((oneSlope * a) + (zeroSlope * b)) * scales);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Residual<TLabels>(in SigmoidParts<T> at, Vector256<T> y, Vector256<T> counts, T* ofOnes, T* ofZeros, int column) where TLabels : struct
    {
        if (typeof(TLabels) == typeof(Zeroed))
        {
            (Vector256.Load(ofZeros + column) + (at.P * counts)).Store(ofZeros + column);
            return;
        }

        (Vector256.Load(ofOnes + column) + (at.Q * y * counts)).Store(ofOnes + column);
        (Vector256.Load(ofZeros + column) + (at.P * (Vector256<T>.One - y) * counts)).Store(ofZeros + column);
    }

    /// <summary>The first lanes from memory, the others zero.</summary>
    private static Vector256<T> Part(T* from, int count)
    {
        T* buffer = stackalloc T[Vector256<T>.Count];
        for (int j = 0; j < Vector256<T>.Count; j++) buffer[j] = j < count ? from[j] : T.Zero;
        return Vector256.Load(buffer);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private int Advance(int column, int by)
    {
        column += by;
        while (column >= Columns) column -= Columns;
        return column;
    }

    /// <summary>Elements have labels.</summary>
    private readonly struct Mixed;

    /// <summary>Every element is a zero.</summary>
    private readonly struct Zeroed;
}
