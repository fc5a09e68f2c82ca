namespace Counterweight;

/// <summary>
/// Draws a class first and then one of its rows: with every class equally likely (class-balanced), or with a probability
/// proportional to a power of its count.
/// </summary>
/// <remarks>
/// <para>p_c = n_c^q / sum over j of n_j^q (Kang et al., 2020, "Decoupling representation and classifier for long-tailed
/// recognition", eq. 1): q = 1 draws every row equally often, q = 1/2 is square-root sampling (Mahajan et al., 2018), q = 0 is
/// class-balanced. Draws are independent and with replacement.</para>
/// <para>Memory: one 4-byte index per row (per row and label for several labels per row); nothing per draw.</para>
/// </remarks>
/// <example>
/// <code>
/// int[] labels = [0, 0, 0, 0, 0, 0, 0, 0, 0, 1];
/// var sampler = new ClassBalancedSampler(labels, classes: 2, seed: 0);
/// var rows = new long[sampler.Length];
/// sampler.Fill(epoch: 0, position: 0, rows);             // about half of them are row 9
/// </code>
/// </example>
public sealed class ClassBalancedSampler : ISampler
{
    private readonly ClassRows rows;
    private readonly AliasTable table;
    private readonly long seed;

    /// <summary>Creates a sampler that draws every class equally often.</summary>
    /// <param name="labels">The class of each row, 0..<paramref name="classes"/>-1.</param>
    /// <param name="classes">The number of classes K; each must have a row.</param>
    /// <param name="length">The draws of an epoch; 0 for as many as there are rows.</param>
    /// <param name="seed">The seed.</param>
    /// <exception cref="UnusableDataException">A label is not a class, or a class has no rows.</exception>
    public ClassBalancedSampler(ReadOnlySpan<int> labels, int classes, long length = 0, long seed = 0)
        : this(ClassRows.Of(labels, classes), 0, length, seed) { }

    /// <summary>Creates a sampler for rows with several labels: a class, each equally often, then a row that carries it.</summary>
    /// <param name="labels">The labels of each row; a row without labels is never drawn.</param>
    /// <param name="classes">The number of classes K; each must have a row.</param>
    /// <param name="length">The draws of an epoch; 0 for as many as there are rows.</param>
    /// <param name="seed">The seed.</param>
    /// <exception cref="UnusableDataException">A label is not a class, or a class has no rows.</exception>
    public ClassBalancedSampler(LabelSets labels, int classes, long length = 0, long seed = 0)
        : this(ClassRows.Of(labels, classes), 0, length, seed) { }

    private ClassBalancedSampler(ClassRows rows, double exponent, long length, long seed)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        (this.rows, this.seed, Length, Exponent) = (rows, seed, length == 0 ? rows.Rows : length, exponent);
        double[] weights = rows.Power(exponent);
        table = new AliasTable(weights);
        double total = CompensatedSum.Of(weights);
        ClassProbabilities = [.. weights.Select(w => w / total)];
    }

    /// <inheritdoc/>
    public long Rows => rows.Rows;

    /// <inheritdoc/>
    public long Length { get; }

    /// <summary>The exponent q: 0 is class-balanced, 1 draws every row equally often.</summary>
    public double Exponent { get; }

    /// <summary>The probability p_c of each class; they add up to one.</summary>
    public IReadOnlyList<double> ClassProbabilities { get; }

    /// <summary>Draws classes in proportion to the square root of their counts (Mahajan et al., 2018).</summary>
    /// <inheritdoc cref="Power(ReadOnlySpan{int}, int, double, long, long)"/>
    public static ClassBalancedSampler SquareRoot(ReadOnlySpan<int> labels, int classes, long length = 0, long seed = 0) =>
        Power(labels, classes, 0.5, length, seed);

    /// <summary>Draws classes in proportion to their counts to the power <paramref name="q"/>.</summary>
    /// <param name="labels">The class of each row, 0..<paramref name="classes"/>-1.</param>
    /// <param name="classes">The number of classes K; each must have a row.</param>
    /// <param name="q">The exponent, in [0, 1].</param>
    /// <param name="length">The draws of an epoch; 0 for as many as there are rows.</param>
    /// <param name="seed">The seed.</param>
    /// <exception cref="UnusableDataException">A label is not a class, or a class has no rows.</exception>
    public static ClassBalancedSampler Power(ReadOnlySpan<int> labels, int classes, double q, long length = 0, long seed = 0) =>
        new(ClassRows.Of(labels, classes), Exponents(q), length, seed);

    /// <summary>Draws labels in proportion to the rows that carry them to the power <paramref name="q"/>, then a row that carries the label.</summary>
    /// <inheritdoc cref="Power(ReadOnlySpan{int}, int, double, long, long)"/>
    public static ClassBalancedSampler Power(LabelSets labels, int classes, double q, long length = 0, long seed = 0) =>
        new(ClassRows.Of(labels, classes), Exponents(q), length, seed);

    private static double Exponents(double q) =>
        q is >= 0 and <= 1 ? q : throw new ArgumentOutOfRangeException(nameof(q), q, "The exponent is a number in [0, 1].");

    /// <inheritdoc/>
    public void Fill(long epoch, long position, Span<long> destination, int threads = 0)
    {
        SamplerBlocks.Check(this, epoch, position, destination.Length);
        SamplerBlocks.Run(position, destination, threads, new ClassDraws(rows, table, SamplerBlocks.EpochSeed(seed, epoch)));
    }
}
