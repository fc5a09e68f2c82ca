namespace Counterweight;

/// <summary>Estimates the class shares of new, unlabelled rows from a model's answers on them, assuming p(x | class) has not changed.</summary>
/// <remarks>
/// Feed the estimate to <see cref="PriorCorrection"/>. Both methods need calibrated or at least honest probabilities: EM fails quietly
/// on overconfident ones (Alexandari, Kundaje and Shrikumar, 2020, advise vector scaling with offsets first).
/// </remarks>
public static class LabelShift
{
    /// <summary>The maximum-likelihood class shares by expectation maximisation.</summary>
    /// <param name="probabilities">Row-major (N, K): the model's probabilities on the new rows.</param>
    /// <param name="trainingPrior">The K class shares the model was trained on, summing to one.</param>
    /// <param name="tolerance">Stops when no share changed by this much or more.</param>
    /// <param name="maximumIterations">Stops after so many iterations in any case.</param>
    /// <param name="weights">N row weights, or empty for ones.</param>
    /// <exception cref="ArgumentException">The lengths do not fit, or a share is not positive.</exception>
    /// <exception cref="UnusableDataException">A probability is not in 0..1, or a row does not sum to one.</exception>
    /// <remarks>Saerens, Latinne and Decaestecker (2002), "Adjusting the outputs of a classifier to new a priori probabilities", equation 2.9;
    /// started at the training prior.</remarks>
    public static LabelShiftEstimate ExpectationMaximisation(
        ReadOnlySpan<double> probabilities, ReadOnlySpan<double> trainingPrior, double tolerance = 1e-10, int maximumIterations = 1000,
        ReadOnlySpan<double> weights = default)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(tolerance);
        ArgumentOutOfRangeException.ThrowIfNegative(maximumIterations);
        int classes = trainingPrior.Length, rows = RowChecks.Shape(probabilities, classes);
        if (rows == 0) throw new UnusableDataException("There are no rows.");
        RowChecks.ProbabilitiesToFit(probabilities, classes);
        RowChecks.WeightsToFit(weights, rows);
        double[] training = new PriorCorrection(trainingPrior, trainingPrior).TrainingPrior.ToArray();
        double[] p = probabilities.ToArray(), w = weights.ToArray(), prior = [.. training], ratio = new double[classes];
        const int block = 4096;
        int blocks = (rows + block - 1) / block, iterations = 0;
        double[] partial = new double[blocks * classes];
        double total = rows;
        if (w.Length > 0)
        {
            total = 0;
            foreach (double weight in w) total += weight;
        }

        bool converged = false;
        while (iterations < maximumIterations && !converged)
        {
            for (int c = 0; c < classes; c++) ratio[c] = prior[c] / training[c];
            void OneBlock(int b)
            {
                Span<double> sums = partial.AsSpan(b * classes, classes);
                sums.Clear();
                for (int i = b * block; i < Math.Min(rows, (b + 1) * block); i++)
                {
                    ReadOnlySpan<double> row = p.AsSpan(i * classes, classes);
                    double norm = 0;
                    for (int c = 0; c < classes; c++) norm += row[c] * ratio[c];
                    if (norm <= 0) continue;
                    double scale = (w.Length == 0 ? 1 : w[i]) / norm;
                    for (int c = 0; c < classes; c++) sums[c] += row[c] * ratio[c] * scale;
                }
            }

            if (blocks > 4) Parallel.For(0, blocks, Threads.Options(0), OneBlock);
            else
                for (int b = 0; b < blocks; b++) OneBlock(b);

            double change = 0;
            for (int c = 0; c < classes; c++)
            {
                double next = 0;
                for (int b = 0; b < blocks; b++) next += partial[b * classes + c];
                next /= total;
                change = Math.Max(change, Math.Abs(next - prior[c]));
                prior[c] = next;
            }

            iterations++;
            converged = change < tolerance;
        }

        return new(prior, iterations, converged);
    }

    /// <summary>The class shares by black-box shift estimation: solves C q = m for the new shares, C the joint shares of (predicted, true) on
    /// labelled rows and m the shares of the predictions on the new rows.</summary>
    /// <param name="labelledPredictions">Predicted classes of labelled rows that the model was not fitted on.</param>
    /// <param name="labels">The true classes of those rows.</param>
    /// <param name="newPredictions">Predicted classes of the new rows.</param>
    /// <param name="classes">K.</param>
    /// <param name="weights">Row weights of the labelled rows, or empty for ones.</param>
    /// <exception cref="ArgumentException">The lengths do not fit.</exception>
    /// <exception cref="UnusableDataException">A class is out of range, or the confusion matrix cannot be inverted.</exception>
    /// <remarks>
    /// Lipton, Wang and Smola (2018), "Detecting and correcting for label shift with black box predictors", section 4. The ratio
    /// q_c / p_c that solves the equation is clipped at zero and the shares are scaled to sum to one. Needs no probabilities, only decisions.
    /// </remarks>
    public static LabelShiftEstimate BlackBox(
        ReadOnlySpan<int> labelledPredictions, ReadOnlySpan<int> labels, ReadOnlySpan<int> newPredictions, int classes, ReadOnlySpan<double> weights = default)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(classes, 2);
        if (labelledPredictions.Length != labels.Length)
            throw new ArgumentException($"There are {labelledPredictions.Length} predictions and {labels.Length} labels; there must be as many of both.",
                nameof(labels));
        RowChecks.LabelsToFit(labels, classes);
        RowChecks.LabelsToFit(labelledPredictions, classes);
        RowChecks.LabelsToFit(newPredictions, classes);
        RowChecks.WeightsToFit(weights, labels.Length);
        double[] joint = new double[classes * classes], prior = new double[classes], observed = new double[classes];
        double total = 0;
        for (int i = 0; i < labels.Length; i++)
        {
            double w = weights.IsEmpty ? 1 : weights[i];
            total += w;
            joint[labelledPredictions[i] * classes + labels[i]] += w;
            prior[labels[i]] += w;
        }

        foreach (int predicted in newPredictions) observed[predicted] += 1.0 / newPredictions.Length;
        for (int i = 0; i < joint.Length; i++) joint[i] /= total;
        for (int c = 0; c < classes; c++) prior[c] /= total;
        double[] ratio = Solve(joint, observed, classes);
        double sum = 0;
        for (int c = 0; c < classes; c++) sum += prior[c] *= Math.Max(0, ratio[c]);
        if (sum <= 0) throw new UnusableDataException("No class shares explain the predictions on the new rows; the model is too weak for this estimate.");
        for (int c = 0; c < classes; c++) prior[c] /= sum;
        return new(prior, 1, true);
    }

    private static double[] Solve(double[] matrix, double[] right, int n)
    {
        double[] a = (double[])matrix.Clone(), x = (double[])right.Clone();
        for (int column = 0; column < n; column++)
        {
            int pivot = column;
            for (int row = column + 1; row < n; row++)
                if (Math.Abs(a[row * n + column]) > Math.Abs(a[pivot * n + column])) pivot = row;
            if (Math.Abs(a[pivot * n + column]) < 1e-9)
                throw new UnusableDataException(
                    "The confusion matrix of the labelled rows cannot be inverted: a class is never predicted, never occurs, or is not told apart. Use more "
                    + "labelled rows or expectation maximisation.");
            for (int j = 0; j < n && pivot != column; j++) (a[column * n + j], a[pivot * n + j]) = (a[pivot * n + j], a[column * n + j]);
            if (pivot != column) (x[column], x[pivot]) = (x[pivot], x[column]);
            for (int row = column + 1; row < n; row++)
            {
                double factor = a[row * n + column] / a[column * n + column];
                for (int j = column; j < n; j++) a[row * n + j] -= factor * a[column * n + j];
                x[row] -= factor * x[column];
            }
        }

        for (int row = n - 1; row >= 0; row--)
        {
            for (int j = row + 1; j < n; j++) x[row] -= a[row * n + j] * x[j];
            x[row] /= a[row * n + row];
        }

        return x;
    }
}

/// <summary>Estimated class shares of new rows.</summary>
/// <param name="Prior">K shares that sum to one.</param>
/// <param name="Iterations">How many iterations it took.</param>
/// <param name="Converged">Whether the tolerance was reached.</param>
public sealed record LabelShiftEstimate(IReadOnlyList<double> Prior, int Iterations, bool Converged);
