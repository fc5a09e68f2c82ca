using System.Collections;
using TorchSharp;
using static TorchSharp.torch;

namespace Counterweight.Torch;

/// <summary>Batches of tensors that lie in memory, in the order of a sampler: one gather per tensor and batch instead of one call per row.</summary>
/// <remarks>Every enumeration is the next epoch. The tensors of a batch are disposed when the next is asked for; the data stays the caller's.</remarks>
/// <example>
/// <code>
/// var batches = new TensorBatches(sampler, batchSize: 128, images, labels);
/// foreach (Tensor[] batch in batches) { }                // batch[0]: images, batch[1]: labels
/// </code>
/// </example>
public sealed class TensorBatches : IEnumerable<Tensor[]>
{
    private readonly SamplerCursor cursor;
    private readonly Tensor[] data;

    /// <summary>Creates the batches from the start of epoch 0.</summary>
    /// <param name="sampler">The order of rows.</param>
    /// <param name="batchSize">The rows of a batch; 0 for a batch sampler's own.</param>
    /// <param name="data">Tensors with a first dimension of as many rows as the sampler was made for.</param>
    /// <exception cref="ArgumentException">A tensor has another number of rows.</exception>
    public TensorBatches(ISampler sampler, int batchSize, params ReadOnlySpan<Tensor> data) : this(sampler, default, batchSize, data) { }

    /// <summary>Creates the batches from a saved position.</summary>
    /// <param name="sampler">The order of rows.</param>
    /// <param name="start">Where to begin.</param>
    /// <param name="batchSize">The rows of a batch; 0 for a batch sampler's own.</param>
    /// <param name="data">Tensors with a first dimension of as many rows as the sampler was made for.</param>
    /// <exception cref="ArgumentException">A tensor has another number of rows.</exception>
    public TensorBatches(ISampler sampler, SamplerPosition start, int batchSize, params ReadOnlySpan<Tensor> data)
    {
        NativeTorch.EnsureLoaded();
        ArgumentNullException.ThrowIfNull(sampler);
        BatchSize = SamplerDataLoader.SizeOf(sampler, batchSize);
        for (int i = 0; i < data.Length; i++)
            if (data[i].dim() == 0 || data[i].shape[0] != sampler.Rows)
                throw new ArgumentException($"Tensor {i} has the shape [{string.Join(", ", data[i].shape)}], and the sampler was made for "
                    + $"{sampler.Rows} rows.", nameof(data));
        (cursor, this.data) = (sampler.Epochs(start), data.ToArray());
    }

    /// <summary>The rows of a batch; the last of an epoch may have fewer.</summary>
    public int BatchSize { get; }

    /// <summary>The next row to be read, as an epoch and an index; save it between batches to resume.</summary>
    public SamplerPosition Position => cursor.Position;

    /// <summary>The rest of the current epoch.</summary>
    public IEnumerator<Tensor[]> GetEnumerator()
    {
        long epoch = cursor.Position.Epoch;
        long[] rows = new long[BatchSize];
        while (cursor.Position.Epoch == epoch)
        {
            int count = cursor.Fill(rows);
            using Tensor index = tensor(rows.AsSpan(0, count).ToArray(), dtype: ScalarType.Int64);
            Tensor[] batch = [.. data.Select(t => Gather(t, index))];
            try
            {
                yield return batch;
            }
            finally
            {
                foreach (Tensor part in batch) part.Dispose();
            }
        }
    }

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    private static Tensor Gather(Tensor data, Tensor index)
    {
        if (data.device_type == DeviceType.CPU) return data.index_select(0, index);
        using Tensor there = index.to(data.device);
        return data.index_select(0, there);
    }
}
