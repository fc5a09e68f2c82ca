using Counterweight.Torch;
using TorchSharp;
using static TorchSharp.torch;

namespace Counterweight.Testing;

/// <summary>What every loss has to do.</summary>
/// <example>
/// <code>
/// MethodCheck.RunAll(LossChecks.For(counts => new SquaredRootLoss(counts)));
/// </code>
/// </example>
public static class LossChecks
{
    private static readonly ClassCounts Counts = ClassCounts.From([50, 20, 5, 1]);

    /// <summary>The checks of a loss.</summary>
    /// <param name="factory">Makes the loss for class counts.</param>
    /// <param name="hasConstantFactors">Whether a part of the loss counts as constant for the gradient, so that the gradient is not that of the value.</param>
    public static IReadOnlyList<MethodCheck> For(LossFactory factory, bool hasConstantFactors = false)
    {
        ArgumentNullException.ThrowIfNull(factory);
        var list = new Checklist();
        if (!hasConstantFactors)
            Add("The gradient is that of finite differences", (v, loss) =>
            {
                loss.eval();
                (double[] values, Tensor target) = Batch(9);
                double[] gradient = Gradient(loss, values, target);
                for (int i = 0; i < values.Length; i++)
                {
                    const double step = 1e-5;
                    double[] up = [.. values], down = [.. values];
                    (up[i], down[i]) = (up[i] + step, down[i] - step);
                    double expected = (Value(loss, up, target) - Value(loss, down, target)) / (2 * step);
                    v.Ask(Math.Abs(expected - gradient[i]) <= 1e-5 * Math.Max(1, Math.Abs(expected)),
                        $"the gradient by logit {i % 4} of row {i / 4} is {gradient[i]}, and finite differences give {expected}.");
                }
            });
        Add("Extreme logits give a finite loss and gradient", (v, loss) =>
        {
            double[] values = [120, -120, 0, 0, -120, 120, 0, 0, 120, 120, 120, 120, -120, -120, -120, -120, 0, 0, 0, 120, 0, 0, 0, -120];
            Tensor target = torch.tensor([0L, 0, 1, 2, 3, 3]);
            v.Ask(double.IsFinite(Value(loss, values, target)), $"the loss is {Value(loss, values, target)}.");
            foreach (double slope in Gradient(loss, values, target)) v.Ask(double.IsFinite(slope), $"the gradient has {slope}.");
        });
        Add("Ignored rows change nothing, and a batch of them alone has a loss of zero without gradient", (v, loss) =>
        {
            loss.eval();
            (double[] values, Tensor target) = Batch(12);
            Tensor masked = torch.tensor([.. target.data<long>().ToArray().Select((y, i) => i < 8 ? y : Losses.Ignored)]),
                first = torch.tensor([.. target.data<long>().ToArray().Take(8)]), none = torch.tensor([.. Enumerable.Repeat(Losses.Ignored, 12)]);
            double without = Value(loss, values[..32], first), with = Value(loss, values, masked), zero = Value(loss, values, none);
            v.Ask(Math.Abs(without - with) <= 1e-9 * Math.Max(1, Math.Abs(without)), $"eight rows have a loss of {without}, with four ignored ones {with}.");
            v.Ask(zero == 0, $"ignored rows alone have a loss of {zero}.");
            foreach (double slope in Gradient(loss, values, none)) v.Ask(slope == 0, $"ignored rows alone have a gradient with {slope}.");
        });
        Add("Probabilities sum to one", (v, loss) =>
        {
            Tensor sums = loss.Probabilities(Logits(Batch(7).Values)).sum(1);
            foreach (double sum in sums.data<double>().ToArray()) v.Ask(Math.Abs(sum - 1) < 1e-9, $"the probabilities of a row sum to {sum}.");
        });
        Add("Targets that do not fit are refused", (v, loss) =>
        {
            (double[] values, _) = Batch(5);
            v.Throws<ArgumentException>(() => Call(loss, Logits(values), torch.tensor([0L, 1, 2, 3, 4])), "the target 4 of four classes");
            v.Throws<ArgumentException>(() => Call(loss, Logits(values), torch.tensor([0L, 1, 2])), "three targets for five rows");
        });
        list.Add("A loss with a schedule refuses to work before it knows the epoch", v =>
        {
            using var scope = NewDisposeScope();
            using ClassificationLoss loss = factory(Counts);
            (double[] values, Tensor target) = Batch(6);
            if (loss.SettledAfter == 0) Value(loss, values, target);
            else v.Throws<InvalidOperationException>(() => Value(loss, values, target), "a batch before BeginEpoch (call ThrowIfNotBegun in forward)");
        });
        return list.All;

        void Add(string name, Action<Verdict, ClassificationLoss> run) => list.Add(name, v =>
        {
            using var scope = NewDisposeScope();
            using ClassificationLoss loss = factory(Counts);
            loss.BeginEpoch(9, 10);
            run(v, loss);
        });
    }

    private static (double[] Values, Tensor Target) Batch(int rows)
    {
        var random = new SeededRandom(rows);
        double[] values = new double[rows * 4];
        foreach (ref double value in values.AsSpan()) value = 1.5 * random.NextGaussian();
        long[] target = new long[rows];
        for (int i = 0; i < rows; i++) target[i] = i < 4 ? i : random.NextInt32(4);
        return (values, torch.tensor(target));
    }

    private static Tensor Logits(double[] values) => torch.tensor(values).reshape(-1, 4);

    private static Tensor Call(ClassificationLoss loss, Tensor logits, Tensor target)
    {
        if (loss.NeedsFeatures)
        {
            // Features are no function of the logits here: finite differences move these alone.
            double[] features = new double[logits.numel()];
            for (int i = 0; i < features.Length; i++) features[i] = 1 + (i % 3);
            loss.UseFeatures(torch.tensor(features).reshape(-1, 4));
        }

        return loss.call(logits, target);
    }

    private static double Value(ClassificationLoss loss, double[] values, Tensor target)
    {
        using var scope = NewDisposeScope();
        return Call(loss, Logits(values), target).sum().item<double>();
    }

    private static double[] Gradient(ClassificationLoss loss, double[] values, Tensor target)
    {
        using var scope = NewDisposeScope();
        Tensor logits = Logits(values).requires_grad_();
        Call(loss, logits, target).sum().backward();
        return logits.grad is { } gradient ? gradient.data<double>().ToArray() : new double[values.Length];
    }
}
