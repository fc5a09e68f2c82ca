using System.Globalization;
using System.Numerics;
using System.Runtime.InteropServices;

namespace Counterweight;

/// <summary>Checks of rows, vectorised and parallel; an error names the first bad row, counted from 1.</summary>
internal static unsafe partial class RowChecks
{
    internal const int BlockRows = 1 << 17;

    /// <summary>Runs a body over blocks of rows whose borders do not depend on the number of threads.</summary>
    internal static void ForBlocks(int rows, int threads, Action<int, int> body)
    {
        int blocks = (int)(((long)rows + BlockRows - 1) / BlockRows);
        void Block(int b) => body(b * BlockRows, (int)Math.Min(rows, (b + 1L) * BlockRows));
        if (blocks <= 1 || Threads.Resolve(threads) == 1)
            for (int b = 0; b < blocks; b++) Block(b);
        else Parallel.For(0, blocks, Threads.Options(threads), Block);
    }

    internal static void Labels(ReadOnlySpan<int> labels, int classes, string what, int threads)
    {
        int bad = First(labels, threads, (span, _) => HasOutside(span, classes));
        if (bad < 0) return;
        for (int i = bad; i < labels.Length; i++)
            if ((uint)labels[i] >= (uint)classes)
                throw new UnusableDataException($"The {what} has the code {labels[i]}; the {classes} classes have the codes 0 to {classes - 1}.", row: i + 1L);
    }

    internal static void Weights(ReadOnlySpan<double> weights, int threads)
    {
        int bad = First(weights, threads, (span, _) => HasOutside(span, 0, double.MaxValue));
        if (bad < 0) return;
        for (int i = bad; i < weights.Length; i++)
            if (!(weights[i] >= 0 && weights[i] <= double.MaxValue))
                throw new UnusableDataException(Say($"The row weight is {weights[i]}; weights are finite and not negative."), row: i + 1L);
    }

    internal static void NotNaN(ReadOnlySpan<double> scores, int columns, int threads)
    {
        int bad = First(scores, threads, (span, _) => HasOutside(span, double.NegativeInfinity, double.PositiveInfinity));
        if (bad < 0) return;
        for (int i = bad; i < scores.Length; i++)
            if (double.IsNaN(scores[i]))
                throw new UnusableDataException(
                    Say($"The score{Of(i, columns)} is not a number (NaN). Remove the row or find out why the model gave no score."), row: i / columns + 1L);
    }

    /// <summary>Checks the shapes and values of a binary problem's rows.</summary>
    internal static void Ranked(ReadOnlySpan<int> truth, ReadOnlySpan<double> scores, ReadOnlySpan<double> weights, int threads)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(threads);
        if (scores.Length != truth.Length) throw new ArgumentException($"There are {scores.Length} scores for {truth.Length} rows.", nameof(scores));
        if (!weights.IsEmpty && weights.Length != truth.Length)
            throw new ArgumentException($"There are {weights.Length} weights for {truth.Length} rows.", nameof(weights));
        NotNaN(scores, 1, threads);
        Weights(weights, threads);
    }

    internal static void UnitInterval(ReadOnlySpan<double> probabilities, int threads, int columns = 1)
    {
        int bad = First(probabilities, threads, (span, _) => HasOutside(span, 0, 1));
        if (bad < 0) return;
        for (int i = bad; i < probabilities.Length; i++)
            if (!(probabilities[i] >= 0 && probabilities[i] <= 1))
                throw new UnusableDataException(
                    Say($"The probability{Of(i, columns)} is {probabilities[i]}; probabilities lie in 0..1. ")
                    + "Scores of another scale must be calibrated first.", row: i / columns + 1L);
    }

    internal static void Probabilities(ReadOnlySpan<double> probabilities, int classes, double tolerance, int threads)
    {
        UnitInterval(probabilities, threads, classes);
        fixed (double* values = probabilities)
        {
            double* data = values;
            int rows = probabilities.Length / classes;
            long firstBad = long.MaxValue;
            Lock gate = new();
            ForBlocks(rows, threads, (start, end) =>
            {
                for (int i = start; i < end; i++)
                {
                    double sum = 0;
                    double* row = data + (long)i * classes;
                    for (int c = 0; c < classes; c++) sum += row[c];
                    if (Math.Abs(sum - 1) <= tolerance) continue;
                    lock (gate) firstBad = Math.Min(firstBad, i);
                    return;
                }
            });
            if (firstBad == long.MaxValue) return;
            double total = 0;
            for (int c = 0; c < classes; c++) total += data[firstBad * classes + c];
            throw new UnusableDataException(Say($"The probabilities sum to {total}, which is not within {tolerance} of one."), row: firstBad + 1);
        }
    }

    private static string Of(int index, int columns) => columns == 1 ? "" : Say($" of class {index % columns}");

    private static string Say(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);

    /// <summary>The start of the first block for which the test holds, or -1.</summary>
    private static int First<T>(ReadOnlySpan<T> values, int threads, Func<ReadOnlySpan<T>, int, bool> test)
        where T : unmanaged
    {
        if (values.Length <= BlockRows) return test(values, 0) ? 0 : -1;
        fixed (T* start = values)
        {
            T* data = start;
            int bad = int.MaxValue;
            Lock gate = new();
            ForBlocks(values.Length, threads, (from, to) =>
            {
                if (!test(new ReadOnlySpan<T>(data + from, to - from), from)) return;
                lock (gate) bad = Math.Min(bad, from);
            });
            return bad == int.MaxValue ? -1 : bad;
        }
    }

    private static bool HasOutside(ReadOnlySpan<int> values, int classes)
    {
        ReadOnlySpan<Vector<uint>> vectors = MemoryMarshal.Cast<int, Vector<uint>>(values);
        var limit = new Vector<uint>((uint)classes);
        var bad = Vector<uint>.Zero;
        foreach (Vector<uint> vector in vectors) bad |= Vector.GreaterThanOrEqual(vector, limit);
        bool outside = bad != Vector<uint>.Zero;
        for (int i = vectors.Length * Vector<uint>.Count; i < values.Length; i++) outside |= (uint)values[i] >= (uint)classes;
        return outside;
    }

    private static bool HasOutside(ReadOnlySpan<double> values, double low, double high)
    {
        ReadOnlySpan<Vector<double>> vectors = MemoryMarshal.Cast<double, Vector<double>>(values);
        var lows = new Vector<double>(low);
        var highs = new Vector<double>(high);
        var good = Vector<long>.AllBitsSet;
        foreach (Vector<double> vector in vectors) good &= Vector.GreaterThanOrEqual(vector, lows) & Vector.LessThanOrEqual(vector, highs);
        bool inside = good == Vector<long>.AllBitsSet;
        for (int i = vectors.Length * Vector<double>.Count; i < values.Length; i++) inside &= values[i] >= low && values[i] <= high;
        return !inside;
    }
}
