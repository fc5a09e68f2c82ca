using Counterweight.TestSupport;
using TorchSharp;
using static TorchSharp.torch;

namespace Counterweight.Torch.Tests;

/// <summary>What every loss of the catalogue promises.</summary>
public sealed class CatalogueTests
{
    private static readonly ClassCounts Counts = ClassCounts.From([50, 20, 5, 1]);

    public static TheoryData<string> Names => [.. Loss.Catalogue.Select(m => m.Name)];

    [Fact]
    public void Every_published_loss_is_there_with_its_source()
    {
        foreach (string name in (
            string[])["focal", "focal-sigmoid", "class-balanced", "ldam", "ldam-drw", "balanced-softmax", "logit-adjusted", "vs", "asymmetric",
            "distribution-balanced", "seesaw", "equalization-v2",
            "influence-balanced", "poly-1", "label-aware-smoothing", "ghm", "tversky", "focal-tversky", "dice", "smooth-ap", "partial-auc",
            "recall-at-quantile", "drw", "warm-up", "progressive-balancing"])
            Assert.True(Loss.Catalogue.Contains(name), name);
        Assert.All(Loss.Catalogue, m => Assert.Matches(@"\(\d{4}\)|Common practice", m.Source));
        Assert.Equal("focal(gamma=2)", Loss.Catalogue.Parse("focal").ToString());
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void The_gradient_is_that_of_finite_differences(string name)
    {
        // The factors of seesaw are constants for the gradient, so its own test holds them fixed.
        if (name == "seesaw") return;
        using var scope = NewDisposeScope();
        using ClassificationLoss loss = Loss.Catalogue.Create(name)(Counts);
        loss.BeginEpoch(9, 10);
        loss.eval();
        (Tensor logits, Tensor target) = Batch(9, 4, ScalarType.Float64);
        TorchGolden.BothWays(way => Gradients.Check(z => loss.call(z, target), logits, 2e-6, $"{way} {name}"));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Kernels_and_tensor_operations_agree(string name)
    {
        using var scope = NewDisposeScope();
        using ClassificationLoss loss = Loss.Catalogue.Create(name)(ClassCounts.From([.. Enumerable.Range(1, 37).Select(n => (long)n * n)]));
        loss.BeginEpoch(9, 10);
        loss.eval();
        foreach (ScalarType type in (ScalarType[])[ScalarType.Float64, ScalarType.Float32])
        {
            (Tensor logits, Tensor target) = Batch(301, 37, type);
            double tolerance = type == ScalarType.Float64 ? 1e-10 : 2e-4;
            (double fused, double[] gradient) = Gradients.Of(z => loss.call(z, target), logits);
            (double composed, double[] expected) = Native.Composed(() => Gradients.Of(z => loss.call(z, target), logits));
            Close.One(composed, fused, tolerance, $"{name} {type}");
            Close.All(expected, gradient, tolerance, $"{name} {type} gradient");
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Extreme_logits_and_half_precision_give_finite_results(string name)
    {
        using var scope = NewDisposeScope();
        using ClassificationLoss loss = Loss.Catalogue.Create(name)(Counts);
        loss.BeginEpoch(9, 10);
        foreach (ScalarType type in (ScalarType[])[ScalarType.Float64, ScalarType.Float32, ScalarType.BFloat16])
            TorchGolden.BothWays(way =>
            {
                Tensor logits = torch.tensor(
                    new double[,] { { 120, -120, 0, 0 }, { -120, 120, 0, 0 }, { 120, 120, 120, 120 }, { -120, -120, -120, -120 }, { 0, 0, 0, 120 },
                        { 0, 0, 0, -120 } }, dtype: type);
                Tensor target = torch.tensor([0L, 0, 1, 2, 3, 3]);
                (double value, double[] gradient) = Gradients.Of(z => loss.call(z, target), logits);
                Assert.True(double.IsFinite(value), $"{way} {name} {type}: {value}");
                Assert.All(gradient, g => Assert.True(double.IsFinite(g), $"{way} {name} {type}: gradient {g}"));
            });
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Bfloat16_is_close_to_double(string name)
    {
        using var scope = NewDisposeScope();
        using ClassificationLoss loss = Loss.Catalogue.Create(name)(Counts);
        loss.BeginEpoch(9, 10);
        loss.eval();
        (Tensor logits, Tensor target) = Batch(32, 4, ScalarType.BFloat16);
        Tensor result = loss.call(logits, target);
        Assert.Equal(ScalarType.BFloat16, result.dtype);
        Close.One(loss.call(logits.to(ScalarType.Float64), target).item<double>(), result.to(ScalarType.Float64).item<double>(), 0.02, name);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void All_rows_ignored_is_a_loss_of_zero_without_gradient(string name)
    {
        using var scope = NewDisposeScope();
        using ClassificationLoss loss = Loss.Catalogue.Create(name)(Counts);
        loss.BeginEpoch(0, 10);
        (Tensor logits, _) = Batch(5, 4, ScalarType.Float32);
        TorchGolden.BothWays(way =>
        {
            (double value, double[] gradient) = Gradients.Of(z => loss.call(z, torch.full([5], Losses.Ignored, ScalarType.Int64)), logits);
            Assert.Equal(0, value);
            Assert.All(gradient, g => Assert.Equal(0, g));
        });
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Ignored_rows_change_nothing(string name)
    {
        using var scope = NewDisposeScope();
        using ClassificationLoss loss = Loss.Catalogue.Create(name)(Counts);
        loss.BeginEpoch(9, 10);
        loss.eval();
        (Tensor logits, Tensor target) = Batch(12, 4, ScalarType.Float64);
        Tensor masked = target.clone();
        masked.narrow(0, 8, 4).fill_(Losses.Ignored);
        TorchGolden.BothWays(way => Close.One(
            loss.call(logits.narrow(0, 0, 8), target.narrow(0, 0, 8)).item<double>(), loss.call(logits, masked).item<double>(), 1e-12, $"{way} {name}"));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Probabilities_sum_to_one(string name)
    {
        using var scope = NewDisposeScope();
        using ClassificationLoss loss = Loss.Catalogue.Create(name)(Counts);
        (Tensor logits, _) = Batch(7, 4, ScalarType.Float64);
        Assert.All(TorchGolden.Data(loss.Probabilities(logits).sum(1)), s => Assert.Equal(1, s, 1e-12));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Wrong_input_is_named(string name)
    {
        using var scope = NewDisposeScope();
        using ClassificationLoss loss = Loss.Catalogue.Create(name)(Counts);
        loss.BeginEpoch(0, 10);
        (Tensor logits, Tensor target) = Batch(5, 4, ScalarType.Float32);
        Assert.Contains("is 4", Assert.Throws<ArgumentException>(() => loss.call(logits, target + 4 - target)).Message, StringComparison.Ordinal);
        string message = Assert.Throws<ArgumentException>(() => loss.call(logits, torch.zeros([3], dtype: ScalarType.Int64))).Message;
        Assert.Contains("(3)", message, StringComparison.Ordinal);
        Assert.Contains("(5, 4)", message, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => loss.call(target, target));
        Assert.Throws<ArgumentException>(() => loss.call(logits, torch.zeros([5, 4], dtype: ScalarType.Float64)));
    }

    [Fact]
    public void The_number_of_threads_does_not_change_a_bit()
    {
        using var scope = NewDisposeScope();
        int before = get_num_threads();
        (Tensor logits, Tensor target) = Batch(5000, 41, ScalarType.Float32);
        ClassCounts counts = ClassCounts.From([.. Enumerable.Range(1, 41).Select(n => (long)n)]);
        try
        {
            foreach (string name in (
                string[])["cross-entropy", "ldam", "seesaw", "asymmetric", "equalization-v2", "ghm", "dice", "focal-tversky", "smooth-ap", "partial-auc",
                "recall-at-quantile"])
            {
                using ClassificationLoss loss = Loss.Catalogue.Create(name)(counts);
                loss.eval();
                set_num_threads(1);
                (double one, double[] gradient) = Gradients.Of(z => loss.call(z, target), logits);
                set_num_threads(4);
                (double four, double[] again) = Gradients.Of(z => loss.call(z, target), logits);
                Assert.Equal(one, four);
                Assert.Equal(gradient, again);
            }
        }
        finally
        {
            set_num_threads(before);
        }
    }

    internal static (Tensor Logits, Tensor Target) Batch(int rows, int classes, ScalarType type)
    {
        var random = new SeededRandom(rows, classes);
        double[] values = new double[rows * classes];
        for (int i = 0; i < values.Length; i++) values[i] = 2 * random.NextGaussian();
        long[] target = new long[rows];
        for (int i = 0; i < rows; i++) target[i] = i < classes ? i : random.NextInt64(classes);
        return (torch.tensor(values, dtype: type).reshape(rows, classes), torch.tensor(target));
    }
}

/// <summary>Gradients by automatic differentiation and by central differences.</summary>
internal static class Gradients
{
    public static (double Value, double[] Gradient) Of(Func<Tensor, Tensor> loss, Tensor input)
    {
        using var scope = NewDisposeScope();
        Tensor leaf = input.detach().clone().requires_grad_(), value = loss(leaf).sum();
        value.backward();
        return (value.to(ScalarType.Float64).item<double>(), TorchGolden.Data(leaf.grad!));
    }

    public static void Check(Func<Tensor, Tensor> loss, Tensor input, double tolerance, string what)
    {
        (_, double[] gradient) = Of(loss, input);
        double[] values = TorchGolden.Data(input), numeric = new double[values.Length];
        const double Step = 1e-5;
        for (int i = 0; i < values.Length; i++)
        {
            using var scope = NewDisposeScope();
            double At(double change)
            {
                double[] moved = [.. values];
                moved[i] += change;
                return loss(torch.tensor(moved, dtype: ScalarType.Float64).reshape(input.shape)).sum().item<double>();
            }

            numeric[i] = (At(Step) - At(-Step)) / (2 * Step);
        }

        Close.All(numeric, gradient, tolerance, what);
    }
}
