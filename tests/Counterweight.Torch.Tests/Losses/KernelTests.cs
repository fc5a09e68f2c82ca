using Counterweight.TestSupport;
using TorchSharp;
using static TorchSharp.torch;

namespace Counterweight.Torch.Tests;

/// <summary>What kernels promise besides agreeing with tensor operations.</summary>
public sealed class KernelTests
{
    private static readonly ClassCounts Counts = ClassCounts.From([.. Enumerable.Range(1, 21).Select(n => (long)n * 3)]);

    public static TheoryData<string> Names => [.. Loss.Catalogue.Select(m => m.Name)];

    [Theory]
    [MemberData(nameof(Names))]
    public void A_graph_that_is_kept_gives_its_gradient_again_whatever_became_of_the_first(string name)
    {
        using var scope = NewDisposeScope();
        using ClassificationLoss loss = Loss.Catalogue.Create(name)(Counts);
        loss.BeginEpoch(9, 10);
        (Tensor logits, Tensor target) = CatalogueTests.Batch(64, 21, ScalarType.Float64);
        logits.requires_grad_();
        Tensor value = loss.call(logits, target);
        value.backward(retain_graph: true);
        double[] first = TorchGolden.Data(logits.grad!);
        using (no_grad()) logits.grad!.zero_();
        for (int i = 1; i <= 3; i++)
        {
            value.backward(retain_graph: true);
            Close.All([.. first.Select(g => i * g)], TorchGolden.Data(logits.grad!), 1e-12, $"{name} {i}");
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void What_comes_from_upstream_multiplies_the_gradient(string name)
    {
        using var scope = NewDisposeScope();
        using ClassificationLoss loss = Loss.Catalogue.Create(name)(Counts);
        loss.BeginEpoch(9, 10);
        loss.eval();
        (Tensor logits, Tensor target) = CatalogueTests.Batch(64, 21, ScalarType.Float64);
        (_, double[] once) = Gradients.Of(z => loss.call(z, target), logits);
        (_, double[] thrice) = Gradients.Of(z => loss.call(z, target) * -3, logits);
        Close.All([.. once.Select(g => -3 * g)], thrice, 1e-12, name);
    }

    [Fact]
    public void Losses_that_are_not_reduced_have_a_gradient_each()
    {
        using var scope = NewDisposeScope();
        (Tensor logits, Tensor target) = CatalogueTests.Batch(40, 21, ScalarType.Float64);
        Tensor labels = nn.functional.one_hot(target, 21).to(ScalarType.Float64), perRow = rand(40, dtype: ScalarType.Float64),
            perClass = rand(21, dtype: ScalarType.Float64), perElement = rand(40, 21, dtype: ScalarType.Float64);
        Check(perRow, z => Losses.CrossEntropy(z, target, labelSmoothing: 0.1, reduction: Reduction.None));
        Check(perRow, z => Losses.InfluenceBalanced(z, target, null, reduction: Reduction.None));
        Check(perRow, z => Losses.Asymmetric(z, target, reduction: Reduction.None));
        Check(perElement, z => Losses.GradientHarmonised(z, labels, reduction: Reduction.None));
        Check(perElement, z => Losses.DistributionBalanced(z, labels, Counts, reduction: Reduction.None));
        Check(perClass, z => Losses.Tversky(z, target, gamma: 1.5, reduction: Reduction.None));
        Check(perClass, z => Losses.Dice(z, target, reduction: Reduction.None));
        Check(perClass, z => Losses.SmoothAveragePrecision(z, target, 0.1, reduction: Reduction.None));
        Check(perClass, z => Losses.PartialAuc(z, target, 0.1, 0.4, reduction: Reduction.None));
        Check(perClass, z => Losses.RecallAtQuantile(z, target, 0.3, reduction: Reduction.None));

        void Check(Tensor upstream, Func<Tensor, Tensor> loss)
        {
            (double value, double[] gradient) = Gradients.Of(z => (loss(z) * upstream).sum(), logits);
            (double expected, double[] composed) = Native.Composed(() => Gradients.Of(z => (loss(z) * upstream).sum(), logits));
            Close.One(expected, value, 1e-10, "loss");
            Close.All(composed, gradient, 1e-10, "gradient");
        }
    }

    [Theory]
    [InlineData("smooth-ap(memory=50)")]
    [InlineData("partial-auc(memory=50)")]
    [InlineData("recall-at-quantile(memory=50)")]
    public void Earlier_rows_are_ranked_alike(string name)
    {
        using var scope = NewDisposeScope();
        (double, double[]) Second()
        {
            using ClassificationLoss loss = Loss.Catalogue.Create(name)(Counts);
            (Tensor early, Tensor earlyTarget) = CatalogueTests.Batch(47, 21, ScalarType.Float64);
            (Tensor logits, Tensor target) = CatalogueTests.Batch(33, 21, ScalarType.Float64);
            loss.call(early, earlyTarget);
            return Gradients.Of(z => loss.call(z, target), logits);
        }

        (double value, double[] gradient) = Second();
        (double expected, double[] composed) = Native.Composed(Second);
        Close.One(expected, value, 1e-10, name);
        Close.All(composed, gradient, 1e-10, name);
    }

    [Fact]
    public void Scores_that_are_equal_keep_order_statistics_exact()
    {
        using var scope = NewDisposeScope();
        Tensor logits = torch.zeros([50, 3], dtype: ScalarType.Float64), target = torch.tensor([.. Enumerable.Range(0, 50).Select(i => (long)(i % 3))]);
        foreach (double share in (double[])[0.01, 0.3, 0.5, 0.99])
        {
            Assert.Equal(Native.Composed(() => Losses.RecallAtQuantile(logits, target, share).item<double>()),
                Losses.RecallAtQuantile(logits, target, share).item<double>(), 1e-12);
            Assert.Equal(Native.Composed(() => Losses.PartialAuc(logits, target, 0, share).item<double>()),
                Losses.PartialAuc(logits, target, 0, share).item<double>(), 1e-12);
        }
    }

    [Theory]
    [InlineData(0.003)]
    [InlineData(0.01)]
    [InlineData(0.05)]
    [InlineData(0.7)]
    public void Average_precision_by_cells_is_that_of_all_pairs(double temperature)
    {
        using var scope = NewDisposeScope();
        foreach ((ScalarType type, double tolerance) in new[] { (ScalarType.Float64, 1e-10), (ScalarType.Float32, 2e-4) })
        {
            (Tensor logits, Tensor target) = CatalogueTests.Batch(1201, 2, type);

            // Scores at both ends too, some of them equal.
            using (no_grad()) logits.narrow(0, 0, 400).mul_(40);
            (double value, double[] gradient) = Gradients.Of(z => Losses.SmoothAveragePrecision(z, target, temperature), logits);
            (double expected, double[] composed) = Native.Composed(
                () => Gradients.Of(z => Losses.SmoothAveragePrecision(z, target, temperature), logits.to(ScalarType.Float64)));
            Close.One(expected, value, tolerance, $"{type} loss");
            double largest = composed.Max(Math.Abs);
            Close.All([.. composed.Select(g => g / largest)], [.. gradient.Select(g => g / largest)], tolerance, $"{type} gradient");
        }
    }

    [Fact]
    public void The_gradient_by_cells_is_that_of_finite_differences()
    {
        using var scope = NewDisposeScope();
        (Tensor logits, Tensor target) = CatalogueTests.Batch(2000, 2, ScalarType.Float64);
        (_, double[] gradient) = Gradients.Of(z => Losses.SmoothAveragePrecision(z, target, 0.02), logits);
        foreach (int place in (int[])[0, 1, 77, 1500, 3999])
        {
            double At(double change)
            {
                using var inner = NewDisposeScope();
                Tensor moved = logits.clone();
                moved.view(-1).narrow(0, place, 1).add_(change);
                return Losses.SmoothAveragePrecision(moved, target, 0.02).item<double>();
            }

            Close.One((At(1e-5) - At(-1e-5)) / 2e-5, gradient[place], 2e-6, $"logit {place}");
        }
    }

    [Theory]
    [InlineData(9)]
    [InlineData(700)]
    [InlineData(5000)]
    public void Order_statistics_are_those_of_a_sort(int rows)
    {
        using var scope = NewDisposeScope();
        foreach (ScalarType type in (ScalarType[])[ScalarType.Float64, ScalarType.Float32])
        {
            (Tensor logits, Tensor target) = CatalogueTests.Batch(rows, 3, type);
            using (no_grad()) logits.narrow(0, 0, rows / 3).copy_(logits.narrow(0, rows / 2, rows / 3));
            foreach (double share in (double[])[0.001, 0.1, 0.5, 0.97])
            {
                double tolerance = type == ScalarType.Float64 ? 1e-10 : 1e-4;
                Compare(z => Losses.RecallAtQuantile(z, target, share), share);
                Compare(z => Losses.PartialAuc(z, target, 0, share), share);
                Compare(z => Losses.PartialAuc(z, target, share / 2, share), share);

                void Compare(Func<Tensor, Tensor> loss, double at)
                {
                    (double value, double[] gradient) = Gradients.Of(loss, logits);
                    (double expected, double[] composed) = Native.Composed(() => Gradients.Of(loss, logits));
                    Close.One(expected, value, tolerance, $"{type} {at}");

                    // Which of equal scores takes the gradient is open, so that rows that are twice there are added up.
                    double[] sums = Added(composed), mine = Added(gradient);
                    Close.All(sums, mine, tolerance, $"{type} {at} gradient");
                }

                double[] Added(double[] gradient)
                {
                    int third = rows / 3 * 3, half = rows / 2 * 3;
                    return [.. Enumerable.Range(0, third).Select(i => gradient[i] + gradient[half + i]), .. gradient[third..half],
                        .. gradient[(half + third)..]];
                }
            }
        }
    }

    [Fact]
    public void Binary_weights_are_summed_in_the_kernel()
    {
        using var scope = NewDisposeScope();
        Tensor x = randn(37, 21, dtype: ScalarType.Float64), y = rand(37, 21, dtype: ScalarType.Float64), w = rand(37, 21, dtype: ScalarType.Float64),
            p = rand(21, dtype: ScalarType.Float64) + 0.5;
        foreach ((Tensor? weight, Tensor? positive) in (ReadOnlySpan<(Tensor?, Tensor?)>)[(null, null), (w, null), (null, p), (w, p)])
        {
            (double value, double[] gradient) = Gradients.Of(z => Losses.BinaryCrossEntropyWithLogits(z, y, weight, positive), x);
            (double expected, double[] composed) = Native.Composed(() => Gradients.Of(z => Losses.BinaryCrossEntropyWithLogits(z, y, weight, positive), x));
            Close.One(expected, value, 1e-12, "loss");
            Close.All(composed, gradient, 1e-12, "gradient");
        }
    }

    [Fact]
    public void Pieces_are_all_run_and_a_failure_is_told()
    {
        foreach (int threads in (int[])[1, 2, 5])
        {
            int[] runs = new int[100];
            ChunkLoop.Run(100, threads, i => Interlocked.Increment(ref runs[i]));
            Assert.All(runs, r => Assert.Equal(1, r));
        }

        Assert.Throws<AggregateException>(() => ChunkLoop.Run(10, 2, i => throw new InvalidOperationException($"{i}")));
        Assert.Equal(OperatingSystem.IsLinux(), OpenMp.IsAvailable);
    }
}
