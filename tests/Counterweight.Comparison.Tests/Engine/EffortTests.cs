using Counterweight.Data;

namespace Counterweight.Comparison.Tests;

/// <summary>What the default run leaves out, and that nothing but the data decides it.</summary>
public sealed class EffortTests
{
    /// <summary>Columns that share their values: the size of a table without its memory.</summary>
    private static Dataset Shaped(int rows, int columns, int[] counts)
    {
        double[] values = new double[rows];
        for (int i = 0; i < rows; i++) values[i] = i;
        int[] labels = [.. counts.SelectMany((n, c) => Enumerable.Repeat(c, n))];
        return new Dataset("shaped", "class", labels, [.. counts.Select((_, c) => $"c{c}")],
            [.. Enumerable.Range(0, columns).Select(c => (Column)new NumericColumn($"x{c}", values))]);
    }

    private static Effort Of(Dataset data, int repeats, ComparisonOptions? options = null, bool freeRepeats = true, bool freeRemedies = true)
    {
        ClassCounts counts = data.CountLabels();
        options = (options ?? new ComparisonOptions()) with { Remedies = [Remedy.None, .. DefaultRemedies.For(data.Classes, costs: false).Skip(1)] };
        return Effort.Of(data, counts, options, [.. LearnerCatalogue.Default.Select(LearnerCatalogue.All.Create)], repeats, freeRepeats, freeRemedies);
    }

    /// <summary>A comparison on 'linear' that may take a tenth of what it does.</summary>
    private static ComparisonOptions OfATenth(Dataset data)
    {
        var options = new ComparisonOptions { Learners = ["linear"], Seed = 4 };
        return options with { ProcessorSeconds = 0.1 * RemedyComparison.Run(data, options with { Repeats = 1, Folds = 5 }).Effort.ThoroughSeconds };
    }

    [Fact]
    public void Small_data_are_compared_in_full()
    {
        Effort effort = Of(Shaped(5000, 20, [4700, 300]), 2);
        Assert.False(effort.Cuts);
        Assert.Equal(2, effort.Repeats);
    }

    [Fact]
    public void Many_classes_cost_repeats_first()
    {
        int[] counts =
        [
            673, 575, 492, 420, 359, 307, 263, 225, 192, 164, 140, 120, 103, 88, 75, 64, 55, 47, 40, 35, 30, 25, 21, 18, 15, 13,
        ];
        Effort effort = Of(Shaped(counts.Sum(), 16, counts), 10);
        Assert.InRange(effort.Repeats, 1, 5);
        Assert.Equal(0, effort.ScreeningDivisor);
        Assert.Equal(1, effort.RowDivisor);
    }

    [Fact]
    public void A_million_rows_are_screened_and_a_part_of_them_is_trained_on_and_the_forecast_is_kept()
    {
        Effort effort = Of(Shaped(1_000_000, 30, [990_000, 10_000]), 2);
        Assert.Equal(1, effort.Repeats);
        Assert.True(effort.ScreeningDivisor > effort.RowDivisor);
        Assert.True(effort.SecondsOfAFold * 5 <= Effort.Budget);
        Assert.True(effort.ThoroughSeconds > 5 * Effort.Budget);
    }

    [Fact]
    public void A_hundred_classes_fit_too()
    {
        Effort effort = Of(Shaped(20_000, 20, [.. Enumerable.Repeat(200, 100)]), 2);
        Assert.True(effort.Cuts);
        Assert.Equal(1, effort.Repeats);
    }

    [Fact]
    public void What_is_left_out_depends_on_the_data_and_not_on_threads_and_what_the_user_names_is_kept()
    {
        Dataset data = Shaped(284_807, 30, [284_315, 492]);
        Effort one = Of(data, 2, new ComparisonOptions { Threads = 1 }), many = Of(data, 2, new ComparisonOptions { Threads = 64 });
        Assert.Equal(
            (one.Repeats, one.RowDivisor, one.ScreeningDivisor, one.SecondsOfAFold),
            (many.Repeats, many.RowDivisor, many.ScreeningDivisor, many.SecondsOfAFold));
        Assert.True(one.Cuts);
        Assert.False(Of(data, 2, new ComparisonOptions { Thorough = true }).Cuts);
        Assert.False(Of(data, 2, new ComparisonOptions { TimeBudget = TimeSpan.FromMinutes(10) }).Cuts);
        Assert.Equal(3, Of(data, 3, freeRepeats: false).Repeats);
        Assert.Equal(0, Of(data, 2, freeRemedies: false).ScreeningDivisor);
    }

    [Fact]
    public void Doing_nothing_goes_on_with_every_learner_however_it_does_on_a_part_of_the_rows()
    {
        Dataset data = Simulated.Binary(2600, 260, distance: 1);
        ComparisonResult result = RemedyComparison.Run(
            data, new ComparisonOptions { Learners = ["linear", "gbdt"], Seed = 4, ProcessorSeconds = 0.5 * Of(data, 1).ThoroughSeconds });
        Assert.Contains(result.Candidates, c => c.Status == CandidateStatus.Skipped);
        Assert.All(result.Candidates.Where(c => c.Candidate.Remedy == Remedy.None), c => Assert.Equal(CandidateStatus.Done, c.Status));
        double best = result.Candidates.Where(c => c.Candidate.Remedy == Remedy.None).Max(c => c.Mean!.Mean);
        Assert.Equal(best, result.Of(result.Baseline).Mean!.Mean);
        Assert.Contains(result.Candidates, c => c.Status == CandidateStatus.Done && RemedyDecision.Training(c.Candidate.Remedy) != Remedy.None);
    }

    [Fact]
    public void A_screened_run_gives_the_same_at_any_number_of_threads_and_says_what_it_left_out()
    {
        Dataset data = Simulated.Binary(2600, 260, distance: 1);
        var options = new ComparisonOptions { Learners = ["linear"], Seed = 4 };
        options = options with { ProcessorSeconds = 0.8 * RemedyComparison.Run(data, options with { Repeats = 1 }).Effort.ThoroughSeconds };
        ComparisonResult one = RemedyComparison.Run(data, options with { Threads = 1 }), two = RemedyComparison.Run(data, options with { Threads = 2 });
        CandidateResult[] skipped = [.. one.Candidates.Where(c => c.Status == CandidateStatus.Skipped)];
        Assert.NotEmpty(skipped);
        Assert.Contains(one.Candidates, c => c.Status == CandidateStatus.Done && c.Candidate.Remedy == Remedy.None);
        Assert.Equal(CandidateStatus.Done, one.Of(one.Recommendation.Candidate).Status);
        Assert.All(skipped, c => Assert.Contains("of the training rows", c.Reason, StringComparison.Ordinal));
        Assert.Equal(skipped.Select(c => c.Candidate).ToHashSet(), [.. one.Effort.LeftOut.Select(l => new Candidate(l.Learner, Remedy.Parse(l.Remedy)))]);
        Assert.Contains(one.Warnings, w => w.Code == "left-out" && w.Message.Contains("--thorough", StringComparison.Ordinal));
        Assert.Equal(one.Candidates.Count - 1, one.Tries);
        Assert.Equal(one.Candidates.Select(c => (c.Candidate, c.Mean?.Mean, c.Reason)), two.Candidates.Select(c => (c.Candidate, c.Mean?.Mean, c.Reason)));
        Assert.Equal(one.Recommendation.EstimateOnUnseen, two.Recommendation.EstimateOnUnseen);
        Assert.Empty(RemedyComparison.Run(data, options with { Thorough = true }).Effort.LeftOut);
    }

    [Fact]
    public void Of_very_many_classes_some_choose_who_goes_on_with_the_same_ratio_and_the_forecast_is_kept()
    {
        int[] counts = [.. Enumerable.Range(0, 100).Select(c => (int)(4000 * Math.Pow(50, -c / 99.0)))];
        Dataset data = Shaped(counts.Sum(), 20, counts);
        Effort effort = Of(data, 2);
        Assert.InRange(effort.ScreeningClasses.Count, FewerClasses.Fewest, 50);
        Assert.Contains(0, effort.ScreeningClasses);
        Assert.Contains(99, effort.ScreeningClasses);
        Assert.Equal(effort.ScreeningClasses.Order().Distinct(), effort.ScreeningClasses);
        Assert.True(effort.ScreeningDivisor >= effort.RowDivisor);
        Assert.True(effort.SecondsOfAFold * 5 <= Effort.Budget);
        // Two classes or a few are never thinned out, however many rows there are.
        Assert.Empty(Of(Shaped(3_000_000, 30, [.. Enumerable.Repeat(150_000, 20)]), 1).ScreeningClasses);
    }

    [Fact]
    public void What_some_classes_chose_is_said_and_the_same_at_any_number_of_threads_and_after_a_resume()
    {
        Dataset data = Simulated.Many([.. Enumerable.Range(0, 24).Select(c => 90 - (3 * c))], radius: 6);
        ComparisonOptions options = OfATenth(data);
        ComparisonResult one = RemedyComparison.Run(data, options with { Threads = 1 }), two = RemedyComparison.Run(data, options with { Threads = 2 });
        CandidateResult[] skipped = [.. one.Candidates.Where(c => c.Status == CandidateStatus.Skipped)];
        Assert.NotEmpty(skipped);
        Assert.All(skipped, c => Assert.Contains("of 8 of the 24 classes only: a mean of", c.Reason, StringComparison.Ordinal));
        Assert.Contains("of 8 of the 24 classes only", Assert.Single(one.Warnings, w => w.Code == "left-out").Message, StringComparison.Ordinal);
        Assert.All(one.Candidates.Where(c => c.Status == CandidateStatus.Done), c => Assert.Equal(data.Rows, c.Judged.Sum(f => f.Decided.Length)));
        Assert.Equal(one.Candidates.Count - 1, one.Tries);
        Assert.Equal(Told(one), Told(two));

        string folder = Directory.CreateTempSubdirectory("counterweight-classes-").FullName;
        try
        {
            using (RunStore store = RunStore.Open(folder, "f")) Assert.Equal(Told(one), Told(RemedyComparison.Run(data, options, null, store)));
            using RunStore kept = RunStore.Open(folder, "f");
            int trainings = kept.Found;
            ComparisonResult again = RemedyComparison.Run(data, options, null, kept);
            Assert.True(trainings > 5 * skipped.Length);
            Assert.Equal(Told(one), Told(again));
            Assert.Equal(one.Recommendation.EstimateOnUnseen, again.Recommendation.EstimateOnUnseen);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }

        static IEnumerable<(Candidate, double?, string?)> Told(ComparisonResult result) =>
            result.Candidates.Select(c => (c.Candidate, c.Mean?.Mean, c.Reason));
    }

    [Theory]
    [InlineData("groups")]
    [InlineData("times")]
    [InlineData("costs")]
    [InlineData("sample weights")]
    [InlineData("positive class")]
    public void Some_classes_choose_with_what_belongs_to_their_rows(string what)
    {
        Dataset data = Simulated.Many([.. Enumerable.Range(0, 24).Select(c => 90 - (3 * c))], radius: 6);
        ComparisonOptions options = OfATenth(data);
        int[] next = new int[24];
        int[] within = [.. data.Labels.ToArray().Select(l => next[l]++)];
        double[,] costs = new double[24, 24];
        for (int i = 0; i < 24; i++)
            for (int j = 0; j < 24; j++) costs[i, j] = i == j ? 0 : 1 + (i % 3);
        if (what == "groups") options = options with { Groups = [.. within.Select((w, i) => (24 * (w / 2)) + data.Labels[i])] };
        if (what == "times") options = options with { Times = [.. within.Select(w => (double)w % 21)], Folds = 3 };
        if (what == "costs") options = options with { Costs = CostMatrix.From(costs) };
        if (what == "positive class") options = options with { PositiveClass = 23 };
        if (what == "sample weights")
            data = new Dataset("circle", "class", data.Labels, data.ClassNames, data.Columns, [new NumericColumn("w", [.. within.Select(w => 1.0 + (w % 3))])])
                .WithSampleWeights("w");
        ComparisonResult result = RemedyComparison.Run(data, options);
        CandidateResult[] skipped = [.. result.Candidates.Where(c => c.Status == CandidateStatus.Skipped)];
        Assert.NotEmpty(skipped);
        // In order of time the first fold has few rows of a class: what cannot be done on them says so, with the name of the class.
        Assert.All(skipped, c => Assert.Contains(what == "times" && c.Candidate.Remedy.Name.StartsWith("resample:smote", StringComparison.Ordinal)
            ? "It could not be judged on the training rows of 8 of the 24 classes: resample:smote(k=5) cannot be done on these rows: Class 'c23' has"
            : "of 8 of the 24 classes only: a mean of", c.Reason, StringComparison.Ordinal));
    }

    [Fact]
    public void Classes_that_cannot_be_compared_on_alone_choose_nothing()
    {
        int[] counts = [.. Enumerable.Range(0, 24).Select(c => 90 - (3 * c))];
        Dataset data = Simulated.Many(counts, radius: 6);
        int[] some = FewerClasses.Of(data.CountLabels(), 8);
        // Their rows share two moments in time, which five folds cannot be cut from; the rows of the others lie between.
        int[] next = new int[24];
        double[] times = [.. data.Labels.ToArray().Select(l => (next[l]++, some.Contains(l)) switch
        {
            (int i, true) => 0.5 + (i < 24 ? i % 6 : 1 + (i % 2 * 2)),
            (int i, false) => (i % 6) + (i / 100.0),
        })];
        ComparisonOptions options = OfATenth(data);
        Assert.Contains(RemedyComparison.Run(data, options).Candidates, c => c.Reason?.Contains("classes only", StringComparison.Ordinal) == true);
        ComparisonResult result = RemedyComparison.Run(data, options with { Times = times, Folds = 5 });
        Assert.DoesNotContain(result.Candidates, c => c.Reason?.Contains("classes only", StringComparison.Ordinal) == true);
        Assert.True(result.Of(result.Recommendation.Candidate).Mean!.Mean > 0.5);
    }
}
