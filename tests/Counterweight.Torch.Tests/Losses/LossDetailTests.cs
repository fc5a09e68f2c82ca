using Counterweight.TestSupport;
using TorchSharp;
using static TorchSharp.torch;

namespace Counterweight.Torch.Tests;

public sealed class LossDetailTests
{
    private static readonly ClassCounts Counts = ClassCounts.From([90, 10]);

    [Fact]
    public void Weights_come_from_class_weights_arrays_and_tensors()
    {
        using var scope = NewDisposeScope();
        (Tensor logits, Tensor target) = CatalogueTests.Batch(6, 2, ScalarType.Float32);
        ClassWeights weights = ClassWeights.Balanced(Counts);
        double expected = nn.functional.cross_entropy(logits, target, weights.ToTensor()).item<float>();
        Assert.Equal(expected, Losses.CrossEntropy(logits, target, weights).item<float>(), 1e-6);
        Assert.Equal(expected, Losses.CrossEntropy(logits, target, weights.ToArray()).item<float>(), 1e-6);
        Assert.Equal(expected, Losses.CrossEntropy(logits, target, weights.ToTensor()).item<float>(), 1e-6);
        Assert.Equal([(float)weights[0], (float)weights[1], (float)weights[0]], weights.ToRowTensor([0, 1, 0]).data<float>().ToArray());
    }

    [Fact]
    public void A_batch_of_one_row_sees_its_weight_in_a_batch_mean()
    {
        using var scope = NewDisposeScope();
        Tensor logits = torch.tensor(new double[,] { { 0.3, -0.2 } }), target = torch.tensor([1L]);
        double plain = Losses.CrossEntropy(logits, target).item<double>();
        Assert.Equal(plain, Losses.CrossEntropy(logits, target, new[] { 1.0, 9 }).item<double>(), 1e-12);
        Assert.Equal(9 * plain, Losses.CrossEntropy(logits, target, new[] { 1.0, 9 }, Reduction.BatchMean).item<double>(), 1e-12);
    }

    [Fact]
    public void A_single_row_without_a_batch_dimension_works()
    {
        using var scope = NewDisposeScope();
        Tensor logits = torch.tensor(new[] { 0.3, -0.2, 1 }), target = torch.tensor(2L);
        Assert.Equal(nn.functional.cross_entropy(logits.unsqueeze(0), target.unsqueeze(0)).item<double>(),
            Losses.CrossEntropy(logits, target).item<double>(), 1e-12);
    }

    [Fact]
    public void Wrong_weights_types_and_parameters_are_named()
    {
        using var scope = NewDisposeScope();
        (Tensor logits, Tensor target) = CatalogueTests.Batch(4, 3, ScalarType.Float32);
        void Says(string part, Func<Tensor> call) => Assert.Contains(part, Assert.ThrowsAny<ArgumentException>(call).Message, StringComparison.Ordinal);
        Says("(2)", () => Losses.CrossEntropy(logits, target, new[] { 1.0, 2 }));
        Says("(4, 3)", () => Losses.CrossEntropy(logits, target, new[] { 1.0, 2 }));
        Says("Float64", () => Losses.CrossEntropy(logits, target, torch.ones([3], dtype: ScalarType.Float64)));
        Says("class 1 is NaN", () => Losses.CrossEntropy(logits, target, new[] { 1, double.NaN, 1 }));
        Says("class 0 is -1", () => Losses.CrossEntropy(logits, target, new double[] { -1, 1, 1 }));
        Says("(2)", () => Losses.LogitAdjusted(logits, target, Counts));
        Says("has no rows", () => Losses.BalancedSoftmax(logits, target, ClassCounts.From([5, 0, 5])));
        Says("gamma", () => Losses.Focal(logits, target, -1));
        Says("gamma", () => Losses.Focal(logits, target, double.NaN));
        Says("beta", () => new ClassBalancedLoss(Counts, 1).call(logits, target));
        Says("labelSmoothing", () => Losses.CrossEntropy(logits, target, labelSmoothing: 1.5));
        Says("normaliser", () => Losses.CrossEntropy(logits, target, normaliser: 0));
        Says("WeightedMean", () => Losses.CrossEntropy(logits, target, reduction: Reduction.Sum, normaliser: 3));
        Says("(4, 2)", () => Losses.CrossEntropy(logits, torch.ones([4, 2])));
        Says("meta", () => Losses.CrossEntropy(logits, target.to(torch.device("meta"))));
        Says("(4, 3)", () => Losses.BinaryCrossEntropyWithLogits(logits, torch.ones([4])));
        Says("broadcast", () => Losses.BinaryCrossEntropyWithLogits(logits, torch.ones([4, 3]), torch.ones([2])));
        Says("(5, 7)", () => Losses.InfluenceBalanced(logits, target, torch.ones([5, 7])));
        Says("inner", () => new ClassBalancedLoss(ClassCounts.From([1, 2, 3]), 0.9, new FocalLoss()).call(logits, target));
        Assert.Throws<ArgumentNullException>(() => Losses.CrossEntropy(null!, target));
        Assert.Throws<ArgumentNullException>(() => Losses.CrossEntropy(logits, null!));
    }

    [Fact]
    public void Binary_micro_batches_add_up_to_the_batch()
    {
        using var scope = NewDisposeScope();
        Tensor x = randn(10, 3, dtype: ScalarType.Float64), y = randint(0, 2, [10, 3]).to(ScalarType.Float64), positive = torch.tensor(new[] { 2.0, 3, 4 });
        double total = Losses.BinaryTotal(y, Reduction.WeightedMean, null, positive);
        double parts = Enumerable.Range(0, 5)
            .Sum(i => Losses.BinaryCrossEntropyWithLogits(x.narrow(0, 2 * i, 2), y.narrow(0, 2 * i, 2), null, positive, normaliser: total).item<double>());
        Assert.Equal(Losses.BinaryCrossEntropyWithLogits(x, y, null, positive).item<double>(), parts, 1e-12);
    }

    [Fact]
    public void RetinaNet_divides_by_the_positives()
    {
        using var scope = NewDisposeScope();
        Tensor x = randn(6, 4, dtype: ScalarType.Float64), y = torch.zeros([6, 4], dtype: ScalarType.Float64);
        y[0, 1] = 1;
        y[3, 2] = 1;
        using var loss = new SigmoidFocalLoss(perPositive: true);
        Assert.Equal(Losses.SigmoidFocal(x, y, reduction: Reduction.Sum).item<double>() / 2, loss.call(x, y).item<double>(), 1e-12);
    }

    [Fact]
    public void Influence_uses_the_features_of_the_batch_once()
    {
        using var scope = NewDisposeScope();
        (Tensor logits, Tensor target) = CatalogueTests.Batch(5, 2, ScalarType.Float64);
        Tensor features = randn(5, 7, dtype: ScalarType.Float64);
        using var loss = new InfluenceBalancedLoss(Counts, start: 0.5);
        Assert.True(loss.NeedsFeatures);
        loss.BeginEpoch(0, 10);
        Assert.Equal(Losses.CrossEntropy(logits, target).item<double>(), loss.call(logits, target).item<double>(), 1e-12);
        loss.BeginEpoch(5, 10);
        loss.UseFeatures(features);
        ClassWeights weights = ClassWeights.From(Counts, WeightScheme.Inverse, new WeightOptions { Normalisation = Normalisation.SumClasses });
        Assert.Equal(Losses.InfluenceBalanced(logits, target, features, weights).item<double>(), loss.call(logits, target).item<double>(), 1e-12);
        Assert.Equal(Losses.InfluenceBalanced(logits, target, null, weights).item<double>(), loss.call(logits, target).item<double>(), 1e-12);
        Gradients.Check(z => Losses.InfluenceBalanced(z, target, features, weights), logits, 1e-5, "influence");
    }

    [Fact]
    public void Influence_is_divided_by_the_number_of_rows_as_in_the_paper()
    {
        using var scope = NewDisposeScope();
        (Tensor logits, Tensor target) = CatalogueTests.Batch(7, 2, ScalarType.Float64);
        Tensor features = randn(7, 3, dtype: ScalarType.Float64);
        double[] p = TorchGolden.Data(logits.softmax(1).gather(1, target.unsqueeze(1))), h = TorchGolden.Data(features.abs().sum(1));
        // Inverse counts of (90, 10) that sum to two.
        double expected = Enumerable.Range(0, 7)
            .Average(i => 10 * (target[i].item<long>() == 0 ? 0.2 : 1.8) * -Math.Log(p[i]) / ((2 * (1 - p[i]) * h[i]) + 0.001));
        using var loss = new InfluenceBalancedLoss(Counts);
        using ClassificationLoss named = Loss.Catalogue.Create("influence-balanced")(Counts);
        foreach (ClassificationLoss each in (ClassificationLoss[])[loss, named])
        {
            each.BeginEpoch(5, 10);
            each.UseFeatures(features);
            Assert.Equal(expected, each.call(logits, target).item<double>(), 1e-9);
        }
    }

    [Fact]
    public void Equalization_raises_the_ones_of_classes_that_zeros_have_pushed_down()
    {
        using var scope = NewDisposeScope();
        using var loss = new EqualizationV2Loss(2);
        Tensor logits = torch.zeros([20, 2]), target = torch.zeros([20], dtype: ScalarType.Int64);
        double first = loss.call(logits, target).item<float>();
        Assert.Equal(2 * Math.Log(2), first, 1e-5);
        double frequent = loss.call(logits, target).item<float>();
        Assert.True(frequent < first, "class 1 has only had zeros, whose weight falls");
        // A one of class 1 now weighs 1 + alpha, a zero of class 0 still one.
        Assert.Equal(6 * Math.Log(2), loss.call(logits, torch.ones_like(target)).item<float>(), 1e-3);
        Assert.Equal(2, loss.state_dict().Count);
        loss.eval();
        Assert.Equal(loss.call(logits, target).item<float>(), loss.call(logits, target).item<float>());
    }

    [Fact]
    public void Harmonised_weights_are_the_inverse_density()
    {
        using var scope = NewDisposeScope();
        // 8 easy elements share a bin, 2 hard ones another: each bin has the same total weight.
        Tensor x = torch.tensor(new double[] { 5, 5, 5, 5, 5, 5, 5, 5, -5, -5 }).reshape(10, 1), y = torch.ones([10, 1], dtype: ScalarType.Float64);
        double[] ratio = TorchGolden.Data(
            Losses.GradientHarmonised(x, y, reduction: Reduction.None) / Losses.BinaryCrossEntropyWithLogits(x, y, reduction: Reduction.None));
        Close.All([.. Enumerable.Repeat(10 / (8.0 * 2), 8), 10 / (2.0 * 2), 10 / (2.0 * 2)], ratio, 1e-10, "weights");
    }

    [Fact]
    public void Sigmoids_say_where_the_last_layer_begins()
    {
        using var scope = NewDisposeScope();
        ClassCounts counts = ClassCounts.From([50, 20, 5, 1]);
        foreach (string name in (string[])["focal-sigmoid", "ghm", "equalization-v2"])
        {
            using ClassificationLoss loss = Loss.Catalogue.Create(name)(counts);
            // With all logits at that bias every class has the probability 1/K.
            Assert.Equal(0.25, torch.sigmoid(torch.tensor(loss.InitialBias(4)!.Value)).item<double>(), 1e-12);
            using var weighted = new ClassBalancedLoss(counts, inner: new SigmoidFocalLoss(reduction: Reduction.None));
            Assert.Equal(loss.InitialBias(7), weighted.InitialBias(7));
        }

        foreach (string name in (string[])["cross-entropy", "focal", "ldam-drw", "warm-up", "distribution-balanced", "dice"])
        {
            using ClassificationLoss loss = Loss.Catalogue.Create(name)(counts);
            Assert.Null(loss.InitialBias(4));
        }
    }

    [Fact]
    public void The_sigmoid_focal_loss_has_weights_only_if_they_are_named()
    {
        using var scope = NewDisposeScope();
        (Tensor logits, Tensor target) = CatalogueTests.Batch(9, 4, ScalarType.Float64);
        ClassCounts counts = ClassCounts.From([50, 20, 5, 1]);
        using ClassificationLoss plain = Loss.Catalogue.Create("focal-sigmoid")(counts), weighted = Loss.Catalogue.Create("focal-sigmoid(alpha=0.25)")(counts);
        Assert.Equal(Losses.SigmoidFocal(logits, target, alpha: null).item<double>(), plain.call(logits, target).item<double>(), 1e-12);
        Assert.Equal(Losses.SigmoidFocal(logits, target).item<double>(), weighted.call(logits, target).item<double>(), 1e-12);
    }

    [Fact]
    public void A_harmonised_mean_counts_every_class_of_every_row_as_an_element()
    {
        using var scope = NewDisposeScope();
        (Tensor logits, Tensor target) = CatalogueTests.Batch(40, 5, ScalarType.Float64);
        Tensor labels = nn.functional.one_hot(target, 5).to(ScalarType.Float64);
        foreach (int bins in (int[])[10, 30, 50])
        {
            Assert.Equal(Losses.GradientHarmonised(logits, labels, bins).item<double>(), Losses.GradientHarmonised(logits, target, bins).item<double>(), 1e-10);
            Close.All(TorchGolden.Data(Losses.GradientHarmonised(logits, labels, bins, Reduction.None).mean([1])),
                TorchGolden.Data(Losses.GradientHarmonised(logits, target, bins, Reduction.None)), 1e-10, "rows");
        }
    }

    [Fact]
    public void Regions_that_match_have_no_loss()
    {
        using var scope = NewDisposeScope();
        Tensor target = torch.tensor(new long[,] { { 0, 1 }, { 1, 2 } }).unsqueeze(0),
            logits = nn.functional.one_hot(target, 3).movedim([-1], [1]).to(ScalarType.Float64) * 100;
        Assert.Equal(0, Losses.Tversky(logits, target).item<double>(), 1e-6);
        Assert.Equal(0, Losses.Dice(logits, target).item<double>(), 1e-6);
        Tensor flat = torch.zeros([1, 2, 4], dtype: ScalarType.Float64), classes = torch.tensor(new long[,] { { 0, 0, 0, 1 } });
        // Class 0: hits 1.5, wrong 0.5, missed 1.5; class 1: hits 0.5, wrong 1.5, missed 0.5.
        double expected = (1 - ((1.5 + 1) / (1.5 + (0.3 * 0.5) + (0.7 * 1.5) + 1)) + 1 - ((0.5 + 1) / (0.5 + (0.3 * 1.5) + (0.7 * 0.5) + 1))) / 2;
        Assert.Equal(expected, Losses.Tversky(flat, classes).item<double>(), 1e-12);
        Assert.Equal((1 - ((3 + 1.0) / (1 + 3 + 1)) + 1 - ((1 + 1.0) / (1 + 1 + 1))) / 2, Losses.Dice(flat, classes).item<double>(), 1e-12);
    }

    [Fact]
    public void Ranking_losses_are_zero_for_a_perfect_order_and_count_wrong_pairs()
    {
        using var scope = NewDisposeScope();
        Tensor target = torch.tensor([0L, 0, 1, 1]), right = torch.tensor(new double[,] { { 5, -5 }, { 4, -4 }, { -4, 4 }, { -5, 5 } });
        Assert.Equal(0, Losses.SmoothAveragePrecision(right, target).item<double>(), 1e-6);
        // Class 1: the order of scores is row 3, row 0, row 2, row 1, so the average precision is (1 + 2/3) / 2; class 0 mirrors it.
        Tensor mixed = torch.tensor(new double[,] { { 0, 1 }, { 0, -5 }, { 0, -1 }, { 0, 5 } });
        Assert.Equal(1 - ((1 + (2.0 / 3)) / 2), Losses.SmoothAveragePrecision(mixed, target, 0.001).item<double>(), 1e-6);
        Assert.True(Losses.PartialAuc(right, target).item<double>() < Losses.PartialAuc(mixed, target).item<double>());
        Tensor p = nn.functional.softmax(mixed, 1).select(1, 1);
        double[] s = TorchGolden.Data(p);
        // The band up to 1/2 of two negatives holds the higher one.
        double one = (Math.Pow(1 - s[2] + s[0], 2) + Math.Pow(1 - s[3] + s[0], 2)) / 2,
            zero = (Math.Pow(1 - (1 - s[0]) + (1 - s[2]), 2) + Math.Pow(1 - (1 - s[1]) + (1 - s[2]), 2)) / 2;
        Close.All([zero, one], TorchGolden.Data(Losses.PartialAuc(mixed, target, 0, 0.5, reduction: Reduction.None)), 1e-10, "partial area");
        Assert.True(Losses.RecallAtQuantile(right, target, 0.5).item<double>() < Losses.RecallAtQuantile(mixed, target, 0.5).item<double>());
    }

    [Fact]
    public void A_memory_keeps_the_last_rows()
    {
        using var scope = NewDisposeScope();
        using var loss = new SmoothAveragePrecisionLoss(memory: 6);
        for (int step = 0; step < 5; step++)
        {
            (Tensor logits, Tensor target) = CatalogueTests.Batch(4, 3, ScalarType.Float32);
            loss.call(logits.requires_grad_(), target).backward();
            Assert.Equal(Math.Min(6, 4 * (step + 1)), loss.Memory!.Count);
        }

        loss.eval();
        (Tensor x, Tensor y) = CatalogueTests.Batch(4, 3, ScalarType.Float32);
        Assert.Equal(Losses.SmoothAveragePrecision(x, y).item<float>(), loss.call(x, y).item<float>());
    }

    [Fact]
    public void A_loss_can_be_differentiated_twice_over_the_same_graph_and_outside_its_scope()
    {
        using Tensor logits = randn(8, 5, dtype: ScalarType.Float64).requires_grad_(), target = randint(0, 5, [8]);
        Tensor loss;
        using (var scope = NewDisposeScope()) loss = Losses.CrossEntropy(logits * 2, target.clone(), new[] { 1.0, 2, 3, 4, 5 }).MoveToOuterDisposeScope();
        loss.backward(retain_graph: true);
        double[] once = TorchGolden.Data(logits.grad!);
        loss.backward();
        Close.All([.. once.Select(g => 2 * g)], TorchGolden.Data(logits.grad!), 1e-12, "gradient");
        loss.Dispose();
    }
}
