namespace Counterweight;

/// <summary>The class with the least expected cost: argmin over j of sum over c of p_c cost[c, j]; the first of equals.</summary>
/// <remarks>
/// Elkan (2001), "The foundations of cost-sensitive learning", equation 1. Optimal when the probabilities are calibrated. With two
/// classes and costs only for errors it is the threshold cost(fp) / (cost(fp) + cost(fn)), equation 2.
/// </remarks>
/// <example>
/// <code>
/// int[] decided = new CostDecision(CostMatrix.FromPair(falsePositive: 1, falseNegative: 9)).Decide([0.85, 0.15]);   // 1: 0.15 is above 0.1
/// </code>
/// </example>
public sealed class CostDecision : IDecision
{
    /// <summary>Creates the rule.</summary>
    /// <param name="costs">The costs by true and predicted class.</param>
    public CostDecision(CostMatrix costs)
    {
        ArgumentNullException.ThrowIfNull(costs);
        Costs = costs;
    }

    /// <summary>The costs.</summary>
    public CostMatrix Costs { get; }

    /// <inheritdoc/>
    public int Classes => Costs.Classes;

    /// <inheritdoc/>
    public string Description => "the class with the least expected cost";

    /// <summary>The threshold of the Bayes decision of a binary problem: positive from here on is at least as cheap.</summary>
    /// <param name="costs">A two-class cost matrix.</param>
    /// <param name="positiveClass">The code of the positive class.</param>
    /// <returns>The threshold on the positive class's probability; it may lie outside 0..1, where one class is always the cheaper.
    /// NaN where the choice does not turn on the probability in the usual direction (a matrix in which being right costs more than being wrong).</returns>
    /// <exception cref="ArgumentException">The matrix has not two classes.</exception>
    /// <remarks>Elkan (2001), equation 2: (c10 - c00) / (c10 - c00 + c01 - c11).</remarks>
    public static double BayesThreshold(CostMatrix costs, int positiveClass = 1)
    {
        ArgumentNullException.ThrowIfNull(costs);
        if (costs.Classes != 2) throw new ArgumentException($"The cost matrix has {costs.Classes} classes; a threshold needs two.", nameof(costs));
        int p = positiveClass, n = 1 - p;
        double falseAlarm = costs[n, p] - costs[n, n], miss = costs[p, n] - costs[p, p];
        return falseAlarm + miss > 0 ? falseAlarm / (falseAlarm + miss) : double.NaN;
    }

    /// <summary>The expected cost of deciding each class: row-major (N, K), risk[i, j] = sum over c of p[i, c] cost[c, j].</summary>
    /// <param name="probabilities">Row-major (N, K).</param>
    /// <param name="risks">Receives row-major (N, K); must not overlap the probabilities.</param>
    /// <exception cref="ArgumentException">The lengths do not fit.</exception>
    public void Risks(ReadOnlySpan<double> probabilities, Span<double> risks)
    {
        int k = Classes, n = RowChecks.Shape(probabilities, k);
        if (risks.Length != probabilities.Length)
            throw new ArgumentException($"There are {probabilities.Length} probabilities and room for {risks.Length} risks.", nameof(risks));
        for (int i = 0; i < n; i++) RowRisks(probabilities.Slice(i * k, k), Costs.AsSpan(), risks.Slice(i * k, k));
    }

    /// <inheritdoc/>
    public void Decide(ReadOnlySpan<double> probabilities, Span<int> decisions, int threads = 0) =>
        RowBlocks.Decide(probabilities, Classes, decisions, threads, (rows, results) =>
        {
            int k = Classes;
            ReadOnlySpan<double> costs = Costs.AsSpan();
            Span<double> risk = k <= 256 ? stackalloc double[k] : new double[k];
            for (int i = 0; i < results.Length; i++)
            {
                RowRisks(rows.Slice(i * k, k), costs, risk);
                results[i] = First(risk);
            }
        });

    /// <summary>Decides rows that each have their own costs, such as the sum at stake in a transaction.</summary>
    /// <param name="probabilities">Row-major (N, K).</param>
    /// <param name="rowCosts">Row-major (N, K, K): for every row its cost[true, predicted].</param>
    /// <param name="classes">K.</param>
    /// <param name="decisions">Receives N classes.</param>
    /// <exception cref="ArgumentException">The lengths do not fit.</exception>
    /// <exception cref="UnusableDataException">A probability or cost is not a finite number.</exception>
    /// <remarks>Elkan (2001), section 1.1, with costs that depend on the example (Zadrozny and Elkan, 2001, equation 1).</remarks>
    public static void DecideRows(ReadOnlySpan<double> probabilities, ReadOnlySpan<double> rowCosts, int classes, Span<int> decisions)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(classes, 2);
        int n = RowChecks.Shape(probabilities, classes, decisions.Length);
        if (rowCosts.Length != (long)n * classes * classes)
            throw new ArgumentException($"There are {rowCosts.Length} costs; {n} rows of {classes} by {classes} are {(long)n * classes * classes}.",
                nameof(rowCosts));
        double[] risk = new double[classes];
        for (int i = 0; i < n; i++)
        {
            ReadOnlySpan<double> row = probabilities.Slice(i * classes, classes), costs = rowCosts.Slice(i * classes * classes, classes * classes);
            if (RowChecks.IndexOfNotFinite(row) >= 0) throw new UnusableDataException("A probability is not a finite number.", row: i + 1L);
            if (RowChecks.IndexOfNotFinite(costs) >= 0) throw new UnusableDataException("A cost is not a finite number.", row: i + 1L);
            RowRisks(row, costs, risk);
            decisions[i] = First(risk);
        }
    }

    /// <summary>Decides rows of a binary problem that each have their own cost of a false alarm and of a miss.</summary>
    /// <param name="probabilities">N probabilities of the positive class (class 1).</param>
    /// <param name="falsePositive">N costs of deciding 1 where 0 is true.</param>
    /// <param name="falseNegative">N costs of deciding 0 where 1 is true.</param>
    /// <param name="decisions">Receives N classes 0 or 1; 1 where both cost the same.</param>
    /// <exception cref="ArgumentException">The lengths differ.</exception>
    /// <exception cref="UnusableDataException">A value is not a finite number.</exception>
    public static void DecideRows(
        ReadOnlySpan<double> probabilities, ReadOnlySpan<double> falsePositive, ReadOnlySpan<double> falseNegative, Span<int> decisions)
    {
        if (falsePositive.Length != probabilities.Length || falseNegative.Length != probabilities.Length || decisions.Length != probabilities.Length)
            throw new ArgumentException(
                $"There are {probabilities.Length} probabilities, {falsePositive.Length} and {falseNegative.Length} costs and room for {decisions.Length} "
                + $"decisions; there must be as many of all.",
                nameof(probabilities));
        for (int i = 0; i < decisions.Length; i++)
        {
            double alarm = (1 - probabilities[i]) * falsePositive[i], miss = probabilities[i] * falseNegative[i];
            if (!double.IsFinite(alarm) || !double.IsFinite(miss))
                throw new UnusableDataException("A probability or cost is not a finite number.", row: i + 1L);
            decisions[i] = alarm <= miss ? 1 : 0;
        }
    }

    private static void RowRisks(ReadOnlySpan<double> row, ReadOnlySpan<double> costs, Span<double> risks)
    {
        int k = row.Length;
        risks.Clear();
        for (int c = 0; c < k; c++)
        {
            double p = row[c];
            ReadOnlySpan<double> own = costs.Slice(c * k, k);
            for (int j = 0; j < own.Length; j++) risks[j] += p * own[j];
        }
    }

    private static int First(ReadOnlySpan<double> risks)
    {
        int best = 0;
        for (int j = 1; j < risks.Length; j++)
            if (risks[j] < risks[best]) best = j;
        return best;
    }
}
