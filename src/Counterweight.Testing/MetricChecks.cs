namespace Counterweight.Testing;

/// <summary>What every metric has to do.</summary>
/// <example>
/// <code>
/// MethodCheck.RunAll(MetricChecks.For(new ShareOfAlerts()));
/// </code>
/// </example>
public static class MetricChecks
{
    /// <summary>The checks of a metric.</summary>
    /// <param name="metric">The metric.</param>
    /// <param name="classes">The numbers of classes that it is tried on; two and three by default.</param>
    public static IReadOnlyList<MethodCheck> For(IMetric metric, IReadOnlyCollection<int>? classes = null)
    {
        ArgumentNullException.ThrowIfNull(metric);
        int[] sizes = [.. classes ?? [2, 3]];
        var list = new Checklist();
        list.Add("It has a name", v => v.Ask(!string.IsNullOrWhiteSpace(metric.Name), "Name is empty."));
        list.Add("The value is a number, and the same when asked again, also by several threads", v =>
        {
            foreach (int k in sizes)
            {
                Predictions rows = Rows(k, 200, honest: true);
                double value = metric.Evaluate(rows);
                v.Ask(!double.IsNaN(value), $"with {k} classes the value is NaN.");
                double[] again = new double[16];
                Parallel.For(0, again.Length, i => again[i] = metric.Evaluate(Rows(k, 200, honest: true)));
                foreach (double other in again) v.Same([value], [other], $"the value with {k} classes");
            }
        });
        list.Add("Predictions that are right are better than predictions that are wrong", v =>
        {
            foreach (int k in sizes)
            {
                double good = metric.Evaluate(Rows(k, 200, honest: true)), bad = metric.Evaluate(Rows(k, 200, honest: false));
                v.Ask(metric.HigherIsBetter ? good > bad : good < bad,
                    $"with {k} classes, predictions that are nearly all right have {good} and nearly all wrong ones {bad}, while "
                    + $"{(metric.HigherIsBetter ? "higher" : "lower")} is said to be better.");
            }
        });
        list.Add("The order of the rows does not matter", v =>
        {
            foreach (int k in sizes)
            {
                double value = metric.Evaluate(Rows(k, 200, honest: true)), other = metric.Evaluate(Rows(k, 200, honest: true, reversed: true));
                v.Ask(Math.Abs(value - other) <= 1e-9 * Math.Max(1, Math.Abs(value)), $"with {k} classes it is {value}, and {other} with the rows reversed.");
            }
        });
        list.Add("It says truly whether it reads probabilities", v =>
        {
            foreach (int k in sizes)
            {
                int[] truth = [.. Enumerable.Range(0, 60).Select(i => i % k)], predicted = [.. Enumerable.Range(0, 60).Select(i => i / 2 % k)];
                var labels = Predictions.FromLabels(truth, predicted, k);
                if (metric.NeedsProbabilities) v.Throws<InvalidOperationException>(() => metric.Evaluate(labels), "predictions without probabilities");
                else metric.Evaluate(labels);
            }
        });
        return list.All;
    }

    /// <summary>Rows whose class has (or, if not honest, lacks) most of the probability, but for every tenth.</summary>
    private static Predictions Rows(int classes, int count, bool honest, bool reversed = false)
    {
        var random = new SeededRandom(3);
        int[] truth = new int[count];
        double[] probabilities = new double[count * classes];
        for (int at = 0; at < count; at++)
        {
            int i = reversed ? count - 1 - at : at, label = at < classes ? at : random.NextInt32(classes);
            int shown = at % 10 == 9 == honest ? (label + 1) % classes : label;
            truth[i] = label;
            double most = 0.6 + (0.3 * random.NextDouble());
            for (int c = 0; c < classes; c++) probabilities[(i * classes) + c] = c == shown ? most : (1 - most) / (classes - 1);
        }

        return Predictions.FromProbabilities(truth, probabilities, classes);
    }
}
