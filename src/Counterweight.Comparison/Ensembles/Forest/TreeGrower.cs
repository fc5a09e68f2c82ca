using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Counterweight.Comparison;

/// <summary>Grows classification trees of Breiman and others (1984), one after another in the same memory: every split is the best by the Gini impurity among
/// some columns drawn for it.</summary>
/// <remarks>
/// <para>A split is sought among mtry columns, and among more until one of them varies in the node (as in scikit-learn). Missing numbers go to the side that
/// suits them; those met for the first time go where most rows went. Categories are split as sets: in the order of a class's share among their rows, which for
/// two classes finds the best of all sets (Breiman and others, 1984, theorem 4.5); for more classes the order of each class is tried.</para>
/// <para>A row that was drawn several times is one row that counts so often. The trees do not depend on the order of the rows.</para>
/// </remarks>
internal sealed class TreeGrower
{
    private readonly ColumnBins bins;
    private readonly int[] labels;
    private readonly int classes, columnsPerSplit;
    private readonly int[] columns, counts, left, right, order, found;
    private readonly bool[] goesLeft;
    private readonly byte[] met;

    // How many rows of a class have a code. For two classes both numbers share a word, the second in its upper half.
    private readonly int[] cells;
    private readonly ulong[] pairs;
    private readonly Stack<(int From, int To, int Parent, int Zeros, int Ones)> waiting = new();
    private readonly List<double> shares = [];
    private readonly List<ulong> sets = [];

    // Of the rows of a tree: their codes, column after column; their order; class and number of draws.
    private ushort[] codes = [], drawnCodes = [];
    private int[] rows = [], spare = [], own = [], times = [];
    private ulong[] packed = [];
    private TreeNode[] nodes = [];
    private int count, grown;
    private SeededRandom random;

    /// <summary>Prepares to grow.</summary>
    /// <param name="bins">The columns.</param>
    /// <param name="labels">The label of every row of the data.</param>
    /// <param name="classes">K.</param>
    /// <param name="columnsPerSplit">mtry.</param>
    internal TreeGrower(ColumnBins bins, int[] labels, int classes, int columnsPerSplit)
    {
        (this.bins, this.labels, this.classes, this.columnsPerSplit) = (bins, labels, classes, columnsPerSplit);
        int most = bins.MostCodes;
        (columns, counts, left, right) = (new int[bins.Columns], new int[classes], new int[classes], new int[classes]);
        (order, found, goesLeft) = (new int[most], new int[most], new bool[most]);
        met = new byte[(most + Vector256<byte>.Count - 1) / Vector256<byte>.Count * Vector256<byte>.Count];
        (cells, pairs) = classes == 2 ? (Array.Empty<int>(), new ulong[most]) : (new int[most * classes], Array.Empty<ulong>());
    }

    /// <summary>Grows a tree.</summary>
    /// <param name="drawn">Rows, each of them once.</param>
    /// <param name="often">How often each was drawn.</param>
    /// <param name="generator">Draws the columns of the splits.</param>
    internal GiniTree Grow(ReadOnlySpan<int> drawn, ReadOnlySpan<int> often, SeededRandom generator)
    {
        random = generator;
        Take(drawn, often);
        Array.Clear(counts);
        for (int i = 0; i < count; i++) counts[own[i]] += times[i];
        waiting.Push((0, count, -1, counts[0], counts[1]));

        // Parents wait for the place of their right child; left children come at once.
        while (waiting.TryPop(out (int From, int To, int Parent, int Zeros, int Ones) node))
        {
            (int from, int to, int parent, int zeros, int ones) = node;
            if (parent >= 0) nodes[parent] = nodes[parent] with { Right = grown };
            while (true)
            {
                int size = Count(from, to, zeros, ones);
                if (!Best(from, to, size, out Split best))
                {
                    Leaf(size);
                    break;
                }

                int middle = Part(from, to, size, best);
                waiting.Push((middle, to, grown - 1, zeros - best.Zeros, ones - best.Ones));
                (to, zeros, ones) = (middle, best.Zeros, best.Ones);
            }
        }

        var tree = new GiniTree(nodes.AsSpan(0, grown).ToArray(), [.. shares], [.. sets], classes);
        shares.Clear();
        sets.Clear();
        return tree;
    }

    /// <summary>Puts the codes of the drawn rows side by side, so that a tree works in a small piece of memory.</summary>
    private void Take(ReadOnlySpan<int> drawn, ReadOnlySpan<int> often)
    {
        (count, grown) = (drawn.Length, 0);
        if (rows.Length < count)
        {
            (rows, spare, own, times) = (new int[count], new int[count], new int[count], new int[count]);
            (packed, nodes) = (classes == 2 ? new ulong[count] : [], new TreeNode[2 * count]);
            (codes, drawnCodes) = (new ushort[checked(count * columns.Length)], new ushort[count * columns.Length]);
        }

        for (int i = 0; i < count; i++)
        {
            int label = labels[drawn[i]];
            (rows[i], own[i], times[i]) = (i, label, often[i]);
            if (classes == 2) packed[i] = (ulong)often[i] << (32 * label);
            bins[drawn[i]].CopyTo(drawnCodes.AsSpan(i * columns.Length));
        }

        // Rows that lie far apart are fetched first, and turned into columns then.
        ReadOnlySpan<ushort> from = drawnCodes;
        for (int i = 0; i < count; i++)
        {
            int at = i;
            foreach (ushort code in from.Slice(i * columns.Length, columns.Length))
            {
                codes[at] = code;
                at += count;
            }
        }

        for (int c = 0; c < columns.Length; c++) columns[c] = c;
    }

    /// <summary>Counts the rows of each class in a node and returns their sum.</summary>
    private int Count(int from, int to, int zeros, int ones)
    {
        if (classes == 2)
        {
            (counts[0], counts[1]) = (zeros, ones);
            return zeros + ones;
        }

        Array.Clear(counts);
        foreach (int row in rows.AsSpan(from, to - from)) counts[own[row]] += times[row];
        int size = 0;
        foreach (int c in counts) size += c;
        return size;
    }

    private void Leaf(int size)
    {
        int only = Array.IndexOf(counts, size);
        nodes[grown] = new TreeNode(0, float.NaN, grown, ~(only >= 0 ? only : classes + shares.Count));
        grown++;
        if (only < 0)
            foreach (int c in counts) shares.Add((double)c / size);
    }

    private bool Best(int from, int to, int size, out Split best)
    {
        best = new Split { Score = double.NegativeInfinity };
        int most = 0;
        foreach (int c in counts) most = Math.Max(most, c);
        if (most == size) return false;
        for (int tried = 0; tried < columns.Length; tried++)
        {
            if (tried >= columnsPerSplit && best.Score > double.NegativeInfinity) break;
            int pick = tried + random.NextInt32(columns.Length - tried);
            (columns[tried], columns[pick]) = (columns[pick], columns[tried]);
            Try(columns[tried], from, to, size, ref best);
        }

        return best.Score > double.NegativeInfinity;
    }

    private void Try(int column, int from, int to, int size, ref Split best)
    {
        Span<int> groups = order.AsSpan(0, Tally(column, from, to));
        if (groups.Length > 1)
        {
            if (bins.Levels[column] == 0) Scan(column, size, groups, ref best);
            else
                for (int c = classes == 2 ? 1 : 0; c < classes; c++)
                    if (counts[c] > 0) ScanCategories(column, size, c, groups, ref best);
        }

        if (classes == 2)
            foreach (int group in groups) pairs[group] = 0;
        else
            foreach (int group in groups) cells.AsSpan(group * classes, classes).Clear();
    }

    /// <summary>Counts the rows of a node by code and class, and puts the codes that occur into <see cref="order"/>, ascending; returns their number.</summary>
    private int Tally(int column, int from, int to)
    {
        ReadOnlySpan<int> node = rows.AsSpan(from, to - from);
        ref ushort code = ref Unsafe.Add(ref MemoryMarshal.GetArrayDataReference(codes), (nint)column * count);
        ref byte mark = ref MemoryMarshal.GetArrayDataReference(met);
        if (classes == 2)
        {
            ref ulong pair = ref MemoryMarshal.GetArrayDataReference(pairs), number = ref MemoryMarshal.GetArrayDataReference(packed);
            foreach (int row in node)
            {
                nint group = Unsafe.Add(ref code, row);
                Unsafe.Add(ref pair, group) += Unsafe.Add(ref number, row);
                Unsafe.Add(ref mark, group) = 1;
            }
        }
        else
        {
            foreach (int row in node)
            {
                int group = Unsafe.Add(ref code, row);
                cells[(group * classes) + own[row]] += times[row];
                Unsafe.Add(ref mark, group) = 1;
            }
        }

        int groups = 0;
        for (int first = 0; first < met.Length; first += Vector256<byte>.Count)
        {
            Vector256<byte> some = Vector256.LoadUnsafe(ref mark, (nuint)first);
            if (some == Vector256<byte>.Zero) continue;
            Vector256.StoreUnsafe(Vector256<byte>.Zero, ref mark, (nuint)first);
            for (uint bits = Vector256.Equals(some, Vector256<byte>.One).ExtractMostSignificantBits(); bits != 0; bits &= bits - 1)
                order[groups++] = first + BitOperations.TrailingZeroCount(bits);
        }

        return groups;
    }

    private int Of(int group, int c) => classes == 2 ? (int)(pairs[group] >> (32 * c)) : cells[(group * classes) + c];

    private void ScanCategories(int column, int size, int c, Span<int> groups, ref Split best)
    {
        Span<double> share = groups.Length <= 512 ? stackalloc double[groups.Length] : new double[groups.Length];
        for (int g = 0; g < groups.Length; g++)
        {
            int all = 0;
            for (int other = 0; other < classes; other++) all += Of(groups[g], other);
            share[g] = (double)Of(groups[g], c) / all;
        }

        share.Sort(groups);
        double before = best.Score;
        Walk(column, size, groups, missing: false, start: -1, ref best);
        if (best.Score > before) groups.CopyTo(found);
        groups.Sort();
    }

    private void Scan(int column, int size, ReadOnlySpan<int> groups, ref Split best)
    {
        if (groups[0] != 0)
        {
            Walk(column, size, groups, missing: false, start: -1, ref best);
            return;
        }

        // Missing values on the right, then on the left.
        Walk(column, size, groups[1..], missing: true, start: -1, ref best);
        Walk(column, size, groups[1..], missing: true, start: 0, ref best);
    }

    /// <summary>Moves group after group to the left and keeps the best place to split, by sum l_c^2 / l + sum r_c^2 / r: the larger, the purer.</summary>
    private void Walk(int column, int size, ReadOnlySpan<int> groups, bool missing, int start, ref Split best)
    {
        double before = best.Score;
        if (classes == 2) WalkTwo(size, groups, start, ref best);
        else WalkMany(size, groups, start, ref best);
        if (best.Score <= before) return;
        int g = best.Last;
        best.Column = column;
        best.MissingLeft = start >= 0;
        best.Missing = missing;
        if (bins.Levels[column] > 0) return;
        best.Next = g + 1 < groups.Length ? groups[g + 1] : -1;
        best.Last = groups[g];
    }

    private void WalkMany(int size, ReadOnlySpan<int> groups, int start, ref Split best)
    {
        int lefts = 0;
        left.AsSpan().Clear();
        counts.CopyTo(right.AsSpan());
        long leftSquares = 0, rightSquares = 0;
        foreach (int c in counts) rightSquares += (long)c * c;
        for (int g = start >= 0 ? -1 : 0; g < groups.Length; g++)
        {
            ReadOnlySpan<int> moved = cells.AsSpan((g < 0 ? start : groups[g]) * classes, classes);
            for (int c = 0; c < moved.Length; c++)
            {
                long n = moved[c];
                if (n == 0) continue;
                leftSquares += n * ((2L * left[c]) + n);
                rightSquares += n * (n - (2L * right[c]));
                left[c] += (int)n;
                right[c] -= (int)n;
                lefts += (int)n;
            }

            if (lefts == size) break;
            if (g < 0) continue;
            double score = ((double)leftSquares / lefts) + ((double)rightSquares / (size - lefts));
            if (score > best.Score) (best.Score, best.Last, best.Zeros, best.Ones) = (score, g, lefts, 0);
        }
    }

    /// <summary>The same for two classes.</summary>
    private void WalkTwo(int size, ReadOnlySpan<int> groups, int start, ref Split best)
    {
        double zeros = counts[0], ones = counts[1], highest = best.Score;
        ulong all = start >= 0 ? pairs[start] : 0, at = 0;
        int last = -1;
        for (int g = 0; g < groups.Length; g++)
        {
            all += pairs[groups[g]];
            double left0 = (int)all, left1 = (int)(all >> 32), lefts = left0 + left1, rights = size - lefts, right0 = zeros - left0, right1 = ones - left1;
            if (rights == 0) break;
            double score = (((left0 * left0) + (left1 * left1)) * rights + (((right0 * right0) + (right1 * right1)) * lefts)) / (lefts * rights);
            if (score > highest) (highest, last, at) = (score, g, all);
        }

        if (last >= 0) (best.Score, best.Last, best.Zeros, best.Ones) = (highest, last, (int)at, (int)(at >> 32));
    }

    /// <summary>Adds the node of a split and parts the rows, in their order; returns where the right ones begin.</summary>
    private int Part(int from, int to, int size, in Split best)
    {
        int levels = bins.Levels[best.Column];
        bool mostLeft = 2 * (best.Zeros + best.Ones) >= size;
        ReadOnlySpan<ushort> code = codes.AsSpan(best.Column * count, count);
        if (levels == 0)
        {
            // Without a branch: which way a row goes cannot be foretold. Code 0, a missing value, is left out by an overflow.
            uint first = best.MissingLeft ? 0u : 1, span = (uint)best.Last - first;
            int lefts = from, rights = 0;
            for (int i = from; i < to; i++)
            {
                int row = rows[i], goesRight = Unsafe.BitCast<bool, byte>(code[row] - first > span);
                rows[lefts] = spare[rights] = row;
                lefts += 1 - goesRight;
                rights += goesRight;
            }

            spare.AsSpan(0, rights).CopyTo(rows.AsSpan(lefts));
            nodes[grown++] = new TreeNode(
                best.Column, bins.Between(best.Column, best.Last, best.Next), 0, (best.Missing ? best.MissingLeft : mostLeft) ? 1 : 0);
            return lefts;
        }

        for (int g = 0; g <= best.Last; g++) goesLeft[found[g]] = true;
        int middle = from, others = 0;
        for (int i = from; i < to; i++)
        {
            int row = rows[i];
            if (goesLeft[code[row]]) rows[middle++] = row;
            else spare[others++] = row;
        }

        spare.AsSpan(0, others).CopyTo(rows.AsSpan(middle));
        if (mostLeft)
        {
            // Categories that the node has not met go with most of its rows.
            goesLeft.AsSpan(0, levels).Fill(true);
            for (int i = middle; i < to; i++) goesLeft[code[rows[i]]] = false;
        }

        nodes[grown++] = new TreeNode(best.Column, 0, 0, 2 + sets.Count);
        int words = (levels + 63) / 64, begin = sets.Count + 1;
        sets.Add((ulong)words);
        for (int w = 0; w < words; w++) sets.Add(0);
        for (int c = 0; c < levels; c++)
            if (goesLeft[c]) sets[begin + (c >> 6)] |= 1UL << (c & 63);
        Array.Clear(goesLeft);
        return middle;
    }

    /// <summary>The best split of a node so far.</summary>
    private struct Split
    {
        internal double Score;

        /// <summary>The last code that goes left and the next that occurs, -1 if none; of categories the place of the last in <see cref="found"/>.</summary>
        internal int Column, Last, Next;

        /// <summary>The rows on the left, of two classes apart; of more the first is their sum.</summary>
        internal int Zeros, Ones;

        /// <summary>Whether missing values occur, and whether they go left.</summary>
        internal bool Missing, MissingLeft;
    }
}
