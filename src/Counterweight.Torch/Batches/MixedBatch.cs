using TorchSharp;
using static TorchSharp.torch;

namespace Counterweight.Torch;

/// <summary>A batch of mixed rows: inputs, and for each row its share of each class.</summary>
/// <param name="Inputs">The mixed inputs, of the shape and type of the inputs.</param>
/// <param name="Target">(N, K) shares that sum to one; a target of <see cref="Losses.CrossEntropy"/>.</param>
public readonly record struct MixedBatch(Tensor Inputs, Tensor Target);

/// <summary>Batches of mixtures of rows.</summary>
/// <remarks>The random draws are a function of the seed and of the number of the batch alone.</remarks>
/// <example>
/// <code>
/// MixedBatch batch = BatchMixing.Remix(x, y, counts, seed: 0, batch: step);
/// Losses.CrossEntropy(model.call(batch.Inputs), batch.Target, reduction: Reduction.BatchMean).backward();
/// </code>
/// </example>
public static class BatchMixing
{
    /// <summary>Mixup: x = l x_i + (1 - l) x_j and the same of the labels, l from Beta(alpha, alpha), j a permutation of the batch (Zhang and others, 2018,
    /// equation 2).</summary>
    /// <param name="inputs">(N, ...), floating point.</param>
    /// <param name="target">Class indices (N).</param>
    /// <param name="classes">K.</param>
    /// <param name="alpha">The parameter of the Beta distribution, above 0.</param>
    /// <param name="seed">The seed.</param>
    /// <param name="batch">The number of the batch.</param>
    public static MixedBatch Mixup(Tensor inputs, Tensor target, int classes, double alpha = 1, long seed = 0, long batch = 0)
    {
        Check(inputs, target, classes);
        var random = new SeededRandom(seed, batch);
        double share = Beta(ref random, alpha, alpha);
        using var scope = NewDisposeScope();
        Tensor order = Permutation(ref random, target), labels = OneHot(target, classes, inputs);
        return Out(Mix(inputs, inputs.index_select(0, order), share), Mix(labels, labels.index_select(0, order), share));
    }

    /// <summary>
    /// Remix: mixup whose labels go wholly to the rarer class where the pair's counts differ by a factor of <paramref name="kappa"/> or more and that class
    /// has less than <paramref name="tau"/> of the inputs' mixture against it (Chou and others, 2020, equation 3).
    /// </summary>
    /// <param name="inputs">(N, ...), floating point.</param>
    /// <param name="target">Class indices (N).</param>
    /// <param name="counts">The class counts of the training rows.</param>
    /// <param name="alpha">The parameter of the Beta distribution, above 0.</param>
    /// <param name="kappa">The ratio of counts from which on labels are moved, 1 or more.</param>
    /// <param name="tau">The share below which the frequent class loses its label, in [0, 1].</param>
    /// <param name="seed">The seed.</param>
    /// <param name="batch">The number of the batch.</param>
    public static MixedBatch Remix(
        Tensor inputs, Tensor target, ClassCounts counts, double alpha = 1, double kappa = 3, double tau = 0.5, long seed = 0, long batch = 0)
    {
        ArgumentNullException.ThrowIfNull(counts);
        Arguments.InRange(kappa, 1, double.PositiveInfinity, nameof(kappa));
        Arguments.InRange(tau, 0, 1, nameof(tau));
        Check(inputs, target, counts.Classes);
        var random = new SeededRandom(seed, batch);
        double share = Beta(ref random, alpha, alpha);
        using var scope = NewDisposeScope();
        Tensor order = Permutation(ref random, target), labels = OneHot(target, counts.Classes, inputs), classes = target.to(ScalarType.Int64);
        Tensor n = torch.tensor([.. counts.AsSpan().ToArray().Select(c => (double)c)], device: inputs.device);
        Tensor mine = n.index_select(0, classes), theirs = n.index_select(0, classes.index_select(0, order));
        Tensor labelShare = torch.ones_like(mine).Times(share);
        if (share < tau) labelShare = labelShare.Masked(mine.ge(theirs.Times(kappa)), 0);
        if (1 - share < tau) labelShare = labelShare.Masked(mine.Times(kappa).le(theirs), 1);
        labelShare = labelShare.to(inputs.dtype).unsqueeze(1);
        return Out(Mix(inputs, inputs.index_select(0, order), share), (labels * labelShare).Sum(labels.index_select(0, order) * labelShare.From(1)));
    }

    /// <summary>Balanced mixup: (1 - l) of a batch drawn row by row and l of a batch drawn class by class, l from Beta(alpha, 1) (Galdran and others, 2021,
    /// equation 3).</summary>
    /// <param name="inputs">(N, ...), rows drawn as they are.</param>
    /// <param name="target">Their class indices (N).</param>
    /// <param name="balancedInputs">(N, ...), rows drawn class-balanced.</param>
    /// <param name="balancedTarget">Their class indices (N).</param>
    /// <param name="classes">K.</param>
    /// <param name="alpha">The parameter of the Beta distribution, above 0; small keeps close to the rows as they are.</param>
    /// <param name="seed">The seed.</param>
    /// <param name="batch">The number of the batch.</param>
    public static MixedBatch BalancedMixup(
        Tensor inputs, Tensor target, Tensor balancedInputs, Tensor balancedTarget, int classes, double alpha = 0.2, long seed = 0, long batch = 0)
    {
        Check(inputs, target, classes);
        Check(balancedInputs, balancedTarget, classes);
        if (!inputs.shape.AsSpan().SequenceEqual(balancedInputs.shape))
            throw new ArgumentException($"The batches have the shapes {Arguments.Shape(inputs)} and {Arguments.Shape(balancedInputs)}; they have to be equal.",
                nameof(balancedInputs));
        var random = new SeededRandom(seed, batch);
        double share = Beta(ref random, alpha, 1);
        using var scope = NewDisposeScope();
        return Out(Mix(balancedInputs, inputs, share), Mix(OneHot(balancedTarget, classes, inputs), OneHot(target, classes, inputs), share));
    }

    /// <summary>A draw from Beta(a, b) by two gamma draws (Marsaglia and Tsang, 2000), in logarithms so that small parameters do not underflow.</summary>
    internal static double Beta(ref SeededRandom random, double a, double b)
    {
        if (!(a > 0 && double.IsFinite(a))) throw new ArgumentOutOfRangeException(nameof(a), a, "The parameter of the Beta distribution is a number above 0.");
        double x = LogGamma(ref random, a), y = LogGamma(ref random, b);
        return 1 / (1 + Math.Exp(y - x));
    }

    private static double LogGamma(ref SeededRandom random, double shape)
    {
        if (shape < 1) return LogGamma(ref random, shape + 1) + (Math.Log(random.NextPositiveDouble()) / shape);
        double d = shape - (1.0 / 3), c = 1 / Math.Sqrt(9 * d);
        while (true)
        {
            double normal = random.NextGaussian(), v = 1 + (c * normal);
            if (v <= 0) continue;
            v = v * v * v;
            if (Math.Log(random.NextPositiveDouble()) < (normal * normal / 2) + (d * (1 - v + Math.Log(v)))) return Math.Log(d * v);
        }
    }

    private static Tensor Permutation(ref SeededRandom random, Tensor target)
    {
        long[] order = [.. Enumerable.Range(0, (int)target.numel()).Select(i => (long)i)];
        random.Shuffle<long>(order);
        return torch.tensor(order, device: target.device);
    }

    /// <summary>share x + (1 - share) y.</summary>
    private static Tensor Mix(Tensor x, Tensor y, double share) => x.Times(share).Sum(y.Times(1 - share));

    private static Tensor OneHot(Tensor target, int classes, Tensor like) => nn.functional.one_hot(target.to(ScalarType.Int64), classes).to(like.dtype);

    private static MixedBatch Out(Tensor inputs, Tensor target) => new(inputs.MoveToOuterDisposeScope(), target.MoveToOuterDisposeScope());

    private static void Check(Tensor inputs, Tensor target, int classes)
    {
        Arguments.FloatingPoint(inputs, nameof(inputs));
        ArgumentNullException.ThrowIfNull(target);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(classes);
        Arguments.SameDevice(inputs, target, nameof(target));
        if (inputs.ndim == 0 || target.ndim != 1 || inputs.shape[0] != target.shape[0])
            throw new ArgumentException($"A target of shape {Arguments.Shape(target)} does not fit inputs of shape {Arguments.Shape(inputs)}; give (N) "
                + $"class indices for (N, ...).", nameof(target));
        using Tensor flat = target.to(ScalarType.Int64).contiguous();
        if (flat.device_type == DeviceType.CPU) Arguments.Scan(flat, classes, long.MinValue, null, inputs);
    }
}

/// <summary>
/// M2m: makes rows of rare classes by moving rows of frequent ones until a model that is trained already takes them for the rare class (Kim, Jeong and Shin,
/// 2020, algorithm 1).
/// </summary>
/// <remarks>
/// A row of class k of a class-balanced batch is replaced with probability 1 - n_k / n_max. Its seed is a row of the batch whose class k0 has more rows,
/// chosen with weight 1 - beta^(n_k0 - n_k). The seed x moves by steps of normalised gradients of L(g; x, k) + lambda f_k0(x), and is kept if g gives class k
/// a probability of gamma or more; otherwise the row stays as it was.
/// </remarks>
/// <example>
/// <code>
/// var translation = new MinorityTranslation(counts, seed: 0);
/// Tensor inputs = translation.Translate(x, y, trained: g, current: f, batch: step);
/// Losses.CrossEntropy(f.call(inputs), y).backward();
/// </code>
/// </example>
public sealed class MinorityTranslation
{
    private readonly ClassCounts counts;
    private readonly long seed;

    /// <summary>Creates the recipe.</summary>
    /// <param name="counts">The class counts of the training rows; none zero.</param>
    /// <param name="steps">How many steps a seed moves, 1 or more.</param>
    /// <param name="stepSize">The length of a step in the units of the inputs, above 0.</param>
    /// <param name="lambda">How strongly the current model should let go of the seed's class, 0 or more.</param>
    /// <param name="gamma">The probability that the trained model has to give the rare class, in [0, 1].</param>
    /// <param name="beta">How much more rows the seed's class should have, in [0, 1).</param>
    /// <param name="minimum">The smallest value of an input; none if null.</param>
    /// <param name="maximum">The largest value of an input; none if null.</param>
    /// <param name="seed">The seed of the random draws.</param>
    public MinorityTranslation(
        ClassCounts counts, int steps = 10, double stepSize = 0.1, double lambda = 0.5, double gamma = 0.9, double beta = 0.999, double? minimum = null,
        double? maximum = null, long seed = 0)
    {
        Arguments.NoneEmpty(counts);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(steps);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(stepSize);
        Arguments.InRange(lambda, 0, double.PositiveInfinity, nameof(lambda));
        Arguments.InRange(gamma, 0, 1, nameof(gamma));
        Arguments.InRange(beta, 0, 1, nameof(beta), maximumExcluded: true);
        (this.counts, Steps, StepSize, Lambda, Gamma, Beta, Minimum, Maximum, this.seed) = (
            counts, steps, stepSize, lambda, gamma, beta, minimum, maximum, seed);
    }

    /// <summary>How many steps a seed moves.</summary>
    public int Steps { get; }

    /// <summary>The length of a step.</summary>
    public double StepSize { get; }

    /// <summary>How strongly the current model should let go of the seed's class.</summary>
    public double Lambda { get; }

    /// <summary>The probability that the trained model has to give the rare class.</summary>
    public double Gamma { get; }

    /// <summary>How much more rows the seed's class should have.</summary>
    public double Beta { get; }

    /// <summary>The smallest value of an input.</summary>
    public double? Minimum { get; }

    /// <summary>The largest value of an input.</summary>
    public double? Maximum { get; }

    /// <summary>Replaces rows of rare classes in a batch by translated ones.</summary>
    /// <param name="inputs">(N, ...), a batch drawn class by class.</param>
    /// <param name="target">Class indices (N); they stay right.</param>
    /// <param name="trained">g: inputs to logits (N, K), trained already; its parameters get no gradient.</param>
    /// <param name="current">f: inputs to logits (N, K), in training; its parameters get no gradient.</param>
    /// <param name="batch">The number of the batch; the random draws are a function of it and the seed.</param>
    /// <returns>(N, ...), without a graph.</returns>
    /// <exception cref="ArgumentException">Shapes, types or targets that do not fit.</exception>
    public Tensor Translate(Tensor inputs, Tensor target, Func<Tensor, Tensor> trained, Func<Tensor, Tensor> current, long batch = 0)
    {
        ArgumentNullException.ThrowIfNull(trained);
        ArgumentNullException.ThrowIfNull(current);
        Arguments.FloatingPoint(inputs, nameof(inputs));
        ArgumentNullException.ThrowIfNull(target);
        if (inputs.ndim == 0 || target.ndim != 1 || inputs.shape[0] != target.shape[0])
            throw new ArgumentException($"A target of shape {Arguments.Shape(target)} does not fit inputs of shape {Arguments.Shape(inputs)}; give (N) "
                + $"class indices for (N, ...).", nameof(target));
        using var scope = NewDisposeScope();
        Tensor indices = target.to(ScalarType.Int64).cpu().contiguous();
        Arguments.Scan(indices, counts.Classes, long.MinValue, null, inputs);
        (long[] rows, long[] seeds) = Pairs(indices.data<long>().ToArray(), batch);
        if (rows.Length == 0) return inputs.detach().clone().MoveToOuterDisposeScope();

        Tensor place = torch.tensor(rows, device: inputs.device), from = torch.tensor(seeds, device: inputs.device);
        Tensor wanted = target.to(ScalarType.Int64).index_select(0, place), old = target.to(ScalarType.Int64).index_select(0, from),
            x = inputs.detach().index_select(0, from);
        for (int step = 0; step < Steps; step++) x = Step(x, wanted, old, trained, current);
        using (no_grad())
        {
            Tensor accepted = nn.functional.softmax(trained(x), 1).gather(1, wanted.unsqueeze(1)).squeeze(1).IsAtLeast(Gamma);
            Tensor kept = accepted.nonzero().reshape(-1), result = inputs.detach().clone();
            result.index_copy_(0, place.index_select(0, kept), x.index_select(0, kept));
            return result.MoveToOuterDisposeScope();
        }
    }

    private Tensor Step(Tensor from, Tensor wanted, Tensor old, Func<Tensor, Tensor> trained, Func<Tensor, Tensor> current)
    {
        using var scope = NewDisposeScope();
        using var on = enable_grad();
        Tensor x = from.detach().requires_grad_();
        Tensor objective = nn.functional.cross_entropy(trained(x), wanted, reduction: nn.Reduction.Sum)
            .Sum(current(x).gather(1, old.unsqueeze(1)).sum().Times(Lambda));
        Tensor gradient = autograd.grad([objective], [x])[0].reshape(x.shape[0], -1);
        Tensor direction = (gradient / gradient.norm(1, keepdim: true).AtLeast(1e-12)).reshape(x.shape), moved = x.detach().Sum(direction.Times(-StepSize));
        if (Minimum is { } minimum) moved = moved.AtLeast(minimum);
        if (Maximum is { } maximum) moved = moved.AtMost(maximum);
        return moved.detach().MoveToOuterDisposeScope();
    }

    private (long[] Rows, long[] Seeds) Pairs(long[] target, long batch)
    {
        var random = new SeededRandom(seed, batch);
        List<long> rows = [], seeds = [];
        double largest = 0;
        foreach (long count in counts.AsSpan()) largest = Math.Max(largest, count);
        double[] weights = new double[target.Length];
        for (int i = 0; i < target.Length; i++)
        {
            long mine = counts[(int)target[i]];
            double replace = random.NextDouble(), choice = random.NextDouble(), sum = 0;
            if (replace < mine / largest) continue;
            for (int j = 0; j < target.Length; j++) sum += weights[j] = 1 - Math.Pow(Beta, Math.Max(0, counts[(int)target[j]] - mine));
            if (sum == 0) continue;
            double passed = 0;
            for (int j = 0; j < target.Length; j++)
            {
                passed += weights[j];
                if (weights[j] == 0 || passed < choice * sum) continue;
                rows.Add(i);
                seeds.Add(j);
                break;
            }
        }

        return ([.. rows], [.. seeds]);
    }
}
