using System.Numerics;

namespace Counterweight;

/// <summary>SVM-SMOTE: SMOTE from the support vectors of the class.</summary>
/// <remarks>
/// <para>Nguyen, Cooper and Kamei, 2011, "Borderline over-sampling for imbalanced data classification", section 3: the support vectors of a soft-margin
/// machine stand for the border. Of the m nearest rows of any class, those whose neighbours are all of other classes are noise and left out; where at least
/// half are, new rows lie between the support vector and its k nearest rows of the class; where fewer are, they lie outwards, at x - u s (y - x) with u in [0,
/// 1) and s the step out. As in imbalanced-learn the first kind gets a share drawn from Beta(10, 10).</para>
/// <para>The machine has a Gaussian kernel with gamma = 1 / (D var), var over all numeric values, and cost 1 (the defaults of scikit-learn's SVC); with
/// more than two classes one machine for each other class.</para>
/// </remarks>
/// <param name="K">The number of neighbours within the class.</param>
/// <param name="M">The number of neighbours in the whole data that tell danger.</param>
/// <param name="Out">The step outwards.</param>
/// <param name="Cost">The machine's cost of a violated margin.</param>
public sealed record SvmSmote(int K = 5, int M = 10, double Out = 0.5, double Cost = 1) : OverSampler
{
    /// <summary>The number of neighbours within the class.</summary>
    public int K { get; init; } = AtLeastOne(K, nameof(K));

    /// <summary>The number of neighbours in the whole data that tell danger.</summary>
    public int M { get; init; } = AtLeastOne(M, nameof(M));

    /// <summary>The step outwards.</summary>
    public double Out { get; init; } = InRange(Out, 0, double.PositiveInfinity, nameof(Out));

    /// <summary>The machine's cost of a violated margin.</summary>
    public double Cost { get; init; } = Cost > 0 && double.IsFinite(Cost) ? Cost
        : throw new ArgumentOutOfRangeException(nameof(Cost), Cost, "Cost is a number above 0.");

    /// <inheritdoc/>
    public override string Name => "svm-smote";

    internal override OverPlan<T> Plan<T>(OverJob<T> job, int c, int added)
    {
        int[] own = job.RowsOf(c);
        SampleMatrix<T> members = job.Members(c).Matrix;
        int[] vectors = Support(job, c, Cost);
        int[] others = job.OtherNeighbours(c, vectors.Select(p => own[p]).ToArray(), M, "m");
        int[] danger = [.. vectors.Where((_, i) => others[i] < M && 2 * others[i] >= M)], safe = [.. vectors.Where((_, i) => 2 * others[i] < M)];
        if (danger.Length + safe.Length == 0)
            throw new UnusableDataException($"Every support vector of class {c} has only rows of other classes among its {M} nearest, so that svm-smote "
                + $"takes them all for noise; use smote.");
        SeededRandom random = job.Random(c);
        int inwards = danger.Length == 0 ? 0 : safe.Length == 0 ? added : (int)(Beta10(ref random) * (added + 1.0));
        int[] bases = [.. danger, .. safe];
        return new SupportPlan<T>(c, added, members, own, bases, job.Within(members, c, K, bases), K, danger.Length, Math.Min(inwards, added), Out);
    }

    /// <summary>The positions within a class of its support vectors, ascending.</summary>
    internal static int[] Support<T>(OverJob<T> job, int c, double cost) where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        SampleMatrix<T> rows = job.Rows;
        double variance = Variance(rows), gamma = variance > 0 ? 1 / (rows.Columns * variance) : 1;
        int[] own = job.RowsOf(c), order = [.. rows.Numeric, .. rows.Categorical];
        double mismatch = rows.Categorical.Count == 0 ? 0 : rows.Numeric.Count == 0 ? 1 : job.DistanceFor(c).MismatchSquared;
        var found = new bool[own.Length];
        double[] centre = ClassMoments.Of(rows, own).Means;
        for (int other = 0; other < job.Classes; other++)
        {
            int[] theirs = job.RowsOf(other);
            if (other == c || theirs.Length == 0) continue;
            int n = own.Length + theirs.Length;
            if ((long)n * order.Length > Array.MaxLength)
                throw new UnusableDataException($"The {n} rows of classes {c} and {other} are too many for svm-smote; use borderline-smote.");
            var columns = new float[n * order.Length];
            for (int i = 0; i < n; i++)
            {
                ReadOnlySpan<T> row = rows.Row(i < own.Length ? own[i] : theirs[i - own.Length]);
                for (int j = 0; j < order.Length; j++)
                    columns[j * n + i] = (float)(double.CreateTruncating(row[order[j]]) - (j < rows.Numeric.Count ? centre[order[j]] : 0));
            }

            var positive = new bool[n];
            positive.AsSpan(0, own.Length).Fill(true);
            double[] beta = new SupportVectors(columns, n, order.Length, rows.Numeric.Count, gamma, mismatch, job.Threads).Solve(positive, cost);
            for (int i = 0; i < own.Length; i++) found[i] |= beta[i] != 0;
        }

        return [.. Enumerable.Range(0, own.Length).Where(i => found[i])];
    }

    // The variance of all numeric values taken together, around their common mean.
    private static double Variance<T>(SampleMatrix<T> rows) where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        if (rows.Numeric.Count == 0) return 0;
        (double[] means, double[] deviations) = ClassMoments.Of(rows, [.. Enumerable.Range(0, rows.Rows)]);
        double mean = rows.Numeric.Average(j => means[j]);
        return rows.Numeric.Average(j => deviations[j] * deviations[j] + (means[j] - mean) * (means[j] - mean));
    }

    // The tenth smallest of nineteen even draws is a draw from Beta(10, 10).
    private static double Beta10(ref SeededRandom random)
    {
        Span<double> draws = stackalloc double[19];
        foreach (ref double u in draws) u = random.NextDouble();
        draws.Sort();
        return draws[9];
    }

    private sealed class SupportPlan<T>(
        int c, int count, SampleMatrix<T> members, int[] inputRows, int[] bases, int[] partners, int k, int danger, int inwards, double stepOut)
        : SegmentPlan<T>(c, count, members, inputRows, bases, partners, k) where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        private readonly int k = k, picks = partners.Length;

        private protected override (int Owner, int Partner, double Step) Draw(int position, ref SeededRandom random)
        {
            bool isIn = position < inwards;
            int pick = isIn ? random.NextInt32(danger * k) : danger * k + random.NextInt32(picks - danger * k);
            double u = random.NextDouble();
            return (pick / k, Partner(pick), isIn ? u : -stepOut * u);
        }
    }
}
