namespace Counterweight.Data;

/// <summary>How a data set is resampled, beside the method.</summary>
public sealed record ResamplingOptions
{
    /// <summary>Which classes change, and to how many rows; the method's own if null.</summary>
    public SamplingStrategy? Strategy { get; init; }

    /// <summary>
    /// Whether the neighbour search sees numeric columns with mean 0 and variance 1, so that each counts the same. The rows keep their units.
    /// </summary>
    public bool Standardise { get; init; }

    /// <summary>The name of a column to add, 1 for rows that were made and 0 for those that were there; null for none.</summary>
    public string? SyntheticColumn { get; init; }

    /// <summary>The seed.</summary>
    public long Seed { get; init; }

    /// <summary>How many threads may work; 0 means one per processor.</summary>
    public int Threads { get; init; }

    /// <summary>What to call the rows in errors; the name of the data set if null.</summary>
    public string? Source { get; init; }
}
