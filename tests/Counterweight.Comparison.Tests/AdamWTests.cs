using Counterweight.TestSupport;
using Counterweight.Torch;
using TorchSharp;
using static TorchSharp.torch;

namespace Counterweight.Comparison.Tests;

public sealed class AdamWTests
{
    [Fact]
    public void Steps_equal_those_of_the_library()
    {
        NativeTorch.EnsureLoaded();
        using var scope = NewDisposeScope();
        float[] start = [.. Enumerable.Range(0, 37).Select(i => (float)Math.Sin(i))];
        var own = tensor(start).requires_grad_(true);
        var theirs = new TorchSharp.Modules.Parameter(tensor(start));
        var optimiser = new AdamW([own], 0.01, 0.1);
        using var reference = optim.AdamW([theirs], lr: 0.01, weight_decay: 0.1);
        Tensor target = tensor([.. Enumerable.Range(0, 37).Select(i => (float)Math.Cos(i))]);
        for (int step = 0; step < 50; step++)
        {
            nn.functional.mse_loss(own, target).backward();
            optimiser.Step();
            reference.zero_grad();
            nn.functional.mse_loss(theirs, target).backward();
            reference.step();
        }

        Close.All([.. theirs.detach().data<float>().Select(v => (double)v)], [.. own.detach().data<float>().Select(v => (double)v)], 1e-5, "parameters");
    }
}
