using Counterweight.Torch;

namespace Counterweight.Comparison;

/// <summary>The catalogue of ensembles.</summary>
/// <example>
/// <code>
/// IEnsemble ensemble = Ensemble.Catalogue.Create("easy(members=20)");
/// Remedy remedy = Remedy.Parse("ensemble:easy(20)+prior-corrected");
/// </code>
/// </example>
public static class Ensemble
{
    /// <summary>The fewest rows of a class that an ensemble is made from: with fewer, a balanced cut is too small to learn from.</summary>
    public const int LeastRows = 5;

    /// <summary>Every ensemble by name: what <c>ensemble:NAME</c> accepts.</summary>
    public static Catalogue<IEnsemble> Catalogue { get; } = new("ensemble")
    {
        {
            new("easy", "EasyEnsemble: each member sees all rows of the smallest class and as many of every other, drawn without replacement.",
                "Liu, Wu and Zhou, 2009, Exploratory undersampling for class-imbalance learning, algorithm 1", [MembersOf(10), RoundsOf])
            { TreatsCounts = true, Prior = (c, n) => c.Integer("rounds") == 1 ? PriorEffect.Balanced(n) : Boosted(c, n) },
            call => new BalancedCuts(call, CutKind.AllOfTheSmallest, call.Integer("rounds"))
        },
        {
            new("balanced-bagging", "Each member sees a bootstrap sample whose classes are then cut to the smallest.",
                "Maclin and Opitz, 1997, An empirical evaluation of bagging and boosting; Hido, Kashima and Takahashi, 2009, Roughly balanced bagging, "
                + "algorithm 1",
                [
                    MembersOf(10),
                    ParameterDefinition.Choice("balance", ["exact", "roughly"],
                        "Exact: equal numbers. Roughly: the larger classes get a number drawn from the negative binomial distribution (Hido and others).")
                        with { UnsaidAtDefault = true },
                ])
            { TreatsCounts = true, Prior = Cut },
            call => new BalancedCuts(call, call.Choice("balance") == "exact" ? CutKind.BalancedBootstrap : CutKind.RoughlyBalanced, rounds: 1)
        },
        {
            new("under-bagging", "Each member sees as many rows of every class as the smallest has, all drawn with replacement.",
                "Barandela, Valdovinos and Sanchez, 2003, New applications of ensembles of classifiers; Wang and Yao, 2009, Diversity analysis on "
                + "imbalanced data sets, section III", [MembersOf(10)])
            { TreatsCounts = true, Prior = Cut },
            call => new BalancedCuts(call, CutKind.WithReplacement, rounds: 1)
        },
        {
            new("balanced-forest", "Balanced random forest: each fully grown tree sees a bootstrap sample with as many rows of every class, and each split "
                + "some of the columns.",
                "Chen, Liaw and Breiman, 2004, Using random forest to learn imbalanced data, section 2.2", [MembersOf(100)])
            { TreatsCounts = true, Prior = Cut },
            call => new BalancedForest(call)
        },
        {
            new("rus-boost", "RUSBoost: AdaBoost.M2, and each round sees as many rows of every class as the smallest has.",
                "Seiffert, Khoshgoftaar, Van Hulse and Napolitano, 2010, RUSBoost, figure 1; Freund and Schapire, 1997, AdaBoost.M2", [MembersOf(10)])
            { TreatsCounts = true, Prior = Boosted },
            call => new BoostedEnsemble(call, synthetic: false)
        },
        {
            new("smote-boost", "SMOTEBoost: AdaBoost.M2, and each round fills the smaller classes up with rows of SMOTE.",
                "Chawla, Lazarevic, Hall and Bowyer, 2003, SMOTEBoost, figure 1", [MembersOf(10), NeighboursOf])
            { TreatsCounts = true, UsesDistances = true, Prior = Boosted },
            call => new BoostedEnsemble(call, synthetic: true)
        },
        {
            new("smote-bagging", "Each member sees a bootstrap sample of the largest class and as many rows of every other, more of them drawn and fewer by "
                + "SMOTE from member to member.",
                "Wang and Yao, 2009, Diversity analysis on imbalanced data sets by using ensemble models, algorithm 1", [MembersOf(10), NeighboursOf])
            {
                TreatsCounts = true,
                UsesDistances = true,
                Prior = (_, _) => PriorEffect.Unknown("rows that SMOTE makes do not lie as those of their class do"),
            },
            call => new SmoteBagging(call)
        },
        {
            new("self-paced", "Self-paced ensemble: the larger classes are drawn by how hard the members so far find them, at first the borderline, "
                + "later all alike.",
                "Liu, Cao, Gao, Bian, Chen, Chang and Liu, 2020, Self-paced ensemble for highly imbalanced massive data classification, algorithm 1",
                [MembersOf(10), ParameterDefinition.Integer("bins", 20, 1, 10_000, "The bins of hardness.")])
            { TreatsCounts = true, Prior = Chosen },
            call => new SelfPacedEnsemble(call)
        },
        {
            new("balance-cascade", "BalanceCascade: after each member the rows of the larger classes that it finds easiest are left out for good.",
                "Liu, Wu and Zhou, 2009, Exploratory undersampling for class-imbalance learning, algorithm 2", [MembersOf(10)])
            { TreatsCounts = true, Prior = Chosen },
            call => new BalanceCascade(call)
        },
    };

    /// <summary>Members see equal classes whose rows were drawn at random.</summary>
    private static PriorEffect Cut(MethodCall call, ClassCounts counts) => PriorEffect.Balanced(counts);

    private static PriorEffect Boosted(MethodCall call, ClassCounts counts) =>
        PriorEffect.Unknown("boosting draws rows by how hard they are, and its votes are no probabilities");

    private static PriorEffect Chosen(MethodCall call, ClassCounts counts) =>
        PriorEffect.Unknown("rows of the larger classes are chosen by how hard they are");

    private static ParameterDefinition RoundsOf =>
        ParameterDefinition.Integer("rounds", 1, 1, 1000,
            "The rounds of AdaBoost.M2 on each cut; 1 trains the learner as it is, which for boosted trees is boosting already.")
            with
        { UnsaidAtDefault = true };

    private static ParameterDefinition NeighboursOf =>
        ParameterDefinition.Integer("k", 5, 1, 1000, "The neighbours of SMOTE; fewer where a class has no more rows.");

    /// <summary>Why a plan makes no sense with an ensemble; null if it does.</summary>
    internal static string? Refuses(TrainingPlan plan, string name)
    {
        if (plan.Resampler is not null) return $"ensemble:{name} draws balanced rows itself, so there is nothing left to resample; take one of the two.";
        if (plan.Sampler is not null) return $"ensemble:{name} draws balanced rows itself, and a sampler would draw from them again; take one of the two.";
        if (plan.Weights is not null)
            return $"ensemble:{name} balances the classes already, and weights would count the imbalance twice; take one of the two, or a decision for "
                + $"unequal costs.";
        if (plan.Native is not null)
            return $"ensemble:{name} balances the classes already, and {plan.Native} would count the imbalance twice; take one of the two.";
        if (plan.Loss is { Call.Method.TreatsCounts: true })
            return $"loss:{plan.Loss} is made for unequal classes, and the members of ensemble:{name} see equal ones. Losses that combine with it: "
                + $"{string.Join(", ", Loss.Catalogue.Where(m => !m.TreatsCounts).Select(m => m.Name))}.";
        return null;
    }

    private static ParameterDefinition MembersOf(int members) => ParameterDefinition.Integer("members", members, 1, 10_000, "The number of models.");
}
