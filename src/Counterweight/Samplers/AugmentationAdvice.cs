using System.Globalization;

namespace Counterweight;

/// <summary>
/// What augmenting images (or any costly preparation of rows) while training spends on the majority class, and what a balanced sampler
/// saves: the same views of the rarest class from far fewer augmented images, without copies of rows in memory.
/// </summary>
/// <remarks>
/// <para>Without a sampler an epoch augments each of the N rows once: n_c / N of the work goes to class c. With a class-balanced sampler
/// an epoch of N draws has N / K views of every class. To show the rarest class as often without the sampler takes N / (K n_min)
/// epochs; the difference is what the sampler saves. Upsampling by copying rows until the classes are equal, the other way to those
/// views, holds K n_max rows. The probability that a batch of a shuffled epoch has no row of the rarest class is hypergeometric,
/// (N - n_min choose B) / (N choose B).</para>
/// </remarks>
/// <example>
/// <code>
/// var advice = AugmentationAdvice.For([9000, 1000], batchSize: 32, secondsPerImage: 0.01);
/// double share = advice.MajorityShare;                   // 0.9 of the augmented images are majority
/// double saved = advice.SecondsSaved;                    // 400 s for as many minority views as a balanced epoch has
/// </code>
/// </example>
public sealed record AugmentationAdvice
{
    private AugmentationAdvice() { }

    /// <summary>The number of rows N.</summary>
    public required long Rows { get; init; }

    /// <summary>The number of classes K.</summary>
    public required int Classes { get; init; }

    /// <summary>The rows of a batch B.</summary>
    public required int BatchSize { get; init; }

    /// <summary>The cost of augmenting one image in seconds; NaN if it was not given, and then so are all costs.</summary>
    public required double SecondsPerImage { get; init; }

    /// <summary>The largest class.</summary>
    public required int MajorityClass { get; init; }

    /// <summary>The smallest class.</summary>
    public required int MinorityClass { get; init; }

    /// <summary>The share of the augmented images that are of the largest class without a sampler, in [0, 1].</summary>
    public required double MajorityShare { get; init; }

    /// <summary>The same with a class-balanced sampler: 1 / K.</summary>
    public double MajorityShareWithSampler => 1.0 / Classes;

    /// <summary>The views of the smallest class in an epoch without a sampler: its rows.</summary>
    public required long MinorityViews { get; init; }

    /// <summary>The expected views of the smallest class in an epoch of N draws of a class-balanced sampler: N / K.</summary>
    public double MinorityViewsWithSampler => (double)Rows / Classes;

    /// <summary>The expected rows of the smallest class in a batch without a sampler.</summary>
    public double MinorityPerBatch => (double)MinorityViews / Rows * Math.Min(BatchSize, Rows);

    /// <summary>The probability that a batch of a shuffled epoch has no row of the smallest class, in [0, 1].</summary>
    public required double BatchWithoutMinority { get; init; }

    /// <summary>The epochs without a sampler that show the smallest class as often as one epoch with it.</summary>
    public double EpochsForSameViews => MinorityViewsWithSampler / MinorityViews;

    /// <summary>The cost of augmentation in an epoch, in seconds; the same with and without a sampler.</summary>
    public double SecondsPerEpoch => Rows * SecondsPerImage;

    /// <summary>How much of an epoch's cost goes to the largest class without a sampler, in seconds.</summary>
    public double MajoritySecondsPerEpoch => SecondsPerEpoch * MajorityShare;

    /// <summary>How much of an epoch's cost goes to the largest class with a class-balanced sampler, in seconds.</summary>
    public double MajoritySecondsPerEpochWithSampler => SecondsPerEpoch * MajorityShareWithSampler;

    /// <summary>What a balanced epoch saves against showing the smallest class as often without a sampler, in seconds.</summary>
    public double SecondsSaved => SecondsPerEpoch * (EpochsForSameViews - 1);

    /// <summary>The images that need not be augmented for those views, the same saving in images.</summary>
    public double ImagesSaved => Rows * (EpochsForSameViews - 1);

    /// <summary>The copies of rows that upsampling by copying would hold, K n_max - N; a sampler holds none.</summary>
    public required long CopiesSaved { get; init; }

    /// <summary>The advice for class counts.</summary>
    /// <param name="counts">The rows n_c of each class; at least two classes, none empty.</param>
    /// <param name="batchSize">The rows of a batch; at least 1.</param>
    /// <param name="secondsPerImage">The cost of augmenting one image in seconds, 0 or more; NaN if unknown.</param>
    /// <exception cref="ArgumentOutOfRangeException">The batch size or the cost is out of its range.</exception>
    /// <exception cref="UnusableDataException">There are fewer than two classes, or one is empty.</exception>
    public static AugmentationAdvice For(ReadOnlySpan<long> counts, int batchSize, double secondsPerImage = double.NaN)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(batchSize);
        if (secondsPerImage < 0 || double.IsInfinity(secondsPerImage))
            throw new ArgumentOutOfRangeException(nameof(secondsPerImage), secondsPerImage, "The cost of an image is a finite number of seconds of 0 or more.");
        if (counts.Length < 2) throw new UnusableDataException($"There {(counts.Length == 1 ? "is 1 class" : "are no classes")}; balance takes two or more.");
        int most = 0, least = 0;
        long rows = 0;
        for (int c = 0; c < counts.Length; c++)
        {
            if (counts[c] <= 0) throw new UnusableDataException($"Class {c} has {counts[c]} rows; leave it out or add rows of it.");
            if (counts[c] > counts[most]) most = c;
            if (counts[c] < counts[least]) least = c;
            rows = checked(rows + counts[c]);
        }

        return new()
        {
            Rows = rows,
            Classes = counts.Length,
            BatchSize = batchSize,
            SecondsPerImage = secondsPerImage,
            MajorityClass = most,
            MinorityClass = least,
            MajorityShare = (double)counts[most] / rows,
            MinorityViews = counts[least],
            BatchWithoutMinority = NoneIn(batchSize, counts[least], rows),
            CopiesSaved = checked(counts.Length * counts[most]) - rows,
        };
    }

    /// <summary>The advice in a few sentences, for a terminal.</summary>
    public override string ToString()
    {
        CultureInfo culture = CultureInfo.InvariantCulture;
        string text = string.Create(
            culture, $"Without a sampler {MajorityShare:P1} of the augmented images are of class {MajorityClass}; with a class-balanced sampler "
            + $"{MajorityShareWithSampler:P1} are. ")
            + string.Create(culture,
                $"A batch of {BatchSize} has {MinorityPerBatch:0.##} rows of class {MinorityClass} on average, and none with probability "
                + $"{BatchWithoutMinority:0.####}. ")
            + string.Create(culture,
                $"One balanced epoch shows class {MinorityClass} as often as {EpochsForSameViews:0.##} plain epochs, which saves {ImagesSaved:N0} "
                + $"augmented images, ")
            + string.Create(culture, $"and holds no copies where upsampling by copying would hold {CopiesSaved:N0}.");
        return double.IsNaN(SecondsPerImage)
            ? text
            : text + string.Create(culture,
                $" An epoch costs {SecondsPerEpoch:0.##} s of augmentation, {MajoritySecondsPerEpoch:0.##} s of it for class {MajorityClass}; the sampler "
                + $"saves {SecondsSaved:0.##} s per balanced epoch.");
    }

    /// <summary>The probability that a draw of a batch without replacement misses a class.</summary>
    private static double NoneIn(int batchSize, long classRows, long rows)
    {
        long draws = Math.Min(batchSize, rows);
        if (draws > rows - classRows) return 0;
        double logarithm = 0;
        for (long i = 0; i < draws; i++) logarithm += Math.Log((double)(rows - classRows - i) / (rows - i));
        return Math.Exp(logarithm);
    }
}
