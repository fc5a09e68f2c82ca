using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.utils.data;

namespace Counterweight.Torch;

/// <summary>TorchSharp's data loader in the order of a sampler: every enumeration is the next epoch, and the place can be saved.</summary>
/// <remarks>
/// The order of rows is streamed from the sampler; no list of an epoch is held. TorchSharp's own <c>DataLoader.Count</c> counts the data
/// set's rows; <see cref="Count"/> here counts the batches that the sampler gives. For one thread at a time, as the loader itself.
/// </remarks>
/// <example>
/// <code>
/// var sampler = new ClassBalancedSampler(labels, classes: 10, seed: 0);
/// using var loader = new SamplerDataLoader(dataset, sampler, batchSize: 128);
/// for (int epoch = 0; epoch &lt; 10; epoch++)
///     foreach (var batch in loader) { }                  // another order each time
/// </code>
/// </example>
public sealed class SamplerDataLoader : DataLoader
{
    private readonly SamplerCursor cursor;

    /// <summary>Creates the loader.</summary>
    /// <param name="dataset">The data; as many rows as the sampler was made for.</param>
    /// <param name="sampler">The order of rows.</param>
    /// <param name="batchSize">The rows of a batch; for a batch sampler leave it at 0 to take its own.</param>
    /// <param name="start">Where to begin: the start of epoch 0, or the saved <see cref="Position"/> of an earlier run.</param>
    /// <param name="device">Where the batches go; the processor by default.</param>
    /// <param name="workers">The threads that read rows of a batch.</param>
    /// <param name="dropLast">Whether to leave out a last batch that is not full.</param>
    /// <param name="disposeBatch">Whether the tensors of a batch are disposed when the next is asked for.</param>
    /// <param name="disposeDataset">Whether the data set is disposed with the loader.</param>
    /// <exception cref="ArgumentException">The data set and the sampler have different numbers of rows.</exception>
    public SamplerDataLoader(Dataset dataset, ISampler sampler, int batchSize = 0, SamplerPosition start = default, Device? device = null, int workers = 1,
        bool dropLast = false, bool disposeBatch = true, bool disposeDataset = true)
        : this(Checked(dataset, sampler), sampler.Epochs(start), SizeOf(sampler, batchSize), device, workers, dropLast, disposeBatch, disposeDataset) { }

    private SamplerDataLoader(
        Dataset dataset, SamplerCursor cursor, int batchSize, Device? device, int workers, bool dropLast, bool disposeBatch, bool disposeDataset)
        : base(dataset, batchSize, cursor, device, workers, dropLast, disposeBatch, disposeDataset) => this.cursor = cursor;

    /// <summary>The next row to be read, as an epoch and an index; save it between batches to resume.</summary>
    public SamplerPosition Position => cursor.Position;

    /// <summary>The number of batches of an epoch.</summary>
    public new long Count => drop_last ? cursor.Sampler.Length / batch_size : (cursor.Sampler.Length + batch_size - 1) / batch_size;

    internal static int SizeOf(ISampler sampler, int batchSize)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(batchSize);
        if (sampler is not IBatchSampler batches)
            return batchSize > 0 ? batchSize
                : throw new ArgumentOutOfRangeException(
                    nameof(batchSize), batchSize, "A sampler that makes no batches itself needs a batch size of 1 or more.");
        return batchSize == 0 || batchSize == batches.BatchSize
            ? batches.BatchSize
            : throw new ArgumentOutOfRangeException(
                nameof(batchSize), batchSize, $"This sampler makes batches of {batches.BatchSize}; another size would cut them apart.");
    }

    private static Dataset Checked(Dataset dataset, ISampler sampler)
    {
        NativeTorch.EnsureLoaded();
        ArgumentNullException.ThrowIfNull(dataset);
        ArgumentNullException.ThrowIfNull(sampler);
        return dataset.Count == sampler.Rows
            ? dataset
            : throw new ArgumentException($"The data set has {dataset.Count} rows, and the sampler was made for {sampler.Rows}.", nameof(dataset));
    }
}
