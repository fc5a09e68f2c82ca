using System.Globalization;

namespace Counterweight;

/// <summary>What each decision costs: <c>cost[true class, predicted class]</c>, in any unit the user likes (money, minutes, harm).</summary>
/// <remarks>
/// <para>Elkan (2001), "The foundations of cost-sensitive learning". Costs are finite; a negative cost is a gain. The diagonal is usually,
/// but need not be, zero.</para>
/// <para>Text has one line per true class. With names, the first line lists the predicted classes after an empty or descriptive first field and each
/// further line starts with the name of its true class; the order of the names is free. Without names, lines and fields follow the order of the
/// classes.
/// Fields are separated by commas, semicolons or tabs; empty lines and lines that start with # are skipped.</para>
/// </remarks>
/// <example>
/// <code>
/// var costs = CostMatrix.FromPair(falsePositive: 1, falseNegative: 20);
/// double missed = costs[1, 0];   // 20
/// </code>
/// </example>
public sealed class CostMatrix : IEquatable<CostMatrix>
{
    private readonly double[] costs;

    private CostMatrix(double[] costs, int classes) => (this.costs, Classes) = (costs, classes);

    /// <summary>The number of classes K.</summary>
    public int Classes { get; }

    /// <summary>The cost of predicting one class where another is true.</summary>
    /// <param name="truth">The true class, 0..K-1.</param>
    /// <param name="predicted">The predicted class, 0..K-1.</param>
    public double this[int truth, int predicted]
    {
        get
        {
            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)truth, (uint)Classes, nameof(truth));
            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)predicted, (uint)Classes, nameof(predicted));
            return costs[truth * Classes + predicted];
        }
    }

    /// <summary>The costs, row-major (K x K): true class by predicted class.</summary>
    public ReadOnlySpan<double> AsSpan() => costs;

    /// <summary>Every error costs 1: the expected cost is then the error rate.</summary>
    /// <param name="classes">The number of classes, at least 2.</param>
    public static CostMatrix ZeroOne(int classes)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(classes, 2);
        double[] costs = new double[classes * classes];
        costs.AsSpan().Fill(1);
        for (int c = 0; c < classes; c++) costs[c * classes + c] = 0;
        return new(costs, classes);
    }

    /// <summary>The costs of the two errors of a binary problem; right decisions cost nothing.</summary>
    /// <param name="falsePositive">The cost of predicting the positive class where the other is true; not negative.</param>
    /// <param name="falseNegative">The cost of missing the positive class; not negative, and not zero together with <paramref
    /// name="falsePositive"/>.</param>
    /// <param name="positiveClass">The code of the positive class, 0 or 1.</param>
    public static CostMatrix FromPair(double falsePositive, double falseNegative, int positiveClass = 1)
    {
        foreach ((double value, string name) in new[] { (falsePositive, nameof(falsePositive)), (falseNegative, nameof(falseNegative)) })
            if (!(value >= 0 && double.IsFinite(value)))
                throw new ArgumentOutOfRangeException(name, value, "A cost of an error is a finite number of 0 or more.");
        if (falsePositive == 0 && falseNegative == 0)
            throw new ArgumentException("At least one of the two errors must cost something.", nameof(falseNegative));
        if (positiveClass is not (0 or 1))
            throw new ArgumentOutOfRangeException(nameof(positiveClass), positiveClass, "The positive class of a binary problem is 0 or 1.");
        return positiveClass == 1 ? new([0, falsePositive, falseNegative, 0], 2) : new([0, falseNegative, falsePositive, 0], 2);
    }

    /// <summary>Costs from a square array.</summary>
    /// <param name="costs">The costs, K x K: true class by predicted class.</param>
    public static CostMatrix From(double[,] costs)
    {
        ArgumentNullException.ThrowIfNull(costs);
        int classes = costs.GetLength(0);
        if (costs.GetLength(1) != classes)
            throw new ArgumentException($"A cost matrix is square, true class by predicted class; this one is {classes} x {costs.GetLength(1)}.",
                nameof(costs));
        double[] flat = new double[costs.Length];
        for (int i = 0; i < flat.Length; i++) flat[i] = costs[i / classes, i % classes];
        return From(flat, classes);
    }

    /// <summary>Costs from row-major values.</summary>
    /// <param name="costs">The costs, K x K row-major: true class by predicted class.</param>
    /// <param name="classes">The number of classes K, at least 2.</param>
    public static CostMatrix From(ReadOnlySpan<double> costs, int classes)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(classes, 2);
        if (costs.Length != classes * classes)
            throw new ArgumentException($"A cost matrix of {classes} classes has {classes * classes} values, not {costs.Length}.", nameof(costs));
        for (int i = 0; i < costs.Length; i++)
            if (!double.IsFinite(costs[i]))
                throw new ArgumentException(
                    string.Create(CultureInfo.InvariantCulture,
                        $"The cost of true class {i / classes} and predicted class {i % classes} is {costs[i]}; costs are finite numbers."), nameof(costs));
        return new(costs.ToArray(), classes);
    }

    /// <summary>Reads a cost matrix from text, with or without class names.</summary>
    /// <param name="text">The text; see the remarks of this type.</param>
    /// <param name="labels">The names of the classes in the order of their codes.</param>
    /// <param name="file">The name of the file the text comes from, for messages.</param>
    /// <exception cref="UnusableDataException">The text is no square matrix of numbers for these classes.</exception>
    public static CostMatrix Parse(string text, IReadOnlyList<string> labels, string? file = null)
    {
        ArgumentNullException.ThrowIfNull(text);
        ArgumentNullException.ThrowIfNull(labels);
        int classes = labels.Count;
        ArgumentOutOfRangeException.ThrowIfLessThan(classes, 2, nameof(labels));
        string[][] lines =
        [
            .. text.Split('\n', StringSplitOptions.TrimEntries).Where(line => line.Length > 0 && line[0] != '#')
                .Select(line => line.Split([',', ';', '\t']).Select(field => field.Trim().Trim('"').Trim()).ToArray()),
        ];
        bool named = lines.Length > 0 && (lines.Length == classes + 1 || lines[0].Length == classes + 1);
        int first = named ? 1 : 0, expected = classes + first;
        if (lines.Length != expected)
            throw new UnusableDataException($"A cost matrix of {classes} classes ({Join(labels)}) has {classes} lines of {classes} costs, with or without "
                + $"names; this one has {lines.Length} lines.", file);
        int[] columns = named ? Order([.. lines[0].Skip(1)], labels, "predicted classes (first line)", file) : [.. Enumerable.Range(0, classes)];
        int[] rows = named ? Order([.. lines.Skip(1).Select(line => line[0])], labels, "true classes (first field of each line)", file) : columns;
        double[] costs = new double[classes * classes];
        for (int i = 0; i < classes; i++)
        {
            string[] line = lines[i + first];
            if (line.Length != expected)
                throw new UnusableDataException($"{line.Length - first} costs stand where {classes} are needed, one for each class.", file, i + 1);
            for (int j = 0; j < classes; j++)
            {
                if (!double.TryParse(line[j + first], NumberStyles.Float, CultureInfo.InvariantCulture, out double cost) || !double.IsFinite(cost))
                    throw new UnusableDataException($"'{line[j + first]}' is no finite number.", file, i + 1, labels[columns[j]]);
                costs[rows[i] * classes + columns[j]] = cost;
            }
        }

        return new(costs, classes);
    }

    /// <summary>
    /// The classes that no Bayes decision ever chooses, because another class never costs more and somewhere costs less (Elkan, 2001, section 1.2).
    /// </summary>
    /// <returns>Their codes, ascending; empty for a reasonable matrix.</returns>
    public IReadOnlyList<int> NeverChosen()
    {
        List<int> never = [];
        for (int j = 0; j < Classes; j++)
        {
            bool dominated = false;
            for (int k = 0; k < Classes && !dominated; k++)
            {
                bool less = false, more = false;
                for (int t = 0; t < Classes; t++)
                {
                    less |= this[t, k] < this[t, j];
                    more |= this[t, k] > this[t, j];
                }

                dominated = k != j && !more && less;
            }

            if (dominated) never.Add(j);
        }

        return never;
    }

    /// <inheritdoc/>
    public bool Equals(CostMatrix? other) => other is not null && costs.AsSpan().SequenceEqual(other.costs);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as CostMatrix);

    /// <inheritdoc/>
    public override int GetHashCode()
    {
        var hash = new HashCode();
        foreach (double cost in costs) hash.Add(cost);
        return hash.ToHashCode();
    }

    /// <summary>The costs as lines of comma-separated numbers, which <see cref="Parse"/> reads back.</summary>
    public override string ToString() => string.Join('\n', Enumerable.Range(0, Classes).Select(
        t => string.Join(',', Enumerable.Range(0, Classes).Select(p => this[t, p].ToString("R", CultureInfo.InvariantCulture)))));

    private static int[] Order(string[] names, IReadOnlyList<string> labels, string what, string? file)
    {
        int[] codes = new int[names.Length];
        for (int i = 0; i < names.Length; i++)
        {
            codes[i] = -1;
            for (int c = 0; c < labels.Count; c++)
                if (labels[c] == names[i]) codes[i] = c;
            if (codes[i] < 0) throw new UnusableDataException($"'{names[i]}' among the {what} is no class; the classes are {Join(labels)}.", file);
            if (codes.AsSpan(0, i).Contains(codes[i])) throw new UnusableDataException($"'{names[i]}' stands twice among the {what}.", file);
        }

        return codes.Length == labels.Count
            ? codes
            : throw new UnusableDataException($"The {what} are {codes.Length} names; the classes are {Join(labels)}.", file);
    }

    private static string Join(IReadOnlyList<string> labels) =>
        labels.Count <= 20 ? string.Join(", ", labels) : string.Join(", ", labels.Take(20)) + $" and {labels.Count - 20} more";
}
