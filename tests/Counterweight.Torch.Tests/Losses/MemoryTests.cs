using TorchSharp;
using static TorchSharp.torch;

namespace Counterweight.Torch.Tests;

/// <summary>Tests of the memory of the process, which nothing else may use meanwhile.</summary>
[CollectionDefinition(nameof(Alone), DisableParallelization = true)]
public sealed class Alone;

[Collection(nameof(Alone))]
public sealed class MemoryTests
{
    public static TheoryData<string> Names =>
        [.. Loss.Catalogue.Select(m => m.Name), "smooth-ap(memory=40)", "partial-auc(memory=40)", "recall-at-quantile(memory=40)"];

    [Theory]
    [MemberData(nameof(Names))]
    public void Memory_does_not_grow_over_ten_thousand_steps(string name)
    {
        using Tensor logits = randn(32, 10).requires_grad_(), target = randint(0, 10, [32]), features = randn(32, 5);
        target.narrow(0, 0, 10).copy_(arange(10));
        using ClassificationLoss loss = Loss.Catalogue.Create(name)(ClassCounts.From([.. Enumerable.Range(1, 10).Select(n => (long)n)]));
        loss.BeginEpoch(9, 10);
        for (int i = 0; i < 500; i++) Step();
        // The gradient of one step is 1.3 KB: a loss of one per step would be 13 MB in every round. The working set of the process also moves by itself, but
        // not up in every round.
        (long tensors, long bytes) = Now();
        List<long> grown = [];
        do
        {
            for (int i = 0; i < 10000; i++) Step();
            (long later, long more) = Now();
            Assert.True(later <= tensors, $"{later - tensors} tensors more");
            grown.Add((more - bytes) >> 10);
            bytes = more;
        }
        while (grown[^1] >= 8 << 10 && grown.Count < 4);

        Assert.True(grown[^1] < 8 << 10, $"{string.Join(", then ", grown)} KB more");

        void Step()
        {
            using var scope = NewDisposeScope();
            if (loss.NeedsFeatures) loss.UseFeatures(features);
            loss.call(logits, target).backward();
            logits.grad!.zero_();
        }
    }

    private static (long Tensors, long Bytes) Now()
    {
        for (int i = 0; i < 2; i++)
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
        }

        return (Tensor.TotalCount, Environment.WorkingSet);
    }
}
