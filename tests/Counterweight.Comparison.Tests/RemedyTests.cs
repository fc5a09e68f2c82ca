using Counterweight.Data;

namespace Counterweight.Comparison.Tests;

public sealed class RemedyTests
{
    [Theory]
    [InlineData("none", "none")]
    [InlineData("weights:power(0.25)", "weights:power(tau=0.25)")]
    [InlineData("weights:costs(2, 1)", "weights:costs(2, 1)")]
    [InlineData("sampler:class-balanced + weights:balanced", "weights:balanced+sampler:class-balanced")]
    public void Names_become_canonical_and_read_back(string text, string canonical)
    {
        Assert.Equal(canonical, Remedy.Parse(text).Name);
        Assert.Equal(Remedy.Parse(text), Remedy.Parse(canonical));
    }

    [Theory]
    [InlineData("weights:balancd", "Did you mean 'weights:balanced'?")]
    [InlineData("weights:balanced+weights:inverse", "both change the row weights")]
    [InlineData("weights:power(9)", "a number in [0, 4]")]
    [InlineData("none+", "an empty part")]
    public void Wrong_names_say_what_would_fit(string text, string part) =>
        Assert.Contains(part, Assert.Throws<FormatException>(() => Remedy.Parse(text)).Message, StringComparison.Ordinal);

    [Fact]
    public void A_list_splits_outside_brackets_and_drops_repeats() =>
        Assert.Equal(["none", "weights:costs(2, 1)", "weights:balanced"],
            Remedy.ParseList("none, weights:costs(2, 1), weights:balanced, none").Select(r => r.Name));

    [Fact]
    public void Every_remedy_of_the_catalogue_has_a_source_and_simpler_families_come_first()
    {
        Assert.All(Remedy.Catalogue, m => Assert.NotEmpty(m.Source));
        Assert.All(Remedy.Catalogue, m => Assert.NotEmpty(m.Summary));
        Assert.True(Remedy.None.Complexity < Remedy.Parse("weights:balanced").Complexity);
        Assert.True(Remedy.Parse("weights:balanced").Complexity < Remedy.Parse("sampler:class-balanced").Complexity);
        Assert.True(Remedy.Parse("sampler:class-balanced").Complexity < Remedy.Parse("resample:smote").Complexity);
    }

    [Fact]
    public void Weights_follow_the_training_rows_with_a_mean_of_one()
    {
        TrainingPlan plan = new() { Counts = ClassCounts.From([900, 100]) };
        TrainingPlan weighted = Remedy.Parse("weights:balanced").Apply(plan);
        Assert.Equal([1000.0 / 1800, 5.0], weighted.Weights!.ToArray(), (a, b) => Math.Abs(a - b) < 1e-12);
        TrainingPlan positive = Remedy.Parse("positive-weight").Apply(plan);
        Assert.Equal(9, positive.Weights![1] / positive.Weights[0], 1e-12);
        Assert.Contains("two classes",
            Assert.Throws<RemedyRefusedException>(() => Remedy.Parse("positive-weight").Apply(new() { Counts = ClassCounts.From([1, 2, 3]) })).Message,
            StringComparison.Ordinal);
        Assert.Contains("--costs", Assert.Throws<RemedyRefusedException>(() => Remedy.Parse("weights:costs").Apply(plan)).Message, StringComparison.Ordinal);
        TrainingPlan costs = Remedy.Parse("weights:costs").Apply(plan with { Costs = CostMatrix.FromPair(1, 4) });
        Assert.Equal(4, costs.Weights![1] / costs.Weights[0], 1e-12);
    }

    [Fact]
    public void What_a_resampler_cannot_do_names_classes_as_the_file_does()
    {
        Dataset few = Simulated.Binary(60, 3, distance: 1);
        Dataset data = new("few", "kind", few.Labels, ["apple", "zebra"], few.Columns);
        Remedy[] resamplers = [.. Resampler.Catalogue.Select(m => Remedy.Parse($"resample:{m.Name}"))];
        var options = new ComparisonOptions { Learners = ["linear"], Folds = 3, Repeats = 1, Remedies = resamplers };
        IReadOnlyList<CandidateResult> all = RemedyComparison.Run(data, options).Candidates;
        CandidateResult[] refused = [.. all.Where(c => c.Reason?.Contains("lass ", StringComparison.Ordinal) == true)];
        Assert.True(refused.Length > 5, $"{refused.Length} resamplers complain of a class");
        Assert.All(refused, c => Assert.DoesNotMatch("[Cc]lass [0-9]", c.Reason));
        Assert.Contains(refused, c => c.Reason!.Contains("Class 'zebra' has 2 rows", StringComparison.Ordinal));
    }
}
