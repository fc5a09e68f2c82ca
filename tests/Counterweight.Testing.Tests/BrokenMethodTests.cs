using System.Numerics;
using Counterweight.Torch;
using TorchSharp;
using static TorchSharp.torch;

namespace Counterweight.Testing.Tests;

/// <summary>Methods with one fault each: the checks find it, and name it.</summary>
public sealed class BrokenMethodTests
{
    [Theory]
    [InlineData("forgets the order of threads", "number of threads")]
    [InlineData("changes the labels of copies", "another label")]
    [InlineData("loses the names of columns", "names or categories")]
    [InlineData("takes NaN", "row 18")]
    [InlineData("takes one class", "rows of one class")]
    public void A_broken_resampler_is_found(string fault, string says) =>
        Assert.Contains(says, Failure(ResamplerChecks.For(new Broken(fault))), StringComparison.Ordinal);

    [Fact]
    public void The_resampler_without_a_fault_passes() => MethodCheck.RunAll(ResamplerChecks.For(new Broken("")));

    [Fact]
    public void A_sampler_that_remembers_is_found() =>
        Assert.Contains("Any piece", Failure(SamplerChecks.For((labels, _, seed, _) => new Remembering(labels.Length, seed))), StringComparison.Ordinal);

    [Fact]
    public void A_decision_that_looks_at_other_rows_is_found() =>
        Assert.Contains("alone", Failure(DecisionChecks.For(new TopThird())), StringComparison.Ordinal);

    [Theory]
    [InlineData(false, "finite differences")]
    [InlineData(true, "BeginEpoch")]
    public void A_broken_loss_is_found(bool scheduled, string says) =>
        Assert.Contains(says, Failure(LossChecks.For(_ => new BrokenLoss(scheduled))), StringComparison.Ordinal);

    private static string Failure(IReadOnlyList<MethodCheck> checks) => Assert.Throws<CheckFailedException>(() => MethodCheck.RunAll(checks)).Message;

    /// <summary>Keeps as many rows of each class, the first ones, as the smallest has; with a fault if one is named.</summary>
    private sealed record Broken(string Fault) : IResampler
    {
        public ResamplingKind Kind => ResamplingKind.Under;

        public SamplingStrategy Strategy { get; private init; } = SamplingStrategy.Parse("not-minority");

        public bool SelectsRows => true;

        public IResampler WithStrategy(SamplingStrategy strategy) => this with { Strategy = strategy };

        public Resampled<T> Resample<T>(SampleMatrix<T> rows, ReadOnlySpan<int> labels, int classes, long seed = 0, int threads = 0)
            where T : unmanaged, IBinaryFloatingPointIeee754<T>
        {
            ArgumentOutOfRangeException.ThrowIfNegative(threads);
            if (labels.Length != rows.Rows) throw new ArgumentException($"There are {labels.Length} labels for {rows.Rows} rows.", nameof(labels));
            int[] counts = new int[classes];
            foreach (int label in labels)
            {
                if ((uint)label >= (uint)classes) throw new ArgumentException($"The label {label} is not in 0..{classes - 1}.", nameof(labels));
                counts[label]++;
            }

            if (Fault != "takes one class" && counts.Count(c => c > 0) < 2) throw new UnusableDataException("Resampling needs rows of two classes.");
            if (Fault != "takes NaN") rows.ThrowIfNotFinite();
            int smallest = counts.Where(c => c > 0).Min();
            var kept = new List<int>();
            int[] taken = new int[classes];
            for (int i = 0; i < labels.Length; i++)
                if (taken[labels[i]]++ < smallest) kept.Add(i);
            if (Fault == "forgets the order of threads" && threads == 2) kept.Reverse();
            var result = Resampled<T>.Select(rows, labels, [.. kept]);
            if (Fault == "changes the labels of copies") result.Labels[0] = (result.Labels[0] + 1) % classes;
            return Fault == "loses the names of columns" ? new(new(result.Rows.Values, rows.Columns), result.Labels, result.SourceRows) : result;
        }
    }

    private sealed class Remembering(long rows, long seed) : ISampler
    {
        private SeededRandom random = new(seed);

        public long Rows => rows;

        public long Length => rows;

        public void Fill(long epoch, long position, Span<long> destination, int threads = 0)
        {
            if (position == 0) random = new(seed, epoch);
            foreach (ref long row in destination) row = random.NextInt64(rows);
        }
    }

    /// <summary>Calls the third of the rows with the highest scores positive.</summary>
    private sealed class TopThird : IDecision
    {
        public int Classes => 2;

        public string Description => "the top third";

        public void Decide(ReadOnlySpan<double> probabilities, Span<int> decisions, int threads = 0)
        {
            double[] scores = new double[decisions.Length];
            for (int i = 0; i < scores.Length; i++) scores[i] = probabilities[(2 * i) + 1];
            double[] sorted = [.. scores.Order()];
            for (int i = 0; i < scores.Length; i++) decisions[i] = scores[i] > sorted[scores.Length * 2 / 3] ? 1 : 0;
        }
    }

    /// <summary>Cross entropy with half its gradient, or one that changes over the epochs and does not ask for them.</summary>
    private sealed class BrokenLoss(bool scheduled) : ClassificationLoss(nameof(BrokenLoss))
    {
        public override double SettledAfter => scheduled ? 1 : 0;

        public override Tensor forward(Tensor logits, Tensor target)
        {
            Tensor loss = Losses.CrossEntropy(logits, target);
            return scheduled ? loss : (loss + loss.detach()) / 2;
        }
    }
}
