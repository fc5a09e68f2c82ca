using System.Numerics;

namespace Counterweight;

/// <summary>Lee: SMOTE that throws away new rows which land among other classes.</summary>
/// <remarks>
/// Lee, Kim and Lee, 2015, "An Over-sampling Technique with Rejection for Imbalanced Class Learning": a new row is kept if the share of
/// other classes among its k nearest input rows is at most the rejection level. Where five rounds in a row keep fewer than one row in a hundred, the level
/// rises by 0.1 (the rule of Kovács, 2019, for data that leave no room), so that the number of rows asked for is always reached.
/// </remarks>
/// <param name="K">The number of neighbours, for the partners and for the test.</param>
/// <param name="Rejection">The largest share of other classes around a new row.</param>
public sealed record Lee(int K = 5, double Rejection = 0.5) : OverSampler
{
    private const int SmallestRound = 64, Patience = 5;
    private const double FewKept = 0.01, Slackening = 0.1;

    /// <summary>The number of neighbours, for the partners and for the test.</summary>
    public int K { get; init; } = AtLeastOne(K, nameof(K));

    /// <summary>The largest share of other classes around a new row.</summary>
    public double Rejection { get; init; } = InRange(Rejection, 0, 1, nameof(Rejection));

    /// <inheritdoc/>
    public override string Name => "lee";

    internal override OverPlan<T> Plan<T>(OverJob<T> job, int c, int added)
    {
        job.RequireTotal(K, $"k = {K}");
        (SampleMatrix<T> members, int[] positions) = job.Members(c);
        int columns = members.Columns;
        int[] partners = job.Within(members, c, K, positions);
        var values = new T[added * columns];
        long[] bases = new long[added], seconds = new long[added];
        double level = Rejection;
        for (int kept = 0, round = 0, poor = 0; kept < added; round++)
        {
            int tried = Math.Max(SmallestRound, added - kept);
            var candidates = new T[tried * columns];
            long[] candidateBases = new long[tried], candidateSeconds = new long[tried];
            var plan = new SegmentPlan<T>(c, tried, members, job.RowsOf(c), positions, partners, K);
            int blocks = (tried + OverPlan<T>.Block - 1) / OverPlan<T>.Block, first = round << 16;
            Parallel.For(0, blocks, Threads.Options(job.Threads), b =>
            {
                int start = b * OverPlan<T>.Block, made = Math.Min(OverPlan<T>.Block, tried - start);
                var random = new SeededRandom(job.Seed, ((long)(c + 1) << 32) + first + b);
                plan.Fill(start, candidates.AsSpan(start * columns, made * columns), candidateBases.AsSpan(start, made), candidateSeconds.AsSpan(start, made),
                    ref random);
            });
            NeighbourLists lists = job.Whole(c).Find(job.Rows.With(candidates), K, job.Threads);
            int before = kept;
            for (int i = 0; i < tried && kept < added; i++)
            {
                int others = 0;
                foreach (int row in lists.RowsOf(i))
                    if (job.Labels[row] != c) others++;
                if (others > level * K + 1e-9) continue;
                candidates.AsSpan(i * columns, columns).CopyTo(values.AsSpan(kept * columns));
                seconds[kept] = candidateSeconds[i];
                bases[kept++] = candidateBases[i];
            }

            poor = kept - before < FewKept * tried ? poor + 1 : 0;
            if (poor < Patience) continue;
            (level, poor) = (level + Slackening, 0);
        }

        return new FinishedPlan<T>(c, columns, values, bases, seconds);
    }

    private sealed class FinishedPlan<T>(int c, int columns, T[] values, long[] bases, long[] seconds) : OverPlan<T>(c, bases.Length)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        internal override void Fill(int start, Span<T> target, Span<long> own, Span<long> others, ref SeededRandom random)
        {
            values.AsSpan(start * columns, target.Length).CopyTo(target);
            bases.AsSpan(start, own.Length).CopyTo(own);
            seconds.AsSpan(start, own.Length).CopyTo(others);
        }
    }
}
