namespace Counterweight;

/// <summary>Moves from drawing every row equally often to drawing every class equally often as training goes on.</summary>
/// <remarks>
/// <para>p_c(t) = (1 - t/T) n_c / N + (t/T) / K in epoch t of T (Kang et al., 2020, "Decoupling representation and classifier for
/// long-tailed recognition", eq. 2); balanced from epoch T on. Draws are independent and with replacement.</para>
/// <para>Memory: one 4-byte index per row; nothing per draw.</para>
/// </remarks>
/// <example>
/// <code>
/// var sampler = new ProgressivelyBalancedSampler(labels, classes: 10, epochs: 90, seed: 0);
/// double[] halfway = sampler.ClassProbabilities(epoch: 45);
/// </code>
/// </example>
public sealed class ProgressivelyBalancedSampler : ISampler
{
    private readonly ClassRows rows;
    private readonly long seed;
    private volatile EpochTable? table;

    /// <summary>Creates the sampler.</summary>
    /// <param name="labels">The class of each row, 0..<paramref name="classes"/>-1.</param>
    /// <param name="classes">The number of classes K; each must have a row.</param>
    /// <param name="epochs">The epochs T that the way takes; at least 1.</param>
    /// <param name="length">The draws of an epoch; 0 for as many as there are rows.</param>
    /// <param name="seed">The seed.</param>
    /// <exception cref="UnusableDataException">A label is not a class, or a class has no rows.</exception>
    public ProgressivelyBalancedSampler(ReadOnlySpan<int> labels, int classes, int epochs, long length = 0, long seed = 0)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(epochs);
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        rows = ClassRows.Of(labels, classes);
        (this.seed, Epochs, Length) = (seed, epochs, length == 0 ? rows.Rows : length);
    }

    /// <inheritdoc/>
    public long Rows => rows.Rows;

    /// <inheritdoc/>
    public long Length { get; }

    /// <summary>The epochs T after which classes are balanced.</summary>
    public int Epochs { get; }

    /// <summary>The probability p_c of each class in an epoch; they add up to one.</summary>
    /// <param name="epoch">The epoch, from 0.</param>
    public double[] ClassProbabilities(long epoch)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(epoch);
        double way = Math.Min(1, (double)epoch / Epochs);
        double[] probabilities = new double[rows.Classes];
        for (int c = 0; c < probabilities.Length; c++)
            probabilities[c] = (1 - way) * rows.Count(c) / rows.Rows + way / rows.Classes;
        return probabilities;
    }

    /// <inheritdoc/>
    public void Fill(long epoch, long position, Span<long> destination, int threads = 0)
    {
        SamplerBlocks.Check(this, epoch, position, destination.Length);
        if (table is not { } ready || ready.Epoch != epoch)
            table = ready = new EpochTable(epoch, new AliasTable(ClassProbabilities(epoch)));
        SamplerBlocks.Run(position, destination, threads, new ClassDraws(rows, ready.Table, SamplerBlocks.EpochSeed(seed, epoch)));
    }

    private sealed record EpochTable(long Epoch, AliasTable Table);
}
