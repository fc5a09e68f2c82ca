using System.Numerics;

namespace Counterweight;

/// <summary>
/// Draws a subset of rows by weight without replacement: the rows with the smallest keys E / w, E exponential (Efraimidis and
/// Spirakis, 2006, "Weighted random sampling with a reservoir", algorithm A-ES, its keys on the logarithmic scale).
/// </summary>
/// <remarks>
/// A row's key depends on the seed, the epoch and the row alone. A limit that about the wanted number of keys lie below is worked out
/// once from a histogram of the weights; a row beyond it is passed over by one comparison without a logarithm, because
/// E = -ln(1 - v) is at least v. The limit decides how fast the subset is found, never what it is.
/// </remarks>
internal sealed class WeightedSubset
{
    private const int BlockSize = 8192, HistogramShift = 48;
    private readonly double[] weights;
    private readonly int size;
    private readonly double limit;

    /// <summary>Takes the weights over: finite, 0 or more, at least as many positive ones as the subset has rows.</summary>
    internal WeightedSubset(double[] weights, int size)
    {
        (this.weights, this.size) = (weights, size);
        // Keys are one over weights: weights near the ends of the doubles are moved to the middle by a power of two, which changes no ratio.
        int exponent = Math.ILogB(System.Numerics.Tensors.TensorPrimitives.Max((ReadOnlySpan<double>)weights));
        if (Math.Abs(exponent) > 200)
            for (int i = 0; i < weights.Length; i++) weights[i] = Math.ScaleB(weights[i], -exponent);
        int[] histogram = new int[1 << (64 - HistogramShift - 1)];
        foreach (double weight in weights) histogram[BitConverter.DoubleToUInt64Bits(Math.Abs(weight)) >> HistogramShift]++;
        limit = Limit(histogram, size);
    }

    /// <summary>The rows of an epoch's subset, in a random order.</summary>
    internal int[] Draw(long epochSeed, int threads)
    {
        double bound = limit;
        while (true)
        {
            (double[] keys, int[] rows) = Candidates(epochSeed, bound, threads);
            if (keys.Length >= size) return Smallest(keys, rows, epochSeed);
            bound *= 2;
        }
    }

    /// <summary>The bound below which the expected number of keys is the size and a margin of four standard deviations.</summary>
    private static double Limit(ReadOnlySpan<int> histogram, int size)
    {
        List<(double Weight, int Count)> bins = [];
        long positive = 0;
        for (int i = 0; i < histogram.Length; i++)
        {
            if (histogram[i] == 0) continue;
            double lowest = BitConverter.UInt64BitsToDouble((ulong)i << HistogramShift);
            if (lowest == 0) continue;
            bins.Add((lowest, histogram[i]));
            positive += histogram[i];
        }

        double wanted = size + 4 * Math.Sqrt(size) + 4;
        if (wanted >= positive) return double.PositiveInfinity;
        double low = -1100, high = 1100;                                     // powers of two around every double
        for (int i = 0; i < 40; i++)
        {
            double middle = (low + high) / 2, bound = Math.Pow(2, middle), expected = 0;
            foreach ((double weight, int count) in bins) expected += count * -Math.Exp(-weight * bound) + count;
            if (expected < wanted) low = middle;
            else high = middle;
        }

        return Math.Pow(2, high);
    }

    private (double[] Keys, int[] Rows) Candidates(long epochSeed, double bound, int threads)
    {
        int blocks = (weights.Length + BlockSize - 1) / BlockSize;
        var found = new (double[] Keys, int[] Rows)[blocks];
        Parallel.For(0, blocks, Threads.Options(threads), () => (Keys: new double[Math.Min(BlockSize, weights.Length)], Rows: new int[Math.Min(BlockSize, weights.Length)]), (block, _, scratch) =>
        {
            var random = new SeededRandom(epochSeed, block);
            int from = block * BlockSize, count = 0;
            ReadOnlySpan<double> part = weights.AsSpan(from, Math.Min(BlockSize, weights.Length - from));
            for (int i = 0; i < part.Length; i++)
            {
                double v = random.NextDouble(), most = part[i] * bound;
                if (!(v < most)) continue;
                double exponential = -Math.Log(1 - v);
                if (!(exponential < most)) continue;
                scratch.Keys[count] = exponential / part[i];
                scratch.Rows[count++] = from + i;
            }

            found[block] = (scratch.Keys[..count], scratch.Rows[..count]);
            return scratch;
        }, _ => { });

        int total = found.Sum(f => f.Keys.Length), next = 0;
        double[] keys = GC.AllocateUninitializedArray<double>(total);
        int[] rows = GC.AllocateUninitializedArray<int>(total);
        foreach ((double[] k, int[] r) in found)
        {
            k.CopyTo(keys, next);
            r.CopyTo(rows, next);
            next += k.Length;
        }

        return (keys, rows);
    }

    private int[] Smallest(double[] keys, int[] rows, long epochSeed)
    {
        double last = keys.Length == size ? double.PositiveInfinity : Select([.. keys], size - 1);
        int[] chosen = GC.AllocateUninitializedArray<int>(size);
        int ties = size, count = 0;
        foreach (double key in keys) ties -= key < last ? 1 : 0;
        for (int i = 0; i < keys.Length && count < size; i++)
            if (keys[i] < last || keys[i] == last && ties-- > 0) chosen[count++] = rows[i];
        var random = new SeededRandom(epochSeed, -1);
        random.Shuffle(chosen.AsSpan());
        return chosen;
    }

    /// <summary>The item at a rank from 0 (Hoare, 1961), the pivot the median of three.</summary>
    private static double Select(Span<double> items, int rank)
    {
        while (items.Length > 1)
        {
            double a = items[0], b = items[items.Length / 2], c = items[^1];
            double pivot = Math.Max(Math.Min(a, b), Math.Min(Math.Max(a, b), c));
            int i = 0, j = items.Length - 1;
            while (i <= j)
            {
                while (items[i] < pivot) i++;
                while (items[j] > pivot) j--;
                if (i > j) break;
                (items[i], items[j]) = (items[j], items[i]);
                i++;
                j--;
            }

            if (rank <= j) items = items[..(j + 1)];
            else if (rank < i) return items[rank];
            else
            {
                items = items[i..];
                rank -= i;
            }
        }

        return items[0];
    }
}
