using CsCheck;

namespace Counterweight.Tests;

/// <summary>What every sampler keeps to: one sequence per (seed, epoch), however it is read.</summary>
public sealed class SamplerPropertyTests
{
    private static readonly string[] Kinds =
        [.. Sampler.Catalogue.Select(m => m.Name).Where(n => n != "stratified-batch"), "power(0.3)", "repeat-factor(0.9)", "undersample(2)",
            "balanced-batch(3, 1)", "balanced-batch(2)",
            "stratified-batch(7)", "stratified-batch(1000)", "weighted", "weighted-float", "without-replacement", "per-class", "multi-label",
            "multi-label-factor", "multi-label-batch"];

    private static readonly Gen<(int[] Labels, int Classes)> Data = Gen.Int[1, 6].SelectMany(classes =>
        Gen.Int[0, classes - 1].Array[0, 300].Select(labels => ((int[])[.. labels, .. Enumerable.Range(0, classes)], classes)));

    private static readonly Gen<(string Kind, int[] Labels, int Classes, long Seed, long Epoch)> Cases =
        Gen.Select(Gen.Int[0, Kinds.Length - 1].Select(i => Kinds[i]), Data, Gen.Long, Gen.Long[0, 1000], (kind, data, seed, epoch) =>
            (kind, data.Labels, data.Classes, seed, epoch));

    internal static ISampler Create(string kind, int[] labels, int classes, long seed)
    {
        double[] weights = [.. labels.Select((l, i) => i % 5 == 3 ? 0 : 1.0 + l + i % 3)];
        LabelSets Sets() => LabelSets.From(labels.Select((l, i) => i % 7 == 0 ? [l, (l + 1) % classes] : (IReadOnlyCollection<int>)[l]));
        return kind switch
        {
            "weighted" => new WeightedRandomSampler(weights, seed: seed),
            "weighted-float" => new WeightedRandomSampler([.. weights.Select(w => (float)w)], seed: seed),
            "without-replacement" => new WeightedRandomSampler(weights, replacement: false, seed: seed),
            "per-class" => WeightedRandomSampler.PerClass(labels, [.. Enumerable.Range(1, classes).Select(c => 1.0 / c)], seed: seed),
            "multi-label" => ClassBalancedSampler.Power(Sets(), classes, 0.25, seed: seed),
            "multi-label-factor" => new RepeatFactorSampler(Sets(), classes, 0.5, seed),
            "multi-label-batch" => new BalancedBatchSampler(Sets(), classes, 2, seed: seed),
            _ => Sampler.Catalogue.Create(kind)(labels, classes, seed),
        };
    }

    private static long[] Whole(ISampler sampler, long epoch, int threads = 1)
    {
        long[] rows = new long[sampler.Length];
        sampler.Fill(epoch, 0, rows, threads);
        return rows;
    }

    [Fact]
    public void Any_piece_read_at_any_time_is_that_piece_of_the_epoch() =>
        Gen.Select(Cases, Gen.Double.Unit, Gen.Double.Unit).Sample((c, from, share) =>
        {
            ISampler sampler = Create(c.Kind, c.Labels, c.Classes, c.Seed);
            long[] whole = Whole(sampler, c.Epoch);
            int position = (int)(from * whole.Length), count = (int)(share * (whole.Length - position));
            long[] piece = new long[count];
            sampler.Fill(c.Epoch + 1, 0, new long[1]);
            sampler.Fill(c.Epoch, position, piece);
            Assert.Equal(whole[position..(position + count)], piece);
            Assert.All(whole, row => Assert.InRange(row, 0, sampler.Rows - 1));
        }, iter: 600);

    [Fact]
    public void Iterating_and_resuming_give_the_same_as_filling() =>
        Gen.Select(Cases, Gen.Double.Unit).Sample((c, share) =>
        {
            ISampler sampler = Create(c.Kind, c.Labels, c.Classes, c.Seed);
            long[] first = Whole(sampler, c.Epoch), second = Whole(sampler, c.Epoch + 1);
            Assert.Equal(first, sampler.Epoch(c.Epoch));
            SamplerCursor cursor = sampler.Epochs(new(c.Epoch, 0));
            long[] begun = new long[(int)(share * first.Length)];
            Assert.Equal(begun.Length, cursor.Fill(begun));
            SamplerCursor resumed = Create(c.Kind, c.Labels, c.Classes, c.Seed).Epochs(SamplerPosition.Parse(cursor.Position.ToString()));
            Assert.Equal(first, begun.Length == first.Length ? begun : [.. begun, .. resumed]);
            Assert.Equal(new(c.Epoch + 1, 0), resumed.Position);
            Assert.Equal(second, resumed);
            Assert.Equal(new(c.Epoch + 2, 0), resumed.Position);
        }, iter: 400);

    [Fact]
    public void The_same_seed_gives_the_same_rows_and_another_seed_or_epoch_another_order() =>
        Cases.Sample(c =>
        {
            ISampler sampler = Create(c.Kind, c.Labels, c.Classes, c.Seed);
            long[] rows = Whole(sampler, c.Epoch);
            Assert.Equal(rows, Whole(Create(c.Kind, c.Labels, c.Classes, c.Seed), c.Epoch));
            if (rows.Length < 40 || rows.Distinct().Count() < 20) return;
            Assert.NotEqual(rows, Whole(sampler, c.Epoch + 1));
            Assert.NotEqual(rows, Whole(Create(c.Kind, c.Labels, c.Classes, c.Seed + 1), c.Epoch));
        }, iter: 400);

    [Fact]
    public void Ranks_share_an_epoch_without_overlap_or_gap() =>
        Gen.Select(Cases, Gen.Int[1, 9]).Sample((c, world) =>
        {
            ISampler sampler = Create(c.Kind, c.Labels, c.Classes, c.Seed);
            long[] whole = Whole(sampler, c.Epoch);
            long[][] Parts(PartitionRemainder remainder) =>
                [.. Enumerable.Range(0, world).Select(r => Whole(sampler.Partition(r, world, remainder), c.Epoch))];
            long[][] uneven = Parts(PartitionRemainder.Uneven), drop = Parts(PartitionRemainder.Drop), repeat = Parts(PartitionRemainder.Repeat);
            int unit = (sampler as IBatchSampler)?.BatchSize ?? 1;
            Assert.Equal(whole, uneven.SelectMany(p => p));
            Assert.InRange(uneven.Max(p => p.Length) - uneven.Min(p => p.Length), 0, 2 * unit - 1);
            long[] kept = [.. drop.SelectMany(p => p)], filled = [.. repeat.SelectMany(p => p)];
            Assert.Equal(whole[..kept.Length], kept);
            Assert.InRange(whole.Length - kept.Length, 0, world * unit - 1);
            Assert.Single(repeat.Select(p => p.Length).Distinct());
            Assert.Equal(whole, filled[..whole.Length]);
            Assert.Equal(filled, Enumerable.Range(0, filled.Length).Select(i => whole[i % whole.Length]));
            if (sampler is IBatchSampler) Assert.IsAssignableFrom<IBatchSampler>(sampler.Partition(0, world));
        }, iter: 400);

    [Fact]
    public void Batches_are_the_epoch_in_pieces() =>
        Gen.Select(Cases, Gen.Int[1, 50]).Sample((c, size) =>
        {
            ISampler sampler = Create(c.Kind, c.Labels, c.Classes, c.Seed);
            long[] whole = Whole(sampler, c.Epoch);
            Assert.Equal(whole.Chunk(size), sampler.Batches(size, c.Epoch));
            Assert.Equal(whole.Chunk(size).Skip(2), sampler.Batches(size, c.Epoch, batch: 2));
            if (sampler is IBatchSampler batches) Assert.Equal(whole.Chunk(batches.BatchSize), batches.Batches(c.Epoch));
        }, iter: 200);

    [Theory]
    [MemberData(nameof(AllKinds))]
    public void The_number_of_threads_does_not_change_a_long_epoch(string kind)
    {
        var random = new SeededRandom(5);
        int[] labels = [.. Enumerable.Range(0, 120_000).Select(i => i < 5 ? i : Math.Min(random.NextInt32(40), 4))];
        ISampler sampler = Create(kind, labels, 5, 3);
        long[] one = Whole(sampler, 2, threads: 1);
        Assert.Equal(one, Whole(Create(kind, labels, 5, 3), 2, threads: 2));
        Assert.Equal(one, Whole(Create(kind, labels, 5, 3), 2, threads: 7));
        long[] piece = new long[Math.Max(1, one.Length - 5000)];
        int from = one.Length - piece.Length;
        sampler.Fill(2, from, piece, threads: 3);
        Assert.Equal(one[from..], piece);
    }

    public static TheoryData<string> AllKinds => [.. Kinds];

    [Theory]
    [MemberData(nameof(AllKinds))]
    public void Places_outside_an_epoch_are_refused(string kind)
    {
        ISampler sampler = Create(kind, [0, 1, 0, 1, 0, 0, 0, 0], 2, 0);
        Assert.Throws<ArgumentOutOfRangeException>(() => sampler.Fill(-1, 0, new long[1]));
        Assert.Throws<ArgumentOutOfRangeException>(() => sampler.Fill(0, -1, new long[1]));
        Assert.Throws<ArgumentOutOfRangeException>(() => sampler.Fill(0, 1, new long[sampler.Length]));
        Assert.Throws<ArgumentOutOfRangeException>(() => sampler.Epoch(0, sampler.Length + 1));
        Assert.Throws<ArgumentOutOfRangeException>(() => sampler.Partition(2, 2));
        Assert.Throws<ArgumentOutOfRangeException>(() => sampler.Partition(-1, 2));
        Assert.Throws<ArgumentOutOfRangeException>(() => sampler.Partition(0, 0));
        Assert.Throws<ArgumentOutOfRangeException>(() => sampler.Fill(0, 0, new long[1], threads: -1));
        sampler.Fill(0, sampler.Length, []);
    }

    [Fact]
    public void Several_threads_may_read_different_epochs_of_one_sampler()
    {
        int[] labels = [.. Enumerable.Range(0, 3000).Select(i => i % 10 == 0 ? 1 : 0)];
        foreach (string kind in Kinds)
        {
            ISampler sampler = Create(kind, labels, 2, 1);
            long[][] expected = [.. Enumerable.Range(0, 6).Select(e => Whole(Create(kind, labels, 2, 1), e))];
            Parallel.For(0, 24, i => Assert.Equal(expected[i % 6], Whole(sampler, i % 6)));
        }
    }

    [Theory]
    [InlineData("")]
    [InlineData("3")]
    [InlineData("3:")]
    [InlineData("-1:2")]
    [InlineData("1:2:3")]
    public void A_position_that_is_none_says_what_one_looks_like(string text) =>
        Assert.Contains("epoch:index", Assert.Throws<FormatException>(() => SamplerPosition.Parse(text)).Message, StringComparison.Ordinal);
}
