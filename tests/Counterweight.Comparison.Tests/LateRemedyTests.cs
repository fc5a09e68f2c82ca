using Counterweight.Data;
using Counterweight.LightGbm;
using Counterweight.Torch;

namespace Counterweight.Comparison.Tests;

/// <summary>Tests that add to the catalogues run when all others are done.</summary>
[CollectionDefinition("Catalogues that grow", DisableParallelization = true)]
public sealed class GrowingCatalogues;

/// <summary>What is registered after the catalogues were first read is a remedy like all others, and its definition says what it is like.</summary>
[Collection("Catalogues that grow")]
public sealed class LateRemedyTests
{
    private static readonly Dataset Data = Simulated.Binary(300, 60, distance: 1);

    private sealed record CubeRoot(double Shift) : WeightScheme
    {
        public override string Name => $"cube-root(shift={Shift})";

        protected override void Fill(ReadOnlySpan<long> counts, ReadOnlySpan<bool> takesPart, Span<double> weights)
        {
            for (int c = 0; c < counts.Length; c++)
                if (takesPart[c]) weights[c] = 1 / Math.Cbrt(counts[c] + Shift);
        }
    }

    [Fact]
    public void A_weight_scheme_a_loss_a_sampler_an_objective_and_a_decision_of_ones_own_are_remedies()
    {
        Assert.False(Remedy.Catalogue.Contains("weights:late-cube"));
        WeightScheme.Catalogue.Add(
            new("late-cube", "1 / cube root of the class count.", "this test",
                [ParameterDefinition.Number("shift", 0, 0, 100, "Added to the count.") with { UsualRange = "0..50" }]), c => new CubeRoot(c["shift"]));
        Loss.Catalogue.Add(new("late-loss", "Cross entropy.", "this test", []) { TreatsCounts = true, Prior = (_, _) => PriorEffect.AsCounted },
            _ => _ => new CrossEntropy());
        Loss.Catalogue.Add(new("late-silent", "Cross entropy.", "this test", []), _ => _ => new CrossEntropy());
        Sampler.Catalogue.Add(new("late-sampler", "As class-balanced.", "this test", []) { Prior = (_, _) => PriorEffect.AsCounted },
            _ => (labels, classes, seed, _) => new ClassBalancedSampler(labels.Span, classes, seed: seed));
        BoostingObjective.Catalogue.Add(new("late-trees", "Focal loss.", "this test", []), _ => BoostingObjective.Parse("focal(gamma=1)"));
        Decision.Catalogue.Add(new("threshold:late", "Always a third.", "this test", []),
            c => new DecisionRecipe(c, (rows, _) => new ThresholdDecision(1.0 / 3, rows.PositiveClass), binaryOnly: true));

        foreach (string name in (string[])["weights:late-cube", "loss:late-loss", "sampler:late-sampler", "loss:late-trees", "threshold:late"])
        {
            Assert.True(Remedy.Catalogue.Contains(name));
            Assert.Contains(Remedy.Catalogue, m => m.Name == name);
            Assert.Equal(name, Remedy.Parse(name.ToUpperInvariant()).Name.Split('(')[0]);
            string learner = name == "loss:late-trees" ? "gbdt" : "linear";
            using var trained = TrainedClassifier.Fit(Data, learner, Remedy.Parse(name), new ComparisonOptions { Threads = 1 });
            Assert.Equal(Data.Rows, trained.Predict(Data.Columns).Labels.Length);
        }

        Assert.Equal(2, RemedySpace.Parse("weights:late-cube(shift=*)").Configurations(2).Count);
        Assert.Equal("weights:late-cube(shift=7)", Remedy.Parse("weights:late-cube(7)").Name);
        TrainingPlan plan = Remedy.Parse("weights:late-cube(7)").Apply(new() { Counts = ClassCounts.From([993, 57]) });
        Assert.Equal(Math.Cbrt(1000.0 / 64), plan.Weights![1] / plan.Weights[0], 1e-9);
        Assert.Contains("Did you mean 'weights:late-cube'", Assert.Throws<FormatException>(() => Remedy.Parse("weights:late-cub")).Message,
            StringComparison.Ordinal);
        Assert.Contains("made for unequal classes",
            Assert.Throws<RemedyRefusedException>(() => Remedy.Parse("ensemble:easy+loss:late-loss").Apply(plan with { Weights = null })).Message,
            StringComparison.Ordinal);

        // A definition that is silent about the prior is not trusted with one.
        Assert.Contains("late-silent", Assert.Throws<RemedyRefusedException>(() => TrainedClassifier.Fit(
            Data, "linear", Remedy.Parse("loss:late-silent+prior-corrected"), new ComparisonOptions { Threads = 1 })).Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => Remedy.Catalogue.Add(new("weights:late-cube", "Twice.", "this test", []), _ => null!));
    }

    [Fact]
    public void A_weight_that_is_no_weight_is_refused_by_the_name_of_its_scheme() =>
        Assert.Contains("cube-root(shift=-10)", Assert.Throws<ArgumentException>(() => ClassWeights.From(ClassCounts.From([10, 5]), new CubeRoot(-10))).Message,
            StringComparison.Ordinal);
}
