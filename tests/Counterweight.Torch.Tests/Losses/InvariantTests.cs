using Counterweight.TestSupport;
using CsCheck;
using TorchSharp;
using static TorchSharp.torch;

namespace Counterweight.Torch.Tests;

/// <summary>What holds between losses, whatever the numbers.</summary>
public sealed class InvariantTests
{
    private static readonly Gen<(int Rows, int Classes, double[] Logits, int[] Target, long[] Counts, double[] Weights)> Problems =
        from rows in Gen.Int[1, 9]
        from classes in Gen.Int[2, 20]
        from logits in Gen.Double[-20, 20].Array[rows * classes]
        from target in Gen.Int[0, classes - 1].Array[rows]
        from counts in Gen.Long[1, 5000].Array[classes]
        from weights in Gen.Double[0.01, 10].Array[classes]
        select (rows, classes, logits, target, counts, weights);

    private static void Holds(Action<Tensor, Tensor, ClassCounts, double[]> property) =>
        Problems.Sample(
            p =>
            {
                using var scope = NewDisposeScope();
                Tensor logits = torch.tensor(p.Logits, dtype: ScalarType.Float64).reshape(p.Rows, p.Classes),
                    target = torch.tensor([.. p.Target.Select(t => (long)t)]);
                TorchGolden.BothWays(_ => property(logits, target, ClassCounts.From(p.Counts), p.Weights));
            }, iter: 40, threads: 1);

    private static void Same(Func<Tensor, Tensor> expected, Func<Tensor, Tensor> actual, Tensor logits, double factor = 1, double tolerance = 1e-10)
    {
        (double a, double[] ga) = Gradients.Of(expected, logits);
        (double b, double[] gb) = Gradients.Of(actual, logits);
        Close.One(a * factor, b, tolerance, "loss");
        Close.All([.. ga.Select(g => g * factor)], gb, tolerance, "gradient");
    }

    [Fact]
    public void Losses_without_their_parameter_are_cross_entropy() => Holds((z, y, counts, w) =>
    {
        Func<Tensor, Tensor> plain = x => Losses.CrossEntropy(x, y, w);
        Same(plain, x => Losses.Focal(x, y, 0, w), z);
        Same(plain, x => Losses.Poly1(x, y, 0, w), z);
        Same(plain, x => Losses.LogitAdjusted(x, y, counts, 0, w), z);
        Same(plain, x => Losses.VectorScaling(x, y, counts, 0, 0, w), z);
        Same(plain, x => Losses.Ldam(x, y, counts, 0, 1, w), z);
        Same(x => Losses.CrossEntropy(x, y), x => Losses.Seesaw(x, y, counts, 0, 0), z);
        Same(x => Losses.CrossEntropy(x, y), x => Losses.LabelAwareSmoothing(x, y, counts, 0, 0), z);
        Same(x => Losses.BalancedSoftmax(x, y, counts), x => Losses.LogitAdjusted(x, y, counts, 1), z);
        Same(x => Losses.LogitAdjusted(x, y, counts, 0.7), x => Losses.VectorScaling(x, y, counts, 0, 0.7), z);
    });

    [Fact]
    public void Class_balanced_goes_from_unweighted_to_inverse_frequency() => Holds((z, y, counts, _) =>
    {
        using var none = new ClassBalancedLoss(counts, 0);
        Same(x => Losses.CrossEntropy(x, y), x => none.call(x, y), z);
        using var almost = new ClassBalancedLoss(counts, 1 - 1e-12);
        ClassWeights inverse = ClassWeights.From(counts, WeightScheme.Inverse, new WeightOptions { Normalisation = Normalisation.SumClasses });
        Same(x => Losses.CrossEntropy(x, y, inverse), x => almost.call(x, y), z, tolerance: 1e-3);
    });

    [Fact]
    public void Scaled_weights_leave_a_weighted_mean_and_scale_a_sum() => Holds((z, y, counts, w) =>
    {
        double[] scaled = [.. w.Select(v => v * 3.7)];
        foreach (Func<Tensor, double[], Reduction, Tensor> loss in (Func<Tensor, double[], Reduction, Tensor>[])
            [(x, v, r) => Losses.CrossEntropy(x, y, v, r), (x, v, r) => Losses.Focal(x, y, 2, v, r), (x, v, r) => Losses.Ldam(x, y, counts, 0.5, 5, v, r),
                (x, v, r) => Losses.Poly1(x, y, 1, v, r)])
        {
            Same(x => loss(x, w, Reduction.WeightedMean), x => loss(x, scaled, Reduction.WeightedMean), z);
            Same(x => loss(x, w, Reduction.Sum), x => loss(x, scaled, Reduction.Sum), z, 3.7);
            Same(x => loss(x, w, Reduction.BatchMean), x => loss(x, scaled, Reduction.BatchMean), z, 3.7);
            Same(x => loss(x, w, Reduction.Sum), x => loss(x, w, Reduction.None).sum(), z);
        }
    });

    [Fact]
    public void Micro_batches_add_up_to_the_batch() => Holds((z, y, _, w) =>
    {
        long rows = z.shape[0], half = rows / 2;
        foreach (Reduction reduction in (Reduction[])[Reduction.WeightedMean, Reduction.BatchMean])
        {
            double total = Losses.Total(y, reduction, w);
            Same(
                x => Losses.CrossEntropy(x, y, w, reduction),
                x => Losses.CrossEntropy(x.narrow(0, 0, half), y.narrow(0, 0, half), w, reduction, normaliser: total)
                    + Losses.CrossEntropy(x.narrow(0, half, rows - half), y.narrow(0, half, rows - half), w, reduction, normaliser: total), z);
        }
    });

    [Fact]
    public void Two_classes_are_one_logit() => Holds((z, y, _, w) =>
    {
        Tensor logit = z.select(1, 0), label = y.remainder(2).to(ScalarType.Float64), positive = torch.tensor(w[0]);
        foreach (Reduction reduction in Enum.GetValues<Reduction>())
            Same(
                x => Losses.CrossEntropy(torch.stack([torch.zeros_like(x), x], 1), label.to(ScalarType.Int64), new[] { 1, w[0] }, reduction),
                x => Losses.BinaryCrossEntropyWithLogits(x, label, null, positive, reduction), logit);
        Same(
            x => Losses.BinaryCrossEntropyWithLogits(x, label, null, positive),
            x => Losses.BinaryCrossEntropy(sigmoid(x), label, null, positive), logit.clamp(-8, 8), tolerance: 1e-6);
        Same(x => Losses.BinaryCrossEntropyWithLogits(x, label), x => Losses.Asymmetric(x.unsqueeze(1), label.unsqueeze(1), 0, 0, 0), logit);
        Same(x => Losses.BinaryCrossEntropyWithLogits(x, label), x => Losses.SigmoidFocal(x.unsqueeze(1), label.unsqueeze(1), 0, null), logit);
    });

    [Fact]
    public void Indices_and_their_labels_are_the_same_target() => Holds((z, y, counts, w) =>
    {
        Tensor labels = nn.functional.one_hot(y, z.shape[1]).to(ScalarType.Float64);
        foreach (Reduction reduction in Enum.GetValues<Reduction>())
            Same(x => Losses.CrossEntropy(x, y, w, reduction, labelSmoothing: 0.1), x => Losses.CrossEntropy(x, labels, w, reduction, labelSmoothing: 0.1), z);
        Same(x => Losses.SigmoidFocal(x, y, reduction: Reduction.Sum), x => Losses.SigmoidFocal(x, labels, reduction: Reduction.Sum), z);
        Same(x => Losses.Asymmetric(x, y, reduction: Reduction.Sum), x => Losses.Asymmetric(x, labels, reduction: Reduction.Sum), z);
        if (counts.Rows > counts.AsSpan().ToArray().Max())
            Same(x => Losses.DistributionBalanced(x, y, counts, reduction: Reduction.Sum),
                x => Losses.DistributionBalanced(x, labels, counts, reduction: Reduction.Sum), z);
    });

    [Fact]
    public void Places_of_an_image_are_rows() => Holds((z, y, _, w) =>
    {
        long rows = z.shape[0], classes = z.shape[1];
        Tensor image = z.t().reshape(1, classes, rows, 1).contiguous(), places = y.reshape(1, rows, 1);
        Same(x => Losses.CrossEntropy(x, y, w, labelSmoothing: 0.2),
            x => Losses.CrossEntropy(x.t().reshape(1, classes, rows, 1), places, w, labelSmoothing: 0.2), z);
        Assert.Equal(places.shape, Losses.Focal(image, places, reduction: Reduction.None).shape);
        Assert.Equal(image.shape, Losses.SigmoidFocal(image, torch.zeros_like(image), reduction: Reduction.None).shape);
    });

    [Fact]
    public void The_gradient_of_seesaw_holds_its_factors_fixed() => Holds((z, y, counts, _) =>
    {
        z = z / 4;
        Tensor logs = torch.tensor([.. counts.AsSpan().ToArray().Select(n => Math.Log(n))]), own = z.gather(1, y.unsqueeze(1));
        Tensor factors = ((logs.unsqueeze(0) - logs.index_select(0, y).unsqueeze(1)).clamp_max(0) * 0.8) + ((z - own).clamp_min(0) * 2);
        Same(x => nn.functional.cross_entropy(x + factors, y), x => Losses.Seesaw(x, y, counts), z);
    });

    [Fact]
    public void A_second_derivative_is_right() => Holds((z, y, counts, w) =>
    {
        Tensor Penalty(Func<Tensor, Tensor> loss, Tensor x) => autograd.grad([loss(x)], [x], retain_graph: true, create_graph: true)[0].square().sum();
        Tensor small = z / 5;
        Same(x => Penalty(v => nn.functional.cross_entropy(v, y, torch.tensor(w)), x), x => Penalty(v => Losses.CrossEntropy(v, y, w), x), small);
        Tensor labels = nn.functional.one_hot(y, z.shape[1]).to(ScalarType.Float64);
        Same(x => Penalty(v => nn.functional.binary_cross_entropy_with_logits(v, labels), x),
            x => Penalty(v => Losses.BinaryCrossEntropyWithLogits(v, labels), x), small);
    });
}
