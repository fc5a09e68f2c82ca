using System.Numerics.Tensors;
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
/// <para>Rows are gone through as they are. Where sums over rows are needed, a thread has a range of the variables and adds in the order of the rows, so that
/// the result does not depend on the number of threads, and no thread needs a vector of its own.</para>
/// </remarks>
internal sealed class TextRegression : ICurvedFunction
{
    /// <summary>A bucket of fewer training rows is by chance: it cannot be confirmed by another row.</summary>
    private const int FewestRows = 2;

    private const int CountBits = 10, MostCount = (1 << CountBits) - 1, MostBuckets = 1 << (32 - CountBits);

    private const int ParallelWork = 1 << 17;

    /// <summary>The values of several classes of a bucket are padded to whole vectors of so many.</summary>
    private const int Lanes = 4;

    private readonly int rows, width, parts, threads, stride;
    private readonly int[] starts, levels, labels, segments, cuts;
    private readonly FeatureTable features;
    private readonly double[] weights, probabilities;
    private readonly uint[] entries;
    private readonly float[] norms, bucketWeights;
    private readonly double[] scaled, sums, margins;

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
        Kept = Keep(features.Texts, Math.Min(MostBuckets, mostValues / Outputs));
        int buckets = Kept.Sum(k => k.Length);
        (segments, entries) = LayOut(features.Texts, Kept);
        norms = new float[rows * parts];
        bucketWeights = new float[buckets];
        for (int t = 0, at = 0; t < Kept.Length; t++)
        {
            TextRows texts = features.Texts[t];
            foreach (int bucket in Kept[t]) bucketWeights[at++] = texts.Weights[bucket];
            for (int i = 0; i < rows; i++)
                for (int p = 0; p < TextRows.Parts; p++) norms[(i * parts) + (t * TextRows.Parts) + p] = texts.Norm(i, p);
        }

        this.threads = entries.Length * (long)Outputs < ParallelWork ? 1 : Math.Max(1, threads);
        cuts = Cut(buckets);
        probabilities = new double[rows * Outputs];
        margins = new double[rows * Outputs];
        stride = Outputs == 1 ? 1 : (Outputs + Lanes - 1) / Lanes * Lanes;
        scaled = new double[checked(buckets * stride)];
        sums = Outputs == 1 ? [] : new double[scaled.Length];
    }

    /// <summary>The kept buckets of each text column, in ascending order.</summary>
    internal int[][] Kept { get; }

    /// <summary>K.</summary>
    internal int Classes { get; }

    /// <summary>The values of a variable: K, or one for the difference of two classes.</summary>
    internal int Outputs { get; }

    /// <summary>The number of values of a point.</summary>
    internal int Size => (width + bucketWeights.Length + 1) * Outputs;

    private int Intercept => Size - Outputs;

    private double Penalty => (Outputs == 1 ? 0.5 : 1.0) / rows;

    /// <inheritdoc/>
    public double Evaluate(double[] point, double[] gradient)
    {
        Margins(point, margins);
        double value = 0;
        double[] slopes = new double[margins.Length];
        if (Outputs == 1)
            for (int i = 0; i < rows; i++)
            {
                double z = margins[i], p = 1 / (1 + Math.Exp(-z));
                value += weights[i] * (Math.Max(z, 0) - (labels[i] * z) + Math.Log(1 + Math.Exp(-Math.Abs(z))));
                probabilities[i] = p;
                slopes[i] = weights[i] * (p - labels[i]) / rows;
            }
        else
            for (int i = 0; i < rows; i++)
            {
                Span<double> p = probabilities.AsSpan(i * Outputs, Outputs), own = slopes.AsSpan(i * Outputs, Outputs);
                ReadOnlySpan<double> z = margins.AsSpan(i * Outputs, Outputs);
                double most = TensorPrimitives.Max(z);
                TensorPrimitives.Subtract(z, most, p);
                TensorPrimitives.Exp<double>(p, p);
                double sum = TensorPrimitives.Sum<double>(p);
                value += weights[i] * (Math.Log(sum) + most - z[labels[i]]);
                TensorPrimitives.Divide(p, sum, p);
                TensorPrimitives.Multiply(p, weights[i] / rows, own);
                own[labels[i]] -= weights[i] / rows;
            }

        Sums(slopes, gradient, squares: false);
        return (value / rows) + Penalise(point, gradient);
    }

    /// <summary>Writes the gradient of some function of the margins, with the penalty, and returns the penalty.</summary>
    /// <param name="point">The point.</param>
    /// <param name="slopes">The slope of the function at each margin, N x Outputs.</param>
    /// <param name="gradient">Where to.</param>
    internal double Gradient(double[] point, double[] slopes, double[] gradient)
    {
        Sums(slopes, gradient, squares: false);
        return Penalise(point, gradient);
    }

    /// <inheritdoc/>
    public void Multiply(double[] direction, double[] product)
    {
        double[] along = new double[margins.Length];
        Margins(direction, along);
        if (Outputs == 1)
            for (int i = 0; i < rows; i++) along[i] *= weights[i] * probabilities[i] * (1 - probabilities[i]) / rows;
        else
            for (int i = 0; i < rows; i++)
            {
                Span<double> own = along.AsSpan(i * Outputs, Outputs);
                ReadOnlySpan<double> p = probabilities.AsSpan(i * Outputs, Outputs);
                TensorPrimitives.Subtract(own, TensorPrimitives.Dot<double>(own, p), own);
                TensorPrimitives.Multiply(own, p, own);
                TensorPrimitives.Multiply(own, weights[i] / rows, own);
            }

        Sums(along, product, squares: false);
        int penalised = Intercept;
        TensorPrimitives.MultiplyAdd(direction.AsSpan(0, penalised), Penalty, product.AsSpan(0, penalised), product.AsSpan(0, penalised));
    }

    /// <inheritdoc/>
    public void Diagonal(double[] diagonal)
    {
        double[] bends = new double[margins.Length];
        for (int i = 0; i < bends.Length; i++) bends[i] = weights[i / Outputs] * probabilities[i] * (1 - probabilities[i]) / rows;
        Sums(bends, diagonal, squares: true);
        for (int i = 0; i < Intercept; i++) diagonal[i] += Penalty;
        for (int i = Intercept; i < diagonal.Length; i++) diagonal[i] += 1e-12;
    }

    /// <summary>What a point makes of the rows: N x <see cref="Outputs"/>.</summary>
    internal void Margins(double[] point, double[] to)
    {
        int dense = width * Outputs;
        for (int b = 0; b < bucketWeights.Length; b++)
            for (int k = 0; k < Outputs; k++) scaled[(b * stride) + k] = bucketWeights[b] * point[dense + (b * Outputs) + k];
        int chunk = (rows + threads - 1) / threads;
        Share(part =>
        {
            double[] padded = new double[stride];
            for (int i = part * chunk; i < Math.Min(rows, (part + 1) * chunk); i++)
            {
                Span<double> own = to.AsSpan(i * Outputs, Outputs);
                point.AsSpan(Intercept, Outputs).CopyTo(own);
                ReadOnlySpan<float> row = features.Matrix.Row(i);
                for (int c = 0; c < row.Length; c++)
                {
                    (int at, double x) = levels[c] == 0 ? (starts[c], row[c]) : (starts[c] + (int)row[c], 1.0);
                    for (int k = 0; k < own.Length; k++) own[k] += x * point[(at * Outputs) + k];
                }

                for (int s = 0; s < parts; s++)
                {
                    ReadOnlySpan<uint> segment = Segment(i, s);
                    float norm = norms[(i * parts) + s];
                    if (Outputs == 1)
                    {
                        double sum = 0;
                        foreach (uint entry in segment) sum += Weight(entry) * scaled[entry >> CountBits];
                        own[0] += norm * sum;
                    }
                    else if (segment.Length > 0 && norm > 0)
                    {
                        Array.Clear(padded);
                        foreach (uint entry in segment) Add(padded, 0, scaled, (int)(entry >> CountBits) * stride, Weight(entry));
                        for (int k = 0; k < own.Length; k++) own[k] += norm * padded[k];
                    }
                }
            }
        });
    }

    /// <summary>For each variable the sum over rows of its value, or its square, times what a row has, N x Outputs.</summary>
    private void Sums(double[] slopes, double[] to, bool squares)
    {
        Array.Clear(to);
        int dense = width * Outputs;
        Share(part =>
        {
            int first = cuts[part], end = cuts[part + 1];
            double[] padded = new double[stride];
            if (Outputs > 1) sums.AsSpan(first * stride, (end - first) * stride).Clear();
            for (int i = 0; i < rows; i++)
            {
                ReadOnlySpan<double> own = slopes.AsSpan(i * Outputs, Outputs);
                if (part == 0) AddDense(i, own, to, squares);
                for (int s = 0; s < parts; s++)
                {
                    float norm = norms[(i * parts) + s];
                    if (squares) norm *= norm;
                    ReadOnlySpan<uint> segment = Within(Segment(i, s), first, end);
                    if (Outputs == 1)
                    {
                        double all = own[0] * norm;
                        foreach (uint entry in segment)
                        {
                            float weight = Weight(entry);
                            to[dense + (int)(entry >> CountBits)] += all * (squares ? weight * weight : weight);
                        }
                    }
                    else if (segment.Length > 0 && norm > 0)
                    {
                        for (int k = 0; k < own.Length; k++) padded[k] = norm * own[k];
                        foreach (uint entry in segment)
                        {
                            float weight = Weight(entry);
                            Add(sums, (int)(entry >> CountBits) * stride, padded, 0, squares ? weight * weight : weight);
                        }
                    }
                }
            }

            for (int b = first; b < end; b++)
            {
                double weight = squares ? bucketWeights[b] * bucketWeights[b] : bucketWeights[b];
                if (Outputs == 1) to[dense + b] *= weight;
                else
                    for (int k = 0; k < Outputs; k++) to[dense + (b * Outputs) + k] = weight * sums[(b * stride) + k];
            }
        });
    }

    private void AddDense(int i, ReadOnlySpan<double> own, double[] to, bool squares)
    {
        ReadOnlySpan<float> row = features.Matrix.Row(i);
        for (int c = 0; c < row.Length; c++)
        {
            (int at, double x) = levels[c] == 0 ? (starts[c], row[c]) : (starts[c] + (int)row[c], 1.0);
            if (squares) x *= x;
            for (int k = 0; k < own.Length; k++) to[(at * Outputs) + k] += x * own[k];
        }

        for (int k = 0; k < own.Length; k++) to[Intercept + k] += own[k];
    }

    private double Penalise(double[] point, double[] gradient)
    {
        int penalised = Intercept;
        ReadOnlySpan<double> own = point.AsSpan(0, penalised);
        Span<double> slope = gradient.AsSpan(0, penalised);
        TensorPrimitives.MultiplyAdd(own, Penalty, slope, slope);
        return 0.5 * Penalty * TensorPrimitives.SumOfSquares(own);
    }

    private void Share(Action<int> work)
    {
        if (threads == 1) work(0);
        else Parallel.For(0, threads, new ParallelOptions { MaxDegreeOfParallelism = threads }, work);
    }

    private ReadOnlySpan<uint> Segment(int row, int part)
    {
        int at = (row * parts) + part;
        return entries.AsSpan(segments[at], segments[at + 1] - segments[at]);
    }

    private static float Weight(uint entry) => HashedTexts.Weights[(int)(entry & MostCount)];

    /// <summary>Adds a padded line of an array, times a number, to one of another.</summary>
    private void Add(double[] to, int toLine, double[] what, int whatLine, double times)
    {
        ref double target = ref MemoryMarshal.GetReference(to.AsSpan(toLine, stride));
        ref double source = ref MemoryMarshal.GetReference(what.AsSpan(whatLine, stride));
        var factor = Vector256.Create(times);
        for (nuint k = 0; k < (nuint)stride; k += Lanes)
            (Vector256.LoadUnsafe(ref target, k) + (factor * Vector256.LoadUnsafe(ref source, k))).StoreUnsafe(ref target, k);
    }

    /// <summary>The entries of a range of variables.</summary>
    private ReadOnlySpan<uint> Within(ReadOnlySpan<uint> segment, int first, int end)
    {
        if (threads == 1 || segment.Length == 0) return segment;
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

    /// <summary>The buckets that enough rows have, and of them those of the most rows if they are too many.</summary>
    private static int[][] Keep(IReadOnlyList<TextRows> texts, int most)
    {
        int[][] found = [.. texts.Select(t =>
        {
            int[] own = new int[NGrams.Buckets];
            for (int i = 0; i < t.Count; i++)
                foreach (uint entry in t.Row(i)) own[HashedTexts.Bucket(entry)]++;
            return own;
        })];
        int fewest = FewestRows;
        while (found.Sum(f => f.Count(n => n >= fewest)) > most) fewest++;
        return [.. found.Select(f => (int[])[.. Enumerable.Range(0, f.Length).Where(b => f[b] >= fewest)])];
    }

    private static (int[] Segments, uint[] Entries) LayOut(IReadOnlyList<TextRows> texts, int[][] kept)
    {
        int rows = texts[0].Count, parts = texts.Count * TextRows.Parts, first = 0;
        int[] segments = new int[(rows * parts) + 1];
        int[][] places = new int[texts.Count][];
        for (int t = 0; t < texts.Count; t++)
        {
            places[t] = new int[NGrams.Buckets];
            Array.Fill(places[t], -1);
            foreach (int bucket in kept[t]) places[t][bucket] = first++;
            for (int i = 0; i < rows; i++)
                foreach (uint entry in texts[t].Row(i))
                {
                    int bucket = HashedTexts.Bucket(entry);
                    if (places[t][bucket] >= 0) segments[(i * parts) + (t * TextRows.Parts) + (bucket < NGrams.FirstCharacters ? 0 : 1) + 1]++;
                }
        }

        for (int s = 1; s < segments.Length; s++) segments[s] = checked(segments[s] + segments[s - 1]);
        uint[] entries = new uint[segments[^1]];
        for (int i = 0, at = 0; i < rows; i++)
            for (int t = 0; t < texts.Count; t++)
                foreach (uint entry in texts[t].Row(i))
                {
                    int place = places[t][HashedTexts.Bucket(entry)];
                    if (place >= 0) entries[at++] = ((uint)place << CountBits) | (uint)Math.Min(HashedTexts.Count(entry), MostCount);
                }

        return (segments, entries);
    }
}
