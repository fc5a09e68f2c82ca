using System.Numerics;
using System.Numerics.Tensors;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Counterweight.Torch;

/// <summary>
/// The losses of a <see cref="SoftmaxForm"/> and their gradient over a contiguous (N, K) array in the memory of the CPU, in one pass: the exponentials of a row are written where its
/// gradient will stand, and become the gradient while they are still in the cache.
/// </summary>
/// <remarks>Rows go in chunks to threads and in blocks through the cache; the size of neither depends on the number of threads, so neither does the result.</remarks>
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

    public SoftmaxKernel(T* logits, long* target, long rows, int classes, SoftmaxForm form, double[]? weight, T* smoothWeight, T* influence, long ignoreIndex, int threads)
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
            T* scratch = gradient == null ? (T*)NativeMemory.AlignedAlloc((nuint)((classes + Vector512<T>.Count) * sizeof(T)), 64) : null;
            sums[chunk] = Chunk(transform, gradient, factor, scratch, perRow, (long)chunk * chunkRows, Math.Min(rows, (chunk + 1L) * chunkRows));
            NativeMemory.AlignedFree(scratch);
        });
        double sum = 0;
        foreach (double part in sums) sum += part;
        return sum;
    }

    private double Chunk<TTransform>(TTransform transform, T* gradient, double factor, T* scratch, T* perRow, long first, long end) where TTransform : struct, IRowTransform<T>
    {
        Span<double> total = stackalloc double[BlockRows], log = stackalloc double[BlockRows], rest = stackalloc double[BlockRows], loss = stackalloc double[BlockRows],
            slope = stackalloc double[BlockRows], smooth = stackalloc double[BlockRows], features = stackalloc double[influence == null ? 0 : BlockRows];
        double sum = 0;
        bool narrow = classes < Vector512<T>.Count;
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
                bool whole = gradient == null || (end - row) * classes >= Vector512<T>.Count;
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

    /// <summary>Turns the exponentials of a row into its gradient: d loss / d u_c = slope ([c = y] - p_c) + share (W p_c - w_c), where p_c is the exponential divided by the total.</summary>
    private void Gradient<TTransform>(TTransform transform, T* g, long row, long end, long y, double slope, double share, double total, double rest) where TTransform : struct, IRowTransform<T>
    {
        if (y == ignoreIndex || (slope == 0 && share == 0))
        {
            new Span<T>(g, classes).Clear();
            return;
        }

        T scale = T.CreateTruncating(((share * smoothTotal) - slope) / total), at = transform.Slope((int)y);
        if (classes < Vector512<T>.Count) NarrowGradient(transform, scale, T.CreateTruncating(share), g, (end - row) * classes >= Vector512<T>.Count);
        else WideGradient(transform, scale, T.CreateTruncating(share), g);
        if (smoothing is null) g[y] = T.CreateTruncating(slope * rest) * at;
        else g[y] += T.CreateTruncating(slope) * at;
    }

    /// <summary>1 - e^x for x of zero or less, with its digits.</summary>
    private static void Rest(ReadOnlySpan<double> logs, Span<double> rest)
    {
        int at = 0;
        for (; at + Vector512<double>.Count <= logs.Length; at += Vector512<double>.Count) VectorMath.OneMinusExp(Vector512.Create(logs[at..])).CopyTo(rest[at..]);
        for (; at < logs.Length; at++) rest[at] = VectorMath.OneMinusExp(Vector512.Create(logs[at])).ToScalar();
    }

    /// <summary>max u, sum exp(u - max) and the exponentials of a row that is shorter than a vector.</summary>
    /// <remarks>The lanes beyond the row fall on the next one, which is written later; where there is none of the same chunk they go nowhere.</remarks>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private (T Max, T Sum) Narrow<TTransform>(TTransform transform, T* z, int y, long row, T* e, bool whole) where TTransform : struct, IRowTransform<T>
    {
        Vector512<T> u = Vector512.ConditionalSelect(Inside(), transform.At(LoadNarrow(z, row), 0, y, z[y]), Vector512.Create(T.NegativeInfinity));
        T max = VectorMath.Maximum(u);
        Vector512<T> exponentials = VectorMath.Exp(u - Vector512.Create(max));
        StoreNarrow(exponentials, e, whole);
        return (max, Vector512.Sum(exponentials));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void NarrowGradient<TTransform>(TTransform transform, T scale, T share, T* g, bool whole) where TTransform : struct, IRowTransform<T>
    {
        Vector512<T> before;
        if (whole) before = Vector512.Load(g);
        else
        {
            T* buffer = stackalloc T[Vector512<T>.Count];
            for (int c = 0; c < classes; c++) buffer[c] = g[c];
            before = Vector512.Load(buffer);
        }

        Vector512<T> value = before * scale;
        if (smoothWeight != null) value -= Vector512.Load(smoothWeight) * share;
        StoreNarrow(Vector512.ConditionalSelect(Inside(), transform.Slope(value, 0), before), g, whole);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void StoreNarrow(Vector512<T> value, T* to, bool whole)
    {
        if (whole) value.Store(to);
        else
        {
            T* buffer = stackalloc T[Vector512<T>.Count];
            value.Store(buffer);
            for (int c = 0; c < classes; c++) to[c] = buffer[c];
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private Vector512<T> LoadNarrow(T* z, long row)
    {
        if ((rows - row) * classes >= Vector512<T>.Count) return Vector512.Load(z);
        T* buffer = stackalloc T[Vector512<T>.Count];
        for (int c = 0; c < Vector512<T>.Count; c++) buffer[c] = c < classes ? z[c] : T.Zero;
        return Vector512.Load(buffer);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private Vector512<T> Inside() => Vector512.LessThan(Vector512<T>.Indices, Vector512.Create(T.CreateTruncating(classes)));

    /// <summary>max u, sum exp(u - max) and the exponentials of a row of at least one vector; the last vector overlaps the one before it.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private (T Max, T Sum) Wide<TTransform>(TTransform transform, T* z, int y, T* e) where TTransform : struct, IRowTransform<T>
    {
        int width = Vector512<T>.Count, last = classes - width, at = 0;
        bool plain = typeof(TTransform) == typeof(NoTransform<T>);
        T zy = z[y];
        Vector512<T> tail = transform.At(Vector512.Load(z + last), last, y, zy), top = tail, second = tail;
        for (; at + width < last; at += 2 * width)
        {
            Vector512<T> a = transform.At(Vector512.Load(z + at), at, y, zy), b = transform.At(Vector512.Load(z + at + width), at + width, y, zy);
            if (!plain)
            {
                a.Store(e + at);
                b.Store(e + at + width);
            }

            top = Vector512.MaxNative(top, a);
            second = Vector512.MaxNative(second, b);
        }

        for (; at < last; at += width)
        {
            Vector512<T> a = transform.At(Vector512.Load(z + at), at, y, zy);
            if (!plain) a.Store(e + at);
            top = Vector512.MaxNative(top, a);
        }

        T max = VectorMath.Maximum(Vector512.MaxNative(top, second));
        T* from = plain ? z : e;
        Vector512<T> shift = Vector512.Create(max), even = Vector512<T>.Zero, odd = Vector512<T>.Zero;
        for (at = 0; at + width < last; at += 2 * width)
        {
            Vector512<T> a = VectorMath.Exp(Vector512.Load(from + at) - shift), b = VectorMath.Exp(Vector512.Load(from + at + width) - shift);
            a.Store(e + at);
            b.Store(e + at + width);
            even += a;
            odd += b;
        }

        for (; at < last; at += width)
        {
            Vector512<T> a = VectorMath.Exp(Vector512.Load(from + at) - shift);
            a.Store(e + at);
            even += a;
        }

        // Of the last vector count only the lanes that no vector before it had: those from class 'at' on.
        tail = VectorMath.Exp(tail - shift);
        tail.Store(e + last);
        odd += Vector512.ConditionalSelect(Vector512.LessThan(Vector512<T>.Indices, Vector512.Create(T.CreateTruncating(at - last))), Vector512<T>.Zero, tail);
        return (max, Vector512.Sum(even + odd));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void WideGradient<TTransform>(TTransform transform, T scale, T share, T* g) where TTransform : struct, IRowTransform<T>
    {
        int width = Vector512<T>.Count, last = classes - width;
        Vector512<T> factor = Vector512.Create(scale), smooth = Vector512.Create(share), tail = At(last);
        for (int c = 0; c < last; c += width) At(c).Store(g + c);
        tail.Store(g + last);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        Vector512<T> At(int c)
        {
            Vector512<T> value = Vector512.Load(g + c) * factor;
            if (smoothWeight != null) value -= Vector512.Load(smoothWeight + c) * smooth;
            return transform.Slope(value, c);
        }
    }

    /// <summary>sum over c of w_c (u_c - max).</summary>
    private double Dot<TTransform>(TTransform transform, T* z, int y, T max, long row) where TTransform : struct, IRowTransform<T>
    {
        int width = Vector512<T>.Count, last = classes - width;
        T zy = z[y];
        Vector512<T> shift = Vector512.Create(max);
        if (last < 0)
        {
            Vector512<T> lanes = (transform.At(LoadNarrow(z, row), 0, y, zy) - shift) * Vector512.Load(smoothWeight);
            return double.CreateTruncating(Vector512.Sum(Vector512.ConditionalSelect(Inside(), lanes, Vector512<T>.Zero)));
        }

        Vector512<T> sum = Vector512<T>.Zero;
        int at = 0;
        for (; at < last; at += width) sum += (transform.At(Vector512.Load(z + at), at, y, zy) - shift) * Vector512.Load(smoothWeight + at);
        Vector512<T> tail = (transform.At(Vector512.Load(z + last), last, y, zy) - shift) * Vector512.Load(smoothWeight + last);
        sum += Vector512.ConditionalSelect(Vector512.LessThan(Vector512<T>.Indices, Vector512.Create(T.CreateTruncating(at - last))), Vector512<T>.Zero, tail);
        return double.CreateTruncating(Vector512.Sum(sum));
    }
}
