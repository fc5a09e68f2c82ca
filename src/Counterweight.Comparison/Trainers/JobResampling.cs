using Counterweight.Data;

namespace Counterweight.Comparison;

/// <summary>Carries out a resampler for a program: as row numbers where it picks rows, and as a file of made rows where it makes some.</summary>
internal static class JobResampling
{
    /// <summary>Resamples the training rows of a fit.</summary>
    /// <param name="dataset">The rows.</param>
    /// <param name="request">The fit.</param>
    /// <param name="resampler">The resampler.</param>
    /// <param name="labels">The classes of the training rows.</param>
    /// <param name="file">Where made rows go.</param>
    /// <returns>The rows with their classes, the file of made rows if there are any, and how many of each class were made.</returns>
    internal static (int[] Train, int[] Labels, string? Synthetic, long[] Made) Apply(
        Dataset dataset, FitRequest request, IResampler resampler, int[] labels, string file)
    {
        Preprocessor preparation = Preprocessor.Fit(dataset, request.Train);
        if (!resampler.SelectsRows && dataset.Columns.Count == 0)
            throw new RemedyRefusedException("This method makes rows out of the columns of a table, and these data have none; resample:random-over and "
                + "sampler:class-balanced work on anything.");
        if (!resampler.AcceptsMissing && dataset.Columns.OfType<TextColumn>().FirstOrDefault() is TextColumn text)
            throw new RemedyRefusedException($"{request.Training.Name} {TextRows.NoDistances(text.Name)}");
        FeatureTable features = dataset.Columns.Count == 0
            ? new FeatureTable(new SampleMatrix<float>(new float[labels.Length], 1, [], ["row"]), [0])
            : preparation.Transform(dataset, request.Train, fillIn: !resampler.AcceptsMissing);
        Resampled<float> result;
        try
        {
            result = resampler.Resample(features.Matrix, labels, dataset.Classes, request.Seed, 1);
        }
        catch (Exception unfit) when (unfit is ArgumentException or UnusableDataException)
        {
            throw new RemedyRefusedException(
                $"{request.Training.Name} cannot be done on these rows: {DatasetResampling.WithNames(dataset.ClassNames, unfit.Message)}", unfit);
        }

        var kept = new List<int>();
        var made = new List<int>();
        for (int i = 0; i < result.SourceRows.Length; i++) (result.SourceRows[i] >= 0 ? kept : made).Add(i);
        int[] train = [.. kept.Select(i => request.Train[result.SourceRows[i]])], keptLabels = [.. kept.Select(i => result.Labels[i])];
        long[] counts = new long[dataset.Classes];
        foreach (int i in made) counts[result.Labels[i]]++;
        if (made.Count == 0) return (train, keptLabels, null, counts);
        WriteMade(dataset, preparation, result, made, file);
        return (train, keptLabels, file, counts);
    }

    /// <summary>Writes made rows in the units and categories of the data.</summary>
    private static void WriteMade(Dataset dataset, Preprocessor preparation, Resampled<float> result, List<int> made, string file)
    {
        var columns = new Dictionary<string, Column>(StringComparer.Ordinal);
        for (int c = 0; c < preparation.Columns.Count; c++)
        {
            FittedColumn fitted = preparation.Columns[c];
            if (fitted.Levels is IReadOnlyList<string> levels)
            {
                int[] codes = [.. made.Select(i => (int)Math.Round(result.Rows.Row(i)[c])).Select(code => code >= 0 && code < levels.Count ? code : -1)];
                columns[fitted.Name] = new CategoricalColumn(fitted.Name, codes, levels);
                continue;
            }

            double[] values = [.. made.Select(i => (result.Rows.Row(i)[c] * fitted.Scale) + fitted.Mean)];
            columns[fitted.Name] = new NumericColumn(fitted.Name, values, fitted.Kind == NumericKind.WholeNumber ? NumericKind.Real
                : fitted.Kind ?? NumericKind.Real);
        }

        int[] labels = [.. made.Select(i => result.Labels[i])];
        Dataset rows = new(dataset.Name, dataset.Target, labels, dataset.ClassNames, [.. dataset.Columns.Select(c => columns[c.Name])]);
        columns[dataset.Target] = rows.LabelColumn();
        DatasetWriter.Write([.. dataset.ColumnOrder.Where(columns.ContainsKey).Select(n => columns[n])], file);
    }
}
