using CsCheck;

namespace Counterweight.Tests;

public sealed class WeightedRandomSamplerTests
{
    [Fact]
    public void The_example_of_the_documentation_draws_the_heavy_row_seven_times_of_ten()
    {
        double[] weights = [1, 1, 1, 7];
        var sampler = new WeightedRandomSampler(weights, length: 1000, seed: 0);
        var rows = new long[1000];
        sampler.Fill(epoch: 0, position: 0, rows);
        Assert.InRange(rows.Count(r => r == 3), 630, 770);
    }

    public static TheoryData<string, int> Shapes => new()
    {
        { "equal", 3 }, { "equal", 256 }, { "equal", 257 }, { "one", 1 }, { "one", 300 }, { "skewed", 2 }, { "skewed", 900 }, { "zeros", 1000 },
            { "orders", 600 }, { "sorted", 1500 },
    };

    private static double[] Shape(string name, int count)
    {
        var random = new SeededRandom(9);
        double[] weights = new double[count];
        for (int i = 0; i < count; i++)
            weights[i] = name switch
            {
                "equal" => 0.1,
                "one" => i == count / 2 ? 5 : 0,
                "skewed" => Math.Pow(random.NextPositiveDouble(), -1.5),
                "zeros" => i % 3 == 0 ? random.NextDouble() : 0,
                "orders" => Math.Pow(10, 12 * random.NextDouble() - 6),
                _ => Math.Pow(10, 12.0 * i / count - 6),
            };
        return weights;
    }

    [Theory]
    [MemberData(nameof(Shapes))]
    public void Draws_follow_the_weights(string shape, int count)
    {
        double[] weights = Shape(shape, count);
        if (weights.Count(w => w > 0) < 2)
            Assert.All(new WeightedRandomSampler(weights, 500).Epoch(0), r => Assert.Equal(count / 2, r));
        else
            ChiSquare.Holds(new WeightedRandomSampler(weights, 400_000, seed: 4), weights, 1, $"{shape} {count}");
    }

    [Theory]
    [MemberData(nameof(Shapes))]
    public void The_tables_keep_the_probability_of_every_row(string shape, int count)
    {
        double[] weights = Shape(shape, count);
        var sampler = new WeightedRandomSampler(weights);
        double total = weights.Sum();
        for (int i = 0; i < count; i++)
        {
            double expected = weights[i] / total, actual = sampler.Probability(i);
            if (weights[i] == 0) Assert.Equal(0, actual);
            else Assert.True(Math.Abs(expected - actual) <= 1e-12 * expected + 1e-15 / count, $"row {i}: {expected:R} became {actual:R}");
        }
    }

    [Fact]
    public void Twelve_orders_of_magnitude_keep_every_row_to_a_millionth_even_where_it_is_never_drawn() =>
        Gen.Double[-6, 6].Array[2, 700].Sample(exponents =>
        {
            double[] weights = [.. exponents.Select(e => Math.Pow(10, e))];
            var sampler = new WeightedRandomSampler(weights);
            double total = weights.Sum();
            for (int i = 0; i < weights.Length; i++)
                Assert.InRange(sampler.Probability(i) / (weights[i] / total), 1 - 2e-3, 1 + 2e-3);
            Assert.Equal(1, Enumerable.Range(0, weights.Length).Sum(i => sampler.Probability(i)), 1e-12);
        }, iter: 50);

    [Theory]
    [InlineData(1e-310)]
    [InlineData(1e300)]
    public void Very_small_and_very_large_weights_stay_in_range(double unit)
    {
        double[] weights = [unit, 2 * unit, 0, 5 * unit];
        ChiSquare.Holds(new WeightedRandomSampler(weights, 100_000), [1, 2, 0, 5], 1, "scaled");
        var subset = new WeightedRandomSampler(weights, 1, replacement: false);
        ChiSquare.Holds(subset, [1, 2, 0, 5], 20_000, "scaled, without replacement");
    }

    [Fact]
    public void Rows_beyond_two_to_the_24_are_told_apart()
    {
        // 2^24 rows of weight 1 and then 3000 heavier ones, neighbours with different weights: a cumulative sum in single precision loses them all.
        const int plain = 1 << 24, tail = 3000;
        float[] weights = new float[plain + tail];
        weights.AsSpan(0, plain).Fill(1);
        double total = plain;
        for (int i = 0; i < tail; i++) total += weights[plain + i] = 1000 * (1 + i % 4);
        var sampler = new WeightedRandomSampler(weights, 2_000_000, seed: 8);
        long[] rows = new long[sampler.Length], counts = new long[64 + tail];
        sampler.Fill(0, 0, rows);
        foreach (long row in rows) counts[row < plain ? row >> 18 : 64 + row - plain]++;
        double[] probabilities = [.. Enumerable.Repeat((1 << 18) / total, 64), .. weights[plain..].Select(w => w / total)];
        ChiSquare.Holds(counts, probabilities, "beyond 2^24");
    }

    [Theory]
    [InlineData((1 << 22) + 100)]
    [InlineData((1 << 24) + 100)]                                            // from here on the entries of blocks are fetched ahead as well
    public void Large_tables_give_the_same_sequence_in_any_pieces(int count)
    {
        float[] weights = new float[count];
        for (int i = 0; i < weights.Length; i++) weights[i] = 1 + i % 7;
        var sampler = new WeightedRandomSampler(weights, 1_500_000, seed: 3);
        long[] whole = new long[sampler.Length], pieces = new long[sampler.Length];
        sampler.Fill(2, 0, whole);
        for (int at = 0; at < pieces.Length; at += 1001) sampler.Fill(2, at, pieces.AsSpan(at, Math.Min(1001, pieces.Length - at)), threads: 1);
        Assert.Equal(pieces, whole);
        Assert.Equal(pieces, sampler.Epoch(2));
        Assert.Equal(pieces[4321..], sampler.Epochs(new SamplerPosition(2, 4321)));
        Assert.Equal(pieces[750_000..], sampler.Partition(1, 2).Epoch(2, threads: 2));
    }

    [Fact]
    public void Draws_next_to_each_other_are_independent()
    {
        double[] weights = [1, 2, 3, 4];
        long[] rows = [.. new WeightedRandomSampler(weights, 400_000, seed: 2).Epoch(0)], pairs = new long[16];
        for (int i = 0; i + 1 < rows.Length; i += 2) pairs[rows[i] * 4 + rows[i + 1]]++;
        ChiSquare.Holds(pairs, [.. weights.SelectMany(a => weights.Select(b => a * b / 100))], "pairs");
        Array.Clear(pairs);
        for (int i = 0; i + 1024 < rows.Length; i += 2048)
            for (int j = 0; j < 1024; j++) pairs[rows[i + j] * 4 + rows[Math.Min(i + j + 1024, rows.Length - 1)]]++;
        ChiSquare.Holds(pairs, [.. weights.SelectMany(a => weights.Select(b => a * b / 100))], "pairs of neighbouring blocks");
    }

    [Fact]
    public void Class_weights_are_weights_of_their_rows()
    {
        int[] labels = [.. Enumerable.Range(0, 500).Select(i => i % 10 == 0 ? 2 : i % 3 == 0 ? 1 : 0)];
        double[] classWeights = [0.5, 2, 7, 3];
        var sampler = WeightedRandomSampler.PerClass(labels, classWeights, 300_000, seed: 6);
        double[] weights = [.. labels.Select(l => classWeights[l])];
        ChiSquare.Holds(sampler, weights, 1, "per class");
        Assert.Equal(weights[10] / weights.Sum(), sampler.Probability(10), 1e-15);
    }

    [Theory]
    [InlineData(new double[] { 1, 2, 3, 4 }, 2)]
    [InlineData(new double[] { 1, 1, 1 }, 1)]
    [InlineData(new double[] { 0.001, 5, 0, 5, 1 }, 3)]
    [InlineData(new double[] { 1, 10, 100, 1000, 10000 }, 2)]
    [InlineData(new double[] { 3, 1, 2 }, 3)]
    public void Without_replacement_subsets_have_the_probabilities_that_enumeration_gives(double[] weights, int size)
    {
        // Every subset, as the sum over its orders of successive draws among what is left.
        double[] exact = new double[1 << weights.Length];
        void Draw(int taken, double probability, double left, int depth)
        {
            if (depth == size)
            {
                exact[taken] += probability;
                return;
            }

            for (int i = 0; i < weights.Length; i++)
                if ((taken & 1 << i) == 0 && weights[i] > 0) Draw(taken | 1 << i, probability * weights[i] / left, left - weights[i], depth + 1);
        }

        Draw(0, 1, weights.Sum(), 0);
        var sampler = new WeightedRandomSampler(weights, size, replacement: false, seed: 12);
        long[] rows = new long[size], subsets = new long[exact.Length], inclusions = new long[weights.Length];
        const int epochs = 60_000;
        for (int e = 0; e < epochs; e++)
        {
            sampler.Fill(e, 0, rows, threads: 1);
            int mask = 0;
            foreach (long row in rows)
            {
                mask |= 1 << (int)row;
                inclusions[row]++;
            }

            subsets[mask]++;
        }

        if (exact.Count(p => p > 0) > 1) ChiSquare.Holds(subsets, exact, "subsets");
        else Assert.Equal(epochs, subsets[Array.FindIndex(exact, p => p > 0)]);
        for (int i = 0; i < weights.Length; i++)
        {
            double p = Enumerable.Range(0, exact.Length).Where(m => (m & 1 << i) != 0).Sum(m => exact[m]);
            Assert.InRange(inclusions[i] / (double)epochs, p - 5 * Math.Sqrt(p * (1 - p) / epochs) - 1e-4, p + 5 * Math.Sqrt(p * (1 - p) / epochs) + 1e-4);
        }
    }

    public static TheoryData<string, int, int> Subsets => new()
    {
        { "equal", 20_000, 1 }, { "equal", 20_000, 19_990 }, { "skewed", 20_000, 300 }, { "zeros", 20_000, 5000 }, { "orders", 100_000, 20_000 },
            { "sorted", 70_001, 7000 },
        { "classes", 100_000, 9000 }, { "hidden", 100_000, 40 }, { "tiny", 9000, 4000 }, { "denormal", 300, 200 }, { "apart", 300, 200 }, { "one", 70_000, 1 },
        { "equal", 17, 8 },
    };

    /// <summary>Keys worked out for every row and sorted: what the sampler finds with limits and few logarithms.</summary>
    [Theory]
    [MemberData(nameof(Subsets))]
    public void Without_replacement_the_smallest_keys_are_drawn_whatever_the_limits(string shape, int count, int size)
    {
        double[] weights = shape switch
        {
            "classes" => [.. Enumerable.Range(0, count).Select(i => i % 8 == 3 ? 50.0 : 1)],                      // a period that a plain stride would fall for
            // heavy rows that a sample of the weights hardly sees
            "hidden" => [.. Enumerable.Range(0, count).Select(i => i % 1999 == 0 ? 1e9 : 1)],
            "tiny" => [.. Shape("orders", count).Select(w => w * 1e-300)],
            "apart" => [.. Enumerable.Range(0, count).Select(i => i % 2 == 0 ? 1e-299 : 1e300)],
            "denormal" => [.. Enumerable.Range(0, count).Select(i => (1 + i % 5) * 1e-320)],
            _ => Shape(shape, count),
        };
        for (int epoch = 0; epoch < 2; epoch++)
        {
            var keys = new List<(double Key, int Row)>();
            long epochSeed = SamplerBlocks.EpochSeed(5, epoch);
            ulong[] bits = new ulong[8192];
            double[] rest = new double[bits.Length];
            for (int row = 0; row < count; row++)
            {
                if (row % bits.Length == 0)
                {
                    new SeededLanes(epochSeed, row / bits.Length).Fill(bits);
                    for (int i = 0; i < bits.Length; i++) rest[i] = 1 - (bits[i] >> 11) * (1.0 / (1UL << 53));
                    System.Numerics.Tensors.TensorPrimitives.Log(rest, rest);
                }

                if (weights[row] > 0) keys.Add((Math.Log(-rest[row % bits.Length]) - Math.Log(weights[row]), row));    // the order of E / w, and no overflow
            }

            int[] expected = [.. keys.OrderBy(k => k.Key).ThenBy(k => k.Row).Take(size).Select(k => k.Row).Order()];
            var kept = WeightedRandomSampler.WithoutReplacement(weights, size, seed: 5, threads: 3);
            long[] rows = new long[size], alone = new long[size];
            kept.Fill(epoch, 0, rows, threads: 3);
            WeightedRandomSampler.WithoutReplacement(weights, size, seed: 5, threads: 1).Fill(epoch, 0, alone, threads: 1);
            Assert.Equal(alone, rows);
            Assert.Equal(rows, new WeightedRandomSampler(weights, size, replacement: false, seed: 5).Epoch(epoch));
            Assert.Equal(expected, rows.Select(r => (int)r).Order());
        }
    }

    [Fact]
    public void Without_replacement_kept_weights_that_were_changed_are_noticed()
    {
        double[] weights = [1, 2, 3];
        var sampler = WeightedRandomSampler.WithoutReplacement(weights, 2);
        weights.AsSpan().Clear();
        Assert.Contains("changed", Assert.Throws<InvalidOperationException>(() => sampler.Fill(0, 0, new long[2])).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Without_replacement_heavy_rows_do_not_lead_the_epoch()
    {
        double[] weights = [.. Enumerable.Range(0, 20).Select(i => i == 7 ? 1e6 : 1.0)];
        var sampler = new WeightedRandomSampler(weights, 10, replacement: false, seed: 1);
        long[] places = new long[10];
        for (int e = 0; e < 20_000; e++) places[Array.IndexOf([.. sampler.Epoch(e, threads: 1)], 7)]++;
        ChiSquare.Holds(places, [.. Enumerable.Repeat(0.1, 10)], "place of the heavy row");
    }

    [Fact]
    public void Without_replacement_no_row_comes_twice_and_rows_without_weight_never_do() =>
        Gen.Select(Gen.OneOf(Gen.Const(0.0), Gen.Double[1e-6, 1e6]).Array[1, 400].Where(w => w.Any(x => x > 0)), Gen.Double.Unit, Gen.Long)
        .Sample((weights, share, seed) =>
        {
            int positive = weights.Count(w => w > 0), size = 1 + (int)(share * (positive - 1));
            long[] rows = [.. new WeightedRandomSampler(weights, size, replacement: false, seed: seed).Epoch(0)];
            Assert.Equal(size, rows.Length);
            Assert.Equal(size, rows.Distinct().Count());
            Assert.All(rows, r => Assert.True(weights[r] > 0));
        }, iter: 300);

    [Fact]
    public void Without_replacement_a_large_subset_of_equal_weights_is_uniform()
    {
        const int rows = 50_000;
        var sampler = new WeightedRandomSampler(Enumerable.Repeat(2.5, rows).ToArray(), 5000, replacement: false, seed: 3);
        long[] tenths = new long[100];
        for (int e = 0; e < 20; e++)
            foreach (long row in sampler.Epoch(e)) tenths[row / (rows / 100)]++;
        ChiSquare.Holds(tenths, [.. Enumerable.Repeat(0.01, 100)], "uniform subset");
    }

    [Theory]
    [InlineData(-1.0)]
    [InlineData(double.NaN)]
    [InlineData(double.PositiveInfinity)]
    [InlineData(double.NegativeInfinity)]
    public void A_bad_weight_is_named_with_its_row(double bad)
    {
        double[] weights = [.. Enumerable.Repeat(1.0, 70_000)];
        weights[66_000] = bad;
        float[] single = [.. weights.Select(w => (float)w)];
        foreach (bool replacement in new[] { true, false })
        {
            Assert.Equal(66_001, Assert.Throws<UnusableDataException>(() => new WeightedRandomSampler(weights, replacement: replacement)).Row);
            Assert.Equal(66_001, Assert.Throws<UnusableDataException>(() => new WeightedRandomSampler(single, replacement: replacement)).Row);
        }

        Assert.Contains("class 1", Assert.Throws<ArgumentException>(() => WeightedRandomSampler.PerClass([0, 1], [1, bad])).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Weights_that_leave_nothing_to_draw_are_refused(bool replacement)
    {
        Assert.Contains("All weights are zero",
            Assert.Throws<UnusableDataException>(() => new WeightedRandomSampler([0.0, 0, 0], replacement: replacement)).Message, StringComparison.Ordinal);
        Assert.Throws<UnusableDataException>(() => new WeightedRandomSampler(ReadOnlySpan<double>.Empty, replacement: replacement));
        Assert.Throws<ArgumentOutOfRangeException>(() => new WeightedRandomSampler([1.0], -1, replacement));
        Assert.Throws<UnusableDataException>(() => WeightedRandomSampler.PerClass([0, 0], [0, 1]));
    }

    [Fact]
    public void More_draws_without_replacement_than_rows_with_weight_are_refused()
    {
        string message = Assert.Throws<ArgumentOutOfRangeException>(() => new WeightedRandomSampler([1.0, 0, 2], 3, replacement: false)).Message;
        Assert.Contains("2 rows have a positive weight", message, StringComparison.Ordinal);
        Assert.Equal(2, new WeightedRandomSampler([1.0, 0, 2], replacement: false).Length);
        Assert.Throws<InvalidOperationException>(() => new WeightedRandomSampler([1.0], replacement: false).Probability(0));
    }

    [Fact]
    public void Weights_that_add_up_beyond_a_double_say_so() =>
        Assert.Contains("divide", Assert.Throws<UnusableDataException>(() => new WeightedRandomSampler([1e308, 1e308, 1e308])).Message,
            StringComparison.Ordinal);
}
