using Counterweight.Data;

namespace Counterweight.Comparison.Tests;

/// <summary>What to expect on unseen rows is told honestly where rows hang together.</summary>
public sealed class GroupedEstimateTests(ITestOutputHelper output)
{
    /// <summary>Groups of rows of one class each, of which a model gets nearly all or nearly none right.</summary>
    private static (Dataset Data, int[] Groups, JudgedFold Judged) Simulate(int groups, int size, int seed)
    {
        var random = new SeededRandom(seed, 77);
        int n = groups * size;
        int[] of = [.. Enumerable.Range(0, n).Select(i => i / size)], labels = [.. of.Select(g => g % 2)], decided = new int[n];
        double[] rights = [.. Enumerable.Range(0, groups).Select(_ => random.NextDouble() < 0.7 ? 0.95 : 0.117)];   // 0.7 on average
        for (int i = 0; i < n; i++) decided[i] = random.NextDouble() < rights[of[i]] ? labels[i] : 1 - labels[i];
        var data = new Dataset("groups", "class", labels, ["no", "yes"], [new NumericColumn("x", [.. Enumerable.Range(0, n).Select(i => (double)i)])]);
        return (data, of, new JudgedFold(new Fold(0, 0, [], [.. Enumerable.Range(0, n)]), decided, [], "as simulated"));
    }

    [Fact]
    public void The_interval_covers_the_truth_where_rows_hang_together()
    {
        const double truth = (0.7 * 0.95) + (0.3 * 0.117);
        const int sets = 300;
        int covered = 0, coveredByRows = 0;
        double width = 0, widthByRows = 0;
        for (int set = 0; set < sets; set++)
        {
            (Dataset data, int[] groups, JudgedFold judged) = Simulate(40, 15, set);
            var options = new ComparisonOptions { Folds = 1, Threads = 2, Seed = set };
            var choice = new Selectable(0.7, new FoldMean(0.7, 0.6, 0.8, 0, 0.05), [judged]);
            Estimate estimate = SelectionEstimate.Evaluate(data, options, 1, [choice], groups);
            Estimate byRows = SelectionEstimate.Evaluate(data, options, 1, [choice], default);
            if (estimate.Low <= truth && truth <= estimate.High) covered++;
            if (byRows.Low <= truth && truth <= byRows.High) coveredByRows++;
            width += (estimate.High - estimate.Low) / sets;
            widthByRows += (byRows.High - byRows.Low) / sets;
        }

        output.WriteLine($"Groups drawn: {covered} of {sets} sets covered, mean width {width:0.000}; rows drawn: {coveredByRows}, {widthByRows:0.000}");
        Assert.InRange((double)covered / sets, 0.91, 0.98);
        Assert.True(coveredByRows < sets / 2);
    }

    [Fact]
    public void The_estimate_stands_between_draws_that_choose_worse_and_the_best_on_all_rows()
    {
        // Ten that are right on 70% of the rows: draws expect 0.7 of them, the best on all rows seems better by luck alone; 0.368 of that luck is left.
        const double truth = 0.7;
        const int sets = 40, rows = 400;
        double expected = 0, luckiest = 0;
        for (int set = 0; set < sets; set++)
        {
            var random = new SeededRandom(set, 78);
            int[] labels = [.. Enumerable.Range(0, rows).Select(i => i % 2)];
            var data = new Dataset("equals", "class", labels, ["no", "yes"], [new NumericColumn("x", new double[rows])]);
            var choices = new List<Selectable>();
            double most = 0;
            for (int c = 0; c < 10; c++)
            {
                int[] decided = new int[rows];
                for (int i = 0; i < rows; i++) decided[i] = random.NextDouble() < truth ? labels[i] : 1 - labels[i];
                most = Math.Max(most, Enumerable.Range(0, rows).Average(i => decided[i] == labels[i] ? 1.0 : 0));
                choices.Add(new(truth, new FoldMean(truth, 0.6, 0.8, 0, 0.05), [new(new Fold(0, 0, [], [.. Enumerable.Range(0, rows)]), decided, [], "")]));
            }

            Estimate estimate = SelectionEstimate.Evaluate(data, new ComparisonOptions { Folds = 1, Threads = 2, Seed = set }, 1, choices, default);
            Assert.InRange(estimate.Mean, estimate.Low, estimate.High);
            expected += (estimate.Mean - truth) / sets;
            luckiest += (most - truth) / sets;
        }

        output.WriteLine($"The best seems better by {luckiest:0.0000}, of which the estimate keeps {expected:0.0000}.");
        Assert.InRange(expected / luckiest, 0.2, 0.55);
    }

    [Fact]
    public void Rows_that_stand_alone_are_drawn_as_before()
    {
        (Dataset data, _, JudgedFold judged) = Simulate(40, 15, 1);
        var choice = new Selectable(0.7, new FoldMean(0.7, 0.6, 0.8, 0, 0.05), [judged]);
        var options = new ComparisonOptions { Folds = 1, Threads = 2 };
        Assert.Equal(SelectionEstimate.Evaluate(data, options, 1, [choice], default),
            SelectionEstimate.Evaluate(data, options, 1, [choice], Enumerable.Range(0, data.Rows).ToArray()));
    }

    [Fact]
    public void A_comparison_of_groups_draws_groups()
    {
        // Rows of a group share their place, and the label is the group's: rows are one observation.
        var random = new SeededRandom(3);
        int[] groups = [.. Enumerable.Range(0, 600).Select(i => i / 15)], labels = [.. groups.Select(g => g % 2)];
        double[] places = [.. Enumerable.Range(0, 40).Select(g => (0.8 * (g % 2)) + random.NextGaussian())];
        var data = new Dataset("groups", "class", labels, ["no", "yes"],
            [new NumericColumn("x", [.. groups.Select(g => places[g] + (0.1 * random.NextGaussian()))])]);
        var options = new ComparisonOptions { Learners = ["linear"], Remedies = [Remedy.None], Repeats = 2, Groups = groups };
        Estimate grouped = RemedyComparison.Run(data, options).Recommendation.EstimateOnUnseen;
        Estimate alone = RemedyComparison.Run(data, options with { Groups = null }).Recommendation.EstimateOnUnseen;
        Assert.True(grouped.High - grouped.Low > 2 * (alone.High - alone.Low));
    }
}
