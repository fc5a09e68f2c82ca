using System.Globalization;
using Counterweight.TestSupport;

namespace Counterweight.Tests.Resampling;

/// <summary>How much a cross-validation flatters itself when rows are resampled before they are split: the figures of docs/resampling.md.</summary>
public sealed class OverSamplingLeakTests
{
    private const int Folds = 5, K = 5;

    [Fact]
    public void Resampling_before_the_split_inflates_the_area_under_the_curve_by_as_much_as_the_documentation_says()
    {
        (SampleMatrix<double> rows, int[] labels) = LendingClub();
        string documentation = File.ReadAllText(Path.Combine(Repository.Root, "docs", "resampling.md"));
        foreach (string method in new[] { "none", "random-over", "smote" })
        {
            IResampler? resampler = method == "none" ? null : Resampler.Create(method);
            double inside = Area(rows, labels, resampler);
            string line = $"| {method} | {Text(inside)} |";
            if (resampler is not null)
            {
                Resampled<double> all = resampler.Resample(rows, labels, 2, seed: 1);
                double before = Area(all.Rows, all.Labels, null);
                line += $" {Text(before)} |";
                Assert.True(before > inside + 0.2, $"{method}: {inside} inside the folds, {before} before them");
            }

            Assert.Contains(line, documentation, StringComparison.Ordinal);
        }

        static string Text(double area) => area.ToString("F2", CultureInfo.InvariantCulture);
    }

    // Five folds drawn at random; each row is scored by the share of the rarer class among its five nearest training rows.
    private static double Area(SampleMatrix<double> rows, int[] labels, IResampler? resampler)
    {
        var random = new SeededRandom(7);
        int[] order = [.. Enumerable.Range(0, labels.Length)];
        random.Shuffle<int>(order);
        var scores = new double[labels.Length];
        for (int fold = 0; fold < Folds; fold++)
        {
            int[] test = [.. order.Where((_, i) => i % Folds == fold)], train = [.. order.Where((_, i) => i % Folds != fold)];
            SampleMatrix<double> fitted = rows.Select(train);
            int[] fittedLabels = [.. train.Select(r => labels[r])];
            if (resampler is not null)
            {
                Resampled<double> result = resampler.Resample(fitted, fittedLabels, 2, seed: fold);
                (fitted, fittedLabels) = (result.Rows, result.Labels);
            }

            NeighbourLists lists = NearestNeighbours.Find(fitted, rows.Select(test), K);
            for (int i = 0; i < test.Length; i++)
                foreach (int row in lists.RowsOf(i)) scores[test[i]] += fittedLabels[row] / (double)K;
        }

        return RocAuc.Of(labels, scores);
    }

    // The numeric columns of every second row, each brought to mean 0 and variance 1; bad loans are class 1.
    private static (SampleMatrix<double> Rows, int[] Labels) LendingClub()
    {
        string[][] cells = [.. File.ReadLines(Path.Combine(Repository.Root, "samples", "lending-club.csv")).Skip(1).Where((_, i) => i % 2 == 0)
            .Select(l => l.Split(','))];
        int[] numeric = [.. Enumerable.Range(0, cells[0].Length - 1).Where(j => double.TryParse(cells[0][j], CultureInfo.InvariantCulture, out _))];
        var values = new double[cells.Length * numeric.Length];
        for (int j = 0; j < numeric.Length; j++)
        {
            double[] column = [.. cells.Select(row => double.Parse(row[numeric[j]], CultureInfo.InvariantCulture))];
            double mean = column.Average(), deviation = Math.Sqrt(column.Average(x => (x - mean) * (x - mean)));
            for (int i = 0; i < cells.Length; i++) values[i * numeric.Length + j] = deviation == 0 ? 0 : (column[i] - mean) / deviation;
        }

        return (new(values, numeric.Length), [.. cells.Select(row => row[^1] == "bad" ? 1 : 0)]);
    }
}
