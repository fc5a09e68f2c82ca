using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Counterweight;

/// <summary>How often (or with which summed weight) each class was predicted where each class was true. Immutable.</summary>
/// <remarks>
/// Every metric of predicted classes derives from it, in time that does not depend on the number of rows. Matrices of parts of the data
/// add up with <c>+</c> to the matrix of the whole, exactly where the weights are whole numbers.
/// </remarks>
/// <example>
/// <code>
/// int[] truth = [0, 0, 0, 1, 1], predicted = [0, 0, 1, 1, 0];
/// ConfusionMatrix matrix = ConfusionMatrix.Of(truth, predicted, classes: 2);
/// double balanced = matrix.BalancedAccuracy();     // (2/3 + 1/2) / 2
/// double f1 = matrix.Scores()[1].F;                // of class 1: 0.5
/// </code>
/// </example>
public sealed partial class ConfusionMatrix : IEquatable<ConfusionMatrix>
{
    private readonly double[] cells;
    private readonly double[] truths;
    private readonly double[] predictions;

    private ConfusionMatrix(double[] cells, int classes)
    {
        (this.cells, Classes) = (cells, classes);
        truths = new double[classes];
        predictions = new double[classes];
        for (int t = 0; t < classes; t++)
        {
            for (int p = 0; p < classes; p++)
            {
                truths[t] += cells[t * classes + p];
                predictions[p] += cells[t * classes + p];
            }

            Total += truths[t];
            Correct += cells[t * classes + t];
        }
    }

    /// <summary>The number of classes K.</summary>
    public int Classes { get; }

    /// <summary>The number, or summed weight, of all rows.</summary>
    public double Total { get; }

    /// <summary>The number, or summed weight, of the rows predicted rightly.</summary>
    public double Correct { get; }

    /// <summary>The number, or summed weight, of the rows of one class that were predicted as another.</summary>
    /// <param name="truth">The true class, 0..K-1.</param>
    /// <param name="predicted">The predicted class, 0..K-1.</param>
    public double this[int truth, int predicted]
    {
        get
        {
            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)truth, (uint)Classes, nameof(truth));
            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)predicted, (uint)Classes, nameof(predicted));
            return cells[truth * Classes + predicted];
        }
    }

    /// <summary>The cells, row-major (K x K): true class by predicted class.</summary>
    public ReadOnlySpan<double> AsSpan() => cells;

    /// <summary>The number, or summed weight, of the rows of each true class (K): their support.</summary>
    public ReadOnlySpan<double> Truths => truths;

    /// <summary>The number, or summed weight, of the rows of each predicted class (K).</summary>
    public ReadOnlySpan<double> Predictions => predictions;

    /// <summary>Counts pairs of true and predicted classes.</summary>
    /// <param name="truth">The true classes (N), each 0..K-1.</param>
    /// <param name="predicted">The predicted classes (N), each 0..K-1.</param>
    /// <param name="classes">The number of classes K, at least 2.</param>
    /// <param name="weights">The row weights (N), finite and not negative; empty to count rows.</param>
    /// <param name="threads">The largest number of threads; 0 means all processors. The result does not depend on it.</param>
    /// <exception cref="UnusableDataException">A label is no class, or a weight is negative or not finite; the message names the row.</exception>
    public static unsafe ConfusionMatrix Of(
        ReadOnlySpan<int> truth, ReadOnlySpan<int> predicted, int classes, ReadOnlySpan<double> weights = default, int threads = 0)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(classes, 2);
        if (predicted.Length != truth.Length)
            throw new ArgumentException($"There are {predicted.Length} predicted classes for {truth.Length} rows.", nameof(predicted));
        if (!weights.IsEmpty && weights.Length != truth.Length)
            throw new ArgumentException($"There are {weights.Length} weights for {truth.Length} rows.", nameof(weights));
        if (!weights.IsEmpty) RowChecks.Weights(weights, threads);
        int rows = truth.Length, size = classes * classes;
        int blocks = (int)Math.Clamp((long)rows >> 17, 1, Math.Max(1, (1 << 22) / size));
        double[] sums = new double[size];
        bool good = true;
        fixed (int* truthStart = truth, predictedStart = predicted)
        fixed (double* weightStart = weights)
        {
            int* t = truthStart, p = predictedStart;
            double* w = weightStart;
            double[][] parts = new double[blocks][];
            void Count(int block)
            {
                int from = (int)((long)rows * block / blocks), count = (int)((long)rows * (block + 1) / blocks) - from;
                var ts = new ReadOnlySpan<int>(t + from, count);
                var ps = new ReadOnlySpan<int>(p + from, count);
                double[] part = parts[block] = new double[size];
                bool fine = w != null ? AddWeighted(ts, ps, new(w + from, count), part, classes)
                    : classes == 2 ? AddBinary(ts, ps, part)
                    : AddCounts(ts, ps, part, classes);
                if (!fine) Volatile.Write(ref good, false);
            }

            if (blocks == 1 || Threads.Resolve(threads) == 1)
                for (int b = 0; b < blocks; b++) Count(b);
            else Parallel.For(0, blocks, Threads.Options(threads), Count);
            foreach (double[] part in parts)
                for (int i = 0; i < size; i++) sums[i] += part[i];
        }

        if (!good)
        {
            RowChecks.Labels(truth, classes, "label", threads);
            RowChecks.Labels(predicted, classes, "predicted class", threads);
        }

        return new(sums, classes);
    }

    /// <summary>A matrix from its cells.</summary>
    /// <param name="cells">The cells, K x K row-major: true class by predicted class; finite and not negative.</param>
    /// <param name="classes">The number of classes K, at least 2.</param>
    public static ConfusionMatrix From(ReadOnlySpan<double> cells, int classes)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(classes, 2);
        if (cells.Length != classes * classes)
            throw new ArgumentException($"A confusion matrix of {classes} classes has {classes * classes} cells, not {cells.Length}.", nameof(cells));
        foreach (double cell in cells)
            if (!(cell >= 0 && double.IsFinite(cell)))
                throw new ArgumentException($"The cells of a confusion matrix are finite and not negative; one is {cell}.", nameof(cells));
        return new(cells.ToArray(), classes);
    }

    /// <summary>The matrix of two sets of rows together.</summary>
    /// <param name="other">The matrix of the other rows, of the same classes.</param>
    public ConfusionMatrix Merge(ConfusionMatrix other)
    {
        ArgumentNullException.ThrowIfNull(other);
        if (other.Classes != Classes)
            throw new ArgumentException($"A matrix of {other.Classes} classes cannot be added to one of {Classes}.", nameof(other));
        double[] sums = new double[cells.Length];
        for (int i = 0; i < sums.Length; i++) sums[i] = cells[i] + other.cells[i];
        return new(sums, Classes);
    }

    /// <summary>The matrix of two sets of rows together.</summary>
    /// <param name="left">The matrix of some rows.</param>
    /// <param name="right">The matrix of other rows, of the same classes.</param>
    public static ConfusionMatrix operator +(ConfusionMatrix left, ConfusionMatrix right)
    {
        ArgumentNullException.ThrowIfNull(left);
        return left.Merge(right);
    }

    /// <summary>The matrix of two sets of rows together; the name of <c>+</c> for languages without operators.</summary>
    /// <param name="left">The matrix of some rows.</param>
    /// <param name="right">The matrix of other rows, of the same classes.</param>
    public static ConfusionMatrix Add(ConfusionMatrix left, ConfusionMatrix right) => left + right;

    /// <summary>The cells as shares of a sum; a share of nothing is 0, as in scikit-learn.</summary>
    /// <param name="by">What to divide by.</param>
    /// <returns>The shares, K x K row-major.</returns>
    public double[] Normalise(ConfusionShares by)
    {
        double[] shares = new double[cells.Length];
        for (int t = 0; t < Classes; t++)
            for (int p = 0; p < Classes; p++)
            {
                double sum = by switch
                {
                    ConfusionShares.OfTruth => truths[t],
                    ConfusionShares.OfPredicted => predictions[p],
                    ConfusionShares.OfAll => Total,
                    _ => throw new ArgumentOutOfRangeException(nameof(by), by, "Shares are OfTruth, OfPredicted or OfAll."),
                };
                shares[t * Classes + p] = Divide(cells[t * Classes + p], sum);
            }

        return shares;
    }

    /// <inheritdoc/>
    public bool Equals(ConfusionMatrix? other) => other is not null && other.cells.AsSpan().SequenceEqual(cells);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as ConfusionMatrix);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Classes, Total, Correct);

    private static double Divide(double numerator, double denominator, double otherwise = 0) => denominator == 0 ? otherwise : numerator / denominator;

    /// <summary>Counts 0/1 labels as three sums of vectors.</summary>
    private static bool AddBinary(ReadOnlySpan<int> truth, ReadOnlySpan<int> predicted, Span<double> cells)
    {
        const int Stretch = 1 << 20;
        long positives = 0, predictedPositives = 0, both = 0;
        bool good = true;
        for (int start = 0; start < truth.Length; start += Stretch)
        {
            ReadOnlySpan<int> t = truth.Slice(start, Math.Min(Stretch, truth.Length - start)), p = predicted.Slice(start, t.Length);
            ReadOnlySpan<Vector<int>> ts = MemoryMarshal.Cast<int, Vector<int>>(t), ps = MemoryMarshal.Cast<int, Vector<int>>(p);
            Vector<int> sumT = default, sumP = default, sumBoth = default, any = default;
            for (int i = 0; i < ts.Length; i++)
            {
                Vector<int> a = ts[i], b = ps[i];
                any |= a | b;
                sumT += a;
                sumP += b;
                sumBoth += a & b;
            }

            positives += Vector.Sum(sumT);
            predictedPositives += Vector.Sum(sumP);
            both += Vector.Sum(sumBoth);
            good &= (any & ~Vector<int>.One) == Vector<int>.Zero;
            for (int i = ts.Length * Vector<int>.Count; i < t.Length; i++)
            {
                good &= ((t[i] | p[i]) & ~1) == 0;
                positives += t[i];
                predictedPositives += p[i];
                both += t[i] & p[i];
            }
        }

        cells[3] += both;
        cells[2] += positives - both;
        cells[1] += predictedPositives - both;
        cells[0] += truth.Length - positives - predictedPositives + both;
        return good;
    }

    /// <summary>Counts in four tables in turn, so that equal neighbours do not wait for each other.</summary>
    private static bool AddCounts(ReadOnlySpan<int> truth, ReadOnlySpan<int> predicted, Span<double> cells, int classes)
    {
        int size = cells.Length, tables = size <= 4096 ? 4 : 1;
        int[] counts = new int[size * tables];
        ref int count = ref MemoryMarshal.GetArrayDataReference(counts);
        ref int t = ref MemoryMarshal.GetReference(truth);
        ref int p = ref MemoryMarshal.GetReference(predicted);
        uint k = (uint)classes;
        for (int i = 0; i < truth.Length; i++)
        {
            uint a = (uint)Unsafe.Add(ref t, i), b = (uint)Unsafe.Add(ref p, i);
            if (a >= k || b >= k) return false;
            Unsafe.Add(ref count, (nint)(a * k + b) + (i & (tables - 1)) * size)++;
        }

        for (int i = 0; i < counts.Length; i++) cells[i % size] += counts[i];
        return true;
    }

    private static bool AddWeighted(ReadOnlySpan<int> truth, ReadOnlySpan<int> predicted, ReadOnlySpan<double> weights, Span<double> cells, int classes)
    {
        int size = cells.Length, tables = size <= 1024 ? 4 : 1;
        double[] sums = new double[size * tables];
        ref double sum = ref MemoryMarshal.GetArrayDataReference(sums);
        uint k = (uint)classes;
        for (int i = 0; i < truth.Length; i++)
        {
            uint a = (uint)truth[i], b = (uint)predicted[i];
            if (a >= k || b >= k) return false;
            Unsafe.Add(ref sum, (nint)(a * k + b) + (i & (tables - 1)) * size) += weights[i];
        }

        for (int i = 0; i < sums.Length; i++) cells[i % size] += sums[i];
        return true;
    }
}
