using Counterweight.Data;

namespace Counterweight.Comparison.Tests;

/// <summary>
/// Fits while the garbage collector runs all the time. Nothing repeats a fit whose native library failed, so nothing that native code reads may be freed
/// under it: the scores are those of calm fits to the last bit.
/// </summary>
public sealed class CollectionStressTests
{
    [Theory]
    [InlineData("mlp", "none")]
    [InlineData("mlp", "weights:balanced")]
    [InlineData("mlp", "sampler:class-balanced")]
    [InlineData("mlp", "loss:focal(gamma=2)")]
    [InlineData("mlp", "loss:ldam")]
    [InlineData("mlp", "loss:logit-adjusted")]
    [InlineData("linear", "loss:balanced-softmax")]
    [InlineData("gbdt", "weights:balanced")]
    public void A_fit_gives_the_same_while_garbage_is_collected_all_the_time(string learner, string remedy)
    {
        Dataset data = Simulated.Many([120, 60, 20], radius: 2);
        double[] calm = Fit();
        using var stop = new CancellationTokenSource();
        var collector = new Thread(() =>
        {
            while (!stop.IsCancellationRequested)
            {
                GC.Collect(0, GCCollectionMode.Forced, blocking: true);
                GC.WaitForPendingFinalizers();
            }
        });
        collector.Start();
        try
        {
            Assert.Equal(calm, Fit());
        }
        finally
        {
            stop.Cancel();
            collector.Join();
        }

        double[] Fit()
        {
            int[] rows = [.. Enumerable.Range(0, data.Rows)], labels = data.Labels.ToArray();
            FeatureTable features = Preprocessor.Fit(data, rows).Transform(data, rows, fillIn: true);
            Remedy parsed = Remedy.Parse(remedy);
            TrainingPlan plan = RemedyTraining.Plan(parsed, labels, data.ClassNames, 1, null);
            using TrainedModel model = RemedyTraining.Fit(LearnerCatalogue.All.Create(learner), parsed, plan, features, labels, new FitOptions(3, 1));
            return model.Model.Predict(features);
        }
    }
}
