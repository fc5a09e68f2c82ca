using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.utils.data;

namespace Counterweight.Torch.Tests;

public sealed class SamplerDataLoaderTests
{
    static SamplerDataLoaderTests() => NativeTorch.EnsureLoaded();

    private static readonly int[] Labels = [.. Enumerable.Range(0, 500).Select(i => i % 10 == 0 ? 1 : 0)];

    private static List<long[]> Read(IEnumerable<Dictionary<string, Tensor>> loader)
    {
        List<long[]> batches = [];
        foreach (Dictionary<string, Tensor> batch in loader)
        {
            Assert.Equal(batch["row"].data<long>().Select(r => (long)Labels[r]), batch["label"].data<long>());
            batches.Add([.. batch["row"].data<long>()]);
        }

        return batches;
    }

    [Fact]
    public void Each_enumeration_is_the_next_epoch_of_the_sampler()
    {
        var sampler = new ClassBalancedSampler(Labels, 2, length: 330, seed: 4);
        using var loader = new SamplerDataLoader(new Rows(), sampler, batchSize: 32);
        Assert.Equal(11, loader.Count);
        for (int epoch = 0; epoch < 3; epoch++) Assert.Equal(sampler.Batches(32, epoch), Read(loader));
        Assert.Equal(new SamplerPosition(3, 0), loader.Position);
    }

    [Fact]
    public void A_saved_position_goes_on_with_the_next_batch()
    {
        var sampler = new ClassBalancedSampler(Labels, 2, seed: 4);
        using var loader = new SamplerDataLoader(new Rows(), sampler, batchSize: 64);
        List<long[]> begun = [];
        foreach (Dictionary<string, Tensor> batch in loader)
        {
            begun.Add([.. batch["row"].data<long>()]);
            if (begun.Count == 3) break;
        }

        using var resumed = new SamplerDataLoader(new Rows(), sampler, batchSize: 64, start: SamplerPosition.Parse(loader.Position.ToString()));
        Assert.Equal(sampler.Batches(64, 0), [.. begun, .. Read(resumed)]);
    }

    [Fact]
    public void A_batch_sampler_brings_its_batch_size()
    {
        var sampler = new BalancedBatchSampler(Labels, 2, rowsPerClass: 5, seed: 1);
        using var loader = new SamplerDataLoader(new Rows(), sampler);
        Assert.All(Read(loader), b => Assert.Equal(5, b.Count(r => Labels[r] == 1)));
        Assert.Throws<ArgumentOutOfRangeException>(() => new SamplerDataLoader(new Rows(), sampler, batchSize: 7));
        Assert.Throws<ArgumentOutOfRangeException>(() => new SamplerDataLoader(new Rows(), new ClassBalancedSampler(Labels, 2)));
        Assert.Contains("500 rows", Assert.Throws<ArgumentException>(() => new SamplerDataLoader(new Rows(), new ClassBalancedSampler([0, 1], 2), 4)).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void A_last_batch_that_is_not_full_can_be_left_out()
    {
        using var loader = new SamplerDataLoader(new Rows(), new ClassBalancedSampler(Labels, 2, length: 70), batchSize: 32, dropLast: true);
        Assert.Equal(2, loader.Count);
        Assert.All(Read(loader), b => Assert.Equal(32, b.Length));
    }

    [Fact]
    public void Tensors_in_memory_come_in_the_same_order_and_are_freed()
    {
        using Tensor rows = arange(500), twice = rows * 2;
        var sampler = new ClassBalancedSampler(Labels, 2, length: 100, seed: 2);
        var batches = new TensorBatches(sampler, 30, rows, twice);
        List<Tensor> seen = [];
        for (int epoch = 0; epoch < 2; epoch++)
        {
            List<long[]> read = [];
            foreach (Tensor[] batch in batches)
            {
                read.Add([.. batch[0].data<long>()]);
                Assert.Equal(read[^1].Select(r => 2 * r), batch[1].data<long>());
                seen.AddRange(batch);
            }

            Assert.Equal(sampler.Batches(30, epoch), read);
        }

        Assert.All(seen, t => Assert.True(t.IsInvalid));
        Assert.False(rows.IsInvalid);
        Assert.Throws<ArgumentException>(() => new TensorBatches(new ClassBalancedSampler([0, 1], 2), 2, rows));
    }

    private sealed class Rows : Dataset
    {
        public override long Count => Labels.Length;

        public override Dictionary<string, Tensor> GetTensor(long index) => new() { ["row"] = tensor(index), ["label"] = tensor((long)Labels[index]) };
    }
}
