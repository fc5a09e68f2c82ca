using System.Numerics;
using System.Numerics.Tensors;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Counterweight.Torch;

/// <summary>
/// The losses of a <see cref="SoftmaxForm"/> and their gradient in one pass each over a contiguous (N, K) array in the memory of the CPU.
/// </summary>
/// <remarks>
/// Rows go in chunks to threads and in blocks through the cache; the size of neither depends on the number of threads, so neither does the result.
/// The forward pass keeps four numbers per row: the maximum of u, 1 / sum exp(u - max), d loss / d log p of the target, and 1 - p of the target.
/// </remarks>
internal sealed unsafe class SoftmaxKernel<T> where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private const int BlockRows = 128, Kept = 4;

    /// <summary>Kept values per row of the saved array, which has this many rows of N.</summary>
    public const int SavedRows = Kept;

    private readonly T* logits;
    private readonly long* target;
    private readonly long rows, ignoreIndex;
    private readonly int classes;
    private readonly LogProbabilityTerm term;
    private readonly double[]? weight, smoothing;
    private readonly T* rowFactor, smoothWeight;
    private readonly int threads, chunkRows;

    public SoftmaxKernel(T* logits, long* target, long rows, int classes, SoftmaxForm form, double[]? weight, T* smoothWeight, T* rowFactor, long ignoreIndex, int threads)
    {
        this.logits = logits;
        this.target = target;
        this.smoothWeight = smoothWeight;
        this.rowFactor = rowFactor;
        (this.rows, this.classes, this.ignoreIndex, this.threads) = (rows, classes, ignoreIndex, threads);
        (term, this.weight, smoothing) = (form.Term, weight, form.Smoothing);
        chunkRows = (int)Math.Clamp(16384 / classes, 1, 4096);
    }

    private int Chunks => (int)((rows + chunkRows - 1) / chunkRows);

    /// <summary>Computes the losses.</summary>
    /// <param name="transform">What happens before the softmax.</param>
    /// <param name="saved">Takes (4, N) values for the backward pass; null if none will follow.</param>
    /// <param name="perRow">Takes N losses; null if only the sum is wanted.</param>
    /// <returns>The sum of the losses.</returns>
    public double Forward<TTransform>(TTransform transform, T* saved, T* perRow) where TTransform : struct, IRowTransform<T>
    {
        double[] sums = new double[Chunks];
        Run(chunk => sums[chunk] = ForwardChunk(transform, saved, perRow, (long)chunk * chunkRows, Math.Min(rows, (chunk + 1L) * chunkRows)));
        double sum = 0;
        foreach (double part in sums) sum += part;
        return sum;
    }

    /// <summary>Computes the gradient by the logits.</summary>
    /// <param name="transform">What happens before the softmax.</param>
    /// <param name="saved">What the forward pass kept.</param>
    /// <param name="upstream">The gradient by the loss: one value, or one per row.</param>
    /// <param name="upstreamPerRow">Whether there is one per row.</param>
    /// <param name="factor">A factor of all gradients.</param>
    /// <param name="gradient">Takes (N, K) values.</param>
    public void Backward<TTransform>(TTransform transform, T* saved, T* upstream, bool upstreamPerRow, double factor, T* gradient)
        where TTransform : struct, IRowTransform<T>
    {
        Run(chunk => BackwardChunk(transform, saved, upstream, upstreamPerRow, factor, gradient, (long)chunk * chunkRows, Math.Min(rows, (chunk + 1L) * chunkRows)));
    }

    // Below half a million elements a second thread arrives too late to help (measured at 4096 x 100).
    private void Run(Action<int> chunk) => ChunkLoop.Run(Chunks, rows * classes < 1 << 19 ? 1 : threads, chunk);

    private double ForwardChunk<TTransform>(TTransform transform, T* saved, T* perRow, long first, long end) where TTransform : struct, IRowTransform<T>
    {
        Span<double> top = stackalloc double[BlockRows], total = stackalloc double[BlockRows], log = stackalloc double[BlockRows], rest = stackalloc double[BlockRows],
            loss = stackalloc double[BlockRows], slope = stackalloc double[BlockRows], smooth = stackalloc double[BlockRows];
        double sum = 0, smoothTotal = smoothing is null ? 0 : weight?.Sum() ?? classes;
        for (long start = first; start < end; start += BlockRows)
        {
            int count = (int)Math.Min(BlockRows, end - start);
            for (int i = 0; i < count; i++)
            {
                long row = start + i, y = target[row];
                if (y == ignoreIndex)
                {
                    (top[i], total[i], log[i]) = (0, 1, 0);
                    continue;
                }

                T* z = logits + (row * classes);
                (T max, T exps) = classes < Vector512<T>.Count ? Narrow(transform, z, (int)y, row) : Wide(transform, z, (int)y);
                (top[i], total[i]) = (double.CreateTruncating(max), double.CreateTruncating(exps));
                log[i] = double.CreateTruncating(transform.Target(z[y], (int)y)) - top[i];
                if (smoothing is not null) smooth[i] = Dot(transform, z, (int)y, max, row);
            }

            TensorPrimitives.Log(total[..count], slope);
            if (smoothing is not null)
                for (int i = 0; i < count; i++) smooth[i] = (smoothTotal * slope[i]) - smooth[i];
            for (int i = 0; i < count; i++) log[i] = Math.Min(0, log[i] - slope[i]);
            Rest(log[..count], rest);
            term.Fill(log[..count], rest[..count], loss[..count], slope[..count]);
            for (int i = 0; i < count; i++)
            {
                long row = start + i, y = target[row];
                double factor = y == ignoreIndex ? 0 : (weight?[y] ?? 1) * (rowFactor == null ? 1 : double.CreateTruncating(rowFactor[row]));
                if (factor == 0 && smoothing is null) (loss[i], slope[i]) = (0, 0);
                else if (smoothing is not null && y != ignoreIndex)
                {
                    double share = smoothing[smoothing.Length == 1 ? 0 : (int)y], outer = rowFactor == null ? 1 : double.CreateTruncating(rowFactor[row]);
                    loss[i] = (loss[i] * factor * (1 - share)) + (share / classes * smooth[i] * outer);
                    slope[i] *= factor * (1 - share);
                }
                else
                {
                    loss[i] *= factor;
                    slope[i] *= factor;
                    if (y == ignoreIndex) (loss[i], slope[i]) = (0, 0);
                }

                sum += loss[i];
                if (perRow != null) perRow[row] = T.CreateTruncating(loss[i]);
            }

            if (saved == null) continue;
            for (int i = 0; i < count; i++)
            {
                long row = start + i;
                saved[row] = T.CreateTruncating(top[i]);
                saved[rows + row] = T.CreateTruncating(1 / total[i]);
                saved[(2 * rows) + row] = T.CreateTruncating(slope[i]);
                saved[(3 * rows) + row] = T.CreateTruncating(rest[i]);
            }
        }

        return sum;
    }

    private void BackwardChunk<TTransform>(
        TTransform transform, T* saved, T* upstream, bool upstreamPerRow, double factor, T* gradient, long first, long end) where TTransform : struct, IRowTransform<T>
    {
        double smoothTotal = smoothing is null ? 0 : weight?.Sum() ?? classes;
        for (long row = first; row < end; row++)
        {
            T* g = gradient + (row * classes);
            long y = target[row];
            double outer = factor * double.CreateTruncating(upstream[upstreamPerRow ? row : 0]), slope = double.CreateTruncating(saved[(2 * rows) + row]) * outer;
            if (y == ignoreIndex || (slope == 0 && smoothing is null))
            {
                new Span<T>(g, classes).Clear();
                continue;
            }

            // d loss / d u_c = slope ([c = y] - p_c) + share / K (W p_c - w_c), and p_c = exp(u_c - max) / sum.
            double share = smoothing is null ? 0 : smoothing[smoothing.Length == 1 ? 0 : (int)y] / classes * outer * (rowFactor == null ? 1 : double.CreateTruncating(rowFactor[row]));
            double inverse = double.CreateTruncating(saved[rows + row]);
            T scale = T.CreateTruncating(((share * smoothTotal) - slope) * inverse), at = transform.Slope((int)y);
            T* z = logits + (row * classes);
            if (classes < Vector512<T>.Count) NarrowGradient(transform, z, (int)y, saved[row], scale, T.CreateTruncating(share), g, row, end);
            else WideGradient(transform, z, (int)y, saved[row], scale, T.CreateTruncating(share), g);
            if (smoothing is null) g[y] = T.CreateTruncating(slope * double.CreateTruncating(saved[(3 * rows) + row])) * at;
            else g[y] += T.CreateTruncating(slope) * at;
        }
    }

    /// <summary>1 - e^x for x of zero or less, with its digits.</summary>
    private static void Rest(ReadOnlySpan<double> logs, Span<double> rest)
    {
        int at = 0;
        for (; at + Vector512<double>.Count <= logs.Length; at += Vector512<double>.Count) VectorMath.OneMinusExp(Vector512.Create(logs[at..])).CopyTo(rest[at..]);
        for (; at < logs.Length; at++) rest[at] = VectorMath.OneMinusExp(Vector512.Create(logs[at])).ToScalar();
    }

    /// <summary>max u and sum exp(u - max) of a row that is shorter than a vector.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private (T Max, T Sum) Narrow<TTransform>(TTransform transform, T* z, int y, long row) where TTransform : struct, IRowTransform<T>
    {
        Vector512<T> u = Masked(transform.At(LoadNarrow(z, row), 0, y, z[y]));
        T max = VectorMath.Maximum(u);
        return (max, Vector512.Sum(VectorMath.Exp(u - Vector512.Create(max))));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void NarrowGradient<TTransform>(TTransform transform, T* z, int y, T max, T scale, T share, T* g, long row, long end) where TTransform : struct, IRowTransform<T>
    {
        Vector512<T> u = transform.At(LoadNarrow(z, row), 0, y, z[y]);
        Vector512<T> value = VectorMath.Exp(u - Vector512.Create(max)) * scale;
        if (smoothWeight != null) value -= Vector512.Load(smoothWeight) * share;
        value = transform.Slope(value, 0);

        // The lanes beyond the row fall on rows of the same chunk that are written later; at the end of the chunk they go elsewhere.
        if ((end - row) * classes >= Vector512<T>.Count) value.Store(g);
        else
        {
            T* buffer = stackalloc T[Vector512<T>.Count];
            value.Store(buffer);
            for (int c = 0; c < classes; c++) g[c] = buffer[c];
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
    private Vector512<T> Masked(Vector512<T> u) =>
        Vector512.ConditionalSelect(Vector512.LessThan(Vector512<T>.Indices, Vector512.Create(T.CreateTruncating(classes))), u, Vector512.Create(T.NegativeInfinity));

    /// <summary>max u and sum exp(u - max) of a row of at least one vector; the last vector overlaps the one before it.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private (T Max, T Sum) Wide<TTransform>(TTransform transform, T* z, int y) where TTransform : struct, IRowTransform<T>
    {
        int width = Vector512<T>.Count, last = classes - width;
        T zy = z[y];
        Vector512<T> top = transform.At(Vector512.Load(z + last), last, y, zy);
        for (int c = 0; c < last; c += width) top = Vector512.MaxNative(top, transform.At(Vector512.Load(z + c), c, y, zy));
        T max = VectorMath.Maximum(top);
        Vector512<T> shift = Vector512.Create(max), even = Vector512<T>.Zero, odd = Vector512<T>.Zero;
        int at = 0;
        for (; at + width < last; at += 2 * width)
        {
            even += VectorMath.Exp(transform.At(Vector512.Load(z + at), at, y, zy) - shift);
            odd += VectorMath.Exp(transform.At(Vector512.Load(z + at + width), at + width, y, zy) - shift);
        }

        for (; at < last; at += width) even += VectorMath.Exp(transform.At(Vector512.Load(z + at), at, y, zy) - shift);

        // Of the last vector count only the lanes that no vector before it had: those from class 'at' on.
        Vector512<T> tail = VectorMath.Exp(transform.At(Vector512.Load(z + last), last, y, zy) - shift);
        odd += Vector512.ConditionalSelect(Vector512.LessThan(Vector512<T>.Indices, Vector512.Create(T.CreateTruncating(at - last))), Vector512<T>.Zero, tail);
        return (max, Vector512.Sum(even + odd));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void WideGradient<TTransform>(TTransform transform, T* z, int y, T max, T scale, T share, T* g) where TTransform : struct, IRowTransform<T>
    {
        int width = Vector512<T>.Count, last = classes - width;
        T zy = z[y];
        Vector512<T> shift = Vector512.Create(max), factor = Vector512.Create(scale), smooth = Vector512.Create(share);
        for (int c = 0; c < last; c += width) At(c).Store(g + c);
        At(last).Store(g + last);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        Vector512<T> At(int c)
        {
            Vector512<T> value = VectorMath.Exp(transform.At(Vector512.Load(z + c), c, y, zy) - shift) * factor;
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
            Vector512<T> inside = Vector512.LessThan(Vector512<T>.Indices, Vector512.Create(T.CreateTruncating(classes)));
            Vector512<T> lanes = (transform.At(LoadNarrow(z, row), 0, y, zy) - shift) * Vector512.Load(smoothWeight);
            return double.CreateTruncating(Vector512.Sum(Vector512.ConditionalSelect(inside, lanes, Vector512<T>.Zero)));
        }

        Vector512<T> sum = Vector512<T>.Zero;
        int at = 0;
        for (; at < last; at += width) sum += (transform.At(Vector512.Load(z + at), at, y, zy) - shift) * Vector512.Load(smoothWeight + at);
        Vector512<T> tail = (transform.At(Vector512.Load(z + last), last, y, zy) - shift) * Vector512.Load(smoothWeight + last);
        sum += Vector512.ConditionalSelect(Vector512.LessThan(Vector512<T>.Indices, Vector512.Create(T.CreateTruncating(at - last))), Vector512<T>.Zero, tail);
        return double.CreateTruncating(Vector512.Sum(sum));
    }
}
