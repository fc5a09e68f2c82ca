namespace Counterweight.Torch;

/// <summary>The catalogue of losses.</summary>
public static class Loss
{
    private static readonly ParameterDefinition
        Beta = ParameterDefinition.Number("beta", 0.999, 0, 1, "How much new rows overlap old ones; 0 gives equal weights, towards 1 inverse counts.", maximumExcluded: true),
        Gamma = ParameterDefinition.Number("gamma", 2, 0, 20, "How much rows that are right already count less; 0 is cross entropy."),
        Start = ParameterDefinition.Number("start", 0.8, 0, 1, "The share of the epochs after which the class weights act.");

    /// <summary>Every loss by name: what <c>loss:NAME</c> accepts.</summary>
    /// <example>
    /// <code>
    /// ClassCounts counts = ClassCounts.From([900, 100]);
    /// using ClassificationLoss loss = Loss.Catalogue.Create("logit-adjusted(tau=1)")(counts);
    /// </code>
    /// </example>
    public static Catalogue<LossFactory> Catalogue { get; } = new("loss")
    {
        { new("cross-entropy", "Plain cross entropy, which learns the class shares as they are.", "Cox (1958); the baseline of every paper here", []), _ => _ => new CrossEntropy() },
        {
            new("label-smoothing", "Cross entropy with part of the target spread over all classes.", "Szegedy et al. (2016), Rethinking the inception architecture, section 7",
                [ParameterDefinition.Number("epsilon", 0.1, 0, 1, "The part that is spread.")]), c => _ => new CrossEntropy(labelSmoothing: c["epsilon"])
        },
        {
            new("focal", "(1 - p)^gamma times cross entropy: rows that are right already count less.", "Lin et al. (2017), Focal loss for dense object detection, equation 4", [Gamma]),
            c => _ => new FocalLoss(c["gamma"])
        },
        {
            new("class-balanced", "Cross entropy or focal loss weighted by the inverse effective number of samples.", "Cui et al. (2019), Class-balanced loss, equation 3",
                [Beta, ParameterDefinition.Choice("loss", ["cross-entropy", "focal"], "The loss that is weighted; focal with gamma 2.")]),
            c => n => c.Choice("loss") == "focal" ? new FocalLoss(2, ClassBalancedLoss.Weights(n, c["beta"])) : new CrossEntropy(ClassBalancedLoss.Weights(n, c["beta"]))
        },
        {
            new("ldam", "Cross entropy with a margin that grows as classes get rarer.", "Cao et al. (2019), LDAM, equations 11 and 13",
                [MaxMargin(), Scale()]), c => n => new LdamLoss(n, c["max-margin"], c["scale"])
        },
        {
            new("ldam-drw", "LDAM with class weights that act late in training.", "Cao et al. (2019), LDAM, algorithm 1",
                [MaxMargin(), Scale(), BetaOf(0.9999), Start]), c => n => LdamLoss.WithDeferredReweighting(n, c["max-margin"], c["scale"], c["beta"], c["start"])
        },
        { new("balanced-softmax", "Cross entropy of logits plus the logarithm of the class counts.", "Ren et al. (2020), Balanced meta-softmax, equation 4", []), _ => n => new BalancedSoftmaxLoss(n) },
        {
            new("logit-adjusted", "Cross entropy of logits plus tau times the logarithm of the class shares.", "Menon et al. (2021), Long-tail learning via logit adjustment, equation 10",
                [ParameterDefinition.Number("tau", 1, 0, 10, "How strongly the class shares are taken out; 0 is cross entropy.")]), c => n => new LogitAdjustedLoss(n, c["tau"])
        },
        {
            new("vs", "Vector scaling: cross entropy of logits with a factor and an offset per class.", "Kini et al. (2021), Label-imbalanced and group-sensitive classification, equation 3",
                [
                    ParameterDefinition.Number("gamma", 0.2, 0, 5, "The exponent of the factors (n / largest n)^gamma."),
                    ParameterDefinition.Number("tau", 1, 0, 10, "The strength of the offsets tau log(n / N)."),
                ]), c => n => new VectorScalingLoss(n, c["gamma"], c["tau"])
        },
        {
            new("poly-1", "Cross entropy plus epsilon (1 - p).", "Leng et al. (2022), PolyLoss, equation 5",
                [ParameterDefinition.Number("epsilon", 1, -1, 100, "What is added to the first coefficient; 0 is cross entropy.")]), c => _ => new Poly1Loss(c["epsilon"])
        },
        {
            new("label-aware-smoothing", "Label smoothing that is stronger for frequent classes.", "Zhong et al. (2021), Improving calibration for long-tailed recognition, equations 8 to 11",
                [
                    ParameterDefinition.Number("head", 0.4, 0, 1, "The smoothing of the largest class.", maximumExcluded: true),
                    ParameterDefinition.Number("tail", 0.1, 0, 1, "The smoothing of the smallest class.", maximumExcluded: true),
                    ParameterDefinition.Choice("shape", ["concave", "linear", "convex"], "How it grows with the count."),
                ]), c => n => new LabelAwareSmoothingLoss(n, c["head"], c["tail"], (SmoothingShape)c.Integer("shape"))
        },
        {
            new("seesaw", "Cross entropy in which frequent classes push rare ones less, unless these are predicted by mistake.", "Wang et al. (2021), Seesaw loss, equations 4 to 6",
                [
                    ParameterDefinition.Number("p", 0.8, 0, 10, "The strength by which the push on rare classes is weakened."),
                    ParameterDefinition.Number("q", 2, 0, 10, "The strength by which it is restored."),
                ]), c => n => new SeesawLoss(n, c["p"], c["q"])
        },
    };

    private static ParameterDefinition MaxMargin() => ParameterDefinition.Number("max-margin", 0.5, 0, 100, "The margin of the rarest class.");

    private static ParameterDefinition Scale() => ParameterDefinition.Number("scale", 30, 0, 1000, "The factor of the logits.", minimumExcluded: true);

    private static ParameterDefinition BetaOf(double value) =>
        ParameterDefinition.Number("beta", value, 0, 1, "How much new rows overlap old ones; 0 gives equal weights, towards 1 inverse counts.", maximumExcluded: true);
}
