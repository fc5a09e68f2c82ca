using System.Numerics;

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
    NeighbourTree<T> tree, SampleMatrix<T> reference, SampleMatrix<T> queries, NeighbourDistance distance, SearchGoal goal, int k, int[]? own)
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private const int Group = 64;

    /// <summary>The number of queries.</summary>
    internal int Count { get; } = own?.Length ?? queries.Rows;

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

    /// <summary>The most leaves scanned for a group of queries; fewer make the answer of <see cref="SearchGoal.Nearest"/> a good guess.</summary>
    internal int MostLeaves { get; init; } = int.MaxValue;

    /// <summary>Answers every query.</summary>
    internal void Run(int threads)
    {
        if (Count == 0) return;
        Array.Fill(Rows, -1);
        int[] order = QueryOrder(threads);
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
        int groups = (order.Length + Group - 1) / Group;
        var deferred = new int[groups][];
        Parallel.For(0, groups, Threads.Options(threads), () => new Workspace(tree, goal, k), (g, _, work) =>
        {
            int[] left = Answer(work, order.AsSpan(g * Group, Math.Min(Group, order.Length - (g * Group))), deferAfter);
            if (left.Length > 0) deferred[g] = left;
            return work;
        }, _ => { });
        var all = new List<int>();
        foreach (int[] some in deferred)
            if (some is not null) all.AddRange(some);
        return all;
    }

    /// <summary>The queries in an order in which neighbours lie together: that of the tree's leaves.</summary>
    private int[] QueryOrder(int threads)
    {
        int[] order = [.. Enumerable.Range(0, Count)];
        var places = new int[Count];
        if (own is not null)
        {
            for (int q = 0; q < Count; q++) places[q] = tree.Positions[own[q]];
        }
        else
        {
            const int block = 1024;
            int width = tree.Padded + tree.Categories;
            Parallel.For(0, (Count + block - 1) / block, Threads.Options(threads), () => new float[width], (b, _, point) =>
            {
                fixed (float* p = point)
                fixed (float* boxes = tree.Boxes)
                    for (int q = b * block; q < Math.Min((b + 1) * block, Count); q++)
                    {
                        tree.Round(queries.Row(q), p);
                        places[q] = Descend(p, boxes);
                    }

                return point;
            }, _ => { });
        }

        Array.Sort(places, order);
        return order;
    }

    private int Descend(float* point, float* boxes)
    {
        int node = 0, padded = tree.Padded;
        bool absolute = tree.Kind == DistanceKind.Manhattan;
        while (tree.Rights[node] != 0)
        {
            float* left = boxes + ((long)(node + 1) * 2 * padded), right = boxes + ((long)tree.Rights[node] * 2 * padded);
            node = NeighbourKernels.ToBox(point, left, left + padded, padded, absolute) <= NeighbourKernels.ToBox(point, right, right + padded, padded, absolute)
                ? node + 1
                : tree.Rights[node];
        }

        return node;
    }

    private int[] Answer(Workspace work, ReadOnlySpan<int> group, int deferAfter)
    {
        int count = group.Length, padded = tree.Padded, width = padded + tree.Categories;
        bool absolute = tree.Kind == DistanceKind.Manhattan;
        work.Reset(count);
        fixed (float* points = work.Points, boxes = tree.Boxes, low = work.Low, high = work.High, middle = work.Middle)
        {
            new Span<float>(low, padded).Fill(float.PositiveInfinity);
            new Span<float>(high, padded).Fill(float.NegativeInfinity);
            for (int i = 0; i < count; i++)
            {
                int q = group[i];
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
            bool interrupted = false;
            while (work.Active > 0 && work.Pop(out int node))
            {
                float* box = boxes + ((long)node * 2 * padded);
                if (goal != SearchGoal.Farthest && Beyond(NeighbourKernels.BoxToBox(low, high, box, box + padded, padded, absolute), work.LargestNorm, work.LargestLimit, node)) continue;
                int right = tree.Rights[node];
                if (right != 0)
                {
                    float* first = box + (2 * padded), second = boxes + ((long)right * 2 * padded);
                    work.Push(node + 1, NeighbourKernels.ToBox(middle, first, first + padded, padded, absolute));
                    work.Push(right, NeighbourKernels.ToBox(middle, second, second + padded, padded, absolute));
                    continue;
                }

                if (scanned++ >= deferAfter && work.Active <= Group / 4)
                {
                    interrupted = true;
                    break;
                }

                Scan(work, node, count, points, boxes);
                if (scanned >= MostLeaves && work.AllFilled(count)) break;
            }

            if (!interrupted) return [];
        }

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

    private void Scan(Workspace work, int node, int count, float* points, float* boxes)
    {
        int padded = tree.Padded, width = padded + tree.Categories, columns = tree.Columns, start = tree.Starts[node], end = tree.Ends[node];
        int panels = (end - start + NeighbourKernels.Panel - 1) / NeighbourKernels.Panel;
        bool absolute = tree.Kind == DistanceKind.Manhattan;
        float* box = boxes + ((long)node * 2 * padded);
        int active = 0;
        for (int i = 0; i < count; i++)
        {
            if (work.Done[i]) continue;
            if (goal != SearchGoal.Farthest && work.Limit[i] < double.PositiveInfinity
                && Beyond(NeighbourKernels.ToBox(points + (i * width), box, box + padded, padded, absolute), work.Norm[i], work.Limit[i], node)) continue;
            work.List[active++] = i;
        }

        if (active == 0) return;
        uint* masks = stackalloc uint[NeighbourKernels.Tile];
        fixed (float* all = tree.Panels, tiles = work.Tiles, thresholds = work.Thresholds)
        {
            work.Arrange(active, points, padded, width, columns, tree.Categories, tiles);
            for (int i = 0; i < active; i++) thresholds[i] = Threshold(work, work.List[i], node);
            for (int i = active; i < (active + NeighbourKernels.Tile - 1) / NeighbourKernels.Tile * NeighbourKernels.Tile; i++) thresholds[i] = float.PositiveInfinity;
            float* leaf = all + ((long)tree.FirstPanels[node] * tree.PanelSize);
            int tileSize = NeighbourKernels.Tile * (columns + tree.Categories);
            for (int first = 0; first < active; first += NeighbourKernels.Tile)
            {
                float* tile = tiles + (first / NeighbourKernels.Tile * tileSize), t = thresholds + first;
                int inTile = Math.Min(NeighbourKernels.Tile, active - first);
                if (inTile <= 2 && tree.Kind is DistanceKind.Euclidean or DistanceKind.Cosine)
                {
                    for (int i = 0; i < inTile; i++)
                        for (int p = 0; p < panels; p += 4)
                        {
                            int some = Math.Min(4, panels - p);
                            if (!NeighbourKernels.DotOne(leaf + ((long)p * tree.PanelSize), some, tile + i, NeighbourKernels.Tile, columns, t[i], masks)) continue;
                            for (int s = 0; s < some; s++)
                                if (masks[s] != 0) Look(work, node, first + i, start + ((p + s) * NeighbourKernels.Panel), masks[s], t + i);
                        }

                    continue;
                }

                float* panel = leaf;
                for (int p = 0; p < panels; p++, panel += tree.PanelSize)
                {
                    bool any = tree.Kind switch
                    {
                        DistanceKind.Manhattan => NeighbourKernels.Absolute(panel, tile, columns, t, masks),
                        DistanceKind.Mixed => NeighbourKernels.Mixed(panel, tile, columns, tree.Categories, (float)tree.MatchGain, t, masks),
                        _ => NeighbourKernels.Dot(panel, tile, columns, t, masks),
                    };
                    if (!any) continue;
                    for (int i = 0; i < inTile; i++)
                        if (masks[i] != 0) Look(work, node, first + i, start + (p * NeighbourKernels.Panel), masks[i], t + i);
                }
            }
        }

        work.Summarise(count);
    }

    private float Threshold(Workspace work, int i, int node)
    {
        if (work.Done[i]) return float.PositiveInfinity;
        double limit = work.Limit[i];
        if (double.IsPositiveInfinity(limit)) return float.MinValue;
        double t = work.Constant[i] - limit - tree.Slack(work.Norm[i], tree.Norms[node]);
        if (tree.Kind is not (DistanceKind.Manhattan or DistanceKind.Cosine)) t /= 2;
        return MathF.BitDecrement((float)t);
    }

    /// <summary>Computes the candidates of a query in a panel exactly and keeps those that belong to the answer.</summary>
    private void Look(Workspace work, int node, int listed, int position, uint mask, float* threshold)
    {
        int i = work.List[listed];
        ReadOnlySpan<T> query = RowOf(work.Query[i]);
        for (; mask != 0; mask &= mask - 1)
        {
            int row = tree.Order[position + BitOperations.TrailingZeroCount(mask)];
            if (row == work.Self[i]) continue;
            double key = distance.Key(query, reference.Row(row), reference);
            if (goal == SearchGoal.Farthest) key = -key;
            if (goal == SearchGoal.Within)
            {
                int q = work.Query[i];
                if (work.Done[i] || key > Bounds![q] || (key == Bounds[q] && row >= (BoundRows?[q] ?? 0))) continue;
                int at = (q * k) + Found![q]++;
                (Keys[at], Rows[at]) = (key, row);
                if (Found[q] < k) continue;
                work.Finish(i);
                *threshold = float.PositiveInfinity;
                return;
            }

            if (!work.Insert(i, key, row, Keys.AsSpan(work.Query[i] * k, k), Rows.AsSpan(work.Query[i] * k, k))) continue;
            if (work.Filled[i] == k)
            {
                work.Limit[i] = Keys[(work.Query[i] * k) + k - 1] * tree.KeyScale;
                *threshold = Threshold(work, i, node);
            }
        }
    }

    private ReadOnlySpan<T> RowOf(int query) => own is null ? queries.Row(query) : reference.Row(own[query]);

    /// <summary>What one thread needs to answer a group.</summary>
    private sealed class Workspace
    {
        private readonly SearchGoal goal;
        private readonly int k;
        private readonly int[] arranged = new int[Group];
        private int arrangedCount;
        private (float Gap, int Node)[] heap = new (float, int)[256];
        private int heaped;

        internal Workspace(NeighbourTree<T> tree, SearchGoal goal, int k)
        {
            (this.goal, this.k) = (goal, k);
            int width = tree.Padded + tree.Categories;
            Points = GC.AllocateArray<float>(Group * width, pinned: true);
            Tiles = GC.AllocateArray<float>(Group * Math.Max(1, tree.Columns + tree.Categories), pinned: true);
            (Low, High, Middle) = (new float[tree.Padded], new float[tree.Padded], new float[tree.Padded]);
        }

        internal float[] Points { get; }

        internal float[] Tiles { get; }

        internal float[] Low { get; }

        internal float[] High { get; }

        internal float[] Middle { get; }

        internal float[] Thresholds { get; } = new float[Group];

        internal int[] Query { get; } = new int[Group];

        internal int[] Self { get; } = new int[Group];

        internal int[] Filled { get; } = new int[Group];

        internal int[] List { get; } = new int[Group];

        internal bool[] Done { get; } = new bool[Group];

        internal double[] Norm { get; } = new double[Group];

        internal double[] Constant { get; } = new double[Group];

        internal double[] Limit { get; } = new double[Group];

        internal int Active { get; private set; }

        internal double LargestNorm { get; private set; }

        internal double LargestLimit { get; private set; } = double.PositiveInfinity;

        internal void Reset(int count)
        {
            Array.Clear(Filled);
            Array.Clear(Done);
            (heaped, arrangedCount, Active) = (0, -1, count);
            (LargestNorm, LargestLimit) = (double.PositiveInfinity, double.PositiveInfinity);
        }

        internal bool AllFilled(int count) => Filled.AsSpan(0, count).IndexOfAnyExcept(k) < 0;

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
                float* point = points + (List[i] * width), target = tiles + (i / NeighbourKernels.Tile * NeighbourKernels.Tile * (columns + categories)) + (i % NeighbourKernels.Tile);
                for (int j = 0; j < columns; j++, target += NeighbourKernels.Tile) *target = point[j];
                for (int j = 0; j < categories; j++, target += NeighbourKernels.Tile) *target = point[padded + j];
            }
        }

        /// <summary>Adds a row to a sorted list of k if it belongs there.</summary>
        internal bool Insert(int i, double key, int row, Span<double> keys, Span<int> rows)
        {
            int filled = Filled[i];
            if (filled == k && (key > keys[k - 1] || (key == keys[k - 1] && row > rows[k - 1]))) return false;
            int at = filled < k ? Filled[i]++ : k - 1;
            for (; at > 0 && (keys[at - 1] > key || (keys[at - 1] == key && rows[at - 1] > row)); at--) (keys[at], rows[at]) = (keys[at - 1], rows[at - 1]);
            (keys[at], rows[at]) = (key, row);
            return true;
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
