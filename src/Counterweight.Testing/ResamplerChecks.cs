using System.Numerics;

namespace Counterweight.Testing;

/// <summary>What every resampler has to do, whatever its method.</summary>
/// <example>
/// <code>
/// MethodCheck.RunAll(ResamplerChecks.For(new EveryThirdRow()));
/// </code>
/// </example>
public static class ResamplerChecks
{
    private static readonly string[] Names = ["first", "second", "third", "fourth"];

    /// <summary>The checks of a resampler.</summary>
    /// <param name="resampler">The resampler.</param>
    /// <param name="categorical">Which of the four columns (from 0) of the data that it is tried on hold categories; none by default.</param>
    public static IReadOnlyList<MethodCheck> For(IResampler resampler, IReadOnlyCollection<int>? categorical = null)
    {
        ArgumentNullException.ThrowIfNull(resampler);
        int[] codes = [.. categorical ?? []];
        (SampleMatrix<double> Rows, int[] Labels) Data(int count, int classes) => Rows<double>(count, classes, codes);
        var list = new Checklist();
        list.Add("Labels that cannot be used are refused", v =>
        {
            SampleMatrix<double> rows = Data(40, 1).Rows;
            v.Throws<UnusableDataException>(() => resampler.Resample(rows, new int[40], 2), "rows of one class");
            v.Throws<ArgumentException>(() => resampler.Resample(rows, new int[39], 2), "39 labels for 40 rows");
            v.Throws<ArgumentException>(() => resampler.Resample(rows, [.. Enumerable.Repeat(2, 40)], 2), "the label 2 among two classes");
        });
        list.Add("Missing and infinite values are refused with their place, or accepted as promised", v =>
        {
            foreach (double bad in (double[])[double.NaN, double.PositiveInfinity])
            {
                (SampleMatrix<double> rows, int[] labels) = Data(120, 2);
                double[] values = rows.Values.ToArray();
                values[(17 * rows.Columns) + 2] = bad;
                SampleMatrix<double> broken = rows.With(values);
                if (resampler.AcceptsMissing)
                {
                    Resampled<double> result = resampler.Resample(broken, labels, 2);
                    for (int i = 0; i < result.Rows.Rows; i++)
                        if (result.SourceRows[i] == 17) v.Same([bad], [result.Rows.Row(i)[2]], "the value of a copied row");
                    continue;
                }

                UnusableDataException e = v.Throws<UnusableDataException>(() => resampler.Resample(broken, labels, 2), $"{bad} in row 18, column third");
                v.Ask((e.Row, e.Column) == (18L, "third"), $"{bad} in row 18, column third, is reported as row {e.Row}, column {e.Column}.");
            }
        });
        list.Add("Columns are kept, copies are copies, and the input stays as it was", v => Results(v, resampler, Data(240, 3)));
        list.Add("The number of threads does not change the result, and the same seed gives the same", v =>
        {
            (SampleMatrix<double> rows, int[] labels) = Data(500, 3);
            Resampled<double> one = resampler.Resample(rows, labels, 3, seed: 7, threads: 1);
            foreach (int threads in (int[])[1, 2, 3])
            {
                Resampled<double> other = resampler.Resample(rows, labels, 3, seed: 7, threads);
                v.Same<long>(one.SourceRows, other.SourceRows, $"source rows with {threads} threads");
                v.Same<int>(one.Labels, other.Labels, $"labels with {threads} threads");
                v.Same(one.Rows.Values.Span, other.Rows.Values.Span, $"values with {threads} threads");
            }

            v.Throws<ArgumentOutOfRangeException>(() => resampler.Resample(rows, labels, 3, threads: -1), "-1 threads");
        });
        list.Add("Single precision gives the rows of double precision", v =>
        {
            (SampleMatrix<float> single, int[] labels) = Rows<float>(300, 2, codes);
            SampleMatrix<double> rows = new(Array.ConvertAll(single.Values.ToArray(), x => (double)x), single.Columns, codes, Names);
            Resampled<float> a = resampler.Resample(single, labels, 2, seed: 3);
            Resampled<double> b = resampler.Resample(rows, labels, 2, seed: 3);
            v.Same<int>(b.Labels, a.Labels, "labels");
            if (resampler.SelectsRows) v.Same<long>(b.SourceRows, a.SourceRows, "source rows");
        });
        list.Add("Constant columns and duplicates do no harm, or are refused by name", v =>
        {
            (SampleMatrix<double> rows, int[] labels) = Data(160, 2);
            double[] constant = rows.Values.ToArray(), duplicates = rows.Values.ToArray();
            for (int i = 0; i < rows.Rows; i++)
            {
                constant[(i * rows.Columns) + 1] = 1;
                rows.Row(i % 12).CopyTo(duplicates.AsSpan(i * rows.Columns));
            }

            Tried(v, resampler, rows.With(constant), labels, 2, "a constant column");
            Tried(v, resampler, rows.With(duplicates), labels, 2, "rows that occur many times");
        });
        list.Add("Classes of one, two and four rows work, or are refused by name", v =>
        {
            foreach (int rare in (int[])[1, 2, 4])
            {
                (SampleMatrix<double> rows, int[] labels) = Data(90, 2);
                for (int i = 0; i < labels.Length; i++) labels[i] = i < rare ? 1 : 0;
                Tried(v, resampler, rows, labels, 2, $"a class of {rare} rows");
            }
        });
        list.Add("Two to twenty classes and absent ones work", v =>
        {
            foreach (int classes in (int[])[2, 5, 20])
            {
                (SampleMatrix<double> rows, int[] labels) = Data(40 * classes, classes);
                // One class code more than there are classes: it has no rows and gets none.
                if (Tried(v, resampler, rows, labels, classes + 1, $"{classes} classes and an absent one") is not { } result) continue;
                v.Ask(!result.Labels.Contains(classes), $"the absent class {classes} of {classes + 1} was given rows.");
                if (resampler.Kind != ResamplingKind.Cleaning)
                    v.Ask(result.Labels.Distinct().Count() == classes, $"of {classes} classes only {result.Labels.Distinct().Count()} are left.");
            }
        });
        list.Add("Another strategy gives another resampler and leaves this one alone", v =>
        {
            SamplingStrategy before = resampler.Strategy;
            IResampler other = resampler.WithStrategy(SamplingStrategy.Parse("majority"));
            v.Ask(other.Strategy.ToString() == "majority", $"WithStrategy(majority) gives the strategy {other.Strategy}.");
            v.Ask(Equals(resampler.Strategy, before), $"WithStrategy(majority) changed the strategy of the resampler itself to {resampler.Strategy}.");
        });
        return list.All;
    }

    private static void Results(Verdict v, IResampler resampler, (SampleMatrix<double> Rows, int[] Labels) data)
    {
        (SampleMatrix<double> rows, int[] labels) = data;
        double[] values = rows.Values.ToArray();
        int[] given = [.. labels];
        Resampled<double> result = resampler.Resample(rows, labels, 3, seed: 5);
        v.Same<double>(values, rows.Values.Span, "the values of the input");
        v.Same<int>(given, labels, "the labels of the input");
        v.Ask(result.Rows.Columns == rows.Columns && result.Rows.Names is not null && result.Rows.Names.SequenceEqual(Names)
            && result.Rows.Categorical.SequenceEqual(rows.Categorical), "the result has other columns, names or categories; make it with rows.With(...).");
        v.Ask(result.SyntheticRows == result.SourceRows.LongCount(s => s < 0), $"SyntheticRows is {result.SyntheticRows}.");
        if (resampler.SelectsRows) v.Ask(result.SyntheticRows == 0, $"SelectsRows is promised, and {result.SyntheticRows} rows are synthetic.");
        for (int i = 0; i < result.Rows.Rows; i++)
        {
            v.Ask(result.Labels[i] is >= 0 and < 3, $"the label of row {i} is {result.Labels[i]}; the classes are 0, 1 and 2.");
            v.Ask(result.SourceRows[i] >= -1 && result.SourceRows[i] < rows.Rows, $"row {i} comes from row {result.SourceRows[i]} of {rows.Rows}.");
            v.Ask(result.BaseRows[i] >= -1 && result.BaseRows[i] < rows.Rows, $"row {i} was made from row {result.BaseRows[i]} of {rows.Rows}.");
            foreach (double value in result.Rows.Row(i)) v.Ask(double.IsFinite(value), $"row {i} has the value {value}.");
            foreach (int column in rows.Categorical)
                v.Ask(result.Rows.Row(i)[column] is 0 or 1 or 2 or 3, $"row {i} has the category {result.Rows.Row(i)[column]}, which no input row has.");
            if (result.SourceRows[i] < 0) continue;
            v.Ask(labels[result.SourceRows[i]] == result.Labels[i], $"row {i} is a copy of row {result.SourceRows[i]} and has another label.");
            v.Same(rows.Row((int)result.SourceRows[i]), result.Rows.Row(i), $"row {i}, a copy of row {result.SourceRows[i]}");
        }
    }

    private static Resampled<double>? Tried(Verdict v, IResampler resampler, SampleMatrix<double> rows, int[] labels, int classes, string what)
    {
        Resampled<double>? result = null;
        if (!v.Accepts(() => result = resampler.Resample(rows, labels, classes), what)) return null;
        v.Ask(result!.Rows.Rows == result.Labels.Length, $"{what}: {result.Rows.Rows} rows and {result.Labels.Length} labels.");
        foreach (double value in result.Rows.Values.Span) v.Ask(double.IsFinite(value), $"{what} gives the value {value}.");
        return result;
    }

    /// <summary>Overlapping normal clouds of four columns, one per class, each class smaller than the one before; codes 0..3 in categorical columns.</summary>
    private static (SampleMatrix<T> Rows, int[] Labels) Rows<T>(int count, int classes, int[] categorical) where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        const int columns = 4;
        double thinning = classes > 5 ? 1.05 : 2.5;
        double[] shares = [.. Enumerable.Range(0, classes).Select(c => Math.Pow(thinning, -c))];
        var random = new SeededRandom(11);
        var values = new T[count * columns];
        var labels = new int[count];
        for (int i = 0; i < count; i++)
        {
            double u = random.NextDouble() * shares.Sum();
            int label = 0;
            while (label < classes - 1 && u >= shares[label]) u -= shares[label++];
            labels[i] = label;
            for (int j = 0; j < columns; j++)
            {
                double value = random.NextGaussian() + (0.75 * ((((label * 7) + (j * 3)) % 5) - 2));
                values[(i * columns) + j] = T.CreateChecked((float)(categorical.Contains(j) ? Math.Clamp(Math.Round(value + 1.5), 0, 3) : value));
            }
        }

        return (new(values, columns, categorical, Names), labels);
    }
}
