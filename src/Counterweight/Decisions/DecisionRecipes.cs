namespace Counterweight;

/// <summary>The entries of <see cref="Decision.Catalogue"/>.</summary>
internal static class DecisionRecipes
{
    private const string Same = "same";

    internal static Catalogue<DecisionRecipe> All()
    {
        Catalogue<DecisionRecipe> all = new("decision")
        {
            { Method("argmax", "The most probable class: what models do unless told otherwise.", "definition"),
                _ => new("argmax", (rows, _) => new ArgmaxDecision(rows.Classes)) },
            {
                Method(
                    "threshold:tuned", "The threshold that is best for a metric over all distinct scores (two classes).",
                    "Lipton, Elkan and Naryanaswamy (2014)",
                    ParameterDefinition.Choice("metric", [Same, .. ThresholdMetric.Catalogue.Where(m => m.Parameters.Count == 0).Select(m => m.Name)],
                        "What to tune for; same: the metric of the comparison.") with { UnsaidAtDefault = true }),
                c => new(c.ToString(), (rows, context) => Tuned(rows, context, c.Choice("metric")), binaryOnly: true)
            },
            {
                Method("threshold:bayes",
                    "The class with the least expected cost at the given costs; without costs as if errors cost the inverse of the class shares.",
                    "Elkan (2001), equations 1 and 2"),
                _ => new("threshold:bayes", Bayes)
            },
            {
                Method(
                    "threshold:recall", "The threshold with the best precision whose recall is at least a share (two classes).", "definition",
                    ParameterDefinition.Number("at-least", 0.8, 0, 1, "The least recall.")),
                c => new(c.ToString(), (rows, context) => Kept(rows, context, ThresholdMetric.Precision, ThresholdConstraint.RecallAtLeast(c["at-least"])),
                    binaryOnly: true)
            },
            {
                Method(
                    "threshold:precision", "The threshold with the best recall whose precision is at least a share (two classes).", "definition",
                    ParameterDefinition.Number("at-least", 0.8, 0, 1, "The least precision.")),
                c => new(c.ToString(), (rows, context) => Kept(rows, context, ThresholdMetric.Recall, ThresholdConstraint.PrecisionAtLeast(c["at-least"])),
                    binaryOnly: true)
            },
            {
                Method(
                    "threshold:alerts", "The threshold with the best recall that raises at most so many alerts among so many rows (two classes).", "definition",
                    ParameterDefinition.Number("at-most", 50, 0, double.MaxValue, "The most alerts."),
                    ParameterDefinition.Number("per", 10000, 0, double.MaxValue, "Among how many rows.", minimumExcluded: true)),
                c => new(c.ToString(), (rows, context) =>
                    Kept(rows, context, ThresholdMetric.Recall, ThresholdConstraint.AlertsAtMost(c["at-most"], c["per"])), binaryOnly: true)
            },
            {
                Method("offsets:tuned", "An offset per class, tuned for the metric by coordinate ascent with exact line searches.",
                    "Fan and Lin (2007); Lipton, Elkan and Naryanaswamy (2014)"),
                _ => new("offsets:tuned", (rows, context) =>
                    new OffsetsDecision([.. ClassOffsets.Tune(
                        context.Costs is null || context.TunableMetric.Name != "expected-cost" ? context.TunableMetric : Metric.ExpectedCost(context.Costs),
                        rows, seed: context.Seed).Offsets]))
            },
            {
                Method(
                    "offsets:logit-adjusted", "Subtracts tau times the logarithm of the class share: nothing is tuned.", "Menon et al. (2021), equation 9",
                    ParameterDefinition.Number("tau", 1, 0, 10, "1 aims at balanced accuracy, 0 changes nothing.")),
                c => new(c.ToString(), (rows, context) => LogitAdjusted(rows, context, c["tau"]))
            },
            {
                Method("prior-corrected", "Undoes the shift of the class shares that weights or resampling caused.",
                    "Elkan (2001), theorem 2; Saerens et al. (2002), equation 2.4"),
                _ => new("prior-corrected", Corrected)
            },
        };
        foreach (MethodDefinition method in Calibrator.Catalogue)
        {
            string calibration = method.Name;
            all.Add(
                Method($"calibrate:{calibration}", method.Summary, method.Source),
                _ => new($"calibrate:{calibration}",
                    (rows, _) => Calibrator.Fit(calibration, rows.Scores.Span, rows.Truth.Span, rows.Classes, rows.Weights.Span)));
        }

        return all;
    }

    /// <summary>The class shares of the rows, by weight.</summary>
    internal static double[] Shares(Predictions rows)
    {
        double[] shares = new double[rows.Classes];
        ReadOnlySpan<int> truth = rows.Truth.Span;
        ReadOnlySpan<double> weights = rows.Weights.Span;
        double total = 0;
        for (int i = 0; i < truth.Length; i++)
        {
            double w = weights.IsEmpty ? 1 : weights[i];
            shares[truth[i]] += w;
            total += w;
        }

        if (total == 0) throw new UnusableDataException("There are no rows of positive weight.");
        for (int c = 0; c < shares.Length; c++) shares[c] /= total;
        return shares;
    }

    private static MethodDefinition Method(string name, string summary, string source, params ParameterDefinition[] parameters) =>
        new(name, summary, source, parameters);

    private static ThresholdDecision Tuned(Predictions rows, DecisionContext context, string name)
    {
        IMetric metric = context.TunableMetric;
        ThresholdMetric aim = name != Same ? ThresholdMetric.Catalogue.Create(name)
            : metric.Name == "expected-cost" && context.Costs is not null ? ThresholdMetric.ExpectedCost(context.Costs, rows.PositiveClass)
            : ThresholdMetric.From(metric, rows.PositiveClass);
        return Kept(rows, context, aim);
    }

    private static ThresholdDecision Kept(Predictions rows, DecisionContext context, ThresholdMetric aim, params ThresholdConstraint[] own)
    {
        ThresholdConstraint[] constraints = [.. own, .. context.Constraints];
        ThresholdResult best = Threshold.Best(aim, Threshold.Sort(rows), constraints);
        var none = new BinaryCounts(0, 0, best.Counts.Positives, best.Counts.Negatives);
        bool noneIsBest = best.NoneIsBetter && constraints.All(c => c.IsMet(none));
        return new(noneIsBest ? double.PositiveInfinity : best.Threshold, rows.PositiveClass);
    }

    private static IDecision Bayes(Predictions rows, DecisionContext context)
    {
        CostMatrix costs = context.Costs ?? DecisionObjective.CostsOf(context.Metric, rows.Classes, rows.PositiveClass) ?? InverseShares(rows, context);
        if (rows.Classes == 2 && CostDecision.BayesThreshold(costs, rows.PositiveClass) is double threshold && !double.IsNaN(threshold))
            return new ThresholdDecision(threshold, rows.PositiveClass);
        return new CostDecision(costs);
    }

    private static CostMatrix InverseShares(Predictions rows, DecisionContext context)
    {
        double[] shares = context.TargetPrior is null ? Shares(rows) : [.. context.TargetPrior];
        int k = shares.Length;
        double[] costs = new double[k * k];
        for (int t = 0; t < k; t++)
            for (int p = 0; p < k; p++) costs[t * k + p] = t == p || shares[t] == 0 ? 0 : 1 / (k * shares[t]);
        return CostMatrix.From(costs, k);
    }

    private static OffsetsDecision LogitAdjusted(Predictions rows, DecisionContext context, double tau)
    {
        double[] shares = context.TargetPrior is null ? Shares(rows) : [.. context.TargetPrior];
        return new([.. shares.Select(s => s > 0 ? -tau * Math.Log(s) : double.NegativeInfinity)]);
    }

    private static PriorCorrection Corrected(Predictions rows, DecisionContext context)
    {
        double[] target = context.TargetPrior is null ? Shares(rows) : [.. context.TargetPrior];
        double[] training = context.TrainingPrior is null ? [.. target.Select(s => Math.Max(s, 1e-12))] : [.. context.TrainingPrior];
        if (training.Length != rows.Classes)
            throw new ArgumentException($"There are {training.Length} training shares and {rows.Classes} classes.", nameof(context));
        return new(training, target);
    }
}
