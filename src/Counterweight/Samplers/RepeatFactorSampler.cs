namespace Counterweight;

/// <summary>Shows rows with a rare label several times per epoch, and every row at least once.</summary>
/// <remarks>
/// <para>A label's repeat factor is r(c) = max(1, sqrt(t / f(c))), with f(c) the share of rows that carry it; a row's factor is the largest of
/// its labels' (Gupta, Dollar and Girshick, 2019, "LVIS: a dataset for large vocabulary instance segmentation", section 5.1). A
/// row without labels has the factor 1.</para>
/// <para>A row appears floor(r) times, and once more with the probability r - floor(r); who gets the extra place is drawn anew each epoch
/// among the rows of the same factor, in a way that gives every epoch the same length, floor of the summed factors.
/// Memory: one 4-byte index per row; nothing per draw.</para>
/// </remarks>
/// <example>
/// <code>
/// LabelSets labels = LabelSets.From([[0], [0], [0], [0, 1]]);
/// var sampler = new RepeatFactorSampler(labels, classes: 2, threshold: 1, seed: 0);
/// double factor = sampler.RepeatFactor(1);               // sqrt(1 / 0.25) = 2: row 3 comes twice
/// </code>
/// </example>
public sealed class RepeatFactorSampler : ISampler
{
    private readonly double[] classFactors;
    private readonly ClassRows groups;                                       // rows of the same factor
    private readonly double[] groupFactors;
    private readonly long[] baseEnds;                                        // places of the whole repeats, group by group
    private readonly double[] extraEnds;                                     // expected extra places, summed up
    private readonly long extras, seed;
    private volatile EpochOrder? order;

    /// <summary>Creates the sampler for rows with one label each.</summary>
    /// <param name="labels">The class of each row, 0..<paramref name="classes"/>-1.</param>
    /// <param name="classes">The number of classes K; each must have a row.</param>
    /// <param name="threshold">The share t below which a label is repeated, in (0, 1]; LVIS takes 0.001.</param>
    /// <param name="seed">The seed.</param>
    /// <exception cref="UnusableDataException">A label is not a class, or a class has no rows.</exception>
    public RepeatFactorSampler(ReadOnlySpan<int> labels, int classes, double threshold = 0.001, long seed = 0)
        : this(ClassRows.Of(labels, classes), threshold, seed) { }

    /// <summary>Creates the sampler for rows with several labels.</summary>
    /// <param name="labels">The labels of each row.</param>
    /// <inheritdoc cref="RepeatFactorSampler(ReadOnlySpan{int}, int, double, long)"/>
#pragma warning disable CS1573 // the other parameters are those of the inherited comment
    public RepeatFactorSampler(LabelSets labels, int classes, double threshold = 0.001, long seed = 0)
        : this(ClassRows.Of(labels, classes), threshold, seed) { }
#pragma warning restore CS1573

    private RepeatFactorSampler(ClassRows rows, double threshold, long seed)
    {
        if (threshold is not (> 0 and <= 1)) throw new ArgumentOutOfRangeException(nameof(threshold), threshold, "The threshold is a number in (0, 1].");
        (this.seed, Rows, Threshold) = (seed, rows.Rows, threshold);
        classFactors = new double[rows.Classes];
        double[] rowFactors = new double[rows.Rows];
        Array.Fill(rowFactors, 1);
        for (int c = 0; c < classFactors.Length; c++)
        {
            classFactors[c] = Math.Max(1, Math.Sqrt(threshold * rows.Rows / rows.Count(c)));
            for (int i = 0; i < rows.Count(c); i++)
                rowFactors[rows.Row(c, i)] = Math.Max(rowFactors[rows.Row(c, i)], classFactors[c]);
        }

        groupFactors = [.. rowFactors.Distinct().Order()];
        int[] groupOf = new int[rowFactors.Length];
        for (int i = 0; i < groupOf.Length; i++) groupOf[i] = Array.BinarySearch(groupFactors, rowFactors[i]);
        groups = ClassRows.Of(groupOf, groupFactors.Length);

        baseEnds = new long[groupFactors.Length];
        extraEnds = new double[groupFactors.Length];
        for (int g = 0; g < groupFactors.Length; g++)
        {
            long whole = (long)Math.Floor(groupFactors[g]);
            baseEnds[g] = (g == 0 ? 0 : baseEnds[g - 1]) + groups.Count(g) * whole;
            extraEnds[g] = (g == 0 ? 0 : extraEnds[g - 1]) + groups.Count(g) * (groupFactors[g] - whole);
        }

        extras = (long)Math.Floor(extraEnds[^1] + 1e-9);
        double scale = extras == 0 ? 0 : extras / extraEnds[^1];
        for (int g = 0; g < extraEnds.Length; g++) extraEnds[g] *= scale;
        extraEnds[^1] = extras;
    }

    /// <inheritdoc/>
    public long Rows { get; }

    /// <inheritdoc/>
    public long Length => baseEnds[^1] + extras;

    /// <summary>The share t below which a label is repeated.</summary>
    public double Threshold { get; }

    /// <summary>The repeat factor r(c) of a label.</summary>
    /// <param name="label">The label, 0..K-1.</param>
    public double RepeatFactor(int label) => classFactors[label];

    /// <inheritdoc/>
    public void Fill(long epoch, long position, Span<long> destination, int threads = 0)
    {
        SamplerBlocks.Check(this, epoch, position, destination.Length);
        if (order is not { } ready || ready.Epoch != epoch) order = ready = Order(epoch);
        SamplerBlocks.Run(position, destination, threads, new Places(this, ready));
    }

    private EpochOrder Order(long epoch)
    {
        long epochSeed = SamplerBlocks.EpochSeed(seed, epoch);
        double shift = new SeededRandom(epochSeed, -1).NextDouble();
        long[] ends = new long[extraEnds.Length];
        var permutations = new KeyedPermutation[ends.Length];
        for (int g = 0; g < ends.Length; g++)
        {
            // Systematic rounding: every group gets the whole part of its expected extra places or one more, and their sum never changes.
            long end = g == ends.Length - 1 ? extras : (long)Math.Floor(extraEnds[g] + shift);
            ends[g] = Math.Min(end, (g == 0 ? 0 : ends[g - 1]) + groups.Count(g));
            permutations[g] = new KeyedPermutation(groups.Count(g), epochSeed, 1L + g);
        }

        return new EpochOrder(epoch, new KeyedPermutation(Length, epochSeed, 0), permutations, ends);
    }

    private sealed record EpochOrder(long Epoch, KeyedPermutation Places, KeyedPermutation[] Groups, long[] ExtraEnds);

    private readonly struct Places(RepeatFactorSampler sampler, EpochOrder order) : IBlockFiller
    {
        public void Fill(long block, int skip, Span<long> destination)
        {
            long first = block * SamplerBlocks.Size + skip, whole = sampler.baseEnds[^1];
            for (int i = 0; i < destination.Length; i++)
            {
                long place = order.Places[first + i];
                long[] ends = place < whole ? sampler.baseEnds : order.ExtraEnds;
                long inPart = place < whole ? place : place - whole;
                int g = ClassRows.Find(ends, inPart);
                long inGroup = inPart - (g == 0 ? 0 : ends[g - 1]);
                inGroup = place < whole ? inGroup % sampler.groups.Count(g) : order.Groups[g][inGroup];
                destination[i] = sampler.groups.Row(g, (int)inGroup);
            }
        }
    }
}
