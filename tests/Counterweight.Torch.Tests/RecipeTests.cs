using Counterweight.TestSupport;
using CsCheck;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Counterweight.Torch.Tests;

/// <summary>Schedules, two-stage recipes and mixed batches.</summary>
public sealed class RecipeTests
{
    private static readonly ClassCounts Counts = ClassCounts.From([90, 9, 1]);

    [Fact]
    public void Deferred_weights_act_from_their_epoch_on()
    {
        using var scope = NewDisposeScope();
        (Tensor z, Tensor y) = CatalogueTests.Batch(20, 3, ScalarType.Float64);
        double[] weights = ClassBalancedLoss.Weights(Counts, 0.9999);
        using ClassificationLoss drw = Loss.Catalogue.Create("drw")(Counts), ldam = Loss.Catalogue.Create("ldam-drw")(Counts);
        for (int epoch = 0; epoch < 10; epoch++)
        {
            drw.BeginEpoch(epoch, 10);
            ldam.BeginEpoch(epoch, 10);
            ClassVector? now = epoch < 8 ? null : weights;
            Assert.Equal(Losses.CrossEntropy(z, y, now).item<double>(), drw.call(z, y).item<double>(), 1e-12);
            Assert.Equal(Losses.Ldam(z, y, Counts, weight: now).item<double>(), ldam.call(z, y).item<double>(), 1e-12);
        }
    }

    [Fact]
    public void A_warm_up_moves_linearly()
    {
        using var scope = NewDisposeScope();
        (Tensor z, Tensor y) = CatalogueTests.Batch(20, 3, ScalarType.Float64);
        using var loss = new WarmUpLoss(new CrossEntropy(), new LogitAdjustedLoss(Counts), 0.2, 0.7);
        double a = Losses.CrossEntropy(z, y).item<double>(), b = Losses.LogitAdjusted(z, y, Counts).item<double>();
        foreach ((int epoch, double share) in new[] { (0, 0.0), (2, 0), (4, 0.4), (6, 0.8), (7, 1), (9, 1) })
        {
            loss.BeginEpoch(epoch, 10);
            Assert.Equal(share, loss.Share, 1e-12);
            Assert.Equal(((1 - share) * a) + (share * b), loss.call(z, y).item<double>(), 1e-12);
        }
    }

    [Fact]
    public void Progressive_balancing_ends_balanced()
    {
        using var loss = new ProgressiveBalancingLoss(Counts);
        loss.BeginEpoch(0, 5);
        Assert.Equal([1, 1, 1], loss.Weights);
        loss.BeginEpoch(2, 5);
        Close.All([0.5 + (0.5 * 100 / 270), 0.5 + (0.5 * 100 / 27), 0.5 + (0.5 * 100 / 3.0)], [.. loss.Weights], 1e-12, "weights");
        loss.BeginEpoch(4, 5);
        Close.All(ClassWeights.Balanced(Counts).AsSpan(), [.. loss.Weights], 1e-12, "weights");
    }

    [Fact]
    public void Deferred_sampling_changes_the_sampler_at_its_epoch()
    {
        int[] labels = [.. Enumerable.Range(0, 100).Select(i => i < 90 ? 0 : 1)];
        var plain = ClassBalancedSampler.Power(labels, 2, 1, seed: 3);
        var balanced = new ClassBalancedSampler(labels, 2, seed: 4);
        var sampler = new DeferredSampler(plain, balanced, 5);
        long[] rows = new long[100], expected = new long[100];
        foreach (int epoch in (int[])[0, 4, 5, 9])
        {
            sampler.Fill(epoch, 0, rows);
            (epoch < 5 ? plain : balanced).Fill(epoch, 0, expected);
            Assert.Equal(expected, rows);
        }

        Assert.Throws<ArgumentException>(() => new DeferredSampler(plain, new ClassBalancedSampler(labels, 2, 7), 5));
    }

    [Fact]
    public void Retraining_touches_the_classifier_alone()
    {
        using var scope = NewDisposeScope();
        using Linear body = nn.Linear(4, 8), last = nn.Linear(8, 3);
        using Sequential model = nn.Sequential(("body", body), ("act", nn.ReLU()), ("last", last));
        double[] before = TorchGolden.Data(last.weight), bodyBefore = TorchGolden.Data(body.weight);
        using (FrozenStage stage = TwoStage.RetrainClassifier(model, last, seed: 1))
        {
            Assert.NotEqual(before, TorchGolden.Data(last.weight));
            Assert.Equal(2, stage.Parameters.Count);
            using var optimiser = optim.SGD(stage.Parameters, 0.5);
            (Tensor x, Tensor y) = CatalogueTests.Batch(16, 4, ScalarType.Float32);
            double first = 0, loss = 0;
            for (int i = 0; i < 50; i++)
            {
                Tensor value = Losses.CrossEntropy(model.call(x), y.clamp_max(2));
                loss = value.item<float>();
                first = i == 0 ? loss : first;
                optimiser.zero_grad();
                value.backward();
                optimiser.step();
            }

            Assert.True(loss < first);
            Assert.False(body.weight.requires_grad);
        }

        Assert.True(body.weight.requires_grad);
        Assert.Equal(bodyBefore, TorchGolden.Data(body.weight));
        using Linear stranger = nn.Linear(2, 2);
        Assert.Throws<ArgumentException>(() => TwoStage.RetrainClassifier(model, stranger));
    }

    [Fact]
    public void Tau_normalisation_evens_out_lengths()
    {
        using var scope = NewDisposeScope();
        using Linear last = nn.Linear(8, 3);
        Tensor weight = last.weight.detach().clone();
        Close.All(TorchGolden.Data(weight), TorchGolden.Data(TwoStage.TauNormalised(weight, 0)), 1e-7, "tau 0");
        Close.All(TorchGolden.Data(weight.norm(1).sqrt()), TorchGolden.Data(TwoStage.TauNormalised(weight, 0.5).norm(1)), 1e-6, "tau 0.5");
        TwoStage.TauNormalise(last, 1);
        Close.All([1, 1, 1], TorchGolden.Data(last.weight.norm(1)), 1e-6, "tau 1");
        Close.All([0, 0, 0], TorchGolden.Data(last.bias!), 0, "bias");
        using var scaling = new LearnableWeightScaling(3);
        Tensor logits = randn(5, 3);
        Assert.Equal(TorchGolden.Data(logits), TorchGolden.Data(scaling.call(logits)));
        scaling.call(logits).sum().backward();
        Close.All(TorchGolden.Data(logits.sum(0L)), TorchGolden.Data(scaling.Scale.grad!), 1e-5, "gradient");
        using var cosine = new CosineClassifier(4, 3);
        Assert.All(TorchGolden.Data(cosine.call(randn(9, 4) * 100)), c => Assert.InRange(c, -1.00001, 1.00001));
    }

    [Fact]
    public void Mixed_targets_are_shares_of_the_same_mixture() => Gen.Select(Gen.Long[0, 1000], Gen.Double[0.05, 4]).Sample(
        (batch, alpha) =>
        {
            using var scope = NewDisposeScope();
            // Inputs that are their own labels show the mixture of the inputs.
            Tensor y = torch.tensor([0L, 1, 2, 0, 1, 2, 0, 0]), x = nn.functional.one_hot(y, 3).to(ScalarType.Float64);
            MixedBatch mixup = BatchMixing.Mixup(x, y, 3, alpha, 1, batch);
            Close.All(TorchGolden.Data(mixup.Inputs), TorchGolden.Data(mixup.Target), 1e-12, "mixup");
            Close.All(TorchGolden.Data(mixup.Target), TorchGolden.Data(BatchMixing.Mixup(x, y, 3, alpha, 1, batch).Target), 0, "the same draws");

            MixedBatch balanced = BatchMixing.BalancedMixup(x, y, x.flip(0), y.flip(0), 3, alpha, 1, batch);
            Close.All(TorchGolden.Data(balanced.Inputs), TorchGolden.Data(balanced.Target), 1e-12, "balanced mixup");

            MixedBatch remix = BatchMixing.Remix(x, y, Counts, alpha, kappa: 3, tau: 0.5, 1, batch);
            double[] inputs = TorchGolden.Data(remix.Inputs), target = TorchGolden.Data(remix.Target);
            for (int i = 0; i < 8; i++)
            {
                double[] share = inputs[(3 * i)..((3 * i) + 3)], label = target[(3 * i)..((3 * i) + 3)];
                Assert.Equal(1, label.Sum(), 1e-12);
                int rarer = Array.FindLastIndex(share, s => s > 0), other = Array.FindIndex(share, s => s > 0);
                // Every pair of classes differs by a factor of nine or more, so the rarer one takes all where it has more than half.
                if (rarer != other) Assert.Equal(share[rarer] > 0.5 ? 1 : share[rarer], label[rarer], 1e-12);
            }
        }, iter: 60, threads: 1);

    [Fact]
    public void Beta_draws_have_the_mean_and_variance_of_the_distribution()
    {
        foreach ((double a, double b) in new[] { (0.2, 0.2), (0.2, 1), (1, 1), (2, 5.5) })
        {
            var random = new SeededRandom(5);
            double[] draws = new double[40000];
            for (int i = 0; i < draws.Length; i++) draws[i] = BatchMixing.Beta(ref random, a, b);
            double mean = draws.Average(), variance = draws.Select(d => (d - mean) * (d - mean)).Average();
            Assert.Equal(a / (a + b), mean, 0.01);
            Assert.Equal(a * b / ((a + b) * (a + b) * (a + b + 1)), variance, 0.01);
        }
    }

    [Fact]
    public void Translation_moves_rows_of_the_frequent_class_to_the_rare_one_and_keeps_what_fails()
    {
        using var scope = NewDisposeScope();
        using Linear g = nn.Linear(2, 3), f = nn.Linear(2, 3);
        using (no_grad())
        {
            g.weight.copy_(torch.tensor(new float[,] { { 8, 0 }, { -8, 0 }, { 0, 8 } }));
            g.bias!.zero_();
            f.weight.copy_(g.weight);
            f.bias!.zero_();
        }

        Tensor x = torch.tensor(new float[,] { { 1, 0 }, { 1, 0 }, { -1, 0 }, { 0, 1 }, { 0.5f, 0.9f } }), y = torch.tensor([0L, 0, 1, 2, 2]);
        var translation = new MinorityTranslation(Counts, steps: 40, stepSize: 0.1, gamma: 0.9, seed: 2);
        bool moved = false;
        for (long batch = 0; batch < 10; batch++)
        {
            Tensor made = translation.Translate(x, y, g.call, f.call, batch);
            Assert.Equal(TorchGolden.Data(made), TorchGolden.Data(translation.Translate(x, y, g.call, f.call, batch)));
            Assert.Equal(TorchGolden.Data(x.narrow(0, 0, 2)), TorchGolden.Data(made.narrow(0, 0, 2)));
            double[] probability = TorchGolden.Data(nn.functional.softmax(g.call(made), 1).gather(1, y.unsqueeze(1)));
            double[] change = TorchGolden.Data((made - x).abs().sum(1));
            for (int i = 2; i < 5; i++)
            {
                moved |= change[i] > 0;
                if (change[i] > 0) Assert.True(probability[i] >= 0.9);
            }
        }

        Assert.True(moved);
        var strict = new MinorityTranslation(Counts, steps: 1, stepSize: 1e-3, gamma: 1, seed: 2);
        Assert.Equal(TorchGolden.Data(x), TorchGolden.Data(strict.Translate(x, y, g.call, f.call)));
        Assert.Null(g.weight.grad);
    }
}
