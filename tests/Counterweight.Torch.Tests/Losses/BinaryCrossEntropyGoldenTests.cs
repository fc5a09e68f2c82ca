using System.Text.Json;
using Counterweight.TestSupport;
using static TorchSharp.torch;

namespace Counterweight.Torch.Tests;

public sealed class BinaryCrossEntropyGoldenTests
{
    [Fact]
    public void Binary_cross_entropy_and_its_gradient_are_those_of_the_peer()
    {
        foreach (JsonElement item in Golden.Cases("bce_with_logits"))
            TorchGolden.BothWays(way =>
            {
                using var scope = NewDisposeScope();
                (JsonElement inputs, JsonElement expected) = (item.GetProperty("inputs"), item.GetProperty("expected"));
                bool withLogits = item.GetProperty("function").GetString() == "binary_cross_entropy_with_logits";
                Tensor input = TorchGolden.Values(inputs.GetProperty(withLogits ? "logits" : "probs"), differentiable: true),
                    target = TorchGolden.Values(inputs.GetProperty("target"));
                Tensor? weight = TorchGolden.Optional(inputs, "weight"), positive = TorchGolden.Optional(inputs, "pos_weight");
                Reduction reduction = item.GetProperty("params").GetProperty("reduction").GetString() switch
                {
                    "none" => Reduction.None,
                    "sum" => Reduction.Sum,
                    _ => Reduction.BatchMean,
                };
                string what = $"{way} {item.GetProperty("group")} {item.GetProperty("id")}";

                TorchGolden.Same(expected, withLogits
                    ? Losses.BinaryCrossEntropyWithLogits(input, target, weight, positive, reduction)
                    : Losses.BinaryCrossEntropy(input, target, weight, null, reduction), input, 1e-10, what);
                using ClassificationLoss module = withLogits ? new BinaryCrossEntropyWithLogits(weight, positive, reduction)
                    : new BinaryCrossEntropy(weight, null, reduction);
                TorchGolden.Same(expected, module.call(input, target), input, 1e-10, what + " module");
            });
    }
}
