using System.Numerics;

namespace Counterweight;

/// <summary>How <see cref="PolynomFitSmote"/> connects the rows of a class.</summary>
public enum PolynomTopology
{
    /// <summary>Every row with the mean of the class.</summary>
    Star,

    /// <summary>Every row with the next one.</summary>
    Bus,

    /// <summary>Every row with every other.</summary>
    Mesh,

    /// <summary>A polynomial through the rows, one for each column.</summary>
    Curve,
}

/// <summary>Polynomial-fit SMOTE: new rows at even distances on lines that connect the class, or on a polynomial fitted to it.</summary>
/// <remarks>
/// <para>Gazzah and Essoukri Ben Amara, 2008, "New Oversampling Approaches Based on Polynomial Fitting for Imbalanced Data Sets", section 3. Star: the
/// segments from each row to the mean of the class; bus: from each row to the next; mesh: between all pairs. On a segment with q new rows these
/// lie at 1/(q + 1), ..., q/(q + 1); the new rows are shared out evenly, and which segments get one more is drawn. Curve: the rows are ordered by the mean of
/// their numeric values (so that the result does not depend on their order in the file), each column is fitted by least squares with a
/// polynomial in the rank, and new rows lie at ranks drawn evenly.</para>
/// <para>A categorical column takes the code of the nearer end (star: of the row; curve: of the row nearest in rank).</para>
/// </remarks>
/// <param name="Topology">How the rows are connected.</param>
/// <param name="Degree">The degree of the polynomial of <see cref="PolynomTopology.Curve"/>.</param>
public sealed record PolynomFitSmote(PolynomTopology Topology = PolynomTopology.Star, int Degree = 2) : OverSampler
{
    /// <summary>How the rows are connected.</summary>
    public PolynomTopology Topology { get; init; } = Enum.IsDefined(Topology)
        ? Topology
        : throw new ArgumentOutOfRangeException(nameof(Topology), Topology, "The topology is Star, Bus, Mesh or Curve.");

    /// <summary>The degree of the polynomial of <see cref="PolynomTopology.Curve"/>.</summary>
    public int Degree { get; init; } = Degree is >= 1 and <= 20 ? Degree
        : throw new ArgumentOutOfRangeException(nameof(Degree), Degree, "The degree is a whole number in 1..20.");

    /// <inheritdoc/>
    public override string Name => "polynom-fit-smote";

    internal override OverPlan<T> Plan<T>(OverJob<T> job, int c, int added)
    {
        job.RequireRows(c, 2, "any setting");
        int[] own = job.RowsOf(c);
        SampleMatrix<T> members = job.Members(c).Matrix;
        switch (Topology)
        {
            case PolynomTopology.Star:
                double[] means = ClassMoments.Of(job.Rows, own).Means;
                return new StarPlan<T>(c, added, members, own, [.. means.Select(m => T.CreateTruncating(m))], Shares.Of(own.Length, added, job.Random(c)));
            case PolynomTopology.Bus:
                return new ChainPlan<T>(c, added, members, own, Shares.Of(own.Length - 1, added, job.Random(c)), i => (i, i + 1));
            case PolynomTopology.Mesh:
                long pairs = (long)own.Length * (own.Length - 1) / 2;
                return new ChainPlan<T>(c, added, members, own, Shares.Of(pairs, added, job.Random(c)), i => Pair(i, own.Length));
            default:
                job.RequireRows(c, Degree + 1, $"degree = {Degree}");
                return new CurvePlan<T>(c, added, members, own, Degree);
        }
    }

    /// <summary>The i-th of the pairs (0,1), (0,2), (1,2), (0,3), ... of n rows.</summary>
    internal static (long From, long To) Pair(long i, int n)
    {
        int to = (int)Math.Clamp((long)((1 + Math.Sqrt(1 + 8.0 * i)) / 2), 1, n - 1);
        while ((long)to * (to - 1) / 2 > i) to--;
        while ((long)(to + 1) * to / 2 <= i) to++;
        return (i - (long)to * (to - 1) / 2, to);
    }

    /// <summary>New rows shared out over segments as evenly as whole numbers allow; which segments get one more is drawn.</summary>
    private sealed class Shares
    {
        private readonly long segments, each;
        private readonly long[] extra;

        private Shares(long segments, long each, long[] extra) => (this.segments, this.each, this.extra) = (segments, each, extra);

        internal static Shares Of(long segments, int added, SeededRandom random)
        {
            int more = (int)(added % segments);
            // Floyd's algorithm (Bentley and Floyd, 1987) draws without listing all segments.
            var drawn = new HashSet<long>();
            for (long j = segments - more; j < segments; j++)
                if (!drawn.Add(random.NextInt64(j + 1))) drawn.Add(j);
            return new(segments, added / segments, [.. drawn.Order()]);
        }

        /// <summary>The segment of a new row and where on it the row lies.</summary>
        internal (long Segment, double Step) this[int position]
        {
            get
            {
                // First the rows that every segment has, then one for each drawn segment.
                bool isExtra = position >= each * segments;
                long segment = isExtra ? extra[position - each * segments] : position / each;
                long on = each + (Array.BinarySearch(extra, segment) >= 0 ? 1 : 0), number = isExtra ? on : position % each + 1;
                return (segment, number / (on + 1.0));
            }
        }
    }

    private sealed class StarPlan<T>(int c, int count, SampleMatrix<T> members, int[] inputRows, T[] mean, Shares shares) : OverPlan<T>(c, count)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        internal override void Fill(int start, Span<T> target, Span<long> bases, Span<long> seconds, ref SeededRandom random)
        {
            int columns = members.Columns;
            for (int i = 0; i < bases.Length; i++)
            {
                (long from, double step) = shares[start + i];
                Span<T> row = target.Slice(i * columns, columns);
                ReadOnlySpan<T> own = members.Row((int)from);
                Segments.Interpolate(own, mean, T.CreateTruncating(step), row);
                foreach (int column in members.Categorical) row[column] = own[column];
                bases[i] = inputRows[from];
            }
        }
    }

    private sealed class ChainPlan<T>(int c, int count, SampleMatrix<T> members, int[] inputRows, Shares shares, Func<long, (long From, long To)> ends)
        : PairPlan<T>(c, count, members, inputRows) where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        private protected override (int From, int To, double Step) Draw(int position, ref SeededRandom random)
        {
            (long segment, double step) = shares[position];
            (long from, long to) = ends(segment);
            return ((int)from, (int)to, step);
        }
    }

    private sealed class CurvePlan<T> : OverPlan<T> where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        private readonly SampleMatrix<T> members;
        private readonly int[] inputRows, order;
        private readonly double[] coefficients, norms, centres, origin;
        private readonly int degree;

        internal CurvePlan(int c, int count, SampleMatrix<T> members, int[] inputRows, int degree) : base(c, count)
        {
            (this.members, this.inputRows, this.degree) = (members, inputRows, degree);
            int n = members.Rows, columns = members.Columns;
            double[] keys = [.. Enumerable.Range(0, n).Select(r => members.Numeric.Sum(j => double.CreateTruncating(members.Row(r)[j])))];
            order = [.. Enumerable.Range(0, n).OrderBy(r => keys[r]).ThenBy(r => r)];
            // Forsythe's polynomials (1957), orthogonal on the ranks: p_(d+1) = (x - a_d) p_d - b_d p_(d-1); one pass per degree, no ill-conditioned system.
            coefficients = new double[(degree + 1) * columns];
            // Differences from the first row, so that a constant column stays exactly what it is.
            origin = [.. Enumerable.Range(0, columns).Select(j => double.CreateTruncating(members.Row(0)[j]))];
            (norms, centres) = (new double[degree + 1], new double[degree + 1]);
            double[] previous = new double[n], current = new double[n];
            current.AsSpan().Fill(1);
            for (int d = 0; d <= degree; d++)
            {
                double norm = 0, centre = 0;
                for (int i = 0; i < n; i++)
                {
                    norm += current[i] * current[i];
                    centre += Abscissa(i) * current[i] * current[i];
                    ReadOnlySpan<T> row = members.Row(order[i]);
                    for (int j = 0; j < columns; j++) coefficients[d * columns + j] += current[i] * (double.CreateTruncating(row[j]) - origin[j]);
                }

                for (int j = 0; j < columns; j++) coefficients[d * columns + j] /= norm;
                (norms[d], centres[d]) = (norm, centre / norm);
                double ratio = d == 0 ? 0 : norm / norms[d - 1];
                for (int i = 0; i < n; i++) (previous[i], current[i]) = (current[i], (Abscissa(i) - centres[d]) * current[i] - ratio * previous[i]);
            }
        }

        internal override void Fill(int start, Span<T> target, Span<long> bases, Span<long> seconds, ref SeededRandom random)
        {
            int columns = members.Columns;
            Span<double> sums = columns <= 512 ? stackalloc double[columns] : new double[columns];
            for (int i = 0; i < bases.Length; i++)
            {
                double rank = random.NextDouble() * (members.Rows - 1), x = Abscissa(rank), before = 0, p = 1;
                origin.CopyTo(sums);
                for (int d = 0; d <= degree; d++)
                {
                    for (int j = 0; j < columns; j++) sums[j] += p * coefficients[d * columns + j];
                    (before, p) = (p, (x - centres[d]) * p - (d == 0 ? 0 : norms[d] / norms[d - 1]) * before);
                }

                int nearest = order[(int)Math.Round(rank)];
                ReadOnlySpan<T> row = members.Row(nearest);
                for (int j = 0; j < columns; j++) target[i * columns + j] = members.IsCategorical(j) ? row[j] : T.CreateTruncating(sums[j]);
                bases[i] = inputRows[nearest];
            }
        }

        // Ranks 0..n-1 scaled to -1..1.
        private double Abscissa(double rank) => 2 * rank / (members.Rows - 1) - 1;
    }
}
