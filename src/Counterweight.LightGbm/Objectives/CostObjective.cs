using System.Numerics;
using System.Numerics.Tensors;

namespace Counterweight.LightGbm;

/// <summary>The expected cost under softmax: sum_k C[y, k] p_k with p = softmax(F).</summary>
/// <remarks>
/// First derivative p_k (C[y, k] - L), second p_k (1 - 2 p_k) (C[y, k] - L), L being the row's expected cost. The loss is bounded and not convex: for
/// boosting, a second derivative below half of p_k (1 - p_k) |C[y, k] - L| is replaced by that. Two classes have one score, the difference of the two.
/// </remarks>
internal sealed class CostObjective : IBoostingObjective
{
    private readonly int classes;
    private readonly double[] costs, initial;

    internal CostObjective(string name, double[] costs, ReadOnlySpan<double> prior)
    {
        (Name, this.costs, classes) = (name, costs, prior.Length);
        double[] start = new double[classes];
        for (int c = 0; c < classes; c++) start[c] = Math.Log(prior[c]);
        initial = classes == 2 ? [start[1] - start[0]] : start;
    }

    public string Name { get; }

    public BoostingLink Link => Outputs == 1 ? BoostingLink.Sigmoid : BoostingLink.Softmax;

    public int Outputs => initial.Length;

    public IReadOnlyList<double> InitialScores => initial;

    public double Loss(in BoostingBlock block)
    {
        double total = 0;
        for (int i = 0; i < block.Count; i++)
        {
            ReadOnlySpan<double> cost = costs.AsSpan((int)block.Labels[i] * classes, classes);
            double loss;
            if (Outputs == 1) loss = cost[1] / (1 + Math.Exp(-block.Scores(0)[i])) + cost[0] / (1 + Math.Exp(block.Scores(0)[i]));
            else
            {
                double largest = double.NegativeInfinity, sum = 0, weighted = 0;
                for (int k = 0; k < classes; k++) largest = Math.Max(largest, block.Scores(k)[i]);
                for (int k = 0; k < classes; k++)
                {
                    double e = Math.Exp(block.Scores(k)[i] - largest);
                    sum += e;
                    weighted += e * cost[k];
                }

                loss = weighted / sum;
            }

            total += block.Weights.IsEmpty ? loss : loss * block.Weights[i];
        }

        return total;
    }

    public void Derivatives(in BoostingBlock block)
    {
        if (Outputs == 1) BinaryDerivatives(block);
        else MulticlassDerivatives(block);
    }

    private void BinaryDerivatives(in BoostingBlock block)
    {
        ReadOnlySpan<double> scores = block.Scores(0);
        ReadOnlySpan<float> labels = block.Labels, weights = block.Weights;
        Span<float> gradients = block.Gradients(0), hessians = block.Hessians(0);
        Vector<double> c0 = new(costs[1] - costs[0]), c1 = new(costs[3] - costs[2]);
        int i = 0, width = Vector<float>.Count, half = Vector<double>.Count;
        for (; i <= scores.Length - width; i += width)
        {
            Vector.Widen(new Vector<float>(labels[i..]), out Vector<double> y0, out Vector<double> y1);
            Vector<double> w0 = Vector<double>.One, w1 = w0;
            if (!weights.IsEmpty) Vector.Widen(new Vector<float>(weights[i..]), out w0, out w1);
            Row(new(scores[i..]), y0, w0, c0, c1, block.IsExact, out Vector<double> g0, out Vector<double> h0);
            Row(new(scores[(i + half)..]), y1, w1, c0, c1, block.IsExact, out Vector<double> g1, out Vector<double> h1);
            Vector.Narrow(g0, g1).CopyTo(gradients[i..]);
            Vector.Narrow(h0, h1).CopyTo(hessians[i..]);
        }

        for (; i < scores.Length; i++)
        {
            Row(new(scores[i]), new(labels[i]), new(weights.IsEmpty ? 1 : weights[i]), c0, c1, block.IsExact, out Vector<double> g, out Vector<double> h);
            (gradients[i], hessians[i]) = ((float)g[0], (float)h[0]);
        }
    }

    private static void Row(
        Vector<double> f, Vector<double> label, Vector<double> weight, Vector<double> c0, Vector<double> c1, bool exact, out Vector<double> gradient,
        out Vector<double> hessian)
    {
        Vector<double> one = Vector<double>.One, e = Vector.Exp(-Vector.Abs(f)), near = one / (one + e), spread = e * near * near;
        Vector<double> bias = Vector.ConditionalSelect(Vector.GreaterThan(f, Vector<double>.Zero), e - one, one - e) * near; // 1 - 2p
        gradient = spread * Vector.ConditionalSelect(Vector.GreaterThan(label, new(0.5)), c1, c0) * weight;
        hessian = gradient * bias;
        if (!exact) hessian = Vector.Max(hessian, 0.5 * Vector.Abs(gradient));
    }

    [ThreadStatic] private static double[]? scratch;

    private void MulticlassDerivatives(in BoostingBlock block)
    {
        int rows = block.Count;
        if (scratch is null || scratch.Length < (classes + 2) * rows) scratch = new double[(classes + 2) * rows];
        Span<double> p = scratch.AsSpan(0, classes * rows), largest = scratch.AsSpan(classes * rows, rows),
            expected = scratch.AsSpan((classes + 1) * rows, rows);
        ReadOnlySpan<float> labels = block.Labels;
        block.Scores(0).CopyTo(largest);
        for (int k = 1; k < classes; k++) TensorPrimitives.Max(largest, block.Scores(k), largest);
        expected.Clear();
        for (int k = 0; k < classes; k++)
        {
            Span<double> e = p.Slice(k * rows, rows);
            TensorPrimitives.Subtract(block.Scores(k), largest, e);
            TensorPrimitives.Exp(e, e);
            TensorPrimitives.Add(expected, e, expected);
        }

        for (int k = 0; k < classes; k++) TensorPrimitives.Divide(p.Slice(k * rows, rows), expected, p.Slice(k * rows, rows));
        expected.Clear();
        for (int k = 0; k < classes; k++)
            for (int i = 0; i < rows; i++) expected[i] += p[k * rows + i] * costs[(int)labels[i] * classes + k];
        bool exact = block.IsExact;
        double scale = exact ? 1 : classes / (classes - 1.0);
        for (int k = 0; k < classes; k++)
        {
            Span<float> gradients = block.Gradients(k), hessians = block.Hessians(k);
            ReadOnlySpan<double> probabilities = p.Slice(k * rows, rows);
            for (int i = 0; i < rows; i++)
            {
                double pk = probabilities[i], g = pk * (costs[(int)labels[i] * classes + k] - expected[i]) * (block.Weights.IsEmpty ? 1 : block.Weights[i]);
                double h = g * (1 - 2 * pk);
                gradients[i] = (float)g;
                hessians[i] = (float)(scale * (exact ? h : Math.Max(h, 0.5 * Math.Abs(g) * (1 - pk))));
            }
        }
    }
}
