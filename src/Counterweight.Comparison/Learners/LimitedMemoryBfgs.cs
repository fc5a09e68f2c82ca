using System.Numerics.Tensors;

namespace Counterweight.Comparison;

/// <summary>Minimises a smooth function of many variables (L-BFGS; Nocedal and Wright, 2006, algorithm 7.5, with backtracking).</summary>
/// <remarks>
/// Where the function can tell its curvature, or a part of it, that is the initial matrix of the algorithm: with all of it the steps are Newton's, with the
/// diagonal blocks of a softmax columns may be correlated and classes of very different size without making steps short. It is taken anew after 2, 6, 14, ...
/// steps.
/// </remarks>
internal static class LimitedMemoryBfgs
{
    private const int Memory = 12;

    /// <summary>The end where the curvature is known: twice the value that is left to gain, by the model of the function, is below this share of the
    /// value.</summary>
    private const double LeastGain = 1e-10;

    /// <summary>Writes the gradient at a point and returns the value there.</summary>
    internal delegate double Objective(ReadOnlySpan<double> point, Span<double> gradient);

    /// <summary>The curvature at a point, or null where there is none to be had.</summary>
    internal delegate BlockCurvature? CurvatureAt(ReadOnlySpan<double> point);

    /// <summary>Moves a point to a minimum; stops when the largest gradient component is below the tolerance or progress ends.</summary>
    internal static void Minimise(
        Objective objective, Span<double> point, int iterations, double tolerance, CancellationToken cancellation, CurvatureAt? curvatureAt = null)
    {
        int n = point.Length, stored = 0, newest = -1, flat = 0;
        double[] gradient = new double[n], trial = new double[n], trialGradient = new double[n], direction = new double[n];
        double[][] steps = [.. Enumerable.Range(0, Memory).Select(_ => new double[n])], changes = [.. Enumerable.Range(0, Memory).Select(_ => new double[n])];
        double[] curvature = new double[Memory], alpha = new double[Memory];
        double value = objective(point, gradient);
        BlockCurvature? model = null;
        int refresh = 0;
        double[] solved = new double[curvatureAt is null ? 0 : n];
        for (int iteration = 0; iteration < iterations; iteration++)
        {
            cancellation.ThrowIfCancellationRequested();
            if (TensorPrimitives.MaxMagnitude<double>(gradient) is var largest && Math.Abs(largest) <= tolerance) return;
            if (iteration == refresh && curvatureAt is not null)
            {
                model = curvatureAt(point);
                refresh = (2 * refresh) + 2;
            }

            Direction();
            double slope = TensorPrimitives.Dot<double>(gradient, direction);
            if (model is not null && slope <= 0 && -slope <= LeastGain * Math.Max(1, Math.Abs(value))) return;
            if (slope >= 0)
            {
                (stored, newest) = (0, -1);
                TensorPrimitives.Negate<double>(gradient, direction);
                slope = -TensorPrimitives.SumOfSquares<double>(gradient);
            }

            double length = stored == 0 && model is null ? Math.Min(1, 1 / Math.Sqrt(TensorPrimitives.SumOfSquares<double>(gradient))) : 1, next = double.NaN;
            bool found = false;
            for (int halving = 0; halving < 30 && !found; halving++, length *= 0.5)
            {
                TensorPrimitives.MultiplyAdd<double>(direction, length, point, trial);
                next = objective(trial, trialGradient);
                if (next <= value + 1e-4 * length * slope)
                {
                    found = true;
                    break;
                }
            }

            if (!found)
            {
                // The model of the curvature led nowhere: once more along the gradient alone, then it is the end.
                if (stored == 0) return;
                (stored, newest, model) = (0, -1, null);
                continue;
            }

            int slot = (newest + 1) % Memory;
            TensorPrimitives.Subtract<double>(trial, point, steps[slot]);
            TensorPrimitives.Subtract<double>(trialGradient, gradient, changes[slot]);
            double product = TensorPrimitives.Dot<double>(steps[slot], changes[slot]);
            if (product > 1e-12 * TensorPrimitives.SumOfSquares<double>(changes[slot]))
            {
                curvature[slot] = 1 / product;
                newest = slot;
                stored = Math.Min(stored + 1, Memory);
            }

            bool stalled = value - next <= 1e-10 * Math.Max(1, Math.Abs(value));
            trial.CopyTo(point);
            (gradient, trialGradient, value) = (trialGradient, gradient, next);
            flat = stalled ? flat + 1 : 0;
            if (flat == 3) return;
        }

        void Direction()
        {
            TensorPrimitives.Negate<double>(gradient, direction);
            for (int k = 0; k < stored; k++)
            {
                int i = (newest - k + Memory) % Memory;
                alpha[i] = curvature[i] * TensorPrimitives.Dot<double>(steps[i], direction);
                TensorPrimitives.MultiplyAdd<double>(changes[i], -alpha[i], direction, direction);
            }

            if (model is not null)
            {
                model.Solve(direction);
                if (stored > 0)
                {
                    changes[newest].CopyTo(solved, 0);
                    model.Solve(solved);
                    TensorPrimitives.Multiply(direction, 1 / (curvature[newest] * TensorPrimitives.Dot<double>(changes[newest], solved)), direction);
                }
            }
            else if (stored > 0) TensorPrimitives.Multiply(
                direction, 1 / (curvature[newest] * TensorPrimitives.SumOfSquares<double>(changes[newest])), direction);

            for (int k = stored - 1; k >= 0; k--)
            {
                int i = (newest - k + Memory) % Memory;
                double beta = curvature[i] * TensorPrimitives.Dot<double>(changes[i], direction);
                TensorPrimitives.MultiplyAdd<double>(steps[i], alpha[i] - beta, direction, direction);
            }
        }
    }
}
