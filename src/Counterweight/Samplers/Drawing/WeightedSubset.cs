using System.Buffers;
using System.Numerics;
using System.Numerics.Tensors;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Counterweight;

/// <summary>
/// Draws a subset of rows by weight without replacement: the rows with the smallest keys E / w, E exponential (Efraimidis and
/// Spirakis, 2006, "Weighted random sampling with a reservoir", algorithm A-ES, its keys on the logarithmic scale).
/// </summary>
/// <remarks>
/// <para>A row's key depends on the seed, the epoch and the row alone. Two limits are worked out once from a histogram of the weights: fewer
/// keys than wanted are expected below the lower one, more than wanted below the upper one. E = -ln(1 - v) is below t where
/// v is below 1 - exp(-t), which lies between t - t²/2 + t³/6 - t⁴/24 and t - t²/2 + t³/6; so nearly every row is told in or out by a
/// polynomial, and only those between the limits need a logarithm and take part in the selection.</para>
/// <para>The limits decide how fast the subset is found, never what it is: limits that turn out wrong are set anew.</para>
/// </remarks>
internal sealed class WeightedSubset
{
    private const int BlockSize = 8192, PieceSize = 512, HistogramShift = 50, Bins = 1 << (64 - HistogramShift - 1);
    private const ulong MantissaMask = (1UL << 52) - 1, One = 1023UL << 52;
    private readonly ReadOnlyMemory<double> memory;
    private readonly int size;
    private readonly double lower, upper;

    private WeightedSubset(ReadOnlyMemory<double> weights, int size, double lower, double upper) =>
        (memory, this.size, this.lower, this.upper) = (weights, size, lower, upper);

    /// <summary>Copies and checks weights; a length of 0 is that of the rows with a positive weight.</summary>
    internal static unsafe WeightedSubset Of<T>(ReadOnlySpan<T> weights, long length, int threads) where T : unmanaged, INumber<T>
    {
        double[] copy = LargePages.Under(GC.AllocateUninitializedArray<double>(weights.Length));
        fixed (T* start = weights)
        {
            T* pinned = start;
            return Of(copy, length, threads, (from, part) => TensorPrimitives.ConvertTruncating(new ReadOnlySpan<T>(pinned + from, part.Length), part));
        }
    }

    /// <summary>Checks weights and keeps them; a length of 0 is that of the rows with a positive weight.</summary>
    internal static WeightedSubset Of(ReadOnlyMemory<double> weights, long length, int threads) => Of(weights, length, threads, null);

    private static WeightedSubset Of(ReadOnlyMemory<double> weights, long length, int threads, Action<int, Span<double>>? fill)
    {
        if (weights.IsEmpty) throw new UnusableDataException("There are no rows to sample from.");
        int blocks = (weights.Length + BlockSize - 1) / BlockSize, stride = weights.Length < 1 << 16 ? 1 : 8;
        var checks = new Check[blocks];
        var histogram = new Bin[Bins];
        Parallel.For(0, blocks, Threads.Options(threads), () => ArrayPool<Bin>.Shared.Rent(Bins), (block, _, bins) =>
        {
            int from = block * BlockSize;
            ReadOnlyMemory<double> range = weights.Slice(from, Math.Min(BlockSize, weights.Length - from));
            fill?.Invoke(from, MemoryMarshal.AsMemory(range).Span);
            ReadOnlySpan<double> part = range.Span;
            checks[block] = Check.Of(part);
            // One row of each eight, at a place that follows no period of the data.
            for (int i = 0; i <= part.Length - stride; i += stride)
            {
                ulong bits = BitConverter.DoubleToUInt64Bits(part[i + (stride == 1 ? 0 : (int)((uint)(from + i) / 8 * 2654435769u >> 29))]) & long.MaxValue;
                ref Bin bin = ref bins[bits >> HistogramShift];
                bin.Mantissas += BitConverter.UInt64BitsToDouble(bits & MantissaMask | One);
                bin.Count++;
            }

            return bins;
        }, bins =>
        {
            lock (histogram)
                for (int i = 0; i < histogram.Length; i++)
                {
                    if (bins[i].Count == 0) continue;
                    histogram[i].Mantissas += bins[i].Mantissas;
                    histogram[i].Count += bins[i].Count;
                    bins[i] = default;
                }

            ArrayPool<Bin>.Shared.Return(bins);
        });
        Check all = default;
        for (int block = 0; block < blocks; block++)
        {
            all = all.And(checks[block]);
            if (!checks[block].Wrong) continue;
            int row = block * BlockSize;
            ReadOnlySpan<double> w = weights.Span;
            while (w[row] >= 0 && w[row] <= double.MaxValue) row++;
            throw new UnusableDataException($"The weight {w[row]:R} is not usable: a weight is a finite number of 0 or more.", row: row + 1L);
        }

        if (all.Positive == 0) throw new UnusableDataException("All weights are zero, so no row can be drawn: give at least one row a positive weight.");
        if (length > all.Positive)
            throw new ArgumentOutOfRangeException(nameof(length), length,
                $"Without replacement an epoch draws a row once at most, and {all.Positive} rows have a positive weight; give at most that or draw with "
                + $"replacement.");

        // Keys are one over weights: very small ones are moved up by a power of two, which changes no ratio and rounds nothing. Weights within a factor of
        // 1e600 of the largest then have finite keys; those beyond are drawn last, in the order of the rows.
        int exponent = 0;
        if (all.Extreme)
        {
            exponent = Math.Max(0, 1000 - Math.ILogB(all.Largest));
            double[] moved = weights.ToArray();
            for (int i = 0; i < moved.Length; i++) moved[i] = Math.ScaleB(moved[i], exponent);
            weights = moved;
        }

        int count = (int)(length == 0 ? all.Positive : length);
        (double lower, double upper) = count == all.Positive ? (double.PositiveInfinity, double.PositiveInfinity) : Limits(histogram, count, stride);
        return new WeightedSubset(weights, count, Math.ScaleB(lower, -exponent), Math.ScaleB(upper, -exponent));
    }

    /// <summary>The number of rows of a subset.</summary>
    internal int Size => size;

    /// <summary>The rows of an epoch's subset, in a random order.</summary>
    internal int[] Draw(long epochSeed, int threads)
    {
        (double low, double high) = (lower, upper);
        while (true)
        {
            using Candidates found = Find(epochSeed, low, high, threads);
            if (found.Count < size && double.IsPositiveInfinity(high))
                throw new InvalidOperationException("The weights of the sampler were changed: fewer of them are positive now than a subset has rows.");
            if (found.Count < size) (low, high) = (high, high < 64 * upper ? 4 * high : double.PositiveInfinity);
            else if (found.Last(size, low) is not { } last) low = 0;
            else
            {
                int[] rows = found.Take(size, last, threads);
                new SeededRandom(epochSeed, -1).Shuffle(rows.AsSpan());
                return rows;
            }
        }
    }

    /// <summary>Limits of the keys between which the wanted one is expected: a margin of four standard deviations and what the bins blur.</summary>
    private static (double Lower, double Upper) Limits(ReadOnlySpan<Bin> histogram, int size, int stride)
    {
        List<(double Weight, double Count)> bins = [];
        double positive = 0;
        for (int i = 4; i < histogram.Length; i++)                           // the first four have zeros and subnormal numbers
        {
            if (histogram[i].Count == 0) continue;
            bins.Add((Math.ScaleB(histogram[i].Mantissas / histogram[i].Count, (i >> 2) - 1023), (double)stride * histogram[i].Count));
            positive += (double)stride * histogram[i].Count;
        }

        double margin = 0.005 * size + 4 * Math.Sqrt(stride * (double)size) + 4;
        return (Bound(Math.Min(size - margin, 0.98 * positive)), size + margin > 0.98 * positive ? double.PositiveInfinity : Bound(size + margin));

        double Bound(double wanted)
        {
            if (wanted <= 0) return 0;
            double low = -1100, high = 1100;                                 // powers of two around every double
            for (int i = 0; i < 30; i++)
            {
                double middle = (low + high) / 2, bound = Math.Pow(2, middle), expected = 0;
                foreach ((double weight, double count) in bins) expected += count * (1 - Math.Exp(-weight * bound));
                if (expected < wanted) low = middle;
                else high = middle;
            }

            return Math.Pow(2, high);
        }
    }

    private Candidates Find(long epochSeed, double low, double high, int threads)
    {
        ReadOnlyMemory<double> memory = this.memory;
        int rows = memory.Length, blocks = (rows + BlockSize - 1) / BlockSize;
        var found = new Candidates(rows, blocks);
        // A hair apart from the limits, so that the rounding of a product cannot contradict the rounding of a key.
        Vector512<double> sureBound = Vector512.Create(low * (1 - 1e-13)), possibleBound = Vector512.Create(high * (1 + 1e-13));
        Vector512<double> all = Vector512.Create(double.IsPositiveInfinity(low) ? 1.0 : 0);
        Parallel.For(0, blocks, Threads.Options(threads), () => new Scratch(), (block, _, scratch) =>
        {
            int from = block * BlockSize, count = 0, sureCount = 0;
            var random = new SeededLanes(epochSeed, block);
            ReadOnlySpan<double> weights = memory.Span;
            for (int piece = from; piece < Math.Min(from + BlockSize, weights.Length); piece += PieceSize)
            {
                random.Fill(scratch.Bits);
                ReadOnlySpan<double> part = weights.Slice(piece, Math.Min(PieceSize, weights.Length - piece));
                if (part.Length < PieceSize)
                {
                    scratch.Last.AsSpan().Clear();
                    part.CopyTo(scratch.Last);
                    part = scratch.Last;
                }

                for (int word = 0; word < PieceSize && piece + word < weights.Length; word += 64)
                {
                    ulong sure = 0, possible = 0;
                    ref double w = ref MemoryMarshal.GetReference(part[word..]);
                    ref ulong bits = ref scratch.Bits[word];
                    for (nuint i = 0; i < 64; i += 8)
                    {
                        Vector512<double> v = Unit(Vector512.LoadUnsafe(ref bits, i)), weight = Vector512.LoadUnsafe(ref w, i);
                        Vector512<double> t = Vector512.Min(weight * sureBound, Vector512.Create(1.5));
                        Vector512<double> u = Vector512.Min(weight * possibleBound, Vector512.Create(4.0));
                        t *= Vector512<double>.One - t * (Vector512.Create(1 / 2.0) - t * (Vector512.Create(1 / 6.0) - t * (1 / 24.0)));
                        u *= Vector512<double>.One - u * (Vector512.Create(1 / 2.0) - u * (1 / 6.0));
                        sure |= Vector512.LessThan(v, t + all).ExtractMostSignificantBits() << (int)i;
                        possible |= Vector512.LessThan(v, u).ExtractMostSignificantBits() << (int)i;
                    }

                    found.Masks[(piece + word) / 64] = sure;
                    sureCount += BitOperations.PopCount(sure);
                    for (possible &= ~sure; possible != 0; possible &= possible - 1)
                    {
                        int i = word + BitOperations.TrailingZeroCount(possible);
                        scratch.Keys[count] = 1 - (scratch.Bits[i] >> 11) * (1.0 / (1UL << 53));
                        scratch.Rows[count++] = piece + i;
                    }
                }
            }

            Span<double> keys = scratch.Keys.AsSpan(0, count);
            TensorPrimitives.Log(keys, keys);
            int kept = 0;
            for (int i = 0; i < count; i++)
            {
                double key = -keys[i] / weights[scratch.Rows[i]];
                keys[kept] = key;
                scratch.Rows[kept] = scratch.Rows[i];
                kept += key < high || double.IsPositiveInfinity(high) ? 1 : 0;
            }

            found.Blocks[block] = new(sureCount, keys[..kept].ToArray(), scratch.Rows[..kept]);
            return scratch;
        }, _ => { });
        return found;
    }

    /// <summary>Numbers in [0, 1) with 53 random bits.</summary>
    private static Vector512<double> Unit(Vector512<ulong> bits) => Vector512.ConvertToDouble(Vector512.ShiftRightLogical(bits, 11)) * (1.0 / (1UL << 53));

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

    private struct Bin
    {
        internal double Mantissas;
        internal int Count;
    }

    /// <summary>What a block of weights is like.</summary>
    private readonly record struct Check(int Positive, double Largest, bool Wrong, bool Extreme)
    {
        internal static Check Of(ReadOnlySpan<double> weights)
        {
            int positive = 0;
            Vector512<double> good = Vector512<double>.AllBitsSet, extreme = Vector512<double>.Zero, largest = Vector512<double>.Zero,
                zero = Vector512<double>.Zero;
            Span<double> rest = stackalloc double[8];
            rest.Clear();
            for (int i = 0; i < weights.Length; i += 8)
            {
                if (weights.Length - i < 8) weights[i..].CopyTo(rest);
                Vector512<double> w = Vector512.Create(weights.Length - i < 8 ? rest : weights[i..]), above = Vector512.GreaterThan(w, zero);
                good &= Vector512.GreaterThanOrEqual(w, zero) & Vector512.LessThanOrEqual(w, Vector512.Create(double.MaxValue));
                extreme |= above & (Vector512.LessThan(w, Vector512.Create(1e-150)) | Vector512.GreaterThan(w, Vector512.Create(1e150)));
                positive += BitOperations.PopCount(above.ExtractMostSignificantBits());
                largest = Vector512.Max(largest, w);
            }

            double most = 0;
            for (int i = 0; i < 8; i++) most = Math.Max(most, largest[i]);
            return new(positive, most, good.ExtractMostSignificantBits() != 0xFF, extreme.ExtractMostSignificantBits() != 0);
        }

        internal Check And(Check other) => new(Positive + other.Positive, Math.Max(Largest, other.Largest), Wrong || other.Wrong, Extreme || other.Extreme);
    }

    private readonly record struct Found(int Sure, double[] Keys, int[] Rows);

    /// <summary>The rows that are surely in the subset, as bits, and those between the limits, with their keys.</summary>
    private sealed class Candidates : IDisposable
    {
        internal readonly Found[] Blocks;
        internal readonly ulong[] Masks;
        private readonly int words;

        internal Candidates(int rows, int blocks)
        {
            words = (rows + 63) / 64;
            (Blocks, Masks) = (new Found[blocks], ArrayPool<ulong>.Shared.Rent(words));
        }

        internal int Sure => Blocks.Sum(b => b.Sure);

        internal int Between => Blocks.Sum(b => b.Keys.Length);

        internal int Count => Sure + Between;

        /// <summary>The largest key of the subset, or null if the lower limit turns out to be above it.</summary>
        internal double? Last(int size, double low)
        {
            int rank = size - Sure - 1, next = 0;
            double[] keys = new double[Between];
            foreach (Found block in Blocks)
            {
                block.Keys.CopyTo(keys, next);
                next += block.Keys.Length;
            }

            if (rank == keys.Length - 1) return double.PositiveInfinity;
            if (rank < -1) return null;
            double last = rank < 0 ? TensorPrimitives.Min<double>(keys) : Select(keys, rank);
            return last < low ? null : rank < 0 ? double.NegativeInfinity : last;
        }

        /// <summary>The sure rows and those with a key up to the last, in the order of the rows.</summary>
        internal int[] Take(int size, double last, int threads)
        {
            int[] rows = LargePages.Under(GC.AllocateUninitializedArray<int>(size)), starts = new int[Blocks.Length + 1];
            int equal = size - Sure - Blocks.Sum(b => b.Keys.Count(k => k < last));
            for (int block = 0; block < Blocks.Length; block++)
            {
                (int taken, double[] keys, int[] between) = Blocks[block];
                for (int i = 0; i < keys.Length; i++)
                {
                    if (keys[i] > last || keys[i] == last && equal-- <= 0) continue;
                    Masks[between[i] / 64] |= 1UL << between[i];
                    taken++;
                }

                starts[block + 1] = starts[block] + taken;
            }

            Parallel.For(0, Blocks.Length, Threads.Options(threads), block =>
            {
                int next = starts[block];
                for (int word = block * (BlockSize / 64); word < Math.Min((block + 1) * (BlockSize / 64), words); word++)
                    for (ulong mask = Masks[word]; mask != 0; mask &= mask - 1)
                        rows[next++] = word * 64 + BitOperations.TrailingZeroCount(mask);
            });
            return rows;
        }

        public void Dispose() => ArrayPool<ulong>.Shared.Return(Masks);
    }

    private sealed class Scratch
    {
        internal readonly ulong[] Bits = new ulong[PieceSize];
        internal readonly double[] Last = new double[PieceSize], Keys = new double[BlockSize];
        internal readonly int[] Rows = new int[BlockSize];
    }
}
