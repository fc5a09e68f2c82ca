using System.Diagnostics;
using System.Globalization;
using Counterweight.Comparison;
using Counterweight.Data;
using Counterweight.Onnx;

namespace Counterweight.Benchmarks;

/// <summary>Times the scoring of the same rows by a trained model and by its ONNX graph, in turn, and prints the medians: on the clock, and of
/// processor time, which other work on the machine changes less. The arguments are the number of rows, and a part of the name of a
/// row of the table.</summary>
internal sealed class OnnxQuick : IQuickBenchmark
{
    private const int Repeats = 5;

    public string Name => "onnx";

    public void Run(string[] args)
    {
        int rows = args.Length > 0 ? int.Parse(args[0], CultureInfo.InvariantCulture) : 200_000;
        Console.WriteLine("| data | learner | remedy | predict, ms (processor) | ONNX Runtime, ms (processor) | ratio (processor) | largest difference |\n"
            + "|---|---|---|---:|---:|---:|---:|");
        foreach ((string file, string target) in ((string, string)[])[("hpc-jobs", "class"), ("lending-club", "Class")])
        {
            Dataset data = DatasetReader.Read($"samples/{file}.csv", target);
            Column[] many = [.. data.Columns.Select(c => Repeated(c, rows))];
            foreach ((string learner, string remedy) in ((string, string)[])
            [
                ("linear", "weights:balanced"), ("mlp", "weights:balanced"), ("gbdt", "weights:balanced"), ("gbdt", "weights:balanced+calibrate:isotonic"),
                ("gbdt", "ensemble:easy"), ("gbdt", "ensemble:balanced-forest"),
            ])
            {
                if (args.Length > 1 && !$"{file} {learner} {remedy}".Contains(args[1], StringComparison.Ordinal)) continue;
                using TrainedClassifier model = TrainedClassifier.Fit(data, learner, Remedy.Parse(remedy));
                string path = Path.Combine(Path.GetTempPath(), $"onnx-{Environment.ProcessId}.onnx");
                double apart = OnnxExport.Save(model, path, [data.Columns]).LargestDifference;
                using OnnxClassifier graph = OnnxClassifier.Load(path);
                File.Delete(path);
                List<(double Clock, double Processor)> own = [], other = [];
                for (int i = 0; i <= Repeats; i++)
                {
                    (double Clock, double Processor) first = Time(() => model.Predict(many)), second = Time(() => graph.Predict(many));
                    if (i == 0) continue;
                    own.Add(first);
                    other.Add(second);
                }

                double a = Median(own, t => t.Clock), b = Median(other, t => t.Clock), c = Median(own, t => t.Processor), d = Median(other, t => t.Processor);
                Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                    $"| {file} | {learner} | {remedy} | {a:0} ({c:0}) | {b:0} ({d:0}) | {b / a:0.00} ({d / c:0.00}) | {apart:0.0E+0} |"));
            }
        }
    }

    private static double Median(List<(double Clock, double Processor)> times, Func<(double Clock, double Processor), double> which) =>
        times.Select(which).Order().ElementAt(Repeats / 2);

    private static (double Clock, double Processor) Time(Func<PredictedRows> run)
    {
        using var process = Process.GetCurrentProcess();
        TimeSpan before = process.TotalProcessorTime;
        long start = Stopwatch.GetTimestamp();
        GC.KeepAlive(run());
        double clock = Stopwatch.GetElapsedTime(start).TotalMilliseconds;
        process.Refresh();
        return (clock, (process.TotalProcessorTime - before).TotalMilliseconds);
    }

    /// <summary>The rows of a column again and again.</summary>
    private static Column Repeated(Column column, int rows) => column is NumericColumn numeric
        ? new NumericColumn(column.Name, [.. Enumerable.Range(0, rows).Select(i => numeric.Values[i % column.Rows])], numeric.Kind)
        : column is CategoricalColumn categorical
        ? new CategoricalColumn(column.Name, [.. Enumerable.Range(0, rows).Select(i => categorical.Codes[i % column.Rows])], categorical.Levels)
        : throw new NotSupportedException(column.GetType().Name);
}
