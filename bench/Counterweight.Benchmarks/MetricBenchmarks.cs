using BenchmarkDotNet.Attributes;

namespace Counterweight.Benchmarks;

/// <summary>Metrics over many rows; bench/peers/metrics.py runs scikit-learn and these on the same data in the same run.</summary>
[MemoryDiagnoser]
public class MetricBenchmarks
{
    private int[] truth = [], predicted = [];
    private double[] scores = [], weights = [];

    [Params(100_000, 10_000_000)]
    public int Rows { get; set; }

    [GlobalSetup]
    public void Setup()
    {
        var random = new SeededRandom(0);
        (truth, predicted, scores, weights) = (new int[Rows], new int[Rows], new double[Rows], new double[Rows]);
        for (int i = 0; i < Rows; i++)
        {
            truth[i] = random.NextDouble() < 0.02 ? 1 : 0;
            scores[i] = 1 / (1 + Math.Exp(2 - random.NextGaussian() - 1.5 * truth[i]));
            predicted[i] = scores[i] >= 0.3 ? 1 : 0;
            weights[i] = random.NextDouble();
        }
    }

    [Benchmark]
    public double RocAuc() => Counterweight.RocAuc.Of(truth, scores);

    [Benchmark]
    public double AveragePrecision() => Counterweight.AveragePrecision.Of(truth, scores);

    [Benchmark]
    public double WeightedRocAuc() => Counterweight.RocAuc.Of(truth, scores, weights);

    [Benchmark]
    public double Steps() => ScoreSteps.Of(truth, scores).Count;

    [Benchmark]
    public double BalancedAccuracy() => ConfusionMatrix.Of(truth, predicted, 2).BalancedAccuracy();

    [Benchmark]
    public double LogLoss() => Metric.LogLoss.Evaluate(Predictions.FromScores(truth, scores));
}
