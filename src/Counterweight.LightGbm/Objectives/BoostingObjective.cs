namespace Counterweight.LightGbm;

/// <summary>The losses for imbalanced classes that LightGBM can be trained with, by the names that they have as losses of neural networks too.</summary>
/// <remarks>
/// A boosting objective is a description; <see cref="For"/> makes it ready for classes with known counts. Two classes have one score per row (the log-odds of
/// class 1), more have K. Boosting starts from the class prior as the loss sees it: log(w_c n_c / sum_k w_k n_k) for class weights w, and minus the offset
/// where the loss adds an offset to a class.
/// </remarks>
/// <example>
/// <code>
/// IBoostingObjective focal = BoostingObjective.Parse("focal(gamma=2)").For(ClassCounts.From([990, 10]));
/// </code>
/// </example>
public sealed class BoostingObjective
{
    private readonly Func<ClassCounts, double[], IBoostingObjective> make;

    /// <summary>Whether LightGBM's own loss is the same.</summary>
    public bool IsBuiltIn { get; private init; }

    private BoostingObjective(string name, Func<ClassCounts, double[], IBoostingObjective> make) => (Name, this.make) = (name, make);

    /// <summary>The canonical text: <c>focal(gamma=2)</c>.</summary>
    public string Name { get; }

    /// <summary>Every objective with its parameters and source; what the command line and the tests read.</summary>
    public static Catalogue<BoostingObjective> Catalogue { get; } = new("boosting objective")
    {
        {
            new("cross-entropy", "Cross entropy: the negative log-probability of the row's class.",
                "Friedman (2001), Greedy function approximation, section 4.5", []),
            call => new("cross-entropy", Family("cross-entropy", 0).make) { IsBuiltIn = true }
        },
        {
            new("focal", "(1 - p)^gamma times cross entropy: rows that are right already count less.",
                "Lin et al. (2017), Focal loss for dense object detection, eq. 4",
                [ParameterDefinition.Number("gamma", 2, 0, 20, "How much rows that are right already count less; 0 is cross entropy.")]),
            call => Family(call.ToString(), call["gamma"])
        },
        {
            new("class-balanced", "Cross entropy, or focal loss, weighted by the inverse effective number of rows of the class.",
                "Cui et al. (2019), Class-balanced loss, sections 4.1 and 4.3",
                [
                    ParameterDefinition.Number("beta", 0.999, 0, 1, "How much new rows overlap old ones; 0 gives equal weights, towards 1 inverse counts.",
                        maximumExcluded: true),
                    ParameterDefinition.Choice("loss", ["cross-entropy", "focal"], "The loss that is weighted; focal with gamma 2."),
                ]),
            call => Family(call.ToString(), call.Choice("loss") == "focal" ? 2 : 0, weights: counts => Effective(counts, call["beta"]))
        },
        {
            new("logit-adjusted", "Cross entropy of scores to which tau log(class share) is added.",
                "Menon et al. (2021), Long-tail learning via logit adjustment, eq. 10",
                [ParameterDefinition.Number("tau", 1, 0, 10, "How much of the class prior is taken out of the scores; 1 gives balanced probabilities.")]),
            call => Family(call.ToString(), 0, offsets: counts => [.. counts.Prior().Select(p => call["tau"] * Math.Log(p))])
        },
        {
            new("balanced-softmax", "Cross entropy of scores to which the logarithm of the class counts is added.",
                "Ren et al. (2020), Balanced meta-softmax, eq. 4", []),
            call => Family(call.ToString(), 0, offsets: counts => [.. counts.Prior().Select(p => Math.Log(p))])
        },
        {
            new("ldam", "Cross entropy with a margin for each class, larger for rarer ones.",
                "Cao et al. (2019), Learning imbalanced datasets with label-distribution-aware margin loss, eq. 11 and 12",
                [
                    ParameterDefinition.Number("max-margin", 0.5, 0, 100, "The margin of the rarest class."),
                    ParameterDefinition.Number("scale", 0, 0, 1000,
                        "What margins are multiplied by; 0 for 1, which does, since the scores of trees are not normalised.")
                        with { UnsaidAtDefault = true },
                ]),
            call => Family(call.ToString(), 0, shifts: counts => Margins(counts, call["max-margin"], call["scale"] > 0 ? call["scale"] : 1))
        },
        {
            new("asymmetric", "One sigmoid per class; easy negatives count less than positives, the easiest not at all.",
                "Ridnik et al. (2021), Asymmetric loss for multi-label classification, eq. 4 to 7",
                [
                    ParameterDefinition.Number("gamma-positive", 1, 0, 20, "The focusing exponent of the row's own class."),
                    ParameterDefinition.Number("gamma-negative", 4, 0, 20, "The focusing exponent of the other classes."),
                    ParameterDefinition.Number("clip", 0.05, 0, 1, "Probabilities of other classes below this count as 0.", maximumExcluded: true),
                ]),
            call => new(call.ToString(),
                (_, prior) => new AsymmetricObjective(call.ToString(), call["gamma-positive"], call["gamma-negative"], call["clip"], prior))
        },
        {
            new("cost-matrix", "The expected cost of a decision drawn from the probabilities.",
                "Domingos (1999), MetaCost, eq. 1; Elkan (2001), The foundations of cost-sensitive learning, eq. 1",
                [ParameterDefinition.List("costs", 0, double.MaxValue,
                    "K x K costs, true class by true class; if none are given, an error on class c costs the largest count / the count of c.")])
            {
                TreatsCounts = true,
                NeedsCosts = true,
                Prior = (_, _) => PriorEffect.Unknown("the expected cost is least with every probability at 0 or 1"),
            },
            call => new(call.ToString(), (counts, prior) => new CostObjective(call.ToString(), Costs(counts, call.List), prior))
        },
    };

    /// <summary>Reads a text such as <c>focal(gamma=2)</c>.</summary>
    /// <param name="text">A name of the catalogue, with parameters or without.</param>
    /// <exception cref="FormatException">The text names no objective or its parameters do not fit.</exception>
    public static BoostingObjective Parse(string text) => Catalogue.Create(text);

    /// <summary>Cross entropy with class weights by a scheme.</summary>
    /// <param name="scheme">How weights follow from counts.</param>
    /// <param name="gamma">The focusing exponent of the focal loss (Lin et al., 2017), 0 to 20; 0 is cross entropy.</param>
    public static BoostingObjective Weighted(WeightScheme scheme, double gamma = 0)
    {
        ArgumentNullException.ThrowIfNull(scheme);
        if (!(gamma is >= 0 and <= 20)) throw new ArgumentOutOfRangeException(nameof(gamma), gamma, "The focusing exponent lies in 0..20.");
        string name = FormattableString.Invariant($"weighted({scheme.Name}{(gamma == 0 ? "" : $", gamma={gamma:R}")})");
        return Family(name, gamma, weights: counts => ClassWeights.From(counts, scheme).AsSpan().ToArray());
    }

    /// <summary>The expected cost under the probabilities.</summary>
    /// <param name="costs">What each decision costs: true class by predicted class, K x K, none below 0.</param>
    public static BoostingObjective Cost(CostMatrix costs)
    {
        ArgumentNullException.ThrowIfNull(costs);
        if (costs.AsSpan().ContainsAnyExceptInRange(0, double.MaxValue))
            throw new ArgumentOutOfRangeException(nameof(costs), "Costs are finite numbers of 0 or more.");
        return new("cost-matrix", (counts, prior) => costs.Classes == counts.Classes ? new CostObjective("cost-matrix", costs.AsSpan().ToArray(), prior)
            : throw new ArgumentException($"The costs are for {costs.Classes} classes and the data have {counts.Classes}.", nameof(costs)));
    }

    /// <summary>Makes the objective ready for the classes of a training set.</summary>
    /// <param name="counts">The rows of each class; every class needs one.</param>
    /// <param name="totals">The summed row weights of each class, from which the prior is taken; empty takes the counts.</param>
    /// <exception cref="UnusableDataException">A class has no rows.</exception>
    public IBoostingObjective For(ClassCounts counts, ReadOnlySpan<double> totals = default)
    {
        ArgumentNullException.ThrowIfNull(counts);
        if (counts.Classes < 2) throw new UnusableDataException("All rows have the same class; there is nothing to learn.");
        if (!totals.IsEmpty && totals.Length != counts.Classes)
            throw new ArgumentException($"{totals.Length} totals were given for {counts.Classes} classes.", nameof(totals));
        for (int c = 0; c < counts.Classes; c++)
            if (counts[c] == 0) throw new UnusableDataException($"Class '{counts.Labels[c]}' has no row in the training data.");
        double[] prior = totals.IsEmpty ? counts.Prior() : totals.ToArray();
        double sum = prior.Sum();
        for (int c = 0; c < prior.Length; c++)
        {
            // LightGBM's own floor (kEpsilon) for a class whose rows weigh nothing.
            prior[c] = Math.Max(prior[c] / sum, 1e-15);
        }

        return make(counts, prior);
    }

    /// <summary>The name.</summary>
    public override string ToString() => Name;

    private static BoostingObjective Family(
        string name, double gamma, Func<ClassCounts, double[]>? weights = null, Func<ClassCounts, double[]>? offsets = null,
        Func<ClassCounts, double[]>? shifts = null) =>
        new(name, (counts, prior) =>
        {
            double[] Filled(double value) => [.. Enumerable.Repeat(value, counts.Classes)];
            return new SoftmaxObjective(
                name, gamma, weights?.Invoke(counts) ?? Filled(1), offsets?.Invoke(counts) ?? Filled(0), shifts?.Invoke(counts) ?? Filled(0), prior);
        });

    /// <summary>(1 - beta) / (1 - beta^n_c), scaled to the sum K (Cui et al., 2019, proposition 1 and section 4).</summary>
    private static double[] Effective(ClassCounts counts, double beta)
    {
        double[] weights = ClassWeights.From(counts, WeightScheme.EffectiveNumber(beta)).AsSpan().ToArray();
        double sum = weights.Sum();
        return [.. weights.Select(w => w * weights.Length / sum)];
    }

    /// <summary>-scale m_c with the margins of LDAM.</summary>
    private static double[] Margins(ClassCounts counts, double margin, double scale) =>
        [.. LabelDistribution.Margins(counts, margin).Select(m => -scale * m)];

    private static double[] Costs(ClassCounts counts, IReadOnlyList<double> given)
    {
        int classes = counts.Classes;
        if (given.Count != 0 && given.Count != classes * classes)
            throw new ArgumentException($"cost-matrix: {classes} classes take {classes * classes} costs; {given.Count} are given.", nameof(given));
        if (given.Count != 0) return [.. given];
        double[] costs = new double[classes * classes];
        double largest = counts.AsSpan().ToArray().Max();
        for (int y = 0; y < classes; y++)
            for (int k = 0; k < classes; k++) costs[y * classes + k] = y == k ? 0 : largest / counts[y];
        return costs;
    }
}
