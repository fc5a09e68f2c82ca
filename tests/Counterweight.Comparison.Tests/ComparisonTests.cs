using Counterweight.Data;

namespace Counterweight.Comparison.Tests;

public sealed class ComparisonTests
{
    private static ComparisonOptions Options(string remedies, string learner = "linear") =>
        new() { Learners = [learner], Remedies = Remedy.ParseList(remedies), Folds = 4, Repeats = 2, Threads = 2 };

    [Fact]
    public void Weights_beat_doing_nothing_where_they_must()
    {
        ComparisonResult result = RemedyComparison.Run(Simulated.Binary(900, 100, distance: 1.5), Options("none, weights:balanced"));
        Assert.True(result.Recommendation.BeatsBaseline);
        Assert.Equal("weights:balanced", result.Recommendation.Candidate.Remedy.Name);
        Assert.Contains("better by", result.Recommendation.Reason, StringComparison.Ordinal);
        CandidateResult weighted = result.Of(result.Recommendation.Candidate);
        Assert.Equal(8, weighted.FoldValues.Count);
        Assert.True(weighted.VersusBaseline!.Low > 0);
        Assert.InRange(result.Recommendation.EstimateOnUnseen.Mean, weighted.Mean!.Mean - 0.05, weighted.Mean.Mean + 0.05);
        Assert.Equal(1000, weighted.Confusion!.Total, 1e-6);
        Assert.Contains(result.Candidates, c => c.Candidate == result.Baseline && c.Metrics.ContainsKey("mcc"));
    }

    [Fact]
    public void Nothing_beats_doing_nothing_where_the_features_say_nothing()
    {
        ComparisonResult result = RemedyComparison.Run(
            Simulated.Binary(300, 300, distance: 0, seed: 4), Options("none, weights:power(0.1), weights:inverse-log"));
        Assert.False(result.Recommendation.BeatsBaseline);
        Assert.Equal(Remedy.None, result.Recommendation.Candidate.Remedy);
        Assert.Contains("Nothing beats doing nothing", result.Recommendation.Reason, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("linear")]
    [InlineData("mlp")]
    public void The_result_is_the_same_at_any_number_of_threads(string learner)
    {
        Dataset data = Simulated.Many([200, 80, 40], radius: 1.5);
        static string Figures(ComparisonResult r) =>
            string.Join('\n', r.Candidates.Select(c => $"{c.Candidate} {string.Join(' ', c.FoldValues.Select(v => v.ToString("R")))} {c.PValueHolm:R}"))
            + r.Recommendation;
        ComparisonOptions options = Options("none, weights:balanced, sampler:class-balanced", learner) with { Repeats = 1 };
        Assert.Equal(Figures(RemedyComparison.Run(data, options with { Threads = 1 })), Figures(RemedyComparison.Run(data, options with { Threads = 3 })));
    }

    [Fact]
    public void Schemes_that_differ_in_scale_alone_share_their_models()
    {
        ComparisonResult result = RemedyComparison.Run(
            Simulated.Binary(300, 60, distance: 1), Options("weights:inverse, weights:balanced, weights:max-ratio") with { Repeats = 1 });
        Assert.Single(result.Candidates.Where(c => c.Candidate.Remedy != Remedy.None).Select(c => string.Join(' ', c.FoldValues)).Distinct());
    }

    [Fact]
    public void Refused_and_failing_candidates_say_why_and_the_rest_goes_on()
    {
        Dataset data = Simulated.Many([100, 60, 30], radius: 2);
        ComparisonResult result = RemedyComparison.Run(data, Options("positive-weight, weights:costs, weights:balanced") with { Repeats = 1 });
        Assert.Equal(CandidateStatus.Refused, result.Candidates.Single(c => c.Candidate.Remedy.Name == "positive-weight").Status);
        Assert.Contains("--costs", result.Candidates.Single(c => c.Candidate.Remedy.Name == "weights:costs").Reason, StringComparison.Ordinal);
        Assert.Equal(CandidateStatus.Done, result.Candidates.Single(c => c.Candidate.Remedy.Name == "weights:balanced").Status);
    }

    [Fact]
    public void An_interrupted_run_resumes_to_the_very_result()
    {
        Dataset data = Simulated.Many([150, 60, 30], radius: 1.5);
        ComparisonOptions options = Options("none, weights:balanced, sampler:class-balanced") with { Racing = false };
        static string Figures(ComparisonResult r) =>
            string.Join('\n', r.Candidates.Select(c => $"{c.Candidate} {string.Join(' ', c.FoldValues.Select(v => v.ToString("R")))}"));
        string expected = Figures(RemedyComparison.Run(data, options));
        string folder = Directory.CreateTempSubdirectory("counterweight").FullName;
        try
        {
            using (var cancel = new CancellationTokenSource())
            using (RunStore store = RunStore.Open(folder, "f"))
            {
                ComparisonResult part = RemedyComparison.Run(data, options, new Once(() => cancel.Cancel(), after: 10), store, cancel.Token);
                Assert.True(part.Incomplete);
                Assert.All(part.Candidates, c => Assert.Equal(CandidateStatus.Unfinished, c.Status));
            }

            using (RunStore store = RunStore.Open(folder, "f"))
            {
                Assert.InRange(store.Found, 9, 12);
                Assert.Equal(expected, Figures(RemedyComparison.Run(data, options, null, store)));
            }

            Assert.Contains("another comparison", Assert.Throws<UnusableDataException>(() => RunStore.Open(folder, "g")).Message, StringComparison.Ordinal);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Fact]
    public void A_cancelled_run_and_a_tiny_budget_end_with_their_own_exceptions()
    {
        Dataset data = Simulated.Binary(300, 60, distance: 1);
        using var cancelled = new CancellationTokenSource();
        cancelled.Cancel();
        Assert.ThrowsAny<OperationCanceledException>(() => RemedyComparison.Run(data, Options("none"), cancellation: cancelled.Token));
        Assert.Throws<TimeoutException>(() => RemedyComparison.Run(data, Options("none") with { TimeBudget = TimeSpan.Zero }));
    }

    [Fact]
    public void Duplicates_copies_of_the_target_and_identifiers_are_reported()
    {
        Dataset data = Simulated.Binary(200, 60, distance: 1);
        int[] copy = data.Labels.ToArray();
        Dataset leaky = new("leaky", "class", data.Labels, data.ClassNames,
            [.. data.Columns, new CategoricalColumn("outcome", copy, ["n", "y"]),
                new CategoricalColumn("id", [.. Enumerable.Range(0, data.Rows)], [.. Enumerable.Range(0, data.Rows).Select(i => $"r{i}")])]);
        ComparisonResult result = RemedyComparison.Run(leaky, Options("none") with { Repeats = 1 });
        Assert.Contains(result.Warnings, w => w.Code == "target-copy" && w.Message.Contains("'outcome'", StringComparison.Ordinal));
        Assert.Contains(result.Warnings, w => w.Code == "identifier" && w.Message.Contains("'id'", StringComparison.Ordinal));

        int[] twice = [.. Enumerable.Range(0, data.Rows), .. Enumerable.Range(0, 50)];
        ComparisonResult repeated = RemedyComparison.Run(data.Select(twice), Options("none") with { Repeats = 1 });
        Assert.Contains(repeated.Warnings, w => w.Code == "duplicate-rows" && w.Message.StartsWith("50 rows", StringComparison.Ordinal));
        foreach (JudgedFold fold in repeated.Candidates[0].Judged)
            foreach (int row in fold.Fold.Test)
                if (row < 50) Assert.Contains(row + data.Rows, fold.Fold.Test);
    }

    private sealed class Once(Action action, int after) : IProgress<ComparisonProgress>
    {
        public void Report(ComparisonProgress value)
        {
            if (value.Done == after) action();
        }
    }
}
