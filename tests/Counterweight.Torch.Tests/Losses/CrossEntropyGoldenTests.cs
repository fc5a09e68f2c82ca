using System.Text.Json;
using Counterweight.TestSupport;
using TorchSharp;
using static TorchSharp.torch;

namespace Counterweight.Torch.Tests;

public sealed class CrossEntropyGoldenTests
{
    [Fact]
    public void Cross_entropy_and_its_gradient_are_those_of_the_peer()
    {
        foreach (JsonElement item in Golden.Cases("cross_entropy"))
            TorchGolden.BothWays(way =>
            {
                using var scope = NewDisposeScope();
                (JsonElement inputs, JsonElement parameters, JsonElement expected) = (
                    item.GetProperty("inputs"), item.GetProperty("params"), item.GetProperty("expected"));
                bool indices = parameters.GetProperty("target_kind").GetString() == "index";
                Tensor logits = TorchGolden.Values(inputs.GetProperty("logits"), differentiable: true);
                Tensor target = indices ? TorchGolden.Indices(inputs.GetProperty("target")) : TorchGolden.Values(inputs.GetProperty("target"));
                Reduction reduction = parameters.GetProperty("reduction").GetString() switch
                {
                    "none" => Reduction.None,
                    "sum" => Reduction.Sum,
                    // The peer's mean divides by the summed weights for indices and by the rows for probabilities.
                    _ => indices ? Reduction.WeightedMean : Reduction.BatchMean,
                };
                Tensor? weight = TorchGolden.Optional(inputs, "weight");
                long ignoreIndex = parameters.GetProperty("ignore_index").GetInt64();
                double smoothing = parameters.GetProperty("label_smoothing").GetDouble();
                string what = $"{way} {item.GetProperty("group")} {item.GetProperty("id")}";

                Tensor loss = Losses.CrossEntropy(logits, target, weight, reduction, ignoreIndex, smoothing);

                if (item.GetProperty("group").GetString() == "index_all_ignored" && reduction == Reduction.WeightedMean)
                {
                    // The peer divides zero by zero here; a loss without rows is zero and has no gradient.
                    Assert.Equal(0, loss.item<double>());
                    loss.backward();
                    Assert.All(TorchGolden.Data(logits.grad!), g => Assert.Equal(0, g));
                    return;
                }

                TorchGolden.Same(expected, loss, logits, 1e-10, what);
                using var module = new CrossEntropy(weight, reduction, ignoreIndex, smoothing);
                TorchGolden.Same(expected, module.call(logits, target), logits, 1e-10, what + " module");
            });
    }
}
