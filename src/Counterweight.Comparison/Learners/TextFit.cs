using TorchSharp;
using static TorchSharp.torch;
using Tensor = TorchSharp.torch.Tensor;

namespace Counterweight.Comparison;

/// <summary>Fits the linear learner to rows with texts.</summary>
internal static class TextFit
{
    /// <summary>The most values of a point: with cross entropy seven vectors of them are kept, with other losses two dozen.</summary>
    private const int MostValues = 1 << 23, MostValuesOfLosses = 1 << 22;

    private const int Iterations = 300;

    /// <summary>The fitted coefficients of dense columns and intercept, (W + 1) x K, and those of the texts.</summary>
    internal readonly record struct Fitted(double[] Dense, TextWeights Texts);

    /// <summary>Fits by cross entropy.</summary>
    /// <param name="features">The rows.</param>
    /// <param name="labels">Their codes.</param>
    /// <param name="weights">Their weights, with a mean of one.</param>
    /// <param name="intercepts">Where the K intercepts start from.</param>
    /// <param name="near">A model to start from; null for none.</param>
    /// <param name="options">Threads and cancellation.</param>
    internal static Fitted CrossEntropy(
        FeatureTable features, ReadOnlySpan<int> labels, double[] weights, double[] intercepts, Fitted? near, FitOptions options)
    {
        var objective = new TextRegression(features, labels, weights, intercepts.Length, options.Threads, byDifference: true, MostValues);
        double[] point = Start(objective, features, intercepts, near);
        TruncatedNewton.Minimise(objective, point, options.Cancellation);
        return Taken(objective, features, point);
    }

    /// <summary>Fits by a loss of its own, at both ends of its schedule.</summary>
    internal static Fitted ByLoss(
        FeatureTable features, int[] labels, double[] weights, double[] intercepts, TrainingLoss loss, IReadOnlyList<(int Epoch, int Of)> course,
        FitOptions options)
    {
        TorchRows.Begin(options.Threads);
        using var scope = NewDisposeScope();
        var objective = new TextRegression(features, labels, weights, intercepts.Length, options.Threads, byDifference: false, MostValuesOfLosses);
        Tensor targets = TorchRows.Codes(labels), rowWeights = tensor(weights);
        double[] point = Start(objective, features, intercepts, null), start = [.. point];
        Search();
        if (point.AsSpan().SequenceEqual(start))
        {
            TruncatedNewton.Minimise(objective, point, options.Cancellation);
            Search();
        }

        return Taken(objective, features, point);

        void Search()
        {
            double[] margins = new double[labels.Length * intercepts.Length], slopes = new double[margins.Length];
            foreach ((int epoch, int of) in course)
            {
                loss.BeginEpoch(epoch, of);
                LimitedMemoryBfgs.Minimise(
                    (at, gradient) =>
                    {
                        using var step = NewDisposeScope();
                        double[] all = at.ToArray(), towards = new double[all.Length];
                        objective.Margins(all, margins);
                        Tensor logits = tensor(margins, [labels.Length, intercepts.Length]).requires_grad_(true);
                        Tensor mean = loss.Mean(logits, targets, rowWeights);
                        mean.backward();
                        logits.grad!.data<double>().CopyTo(slopes);
                        double penalty = objective.Gradient(all, slopes, towards);
                        towards.CopyTo(gradient);
                        return mean.item<double>() + penalty;
                    }, point, Iterations, 1e-6, options.Cancellation);
            }
        }
    }

    private static double[] Start(TextRegression objective, FeatureTable features, double[] intercepts, Fitted? near)
    {
        int outputs = objective.Outputs, classes = intercepts.Length, width = features.DenseWidth;
        double[] point = new double[objective.Size];
        double[] dense = new double[(width + 1) * classes];
        intercepts.CopyTo(dense, width * classes);
        bool follows = near is { } first && first.Dense.Length == dense.Length && first.Texts.Outputs == outputs
            && first.Texts.Buckets.Length == objective.Kept.Length;
        if (follows) near!.Value.Dense.CopyTo(dense, 0);
        for (int j = 0; j <= width; j++)
        {
            int at = j < width ? j * outputs : objective.Size - outputs;
            for (int k = 0; k < outputs; k++)
                point[at + k] = outputs == classes ? dense[(j * classes) + k] : dense[(j * classes) + 1] - dense[j * classes];
        }

        if (!follows) return point;
        for (int t = 0; t < objective.Kept.Length; t++)
        {
            TextWeights texts = near!.Value.Texts;
            int[] known = texts.Buckets[t], kept = objective.Kept[t];
            for (int i = 0, from = 0; i < kept.Length; i++)
            {
                while (from < known.Length && known[from] < kept[i]) from++;
                if (from == known.Length || known[from] != kept[i]) continue;
                int to = (width + objective.Places[t][i]) * outputs;
                for (int k = 0; k < outputs; k++) point[to + k] = texts.Values[t][(from * outputs) + k] / features.Texts[t].Weights[kept[i]];
            }
        }

        return point;
    }

    private static Fitted Taken(TextRegression objective, FeatureTable features, double[] point)
    {
        int outputs = objective.Outputs, classes = objective.Classes, width = features.DenseWidth;
        double[] dense = new double[(width + 1) * classes];
        for (int j = 0; j <= width; j++)
        {
            int at = j < width ? j * outputs : objective.Size - outputs;
            if (outputs == classes) point.AsSpan(at, classes).CopyTo(dense.AsSpan(j * classes));
            else (dense[2 * j], dense[(2 * j) + 1]) = (-0.5 * point[at], 0.5 * point[at]);
        }

        float[][] values = new float[objective.Kept.Length][];
        for (int t = 0; t < values.Length; t++)
        {
            int[] kept = objective.Kept[t];
            values[t] = new float[kept.Length * outputs];
            for (int i = 0; i < kept.Length; i++)
            {
                int from = (width + objective.Places[t][i]) * outputs;
                for (int k = 0; k < outputs; k++) values[t][(i * outputs) + k] = (float)(point[from + k] * features.Texts[t].Weights[kept[i]]);
            }
        }

        return new Fitted(dense, new TextWeights(outputs, objective.Kept, values));
    }
}
