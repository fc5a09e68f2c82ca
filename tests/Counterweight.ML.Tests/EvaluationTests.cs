using Microsoft.ML;
using Microsoft.ML.Data;

namespace Counterweight.ML.Tests;

public sealed class EvaluationTests
{
    private static readonly MLContext Context = Tables.Context;

    [Fact]
    public void MetricsAreThoseOfTheLibrary()
    {
        Item[] items = Tables.Items(300);
        IDataView scored = Binary(items);
        ImbalanceMetrics metrics = Context.BinaryClassification.EvaluateImbalance(scored);
        int[] truth = [.. items.Select(i => i.Label ? 1 : 0)];
        double[] both = [.. scored.GetColumn<float>("Probability").SelectMany(p => new[] { 1 - (double)p, p })];
        Predictions expected = Predictions.FromProbabilities(truth, both, 2);
        foreach (IMetric metric in Metric.Usual) Assert.Equal(metric.Evaluate(expected), metrics[metric.Name], 12);
        Assert.Equal(Metric.Brier.Evaluate(expected), metrics.Brier, 12);
        Assert.Equal(expected.Confusion.Accuracy, metrics.Confusion.Accuracy);
        CostMatrix costs = CostMatrix.FromPair(1, 20);
        Assert.Equal(Metric.ExpectedCost(costs).Evaluate(expected), metrics.ExpectedCost(costs));

        // where ML.NET has the metric, both agree
        CalibratedBinaryClassificationMetrics own = Context.BinaryClassification.Evaluate(scored);
        Assert.Equal(own.AreaUnderRocCurve, metrics["roc-auc"], 6);
        Assert.Equal(own.Accuracy, metrics["accuracy"], 6);
        Assert.Equal(own.F1Score, metrics["f1"], 6);
    }

    /// <summary>ML.NET evaluates at its own threshold whatever the model decides (dotnet/machinelearning issue 4554).</summary>
    [Fact]
    public void AChangedThresholdCounts()
    {
        Item[] items = Tables.Items(300);
        IDataView view = Tables.View(items);
        var model = Context.BinaryClassification.Trainers.LbfgsLogisticRegression().Fit(view);
        var changed = Context.BinaryClassification.ChangeModelThreshold(model, -3f);
        Assert.Equal(Context.BinaryClassification.Evaluate(model.Transform(view)).PositiveRecall,
            Context.BinaryClassification.Evaluate(changed.Transform(view)).PositiveRecall);
        ImbalanceMetrics metrics = Context.BinaryClassification.EvaluateImbalance(changed.Transform(view));
        float[] scores = [.. changed.Transform(view).GetColumn<float>("Score")];
        double recall = (double)items.Where((item, i) => item.Label && scores[i] > -3).Count() / items.Count(i => i.Label);
        Assert.Equal(recall, metrics["recall"], 12);
        Assert.True(recall > Context.BinaryClassification.EvaluateImbalance(model.Transform(view))["recall"]);
        double at = Context.BinaryClassification.EvaluateAtThreshold(model.Transform(view), 1 / (1 + Math.Exp(3)))["recall"];
        Assert.Equal(recall, at, 12);
    }

    [Fact]
    public void ScoresWithoutProbabilitiesRank()
    {
        IDataView view = Tables.View(Tables.Items(300));
        IDataView scored = Context.BinaryClassification.Trainers.AveragedPerceptron().Fit(view).Transform(view);
        ImbalanceMetrics metrics = Context.BinaryClassification.EvaluateImbalance(scored);
        Assert.Equal(Context.BinaryClassification.EvaluateNonCalibrated(scored).AreaUnderRocCurve, metrics["roc-auc"], 6);
        Assert.Throws<UnusableDataException>(() => metrics.Brier);
        Assert.Equal(metrics["recall"], Context.BinaryClassification.EvaluateAtThreshold(scored, 0, probabilityColumnName: "Score")["recall"]);
    }

    [Fact]
    public void ManyClassesAreJudged()
    {
        Item[] items = [.. Tables.Items(300).Reverse()];
        IDataView view = Tables.View(items);
        IDataView scored = Context.Transforms.Conversion.MapValueToKey("Label2", "Kind")
            .Append(Context.MulticlassClassification.Trainers.LbfgsMaximumEntropy("Label2")).Fit(view).Transform(view);
        ImbalanceMetrics metrics = Context.MulticlassClassification.EvaluateImbalance(scored, "Label2", weightColumnName: "Own");
        Assert.Equal(["c", "a", "b"], metrics.ClassNames);
        MulticlassClassificationMetrics own = Context.MulticlassClassification.Evaluate(scored, "Label2");
        ImbalanceMetrics unweighted = Context.MulticlassClassification.EvaluateImbalance(scored, "Label2");
        Assert.Equal(own.MacroAccuracy, unweighted.BalancedAccuracy, 6);
        Assert.Equal(own.LogLoss, unweighted["log-loss"], 4);
        Assert.NotEqual(unweighted.BalancedAccuracy, metrics.BalancedAccuracy);

        // predictions as texts stand for the same classes
        IDataView named = Context.Transforms.Conversion.MapKeyToValue("PredictedLabel").Fit(scored).Transform(scored);
        Assert.Equal(unweighted.MacroF1, Context.MulticlassClassification.EvaluateImbalance(named, "Label2").MacroF1);
    }

    [Fact]
    public void WhatCannotBeJudgedIsNamed()
    {
        IDataView scored = Binary(Tables.Items(300));
        Assert.Equal("Truth", Assert.Throws<UnusableDataException>(() => Context.BinaryClassification.EvaluateImbalance(scored, "Truth")).Column);
        Assert.Equal("Kind", Assert.Throws<UnusableDataException>(() => Context.BinaryClassification.EvaluateImbalance(scored, "Kind")).Column);
        Assert.Equal("Label", Assert.Throws<UnusableDataException>(() => Context.MulticlassClassification.EvaluateImbalance(
            scored, scoreColumnName: "Features")).Column);
        Item[] items = Tables.Items(300);
        IDataView view = Tables.View(items);
        ITransformer model = Context.BinaryClassification.Trainers.LbfgsLogisticRegression().Fit(view);
        items[4].Features[0] = float.NaN;
        var wrong = Assert.Throws<UnusableDataException>(() => Context.BinaryClassification.EvaluateImbalance(model.Transform(Tables.View(items))));
        Assert.Equal(("Probability", 5L), (wrong.Column, wrong.Row));
    }

    private static IDataView Binary(Item[] items)
    {
        IDataView view = Tables.View(items);
        return Context.BinaryClassification.Trainers.LbfgsLogisticRegression().Fit(view).Transform(view);
    }
}
