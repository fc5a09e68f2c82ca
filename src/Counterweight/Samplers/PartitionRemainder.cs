namespace Counterweight;

/// <summary>What happens when the indices (or batches) of an epoch do not divide among the ranks.</summary>
public enum PartitionRemainder
{
    /// <summary>The first ranks get one more than the others: every index goes to exactly one rank.</summary>
    Uneven,

    /// <summary>Every rank gets the same number; what is left over is not seen in that epoch.</summary>
    Drop,

    /// <summary>Every rank gets the same number; the epoch is filled up with indices from its start.</summary>
    Repeat,
}
