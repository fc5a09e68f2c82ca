using MathNet.Numerics.Distributions;

namespace Counterweight.Comparison;

/// <summary>
/// What one split and a few seeds tell: the mean over the seeds, with an interval that carries both what the choice of the test rows and what the choice of the
/// seeds may have done to it.
/// </summary>
/// <remarks>
/// <para>Every candidate and every seed is judged on the same rows, so rows and seeds are crossed (a two-way random-effects layout; Searle, Casella and
/// McCulloch, 1992, "Variance components", chapter 4). With S seeds the variance of a mean is v_rows + v_seeds / S + v_both / S. A bootstrap of the rows,
/// paired over candidates and seeds and stratified by class (Efron and Tibshirani, 1993, "An introduction to the bootstrap", section 8.3), of the mean over the
/// seeds gives A = v_rows + v_both / S; the mean over seeds of the variances that it gives of each seed's figure is B = v_rows + v_both, so
/// v_rows = (S A - B) / (S - 1): the mean covariance of two seeds over the draws. The variance s^2 between the seeds' figures on the same rows estimates
/// v_seeds + v_both. So T = v_rows + s^2 / S, the sum of two estimates of which neither has to be cut off at zero to make a variance; taking v_both out of s^2
/// instead, and cutting that off at zero, covers above 98% where two seeds change little.</para>
/// <para>For a difference s^2 is the sum of the two candidates' variances between seeds, since another remedy takes another way from the same seed; doing
/// nothing is trained with one seed more (the noise floor), which counts here. The degrees of freedom are those of Satterthwaite (1946, "An approximate
/// distribution of estimates of variance components", Biometrics Bulletin 2), with those of the rarest class and of the draws for the rows. The intervals are
/// checked by simulation: HoldoutStatisticsTests, and more of it in bench/advice. With one seed nothing is known of seeds: the interval is that of the rows
/// alone.</para>
/// </remarks>
internal sealed class HoldoutStatistics
{
    private const int MostDraws = 400, FewestDraws = 100;
    private const double Work = 3e8;

    private readonly int[][] rows;
    private readonly double[] weights;
    private readonly int[] truth;
    private readonly int classes, positiveClass, threads;
    private readonly IMetric metric;
    private readonly double rowDegrees, inflation;
    private readonly Dictionary<IReadOnlyList<FoldScore>, double[][]> figures = new(ReferenceEqualityComparer.Instance);

    /// <summary>Draws the rows.</summary>
    /// <param name="truth">The classes of the test rows.</param>
    /// <param name="classes">K.</param>
    /// <param name="positiveClass">The positive class of a binary problem.</param>
    /// <param name="metric">What is judged by.</param>
    /// <param name="evaluations">About how many candidates times seeds will be judged.</param>
    /// <param name="seed">The seed.</param>
    /// <param name="threads">How many threads.</param>
    /// <param name="weights">What each test row weighs; null where all count the same.</param>
    internal HoldoutStatistics(
        int[] truth, int classes, int positiveClass, IMetric metric, int evaluations, long seed, int threads, double[]? weights = null)
    {
        this.weights = weights ?? [];
        (this.truth, this.classes, this.positiveClass, this.metric, this.threads) = (truth, classes, positiveClass, metric, threads);
        double cost = truth.Length * (double)Math.Max(1, evaluations) * (metric.NeedsProbabilities ? 20 : 1);
        int draws = (int)Math.Clamp(Work / cost, FewestDraws, MostDraws);
        int[][] byClass = [.. Enumerable.Range(0, classes).Select(c => Enumerable.Range(0, truth.Length).Where(i => truth[i] == c).ToArray())];
        int rarest = byClass.Where(r => r.Length > 0).Min(r => r.Length);
        rowDegrees = 1 / ((1.0 / Math.Max(1, rarest - 1)) + (1.0 / (draws - 1)));
        inflation = rarest > 1 ? rarest / (rarest - 1.0) : 1;
        rows = [.. Enumerable.Range(0, draws).Select(draw =>
        {
            SeededRandom random = Streams.TestRows(seed, draw);
            int[] drawn = new int[truth.Length];
            int at = 0;
            foreach (int[] some in byClass)
                for (int i = 0; i < some.Length; i++) drawn[at++] = some[random.NextInt32(some.Length)];
            return drawn;
        })];
    }

    /// <summary>The mean over the seeds of a candidate.</summary>
    /// <param name="scores">What it scored with each seed.</param>
    /// <param name="values">The metric with each seed.</param>
    /// <param name="more">The metric with further seeds, for the variance between them.</param>
    internal FoldMean Mean(IReadOnlyList<FoldScore> scores, double[] values, IReadOnlyList<double> more)
    {
        double[] all = [.. values, .. more];
        return Interval(values.Average(), Draws(scores), all.Length > 1 ? Variance(all) : 0, all.Length - 1, values.Length);
    }

    /// <summary>The paired difference of two candidates.</summary>
    /// <param name="of">What one scored with each seed, and the metric.</param>
    /// <param name="over">What the other scored.</param>
    /// <param name="sign">1 if higher is better, else -1.</param>
    /// <param name="more">The other's metric with further seeds.</param>
    internal FoldMean Difference(
        (IReadOnlyList<FoldScore> Scores, double[] Values) of, (IReadOnlyList<FoldScore> Scores, double[] Values) over, int sign, IReadOnlyList<double> more)
    {
        int seeds = Math.Min(over.Values.Length, of.Values.Length);
        double[][] own = [.. Draws(of.Scores).Zip(Draws(over.Scores), (d, o) => (double[])[.. Enumerable.Range(0, seeds).Select(s => sign * (d[s] - o[s]))])];
        double[] rest = [.. over.Values, .. more];
        double variance = 0, degrees = 0;
        if (seeds > 1)
        {
            double a = Variance([.. of.Values.Take(seeds)]), c = Variance(rest);
            variance = a + c;
            degrees = variance > 0 ? variance * variance / ((a * a / (seeds - 1)) + (c * c / (rest.Length - 1))) : 1;
        }

        double difference = sign * Enumerable.Range(0, seeds).Average(s => of.Values[s] - over.Values[s]);
        return Interval(difference, own, variance, degrees, seeds);
    }

    private FoldMean Interval(double mean, double[][] drawn, double between, double betweenDegrees, int seeds)
    {
        double total = inflation * Variance([.. drawn.Select(d => d.Take(seeds).Average())]), degrees = rowDegrees;
        if (seeds > 1)
        {
            double each = inflation * Enumerable.Range(0, seeds).Average(s => Variance([.. drawn.Select(d => d[s])]));
            double byRows = Math.Max(0, ((seeds * total) - each) / (seeds - 1)), bySeeds = between / seeds;
            if (byRows + bySeeds > 0)
            {
                total = byRows + bySeeds;
                degrees = total * total / ((byRows * byRows / rowDegrees) + (bySeeds * bySeeds / Math.Max(1, betweenDegrees)));
            }
        }

        double error = Math.Sqrt(total);
        if (error == 0) return new FoldMean(mean, mean, mean, mean == 0 ? 1 : 0, 0);
        degrees = Math.Max(1, degrees);
        double quantile = StudentT.InvCDF(0, 1, degrees, 0.975);
        return new FoldMean(mean, mean - (quantile * error), mean + (quantile * error), Math.Min(1, 2 * StudentT.CDF(0, 1, degrees, -Math.Abs(mean / error))),
            error)
        { Degrees = degrees };
    }

    /// <summary>The metric of every draw (outer) and seed.</summary>
    private double[][] Draws(IReadOnlyList<FoldScore> scores)
    {
        lock (figures)
            if (figures.TryGetValue(scores, out double[][]? known) && known[0].Length == scores.Count) return known;
        Predictions[] seeds = [.. scores.Select(s => metric.NeedsProbabilities
            ? Predictions.FromProbabilities(truth, Array.ConvertAll(s.Probabilities, p => (double)p), classes, weights, s.Decided, positiveClass, threads: 1,
                tolerance: 1e-3)
            : Predictions.FromLabels(truth, s.Decided, classes, weights, positiveClass, threads: 1))];
        double[][] drawn = new double[rows.Length][];
        Parallel.For(0, rows.Length, new ParallelOptions { MaxDegreeOfParallelism = Math.Max(1, threads) },
            b => drawn[b] = [.. seeds.Select(p => metric.Evaluate(p.Select(rows[b])))]);
        lock (figures) figures[scores] = drawn;
        return drawn;
    }

    private static double Variance(double[] values)
    {
        if (values.Length < 2) return 0;
        double mean = values.Average(), squares = 0;
        foreach (double value in values) squares += (value - mean) * (value - mean);
        return squares / (values.Length - 1);
    }
}
