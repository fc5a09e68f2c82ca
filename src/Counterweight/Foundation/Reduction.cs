namespace Counterweight;

/// <summary>How the losses of rows become one number.</summary>
/// <remarks>
/// With l_i the loss of row i, its weight included, and w_i that weight: the choice decides whether a weight changes the size of the step
/// or only the direction. See docs/losses.md.
/// </remarks>
public enum Reduction
{
    /// <summary>No reduction: one loss per row.</summary>
    None,

    /// <summary>sum l_i. Scaling every weight scales the result.</summary>
    Sum,

    /// <summary>sum l_i / sum w_i, what PyTorch calls mean for cross entropy. Scaling every weight changes nothing, and a batch of one row does not see its
    /// weight.</summary>
    WeightedMean,

    /// <summary>sum l_i / rows, rows that are ignored not counted. A batch of one row sees its weight.</summary>
    BatchMean,
}
