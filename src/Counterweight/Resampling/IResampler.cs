using System.Numerics;

namespace Counterweight;

/// <summary>Makes a training set with other class counts out of a training set.</summary>
/// <remarks>
/// Resample only rows that a model is trained on, after the split: rows that were resampled before it leak from the training part into
/// the test part. Every implementation is an immutable record with its parameters; a new one is registered in <see cref="Resampler.Catalogue"/>.
/// </remarks>
public interface IResampler
{
    /// <summary>Whether the resampler adds rows, takes rows away to a number, or cleans; combined methods are <see cref="ResamplingKind.Over"/>.</summary>
    ResamplingKind Kind { get; }

    /// <summary>Which classes are resampled, to which numbers.</summary>
    SamplingStrategy Strategy { get; }

    /// <summary>Whether every row of a result is a row of the input, so that no source row is -1.</summary>
    bool SelectsRows { get; }

    /// <summary>Whether rows with missing (NaN) values are accepted; otherwise they are refused with row and column.</summary>
    bool AcceptsMissing => false;

    /// <summary>The same resampler with another strategy.</summary>
    /// <param name="strategy">Which classes are resampled, to which numbers.</param>
    IResampler WithStrategy(SamplingStrategy strategy);

    /// <summary>Resamples rows.</summary>
    /// <typeparam name="T">The type of a value: <see cref="float"/> or <see cref="double"/>.</typeparam>
    /// <param name="rows">The rows, N x D.</param>
    /// <param name="labels">The class code of each row, N of them in 0..<paramref name="classes"/>-1.</param>
    /// <param name="classes">The number of classes, K; a class may be absent.</param>
    /// <param name="seed">The seed of every random choice; the same seed gives the same result at any number of threads.</param>
    /// <param name="threads">The number of threads; 0 for every processor.</param>
    /// <exception cref="UnusableDataException">There are fewer than two classes, a value is missing, or a class has too few rows for the method.</exception>
    /// <exception cref="ArgumentException">The lengths differ, a label is out of range, or the strategy does not fit the data.</exception>
    Resampled<T> Resample<T>(SampleMatrix<T> rows, ReadOnlySpan<int> labels, int classes, long seed = 0, int threads = 0)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>;
}
