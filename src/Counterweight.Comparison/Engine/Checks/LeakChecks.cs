using System.Globalization;
using System.Numerics.Tensors;
using Counterweight.Data;
using MathNet.Numerics.Statistics;

namespace Counterweight.Comparison;

/// <summary>Traces of work that was done on all rows before they were split, where no fold can undo it: resampling, target encoding, columns made from the
/// target.</summary>
internal static class LeakChecks
{
    private const double RankedAll = 0.9995, SameLine = 1e-7, Encoded = 0.9999, SyntheticShare = 0.05;

    private const int FewestRows = 20, MostRows = 50_000, Probes = 500, Neighbours = 12, FewestLevels = 8, FewestColumns = 3, MostClasses = 20;

    internal static void Warn(Dataset dataset, ClassCounts counts, List<Warning> warnings)
    {
        int[] labels = dataset.Labels.ToArray();
        foreach (NumericColumn column in dataset.Columns.OfType<NumericColumn>())
        {
            int[] present = [.. Enumerable.Range(0, dataset.Rows).Where(i => !double.IsNaN(column.Values[i]))];
            if (present.Length < FewestRows) continue;
            double[] values = [.. present.Select(i => column.Values[i])];
            int[] truth = [.. present.Select(i => labels[i])];
            int distinct = values.Distinct().Count();
            if (distinct > present.Length / 2 && counts.Classes == 2 && Ranks(values, truth) is double auc and >= RankedAll)
                warnings.Add(new("target-copy", string.Create(
                    CultureInfo.InvariantCulture,
                    $"Column '{column.Name}' alone ranks the two classes almost without an error (AUC {auc:0.0000}). It looks like it was made from the "
                    + $"target, or is known only afterwards; if so, leave it out.")));
            if (distinct >= FewestLevels && distinct <= present.Length / 3 && Encodes(values, truth, counts.Classes))
                warnings.Add(new("target-encoding",
                    $"The values of column '{column.Name}' are the share of a class among the rows that have them, as target encoding makes them. "
                    + "It was made from the labels of all rows, also of those that judge a model, so every figure is too good. Leave it out, and give the "
                    + "column it was made from."));
        }

        for (int c = 0; c < Math.Min(counts.Classes, MostClasses); c++)
            if (Synthetic(dataset, labels, c) is double share and >= SyntheticShare)
                warnings.Add(new("synthetic-rows", string.Create(
                    CultureInfo.InvariantCulture,
                    $"{share:P0} of the rows of class '{counts.Labels[c]}' lie exactly on a line between two others, as SMOTE makes them. Rows that were "
                    + $"made before the split carry what the judged rows know into training, so every figure is too good. Compare the rows as they were, "
                    + $"and try resample:smote.")));
    }

    /// <summary>The area under the ROC curve of a column, in whichever direction it is larger; 0 if a class is absent.</summary>
    private static double Ranks(double[] values, int[] truth)
    {
        if (!truth.Contains(0) || !truth.Contains(1)) return 0;
        double auc = RocAuc.Of(truth, values, threads: 1);
        return Math.Max(auc, 1 - auc);
    }

    /// <summary>Whether the share of some class at each value is a straight line of the value.</summary>
    private static bool Encodes(double[] values, int[] truth, int classes)
    {
        var rows = new Dictionary<double, int>();
        foreach (double value in values) rows.TryAdd(value, rows.Count);
        double[] levels = [.. rows.Keys], sizes = new double[levels.Length];
        int[] at = [.. values.Select(v => rows[v])];
        foreach (int level in at) sizes[level]++;
        for (int c = classes == 2 ? 1 : 0; c < Math.Min(classes, MostClasses); c++)
        {
            double[] shares = new double[levels.Length];
            for (int i = 0; i < at.Length; i++)
                if (truth[i] == c) shares[at[i]] += 1 / sizes[at[i]];
            if (shares.Distinct().Count() >= FewestLevels && Correlation.WeightedPearson(levels, shares, sizes) >= Encoded) return true;
        }

        return false;
    }

    /// <summary>The share of a class's rows that lie on a line with two of their neighbours, in at least three real columns; null if that cannot be
    /// told.</summary>
    private static double? Synthetic(Dataset dataset, int[] labels, int code)
    {
        NumericColumn[] columns = [.. dataset.Columns.OfType<NumericColumn>().Where(c => c.Kind == NumericKind.Real)];
        if (columns.Length < FewestColumns) return null;
        int[] rows = [.. Enumerable.Range(0, labels.Length).Where(i => labels[i] == code && columns.All(c => !double.IsNaN(c.Values[i])))];
        if (rows.Length is < FewestRows or > MostRows) return null;
        int d = columns.Length;
        double[] values = new double[rows.Length * d];
        for (int j = 0; j < d; j++)
        {
            var scale = ColumnScale.Of([.. rows.Select(i => columns[j].Values[i])]);
            for (int i = 0; i < rows.Length; i++) values[i * d + j] = scale.Standardise(columns[j].Values[rows[i]]);
        }

        int[] probes = rows.Length <= Probes ? [.. Enumerable.Range(0, rows.Length)]
            : [.. Enumerable.Range(0, Probes).Select(i => (int)((long)i * rows.Length / Probes))];
        NeighbourLists near = new NeighbourIndex<double>(new SampleMatrix<double>(values, d)).FindOthers(probes, Math.Min(Neighbours, rows.Length - 1));
        int found = 0;
        double[] differences = new double[near.K * d], lengths = new double[near.K];
        for (int q = 0; q < probes.Length; q++)
        {
            ReadOnlySpan<double> row = values.AsSpan(probes[q] * d, d);
            ReadOnlySpan<int> others = near.RowsOf(q);
            for (int k = 0; k < near.K; k++)
            {
                Span<double> difference = differences.AsSpan(k * d, d);
                TensorPrimitives.Subtract(values.AsSpan(others[k] * d, d), row, difference);
                lengths[k] = TensorPrimitives.Norm<double>(difference);
            }

            if (OnALine()) found++;
        }

        return (double)found / probes.Length;

        bool OnALine()
        {
            for (int a = 0; a < near.K; a++)
                for (int b = 0; b < a; b++)
                {
                    ReadOnlySpan<double> one = differences.AsSpan(a * d, d), other = differences.AsSpan(b * d, d);
                    double product = lengths[a] * lengths[b];
                    if (product > 0 && Math.Abs(TensorPrimitives.Dot(one, other)) >= (1 - SameLine) * product && Varying(one) && Varying(other)) return true;
                }

            return false;
        }

        static bool Varying(ReadOnlySpan<double> difference)
        {
            int varying = 0;
            foreach (double v in difference)
                if (Math.Abs(v) > 1e-9) varying++;
            return varying >= FewestColumns;
        }
    }
}
