using BenchmarkDotNet.Attributes;

namespace Counterweight.Benchmarks;

/// <summary>Threshold tuning and calibration; bench/peers/decisions.py runs numpy and scikit-learn and these on the same rows in the same run.</summary>
[MemoryDiagnoser]
public class ThresholdBenchmarks
{
    private int[] truth = [];
    private double[] scores = [], weights = [], both = [];

    [Params(100_000, 10_000_000)]
    public int Rows { get; set; }

    [GlobalSetup]
    public void Setup()
    {
        var random = new SeededRandom(0);
        (truth, scores, weights, both) = (new int[Rows], new double[Rows], new double[Rows], new double[2 * Rows]);
        for (int i = 0; i < Rows; i++)
        {
            truth[i] = random.NextDouble() < 0.02 ? 1 : 0;
            scores[i] = 1 / (1 + Math.Exp(2 - random.NextGaussian() - 1.5 * truth[i]));
            weights[i] = random.NextDouble();
            (both[2 * i], both[2 * i + 1]) = (1 - scores[i], scores[i]);
        }
    }

    [Benchmark]
    public double TuneF1() => Threshold.Tune(ThresholdMetric.F1, scores, truth).Threshold;

    [Benchmark]
    public double TuneCostWeighted() => Threshold.Tune(ThresholdMetric.ExpectedCost(CostMatrix.FromPair(1, 20)), scores, truth, weights).Threshold;

    [Benchmark]
    public int Decide() => new ThresholdDecision(0.2).Decide(both)[0];

    [Benchmark]
    public double Isotonic() => IsotonicRegression.Fit(scores, Array.ConvertAll(truth, t => (double)t)).Y[^1];

    [Benchmark]
    public double Platt() => SigmoidScaling.Fit(scores, truth).A;
}
