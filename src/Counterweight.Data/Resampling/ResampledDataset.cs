namespace Counterweight.Data;

/// <summary>A resampled data set, with what became of each class.</summary>
/// <param name="Dataset">The rows: those of the input as they were, made ones in the units and kinds of their columns.</param>
/// <param name="Strategy">Which classes changed.</param>
/// <param name="Classes">What became of each class, by code.</param>
/// <param name="SourceRows">For each row the row of the input that it repeats, or -1 if it was made.</param>
/// <param name="Scales">The most and the least spread column as the neighbour search saw them, if they are far apart and nobody asked for the same scale;
/// null if that is of no matter.</param>
public sealed record ResampledDataset(
    Dataset Dataset, SamplingStrategy Strategy, IReadOnlyList<ResampledClass> Classes, IReadOnlyList<long> SourceRows, UnequalScales? Scales)
{
    /// <summary>How many rows were made.</summary>
    public long SyntheticRows => Classes.Sum(c => c.Synthetic);
}

/// <summary>What became of the rows of a class.</summary>
/// <param name="Label">The class.</param>
/// <param name="Before">Its rows before.</param>
/// <param name="After">Its rows after.</param>
/// <param name="Kept">Rows of the input that are still there.</param>
/// <param name="Copies">Further copies of them.</param>
/// <param name="Synthetic">Rows that were made.</param>
public sealed record ResampledClass(string Label, long Before, long After, long Kept, long Copies, long Synthetic);

/// <summary>Two numeric columns that count very differently among neighbours.</summary>
/// <param name="Widest">The column that varies most.</param>
/// <param name="Narrowest">The column that varies least.</param>
/// <param name="Ratio">How many times as much: the ratio of their standard deviations.</param>
public sealed record UnequalScales(string Widest, string Narrowest, double Ratio);
