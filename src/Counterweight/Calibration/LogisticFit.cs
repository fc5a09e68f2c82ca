namespace Counterweight;

/// <summary>Weighted logistic regression with a few features by Newton's method: the engine of Platt and beta calibration.</summary>
internal static class LogisticFit
{
    private const int Block = 8192;

    /// <summary>1 / (1 + exp(-t)) without overflow.</summary>
    internal static double Sigmoid(double t)
    {
        if (t >= 0) return 1 / (1 + Math.Exp(-t));
        double e = Math.Exp(t);
        return e / (1 + e);
    }

    /// <summary>The cross entropy of a target in [0, 1] at log-odds t, without cancellation.</summary>
    internal static double Loss(double t, double target) => Math.Max(t, 0) - t * target + Math.Log(1 + Math.Exp(-Math.Abs(t)));

    /// <summary>Moves a probability off 0 and 1 by one machine epsilon, as the log loss does.</summary>
    internal static double Clip(double p) => Math.Clamp(p, 2.220446049250313e-16, 1 - 2.220446049250313e-16);

    /// <summary>The log-odds of a probability, finite at 0 and 1.</summary>
    internal static double Logit(double p)
    {
        double clipped = Clip(p);
        return Math.Log(clipped / (1 - clipped));
    }

    /// <summary>Minimises the summed cross entropy (plus ridge/2 times the squared slopes); returns the slopes, then the intercept.</summary>
    internal static double[] Solve(double[][] features, double[] targets, ReadOnlySpan<double> rowWeights, double ridge, double startIntercept)
    {
        int d = features.Length, m = d + 1;
        double[] w = rowWeights.ToArray(), theta = new double[m];
        theta[d] = startIntercept;
        return Newton.Minimise(theta, (at, gradient, hessian) => Evaluate(features, targets, w, ridge, at, gradient, hessian));
    }

    private static double Evaluate(double[][] x, double[] targets, double[] w, double ridge, double[] theta, double[] gradient, double[] hessian)
    {
        int d = x.Length, m = d + 1, n = targets.Length, width = 1 + m + m * m, blocks = (n + Block - 1) / Block;
        double[] sums = new double[blocks * width];
        void OneBlock(int b)
        {
            Span<double> sum = sums.AsSpan(b * width, width), g = sum.Slice(1, m), h = sum[(1 + m)..];
            Span<double> row = stackalloc double[m];
            row[d] = 1;
            for (int i = b * Block; i < Math.Min(n, (b + 1) * Block); i++)
            {
                double weight = w.Length == 0 ? 1 : w[i];
                if (weight == 0) continue;
                double t = theta[d];
                for (int j = 0; j < d; j++)
                {
                    row[j] = x[j][i];
                    t += theta[j] * row[j];
                }

                double p = Sigmoid(t), residual = weight * (p - targets[i]), curvature = weight * p * (1 - p);
                sum[0] += weight * Loss(t, targets[i]);
                for (int j = 0; j < m; j++)
                {
                    g[j] += residual * row[j];
                    for (int k = 0; k <= j; k++) h[j * m + k] += curvature * row[j] * row[k];
                }
            }
        }

        if (blocks > 4) Parallel.For(0, blocks, Threads.Options(0), OneBlock);
        else
            for (int b = 0; b < blocks; b++) OneBlock(b);

        double loss = 0;
        Array.Clear(gradient);
        Array.Clear(hessian);
        for (int b = 0; b < blocks; b++)
        {
            ReadOnlySpan<double> sum = sums.AsSpan(b * width, width);
            loss += sum[0];
            for (int j = 0; j < m; j++) gradient[j] += sum[1 + j];
            for (int j = 0; j < m * m; j++) hessian[j] += sum[1 + m + j];
        }

        for (int j = 0; j < m; j++)
        {
            for (int k = 0; k < j; k++) hessian[k * m + j] = hessian[j * m + k];
            if (j == d) continue;
            loss += 0.5 * ridge * theta[j] * theta[j];
            gradient[j] += ridge * theta[j];
            hessian[j * m + j] += ridge;
        }

        return loss;
    }
}
