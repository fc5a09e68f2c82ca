namespace Counterweight;

/// <summary>Draws rows with probabilities in proportion to their weights, with or without replacement, without a limit on the rows.</summary>
/// <remarks>
/// <para>With replacement: independent draws by the alias method (Walker, 1977) in 8 bytes per row and in constant time per draw,
/// random access included; the probability of a row is exact to 2^-56 of an average row's, whatever the other weights are, where a cumulative
/// sum in single precision stops telling rows apart at 2^24. Weights that depend on the class alone need half of that: see
/// <see cref="PerClass"/>.</para>
/// <para>Without replacement: successive draws in proportion to the weights among the rows that are left, by exponential keys
/// (Efraimidis and Spirakis, 2006). The drawn rows come in a random order, so that heavy rows do not lead the epoch. This holds
/// the weights and the indices of one epoch: 8 bytes per row and 4 bytes per draw; <see cref="WithoutReplacement"/> saves the 8.</para>
/// </remarks>
/// <example>
/// <code>
/// double[] weights = [1, 1, 1, 7];
/// var sampler = new WeightedRandomSampler(weights, length: 1000, seed: 0);
/// var rows = new long[1000];
/// sampler.Fill(epoch: 0, position: 0, rows);             // about 700 of them are row 3
/// </code>
/// </example>
public sealed class WeightedRandomSampler : ISampler
{
    private readonly long seed;
    private readonly WeightedTable? table;
    private readonly ClassRows? classRows;
    private readonly AliasTable? classTable;
    private readonly WeightedSubset? subset;
    private readonly Lock subsetLock = new();
    private volatile Subset? drawn;

    /// <summary>Creates a sampler over rows with a weight each.</summary>
    /// <param name="weights">The weight of each row: finite, 0 or more, not all 0; they need not add up to anything.</param>
    /// <param name="length">The draws of an epoch; 0 for as many as there are rows (without replacement: rows with a positive weight).</param>
    /// <param name="replacement">Whether a row can be drawn again in the same epoch.</param>
    /// <param name="seed">The seed.</param>
    /// <param name="threads">The number of threads to build with; 0 for every processor.</param>
    /// <exception cref="UnusableDataException">A weight is negative, NaN or infinite (the message has its row), or all are 0.</exception>
    /// <exception cref="ArgumentOutOfRangeException">More draws without replacement than rows with a positive weight.</exception>
    public WeightedRandomSampler(ReadOnlySpan<double> weights, long length = 0, bool replacement = true, long seed = 0, int threads = 0)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        (this.seed, Rows, Replacement) = (seed, weights.Length, replacement);
        if (replacement)
        {
            table = WeightedTable.Of(weights, threads);
            Length = length == 0 ? Rows : length;
            return;
        }

        subset = WeightedSubset.Of(weights, length, threads);
        Length = subset.Size;
    }

    /// <inheritdoc cref="WeightedRandomSampler(ReadOnlySpan{double}, long, bool, long, int)"/>
    public WeightedRandomSampler(ReadOnlySpan<float> weights, long length = 0, bool replacement = true, long seed = 0, int threads = 0)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        (this.seed, Rows, Replacement) = (seed, weights.Length, replacement);
        if (replacement)
        {
            table = WeightedTable.Of(weights, threads);
            Length = length == 0 ? Rows : length;
            return;
        }

        subset = WeightedSubset.Of(weights, length, threads);
        Length = subset.Size;
    }

    /// <summary>Creates a sampler that draws without replacement from weights it keeps instead of copying: no memory per row.</summary>
    /// <param name="weights">The weight of each row: finite, 0 or more, not all 0; they need not add up to anything, and stay as they are while the sampler is
    /// used.</param>
    /// <param name="length">The draws of an epoch; 0 for as many as there are rows with a positive weight.</param>
    /// <param name="seed">The seed.</param>
    /// <param name="threads">The number of threads to check with; 0 for every processor.</param>
    /// <exception cref="UnusableDataException">A weight is negative, NaN or infinite (the message has its row), or all are 0.</exception>
    /// <exception cref="ArgumentOutOfRangeException">More draws than rows with a positive weight.</exception>
    public static WeightedRandomSampler WithoutReplacement(ReadOnlyMemory<double> weights, long length = 0, long seed = 0, int threads = 0)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        return new(WeightedSubset.Of(weights, length, threads), weights.Length, seed);
    }

    private WeightedRandomSampler(WeightedSubset subset, long rows, long seed) => (this.subset, Length, Rows, this.seed) = (subset, subset.Size, rows, seed);

    private WeightedRandomSampler(ClassRows rows, AliasTable classes, long length, long seed) =>
        (classRows, classTable, Length, Rows, Replacement, this.seed) = (rows, classes, length == 0 ? rows.Rows : length, rows.Rows, true, seed);

    /// <inheritdoc/>
    public long Rows { get; }

    /// <inheritdoc/>
    public long Length { get; }

    /// <summary>Whether a row can be drawn again in the same epoch.</summary>
    public bool Replacement { get; }

    /// <summary>Creates a sampler whose rows have the weight of their class, with replacement, in 4 bytes per row.</summary>
    /// <param name="labels">The class of each row, 0..K-1.</param>
    /// <param name="classWeights">The weight of a row of each class, K of them: finite, 0 or more, not all 0.</param>
    /// <param name="length">The draws of an epoch; 0 for as many as there are rows.</param>
    /// <param name="seed">The seed.</param>
    /// <exception cref="UnusableDataException">A label is not a class, or the weights leave nothing to draw.</exception>
    /// <exception cref="ArgumentException">A class weight is negative, NaN or infinite.</exception>
    public static WeightedRandomSampler PerClass(ReadOnlySpan<int> labels, ReadOnlySpan<double> classWeights, long length = 0, long seed = 0)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        for (int c = 0; c < classWeights.Length; c++)
            if (!(classWeights[c] >= 0 && double.IsFinite(classWeights[c])))
                throw new ArgumentException($"The weight of class {c} is {classWeights[c]:R}; a weight is a finite number of 0 or more.", nameof(classWeights));
        ClassRows rows = ClassRows.Of(labels, classWeights.Length, allowEmpty: true);
        double[] mass = new double[rows.Classes];
        for (int c = 0; c < mass.Length; c++) mass[c] = classWeights[c] * rows.Count(c);
        if (mass.All(m => m == 0)) throw new UnusableDataException("Every class that has rows has the weight zero, so no row can be drawn.");
        return new(rows, new AliasTable(mass), length, seed);
    }

    /// <summary>The probability with which a draw with replacement gives a row, as the tables have it: its weight's share up to rounding.</summary>
    /// <param name="row">The row, from 0.</param>
    /// <exception cref="InvalidOperationException">The sampler draws without replacement, where a draw depends on those before.</exception>
    public double Probability(long row)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(row);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(row, Rows);
        if (table is not null) return table.Probability((int)row);
        if (classRows is null) throw new InvalidOperationException("Without replacement the probability of a row depends on the draws before.");
        int label = classRows.ClassOf((int)row);
        return classTable!.Probability(label) / classRows.Count(label);
    }

    /// <inheritdoc/>
    public void Fill(long epoch, long position, Span<long> destination, int threads = 0)
    {
        SamplerBlocks.Check(this, epoch, position, destination.Length);
        long epochSeed = SamplerBlocks.EpochSeed(seed, epoch);
        if (table is not null) SamplerBlocks.Run(position, destination, threads, new WeightedDraws(table, epochSeed));
        else if (classRows is not null) SamplerBlocks.Run(position, destination, threads, new ClassDraws(classRows, classTable!, epochSeed));
        else
        {
            ReadOnlySpan<int> rows = SubsetOf(epoch, epochSeed, threads).AsSpan((int)position, destination.Length);
            for (int i = 0; i < rows.Length; i++) destination[i] = rows[i];
        }
    }

    private int[] SubsetOf(long epoch, long epochSeed, int threads)
    {
        if (drawn is { } ready && ready.Epoch == epoch) return ready.Rows;
        lock (subsetLock)
        {
            if (drawn is { } other && other.Epoch == epoch) return other.Rows;
            drawn = new Subset(epoch, subset!.Draw(epochSeed, threads));
            return drawn.Rows;
        }
    }

    private sealed record Subset(long Epoch, int[] Rows);
}
