namespace Counterweight;

/// <summary>Gathers the scores of a binary problem that come in parts, or from several workers, for exact curves and areas.</summary>
/// <remarks>
/// <para>It keeps each distinct score once, with what lies at it: 24 bytes each, in sorted runs that are merged as they grow. Where scores hardly repeat and
/// there are more than memory holds, use <see cref="ScoreHistogram"/>, whose memory is fixed.</para>
/// <para>One writer at a time; give each worker its own and merge them.</para>
/// </remarks>
/// <example>
/// <code>
/// var parts = new ScoreAccumulator();
/// parts.Add([0, 1], [0.1, 0.35]);
/// parts.Add([0, 1], [0.4, 0.8]);
/// double auc = parts.Steps().RocAuc();   // 0.75
/// </code>
/// </example>
public sealed class ScoreAccumulator
{
    private const int BufferRows = 1 << 15;
    private readonly int positiveClass;
    private readonly List<ScoreSteps> runs = [];
    private readonly List<int> truths = [];
    private readonly List<double> scoreBuffer = [];
    private readonly List<double> weightBuffer = [];

    /// <summary>Creates an empty accumulator.</summary>
    /// <param name="positiveClass">The positive class; every other counts as negative.</param>
    public ScoreAccumulator(int positiveClass = 1) => this.positiveClass = positiveClass;

    /// <summary>Adds rows.</summary>
    /// <param name="truth">The true classes (N).</param>
    /// <param name="scores">The scores (N).</param>
    /// <param name="weights">The row weights (N) or empty.</param>
    /// <param name="threads">The largest number of threads; 0 means all processors.</param>
    /// <exception cref="UnusableDataException">A score is NaN, or a weight negative or not finite; nothing is added then.</exception>
    public void Add(ReadOnlySpan<int> truth, ReadOnlySpan<double> scores, ReadOnlySpan<double> weights = default, int threads = 0)
    {
        if (truth.Length >= BufferRows)
        {
            Append(ScoreSteps.Of(truth, scores, weights, positiveClass, threads));
            return;
        }

        RowChecks.Ranked(truth, scores, weights, threads);
        for (int i = 0; i < truth.Length; i++)
        {
            truths.Add(truth[i]);
            scoreBuffer.Add(scores[i]);
            weightBuffer.Add(weights.IsEmpty ? 1 : weights[i]);
        }

        if (truths.Count >= BufferRows) Flush();
    }

    /// <summary>Adds the rows of another accumulator.</summary>
    /// <param name="other">Another accumulator of the same positive class, which keeps its rows.</param>
    public void Merge(ScoreAccumulator other)
    {
        ArgumentNullException.ThrowIfNull(other);
        if (other.positiveClass != positiveClass)
            throw new ArgumentException($"The positive class of one accumulator is {positiveClass}, of the other {other.positiveClass}.", nameof(other));
        Append(other.Steps());
    }

    /// <summary>The sorted scores of all rows so far, from which every curve and area derives.</summary>
    public ScoreSteps Steps()
    {
        Flush();
        while (runs.Count > 1) MergeLast();
        return runs.Count == 0 ? new([], [], []) : runs[0];
    }

    private void Flush()
    {
        if (truths.Count == 0) return;
        Append(ScoreSteps.Of(truths.ToArray(), scoreBuffer.ToArray(), weightBuffer.ToArray(), positiveClass, 1));
        truths.Clear();
        scoreBuffer.Clear();
        weightBuffer.Clear();
    }

    private void Append(ScoreSteps run)
    {
        if (run.Count == 0) return;
        runs.Add(run);
        while (runs.Count > 1 && runs[^2].Count < 2 * runs[^1].Count) MergeLast();
    }

    private void MergeLast()
    {
        var merged = ScoreSteps.Merge(runs[^2], runs[^1]);
        runs.RemoveRange(runs.Count - 2, 2);
        runs.Add(merged);
    }
}
