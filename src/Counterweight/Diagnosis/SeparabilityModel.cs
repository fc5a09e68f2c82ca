namespace Counterweight;

/// <summary>
/// What a shift of the learned prior does to recalls when every two classes are equally well separable: K Gaussian classes of equal variance, their
/// means at equal distances, decided by Bayes' rule.
/// </summary>
/// <remarks>
/// With means mu e_k the score of class k is mu x_k + log prior_k, and the area under the ROC curve between two classes is Phi(mu). For two classes the
/// recalls are closed forms. For more, with s_k = log prior_k / mu, the recall of class k is the integral over t of phi(t - mu - s_k) times the product over
/// the other classes j of Phi(t - s_j): x_k + s_k stands at t and every other x_j + s_j below. The trapezoidal rule on <see cref="Step"/> is exact to rounding
/// for so smooth a function, and the product over all classes is shared by the classes.
/// </remarks>
internal static class SeparabilityModel
{
    private const double Step = 1 / 6.0, Reach = 9, Nothing = -800;

    /// <summary>The area under the ROC curve between two classes as the distance of their means.</summary>
    internal static double Distance(double separability) => Distributions.NormalQuantile(separability);

    /// <summary>The recall of each class, K values; 0 for a class whose prior is 0.</summary>
    /// <param name="prior">K shares that sum to one.</param>
    /// <param name="mu">The distance of the means.</param>
    internal static double[] Recalls(ReadOnlySpan<double> prior, double mu) => prior.Length == 2 ? Two(prior, mu) : Many(prior, mu);

    /// <summary>Two classes: x_1 - x_0 is normal with mean +-mu and variance 2, and the threshold is log(p_0 / p_1) / mu.</summary>
    private static double[] Two(ReadOnlySpan<double> prior, double mu)
    {
        if (prior[0] == 0 || prior[1] == 0) return [prior[0] == 0 ? 0 : 1, prior[1] == 0 ? 0 : 1];
        double threshold = Math.Log(prior[0] / prior[1]) / mu;
        return [Distributions.NormalCdf((threshold + mu) / Math.Sqrt(2)), Distributions.NormalCdf((mu - threshold) / Math.Sqrt(2))];
    }

    private static double[] Many(ReadOnlySpan<double> prior, double mu)
    {
        double[] shifts = new double[prior.Length], recalls = new double[prior.Length];
        for (int k = 0; k < shifts.Length; k++) shifts[k] = Math.Log(prior[k]) / mu;
        (double Shift, int Times)[] groups = [.. shifts.Where(double.IsFinite).CountBy(s => s).Select(g => (g.Key, g.Value)).OrderByDescending(g => g.Key)];
        var products = new Dictionary<long, double>();
        var known = new Dictionary<double, double> { [double.NegativeInfinity] = 0 };
        for (int k = 0; k < shifts.Length; k++)
            if (!known.TryGetValue(shifts[k], out recalls[k])) known[shifts[k]] = recalls[k] = Integral(shifts[k]);
        double Integral(double shift)
        {
            double mean = mu + shift, sum = 0;
            for (long i = (long)Math.Ceiling((mean - Reach) / Step); i * Step <= mean + Reach; i++)
            {
                double t = i * Step, z = t - mean;
                if (!products.TryGetValue(i, out double product)) products[i] = product = LogProduct(groups, t);
                sum += Math.Exp(product - LogCdf(t - shift) - 0.5 * z * z);
            }

            return Math.Min(1, sum * Step / Math.Sqrt(2 * Math.PI));
        }

        return recalls;
    }

    /// <summary>The logarithm of the product of Phi(t - s); the shifts are descending, so that factors of one and products of nothing end it.</summary>
    private static double LogProduct((double Shift, int Times)[] groups, double t)
    {
        double product = 0;
        foreach ((double shift, int times) in groups)
        {
            if (t - shift > Reach || product < Nothing) break;
            product += times * LogCdf(t - shift);
        }

        return product;
    }

    private static double LogCdf(double x) => x <= 0 ? Math.Log(Distributions.NormalCdf(x)) : Special.LogP1(-Distributions.NormalCdf(-x));
}
