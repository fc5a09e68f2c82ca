using System.Text.Json;
using Counterweight.TestSupport;
using TorchSharp;
using static TorchSharp.torch;

namespace Counterweight.Torch.Tests;

public sealed class LongTailGoldenTests
{
    [Fact]
    public void Losses_and_their_gradients_are_those_of_the_published_formulas()
    {
        HashSet<string> seen = [];
        foreach (JsonElement item in Golden.Cases("losses_longtail"))
        {
            string name = item.GetProperty("loss").GetString()!;
            seen.Add(name);
            TorchGolden.BothWays(way =>
            {
                using var scope = NewDisposeScope();
                Check(name, item.GetProperty("inputs"), item.GetProperty("params"), item.GetProperty("expected"), $"{way} {name} {item.GetProperty("id")}");
            });
        }

        Assert.Contains("ldam", seen);
    }

    private static void Check(string name, JsonElement inputs, JsonElement parameters, JsonElement expected, string what)
    {
        ClassCounts? counts = inputs.TryGetProperty("class_counts", out JsonElement list)
            ? ClassCounts.From([.. Golden.Integers(list).Select(n => (long)n)]) : null;
        double Parameter(string parameter) => Golden.Number(parameters.GetProperty(parameter));
        switch (name)
        {
            case "effective_number_weights":
                double[] raw = ClassWeights.From(counts!, WeightScheme.EffectiveNumber(Parameter("beta"))).ToArray();
                Close.All(Golden.Vector(expected.GetProperty("raw")), raw, 1e-12, what);
                Close.All(Golden.Vector(expected.GetProperty("normalised_sum_k")), ClassBalancedLoss.Weights(counts!, Parameter("beta")), 1e-12, what);
                return;
            case "ldam_margins":
                Close.All(Golden.Vector(expected.GetProperty("margins")), Losses.LdamMargins(counts!, Parameter("max_m")), 1e-12, what);
                return;
            case "posthoc_logit_adjustment":
                Tensor adjusted = Losses.AdjustLogits(TorchGolden.Values(inputs.GetProperty("logits")), counts!, Parameter("tau"));
                Close.All(Golden.Array(expected.GetProperty("adjusted_logits")).Data, TorchGolden.Data(adjusted), 1e-12, what);
                return;
        }

        Tensor logits = TorchGolden.Values(inputs.GetProperty("logits"), differentiable: true);
        Tensor target = name is "focal_sigmoid" or "asymmetric" ? TorchGolden.Values(inputs.GetProperty("target"))
            : TorchGolden.Indices(inputs.GetProperty("target"));
        Tensor? weights = TorchGolden.Optional(parameters, name == "focal_softmax" ? "alpha" : "weights");
        Reduction reduction = parameters.GetProperty("reduction").GetString() switch
        {
            "sum" => Reduction.Sum,
            "weighted_mean" => Reduction.WeightedMean,
            _ => Reduction.BatchMean,
        };
        Tensor Loss(Reduction r) => name switch
        {
            "focal_softmax" => Losses.Focal(logits, target, Parameter("gamma"), weights, r),
            "class_balanced_softmax_ce" => ClassBalanced(new CrossEntropy(reduction: Reduction.None), r),
            "class_balanced_softmax_focal" => ClassBalanced(new FocalLoss(Parameter("gamma"), reduction: Reduction.None), r),
            "ldam" => Losses.Ldam(logits, target, counts!, Parameter("max_m"), Parameter("s"), weights, r),
            "balanced_softmax" => Losses.BalancedSoftmax(logits, target, counts!, weights, r),
            "logit_adjustment" => Losses.LogitAdjusted(logits, target, counts!, Parameter("tau"), weights, r),
            "vs_loss" => Losses.VectorScaling(logits, target, counts!, Parameter("gamma"), Parameter("tau"), weights, r),
            "focal_sigmoid" => Losses.SigmoidFocal(logits, target, Parameter("gamma"), TorchGolden.OptionalNumber(parameters, "alpha"), r),
            "asymmetric" => Losses.Asymmetric(logits, target, Parameter("gamma_pos"), Parameter("gamma_neg"), Parameter("clip"), r),
            "poly1" => Losses.Poly1(logits, target, Parameter("epsilon"), weights, r),
            _ => throw new InvalidDataException($"The golden file has a loss '{name}' that this test does not know."),
        };
        Tensor ClassBalanced(ClassificationLoss inner, Reduction r)
        {
            using var loss = new ClassBalancedLoss(counts!, Parameter("beta"), inner, r);
            return loss.call(logits, target);
        }

        TorchGolden.Same(expected, Loss(reduction), logits, 1e-10, what);
        Close.All(Golden.Array(expected.GetProperty("per_element")).Data, TorchGolden.Data(Loss(Reduction.None)), 1e-10, what + " per element");
    }
}
