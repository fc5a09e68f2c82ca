namespace Counterweight;

/// <summary>
/// What a shift of the learned prior does to recalls when every two classes are equally well separable: K Gaussian classes of equal variance, their
/// means at equal distances, decided by Bayes' rule.
/// </summary>
/// <remarks>
/// With means mu e_k the score of class k is mu x_k + log prior_k, and the area under the ROC curve between two classes is Phi(mu). For two classes the recalls are closed
/// forms; for more they are averages over <see cref="Draws"/> drawn rows of each class, the same for every call, so that differences are those of the priors.
/// </remarks>
internal static class SeparabilityModel
{
    private const int Draws = 4000;
    private const int MostClasses = 200;

    /// <summary>The recall of each class under two priors.</summary>
    internal static (double[] Before, double[] After) Recalls(double[] prior, double[] shifted, double separability)
    {
        double mu = Distributions.NormalQuantile(separability);
        return prior.Length == 2 ? (Two(prior, mu), Two(shifted, mu)) : Many(prior, shifted, mu);
    }

    /// <summary>Two classes: x_1 - x_0 is normal with mean +-mu and variance 2, and the threshold is log(p_0 / p_1) / mu.</summary>
    private static double[] Two(double[] prior, double mu)
    {
        if (prior[0] == 0 || prior[1] == 0) return [prior[0] == 0 ? 0 : 1, prior[1] == 0 ? 0 : 1];
        double threshold = Math.Log(prior[0] / prior[1]) / mu;
        return [Distributions.NormalCdf((threshold + mu) / Math.Sqrt(2)), Distributions.NormalCdf((mu - threshold) / Math.Sqrt(2))];
    }

    private static (double[] Before, double[] After) Many(double[] prior, double[] shifted, double mu)
    {
        int classes = prior.Length;
        double[] before = new double[classes], after = new double[classes], x = new double[classes];
        double[] first = [.. prior.Select(p => Math.Log(p))], second = [.. shifted.Select(p => Math.Log(p))];
        int draws = classes <= MostClasses ? Draws : Math.Max(50, Draws * MostClasses / classes);
        for (int c = 0; c < classes; c++)
        {
            var random = new SeededRandom(20_260_101, c);
            for (int i = 0; i < draws; i++)
            {
                for (int k = 0; k < classes; k++) x[k] = mu * (random.NextGaussian() + (k == c ? mu : 0));
                if (Decided(x, first) == c) before[c] += 1.0 / draws;
                if (Decided(x, second) == c) after[c] += 1.0 / draws;
            }
        }

        return (before, after);
    }

    private static int Decided(double[] scores, double[] logPrior)
    {
        int best = 0;
        for (int k = 1; k < scores.Length; k++)
            if (scores[k] + logPrior[k] > scores[best] + logPrior[best]) best = k;
        return best;
    }
}
