using System.Globalization;

namespace Counterweight;

/// <summary>Probabilities that were rounded when they were written: their rows do not quite sum to one.</summary>
/// <remarks>
/// A number written with d decimals lies within u/2 of the true one, u = 10^-d. The K numbers of a row can have come from a row that sums to one if, and
/// only if, the sum of max(0, p - u/2) is at most one and the sum of p + u/2 at least one. d is the least number of decimals, one or more, with which every
/// value is written in full; values with more than four are not taken for rounded.
/// </remarks>
/// <example>
/// <code>
/// double[] rows = RoundedProbabilities.Renormalise([0.375, 0.208, 0.416], classes: 3);
/// double first = rows[0];   // 0.3753754: the row summed to 0.999
/// </code>
/// </example>
public static class RoundedProbabilities
{
    private const int FewestDecimals = 1, MostDecimals = 4;

    /// <summary>How far a row may be from summing to one that was not rounded.</summary>
    private const double Tolerance = 1e-3;

    /// <summary>Scales the rows that rounding took away from one; rows within 1e-5 of it stay as they are.</summary>
    /// <param name="probabilities">N x K values in 0..1, row-major.</param>
    /// <param name="classes">K, at least 2.</param>
    /// <returns>N x K probabilities.</returns>
    /// <exception cref="UnusableDataException">A value is no probability, or rounding does not explain the sum of a row; the message names the row.</exception>
    public static double[] Renormalise(ReadOnlySpan<double> probabilities, int classes)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(classes, 2);
        if (probabilities.Length % classes != 0)
            throw new ArgumentException($"{probabilities.Length} probabilities are no whole number of rows of {classes} classes.", nameof(probabilities));
        RowChecks.UnitInterval(probabilities, 0, classes);
        int decimals = Decimals(probabilities);
        double half = decimals == 0 ? 0 : 0.5 * Math.Pow(10, -decimals), slack = 1e-9 * classes;
        double[] rows = probabilities.ToArray();
        for (int start = 0; start < rows.Length; start += classes)
        {
            Span<double> row = rows.AsSpan(start, classes);
            double sum = 0, least = 0, most = 0;
            foreach (double p in row)
            {
                sum += p;
                least += Math.Max(0, p - half);
                most += p + half;
            }

            double off = Math.Abs(sum - 1);
            if (off <= Predictions.DefaultTolerance) continue;
            bool explained = off <= Tolerance || (half > 0 && least <= 1 + slack && most >= 1 - slack && sum > 0);
            if (!explained)
                throw new UnusableDataException(
                    string.Create(
                        CultureInfo.InvariantCulture,
                        $"The probabilities sum to {sum:0.######}, not to "
                        + $"one{(half > 0 ? $", and rounding to {decimals} decimals does not explain it" : "")}. ")
                    + "Give one probability per class, or raw outputs as such.", row: (start / classes) + 1L);
            if (half > 0)
                foreach (ref double p in row) p /= sum;
        }

        return rows;
    }

    /// <summary>The decimals with which every value is written in full; 0 if that takes more than four.</summary>
    private static int Decimals(ReadOnlySpan<double> values)
    {
        for (int decimals = FewestDecimals; decimals <= MostDecimals; decimals++)
        {
            double scale = Math.Pow(10, decimals);
            bool all = true;
            foreach (double value in values)
            {
                // Single precision keeps seven digits, so a rounded value is off by less than this there, too.
                if (Math.Abs((value * scale) - Math.Round(value * scale)) <= 1e-7 * scale) continue;
                all = false;
                break;
            }

            if (all) return decimals;
        }

        return 0;
    }
}
