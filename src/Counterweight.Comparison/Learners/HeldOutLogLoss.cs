using Counterweight.LightGbm;

namespace Counterweight.Comparison;

/// <summary>
/// The log loss of held-out rows as they are, for a model that was trained to other class shares: p_c is taken back to (p_c / f_c) / sum_k (p_k / f_k), where
/// f_c is the share of class c in training over its share among the rows.
/// </summary>
/// <remarks>
/// The correction of probabilities is that of Saerens, Latinne and Decaestecker (2002), "Adjusting the outputs of a classifier to new a priori probabilities",
/// Neural Computation 14, equation 2.4. Every held-out row counts the same (or its own weight), so that the figure rests on all of them and not on those of the
/// class that training weights most.
/// </remarks>
internal sealed class HeldOutLogLoss
{
    internal const string Name = "held-out log loss";

    private const double Least = 1e-15;
    private readonly double[] inverse;
    private readonly double[]? own;
    private readonly double total;
    private readonly LightGbmMachines? machines;

    /// <summary>Prepares.</summary>
    /// <param name="factors">f, K values.</param>
    /// <param name="own">What each held-out row counts; null for one each.</param>
    /// <param name="machines">The processes of whose rows these are a share; null where all are here.</param>
    internal HeldOutLogLoss(double[] factors, double[]? own, LightGbmMachines? machines = null)
    {
        inverse = Array.ConvertAll(factors, f => 1 / f);
        this.own = own;
        this.machines = machines;
        total = own?.Sum() ?? 0;
    }

    /// <summary>The loss for <see cref="LightGbmTraining.Evaluators"/>.</summary>
    /// <param name="raw">Whether the scores are raw ones of an own objective, and not probabilities.</param>
    internal LightGbmEvaluator Evaluator(bool raw) => new(Name, HigherIsBetter: false, (scores, labels, _) => Mean(scores, labels, raw));

    /// <summary>The mean loss.</summary>
    /// <param name="scores">N scores of class 1, or K times N, class by class.</param>
    /// <param name="labels">N labels.</param>
    /// <param name="raw">Whether the scores are raw.</param>
    internal double Mean(ReadOnlySpan<double> scores, ReadOnlySpan<float> labels, bool raw)
    {
        int n = labels.Length;
        double sum = 0;
        bool one = scores.Length == n;
        for (int i = 0; i < n; i++)
        {
            int label = (int)labels[i];
            double share = one ? OfTwo(scores[i], label, raw) : OfMany(scores, i, n, label, raw);
            sum -= (own?[i] ?? 1) * Math.Log(Math.Max(share, Least));
        }

        double[] both = [sum, own is null ? n : total];
        machines?.Sum(both);
        return both[0] / both[1];
    }

    private double OfTwo(double score, int label, bool raw)
    {
        double p = raw ? 1 / (1 + Math.Exp(-score)) : score, q = raw ? 1 / (1 + Math.Exp(score)) : 1 - score;
        p *= inverse[1];
        q *= inverse[0];
        return (label == 1 ? p : q) / (p + q);
    }

    private double OfMany(ReadOnlySpan<double> scores, int row, int n, int label, bool raw)
    {
        double most = 0;
        if (raw)
        {
            most = scores[row];
            for (int at = row + n; at < scores.Length; at += n) most = Math.Max(most, scores[at]);
        }

        double sum = 0, own = 0;
        for (int c = 0, at = row; c < inverse.Length; c++, at += n)
        {
            double p = inverse[c] * (raw ? Math.Exp(scores[at] - most) : scores[at]);
            sum += p;
            if (c == label) own = p;
        }

        return own / sum;
    }
}
