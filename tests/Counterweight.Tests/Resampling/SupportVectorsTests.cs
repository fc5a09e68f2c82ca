using CsCheck;

namespace Counterweight.Tests.Resampling;

/// <summary>The support vector machine of SVM-SMOTE: its solutions satisfy the conditions of optimality.</summary>
public sealed class SupportVectorsTests
{
    private static (float[] Columns, bool[] Positive, double[] Values) Data(long seed, int rows, int columns)
    {
        (double[] values, int[] labels) = ResamplingData.Clouds(rows, columns, 2, 4, seed, spread: 1);
        var byColumn = new float[values.Length];
        for (int i = 0; i < rows; i++)
            for (int j = 0; j < columns; j++) byColumn[j * rows + i] = (float)values[i * columns + j];
        return (byColumn, [.. labels.Select(l => l == 1)], values);
    }

    [Fact]
    public void Solutions_satisfy_the_karush_kuhn_tucker_conditions() => Gen.Select(Gen.Long[0, 1000], Gen.Int[30, 200], Gen.Int[1, 6]).Sample(
        (seed, rows, columns) =>
        {
            (float[] byColumn, bool[] positive, double[] values) = Data(seed, rows, columns);
            if (positive.All(p => p) || !positive.Any(p => p)) return;
            const double gamma = 0.3, cost = 2;
            double[] beta = new SupportVectors(byColumn, rows, columns, columns, gamma, 0, 1).Solve(positive, cost);
            Assert.Equal(0, beta.Sum(), 1e-9);

            // F = y - K beta is the same (the bias) for rows inside the bounds, at most it where beta cannot grow further down, at least it at the other bound.
            double lowestShrinkable = double.PositiveInfinity, highestGrowable = double.NegativeInfinity;
            for (int i = 0; i < rows; i++)
            {
                double f = positive[i] ? 1 : -1;
                for (int s = 0; s < rows; s++)
                {
                    double squared = 0;
                    for (int j = 0; j < columns; j++) squared += Math.Pow(values[i * columns + j] - values[s * columns + j], 2);
                    f -= beta[s] * Math.Exp(-gamma * squared);
                }

                Assert.InRange(beta[i], positive[i] ? 0 : -cost, positive[i] ? cost : 0);
                if (beta[i] < (positive[i] ? cost : 0)) highestGrowable = Math.Max(highestGrowable, f);
                if (beta[i] > (positive[i] ? 0 : -cost)) lowestShrinkable = Math.Min(lowestShrinkable, f);
            }

            Assert.InRange(highestGrowable - lowestShrinkable, double.NegativeInfinity, 1e-3 + 1e-4);
        },
        iter: 20);

    [Fact]
    public void Two_rows_are_both_support_vectors()
    {
        // With two rows at distance 1 the dual is t - t^2 (1 - k), k = exp(-gamma): its maximum is at 1 / (1 - k), beyond the cost of 1.
        double[] beta = new SupportVectors([0, 1], 2, 1, 1, 1, 0, 1).Solve([true, false]);
        Assert.Equal([1, -1], beta);
        beta = new SupportVectors([0, 1], 2, 1, 1, 1, 0, 1).Solve([true, false], cost: 100);
        Assert.Equal(1 / (1 - Math.Exp(-1)), beta[0], 1e-3);
    }

    [Fact]
    public void Codes_count_as_equal_or_not()
    {
        // A numeric column without information and a code that separates the classes.
        float[] columns = [0, 0, 0, 0, 5, 5, 9, 9];
        double[] beta = new SupportVectors(columns, 4, 2, 1, 0.5, 2, 1).Solve([true, true, false, false], cost: 10);
        double k = Math.Exp(-1);
        Assert.Equal(1 / (1 - k), beta[0] + beta[1], 2e-3);
    }

    /// <summary>So many rows that some are left aside on the way.</summary>
    [Fact]
    public void Rows_left_aside_satisfy_the_conditions_too()
    {
        const int rows = 7000, columns = 4;
        const double gamma = 0.2, cost = 1;
        (float[] byColumn, bool[] positive, _) = Data(6, rows, columns);
        double[] beta = new SupportVectors(byColumn, rows, columns, columns, gamma, 0, 2).Solve(positive, cost);
        int[] vectors = [.. Enumerable.Range(0, rows).Where(r => beta[r] != 0)];
        Assert.InRange(vectors.Length, 100, rows / 2);
        Assert.Equal(0, beta.Sum(), 1e-8);
        var f = new double[rows];
        Parallel.For(0, rows, i =>
        {
            f[i] = positive[i] ? 1 : -1;
            foreach (int s in vectors)
            {
                double squared = 0;
                for (int j = 0; j < columns; j++) squared += Math.Pow((double)byColumn[(j * rows) + i] - byColumn[(j * rows) + s], 2);
                f[i] -= beta[s] * Math.Exp(-gamma * squared);
            }
        });
        double highest = Enumerable.Range(0, rows).Where(i => beta[i] < (positive[i] ? cost : 0)).Max(i => f[i]);
        double lowest = Enumerable.Range(0, rows).Where(i => beta[i] > (positive[i] ? 0 : -cost)).Min(i => f[i]);
        Assert.InRange(highest - lowest, double.NegativeInfinity, 1e-3 + 1e-4);
        Assert.Equal(beta, new SupportVectors(byColumn, rows, columns, columns, gamma, 0, 1).Solve(positive, cost));
    }

    [Fact]
    public void Every_thread_count_finds_the_same_support_vectors()
    {
        (float[] byColumn, bool[] positive, _) = Data(5, 3000, 4);
        double[] one = new SupportVectors(byColumn, 3000, 4, 4, 0.1, 0, 1).Solve(positive);
        Assert.Equal(one, new SupportVectors(byColumn, 3000, 4, 4, 0.1, 0, 3).Solve(positive));
        Assert.InRange(one.Count(b => b != 0), 10, 2999);
    }
}
