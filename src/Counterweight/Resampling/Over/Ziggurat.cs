using System.Runtime.CompilerServices;

namespace Counterweight;

/// <summary>Normal random numbers, a few nanoseconds each.</summary>
/// <remarks>
/// Marsaglia and Tsang, 2000, "The Ziggurat Method for Generating Random Variables", with 128 layers and separate bits for layer and
/// place (Doornik, 2005, "An Improved Ziggurat Method to Generate Normal Random Samples", algorithm ZIGNOR).
/// </remarks>
internal static class Ziggurat
{
    private const int Layers = 128;
    private const double Right = 3.442619855899, Area = 9.91256303526217e-3;

    private static readonly double[] Widths = new double[Layers + 1], Ratios = new double[Layers];

    static Ziggurat()
    {
        double height = Math.Exp(-0.5 * Right * Right);
        (Widths[0], Widths[1]) = (Area / height, Right);
        for (int i = 2; i < Layers; i++)
        {
            Widths[i] = Math.Sqrt(-2 * Math.Log(Area / Widths[i - 1] + height));
            height = Math.Exp(-0.5 * Widths[i] * Widths[i]);
        }

        for (int i = 0; i < Layers; i++) Ratios[i] = Widths[i + 1] / Widths[i];
    }

    /// <summary>Numbers with mean 0 and variance 1.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal static void Fill(Span<double> target, ref SeededRandom random)
    {
        // The generator and the tables in locals: nearly every number takes a few operations on them and no call.
        SeededRandom own = random;
        ReadOnlySpan<double> widths = Widths, ratios = Ratios;
        for (int i = 0; i < target.Length; i++)
        {
            ulong bits = own.NextUInt64();
            int layer = (int)(bits & (Layers - 1));
            double u = (bits >> 11) * (2.0 / (1UL << 53)) - 1, x = u * widths[layer];
            if (Math.Abs(u) >= ratios[layer])
            {
                SeededRandom rest = own;
                x = Rest(ref rest, layer, u, x);
                own = rest;
            }

            target[i] = x;
        }

        random = own;
    }

    /// <summary>A number that the first bits do not settle.</summary>
    private static double Rest(ref SeededRandom random, int layer, double u, double x)
    {
        while (true)
        {
            if (layer == 0) return Tail(ref random, u < 0);
            double outer = Math.Exp(-0.5 * (Widths[layer] * Widths[layer] - x * x)), inner = Math.Exp(-0.5 * (Widths[layer + 1] * Widths[layer + 1] - x * x));
            if (inner + random.NextDouble() * (outer - inner) < 1) return x;
            ulong bits = random.NextUInt64();
            layer = (int)(bits & (Layers - 1));
            u = (bits >> 11) * (2.0 / (1UL << 53)) - 1;
            x = u * Widths[layer];
            if (Math.Abs(u) < Ratios[layer]) return x;
        }
    }

    private static double Tail(ref SeededRandom random, bool negative)
    {
        double x, y;
        do
        {
            x = Math.Log(random.NextPositiveDouble()) / Right;
            y = Math.Log(random.NextPositiveDouble());
        }
        while (-2 * y < x * x);
        return negative ? x - Right : Right - x;
    }
}
