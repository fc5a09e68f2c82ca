namespace Counterweight.Comparison;

/// <summary>One step of a search: so many configurations are judged on a part of the training rows, and the best of them go on.</summary>
/// <param name="Divisor">The training rows are 1 / Divisor of a fold's.</param>
/// <param name="Entering">How many configurations are judged.</param>
/// <param name="Leaving">How many of them go on.</param>
internal readonly record struct Rung(int Divisor, int Entering, int Leaving);

/// <summary>The schedule of a search by successive halving, and the rows of its rungs.</summary>
/// <remarks>
/// Jamieson and Talwalkar (2016), "Non-stochastic best arm identification and hyperparameter optimization", algorithm 1, with the factor 3 of Li and others
/// (2018), "Hyperband": each rung has three times the rows of the one before and a third of its configurations, so every rung costs the same.
/// </remarks>
internal static class Halving
{
    /// <summary>The factor between rungs.</summary>
    internal const int Factor = 3;

    /// <summary>The most configurations of one space that enter the comparison itself.</summary>
    internal const int MostFinalists = 3;

    /// <summary>The fewest training rows of a rung.</summary>
    internal const int FewestRows = 500;

    /// <summary>The fewest training rows of a rung per class.</summary>
    internal const int FewestRowsPerClass = 10;

    /// <summary>Rows of a class that are kept, if there are so many, as far as the rung has room.</summary>
    private const int RareRows = 50;

    /// <summary>How far the rows that rare classes keep beyond their share may exceed the rung's share.</summary>
    private const double Room = 0.1;

    /// <summary>The rungs for a number of configurations; the last may have all rows, in the first repeat only.</summary>
    internal static IReadOnlyList<Rung> Schedule(int configurations, int trainingRows, int classes, int repeats)
    {
        int fewest = Math.Max(FewestRows, FewestRowsPerClass * classes), wanted = 0, possible = 0;
        for (int n = configurations; n > 1; n = (n + Factor - 1) / Factor) wanted++;
        for (long rows = trainingRows / Factor; rows >= fewest; rows /= Factor) possible++;
        var rungs = new List<Rung>();
        int entering = configurations;
        for (int step = Math.Min(wanted, possible); step >= 1; step--) Add((int)Math.Pow(Factor, step));
        if (entering > 1 && repeats > 1) Add(1);
        if (rungs.Count > 0) rungs[^1] = rungs[^1] with { Leaving = Math.Min(rungs[^1].Leaving, MostFinalists) };
        return rungs;

        void Add(int divisor)
        {
            int leaving = (entering + Factor - 1) / Factor;
            rungs.Add(new Rung(divisor, entering, leaving));
            entering = leaving;
        }
    }

    /// <summary>How many rows of each class a rung has.</summary>
    /// <remarks>Every class its share; of rare classes more, up to <see cref="RareRows"/>, as long as the rung grows by a tenth at most; and never fewer than
    /// two.</remarks>
    internal static int[] Kept(ReadOnlySpan<int> counts, int divisor)
    {
        int[] own = counts.ToArray();
        long budget = (long)(own.Sum(n => (long)n) * (1 + Room) / divisor);
        for (int floor = RareRows; ; floor--)
        {
            int[] kept = [.. own.Select(n => Math.Max((int)Math.Round((double)n / divisor), Math.Min(n, floor)))];
            if (floor <= 2 || kept.Sum(k => (long)k) <= budget) return kept;
        }
    }

    /// <summary>A fold with a part of its training rows; those of a small part are in every larger one.</summary>
    internal static Fold Part(Fold fold, ReadOnlySpan<int> labels, int classes, int divisor, long seed)
    {
        if (divisor == 1) return fold;
        SeededRandom random = Streams.Rung(seed, fold);
        int[] counts = new int[classes];
        foreach (int row in fold.Train) counts[labels[row]]++;
        int[][] rows = [.. counts.Select(n => new int[n])];
        int[] at = new int[classes];
        foreach (int row in fold.Train) rows[labels[row]][at[labels[row]]++] = row;
        int[] kept = Kept(counts, divisor);
        var train = new List<int>(kept.Sum());
        for (int c = 0; c < classes; c++)
        {
            random.Shuffle<int>(rows[c]);
            train.AddRange(rows[c].AsSpan(0, kept[c]));
        }

        train.Sort();
        return fold with { Train = [.. train] };
    }
}
