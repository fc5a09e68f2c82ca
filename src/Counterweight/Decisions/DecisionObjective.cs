namespace Counterweight;

/// <summary>Evaluates metrics of decided classes on the bare cells of a confusion matrix, for searches that try very many.</summary>
internal static class DecisionObjective
{
    /// <summary>The value of a metric for cells (K, K), true class by decided class.</summary>
    internal static double Evaluate(IMetric metric, double[] cells, int classes, int positiveClass)
    {
        if (metric is ConfusionMetric confusion) return confusion.Evaluate(ConfusionMatrix.From(cells, classes), positiveClass);

        // Any other metric of decided classes: one weighted row per cell says the same.
        int[] truth = new int[cells.Length], decided = new int[cells.Length];
        for (int i = 0; i < cells.Length; i++) (truth[i], decided[i]) = (i / classes, i % classes);
        return metric.Evaluate(Predictions.FromLabels(truth, decided, classes, cells, positiveClass));
    }

    /// <summary>The costs behind an expected cost, read off matrices with a single row; null for other metrics.</summary>
    internal static CostMatrix? CostsOf(IMetric metric, int classes, int positiveClass)
    {
        if (metric is not ConfusionMetric { IsCost: true }) return null;
        double[] costs = new double[classes * classes], cells = new double[classes * classes];
        for (int i = 0; i < costs.Length; i++)
        {
            cells[i] = 1;
            costs[i] = Evaluate(metric, cells, classes, positiveClass);
            cells[i] = 0;
        }

        return CostMatrix.From(costs, classes);
    }
}
