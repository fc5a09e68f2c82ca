using System.Numerics;
using System.Numerics.Tensors;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Counterweight.Torch;

/// <summary>
/// The losses of a <see cref="SoftmaxForm"/> and their gradient over a contiguous (N, K) array in the memory of the CPU, in one pass: the exponentials of a
/// row are written where its gradient will stand, and become the gradient while they are still in the cache.
/// </summary>
/// <remarks>Rows go in chunks to threads and in blocks through the cache; the size of neither depends on the number of threads, so neither does the
/// result.</remarks>
internal sealed unsafe class SoftmaxKernel<T> where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private const int BlockRows = 128, BlockElements = 8192, ChunkElements = 16384;

    private readonly T* logits;
    private readonly long* target;
    private readonly long rows, ignoreIndex;
    private readonly int classes;
    private readonly LogProbabilityTerm term;
    private readonly double[]? weight, smoothing;
    private readonly double smoothTotal;
    private readonly T* influence, smoothWeight;
    private readonly int threads, chunkRows, blockRows;

    public SoftmaxKernel(T* logits, long* target, long rows, int classes, SoftmaxForm form, double[]? weight, T* smoothWeight, T* influence, long ignoreIndex,
        int threads)
    {
        this.logits = logits;
        this.target = target;
        this.smoothWeight = smoothWeight;
        this.influence = influence;
        (this.rows, this.classes, this.ignoreIndex, this.threads) = (rows, classes, ignoreIndex, threads);
        (term, this.weight, smoothing) = (form.Term, weight, form.Smoothing);
        smoothTotal = smoothing is null ? 0 : weight is null ? classes : TensorPrimitives.Sum<double>(weight);
        chunkRows = Math.Clamp(ChunkElements / classes, 1, 4096);
        blockRows = Math.Clamp(BlockElements / classes, 8, BlockRows);
    }

    /// <summary>Computes the losses, and their gradient if it is wanted.</summary>
    /// <param name="transform">What happens before the softmax.</param>
    /// <param name="gradient">Takes the (N, K) derivatives of each row's loss by its logits, times a factor; null if they are not wanted.</param>
    /// <param name="factor">The factor.</param>
    /// <param name="perRow">Takes N losses; null if only the sum is wanted.</param>
    /// <returns>The sum of the losses.</returns>
    public double Run<TTransform>(TTransform transform, T* gradient, double factor, T* perRow) where TTransform : struct, IRowTransform<T>
    {
        int chunks = (int)((rows + chunkRows - 1) / chunkRows);
        double[] sums = new double[chunks];
        ChunkLoop.Run(chunks, rows * classes < 2 * ChunkElements ? 1 : threads, chunk =>
        {
            T* scratch = gradient == null ? (T*)NativeMemory.AlignedAlloc((nuint)((classes + Vector256<T>.Count) * sizeof(T)), 64) : null;
            sums[chunk] = Chunk(transform, gradient, factor, scratch, perRow, (long)chunk * chunkRows, Math.Min(rows, (chunk + 1L) * chunkRows));
            NativeMemory.AlignedFree(scratch);
        });
        double sum = 0;
        foreach (double part in sums) sum += part;
        return sum;
    }

    private double Chunk<TTransform>(TTransform transform, T* gradient, double factor, T* scratch, T* perRow, long first, long end) where TTransform : struct,
        IRowTransform<T>
    {
        Span<double> total = stackalloc double[BlockRows], log = stackalloc double[BlockRows], rest = stackalloc double[BlockRows],
            loss = stackalloc double[BlockRows],
            slope = stackalloc double[BlockRows], smooth = stackalloc double[BlockRows], features = stackalloc double[influence == null ? 0 : BlockRows];
        double sum = 0;
        bool narrow = classes < Vector256<T>.Count;
        for (long start = first; start < end; start += blockRows)
        {
            int count = (int)Math.Min(blockRows, end - start);
            for (int i = 0; i < count; i++)
            {
                long row = start + i, y = target[row];
                if (y == ignoreIndex)
                {
                    (total[i], log[i]) = (1, 0);
                    continue;
                }

                T* z = logits + (row * classes), e = gradient == null ? scratch : gradient + (row * classes);
                bool whole = gradient == null || (end - row) * classes >= Vector256<T>.Count;
                (T max, T exponentials) = narrow ? Narrow(transform, z, (int)y, row, e, whole) : Wide(transform, z, (int)y, e);
                total[i] = double.CreateTruncating(exponentials);
                log[i] = double.CreateTruncating(transform.Target(z[y], (int)y)) - double.CreateTruncating(max);
                if (smoothing is not null) smooth[i] = Dot(transform, z, (int)y, max, row);
            }

            TensorPrimitives.Log(total[..count], slope);
            if (smoothing is not null)
                for (int i = 0; i < count; i++) smooth[i] = (smoothTotal * slope[i]) - smooth[i];
            for (int i = 0; i < count; i++) log[i] = Math.Min(0, log[i] - slope[i]);
            if (influence != null)
                for (int i = 0; i < count; i++) features[i] = double.CreateTruncating(influence[start + i]);
            Rest(log[..count], rest);
            term.Fill(log[..count], rest[..count], loss[..count], slope[..count], influence == null ? [] : features[..count]);
            for (int i = 0; i < count; i++)
            {
                long row = start + i, y = target[row];
                double outer = y == ignoreIndex ? 0 : weight?[y] ?? 1, share = 0;
                if (outer == 0) (loss[i], slope[i]) = (0, 0);
                else
                {
                    loss[i] *= outer;
                    slope[i] *= outer;
                }

                if (smoothing is not null && y != ignoreIndex)
                {
                    // The part of the target that is spread: share / K times the sum over c of w_c (-log p_c).
                    double part = smoothing[smoothing.Length == 1 ? 0 : (int)y];
                    share = part / classes;
                    loss[i] = (loss[i] * (1 - part)) + (share * smooth[i]);
                    slope[i] *= 1 - part;
                }

                sum += loss[i];
                if (perRow != null) perRow[row] = T.CreateTruncating(loss[i]);
                if (gradient != null) Gradient(transform, gradient + (row * classes), row, end, y, slope[i] * factor, share * factor, total[i], rest[i]);
            }
        }

        return sum;
    }

    /// <summary>Turns the exponentials of a row into its gradient: d loss / d u_c = slope ([c = y] - p_c) + share (W p_c - w_c), where p_c is the exponential
    /// divided by the total.</summary>
    private void Gradient<TTransform>(TTransform transform, T* g, long row, long end, long y, double slope, double share, double total, double rest)
        where TTransform : struct, IRowTransform<T>
    {
        if (y == ignoreIndex || (slope == 0 && share == 0))
        {
            new Span<T>(g, classes).Clear();
            return;
        }

        T scale = T.CreateTruncating(((share * smoothTotal) - slope) / total), at = transform.Slope((int)y);
        if (classes < Vector256<T>.Count) NarrowGradient(transform, scale, T.CreateTruncating(share), g, (end - row) * classes >= Vector256<T>.Count);
        else WideGradient(transform, scale, T.CreateTruncating(share), g);
        if (smoothing is null) g[y] = T.CreateTruncating(slope * rest) * at;
        else g[y] += T.CreateTruncating(slope) * at;
    }

    /// <summary>1 - e^x for x of zero or less, with its digits.</summary>
    private static void Rest(ReadOnlySpan<double> logs, Span<double> rest)
    {
        int at = 0;
        for (; at + Vector256<double>.Count <= logs.Length; at += Vector256<double>.Count)
            VectorMath.OneMinusExp(Vector256.Create(logs[at..])).CopyTo(rest[at..]);
        for (; at < logs.Length; at++) rest[at] = VectorMath.OneMinusExp(Vector256.Create(logs[at])).ToScalar();
    }

    /// <summary>max u, sum exp(u - max) and the exponentials of a row that is shorter than a vector.</summary>
    /// <remarks>The lanes beyond the row fall on the next one, which is written later; where there is none of the same chunk they go nowhere.</remarks>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private (T Max, T Sum) Narrow<TTransform>(TTransform transform, T* z, int y, long row, T* e, bool whole) where TTransform : struct, IRowTransform<T>
    {
        Vector256<T> u = Vector256.ConditionalSelect(Inside(), transform.At(LoadNarrow(z, row), 0, y, z[y]), Vector256.Create(T.NegativeInfinity));
        T max = VectorMath.Maximum(u);
        Vector256<T> exponentials = VectorMath.Exp(u - Vector256.Create(max));
        StoreNarrow(exponentials, e, whole);
        return (max, Vector256.Sum(exponentials));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void NarrowGradient<TTransform>(TTransform transform, T scale, T share, T* g, bool whole) where TTransform : struct, IRowTransform<T>
    {
        Vector256<T> before;
        if (whole) before = Vector256.Load(g);
        else
        {
            T* buffer = stackalloc T[Vector256<T>.Count];
            for (int c = 0; c < classes; c++) buffer[c] = g[c];
            before = Vector256.Load(buffer);
        }

        Vector256<T> value = before * scale;
        if (smoothWeight != null) value -= Vector256.Load(smoothWeight) * share;
        StoreNarrow(Vector256.ConditionalSelect(Inside(), transform.Slope(value, 0), before), g, whole);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void StoreNarrow(Vector256<T> value, T* to, bool whole)
    {
        if (whole) value.Store(to);
        else
        {
            T* buffer = stackalloc T[Vector256<T>.Count];
            value.Store(buffer);
            for (int c = 0; c < classes; c++) to[c] = buffer[c];
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private Vector256<T> LoadNarrow(T* z, long row)
    {
        if ((rows - row) * classes >= Vector256<T>.Count) return Vector256.Load(z);
        T* buffer = stackalloc T[Vector256<T>.Count];
        for (int c = 0; c < Vector256<T>.Count; c++) buffer[c] = c < classes ? z[c] : T.Zero;
        return Vector256.Load(buffer);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private Vector256<T> Inside() => Vector256.LessThan(Vector256<T>.Indices, Vector256.Create(T.CreateTruncating(classes)));

    /// <summary>max u, sum exp(u - max) and the exponentials of a row of at least one vector; the last vector overlaps the one before it.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private (T Max, T Sum) Wide<TTransform>(TTransform transform, T* z, int y, T* e) where TTransform : struct, IRowTransform<T>
    {
        int width = Vector256<T>.Count, last = classes - width, at = 0;
        bool plain = typeof(TTransform) == typeof(NoTransform<T>);
        T zy = z[y];
        Vector256<T> tail = transform.At(Vector256.Load(z + last), last, y, zy), top = tail, second = tail;
        for (; at + width < last; at += 2 * width)
        {
            Vector256<T> a = transform.At(Vector256.Load(z + at), at, y, zy), b = transform.At(Vector256.Load(z + at + width), at + width, y, zy);
            if (!plain)
            {
                a.Store(e + at);
                b.Store(e + at + width);
            }

            top = Vector256.MaxNative(top, a);
            second = Vector256.MaxNative(second, b);
        }

        for (; at < last; at += width)
        {
            Vector256<T> a = transform.At(Vector256.Load(z + at), at, y, zy);
            if (!plain) a.Store(e + at);
            top = Vector256.MaxNative(top, a);
        }

        T max = VectorMath.Maximum(Vector256.MaxNative(top, second));
        T* from = plain ? z : e;
        Vector256<T> shift = Vector256.Create(max), even = Vector256<T>.Zero, odd = Vector256<T>.Zero;
        for (at = 0; at + width < last; at += 2 * width)
        {
            Vector256<T> a = VectorMath.Exp(Vector256.Load(from + at) - shift), b = VectorMath.Exp(Vector256.Load(from + at + width) - shift);
            a.Store(e + at);
            b.Store(e + at + width);
            even += a;
            odd += b;
        }

        for (; at < last; at += width)
        {
            Vector256<T> a = VectorMath.Exp(Vector256.Load(from + at) - shift);
            a.Store(e + at);
            even += a;
        }

        // Of the last vector count only the lanes that no vector before it had: those from class 'at' on.
        tail = VectorMath.Exp(tail - shift);
        tail.Store(e + last);
        odd += Vector256.ConditionalSelect(Vector256.LessThan(Vector256<T>.Indices, Vector256.Create(T.CreateTruncating(at - last))), Vector256<T>.Zero, tail);
        return (max, Vector256.Sum(even + odd));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void WideGradient<TTransform>(TTransform transform, T scale, T share, T* g) where TTransform : struct, IRowTransform<T>
    {
        int width = Vector256<T>.Count, last = classes - width;
        Vector256<T> factor = Vector256.Create(scale), smooth = Vector256.Create(share), tail = At(last);
        for (int c = 0; c < last; c += width) At(c).Store(g + c);
        tail.Store(g + last);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        Vector256<T> At(int c)
        {
            Vector256<T> value = Vector256.Load(g + c) * factor;
            if (smoothWeight != null) value -= Vector256.Load(smoothWeight + c) * smooth;
            return transform.Slope(value, c);
        }
    }

    /// <summary>sum over c of w_c (u_c - max).</summary>
    private double Dot<TTransform>(TTransform transform, T* z, int y, T max, long row) where TTransform : struct, IRowTransform<T>
    {
        int width = Vector256<T>.Count, last = classes - width;
        T zy = z[y];
        Vector256<T> shift = Vector256.Create(max);
        if (last < 0)
        {
            Vector256<T> lanes = (transform.At(LoadNarrow(z, row), 0, y, zy) - shift) * Vector256.Load(smoothWeight);
            return double.CreateTruncating(Vector256.Sum(Vector256.ConditionalSelect(Inside(), lanes, Vector256<T>.Zero)));
        }

        Vector256<T> sum = Vector256<T>.Zero;
        int at = 0;
        for (; at < last; at += width) sum += (transform.At(Vector256.Load(z + at), at, y, zy) - shift) * Vector256.Load(smoothWeight + at);
        Vector256<T> tail = (transform.At(Vector256.Load(z + last), last, y, zy) - shift) * Vector256.Load(smoothWeight + last);
        sum += Vector256.ConditionalSelect(Vector256.LessThan(Vector256<T>.Indices, Vector256.Create(T.CreateTruncating(at - last))), Vector256<T>.Zero, tail);
        return double.CreateTruncating(Vector256.Sum(sum));
    }
}
