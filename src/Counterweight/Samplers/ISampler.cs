namespace Counterweight;

/// <summary>
/// A rule that says which rows an epoch of training sees, and in which order: a sequence of row indices per epoch that can be
/// read from any position.
/// </summary>
/// <remarks>
/// <para>The sequence is a function of the sampler's seed and the epoch alone: it is the same at any number of threads, in any
/// pieces and in any order of reading, so that a run resumes from a saved (epoch, position) without replaying anything, and
/// ranks of a distributed run read disjoint pieces of one sequence. Nothing as long as an epoch is held in memory, unless the
/// sampler says so.</para>
/// <para>See <see cref="Sampler"/> for what every sampler offers on top: <c>Epoch</c>, <c>Epochs</c>, <c>Partition</c>,
/// <c>Batches</c> and the catalogue. All samplers may be read by several threads at a time.</para>
/// </remarks>
/// <example>
/// <code>
/// ISampler sampler = new ClassBalancedSampler(labels, classes: 10, seed: 0);
/// var rows = new long[128];
/// sampler.Fill(epoch: 3, position: 0, rows);             // the first 128 rows of epoch 3
/// foreach (long row in sampler.Epoch(4)) { }             // or one by one
/// </code>
/// </example>
public interface ISampler
{
    /// <summary>How many rows the data has; every index is in 0..Rows-1.</summary>
    long Rows { get; }

    /// <summary>How many indices an epoch has.</summary>
    long Length { get; }

    /// <summary>Writes the row indices at positions <paramref name="position"/>, position + 1, ... of an epoch.</summary>
    /// <param name="epoch">The epoch, from 0.</param>
    /// <param name="position">The first position to write, from 0.</param>
    /// <param name="destination">Takes the indices; position plus its length may not exceed <see cref="Length"/>.</param>
    /// <param name="threads">The number of threads; 0 for every processor. The result is the same for any.</param>
    /// <exception cref="ArgumentOutOfRangeException">The epoch or a position lies outside the sequence.</exception>
    void Fill(long epoch, long position, Span<long> destination, int threads = 0);
}

/// <summary>A sampler whose epoch is a sequence of batches that belong together.</summary>
public interface IBatchSampler : ISampler
{
    /// <summary>The number of rows of a batch; the last batch of an epoch may have fewer.</summary>
    int BatchSize { get; }
}

/// <summary>A sampler that changes with what the model has learnt, class by class.</summary>
public interface IAdaptiveSampler : ISampler
{
    /// <summary>Takes the results of the model after an epoch; they act from the next epoch on.</summary>
    /// <param name="epoch">The epoch that was just trained, from 0.</param>
    /// <param name="results">A result in [0, 1] per class, where 1 is a class that needs no more attention (its F1 score, say).</param>
    /// <exception cref="ArgumentException">The results do not fit the classes or are outside [0, 1].</exception>
    void Update(long epoch, ReadOnlySpan<double> results);
}

/// <summary>Makes a sampler for the rows of a training set.</summary>
/// <param name="labels">The class of each row, 0..<paramref name="classes"/>-1; kept, not copied, where the sampler needs it.</param>
/// <param name="classes">The number of classes K.</param>
/// <param name="seed">The seed.</param>
/// <param name="epochs">The epochs of the training, for samplers that change with them; 0 if that is not known.</param>
public delegate ISampler SamplerFactory(ReadOnlyMemory<int> labels, int classes, long seed, int epochs = 0);
