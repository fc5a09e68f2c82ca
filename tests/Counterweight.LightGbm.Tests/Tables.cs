namespace Counterweight.LightGbm.Tests;

/// <summary>Small made-up tables with a signal, the same on every machine.</summary>
internal static class Tables
{
    internal static (double[] Values, int[] Labels) Make(int rows, int columns, int classes = 2, long seed = 1, double rareness = 1.5)
    {
        var random = new SeededRandom(seed);
        double[] values = new double[rows * columns];
        int[] labels = new int[rows];
        for (int i = 0; i < rows; i++)
        {
            Span<double> row = values.AsSpan(i * columns, columns);
            foreach (ref double v in row) v = random.NextGaussian();
            int best = 0;
            double most = double.NegativeInfinity;
            for (int c = 0; c < classes; c++)
            {
                double score = row[c % columns] + 0.5 * row[(c + 1) % columns] * row[(c + 2) % columns] - rareness * c + 0.3 * random.NextGaussian();
                if (score > most) (best, most) = (c, score);
            }

            labels[i] = best;
        }

        return (values, labels);
    }

    internal static LightGbmDataset Dataset((double[] Values, int[] Labels) table, LightGbmParameters parameters, LightGbmDataset? reference = null)
    {
        LightGbmDataset dataset = LightGbmDataset.FromRows(
            table.Values, table.Values.Length / table.Labels.Length, new LightGbmDatasetOptions { Parameters = parameters, Reference = reference });
        dataset.SetLabels(table.Labels);
        return dataset;
    }

    /// <summary>The trees of a model, without the parameters.</summary>
    internal static string Trees(LightGbmModel model)
    {
        string text = model.ToText();
        int start = text.IndexOf("tree_sizes", StringComparison.Ordinal);
        return text[start..text.IndexOf("end of trees", StringComparison.Ordinal)];
    }
}
