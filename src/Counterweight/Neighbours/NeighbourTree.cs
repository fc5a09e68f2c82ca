using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Counterweight;

/// <summary>
/// Rows in single precision, cut into boxes of rows that lie together and packed for <see cref="NeighbourKernels"/>, with what is known
/// about how far a score can be off.
/// </summary>
/// <remarks>
/// <para>The rows are moved to their mean and scaled by a power of two into [-1, 1] before they are rounded, so that the rounding is small
/// against the distances. A score then differs from the exact one by at most <see cref="Slack"/>; whatever lies within that of a
/// threshold is computed again in double precision by the caller, so the single precision never decides.</para>
/// <para>Memory: (D + 1) floats per row, and a box per leaf.</para>
/// </remarks>
internal sealed unsafe class NeighbourTree<T> where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly SampleMatrix<T> rows;
    private readonly int[] numeric, categorical;
    private readonly double[] centre;
    private readonly Dictionary<T, int>[] codes;
    private readonly double scale, roundingShare, offsetError;
    private readonly bool farthest;
    private readonly Lazy<WordPanels?> words;

    internal NeighbourTree(SampleMatrix<T> rows, NeighbourDistance distance, bool farthest, int threads)
    {
        (this.rows, Kind, this.farthest) = (rows, distance.Kind, farthest);
        // What takes microseconds is not worth waking a thread for.
        if ((long)rows.Rows * rows.Columns < 1 << 16) threads = 1;
        numeric = [.. rows.Numeric];
        categorical = [.. rows.Categorical];
        Columns = numeric.Length;
        Padded = Math.Max(8, (Columns + 7) / 8 * 8);
        (centre, scale, double largest) = Kind == DistanceKind.Cosine ? (new double[Columns], 1, 1) : Measure(rows, numeric, threads);
        MatchGain = distance.MismatchSquared * scale * scale / 2;
        roundingShare = 2.0 * (Columns + categorical.Length + 12) * Math.Pow(2, -24);
        offsetError = Math.Pow(2, -50) * largest * scale * (Columns + 1);
        codes = Codes();
        words = new(() => WordPanels.Of(this, threads));

        int leaf = Columns <= 3 ? 64 : Columns <= 6 ? 128 : Columns <= 12 ? 256 : 512;
        Order = [.. Enumerable.Range(0, rows.Rows)];
        float[] points = Round(threads);
        int leaves = Math.Max(1, (rows.Rows + leaf - 1) / leaf), nodes = (2 * leaves) - 1;
        (Starts, Ends, Rights, FirstPanels, Norms) = (new int[nodes], new int[nodes], new int[nodes], new int[nodes], new float[nodes]);
        Boxes = GC.AllocateUninitializedArray<float>(checked(nodes * 2 * Padded), pinned: true);
        if (rows.Rows > 0) Split(points, 0, 0, rows.Rows, leaf, 0, Threads.Resolve(threads) is > 1 and int all ? (int)Math.Ceiling(Math.Log2(all)) + 1 : 0);
        int panels = 0;
        for (int node = 0; node < nodes; node++)
        {
            if (Rights[node] != 0) continue;
            FirstPanels[node] = panels;
            panels += (Ends[node] - Starts[node] + NeighbourKernels.Panel - 1) / NeighbourKernels.Panel;
        }

        PanelSize = (Columns + categorical.Length + 1) * NeighbourKernels.Panel;
        Panels = GC.AllocateUninitializedArray<float>(checked((panels * PanelSize) + 15), pinned: true);
        // Panels start where cache lines start, so that no vector lies in two.
        fixed (float* start = Panels) FirstPanel = (int)((64 - ((nuint)start & 63)) % 64 / sizeof(float));
        Pack(points, threads);
        (Positions, Leaves) = (new int[rows.Rows], leaves);
        for (int i = 0; i < Order.Length; i++) Positions[Order[i]] = i;
    }

    internal DistanceKind Kind { get; }

    /// <summary>The number of numeric columns.</summary>
    internal int Columns { get; }

    /// <summary>The number of categorical columns.</summary>
    internal int Categories => categorical.Length;

    /// <summary><see cref="Columns"/> rounded up to whole vectors.</summary>
    internal int Padded { get; }

    /// <summary>The number of leaves.</summary>
    internal int Leaves { get; }

    /// <summary>The rows in the order of the leaves.</summary>
    internal int[] Order { get; }

    /// <summary>Where each row is in <see cref="Order"/>.</summary>
    internal int[] Positions { get; }

    /// <summary>The first place of each node in <see cref="Order"/>; nodes are in preorder, so a left child is the next node.</summary>
    internal int[] Starts { get; }

    /// <summary>The place after the last of each node.</summary>
    internal int[] Ends { get; }

    /// <summary>The right child of each node; 0 for a leaf.</summary>
    internal int[] Rights { get; }

    /// <summary>The first panel of each leaf.</summary>
    internal int[] FirstPanels { get; }

    /// <summary>The largest norm of a row in each node.</summary>
    internal float[] Norms { get; }

    /// <summary>For each node its lower corner and its upper corner, each padded.</summary>
    internal float[] Boxes { get; }

    /// <summary>Where the first panel starts in <see cref="Panels"/>.</summary>
    internal int FirstPanel { get; }

    /// <summary>The packed rows.</summary>
    internal float[] Panels { get; }

    /// <summary>The packed rows in words; null if they are of no use.</summary>
    internal WordPanels? Words => farthest ? null : words.Value;

    /// <summary>The number of values in a panel.</summary>
    internal int PanelSize { get; }

    /// <summary>What an equal category adds to a score.</summary>
    internal double MatchGain { get; }

    /// <summary>What a key (see <see cref="NeighbourDistance"/>) is multiplied by in the scaled space.</summary>
    internal double KeyScale => Kind switch { DistanceKind.Manhattan => scale, DistanceKind.Cosine => 1, _ => scale * scale };

    /// <summary>How far the doubled score (or the score, if not squared) of a pair can be off, from the norms of both.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal double Slack(double norm, double other)
    {
        double sum = norm + other, mismatches = 2 * MatchGain * categorical.Length;
        return Kind == DistanceKind.Manhattan
            ? (roundingShare * sum) + offsetError + 1e-36
            : (roundingShare * ((sum * sum) + mismatches)) + (2 * offsetError * sum) + (offsetError * offsetError) + 1e-36;
    }

    /// <summary>Rounds a query the way the rows were rounded.</summary>
    /// <param name="query">Its D values.</param>
    /// <param name="target">Receives the numeric columns, padded with zeros, then the codes of the categories (integers).</param>
    /// <returns>The norm of the rounded query, and the constant part of its scores.</returns>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal (double Norm, double Constant) Round(ReadOnlySpan<T> query, float* target)
    {
        double sum = 0, length = 1;
        if (Kind == DistanceKind.Cosine)
        {
            length = 0;
            foreach (int column in numeric)
            {
                double x = ToDouble(query[column]);
                length += x * x;
            }

            length = length == 0 ? 1 : Math.Sqrt(length);
        }

        int done = 0;
        if (Kind == DistanceKind.Euclidean)
        {
            // All columns are numeric: eight at a time.
            Vector512<double> factor = Vector512.Create(scale), squares = Vector512<double>.Zero;
            for (; done <= Columns - 8; done += 8)
            {
                Vector256<float> x = Narrow((Eight(query, done) - Vector512.LoadUnsafe(ref centre[done])) * factor);
                x.Store(target + done);
                Vector512<double> wide = Wide(x);
                squares += wide * wide;
            }

            sum = Vector512.Sum(squares);
        }

        for (int j = done; j < Columns; j++)
        {
            float x = (float)(Kind == DistanceKind.Cosine ? ToDouble(query[numeric[j]]) / length : (ToDouble(query[numeric[j]]) - centre[j]) * scale);
            target[j] = x;
            sum += Kind == DistanceKind.Manhattan ? Math.Abs((double)x) : (double)x * x;
        }

        for (int j = Columns; j < Padded; j++) target[j] = 0;
        for (int j = 0; j < categorical.Length; j++)
            ((int*)target)[Padded + j] = codes[j].TryGetValue(query[categorical[j]], out int code) ? code : -1;
        double norm = Kind == DistanceKind.Manhattan ? sum : Math.Sqrt(sum);
        double constant = Kind switch { DistanceKind.Manhattan => 0, DistanceKind.Cosine => 1, _ => farthest ? -sum : sum };
        return (norm, constant);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static double ToDouble(T value) =>
        typeof(T) == typeof(float) ? Unsafe.BitCast<T, float>(value)
        : typeof(T) == typeof(double) ? Unsafe.BitCast<T, double>(value)
        : double.CreateTruncating(value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector512<double> Eight(ReadOnlySpan<T> row, int start)
    {
        if (typeof(T) == typeof(float)) return Wide(Unsafe.ReadUnaligned<Vector256<float>>(ref Unsafe.As<T, byte>(ref Unsafe.AsRef(in row[start]))));
        if (typeof(T) == typeof(double)) return Unsafe.ReadUnaligned<Vector512<double>>(ref Unsafe.As<T, byte>(ref Unsafe.AsRef(in row[start])));
        Vector512<double> eight = Vector512<double>.Zero;
        for (int j = 0; j < 8; j++) eight = eight.WithElement(j, ToDouble(row[start + j]));
        return eight;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<double> Wide(Vector256<float> x)
    {
        (Vector256<double> low, Vector256<double> high) = Vector256.Widen(x);
        return Vector512.Create(low, high);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector256<float> Narrow(Vector512<double> x) => Vector256.Narrow(x.GetLower(), x.GetUpper());

    /// <summary>The means of the numeric columns, the power of two that brings all differences from them into [-1, 1], and the largest magnitude.</summary>
    internal static (double[] Centre, double Scale, double Largest) Measure(SampleMatrix<T> rows, int[] numeric, int threads)
    {
        var mean = new double[numeric.Length];
        if (rows.Rows == 0) return (mean, 1, 1);
        int parts = Math.Min(64, (rows.Rows + 1023) / 1024);
        int eights = numeric.Length == rows.Columns ? numeric.Length / 8 * 8 : 0;
        double share = 1.0 / rows.Rows;
        var sums = new double[parts][];
        Parallel.For(0, parts, Threads.Options(threads), p =>
        {
            // Shares are added up, so that large values do not overflow.
            var sum = new double[numeric.Length];
            for (int i = (int)((long)rows.Rows * p / parts); i < (int)((long)rows.Rows * (p + 1) / parts); i++)
            {
                ReadOnlySpan<T> row = rows.Row(i);
                for (int j = 0; j < eights; j += 8) (Vector512.LoadUnsafe(ref sum[j]) + (Eight(row, j) * Vector512.Create(share))).StoreUnsafe(ref sum[j]);
                for (int j = eights; j < numeric.Length; j++) sum[j] += ToDouble(row[numeric[j]]) * share;
            }

            sums[p] = sum;
        });
        foreach (double[] sum in sums)
            for (int j = 0; j < mean.Length; j++) mean[j] += sum[j];
        var widest = new double[parts];
        var greatest = new double[parts];
        Parallel.For(0, parts, Threads.Options(threads), p =>
        {
            double wide = 0, great = 0;
            Vector512<double> wides = Vector512<double>.Zero, greats = wides;
            for (int i = (int)((long)rows.Rows * p / parts); i < (int)((long)rows.Rows * (p + 1) / parts); i++)
            {
                ReadOnlySpan<T> row = rows.Row(i);
                for (int j = 0; j < eights; j += 8)
                {
                    Vector512<double> x = Eight(row, j);
                    wides = Vector512.Max(wides, Vector512.Abs(x - Vector512.LoadUnsafe(ref mean[j])));
                    greats = Vector512.Max(greats, Vector512.Abs(x));
                }

                for (int j = eights; j < numeric.Length; j++)
                {
                    double x = ToDouble(row[numeric[j]]);
                    wide = Math.Max(wide, Math.Abs(x - mean[j]));
                    great = Math.Max(great, Math.Abs(x));
                }
            }

            for (int lane = 0; lane < 8; lane++) (wide, great) = (Math.Max(wide, wides[lane]), Math.Max(great, greats[lane]));
            (widest[p], greatest[p]) = (wide, great);
        });
        double width = widest.Length == 0 ? 0 : widest.Max();
        return (mean, width > 0 && double.IsFinite(width) ? Math.ScaleB(1, -Math.Clamp(Math.ILogB(width) + 1, -500, 500)) : 1,
            greatest.Length == 0 ? 0 : greatest.Max());
    }

    private Dictionary<T, int>[] Codes()
    {
        var all = new Dictionary<T, int>[categorical.Length];
        Parallel.For(0, all.Length, Threads.Options(0), c =>
        {
            var known = new Dictionary<T, int>();
            for (int i = 0; i < rows.Rows; i++) known.TryAdd(rows.Row(i)[categorical[c]], known.Count);
            all[c] = known;
        });
        return all;
    }

    private float[] Round(int threads)
    {
        int width = Padded + categorical.Length;
        float[] points = GC.AllocateUninitializedArray<float>(checked(rows.Rows * width), pinned: true);
        const int block = 512;
        Parallel.For(0, (rows.Rows + block - 1) / block, Threads.Options(threads), b =>
        {
            fixed (float* p = points)
                for (int i = b * block; i < Math.Min((b + 1) * block, rows.Rows); i++)
                    Round(rows.Row(i), p + ((long)i * width));
        });
        return points;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Split(float[] points, int node, int start, int end, int leaf, int depth, int parallelDepth)
    {
        (Starts[node], Ends[node]) = (start, end);
        int width = Padded + categorical.Length;
        Span<float> low = Boxes.AsSpan(node * 2 * Padded, Padded), high = Boxes.AsSpan(((node * 2) + 1) * Padded, Padded);
        if (end - start <= leaf)
        {
            low.Fill(float.PositiveInfinity);
            high.Fill(float.NegativeInfinity);
            double norm = 0;
            for (int i = start; i < end; i++)
            {
                ReadOnlySpan<float> point = points.AsSpan(Order[i] * width, Padded);
                double sum = 0;
                for (int j = 0; j < Padded; j += 8)
                {
                    Vector256<float> x = Vector256.LoadUnsafe(in point[j]);
                    Vector256.Min(Vector256.LoadUnsafe(ref low[j]), x).StoreUnsafe(ref low[j]);
                    Vector256.Max(Vector256.LoadUnsafe(ref high[j]), x).StoreUnsafe(ref high[j]);
                    if (Kind == DistanceKind.Manhattan) continue;
                    Vector512<double> wide = Wide(x);
                    sum += Vector512.Sum(wide * wide);
                }

                for (int j = 0; j < Padded && Kind == DistanceKind.Manhattan; j++)
                    sum += Math.Abs((double)point[j]);

                norm = Math.Max(norm, sum);
            }

            Norms[node] = MathF.BitIncrement((float)(Kind == DistanceKind.Manhattan ? norm : Math.Sqrt(norm)));
            return;
        }

        int leaves = (end - start + leaf - 1) / leaf, leftLeaves = leaves / 2, middle = start + (leftLeaves * leaf);
        int right = node + (2 * leftLeaves);
        Rights[node] = right;
        Select(points, width, Widest(points, width, start, end), start, end, middle);
        if (depth < parallelDepth && end - start > 2048)
        {
            Parallel.Invoke(
                () => Split(points, node + 1, start, middle, leaf, depth + 1, parallelDepth),
                () => Split(points, right, middle, end, leaf, depth + 1, parallelDepth));
        }
        else
        {
            Split(points, node + 1, start, middle, leaf, depth + 1, parallelDepth);
            Split(points, right, middle, end, leaf, depth + 1, parallelDepth);
        }

        ReadOnlySpan<float> leftLow = Boxes.AsSpan((node + 1) * 2 * Padded, Padded), leftHigh = Boxes.AsSpan((((node + 1) * 2) + 1) * Padded, Padded);
        ReadOnlySpan<float> rightLow = Boxes.AsSpan(right * 2 * Padded, Padded), rightHigh = Boxes.AsSpan(((right * 2) + 1) * Padded, Padded);
        for (int j = 0; j < Padded; j++) (low[j], high[j]) = (Math.Min(leftLow[j], rightLow[j]), Math.Max(leftHigh[j], rightHigh[j]));
        Norms[node] = Math.Max(Norms[node + 1], Norms[right]);
    }

    /// <summary>The column with the largest variance among (some 256 of) the rows of a node.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private int Widest(float[] points, int width, int start, int end)
    {
        int step = Math.Max(1, (end - start) / 256), best = 0;
        double bestVariance = -1;
        Span<double> sum = stackalloc double[Math.Min(Columns, 256)], squares = stackalloc double[Math.Min(Columns, 256)];
        for (int first = 0; first < Columns; first += sum.Length)
        {
            sum.Clear();
            squares.Clear();
            int n = 0, some = Math.Min(sum.Length, Columns - first);
            for (int i = start; i < end; i += step, n++)
            {
                ReadOnlySpan<float> point = points.AsSpan((Order[i] * width) + first, some);
                for (int j = 0; j < some; j++)
                {
                    sum[j] += point[j];
                    squares[j] += (double)point[j] * point[j];
                }
            }

            for (int j = 0; j < some; j++)
            {
                double variance = (squares[j] / n) - (sum[j] / n * (sum[j] / n));
                if (variance > bestVariance) (best, bestVariance) = (first + j, variance);
            }
        }

        return best;
    }

    /// <summary>Reorders a node's rows so that none before the middle is larger in a column than any after it (Hoare's quickselect, 1961).</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Select(float[] points, int width, int column, int start, int end, int middle)
    {
        int[] order = Order;
        int low = start, high = end - 1;
        while (low < high)
        {
            float a = Key(low), b = Key((int)(((long)low + high) / 2)), c = Key(high);
            float pivot = Math.Max(Math.Min(a, b), Math.Min(Math.Max(a, b), c));
            int i = low - 1, j = high + 1;
            while (true)
            {
                do i++; while (Key(i) < pivot);
                do j--; while (Key(j) > pivot);
                if (i >= j) break;
                (order[i], order[j]) = (order[j], order[i]);
            }

            if (middle <= j) high = j;
            else low = j + 1;
        }

        float Key(int i) => points[(order[i] * width) + column];
    }

    private void Pack(float[] points, int threads)
    {
        int width = Padded + categorical.Length, nodes = Starts.Length;
        Parallel.For(0, nodes, Threads.Options(threads), node =>
        {
            if (Rights[node] != 0 || rows.Rows == 0) return;
            for (int p = Starts[node], panel = FirstPanels[node]; p < Ends[node]; p += NeighbourKernels.Panel, panel++)
            {
                Span<float> packed = Panels.AsSpan(FirstPanel + (panel * PanelSize), PanelSize);
                packed.Clear();
                for (int lane = 0; lane < NeighbourKernels.Panel; lane++)
                {
                    if (p + lane >= Ends[node])
                    {
                        packed[lane] = float.NegativeInfinity;
                        continue;
                    }

                    ReadOnlySpan<float> point = points.AsSpan(Order[p + lane] * width, width);
                    double sum = 0;
                    for (int j = 0; j < Columns; j++)
                    {
                        packed[((j + 1) * NeighbourKernels.Panel) + lane] = farthest ? -point[j] : point[j];
                        sum += (double)point[j] * point[j];
                    }

                    for (int j = 0; j < categorical.Length; j++)
                        packed[((Columns + 1 + j) * NeighbourKernels.Panel) + lane] = point[Padded + j];
                    packed[lane] = Kind switch
                    {
                        DistanceKind.Manhattan or DistanceKind.Cosine => 0,
                        _ => (float)(farthest ? sum / 2 : (-sum / 2) - (MatchGain * categorical.Length)),
                    };
                }
            }
        });
    }
}
