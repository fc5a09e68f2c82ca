using System.Globalization;

namespace Counterweight;

/// <content>What calibration and decisions ask of rows that they are fitted on.</content>
internal static unsafe partial class RowChecks
{
    /// <summary>Models compute in single precision and files round: a row may sum to one plus or minus this.</summary>
    internal const double SumTolerance = 1e-3;

    internal static void FiniteScores(ReadOnlySpan<double> scores, int rows)
    {
        if (scores.Length != rows)
            throw new ArgumentException($"There are {scores.Length} scores and {rows} labels; there must be as many of both.", nameof(scores));
        NotNaN(scores, 1, 0);
        int bad = IndexOfNotFinite(scores);
        if (bad >= 0) throw new UnusableDataException($"The score is {Text(scores[bad])}; scores must be finite numbers.", row: bad + 1L);
    }

    internal static void LabelsToFit(ReadOnlySpan<int> labels, int classes, string what = "label")
    {
        if (labels.IsEmpty) throw new UnusableDataException("There are no rows.");
        Labels(labels, classes, what, 0);
    }

    internal static void WeightsToFit(ReadOnlySpan<double> weights, int rows)
    {
        if (weights.IsEmpty) return;
        if (weights.Length != rows)
            throw new ArgumentException($"There are {weights.Length} weights and {rows} labels; there must be as many of both.", nameof(weights));
        Weights(weights, 0);
        if (weights.IndexOfAnyExcept(0.0) < 0) throw new UnusableDataException("All weights are zero, so there is nothing to learn from.");
    }

    internal static void ProbabilitiesToFit(ReadOnlySpan<double> probabilities, int classes) =>
        Probabilities(probabilities, classes, SumTolerance, 0);

    /// <summary>Everything that a fit on probabilities and labels needs.</summary>
    internal static void RowsToFit(ReadOnlySpan<double> probabilities, ReadOnlySpan<int> labels, int classes, ReadOnlySpan<double> weights)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(classes, 2);
        Shape(probabilities, classes, labels.Length);
        LabelsToFit(labels, classes);
        WeightsToFit(weights, labels.Length);
        ProbabilitiesToFit(probabilities, classes);
    }

    internal static int Shape(ReadOnlySpan<double> probabilities, int classes, int? rows = null)
    {
        if (probabilities.Length % classes != 0 || (rows is int n && probabilities.Length != (long)n * classes))
            throw new ArgumentException(
                $"There are {probabilities.Length} probabilities; {(rows is int r ? $"{r} rows of" : "every row has")} {classes} classes "
                + $"{(rows is null ? "" : $"are {(long)rows * classes}")}".TrimEnd() + ".",
                nameof(probabilities));
        return probabilities.Length / classes;
    }

    internal static int IndexOfNotFinite(ReadOnlySpan<double> values)
    {
        for (int i = 0; i < values.Length; i++)
            if (!double.IsFinite(values[i])) return i;
        return -1;
    }

    internal static string Text(double value) => value.ToString("G6", CultureInfo.InvariantCulture);
}
