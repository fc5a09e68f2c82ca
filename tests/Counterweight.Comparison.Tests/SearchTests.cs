using Counterweight.Data;
using CsCheck;

namespace Counterweight.Comparison.Tests;

public sealed class SearchTests
{
    [Theory]
    [InlineData("weights:power(0.25..1)", 4, "weights:power(tau=0.25)|weights:power(tau=0.5)|weights:power(tau=0.75)|weights:power(tau=1)")]
    [InlineData("resample:smote(k=3|5|9)+threshold:tuned", 9,
        "resample:smote(k=3)+threshold:tuned|resample:smote(k=5)+threshold:tuned|resample:smote(k=9)+threshold:tuned")]
    [InlineData("weights:effective-number(beta=0.9..0.9999)", 4,
        "weights:effective-number(beta=0.9)|weights:effective-number(beta=0.99)|weights:effective-number(beta=0.999)|weights:effective-number(beta=0.9999)")]
    [InlineData("sampler:undersample(ratio=1..100)", 3, "sampler:undersample(ratio=1)|sampler:undersample(ratio=10)|sampler:undersample(ratio=100)")]
    public void A_range_is_an_even_grid_and_a_list_is_itself(string text, int size, string expected)
    {
        Assert.True(RemedySpace.IsSpace(text));
        string[] wanted = [.. expected.Split('|').Select(t => Remedy.Parse(t).Name)];
        Assert.Equal(wanted, RemedySpace.Parse(text).Configurations(size).Select(r => r.Name));
    }

    [Fact]
    public void Several_ranges_fill_the_space_and_stars_stand_for_the_usual_ranges()
    {
        RemedySpace space = RemedySpace.Parse("loss:vs(gamma=*, tau=*)");
        Assert.Equal("loss:vs(gamma=0..0.5, tau=0.5..2)", space.Name);
        Assert.Equal(space, RemedySpace.Parse(space.Name));
        Assert.Equal(27, space.Configurations(9).Count);
        Assert.Equal(27, space.Configurations(9).Distinct().Count());
        Assert.Equal(4, RemedySpace.Parse("weights:power(tau=0.5|1)+offsets:logit-adjusted(tau=0.5|1)").Configurations().Count);
        Assert.All(RemedySpace.UsualRanges, usual => Assert.NotEmpty(RemedySpace.Parse($"{usual.Key.Method}({usual.Key.Parameter}=*)").Configurations(3)));
    }

    [Theory]
    [InlineData("weights:powr(tau=0..1)", "Did you mean 'weights:power'")]
    [InlineData("weights:power(tau=1..0.5)", "empty")]
    [InlineData("weights:power(tau=0..9)", "'9' is not")]
    [InlineData("weights:power(tua=0..1)", "takes weights:power(tau=0.5)")]
    [InlineData("weights:power(tau=0.5|x)", "'x' is not")]
    [InlineData("threshold:tuned(metric=a..b)", "one of")]
    [InlineData("threshold:alerts(per=*)", "no usual range")]
    [InlineData("weights:power(tau=0.5)", "nothing to search")]
    public void What_cannot_be_searched_is_named(string text, string part) =>
        Assert.Contains(part, Assert.Throws<FormatException>(() => RemedySpace.Parse(text)).Message, StringComparison.Ordinal);

    [Fact]
    public void Rungs_grow_threefold_and_let_a_third_go_on() =>
        Gen.Select(Gen.Int[2, 300], Gen.Int[10, 2_000_000], Gen.Int[2, 200], Gen.Int[1, 3]).Sample((configurations, rows, classes, repeats) =>
        {
            IReadOnlyList<Rung> rungs = Halving.Schedule(configurations, rows, classes, repeats);
            int entering = configurations, divisor = int.MaxValue;
            foreach (Rung rung in rungs)
            {
                Assert.Equal(entering, rung.Entering);
                Assert.InRange(rung.Leaving, 1, (rung.Entering + 2) / 3);
                Assert.True(rung.Divisor < divisor && (divisor == int.MaxValue || divisor == 3 * rung.Divisor));
                Assert.True(rung.Divisor == 1 || rows / rung.Divisor >= Math.Max(Halving.FewestRows, 10 * classes));
                (entering, divisor) = (rung.Leaving, rung.Divisor);
            }

            if (rungs.Count > 0) Assert.InRange(rungs[^1].Leaving, 1, Halving.MostFinalists);
            else Assert.True(repeats == 1 && rows / 3 < Math.Max(Halving.FewestRows, 10 * classes));
        });

    [Fact]
    public void The_rows_of_a_rung_are_nested_keep_rare_classes_and_stay_near_its_share() =>
        Gen.Select(Gen.Int[1, 3000].Array[2, 6], Gen.Int[1, 1000]).Sample((counts, seed) =>
        {
            int[] labels = [.. counts.SelectMany((n, c) => Enumerable.Repeat(c, n))];
            var fold = new Fold(0, 1, [.. Enumerable.Range(0, labels.Length)], []);
            HashSet<int> larger = [.. fold.Train];
            foreach (int divisor in (int[])[3, 9, 27])
            {
                Fold part = Halving.Part(fold, labels, counts.Length, divisor, seed);
                Assert.Equal(part.Train, Halving.Part(fold, labels, counts.Length, divisor, seed).Train);
                Assert.True(part.Train.All(larger.Contains));
                Assert.Equal(part.Train.Length, part.Train.Distinct().Count());
                int[] kept = new int[counts.Length];
                foreach (int row in part.Train) kept[labels[row]]++;
                for (int c = 0; c < counts.Length; c++)
                {
                    Assert.True(kept[c] >= Math.Min(2, counts[c]) && kept[c] >= (counts[c] / divisor) - 1 && kept[c] <= counts[c]);
                    Assert.True(kept[c] <= Math.Max((counts[c] / divisor) + 1, 50));
                }

                Assert.True(part.Train.Length <= (1.1 * labels.Length / divisor) + (3 * counts.Length));
                larger = [.. part.Train];
            }
        });

    private static ComparisonOptions Options(string search, int repeats = 2) =>
        new() { Learners = ["linear"], Remedies = [Remedy.None], Searches = [RemedySpace.Parse(search)], Folds = 4, Repeats = repeats, Threads = 2 };

    private static string Figures(ComparisonResult r) =>
        string.Join('\n', r.Candidates.Select(c => $"{c.Candidate} {string.Join(' ', c.FoldValues.Select(v => v.ToString("R")))} {c.PValueHolm:R}"))
        + string.Join('\n', r.Searches.SelectMany(s => s.Configurations).Select(c => $"{c.Remedy} {c.RowShare:R} {c.Folds} {c.Mean:R} {c.Entered}"))
        + r.Recommendation;

    [Fact]
    public void A_search_finds_the_strength_that_a_fixed_list_lacks_and_counts_every_try()
    {
        Dataset data = Simulated.Binary(6000, 300, distance: 1.5);
        ComparisonResult result = RemedyComparison.Run(data, Options("weights:power(tau=0..1)"));
        SearchResult search = Assert.Single(result.Searches);
        Assert.True(search.Complete);
        Assert.Equal(9, search.Configurations.Count);
        SearchedConfiguration entered = Assert.Single(search.Configurations, c => c.Entered);
        Assert.Equal(6, search.Configurations.Count(c => Math.Abs(c.RowShare - (1.0 / 9)) < 1e-12));
        Assert.Equal(9, result.Tries);
        Assert.True(result.Recommendation.BeatsBaseline);
        Assert.Equal(entered.Remedy, result.Recommendation.Candidate.Remedy);
        Assert.Contains(entered.Remedy.Name, (string[])["weights:power(tau=0.75)", "weights:power(tau=0.875)", "weights:power(tau=1)"]);
        Assert.Contains("for 9 tries", result.Recommendation.Reason, StringComparison.Ordinal);
        Assert.All(search.Configurations, c =>
        {
            Assert.Equal(c.Rungs.Select(r => r.RowShare).Order(), c.Rungs.Select(r => r.RowShare));
            Assert.Equal((c.RowShare, c.Folds, c.Mean), (c.Rungs[^1].RowShare, c.Rungs[^1].Folds, c.Rungs[^1].Mean.Mean));
            Assert.All(c.Rungs, r => Assert.InRange(r.Mean.Mean, r.Mean.Low, r.Mean.High));
        });
        // All begin on the fewest rows; a third of a rung goes on.
        Assert.Equal([9, 3], search.Configurations.SelectMany(c => c.Rungs).GroupBy(r => r.RowShare).OrderBy(g => g.Key).Select(g => g.Count()));
        SearchEntry written = Assert.Single(ComparisonDocument.Of(result).Searches);
        Assert.Equal(
            search.Configurations.SelectMany(c => c.Rungs).Select(r => (r.RowShare, r.Mean.Mean, (double?)r.Mean.Low, (double?)r.Mean.High)),
            written.Configurations.SelectMany(c => c.Rungs).Select(r => (r.RowShare, r.Mean, r.CiLow, r.CiHigh)));
        Assert.InRange(result.Recommendation.EstimateOnUnseen.Mean, result.Of(result.Recommendation.Candidate).Mean!.Mean - 0.05,
            result.Of(result.Recommendation.Candidate).Mean!.Mean + 0.02);
    }

    [Fact]
    public void A_search_is_the_same_at_any_number_of_threads_and_after_interruptions_anywhere()
    {
        Dataset data = Simulated.Many([1500, 500, 150], radius: 1.5);
        ComparisonOptions options = Options("sampler:power(q=0..1)+offsets:logit-adjusted(tau=0|0.5)") with { SearchSize = 3 };
        string expected = Figures(RemedyComparison.Run(data, options with { Threads = 1 }));
        Assert.Equal(expected, Figures(RemedyComparison.Run(data, options with { Threads = 3 })));
        foreach (int after in (int[])[3, 8, 16])
        {
            string folder = Directory.CreateTempSubdirectory("counterweight").FullName;
            try
            {
                using (var cancel = new CancellationTokenSource())
                using (RunStore store = RunStore.Open(folder, "f"))
                {
                    ComparisonResult part = RemedyComparison.Run(data, options, new Once(cancel.Cancel, after), store, cancel.Token);
                    Assert.True(part.Incomplete);
                    Assert.False(part.Recommendation.BeatsBaseline && part.Candidates.All(c => c.FoldValues.Count == 0));
                }

                using (RunStore store = RunStore.Open(folder, "f"))
                {
                    Assert.True(store.Found > 0);
                    Assert.Equal(expected, Figures(RemedyComparison.Run(data, options, null, store)));
                }
            }
            finally
            {
                Directory.Delete(folder, recursive: true);
            }
        }
    }

    [Fact]
    public void Few_rows_skip_the_rungs_and_a_refused_configuration_says_why()
    {
        Dataset data = Simulated.Many([60, 40, 30], radius: 2);
        ComparisonResult result = RemedyComparison.Run(
            data, Options("weights:power(tau=0.5|1)", repeats: 1)
            with
            { Searches = [RemedySpace.Parse("weights:power(tau=0.5|1)"), RemedySpace.Parse("threshold:recall(at-least=0.5|0.9)")] });
        Assert.Equal(3, result.Candidates.Count);
        Assert.All(result.Searches[1].Configurations, c => Assert.Contains("two classes", c.Reason, StringComparison.Ordinal));
    }

    private sealed class Once(Action action, int after) : IProgress<ComparisonProgress>
    {
        public void Report(ComparisonProgress value)
        {
            if (value.Done == after) action();
        }
    }
}
