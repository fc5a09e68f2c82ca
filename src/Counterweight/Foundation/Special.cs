namespace Counterweight;

/// <summary>Elementary functions that keep their digits near the point where the plain form loses them.</summary>
internal static class Special
{
    /// <summary>exp(x) - 1 to full precision also for small x (Kahan's form of the quotient; Higham, 2002, section 1.14.1).</summary>
    internal static double ExpM1(double x)
    {
        if (Math.Abs(x) < 1e-5) return x * (1 + x / 2 * (1 + x / 3 * (1 + x / 4)));
        double u = Math.Exp(x);
        if (u == 1) return x;
        double minusOne = u - 1;
        return minusOne == -1 ? -1 : double.IsInfinity(u) ? u : minusOne * (x / Math.Log(u));
    }

    /// <summary>log(1 + x) to full precision also for small x (Goldberg, 1991, theorem 4).</summary>
    internal static double LogP1(double x)
    {
        double u = 1 + x;
        return u == 1 ? x : double.IsInfinity(u) ? u : Math.Log(u) * (x / (u - 1));
    }
}
