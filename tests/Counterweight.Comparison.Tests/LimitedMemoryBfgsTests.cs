using Counterweight.TestSupport;

namespace Counterweight.Comparison.Tests;

public sealed class LimitedMemoryBfgsTests
{
    [Fact]
    public void It_finds_the_minimum_of_rosenbrocks_function_and_of_a_badly_scaled_bowl()
    {
        double[] point = [-1.2, 1];
        LimitedMemoryBfgs.Minimise(
            (p, g) =>
            {
                double a = 1 - p[0], b = p[1] - (p[0] * p[0]);
                (g[0], g[1]) = ((-2 * a) - (400 * p[0] * b), 200 * b);
                return (a * a) + (100 * b * b);
            },
            point, 500, 1e-9, default);
        Close.All([1, 1], point, 1e-6, "rosenbrock");

        double[] bowl = [.. Enumerable.Range(0, 40).Select(i => Math.Sin(i) * 10)];
        LimitedMemoryBfgs.Minimise(
            (p, g) =>
            {
                double value = 0;
                for (int i = 0; i < p.Length; i++)
                {
                    double scale = Math.Pow(10, i % 5), distance = p[i] - i;
                    g[i] = scale * distance;
                    value += 0.5 * scale * distance * distance;
                }

                return value;
            },
            bowl, 500, 1e-8, default);
        Close.All([.. Enumerable.Range(0, 40).Select(i => (double)i)], bowl, 1e-6, "bowl");
    }
}
