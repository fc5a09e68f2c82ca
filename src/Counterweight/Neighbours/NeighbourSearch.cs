using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Counterweight;

/// <summary>What a <see cref="NeighbourSearch{T}"/> is asked for each query.</summary>
internal enum SearchGoal
{
    /// <summary>The k rows with the smallest (key, row).</summary>
    Nearest,

    /// <summary>The k rows with the largest key; keys are kept negated.</summary>
    Farthest,

    /// <summary>Any k rows whose (key, row) is below the query's bound, or all of them if they are fewer.</summary>
    Within,
}

/// <summary>Answers queries on a <see cref="NeighbourTree{T}"/> in groups of queries that lie together.</summary>
internal sealed unsafe class NeighbourSearch<T>(
    NeighbourTree<T> tree, SampleMatrix<T> reference, SampleMatrix<T> queries, NeighbourDistance distance, SearchGoal goal, int k, int[]? own,
    int[]? some = null)
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private WordPanels? words;

    // How many queries are answered together: more where boxes leave little out anyway.
    private readonly int group = (tree.Columns <= 12 ? 64 : 128) / NeighbourKernels.Queries * NeighbourKernels.Queries;

    /// <summary>The number of queries.</summary>
    internal int Count { get; } = (own ?? some)?.Length ?? queries.Rows;

    /// <summary>Receives the keys, k per query.</summary>
    internal required double[] Keys { get; init; }

    /// <summary>Receives the rows, k per query; -1 where there are fewer.</summary>
    internal required int[] Rows { get; init; }

    /// <summary>For <see cref="SearchGoal.Within"/>: the key that a row must be below, or equal with a row number below <see cref="BoundRows"/>.</summary>
    internal double[]? Bounds { get; init; }

    /// <summary>For <see cref="SearchGoal.Within"/>: see <see cref="Bounds"/>; all 0 if null.</summary>
    internal int[]? BoundRows { get; init; }

    /// <summary>Receives for <see cref="SearchGoal.Within"/> how many rows were found; k means k or more.</summary>
    internal int[]? Found { get; init; }

    /// <summary>Rows of the reference that are left out; null for none.</summary>
    internal bool[]? Gone { get; init; }

    /// <summary>The most leaves scanned for a group of queries; fewer make the answer of <see cref="SearchGoal.Nearest"/> a good guess.</summary>
    internal int MostLeaves { get; init; } = int.MaxValue;

    /// <summary>Answers every query.</summary>
    internal void Run(int threads)
    {
        if (Count == 0) return;
        Array.Fill(Rows, -1);
        int[] order = QueryOrder(threads, out double largestNorm);
        words = Count >= WordPanels.FewestQueries ? tree.Words : null;
        if (words is not null && largestNorm > words.LargestNorm) words = null;
        if (goal != SearchGoal.Within)
        {
            RunGroups(order, threads, deferAfter: int.MaxValue);
            return;
        }

        // Most queries find k rows close by. The few that do not are gathered from their groups, so that they can be searched together.
        List<int> deferred = RunGroups(order, threads, deferAfter: 12);
        if (deferred.Count > 0) RunGroups([.. deferred], threads, deferAfter: int.MaxValue);
    }

    private List<int> RunGroups(int[] order, int threads, int deferAfter)
    {
        int groups = (order.Length + group - 1) / group;
        var deferred = new int[groups][];
        Parallel.For(0, groups, Threads.Options(threads), () => new Workspace(tree, goal, k, group), (g, _, work) =>
        {
            int[] left = Answer(work, order.AsSpan(g * group, Math.Min(group, order.Length - (g * group))), deferAfter);
            if (left.Length > 0) deferred[g] = left;
            return work;
        }, _ => { });
        var all = new List<int>();
        foreach (int[] some in deferred)
            if (some is not null) all.AddRange(some);
        return all;
    }

    /// <summary>The queries in an order in which neighbours lie together: that of the tree's leaves.</summary>
    private int[] QueryOrder(int threads, out double largestNorm)
    {
        var places = new int[Count];
        largestNorm = tree.Norms[0];
        if (own is not null)
        {
            for (int q = 0; q < Count; q++) places[q] = tree.Positions[own[q]];
        }
        else
        {
            const int block = 1024;
            int width = tree.Padded + tree.Categories;
            var norms = new double[(Count + block - 1) / block];
            Parallel.For(0, norms.Length, Threads.Options(threads), () => new float[width], (b, _, point) =>
            {
                fixed (float* p = point)
                fixed (float* boxes = tree.Boxes)
                    for (int q = b * block; q < Math.Min((b + 1) * block, Count); q++)
                    {
                        norms[b] = Math.Max(norms[b], tree.Round(RowOf(q), p).Norm);
                        places[q] = Descend(p, boxes);
                    }

                return point;
            }, _ => { });
            foreach (double norm in norms) largestNorm = Math.Max(largestNorm, norm);
        }

        return Counted(places);
    }

    /// <summary>The numbers 0, 1, ... in the order of their places (a counting sort).</summary>
    private static int[] Counted(int[] places)
    {
        int top = 0;
        foreach (int place in places) top = Math.Max(top, place);
        var starts = new int[top + 2];
        foreach (int place in places) starts[place + 1]++;
        for (int i = 1; i < starts.Length; i++) starts[i] += starts[i - 1];
        var order = new int[places.Length];
        for (int q = 0; q < places.Length; q++) order[starts[places[q]]++] = q;
        return order;
    }

    private int Descend(float* point, float* boxes)
    {
        int node = 0, padded = tree.Padded;
        bool absolute = tree.Kind == DistanceKind.Manhattan;
        while (tree.Rights[node] != 0)
        {
            float* left = boxes + ((long)(node + 1) * 2 * padded), right = boxes + ((long)tree.Rights[node] * 2 * padded);
            node = Boxes.Distance(point, left, left + padded, padded, absolute) <= Boxes.Distance(point, right, right + padded, padded, absolute)
                ? node + 1
                : tree.Rights[node];
        }

        return node;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private int[] Answer(Workspace work, ReadOnlySpan<int> asked, int deferAfter)
    {
        int count = asked.Length, padded = tree.Padded, width = padded + tree.Categories;
        bool absolute = tree.Kind == DistanceKind.Manhattan;
        work.Reset(count);
        bool interrupted = false;
        fixed (float* points = work.Points, boxes = tree.Boxes, low = work.Low, high = work.High, middle = work.Middle)
        {
            new Span<float>(low, padded).Fill(float.PositiveInfinity);
            new Span<float>(high, padded).Fill(float.NegativeInfinity);
            for (int i = 0; i < count; i++)
            {
                int q = asked[i];
                work.Query[i] = q;
                work.Self[i] = own is null ? -1 : own[q];
                work.Limit[i] = goal == SearchGoal.Within ? Bounds![q] * tree.KeyScale : double.PositiveInfinity;
                float* point = points + (i * width);
                (work.Norm[i], work.Constant[i]) = tree.Round(RowOf(q), point);
                for (int j = 0; j < padded; j++) (low[j], high[j]) = (Math.Min(low[j], point[j]), Math.Max(high[j], point[j]));
            }

            for (int j = 0; j < padded; j++) middle[j] = (low[j] / 2) + (high[j] / 2);
            work.Push(0, 0);
            int scanned = 0;
            while (work.Active > 0 && work.Pop(out int node))
            {
                float* box = boxes + ((long)node * 2 * padded);
                if (goal != SearchGoal.Farthest
                    && Beyond(Boxes.Between(low, high, box, box + padded, padded, absolute), work.LargestNorm, work.LargestLimit, node)) continue;
                int right = tree.Rights[node];
                if (right != 0)
                {
                    float* first = box + (2 * padded), second = boxes + ((long)right * 2 * padded);
                    work.Push(node + 1, Boxes.Distance(middle, first, first + padded, padded, absolute));
                    work.Push(right, Boxes.Distance(middle, second, second + padded, padded, absolute));
                    continue;
                }

                if (scanned++ >= deferAfter && work.Active <= group / 4)
                {
                    interrupted = true;
                    break;
                }

                Scan(work, node, count, points, boxes);
                if (scanned >= MostLeaves && work.AllFilled(count)) break;
            }

        }

        if (goal != SearchGoal.Within)
        {
            for (int i = 0; i < count; i++) Resolve(work, i);
            return [];
        }

        if (!interrupted) return [];

        var left = new List<int>();
        for (int i = 0; i < count; i++)
        {
            if (work.Done[i]) continue;
            left.Add(work.Query[i]);
            Found![work.Query[i]] = 0;
        }

        return [.. left];
    }

    /// <summary>Whether a box at some distance can hold nothing for queries up to a norm and a limit.</summary>
    private bool Beyond(double gap, double norm, double limit, int node)
    {
        // The gap is of rounded values, and itself rounded: twice the slack covers both.
        if (tree.Kind == DistanceKind.Cosine) gap /= 2;
        return gap - (2 * tree.Slack(norm, tree.Norms[node])) > limit;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Scan(Workspace work, int node, int count, float* points, float* boxes)
    {
        int padded = tree.Padded, width = padded + tree.Categories, columns = tree.Columns, start = tree.Starts[node], end = tree.Ends[node];
        int panels = (end - start + NeighbourKernels.Panel - 1) / NeighbourKernels.Panel;
        bool absolute = tree.Kind == DistanceKind.Manhattan;
        float* box = boxes + ((long)node * 2 * padded);
        int active = 0;
        bool testing = work.Testing;
        for (int i = 0; i < count; i++)
        {
            if (work.Done[i]) continue;
            if (testing && goal != SearchGoal.Farthest && work.Limit[i] < double.PositiveInfinity
                && Beyond(Boxes.Distance(points + (i * width), box, box + padded, padded, absolute), work.Norm[i], work.Limit[i], node)) continue;
            work.List[active++] = i;
        }

        if (testing) work.Tested(work.Active, work.Active - active);
        if (active == 0) return;
        fixed (float* all = tree.Panels, tiles = work.Tiles, thresholds = work.Thresholds)
        {
            if (words is null) work.Arrange(active, points, padded, width, columns, tree.Categories, tiles);
            else work.Arrange(active, points, width, words, (int*)tiles);
            for (int i = 0; i < active; i++) (thresholds[i], work.Slacks[i]) = Threshold(work, work.List[i], node);
            for (int i = active; i < (active + NeighbourKernels.Queries - 1) / NeighbourKernels.Queries * NeighbourKernels.Queries; i++)
                thresholds[i] = float.PositiveInfinity;
            if (words is not null)
            {
                fixed (int* values = words.Values)
                {
                    var leaf = (float*)(values + words.First + ((long)tree.FirstPanels[node] * words.PanelSize));
                    Compare(new Words(words.Pairs, words.Factor), work, leaf, words.PanelSize, start, panels, active, tiles, thresholds);
                }
            }
            else
            {
                float* leaf = all + tree.FirstPanel + ((long)tree.FirstPanels[node] * tree.PanelSize);
                float match = (float)tree.MatchGain;
                if (Vector512.IsHardwareAccelerated)
                {
                    var kernel = new Vectors512(tree.Kind, columns, tree.Categories, match);
                    Compare(kernel, work, leaf, tree.PanelSize, start, panels, active, tiles, thresholds);
                }
                else
                {
                    var kernel = new Vectors256(tree.Kind, columns, tree.Categories, match);
                    Compare(kernel, work, leaf, tree.PanelSize, start, panels, active, tiles, thresholds);
                }
            }
        }

        work.Summarise(count);
    }

    /// <summary>Compares the listed queries, in tiles, with the panels of a leaf.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Compare<TKernel>(
        TKernel kernel, Workspace work, float* leaf, long panelSize, int start, int panels, int active, float* tiles, float* thresholds)
        where TKernel : struct, IPanelKernel
    {
        uint* masks = stackalloc uint[TKernel.Queries];
        float* scores = stackalloc float[TKernel.Queries * NeighbourKernels.Panel];
        // One or two left over would not fill a tile.
        int tileSize = TKernel.Queries * kernel.Width, over = active % TKernel.Queries, tiled = kernel.TakesOne && over is 1 or 2 ? active - over : active;
        for (int i = tiled; i < active; i++)
            for (int p = 0; p < panels; p += 4)
            {
                int some = Math.Min(4, panels - p);
                float* query = tiles + (tiled / TKernel.Queries * tileSize) + (i - tiled);
                if (!kernel.One(leaf + (p * panelSize), some, query, thresholds[i], masks, scores)) continue;
                for (int s = 0; s < some; s++)
                    if (masks[s] != 0)
                        Look(work, i, start + ((p + s) * NeighbourKernels.Panel), masks[s], thresholds + i, scores + (s * NeighbourKernels.Panel));
            }

        // All tiles against one panel, then against the next: a panel and the tiles stay in the first cache, which a leaf would not.
        float* panel = leaf;
        for (int p = 0; p < panels; p++, panel += panelSize)
            for (int first = 0; first < tiled; first += TKernel.Queries)
            {
                float* t = thresholds + first;
                if (!kernel.Tile(panel, tiles + (first / TKernel.Queries * tileSize), t, masks, scores)) continue;
                for (int i = 0; i < Math.Min(TKernel.Queries, tiled - first); i++)
                    if (masks[i] != 0) Look(work, first + i, start + (p * NeighbourKernels.Panel), masks[i], t + i, scores + (i * NeighbourKernels.Panel));
            }
    }

    /// <summary>The score that a row of a leaf must reach to be a candidate of a query, and how far scores in that leaf can be off.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private (float Threshold, float Slack) Threshold(Workspace work, int i, int node)
    {
        double slack = tree.Slack(work.Norm[i], tree.Norms[node]);
        if (words is not null) slack += words.Slack(work.Norm[i], tree.Norms[node]);
        slack *= Share;
        if (goal != SearchGoal.Within) return (work.Filled[i] < k ? float.MinValue : Below(work.Best[(i * work.BestSize) + k - 1] - slack), (float)slack);
        double limit = work.Limit[i];
        return (double.IsPositiveInfinity(limit) ? float.MinValue : Below(((work.Constant[i] - limit) * Share) - slack), (float)slack);
    }

    /// <summary>What a scaled key is in scores.</summary>
    private double Share => tree.Kind is DistanceKind.Manhattan or DistanceKind.Cosine ? 1 : 0.5;

    /// <summary>The next float below a value.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static float Below(double value)
    {
        float x = (float)value;
        if (!float.IsFinite(x)) return x;
        int bits = BitConverter.SingleToInt32Bits(x);
        return x > 0 ? BitConverter.Int32BitsToSingle(bits - 1) : x < 0 ? BitConverter.Int32BitsToSingle(bits + 1) : -float.Epsilon;
    }

    /// <summary>Deals with the candidates of a query in a panel.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Look(Workspace work, int listed, int position, uint mask, float* threshold, float* scores)
    {
        int i = work.List[listed];
        if (goal == SearchGoal.Within)
        {
            int q = work.Query[i];
            if (work.Done[i]) return;
            ReadOnlySpan<T> query = RowOf(q);
            for (; mask != 0; mask &= mask - 1)
            {
                int row = tree.Order[position + BitOperations.TrailingZeroCount(mask)];
                if (row == work.Self[i] || (Gone is not null && Gone[row])) continue;
                double key = distance.Key(query, reference.Row(row), reference);
                if (key > Bounds![q] || (key == Bounds[q] && row >= (BoundRows?[q] ?? 0))) continue;
                int at = (q * k) + Found![q]++;
                (Keys[at], Rows[at]) = (key, row);
                if (Found[q] < k) continue;
                work.Finish(i);
                *threshold = float.PositiveInfinity;
                return;
            }

            return;
        }

        if (work.BestSize == 8)
        {
            LookEight(work, i, listed, position, mask, threshold, scores);
            return;
        }

        // The k-th best of the scores, each lowered by how far it can be off, is a bound that no row of the answer can miss by more than
        // its own score can be off. So candidates are only noted, and the few that remain are computed exactly at the end.
        float slack = work.Slacks[listed], least = *threshold;
        int filled = work.Filled[i], noted = work.Noted[i], self = work.Self[i], room = work.Room;
        Span<float> best = work.Best.AsSpan(i * work.BestSize, work.BestSize), highs = work.Highs.AsSpan(i * room, room);
        Span<int> rows = work.Rows.AsSpan(i * room, room);
        ReadOnlySpan<int> order = tree.Order.AsSpan(position, Math.Min(NeighbourKernels.Panel, tree.Order.Length - position));
        bool[]? gone = Gone;
        for (; mask != 0; mask &= mask - 1)
        {
            int lane = BitOperations.TrailingZeroCount(mask);
            float score = scores[lane];
            if (score < least) continue;
            int row = order[lane];
            if (row == self || (gone is not null && gone[row])) continue;
            if (noted == room)
            {
                (work.Filled[i], work.Noted[i]) = (filled, noted);
                Thin(work, i);
                noted = work.Noted[i];
            }

            // The slack has room for the rounding of these two.
            (rows[noted], highs[noted++]) = (row, score + slack);
            float low = score - slack;
            if (filled == k && low <= best[k - 1]) continue;
            int place = filled < k ? filled++ : k - 1;
            for (; place > 0 && best[place - 1] < low; place--) best[place] = best[place - 1];
            best[place] = low;
            if (filled == k) least = Below(best[k - 1] - slack);
        }

        (work.Filled[i], work.Noted[i], *threshold) = (filled, noted, least);
        if (filled == k) work.Limit[i] = work.Constant[i] - (best[k - 1] / Share);
    }

    /// <summary>The same for up to eight neighbours: the best scores stay in a vector, and only rows that reach the bound of all candidates are
    /// noted.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void LookEight(Workspace work, int i, int listed, int position, uint mask, float* threshold, float* scores)
    {
        if (work.Self[i] >= 0 && (uint)(tree.Positions[work.Self[i]] - position) is < NeighbourKernels.Panel and uint own) mask &= ~(1u << (int)own);
        ref int order = ref tree.Order[position];
        if (Gone is not null)
            for (uint left = mask; left != 0; left &= left - 1)
                if (Gone[Unsafe.Add(ref order, BitOperations.TrailingZeroCount(left))]) mask &= ~(left & (0 - left));
        if (mask == 0) return;
        float slack = work.Slacks[listed];
        Vector256<float> eight = Vector256.LoadUnsafe(ref work.Best[i * 8]);
        for (uint left = mask; left != 0; left &= left - 1)
        {
            // Into its place without a branch: each of the sorted eight becomes itself, the one before it or the new one. The slack has room for the rounding.
            Vector256<float> before = Vector256.Shuffle(eight, Vector256.Create(0, 0, 1, 2, 3, 4, 5, 6)).WithElement(0, float.PositiveInfinity);
            eight = Vector256.Max(eight, Vector256.Min(before, Vector256.Create(scores[BitOperations.TrailingZeroCount(left)] - slack)));
        }

        eight.StoreUnsafe(ref work.Best[i * 8]);
        int filled = work.Filled[i] = Math.Min(work.Filled[i] + BitOperations.PopCount(mask), k);
        if (filled == k)
        {
            float bound = work.Best[(i * 8) + k - 1], least = *threshold = Below(bound - slack);
            work.Limit[i] = work.Constant[i] - (bound / Share);
            Vector256<float> t = Vector256.Create(least);
            mask &= Vector256.GreaterThanOrEqual(Vector256.Load(scores), t).ExtractMostSignificantBits()
                | (Vector256.GreaterThanOrEqual(Vector256.Load(scores + 8), t).ExtractMostSignificantBits() << 8)
                | (Vector256.GreaterThanOrEqual(Vector256.Load(scores + 16), t).ExtractMostSignificantBits() << 16)
                | (Vector256.GreaterThanOrEqual(Vector256.Load(scores + 24), t).ExtractMostSignificantBits() << 24);
        }

        if (work.Noted[i] + NeighbourKernels.Panel > work.Room) Thin(work, i);
        int noted = work.Noted[i];
        ref int rows = ref work.Rows[i * work.Room];
        ref float highs = ref work.Highs[i * work.Room];
        for (; mask != 0; mask &= mask - 1)
        {
            int lane = BitOperations.TrailingZeroCount(mask);
            Unsafe.Add(ref rows, noted) = Unsafe.Add(ref order, lane);
            Unsafe.Add(ref highs, noted++) = scores[lane] + slack;
        }

        work.Noted[i] = noted;
    }

    /// <summary>Drops noted rows that cannot belong to the answer; if hardly any can be dropped, finds out exactly.</summary>
    private void Thin(Workspace work, int i)
    {
        Span<int> rows = work.Rows.AsSpan(i * work.Room, work.Noted[i]);
        Span<float> highs = work.Highs.AsSpan(i * work.Room, work.Noted[i]);
        float bound = work.Best[(i * work.BestSize) + k - 1];
        int left = 0;
        for (int c = 0; c < rows.Length; c++)
            if (highs[c] >= bound) (rows[left], highs[left++]) = (rows[c], highs[c]);
        work.Noted[i] = left;
        if (left <= work.Room * 3 / 4) return;
        Resolve(work, i);
        Rows.AsSpan(work.Query[i] * k, k).CopyTo(rows);
        highs[..k].Fill(float.PositiveInfinity);
        work.Noted[i] = k;
    }

    /// <summary>Computes the keys of the noted rows exactly and keeps the k smallest.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Resolve(Workspace work, int i)
    {
        int q = work.Query[i], filled = 0;
        Span<double> keys = Keys.AsSpan(q * k, k);
        Span<int> rows = Rows.AsSpan(q * k, k);
        float bound = work.Filled[i] == k ? work.Best[(i * work.BestSize) + k - 1] : float.NegativeInfinity;
        Span<int> noted = work.Rows.AsSpan(i * work.Room, work.Noted[i]);
        int left = 0;
        for (int c = 0; c < noted.Length; c += 8)
        {
            uint mask = Vector256.GreaterThanOrEqual(Vector256.LoadUnsafe(ref work.Highs[(i * work.Room) + c]), Vector256.Create(bound))
                .ExtractMostSignificantBits();
            if (noted.Length - c < 8) mask &= (1u << (noted.Length - c)) - 1;
            for (; mask != 0; mask &= mask - 1) noted[left++] = noted[c + BitOperations.TrailingZeroCount(mask)];
        }

        noted = noted[..left];
        Span<double> exact = work.Exact.AsSpan(0, left);
        ExactKeys(RowOf(q), noted, exact, work.Wide);
        for (int c = 0; c < noted.Length; c++)
        {
            int row = noted[c];
            double key = goal == SearchGoal.Farthest ? -exact[c] : exact[c];
            if (filled == k && (key > keys[k - 1] || (key == keys[k - 1] && row > rows[k - 1]))) continue;
            int at = filled < k ? filled++ : k - 1;
            for (; at > 0 && (keys[at - 1] > key || (keys[at - 1] == key && rows[at - 1] > row)); at--) (keys[at], rows[at]) = (keys[at - 1], rows[at - 1]);
            (keys[at], rows[at]) = (key, row);
        }
    }

    /// <summary>The keys of some rows for a query; each is the same as that of <see cref="NeighbourDistance.Key"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void ExactKeys(ReadOnlySpan<T> query, ReadOnlySpan<int> rows, Span<double> keys, double[] wide)
    {
        int done = 0;
        if (distance.Kind == DistanceKind.Euclidean)
        {
            // Four sums side by side: one would wait for each of its additions.
            Span<double> x = wide.AsSpan(0, query.Length);
            for (int j = 0; j < x.Length; j++) x[j] = NeighbourTree<T>.ToDouble(query[j]);
            ref T all = ref MemoryMarshal.GetReference(reference.Values.Span);
            for (; done <= rows.Length - 4; done += 4)
            {
                ref T a = ref Unsafe.Add(ref all, (nint)rows[done] * x.Length), b = ref Unsafe.Add(ref all, (nint)rows[done + 1] * x.Length);
                ref T c = ref Unsafe.Add(ref all, (nint)rows[done + 2] * x.Length), d = ref Unsafe.Add(ref all, (nint)rows[done + 3] * x.Length);
                double sa = 0, sb = 0, sc = 0, sd = 0;
                for (int j = 0; j < x.Length; j++)
                {
                    double ga = x[j] - NeighbourTree<T>.ToDouble(Unsafe.Add(ref a, j)), gb = x[j] - NeighbourTree<T>.ToDouble(Unsafe.Add(ref b, j));
                    double gc = x[j] - NeighbourTree<T>.ToDouble(Unsafe.Add(ref c, j)), gd = x[j] - NeighbourTree<T>.ToDouble(Unsafe.Add(ref d, j));
                    sa += ga * ga;
                    sb += gb * gb;
                    sc += gc * gc;
                    sd += gd * gd;
                }

                (keys[done], keys[done + 1], keys[done + 2], keys[done + 3]) = (sa, sb, sc, sd);
            }
        }

        for (; done < rows.Length; done++) keys[done] = distance.Key(query, reference.Row(rows[done]), reference);
    }

    private ReadOnlySpan<T> RowOf(int query) => own is not null ? reference.Row(own[query]) : queries.Row(some is null ? query : some[query]);

    /// <summary>What one thread needs to answer a group.</summary>
    private sealed class Workspace
    {
        private readonly int k;
        private readonly int[] arranged;
        private int arrangedCount, tested, spared, asked;
        private (float Gap, int Node)[] heap = new (float, int)[256];
        private int heaped;

        internal Workspace(NeighbourTree<T> tree, SearchGoal goal, int k, int group)
        {
            this.k = k;
            (arranged, Noted, Query, Self, Filled, List) = (new int[group], new int[group], new int[group], new int[group], new int[group], new int[group]);
            (Slacks, Thresholds) = (new float[group], new float[group + 8]);
            (Norm, Constant, Limit) = (new double[group], new double[group], new double[group]);
            Done = new bool[group];
            int width = tree.Padded + tree.Categories;
            Points = GC.AllocateArray<float>(group * width, pinned: true);
            Tiles = GC.AllocateArray<float>(group * Math.Max(1, tree.Columns + tree.Categories), pinned: true);
            // Up to eight are kept in a vector.
            BestSize = Math.Max(k, 8);
            Best = new float[group * BestSize];
            Room = (2 * k) + 128;
            (Rows, Highs, Exact) = goal == SearchGoal.Within ? ([], [], []) : (new int[group * Room], new float[(group * Room) + 8], new double[Room]);
            Wide = new double[tree.Columns + tree.Categories];
            (Low, High, Middle) = (new float[tree.Padded], new float[tree.Padded], new float[tree.Padded]);
        }

        internal float[] Points { get; }

        internal float[] Tiles { get; }

        internal float[] Low { get; }

        internal float[] High { get; }

        internal float[] Middle { get; }

        /// <summary>For each query the k best scores so far, each lowered by how far it can be off; best first.</summary>
        internal float[] Best { get; }

        /// <summary>The number of places of a query in <see cref="Best"/>: k, or eight if k is less.</summary>
        internal int BestSize { get; }

        /// <summary>The most rows noted for a query.</summary>
        internal int Room { get; }

        /// <summary>The rows noted for each query.</summary>
        internal int[] Rows { get; }

        /// <summary>The score of each noted row, raised by how far it can be off.</summary>
        internal float[] Highs { get; }

        /// <summary>Room for exact keys of the rows noted for a query.</summary>
        internal double[] Exact { get; }

        /// <summary>Room for the columns of a query.</summary>
        internal double[] Wide { get; }

        /// <summary>How many rows are noted for each query.</summary>
        internal int[] Noted { get; }

        /// <summary>How far scores of each listed query can be off in the leaf at hand.</summary>
        internal float[] Slacks { get; }

        internal float[] Thresholds { get; }

        internal int[] Query { get; }

        internal int[] Self { get; }

        internal int[] Filled { get; }

        internal int[] List { get; }

        internal bool[] Done { get; }

        internal double[] Norm { get; }

        internal double[] Constant { get; }

        internal double[] Limit { get; }

        internal int Active { get; private set; }

        internal double LargestNorm { get; private set; }

        internal double LargestLimit { get; private set; } = double.PositiveInfinity;

        internal void Reset(int count)
        {
            Array.Clear(Filled);
            Array.Fill(Best, float.NegativeInfinity);
            Array.Clear(Noted);
            Array.Clear(Done);
            (heaped, arrangedCount, Active) = (0, -1, count);
            (LargestNorm, LargestLimit) = (double.PositiveInfinity, double.PositiveInfinity);
        }

        internal bool AllFilled(int count) => Filled.AsSpan(0, count).IndexOfAnyExcept(k) < 0;

        /// <summary>
        /// Whether it pays to ask of each query if a leaf can hold anything for it: not where few are spared a leaf, as in many columns. Every 16th leaf is
        /// asked about anyway, to notice when that changes.
        /// </summary>
        internal bool Testing => spared * 4 >= tested || (++asked & 15) == 0;

        internal void Tested(int queries, int without)
        {
            (tested, spared) = (tested + queries, spared + without);
            if (tested > 1 << 14) (tested, spared) = (tested / 2, spared / 2);
        }

        internal void Finish(int i)
        {
            Done[i] = true;
            Active--;
        }

        internal void Summarise(int count)
        {
            (LargestNorm, LargestLimit) = (0, double.NegativeInfinity);
            for (int i = 0; i < count; i++)
            {
                if (Done[i]) continue;
                LargestNorm = Math.Max(LargestNorm, Norm[i]);
                LargestLimit = Math.Max(LargestLimit, Limit[i]);
            }
        }

        /// <summary>Puts the listed queries into tiles, column by column, unless they lie there already.</summary>
        internal void Arrange(int active, float* points, int padded, int width, int columns, int categories, float* tiles)
        {
            if (active == arrangedCount && List.AsSpan(0, active).SequenceEqual(arranged.AsSpan(0, active))) return;
            List.AsSpan(0, active).CopyTo(arranged);
            arrangedCount = active;
            for (int i = 0; i < active; i++)
            {
                float* point = points + (List[i] * width),
                    target = tiles + (i / NeighbourKernels.Queries * NeighbourKernels.Queries * (columns + categories)) + (i % NeighbourKernels.Queries);
                for (int j = 0; j < columns; j++, target += NeighbourKernels.Queries) *target = point[j];
                for (int j = 0; j < categories; j++, target += NeighbourKernels.Queries) *target = point[padded + j];
            }
        }

        /// <summary>The same in words.</summary>
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        internal void Arrange(int active, float* points, int width, WordPanels words, int* tiles)
        {
            if (active == arrangedCount && List.AsSpan(0, active).SequenceEqual(arranged.AsSpan(0, active))) return;
            List.AsSpan(0, active).CopyTo(arranged);
            arrangedCount = active;
            for (int i = 0; i < active; i++)
            {
                float* point = points + (List[i] * width);
                int* target = tiles + (i / NeighbourKernels.Queries * NeighbourKernels.Queries * words.Pairs) + (i % NeighbourKernels.Queries);
                for (int j = 0; j < words.Pairs; j++, target += NeighbourKernels.Queries) *target = words.Pair(point[2 * j], point[(2 * j) + 1]);
            }
        }

        internal void Push(int node, float gap)
        {
            if (heaped == heap.Length) Array.Resize(ref heap, heap.Length * 2);
            int at = heaped++;
            for (; at > 0 && heap[(at - 1) / 2].Gap > gap; at = (at - 1) / 2) heap[at] = heap[(at - 1) / 2];
            heap[at] = (gap, node);
        }

        internal bool Pop(out int node)
        {
            node = 0;
            if (heaped == 0) return false;
            node = heap[0].Node;
            (float Gap, int Node) last = heap[--heaped];
            int at = 0;
            while (true)
            {
                int child = (2 * at) + 1;
                if (child >= heaped) break;
                if (child + 1 < heaped && heap[child + 1].Gap < heap[child].Gap) child++;
                if (heap[child].Gap >= last.Gap) break;
                heap[at] = heap[child];
                at = child;
            }

            heap[at] = last;
            return true;
        }
    }
}
