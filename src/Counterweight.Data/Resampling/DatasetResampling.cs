using System.Globalization;
using System.Text.RegularExpressions;

namespace Counterweight.Data;

/// <summary>Resamples whole data sets: columns of all kinds, in the units of their file.</summary>
public static partial class DatasetResampling
{
    /// <summary>So many times as much must a column vary as another to be told.</summary>
    private const double UnequalAbove = 100;

    /// <summary>Resamples the rows of a data set by a method of <see cref="Resampler.Catalogue"/>.</summary>
    /// <param name="dataset">The rows, as for the other overload.</param>
    /// <param name="method">The method: <c>smote(k=5)</c>.</param>
    /// <param name="options">Strategy, scale, seed, threads and more; the defaults if null.</param>
    /// <returns>The rows, the columns in the order of the file.</returns>
    /// <exception cref="FormatException">There is no such method, or its parameters do not fit.</exception>
    /// <exception cref="UnusableDataException">A value is missing that the method needs, or the rows are too few for it; row and column are named.</exception>
    /// <exception cref="ArgumentException">What the strategy asks for makes no sense for these classes, or the column to add is there already.</exception>
    /// <example>
    /// <code>
    /// Dataset jobs = DatasetReader.Read("samples/hpc-jobs.csv", "class");
    /// Dataset balanced = jobs.Resample("smote(k=5)", new ResamplingOptions { Standardise = true, Seed = 1 }).Dataset;
    /// </code>
    /// </example>
    public static ResampledDataset Resample(this Dataset dataset, string method, ResamplingOptions? options = null)
    {
        MethodCall call = Resampler.Catalogue.Parse(method);
        return Resample(dataset, Resampler.Catalogue.Create(call), call.Method, options ?? new ResamplingOptions());
    }

    /// <summary>Resamples the rows of a data set. For training only: split before, or copies and neighbours of test rows flatter every score.</summary>
    /// <param name="dataset">The rows. Columns kept aside go along unchanged and are missing in made rows, but for row weights: a made row weighs what its
    /// class does on average.</param>
    /// <param name="resampler">The method.</param>
    /// <param name="options">Strategy, scale, seed, threads and more; the defaults if null.</param>
    /// <returns>The rows, the columns in the order of the file.</returns>
    /// <exception cref="UnusableDataException">A value is missing that the method needs, or the rows are too few for it; row and column are named.</exception>
    /// <exception cref="ArgumentException">What the strategy asks for makes no sense for these classes, or the column to add is there already.</exception>
    public static ResampledDataset Resample(this Dataset dataset, IResampler resampler, ResamplingOptions? options = null) =>
        Resample(dataset, resampler, null, options ?? new ResamplingOptions());

    private static ResampledDataset Resample(Dataset dataset, IResampler resampler, MethodDefinition? method, ResamplingOptions options)
    {
        ArgumentNullException.ThrowIfNull(dataset);
        ArgumentNullException.ThrowIfNull(resampler);
        string source = options.Source ?? dataset.Name;
        if (options.SyntheticColumn is string mark && dataset.ColumnOrder.Contains(mark))
            throw new ArgumentException($"The data have a column '{mark}' already; choose another name for the one to add.", nameof(options));
        if (options.Strategy is not null) resampler = resampler.WithStrategy(options.Strategy);
        if (dataset.Columns.Count == 0) throw new UnusableDataException("there are no columns beside the label. Resampling needs features.", source);
        if (!resampler.AcceptsMissing)
        {
            RefuseTexts(dataset, source, method);
            RefuseMissing(dataset, source, method);
        }

        (SampleMatrix<double> rows, ColumnScale[] scales) = Matrix(dataset, options.Standardise, source);
        Resampled<double> result = InWordsOfTheData(
            dataset.ClassNames, source, () => resampler.Resample(rows, dataset.Labels, dataset.Classes, options.Seed, options.Threads));
        return new ResampledDataset(
            Back(dataset, result, options.Standardise ? scales : null, options.SyntheticColumn), resampler.Strategy, Classes(dataset, result),
            result.SourceRows, options.Standardise || method is { UsesDistances: false } ? null : Unequal(dataset, scales));
    }

    private static void RefuseTexts(Dataset data, string source, MethodDefinition? method)
    {
        if (data.Columns.OfType<TextColumn>().FirstOrDefault() is not TextColumn text) return;
        throw new UnusableDataException(
            $"the column holds texts, and {method?.Name ?? "the method"} goes by distances between rows or makes rows between others; texts have no such "
            + $"thing. Take random-over or random-under, let the column go along without being a feature (--keep {text.Name}), leave it out (--drop "
            + $"{text.Name}), or, if its cells are categories, say --categorical {text.Name}.", source, null, text.Name);
    }

    private static void RefuseMissing(Dataset data, string source, MethodDefinition? method)
    {
        int first = int.MaxValue;
        Column? where = null;
        foreach (Column column in data.Columns.Where(c => c.MissingCount > 0))
            for (int row = 0; row < Math.Min(first, data.Rows); row++)
                if (column.IsMissing(row)) (first, where) = (row, column);
        if (where is null) return;
        string copying = string.Join(" and ",
            Resampler.Catalogue.Where(m => m.Parameters.All(p => !p.IsRequired) && Resampler.Create(m.Name).AcceptsMissing).Select(m => m.Name));
        throw new UnusableDataException(
            $"the value is missing, and {method?.Name ?? "the method"} needs every value. Fill it in, leave the row or the column (--drop {where.Name}) out, "
            + $"or use a method that only copies rows ({copying}).", source, first + 1, where.Name);
    }

    /// <summary>The features row by row, with what to subtract from and divide by each numeric column.</summary>
    private static (SampleMatrix<double> Rows, ColumnScale[] Scales) Matrix(Dataset data, bool standardise, string source)
    {
        int columns = data.Columns.Count;
        double[] values = new double[checked(data.Rows * columns)];
        var scales = new ColumnScale[columns];
        List<int> categorical = [];
        for (int c = 0; c < columns; c++)
        {
            if (data.Columns[c] is NumericColumn numeric)
            {
                ReadOnlySpan<double> own = numeric.Values;
                ColumnScale scale = scales[c] = ColumnScale.Of(own);
                bool scaled = standardise && scale.Deviation > 0;
                if (scaled) RefuseLevelled(numeric, scale, source);
                for (int row = 0; row < own.Length; row++) values[(row * columns) + c] = scaled ? scale.Standardise(own[row]) : own[row];
            }
            else if (data.Columns[c] is CategoricalColumn categories)
            {
                categorical.Add(c);
                ReadOnlySpan<int> codes = categories.Codes;
                for (int row = 0; row < codes.Length; row++) values[(row * columns) + c] = codes[row];
            }
        }

        return (new(values, columns, categorical, [.. data.Columns.Select(c => c.Name)]), scales);
    }

    /// <summary>Refuses a column that standardising would level: one value so far away that the others, which differ, come out the same.</summary>
    private static void RefuseLevelled(NumericColumn column, ColumnScale scale, string source)
    {
        const int sample = 1000;
        var before = new HashSet<double>();
        var after = new HashSet<double>();
        ReadOnlySpan<double> own = column.Values;
        int step = Math.Max(1, own.Length / sample), farthest = 0;
        for (int row = 0; row < own.Length; row += step)
        {
            if (double.IsNaN(own[row])) continue;
            before.Add(own[row]);
            after.Add(scale.Standardise(own[row]));
        }

        if (after.Count > 0.9 * before.Count) return;
        for (int row = 1; row < own.Length; row++)
            if (!(Math.Abs((own[row] / 2) - (scale.Mean / 2)) <= Math.Abs((own[farthest] / 2) - (scale.Mean / 2))) && !double.IsNaN(own[row])) farthest = row;
        throw new UnusableDataException(
            string.Create(CultureInfo.InvariantCulture,
                $"{own[farthest]:R} is so far from the other values that --scale standard would make these all the same. If it stands for a missing "
                + $"value, leave its cell empty; else correct it, leave the column out (--drop {column.Name}), or take --scale none."), source,
            farthest + 1, column.Name);
    }

    /// <summary>Rows of the input as they were, new rows in the units and kinds of the columns.</summary>
    private static Dataset Back(Dataset data, Resampled<double> result, ColumnScale[]? scales, string? marker)
    {
        int columns = data.Columns.Count, rows = result.Labels.Length;
        ReadOnlySpan<double> values = result.Rows.Values.Span;
        int[] sources = [.. result.SourceRows.Select(r => (int)r)];
        double[] numbers = new double[rows];
        var features = new Column[columns];
        for (int c = 0; c < columns; c++)
        {
            bool scaled = data.Columns[c] is NumericColumn && scales is not null && scales[c].Deviation > 0;
            for (int row = 0; row < rows; row++)
            {
                double x = values[(row * columns) + c];
                numbers[row] = scaled ? scales![c].Restore(x) : x;
            }

            features[c] = data.Columns[c].Remade(sources, numbers);
        }

        List<Column> aside = [];
        foreach (Column kept in data.Aside)
        {
            Array.Fill(numbers, kept is CategoricalColumn ? -1 : double.NaN);
            if (kept.Name == data.SampleWeightColumn) MeanWeights(data, result.Labels, numbers);
            aside.Add(kept.Remade(sources, numbers));
        }

        if (marker is not null) aside.Add(new NumericColumn(marker, [.. result.SourceRows.Select(r => r < 0 ? 1.0 : 0.0)], NumericKind.WholeNumber));

        // A row of the same class stands for the label of a made one, in the spelling of the file.
        int[] first = [.. Enumerable.Range(0, data.Classes).Select(c => data.Labels.IndexOf(c))], bases = new int[rows];
        for (int row = 0; row < rows; row++) bases[row] = result.BaseRows[row] >= 0 ? (int)result.BaseRows[row] : first[result.Labels[row]];
        return data.SelectLabels(bases, features, [.. aside], marker is null ? data.ColumnOrder : [.. data.ColumnOrder, marker]);
    }

    private static void MeanWeights(Dataset data, int[] labels, double[] made)
    {
        ClassCounts counts = data.CountLabels();
        for (int row = 0; row < labels.Length; row++) made[row] = counts.Total(labels[row]) / counts[labels[row]];
    }

    private static ResampledClass[] Classes(Dataset data, Resampled<double> result)
    {
        long[] before = new long[data.Classes], after = new long[data.Classes], kept = new long[data.Classes], made = new long[data.Classes];
        foreach (int label in data.Labels) before[label]++;
        bool[] seen = new bool[data.Rows];
        for (int row = 0; row < result.Labels.Length; row++)
        {
            int label = result.Labels[row];
            after[label]++;
            long source = result.SourceRows[row];
            if (source < 0) made[label]++;
            else if (!seen[source]) (seen[source], kept[label]) = (true, kept[label] + 1);
        }

        return [.. Enumerable.Range(0, data.Classes).Select(
            c => new ResampledClass(data.ClassNames[c], before[c], after[c], kept[c], after[c] - kept[c] - made[c], made[c]))];
    }

    private static UnequalScales? Unequal(Dataset data, ColumnScale[] scales)
    {
        int[] varying = [.. Enumerable.Range(0, scales.Length).Where(c => scales[c].Deviation > 0)];
        if (varying.Length < 2) return null;
        int widest = varying.MaxBy(c => scales[c].Deviation), narrowest = varying.MinBy(c => scales[c].Deviation);
        return scales[widest].Deviation > UnequalAbove * scales[narrowest].Deviation
            ? new UnequalScales(data.Columns[widest].Name, data.Columns[narrowest].Name, scales[widest].Deviation / scales[narrowest].Deviation) : null;
    }

    /// <summary>Runs a resampler; in what it complains about, classes have their names and the rows theirs.</summary>
    internal static T InWordsOfTheData<T>(IReadOnlyList<string> names, string source, Func<T> resample)
    {
        try
        {
            return resample();
        }
        catch (UnusableDataException problem) when (problem.File is null)
        {
            throw new UnusableDataException(WithNames(names, problem.Problem), source, problem.Row, problem.Column, problem);
        }
        catch (ArgumentException problem) when (ClassCode().IsMatch(problem.Message))
        {
            throw new ArgumentException(WithNames(names, problem.Message), problem);
        }
    }

    /// <summary>What a resampler says of class codes, with the names of the classes.</summary>
    internal static string WithNames(IReadOnlyList<string> names, string text) => ClassCode().Replace(text, m =>
        int.TryParse(m.Groups[2].Value, CultureInfo.InvariantCulture, out int code) && code < names.Count
        ? $"{m.Groups[1].Value} '{names[code]}'" : m.Value);

    [GeneratedRegex(@"([Cc]lass) (\d+)\b")]
    private static partial Regex ClassCode();
}
