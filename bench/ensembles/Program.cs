using System.Diagnostics;
using System.Globalization;
using Counterweight;
using Counterweight.Comparison;
using Counterweight.Data;

// Usage: Counterweight.EnsembleBench FILE TARGET FOLDS REPEAT REMEDY [REMEDY ...]
//        Counterweight.EnsembleBench --time FILE TARGET THREADS REMEDY [REMEDY ...]
// FOLDS has a line per row: for each repeat the fold in which the row is judged, separated by commas. Prints a line per remedy and fold of REPEAT (from 0):
// the remedy, balanced accuracy, average precision (of the rarer class, or the mean over classes). With --time: the seconds of fitting, and of fitting and
// predicting, all rows; three runs. bench/peers/ensembles.py writes the files, runs this and the peer, and prints the table.
bool timed = args[0] == "--time";
string[] rest = timed ? args[1..] : args;
Dataset data = DatasetReader.Read(rest[0], rest[1]);
string learner = Environment.GetEnvironmentVariable("LEARNER") ?? "gbdt";
if (timed)
{
    int threads = int.Parse(rest[2], CultureInfo.InvariantCulture);
    foreach (string remedy in rest[3..])
        for (int run = 0; run < 3; run++)
        {
            long started = Stopwatch.GetTimestamp();
            using TrainedClassifier trained = TrainedClassifier.Fit(
                data, learner, Remedy.Parse(remedy), new ComparisonOptions { Threads = threads, Seed = run });
            double fitted = Stopwatch.GetElapsedTime(started).TotalSeconds;
            trained.Predict(data.Columns);
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{remedy} {fitted:R} {Stopwatch.GetElapsedTime(started).TotalSeconds:R}"));
        }

    return;
}

int repeat = int.Parse(rest[3], CultureInfo.InvariantCulture);
int[] folds = [.. File.ReadLines(rest[2]).Select(l => int.Parse(l.Split(',')[repeat], CultureInfo.InvariantCulture))];
int classes = data.Classes, rarest = data.CountLabels().Rarest, processors = Environment.ProcessorCount;
int threadsEach = int.Parse(Environment.GetEnvironmentVariable("THREADS") ?? processors.ToString(CultureInfo.InvariantCulture), CultureInfo.InvariantCulture);
IMetric precision = Metric.Catalogue.Create("average-precision"), balanced = Metric.Catalogue.Create("balanced-accuracy");
foreach (string remedy in rest[4..])
    for (int fold = 0; fold <= folds.Max(); fold++)
    {
        int[] train = [.. Enumerable.Range(0, data.Rows).Where(i => folds[i] != fold)], test = [.. Enumerable.Range(0, data.Rows).Where(i => folds[i] == fold)];
        using TrainedClassifier trained = TrainedClassifier.Fit(
            data.Select(train), learner, Remedy.Parse(remedy), new ComparisonOptions { Seed = (repeat * 10) + fold, Threads = threadsEach });
        Dataset judged = data.Select(test);
        PredictedRows rows = trained.Predict(judged.Columns);
        int[] truth = judged.Labels.ToArray();
        double Of(IMetric metric, int positive) => metric.Evaluate(Predictions.FromProbabilities(truth, rows.Probabilities, classes, positiveClass: positive));
        double ap = classes == 2 ? Of(precision, rarest) : Enumerable.Range(0, classes).Average(c => OneVersusRest(truth, rows.Probabilities, c));
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{remedy} {Of(balanced, rarest):R} {ap:R}"));
    }

double OneVersusRest(int[] truth, double[] p, int c) => precision.Evaluate(Predictions.FromProbabilities(
    Array.ConvertAll(truth, t => t == c ? 1 : 0),
    Enumerable.Range(0, truth.Length).SelectMany(i => new[] { 1 - p[(i * classes) + c], p[(i * classes) + c] }).ToArray(), 2, positiveClass: 1));
