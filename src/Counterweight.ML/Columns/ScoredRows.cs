using System.Globalization;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace Counterweight.ML;

/// <summary>Truth, predictions, scores and weights of the rows of a scored view.</summary>
internal sealed class ScoredRows
{
    /// <summary>How far the sum of scores may be from one so that they are taken for probabilities: what 32 bits lose.</summary>
    internal const double SumTolerance = 1e-3;

    private ScoredRows(int[] truth, int[] predicted, double[] scores, double[] weights, string[] names) =>
        (Truth, Predicted, Scores, Weights, Names) = (truth, predicted, scores, weights, names);

    /// <summary>The true classes.</summary>
    internal int[] Truth { get; }

    /// <summary>The predicted classes; empty where none were asked for.</summary>
    internal int[] Predicted { get; }

    /// <summary>The scores, one or K per row.</summary>
    internal double[] Scores { get; }

    /// <summary>The weights; empty for none.</summary>
    internal double[] Weights { get; }

    /// <summary>The names of the classes.</summary>
    internal string[] Names { get; }

    internal static ScoredRows Binary(IDataView data, string label, string score, string? predicted, string? weight)
    {
        DataViewSchema.Column column = ViewColumns.Single(data.Schema, score);
        var scores = new List<double>();
        return Read(data, label, predicted, weight, scores, column, cursor =>
        {
            ValueGetter<float> get = cursor.GetGetter<float>(column);
            float value = 0;
            return row =>
            {
                get(ref value);
                if (float.IsNaN(value)) throw NaN(row, score);
                scores.Add(value);
            };
        }, binary: true);
    }

    internal static ScoredRows Multiclass(IDataView data, string label, string score, string predicted, string? weight)
    {
        DataViewSchema.Column column = ViewColumns.Find(data.Schema, score), truth = ViewColumns.Find(data.Schema, label);
        if (column.Type is not VectorDataViewType { Size: > 0 } vector || vector.ItemType.RawType != typeof(float))
            throw ViewColumns.Unfit(column, "a vector of Single, a score per class,");
        if (truth.Type is not KeyDataViewType key)
            throw ViewColumns.Unfit(truth, "the key of MapValueToKey, in whose order the scores are,");
        if ((int)key.Count != vector.Size)
            throw new UnusableDataException($"There are {vector.Size} scores per row and {key.Count} keys in '{label}'; each key has one score.",
                column: score);
        var scores = new List<double>();
        return Read(data, label, predicted, weight, scores, column, cursor =>
        {
            ValueGetter<VBuffer<float>> get = cursor.GetGetter<VBuffer<float>>(column);
            VBuffer<float> value = default;
            float[] own = new float[vector.Size];
            return row =>
            {
                get(ref value);
                value.CopyTo(own);
                foreach (float s in own)
                {
                    if (float.IsNaN(s)) throw NaN(row, score);
                    scores.Add(s);
                }
            };
        }, binary: false);
    }

    /// <summary>Scores of 32 bits as probabilities that sum to one; null where they are scores of another scale.</summary>
    internal static double[]? AsProbabilities(double[] scores, int classes)
    {
        double[] own = [.. scores];
        for (int i = 0; i < own.Length; i += classes)
        {
            Span<double> row = own.AsSpan(i, classes);
            double sum = 0;
            foreach (double p in row)
            {
                if (p is not (>= 0 and <= 1 + SumTolerance)) return null;
                sum += p;
            }

            if (Math.Abs(sum - 1) > SumTolerance) return null;
            foreach (ref double p in row) p /= sum;
        }

        return own;
    }

    private static ScoredRows Read(
        IDataView data, string label, string? predicted, string? weight, List<double> scores, DataViewSchema.Column column,
        Func<DataViewRow, Action<long>> reader, bool binary)
    {
        CodeColumn? predictions = predicted is null ? null : CodeColumn.Of(ViewColumns.Find(data.Schema, predicted), LabelledRows.MostClasses);
        List<DataViewSchema.Column> columns = [column];
        if (predictions is not null) columns.Add(predictions.Column);
        LabelledRows rows = LabelledRows.Read(data, label, group: null, weight, cursor =>
        {
            Action<long> readScore = reader(cursor);
            Action? readPrediction = predictions?.Reader(cursor);
            long row = 0;
            return () =>
            {
                readScore(++row);
                readPrediction?.Invoke();
            };
        }, columns);
        (int[] truth, string[] names) = (rows.Codes, rows.Names);
        if (binary && names.Length != 2)
            throw new UnusableDataException(string.Create(CultureInfo.InvariantCulture,
                $"The column has {names.Length} classes ({string.Join(", ", names.Take(5))}{(names.Length > 5 ? ", ..." : "")}), and two are needed here."),
                column: label);
        return new(truth, predictions is null ? [] : Predictions(predictions, names, rows.Label), [.. scores], rows.Weights, names);
    }

    /// <summary>Predicted labels in the codes of the true ones: those of two Boolean columns or keys are the same, others go by their names.</summary>
    private static int[] Predictions(CodeColumn predictions, string[] names, DataViewSchema.Column label)
    {
        (int[] codes, string[] own) = predictions.Finish();
        if (own.AsSpan().SequenceEqual(names)) return codes;

        // ML.NET's binary trainers predict Boolean, whatever the label is.
        if (predictions.Column.Type is BooleanDataViewType) return codes;
        int[] place = [.. own.Select(name => Array.IndexOf(names, name))];
        int[] translated = new int[codes.Length];
        for (int i = 0; i < codes.Length; i++)
            translated[i] = place[codes[i]] is var code and >= 0 ? code : throw new UnusableDataException(
                $"'{own[codes[i]]}' is predicted, and no class of '{label.Name}' ({string.Join(", ", names.Take(10))}) is called so.", row: i + 1L,
                column: predictions.Column.Name);
        return translated;
    }

    private static UnusableDataException NaN(long row, string column) => new(
        "The score is not a number (NaN): a feature of the row may be missing. Fill it in (ReplaceMissingValues), or leave the row out.", row: row,
        column: column);
}
