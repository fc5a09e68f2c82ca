using System.Globalization;

namespace Counterweight;

/// <summary>What each decision costs: <c>cost[true class, predicted class]</c>, in any unit the user likes (money, minutes, harm).</summary>
/// <remarks>
/// <para>Elkan (2001), "The foundations of cost-sensitive learning". Costs are finite; a negative cost is a gain. The diagonal is usually,
/// but need not be, zero.</para>
/// <para>Text has one line per true class. With names, the first line lists the predicted classes after an empty or descriptive first field and each
/// further line starts with the name of its true class; the order of the names is free. Without names, lines and fields follow the order of the
/// classes.
/// Fields are separated by semicolons, else tabs, else commas, and may stand in quotation marks; beside semicolons and tabs a decimal comma is read.
/// Empty lines and lines that start with # are skipped.</para>
/// </remarks>
/// <example>
/// <code>
/// var costs = CostMatrix.FromPair(falsePositive: 1, falseNegative: 20);
/// double missed = costs[1, 0];   // 20
/// </code>
/// </example>
public sealed class CostMatrix : IEquatable<CostMatrix>
{
    /// <summary>The size that a cost may have: sums over all rows, and their squares, then stay finite.</summary>
    internal const double Largest = 1e100;

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
            if (!(value is >= 0 and <= Largest))
                throw new ArgumentOutOfRangeException(name, value, "A cost of an error is a finite number of 0 or more, and 1E+100 at most.");
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
            if (!(Math.Abs(costs[i]) <= Largest))
                throw new ArgumentException(
                    string.Create(CultureInfo.InvariantCulture,
                        $"The cost of true class {i / classes} and predicted class {i % classes} is {costs[i]}; costs are finite numbers, 1E+100 in "
                        + $"size at most."), nameof(costs));
        return new(costs.ToArray(), classes);
    }

    /// <summary>Every wrong decision on a class costs the same.</summary>
    private static CostMatrix OfClasses(double[] perClass)
    {
        int classes = perClass.Length;
        double[] costs = new double[classes * classes];
        for (int t = 0; t < classes; t++)
            for (int p = 0; p < classes; p++)
                if (p != t) costs[t * classes + p] = perClass[t];
        return new(costs, classes);
    }

    /// <summary>Reads costs from text: a matrix, with or without class names, or a line of a class and its cost per class.</summary>
    /// <param name="text">The text; see the remarks of this type. A cost per class is the cost of every wrong decision on it.</param>
    /// <param name="labels">The names of the classes in the order of their codes.</param>
    /// <param name="file">The name of the file the text comes from, for messages.</param>
    /// <exception cref="UnusableDataException">The text is neither for these classes; what is wrong, missing or too much is named.</exception>
    public static CostMatrix Parse(string text, IReadOnlyList<string> labels, string? file = null)
    {
        ArgumentNullException.ThrowIfNull(text);
        ArgumentNullException.ThrowIfNull(labels);
        int classes = labels.Count;
        ArgumentOutOfRangeException.ThrowIfLessThan(classes, 2, nameof(labels));
        string[][] lines = CostText.Lines(text);
        if (CostText.IsPerClass(lines, labels)) return OfClasses(CostText.PerClass(lines, labels, file));
        bool named = lines.Length > 0 && (lines.Length == classes + 1 || lines[0].Length == classes + 1 || !CostText.Number(lines[0][0], out _));
        int first = named ? 1 : 0, expected = classes + first;
        int[] columns = [.. Enumerable.Range(0, classes)], rows = columns;
        if (named)
        {
            columns = CostText.Codes([.. lines[0].Skip(1)], labels, "predicted classes (first line)", file);
            rows = CostText.Codes([.. lines.Skip(1).Select(line => line[0])], labels, "true classes (first field of each line)", file);
        }

        if (lines.Length != expected)
            throw new UnusableDataException($"A cost matrix of {classes} classes ({CostText.Join(labels)}) has {classes} lines of {classes} costs, with "
                + $"or without "
                + $"names; this one has {lines.Length} lines.", file);
        double[] costs = new double[classes * classes];
        for (int i = 0; i < classes; i++)
        {
            string[] line = lines[i + first];
            if (line.Length != expected)
                throw new UnusableDataException($"{line.Length - first} costs stand where {classes} are needed, one for each class.", file, i + 1);
            for (int j = 0; j < classes; j++)
            {
                if (!CostText.Number(line[j + first], out double cost) || !(Math.Abs(cost) <= Largest))
                    throw new UnusableDataException($"'{line[j + first]}' is no finite number of 1E+100 in size at most.", file, i + 1, labels[columns[j]]);
                costs[rows[i] * classes + columns[j]] = cost;
            }
        }

        return new(costs, classes);
    }

    /// <summary>Reads a cost per class from the text that <see cref="Parse"/> reads; of a matrix it is what a row of the class costs when it is wrong, summed
    /// over the wrong classes (Ting, 2002).</summary>
    /// <param name="text">The text.</param>
    /// <param name="labels">The names of the classes in the order of their codes.</param>
    /// <param name="file">The name of the file the text comes from, for messages.</param>
    /// <returns>K costs, zero or more, not all zero.</returns>
    /// <exception cref="UnusableDataException">The text is no costs for these classes; what is wrong, missing or too much is named.</exception>
    public static double[] ParsePerClass(string text, IReadOnlyList<string> labels, string? file = null)
    {
        ArgumentNullException.ThrowIfNull(text);
        ArgumentNullException.ThrowIfNull(labels);
        string[][] lines = CostText.Lines(text);
        if (CostText.IsPerClass(lines, labels)) return CostText.PerClass(lines, labels, file);
        CostMatrix matrix = Parse(text, labels, file);
        double[] costs = new double[labels.Count];
        for (int t = 0; t < costs.Length; t++)
        {
            for (int p = 0; p < costs.Length; p++)
                if (p != t) costs[t] += matrix[t, p];
            if (!(costs[t] >= 0))
                throw new UnusableDataException(
                    string.Create(CultureInfo.InvariantCulture,
                        $"The errors on class '{labels[t]}' cost {costs[t]} altogether, and a weight is no less than 0."),
                    file);
        }

        return costs.Any(c => c > 0) ? costs : throw new UnusableDataException("Every error costs 0; at least one must cost something.", file);
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
}
