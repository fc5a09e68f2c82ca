using Counterweight.TestSupport;

namespace Counterweight.Testing.Tests;

/// <summary>The code of docs/testing.md, run.</summary>
public sealed class DocumentedExampleTests
{
    private static readonly string Page = File.ReadAllText(Path.Combine(Repository.Root, "docs", "testing.md")).ReplaceLineEndings("\n");

    [Fact]
    public void The_metric_of_the_page_passes_its_checks()
    {
        string source = File.ReadAllText(Path.Combine(Repository.Root, "tests", "Counterweight.Testing.Tests", "FalseAlerts.cs")).ReplaceLineEndings("\n");
        Assert.Contains(source[source.IndexOf("public sealed class", StringComparison.Ordinal)..].TrimEnd(), Page, StringComparison.Ordinal);
        Assert.Contains("MethodCheck.RunAll(MetricChecks.For(new FalseAlerts(), classes: [2]));", Page, StringComparison.Ordinal);
        MethodCheck.RunAll(MetricChecks.For(new FalseAlerts(), classes: [2]));
    }

    public static TheoryData<string> Checks => [.. MetricChecks.For(new FalseAlerts(), classes: [2]).Select(c => c.Name)];

    [Theory]
    [MemberData(nameof(Checks))]
    public void Each_check_can_be_a_case_of_a_test(string name)
    {
        Assert.Contains("MetricChecks.For(new FalseAlerts(), classes: [2]).Single(c => c.Name == name).Run();", Page, StringComparison.Ordinal);
        MetricChecks.For(new FalseAlerts(), classes: [2]).Single(c => c.Name == name).Run();
    }

    [Fact]
    public void A_metric_the_wrong_way_round_is_told_so_in_the_words_of_the_page()
    {
        CheckFailedException failure = Assert.Throws<CheckFailedException>(() => MethodCheck.RunAll(MetricChecks.For(new WrongWay(), classes: [2])));
        Assert.True(Page.Contains(failure.Message, StringComparison.Ordinal), failure.Message);
    }

    private sealed class WrongWay : IMetric
    {
        private readonly FalseAlerts inner = new();

        public string Name => inner.Name;

        public bool HigherIsBetter => true;

        public bool NeedsProbabilities => inner.NeedsProbabilities;

        public double Evaluate(Predictions predictions) => inner.Evaluate(predictions);
    }
}
