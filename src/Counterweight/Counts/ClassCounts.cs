using System.Globalization;
using System.Numerics;
using System.Runtime.InteropServices;

namespace Counterweight;

/// <summary>How many rows carry each class: n_c, their sum N and the number of classes K.</summary>
/// <remarks>
/// Immutable. Counts are <see langword="long"/>. Parts counted elsewhere (another file, another worker) merge with
/// <see cref="Merge"/>. Classes are ordered as <see cref="LabelOrder"/> says; the position of a class in that order is its code, and
/// every other type of the library speaks of codes.
/// </remarks>
/// <example>
/// <code>
/// ClassCounts counts = ClassCounts.Of(["spam", "ham", "ham"]);
/// long ham = counts["ham"];                    // 2
/// double share = counts.Share(1);              // 1/3: 'spam' has code 1
/// ClassCounts stated = ClassCounts.From([900, 100]);
/// </code>
/// </example>
public sealed class ClassCounts
{
    /// <summary>A quarter of what 64 bits hold, so that sums of a few counts, and one row more, still fit.</summary>
    private const long MostRows = 1L << 61;

    private readonly long[] counts;
    private readonly string[] labels;
    private readonly long[]? pixelsOfImages;
    private readonly double[]? totals, squares;
    private Dictionary<string, int>? codes;

    private ClassCounts(long[] counts, string[] labels, long[]? pixelsOfImages = null, double[]? totals = null, double[]? squares = null)
    {
        this.counts = counts;
        this.labels = labels;
        this.pixelsOfImages = pixelsOfImages;
        (this.totals, this.squares) = (totals, squares);
        foreach (long count in counts) Rows = checked(Rows + count);
    }

    /// <summary>K, the number of classes.</summary>
    public int Classes => counts.Length;

    /// <summary>N, the number of rows.</summary>
    public long Rows { get; }

    /// <summary>The labels in the order of their codes.</summary>
    public IReadOnlyList<string> Labels => labels;

    /// <summary>For pixels of label images: all counted pixels of the images that have the class, K values; null where images are not known.</summary>
    /// <remarks>With it a class's frequency in <see cref="WeightScheme.MedianFrequency"/> is that of Eigen and Fergus (2015): n_c over these pixels.</remarks>
    public IReadOnlyList<long>? PixelsOfImages => pixelsOfImages;

    /// <summary>The number of rows of a class.</summary>
    /// <param name="code">The code of the class, 0 to K-1.</param>
    public long this[int code] => counts[code];

    /// <summary>The number of rows of a class.</summary>
    /// <param name="label">The label of the class.</param>
    /// <exception cref="ArgumentException">There is no such class; the message names the nearest.</exception>
    public long this[string label] => counts[CodeOf(label)];

    /// <summary>Whether rows weigh differently, so that shares, priors and weight schemes go by <see cref="Total"/> and not by the number of rows.</summary>
    public bool IsWeighted => totals is not null;

    /// <summary>The summed weight of the rows of a class; its count where rows have no weights.</summary>
    /// <param name="code">The code of the class, 0 to K-1.</param>
    public double Total(int code) => totals?[code] ?? counts[code];

    /// <summary>The summed squares of the weights of the rows of a class; its count where rows have no weights.</summary>
    /// <param name="code">The code of the class, 0 to K-1.</param>
    public double SquaredTotal(int code) => squares?[code] ?? counts[code];

    /// <summary>The summed weight of all rows; <see cref="Rows"/> where rows have no weights.</summary>
    public double TotalWeight => totals is null ? Rows : totals.Sum();

    /// <summary>The largest count (or total weight) divided by the smallest that is not zero.</summary>
    public double ImbalanceRatio
    {
        get
        {
            if (totals is not null) return totals.Max() / totals.Where(t => t > 0).Min();
            long largest = 0, smallest = long.MaxValue;
            foreach (long count in counts)
            {
                if (count == 0) continue;
                largest = Math.Max(largest, count);
                smallest = Math.Min(smallest, count);
            }

            return largest == 0 ? 1 : (double)largest / smallest;
        }
    }

    /// <summary>The code of the class with the fewest rows (or the least total weight); the last of them where several have equally few.</summary>
    /// <remarks>For two equally large classes this is class 1, the usual positive class.</remarks>
    public int Rarest
    {
        get
        {
            int rarest = 0;
            for (int c = 1; c < counts.Length; c++)
                if (totals is null ? counts[c] <= counts[rarest] : totals[c] <= totals[rarest]) rarest = c;
            return rarest;
        }
    }

    /// <summary>States counts that are known already.</summary>
    /// <param name="counts">Rows per class, K values of zero or more.</param>
    /// <param name="labels">A label per class; 0, 1, ... if omitted.</param>
    /// <exception cref="ArgumentException">No class, a negative count, all counts zero, or labels that do not fit.</exception>
    public static ClassCounts From(ReadOnlySpan<long> counts, IReadOnlyList<string>? labels = null)
    {
        if (counts.Length == 0) throw new ArgumentException("At least one class count is needed.", nameof(counts));
        for (int c = 0; c < counts.Length; c++)
            if (counts[c] < 0) throw new ArgumentException(
                string.Create(CultureInfo.InvariantCulture, $"Class {c} has count {counts[c]}; a count is zero or more."), nameof(counts));
        Int128 sum = 0;
        foreach (long count in counts) sum += count;
        if (sum > MostRows)
            throw new ArgumentException(
                string.Create(CultureInfo.InvariantCulture, $"The counts sum to {sum}; counts of up to {MostRows} rows altogether are accepted."),
                nameof(counts));
        if (counts.IndexOfAnyExcept(0L) < 0) throw new ArgumentException("Every class count is zero; at least one class needs rows.", nameof(counts));
        if (labels is not null && labels.Count != counts.Length)
            throw new ArgumentException($"{labels.Count} labels do not fit {counts.Length} counts; give one label per count.", nameof(labels));
        string[] names = labels is null ? [.. Enumerable.Range(0, counts.Length).Select(c => c.ToString(CultureInfo.InvariantCulture))] : [.. labels];
        if (names.Distinct(StringComparer.Ordinal).Count() != names.Length)
            throw new ArgumentException($"The label '{names.GroupBy(n => n, StringComparer.Ordinal).First(g => g.Count() > 1).Key}' is given twice.",
                nameof(labels));
        return new ClassCounts(counts.ToArray(), names);
    }

    /// <summary>Counts integral labels.</summary>
    /// <param name="labels">One label per row, N values.</param>
    /// <param name="threads">How many threads may count; 0 means every processor.</param>
    /// <typeparam name="T">Any integral type.</typeparam>
    /// <exception cref="ArgumentException">There is no row.</exception>
    public static ClassCounts Of<T>(ReadOnlySpan<T> labels, int threads = 0) where T : unmanaged, IBinaryInteger<T>
    {
        if (labels.IsEmpty) throw new ArgumentException("There are no labels to count.", nameof(labels));
        (T[] keys, long[] found) = LabelCounting.Count(labels, Threads.Resolve(threads));
        return new ClassCounts(found, [.. keys.Select(k => k.ToString(null, CultureInfo.InvariantCulture))]);
    }

    /// <inheritdoc cref="Of{T}(ReadOnlySpan{T}, int)"/>
    public static ClassCounts Of<T>(T[] labels, int threads = 0) where T : unmanaged, IBinaryInteger<T>
    {
        ArgumentNullException.ThrowIfNull(labels);
        return Of((ReadOnlySpan<T>)labels, threads);
    }

    /// <summary>Counts text labels.</summary>
    /// <param name="labels">One label per row, N values, none null.</param>
    /// <param name="threads">How many threads may count; 0 means every processor.</param>
    /// <exception cref="ArgumentException">There is no row.</exception>
    /// <exception cref="UnusableDataException">A label is null; the message names the row.</exception>
    public static ClassCounts Of(ReadOnlySpan<string> labels, int threads = 0)
    {
        if (labels.IsEmpty) throw new ArgumentException("There are no labels to count.", nameof(labels));
        return FromDictionary(LabelCounting.Count(labels, Threads.Resolve(threads)));
    }

    /// <inheritdoc cref="Of(ReadOnlySpan{string}, int)"/>
    public static ClassCounts Of(string[] labels, int threads = 0)
    {
        ArgumentNullException.ThrowIfNull(labels);
        return Of((ReadOnlySpan<string>)labels, threads);
    }

    /// <summary>Takes counts that something else (a database, another program) collected by label.</summary>
    /// <param name="counts">The count of each label.</param>
    /// <exception cref="ArgumentException">No label, or a negative count.</exception>
    public static ClassCounts FromDictionary(IReadOnlyDictionary<string, long> counts)
    {
        ArgumentNullException.ThrowIfNull(counts);
        string[] sorted = LabelOrder.Sort(counts.Keys);
        return From([.. sorted.Select(label => counts[label])], sorted);
    }

    /// <summary>Counts the pixels of a label image (a mask): its raw values are the classes.</summary>
    /// <param name="mask">The class of each pixel, in any order of the pixels.</param>
    /// <param name="classes">How many classes there are; 0 means those that the mask has.</param>
    /// <param name="ignore">A value that counts nowhere, such as 255 for void; null counts every pixel.</param>
    /// <typeparam name="T">Any integral type.</typeparam>
    /// <exception cref="ArgumentException">No pixel is counted.</exception>
    /// <exception cref="UnusableDataException">A value is beyond <paramref name="classes"/>; the message names it.</exception>
    /// <example>
    /// <code>
    /// byte[] mask = [0, 0, 0, 2, 255];
    /// ClassCounts counts = ClassCounts.OfMask&lt;byte&gt;(mask, classes: 3, ignore: 255);   // 0: 3, 1: 0, 2: 1
    /// </code>
    /// </example>
    public static ClassCounts OfMask<T>(ReadOnlySpan<T> mask, int classes = 0, T? ignore = null) where T : unmanaged, IBinaryInteger<T>
    {
        var pixels = new MaskCounting(classes);
        pixels.Add(mask, ignore);
        return pixels.Counts();
    }

    /// <summary>Counts the pixels of several label images, and for each class those of the images that have it.</summary>
    /// <param name="masks">The class of each pixel, an element per image.</param>
    /// <param name="classes">How many classes there are; 0 means those that the masks have.</param>
    /// <param name="ignore">A value that counts nowhere, such as 255 for void; null counts every pixel.</param>
    /// <typeparam name="T">Any integral type.</typeparam>
    /// <exception cref="ArgumentException">No pixel is counted.</exception>
    /// <exception cref="UnusableDataException">A value is beyond <paramref name="classes"/>; the message names it and the image.</exception>
    public static ClassCounts OfMasks<T>(IEnumerable<ReadOnlyMemory<T>> masks, int classes = 0, T? ignore = null) where T : unmanaged, IBinaryInteger<T>
    {
        ArgumentNullException.ThrowIfNull(masks);
        var pixels = new MaskCounting(classes);
        foreach (ReadOnlyMemory<T> mask in masks) pixels.Add(mask.Span, ignore);
        return pixels.Counts();
    }

    /// <summary>The same counts with the pixels of the images that have each class: see <see cref="PixelsOfImages"/>.</summary>
    /// <param name="pixels">All counted pixels of the images that have the class, K values, none below the class's own count.</param>
    /// <exception cref="ArgumentException">There is another number of values, or one is below the count.</exception>
    public ClassCounts WithPixelsOfImages(ReadOnlySpan<long> pixels)
    {
        if (pixels.Length != counts.Length) throw new ArgumentException($"{pixels.Length} values do not fit {counts.Length} classes.", nameof(pixels));
        for (int c = 0; c < counts.Length; c++)
            if (pixels[c] < counts[c])
                throw new ArgumentException(string.Create(CultureInfo.InvariantCulture,
                    $"The images that have the class '{labels[c]}' have {pixels[c]} pixels, fewer than the {counts[c]} of the class."), nameof(pixels));
        return new ClassCounts(counts, labels, pixels.ToArray());
    }

    /// <summary>The same classes with rows that weigh differently, as survey weights or the number of times that a row stands for say.</summary>
    /// <remarks>Shares, priors, weight schemes and effective sample sizes then go by the total weights; the counts stay numbers of rows.</remarks>
    /// <param name="rowLabels">A code per row, N values in 0..K-1.</param>
    /// <param name="weights">A weight per row, N finite values of zero or more.</param>
    /// <exception cref="UnusableDataException">A weight is negative or no finite number, or all rows of a class weigh nothing.</exception>
    /// <exception cref="ArgumentException">The lengths differ, or the codes are not those that were counted.</exception>
    public ClassCounts WithWeights(ReadOnlySpan<int> rowLabels, ReadOnlySpan<double> weights)
    {
        if (rowLabels.Length != weights.Length)
            throw new ArgumentException($"There are {weights.Length} weights for {rowLabels.Length} rows.", nameof(weights));
        long[] rows = new long[counts.Length];
        double[] sums = new double[counts.Length], sumsOfSquares = new double[counts.Length];
        for (int i = 0; i < weights.Length; i++)
        {
            if (!(weights[i] >= 0) || double.IsInfinity(weights[i]))
                throw new UnusableDataException(
                    string.Create(CultureInfo.InvariantCulture, $"The weight of the row is {weights[i]}; a weight is a finite number of zero or more."),
                    row: i + 1L);
            int code = rowLabels[i];
            if ((uint)code >= (uint)rows.Length)
                throw new ArgumentException($"Row {i + 1} has the code {code}; there are {counts.Length} classes.", nameof(rowLabels));
            rows[code]++;
            sums[code] += weights[i];
            sumsOfSquares[code] += weights[i] * weights[i];
        }

        if (!rows.AsSpan().SequenceEqual(counts))
            throw new ArgumentException("The labels are not those that were counted.", nameof(rowLabels));
        for (int c = 0; c < rows.Length; c++)
            if (rows[c] > 0 && !(sums[c] > 0 && double.IsFinite(sumsOfSquares[c])))
                throw new UnusableDataException(sums[c] > 0
                    ? $"The weights of class '{labels[c]}' are too large to be added up; scale them down."
                    : $"All rows of class '{labels[c]}' weigh nothing, so that the class is not there. Give a row of it a weight, or remove the class.",
                    row: rowLabels.IndexOf(c) + 1L);
        return new ClassCounts(counts, labels, null, sums, sumsOfSquares);
    }

    /// <summary>The same classes with rows that weigh differently, added up elsewhere, as by a database.</summary>
    /// <param name="totals">The summed weight of the rows of each class, K finite values.</param>
    /// <param name="squared">The summed squares of the weights of the rows of each class, K finite values.</param>
    /// <exception cref="ArgumentException">The lengths are not K.</exception>
    /// <exception cref="UnusableDataException">All rows of a class weigh nothing, or their weights are too large to be added up.</exception>
    public ClassCounts WithTotals(ReadOnlySpan<double> totals, ReadOnlySpan<double> squared)
    {
        if (totals.Length != counts.Length || squared.Length != counts.Length)
            throw new ArgumentException($"There are {totals.Length} and {squared.Length} totals for {counts.Length} classes.", nameof(totals));
        for (int c = 0; c < totals.Length; c++)
            if (counts[c] > 0 && !(totals[c] > 0 && double.IsFinite(squared[c])))
                throw new UnusableDataException(totals[c] > 0
                    ? $"The weights of class '{labels[c]}' are too large to be added up; scale them down."
                    : $"All rows of class '{labels[c]}' weigh nothing, so that the class is not there. Give a row of it a weight, or remove the class.");
        return new ClassCounts(counts, labels, null, totals.ToArray(), squared.ToArray());
    }

    /// <summary>Adds counts of other rows: the union of the classes, each with the sum of its rows; <see cref="PixelsOfImages"/> if both have them.</summary>
    /// <param name="other">Counts of other rows.</param>
    public ClassCounts Merge(ClassCounts other)
    {
        ArgumentNullException.ThrowIfNull(other);
        if (labels.AsSpan().SequenceEqual(other.labels))
        {
            long[] sums = new long[counts.Length];
            for (int c = 0; c < sums.Length; c++) sums[c] = checked(counts[c] + other.counts[c]);
            if (IsWeighted || other.IsWeighted)
                return new ClassCounts(sums, labels, null, [.. sums.Select((_, c) => Total(c) + other.Total(c))],
                    [.. sums.Select((_, c) => SquaredTotal(c) + other.SquaredTotal(c))]);
            return new ClassCounts(sums, labels, pixelsOfImages?.Zip(other.pixelsOfImages ?? [], (a, b) => checked(a + b)).ToArray() is { } pixels
                && pixels.Length == sums.Length ? pixels : null);
        }

        if (IsWeighted || other.IsWeighted)
            throw new ArgumentException("Counts of weighted rows merge where both have the same classes.", nameof(other));
        ClassCounts sum = FromDictionary(Sums(c => c.counts));
        if (pixelsOfImages is null || other.pixelsOfImages is null) return sum;
        Dictionary<string, long> ofImages = Sums(c => c.pixelsOfImages!);
        return new ClassCounts(sum.counts, sum.labels, [.. sum.labels.Select(label => ofImages[label])]);

        Dictionary<string, long> Sums(Func<ClassCounts, long[]> values)
        {
            var sums = new Dictionary<string, long>(StringComparer.Ordinal);
            foreach (ClassCounts part in (ReadOnlySpan<ClassCounts>)[this, other])
                for (int c = 0; c < part.counts.Length; c++)
                {
                    ref long total = ref CollectionsMarshal.GetValueRefOrAddDefault(sums, part.labels[c], out _);
                    total = checked(total + values(part)[c]);
                }

            return sums;
        }
    }

    /// <summary>The share n_c / N of a class, in 0..1; of weighted rows its share of the total weight.</summary>
    /// <param name="code">The code of the class.</param>
    public double Share(int code) => totals is null ? (double)counts[code] / Rows : totals[code] / TotalWeight;

    /// <summary>The counts in the order of the codes, K values.</summary>
    public ReadOnlySpan<long> AsSpan() => counts;

    /// <summary>The shares n_c / N: the prior that an unweighted model learns. K values that sum to one.</summary>
    public double[] Prior() => totals is null ? [.. counts.Select(n => (double)n / Rows)] : [.. totals.Select(t => t / TotalWeight)];

    /// <summary>The code of a label.</summary>
    /// <param name="label">The label.</param>
    /// <exception cref="ArgumentException">There is no such class; the message names the nearest.</exception>
    public int CodeOf(string label)
    {
        ArgumentNullException.ThrowIfNull(label);
        codes ??= labels.Select((name, code) => (name, code)).ToDictionary(p => p.name, p => p.code, StringComparer.Ordinal);
        return codes.TryGetValue(label, out int found)
            ? found
            : throw new ArgumentException($"There is no class '{label}'. {NearestName.Hint(label, labels)}", nameof(label));
    }

    /// <summary>Turns labels into codes.</summary>
    /// <param name="rowLabels">One label per row.</param>
    /// <returns>One code per row.</returns>
    /// <exception cref="UnusableDataException">A label is not among the classes; the message names the row.</exception>
    public int[] Encode(ReadOnlySpan<string> rowLabels)
    {
        int[] encoded = new int[rowLabels.Length];
        for (int i = 0; i < encoded.Length; i++) encoded[i] = EncodeRow(rowLabels[i], i);
        return encoded;
    }

    /// <inheritdoc cref="Encode(ReadOnlySpan{string})"/>
    /// <typeparam name="T">Any integral type.</typeparam>
    public int[] Encode<T>(ReadOnlySpan<T> rowLabels) where T : unmanaged, IBinaryInteger<T>
    {
        var known = new Dictionary<T, int>();
        int[] encoded = new int[rowLabels.Length];
        for (int i = 0; i < encoded.Length; i++)
        {
            ref int code = ref CollectionsMarshal.GetValueRefOrAddDefault(known, rowLabels[i], out bool exists);
            if (!exists) code = EncodeRow(rowLabels[i].ToString(null, CultureInfo.InvariantCulture), i);
            encoded[i] = code;
        }

        return encoded;
    }

    /// <summary>The classes with their counts: <c>0: 900, 1: 100</c>.</summary>
    public override string ToString() =>
        string.Join(", ", labels.Zip(counts, (label, count) => string.Create(CultureInfo.InvariantCulture, $"{label}: {count}")));

    private int EncodeRow(string label, int row)
    {
        try
        {
            return CodeOf(label);
        }
        catch (ArgumentException unknown)
        {
            throw new UnusableDataException($"The label '{label}' is not among the {Classes} classes that were counted.", row: row + 1,
                innerException: unknown);
        }
    }
}
