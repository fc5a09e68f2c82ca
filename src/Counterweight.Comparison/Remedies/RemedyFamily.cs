namespace Counterweight.Comparison;

/// <summary>What a remedy changes; in the order from the simplest to the most involved, which decides between equals.</summary>
public enum RemedyFamily
{
    /// <summary>Nothing.</summary>
    None,

    /// <summary>Only the step from scores to a class.</summary>
    Decision,

    /// <summary>The weight of a row in the loss.</summary>
    Weights,

    /// <summary>How often a row is drawn.</summary>
    Sampler,

    /// <summary>The loss itself.</summary>
    Loss,

    /// <summary>The training rows themselves.</summary>
    Resampling,

    /// <summary>Several models, each on its own cut of the rows.</summary>
    Ensemble,
}
