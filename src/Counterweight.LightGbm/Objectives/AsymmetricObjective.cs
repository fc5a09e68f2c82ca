using System.Numerics;

namespace Counterweight.LightGbm;

/// <summary>
/// The asymmetric loss of Ridnik et al. (2021, eq. 4 to 7) on one sigmoid per output: (1-p)^g+ (-log p) where the output's class is the row's, else
/// p_m^g- (-log(1 - p_m)) with p_m = max(p - clip, 0).
/// </summary>
/// <remarks>
/// Two classes have one output, the probability of class 1. For boosting, a second derivative below half of its part that cannot be negative is replaced by
/// that half, as for the focal loss. A negative row with p below the clip has no gradient and no second derivative.
/// </remarks>
internal sealed class AsymmetricObjective : IBoostingObjective
{
    private readonly double positiveGamma, negativeGamma, clip;
    private readonly double[] initial;

    internal AsymmetricObjective(string name, double positiveGamma, double negativeGamma, double clip, ReadOnlySpan<double> prior)
    {
        (Name, this.positiveGamma, this.negativeGamma, this.clip) = (name, positiveGamma, negativeGamma, clip);
        if (prior.Length == 2) initial = [Math.Log(prior[1] / prior[0])];
        else
        {
            initial = new double[prior.Length];
            for (int c = 0; c < initial.Length; c++) initial[c] = Math.Log(prior[c] / (1 - prior[c]));
        }
    }

    public string Name { get; }

    public BoostingLink Link => Outputs == 1 ? BoostingLink.Sigmoid : BoostingLink.OneVersusRest;

    public int Outputs => initial.Length;

    public IReadOnlyList<double> InitialScores => initial;

    public void Derivatives(in BoostingBlock block)
    {
        for (int k = 0; k < Outputs; k++)
        {
            ReadOnlySpan<double> scores = block.Scores(k);
            ReadOnlySpan<float> labels = block.Labels, weights = block.Weights;
            Span<float> gradients = block.Gradients(k), hessians = block.Hessians(k);
            var own = new Vector<double>(Outputs == 1 ? 1 : k);
            int i = 0, width = Vector<float>.Count, half = Vector<double>.Count;
            for (; i <= scores.Length - width; i += width)
            {
                Vector.Widen(new Vector<float>(labels[i..]), out Vector<double> y0, out Vector<double> y1);
                Vector<double> w0 = Vector<double>.One, w1 = w0;
                if (!weights.IsEmpty) Vector.Widen(new Vector<float>(weights[i..]), out w0, out w1);
                Apply(new(scores[i..]), Vector.Equals(y0, own), block.IsExact, out Vector<double> g0, out Vector<double> h0);
                Apply(new(scores[(i + half)..]), Vector.Equals(y1, own), block.IsExact, out Vector<double> g1, out Vector<double> h1);
                Vector.Narrow(g0 * w0, g1 * w1).CopyTo(gradients[i..]);
                Vector.Narrow(h0 * w0, h1 * w1).CopyTo(hessians[i..]);
            }

            for (; i < scores.Length; i++)
            {
                double w = weights.IsEmpty ? 1 : weights[i];
                Apply(new(scores[i]), Vector.Equals(new Vector<double>(labels[i]), own), block.IsExact, out Vector<double> g, out Vector<double> h);
                (gradients[i], hessians[i]) = ((float)(g[0] * w), (float)(h[0] * w));
            }
        }
    }

    public double Loss(in BoostingBlock block)
    {
        double sum = 0;
        for (int k = 0; k < Outputs; k++)
        {
            ReadOnlySpan<double> scores = block.Scores(k);
            for (int i = 0; i < scores.Length; i++)
            {
                double p = 1 / (1 + Math.Exp(-scores[i])), q = 1 / (1 + Math.Exp(scores[i])), log = Math.Log(1 + Math.Exp(-Math.Abs(scores[i]))), loss;
                if (block.Labels[i] == (Outputs == 1 ? 1 : k)) loss = (positiveGamma == 0 ? 1 : Math.Pow(q, positiveGamma)) * (log + Math.Max(-scores[i], 0));
                else
                {
                    double shifted = Math.Max(p - clip, 0);
                    loss = shifted == 0 ? 0 : (negativeGamma == 0 ? 1 : Math.Pow(shifted, negativeGamma))
                        * (clip == 0 ? log + Math.Max(scores[i], 0) : -Math.Log(q + clip));
                }

                sum += block.Weights.IsEmpty ? loss : loss * block.Weights[i];
            }
        }

        return sum;
    }

    private void Apply(Vector<double> f, Vector<long> positive, bool exact, out Vector<double> gradient, out Vector<double> hessian)
    {
        Vector<double> one = Vector<double>.One, e = Vector.Exp(-Vector.Abs(f)), near = one / (one + e), far = e * near;
        Vector<long> right = Vector.GreaterThan(f, Vector<double>.Zero);
        Vector<double> p = Vector.ConditionalSelect(right, near, far), q = Vector.ConditionalSelect(right, far, near), spread = p * q;

        // A row is positive or negative, so that one logarithm does: of p, or of 1 - p_m = q + clip.
        Vector<double> rest = Vector.Max(q + new Vector<double>(clip), new(1e-150));
        Vector<double> logged = Vector.Log(Vector.ConditionalSelect(positive, Vector.Max(p, new(1e-300)), clip == 0 ? one + e : rest));
        Focus.Apply(positiveGamma, p, q, logged, out Vector<double> first, out Vector<double> second);
        Vector<double> convexPositive = -first * spread, gPositive = first * q, hPositive = second * q * q + convexPositive;

        // The negative part as a function of p_m: L = t A with t = p_m^gamma and A = -log(1 - p_m).
        Vector<double> tiny = new(1e-30), m = Vector.Max(p - new Vector<double>(clip), tiny), t = Focus.Power(m, negativeGamma), toM = one / m,
            toRest = one / rest;
        Vector<double> log = clip == 0 ? logged + Vector.Max(f, Vector<double>.Zero) : -logged;
        Vector<double> ratio = Vector.ConditionalSelect(Vector.LessThan(m, new(1e-5)), one + m * 0.5, log * toM);
        Vector<double> slope = t * ((negativeGamma * ratio) + toRest);
        Vector<double> bend = t * ((negativeGamma * toM * (((negativeGamma - 1) * ratio) + (toRest + toRest))) + (toRest * toRest));
        Vector<double> convexNegative = slope * q * spread, gNegative = slope * spread, hNegative = bend * spread * spread + slope * spread * (q - p);
        Vector<long> clipped = Vector.LessThanOrEqual(p, new Vector<double>(clip));
        gNegative = Vector.ConditionalSelect(clipped, Vector<double>.Zero, gNegative);
        hNegative = Vector.ConditionalSelect(clipped, Vector<double>.Zero, hNegative);
        convexNegative = Vector.ConditionalSelect(clipped, Vector<double>.Zero, convexNegative);

        gradient = Vector.ConditionalSelect(positive, gPositive, gNegative);
        hessian = Vector.ConditionalSelect(positive, hPositive, hNegative);
        if (!exact) hessian = Vector.Max(hessian, 0.5 * Vector.ConditionalSelect(positive, convexPositive, convexNegative));
    }
}
