namespace Counterweight;

/// <summary>The scores of the positive and of the other rows, each sorted; gives the counts at every distinct score in one merged pass.</summary>
internal sealed unsafe class SortedScores
{
    private const int Block = 1 << 16;
    private readonly ulong[] positive, negative;
    private readonly double[] positiveSums, negativeSums;
    private readonly int threads;

    private SortedScores(ulong[] positive, ulong[] negative, double[] positiveWeights, double[] negativeWeights, int threads)
    {
        (this.positive, this.negative, this.threads) = (positive, negative, threads);
        IsWeighted = positiveWeights.Length + negativeWeights.Length > 0;
        if (IsWeighted)
        {
            RadixSort.Sort(positive, positiveWeights, threads);
            RadixSort.Sort(negative, negativeWeights, threads);
        }
        else
        {
            RadixSort.Sort(positive, threads);
            RadixSort.Sort(negative, threads);
        }

        (positiveSums, negativeSums) = (FromTheTop(positiveWeights), FromTheTop(negativeWeights));
        Positives = IsWeighted ? positive.Length == 0 ? 0 : positiveSums[0] : positive.Length;
        Negatives = IsWeighted ? negative.Length == 0 ? 0 : negativeSums[0] : negative.Length;
    }

    internal bool IsWeighted { get; }

    internal double Positives { get; }

    internal double Negatives { get; }

    internal interface IVisitor
    {
        void Visit(ulong key, BinaryCounts counts);
    }

    /// <summary>Sorts; rows of weight zero are left out. Scores must not be NaN.</summary>
    internal static SortedScores Of(
        ReadOnlySpan<double> scores, int offset, int stride, ReadOnlySpan<int> labels, int positiveClass, ReadOnlySpan<double> weights, int threads)
    {
        int n = labels.Length, parts = Math.Clamp(n / Block, 1, 64);
        int[] positiveStarts = new int[parts + 1], negativeStarts = new int[parts + 1];
        fixed (double* pinnedScores = scores, pinnedWeights = weights)
        fixed (int* pinnedLabels = labels)
        {
            double* s = pinnedScores + offset, w = pinnedWeights;
            int* y = pinnedLabels;
            For(parts, threads, part =>
            {
                int p = 0, q = 0;
                for (int i = Start(n, part, parts); i < Start(n, part + 1, parts); i++)
                {
                    if (w != null && w[i] == 0) continue;
                    int isPositive = y[i] == positiveClass ? 1 : 0;
                    p += isPositive;
                    q += 1 - isPositive;
                }

                (positiveStarts[part + 1], negativeStarts[part + 1]) = (p, q);
            });
            for (int part = 0; part < parts; part++)
            {
                positiveStarts[part + 1] += positiveStarts[part];
                negativeStarts[part + 1] += negativeStarts[part];
            }

            ulong[] positive = GC.AllocateUninitializedArray<ulong>(positiveStarts[parts]), negative = GC.AllocateUninitializedArray<ulong>(negativeStarts[parts]);
            double[] positiveWeights = w == null ? [] : new double[positive.Length], negativeWeights = w == null ? [] : new double[negative.Length];
            For(parts, threads, part =>
            {
                int p = positiveStarts[part], q = negativeStarts[part];
                for (int i = Start(n, part, parts); i < Start(n, part + 1, parts); i++)
                {
                    if (w != null && w[i] == 0) continue;
                    ulong key = RadixSort.Key(s[(long)i * stride]);
                    if (y[i] == positiveClass)
                    {
                        if (w != null) positiveWeights[p] = w[i];
                        positive[p++] = key;
                    }
                    else
                    {
                        if (w != null) negativeWeights[q] = w[i];
                        negative[q++] = key;
                    }
                }
            });
            return new(positive, negative, positiveWeights, negativeWeights, threads);
        }
    }

    /// <summary>The number of blocks of <see cref="Walk"/>; their borders do not depend on the number of threads.</summary>
    internal int Blocks => Math.Max(1, (Longer.Length + Block - 1) / Block);

    /// <summary>Shows every distinct score, ascending within a block, to the block's visitor with the counts of "positive from this score on".</summary>
    internal void Walk<TVisitor>(TVisitor[] visitors)
        where TVisitor : struct, IVisitor => For(Blocks, threads, b => WalkBlock(b, ref visitors[b]));

    /// <summary>One block of <see cref="Walk"/>.</summary>
    internal void WalkBlock<TVisitor>(int block, ref TVisitor visitor)
        where TVisitor : struct, IVisitor
    {
        ulong[] longer = Longer;
        bool last = block == Blocks - 1;
        ulong from = block == 0 ? 0 : longer[block * Block], to = last ? ulong.MaxValue : longer[(block + 1) * Block];
        int p = block == 0 ? 0 : LowerBound(positive, from), q = block == 0 ? 0 : LowerBound(negative, from);
        int endP = last ? positive.Length : LowerBound(positive, to), endQ = last ? negative.Length : LowerBound(negative, to);
        TVisitor local = visitor;
        while (p < endP || q < endQ)
        {
            ulong key = p < endP && (q >= endQ || positive[p] <= negative[q]) ? positive[p] : negative[q];
            double tp = IsWeighted ? p < positive.Length ? positiveSums[p] : 0 : positive.Length - p;
            double fp = IsWeighted ? q < negative.Length ? negativeSums[q] : 0 : negative.Length - q;
            local.Visit(key, new(tp, fp, Positives - tp, Negatives - fp));
            while (p < endP && positive[p] == key) p++;
            while (q < endQ && negative[q] == key) q++;
        }

        visitor = local;
    }

    private ulong[] Longer => positive.Length > negative.Length ? positive : negative;

    private static int LowerBound(ulong[] sorted, ulong key)
    {
        int low = 0, high = sorted.Length;
        while (low < high)
        {
            int middle = (int)(((uint)low + (uint)high) >> 1);
            if (sorted[middle] < key) low = middle + 1;
            else high = middle;
        }

        return low;
    }

    /// <summary>Sums from each position to the end, in place.</summary>
    private static double[] FromTheTop(double[] weights)
    {
        double sum = 0;
        for (int i = weights.Length - 1; i >= 0; i--) weights[i] = sum += weights[i];
        return weights;
    }

    private static int Start(int n, int part, int parts) => (int)((long)n * part / parts);

    private static void For(int count, int threads, Action<int> body)
    {
        if (count == 1 || Threads.Resolve(threads) == 1)
            for (int i = 0; i < count; i++) body(i);
        else Parallel.For(0, count, Threads.Options(threads), body);
    }
}
