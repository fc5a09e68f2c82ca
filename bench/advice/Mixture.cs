using Counterweight.Data;

namespace Counterweight.Advice;

/// <summary>A Gaussian mixture of known densities: one spherical cluster per class, exponentially falling class sizes, some labels flipped.</summary>
/// <param name="Classes">K.</param>
/// <param name="Rows">Training rows.</param>
/// <param name="Ratio">The largest class over the smallest.</param>
/// <param name="Dimensions">Features.</param>
/// <param name="Distance">The radius of the sphere that the class means lie on.</param>
/// <param name="Noise">The share of labels replaced by a random class.</param>
/// <param name="Seed">The seed.</param>
internal sealed record Mixture(int Classes, int Rows, double Ratio, int Dimensions, double Distance, double Noise, long Seed)
{
    private const int LeastRows = 12;

    /// <summary>The first of the seeds that are judged; 1 is the first of development.</summary>
    internal const int FirstSeed = 11;

    internal string Name => $"K={Classes} n={Rows} ratio={Ratio} d={Dimensions} r={Distance} noise={Noise} seed={Seed}";

    /// <summary>
    /// The sets of a cut. The rules of the recommendation were chosen on the seeds 1 to 3; those here were not looked at before.
    /// </summary>
    internal static IEnumerable<Mixture> Sets(string cut, int first = FirstSeed)
    {
        (int[] classes, int[] rows, double[] ratios, int seeds) = cut switch
        {
            "ci" => ((int[])[2, 4], (int[])[500], (double[])[20, 100], 2),
            "small" => ([2, 4], [500, 3000], [2, 20, 100], 2),
            "full" => ([2, 4, 10, 50], [500, 3000, 20_000, 200_000], [2, 10, 100, 1000], 2),
            _ => throw new ArgumentException($"There is no cut {cut}; there are ci, small and full."),
        };
        // Seed by seed and the small before the large, so that a run that is cut short has seen a bit of everything.
        for (int seed = first; seed < first + seeds; seed++)
            foreach (int n in rows)
                foreach (int k in classes)
                    foreach (double ratio in ratios)
                        foreach (double noise in (double[])[0, 0.1])
                            if (Wanted(k, n, ratio, noise)) yield return new Mixture(k, n, ratio, k == 2 ? 5 : 10, k == 2 ? 1.0 : 2.0, noise, seed);
    }

    /// <summary>Enough rows for so many classes; many classes and many rows, which take many minutes each, at some ratios only, so that a full run ends within
    /// two hours on two processors.</summary>
    private static bool Wanted(int k, int n, double ratio, double noise) =>
        (k <= 4 || k * LeastRows * 4 <= n) && (k < 10 || noise == 0) && (k < 50 || ratio == 10 || (ratio == 100 && n < 20_000))
        && (n < 200_000 || (k == 2 && ratio is 10 or 1000 && noise == 0));

    /// <summary>The class shares: falling by a constant factor from class to class.</summary>
    internal double[] Shares()
    {
        double[] shares = [.. Enumerable.Range(0, Classes).Select(c => Math.Pow(Ratio, -(double)c / (Classes - 1)))];
        double sum = shares.Sum();
        return [.. shares.Select(s => s / sum)];
    }

    /// <summary>Rows to train on: every class has a few.</summary>
    internal Dataset Train() => Draw([.. Shares().Select(s => Math.Max(LeastRows, (int)Math.Round(s * Rows)))], 1);

    /// <summary>Fresh rows of the same distribution, many enough that their sampling error is small.</summary>
    internal Dataset Fresh()
    {
        const int fresh = 60_000, least = 400;
        return Draw([.. Shares().Select(s => Math.Max(least, (int)Math.Round(s * fresh)))], 2);
    }

    private Dataset Draw(int[] counts, long stream)
    {
        var means = new SeededRandom(Seed, 77);
        double[,] centres = new double[Classes, Dimensions];
        for (int c = 0; c < Classes; c++)
        {
            double length = 0;
            for (int d = 0; d < Dimensions; d++) length += Math.Pow(centres[c, d] = means.NextGaussian(), 2);
            for (int d = 0; d < Dimensions; d++) centres[c, d] *= Distance / Math.Sqrt(length);
        }

        var random = new SeededRandom(Seed, stream);
        int n = counts.Sum();
        int[] labels = new int[n];
        double[][] columns = [.. Enumerable.Range(0, Dimensions).Select(_ => new double[n])];
        int row = 0;
        for (int c = 0; c < Classes; c++)
            for (int i = 0; i < counts[c]; i++, row++)
            {
                labels[row] = random.NextDouble() < Noise ? random.NextInt32(Classes) : c;
                for (int d = 0; d < Dimensions; d++) columns[d][row] = centres[c, d] + random.NextGaussian();
            }

        return new Dataset(Name, "class", labels, [.. Enumerable.Range(0, Classes).Select(c => $"c{c:000}")],
            [.. columns.Select((v, d) => (Column)new NumericColumn($"x{d}", v))]);
    }
}
