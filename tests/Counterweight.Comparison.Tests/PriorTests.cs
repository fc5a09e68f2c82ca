using Counterweight.Data;

namespace Counterweight.Comparison.Tests;

/// <summary>Decisions know which class shares training left behind: what can be undone is undone exactly, and what cannot is refused.</summary>
public sealed class PriorTests
{
    private static readonly string[] Readers = ["prior-corrected", "threshold:bayes", "offsets:logit-adjusted"];

    private static Dataset Train { get; } = Logistic(6000, seed: 1);

    private static Dataset Test { get; } = Logistic(6000, seed: 2);

    /// <summary>Everything that changes training, small where it has members, that linear takes.</summary>
    private static IEnumerable<(Remedy Remedy, TrainingPlan Plan)> Trainings()
    {
        var costs = CostMatrix.FromPair(1, 4);
        foreach (MethodDefinition method in Remedy.Catalogue)
        {
            var remedy = Remedy.Parse(method.Parameters.Any(p => p.Name == "members") ? $"{method.Name}(members=4)" : method.Name);
            if (remedy.Family is RemedyFamily.Decision or RemedyFamily.None) continue;
            TrainingPlan plan = RemedyTraining.Plan(remedy, Train.Labels, Train.ClassNames, 1, costs);
            if (RemedyTraining.Refuses(new LinearLearner(), plan) is null) yield return (remedy, plan);
        }
    }

    [Fact]
    public void Where_the_shares_are_known_corrected_probabilities_are_as_good_as_those_of_doing_nothing()
    {
        double plain = Brier("none"), chance = 0;
        int corrected = 0, shifted = 0;
        foreach ((Remedy remedy, TrainingPlan plan) in Trainings().Where(t => t.Plan.UnknownPrior is null))
        {
            try
            {
                double mended = Brier($"{remedy.Name}+prior-corrected");
                Assert.True(mended < 1.02 * plain, $"{remedy.Name}: {mended} against {plain}");
                chance = Math.Max(chance, mended / plain);
                corrected++;
                if (Brier(remedy.Name) > 1.1 * plain) shifted++;
            }
            catch (RemedyRefusedException refused) when (remedy.Family == RemedyFamily.Sampler)
            {
                Assert.Contains("fits all rows at once", refused.Message, StringComparison.Ordinal);
            }
        }

        Assert.True(corrected >= 30 && shifted >= 15, $"{corrected} corrected, {shifted} of them shifted before, {chance} at most");
    }

    [Fact]
    public void Where_they_are_unknown_what_reads_them_is_refused_and_calibration_offered()
    {
        int refused = 0;
        foreach ((Remedy remedy, TrainingPlan plan) in Trainings().Where(t => t.Plan.UnknownPrior is not null))
        {
            foreach (string reader in Readers)
            {
                string message = Assert.Throws<RemedyRefusedException>(() => Fit($"{remedy.Name}+{reader}")).Message;
                Assert.Contains(plan.UnknownPrior!, message, StringComparison.Ordinal);
                Assert.Contains("calibrate:", message, StringComparison.Ordinal);
                refused++;
            }

            // After calibration the probabilities are those of the rows, whatever training did.
            TrainingPlan calibrated = Remedy.Parse($"{remedy.Name}+calibrate:platt+threshold:bayes").Parts.OfType<IDecisionRemedy>().Single().Apply(plan);
            Assert.Same(plan, calibrated);
        }

        Assert.True(refused > 60, $"{refused} were refused");
        Assert.Contains("smote", Assert.Throws<RemedyRefusedException>(() => Fit("resample:smote+prior-corrected")).Message, StringComparison.Ordinal);
        Assert.Contains("boosting", Assert.Throws<RemedyRefusedException>(() => Fit("ensemble:rus-boost(members=2)+prior-corrected")).Message,
            StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("gbdt", "loss:logit-adjusted(tau=1.5)")]
    [InlineData("gbdt", "loss:balanced-softmax")]
    [InlineData("gbdt", "loss:class-balanced(beta=0.9999)")]
    [InlineData("gbdt", "is-unbalance")]
    [InlineData("mlp", "loss:logit-adjusted")]
    [InlineData("mlp", "loss:drw(start=0.3)")]
    [InlineData("mlp", "weights:inverse-sqrt+loss:logit-adjusted(tau=0.5)")]
    public void Other_learners_leave_the_same_shares_behind(string learner, string remedy)
    {
        double plain = Brier("none", learner), mended = Brier($"{remedy}+prior-corrected", learner);
        Assert.True(mended < 1.06 * plain, $"{mended} against {plain}");
        Assert.True(Brier(remedy, learner) > 1.15 * plain);
    }

    [Fact]
    public void Effects_of_several_parts_multiply()
    {
        double plain = Brier("none");
        foreach (string remedy in (string[])[
            "weights:inverse-sqrt+loss:logit-adjusted(tau=0.7)", "weights:power(0.3)+sampler:sqrt+loss:class-balanced(beta=0.99)",
            "sampler:class-balanced+loss:balanced-softmax", "weights:balanced+resample:random-under(ratio=0.5)", "ensemble:easy(members=4)+loss:cross-entropy"])
            Assert.True(Brier($"{remedy}+prior-corrected") < 1.03 * plain, remedy);
    }

    [Fact]
    public void A_shift_is_undone_once_whatever_the_decision()
    {
        // The balanced decision is the same whichever way it is reached: by the loss, by offsets, by both, or by costs of the inverse shares.
        string[] Labels(string remedy) => Fit(remedy).Predict(Test.Columns).Labels;
        double Apart(string one, string other) => Labels(one).Zip(Labels(other), (a, b) => a == b ? 0.0 : 1).Average();
        foreach (string balanced in (string[])[
            "loss:logit-adjusted", "loss:logit-adjusted+offsets:logit-adjusted", "loss:logit-adjusted+threshold:bayes", "weights:balanced+threshold:bayes",
            "weights:balanced+offsets:logit-adjusted", "loss:logit-adjusted(tau=0.5)+offsets:logit-adjusted", "threshold:bayes",
            "sampler:class-balanced+threshold:bayes"])
            Assert.True(Apart("offsets:logit-adjusted", balanced) < 0.02, balanced);
        Assert.True(Apart("offsets:logit-adjusted", "loss:logit-adjusted(tau=2)") > 0.05);
        Assert.True(Apart("none", "loss:logit-adjusted+offsets:logit-adjusted(tau=0)") < 0.01);
        Assert.True(Apart("none", "weights:balanced+calibrate:platt+prior-corrected") < 0.01);
    }

    private static TrainedClassifier Fit(string remedy, string learner = "linear") => TrainedClassifier.Fit(
        Train, learner, Remedy.Parse(remedy), new ComparisonOptions { Threads = 1, PositiveClass = 1, Costs = null });

    private static double Brier(string remedy, string learner = "linear")
    {
        CostMatrix? costs = remedy.Contains("costs", StringComparison.Ordinal) ? CostMatrix.FromPair(1, 4) : null;
        var options = new ComparisonOptions { Threads = 1, PositiveClass = 1, Costs = costs };
        using var model = TrainedClassifier.Fit(Train, learner, Remedy.Parse(remedy), options);
        double[] p = model.Predict(Test.Columns).Probabilities;
        return Enumerable.Range(0, Test.Rows).Average(i => Math.Pow(p[(2 * i) + 1] - Test.Labels[i], 2));
    }

    /// <summary>Rows whose log-odds are a line: logistic regression is the truth.</summary>
    private static Dataset Logistic(int rows, long seed)
    {
        var random = new SeededRandom(seed);
        double[] x = new double[rows], z = new double[rows];
        int[] labels = new int[rows];
        for (int i = 0; i < rows; i++)
        {
            (x[i], z[i]) = (random.NextGaussian(), random.NextGaussian());
            labels[i] = random.NextDouble() < 1 / (1 + Math.Exp(2.9 - (1.4 * x[i]) - (0.6 * z[i]))) ? 1 : 0;
        }

        return new Dataset("logistic", "class", labels, ["no", "yes"], [new NumericColumn("x", x), new NumericColumn("z", z)]);
    }
}
