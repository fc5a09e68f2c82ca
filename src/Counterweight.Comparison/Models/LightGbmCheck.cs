using System.Globalization;
using Counterweight.Data;
using Counterweight.LightGbm;

namespace Counterweight.Comparison;

/// <summary>LightGBM reads a written text again and scores rows with it: it has to decide them as the model does.</summary>
/// <param name="text">The text.</param>
/// <param name="preparation">The preparation of the model's columns.</param>
/// <param name="probabilities">The model's probabilities of rows, before its decision.</param>
/// <param name="decision">The model's decision.</param>
internal sealed class LightGbmCheck(
    string text, Preprocessor preparation, Func<IReadOnlyList<Column>, double[]> probabilities, Decision decision) : IDisposable
{
    /// <summary>How far a probability of the text may be from the model's.</summary>
    private const double Tolerance = 1e-6;

    private readonly LightGbmModel read = LightGbmModel.Parse(text);

    /// <summary>The largest difference of a probability so far.</summary>
    internal double Largest { get; private set; }

    /// <summary>Compares rows.</summary>
    /// <param name="columns">The rows.</param>
    /// <param name="kind">What they are called in messages.</param>
    /// <param name="first">How many rows of this kind went before.</param>
    /// <param name="threads">The most threads.</param>
    /// <exception cref="NotSupportedException">A row is decided otherwise, or has another probability.</exception>
    internal int Rows(IReadOnlyList<Column> columns, string kind, long first, int threads)
    {
        int rows = columns.Count == 0 ? 0 : columns[0].Rows;
        if (rows == 0) return 0;
        double[] expected = probabilities(columns), found = read.PredictProbabilities(Values(columns, rows), threads);
        string[] labels = decision.DecideLabels(expected), written = decision.DecideLabels(found);
        (double apart, int row) = VerificationRows.Compare((labels, expected), (written, found), Tolerance);
        if (row >= 0)
            throw new NotSupportedException(string.Create(CultureInfo.InvariantCulture,
                $"with the text, {kind} row {first + row + 1} is decided as '{written[row]}', and by the model as '{labels[row]}', with probabilities up to "
                + $"{apart:G3} apart. Nothing was written. Please report it with the model."));
        Largest = Math.Max(Largest, apart);
        return rows;
    }

    public void Dispose() => read.Dispose();

    /// <summary>Rows as the text takes them: numbers as they are, categories as their places, NaN for what is missing or not known.</summary>
    private double[] Values(IReadOnlyList<Column> columns, int rows)
    {
        Column[] found = preparation.Find(columns, "the rows");
        int width = found.Length;
        double[] values = new double[rows * width];
        for (int c = 0; c < width; c++)
        {
            if (found[c] is NumericColumn numeric)
            {
                for (int i = 0; i < rows; i++) values[(i * width) + c] = numeric.Values[i];
                continue;
            }

            var categories = (CategoricalColumn)found[c];
            var places = preparation.Columns[c].Levels!.Select((level, place) => (level, place))
                .ToDictionary(p => p.level, p => p.place, StringComparer.Ordinal);
            double[] own = [.. categories.Levels.Select(l => places.TryGetValue(l, out int place) ? place : double.NaN)];
            ReadOnlySpan<int> codes = categories.Codes;
            for (int i = 0; i < rows; i++) values[(i * width) + c] = codes[i] < 0 ? double.NaN : own[codes[i]];
        }

        return values;
    }
}
