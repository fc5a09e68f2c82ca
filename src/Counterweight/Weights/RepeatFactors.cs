using System.Globalization;

namespace Counterweight;

/// <summary>How often an epoch repeats each image so that rare classes are seen more often: repeat factor sampling.</summary>
/// <remarks>
/// r(c) = max(1, sqrt(t / f(c))) with f(c) the share of the images that have class c, and r(i) = max of r(c) over the classes of image i (Gupta, Dollar and
/// Girshick, 2019, LVIS, appendix B.2; after Mahajan and others, 2018). Only classes in fewer than a share t of the images are repeated.
/// </remarks>
/// <example>
/// <code>
/// double[] perClass = RepeatFactors.PerClass([10, 9000], images: 10_000, threshold: 0.1);   // 10, 1
/// double factor = RepeatFactors.OfImage([0, 1], perClass);                                  // 10
/// </code>
/// </example>
public static class RepeatFactors
{
    /// <summary>The threshold t of the paper.</summary>
    public const double DefaultThreshold = 0.001;

    /// <summary>The factor of each class; one for a class that no image has.</summary>
    /// <param name="imagesOfClass">How many images have each class, K values.</param>
    /// <param name="images">The number of images, those without any class among them.</param>
    /// <param name="threshold">t, in (0, 1]: classes in a smaller share of the images are repeated.</param>
    /// <returns>K factors of one or more.</returns>
    /// <exception cref="ArgumentException">A count is negative or above the number of images, or the threshold is out of range.</exception>
    public static double[] PerClass(ReadOnlySpan<long> imagesOfClass, long images, double threshold = DefaultThreshold)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(images);
        if (threshold is not (> 0 and <= 1))
            throw new ArgumentOutOfRangeException(nameof(threshold), threshold, "The threshold of repeat factors is a share of the images in (0, 1].");
        double[] factors = new double[imagesOfClass.Length];
        for (int c = 0; c < factors.Length; c++)
        {
            if (imagesOfClass[c] < 0 || imagesOfClass[c] > images)
                throw new ArgumentException(string.Create(CultureInfo.InvariantCulture,
                    $"Class {c} is in {imagesOfClass[c]} images of {images}; the count is in 0..{images}."), nameof(imagesOfClass));
            factors[c] = imagesOfClass[c] == 0 ? 1 : Math.Max(1, Math.Sqrt(threshold / ((double)imagesOfClass[c] / images)));
        }

        return factors;
    }

    /// <summary>The factor of an image: the largest of its classes, one if it has none.</summary>
    /// <param name="classes">The codes of the classes that the image has.</param>
    /// <param name="perClass">The factor of each class.</param>
    public static double OfImage(ReadOnlySpan<int> classes, ReadOnlySpan<double> perClass)
    {
        double factor = 1;
        foreach (int c in classes) factor = Math.Max(factor, perClass[c]);
        return factor;
    }
}
