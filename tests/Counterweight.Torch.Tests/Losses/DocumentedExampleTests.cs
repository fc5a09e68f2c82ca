using Counterweight.TestSupport;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Counterweight.Torch.Tests;

/// <summary>The code of docs/losses.md, run.</summary>
public sealed class DocumentedExampleTests
{
    private static readonly string Page = File.ReadAllText(Path.Combine(Repository.Root, "docs", "losses.md")).ReplaceLineEndings("\n");

    private readonly int[] labels = [.. Enumerable.Range(0, 60).Select(i => i % 10 == 0 ? 2 : i % 3 == 0 ? 1 : 0)];

    [Fact]
    public void A_loss_is_a_function_a_module_and_a_name()
    {
        Says("ClassCounts counts = ClassCounts.Of(labels);", "Tensor a = Losses.LogitAdjusted(logits, target, counts, tau: 1); ",
            "using var b = new LogitAdjustedLoss(counts); ",
            "using ClassificationLoss c = Loss.Catalogue.Create(\"logit-adjusted(tau=1)\")(counts);");
        using var scope = NewDisposeScope();
        Tensor logits = torch.rand([60, 3], generator: new Generator(1)), target = torch.tensor(labels).to(ScalarType.Int64);
        ClassCounts counts = ClassCounts.Of(labels);

        Tensor a = Losses.LogitAdjusted(logits, target, counts, tau: 1);
        using var b = new LogitAdjustedLoss(counts);
        using ClassificationLoss c = Loss.Catalogue.Create("logit-adjusted(tau=1)")(counts);

        Assert.Equal(a.item<float>(), b.call(logits, target).item<float>());
        Assert.Equal(a.item<float>(), c.call(logits, target).item<float>());
    }

    [Fact]
    public void The_last_layer_begins_where_the_loss_says()
    {
        Says("if (loss.InitialBias(classes) is { } bias) nn.init.constant_(last.bias, bias);");
        const int classes = 3;
        using var loss = new SigmoidFocalLoss();
        using Linear last = nn.Linear(4, classes);
        if (loss.InitialBias(classes) is { } bias) nn.init.constant_(last.bias, bias);

        Assert.All(last.bias!.data<float>().ToArray(), b => Assert.Equal(-Math.Log(2), b, 1e-6));
        using var softmax = new LogitAdjustedLoss(ClassCounts.Of(labels));
        Assert.Null(softmax.InitialBias(classes));
    }

    [Fact]
    public void Parts_of_a_batch_add_up_to_the_whole()
    {
        Says("double total = Losses.Total(target, Reduction.WeightedMean, weight); ", "foreach ((Tensor x, Tensor y) in microBatches)",
            "    Losses.CrossEntropy(model.call(x), y, weight, normaliser: total).backward(); ");
        using var scope = NewDisposeScope();
        Tensor inputs = torch.rand([60, 4], generator: new Generator(2)), target = torch.tensor(labels).to(ScalarType.Int64);
        double[] weight = [1, 2, 9];
        using Linear model = nn.Linear(4, 3);
        Losses.CrossEntropy(model.call(inputs), target, weight).backward();
        float[] whole = model.weight.grad!.data<float>().ToArray();
        model.zero_grad();
        (Tensor, Tensor)[] microBatches = [.. Enumerable.Range(0, 3).Select(i => (inputs.narrow(0, 20 * i, 20), target.narrow(0, 20 * i, 20)))];

        double total = Losses.Total(target, Reduction.WeightedMean, weight);
        foreach ((Tensor x, Tensor y) in microBatches)
            Losses.CrossEntropy(model.call(x), y, weight, normaliser: total).backward();

        Close.All([.. whole.Select(w => (double)w)], [.. model.weight.grad!.data<float>().ToArray().Select(w => (double)w)], 1e-6, "gradient");
    }

    private static void Says(params string[] lines)
    {
        foreach (string line in lines) Assert.Contains(line, Page, StringComparison.Ordinal);
    }
}
