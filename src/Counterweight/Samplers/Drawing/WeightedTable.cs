using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.X86;

namespace Counterweight;

/// <summary>
/// The alias table of a whole data set in 8 bytes per row, of which a draw as a rule touches 2: blocks of 256 rows with a table each,
/// and a table that draws the block.
/// </summary>
/// <remarks>
/// <para>A block is built by sweeping its light and its heavy rows once (Hübschle-Schneider and Sanders, 2019, "Parallel weighted
/// random sampling", section 3), in whole units of 2^-55 of the block's mean weight. In whole numbers nothing accumulates: a row's
/// probability is off by at most half a unit, 2^-56 of an average row's; what the rounding of a block adds up to goes to
/// its heaviest row. A row with any weight has at least one unit.</para>
/// <para>A draw takes 128 random bits: 64 for the block, 8 for the column and 55 for the choice between the column and its alias. The
/// first 8 bits of the choice decide 255 times of 256, so the first 8 bits of the thresholds lie together with the aliases (2 bytes per row,
/// which is what has to come through the caches) and the other 47 apart from them.</para>
/// </remarks>
internal sealed class WeightedTable
{
    private const int ColumnBits = 8, Columns = 1 << ColumnBits, UnitBits = 55, MiddleBits = 16, LowBits = UnitBits - 8 - MiddleBits;
    private const ulong Unit = 1UL << UnitBits, RestMask = Unit - 1;

    // By how many draws the entry of a row and that of a block are asked for before they are read; the latter where there are more blocks than the second
    // cache holds.
    private const int EntriesAhead = 64, BlocksAhead = 32, NearBlocks = 1 << 16, Part = SamplerBlocks.Size + BlocksAhead;
    private readonly ushort[] first, middle;
    private readonly uint[] low;
    private readonly AliasTable blocks;

    private WeightedTable(ushort[] first, ushort[] middle, uint[] low, AliasTable blocks) =>
        (this.first, this.middle, this.low, this.blocks) = (first, middle, low, blocks);

    internal static unsafe WeightedTable Of<T>(ReadOnlySpan<T> weights, int threads) where T : unmanaged, INumber<T>
    {
        int count = weights.Length, blockCount = (int)(((long)count + Columns - 1) / Columns);
        if (count == 0) throw new UnusableDataException("There are no rows to sample from.");
        if ((long)blockCount * Columns > Array.MaxLength)
            throw new UnusableDataException($"{count} rows are more than one table holds, which is {Array.MaxLength / Columns * Columns}.");
        int size = blockCount * Columns;
        ushort[] first = LargePages.Under(GC.AllocateUninitializedArray<ushort>(size)), middle = LargePages.Under(GC.AllocateUninitializedArray<ushort>(size));
        uint[] low = LargePages.Under(GC.AllocateUninitializedArray<uint>(size));
        double[] sums = new double[blockCount];
        const int blocksPerTask = 256;
        int tasks = (blockCount + blocksPerTask - 1) / blocksPerTask;
        long[] wrong = new long[tasks];
        fixed (T* start = weights)
        {
            T* pinned = start;
            Parallel.For(0, tasks, Threads.Options(threads), task =>
            {
                var scratch = new Scratch();
                for (int block = task * blocksPerTask; block < Math.Min(blockCount, (task + 1) * blocksPerTask); block++)
                {
                    int from = block * Columns;
                    var part = new ReadOnlySpan<T>(pinned + from, Math.Min(Columns, count - from));
                    int bad = Build(part, ref scratch, first.AsSpan(from, Columns), middle.AsSpan(from, Columns), low.AsSpan(from, Columns), out sums[block]);
                    if (bad == 0) continue;
                    wrong[task] = from + (long)bad;
                    break;
                }
            });
        }

        foreach (long row in wrong)
            if (row > 0)
                throw new UnusableDataException($"The weight {double.CreateChecked(weights[(int)row - 1]):R} is not usable: a weight is a finite number "
                    + $"of 0 or more.", row: row);
        double total = CompensatedSum.Of(sums);
        if (total == 0) throw new UnusableDataException("All weights are zero, so no row can be drawn: give at least one row a positive weight.");
        if (!double.IsFinite(total)) throw new UnusableDataException("The weights add up to more than a double holds: divide them all by a common number.");
        return new WeightedTable(first, middle, low, new AliasTable(sums));
    }

    /// <summary>Draws rows with the random numbers of a block of an epoch.</summary>
    /// <param name="epochSeed">The seed of the epoch.</param>
    /// <param name="block">The number of the block.</param>
    /// <param name="skip">How many draws of the block come before the first one that is wanted.</param>
    /// <param name="destination">Takes the rows.</param>
    [SkipLocalsInit]
    internal void Draw(long epochSeed, long block, int skip, Span<long> destination)
    {
        // The products that find the blocks (later the columns), the numbers they come from, and those that choose within the blocks: parts of one buffer, so
        // that a draw has one address and constants in the loops below. The products end with zeros, for which blocks are fetched ahead but not drawn.
        Span<ulong> numbers = stackalloc ulong[3 * Part], scaled = numbers[..Part], bits = numbers.Slice(Part, SamplerBlocks.Size);
        SamplerBlocks.RandomBits(epochSeed, block, bits, numbers.Slice(2 * Part, SamplerBlocks.Size));
        blocks.Scale(bits, scaled);
        scaled[SamplerBlocks.Size..].Clear();
        ref ulong from = ref MemoryMarshal.GetReference(scaled[..SamplerBlocks.Size].Slice(skip, destination.Length));
        if (blocks.Count > NearBlocks) Draw(ref from, destination, far: true);
        else Draw(ref from, destination, far: false);
    }

    /// <summary>The loops of a block; the constant <paramref name="far"/> is known where they are inlined.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void Draw(ref ulong scaled, Span<long> destination, bool far)
    {
        int count = destination.Length, start = Math.Min(EntriesAhead, count);
        ref long rows = ref MemoryMarshal.GetReference(destination);
        ref ushort table = ref MemoryMarshal.GetArrayDataReference(first);
        if (far)
            for (int i = 0; i < BlocksAhead; i++) blocks.Fetch(Unsafe.Add(ref scaled, i));
        for (int i = 0; i < start; i++) Begin(ref Unsafe.Add(ref scaled, i), ref table, far);
        for (int i = start; i < count; i++)
        {
            Begin(ref Unsafe.Add(ref scaled, i), ref table, far);
            Unsafe.Add(ref rows, i - start) = End(ref Unsafe.Add(ref scaled, i - start), ref table);
        }

        for (int i = count - start; i < count; i++) Unsafe.Add(ref rows, i) = End(ref Unsafe.Add(ref scaled, i), ref table);
    }

    /// <summary>Finds the column of a draw and has its entry fetched, for which the draws between here and <see cref="End"/> leave the time.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void Begin(ref ulong scaled, ref ushort table, bool far)
    {
        if (far) blocks.Fetch(Unsafe.Add(ref scaled, BlocksAhead));
        uint column = (uint)blocks.DrawScaled(scaled, Unsafe.Add(ref scaled, Part)) << ColumnBits | (uint)(
            Unsafe.Add(ref scaled, 2 * Part) >> (64 - ColumnBits));
        scaled = column;
        Prefetch(ref Unsafe.Add(ref table, column));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private long End(ref ulong scaled, ref ushort table)
    {
        uint column = (uint)scaled;
        ulong choice = Unsafe.Add(ref scaled, 2 * Part);
        uint entry = Unsafe.Add(ref table, column);
        int above = (int)((uint)(byte)(choice >> (UnitBits - 8)) - (entry >> ColumnBits));
        if (above == 0) return (choice & RestMask) < Threshold((int)column) ? column : column ^ (byte)entry;
        return column ^ (byte)entry & ~(uint)(above >> 31);
    }

    /// <summary>The probability with which a row is drawn.</summary>
    internal double Probability(int row)
    {
        int begin = row / Columns * Columns;
        ulong units = 0;
        for (int column = begin; column < begin + Columns; column++)
        {
            int alias = column ^ (byte)first[column];
            ulong kept = alias == column ? Unit : Threshold(column);
            if (column == row) units += kept;
            else if (alias == row) units += Unit - kept;
        }

        return blocks.Probability(row / Columns) * units / Unit / Columns;
    }

    private ulong Threshold(int column) =>
        (ulong)first[column] >> ColumnBits << (UnitBits - 8) | (ulong)middle[column] << LowBits | low[column];

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static unsafe void Prefetch(ref ushort entry)
    {
        if (Sse.IsSupported) Sse.Prefetch1(Unsafe.AsPointer(ref entry));
    }

    /// <summary>Builds one block and returns the place of its first bad weight from 1, 0 if there is none.</summary>
    private static int Build<T>(ReadOnlySpan<T> weights, ref Scratch scratch, Span<ushort> first, Span<ushort> middle, Span<uint> low, out double sum)
        where T : unmanaged, INumber<T>
    {
        Span<ulong> units = scratch.Units;
        Span<double> shares = scratch.Weights;
        var exact = new CompensatedSum();
        double largest = 0;
        int heaviest = 0;
        for (int i = 0; i < weights.Length; i++)
        {
            double weight = double.CreateTruncating(weights[i]);
            shares[i] = weight;
            exact.Add(weight);
            if (weight > largest) (largest, heaviest) = (weight, i);
        }

        sum = exact.Value;
        if (!(sum > 0 && sum <= double.MaxValue && largest > 0)
            || System.Numerics.Tensors.TensorPrimitives.Min((ReadOnlySpan<double>)shares[..weights.Length]) < 0)
        {
            first.Clear();
            middle.Clear();
            low.Clear();
            for (int i = 0; i < weights.Length; i++)
                if (!(shares[i] >= 0 && shares[i] <= double.MaxValue)) return i + 1;
            return 0;
        }

        // In parts of the largest, so that very small and very large weights stay in range.
        double scale = Columns / (sum / largest) * Unit;
        ulong total = 0;
        for (int i = 0; i < weights.Length; i++)
        {
            double share = shares[i];
            ulong unit = (ulong)(share / largest * scale + 0.5);
            if (unit == 0 && share > 0) unit = 1;
            units[i] = unit;
            total += unit;
        }

        units[weights.Length..].Clear();
        units[heaviest] += ((ulong)Columns << UnitBits) - total;
        Sweep(units, ref scratch, first, middle, low);
        return 0;
    }

    private static void Sweep(ReadOnlySpan<ulong> units, ref Scratch scratch, Span<ushort> first, Span<ushort> middle, Span<uint> low)
    {
        Span<byte> light = scratch.Light, heavy = scratch.Heavy;
        int lights = 0, heavies = 0;
        for (int i = 0; i < Columns; i++)
        {
            light[lights] = heavy[heavies] = (byte)i;
            int below = units[i] < Unit ? 1 : 0;
            lights += below;
            heavies += 1 - below;
        }

        int nextLight = 0, nextHeavy = 1, donor = heavy[0];
        ulong left = units[donor];
        while (true)
        {
            int column, alias;
            ulong threshold;
            if (left >= Unit)
            {
                if (nextLight == lights) break;
                (column, alias) = (light[nextLight++], donor);
                threshold = units[column];
                left -= Unit - threshold;
            }
            else
            {
                (column, alias, threshold) = (donor, heavy[nextHeavy++], left);
                left = units[alias] - (Unit - left);
                donor = alias;
            }

            first[column] = (ushort)(threshold >> (UnitBits - 8) << ColumnBits | (uint)(column ^ alias));
            middle[column] = (ushort)(threshold >> LowBits);
            low[column] = (uint)threshold & ((1u << LowBits) - 1);
        }

        // The units add up exactly: what is left is one unit for each heavy row that is left, which is its own alias.
        for (int i = nextHeavy - 1; i < heavies; i++) (first[heavy[i]], middle[heavy[i]], low[heavy[i]]) = (0, 0, 0);
    }

    [InlineArray(Columns)]
    private struct Numbers<T>
    {
        private T item;
    }

    private struct Scratch
    {
        internal Numbers<double> Weights;
        internal Numbers<ulong> Units;
        internal Numbers<byte> Light, Heavy;
    }
}
