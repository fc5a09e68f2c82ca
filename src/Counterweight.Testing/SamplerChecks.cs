namespace Counterweight.Testing;

/// <summary>What every sampler has to do: one sequence for each seed and epoch, however it is read.</summary>
/// <example>
/// <code>
/// MethodCheck.RunAll(SamplerChecks.For((labels, classes, seed, epochs) => new RareClassOnly(labels, seed)));
/// </code>
/// </example>
public static class SamplerChecks
{
    /// <summary>The checks of a sampler.</summary>
    /// <param name="factory">Makes the sampler for labels.</param>
    public static IReadOnlyList<MethodCheck> For(SamplerFactory factory)
    {
        ArgumentNullException.ThrowIfNull(factory);
        var list = new Checklist();
        list.Add("Every index is a row", v =>
        {
            ISampler sampler = Make(300, 3, 5);
            v.Ask(sampler.Rows == 300, $"of 300 rows Rows is {sampler.Rows}.");
            foreach (long row in Whole(sampler, 2)) v.Ask(row is >= 0 and < 300, $"the row {row} of 300 was drawn.");
        });
        list.Add("Any piece read at any time is that piece of the epoch", v =>
        {
            ISampler sampler = Make(300, 3, 5);
            long[] whole = Whole(sampler, 4);
            var random = new SeededRandom(1);
            for (int t = 0; t < 40; t++)
            {
                int position = random.NextInt32(whole.Length + 1), count = random.NextInt32(whole.Length - position + 1);
                long[] piece = new long[count];
                sampler.Fill(5, 0, new long[Math.Min(1, whole.Length)]);
                sampler.Fill(4, position, piece);
                v.Same<long>(whole.AsSpan(position, count), piece, $"epoch 4 from {position} on");
            }
        });
        list.Add("The same seed gives the same rows, and another seed or epoch another order", v =>
        {
            ISampler sampler = Make(300, 3, 5);
            long[] rows = Whole(sampler, 3);
            v.Same<long>(rows, Whole(Make(300, 3, 5), 3), "epoch 3 of the same seed");
            if (rows.Length < 40 || rows.Distinct().Count() < 20) return;
            v.Ask(!rows.AsSpan().SequenceEqual(Whole(sampler, 4)), "epochs 3 and 4 are the same.");
            v.Ask(!rows.AsSpan().SequenceEqual(Whole(Make(300, 3, 6), 3)), "the seeds 5 and 6 give the same.");
        });
        list.Add("The number of threads does not change an epoch", v =>
        {
            long[] one = Whole(Make(60_000, 5, 3), 2);
            foreach (int threads in (int[])[2, 7]) v.Same<long>(one, Whole(Make(60_000, 5, 3), 2, threads), $"epoch 2 with {threads} threads");
        });
        list.Add("Several threads may read different epochs of one sampler", v =>
        {
            long[][] expected = [.. Enumerable.Range(0, 6).Select(e => Whole(Make(3000, 2, 1), e))];
            ISampler sampler = Make(3000, 2, 1);
            long[][] found = new long[24][];
            Parallel.For(0, found.Length, i => found[i] = Whole(sampler, i % 6));
            for (int i = 0; i < found.Length; i++) v.Same<long>(expected[i % 6], found[i], $"epoch {i % 6}");
        });
        list.Add("Places outside an epoch are refused", v =>
        {
            ISampler sampler = Make(300, 3, 0);
            v.Throws<ArgumentOutOfRangeException>(() => sampler.Fill(-1, 0, new long[1]), "the epoch -1");
            v.Throws<ArgumentOutOfRangeException>(() => sampler.Fill(0, -1, new long[1]), "the position -1");
            v.Throws<ArgumentOutOfRangeException>(() => sampler.Fill(0, 1, new long[sampler.Length]), "a piece that ends behind the epoch");
            v.Throws<ArgumentOutOfRangeException>(() => sampler.Fill(0, 0, new long[1], threads: -1), "-1 threads");
            sampler.Fill(0, sampler.Length, []);
        });
        return list.All;

        ISampler Make(int rows, int classes, long seed)
        {
            var random = new SeededRandom(5);
            int[] labels = new int[rows];
            for (int i = 0; i < rows; i++) labels[i] = i < classes ? i : Math.Min(random.NextInt32(8 * classes), classes - 1);
            return factory(labels, classes, seed, 10);
        }
    }

    private static long[] Whole(ISampler sampler, long epoch, int threads = 1)
    {
        long[] rows = new long[sampler.Length];
        sampler.Fill(epoch, 0, rows, threads);
        return rows;
    }
}
