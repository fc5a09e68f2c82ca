namespace Counterweight;

/// <summary>Newton's method with backtracking for small, smooth, convex problems.</summary>
internal static class Newton
{
    /// <summary>Writes the gradient (m) and the Hessian (m, m) at a point and returns the value there.</summary>
    internal delegate double Objective(double[] at, double[] gradient, double[] hessian);

    /// <summary>Minimises from a starting point, which is overwritten with the optimum and returned.</summary>
    internal static double[] Minimise(double[] theta, Objective objective)
    {
        int m = theta.Length;
        double[] trial = new double[m], gradient = new double[m], hessian = new double[m * m];
        double loss = objective(theta, gradient, hessian);
        for (int iteration = 0; iteration < 200; iteration++)
        {
            double[] step = SymmetricSolve(hessian, gradient, m);
            double slope = 0, largest = 0;
            for (int j = 0; j < m; j++)
            {
                slope += step[j] * gradient[j];
                largest = Math.Max(largest, Math.Abs(step[j]) / Math.Max(1, Math.Abs(theta[j])));
            }

            if (!(slope > 0) || largest < 1e-15) break;
            double length = 1, next = 0;
            for (; length > 1e-12; length /= 2)
            {
                for (int j = 0; j < m; j++) trial[j] = theta[j] - length * step[j];
                next = objective(trial, gradient, hessian);
                // Close to the optimum the losses differ by rounding only: then the full step is the best there is.
                if (next <= loss - 1e-4 * length * slope || (length == 1 && slope <= 1e-11 * (1 + Math.Abs(loss)))) break;
            }

            if (length <= 1e-12) break;
            trial.CopyTo(theta, 0);
            loss = next;
            if (largest * length < 1e-13) break;
        }

        return theta;
    }

    /// <summary>Solves H x = g for a symmetric positive semidefinite H (m, m) by Cholesky, with just enough damping to be definite.</summary>
    internal static double[] SymmetricSolve(double[] hessian, double[] gradient, int m)
    {
        double trace = 0;
        for (int j = 0; j < m; j++) trace += hessian[j * m + j];
        for (double damping = 0; ; damping = damping == 0 ? 1e-14 * Math.Max(trace / m, 1e-300) : damping * 100)
        {
            double[] l = (double[])hessian.Clone();
            if (Factorise(l, m, damping, 1e-15 * trace)) return Substitute(l, gradient, m);
        }
    }

    private static bool Factorise(double[] l, int m, double damping, double smallest)
    {
        for (int j = 0; j < m; j++)
        {
            double diagonal = l[j * m + j] + damping;
            for (int k = 0; k < j; k++) diagonal -= l[j * m + k] * l[j * m + k];
            if (!(diagonal > smallest * 1e-3)) return false;
            double root = l[j * m + j] = Math.Sqrt(diagonal);
            for (int i = j + 1; i < m; i++)
            {
                double value = l[i * m + j];
                for (int k = 0; k < j; k++) value -= l[i * m + k] * l[j * m + k];
                l[i * m + j] = value / root;
            }
        }

        return true;
    }

    private static double[] Substitute(double[] l, double[] gradient, int m)
    {
        double[] x = (double[])gradient.Clone();
        for (int i = 0; i < m; i++)
        {
            for (int k = 0; k < i; k++) x[i] -= l[i * m + k] * x[k];
            x[i] /= l[i * m + i];
        }

        for (int i = m - 1; i >= 0; i--)
        {
            for (int k = i + 1; k < m; k++) x[i] -= l[k * m + i] * x[k];
            x[i] /= l[i * m + i];
        }

        return x;
    }
}
