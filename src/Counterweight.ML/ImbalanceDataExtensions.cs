using Counterweight.Comparison;
using System.Globalization;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace Counterweight.ML;

/// <summary>What Counterweight adds to <c>mlContext.Data</c>: class counts, stratified splits and resampling.</summary>
public static class ImbalanceDataExtensions
{
    /// <summary>Counts the rows of each class of a column.</summary>
    /// <param name="catalog"><c>mlContext.Data</c>.</param>
    /// <param name="data">The rows; they are read once.</param>
    /// <param name="labelColumnName">The column of classes: Boolean, key, text or numbers.</param>
    /// <param name="sampleWeightColumnName">A column (Single) of what each row counts, or null where all rows count the same.</param>
    /// <returns>The counts. Boolean columns have the classes False and True; those of a key column are its keys, in their order; texts and numbers are
    /// sorted.</returns>
    /// <exception cref="UnusableDataException">A column is not there or of another type, a label is missing, or there is no row.</exception>
    /// <example>
    /// <code>
    /// ClassCounts counts = mlContext.Data.CountClasses(data, "Label");
    /// double ratio = counts.ImbalanceRatio;
    /// </code>
    /// </example>
    public static ClassCounts CountClasses(
        this DataOperationsCatalog catalog, IDataView data, string labelColumnName = "Label", string? sampleWeightColumnName = null)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        return LabelledRows.Read(data, labelColumnName, weight: sampleWeightColumnName).Counts;
    }

    /// <summary>Splits rows into folds that each have the class shares of the whole (Kohavi, 1995); rows of one group stay together.</summary>
    /// <remarks>
    /// The label and group columns are read once; the folds then read <paramref name="data"/> as they are read themselves, so that no row is copied and a view
    /// that streams goes on streaming. Where it takes long to read, keep it in memory first (<c>mlContext.Data.Cache</c>).
    /// </remarks>
    /// <param name="catalog"><c>mlContext.Data</c>.</param>
    /// <param name="data">The rows.</param>
    /// <param name="labelColumnName">The column of classes: Boolean, key, text or numbers.</param>
    /// <param name="numberOfFolds">How many folds, at least 2.</param>
    /// <param name="groupColumnName">A column whose equal values stay on one side of every split, such as a customer; null for none.</param>
    /// <param name="seed">The seed; the same seed gives the same folds.</param>
    /// <returns>A split per fold.</returns>
    /// <exception cref="UnusableDataException">A column is not there or of another type, a value is missing, there is one class only, or a class has fewer
    /// rows (or groups) than there are folds.</exception>
    /// <example>
    /// <code>
    /// foreach ((IDataView train, IDataView test) in mlContext.Data.StratifiedCrossValidationSplit(data, "Label", numberOfFolds: 5))
    /// {
    ///     var model = pipeline.Fit(train);
    ///     var metrics = mlContext.BinaryClassification.EvaluateImbalance(model.Transform(test));
    /// }
    /// </code>
    /// </example>
    public static IReadOnlyList<TrainTestViews> StratifiedCrossValidationSplit(
        this DataOperationsCatalog catalog, IDataView data, string labelColumnName = "Label", int numberOfFolds = 5, string? groupColumnName = null,
        long seed = 0)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        ArgumentOutOfRangeException.ThrowIfLessThan(numberOfFolds, 2);
        LabelledRows rows = LabelledRows.Read(data, labelColumnName, groupColumnName);
        rows.RequireTwoClasses();
        (int[] codes, string[] names) = rows.Occurring();
        int[] foldOfRow = new int[codes.Length];
        IReadOnlyList<Fold> folds = InTheColumn(labelColumnName, () => StratifiedFolds.Split(codes, names, numberOfFolds, repeats: 1, seed, rows.Groups));
        foreach (Fold fold in folds)
            foreach (int row in fold.Test) foldOfRow[row] = fold.Index;
        return [.. folds.Select(f => new TrainTestViews(
            new PartView(data, foldOfRow, f.Index, without: true, rows.Identities), new PartView(data, foldOfRow, f.Index, without: false, rows.Identities)))];
    }

    /// <summary>Splits rows once into two parts that each have the class shares of the whole; rows of one group stay together.</summary>
    /// <remarks>As <see cref="StratifiedCrossValidationSplit"/>, no row is copied. With groups the shares are met as far as their sizes allow.</remarks>
    /// <param name="catalog"><c>mlContext.Data</c>.</param>
    /// <param name="data">The rows.</param>
    /// <param name="labelColumnName">The column of classes: Boolean, key, text or numbers.</param>
    /// <param name="testFraction">The share of the rows to judge on, above 0 and below 1.</param>
    /// <param name="groupColumnName">A column whose equal values stay on one side, such as a customer; null for none.</param>
    /// <param name="seed">The seed; the same seed gives the same split.</param>
    /// <exception cref="UnusableDataException">A column is not there or of another type, a value is missing, there is one class only, or a class would be
    /// missing on one side.</exception>
    /// <example>
    /// <code>
    /// (IDataView train, IDataView test) = mlContext.Data.StratifiedTrainTestSplit(data, "Label", testFraction: 0.2);
    /// </code>
    /// </example>
    public static TrainTestViews StratifiedTrainTestSplit(
        this DataOperationsCatalog catalog, IDataView data, string labelColumnName = "Label", double testFraction = 0.2, string? groupColumnName = null,
        long seed = 0)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        if (testFraction is not (> 0 and < 1))
            throw new ArgumentOutOfRangeException(nameof(testFraction), testFraction, "The share of the rows to judge on is above 0 and below 1.");
        LabelledRows rows = LabelledRows.Read(data, labelColumnName, groupColumnName);
        rows.RequireTwoClasses();
        (int[] codes, string[] names) = rows.Occurring();
        Fold split = InTheColumn(labelColumnName, () => HoldoutSplit.Split(codes, names, testFraction, seeds: 1, seed, rows.Groups, times: null)[0]);
        int[] side = new int[codes.Length];
        foreach (int row in split.Test) side[row] = 1;
        return new(new PartView(data, side, 1, without: true, rows.Identities), new PartView(data, side, 1, without: false, rows.Identities));
    }

    /// <summary>Changes the class shares of training rows by any resampling method: <c>smote</c>, <c>random-over</c>, <c>tomek</c>, ...</summary>
    /// <remarks>
    /// <para>This is on purpose no estimator. In a pipeline it would resample whatever the pipeline is given, test rows too, and rows made of test rows would
    /// leak into what the model is judged on. Split first, then resample the training rows alone.</para>
    /// <para>Methods that choose rows (<see cref="IResampler.SelectsRows"/>) keep all columns of a row. Rows that a method makes have features and a label;
    /// every other column is empty in them: NaN, the missing key, an empty text, or zero in types without a missing value. So make weights after resampling.
    /// Rows that are kept are read from <paramref name="data"/> when they are needed; only features, and rows that are made, are held in memory.</para>
    /// <para>The rows are not shuffled: copies stand beside each other, and made rows are spread evenly among the others. For a trainer that goes by the order
    /// of the rows, shuffle them (<c>mlContext.Data.ShuffleRows</c>).</para>
    /// </remarks>
    /// <param name="catalog"><c>mlContext.Data</c>.</param>
    /// <param name="data">The training rows.</param>
    /// <param name="resampler">The method: <c>Resampler.Create("smote(k=5)")</c>.</param>
    /// <param name="labelColumnName">The column of classes: Boolean, key, text or numbers.</param>
    /// <param name="featureColumnName">The features: a vector of Single or Double, of a fixed size.</param>
    /// <param name="categoricalSlots">Slots of the features (from 0) that hold codes of categories, of which only equality counts; null for none.</param>
    /// <param name="standardise">Whether distances are between features of mean 0 and deviation 1 rather than as they are; made rows are back in the units of
    /// the column.</param>
    /// <param name="seed">The seed of every random choice.</param>
    /// <param name="threads">The number of threads; 0 for every processor. The result does not depend on it.</param>
    /// <exception cref="UnusableDataException">A column is not there or of another type, a label is missing, a feature is NaN or infinite where the method
    /// needs numbers, or there is one class only.</exception>
    /// <example>
    /// <code>
    /// (IDataView train, IDataView test) = mlContext.Data.StratifiedTrainTestSplit(data);
    /// IDataView balanced = mlContext.Data.Resample(train, Resampler.Create("smote"));
    /// var model = mlContext.BinaryClassification.Trainers.LbfgsLogisticRegression().Fit(balanced);
    /// </code>
    /// </example>
    public static IDataView Resample(
        this DataOperationsCatalog catalog, IDataView data, IResampler resampler, string labelColumnName = "Label", string featureColumnName = "Features",
        IReadOnlyCollection<int>? categoricalSlots = null, bool standardise = true, long seed = 0, int threads = 0)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        ArgumentNullException.ThrowIfNull(data);
        ArgumentNullException.ThrowIfNull(resampler);
        DataViewSchema.Column column = ViewColumns.Find(data.Schema, featureColumnName);
        var features = new FeatureRows(column);
        LabelledRows rows = LabelledRows.Read(data, labelColumnName, more: features.Reader, moreColumns: column);
        rows.RequireTwoClasses();
        float[] values = features.Finish();
        ColumnScale[]? scales = standardise ? FeatureRows.Standardise(values, features.Width, categoricalSlots) : null;
        var matrix = new SampleMatrix<float>(values, features.Width, categoricalSlots, features.SlotNames());
        Resampled<float> result;
        try
        {
            result = resampler.Resample(matrix, rows.Codes, rows.Names.Length, seed, threads);
        }
        catch (UnusableDataException unfit) when (unfit.Column is not null)
        {
            string slot = unfit.Column.StartsWith("column ", StringComparison.Ordinal)
                && int.TryParse(unfit.Column.AsSpan(7), NumberStyles.None, CultureInfo.InvariantCulture, out int number)
                ? string.Create(CultureInfo.InvariantCulture, $"{featureColumnName}[{number - 1}]") : $"{featureColumnName}.{unfit.Column}";
            throw new UnusableDataException(unfit.Problem, unfit.File, unfit.Row, slot, unfit);
        }

        int[] copies = new int[rows.Codes.Length], made = [.. Enumerable.Range(0, result.Labels.Length).Where(i => result.SourceRows[i] < 0)];
        foreach (long from in result.SourceRows)
            if (from >= 0) copies[from]++;
        float[] ofMade = made.Length == 0 ? [] : result.Rows.Select(made, threads).Values.ToArray();
        if (scales is not null) FeatureRows.Restore(ofMade, scales);
        return new ResampledView(data, copies, new MadeRows(
            column.Index, rows.Label.Index, ofMade, features.Width, Array.ConvertAll(made, i => result.Labels[i]), rows.ValueOf));
    }

    /// <summary>Names the label column in errors about classes.</summary>
    private static T InTheColumn<T>(string column, Func<T> act)
    {
        try
        {
            return act();
        }
        catch (UnusableDataException unfit) when (unfit.Column is null)
        {
            throw new UnusableDataException(unfit.Problem, unfit.File, unfit.Row, column, unfit);
        }
    }
}
