using System.Buffers;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Counterweight;

/// <summary>Rows in the order of their scores, in buckets of neighbouring scores that fit a cache; the basis of every ranking metric.</summary>
/// <remarks>
/// <para>Scores become whole numbers of the same order; a histogram of their leading bits cuts them into buckets of about equal size, one pass moves each row
/// to its bucket and a radix sort orders each bucket. Rows of zero weight are left out. Rows of equal score lie in one bucket, in their original order. Where
/// the buckets are cut depends on the data only, so that results do not depend on the number of threads.</para>
/// </remarks>
internal abstract class SortedScores : IDisposable
{
    /// <summary>Sorts the rows of a column of scores.</summary>
    /// <param name="truth">The true classes (N); empty if only the order matters.</param>
    /// <param name="scores">The scores; the column starts at <paramref name="offset"/> and goes on every <paramref name="stride"/> values.</param>
    /// <param name="offset">Where the column starts.</param>
    /// <param name="stride">The distance of its values.</param>
    /// <param name="positiveClass">Which class is positive; all others are negative.</param>
    /// <param name="weights">The row weights (N) or empty.</param>
    /// <param name="threads">The largest number of threads.</param>
    internal static SortedScores Sort(
        ReadOnlySpan<int> truth, ReadOnlySpan<double> scores, int offset, int stride, int positiveClass, ReadOnlySpan<double> weights, int threads) =>
        weights.IsEmpty
            ? SortedScores<PlainItem>.Create(truth, scores, offset, stride, truth.Length, positiveClass, weights, false, threads)
            : SortedScores<WeightedItem>.Create(truth, scores, offset, stride, truth.Length, positiveClass, weights, false, threads);

    /// <summary>The rows in ascending order of their scores; equal scores keep the order of their rows.</summary>
    internal static int[] Order(ReadOnlySpan<double> scores, int offset, int stride, int rows, int threads)
    {
        using var sorted = SortedScores<WeightedItem>.Create([], scores, offset, stride, rows, 0, [], true, threads);
        return sorted.Rows();
    }

    /// <summary>Computes the areas in one pass.</summary>
    internal abstract Ranking Rank();

    /// <summary>The distinct scores with what lies at or above each.</summary>
    internal abstract ScoreSteps Steps();

    public abstract void Dispose();
}

/// <inheritdoc cref="SortedScores"/>
internal sealed unsafe class SortedScores<T> : SortedScores
    where T : unmanaged, IScoreItem<T>
{
    private const int TargetBucket = 1 << 13, MaximumBuckets = 2048;
    private readonly int threads;
    private T[] items;
    private int[] starts = [];      // of each bucket, with the end as a last entry
    private int upperBucket;        // the first bucket whose keys lost their highest bit
    private ulong lowest;

    private SortedScores(T[] items, int threads) => (this.items, this.threads) = (items, threads);

    private int Buckets => starts.Length - 1;

    internal static SortedScores<T> Create(
        ReadOnlySpan<int> truth, ReadOnlySpan<double> scores, int offset, int stride, int rows, int positiveClass, ReadOnlySpan<double> weights,
        bool carryRows, int threads)
    {
        int workers = Threads.Resolve(threads);
        if (rows < 1 << 15) workers = 1;
        var sorted = new SortedScores<T>(ArrayPool<T>.Shared.Rent(rows), threads);
        fixed (int* truthStart = truth)
        fixed (double* scoreStart = scores, weightStart = weights)
        fixed (T* itemStart = sorted.items)
        {
            sorted.Distribute(new(truthStart, scoreStart + offset, stride, weightStart, positiveClass, carryRows), rows, workers, itemStart);
            sorted.SortBuckets(itemStart, workers);
        }

        return sorted;
    }

    public override void Dispose()
    {
        if (items.Length > 0) ArrayPool<T>.Shared.Return(items);
        items = [];
    }

    internal int[] Rows()
    {
        int[] rows = new int[starts[^1]];
        for (int i = 0; i < rows.Length; i++) rows[i] = (int)items[i].Weight;
        return rows;
    }

    internal override Ranking Rank()
    {
        (double Positives, double Negatives)[] above = Above();
        var areas = new (double Exact, long Counted, double Precision)[Buckets];
        ForBuckets(b =>
        {
            ReadOnlySpan<T> bucket = items.AsSpan(starts[b], starts[b + 1] - starts[b]);
            areas[b] = T.IsWeighted ? WalkWeighted(bucket, above[b]) : WalkPlain(bucket, above[b]);
        });
        double area = 0, precision = 0;
        Int128 counted = 0;
        for (int b = Buckets - 1; b >= 0; b--)
        {
            area += areas[b].Exact;
            counted += areas[b].Counted;
            precision += areas[b].Precision;
        }

        if (!T.IsWeighted) area = (double)counted / 2;
        (double positives, double negatives) = above[Buckets];
        return new(positives == 0 || negatives == 0 ? double.NaN : area / positives / negatives, positives == 0 ? 0 : precision / positives, positives,
            negatives);
    }

    internal override ScoreSteps Steps()
    {
        int[] first = new int[Buckets + 1];     // of each bucket's steps, counted from the highest score
        ForBuckets(b =>
        {
            int distinct = 0;
            for (int i = starts[b]; i < starts[b + 1]; i++)
                if (i == starts[b] || items[i].Key >> 1 != items[i - 1].Key >> 1) distinct++;
            first[b] = distinct;
        });
        int total = 0;
        for (int b = Buckets - 1; b >= 0; b--) (first[b], total) = (total, total + first[b]);
        (double Positives, double Negatives)[] above = Above();
        double[] thresholds = LargePages.Under(GC.AllocateUninitializedArray<double>(total));
        double[] positives = LargePages.Under(GC.AllocateUninitializedArray<double>(total)),
            negatives = LargePages.Under(GC.AllocateUninitializedArray<double>(total));
        ForBuckets(b =>
        {
            (double tp, double fp) = above[b];
            int step = first[b];
            ulong upper = b >= upperBucket ? 1UL << 63 : 0;
            for (int i = starts[b + 1] - 1; i >= starts[b]; i--)
            {
                T item = items[i];
                if ((item.Key & 1) != 0) tp += item.Weight;
                else fp += item.Weight;
                if (i > starts[b] && items[i - 1].Key >> 1 == item.Key >> 1) continue;
                thresholds[step] = Score(((item.Key >> 1) | upper) + lowest);
                positives[step] = tp;
                negatives[step++] = fp;
            }
        });
        return new(thresholds, positives, negatives);
    }

    private static double Score(ulong ordered) =>
        BitConverter.UInt64BitsToDouble((long)ordered < 0 ? ordered ^ (1UL << 63) : ~ordered);

    /// <summary>A whole number of the same order; both zeros give the same.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong Ordered(double score)
    {
        long bits = BitConverter.DoubleToInt64Bits(score + 0.0);
        return (ulong)(bits ^ ((bits >> 63) | long.MinValue));
    }

    /// <summary>What lies above each bucket, and in the last entry the whole.</summary>
    private (double Positives, double Negatives)[] Above()
    {
        var above = new (double Positives, double Negatives)[Buckets + 1];
        ForBuckets(b =>
        {
            ReadOnlySpan<T> bucket = items.AsSpan(starts[b], starts[b + 1] - starts[b]);
            if (!T.IsWeighted)
            {
                ReadOnlySpan<ulong> keys = MemoryMarshal.Cast<T, ulong>(bucket);
                ReadOnlySpan<Vector<ulong>> vectors = MemoryMarshal.Cast<ulong, Vector<ulong>>(keys);
                var sum = Vector<ulong>.Zero;
                foreach (Vector<ulong> vector in vectors) sum += vector & Vector<ulong>.One;
                ulong count = Vector.Sum(sum);
                for (int i = vectors.Length * Vector<ulong>.Count; i < keys.Length; i++) count += keys[i] & 1;
                above[b] = (count, bucket.Length - (double)count);
                return;
            }

            double positives = 0, negatives = 0;
            for (int i = bucket.Length - 1; i >= 0; i--)
                if ((bucket[i].Key & 1) != 0) positives += bucket[i].Weight;
                else negatives += bucket[i].Weight;
            above[b] = (positives, negatives);
        });
        double tp = 0, fp = 0;
        for (int b = Buckets - 1; b >= 0; b--)
        {
            (double p, double n) = above[b];
            above[b] = (tp, fp);
            tp += p;
            fp += n;
        }

        above[Buckets] = (tp, fp);
        return above;
    }

    private void ForBuckets(Action<int> body)
    {
        if (Buckets < 4 || Threads.Resolve(threads) == 1)
            for (int b = 0; b < Buckets; b++) body(b);
        else Parallel.For(0, Buckets, Threads.Options(threads), body);
    }

    private static (double Exact, long Counted, double Precision) WalkPlain(ReadOnlySpan<T> bucket, (double Positives, double Negatives) above)
    {
        ReadOnlySpan<ulong> keys = MemoryMarshal.Cast<T, ulong>(bucket);
        long tp = (long)above.Positives, all = tp + (long)above.Negatives, twiceArea = 0;
        double precision = 0;
        for (int i = keys.Length - 1; i >= 0;)
        {
            ulong key = keys[i];
            long positives = (long)(key & 1), count = 1;
            for (i--; i >= 0 && ((keys[i] ^ key) >> 1) == 0; i--, count++) positives += (long)(keys[i] & 1);
            twiceArea += (count - positives) * (2 * tp + positives);
            tp += positives;
            all += count;
            precision += positives * ((double)tp / all);
        }

        return (0, twiceArea, precision);
    }

    private static (double Exact, long Counted, double Precision) WalkWeighted(ReadOnlySpan<T> bucket, (double Positives, double Negatives) above)
    {
        (double tp, double fp) = above;
        double area = 0, precision = 0;
        for (int i = bucket.Length - 1; i >= 0;)
        {
            ulong key = bucket[i].Key;
            double positives = 0, negatives = 0;
            for (; i >= 0 && ((bucket[i].Key ^ key) >> 1) == 0; i--)
                if ((bucket[i].Key & 1) != 0) positives += bucket[i].Weight;
                else negatives += bucket[i].Weight;
            area += negatives * (tp + positives / 2);
            tp += positives;
            fp += negatives;
            precision += positives * (tp / (tp + fp));
        }

        return (area, 0, precision);
    }

    /// <summary>Finds the range of the scores, cuts it into buckets and moves every row to its bucket.</summary>
    private void Distribute(Input input, int rows, int workers, T* target)
    {
        ulong[] minima = new ulong[workers], maxima = new ulong[workers];
        ForWorkers(workers, w => (minima[w], maxima[w]) = input.Range(Start(rows, w, workers), Start(rows, w + 1, workers)));
        ulong low = minima.Min(), range = rows == 0 ? 0 : maxima.Max() - low;
        lowest = low;
        int rangeBits = 64 - BitOperations.LeadingZeroCount(range), fineBits = Math.Clamp(BitOperations.Log2((uint)Math.Max(1, rows)) - 5, 1, 16);
        int shift = Math.Max(0, rangeBits - fineBits), cells = (int)(range >> shift) + 1;
        int[][] counts = new int[workers][];
        ForWorkers(workers, w => counts[w] = input.Count(Start(rows, w, workers), Start(rows, w + 1, workers), low, shift, cells));

        int[] sums = counts[0];
        if (workers > 1)
        {
            sums = new int[cells];
            foreach (int[] count in counts)
                for (int c = 0; c < cells; c++) sums[c] += count[c];
        }

        int kept = 0;
        foreach (int count in sums) kept += count;
        int targetSize = Math.Max(TargetBucket, kept / MaximumBuckets);
        ushort[] bucketOf = new ushort[cells];
        List<int> bucketStarts = [0];
        int upperCell = rangeBits == 64 ? (int)((1UL << 63) >> shift) : int.MaxValue, size = 0, before = 0;
        upperBucket = int.MaxValue;
        for (int c = 0; c < cells; c++)
        {
            if (c == upperCell || (size > 0 && size + sums[c] > targetSize * 5L / 4))
            {
                bucketStarts.Add(before);
                size = 0;
            }

            if (c == upperCell) upperBucket = bucketStarts.Count - 1;
            bucketOf[c] = (ushort)(bucketStarts.Count - 1);
            size += sums[c];
            before += sums[c];
        }

        bucketStarts.Add(before);
        starts = [.. bucketStarts];
        int[][] next = new int[workers][];
        int[] running = starts[..^1];
        for (int w = 0; w < workers; w++)
        {
            next[w] = [.. running];
            for (int c = 0; c < cells; c++) running[bucketOf[c]] += counts[w][c];
        }

        ForWorkers(workers, w => input.Move(Start(rows, w, workers), Start(rows, w + 1, workers), low, shift, bucketOf, next[w], target));
    }

    private void SortBuckets(T* target, int workers)
    {
        int next = -1;
        ForWorkers(workers, _ =>
        {
            int capacity = 0;
            T* scratch = null;
            int* histograms = (int*)NativeMemory.Alloc(8 * 2048, sizeof(int));
            try
            {
                for (int b = Interlocked.Increment(ref next); b < Buckets; b = Interlocked.Increment(ref next))
                {
                    int count = starts[b + 1] - starts[b];
                    if (count > capacity)
                    {
                        NativeMemory.Free(scratch);
                        scratch = null;
                        scratch = (T*)NativeMemory.Alloc((nuint)(capacity = count), (nuint)sizeof(T));
                    }

                    RadixSort.Sort(target + starts[b], scratch, count, histograms);
                }
            }
            finally
            {
                NativeMemory.Free(scratch);
                NativeMemory.Free(histograms);
            }
        });
    }

    private static int Start(int rows, int worker, int workers) => (int)((long)rows * worker / workers);

    private static void ForWorkers(int workers, Action<int> body)
    {
        if (workers == 1) body(0);
        else Parallel.For(0, workers, new ParallelOptions { MaxDegreeOfParallelism = workers }, body);
    }

    /// <summary>Where the rows are read from.</summary>
    private readonly struct Input(int* truth, double* scores, int stride, double* weights, int positiveClass, bool carryRows)
    {
        private readonly int* truth = truth;
        private readonly double* scores = scores;
        private readonly double* weights = weights;

        internal (ulong Minimum, ulong Maximum) Range(int from, int to)
        {
            ulong minimum = ulong.MaxValue, maximum = 0;
            int i = from;
            if (stride == 1)
            {
                Vector<ulong> minima = new(ulong.MaxValue), maxima = default;
                for (; i <= to - Vector<double>.Count; i += Vector<double>.Count)
                {
                    Vector<long> bits = Vector.AsVectorInt64(Vector.Load(scores + i) + Vector<double>.Zero);
                    Vector<ulong> ordered = Vector.AsVectorUInt64(bits ^ ((bits >> 63) | new Vector<long>(long.MinValue)));
                    minima = Vector.Min(minima, ordered);
                    maxima = Vector.Max(maxima, ordered);
                }

                for (int k = 0; k < Vector<ulong>.Count; k++)
                {
                    minimum = Math.Min(minimum, minima[k]);
                    maximum = Math.Max(maximum, maxima[k]);
                }
            }

            for (; i < to; i++)
            {
                ulong ordered = Ordered(scores[(long)i * stride]);
                minimum = Math.Min(minimum, ordered);
                maximum = Math.Max(maximum, ordered);
            }

            return (minimum, maximum);
        }

        internal int[] Count(int from, int to, ulong low, int shift, int cells)
        {
            int[] counts = new int[cells];
            fixed (int* cell = counts)
                for (int i = from; i < to; i++)
                {
                    if (T.IsWeighted && weights != null && weights[i] == 0) continue;
                    cell[(int)((Ordered(scores[(long)i * stride]) - low) >> shift)]++;
                }

            return counts;
        }

        internal void Move(int from, int to, ulong low, int shift, ushort[] bucketOf, int[] next, T* target)
        {
            fixed (ushort* bucket = bucketOf)
            fixed (int* position = next)
                for (int i = from; i < to; i++)
                {
                    double weight = T.IsWeighted ? carryRows ? i : weights[i] : 1;
                    if (T.IsWeighted && !carryRows && weight == 0) continue;
                    ulong key = Ordered(scores[(long)i * stride]) - low;
                    ulong label = truth != null && truth[i] == positiveClass ? 1UL : 0;
                    target[position[bucket[(int)(key >> shift)]]++] = T.Create((key << 1) | label, weight);
                }
        }
    }
}
