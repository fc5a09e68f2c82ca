using System.Buffers;
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
    private const int ChunkElements = 16384, BlockElements = 512, MostPieces = 16, Stretch = 512;

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

    /// <summary>
    /// Binary cross entropy whose elements weigh a number by the bin of r = |s(x) - y|: one pass writes s(x) - y where the gradient will stand, counts the elements of each bin and sums their
    /// losses; the second turns the differences into the gradient. Neither needs what the other computed anew.
    /// </summary>
    /// <param name="bins">How many bins there are, <see cref="HarmonisedFactor{T}.MostBins"/> or fewer.</param>
    /// <param name="table">Gives the numbers from the counts, padded by a vector.</param>
    public void Harmonise(int bins, Func<long[], double[]> table)
    {
        int chunks = Chunks;
        int[] counts = ArrayPool<int>.Shared.Rent(chunks * bins);
        double[] losses = ArrayPool<double>.Shared.Rent(chunks * bins);
        Loop((chunk, first, end) => Bins(bins, counts.AsSpan(chunk * bins, bins), losses.AsSpan(chunk * bins, bins), first, end));
        long[] all = new long[bins];
        double[] sums = new double[bins];
        for (int i = 0; i < chunks * bins; i++)
        {
            all[i % bins] += counts[i];
            sums[i % bins] += losses[i];
        }

        ArrayPool<int>.Shared.Return(counts);
        ArrayPool<double>.Shared.Return(losses);
        double[] factors = table(all);
        Sum = TensorPrimitives.Dot<double>(sums, factors);
        if (Gradient == null) return;
        T* scaled = Native.Padded<T>([.. factors.Select(f => f * Scale)], bins);
        var factor = new HarmonisedFactor<T>(scaled, bins);
        Loop((_, first, end) =>
        {
            int width = Vector256<T>.Count;
            for (long i = first * Columns, stop = end * Columns; i < stop; i += width)
            {
                int count = (int)Math.Min(width, stop - i);
                Vector256<T> residual = count == width ? Vector256.Load(Gradient + i) : Part(Gradient + i, count), slope = residual * factor.At(HarmonisedFactor<T>.Bin(Vector256.Abs(residual), bins));
                if (count == width) slope.Store(Gradient + i);
                else
                    for (int j = 0; j < count; j++) Gradient[i + j] = slope[j];
            }
        });
        NativeMemory.AlignedFree(scaled);
    }

    private void Bins(int bins, Span<int> counts, Span<double> losses, long firstRow, long endRow)
    {
        int width = Vector256<T>.Count;
        T* places = stackalloc T[BlockElements], values = stackalloc T[BlockElements];

        // Each lane has a count and a sum of its own for every bin, so that an element need not wait for the one before it.
        double* tally = stackalloc double[2 * width * bins];
        new Span<double>(tally, 2 * width * bins).Clear();
        for (long start = firstRow * Columns, end = endRow * Columns; start < end; start += BlockElements)
        {
            int count = (int)Math.Min(BlockElements, end - start);
            for (int i = 0; i < count; i += width)
            {
                int rest = Math.Min(width, count - i);
                bool whole = rest == width;
                SigmoidParts<T> at = SigmoidParts<T>.Of(whole ? Vector256.Load(Logits + start + i) : Part(Logits + start + i, rest));
                Vector256<T> residual = at.P, loss = at.LossOfZero;
                if (Labels != null)
                {
                    Vector256<T> y = whole ? Vector256.Load(Labels + start + i) : Part(Labels + start + i, rest);
                    residual = (at.P * (Vector256<T>.One - y)) - (at.Q * y);
                    loss = (at.LossOfOne * y) + (loss * (Vector256<T>.One - y));
                }

                Place(HarmonisedFactor<T>.Bin(Vector256.Abs(residual), bins), places + i);
                loss.Store(values + i);
                if (Gradient == null) continue;
                if (whole) residual.Store(Gradient + start + i);
                else
                    for (int j = 0; j < rest; j++) Gradient[start + i + j] = residual[j];
            }

            int even = count / width * width;
            for (int i = 0; i < even; i += width)
                for (int j = 0; j < width; j++) Take(tally + (2 * j), At(places + i + j), 1, values[i + j]);
            for (int i = even; i < count; i++) Take(tally, At(places + i), 1, values[i]);
        }

        T* lanes = stackalloc T[2 * width], sums = lanes + width, was = stackalloc T[2 * width], now = was + width;
        for (long first = firstRow; Indices != null && first < endRow; first += width)
        {
            // The elements of the targets were taken for zeros.
            int count = (int)Math.Min(width, endRow - first);
            for (int j = 0; j < count; j++) lanes[j] = Logits[((first + j) * Columns) + Indices[first + j]];
            SigmoidParts<T> at = SigmoidParts<T>.Of(Vector256.Load(lanes));
            Place(HarmonisedFactor<T>.Bin(at.P, bins), was);
            Place(HarmonisedFactor<T>.Bin(at.Q, bins), now);
            at.LossOfZero.Store(lanes);
            at.LossOfOne.Store(sums);
            for (int j = 0; j < count; j++)
            {
                Take(tally, At(was + j), -1, -lanes[j]);
                Take(tally, At(now + j), 1, sums[j]);
                if (Gradient != null) Gradient[((first + j) * Columns) + Indices[first + j]] = -at.Q[j];
            }
        }

        for (int b = 0; b < bins; b++)
        {
            Vector128<double> all = Vector128<double>.Zero;
            for (int j = 0; j < width; j++) all += Vector128.Load(tally + (2 * ((b * width) + j)));
            counts[b] = (int)all[0];
            losses[b] = all[1];
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        static void Place(Vector256<T> bin, T* to)
        {
            if (typeof(T) == typeof(float)) Vector256.ConvertToInt32Native(bin.AsSingle()).Store((int*)to);
            else bin.Store(to);
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        static int At(T* place) => typeof(T) == typeof(float) ? *(int*)place : int.CreateTruncating(*place);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        static void Take(double* tally, int bin, double count, T loss)
        {
            double* mine = tally + (2 * Vector256<T>.Count * bin);
            (Vector128.Load(mine) + Vector128.Create(count, double.CreateTruncating(loss))).Store(mine);
        }
    }

    /// <summary>How many elements have |s(x) - y| in each of a number of equal bins of 0..1.</summary>
    public long[] Density(int bins)
    {
        int[] counts = new int[Chunks * bins];
        Loop((chunk, first, end) =>
        {
            int width = Vector256<T>.Count;
            Span<int> mine = counts.AsSpan(chunk * bins, bins);
            T* lanes = stackalloc T[width];
            for (long i = first * Columns, stop = end * Columns; i < stop; i += width)
            {
                int count = (int)Math.Min(width, stop - i);
                bool whole = count == width;
                Vector256<T> p = SigmoidParts<T>.Of(whole ? Vector256.Load(Logits + i) : Part(Logits + i, count)).P;
                if (Labels != null) p = Vector256.Abs(p - (whole ? Vector256.Load(Labels + i) : Part(Labels + i, count)));
                Vector256<T> bin = HarmonisedFactor<T>.Bin(p, bins);
                if (whole && bins <= 32)
                {
                    // How many are in each bin or a later one, which below become those of each.
                    for (int b = 0; b < bins; b++)
                        mine[b] += BitOperations.PopCount(Vector256.ExtractMostSignificantBits(Vector256.GreaterThanOrEqual(bin, Vector256.Create(T.CreateTruncating(b)))));
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
                Vector256<T> p = SigmoidParts<T>.Of(Vector256.Create(Logits[(row * Columns) + Indices[row]])).P;
                mine[int.CreateTruncating(HarmonisedFactor<T>.Bin(p, bins).ToScalar())]--;
                mine[int.CreateTruncating(HarmonisedFactor<T>.Bin(Vector256.Abs(p - Vector256<T>.One), bins).ToScalar())]++;
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
        ChunkLoop.Run(Chunks, Rows * Columns < ChunkElements ? 1 : Threads, chunk => body(chunk, (long)chunk * ChunkRows, Math.Min(Rows, (chunk + 1L) * ChunkRows)));

    private double Part<TTerm, TFactor>(TTerm term, TFactor factor, T* ofOnes, T* ofZeros, long first, long end) where TTerm : struct, ISigmoidTerm<T> where TFactor : struct, IElementFactor<T> =>
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
                if (typeof(TTerm) == typeof(BinaryLogarithmTerm.Form<T>) && ofZeros != null) Residual<TLabels>(at, y, Vector256<T>.One, ofOnes, ofZeros, column);
                column = Advance(column, width);
            }

            sum += double.CreateTruncating(Vector256.Sum(block));
            if (i == stop) continue;

            int rest = (int)(stop - i);
            Vector256<T> inside = Vector256.LessThan(Vector256<T>.Indices, Vector256.Create(T.CreateTruncating(rest)));
            Vector256<T> lastX = Part(logits + i, rest), labels = labelled ? Part(Labels + i, rest) : Vector256<T>.Zero;
            SigmoidParts<T> parts = SigmoidParts<T>.Of(offset == null ? lastX : lastX + Vector256.Load(offset + column));
            (Vector256<T> last, Vector256<T> change) = At<TTerm, TFactor, TLabels>(
                term, factor, labels, factor.TakesRows ? Part(ofRows + (i - start), rest) : given == null ? Vector256<T>.One : Part(given + i, rest), column, parts, weightsOfOnes, weightsOfZeros, scale);
            sum += double.CreateTruncating(Vector256.Sum(Vector256.ConditionalSelect(inside, last, Vector256<T>.Zero)));
            if (ofZeros != null) Residual<TLabels>(parts, labels, Vector256.ConditionalSelect(inside, Vector256<T>.One, Vector256<T>.Zero), ofOnes, ofZeros, column);
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

    /// <summary>Replaces the elements of the targets, which <see cref="Flat"/> took for zeros; the targets of as many rows at a time as a vector holds.</summary>
    private double Targets<TTerm, TFactor>(TTerm term, TFactor factor, T* ofOnes, T* ofZeros, long firstRow, long endRow) where TTerm : struct, ISigmoidTerm<T> where TFactor : struct, IElementFactor<T>
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
        Vector256<T> e = typeof(TFactor) == typeof(NoFactor<T>) ? Vector256<T>.One : factor.Of(at, y, column, given), b = Vector256.Load(weightsOfZeros + column);
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
