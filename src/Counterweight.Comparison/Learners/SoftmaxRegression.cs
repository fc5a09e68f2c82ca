using System.Numerics.Tensors;

namespace Counterweight.Comparison;

/// <summary>
/// The weighted mean cross entropy of multinomial logistic regression with its quadratic penalty, and its gradient: sum_i w_i (-log p_i,y_i) / N + |W|^2 / (2N).
/// </summary>
/// <remarks>
/// Rows are kept as they are: numbers side by side, categories as the index of their one column of ones, so that a category costs an addition and not a product per
/// level. Coefficients are (W + 1) x K values, a line per dense column, the intercepts last. Rows are summed in fixed blocks, so that the result does not depend on
/// the number of threads.
/// </remarks>
internal sealed class SoftmaxRegression
{
    private const int BlockRows = 1024;
    private const int ParallelWork = 1 << 20;

    private readonly int rows, classes, width, numbers, categories;
    private readonly double[] values;
    private readonly int[] numberLines, categoryLines;
    private readonly int[] labels;
    private readonly double[] weights;
    private readonly int threads;

    /// <summary>Lays the rows out.</summary>
    /// <param name="features">The rows, filled in.</param>
    /// <param name="labels">N codes; empty if only logits are wanted.</param>
    /// <param name="weights">N row weights with a mean of one.</param>
    /// <param name="classes">K.</param>
    /// <param name="threads">The most threads.</param>
    internal SoftmaxRegression(FeatureTable features, int[] labels, double[] weights, int classes, int threads)
    {
        (this.labels, this.weights, this.classes, this.threads) = (labels, weights, classes, Math.Max(1, threads));
        (rows, width) = (features.Rows, features.DenseWidth);
        int[] starts = new int[features.Columns];
        for (int c = 1; c < starts.Length; c++) starts[c] = starts[c - 1] + Math.Max(1, features.Levels[c - 1]);
        int[] numeric = [.. Enumerable.Range(0, starts.Length).Where(c => features.Levels[c] == 0)], categorical = [.. Enumerable.Range(0, starts.Length).Where(c => features.Levels[c] > 0)];
        (numbers, categories) = (numeric.Length, categorical.Length);
        numberLines = [.. numeric.Select(c => starts[c])];
        values = new double[checked(rows * numbers)];
        categoryLines = new int[checked(rows * categories)];
        for (int i = 0; i < rows; i++)
        {
            ReadOnlySpan<float> row = features.Matrix.Row(i);
            for (int d = 0; d < numbers; d++) values[i * numbers + d] = row[numeric[d]];
            for (int c = 0; c < categories; c++) categoryLines[i * categories + c] = starts[categorical[c]] + (int)row[categorical[c]];
        }
    }

    /// <summary>The value at some coefficients; writes the gradient.</summary>
    internal double Evaluate(ReadOnlySpan<double> point, Span<double> gradient)
    {
        double[] at = point.ToArray(), numeric = Numeric(at, pair: classes == 2);
        int blocks = (rows + BlockRows - 1) / BlockRows;
        bool parallel = threads > 1 && blocks > 1 && (long)rows * (numbers + categories + 1) * classes >= ParallelWork;
        double value = 0, penalty = 1.0 / rows;
        gradient.Clear();
        int wave = parallel ? threads * 4 : 1;
        Partial[] partials = [.. Enumerable.Range(0, Math.Min(wave, blocks)).Select(_ => new Partial(width, numbers, classes))];
        for (int first = 0; first < blocks; first += partials.Length)
        {
            int count = Math.Min(partials.Length, blocks - first), begin = first;
            if (parallel) Parallel.For(0, count, new ParallelOptions { MaxDegreeOfParallelism = threads }, k => Block(begin + k, at, numeric, partials[k]));
            else Block(first, at, numeric, partials[0]);
            for (int k = 0; k < count; k++)
            {
                value += partials[k].Value;
                Add(partials[k], gradient);
            }
        }

        value /= rows;
        TensorPrimitives.Multiply(gradient, penalty, gradient);
        int coefficients = width * classes;
        TensorPrimitives.MultiplyAdd(point[..coefficients], penalty, gradient[..coefficients], gradient[..coefficients]);
        return value + 0.5 * penalty * TensorPrimitives.SumOfSquares(point[..coefficients]);
    }

    /// <summary>N x K logits.</summary>
    internal double[] Logits(double[] point)
    {
        double[] logits = new double[checked(rows * classes)], numeric = Numeric(point, pair: false);
        for (int i = 0; i < rows; i++) Row(i, point, numeric, logits.AsSpan(i * classes, classes));
        return logits;
    }

    /// <summary>The coefficients of the numbers, a line per class; of a pair one line, of differences.</summary>
    private double[] Numeric(double[] point, bool pair)
    {
        double[] lines = new double[(pair ? 1 : classes) * numbers];
        for (int d = 0; d < numbers; d++)
        {
            int line = numberLines[d] * classes;
            if (pair) lines[d] = point[line + 1] - point[line];
            else
                for (int k = 0; k < classes; k++) lines[k * numbers + d] = point[line + k];
        }

        return lines;
    }

    private double[] Differences(double[] point)
    {
        double[] lines = new double[width + 1];
        for (int j = 0; j < lines.Length; j++) lines[j] = point[2 * j + 1] - point[2 * j];
        return lines;
    }

    /// <summary>What a block of rows adds to value and gradient.</summary>
    private sealed class Partial(int width, int numbers, int classes)
    {
        internal double Value;

        /// <summary>Of two classes one value per dense column, the second class's; of more K.</summary>
        internal readonly double[] Lines = new double[(width + 1) * (classes == 2 ? 1 : classes)];

        internal readonly double[] Numbers = new double[numbers * (classes == 2 ? 1 : classes)];

        internal readonly double[] Scores = new double[classes == 2 ? 3 * BlockRows : classes];
    }

    private void Block(int block, double[] point, double[] numeric, Partial partial)
    {
        int from = block * BlockRows, size = Math.Min(BlockRows, rows - from);
        partial.Value = 0;
        Array.Clear(partial.Lines);
        Array.Clear(partial.Numbers);
        if (classes == 2) TwoClasses(from, size, Differences(point), numeric, partial);
        else
            for (int i = from; i < from + size; i++) ManyClasses(i, point, numeric, partial);
    }

    private void TwoClasses(int from, int size, double[] lines, double[] numeric, Partial partial)
    {
        Span<double> scores = partial.Scores.AsSpan(0, size), small = partial.Scores.AsSpan(BlockRows, size), logs = partial.Scores.AsSpan(2 * BlockRows, size);
        for (int i = 0; i < size; i++)
        {
            double score = lines[width] + (numbers > 0 ? TensorPrimitives.Dot<double>(values.AsSpan((from + i) * numbers, numbers), numeric) : 0);
            foreach (int line in categoryLines.AsSpan((from + i) * categories, categories)) score += lines[line];
            scores[i] = score;
        }

        TensorPrimitives.Abs<double>(scores, small);
        TensorPrimitives.Negate<double>(small, small);
        TensorPrimitives.Exp<double>(small, small);
        TensorPrimitives.LogP1<double>(small, logs);
        for (int i = 0; i < size; i++)
        {
            int row = from + i;
            double score = scores[i], probability = (score >= 0 ? 1 : small[i]) / (1 + small[i]), weight = weights[row], truth = labels[row];
            partial.Value += weight * (Math.Max(score, 0) - truth * score + logs[i]);
            double slope = weight * (probability - truth);
            partial.Lines[width] += slope;
            TensorPrimitives.MultiplyAdd(values.AsSpan(row * numbers, numbers), slope, partial.Numbers, partial.Numbers);
            foreach (int line in categoryLines.AsSpan(row * categories, categories)) partial.Lines[line] += slope;
        }
    }

    private void Row(int i, double[] point, double[] numeric, Span<double> scores)
    {
        point.AsSpan(width * classes, classes).CopyTo(scores);
        ReadOnlySpan<double> row = values.AsSpan(i * numbers, numbers);
        for (int k = 0; k < classes && numbers > 0; k++) scores[k] += TensorPrimitives.Dot<double>(row, numeric.AsSpan(k * numbers, numbers));
        foreach (int line in categoryLines.AsSpan(i * categories, categories)) TensorPrimitives.Add(scores, point.AsSpan(line * classes, classes), scores);
    }

    private void ManyClasses(int i, double[] point, double[] numeric, Partial partial)
    {
        Span<double> scores = partial.Scores;
        Row(i, point, numeric, scores);
        int label = labels[i];
        double most = TensorPrimitives.Max<double>(scores), own = scores[label] - most;
        TensorPrimitives.Subtract(scores, most, scores);
        TensorPrimitives.Exp<double>(scores, scores);
        double sum = TensorPrimitives.Sum<double>(scores), weight = weights[i];
        partial.Value += weight * (Math.Log(sum) - own);
        TensorPrimitives.Multiply(scores, weight / sum, scores);
        scores[label] -= weight;
        Span<double> intercepts = partial.Lines.AsSpan(width * classes, classes);
        TensorPrimitives.Add(intercepts, scores, intercepts);
        ReadOnlySpan<double> row = values.AsSpan(i * numbers, numbers);
        for (int k = 0; k < classes && numbers > 0; k++)
        {
            Span<double> line = partial.Numbers.AsSpan(k * numbers, numbers);
            TensorPrimitives.MultiplyAdd(row, scores[k], line, line);
        }

        foreach (int line in categoryLines.AsSpan(i * categories, categories))
        {
            Span<double> to = partial.Lines.AsSpan(line * classes, classes);
            TensorPrimitives.Add(to, scores, to);
        }
    }

    private void Add(Partial partial, Span<double> gradient)
    {
        if (classes == 2)
        {
            for (int j = 0; j <= width; j++) (gradient[2 * j], gradient[2 * j + 1]) = (gradient[2 * j] - partial.Lines[j], gradient[2 * j + 1] + partial.Lines[j]);
            for (int d = 0; d < numbers; d++)
            {
                int line = 2 * numberLines[d];
                (gradient[line], gradient[line + 1]) = (gradient[line] - partial.Numbers[d], gradient[line + 1] + partial.Numbers[d]);
            }

            return;
        }

        TensorPrimitives.Add(gradient, partial.Lines, gradient);
        for (int d = 0; d < numbers; d++)
            for (int k = 0; k < classes; k++) gradient[numberLines[d] * classes + k] += partial.Numbers[k * numbers + d];
    }
}
