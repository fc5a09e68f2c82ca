namespace Counterweight.LightGbm;

/// <summary>Some consecutive rows for which an objective computes derivatives: scores in, gradients and second derivatives out.</summary>
/// <remarks>
/// Scores, gradients and second derivatives lie output by output, as in LightGBM: output k of row i of N is at <c>k * N + i</c>. The views of a block are
/// slices of these, so nothing is copied. Blocks of one round run side by side on several threads.
/// </remarks>
public readonly ref struct BoostingBlock
{
    private readonly ReadOnlySpan<double> scores;
    private readonly ReadOnlySpan<float> labels, weights;
    private readonly Span<float> gradients, hessians;
    private readonly int rows, start;

    /// <summary>Makes a block.</summary>
    /// <param name="scores">All raw scores, K x N.</param>
    /// <param name="labels">All N labels.</param>
    /// <param name="weights">All N weights, or nothing.</param>
    /// <param name="gradients">Receives the first derivatives, K x N; empty if only losses are wanted.</param>
    /// <param name="hessians">Receives the second derivatives, K x N; empty if only losses are wanted.</param>
    /// <param name="start">The first row of the block.</param>
    /// <param name="count">The number of rows of the block.</param>
    /// <param name="exact">Whether the second derivatives are wanted as they are, instead of made positive.</param>
    public BoostingBlock(
        ReadOnlySpan<double> scores, ReadOnlySpan<float> labels, ReadOnlySpan<float> weights, Span<float> gradients, Span<float> hessians,
        int start, int count, bool exact = false)
    {
        rows = labels.Length;
        if (rows == 0 || scores.Length % rows != 0) throw new ArgumentException($"{scores.Length} scores do not fit {rows} labels.", nameof(scores));
        if (!weights.IsEmpty && weights.Length != rows) throw new ArgumentException($"{weights.Length} weights do not fit {rows} labels.", nameof(weights));
        if (gradients.Length != hessians.Length || (!gradients.IsEmpty && gradients.Length != scores.Length))
            throw new ArgumentException($"{gradients.Length} gradients and {hessians.Length} second derivatives do not fit {scores.Length} scores.",
                nameof(gradients));
        if (start < 0 || count < 0 || start > rows - count)
            throw new ArgumentOutOfRangeException(nameof(start), start, $"The block does not lie within {rows} rows.");
        this.scores = scores;
        this.labels = labels.Slice(start, count);
        this.weights = weights.IsEmpty ? weights : weights.Slice(start, count);
        this.gradients = gradients;
        this.hessians = hessians;
        this.start = start;
        Count = count;
        IsExact = exact;
    }

    /// <summary>The number of rows of the block.</summary>
    public int Count { get; }

    /// <summary>The number of scores per row.</summary>
    public int Outputs => scores.Length / rows;

    /// <summary>Whether the second derivatives are wanted as they are; otherwise they must not be negative.</summary>
    public bool IsExact { get; }

    /// <summary>The labels of the rows.</summary>
    public ReadOnlySpan<float> Labels => labels;

    /// <summary>The weights of the rows, or nothing.</summary>
    public ReadOnlySpan<float> Weights => weights;

    /// <summary>The raw scores of an output.</summary>
    /// <param name="output">The output, from 0.</param>
    public ReadOnlySpan<double> Scores(int output) => scores.Slice(output * rows + start, Count);

    /// <summary>Receives the first derivatives for an output.</summary>
    /// <param name="output">The output, from 0.</param>
    public Span<float> Gradients(int output) => gradients.Slice(output * rows + start, Count);

    /// <summary>Receives the second derivatives for an output.</summary>
    /// <param name="output">The output, from 0.</param>
    public Span<float> Hessians(int output) => hessians.Slice(output * rows + start, Count);
}
