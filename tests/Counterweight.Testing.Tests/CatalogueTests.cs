using Counterweight.Torch;

namespace Counterweight.Testing.Tests;

/// <summary>Every method of the catalogues passes the checks that users run on their own.</summary>
public sealed class CatalogueTests
{
    public static TheoryData<string> Resamplers => [.. Resampler.Catalogue.Select(m => m.Name)];

    public static TheoryData<string> Samplers => [.. Sampler.Catalogue.Select(m => m.Name)];

    public static TheoryData<string> Metrics => [.. Metric.Catalogue.Select(m => m.Name)];

    public static TheoryData<string> LossNames => [.. Loss.Catalogue.Select(m => m.Name)];

    [Theory]
    [MemberData(nameof(Resamplers))]
    public void A_resampler_passes(string method) => MethodCheck.RunAll(ResamplerChecks.For(
        // A smaller forest, so that the checks stay quick.
        Resampler.Create(method == "instance-hardness" ? "instance-hardness(trees=10)" : method),
        method switch { "smoten" => [0, 1, 2, 3], "smote-nc" => [1, 3], _ => [] }));

    [Theory]
    [MemberData(nameof(Samplers))]
    public void A_sampler_passes(string method)
    {
        SamplerFactory factory = Sampler.Catalogue.Create(method == "stratified-batch" ? "stratified-batch(32)" : method);
        MethodCheck.RunAll(SamplerChecks.For(factory));
    }

    [Theory]
    [MemberData(nameof(Metrics))]
    public void A_metric_passes(string name) => MethodCheck.RunAll(MetricChecks.For(
        Metric.Catalogue.Create(name),
        // The costs of two classes; and among five the right one is always one of the five likeliest.
        name switch { "expected-cost" => [2], "top-k" => [8], _ => null }));

    [Theory]
    [MemberData(nameof(LossNames))]
    public void A_loss_passes(string name) =>
        // The factors of seesaw are constants for the gradient.
        MethodCheck.RunAll(LossChecks.For(Loss.Catalogue.Create(name), hasConstantFactors: name == "seesaw"));

    [Fact]
    public void Decisions_pass()
    {
        foreach (IDecision decision in (IDecision[])[
            new ArgmaxDecision(3), new ThresholdDecision(0.3), new CostDecision(CostMatrix.ZeroOne(3)), new OffsetsDecision([0.1, 0.2, 0.7]),
            new TransformedDecision(new PriorCorrection([0.5, 0.5], [0.9, 0.1]), new ArgmaxDecision(2))])
            MethodCheck.RunAll(DecisionChecks.For(decision));
    }
}
