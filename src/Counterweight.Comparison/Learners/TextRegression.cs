using System.Numerics.Tensors;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Counterweight.Comparison;

/// <summary>
/// The objective of <see cref="SoftmaxRegression"/> for rows with texts: sum_i w_i (-log p_i,y_i) / N + |W|^2 / (2N), with a coefficient for each bucket of
/// n-grams that enough rows have.
/// </summary>
/// <remarks>
/// <para>A point holds <see cref="Outputs"/> values per variable: the dense columns, the kept buckets of every text column, and the intercept. The penalty is
/// that of <see cref="SoftmaxRegression"/>, also for the one line of two classes.</para>
/// <para>Rows are gone through as they are, once per evaluation: a row is read, and its slopes are added while its buckets are in the cache, for which the
/// coefficients of a bucket and its sums lie side by side. Of several threads each has a range of the rows, and then of the buckets, to which it adds in the
/// order of the rows, so that the result does not depend on their number, and no thread needs a vector of its own.</para>
/// </remarks>
internal sealed class TextRegression : ICurvedFunction
{
    private const int CountBits = TextLayout.CountBits, MostCount = TextLayout.MostCount;

    private const int ParallelWork = 1 << 17;

    /// <summary>The values of several classes of a bucket are padded to whole vectors of so many.</summary>
    private const int Lanes = 4;

    /// <summary>Bytes of a line of the cache.</summary>
    private const int CacheLine = 64;

    private readonly int rows, width, parts, threads, stride, buckets, begin;
    private readonly int[] starts, levels, labels, segments, cuts;
    private readonly FeatureTable features;
    private readonly double[] weights, probabilities;
    private readonly uint[] entries;
    private readonly float[] norms, bucketWeights;

    /// <summary>Bucket by bucket from <see cref="begin"/>: <see cref="stride"/> coefficients, times what the bucket weighs, and as many sums.</summary>
    private readonly double[] lines;

    private double[] along = [], losses = [];

    /// <summary>Lays the rows out.</summary>
    /// <param name="features">The rows, filled in, with their texts.</param>
    /// <param name="labels">N codes.</param>
    /// <param name="weights">N row weights with a mean of one.</param>
    /// <param name="classes">K.</param>
    /// <param name="threads">The most threads.</param>
    /// <param name="byDifference">Whether two classes have one line.</param>
    /// <param name="mostValues">The most values of a point; the buckets of the fewest rows are left out for it.</param>
    internal TextRegression(
        FeatureTable features, ReadOnlySpan<int> labels, ReadOnlySpan<double> weights, int classes, int threads, bool byDifference, int mostValues)
    {
        this.features = features;
        (Classes, Outputs) = (classes, classes == 2 && byDifference ? 1 : classes);
        (rows, width, parts) = (features.Rows, features.DenseWidth, features.Texts.Count * TextRows.Parts);
        (this.labels, this.weights) = (labels.ToArray(), weights.ToArray());
        starts = new int[features.Columns];
        levels = [.. features.Levels];
        for (int c = 1; c < starts.Length; c++) starts[c] = starts[c - 1] + Math.Max(1, levels[c - 1]);
        var layout = TextLayout.Of(features.Texts, mostValues / Outputs);
        (Kept, Places, segments, entries, norms, bucketWeights) = (
            layout.Kept, layout.Places, layout.Segments, layout.Entries, layout.Norms, layout.BucketWeights);
        buckets = bucketWeights.Length;
        this.threads = entries.Length * (long)Outputs < ParallelWork ? 1 : Math.Max(1, threads);
        cuts = Cut(buckets);
        for (int i = 0; i < this.weights.Length; i++) this.weights[i] /= rows;
        probabilities = new double[rows * Outputs];
        stride = Outputs == 1 ? 1 : (Outputs + Lanes - 1) / Lanes * Lanes;
        lines = GC.AllocateArray<double>(checked(((buckets + 1) * 2 * stride) + (CacheLine / sizeof(double))), pinned: true);
        nint rest = Marshal.UnsafeAddrOfPinnedArrayElement(lines, 0) & (CacheLine - 1);
        begin = rest == 0 ? 0 : (int)(CacheLine - rest) / sizeof(double);
    }

    /// <summary>The kept buckets of each text column, in ascending order.</summary>
    internal int[][] Kept { get; }

    /// <summary>The place of each kept bucket among those of all text columns in a point: the order in which the rows have them, so that those that a row
    /// has lie close together.</summary>
    internal int[][] Places { get; }

    /// <summary>K.</summary>
    internal int Classes { get; }

    /// <summary>The values of a variable: K, or one for the difference of two classes.</summary>
    internal int Outputs { get; }

    /// <summary>How many threads go through the rows; few rows are not worth several.</summary>
    internal int Threads => threads;

    /// <summary>The number of values of a point.</summary>
    internal int Size => (width + buckets + 1) * Outputs;

    private int Intercept => Size - Outputs;

    private double Penalty => (Outputs == 1 ? 0.5 : 1.0) / rows;

    /// <inheritdoc/>
    public double Evaluate(double[] point, double[] gradient)
    {
        double value = Through(point, gradient, curved: false);
        return value + Penalise(point, gradient);
    }

    /// <summary>Writes the gradient of some function of the margins, with the penalty, and returns the penalty.</summary>
    /// <param name="point">The point.</param>
    /// <param name="slopes">The slope of the function at each margin, N x Outputs.</param>
    /// <param name="gradient">Where to.</param>
    internal double Gradient(double[] point, double[] slopes, double[] gradient)
    {
        Begin(gradient);
        double[] padded = Along();
        for (int i = 0; i < rows; i++) slopes.AsSpan(i * Outputs, Outputs).CopyTo(padded.AsSpan(i * stride));
        Add(padded, gradient, squares: false);
        return Penalise(point, gradient);
    }

    /// <inheritdoc/>
    public void Multiply(double[] direction, double[] product)
    {
        Through(direction, product, curved: true);
        int penalised = Intercept;
        TensorPrimitives.MultiplyAdd(direction.AsSpan(0, penalised), Penalty, product.AsSpan(0, penalised), product.AsSpan(0, penalised));
    }

    /// <inheritdoc/>
    public void Diagonal(double[] diagonal)
    {
        Begin(diagonal);
        double[] bends = Along();
        for (int i = 0; i < rows; i++)
            for (int k = 0; k < Outputs; k++)
            {
                double p = probabilities[(i * Outputs) + k];
                bends[(i * stride) + k] = weights[i] * p * (1 - p);
            }

        Add(bends, diagonal, squares: true);
        for (int i = 0; i < Intercept; i++) diagonal[i] += Penalty;
        for (int i = Intercept; i < diagonal.Length; i++) diagonal[i] += 1e-12;
    }

    /// <summary>What a point makes of the rows: N x <see cref="Outputs"/>.</summary>
    internal void Margins(double[] point, double[] to)
    {
        Load(point);
        ShareRows((first, end) =>
        {
            double[] own = new double[stride];
            for (int i = first; i < end; i++)
            {
                Margin(i, point, own);
                own.AsSpan(0, Outputs).CopyTo(to.AsSpan(i * Outputs));
            }
        });
    }

    /// <summary>
    /// For each variable the sum over rows of its value times the slope of the loss at the margin of a point; or, curved, times the bend of the loss at the
    /// point evaluated last along a direction. Returns the losses, summed.
    /// </summary>
    private double Through(double[] point, double[] to, bool curved)
    {
        Load(point);
        Begin(to);
        double value = 0;
        if (threads == 1)
        {
            double[] own = new double[stride];
            for (int i = 0; i < rows; i++)
            {
                Margin(i, point, own);
                if (curved) Bend(i, own);
                else value += Slope(i, own);
                AddDense(i, own, to, squares: false);
                AddTexts(i, own, 0, buckets, squares: false);
            }

            End(to, 0, buckets, squares: false);
            return value;
        }

        double[] all = Along();
        if (losses.Length == 0) losses = new double[rows];
        ShareRows((first, end) =>
        {
            for (int i = first; i < end; i++)
            {
                Span<double> own = all.AsSpan(i * stride, stride);
                Margin(i, point, own);
                if (curved) Bend(i, own);
                else losses[i] = Slope(i, own);
            }
        });
        Add(all, to, squares: false);
        if (curved) return 0;
        foreach (double loss in losses) value += loss;
        return value;
    }

    /// <summary>Turns the margins of a row into probabilities, which are kept, and into the slopes of its loss, which is returned.</summary>
    private double Slope(int i, Span<double> own)
    {
        double weight = weights[i];
        if (Outputs == 1)
        {
            double z = own[0], tail = Math.Exp(-Math.Abs(z)), p = (z >= 0 ? 1 : tail) / (1 + tail);
            probabilities[i] = p;
            own[0] = weight * (p - labels[i]);
            return weight * (Math.Max(z, 0) - (labels[i] * z) + Math.Log(1 + tail));
        }

        own = own[..Outputs];
        Span<double> shares = probabilities.AsSpan(i * Outputs, Outputs);
        double most = TensorPrimitives.Max<double>(own), margin = own[labels[i]];
        TensorPrimitives.Subtract(own, most, shares);
        TensorPrimitives.Exp<double>(shares, shares);
        double sum = TensorPrimitives.Sum<double>(shares);
        TensorPrimitives.Divide(shares, sum, shares);
        TensorPrimitives.Multiply(shares, weight, own);
        own[labels[i]] -= weight;
        return weight * (Math.Log(sum) + most - margin);
    }

    /// <summary>Multiplies what a direction makes of a row with the second derivatives of its loss.</summary>
    private void Bend(int i, Span<double> own)
    {
        if (Outputs == 1)
        {
            own[0] *= weights[i] * probabilities[i] * (1 - probabilities[i]);
            return;
        }

        own = own[..Outputs];
        ReadOnlySpan<double> shares = probabilities.AsSpan(i * Outputs, Outputs);
        TensorPrimitives.Subtract(own, TensorPrimitives.Dot<double>(own, shares), own);
        TensorPrimitives.Multiply(own, shares, own);
        TensorPrimitives.Multiply(own, weights[i], own);
    }

    /// <summary>Puts the coefficients of a point, times what their buckets weigh, where rows read them.</summary>
    private void Load(double[] point)
    {
        int from = width * Outputs;
        for (int b = 0, at = begin; b < buckets; b++, at += 2 * stride, from += Outputs)
        {
            double weight = bucketWeights[b];
            for (int k = 0; k < Outputs; k++) lines[at + k] = weight * point[from + k];
        }
    }

    /// <summary>Makes all sums zero.</summary>
    private void Begin(double[] to)
    {
        Array.Clear(to);
        for (int b = 0, at = begin + stride; b < buckets; b++, at += 2 * stride) lines.AsSpan(at, stride).Clear();
    }

    /// <summary>Takes the sums of a range of buckets over.</summary>
    private void End(double[] to, int first, int end, bool squares)
    {
        for (int b = first, at = begin + (first * 2 * stride) + stride, own = (width + first) * Outputs; b < end; b++, at += 2 * stride, own += Outputs)
        {
            double weight = squares ? (double)bucketWeights[b] * bucketWeights[b] : bucketWeights[b];
            for (int k = 0; k < Outputs; k++) to[own + k] = weight * lines[at + k];
        }
    }

    /// <summary>What a point that is loaded makes of a row.</summary>
    private void Margin(int i, double[] point, Span<double> own)
    {
        own.Clear();
        point.AsSpan(Intercept, Outputs).CopyTo(own);
        ReadOnlySpan<float> row = features.Matrix.Row(i);
        for (int c = 0; c < row.Length; c++)
        {
            (int at, double x) = levels[c] == 0 ? (starts[c], row[c]) : (starts[c] + (int)row[c], 1.0);
            for (int k = 0; k < Outputs; k++) own[k] += x * point[(at * Outputs) + k];
        }

        ref double first = ref lines[begin];
        ref double to = ref MemoryMarshal.GetReference(own);
        for (int s = 0; s < parts; s++)
        {
            ReadOnlySpan<uint> segment = Segment(i, s);
            double norm = norms[(i * parts) + s];
            if (segment.IsEmpty || norm == 0) continue;
            if (Outputs == 1) own[0] += norm * Gathered(segment, ref first);
            else
                for (int k = 0; k < stride; k += Lanes)
                {
                    Vector256<double> sum = norm * Gathered(segment, ref Unsafe.Add(ref first, k), 2 * stride);
                    (Vector256.LoadUnsafe(ref to, (nuint)k) + sum).StoreUnsafe(ref to, (nuint)k);
                }
        }
    }

    /// <summary>The coefficients of the buckets of a part of a row, times its counts as they weigh, summed.</summary>
    private static double Gathered(ReadOnlySpan<uint> segment, ref double lines)
    {
        ref float damped = ref MemoryMarshal.GetReference(HashedTexts.Weights);
        double even = 0, odd = 0;
        int e = 0;
        for (; e + 1 < segment.Length; e += 2)
        {
            even += Weight(ref damped, segment[e]) * Unsafe.Add(ref lines, Line(segment[e], 2));
            odd += Weight(ref damped, segment[e + 1]) * Unsafe.Add(ref lines, Line(segment[e + 1], 2));
        }

        return e < segment.Length ? even + odd + (Weight(ref damped, segment[e]) * Unsafe.Add(ref lines, Line(segment[e], 2))) : even + odd;
    }

    /// <summary>The same for as many classes as a vector has lanes.</summary>
    private static Vector256<double> Gathered(ReadOnlySpan<uint> segment, ref double lane, int step)
    {
        ref float damped = ref MemoryMarshal.GetReference(HashedTexts.Weights);
        Vector256<double> even = default, odd = default;
        int e = 0;
        for (; e + 1 < segment.Length; e += 2)
        {
            even += Vector256.Create(Weight(ref damped, segment[e])) * Vector256.LoadUnsafe(ref lane, Line(segment[e], step));
            odd += Vector256.Create(Weight(ref damped, segment[e + 1])) * Vector256.LoadUnsafe(ref lane, Line(segment[e + 1], step));
        }

        if (e < segment.Length) even += Vector256.Create(Weight(ref damped, segment[e])) * Vector256.LoadUnsafe(ref lane, Line(segment[e], step));
        return even + odd;
    }

    /// <summary>Adds the slopes of all rows, N x <see cref="stride"/>, times the values of the variables, or their squares.</summary>
    private void Add(double[] slopes, double[] to, bool squares) => Share(part =>
    {
        int first = cuts[part], end = cuts[part + 1];
        for (int i = 0; i < rows; i++)
        {
            ReadOnlySpan<double> own = slopes.AsSpan(i * stride, stride);
            if (part == 0) AddDense(i, own, to, squares);
            AddTexts(i, own, first, end, squares);
        }

        End(to, first, end, squares);
    });

    /// <summary>Adds the slopes of a row to the sums of a range of buckets.</summary>
    private void AddTexts(int i, ReadOnlySpan<double> own, int first, int end, bool squares)
    {
        ref double sums = ref lines[begin + stride];
        ref double slopes = ref MemoryMarshal.GetReference(own);
        for (int s = 0; s < parts; s++)
        {
            ReadOnlySpan<uint> segment = Within(Segment(i, s), first, end);
            double norm = norms[(i * parts) + s];
            if (segment.IsEmpty || norm == 0) continue;
            if (squares) norm *= norm;
            if (Outputs == 1) Scatter(segment, norm * own[0], ref sums, squares);
            else
                for (int k = 0; k < stride; k += Lanes)
                    Scatter(segment, norm * Vector256.LoadUnsafe(ref slopes, (nuint)k), ref Unsafe.Add(ref sums, k), 2 * stride, squares);
        }
    }

    /// <summary>Adds the slope of a row, times its counts as they weigh, to the sums of the buckets of a part of it.</summary>
    private static void Scatter(ReadOnlySpan<uint> segment, double slope, ref double sums, bool squares)
    {
        ref float damped = ref MemoryMarshal.GetReference(HashedTexts.Weights);
        foreach (uint entry in segment)
        {
            double weight = Weight(ref damped, entry);
            if (squares) weight *= weight;
            Unsafe.Add(ref sums, Line(entry, 2)) += slope * weight;
        }
    }

    /// <summary>The same for as many classes as a vector has lanes.</summary>
    private static void Scatter(ReadOnlySpan<uint> segment, Vector256<double> slopes, ref double lane, int step, bool squares)
    {
        ref float damped = ref MemoryMarshal.GetReference(HashedTexts.Weights);
        foreach (uint entry in segment)
        {
            double weight = Weight(ref damped, entry);
            if (squares) weight *= weight;
            nuint line = Line(entry, step);
            (Vector256.LoadUnsafe(ref lane, line) + (slopes * weight)).StoreUnsafe(ref lane, line);
        }
    }

    private void AddDense(int i, ReadOnlySpan<double> own, double[] to, bool squares)
    {
        ReadOnlySpan<float> row = features.Matrix.Row(i);
        for (int c = 0; c < row.Length; c++)
        {
            (int at, double x) = levels[c] == 0 ? (starts[c], row[c]) : (starts[c] + (int)row[c], 1.0);
            if (squares) x *= x;
            for (int k = 0; k < Outputs; k++) to[(at * Outputs) + k] += x * own[k];
        }

        for (int k = 0; k < Outputs; k++) to[Intercept + k] += own[k];
    }

    private double Penalise(double[] point, double[] gradient)
    {
        int penalised = Intercept;
        ReadOnlySpan<double> own = point.AsSpan(0, penalised);
        Span<double> slope = gradient.AsSpan(0, penalised);
        TensorPrimitives.MultiplyAdd(own, Penalty, slope, slope);
        return 0.5 * Penalty * TensorPrimitives.SumOfSquares(own);
    }

    private double[] Along() => along.Length > 0 ? along : along = new double[checked(rows * stride)];

    private void Share(Action<int> work)
    {
        if (threads == 1) work(0);
        else Parallel.For(0, threads, new ParallelOptions { MaxDegreeOfParallelism = threads }, work);
    }

    private void ShareRows(Action<int, int> work)
    {
        int chunk = (rows + threads - 1) / threads;
        Share(part => work(Math.Min(rows, part * chunk), Math.Min(rows, (part + 1) * chunk)));
    }

    private ReadOnlySpan<uint> Segment(int row, int part)
    {
        int at = (row * parts) + part;
        return entries.AsSpan(segments[at], segments[at + 1] - segments[at]);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static double Weight(ref float damped, uint entry) => Unsafe.Add(ref damped, entry & MostCount);

    /// <summary>Where the line of an entry begins.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static nuint Line(uint entry, int step) => (entry >> CountBits) * (nuint)step;

    /// <summary>The entries of a range of variables.</summary>
    private ReadOnlySpan<uint> Within(ReadOnlySpan<uint> segment, int first, int end)
    {
        if ((first == 0 && end == buckets) || segment.IsEmpty) return segment;
        return segment[Place(segment, (uint)first)..Place(segment, (uint)end)];

        static int Place(ReadOnlySpan<uint> segment, uint variable)
        {
            int low = 0, high = segment.Length;
            while (low < high)
            {
                int middle = (low + high) / 2;
                if (segment[middle] >> CountBits < variable) low = middle + 1;
                else high = middle;
            }

            return low;
        }
    }

    /// <summary>Ranges of the buckets with as many entries each.</summary>
    private int[] Cut(int buckets)
    {
        int[] ranges = new int[threads + 1];
        ranges[threads] = buckets;
        if (threads == 1) return ranges;
        int[] found = new int[buckets];
        foreach (uint entry in entries) found[entry >> CountBits]++;
        long sum = 0;
        for (int b = 0, range = 1; b < buckets && range < threads; b++)
        {
            sum += found[b];
            while (range < threads && sum >= range * (long)entries.Length / threads) ranges[range++] = b + 1;
        }

        return ranges;
    }
}
