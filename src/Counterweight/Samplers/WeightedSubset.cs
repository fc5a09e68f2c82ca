using System.Numerics;
using System.Numerics.Tensors;
using System.Runtime.Intrinsics;

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
    private const int BlockSize = 8192, HistogramShift = 50;
    private readonly double[] weights;
    private readonly int size;
    private readonly double limit;

    private WeightedSubset(double[] weights, int size, double limit) => (this.weights, this.size, this.limit) = (weights, size, limit);

    /// <summary>Copies and checks weights; a length of 0 is that of the rows with a positive weight.</summary>
    internal static unsafe WeightedSubset Of<T>(ReadOnlySpan<T> weights, long length, int threads) where T : unmanaged, INumber<T>
    {
        if (weights.IsEmpty) throw new UnusableDataException("There are no rows to sample from.");
        double[] copy = GC.AllocateUninitializedArray<double>(weights.Length);
        int blocks = (weights.Length + BlockSize - 1) / BlockSize;
        var checks = new (int Positive, int Wrong, double Largest)[blocks];
        fixed (T* start = weights)
        {
            T* pinned = start;
            Parallel.For(0, blocks, Threads.Options(threads), block =>
            {
                int from = block * BlockSize, positive = 0, wrong = 0;
                double largest = 0;
                Span<double> part = copy.AsSpan(from, Math.Min(BlockSize, copy.Length - from));
                for (int i = 0; i < part.Length; i++)
                {
                    double weight = double.CreateTruncating(pinned[from + i]);
                    if (!(weight >= 0 && weight <= double.MaxValue) && wrong == 0) wrong = from + i + 1;
                    positive += weight > 0 ? 1 : 0;
                    largest = weight > largest ? weight : largest;
                    part[i] = weight;
                }

                checks[block] = (positive, wrong, largest);
            });
        }

        long positives = 0;
        double most = 0;
        foreach ((int positive, int wrong, double largest) in checks)
        {
            if (wrong > 0)
                throw new UnusableDataException($"The weight {copy[wrong - 1]:R} is not usable: a weight is a finite number of 0 or more.", row: wrong);
            (positives, most) = (positives + positive, Math.Max(most, largest));
        }

        if (positives == 0) throw new UnusableDataException("All weights are zero, so no row can be drawn: give at least one row a positive weight.");
        if (length > positives)
            throw new ArgumentOutOfRangeException(nameof(length), length,
                $"Without replacement an epoch draws a row once at most, and {positives} rows have a positive weight; give at most that or draw with replacement.");

        // Keys are one over weights: weights near the ends of the doubles are moved to the middle by a power of two, which changes no ratio.
        int exponent = Math.ILogB(most);
        if (Math.Abs(exponent) > 200)
            for (int i = 0; i < copy.Length; i++) copy[i] = Math.ScaleB(copy[i], -exponent);
        int count = (int)(length == 0 ? positives : length);
        return new WeightedSubset(copy, count, Limit(copy, count));
    }

    /// <summary>The number of rows of a subset.</summary>
    internal int Size => size;

    /// <summary>The rows of an epoch's subset, in a random order.</summary>
    internal int[] Draw(long epochSeed, int threads)
    {
        double bound = limit;
        while (true)
        {
            (double[] keys, int[] rows) = Candidates(epochSeed, bound, threads);
            if (keys.Length >= size) return Smallest(keys, rows, bound, epochSeed);
            bound *= 2;
        }
    }

    /// <summary>A bound below which the size and a margin of keys are expected, from a histogram of every eighth weight of long data.</summary>
    private static double Limit(ReadOnlySpan<double> weights, int size)
    {
        int stride = weights.Length < 1 << 16 ? 1 : 8;
        int[] histogram = new int[1 << (64 - HistogramShift - 1)];
        for (int i = 0; i < weights.Length; i += stride) histogram[BitConverter.DoubleToUInt64Bits(Math.Abs(weights[i])) >> HistogramShift]++;
        List<(double Weight, int Count)> bins = [];
        long positive = 0;
        for (int i = 0; i < histogram.Length; i++)
        {
            if (histogram[i] == 0) continue;
            // The middle of the bin's octave part is near enough, and the bin of zero has nothing to draw.
            double weight = BitConverter.UInt64BitsToDouble((ulong)i << HistogramShift | 1UL << (HistogramShift - 1));
            if (i == 0) continue;
            bins.Add((weight, histogram[i] * stride));
            positive += histogram[i] * stride;
        }

        double wanted = 1.02 * size + 4 * Math.Sqrt(stride * (double)size) + 4;
        if (wanted >= 0.9 * positive) return double.PositiveInfinity;
        double low = -1100, high = 1100;                                     // powers of two around every double
        for (int i = 0; i < 25; i++)
        {
            double middle = (low + high) / 2, bound = Math.Pow(2, middle), expected = 0;
            foreach ((double weight, int count) in bins) expected += count * (1 - Math.Exp(-weight * bound));
            if (expected < wanted) low = middle;
            else high = middle;
        }

        return Math.Pow(2, high);
    }

    private (double[] Keys, int[] Rows) Candidates(long epochSeed, double bound, int threads)
    {
        int blocks = (weights.Length + BlockSize - 1) / BlockSize;
        var found = new (double[] Keys, int[] Rows)[blocks];
        Parallel.For(0, blocks, Threads.Options(threads), () => new Scratch(Math.Min(BlockSize, (weights.Length + 7) / 8 * 8)), (block, _, scratch) =>
        {
            int from = block * BlockSize, passed = 0, count = 0;
            ReadOnlySpan<double> part = weights.AsSpan(from, Math.Min(BlockSize, weights.Length - from));
            Span<ulong> bits = scratch.Bits.AsSpan(0, (part.Length + 7) / 8 * 8);
            new SeededLanes(epochSeed, block).Fill(bits);
            const double unit = 1.0 / (1UL << 53);
            int whole = part.Length / 8 * 8;
            for (int i = 0; i < whole; i += 8)
            {
                Vector512<double> v = Vector512.ConvertToDouble(Vector512.ShiftRightLogical(Vector512.Create<ulong>(bits[i..]), 11)) * unit;
                ulong below = Vector512.LessThan(v, Vector512.Create(part[i..]) * bound).ExtractMostSignificantBits();
                for (; below != 0; below &= below - 1) scratch.Rows[passed++] = i + BitOperations.TrailingZeroCount(below);
            }

            for (int i = whole; i < part.Length; i++)
                if ((bits[i] >> 11) * unit < part[i] * bound) scratch.Rows[passed++] = i;
            for (int i = 0; i < passed; i++) scratch.Keys[i] = 1 - (bits[scratch.Rows[i]] >> 11) * unit;
            TensorPrimitives.Log(scratch.Keys.AsSpan(0, passed), scratch.Keys.AsSpan(0, passed));
            for (int i = 0; i < passed; i++)
            {
                int row = scratch.Rows[i];
                double exponential = -scratch.Keys[i], weight = part[row];
                scratch.Rows[count] = from + row;
                scratch.Keys[count] = exponential / weight;
                count += exponential < weight * bound ? 1 : 0;
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

    private int[] Smallest(double[] keys, int[] rows, double bound, long epochSeed)
    {
        double last = keys.Length == size ? double.PositiveInfinity : Last(keys, bound);
        int[] chosen = GC.AllocateUninitializedArray<int>(size + 1);
        int count = 0;
        for (int i = 0; i < keys.Length && count <= size; i++)
        {
            chosen[count] = rows[i];
            count += keys[i] < last ? 1 : 0;
        }

        for (int i = 0; i < keys.Length && count < size; i++)
            if (keys[i] == last) chosen[count++] = rows[i];
        var random = new SeededRandom(epochSeed, -1);
        random.Shuffle(chosen.AsSpan(0, size));
        return chosen;
    }

    /// <summary>The largest key of the subset: the part of the range it lies in by counting, then among the keys of that part.</summary>
    private double Last(double[] keys, double bound)
    {
        const int parts = 1024;
        double scale = parts / bound;
        if (!(scale > 0 && double.IsFinite(scale))) return Select([.. keys], size - 1);
        int[] counts = new int[parts + 1];
        foreach (double key in keys) counts[(int)Math.Min(key * scale, parts)]++;
        int part = 0, before = 0;
        while (before + counts[part] < size) before += counts[part++];
        double[] within = new double[counts[part]];
        int next = 0;
        foreach (double key in keys)
            if ((int)Math.Min(key * scale, parts) == part) within[next++] = key;
        return Select(within, size - 1 - before);
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

    private sealed class Scratch(int size)
    {
        internal readonly ulong[] Bits = new ulong[size];
        internal readonly double[] Keys = new double[size];
        internal readonly int[] Rows = new int[size];
    }
}
