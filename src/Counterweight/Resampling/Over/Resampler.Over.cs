namespace Counterweight;

public static partial class Resampler
{
    private const string Chawla = "Chawla, Bowyer, Hall and Kegelmeyer, 2002, SMOTE: Synthetic Minority Over-sampling Technique";

    // Properties, because the catalogue is built while static fields of other files may not be set yet.
    private static ParameterDefinition Neighbours =>
        ParameterDefinition.Integer("k", 5, 1, int.MaxValue, "Nearest rows of the same class that a new row may lie towards.")
            with
        { UsualRange = "3..15" };
    private static ParameterDefinition DangerNeighbours =>
        ParameterDefinition.Integer("m", 10, 1, int.MaxValue, "Nearest rows of any class that tell whether a row is near the border.");

    static partial void RegisterOver(Catalogue<IResampler> catalogue)
    {
        void Add(
            string name, string summary, string source, ParameterDefinition[] parameters, Func<MethodCall, OverSampler> create, bool distances = true,
            Func<MethodCall, ClassCounts, PriorEffect>? prior = null) => catalogue.Add(
            new(name, summary, source, [.. parameters, .. TargetParameters(ResamplingKind.Over)])
            { TreatsCounts = true, UsesDistances = distances, Prior = prior ?? Made },
            call => create(call) with { Strategy = StrategyOf(call, ResamplingKind.Over) });

        Add("random-over", "Draws rows of the class again, if wanted with a little noise.", "Menardi and Torelli, 2014 (the noise); the copies are folklore",
            [ParameterDefinition.Number("shrinkage", 0, 0, double.PositiveInfinity, "The factor of the noise; 0 copies rows as they are.")],
            call => new RandomOver(call["shrinkage"]), distances: false,
            (call, counts) => call["shrinkage"] == 0 ? PriorEffect.AsCounted : Made(call, counts));
        Add("rose", "Draws rows from a Gaussian kernel estimate of the class.",
            "Menardi and Torelli, 2014, Training and assessing classification rules with imbalanced data",
            [ParameterDefinition.Number("shrinkage", 1, 0, double.PositiveInfinity, "The factor of the kernel's width.")],
            call => new Rose(call["shrinkage"]), distances: false);
        Add("smote", "New rows between a row and its nearest rows of the same class.", $"{Chawla}, section 4.2", [Neighbours],
            call => new Smote(call.Integer("k")));
        Add("smote-nc", "SMOTE for numeric and categorical columns.", $"{Chawla}, section 6.1", [Neighbours], call => new SmoteNc(call.Integer("k")));
        Add("smoten", "SMOTE for categorical columns only, by the value difference metric.", $"{Chawla}, section 6.2", [Neighbours],
            call => new Smoten(call.Integer("k")));
        Add("borderline-smote", "SMOTE from the rows near the border.", "Han, Wang and Mao, 2005, Borderline-SMOTE", [Neighbours, DangerNeighbours],
            call => new BorderlineSmote(call.Integer("k"), call.Integer("m")));
        Add("borderline-smote-2", "SMOTE from the rows near the border, also part of the way towards other classes.",
            "Han, Wang and Mao, 2005, Borderline-SMOTE", [Neighbours, DangerNeighbours],
            call => new BorderlineSmote2(call.Integer("k"), call.Integer("m")));
        Add("svm-smote", "SMOTE from the support vectors of the class, outwards where the class is safe.",
            "Nguyen, Cooper and Kamei, 2011, Borderline over-sampling for imbalanced data classification",
            [Neighbours, DangerNeighbours, ParameterDefinition.Number("out", 0.5, 0, double.PositiveInfinity, "The longest step outwards."),
                ParameterDefinition.Number("cost", 1, 0, double.MaxValue, "The machine's cost of a violated margin.", minimumExcluded: true)],
            call => new SvmSmote(call.Integer("k"), call.Integer("m"), call["out"], call["cost"]));
        Add("kmeans-smote", "SMOTE within the clusters in which the class is frequent, with more rows where it is sparse.",
            "Douzas, Bacao and Last, 2018, a heuristic oversampling method based on k-means and SMOTE",
            [ParameterDefinition.Integer("k", 2, 1, int.MaxValue, "Nearest rows of the same class and cluster that a new row may lie towards."),
                ParameterDefinition.Integer("clusters", 8, 1, int.MaxValue, "The number of clusters."),
                ParameterDefinition.Number("threshold", 0, 0, 1, "The smallest share of the class in a cluster that is used; 0 for its share in all rows."),
                ParameterDefinition.Number("exponent", 0, 0, double.MaxValue,
                    "The exponent of the mean distance in a cluster's sparsity; 0 for the number of columns.")],
            call => new KMeansSmote(call.Integer("k"), call.Integer("clusters"), call["threshold"], call["exponent"]));
        Add("adasyn", "SMOTE with more rows where other classes are near.", "He, Bai, Garcia and Li, 2008, ADASYN", [Neighbours],
            call => new Adasyn(call.Integer("k")));
        Add("safe-level-smote", "SMOTE that stays near the end of the segment that is surrounded by its own class.",
            "Bunkhumpornpat, Sinapiromsaran and Lursinsap, 2009, Safe-Level-SMOTE",
            [Neighbours], call => new SafeLevelSmote(call.Integer("k")));
        Add("polynom-fit-smote", "New rows at even distances on lines that connect the class, or on a polynomial fitted to it.",
            "Gazzah and Essoukri Ben Amara, 2008, New Oversampling Approaches Based on Polynomial Fitting",
            [ParameterDefinition.Choice("topology", ["star", "bus", "mesh", "curve"],
                "What is connected: each row with the mean, with the next, all pairs, or a fitted polynomial."),
                ParameterDefinition.Integer("degree", 2, 1, 20, "The degree of the polynomial of a curve.")],
            call => new PolynomFitSmote((PolynomTopology)call.Integer("topology"), call.Integer("degree")), distances: false);
        Add("prowsyn", "More new rows where the class is near other classes, by levels of proximity.", "Barua, Islam and Murase, 2013, ProWSyn",
            [ParameterDefinition.Integer("k", 5, 1, int.MaxValue, "Rows of the class nearest to each row of another class that make a level."),
                ParameterDefinition.Integer("levels", 5, 1, int.MaxValue, "The number of levels."),
                ParameterDefinition.Number("theta", 1, 0, double.MaxValue, "How fast the weight falls with the level.")],
            call => new Prowsyn(call.Integer("k"), call.Integer("levels"), call["theta"]));
        Add("lee", "SMOTE that throws away new rows which land among other classes.",
            "Lee, Kim and Lee, 2015, An Over-sampling Technique with Rejection for Imbalanced Class Learning",
            [Neighbours, ParameterDefinition.Number("rejection", 0.5, 0, 1, "The largest share of other classes around a new row.")],
            call => new Lee(call.Integer("k"), call["rejection"]));
    }
}
