using System.Diagnostics;
using System.Globalization;
using BenchmarkDotNet.Attributes;
using Counterweight.LightGbm;

namespace Counterweight.Benchmarks;

/// <summary>One training through the binding, one through the bare native calls, one with an own objective: 28 columns, 2 % positive.</summary>
public class LightGbmBenchmarks
{
    private LightGbmDataset data = null!;
    private LightGbmModel model = null!;
    private LightGbmRowPredictor predictor = null!;
    private IBoostingObjective focal = null!, crossEntropy = null!;
    private double[] values = [];
    private readonly double[] results = new double[2];

    [Params(1_000_000)]
    public int Rows { get; set; }

    [GlobalSetup]
    public void Setup()
    {
        (values, int[] labels) = LightGbmData.Make(Rows, LightGbmData.Columns);
        data = LightGbmDataset.FromRows(values, LightGbmData.Columns, new LightGbmDatasetOptions { Parameters = LightGbmData.Parameters });
        data.SetLabels(labels);
        (focal, crossEntropy) = (
            BoostingObjective.Parse("focal").For(ClassCounts.Of(labels)), BoostingObjective.Parse("cross-entropy").For(ClassCounts.Of(labels)));
        model = LightGbmModel.Train(data, LightGbmData.Parameters);
        predictor = model.CreateRowPredictor();
    }

    [GlobalCleanup]
    public void Cleanup()
    {
        predictor.Dispose();
        model.Dispose();
        data.Dispose();
    }

    [Benchmark(Baseline = true)]
    public void BareNativeCalls() => LightGbmData.TrainBare(data, LightGbmData.Parameters);

    [Benchmark]
    public void ThroughTheBinding() => LightGbmModel.Train(data, LightGbmData.Parameters).Dispose();

    [Benchmark]
    public void OwnCrossEntropy() => LightGbmModel.Train(data, LightGbmData.Parameters, new LightGbmTraining { Objective = crossEntropy }).Dispose();

    [Benchmark]
    public void OwnFocal() => LightGbmModel.Train(data, LightGbmData.Parameters, new LightGbmTraining { Objective = focal }).Dispose();

    [Benchmark]
    public double[] PredictAll() => model.PredictProbabilities(values);

    [Benchmark]
    public void PredictOneRow() => predictor.Predict(values.AsSpan(0, LightGbmData.Columns), results);
}

internal static unsafe class LightGbmData
{
    internal const int Columns = 28;

    internal static readonly LightGbmParameters Parameters = new() { Rounds = 20, Leaves = 31 };

    internal static (double[] Values, int[] Labels) Make(int rows, int columns)
    {
        var random = new SeededRandom(1);
        double[] values = new double[rows * columns];
        int[] labels = new int[rows];
        for (int i = 0; i < rows; i++)
        {
            Span<double> row = values.AsSpan(i * columns, columns);
            foreach (ref double v in row) v = random.NextGaussian();
            labels[i] = row[0] + row[1] * row[2] - Math.Abs(row[3]) + random.NextGaussian() > 2.5 ? 1 : 0;
        }

        return (values, labels);
    }

    /// <summary>What a C program would call, and nothing else.</summary>
    internal static void TrainBare(LightGbmDataset data, LightGbmParameters parameters)
    {
        using NativeCall call = NativeCall.Enter(parameters.Threads);
        NativeCall.Check(NativeMethods.LGBM_BoosterCreate(data.Handle, parameters.TrainingText(custom: false, 1, []), out BoosterHandle booster));
        using (booster)
            for (int i = 0; i < parameters.Rounds; i++) NativeCall.Check(NativeMethods.LGBM_BoosterUpdateOneIter(booster, out _));
    }
}

/// <summary><c>--quick lightgbm [rows] [pairs] [threads] [objective ...]</c>: medians of alternating runs, as ratios to the bare native calls.</summary>
internal sealed class LightGbmQuick : IQuickBenchmark
{
    public string Name => "lightgbm";

    public void Run(string[] args)
    {
        int Argument(int index, int otherwise) => args.Length > index ? int.Parse(args[index], CultureInfo.InvariantCulture) : otherwise;
        int rows = Argument(0, 1_000_000), pairs = Argument(1, 3);
        LightGbmParameters parameters = LightGbmData.Parameters with { Threads = Argument(2, 0) };
        (double[] values, int[] labels) = LightGbmData.Make(rows, LightGbmData.Columns);
        ClassCounts counts = ClassCounts.Of(labels);
        var options = new LightGbmDatasetOptions { Parameters = parameters };
        using LightGbmDataset data = LightGbmDataset.FromRows(values, LightGbmData.Columns, options);
        data.SetLabels(labels);
        string[] only = args.Length > 3 ? args[3..] : [.. BoostingObjective.Catalogue.Select(m => m.Name)];
        double Through(LightGbmTraining training)
        {
            using var trainer = new Trainer(data, parameters, training, default);
            trainer.Run().Dispose();
            return trainer.NativeTime.TotalSeconds;
        }

        (string Name, Func<double> Run)[] ways =
        [
            ("bare native calls", () =>
            {
                LightGbmData.TrainBare(data, parameters);
                return 0;
            }),
            ("through the binding", () => Through(new LightGbmTraining())),
            .. only.Select(name => (name, (Func<double>)(() => Through(new LightGbmTraining { Objective = BoostingObjective.Parse(name).For(counts) })))),
        ];
        var outside = ways.Select(_ => new List<double>()).ToArray();
        var times = ways.Select(_ => new List<double>()).ToArray();
        var processor = ways.Select(_ => new List<double>()).ToArray();
        var ratios = ways.Select(_ => new List<double>()).ToArray();
        var processorRatios = ways.Select(_ => new List<double>()).ToArray();
        for (int w = 0; w < 2; w++) ways[w].Run();
        for (int p = 0; p < pairs; p++)
        {
            for (int w = 0; w < ways.Length; w++)
            {
                TimeSpan before = Process.GetCurrentProcess().TotalProcessorTime;
                long start = Stopwatch.GetTimestamp();
                double native = ways[w].Run();
                outside[w].Add(Stopwatch.GetElapsedTime(start).TotalSeconds - native);
                times[w].Add(Stopwatch.GetElapsedTime(start).TotalSeconds);
                processor[w].Add((Process.GetCurrentProcess().TotalProcessorTime - before).TotalSeconds);
                ratios[w].Add(times[w][^1] / times[0][^1]);
                processorRatios[w].Add(processor[w][^1] / processor[0][^1]);
            }
        }

        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture, $"{rows:N0} rows x {LightGbmData.Columns} columns, {parameters.Rounds} rounds, {counts.Share(1):P1} "
            + $"positive, {pairs} alternating runs"));
        Console.WriteLine("| training | seconds | ratio | processor seconds | ratio | seconds outside the rounds of the library |\n|---|---|---|---|---|---|");
        for (int w = 0; w < ways.Length; w++)
            Console.WriteLine(string.Create(
                CultureInfo.InvariantCulture, $"| {ways[w].Name} | {Median(times[w]):F3} | {Median(ratios[w]):F3} | {Median(processor[w]):F3} | "
                + $"{Median(processorRatios[w]):F3} | {(w == 0 ? "-" : Median(outside[w]).ToString("F3", CultureInfo.InvariantCulture))} |"));

        using LightGbmModel model = LightGbmModel.Train(data, parameters);
        using LightGbmRowPredictor predictor = model.CreateRowPredictor();
        double[] all = new double[2 * rows], one = new double[2];
        long from = Stopwatch.GetTimestamp();
        model.PredictProbabilities(values, all, parameters.Threads);
        double batch = Stopwatch.GetElapsedTime(from).TotalSeconds;
        const int Single = 100_000;
        from = Stopwatch.GetTimestamp();
        for (int i = 0; i < Single; i++) predictor.Predict(values.AsSpan(i % rows * LightGbmData.Columns, LightGbmData.Columns), one);
        double single = Stopwatch.GetElapsedTime(from).TotalSeconds;
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture, $"batch prediction {rows / batch:N0} rows a second; one row at a time {single / Single * 1e6:F2} "
            + $"microseconds a row"));
    }

    private static double Median(List<double> values) => values.Order().ElementAt(values.Count / 2);
}
