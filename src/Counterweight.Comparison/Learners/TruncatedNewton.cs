using System.Numerics;
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

    /// <summary>What a product of conjugate gradients has to gain, as a share of what a product gained on average.</summary>
    private const double LeastShare = 0.5;

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

        // residual = -gradient - curvature x direction, by conjugate gradients. Each product takes length x along / 2 off the model of the function. One that
        // takes less than half of what they all took on average was the last that was worth a pass over the rows (Nash and Sofer, 1990).
        void Solve(double enough)
        {
            Array.Clear(direction);
            TensorPrimitives.Negate<double>(gradient, residual);
            TensorPrimitives.Multiply<double>(residual, scale, conjugate);
            double along = TensorPrimitives.Dot<double>(residual, conjugate), gained = 0;
            for (int k = 1; k <= MostProducts; k++)
            {
                cancellation.ThrowIfCancellationRequested();
                function.Multiply(conjugate, product);
                double curvature = TensorPrimitives.Dot<double>(conjugate, product);
                if (!(curvature > 0)) return;
                double length = along / curvature, gain = 0.5 * length * along;
                gained += gain;
                (double squares, double next) = Advance(length);
                if (k * gain <= LeastShare * gained || Math.Sqrt(squares) <= enough) return;
                TurnTo(next / along);
                along = next;
            }
        }

        // Goes along the conjugate direction; returns the square of the residual that is left, and its product with its scaled self.
        (double Squares, double Scaled) Advance(double length)
        {
            var by = new Vector<double>(length);
            Vector<double> squares = default, scaled = default;
            int i = 0, lanes = Vector<double>.Count;
            for (; i <= n - lanes; i += lanes)
            {
                (new Vector<double>(direction, i) + (by * new Vector<double>(conjugate, i))).CopyTo(direction, i);
                Vector<double> left = new Vector<double>(residual, i) - (by * new Vector<double>(product, i)), square = left * left;
                left.CopyTo(residual, i);
                squares += square;
                scaled += square * new Vector<double>(scale, i);
            }

            double sum = Vector.Sum(squares), scaledSum = Vector.Sum(scaled);
            for (; i < n; i++)
            {
                direction[i] += length * conjugate[i];
                double left = residual[i] -= length * product[i];
                sum += left * left;
                scaledSum += left * left * scale[i];
            }

            return (sum, scaledSum);
        }

        // The next conjugate direction.
        void TurnTo(double share)
        {
            var by = new Vector<double>(share);
            int i = 0, lanes = Vector<double>.Count;
            for (; i <= n - lanes; i += lanes)
                ((new Vector<double>(residual, i) * new Vector<double>(scale, i)) + (by * new Vector<double>(conjugate, i))).CopyTo(conjugate, i);
            for (; i < n; i++) conjugate[i] = (residual[i] * scale[i]) + (share * conjugate[i]);
        }
    }
}
