using System.Numerics.Tensors;

namespace Counterweight.Comparison;

/// <summary>A smooth convex function that can multiply its curvature with a direction.</summary>
internal interface ICurvedFunction
{
    /// <summary>Writes the gradient at a point and returns the value there.</summary>
    double Evaluate(double[] point, double[] gradient);

    /// <summary>Writes the curvature of the point evaluated last times a direction.</summary>
    void Multiply(double[] direction, double[] product);

    /// <summary>Writes the diagonal of that curvature.</summary>
    void Diagonal(double[] diagonal);
}

/// <summary>
/// Minimises a function of very many variables by Newton's steps that are solved for only as far as they help, by conjugate gradients scaled by the diagonal
/// (Dembo and Steihaug, 1983; Nocedal and Wright, 2006, algorithm 7.1). It keeps seven vectors, where L-BFGS keeps two dozen.
/// </summary>
internal static class TruncatedNewton
{
    private const int MostSteps = 50, MostProducts = 30;

    /// <summary>The end: twice the value that is left to gain, by the model of the function, is below this share of the value.</summary>
    private const double LeastGain = 1e-5;

    /// <summary>The end, too: a step has gained less than this share of the value. Near the minimum a step leaves a small part of what it gained.</summary>
    private const double LeastStep = 2e-4;

    /// <summary>Moves a point to the minimum.</summary>
    internal static void Minimise(ICurvedFunction function, double[] point, CancellationToken cancellation)
    {
        int n = point.Length;
        double[] gradient = new double[n], trial = new double[n], direction = new double[n], residual = new double[n], conjugate = new double[n],
            product = new double[n], scale = new double[n];
        double value = function.Evaluate(point, gradient), start = Math.Sqrt(TensorPrimitives.SumOfSquares<double>(gradient));
        for (int step = 0; step < MostSteps; step++)
        {
            cancellation.ThrowIfCancellationRequested();
            double size = Math.Sqrt(TensorPrimitives.SumOfSquares<double>(gradient));
            if (!(size > 0)) return;
            function.Diagonal(scale);
            TensorPrimitives.Divide(1.0, scale, scale);
            Solve(Math.Min(0.3, Math.Sqrt(size / start)) * size);
            double slope = TensorPrimitives.Dot<double>(gradient, direction);
            if (-slope <= LeastGain * Math.Max(0.01, Math.Abs(value))) return;
            double length = 1, next = double.NaN;
            bool found = false;
            for (int halving = 0; halving < 30 && !found; halving++, length *= 0.5)
            {
                TensorPrimitives.MultiplyAdd(direction, length, point, trial);
                next = function.Evaluate(trial, product);
                found = next <= value + (1e-4 * length * slope);
            }

            if (!found) return;
            trial.CopyTo(point, 0);
            product.CopyTo(gradient, 0);
            bool flat = value - next <= LeastStep * Math.Abs(next);
            value = next;
            if (flat) return;
        }

        // residual = -gradient - curvature x direction, by conjugate gradients.
        void Solve(double enough)
        {
            Array.Clear(direction);
            TensorPrimitives.Negate<double>(gradient, residual);
            TensorPrimitives.Multiply<double>(residual, scale, conjugate);
            double along = TensorPrimitives.Dot<double>(residual, conjugate);
            for (int k = 0; k < MostProducts; k++)
            {
                cancellation.ThrowIfCancellationRequested();
                function.Multiply(conjugate, product);
                double curvature = TensorPrimitives.Dot<double>(conjugate, product);
                if (!(curvature > 0)) return;
                double length = along / curvature;
                TensorPrimitives.MultiplyAdd(conjugate, length, direction, direction);
                TensorPrimitives.MultiplyAdd(product, -length, residual, residual);
                if (Math.Sqrt(TensorPrimitives.SumOfSquares<double>(residual)) <= enough) return;
                TensorPrimitives.Multiply<double>(residual, scale, product);
                double next = TensorPrimitives.Dot<double>(residual, product);
                TensorPrimitives.MultiplyAdd(conjugate, next / along, product, conjugate);
                along = next;
            }
        }
    }
}
