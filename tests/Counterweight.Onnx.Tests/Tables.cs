using Counterweight.Data;

namespace Counterweight.Onnx.Tests;

/// <summary>Random tables of every kind of column, some of whose names are awkward.</summary>
internal static class Tables
{
    /// <summary>Classes of unequal size that lie apart by a distance, with gaps, categories, a constant column, large and small numbers.</summary>
    internal static Dataset Random(int classes, int rows, double distance, long seed)
    {
        var random = new SeededRandom(seed);
        int[] labels = new int[rows], few = new int[rows], many = new int[rows];
        double[] x = new double[rows], whole = new double[rows], large = new double[rows], gaps = new double[rows];
        for (int i = 0; i < rows; i++)
        {
            // Class c has about half as many rows as class c - 1, and ten at the least.
            labels[i] = i < 10 * classes ? i % classes : (int)Math.Min(classes - 1, -Math.Log2(random.NextPositiveDouble()));
            x[i] = random.NextGaussian() + (distance * (labels[i] % 5));
            whole[i] = Math.Round((4 * random.NextGaussian()) + (distance * (labels[i] / 5)));
            large[i] = 1e9 + (1000 * random.NextGaussian()) + (500 * distance * (labels[i] % 2));
            gaps[i] = random.NextDouble() < 0.2 + (0.1 * (labels[i] % 2)) ? double.NaN : 1e-6 * (random.NextGaussian() + labels[i] % 3);
            few[i] = random.NextDouble() < 0.05 ? -1 : random.NextInt32(3 + (labels[i] % 2));
            many[i] = random.NextInt32(40) / (1 + (labels[i] % 2));
        }

        Column[] columns =
        [
            new NumericColumn("x", x), new CategoricalColumn("label", few, ["", "p", "q \"quoted\"", "r, ü"]), new NumericColumn("whole", whole,
                NumericKind.WholeNumber), new NumericColumn("probabilities", large), new NumericColumn("with gaps", gaps),
            new CategoricalColumn("many", many, [.. Enumerable.Range(0, 40).Select(l => $"level {l}")]), new NumericColumn("same", new double[rows]),
        ];
        return new Dataset("random", "class", labels, [.. Enumerable.Range(0, classes).Select(c => $"c{c}")], columns);
    }

    /// <summary>Rows that training did not see: unseen categories, and gaps in every column.</summary>
    internal static IReadOnlyList<Column> Strange(Dataset like, int rows, long seed)
    {
        var random = new SeededRandom(seed);
        var columns = new List<Column>();
        foreach (Column column in like.Columns)
        {
            if (column is NumericColumn numeric)
            {
                double[] values = new double[rows];
                for (int i = 0; i < rows; i++)
                    values[i] = random.NextDouble() < 0.3 ? double.NaN : numeric.Values[random.NextInt32(numeric.Rows)] * (random.NextDouble() < 0.3 ? 1.5 : 1);
                columns.Add(new NumericColumn(column.Name, values, NumericKind.Real));
            }
            else
            {
                IReadOnlyList<string> levels = [.. ((CategoricalColumn)column).Levels, "never seen"];
                int[] codes = new int[rows];
                for (int i = 0; i < rows; i++) codes[i] = random.NextInt32(levels.Count + 1) - 1;
                columns.Add(new CategoricalColumn(column.Name, codes, levels));
            }
        }

        return columns;
    }
}
