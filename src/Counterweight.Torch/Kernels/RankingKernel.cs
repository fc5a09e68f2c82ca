using System.Numerics;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using TorchSharp;
using static TorchSharp.torch;

namespace Counterweight.Torch;

/// <summary>
/// The scores of one class: those of its own rows first, of which those of the batch come first, then, from a whole vector on, those of the others. Between and behind them stand
/// negative infinities, up to a whole vector.
/// </summary>
/// <param name="scores">The scores.</param>
/// <param name="gradient">Takes the derivative of the loss by each score; zero before.</param>
/// <param name="scratch">As many numbers, for any use.</param>
/// <param name="anchors">How many rows of the batch have the class.</param>
/// <param name="positives">How many rows have the class.</param>
/// <param name="negatives">How many have not.</param>
internal readonly unsafe struct RankedScores<T>(T* scores, T* gradient, T* scratch, int anchors, int positives, int negatives) where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private static int Width => Vector512<T>.Count;

    public T* Values => scores;

    public T* Slopes => gradient;

    public T* Free => scratch;

    public int Anchors => anchors;

    public int Positives => positives;

    public int Negatives => negatives;

    /// <summary>Where the others begin.</summary>
    public int Others => (Positives + Width - 1) / Width * Width;

    /// <summary>Where all ends.</summary>
    public int End => Others + ((Negatives + Width - 1) / Width * Width);

    /// <summary>The k-th largest score from a place on, which is positive or zero; k counts from one.</summary>
    /// <remarks>The numbers between two bounds are halved by their bits, which for numbers of zero and more are in order, until as many are above as are wanted.</remarks>
    public T Largest(int from, long k)
    {
        long low = -1, high = Bits(T.One + T.One);
        while (high - low > 1)
        {
            long middle = low + ((high - low) / 2);
            (long above, T least) = Above(from, Number(middle));
            if (above == k) return least;
            if (above > k) low = middle;
            else high = middle;
        }

        return Number(high);
    }

    /// <summary>How many scores from a place on are above a bound, and the least of them.</summary>
    public (long Count, T Least) Above(int from, T bound)
    {
        Vector512<T> threshold = Vector512.Create(bound), least = Vector512.Create(T.CreateTruncating(4)), counts = Vector512<T>.Zero;
        double count = 0;
        for (int i = from; i < End;)
        {
            // Counts stay exact in single precision within such a stretch.
            int stop = Math.Min(End, i + (Width << 16));
            for (counts = Vector512<T>.Zero; i < stop; i += Width)
            {
                Vector512<T> value = Vector512.Load(Values + i), inside = Vector512.GreaterThan(value, threshold);
                counts += Vector512.ConditionalSelect(inside, Vector512<T>.One, Vector512<T>.Zero);
                least = Vector512.Min(least, Vector512.ConditionalSelect(inside, value, least));
            }

            count += double.CreateTruncating(Vector512.Sum(counts));
        }

        T lowest = least.ToScalar();
        for (int j = 1; j < Width; j++) lowest = T.Min(lowest, least[j]);
        return ((long)count, lowest);
    }

    /// <summary>The first place of a score; the first of all if no score is a number.</summary>
    public int Find(T value)
    {
        for (int i = 0; i < End; i++)
            if (Values[i] == value)
                return i;
        return 0;
    }

    private static long Bits(T value) => sizeof(T) == 4 ? BitConverter.SingleToInt32Bits(float.CreateTruncating(value)) : BitConverter.DoubleToInt64Bits(double.CreateTruncating(value));

    private static T Number(long bits) =>
        bits < 0 ? -T.One : sizeof(T) == 4 ? T.CreateTruncating(BitConverter.Int32BitsToSingle((int)bits)) : T.CreateTruncating(BitConverter.Int64BitsToDouble(bits));
}

/// <summary>A loss of a class that ranks rows by their probability of it.</summary>
internal abstract class RankingTerm
{
    /// <summary>The losses in tensor operations, (K), and which of them count, zero or one.</summary>
    /// <param name="batch">(N, K) probabilities.</param>
    /// <param name="classes">(N) classes.</param>
    /// <param name="all">(A, K) probabilities of the batch and of the rows in memory.</param>
    /// <param name="every">(A) classes.</param>
    public abstract (Tensor Losses, Tensor Counted) Of(Tensor batch, Tensor classes, Tensor all, Tensor every);

    /// <summary>Whether a class counts.</summary>
    /// <param name="anchors">How many rows of the batch have it.</param>
    /// <param name="positives">How many rows have it.</param>
    /// <param name="negatives">How many have not.</param>
    public virtual bool Counts(int anchors, int positives, int negatives) => anchors > 0;

    /// <summary>The loss of a class, and its derivatives.</summary>
    public abstract double Of<T>(in RankedScores<T> scores) where T : unmanaged, IBinaryFloatingPointIeee754<T>;
}

/// <summary>1 - average precision, with a sigmoid of the differences in place of the step.</summary>
internal sealed unsafe class SmoothPrecisionTerm(double temperature) : RankingTerm
{
    public override (Tensor Losses, Tensor Counted) Of(Tensor batch, Tensor classes, Tensor all, Tensor every)
    {
        // Row i of each matrix belongs to the anchor i: the scores of its class, and who shares it.
        Tensor column = classes.unsqueeze(1), own = batch.gather(1, column);
        Tensor above = sigmoid((all.index_select(1, classes).t() - own).Over(temperature));
        Tensor same = every.unsqueeze(0).eq(column).to(batch.dtype), self = torch.eye(batch.shape[0], all.shape[0], dtype: batch.dtype, device: batch.device);
        Tensor others = above * self.From(1), rank = others.sum(1).Plus(1), among = (others * same).sum(1).Plus(1);
        return Rankings.PerClass((among / rank).From(1), classes, batch.shape[1]);
    }

    public override double Of<T>(in RankedScores<T> scores)
    {
        T* s = scores.Values, g = scores.Slopes, v = scores.Free;
        int width = Vector512<T>.Count, others = scores.Others, end = scores.End;
        Vector512<T> inverse = Vector512.Create(T.CreateTruncating(1 / temperature));
        double loss = 0;
        for (int i = 0; i < scores.Anchors; i++)
        {
            Vector512<T> own = Vector512.Create(s[i]);
            double mine = Sigmoids(0, others), rest = Sigmoids(others, end);

            // An anchor is not above itself, which its sigmoid of zero would say by half.
            double among = 1 + mine - 0.5, rank = among + rest, share = 1.0 / scores.Anchors;
            loss += share * (1 - (among / rank));
            double scale = share / (rank * rank * temperature);
            double pull = Slopes(0, others, -scale * (rank - among)) + Slopes(others, end, scale * among);
            g[i] -= T.CreateTruncating(pull);

            double Sigmoids(int from, int to)
            {
                Vector512<T> a = Vector512<T>.Zero, b = Vector512<T>.Zero, at = own, times = inverse;
                T* scored = s, kept = v;
                int j = from;
                for (; j + width < to; j += 2 * width)
                {
                    Vector512<T> x = VectorMath.Falling((at - Vector512.Load(scored + j)) * times);
                    Vector512<T> y = VectorMath.Falling((at - Vector512.Load(scored + j + width)) * times);
                    x.Store(kept + j);
                    y.Store(kept + j + width);
                    a += x;
                    b += y;
                }

                for (; j < to; j += width)
                {
                    Vector512<T> x = VectorMath.Falling((at - Vector512.Load(scored + j)) * times);
                    x.Store(kept + j);
                    a += x;
                }

                return double.CreateTruncating(Vector512.Sum(a + b));
            }

            double Slopes(int from, int to, double factor)
            {
                Vector512<T> sum = Vector512<T>.Zero, each = Vector512.Create(T.CreateTruncating(factor));
                T* kept = v, slopes = g;
                for (int j = from; j < to; j += width)
                {
                    Vector512<T> x = Vector512.Load(kept + j), slope = x * (Vector512<T>.One - x) * each;
                    sum += slope;
                    (Vector512.Load(slopes + j) + slope).Store(slopes + j);
                }

                return double.CreateTruncating(Vector512.Sum(sum));
            }
        }

        return loss;
    }
}

/// <summary>The mean of (1 - a + b)^2 over the scores a of the class and those b of the others that are ranked in a band.</summary>
internal sealed unsafe class PartialAreaTerm(double low, double high) : RankingTerm
{
    public override (Tensor Losses, Tensor Counted) Of(Tensor batch, Tensor classes, Tensor all, Tensor every)
    {
        long count = all.shape[1];
        Tensor positive = nn.functional.one_hot(every, count).to(ScalarType.Bool), positives = positive.sum(0L), negatives = positive.logical_not().sum(0L);
        Tensor losses = torch.zeros([count], dtype: all.dtype, device: all.device), counted = torch.zeros([count], dtype: all.dtype, device: all.device);
        long[] up = positives.cpu().data<long>().ToArray(), down = negatives.cpu().data<long>().ToArray();
        for (long c = 0; c < count; c++)
        {
            if (up[c] == 0 || down[c] == 0) continue;
            Tensor scores = all.select(1, c), mine = scores.masked_select(positive.select(1, c)), rest = scores.masked_select(positive.select(1, c).logical_not());
            (int first, int last) = Band(down[c]);
            (Tensor sorted, _) = rest.sort(descending: true);
            Tensor inside = sorted.narrow(0, first, last - first);

            // The mean over all pairs of (1 - a + b)^2 without the pairs: of a, b and their squares.
            Tensor a = mine.From(1), loss = a.square().mean() + inside.square().mean() + (a.mean() * inside.mean()).Times(2);
            Tensor place = nn.functional.one_hot(torch.tensor(c, device: all.device), count).to(all.dtype);
            (losses, counted) = (losses + (loss * place), counted + place);
        }

        return (losses, counted);
    }

    public override bool Counts(int anchors, int positives, int negatives) => positives > 0 && negatives > 0;

    public override double Of<T>(in RankedScores<T> scores)
    {
        (int first, int last) = Band(scores.Negatives);
        T* s = scores.Values, g = scores.Slopes;
        int width = Vector512<T>.Count, others = scores.Others, end = scores.End;
        (T bound, double above, double equal, double sum, double squares) = Top(scores, last);
        (T upper, double aboveUpper, double equalUpper, double sumUpper, double squaresUpper) = first == 0 ? (T.CreateTruncating(4), 0.0, 0.0, 0.0, 0.0) : Top(scores, first);
        double count = last - first, mean = (sum - sumUpper) / count, square = (squares - squaresUpper) / count, a = 0, aa = 0;
        for (int i = 0; i < scores.Positives; i++)
        {
            double missing = 1 - double.CreateTruncating(s[i]);
            a += missing;
            aa += missing * missing;
        }

        a /= scores.Positives;
        aa /= scores.Positives;
        for (int i = 0; i < scores.Positives; i++) g[i] = T.CreateTruncating(-2 * (1 - double.CreateTruncating(s[i]) + mean) / scores.Positives);

        // Scores that equal a bound share the places that are left for them.
        Vector512<T> shared = Vector512.Create(T.CreateTruncating((last - above) / equal)), sharedUpper = Vector512.Create(equalUpper == 0 ? T.Zero : T.CreateTruncating((first - aboveUpper) / equalUpper));
        Vector512<T> under = Vector512.Create(bound), over = Vector512.Create(upper), scale = Vector512.Create(T.CreateTruncating(2 / count)), offset = Vector512.Create(T.CreateTruncating(a));
        for (int i = others; i < end; i += width)
        {
            Vector512<T> b = Vector512.Load(s + i), part = Share(b, under, shared) - Share(b, over, sharedUpper);
            Vector512.ConditionalSelect(Vector512.Equals(part, Vector512<T>.Zero), Vector512<T>.Zero, part * scale * (b + offset)).Store(g + i);
        }

        return aa + square + (2 * a * mean);

        static Vector512<T> Share(Vector512<T> b, Vector512<T> bound, Vector512<T> shared) => Vector512.ConditionalSelect(
            Vector512.GreaterThan(b, bound), Vector512<T>.One, Vector512.ConditionalSelect(Vector512.Equals(b, bound), shared, Vector512<T>.Zero));
    }

    /// <summary>The k-th largest score of the others, how many are above and how many equal it, and the sums of the k largest and of their squares.</summary>
    private static (T Bound, double Above, double Equal, double Sum, double Squares) Top<T>(in RankedScores<T> scores, int k) where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        T bound = scores.Largest(scores.Others, k);
        Vector512<T> threshold = Vector512.Create(bound), above = Vector512<T>.Zero, equal = Vector512<T>.Zero, sum = Vector512<T>.Zero, squares = Vector512<T>.Zero;
        for (int i = scores.Others; i < scores.End; i += Vector512<T>.Count)
        {
            Vector512<T> b = Vector512.Load(scores.Values + i), inside = Vector512.GreaterThan(b, threshold), value = Vector512.ConditionalSelect(inside, b, Vector512<T>.Zero);
            above += Vector512.ConditionalSelect(inside, Vector512<T>.One, Vector512<T>.Zero);
            equal += Vector512.ConditionalSelect(Vector512.Equals(b, threshold), Vector512<T>.One, Vector512<T>.Zero);
            sum += value;
            squares += value * value;
        }

        double count = double.CreateTruncating(Vector512.Sum(above)), t = double.CreateTruncating(bound), left = k - count;
        return (bound, count, double.CreateTruncating(Vector512.Sum(equal)), double.CreateTruncating(Vector512.Sum(sum)) + (left * t), double.CreateTruncating(Vector512.Sum(squares)) + (left * t * t));
    }

    private (int First, int Last) Band(long negatives)
    {
        int first = (int)Math.Floor(low * negatives);
        return (first, Math.Max(first + 1, (int)Math.Ceiling(high * negatives)));
    }
}

/// <summary>The share of a class that is below the threshold which a share of all rows exceeds, with a sigmoid in place of the step.</summary>
internal sealed unsafe class QuantileRecallTerm(double quantile, double temperature) : RankingTerm
{
    public override (Tensor Losses, Tensor Counted) Of(Tensor batch, Tensor classes, Tensor all, Tensor every)
    {
        // The order statistics on both sides of the quantile, interpolated: the gradient flows into these rows.
        (Tensor sorted, _) = all.sort(0);
        (long floor, double part) = Position(all.shape[0]);
        Tensor threshold = sorted.select(0, floor);
        if (floor + 1 < all.shape[0]) threshold = threshold + (sorted.select(0, floor + 1) - threshold).Times(part);
        Tensor missed = sigmoid((threshold.index_select(0, classes) - batch.gather(1, classes.unsqueeze(1)).squeeze(1)).Over(temperature));
        return Rankings.PerClass(missed, classes, batch.shape[1]);
    }

    public override double Of<T>(in RankedScores<T> scores)
    {
        T* s = scores.Values, g = scores.Slopes;
        int count = scores.Positives + scores.Negatives;
        (long floor, double part) = Position(count);
        T lower = scores.Largest(0, count - floor), upper = lower;
        if (floor + 1 < count)
        {
            // The next one is the same if more than those above it are needed to come so far.
            (long above, T least) = scores.Above(0, lower);
            if (above == count - floor - 1) upper = least;
        }

        double threshold = double.CreateTruncating(lower) + (double.CreateTruncating(upper - lower) * part), loss = 0, slope = 0;
        for (int i = 0; i < scores.Anchors; i++)
        {
            double missed = 1 / (1 + Math.Exp((double.CreateTruncating(s[i]) - threshold) / temperature)), change = missed * (1 - missed) / (temperature * scores.Anchors);
            loss += missed / scores.Anchors;
            slope += change;
            g[i] -= T.CreateTruncating(change);
        }

        g[scores.Find(lower)] += T.CreateTruncating(slope * (1 - part));
        g[scores.Find(upper)] += T.CreateTruncating(slope * part);
        return loss;
    }

    private (long Floor, double Part) Position(long rows)
    {
        double position = (1 - quantile) * (rows - 1);
        long floor = (long)Math.Floor(position);
        return (floor, floor + 1 < rows ? position - floor : 0);
    }
}

/// <summary>A ranking loss: class by class over the columns of the probabilities.</summary>
internal sealed unsafe class RankingFusedLoss<T>(RankingTerm term, Reduction reduction, T[] shares) : FusedLoss where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>Computes the loss.</summary>
    /// <param name="logits">(N, K), contiguous.</param>
    /// <param name="target">(N), contiguous and checked, none ignored.</param>
    /// <param name="term">The loss of a class.</param>
    /// <param name="memory">Earlier rows, to which the batch is added; none if null.</param>
    /// <param name="reduction">How the losses of the classes become one number.</param>
    public static Tensor Compute(Tensor logits, Tensor target, RankingTerm term, ScoreMemory? memory, Reduction reduction)
    {
        FusedFunction.Release();
        int classes = (int)logits.shape[1], rows = checked((int)logits.shape[0]);
        Tensor probabilities = torch.empty_like(logits);
        T* z = Native.Pointer<T>(logits), p = Native.Pointer<T>(probabilities);
        ProbabilityKernel<T>.Loop(rows, classes, get_num_threads(), (_, first, end) =>
        {
            for (long row = first; row < end; row++) ProbabilityKernel<T>.Softmax(z + (row * classes), p + (row * classes), classes);
        });
        (Tensor Scores, Tensor Targets)? earlier = memory?.Rows(probabilities);
        bool differentiates = FusedFunction.Differentiates(logits);
        Tensor? slopes = differentiates ? torch.zeros([rows, classes], dtype: logits.dtype) : null;
        double[] losses = new double[classes];
        bool[] counts = new bool[classes];
        Classes(probabilities, target, earlier, term, slopes, losses, counts);
        memory?.Add(probabilities, target);

        int counted = counts.Count(c => c);
        T share = reduction is Reduction.None or Reduction.Sum ? T.One : T.One / T.CreateTruncating(Math.Max(1, counted));
        T[] shares = new T[classes + Vector512<T>.Count];
        shares.AsSpan(0, classes).Fill(share);
        Tensor value = reduction == Reduction.None ? torch.tensor(losses, dtype: logits.dtype) : Native.Scalar(losses.Sum() * double.CreateTruncating(share), logits.dtype);
        if (!differentiates) return value;
        Tensor[] kept = earlier is { } before ? [probabilities, target, slopes!, before.Scores, before.Targets] : [probabilities, target, slopes!];
        return FusedFunction.Attach(logits, value, kept, new RankingFusedLoss<T>(term, reduction, shares));
    }

    public override Tensor Backward(IReadOnlyList<Tensor> kept, Tensor upstream)
    {
        int classes = (int)kept[0].shape[1];
        Tensor gradient = torch.empty_like(kept[0]);
        using Tensor contiguous = upstream.contiguous();
        T* given = Native.Pointer<T>(contiguous);
        bool perClass = contiguous.numel() > 1;
        T* factors = (T*)NativeMemory.AllocZeroed((nuint)shares.Length, (nuint)sizeof(T));
        for (int c = 0; c < classes; c++) factors[c] = shares[c] * given[perClass ? c : 0];
        ProbabilityKernel<T>.Backward(Native.Pointer<T>(kept[1]), Native.Pointer<T>(gradient), kept[0].shape[0], classes, get_num_threads(), new Slope(Native.Pointer<T>(kept[3]), factors, classes));
        NativeMemory.Free(factors);
        return gradient;
    }

    public override Tensor Composed(IReadOnlyList<Tensor> kept)
    {
        using var scope = NewDisposeScope();
        return Rankings.Composed(kept[0], kept[2], kept.Count > 4 ? (kept[4], kept[5]) : null, term, reduction).MoveToOuterDisposeScope();
    }

    private static void Classes(Tensor probabilities, Tensor target, (Tensor Scores, Tensor Targets)? earlier, RankingTerm term, Tensor? slopes, double[] losses, bool[] counts)
    {
        int classes = losses.Length, rows = (int)probabilities.shape[0], old = earlier is { } e ? (int)e.Targets.numel() : 0, all = rows + old, width = Vector512<T>.Count;
        T* p = Native.Pointer<T>(probabilities), q = old == 0 ? null : Native.Pointer<T>(earlier!.Value.Scores), to = slopes is null ? null : Native.Pointer<T>(slopes);
        long* y = Native.Pointer<long>(target), x = old == 0 ? null : Native.Pointer<long>(earlier!.Value.Targets);
        int[] anchors = new int[classes], positives = new int[classes];
        for (int i = 0; i < rows; i++) anchors[y[i]]++;
        anchors.CopyTo(positives, 0);
        for (int i = 0; i < old; i++) positives[x[i]]++;
        for (int c = 0; c < classes; c++) counts[c] = term.Counts(anchors[c], positives[c], all - positives[c]);

        // Classes side by side share lines of the cache, so that a thread takes a vector of them; with few classes each is a piece of its own.
        int each = classes >= 8 * width ? width : 1;
        ChunkLoop.Run((classes + each - 1) / each, (long)all * classes < 32768 ? 1 : get_num_threads(), chunk =>
        {
            int capacity = all + (2 * width);
            T* scores = (T*)NativeMemory.AlignedAlloc((nuint)(3 * capacity * sizeof(T)), 64), gradient = scores + capacity;
            for (int c = chunk * each; c < Math.Min(classes, (chunk + 1) * each); c++)
            {
                if (!counts[c]) continue;
                var ranked = new RankedScores<T>(scores, gradient, gradient + capacity, anchors[c], positives[c], all - positives[c]);
                int mine = 0, other = ranked.Others;
                for (int i = 0; i < rows; i++) scores[y[i] == c ? mine++ : other++] = p[((long)i * classes) + c];
                for (int i = 0; i < old; i++) scores[x[i] == c ? mine++ : other++] = q[((long)i * classes) + c];
                new Span<T>(scores + mine, ranked.Others - mine).Fill(T.NegativeInfinity);
                new Span<T>(scores + other, ranked.End - other).Fill(T.NegativeInfinity);
                new Span<T>(gradient, ranked.End).Clear();
                losses[c] = term.Of(ranked);
                (mine, other) = (0, ranked.Others);
                for (int i = 0; to != null && i < rows; i++) to[((long)i * classes) + c] = gradient[y[i] == c ? mine++ : other++];
            }

            NativeMemory.AlignedFree(scores);
        });
    }

    private readonly struct Slope(T* slopes, T* factors, int classes) : IProbabilitySlope<T>
    {
        public Vector512<T> At(long row, int column, Vector512<T> p)
        {
            T* from = slopes + (row * classes) + column;
            return (column + Vector512<T>.Count <= classes ? Vector512.Load(from) : ProbabilityKernel<T>.Load(from, classes - column, T.Zero)) * Vector512.Load(factors + column);
        }

        public (int Class, T Slope) Extra(long row) => (0, T.Zero);
    }
}
