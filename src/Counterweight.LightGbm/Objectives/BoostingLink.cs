namespace Counterweight.LightGbm;

/// <summary>How raw scores become probabilities; written into the saved model, so that other LightGBM tools do the same.</summary>
public enum BoostingLink
{
    /// <summary>One score F per row: the probability of class 1 is 1 / (1 + exp(-F)).</summary>
    Sigmoid,

    /// <summary>K scores per row: the probability of class c is exp(F_c) / sum_k exp(F_k).</summary>
    Softmax,

    /// <summary>K scores per row, each with its own sigmoid; the probabilities of a row need not sum to one.</summary>
    OneVersusRest,

    /// <summary>The scores are the predictions.</summary>
    Identity,
}
