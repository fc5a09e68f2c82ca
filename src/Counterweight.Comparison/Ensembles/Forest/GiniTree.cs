using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Counterweight.Comparison;

/// <summary>A node of a tree. The left child follows its parent.</summary>
/// <param name="Column">The column that is looked at; 0 for a leaf.</param>
/// <param name="Threshold">Numbers up to it go left; not a number for a leaf.</param>
/// <param name="Right">The right child; a leaf itself.</param>
/// <param name="Payload">Of a leaf: the complement of its class, or of K + where its shares begin. Of a number: 1 if missing values go left. Of a category: 2 + where the set of those that go left begins.</param>
[StructLayout(LayoutKind.Sequential)]
internal readonly record struct TreeNode(int Column, float Threshold, int Right, int Payload);

/// <summary>A fully grown classification tree of Breiman and others (1984): every split is the best by the Gini impurity among some columns drawn for it.</summary>
/// <remarks>
/// <para>A split is sought among mtry columns, and among more until one of them varies in the node (as in scikit-learn). Missing numbers go to the side that suits them; those met for the
/// first time go where most rows went. Categories are split as sets: in the order of a class's share among their rows, which for two classes finds the best of all sets (Breiman and others,
/// 1984, theorem 4.5); for more classes the order of each class is tried.</para>
/// </remarks>
internal sealed class GiniTree
{
    /// <summary>How many rows go down a tree side by side.</summary>
    private const int Abreast = 16;

    private const int ColumnBits = 12, MostColumns = 1 << ColumnBits;

    private readonly TreeNode[] nodes;
    private readonly double[] shares;
    private readonly ulong[] sets;
    private readonly ulong[]? packed;
    private readonly int classes;

    private GiniTree(TreeNode[] nodes, double[] shares, ulong[] sets, int classes) => (this.nodes, this.shares, this.sets, this.classes, packed) = (nodes, shares, sets, classes, Pack(nodes, sets));

    /// <summary>Grows a tree.</summary>
    /// <param name="bins">The columns.</param>
    /// <param name="rows">The rows; a row that was drawn twice is there twice.</param>
    /// <param name="labels">The label of every row of the data.</param>
    /// <param name="classes">K.</param>
    /// <param name="columnsPerSplit">mtry.</param>
    /// <param name="random">The generator.</param>
    internal static GiniTree Grow(ColumnBins bins, ReadOnlySpan<int> rows, ReadOnlySpan<int> labels, int classes, int columnsPerSplit, SeededRandom random) =>
        new Grower(bins, rows, labels, classes, columnsPerSplit, random).Grow();

    /// <summary>Adds the shares of the classes in the leaf of each row to sums.</summary>
    /// <param name="values">n x D values, row by row.</param>
    /// <param name="columns">D.</param>
    /// <param name="whole">Whether no value is missing.</param>
    /// <param name="sums">n x K.</param>
    internal void AddTo(ReadOnlySpan<float> values, int columns, bool whole, Span<double> sums)
    {
        int rows = values.Length / columns, row = 0;
        if (whole && packed is not null)
            for (; row <= rows - Abreast; row += Abreast) Descend(values.Slice(row * columns, Abreast * columns), columns, sums.Slice(row * classes, Abreast * classes));
        for (; row < rows; row++)
        {
            ReadOnlySpan<float> cells = values.Slice(row * columns, columns);
            int at = 0;
            TreeNode node;
            while ((node = nodes[at]).Payload >= 0)
            {
                float value = cells[node.Column];
                at = (node.Payload >= 2 ? Holds(node.Payload - 2, (int)value) : value <= node.Threshold || (node.Payload == 1 && float.IsNaN(value))) ? at + 1 : node.Right;
            }

            Leaf(~node.Payload, sums[(row * classes)..]);
        }
    }

    /// <summary>Several rows go down side by side, since each step of one waits for memory.</summary>
    private void Descend(ReadOnlySpan<float> values, int columns, Span<double> sums)
    {
        Span<int> at = stackalloc int[Abreast];
        at.Clear();
        ref ulong first = ref MemoryMarshal.GetArrayDataReference(packed!);
        int moved;
        do
        {
            moved = 0;
            ref float cells = ref MemoryMarshal.GetReference(values);
            foreach (ref int node in at)
            {
                ulong bits = Unsafe.Add(ref first, node);
                bool left = Unsafe.Add(ref cells, (int)(bits >> 32) & (MostColumns - 1)) <= BitConverter.UInt32BitsToSingle((uint)bits);

                // Without a branch: which way a row goes cannot be foretold.
                int right = (int)(bits >> (32 + ColumnBits)), step = right ^ ((right ^ 1) & -Unsafe.BitCast<bool, byte>(left));
                node += step;
                moved |= step;
                cells = ref Unsafe.Add(ref cells, columns);
            }
        }
        while (moved != 0);
        for (int i = 0; i < at.Length; i++) Leaf(~nodes[at[i]].Payload, sums[(i * classes)..]);
    }

    /// <summary>Of each node the threshold, the column and how far the right child is: all that a row without gaps needs. Null where they do not fit or there are sets.</summary>
    private static ulong[]? Pack(TreeNode[] nodes, ulong[] sets)
    {
        if (sets.Length > 0) return null;
        ulong[] packed = new ulong[nodes.Length];
        for (int i = 0; i < nodes.Length; i++)
        {
            int step = nodes[i].Right - i;
            if (nodes[i].Column >= MostColumns || step >= 1 << (32 - ColumnBits)) return null;
            packed[i] = BitConverter.SingleToUInt32Bits(nodes[i].Threshold) | ((ulong)nodes[i].Column << 32) | ((ulong)step << (32 + ColumnBits));
        }

        return packed;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void Leaf(int payload, Span<double> sums)
    {
        if (payload < classes) sums[payload]++;
        else
            for (int c = 0; c < classes; c++) sums[c] += shares[payload - classes + c];
    }

    internal void Write(BinaryWriter writer)
    {
        writer.Write(nodes.Length);
        foreach (TreeNode node in nodes)
        {
            writer.Write(node.Column);
            writer.Write(node.Threshold);
            writer.Write(node.Right);
            writer.Write(node.Payload);
        }

        writer.Write(shares.Length);
        foreach (double share in shares) writer.Write(share);
        writer.Write(sets.Length);
        foreach (ulong word in sets) writer.Write(word);
    }

    /// <summary>Reads a tree and checks every index that a prediction will follow.</summary>
    internal static GiniTree Read(BinaryReader reader, int classes, int columns)
    {
        var nodes = new TreeNode[Length(reader, 16)];
        for (int i = 0; i < nodes.Length; i++) nodes[i] = new TreeNode(reader.ReadInt32(), reader.ReadSingle(), reader.ReadInt32(), reader.ReadInt32());
        double[] shares = new double[Length(reader, 8)];
        for (int i = 0; i < shares.Length; i++) shares[i] = reader.ReadDouble();
        ulong[] sets = new ulong[Length(reader, 8)];
        for (int i = 0; i < sets.Length; i++) sets[i] = reader.ReadUInt64();
        bool whole = nodes.Length > 0 && shares.All(s => s is >= 0 and <= 1);
        for (int i = 0; i < nodes.Length && whole; i++)
        {
            TreeNode node = nodes[i];
            whole = node.Payload < 0
                ? node.Column == 0 && node.Right == i && float.IsNaN(node.Threshold) && ~node.Payload < (shares.Length == 0 ? classes : shares.Length + 1)
                : node.Column >= 0 && node.Column < columns && node.Right > i + 1 && node.Right < nodes.Length
                    && (node.Payload < 2 || (node.Payload - 2 < sets.Length && sets[node.Payload - 2] < (ulong)(sets.Length - node.Payload + 2)));
        }

        return whole ? new GiniTree(nodes, shares, sets, classes) : throw new InvalidDataException("A tree points out of itself.");
    }

    private static int Length(BinaryReader reader, int size)
    {
        int length = reader.ReadInt32();
        return length >= 0 && (long)length * size <= reader.BaseStream.Length - reader.BaseStream.Position ? length : throw new InvalidDataException("It is cut off.");
    }

    private bool Holds(int set, int category)
    {
        int word = category >> 6;
        return (ulong)word < sets[set] && (sets[set + 1 + word] >> (category & 63) & 1) != 0;
    }

    /// <summary>The best split of a node so far.</summary>
    private struct Split
    {
        internal double Score;
        internal int Column, Last, Next;
        internal bool MissingLeft;
    }

    private ref struct Grower
    {
        private readonly ColumnBins bins;
        private readonly int classes, columnsPerSplit, count;
        private readonly int[] rows, own, order, columns, counts, left, right, spare, found, histogram;
        private readonly ushort[][] codes;
        private readonly bool[] goesLeft;
        private readonly ulong[] present;
        private readonly List<TreeNode> nodes;
        private readonly List<double> shares = [];
        private readonly List<ulong> sets = [];
        private SeededRandom random;

        internal Grower(ColumnBins bins, ReadOnlySpan<int> drawn, ReadOnlySpan<int> labels, int classes, int columnsPerSplit, SeededRandom random)
        {
            (this.bins, this.classes, this.columnsPerSplit, this.random, count) = (bins, classes, columnsPerSplit, random, drawn.Length);
            (rows, own, spare) = (new int[count], new int[count], new int[count]);
            for (int i = 0; i < count; i++) (rows[i], own[i]) = (i, labels[drawn[i]]);

            // The codes of the drawn rows lie side by side, so that a tree works in a small piece of memory.
            codes = new ushort[bins.Columns][];
            for (int c = 0; c < codes.Length; c++)
            {
                ReadOnlySpan<ushort> all = bins[c];
                ushort[] some = codes[c] = new ushort[count];
                for (int i = 0; i < some.Length; i++) some[i] = all[drawn[i]];
            }

            columns = [.. Enumerable.Range(0, bins.Columns)];
            (counts, left, right) = (new int[classes], new int[classes], new int[classes]);
            (order, found, goesLeft) = (new int[bins.MostCodes], new int[bins.MostCodes], new bool[bins.MostCodes]);
            histogram = new int[bins.MostCodes * classes];
            present = new ulong[(bins.MostCodes + 63) / 64];
            nodes = new List<TreeNode>(count);
        }

        internal GiniTree Grow()
        {
            // Parents wait for the place of their right child; left children come at once.
            var waiting = new Stack<(int From, int To, int Parent)>();
            waiting.Push((0, count, -1));
            while (waiting.TryPop(out (int From, int To, int Parent) node))
            {
                if (node.Parent >= 0) nodes[node.Parent] = nodes[node.Parent] with { Right = nodes.Count };
                int from = node.From, to = node.To;
                while (true)
                {
                    Array.Clear(counts);
                    for (int i = from; i < to; i++) counts[own[rows[i]]]++;
                    if (!Best(from, to, out Split best))
                    {
                        Leaf(to - from);
                        break;
                    }

                    int middle = Part(from, to, best);
                    waiting.Push((middle, to, nodes.Count - 1));
                    to = middle;
                }
            }

            return new GiniTree([.. nodes], [.. shares], [.. sets], classes);
        }

        private readonly void Leaf(int size)
        {
            int only = Array.IndexOf(counts, size);
            nodes.Add(new TreeNode(0, float.NaN, nodes.Count, ~(only >= 0 ? only : classes + shares.Count)));
            if (only < 0)
                foreach (int c in counts) shares.Add((double)c / size);
        }

        private bool Best(int from, int to, out Split best)
        {
            best = new Split { Score = double.NegativeInfinity };
            int size = to - from, most = 0;
            foreach (int c in counts) most = Math.Max(most, c);
            if (most == size) return false;
            for (int tried = 0; tried < columns.Length; tried++)
            {
                if (tried >= columnsPerSplit && best.Score > double.NegativeInfinity) break;
                int pick = tried + random.NextInt32(columns.Length - tried);
                (columns[tried], columns[pick]) = (columns[pick], columns[tried]);
                Try(columns[tried], from, to, ref best);
            }

            return best.Score > double.NegativeInfinity;
        }

        private readonly void Try(int column, int from, int to, ref Split best)
        {
            ReadOnlySpan<ushort> code = codes[column];
            ReadOnlySpan<int> labels = own;
            Span<int> cells = histogram;
            Span<ulong> seen = present;
            int k = classes, groups = 0;
            foreach (int row in rows.AsSpan(from, to - from))
            {
                int group = code[row];
                seen[group >> 6] |= 1UL << (group & 63);
                cells[(group * k) + labels[row]]++;
            }

            for (int word = 0; word < seen.Length; word++)
                for (ulong left = seen[word]; left != 0; left &= left - 1) order[groups++] = (word << 6) + BitOperations.TrailingZeroCount(left);
            if (groups > 1)
            {
                if (bins.Levels[column] == 0) Scan(column, to - from, order.AsSpan(0, groups), ref best);
                else
                    for (int c = k == 2 ? 1 : 0; c < k; c++)
                        if (counts[c] > 0) ScanCategories(column, to - from, c, order.AsSpan(0, groups), ref best);
            }

            for (int g = 0; g < groups; g++) cells.Slice(order[g] * k, k).Clear();
            seen.Clear();
        }

        private readonly void ScanCategories(int column, int size, int c, Span<int> groups, ref Split best)
        {
            Span<double> share = groups.Length <= 512 ? stackalloc double[groups.Length] : new double[groups.Length];
            for (int g = 0; g < groups.Length; g++)
            {
                int all = 0;
                foreach (int n in histogram.AsSpan(groups[g] * classes, classes)) all += n;
                share[g] = (double)histogram[(groups[g] * classes) + c] / all;
            }

            share.Sort(groups);
            double before = best.Score;
            Walk(column, size, groups, start: -1, ref best);
            if (best.Score > before) groups.CopyTo(found);
            groups.Sort();
        }

        private readonly void Scan(int column, int size, ReadOnlySpan<int> groups, ref Split best)
        {
            if (groups[0] != 0)
            {
                Walk(column, size, groups, start: -1, ref best);
                return;
            }

            // Missing values on the right, then on the left.
            Walk(column, size, groups[1..], start: -1, ref best);
            Walk(column, size, groups[1..], start: 0, ref best);
        }

        /// <summary>Moves group after group to the left and keeps the best place to split, by sum l_c^2 / l + sum r_c^2 / r: the larger, the purer.</summary>
        private readonly void Walk(int column, int size, ReadOnlySpan<int> groups, int start, ref Split best)
        {
            if (classes == 2)
            {
                WalkTwo(column, size, groups, start, ref best);
                return;
            }

            int lefts = 0;
            left.AsSpan().Clear();
            counts.CopyTo(right.AsSpan());
            long leftSquares = 0, rightSquares = 0;
            foreach (int c in counts) rightSquares += (long)c * c;
            for (int g = start >= 0 ? -1 : 0; g < groups.Length; g++)
            {
                ReadOnlySpan<int> moved = histogram.AsSpan((g < 0 ? start : groups[g]) * classes, classes);
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
                if (g >= 0) Judge(((double)leftSquares / lefts) + ((double)rightSquares / (size - lefts)), column, groups, g, start, ref best);
            }
        }

        /// <summary>The same for two classes.</summary>
        private readonly void WalkTwo(int column, int size, ReadOnlySpan<int> groups, int start, ref Split best)
        {
            ReadOnlySpan<int> cells = histogram;
            double zeros = counts[0], ones = counts[1], left0 = 0, left1 = 0;
            if (start >= 0) (left0, left1) = (cells[2 * start], cells[(2 * start) + 1]);
            for (int g = 0; g < groups.Length; g++)
            {
                left0 += cells[2 * groups[g]];
                left1 += cells[(2 * groups[g]) + 1];
                double lefts = left0 + left1, rights = size - lefts, right0 = zeros - left0, right1 = ones - left1;
                if (rights == 0) break;
                double score = (((left0 * left0) + (left1 * left1)) * rights + (((right0 * right0) + (right1 * right1)) * lefts)) / (lefts * rights);
                if (score > best.Score) Judge(score, column, groups, g, start, ref best);
            }
        }

        private readonly void Judge(double score, int column, ReadOnlySpan<int> groups, int g, int start, ref Split best)
        {
            if (score <= best.Score) return;
            best = new Split
            {
                Score = score,
                Column = column,
                Last = bins.Levels[column] == 0 ? groups[g] : g,
                Next = g + 1 < groups.Length ? groups[g + 1] : -1,
                MissingLeft = start >= 0,
            };
        }

        /// <summary>Adds the node of a split and parts the rows, in their order; returns where the right ones begin.</summary>
        private readonly int Part(int from, int to, in Split best)
        {
            ushort[] code = codes[best.Column];
            bool categorical = bins.Levels[best.Column] > 0, missing = false;
            int lefts = from, rights = 0;
            if (categorical)
            {
                Array.Clear(goesLeft);
                for (int g = 0; g <= best.Last; g++) goesLeft[found[g]] = true;
            }

            for (int i = from; i < to; i++)
            {
                int row = rows[i], group = code[row];
                bool goes = categorical ? goesLeft[group] : group == 0 ? best.MissingLeft : group <= best.Last;
                missing |= group == 0;
                if (goes) rows[lefts++] = row;
                else spare[rights++] = row;
            }

            spare.AsSpan(0, rights).CopyTo(rows.AsSpan(lefts));
            bool mostLeft = lefts - from >= rights;
            if (!categorical) nodes.Add(new TreeNode(best.Column, bins.Between(best.Column, best.Last, best.Next), 0, (missing ? best.MissingLeft : mostLeft) ? 1 : 0));
            else
            {
                if (mostLeft)
                {
                    // Categories that the node has not met go with most of its rows.
                    goesLeft.AsSpan(0, bins.Levels[best.Column]).Fill(true);
                    for (int i = lefts; i < to; i++) goesLeft[code[rows[i]]] = false;
                }

                nodes.Add(new TreeNode(best.Column, 0, 0, 2 + sets.Count));
                int words = (bins.Levels[best.Column] + 63) / 64, start = sets.Count + 1;
                sets.Add((ulong)words);
                for (int w = 0; w < words; w++) sets.Add(0);
                for (int c = 0; c < bins.Levels[best.Column]; c++)
                    if (goesLeft[c]) sets[start + (c >> 6)] |= 1UL << (c & 63);
                Array.Clear(goesLeft);
            }

            return lefts;
        }
    }
}
