// Fraud with ML.NET, before and after: dotnet run --project samples/mlnet -c Release [-- --rows 284807]
using System.Diagnostics;
using System.Globalization;
using Counterweight;
using Counterweight.ML;
using Microsoft.ML;
using Microsoft.ML.Trainers;
using MlNetSample;

CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
int rows = args is ["--rows", var asked] ? int.Parse(asked, CultureInfo.InvariantCulture) : 60_000;
var watch = Stopwatch.StartNew();
var mlContext = new MLContext(seed: 1);
IDataView data = mlContext.Data.LoadFromEnumerable(Payment.Make(rows, seed: 1));
Console.WriteLine($"{rows:N0} payments, MADE by a random generator: {mlContext.Data.CountClasses(data)}");
CostMatrix costs = CostMatrix.FromPair(falsePositive: 1, falseNegative: 50);     // a look at a payment; a fraud that nobody looks at

// Before: what tutorials do. The split leaves to chance how many frauds are tested, and accuracy says that all is well.
var features = mlContext.Transforms.Concatenate("Features", "V", "Amount").Append(mlContext.Transforms.NormalizeMeanVariance("Features"))
    .AppendCacheCheckpoint(mlContext);
var plain = mlContext.Data.TrainTestSplit(data);
ITransformer before = features.Append(mlContext.BinaryClassification.Trainers.LbfgsLogisticRegression()).Fit(plain.TrainSet);
Console.WriteLine($"\nbefore: accuracy {mlContext.BinaryClassification.Evaluate(before.Transform(plain.TestSet)).Accuracy:0.0000}. "
    + $"In truth ({mlContext.Data.CountClasses(plain.TestSet)["True"]} frauds happen to be tested):\n");

// After: both sides of a stratified split have the same share of frauds, and the threshold is chosen on rows that neither trained nor test the model.
(IDataView known, IDataView test) = mlContext.Data.StratifiedTrainTestSplit(data, testFraction: 0.3, seed: 1);
(IDataView train, IDataView tune) = mlContext.Data.StratifiedTrainTestSplit(known, testFraction: 0.3, seed: 2);
ITransformer prepare = features.Fit(train);
IDataView prepared = prepare.Transform(train);
Console.WriteLine($"{"",-34} {"recall",8} {"precision",10} {"MCC",7} {"avg. prec.",11} {"cost/row",9}");
Row("as tutorials do", mlContext.BinaryClassification.EvaluateImbalance(before.Transform(plain.TestSet)));
LbfgsLogisticRegressionBinaryTrainer trainer = mlContext.BinaryClassification.Trainers.LbfgsLogisticRegression(),
    weighted = mlContext.BinaryClassification.Trainers.LbfgsLogisticRegression(exampleWeightColumnName: "Weight");
ITransformer unweighted = Judge("nothing done", trainer.Fit(prepared));
Judge("weights:balanced", mlContext.Transforms.ClassWeights().Append(weighted).Fit(prepared));
Judge("weights by costs", mlContext.Transforms.ClassWeights(costs).Append(weighted).Fit(prepared));
Judge("resample:random-over", trainer.Fit(mlContext.Data.Resample(prepared, Resampler.Create("random-over"))));
Judge("resample:smote", trainer.Fit(mlContext.Data.Resample(prepared, Resampler.Create("smote"))));

// The threshold that costs least on the rows kept for it becomes a transform of ML.NET's own, and is saved with the model.
Predictions tuning = mlContext.BinaryClassification.EvaluateImbalance(unweighted.Transform(prepare.Transform(tune))).Predictions;
IDecision decision = DecisionRecipe.Parse("threshold:tuned").Fit(tuning, new DecisionContext { Metric = Metric.ExpectedCost(costs), Costs = costs });
ITransformer deciding = Judge($"{decision.Description.Replace("class 1", "positive", StringComparison.Ordinal)}",
    unweighted.Append(mlContext.Transforms.Decide(decision).Fit(unweighted.Transform(prepared))));
string file = Path.Combine(Path.GetTempPath(), "fraud.zip");
mlContext.Model.Save(prepare.Append(deciding), data.Schema, file);
Console.WriteLine($"\nsaved as {file}: a program with Microsoft.ML alone loads it and decides so. {watch.Elapsed.TotalSeconds:0} s in all");

ITransformer Judge(string name, ITransformer model)
{
    Row(name, mlContext.BinaryClassification.EvaluateImbalance(model.Transform(prepare.Transform(test))));
    return model;
}

void Row(string name, ImbalanceMetrics metrics) => Console.WriteLine(
    $"{name,-34} {metrics["recall"],8:0.000} {metrics["precision"],10:0.000} {metrics.MatthewsCorrelation,7:0.000} {metrics.AveragePrecision,11:0.000} "
    + $"{metrics.ExpectedCost(costs),9:0.0000}");
