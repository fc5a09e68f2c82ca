using Counterweight.TestSupport;
using TorchSharp;
using static TorchSharp.torch;

namespace Counterweight.Torch.Tests;

/// <summary>Losses while the garbage collector runs all the time: nothing that native code reads may be freed under it.</summary>
public class CollectionStressTests
{
    [Fact]
    public void Every_loss_gives_the_same_while_garbage_is_collected_all_the_time()
    {
        ClassCounts counts = ClassCounts.From([300, 60, 8]);
        using Tensor logits = torch.randn([24, 3], ScalarType.Float64, generator: new Generator(1)),
            target = torch.tensor([.. Enumerable.Range(0, 24).Select(i => (long)(i % 3))]);
        using var stop = new CancellationTokenSource();
        var collector = new Thread(() =>
        {
            while (!stop.IsCancellationRequested)
            {
                GC.Collect(0, GCCollectionMode.Forced, blocking: true);
                GC.WaitForPendingFinalizers();
            }
        });
        double[] calm = [.. Loss.Catalogue.Select(m => Once(m.Name))];
        collector.Start();
        try
        {
            DateTime end = DateTime.UtcNow.AddSeconds(4);
            int rounds = 0;
            while (rounds++ < 3 || DateTime.UtcNow < end)
            {
                double[] now = [.. Loss.Catalogue.Select(m => Once(m.Name))];
                Close.All(calm, now, 1e-12, "losses in tensor operations");
                if (rounds > 200) break;
            }
        }
        finally
        {
            stop.Cancel();
            collector.Join();
        }

        double Once(string name)
        {
            using var scope = NewDisposeScope();
            using ClassificationLoss loss = Loss.Catalogue.Create(name)(counts);
            loss.BeginEpoch(9, 10);
            Tensor z = logits.detach().requires_grad_();
            if (loss.NeedsFeatures) loss.UseFeatures(z);
            Tensor value = Native.Composed(() => loss.call(z, target)).mean();
            value.backward();
            return value.item<double>() + z.grad!.abs().sum().item<double>();
        }
    }
}
