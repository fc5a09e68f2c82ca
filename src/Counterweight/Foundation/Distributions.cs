namespace Counterweight;

/// <summary>The distribution functions that intervals and the H-measure need.</summary>
internal static class Distributions
{
    /// <summary>The standard normal distribution function, to about 1e-15 relative in the lower tail.</summary>
    internal static double NormalCdf(double x) => x <= 0 ? UpperTail(-x) : 1 - UpperTail(x);

    /// <summary>P(|Z| >= |z|) for a standard normal Z.</summary>
    internal static double TwoSided(double z) => Math.Min(1, 2 * UpperTail(Math.Abs(z)));

    /// <summary>The standard normal quantile: a start from Hastings (1955; Abramowitz and Stegun 26.2.23), made exact by Halley's steps.</summary>
    internal static double NormalQuantile(double probability)
    {
        if (!(probability >= 0 && probability <= 1))
            throw new ArgumentOutOfRangeException(nameof(probability), probability, "A probability lies in 0..1.");
        if (probability is 0 or 1) return probability == 0 ? double.NegativeInfinity : double.PositiveInfinity;
        if (probability > 0.5) return -NormalQuantile(1 - probability);
        double t = Math.Sqrt(-2 * Math.Log(probability));
        double x = -(t - (2.515517 + t * (0.802853 + t * 0.010328)) / (1 + t * (1.432788 + t * (0.189269 + t * 0.001308))));
        for (int step = 0; step < 4; step++)
        {
            double error = (UpperTail(-x) - probability) * Math.Sqrt(2 * Math.PI) * Math.Exp(x * x / 2);
            x -= error / (1 + x * error / 2);
        }

        return x;
    }

    /// <summary>
    /// The regularised incomplete beta function I_x(a, b), by its continued fraction (Abramowitz and Stegun 26.5.8) with the modified method of Lentz
    /// (1976).
    /// </summary>
    internal static double BetaCdf(double x, double a, double b)
    {
        if (x <= 0) return 0;
        if (x >= 1) return 1;
        if (x > (a + 1) / (a + b + 2)) return 1 - BetaCdf(1 - x, b, a);
        const double Tiny = 1e-300;
        double front = Math.Exp(LogGamma(a + b) - LogGamma(a) - LogGamma(b) + a * Math.Log(x) + b * Math.Log(1 - x)) / a;
        double c = 1, d = 1 - (a + b) * x / (a + 1);
        d = 1 / (Math.Abs(d) < Tiny ? Tiny : d);
        double fraction = d;
        for (int m = 1; m <= 10_000; m++)
        {
            double even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m));
            double odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1));
            double change = 1;
            foreach (double term in (ReadOnlySpan<double>)[even, odd])
            {
                d = 1 + term * d;
                d = 1 / (Math.Abs(d) < Tiny ? Tiny : d);
                c = 1 + term / c;
                if (Math.Abs(c) < Tiny) c = Tiny;
                change = c * d;
                fraction *= change;
            }

            if (Math.Abs(change - 1) < 1e-16) break;
        }

        return front * fraction;
    }

    /// <summary>log Gamma(x) for x > 0: Stirling's series (Abramowitz and Stegun 6.1.41) after raising x to 15 or more.</summary>
    internal static double LogGamma(double x)
    {
        double shift = 1;
        double logarithms = 0;
        while (x < 15)
        {
            shift *= x;
            x++;
            if (shift is > 1e200 or < 1e-200)
            {
                logarithms += Math.Log(shift);
                shift = 1;
            }
        }

        double inverse = 1 / (x * x);
        double series = (1 / 12.0 - inverse
            * (1 / 360.0 - inverse * (1 / 1260.0 - inverse * (1 / 1680.0 - inverse * (1 / 1188.0 - inverse * (691 / 360360.0)))))) / x;
        return (x - 0.5) * Math.Log(x) - x + 0.5 * Math.Log(2 * Math.PI) + series - Math.Log(shift) - logarithms;
    }

    /// <summary>P(Z >= x) for x >= 0: a series near 0, a continued fraction beyond (Abramowitz and Stegun 26.2.11 and 26.2.14).</summary>
    private static double UpperTail(double x)
    {
        if (x > 40) return 0;
        double density = Math.Exp(-x * x / 2) / Math.Sqrt(2 * Math.PI);
        if (x < 3)
        {
            double term = x, sum = x;
            for (int n = 1; term > sum * 1e-17; n++) sum += term *= x * x / (2 * n + 1);
            return 0.5 - density * sum;
        }

        double fraction = x;
        for (int n = 120; n > 0; n--) fraction = x + n / fraction;
        return density / fraction;
    }
}
