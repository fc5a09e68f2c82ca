namespace Counterweight.Torch;

/// <summary>The catalogue of losses.</summary>
public static class Loss
{
    private static readonly ParameterDefinition
        Beta = ParameterDefinition.Number("beta", 0.999, 0, 1, "How much new rows overlap old ones; 0 gives equal weights, towards 1 inverse counts.",
            maximumExcluded: true) with
        { UsualRange = "0.9..0.99999" },
        Gamma = ParameterDefinition.Number("gamma", 2, 0, 20, "How much rows that are right already count less; 0 is cross entropy.")
            with
        { UsualRange = "0.5..5" },
        Start = ParameterDefinition.Number("start", 0.8, 0, 1, "The share of the epochs after which the class weights act.") with { NeedsSteps = true };

    /// <summary>Every loss by name: what <c>loss:NAME</c> accepts.</summary>
    /// <example>
    /// <code>
    /// ClassCounts counts = ClassCounts.From([900, 100]);
    /// using ClassificationLoss loss = Loss.Catalogue.Create("logit-adjusted(tau=1)")(counts);
    /// </code>
    /// </example>
    public static Catalogue<LossFactory> Catalogue { get; } = new("loss")
    {
        { new("cross-entropy", "Plain cross entropy, which learns the class shares as they are.", "Cox (1958); the baseline of every paper here", [])
            { Prior = (_, _) => PriorEffect.AsCounted },
            _ => _ => new CrossEntropy() },
        {
            new("label-smoothing", "Cross entropy with part of the target spread over all classes.",
                "Szegedy et al. (2016), Rethinking the inception architecture, section 7",
                [ParameterDefinition.Number("epsilon", 0.1, 0, 1, "The part that is spread.")])
            { Prior = Unless("epsilon", 0, "label smoothing mixes probabilities with equal ones") }, c => _ => new CrossEntropy(labelSmoothing: c["epsilon"])
        },
        {
            new("focal", "(1 - p)^gamma times cross entropy: rows that are right already count less.",
                "Lin et al. (2017), Focal loss for dense object detection, equation 4", [Gamma])
            { Prior = Unless("gamma", 0, Focused) },
            c => _ => new FocalLoss(c["gamma"])
        },
        {
            new("class-balanced", "Cross entropy or focal loss weighted by the inverse effective number of samples.",
                "Cui et al. (2019), Class-balanced loss, section 4",
                [Beta, ParameterDefinition.Choice("loss", ["cross-entropy", "focal"], "The loss that is weighted; focal with gamma 2.")])
            {
                TreatsCounts = true,
                Prior = (c, n) => c.Choice("loss") == "focal" ? PriorEffect.Unknown(Focused) : PriorEffect.Weights(ClassBalancedLoss.Weights(n, c["beta"])),
            },
            c => n => c.Choice("loss") == "focal" ? new FocalLoss(2, ClassBalancedLoss.Weights(n, c["beta"]))
            : new CrossEntropy(ClassBalancedLoss.Weights(n, c["beta"]))
        },
        {
            new("ldam", "Cross entropy with a margin that grows as classes get rarer.", "Cao et al. (2019), LDAM, equations 11 and 13",
                [MaxMargin(), Scale()])
            { TreatsCounts = true, Prior = Unless("max-margin", 0, Margin) }, c => n => new LdamLoss(n, c["max-margin"], ScaleOf(c))
        },
        {
            new("ldam-drw", "LDAM with class weights that act late in training.", "Cao et al. (2019), LDAM, algorithm 1",
                [MaxMargin(), Scale(), BetaOf(0.9999), Start])
            { TreatsCounts = true, Prior = (c, n) => c["max-margin"] == 0 ? Deferred(c, n) : PriorEffect.Unknown(Margin) },
                c => n => LdamLoss.WithDeferredReweighting(n, c["max-margin"], ScaleOf(c), c["beta"], c["start"])
        },
        { new("balanced-softmax", "Cross entropy of logits plus the logarithm of the class counts.", "Ren et al. (2020), Balanced meta-softmax, equation 4",
            []) { TreatsCounts = true, Prior = (_, n) => PriorEffect.Offsets([.. n.Prior().Select(p => Math.Log(p))]) },
            _ => n => new BalancedSoftmaxLoss(n) },
        {
            new("logit-adjusted", "Cross entropy of logits plus tau times the logarithm of the class shares.",
                "Menon et al. (2021), Long-tail learning via logit adjustment, equation 10",
                [ParameterDefinition.Number("tau", 1, 0, 10, "How strongly the class shares are taken out; 0 is cross entropy.")
                    with { UsualRange = "0.5..2" }])
            { TreatsCounts = true, Prior = (c, n) => PriorEffect.Offsets([.. n.Prior().Select(p => c["tau"] * Math.Log(p))]) },
                c => n => new LogitAdjustedLoss(n, c["tau"])
        },
        {
            new("vs", "Vector scaling: cross entropy of logits with a factor and an offset per class.",
                "Kini et al. (2021), Label-imbalanced and group-sensitive classification, equation 3",
                [
                    ParameterDefinition.Number("gamma", 0.05, 0, 5, "The exponent of the factors (n / largest n)^gamma.") with { UsualRange = "0..0.5" },
                    ParameterDefinition.Number("tau", 1, 0, 10, "The strength of the offsets tau log(n / N).") with { UsualRange = "0.5..2" },
                ])
            {
                TreatsCounts = true,
                Prior = (c, n) => c["gamma"] == 0 ? PriorEffect.Offsets([.. n.Prior().Select(p => c["tau"] * Math.Log(p))])
                    : PriorEffect.Unknown("its factors stretch the logits of each class by an amount of its own"),
            }, c => n => new VectorScalingLoss(n, c["gamma"], c["tau"])
        },
        {
            new("poly-1", "Cross entropy plus epsilon (1 - p).", "Leng et al. (2022), PolyLoss, equation 5",
                [ParameterDefinition.Number("epsilon", 1, -1, 100, "What is added to the first coefficient; 0 is cross entropy.")])
            { Prior = Unless("epsilon", 0, "the added term pushes probabilities apart") },
                c => _ => new Poly1Loss(c["epsilon"])
        },
        {
            new("label-aware-smoothing", "Label smoothing that is stronger for frequent classes.",
                "Zhong et al. (2021), Improving calibration for long-tailed recognition, equations 8 to 11",
                [
                    ParameterDefinition.Number("head", 0.4, 0, 1, "The smoothing of the largest class.", maximumExcluded: true),
                    ParameterDefinition.Number("tail", 0.1, 0, 1, "The smoothing of the smallest class.", maximumExcluded: true),
                    ParameterDefinition.Choice("shape", ["concave", "linear", "convex"], "How it grows with the count."),
                ])
            { TreatsCounts = true, Prior = Bent("label smoothing mixes probabilities with equal ones, for each class by another amount") },
                c => n => new LabelAwareSmoothingLoss(n, c["head"], c["tail"], (SmoothingShape)c.Integer("shape"))
        },
        {
            new("seesaw", "Cross entropy in which frequent classes push rare ones less, unless these are predicted by mistake.",
                "Wang et al. (2021), Seesaw loss, equations 4 to 6",
                [
                    ParameterDefinition.Number("p", 0.8, 0, 10, "The strength by which the push on rare classes is weakened."),
                    ParameterDefinition.Number("q", 2, 0, 10, "The strength by which it is restored."),
                ])
            { TreatsCounts = true, Prior = Bent("the offsets of its logits depend on the row's own class and change with the model") },
                c => n => new SeesawLoss(n, c["p"], c["q"])
        },
        {
            new("drw", "Cross entropy, with the class weights of the effective number of samples late in training.", "Cao et al. (2019), LDAM, algorithm 1",
                [BetaOf(0.9999), Start]) { TreatsCounts = true, Prior = Deferred },
            c => n => DeferredLoss.Reweighting(n, c["beta"], c["start"])
        },
        {
            new("progressive-balancing", "Cross entropy whose class weights grow from equal to balanced over the epochs.",
                "Kang et al. (2020), Decoupling representation and classifier, equation 2", [])
            { TreatsCounts = true, Prior = (_, n) => PriorEffect.Balanced(n) },
            _ => n => new ProgressiveBalancingLoss(n)
        },
        {
            new("warm-up", "A linear move from cross entropy to another loss over the first part of training.",
                "Common practice; Cao et al. (2019), section 3.3, defers in one step",
                [ParameterDefinition.Choice("to", ["logit-adjusted", "balanced-softmax", "ldam", "focal"], "The loss at the end."),
                    ParameterDefinition.Number("end", 0.5, 0, 1, "The share of the epochs at which the move ends.")
                        with { NeedsSteps = true }])
            { TreatsCounts = true, Prior = (c, n) => Catalogue!.Parse(c.Choice("to")).PriorAfter(n) },
            c => n => new WarmUpLoss(new CrossEntropy(), Catalogue!.Create(c.Choice("to"))(n), 0, c["end"])
        },
        {
            new("influence-balanced", "Cross entropy, and later rows weighted by the inverse of their influence on the decision boundary.",
                "Park et al. (2021), Influence-balanced loss, equations 6 and 8",
                [
                    ParameterDefinition.Number("alpha", 10, 0, 1e9, "The scale; the paper's 1000 goes with a hundredth of the rate.", minimumExcluded: true),
                    ParameterDefinition.Number("epsilon", 0.001, 0, 1e9, "What keeps the quotient finite.", minimumExcluded: true),
                    ParameterDefinition.Number("start", 0.5, 0, 1, "The share of the epochs with plain cross entropy.") with { NeedsSteps = true },
                ])
            { TreatsCounts = true, Prior = Bent("rows of one class weigh differently, by their influence") },
                c => n => new InfluenceBalancedLoss(n, c["alpha"], c["epsilon"], c["start"])
        },
        {
            new("focal-sigmoid", "Focal loss of one yes-or-no question per class.",
                "Lin et al. (2017), Focal loss for dense object detection, equation 5; for classes Cui et al. (2019), section 4.3",
                [Gamma, ParameterDefinition.Number("alpha", -1, -1, 1,
                    "The weight of the ones, where the zeros weigh 1 - alpha; below 0 for no weights. Detectors take 0.25.")])
            { Prior = (c, _) => c["gamma"] == 0 && c["alpha"] < 0 ? PriorEffect.AsCounted : PriorEffect.Unknown(Focused) },
            c => _ => new SigmoidFocalLoss(c["gamma"], c["alpha"] < 0 ? null : c["alpha"])
        },
        {
            new("asymmetric", "A focal loss that is stricter on zeros and forgets the easy ones among them.",
                "Ridnik et al. (2021), Asymmetric loss for multi-label classification, equations 5 to 7",
                [
                    ParameterDefinition.Number("gamma-positive", 1, 0, 20, "The exponent of ones."),
                    ParameterDefinition.Number("gamma-negative", 4, 0, 20, "The exponent of zeros."),
                    ParameterDefinition.Number("clip", 0.05, 0, 1, "Zeros whose probability is below this have no loss.", maximumExcluded: true),
                ])
            { Prior = Bent("its exponents draw probabilities up, those of ones and zeros differently") },
                c => _ => new AsymmetricLoss(c["gamma-positive"], c["gamma-negative"], c["clip"])
        },
        {
            new("distribution-balanced", "Binary cross entropy per class with weights for labels that come together, and tolerance of zeros.",
                "Wu et al. (2020), Distribution-balanced loss, equations 4 to 9",
                [
                    ParameterDefinition.Number("alpha", 0.1, 0, 100, "The least weight of an element."),
                    ParameterDefinition.Number("beta", 10, 0, 1000, "The steepness of the weights."),
                    ParameterDefinition.Number("mu", 0.2, 0, 1, "The centre of the weights."),
                    ParameterDefinition.Number("lambda", 2, 0, 100, "How tolerant the loss is of zeros.", minimumExcluded: true),
                    ParameterDefinition.Number("kappa", 0.05, 0, 10, "The strength of the class-wise start."),
                ])
            { TreatsCounts = true, Prior = Bent("its tolerance of zeros bends each class's probability") },
                c => n => new DistributionBalancedLoss(n, 0, c["alpha"], c["beta"], c["mu"], c["lambda"], c["kappa"])
        },
        {
            new("equalization-v2", "Binary cross entropy per class that evens out the gradients of ones and zeros seen so far.",
                "Tan et al. (2021), Equalization loss v2, equations 4 to 7",
                [
                    ParameterDefinition.Number("gamma", 12, 0, 1000, "The steepness of the weights.", minimumExcluded: true),
                    ParameterDefinition.Number("mu", 0.8, -100, 100, "The centre of the weights."),
                    ParameterDefinition.Number("alpha", 4, 0, 1000, "How much more the ones of a class may weigh."),
                ])
            { TreatsCounts = true, Prior = Bent("its weights follow the gradients of the training") },
                c => n => new EqualizationV2Loss(n.Classes, c["gamma"], c["mu"], c["alpha"])
        },
        {
            new("ghm", "Binary cross entropy per class weighted by the inverse density of gradient norms.",
                "Li, Liu and Wang (2019), Gradient harmonized single-stage detector, equations 8 to 10",
                [
                    ParameterDefinition.Integer("bins", 30, 1, 10000, "How many bins the gradient norm has."),
                    ParameterDefinition.Number("momentum", 0.75, 0, 1, "The share of the past in the density.", maximumExcluded: true),
                ])
            { TreatsCounts = true, Prior = Bent("rows of one class weigh differently, by the density of their gradients") },
                c => _ => new GradientHarmonisedLoss(c.Integer("bins"), c["momentum"])
        },
        {
            new("tversky", "Region overlap with separate weights of false positives and false negatives.",
                "Salehi et al. (2017), Tversky loss function, equation 2",
                [FalsePositives(), FalseNegatives()]) { TreatsCounts = true, Prior = Overlap }, c => _ => new TverskyLoss(c["alpha"], c["beta"])
        },
        {
            new("focal-tversky", "Tversky loss to the power 1/gamma: classes with little overlap count more.",
                "Abraham and Khan (2019), A novel focal Tversky loss function, equation 4",
                [FalsePositives(), FalseNegatives(), ParameterDefinition.Number("gamma", 4.0 / 3, 1, 100, "The exponent is 1/gamma.")])
            { TreatsCounts = true, Prior = Overlap },
                c => _ => new TverskyLoss(c["alpha"], c["beta"], c["gamma"])
        },
        { new("dice", "Region overlap with squares.", "Milletari, Navab and Ahmadi (2016), V-Net, section 3", [])
            { TreatsCounts = true, Prior = Overlap }, _ => _ => new DiceLoss() },
        {
            new("smooth-ap", "Average precision with a smooth step.", "Brown et al. (2020), Smooth-AP, equations 5 and 6",
                [ParameterDefinition.Number("temperature", 0.01, 0, 100, "The width of the step, in units of probability.", minimumExcluded: true), Memory()])
            { TreatsCounts = true, Prior = Ranks },
            c => _ => new SmoothAveragePrecisionLoss(c["temperature"], c.Integer("memory"))
        },
        {
            new("partial-auc", "The area under the ROC curve over a band of false-positive rates.",
                "Narasimhan and Agarwal (2013), SVM pAUC tight; Yang et al. (2021)",
                [
                    ParameterDefinition.Number("low", 0, 0, 1, "The lower end of the band.", maximumExcluded: true),
                    ParameterDefinition.Number("high", 0.3, 0, 1, "The upper end of the band.", minimumExcluded: true),
                    Memory(),
                ])
            { TreatsCounts = true, Prior = Ranks }, c => _ => new PartialAucLoss(c["low"], c["high"], c.Integer("memory"))
        },
        {
            new("recall-at-quantile", "The share of a class among the rows that score highest for it.",
                "Eban et al. (2017), Scalable learning of non-decomposable objectives; Mackey, Luo and Eban (2018)",
                [
                    ParameterDefinition.Number("quantile", 0.1, 0, 1, "The share of rows that may be predicted positive.", minimumExcluded: true,
                        maximumExcluded: true),
                    ParameterDefinition.Number("temperature", 0.05, 0, 100, "The width of the step, in units of probability.", minimumExcluded: true),
                    Memory(),
                ])
            { TreatsCounts = true, Prior = Ranks }, c => _ => new RecallAtQuantileLoss(c["quantile"], c["temperature"], c.Integer("memory"))
        },
    };

    /// <summary>Why focal loss has no prior to correct: its minimiser draws probabilities towards equal ones (Charoenphakdee and others, 2021, "On focal
    /// loss for class-posterior probability estimation").</summary>
    private const string Focused = "focal loss draws probabilities towards equal ones";

    /// <summary>Why LDAM has none: the margin is on the row's own class alone, so that no offset of the logits does the same.</summary>
    private const string Margin = "its margins are on the row's own class alone and leave a gap between the classes";

    private static Func<MethodCall, ClassCounts, PriorEffect> Bent(string reason) => (_, _) => PriorEffect.Unknown(reason);

    /// <summary>Cross entropy at one value of a parameter, and bent at all others.</summary>
    private static Func<MethodCall, ClassCounts, PriorEffect> Unless(string parameter, double plain, string reason) =>
        (call, _) => call[parameter] == plain ? PriorEffect.AsCounted : PriorEffect.Unknown(reason);

    /// <summary>The weights of the effective number, which training ends with, unless they never start.</summary>
    private static PriorEffect Deferred(MethodCall call, ClassCounts counts) =>
        call["start"] == 1 ? PriorEffect.AsCounted : PriorEffect.Weights(ClassBalancedLoss.Weights(counts, call["beta"]));

    private static PriorEffect Overlap(MethodCall call, ClassCounts counts) =>
        PriorEffect.Unknown("an overlap of regions is best with every probability at 0 or 1");

    private static PriorEffect Ranks(MethodCall call, ClassCounts counts) => PriorEffect.Unknown("it goes by the order of the rows alone");

    private static ParameterDefinition MaxMargin() =>
        ParameterDefinition.Number("max-margin", 0.5, 0, 100, "The margin of the rarest class.") with { UsualRange = "0.1..1" };

    private static ParameterDefinition Scale() => ParameterDefinition.Number("scale", 0, 0, 1000,
        "The factor of the logits, before which the margins are taken off; 0 for what suits the learner: 30 for networks, whose last layer gives "
        + "cosines, 1 for trees, whose scores have no bound.") with
    { UnsaidAtDefault = true };

    private static double ScaleOf(MethodCall call) => call["scale"] > 0 ? call["scale"] : 30;

    private static ParameterDefinition BetaOf(double value) =>
        ParameterDefinition.Number("beta", value, 0, 1, "How much new rows overlap old ones; 0 gives equal weights, towards 1 inverse counts.",
            maximumExcluded: true);

    private static ParameterDefinition FalsePositives() => ParameterDefinition.Number("alpha", 0.3, 0, 100, "The weight of false positives.");

    private static ParameterDefinition FalseNegatives() => ParameterDefinition.Number("beta", 0.7, 0, 100, "The weight of false negatives.");

    private static ParameterDefinition Memory() => ParameterDefinition.Integer("memory", 0, 0, 1 << 24, "How many earlier rows to rank against.")
        with
    { NeedsSteps = true };
}
