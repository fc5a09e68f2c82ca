using System.Globalization;
using System.Numerics;

namespace Counterweight;

/// <summary>Adds up the pixels of label images: of each class, and of the images that have the class.</summary>
internal sealed class MaskCounting(int classes)
{
    private readonly SortedDictionary<BigInteger, (long Own, long OfImages)> found = [];
    private readonly int classes = classes >= 0 ? classes
        : throw new ArgumentOutOfRangeException(nameof(classes), classes, "The number of classes is 1 or more, or 0 for those that the masks have.");
    private int images;

    /// <summary>Adds an image.</summary>
    internal void Add<T>(ReadOnlySpan<T> mask, T? ignore) where T : unmanaged, IBinaryInteger<T>
    {
        images++;
        if (mask.IsEmpty) return;
        (T[] values, long[] counts) = LabelCounting.Count(mask, Threads.Resolve(0));
        long all = 0;
        for (int i = 0; i < values.Length; i++)
            if (values[i] != ignore) all += counts[i];
        for (int i = 0; i < values.Length; i++)
        {
            if (values[i] == ignore) continue;
            if (classes > 0 && (T.IsNegative(values[i]) || BigInteger.CreateChecked(values[i]) >= classes))
                throw new UnusableDataException(string.Create(CultureInfo.InvariantCulture,
                    $"Image {images} has {counts[i]} pixels of class {values[i]}; with {classes} classes a pixel is in 0..{classes - 1}. "
                    + $"Ignore that value, or give the true number of classes."));
            BigInteger key = BigInteger.CreateChecked(values[i]);
            (long own, long ofImages) = found.GetValueOrDefault(key);
            found[key] = (own + counts[i], ofImages + all);
        }
    }

    /// <summary>What was counted.</summary>
    /// <exception cref="ArgumentException">No pixel was counted.</exception>
    internal ClassCounts Counts()
    {
        if (found.Count == 0) throw new ArgumentException("There is no pixel to count: the masks are empty, or every pixel has the ignored value.");
        for (int c = 0; c < classes; c++) found.TryAdd(c, default);
        return ClassCounts.From([.. found.Values.Select(v => v.Own)], [.. found.Keys.Select(k => k.ToString(CultureInfo.InvariantCulture))])
            .WithPixelsOfImages([.. found.Values.Select(v => v.OfImages)]);
    }
}
