using Counterweight.Data;

namespace Counterweight.Comparison;

/// <summary>Rows on which a model and its written form are compared: where rounding or a wrong direction would show.</summary>
internal static class VerificationRows
{
    private const int Ordinary = 2000, MostThresholds = 50_000;

    /// <summary>Compares what a model and its written form make of rows.</summary>
    /// <param name="model">What the model makes of them: N labels, N x K probabilities.</param>
    /// <param name="written">What its written form makes of them.</param>
    /// <param name="tolerance">How far apart two probabilities may be.</param>
    /// <returns>The largest difference of a probability, and the first row that is decided otherwise or lies further apart; -1 if there is none.</returns>
    internal static (double Largest, int Row) Compare(
        (string[] Labels, double[] Probabilities) model, (string[] Labels, double[] Probabilities) written, double tolerance)
    {
        int rows = model.Labels.Length, k = rows == 0 ? 0 : model.Probabilities.Length / rows;
        double largest = 0;
        for (int i = 0; i < rows; i++)
        {
            double apart = 0;
            for (int c = 0; c < k; c++) apart = Math.Max(apart, Math.Abs(model.Probabilities[(i * k) + c] - written.Probabilities[(i * k) + c]));
            if (written.Labels[i] != model.Labels[i] || !(apart <= tolerance)) return (apart, i);
            largest = Math.Max(largest, apart);
        }

        return (largest, -1);
    }

    /// <summary>
    /// Makes rows with ordinary values, and rows that each have one number just below, at and just above a threshold of the model, or one missing value, or one
    /// category, known or not.
    /// </summary>
    internal static IReadOnlyList<Column> Of(Preprocessor preparation, ModelForm form)
    {
        IReadOnlyList<FittedColumn> columns = preparation.Columns;
        var thresholds = new SortedSet<double>[columns.Count];
        for (int c = 0; c < thresholds.Length; c++) thresholds[c] = [];
        Collect(form, (column, threshold) =>
        {
            // Columns behind those of the data mark missing values; they have no thresholds.
            if (column < thresholds.Length && columns[column].Levels is null) thresholds[column].Add(threshold);
        });
        double[][] edges = [.. columns.Select((column, c) => Edges(column, thresholds[c]))];
        int all = edges.Sum(e => e.Length), step = Math.Max(1, (all + (3 * MostThresholds) - 1) / (3 * MostThresholds));
        List<(int Column, double Value)> special = [];
        for (int c = 0; c < edges.Length; c++)
        {
            for (int e = 0; e < edges[c].Length; e += step) special.Add((c, edges[c][e]));
            special.Add((c, double.NaN));

            // The mean is prepared to zero, which trees may count as missing.
            if (columns[c].Levels is null) special.Add((c, columns[c].Mean));
            if (columns[c].Levels is { } levels)
                for (int level = 0; level <= levels.Count; level++) special.Add((c, level));
        }

        int rows = Ordinary + special.Count;
        SeededRandom random = Streams.Verification();
        var made = new List<Column>();
        for (int c = 0; c < columns.Count; c++)
        {
            FittedColumn column = columns[c];
            double[] values = new double[rows];
            for (int i = 0; i < rows; i++)
                values[i] = i >= Ordinary && special[i - Ordinary].Column == c ? special[i - Ordinary].Value : Usual(column, edges[c], ref random);
            made.Add(column.Levels is null
                ? new NumericColumn(column.Name, values, column.Kind ?? NumericKind.Real)
                : new CategoricalColumn(column.Name, [.. values.Select(v => double.IsNaN(v) ? -1 : (int)v)], [.. column.Levels, Unseen(column.Levels)]));
        }

        return made;
    }

    private static double Usual(FittedColumn column, double[] edges, ref SeededRandom random)
    {
        double draw = random.NextDouble();
        if (draw < 0.1) return double.NaN;
        if (column.Levels is { } levels) return random.NextInt64(levels.Count + 1);
        if (draw < 0.5 && edges.Length > 0) return edges[random.NextInt64(edges.Length)];
        double value = column.Mean + (column.Scale * (draw < 0.6 ? 4 : 1) * random.NextGaussian());
        return double.IsFinite(value) && float.IsFinite(column.Scaled(value)) ? value : column.Mean;
    }

    /// <summary>The values that become the single-precision number at a threshold, and its neighbours.</summary>
    private static double[] Edges(FittedColumn column, SortedSet<double> thresholds)
    {
        var scale = new ColumnScale(column.Mean, column.Scale);
        var edges = new SortedSet<double>();
        foreach (double threshold in thresholds)
        {
            float at = (float)threshold;
            if (!float.IsFinite(at)) continue;
            foreach (float near in (ReadOnlySpan<float>)[MathF.BitDecrement(at), at, MathF.BitIncrement(at)])
                if (scale.Restore(near) is var value && double.IsFinite(value) && float.IsFinite(column.Scaled(value))) edges.Add(value);
        }

        return [.. edges];
    }

    private static void Collect(ModelForm form, Action<int, double> found)
    {
        switch (form)
        {
            case MeanForm mean:
                foreach (ModelForm member in mean.Members) Collect(member, found);
                break;
            case BoostedForm boosted:
                foreach (LightGbm.BoostedTree tree in boosted.Trees)
                    for (int i = 0; i < tree.Columns.Length; i++)
                        if ((tree.Decisions[i] & 1) == 0) found(tree.Columns[i], tree.Thresholds[i]);
                break;
            case ForestForm forest:
                foreach (GiniTree tree in forest.Trees)
                    foreach (TreeNode node in tree.Nodes)
                        if (node.Payload is 0 or 1) found(node.Column, node.Threshold);
                break;
        }
    }

    private static string Unseen(IReadOnlyList<string> levels)
    {
        string unseen = "unseen";
        while (levels.Contains(unseen)) unseen += "?";
        return unseen;
    }
}
