namespace Counterweight.Tests.Resampling;

public sealed class UnderTests
{
    /// <summary>The shortcuts for many rows, against the k nearest of every row.</summary>
    [Theory]
    [InlineData(2, 8.0, 6, 3, NeighbourRule.All)]
    [InlineData(2, 8.0, 6, 3, NeighbourRule.Mode)]
    [InlineData(2, 1.1, 6, 3, NeighbourRule.All)]
    [InlineData(2, 1.1, 6, 4, NeighbourRule.Mode)]
    [InlineData(4, 1.5, 5, 2, NeighbourRule.All)]
    [InlineData(4, 1.5, 5, 3, NeighbourRule.Mode)]
    [InlineData(2, 3.0, -6, 4, NeighbourRule.All)]
    [InlineData(2, 3.0, -6, 4, NeighbourRule.Mode)]
    [InlineData(2, 3.0, 2, 3, NeighbourRule.All)]
    public void Editing_is_what_the_nearest_rows_say(int classes, double thinning, int columns, int k, NeighbourRule rule)
    {
        // A negative number of columns stands for values on a grid, with many equal distances and duplicates.
        (double[] values, int[] labels) = ResamplingData.Clouds(2600, Math.Abs(columns), classes, thinning, seed: 3);
        if (columns < 0) values = [.. values.Select(v => Math.Round(v))];
        var rows = new SampleMatrix<double>(values, Math.Abs(columns));
        foreach (SamplingStrategy strategy in (SamplingStrategy[])[SamplingStrategy.Auto, SamplingStrategy.All])
        {
            int[] kept = new EditedNearestNeighbours(k, rule) { Strategy = strategy }.Select(rows, labels, classes, threads: 2);
            var counts = new long[classes];
            foreach (int label in labels) counts[label]++;
            SamplingTargets targets = strategy.Resolve(counts, ResamplingKind.Cleaning);
            NeighbourLists lists = new NeighbourIndex<double>(rows).FindOthers(Enumerable.Range(0, rows.Rows).ToArray(), k);
            IEnumerable<int> wanted = Enumerable.Range(0, rows.Rows).Where(r => !targets.IsTargeted(labels[r]) || Stays(lists.RowsOf(r).ToArray(), labels[r]));
            Assert.Equal(wanted, kept.Order());
        }

        bool Stays(int[] near, int own) => rule == NeighbourRule.All
            ? near.All(r => labels[r] == own)
            : near.GroupBy(r => labels[r]).OrderByDescending(g => g.Count()).ThenBy(g => g.Key).First().Key == own;
    }

    /// <summary>The passes, in which most rows are not searched again, against passes that search all.</summary>
    [Theory]
    [InlineData(2, 6.0, 6, NeighbourRule.All, "auto")]
    [InlineData(2, 6.0, 6, NeighbourRule.Mode, "auto")]
    [InlineData(2, 4.0, -5, NeighbourRule.All, "all")]
    [InlineData(3, 2.0, 5, NeighbourRule.All, "all")]
    [InlineData(3, 2.0, 5, NeighbourRule.Mode, "all")]
    [InlineData(2, 2.0, -6, NeighbourRule.Mode, "all")]
    public void Passes_are_what_one_pass_after_the_other_says(int classes, double thinning, int columns, NeighbourRule rule, string strategy)
    {
        (double[] values, int[] labels) = ResamplingData.Clouds(3500, Math.Abs(columns), classes, thinning, seed: 13, spread: 2.5);
        if (columns < 0) values = [.. values.Select(v => Math.Round(2 * v))];
        var rows = new SampleMatrix<double>(values, Math.Abs(columns));
        SamplingStrategy cleaning = SamplingStrategy.Parse(strategy);
        int smallest = labels.GroupBy(l => l).Min(g => g.Count());

        (int[] expected, int passes) = Naive(Enumerable.Repeat(3, 100));
        Assert.True(passes > 1);
        Assert.Equal(expected, new RepeatedEditedNearestNeighbours(3, Rule: rule) { Strategy = cleaning }.Select(rows, labels, classes, threads: 2).Order());
        (expected, _) = Naive([1, 2, 3, 4]);
        Assert.Equal(expected, new AllKNearestNeighbours(4, rule) { Strategy = cleaning }.Select(rows, labels, classes, threads: 2).Order());

        (int[] Left, int Passes) Naive(IEnumerable<int> neighbours)
        {
            int[] alive = [.. Enumerable.Range(0, rows.Rows)];
            int passes = 0;
            bool repeated = neighbours.Distinct().Count() == 1;
            foreach (int k in neighbours)
            {
                passes++;
                var counts = new long[classes];
                foreach (int r in alive) counts[labels[r]]++;
                SamplingTargets targets = cleaning.Resolve(counts, ResamplingKind.Cleaning);
                NeighbourLists lists = new NeighbourIndex<double>(rows.Select(alive)).FindOthers(Enumerable.Range(0, alive.Length).ToArray(), k);
                int[] left = [.. alive.Where(
                    (r, i) => !targets.IsTargeted(labels[r]) || Stays([.. lists.RowsOf(i).ToArray().Select(n => labels[alive[n]])], labels[r]))];
                bool same = left.Length == alive.Length;
                alive = left;
                int[] after = [.. Enumerable.Range(0, classes).Select(c => alive.Count(r => labels[r] == c))];
                if ((repeated && same) || after.Any(n => n == 0)) break;
                if (Enumerable.Range(0, classes).Any(c => c != FirstSmallest() && after[c] < smallest)) break;
            }

            return (alive, passes);
        }

        int FirstSmallest() => Enumerable.Range(0, classes).First(c => labels.Count(l => l == c) == smallest);

        bool Stays(int[] near, int own) => rule == NeighbourRule.All
            ? near.All(c => c == own)
            : near.GroupBy(c => c).OrderByDescending(g => g.Count()).ThenBy(g => g.Key).First().Key == own;
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Near_misses_are_those_of_summed_distances(int version)
    {
        (double[] values, int[] labels) = ResamplingData.Clouds(3000, 17, 3, 3.0, seed: 14);
        float[] single = [.. values.Select(v => (float)v)];
        var rows = new SampleMatrix<float>(single, 17);
        int[][] byClass = [.. Enumerable.Range(0, 3).Select(c => Enumerable.Range(0, 3000).Where(r => labels[r] == c).ToArray())];
        int[] minority = byClass[2];
        List<int> expected = [];
        foreach (int[] own in byClass[..2])
        {
            IEnumerable<int> candidates = version < 3 ? own : minority.SelectMany(m => own.OrderBy(r => Distance(m, r)).Take(4)).Distinct();
            expected.AddRange(candidates.OrderBy(r => version switch
            {
                1 => minority.Select(m => Distance(r, m)).Order().Take(3).Sum(),
                2 => minority.Select(m => Distance(r, m)).OrderDescending().Take(3).Sum(),
                _ => -minority.Select(m => Distance(r, m)).Order().Take(3).Sum(),
            }).Take(minority.Length));
        }

        Assert.Equal([.. expected, .. minority], new NearMiss(version, 3, 4).Select(rows, labels, 3, threads: 2));

        double Distance(int a, int b)
        {
            double sum = 0;
            for (int j = 0; j < 17; j++) sum += ((double)single[(a * 17) + j] - single[(b * 17) + j]) * ((double)single[(a * 17) + j] - single[(b * 17) + j]);
            return Math.Sqrt(sum);
        }
    }

    [Fact]
    public void Tomek_links_are_mutual_nearest_rows_of_two_classes()
    {
        (double[] values, int[] labels) = ResamplingData.Clouds(2000, 5, 3, 2.0, seed: 4);
        var rows = new SampleMatrix<double>(values, 5);
        int[] kept = new TomekLinks { Strategy = SamplingStrategy.All }.Select(rows, labels, 3);
        int[] nearest = new NeighbourIndex<double>(rows).FindOthers(Enumerable.Range(0, rows.Rows).ToArray(), 1).Rows;
        Assert.Equal(Enumerable.Range(0, rows.Rows).Where(r => !(nearest[nearest[r]] == r && labels[nearest[r]] != labels[r])), kept);
        Assert.True(kept.Length < rows.Rows);
    }

    [Theory]
    [InlineData(1, 1)]
    [InlineData(3, 1)]
    [InlineData(2, 4)]
    public void Condensing_visits_rows_in_order_and_keeps_what_the_store_misclassifies(int k, int seeds)
    {
        (double[] values, int[] labels) = ResamplingData.Clouds(500, 3, 2, 5.0, seed: 5);
        var rows = new SampleMatrix<double>(values, 3);
        int[] majority = [.. Enumerable.Range(0, 500).Where(r => labels[r] == 0)], minority = [.. Enumerable.Range(0, 500).Where(r => labels[r] == 1)];
        int[] first = [.. majority.Where((_, i) => i % 50 == 7).Take(seeds)];
        int[] kept = new CondensedNearestNeighbour(k, seeds) { SeedRows = new Dictionary<int, int[]> { [0] = first } }.Select(rows, labels, 2);

        List<int> store = [.. minority, .. first];
        foreach (int r in majority)
        {
            if (store.Contains(r)) continue;
            int[] near = [.. store.Select((s, at) => (s, at, d: Distance(r, s))).OrderBy(p => p.d).ThenBy(p => p.at).Take(k).Select(p => p.s)];
            if (near.Count(s => labels[s] == 0) * 2 < k) store.Add(r);
        }

        Assert.Equal(store.Skip(minority.Length).Order(), kept.Where(r => labels[r] == 0).Order());

        double Distance(int a, int b) => rows.Row(a).ToArray().Zip(rows.Row(b).ToArray(), (x, y) => (x - y) * (x - y)).Sum();
    }

    [Fact]
    public void Random_rows_are_distinct_without_replacement_and_of_the_right_number()
    {
        (double[] values, int[] labels) = ResamplingData.Clouds(400, 2, 3, 2.0, seed: 6);
        var rows = new SampleMatrix<double>(values, 2);
        long[] counts = [.. Enumerable.Range(0, 3).Select(c => labels.LongCount(l => l == c))];
        int[] kept = new RandomUnderSampler().Select(rows, labels, 3, seed: 1);
        Assert.Equal(kept.Length, kept.Distinct().Count());
        for (int c = 0; c < 3; c++) Assert.Equal(counts.Min(), kept.LongCount(r => labels[r] == c));
        Assert.NotEqual(kept, new RandomUnderSampler().Select(rows, labels, 3, seed: 2));
        int[] drawn = new RandomUnderSampler(Replacement: true) { Strategy = SamplingStrategy.Counts(new Dictionary<int, long> { [0] = counts[0] }) }
            .Select(rows, labels, 3);
        Assert.Equal(counts[0], drawn.LongCount(r => labels[r] == 0));
        Assert.NotEqual(drawn.Length, drawn.Distinct().Count());
    }

    [Theory]
    [InlineData("auto", ResamplingKind.Over, new long[] { 90, 90, 90 })]
    [InlineData("auto", ResamplingKind.Under, new long[] { 20, 20, 20 })]
    [InlineData("minority", ResamplingKind.Over, new long[] { 90, 90, 50 })]
    [InlineData("majority", ResamplingKind.Under, new long[] { 20, 20, 50 })]
    [InlineData("not minority", ResamplingKind.Over, new long[] { 90, 20, 90 })]
    [InlineData("not_majority", ResamplingKind.Under, new long[] { 90, 20, 20 })]
    [InlineData("all", ResamplingKind.Under, new long[] { 20, 20, 20 })]
    [InlineData("0=100, 1=30", ResamplingKind.Over, new long[] { 100, 30, 50 })]
    [InlineData("0=5,2=6", ResamplingKind.Under, new long[] { 5, 20, 6 })]
    public void Strategies_give_the_rows_of_the_peer(string text, ResamplingKind kind, long[] after)
    {
        SamplingTargets targets = SamplingStrategy.Parse(text).Resolve([90, 20, 50], kind);
        Assert.Equal(after, Enumerable.Range(0, 3).Select(c => targets[c]));
        Assert.Equal(SamplingStrategy.Parse(text).ToString(), SamplingStrategy.Parse(SamplingStrategy.Parse(text).ToString()).ToString());
    }

    [Fact]
    public void Strategies_that_do_not_fit_are_refused()
    {
        long[] three = [90, 20, 50], two = [90, 20];
        Assert.Throws<ArgumentException>(() => SamplingStrategy.Majority.Resolve(three, ResamplingKind.Over));
        Assert.Throws<ArgumentException>(() => SamplingStrategy.Minority.Resolve(three, ResamplingKind.Under));
        Assert.Throws<ArgumentException>(() => SamplingStrategy.Ratio(0.5).Resolve(three, ResamplingKind.Over));
        Assert.Throws<ArgumentException>(() => SamplingStrategy.Ratio(0.5).Resolve(two, ResamplingKind.Cleaning));
        Assert.Throws<ArgumentException>(() => SamplingStrategy.Ratio(0.1).Resolve(two, ResamplingKind.Over));
        Assert.Throws<ArgumentException>(() => SamplingStrategy.Ratio(0.1).Resolve(two, ResamplingKind.Under));
        Assert.Throws<ArgumentException>(() => SamplingStrategy.Parse("0=91").Resolve(two, ResamplingKind.Under));
        Assert.Throws<ArgumentException>(() => SamplingStrategy.Parse("0=89").Resolve(two, ResamplingKind.Over));
        Assert.Throws<ArgumentException>(() => SamplingStrategy.Parse("5=89").Resolve(two, ResamplingKind.Over));
        Assert.Throws<ArgumentException>(() => SamplingStrategy.Parse("0=10").Resolve(two, ResamplingKind.Cleaning));
        Assert.Throws<ArgumentException>(() => SamplingStrategy.Parse("only:0").Resolve(two, ResamplingKind.Under));
        Assert.True(SamplingStrategy.Parse("only:0").Resolve(two, ResamplingKind.Cleaning).IsTargeted(0));
        foreach (string wrong in (string[])["", "some", "0", "1.5", "0=", "x=3", "0=1,0=2"])
            Assert.Throws<FormatException>(() => SamplingStrategy.Parse(wrong));
        SamplingTargets half = SamplingStrategy.Function(counts => new Dictionary<int, long> { [0] = counts[0] / 2 }).Resolve(two, ResamplingKind.Under);
        Assert.Equal(45, half[0]);
    }
}
