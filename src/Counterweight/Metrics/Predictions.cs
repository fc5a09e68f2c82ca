using System.Globalization;

namespace Counterweight;

/// <summary>The truth about some rows beside what a classifier said of them: what every metric reads.</summary>
/// <remarks>
/// <para>Nothing is copied: the arrays behind the memories must not change while this object is in use. What several metrics need
/// (the predicted classes, the confusion matrix, the ranking) is computed once and kept.</para>
/// <para>Labels and weights are checked on creation, scores too: a NaN, a label outside the classes or a row of probabilities that does not
/// sum to one is reported with its row, counted from 1.</para>
/// </remarks>
/// <example>
/// <code>
/// int[] truth = [0, 0, 1, 1];
/// double[] scores = [0.1, 0.4, 0.35, 0.8];
/// var predictions = Predictions.FromScores(truth, scores);
/// double auc = Metric.RocAuc.Evaluate(predictions);   // 0.75
/// </code>
/// </example>
public sealed class Predictions
{
    /// <summary>How far a row of probabilities may be from summing to one, unless the caller says otherwise.</summary>
    public const double DefaultTolerance = 1e-5;

    private readonly ReadOnlyMemory<int> predicted;
    private readonly double threshold;
    private ConfusionMatrix? confusion;
    private int[]? decided;
    private Ranking? ranking;
    private Ranking[]? rankings;

    private Predictions(
        ReadOnlyMemory<int> truth, int classes, ReadOnlyMemory<double> weights, ReadOnlyMemory<int> predicted, ReadOnlyMemory<double> scores, int columns,
        bool areProbabilities, double threshold, int positiveClass, int threads)
    {
        (Truth, Classes, Weights, this.predicted, Scores, Columns) = (truth, classes, weights, predicted, scores, columns);
        (AreProbabilities, this.threshold, PositiveClass, ThreadLimit) = (areProbabilities, threshold, positiveClass, threads);
    }

    /// <summary>The true classes (N), each 0..K-1.</summary>
    public ReadOnlyMemory<int> Truth { get; }

    /// <summary>The number of classes K.</summary>
    public int Classes { get; }

    /// <summary>The number of rows N.</summary>
    public int Rows => Truth.Length;

    /// <summary>The row weights (N), or empty where all rows count the same.</summary>
    public ReadOnlyMemory<double> Weights { get; }

    /// <summary>The scores or probabilities: (N, K) row-major, or (N) of the positive class, or empty; see <see cref="Columns"/>.</summary>
    public ReadOnlyMemory<double> Scores { get; }

    /// <summary>The number of columns of <see cref="Scores"/>: K, 1 for a single score of the positive class, or 0.</summary>
    public int Columns { get; }

    /// <summary>Whether <see cref="Scores"/> are known to be probabilities whose rows sum to one.</summary>
    public bool AreProbabilities { get; }

    /// <summary>The code of the positive class of a binary problem. With more classes it has no meaning.</summary>
    public int PositiveClass { get; }

    /// <summary>The largest number of threads that metrics use on these predictions; 0 means all processors.</summary>
    public int ThreadLimit { get; }

    /// <summary>Whether there are two classes.</summary>
    public bool IsBinary => Classes == 2;

    /// <summary>Whether there are scores or probabilities.</summary>
    public bool HasScores => Columns > 0;

    /// <summary>
    /// The predicted classes (N): those given, else the class of the largest score (the first of equals), else, for a single score, the positive class where
    /// the score reaches the threshold.
    /// </summary>
    public ReadOnlyMemory<int> Predicted => !predicted.IsEmpty || Rows == 0 ? predicted : decided ??= Decide();

    /// <summary>The confusion matrix of <see cref="Predicted"/>, computed at the first use.</summary>
    public ConfusionMatrix Confusion => confusion ??= ConfusionMatrix.Of(Truth.Span, Predicted.Span, Classes, Weights.Span, ThreadLimit);

    /// <summary>Predictions that are only classes.</summary>
    /// <param name="truth">The true classes (N), each 0..K-1.</param>
    /// <param name="predicted">The predicted classes (N), each 0..K-1.</param>
    /// <param name="classes">The number of classes K, at least 2.</param>
    /// <param name="weights">The row weights (N), finite and not negative; empty for equal weights.</param>
    /// <param name="positiveClass">The positive class of a binary problem.</param>
    /// <param name="threads">The largest number of threads; 0 means all processors.</param>
    public static Predictions FromLabels(
        ReadOnlyMemory<int> truth, ReadOnlyMemory<int> predicted, int classes, ReadOnlyMemory<double> weights = default, int positiveClass = 1, int threads = 0)
    {
        if (predicted.Length != truth.Length)
            throw new ArgumentException($"There are {predicted.Length} predicted classes for {truth.Length} rows.", nameof(predicted));
        CheckShape(truth, classes, weights, predicted, positiveClass, threads);
        return new(truth, classes, weights, predicted, default, 0, false, 0, positiveClass, threads);
    }

    /// <summary>Predictions that are class probabilities.</summary>
    /// <param name="truth">The true classes (N), each 0..K-1.</param>
    /// <param name="probabilities">The probabilities (N, K), row-major; each row sums to one.</param>
    /// <param name="classes">The number of classes K, at least 2.</param>
    /// <param name="weights">The row weights (N), finite and not negative; empty for equal weights.</param>
    /// <param name="predicted">The predicted classes (N); empty for the class of the largest probability.</param>
    /// <param name="positiveClass">The positive class of a binary problem.</param>
    /// <param name="tolerance">How far the sum of a row may be from one.</param>
    /// <param name="threads">The largest number of threads; 0 means all processors.</param>
    /// <exception cref="UnusableDataException">A row has a value outside 0..1 or does not sum to one, or a label is no class.</exception>
    public static Predictions FromProbabilities(
        ReadOnlyMemory<int> truth, ReadOnlyMemory<double> probabilities, int classes, ReadOnlyMemory<double> weights = default,
        ReadOnlyMemory<int> predicted = default, int positiveClass = 1, double tolerance = DefaultTolerance, int threads = 0)
    {
        CheckShape(truth, classes, weights, predicted, positiveClass, threads);
        CheckScoreShape(truth.Length, probabilities.Length, classes, nameof(probabilities));
        if (!(tolerance >= 0)) throw new ArgumentOutOfRangeException(nameof(tolerance), tolerance, "The tolerance is 0 or more.");
        RowChecks.Probabilities(probabilities.Span, classes, tolerance, threads);
        return new(truth, classes, weights, predicted, probabilities, classes, true, 0, positiveClass, threads);
    }

    /// <summary>Predictions that are one score per class of any scale, such as logits; larger means more likely.</summary>
    /// <param name="truth">The true classes (N), each 0..K-1.</param>
    /// <param name="scores">The scores (N, K), row-major.</param>
    /// <param name="classes">The number of classes K, at least 2.</param>
    /// <param name="weights">The row weights (N), finite and not negative; empty for equal weights.</param>
    /// <param name="predicted">The predicted classes (N); empty for the class of the largest score.</param>
    /// <param name="positiveClass">The positive class of a binary problem, which is ranked by its own column.</param>
    /// <param name="threads">The largest number of threads; 0 means all processors.</param>
    /// <exception cref="UnusableDataException">A score is NaN or a label is no class.</exception>
    public static Predictions FromClassScores(
        ReadOnlyMemory<int> truth, ReadOnlyMemory<double> scores, int classes, ReadOnlyMemory<double> weights = default,
        ReadOnlyMemory<int> predicted = default, int positiveClass = 1, int threads = 0)
    {
        CheckShape(truth, classes, weights, predicted, positiveClass, threads);
        CheckScoreShape(truth.Length, scores.Length, classes, nameof(scores));
        RowChecks.NotNaN(scores.Span, classes, threads);
        return new(truth, classes, weights, predicted, scores, classes, false, 0, positiveClass, threads);
    }

    /// <summary>Predictions of a binary problem that are one score of the positive class, a probability or of any other scale.</summary>
    /// <param name="truth">The true classes (N), each 0 or 1.</param>
    /// <param name="scores">The scores (N); larger means more likely positive.</param>
    /// <param name="weights">The row weights (N), finite and not negative; empty for equal weights.</param>
    /// <param name="predicted">The predicted classes (N); empty for positive where the score reaches <paramref name="threshold"/>.</param>
    /// <param name="threshold">The score from which a row is predicted positive where <paramref name="predicted"/> is empty.</param>
    /// <param name="positiveClass">The positive class.</param>
    /// <param name="threads">The largest number of threads; 0 means all processors.</param>
    /// <exception cref="UnusableDataException">A score is NaN or a label is no class.</exception>
    public static Predictions FromScores(
        ReadOnlyMemory<int> truth, ReadOnlyMemory<double> scores, ReadOnlyMemory<double> weights = default, ReadOnlyMemory<int> predicted = default,
        double threshold = 0.5, int positiveClass = 1, int threads = 0)
    {
        CheckShape(truth, 2, weights, predicted, positiveClass, threads);
        CheckScoreShape(truth.Length, scores.Length, 1, nameof(scores));
        if (double.IsNaN(threshold)) throw new ArgumentOutOfRangeException(nameof(threshold), threshold, "The threshold is a number.");
        RowChecks.NotNaN(scores.Span, 1, threads);
        return new(truth, 2, weights, predicted, scores, 1, false, threshold, positiveClass, threads);
    }

    /// <summary>The same rows and scores with other predicted classes.</summary>
    /// <param name="predictedClasses">The predicted classes (N).</param>
    public Predictions WithPredicted(ReadOnlyMemory<int> predictedClasses)
    {
        if (predictedClasses.Length != Rows)
            throw new ArgumentException($"There are {predictedClasses.Length} predicted classes for {Rows} rows.", nameof(predictedClasses));
        RowChecks.Labels(predictedClasses.Span, Classes, "predicted class", ThreadLimit);
        return new(Truth, Classes, Weights, predictedClasses, Scores, Columns, AreProbabilities, threshold, PositiveClass, ThreadLimit)
        {
            ranking = ranking,
            rankings = rankings,
        };
    }

    /// <summary>Some of the rows, in the order given; a row may occur several times.</summary>
    /// <param name="rows">The rows, each 0..N-1.</param>
    public Predictions Select(ReadOnlySpan<int> rows)
    {
        int[] truth = new int[rows.Length];
        double[] weights = new double[Weights.IsEmpty ? 0 : rows.Length];
        int[] chosen = new int[predicted.IsEmpty ? 0 : rows.Length];
        double[] scores = new double[rows.Length * Columns];
        ReadOnlySpan<int> allTruth = Truth.Span, allChosen = predicted.Span;
        ReadOnlySpan<double> allWeights = Weights.Span, allScores = Scores.Span;
        for (int i = 0; i < truth.Length && i < rows.Length; i++) truth[i] = allTruth[rows[i]];
        for (int i = 0; i < weights.Length && i < rows.Length; i++) weights[i] = allWeights[rows[i]];
        for (int i = 0; i < chosen.Length && i < rows.Length; i++) chosen[i] = allChosen[rows[i]];
        if (Columns == 1)
            for (int i = 0; i < scores.Length && i < rows.Length; i++) scores[i] = allScores[rows[i]];
        else if (Columns > 1)
            for (int i = 0; i < rows.Length; i++) allScores.Slice(rows[i] * Columns, Columns).CopyTo(scores.AsSpan(i * Columns));
        return new(truth, Classes, weights, chosen, scores, Columns, AreProbabilities, threshold, PositiveClass, ThreadLimit);
    }

    /// <summary>The same rows, each as often as it was drawn; evaluated on one thread.</summary>
    internal Predictions Times(ReadOnlySpan<int> draws)
    {
        double[] weights = new double[draws.Length];
        ReadOnlySpan<double> own = Weights.Span;
        for (int i = 0; i < weights.Length; i++) weights[i] = own.IsEmpty ? draws[i] : draws[i] * own[i];
        return new(Truth, Classes, weights, predicted, Scores, Columns, AreProbabilities, threshold, PositiveClass, 1) { decided = decided };
    }

    /// <summary>The ranking of the positive class of a binary problem, computed at the first use.</summary>
    internal Ranking PositiveRanking
    {
        get
        {
            (int offset, int stride) = Column(PositiveClass);
            return ranking ??= Ranking.Of(Truth.Span, Scores.Span, offset, stride, PositiveClass, Weights.Span, ThreadLimit);
        }
    }

    /// <summary>The rankings of each class against the rest, computed at the first use; there must be a score for every class.</summary>
    internal Ranking[] ClassRankings => rankings ??= OneVersusRest.Rankings(Truth.Span, Scores.Span, Classes, Weights.Span, ThreadLimit);

    /// <summary>Where the scores of a class lie in <see cref="Scores"/>.</summary>
    internal (int Offset, int Stride) Column(int classCode) => Columns switch
    {
        0 => throw Missing("scores or probabilities"),
        1 => classCode == PositiveClass ? (0, 1) : throw Missing("a score for every class"),
        _ => (classCode, Columns),
    };

    /// <summary>Checks that the scores are probabilities, for metrics that mean nothing otherwise.</summary>
    internal void RequireProbabilities()
    {
        if (!HasScores) throw Missing("probabilities");
        if (AreProbabilities) return;
        if (Columns > 1) throw Missing("probabilities (these are scores of another scale)");
        RowChecks.UnitInterval(Scores.Span, ThreadLimit);
    }

    private static InvalidOperationException Missing(string what) => new($"The metric reads {what}, which these predictions do not have.");

    private int[] Decide()
    {
        if (Columns == 0) throw Missing("predicted classes");
        int[] result = new int[Rows];
        int columns = Columns, positive = PositiveClass, negative = 1 - PositiveClass;
        double limit = threshold;
        ReadOnlyMemory<double> memory = Scores;
        RowChecks.ForBlocks(Rows, ThreadLimit, (start, end) =>
        {
            ReadOnlySpan<double> scores = memory.Span;
            for (int i = start; i < end; i++)
            {
                if (columns == 1)
                {
                    result[i] = scores[i] >= limit ? positive : negative;
                    continue;
                }

                ReadOnlySpan<double> row = scores.Slice(i * columns, columns);
                int best = 0;
                for (int c = 1; c < row.Length; c++)
                    if (row[c] > row[best]) best = c;
                result[i] = best;
            }
        });
        return result;
    }

    private static void CheckShape(
        ReadOnlyMemory<int> truth, int classes, ReadOnlyMemory<double> weights, ReadOnlyMemory<int> predicted, int positiveClass, int threads)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(classes, 2);
        ArgumentOutOfRangeException.ThrowIfNegative(threads);
        if (classes == 2 && positiveClass is not (0 or 1))
            throw new ArgumentOutOfRangeException(nameof(positiveClass), positiveClass, "The positive class of a binary problem is 0 or 1.");
        if (!weights.IsEmpty && weights.Length != truth.Length)
            throw new ArgumentException($"There are {weights.Length} weights for {truth.Length} rows.", nameof(weights));
        if (!predicted.IsEmpty && predicted.Length != truth.Length)
            throw new ArgumentException($"There are {predicted.Length} predicted classes for {truth.Length} rows.", nameof(predicted));
        RowChecks.Labels(truth.Span, classes, "label", threads);
        RowChecks.Labels(predicted.Span, classes, "predicted class", threads);
        RowChecks.Weights(weights.Span, threads);
    }

    private static void CheckScoreShape(int rows, long values, int columns, string parameter)
    {
        if (values != (long)rows * columns)
            throw new ArgumentException(
                string.Create(CultureInfo.InvariantCulture, $"{rows} rows of {columns} columns need {(long)rows * columns} values, not {values}."), parameter);
    }
}
