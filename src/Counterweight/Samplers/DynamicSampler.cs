namespace Counterweight;

/// <summary>Draws the classes more often that the model gets wrong: between epochs it takes a result per class and shifts towards the worst.</summary>
/// <remarks>
/// <para>After results r_c (F1 scores, say) p_c = (1 - r_c) / sum over j of (1 - r_j) (Pouyanfar et al., 2018, "Dynamic sampling in
/// convolutional neural networks for imbalanced data classification", section III), here mixed with a floor so that no class
/// is forgotten: (1 - floor) p_c + floor / K. Before the first results, and when every result is 1, classes are balanced.</para>
/// <para>Results given after epoch t act on epoch t + 1 and later; earlier epochs stay as they were. The whole state is
/// <see cref="History"/>; a sampler made with it goes on where the other was. Memory: one 4-byte index per row, K numbers per update.</para>
/// </remarks>
/// <example>
/// <code>
/// var sampler = new DynamicSampler(labels, classes: 3, seed: 0);
/// // train epoch 0 with sampler.Epoch(0), evaluate, then:
/// sampler.Update(epoch: 0, [0.9, 0.8, 0.3]);
/// double[] next = sampler.ClassProbabilities(epoch: 1);  // most for class 2
/// </code>
/// </example>
public sealed class DynamicSampler : IAdaptiveSampler
{
    private readonly ClassRows rows;
    private readonly long seed;
    private readonly Lock gate = new();
    private volatile Stage[] stages;

    /// <summary>Creates the sampler.</summary>
    /// <param name="labels">The class of each row, 0..<paramref name="classes"/>-1.</param>
    /// <param name="classes">The number of classes K; each must have a row.</param>
    /// <param name="floor">The share of the draws that stays balanced whatever the results, in [0, 1].</param>
    /// <param name="length">The draws of an epoch; 0 for as many as there are rows.</param>
    /// <param name="seed">The seed.</param>
    /// <param name="history">The updates of an earlier run to go on from, as <see cref="History"/> gave them.</param>
    /// <exception cref="UnusableDataException">A label is not a class, or a class has no rows.</exception>
    public DynamicSampler(ReadOnlySpan<int> labels, int classes, double floor = 0.1, long length = 0, long seed = 0,
        IEnumerable<(long Epoch, double[] Results)>? history = null)
    {
        if (floor is not (>= 0 and <= 1)) throw new ArgumentOutOfRangeException(nameof(floor), floor, "The floor is a number in [0, 1].");
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        rows = ClassRows.Of(labels, classes);
        (this.seed, Floor, Length) = (seed, floor, length == 0 ? rows.Rows : length);
        stages = [Next(-1, new double[classes])];
        foreach ((long epoch, double[] results) in history ?? []) Update(epoch, results);
    }

    /// <inheritdoc/>
    public long Rows => rows.Rows;

    /// <inheritdoc/>
    public long Length { get; }

    /// <summary>The share of the draws that stays balanced whatever the results.</summary>
    public double Floor { get; }

    /// <summary>The updates so far, to save and to hand to the constructor of a resumed run.</summary>
    public IReadOnlyList<(long Epoch, double[] Results)> History => [.. stages.Skip(1).Select(s => (s.From - 1, (double[])s.Results.Clone()))];

    /// <summary>The probability p_c of each class in an epoch; they add up to one.</summary>
    /// <param name="epoch">The epoch, from 0.</param>
    public double[] ClassProbabilities(long epoch)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(epoch);
        return (double[])At(epoch).Probabilities.Clone();
    }

    /// <inheritdoc/>
    /// <remarks>A second update for the same epoch replaces the first; an update for an epoch before the last one is refused.</remarks>
    public void Update(long epoch, ReadOnlySpan<double> results)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(epoch);
        if (results.Length != rows.Classes)
            throw new ArgumentException($"There are {results.Length} results for {rows.Classes} classes; give one per class.", nameof(results));
        for (int c = 0; c < results.Length; c++)
            if (results[c] is not (>= 0 and <= 1))
                throw new ArgumentException($"The result of class {c} is {results[c]:R}; a result is a number in [0, 1].", nameof(results));
        lock (gate)
        {
            Stage last = stages[^1];
            if (epoch + 1 < last.From)
                throw new ArgumentOutOfRangeException(
                    nameof(epoch), epoch, $"Results of epoch {last.From - 1} are there already, so earlier epochs are settled.");
            Stage next = Next(epoch, results.ToArray());
            stages = last.From == epoch + 1 ? [.. stages[..^1], next] : [.. stages, next];
        }
    }

    /// <inheritdoc/>
    public void Fill(long epoch, long position, Span<long> destination, int threads = 0)
    {
        SamplerBlocks.Check(this, epoch, position, destination.Length);
        SamplerBlocks.Run(position, destination, threads, new ClassDraws(rows, At(epoch).Table, SamplerBlocks.EpochSeed(seed, epoch)));
    }

    private Stage At(long epoch)
    {
        Stage[] all = stages;
        int i = all.Length - 1;
        while (all[i].From > epoch) i--;
        return all[i];
    }

    private Stage Next(long epoch, double[] results)
    {
        double missing = results.Sum(r => 1 - r);
        double[] probabilities = [.. results.Select(r => missing > 0 ? (1 - Floor) * (1 - r) / missing + Floor / results.Length : 1.0 / results.Length)];
        return new(epoch + 1, results, probabilities, new AliasTable(probabilities));
    }

    private sealed record Stage(long From, double[] Results, double[] Probabilities, AliasTable Table);
}
