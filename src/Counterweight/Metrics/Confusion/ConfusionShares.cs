namespace Counterweight;

/// <summary>What the cells of a confusion matrix are divided by.</summary>
public enum ConfusionShares
{
    /// <summary>The sum of each true class, so that rows sum to one.</summary>
    OfTruth,

    /// <summary>The sum of each predicted class, so that columns sum to one.</summary>
    OfPredicted,

    /// <summary>The sum of all cells.</summary>
    OfAll,
}
