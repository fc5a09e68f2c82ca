using Counterweight.Data;
using Counterweight.LightGbm;

namespace Counterweight.Comparison.Tests;

public sealed class GbdtLearnerTests
{
    private static double[] Fit(Dataset data, string remedy, int threads = 1, string? native = null, int positive = 1)
    {
        int[] rows = [.. Enumerable.Range(0, data.Rows)], labels = data.Labels.ToArray();
        FeatureTable features = Preprocessor.Fit(data, rows).Transform(data, rows, fillIn: false);
        Remedy parsed = Remedy.Parse(remedy);
        TrainingPlan plan = Trainer.Plan(parsed, labels, data.ClassNames, positive, null) with { Native = native };
        var learner = new GbdtLearner();
        Assert.Null(learner.Refuses(plan));
        using TrainedModel model = Trainer.Fit(learner, parsed, plan, features, labels, new FitOptions(3, threads));
        return model.Model.Predict(features);
    }

    private static double MeanOf(double[] probabilities, int code) => probabilities.Where((_, i) => i % 2 == code).Average();

    [Fact]
    public void Every_loss_that_trees_can_minimise_is_trained()
    {
        foreach (Dataset data in (Dataset[])[Simulated.Binary(500, 80, distance: 2), Simulated.Many([200, 120, 60], radius: 3)])
        {
            foreach (MethodDefinition loss in BoostingObjective.Catalogue)
            {
                if (!Remedy.Catalogue.Contains($"loss:{loss.Name}")) continue;
                double[] p = Fit(data, $"loss:{loss.Name}");
                int right = Enumerable.Range(0, data.Rows).Count(i => System.Numerics.Tensors.TensorPrimitives.IndexOfMax(p.AsSpan(i * data.Classes, data.Classes)) == data.Labels[i]);
                Assert.True(right > 0.8 * data.Rows, $"{loss.Name}: {right} of {data.Rows}");
                for (int i = 0; i < data.Rows; i++) Assert.Equal(1, p.AsSpan(i * data.Classes, data.Classes).ToArray().Sum(), 9);
            }
        }
    }

    [Fact]
    public void The_number_of_threads_changes_nothing()
    {
        Dataset data = Simulated.Binary(300, 60, distance: 1);
        Assert.Equal(Fit(data, "weights:balanced"), Fit(data, "weights:balanced", threads: 2));
    }

    [Fact]
    public void Its_own_switches_weight_the_positive_class()
    {
        Dataset data = Simulated.Binary(800, 100, distance: 1);
        double plain = MeanOf(Fit(data, "none"), 1);
        Assert.True(MeanOf(Fit(data, "none", native: "is-unbalance"), 1) > plain * 1.25);
        Assert.True(MeanOf(Fit(data, "none", native: "scale-pos-weight"), 1) > plain * 1.25);

        // With the frequent class as the positive one, its weight falls.
        Assert.True(MeanOf(Fit(data, "none", native: "scale-pos-weight", positive: 0), 1) > plain * 1.25);
    }

    [Fact]
    public void What_makes_no_sense_is_refused_with_the_reason()
    {
        var learner = new GbdtLearner();
        var plan = new TrainingPlan { Counts = ClassCounts.From([50, 30, 20]) };
        Assert.Null(learner.Refuses(plan));
        Assert.Contains("no form for boosted trees", learner.Refuses(plan with { Loss = "ldam-drw" }), StringComparison.Ordinal);
        Assert.Contains("two classes", learner.Refuses(plan with { Native = "is-unbalance" }), StringComparison.Ordinal);
        Assert.Contains("no switch", learner.Refuses(plan with { Native = "something" }), StringComparison.Ordinal);
        Assert.Contains("its own treatment", learner.Refuses(plan with { Loss = "focal(gamma=2)", Weights = ClassWeights.Balanced(plan.Counts) }), StringComparison.Ordinal);
    }

    [Fact]
    public void A_few_rows_are_enough()
    {
        double[] p = Fit(Simulated.Binary(20, 4, distance: 3), "none");
        Assert.All(p, v => Assert.InRange(v, 0, 1));
    }
}
