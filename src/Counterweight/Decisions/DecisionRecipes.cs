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
                c => new(c, (rows, _) => new ArgmaxDecision(rows.Classes)) },
            {
                Tuning(
                    "threshold:tuned", "The threshold that is best for a metric over all distinct scores (two classes).",
                    "Lipton, Elkan and Naryanaswamy (2014)",
                    ParameterDefinition.Choice("metric", [Same, .. ThresholdMetric.Catalogue.Where(m => m.Parameters.Count == 0).Select(m => m.Name)],
                        "What to tune for; same: the metric of the comparison.") with { UnsaidAtDefault = true }),
                c => new(c, (rows, context) => Tuned(rows, context, c.Choice("metric")), binaryOnly: true)
            },
            {
                Reading("threshold:bayes",
                    "The class with the least expected cost at the given costs; without costs as if errors cost the inverse of the class shares.",
                    "Elkan (2001), equations 1 and 2"),
                c => new(c, Bayes)
            },
            {
                Tuning(
                    "threshold:recall", "The threshold with the best precision whose recall is at least a share (two classes).", "definition",
                    ParameterDefinition.Number("at-least", 0.8, 0, 1, "The least recall.")),
                c => new(c, (rows, context) => Kept(rows, context, ThresholdMetric.Precision, ThresholdConstraint.RecallAtLeast(c["at-least"])),
                    binaryOnly: true)
            },
            {
                Tuning(
                    "threshold:precision", "The threshold with the best recall whose precision is at least a share (two classes).", "definition",
                    ParameterDefinition.Number("at-least", 0.8, 0, 1, "The least precision.")),
                c => new(c, (rows, context) => Kept(rows, context, ThresholdMetric.Recall, ThresholdConstraint.PrecisionAtLeast(c["at-least"])),
                    binaryOnly: true)
            },
            {
                Tuning(
                    "threshold:alerts", "The threshold with the best recall that raises at most so many alerts among so many rows (two classes).", "definition",
                    ParameterDefinition.Number("at-most", 50, 0, double.MaxValue, "The most alerts."),
                    ParameterDefinition.Number("per", 10000, 0, double.MaxValue, "Among how many rows.", minimumExcluded: true)),
                c => new(c, (rows, context) =>
                    Kept(rows, context, ThresholdMetric.Recall, ThresholdConstraint.AlertsAtMost(c["at-most"], c["per"])), binaryOnly: true)
            },
            {
                Tuning("offsets:tuned", "An offset per class, tuned for the metric by coordinate ascent with exact line searches.",
                    "Fan and Lin (2007); Lipton, Elkan and Naryanaswamy (2014)"),
                c => new(c, (rows, context) => new OffsetsDecision([.. ClassOffsets.Tune(context.TunableMetric, rows, seed: context.Seed).Offsets]))
            },
            {
                Reading(
                    "offsets:logit-adjusted", "Subtracts tau times the logarithm of the class share: nothing is tuned.", "Menon et al. (2021), equation 9",
                    ParameterDefinition.Number("tau", 1, 0, 10, "1 aims at balanced accuracy, 0 changes nothing.") with { UsualRange = "0.25..1.5" }),
                c => new(c, (rows, context) => LogitAdjusted(rows, context, c["tau"]))
            },
            {
                Reading("prior-corrected", "Undoes the shift of the class shares that weights or resampling caused.",
                    "Elkan (2001), theorem 2; Saerens et al. (2002), equation 2.4"),
                c => new(c, Corrected)
            },
        };
        foreach (MethodDefinition method in Calibrator.Catalogue)
        {
            string calibration = method.Name;
            all.Add(
                Tuning($"calibrate:{calibration}", method.Summary, method.Source),
                c => new(c, (rows, _) =>
                    Calibrator.Fit(calibration, rows.Scores.Span, rows.Truth.Span, rows.Classes, rows.Weights.Span)));
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

    /// <summary>A method that is fitted to rows that the model has not seen.</summary>
    private static MethodDefinition Tuning(string name, string summary, string source, params ParameterDefinition[] parameters) =>
        new(name, summary, source, parameters) { NeedsTuning = true };

    /// <summary>A method that goes by the class shares that the model believes in, and by nothing else.</summary>
    private static MethodDefinition Reading(string name, string summary, string source, params ParameterDefinition[] parameters) =>
        new(name, summary, source, parameters) { ReadsPrior = true };

    private static ThresholdDecision Tuned(Predictions rows, DecisionContext context, string name)
    {
        IMetric metric = context.TunableMetric;
        ThresholdMetric aim = name != Same ? ThresholdMetric.Catalogue.Create(name)
            : ThresholdMetric.From(metric, rows.PositiveClass);
        return Kept(rows, context, aim);
    }

    private static ThresholdDecision Kept(Predictions rows, DecisionContext context, ThresholdMetric aim, params ThresholdConstraint[] own)
    {
        ThresholdConstraint[] constraints = [.. own, .. context.Constraints];
        ThresholdResult best = Threshold.Best(aim, Threshold.Sort(rows), constraints);

        // Scores that are all the same say nothing: unless deciding all or none positive is better, the usual decision stays.
        if (best.Candidates == 1 && constraints.Length == 0 && !(Math.Abs(best.Value - best.ValueOfNone) > Threshold.Tolerance))
            return new(best.Threshold == 0.5 && rows.PositiveClass == 1 ? double.PositiveInfinity : 0.5, rows.PositiveClass); // a tie is the first class
        var none = new BinaryCounts(0, 0, best.Counts.Positives, best.Counts.Negatives);
        bool noneIsBest = best.NoneIsBetter && constraints.All(c => c.IsMet(none));
        return new(noneIsBest ? double.PositiveInfinity : best.Threshold, rows.PositiveClass);
    }

    /// <remarks>
    /// Elkan (2001), equation 1, is about probabilities of the classes where the decision is used: where training shifted the shares, the shift is undone
    /// first.
    /// </remarks>
    private static IDecision Bayes(Predictions rows, DecisionContext context)
    {
        if (IsShifted(rows, context)) return new TransformedDecision(Corrected(rows, context), Bayes(rows, context with { TrainingPrior = null }));
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

    /// <remarks>
    /// The aim is p(x | c) share_c^(1 - tau), whatever training has done towards it: a model that believes in the shares q gives q_c p(x | c), and what is
    /// missing is share_c^(1 - tau) / q_c. With q the shares themselves that is Menon's equation 9; after a logit-adjusted loss of the same tau it is nothing.
    /// </remarks>
    private static OffsetsDecision LogitAdjusted(Predictions rows, DecisionContext context, double tau)
    {
        double[] shares = context.TargetPrior is null ? Shares(rows) : [.. context.TargetPrior];
        bool shifted = IsShifted(rows, context);
        return new([.. shares.Select((s, c) => s <= 0 ? double.NegativeInfinity
            : shifted ? ((1 - tau) * Math.Log(s)) - Math.Log(context.TrainingPrior![c]) : -tau * Math.Log(s))]);
    }

    /// <summary>Whether training left other shares in the probabilities than those where the decision is used.</summary>
    private static bool IsShifted(Predictions rows, DecisionContext context)
    {
        if (context.TrainingPrior is null) return false;
        double[] target = context.TargetPrior is null ? Shares(rows) : [.. context.TargetPrior];
        if (context.TrainingPrior.Count != target.Length)
            throw new ArgumentException($"There are {context.TrainingPrior.Count} training shares and {target.Length} classes.", nameof(context));
        double now = context.TrainingPrior.Sum(), then = target.Sum();
        return context.TrainingPrior.Zip(target, (q, s) => Math.Abs((q / now) - (s / then)) > 1e-9 * Math.Max(q / now, s / then)).Any(far => far);
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
