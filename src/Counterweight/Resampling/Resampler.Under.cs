namespace Counterweight;

public static partial class Resampler
{
    private static ParameterDefinition K(int value, string description) => ParameterDefinition.Integer("k", value, 1, 10_000, description);

    private static string[] Rules => ["all", "mode"];

    static partial void RegisterUnder(Catalogue<IResampler> catalogue)
    {
        ParameterDefinition[] cleaning = TargetParameters(ResamplingKind.Cleaning), under = TargetParameters(ResamplingKind.Under);
        SamplingStrategy Clean(MethodCall call) => StrategyOf(call, ResamplingKind.Cleaning);
        SamplingStrategy Under(MethodCall call) => StrategyOf(call, ResamplingKind.Under);
        NeighbourRule Rule(MethodCall call) => call.Choice("kind") == "mode" ? NeighbourRule.Mode : NeighbourRule.All;
        ParameterDefinition rule =
            ParameterDefinition.Choice("kind", Rules, "When a row agrees with its neighbours: when all, or the most frequent class of them, are of its class.");

        catalogue.Add(
            new("random-under", "Keeps a random choice of the rows of the larger classes.",
                "Batista, Prati and Monard, 2004, A study of the behavior of several methods for balancing machine learning training data, section 3",
                [ParameterDefinition.Choice("replacement", ["no", "yes"], "Whether a row may be drawn more than once."), .. under])
            { TreatsCounts = true, Prior = (_, _) => PriorEffect.AsCounted },
            call => new RandomUnderSampler(call.Choice("replacement") == "yes") { Strategy = Under(call) });
        for (int version = 1; version <= 3; version++)
        {
            int v = version;
            string summary = v switch
            {
                1 => "Keeps the rows nearest to their k nearest rows of the smallest class.",
                2 => "Keeps the rows nearest to their k farthest rows of the smallest class.",
                _ => "Of the m nearest rows of each row of the smallest class, keeps those farthest from their k nearest.",
            };
            ParameterDefinition k = K(3, "Rows of the smallest class whose distances are added up.");
            ParameterDefinition m = ParameterDefinition.Integer("m", 3, 1, 10_000, "Rows taken near each row of the smallest class.");
            catalogue.Add(
                new($"near-miss-{v}", summary, "Mani and Zhang, 2003, kNN approach to unbalanced data distributions",
                    v == 3 ? [k, m, .. under] : [k, .. under])
                { TreatsCounts = true, UsesDistances = true, Prior = Chosen },
                call => new NearMiss(v, call.Integer("k"), v == 3 ? call.Integer("m") : 3) { Strategy = Under(call) });
        }

        catalogue.Add(
            new("tomek-links", "Takes away rows that are nearest neighbours of a row of another class and it of them.",
                "Tomek, 1976, Two modifications of CNN", cleaning)
            { TreatsCounts = true, UsesDistances = true, Prior = Chosen },
            call => new TomekLinks { Strategy = Clean(call) });
        ParameterDefinition classifying = K(1, "Neighbours that classify a row."),
            seeds = ParameterDefinition.Integer("seeds", 1, 1, 1_000_000, "Random rows of a class that the store starts with.");
        catalogue.Add(
            new("condensed-nn", "Keeps the rows that the rows kept so far misclassify.", "Hart, 1968, The condensed nearest neighbor rule",
                [classifying, seeds, .. cleaning])
            { TreatsCounts = true, UsesDistances = true, Prior = Chosen },
            call => new CondensedNearestNeighbour(call.Integer("k"), call.Integer("seeds")) { Strategy = Clean(call) });
        catalogue.Add(
            new("one-sided-selection", "Keeps the rows that a few random rows misclassify, then takes Tomek links away.",
                "Kubat and Matwin, 1997, Addressing the curse of imbalanced training sets: one-sided selection", [classifying, seeds, .. cleaning])
            { TreatsCounts = true, UsesDistances = true, Prior = Chosen },
            call => new OneSidedSelection(call.Integer("k"), call.Integer("seeds")) { Strategy = Clean(call) });

        ParameterDefinition neighbours = K(3, "Neighbours looked at, the row itself not counted.");
        const string wilson = "Wilson, 1972, Asymptotic properties of nearest neighbor rules using edited data",
            tomek = "Tomek, 1976, An experiment with the edited nearest-neighbor rule";
        catalogue.Add(
            new("enn", "Takes away rows that have a row of another class among their k nearest.", wilson, [neighbours, .. cleaning])
            { TreatsCounts = true, UsesDistances = true, Prior = Chosen },
            call => new EditedNearestNeighbours(call.Integer("k")) { Strategy = Clean(call) });
        catalogue.Add(
            new("enn-mode", "Takes away rows whose class is not the most frequent among their k nearest.", wilson, [neighbours, .. cleaning])
            { TreatsCounts = true, UsesDistances = true, Prior = Chosen },
            call => new EditedNearestNeighbours(call.Integer("k"), NeighbourRule.Mode) { Strategy = Clean(call) });
        catalogue.Add(
            new("repeated-enn", "Repeats the editing until nothing changes.", tomek,
                [neighbours, ParameterDefinition.Integer("passes", 100, 1, 1_000_000, "The most passes made."), rule, .. cleaning])
            { TreatsCounts = true, UsesDistances = true, Prior = Chosen },
            call => new RepeatedEditedNearestNeighbours(call.Integer("k"), call.Integer("passes"), Rule(call)) { Strategy = Clean(call) });
        catalogue.Add(
            new("all-knn", "Edits with one neighbour, then two, up to k.", tomek,
                [neighbours, rule, ParameterDefinition.Choice("minority", ["no", "yes"], "Whether to go on when a larger class has become the smallest."),
                    .. cleaning])
            { TreatsCounts = true, UsesDistances = true, Prior = Chosen },
            call => new AllKNearestNeighbours(call.Integer("k"), Rule(call), call.Choice("minority") == "yes") { Strategy = Clean(call) });
        catalogue.Add(
            new("ncr", "Takes away rows that their neighbours outvote, and neighbours of misjudged rows of the smallest class.",
                "Laurikkala, 2001, Improving identification of difficult small classes by balancing class distribution, table 1",
                [neighbours, ParameterDefinition.Number("threshold", 0.5, 0, 1,
                    "The share of all rows a class must exceed to lose neighbours of misjudged rows.", true, true), rule, .. cleaning])
            { TreatsCounts = true, UsesDistances = true, Prior = Chosen },
            call => new NeighbourhoodCleaningRule(call.Integer("k"), call["threshold"], Rule(call)) { Strategy = Clean(call) });
        catalogue.Add(
            new("instance-hardness", "Keeps the rows that a random forest trained on other rows finds easiest.",
                "Smith, Martinez and Giraud-Carrier, 2014, An instance level analysis of data complexity",
                [ParameterDefinition.Integer("folds", 5, 2, 100, "Folds of the cross-validation."),
                    ParameterDefinition.Integer("trees", 100, 1, 100_000, "Trees of the forest."), .. under])
            { TreatsCounts = true, Prior = Chosen },
            call => new InstanceHardnessThreshold(call.Integer("folds")) { Strategy = Under(call), Estimator = new ForestEstimator(call.Integer("trees")) });
        catalogue.Add(
            new("cluster-centroids", "Puts the centres of k-means clusters in the place of the rows of the larger classes.",
                "Yen and Lee, 2009, Cluster-based under-sampling approaches for imbalanced data distributions",
                [ParameterDefinition.Choice("voting", ["soft", "hard"], "Whether the centre is given, or the row nearest to it."),
                    ParameterDefinition.Integer("rounds", 300, 1, 1_000_000, "The most rounds of k-means."), .. under])
            { TreatsCounts = true, UsesDistances = true, Prior = Made },
            call => new ClusterCentroids(call.Choice("voting") == "hard", call.Integer("rounds")) { Strategy = Under(call) });
    }
}
