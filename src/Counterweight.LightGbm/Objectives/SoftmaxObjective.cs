using System.Numerics;
using System.Numerics.Tensors;
using System.Runtime.CompilerServices;

namespace Counterweight.LightGbm;

/// <summary>
/// The family of losses w_y (1 - p_y)^gamma (-log p_y) with p = softmax(F + a + b_y e_y): cross entropy with class weights w (class-balanced), focusing
/// gamma (focal), offsets a per class (logit-adjusted) and a shift b_y of the true class (LDAM).
/// </summary>
/// <remarks>
/// <para>With l = log p_y and q = 1 - p_y the loss is phi(l); its first derivative by F_k is G (delta_ky - p_k) and its second
/// H (delta_ky - p_k)^2 - G p_k (1 - p_k), where G = phi'(l) = gamma p_y q^(gamma-1) l - q^gamma and
/// H = phi''(l) = gamma p_y q^(gamma-1) (l + 2 - (gamma - 1) p_y l / q).</para>
/// <para>The second term is never negative (G is not above 0, and -log p_y is convex); the first is where a badly missed row of a focal loss lies in a concave
/// part. For boosting, a second derivative below half of the second term is replaced by that half, which keeps the step along the gradient and bounded.</para>
/// <para>Two classes have one score F, the difference of the two. With K scores LightGBM's own softmax multiplies the second derivatives by K / (K - 1),
/// because the scores are determined up to a constant only (Friedman 2001, eq. 34); so do these, except where exact ones are asked for.</para>
/// </remarks>
internal sealed class SoftmaxObjective : IBoostingObjective
{
    private readonly double gamma;
    private readonly double[] classWeights, offsets, shifts, initial;
    private readonly bool plain;

    internal SoftmaxObjective(string name, double gamma, double[] classWeights, double[] offsets, double[] shifts, ReadOnlySpan<double> prior)
    {
        (Name, this.gamma, this.classWeights, this.offsets, this.shifts) = (name, gamma, classWeights, offsets, shifts);
        int classes = classWeights.Length;
        plain = Array.TrueForAll(shifts, s => s == 0);
        double[] start = new double[classes];
        double total = 0;
        for (int c = 0; c < classes; c++) total += classWeights[c] * prior[c];
        for (int c = 0; c < classes; c++) start[c] = Math.Log(classWeights[c] * prior[c] / total) - offsets[c];
        initial = classes == 2 ? [start[1] - start[0]] : start;
    }

    public string Name { get; }

    public BoostingLink Link => Outputs == 1 ? BoostingLink.Sigmoid : BoostingLink.Softmax;

    public int Outputs => initial.Length;

    public IReadOnlyList<double> InitialScores => initial;

    public void Derivatives(in BoostingBlock block)
    {
        if (Outputs == 1) BinaryDerivatives(block);
        else MulticlassDerivatives(block);
    }

    public double Loss(in BoostingBlock block)
    {
        int classes = classWeights.Length;
        double sum = 0;
        Span<double> z = classes <= 64 ? stackalloc double[classes] : new double[classes];
        for (int i = 0; i < block.Count; i++)
        {
            int y = (int)block.Labels[i];
            double others = 0, log;
            if (Outputs == 1)
            {
                double margin = (y == 1 ? 1 : -1) * (block.Scores(0)[i] + offsets[1] - offsets[0]) + shifts[y];
                log = Math.Min(margin, 0) - LogOnePlus(Math.Exp(-Math.Abs(margin)));
                others = 1 / (1 + Math.Exp(margin));
            }
            else
            {
                double largest = double.NegativeInfinity, all = 0;
                for (int k = 0; k < classes; k++)
                {
                    z[k] = block.Scores(k)[i] + offsets[k] + (k == y ? shifts[k] : 0);
                    largest = Math.Max(largest, z[k]);
                }

                for (int k = 0; k < classes; k++)
                {
                    double e = Math.Exp(z[k] - largest);
                    all += e;
                    if (k != y) others += e;
                }

                log = others < 0.5 * all ? -LogOnePlus(others / (all - others)) : z[y] - largest - Math.Log(all);
                others /= all;
            }

            double loss = classWeights[y] * (gamma == 0 ? 1 : Math.Pow(others, gamma)) * -log;
            sum += block.Weights.IsEmpty ? loss : loss * block.Weights[i];
        }

        return sum;
    }

    private static double LogOnePlus(double x) => x < 1e-5 ? x - x * x / 2 + x * x * x / 3 : Math.Log(1 + x);

    private void BinaryDerivatives(in BoostingBlock block)
    {
        ReadOnlySpan<double> scores = block.Scores(0);
        ReadOnlySpan<float> labels = block.Labels, weights = block.Weights;
        Span<float> gradients = block.Gradients(0), hessians = block.Hessians(0);
        var offset = new Vector<double>(offsets[1] - offsets[0]);
        var rule = new BinaryRule(gamma, block.IsExact);
        Vector<double> w0 = new(classWeights[0]), w1 = new(classWeights[1]), s0 = new(shifts[0]), s1 = new(shifts[1]);
        int width = Vector<float>.Count, half = Vector<double>.Count, i = 0;
        for (; i <= scores.Length - width; i += width)
        {
            Vector.Widen(new Vector<float>(labels[i..]), out Vector<double> y0, out Vector<double> y1);
            Vector<double> u0 = new(scores[i..]), u1 = new(scores[(i + half)..]), v0 = Vector<double>.One, v1 = v0;
            if (!weights.IsEmpty) Vector.Widen(new Vector<float>(weights[i..]), out v0, out v1);
            Row(y0, u0 + offset, v0, rule, w0, w1, s0, s1, out Vector<double> g0, out Vector<double> h0);
            Row(y1, u1 + offset, v1, rule, w0, w1, s0, s1, out Vector<double> g1, out Vector<double> h1);
            Vector.Narrow(g0, g1).CopyTo(gradients[i..]);
            Vector.Narrow(h0, h1).CopyTo(hessians[i..]);
        }

        for (; i < scores.Length; i++)
        {
            Vector<double> weight = new(weights.IsEmpty ? 1 : weights[i]);
            Row(new(labels[i]), new Vector<double>(scores[i]) + offset, weight, rule, w0, w1, s0, s1, out Vector<double> g, out Vector<double> h);
            (gradients[i], hessians[i]) = ((float)g[0], (float)h[0]);
        }
    }

    private static void Row(
        Vector<double> label, Vector<double> score, Vector<double> weight, in BinaryRule rule,
        Vector<double> w0, Vector<double> w1, Vector<double> s0, Vector<double> s1, out Vector<double> gradient, out Vector<double> hessian)
    {
        Vector<long> positive = Vector.GreaterThan(label, new Vector<double>(0.5));
        Vector<double> sign = Vector.ConditionalSelect(positive, Vector<double>.One, new(-1.0));
        rule.Apply(sign * score + Vector.ConditionalSelect(positive, s1, s0), out Vector<double> g, out Vector<double> h);
        weight *= Vector.ConditionalSelect(positive, w1, w0);
        gradient = sign * g * weight;
        hessian = h * weight;
    }

    [ThreadStatic] private static double[]? scratch;

    private void MulticlassDerivatives(in BoostingBlock block)
    {
        int classes = Outputs, rows = block.Count;
        if (scratch is null || scratch.Length < (classes + 5) * rows) scratch = new double[(classes + 5) * rows];
        Span<double> p = scratch.AsSpan(0, classes * rows), largest = scratch.AsSpan(classes * rows, rows), sum = scratch.AsSpan((classes + 1) * rows, rows);
        Span<double> own = scratch.AsSpan((classes + 2) * rows, rows), first = scratch.AsSpan((classes + 3) * rows, rows),
            second = scratch.AsSpan((classes + 4) * rows, rows);
        ReadOnlySpan<float> labels = block.Labels;

        // p becomes exp(z - max z); sum is over the classes that are not the row's own, so that 1 - p_y keeps its digits.
        largest.Fill(double.NegativeInfinity);
        for (int k = 0; k < classes; k++) TensorPrimitives.Add(block.Scores(k), offsets[k], p.Slice(k * rows, rows));
        if (!plain)
            for (int i = 0; i < rows; i++) p[(int)labels[i] * rows + i] += shifts[(int)labels[i]];
        for (int k = 0; k < classes; k++) TensorPrimitives.Max(largest, p.Slice(k * rows, rows), largest);
        for (int k = 0; k < classes; k++)
        {
            Span<double> z = p.Slice(k * rows, rows);
            TensorPrimitives.Subtract(z, largest, z);
            TensorPrimitives.Exp(z, z);
        }

        for (int i = 0; i < rows; i++)
        {
            ref double e = ref p[(int)labels[i] * rows + i];
            own[i] = e;
            e = 0;
        }

        sum.Clear();
        for (int k = 0; k < classes; k++) TensorPrimitives.Add(sum, p.Slice(k * rows, rows), sum);
        for (int i = 0; i < rows; i++) largest[i] = classWeights[(int)labels[i]];
        if (!block.Weights.IsEmpty)
            for (int i = 0; i < rows; i++) largest[i] *= block.Weights[i];
        Span<double> weight = largest;
        FirstAndSecond(sum, own, first, second);

        // sum is now 1 / (sum of all), first is G and second is H, own is q: see the remarks.
        bool exact = block.IsExact;
        double scale = exact ? 1 : classes / (classes - 1.0);
        for (int k = 0; k < classes; k++)
        {
            Span<float> gradients = block.Gradients(k), hessians = block.Hessians(k);
            ReadOnlySpan<double> e = p.Slice(k * rows, rows);
            int i = 0, width = Vector<float>.Count, half = Vector<double>.Count;
            var factor = new Vector<double>(scale);
            for (; i <= rows - width; i += width)
            {
                Others(i, e, sum, first, second, weight, factor, exact, out Vector<double> g0, out Vector<double> h0);
                Others(i + half, e, sum, first, second, weight, factor, exact, out Vector<double> g1, out Vector<double> h1);
                Vector.Narrow(g0, g1).CopyTo(gradients[i..]);
                Vector.Narrow(h0, h1).CopyTo(hessians[i..]);
            }

            for (; i < rows; i++)
            {
                double pk = e[i] * sum[i], spread = pk * (1 - pk), least = exact ? double.NegativeInfinity : -0.5 * first[i] * spread;
                gradients[i] = (float)(-first[i] * pk * weight[i]);
                hessians[i] = (float)(Math.Max(second[i] * pk * pk - first[i] * spread, least) * weight[i] * scale);
            }
        }

        for (int i = 0; i < rows; i++)
        {
            int y = (int)labels[i];
            double q = own[i], spread = q * (1 - q), least = exact ? double.NegativeInfinity : -0.5 * first[i] * spread;
            block.Gradients(y)[i] = (float)(first[i] * q * weight[i]);
            block.Hessians(y)[i] = (float)(Math.Max(second[i] * q * q - first[i] * spread, least) * weight[i] * scale);
        }
    }

    private static void Others(
        int i, ReadOnlySpan<double> e, ReadOnlySpan<double> sum, ReadOnlySpan<double> first, ReadOnlySpan<double> second, ReadOnlySpan<double> weight,
        Vector<double> scale, bool exact, out Vector<double> gradient, out Vector<double> hessian)
    {
        Vector<double> p = new Vector<double>(e[i..]) * new Vector<double>(sum[i..]), g = new(first[i..]), w = new(weight[i..]);
        Vector<double> convex = -g * p * (Vector<double>.One - p);
        gradient = -g * p * w;
        hessian = new Vector<double>(second[i..]) * p * p + convex;
        if (!exact) hessian = Vector.Max(hessian, convex * 0.5);
        hessian *= w * scale;
    }

    /// <summary>From exp of the others (sum) and of the own class (own): sum becomes the factor that turns exps into probabilities, own becomes q.</summary>
    private void FirstAndSecond(Span<double> sum, Span<double> own, Span<double> first, Span<double> second)
    {
        int i = 0;
        var one = Vector<double>.One;
        for (; i <= sum.Length - Vector<double>.Count; i += Vector<double>.Count)
        {
            Vector<double> mine = new(own[i..]), others = new(sum[i..]), norm = one / (mine + others);
            norm.CopyTo(sum[i..]);
            (others * norm).CopyTo(own[i..]);
            Focus.Apply(gamma, mine * norm, others * norm, out Vector<double> g, out Vector<double> h);
            g.CopyTo(first[i..]);
            h.CopyTo(second[i..]);
        }

        for (; i < sum.Length; i++)
        {
            double norm = 1 / (own[i] + sum[i]);
            Focus.Apply(gamma, new(own[i] * norm), new(sum[i] * norm), out Vector<double> g, out Vector<double> h);
            (own[i], sum[i], first[i], second[i]) = (sum[i] * norm, norm, g[0], h[0]);
        }
    }
}

/// <summary>G and H of the remarks of <see cref="SoftmaxObjective"/>, for gamma of 0 or more.</summary>
internal static class Focus
{
    internal static void Apply(double gamma, Vector<double> p, Vector<double> q, out Vector<double> first, out Vector<double> second)
    {
        if (gamma == 0) (first, second) = (new(-1.0), Vector<double>.Zero);
        else Apply(gamma, p, q, Vector.Log(Vector.Max(p, new Vector<double>(1e-300))), out first, out second);
    }

    /// <summary>The same where the logarithm of p is at hand.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static void Apply(double gamma, Vector<double> p, Vector<double> q, Vector<double> log, out Vector<double> first, out Vector<double> second)
    {
        // log p = log(1 - q), by its series where q is small.
        Vector<double> series = -q * (Vector<double>.One + (q * (new Vector<double>(0.5) + (q * (1.0 / 3)))));
        log = Vector.ConditionalSelect(Vector.LessThan(q, new Vector<double>(1e-5)), series, log);
        if (gamma == 0) (first, second) = (new(-1.0), Vector<double>.Zero);
        else if (gamma == 1) (first, second) = ((p * log) - q, p * (log + new Vector<double>(2)));
        else if (gamma >= 2)
        {
            Vector<double> low = Power(q, gamma - 2), power = low * q;
            first = (gamma * p * power * log) - (power * q);
            second = gamma * p * ((power * (log + new Vector<double>(2))) - ((gamma - 1) * p * low * log));
        }
        else
        {
            // log p / q stays near -1 where q^(gamma - 2) grows without bound.
            Vector<double> safe = Vector.Max(q, new Vector<double>(1e-300)), ratio = log / safe, power = Power(safe, gamma - 1);
            first = (gamma * p * power * log) - (power * q);
            second = gamma * p * power * (log + new Vector<double>(2) - ((gamma - 1) * p * ratio));
        }
    }

    internal static Vector<double> Power(Vector<double> x, double exponent) => exponent switch
    {
        0 => Vector<double>.One,
        1 => x,
        2 => x * x,
        3 => x * x * x,
        4 => x * x * (x * x),
        _ => Vector.Exp(exponent * Vector.Log(Vector.Max(x, new Vector<double>(1e-300)))),
    };
}

/// <summary>The derivatives of phi(log sigmoid(u)) by u for one vector of margins u.</summary>
internal readonly struct BinaryRule(double gamma, bool exact)
{
    internal void Apply(Vector<double> u, out Vector<double> gradient, out Vector<double> hessian)
    {
        Vector<double> one = Vector<double>.One, e = Vector.Exp(-Vector.Abs(u)), near = one / (one + e), far = e * near;
        Vector<long> right = Vector.GreaterThan(u, Vector<double>.Zero);
        Vector<double> p = Vector.ConditionalSelect(right, near, far), q = Vector.ConditionalSelect(right, far, near);
        if (gamma == 0)
        {
            (gradient, hessian) = (-q, p * q);
            return;
        }

        Vector<double> log = Vector.Min(u, Vector<double>.Zero) - Vector.Log(one + e);
        Focus.Apply(gamma, p, q, log, out Vector<double> first, out Vector<double> second);
        Vector<double> convex = -first * p * q;
        gradient = first * q;
        hessian = second * q * q + convex;
        if (!exact) hessian = Vector.Max(hessian, convex * 0.5);
    }
}
