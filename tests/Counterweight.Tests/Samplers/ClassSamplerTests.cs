using CsCheck;

namespace Counterweight.Tests;

public sealed class ClassSamplerTests
{
    private static readonly int[] LongTail = [
        .. Enumerable.Repeat(0, 700), .. Enumerable.Repeat(1, 200), .. Enumerable.Repeat(2, 80), .. Enumerable.Repeat(3, 20)];
    private static readonly double[] Counts = [700, 200, 80, 20];

    private static double[] RowWeights(double[] classProbabilities) => [.. LongTail.Select(l => classProbabilities[l] / Counts[l])];

    [Theory]
    [InlineData("class-balanced", 0.0)]
    [InlineData("sqrt", 0.5)]
    [InlineData("power(0.3)", 0.3)]
    [InlineData("power(1)", 1.0)]
    public void Classes_come_by_a_power_of_their_counts_and_rows_of_a_class_equally(string name, double q)
    {
        double[] powers = [.. Counts.Select(n => Math.Pow(n, q))];
        var sampler = (ClassBalancedSampler)Sampler.Catalogue.Create(name)(LongTail, 4, 3);
        ChiSquare.Holds(sampler, RowWeights(powers), 200, name);
        Assert.Equal(q, sampler.Exponent);
        for (int c = 0; c < 4; c++) Assert.Equal(powers[c] / powers.Sum(), sampler.ClassProbabilities[c], 1e-15);
    }

    [Theory]
    [InlineData(0, 0.7, 0.02)]
    [InlineData(5, 0.475, 0.135)]
    [InlineData(10, 0.25, 0.25)]
    [InlineData(1000, 0.25, 0.25)]
    public void Progressive_balance_moves_along_equation_2(long epoch, double first, double last)
    {
        var sampler = new ProgressivelyBalancedSampler(LongTail, 4, epochs: 10, length: 200_000, seed: 1);
        double[] probabilities = sampler.ClassProbabilities(epoch);
        Assert.Equal(first, probabilities[0], 1e-12);
        Assert.Equal(last, probabilities[3], 1e-12);
        long[] counts = new long[1000];
        foreach (long row in sampler.Epoch(epoch)) counts[row]++;
        ChiSquare.Holds(counts, RowWeights(probabilities), $"epoch {epoch}");
    }

    [Fact]
    public void Several_labels_draw_a_label_and_then_a_row_that_carries_it()
    {
        LabelSets sets = LabelSets.From([[0], [0], [0, 1], [], [1, 0, 1]]);
        Assert.Equal([1, 0], sets[4].ToArray());
        var sampler = new ClassBalancedSampler(sets, 2, length: 200_000, seed: 4);
        ChiSquare.Holds(sampler, [0.125, 0.125, 0.125 + 0.25, 0, 0.125 + 0.25], 1, "multi-label");
        Assert.Equal([0, 2], LabelSets.FromIndicators([true, false, true, false, true, false], 3)[0].ToArray());
    }

    [Fact]
    public void Dynamic_sampling_shifts_to_the_classes_that_are_wrong()
    {
        var sampler = new DynamicSampler(LongTail, 4, floor: 0.2, length: 100_000, seed: 5);
        Assert.All(sampler.ClassProbabilities(0), p => Assert.Equal(0.25, p, 1e-15));
        long[] before = [.. sampler.Epoch(0)];
        sampler.Update(0, [0.9, 0.9, 0.4, 0.8]);
        double[] expected = [.. new[] { 0.1, 0.1, 0.6, 0.2 }.Select(p => 0.8 * p + 0.05)];
        for (int c = 0; c < 4; c++) Assert.Equal(expected[c], sampler.ClassProbabilities(1)[c], 1e-12);
        Assert.Equal(before, sampler.Epoch(0));
        long[] counts = new long[1000];
        foreach (long row in sampler.Epoch(1)) counts[row]++;
        ChiSquare.Holds(counts, RowWeights(expected), "dynamic");

        sampler.Update(3, [1, 1, 1, 1]);
        Assert.All(sampler.ClassProbabilities(4), p => Assert.Equal(0.25, p, 1e-15));
        Assert.Equal(sampler.ClassProbabilities(1), sampler.ClassProbabilities(3));
        var resumed = new DynamicSampler(LongTail, 4, floor: 0.2, length: 100_000, seed: 5, history: sampler.History);
        foreach (long epoch in new long[] { 0, 1, 3, 4 }) Assert.Equal(sampler.Epoch(epoch), resumed.Epoch(epoch));

        Assert.Throws<ArgumentOutOfRangeException>(() => sampler.Update(2, [0, 0, 0, 0]));
        Assert.Throws<ArgumentException>(() => sampler.Update(4, [0, 0, 0]));
        Assert.Contains("class 1", Assert.Throws<ArgumentException>(() => sampler.Update(4, [0, 1.5, 0, 0])).Message, StringComparison.Ordinal);
        Assert.Contains("class 2", Assert.Throws<ArgumentException>(() => sampler.Update(4, [0, 0.5, double.NaN, 0])).Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentOutOfRangeException>(() => new DynamicSampler(LongTail, 4, floor: 1.1));
    }

    [Fact]
    public void Undersampling_takes_a_fresh_part_of_the_majority_until_all_of_it_was_seen()
    {
        var sampler = new UndersamplingSampler(LongTail, 4, ratio: 1.5, seed: 2);
        Assert.Equal([30, 30, 30, 20], sampler.RowsPerClass);
        Assert.Equal(110, sampler.Length);
        HashSet<long> seen = [];
        for (int e = 0; e < 700 / 30; e++)
        {
            long[] rows = [.. sampler.Epoch(e)];
            Assert.Equal(110, rows.Distinct().Count());
            Assert.Equal([30, 30, 30, 20], rows.CountBy(r => LongTail[r]).OrderBy(p => p.Key).Select(p => p.Value));
            foreach (long row in rows.Where(r => LongTail[r] == 0)) Assert.True(seen.Add(row), $"row {row} came back in epoch {e}");
        }

        ChiSquare.Holds(sampler, RowWeights([30, 30, 30, 20]), 3000, "undersampling");
        Assert.Throws<ArgumentOutOfRangeException>(() => new UndersamplingSampler(LongTail, 4, ratio: 0.5));
        Assert.Throws<ArgumentOutOfRangeException>(() => new UndersamplingSampler(LongTail, 4, ratio: double.NaN));
    }

    [Fact]
    public void Repeat_factors_are_those_of_the_paper_and_the_places_follow_them()
    {
        var sampler = new RepeatFactorSampler(LongTail, 4, threshold: 0.3, seed: 7);
        double[] factors = [1, Math.Sqrt(0.3 / 0.2), Math.Sqrt(0.3 / 0.08), Math.Sqrt(0.3 / 0.02)];
        for (int c = 0; c < 4; c++) Assert.Equal(factors[c], sampler.RepeatFactor(c), 1e-12);
        Assert.Equal((long)factors.Zip(Counts, (r, n) => r * n).Sum(), sampler.Length);
        long[] totals = new long[1000];
        for (int e = 0; e < 400; e++)
        {
            long[] counts = new long[1000];
            foreach (long row in sampler.Epoch(e)) counts[row]++;
            for (int i = 0; i < counts.Length; i++)
            {
                Assert.InRange(counts[i], (long)Math.Floor(factors[LongTail[i]]), (long)Math.Ceiling(factors[LongTail[i]]));
                totals[i] += counts[i];
            }
        }

        for (int i = 0; i < totals.Length; i++) Assert.InRange(totals[i] / 400.0, factors[LongTail[i]] - 0.15, factors[LongTail[i]] + 0.15);
        for (int c = 0; c < 4; c++)
            Assert.Equal(factors[c], Enumerable.Range(0, 1000).Where(i => LongTail[i] == c).Average(i => totals[i] / 400.0), 0.006);
    }

    [Fact]
    public void A_row_with_several_labels_is_repeated_for_its_rarest()
    {
        LabelSets labels = LabelSets.From([[0], [0], [0], [0, 1]]);
        var sampler = new RepeatFactorSampler(labels, classes: 2, threshold: 1, seed: 0);
        Assert.Equal(2, sampler.RepeatFactor(1), 1e-12);
        Assert.Equal([0, 1, 2, 3, 3], sampler.Epoch(0).Order());
        Assert.Throws<ArgumentOutOfRangeException>(() => new RepeatFactorSampler(labels, 2, threshold: 0));
    }

    [Fact]
    public void Balanced_batches_have_k_rows_of_each_of_m_classes() =>
        Gen.Select(Gen.Int[1, 9], Gen.Int[1, 7], Gen.Int[0, 9], Gen.Long).Sample((classes, k, m, seed) =>
        {
            m = Math.Min(m, classes);
            int[] labels = [.. Enumerable.Range(0, classes).SelectMany(c => Enumerable.Repeat(c, 1 + 3 * c))];
            var sampler = new BalancedBatchSampler(labels, classes, k, m, seed: seed);
            Dictionary<long, int> uses = [];
            int[] classUses = new int[classes];
            foreach (long[] batch in sampler.Batches(seed & 7))
            {
                Assert.Equal(sampler.BatchSize, batch.Length);
                foreach (IGrouping<int, long> rows in batch.GroupBy(r => labels[r]))
                {
                    classUses[rows.Key]++;
                    Assert.Equal(k, rows.Count());
                    int count = 1 + 3 * rows.Key;
                    Assert.InRange(rows.Distinct().Count(), Math.Min(k, count), Math.Min(k, count));
                    Assert.Equal((k + count - 1) / count, rows.CountBy(r => r).Max(p => p.Value));
                }

                Assert.Equal(m == 0 ? classes : m, batch.Select(r => labels[r]).Distinct().Count());
            }

            if (m == 0) Assert.Single(classUses.Distinct());
        }, iter: 300);

    [Fact]
    public void Balanced_batches_use_classes_and_rows_equally_in_the_long_run()
    {
        var sampler = new BalancedBatchSampler(LongTail, 4, rowsPerClass: 3, classesPerBatch: 3, batches: 20_000, seed: 3);
        ChiSquare.Holds(sampler, RowWeights([1, 1, 1, 1]), 1, "balanced batches");
    }

    [Fact]
    public void A_class_goes_through_its_rows_before_any_comes_back()
    {
        var sampler = new BalancedBatchSampler(LongTail, 4, rowsPerClass: 4, seed: 3);
        long[] rare = [.. sampler.Batches(0).Take(5).SelectMany(b => b).Where(r => LongTail[r] == 3)];
        Assert.Equal(Enumerable.Range(980, 20).Select(i => (long)i), rare.Order());
    }

    [Fact]
    public void Stratified_batches_hold_every_row_once_and_each_class_within_a_row_of_its_share() =>
        Gen.Select(Gen.Int[1, 6], Gen.Int[0, 40].Array[1, 6], Gen.Int[0, 60], Gen.Long).Sample((_, extra, more, seed) =>
        {
            int classes = extra.Length, size = classes + more;
            int[] labels = [.. extra.SelectMany((n, c) => Enumerable.Repeat(c, n + 1))];
            var sampler = new StratifiedBatchSampler(labels, classes, size, seed);
            long[][] batches = [.. sampler.Batches(seed & 15)];
            Assert.Equal(Enumerable.Range(0, labels.Length).Select(i => (long)i), batches.SelectMany(b => b).Order());
            long[][] full = [.. batches.Where(b => b.Length == size)];
            for (int c = 0; c < classes; c++)
            {
                int[] counts = [.. full.Select(b => b.Count(r => labels[r] == c))];
                if (counts.Length > 0) Assert.InRange(counts.Max() - counts.Min(), 0, 1);
                double share = (double)batches[^1].Length * (extra[c] + 1) / labels.Length;
                Assert.InRange(batches[^1].Count(r => labels[r] == c), Math.Floor(share + 1e-9) - (full.Length == batches.Length ? 1 : 0),
                    Math.Ceiling(share - 1e-9));
            }
        }, iter: 400);

    [Fact]
    public void A_shuffled_epoch_is_uniform_in_its_places_and_its_neighbours()
    {
        // With a tiny threshold a repeat-factor sampler is a plain shuffle: small ones are exact, larger ones a keyed network.
        foreach (int count in new[] { 4, 64, 65, 100, 1000 })
        {
            var sampler = new RepeatFactorSampler(new int[count], 1, 1e-9, seed: 11);
            int cells = Math.Min(count, 20);
            long[] places = new long[cells * cells], steps = new long[cells], rows = new long[2];
            for (int e = 0; e < 40_000; e++)
            {
                int place = e % (count - 1);
                sampler.Fill(e, place, rows, threads: 1);
                places[place * cells / count * cells + (int)rows[0] * cells / count]++;
                steps[((rows[1] - rows[0] + count) % count - 1) * cells / count]++;
            }

            for (int e = 0; e < 20; e++) Assert.Equal(count, sampler.Epoch(e).Distinct().Count());
            double[] sizes = new double[cells];
            for (int i = 0; i < count; i++) sizes[i * cells / count]++;
            double[] read = [.. sizes];
            read[^1]--;                                                      // the last place has no neighbour, so it is not read first
            double[] expectedPlaces = [.. read.SelectMany(a => sizes.Select(b => a / (count - 1) * b / count))], expectedSteps = new double[cells];
            for (int i = 0; i < count - 1; i++) expectedSteps[i * cells / count] += 1.0 / (count - 1);
            ChiSquare.Holds(places, expectedPlaces, $"places of {count}");
            ChiSquare.Holds(steps, expectedSteps, $"neighbours of {count}");
        }
    }

    [Fact]
    public void All_orders_of_four_rows_are_equally_likely()
    {
        var sampler = new RepeatFactorSampler(new int[4], 1, 1e-9, seed: 1);
        Dictionary<string, long> orders = [];
        for (int e = 0; e < 24_000; e++)
        {
            string order = string.Concat(sampler.Epoch(e, threads: 1));
            orders[order] = orders.GetValueOrDefault(order) + 1;
        }

        Assert.Equal(24, orders.Count);
        ChiSquare.Holds([.. orders.Values], [.. Enumerable.Repeat(1.0 / 24, 24)], "orders");
    }

    [Fact]
    public void Bad_labels_and_empty_classes_are_named()
    {
        foreach (MethodDefinition method in Sampler.Catalogue)
        {
            SamplerFactory factory = Sampler.Catalogue.Create(method.Name);
            Assert.Equal(3, Assert.Throws<UnusableDataException>(() => factory(new[] { 0, 1, 2 }, 2, 0)).Row);
            Assert.Equal(1, Assert.Throws<UnusableDataException>(() => factory(new[] { -1, 1, 2 }, 2, 0)).Row);
            Assert.Contains("Class 1 has no rows", Assert.Throws<UnusableDataException>(() => factory(new[] { 0, 2, 2 }, 3, 0)).Message,
                StringComparison.Ordinal);
            Assert.Throws<UnusableDataException>(() => factory(Array.Empty<int>(), 2, 0));
            Assert.Throws<ArgumentOutOfRangeException>(() => factory(new[] { 0 }, 0, 0));
        }

        Assert.Equal(2, Assert.Throws<UnusableDataException>(() => LabelSets.From([[0], [-2]])).Row);
        Assert.Equal(2, Assert.Throws<UnusableDataException>(() => new ClassBalancedSampler(LabelSets.From([[0], [2]]), 2)).Row);
        Assert.Throws<UnusableDataException>(() => new ClassBalancedSampler(LabelSets.From([[0], []]), 2));
        Assert.Throws<ArgumentException>(() => LabelSets.FromIndicators([true, false, true], 2));
    }

    [Fact]
    public void A_batch_smaller_than_the_number_of_classes_is_refused()
    {
        Assert.Contains("at least 4", Assert.Throws<ArgumentOutOfRangeException>(() => BalancedBatchSampler.OfSize(LongTail, 4, 3)).Message,
            StringComparison.Ordinal);
        Assert.Contains("at least 4", Assert.Throws<ArgumentOutOfRangeException>(() => new StratifiedBatchSampler(LongTail, 4, 3)).Message,
            StringComparison.Ordinal);
        Assert.Equal(8, BalancedBatchSampler.OfSize(LongTail, 4, 11).BatchSize);
        Assert.Throws<ArgumentOutOfRangeException>(() => new BalancedBatchSampler(LongTail, 4, 0));
        Assert.Throws<ArgumentOutOfRangeException>(() => new BalancedBatchSampler(LongTail, 4, 1, 5));
        Assert.Throws<ArgumentOutOfRangeException>(() => ClassBalancedSampler.Power(LongTail, 4, 1.5));
        Assert.Throws<ArgumentOutOfRangeException>(() => new ProgressivelyBalancedSampler(LongTail, 4, 0));
        Assert.Throws<ArgumentOutOfRangeException>(() => new ClassBalancedSampler(LongTail, 4, -1));
    }
}
