namespace Counterweight;

/// <summary>Random numbers of successes.</summary>
internal static class BinomialDraw
{
    /// <summary>
    /// The number of successes in <paramref name="trials"/> trials: by waiting times where few are expected (Devroye, 1986, section X.4.3), else by
    /// transformed rejection (Hormann, 1993, "The generation of binomial random variates", algorithm BTRS).
    /// </summary>
    internal static long Next(ref SeededRandom random, long trials, double probability)
    {
        if (trials == 0 || probability <= 0) return 0;
        if (probability >= 1) return trials;
        if (probability > 0.5) return trials - Next(ref random, trials, 1 - probability);
        return trials * probability < 10 ? Wait(ref random, trials, probability) : Reject(ref random, trials, probability);
    }

    private static long Wait(ref SeededRandom random, long trials, double probability)
    {
        double scale = 1 / Special.LogP1(-probability), at = 0;
        for (long successes = 0; ; successes++)
        {
            at += Math.Floor(Math.Log(random.NextPositiveDouble()) * scale) + 1;
            if (at > trials) return successes;
        }
    }

    private static long Reject(ref SeededRandom random, long n, double p)
    {
        double deviation = Math.Sqrt(n * p * (1 - p));
        double b = 1.15 + 2.53 * deviation, a = -0.0873 + 0.0248 * b + 0.01 * p, c = n * p + 0.5;
        double sure = 0.92 - 4.2 / b, odds = p / (1 - p), alpha = (2.83 + 5.1 / b) * deviation, mode = Math.Floor((n + 1) * p);
        while (true)
        {
            double u = random.NextDouble() - 0.5, v = random.NextPositiveDouble(), us = 0.5 - Math.Abs(u);
            double k = Math.Floor((2 * a / us + b) * u + c);
            if (us >= 0.07 && v <= sure) return (long)k;
            if (!(k >= 0 && k <= n)) continue;
            v = Math.Log(v * alpha / (a / (us * us) + b));
            double bound = (mode + 0.5) * Math.Log((mode + 1) / (odds * (n - mode + 1))) + (n + 1) * Math.Log((n - mode + 1) / (n - k + 1))
                + (k + 0.5) * Math.Log(odds * (n - k + 1) / (k + 1)) + Tail(mode) + Tail(n - mode) - Tail(k) - Tail(n - k);
            if (v <= bound) return (long)k;
        }
    }

    /// <summary>log k! less its approximation (k + 1/2) log(k + 1) - (k + 1) + log sqrt(2 pi).</summary>
    private static double Tail(double k)
    {
        if (k < 10) return Distributions.LogGamma(k + 1) - ((k + 0.5) * Math.Log(k + 1) - (k + 1) + 0.5 * Math.Log(2 * Math.PI));
        double next = k + 1, square = next * next;
        return (1 / 12.0 - (1 / 360.0 - 1 / 1260.0 / square) / square) / next;
    }
}
