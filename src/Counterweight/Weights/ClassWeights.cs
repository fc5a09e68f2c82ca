using System.Globalization;
using System.Numerics;
using System.Numerics.Tensors;

namespace Counterweight;

/// <summary>A weight per class, with the scheme and the counts it came from.</summary>
/// <remarks>
/// In a weighted cross entropy the loss of a row of class c is multiplied by w_c. Only the ratios between classes change what is learned;
/// the scale matters where the loss is not divided by the summed weights (see <see cref="Normalisation"/>).
/// </remarks>
/// <example>
/// <code>
/// ClassCounts counts = ClassCounts.From([900, 100]);
/// ClassWeights weights = ClassWeights.Balanced(counts);      // 0.5556, 5
/// double[] prior = weights.PriorAfter();                     // 0.5, 0.5
/// double rows = weights.EffectiveSampleSize();               // 360 of 1000
/// double[] perRow = weights.PerRow([0, 0, 1]);               // 0.5556, 0.5556, 5
/// </code>
/// </example>
public sealed class ClassWeights
{
    private readonly double[] weights;

    private ClassWeights(ClassCounts counts, string scheme, WeightOptions options, double[] weights) =>
        (Counts, Scheme, Options, this.weights) = (counts, scheme, options, weights);

    /// <summary>The counts the weights were made for.</summary>
    public ClassCounts Counts { get; }

    /// <summary>The canonical name of the scheme.</summary>
    public string Scheme { get; }

    /// <summary>The cap, scale and policy that finished the weights.</summary>
    public WeightOptions Options { get; }

    /// <summary>K, the number of classes.</summary>
    public int Classes => weights.Length;

    /// <summary>The weight of a class.</summary>
    /// <param name="code">The code of the class, 0 to K-1.</param>
    public double this[int code] => weights[code];

    /// <summary>Weights by a scheme, then the policy for empty classes, the cap and the scale, in this order.</summary>
    /// <param name="counts">The class counts.</param>
    /// <param name="scheme">The scheme.</param>
    /// <param name="options">Cap, scale and policy; <see cref="WeightOptions.Default"/> if omitted.</param>
    /// <exception cref="ArgumentException">A class has no rows and the policy is an error, or the scheme has another number of classes.</exception>
    public static ClassWeights From(ClassCounts counts, WeightScheme scheme, WeightOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(counts);
        ArgumentNullException.ThrowIfNull(scheme);
        options ??= WeightOptions.Default;
        long[] used = counts.AsSpan().ToArray();
        double[] totals = [.. used.Select((_, c) => counts.Total(c))];
        bool[] takesPart = new bool[used.Length];
        for (int c = 0; c < used.Length; c++)
        {
            takesPart[c] = used[c] > 0 || !scheme.NeedsRows;
            if (takesPart[c]) continue;
            if (options.EmptyClass == EmptyClassPolicy.Error)
                throw new ArgumentException($"Class '{counts.Labels[c]}' has no rows, so {scheme.Name} has no weight for it. Remove the class or choose an "
                    + $"EmptyClass policy.", nameof(counts));
            if (options.EmptyClass == EmptyClassPolicy.AsOneRow) (used[c], totals[c], takesPart[c]) = (1, 1, true);
        }

        double[] weights = new double[used.Length];
        if (counts.IsWeighted) scheme.Fill(totals, takesPart, weights);
        else scheme.FillWith(counts, used, takesPart, weights);
        for (int c = 0; c < weights.Length; c++)
            if (takesPart[c] && !(weights[c] >= 0 && double.IsFinite(weights[c])))
                throw new ArgumentException(string.Create(CultureInfo.InvariantCulture,
                    $"{scheme.Name} gives class '{counts.Labels[c]}' the weight {weights[c]}; weights are finite and zero or more."), nameof(scheme));
        if (options.EmptyClass == EmptyClassPolicy.Largest)
        {
            double largest = weights.Max();
            for (int c = 0; c < weights.Length; c++)
                if (!takesPart[c]) weights[c] = largest;
        }

        Cap(weights, options.LargestRatio);
        Scale(weights, counts, options.Normalisation);
        return new ClassWeights(counts, scheme.Name, options, weights);
    }

    /// <summary>N / (K n_c) for every class; see <see cref="WeightScheme.Balanced"/>.</summary>
    /// <param name="counts">The class counts.</param>
    public static ClassWeights Balanced(ClassCounts counts) => From(counts, WeightScheme.Balanced);

    /// <summary>1 / n_c for every class; see <see cref="WeightScheme.Inverse"/>.</summary>
    /// <param name="counts">The class counts.</param>
    public static ClassWeights Inverse(ClassCounts counts) => From(counts, WeightScheme.Inverse);

    /// <summary>max(n) / n_c for every class; see <see cref="WeightScheme.MaxRatio"/>.</summary>
    /// <param name="counts">The class counts.</param>
    public static ClassWeights MaxRatio(ClassCounts counts) => From(counts, WeightScheme.MaxRatio);

    /// <summary>The weights in the order of the codes, K values.</summary>
    public ReadOnlySpan<double> AsSpan() => weights;

    /// <summary>A copy of the weights in single precision, K values, for frameworks that take floats.</summary>
    public float[] ToSingles() => [.. weights.Select(w => (float)w)];

    /// <summary>A copy of the weights, K values.</summary>
    public double[] ToArray() => [.. weights];

    /// <summary>The weight of every row.</summary>
    /// <param name="labels">A code per row, N values in 0..K-1.</param>
    /// <returns>N weights.</returns>
    /// <exception cref="ArgumentException">A code is outside 0..K-1; the message names the row.</exception>
    public double[] PerRow(ReadOnlySpan<int> labels)
    {
        double[] perRow = new double[labels.Length];
        PerRow(labels, perRow);
        return perRow;
    }

    /// <summary>Writes the weight of every row into a buffer.</summary>
    /// <param name="labels">A code per row, N values in 0..K-1.</param>
    /// <param name="destination">N values, overwritten.</param>
    /// <typeparam name="T">The type of a weight.</typeparam>
    /// <exception cref="ArgumentException">The lengths differ, or a code is outside 0..K-1; the message names the row.</exception>
    public void PerRow<T>(ReadOnlySpan<int> labels, Span<T> destination) where T : unmanaged, INumberBase<T>
    {
        if (destination.Length != labels.Length)
            throw new ArgumentException($"The destination has {destination.Length} places for {labels.Length} labels.", nameof(destination));
        T[] table = [.. weights.Select(T.CreateTruncating)];
        for (int i = 0; i < labels.Length; i++)
        {
            int code = labels[i];
            if ((uint)code >= (uint)table.Length) throw OutOfRange(code, i, nameof(labels));
            destination[i] = table[code];
        }
    }

    /// <summary>The class shares that a model believes after training with these weights: w_c n_c, scaled to sum to one.</summary>
    /// <returns>K shares.</returns>
    public double[] PriorAfter()
    {
        double[] prior = new double[weights.Length];
        for (int c = 0; c < prior.Length; c++) prior[c] = weights[c] * Counts.Total(c);
        TensorPrimitives.Divide<double>(prior, TensorPrimitives.Sum<double>(prior), prior);
        return prior;
    }

    /// <summary>
    /// How many equally weighted rows carry as much information about a mean as these weighted rows: (sum w)^2 / sum w^2 over all rows
    /// (Kish, 1965, section 11.7). Between 1 and N.
    /// </summary>
    public double EffectiveSampleSize()
    {
        double scale = weights.Max(), sum = 0, squares = 0;
        for (int c = 0; c < weights.Length; c++)
        {
            double weight = weights[c] / scale;
            sum += weight * Counts.Total(c);
            squares += weight * weight * Counts.SquaredTotal(c);
        }

        return squares == 0 ? 0 : sum * sum / squares;
    }

    /// <summary>The classes with their weights: <c>0: 0.5556, 1: 5</c>.</summary>
    public override string ToString() =>
        string.Join(", ", Counts.Labels.Zip(weights, (label, weight) => string.Create(CultureInfo.InvariantCulture, $"{label}: {weight:G4}")));

    private static void Cap(double[] weights, double largestRatio)
    {
        if (double.IsPositiveInfinity(largestRatio)) return;
        double smallest = weights.Where(w => w > 0).Min();
        for (int c = 0; c < weights.Length; c++) weights[c] = Math.Min(weights[c], smallest * largestRatio);
    }

    private static void Scale(double[] weights, ClassCounts counts, Normalisation normalisation)
    {
        double divisor = normalisation switch
        {
            Normalisation.None => 1,
            Normalisation.SumOne => weights.Sum(),
            Normalisation.SumClasses => weights.Sum() / weights.Length,
            Normalisation.MeanOne => weights.Select((w, c) => w * counts.Total(c)).Sum() / counts.TotalWeight,
            Normalisation.MinOne => weights.Where(w => w > 0).Min(),
            Normalisation.MaxOne => weights.Max(),
            _ => throw new ArgumentOutOfRangeException(nameof(normalisation), normalisation, "Unknown normalisation."),
        };
        if (divisor == 0) throw new ArgumentException("Every row has weight zero, so the weights cannot be scaled to a mean of one.", nameof(weights));
        if (divisor != 1) TensorPrimitives.Divide<double>(weights, divisor, weights);
    }

    private ArgumentException OutOfRange(int code, int row, string parameter) =>
        new(string.Create(CultureInfo.InvariantCulture, $"Row {row + 1} has the code {code}; with {Classes} classes a code is in 0..{Classes - 1}."),
            parameter);
}
