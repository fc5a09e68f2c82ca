using System.Buffers;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using TorchSharp;
using static TorchSharp.torch;

namespace Counterweight.Torch;

/// <summary>The scores of one class, which are numbers of zero and more. Behind each list of them stand negative infinities, up to a whole vector.</summary>
/// <param name="own">The scores of the rows of the class, of which those of the batch come first.</param>
/// <param name="ownSlopes">Takes the derivative of the loss by each of those of the batch; zero before.</param>
/// <param name="all">The scores of all rows; negative infinities in the places of the class's own, unless the loss ranks these too.</param>
/// <param name="slopes">Takes the derivative of the loss by each of <paramref name="all"/>; zero before.</param>
/// <param name="scratch">As many numbers as both lists, for any use.</param>
/// <param name="anchors">How many rows of the batch have the class.</param>
/// <param name="positives">How many rows have the class.</param>
/// <param name="negatives">How many have not.</param>
/// <param name="ranked">How many scores <paramref name="all"/> has.</param>
internal readonly unsafe struct RankedScores<T>(T* own, T* ownSlopes, T* all, T* slopes, T* scratch, int anchors, int positives, int negatives, int ranked)
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private const int FewScores = 64;

    private static int Width => Vector256<T>.Count;

    public T* Own => own;

    public T* OwnSlopes => ownSlopes;

    public T* All => all;

    public T* Slopes => slopes;

    public T* Free => scratch;

    public int Anchors => anchors;

    public int Positives => positives;

    public int Negatives => negatives;

    /// <summary>Where the last vector of <see cref="Own"/> ends.</summary>
    public int OwnEnd => Whole(Positives);

    /// <summary>Where the last vector of <see cref="All"/> ends.</summary>
    public int End => Whole(Positives + Negatives);

    /// <summary>So many numbers in whole vectors.</summary>
    public static int Whole(int count) => (count + Width - 1) / Width * Width;

    /// <summary>The k-th largest of <see cref="All"/>; k counts from one.</summary>
    /// <remarks>
    /// The bits of numbers of zero and more are in the order of the numbers, so that a bound is looked for among them: where the counts above the two bounds
    /// so far let it be expected, and every third time half-way. The scores between the bounds are gathered when they have become few.
    /// </remarks>
    public T Largest(long k)
    {
        T* from = All;
        int end = End;
        Vector256<T> least = Vector256.Create(T.CreateTruncating(4)), most = Vector256<T>.Zero;
        for (int i = 0; i < end; i += Width)
        {
            Vector256<T> value = Vector256.Load(from + i);
            least = Vector256.MinNative(least, Vector256.ConditionalSelect(Vector256.GreaterThanOrEqual(value, Vector256<T>.Zero), value, least));
            most = Vector256.MaxNative(most, value);
        }

        // Above the lower bound are as many as are wanted, or more, and above the upper one fewer; of these, some are no longer among the gathered ones.
        long low = Bits(-VectorMath.Maximum(-least)) - 1, high = Bits(VectorMath.Maximum(most)), aboveLow = ranked, aboveHigh = 0, left = 0;
        for (int step = 1; high - low > 1; step++)
        {
            double share = step % 3 == 0 ? 0.5 : (aboveLow - k + 0.5) / (aboveLow - aboveHigh);
            long middle = Math.Clamp(low + (long)((high - low) * share), low + 1, high - 1);
            (long above, T next) = Above(from, end, Number(middle));
            above += left;
            if (above == k) return next;
            if (above > k) (low, aboveLow) = (middle, above);
            else (high, aboveHigh) = (middle, above);
            if (end > FewScores && aboveLow - aboveHigh < end / 16)
            {
                end = Between(from, end, Number(low), Number(high));
                from = Free;
                left = aboveHigh;
            }
        }

        return Number(high);
    }

    /// <summary>How many of <see cref="All"/> are above a bound, and the least of them.</summary>
    public (long Count, T Least) Above(T bound) => Above(All, End, bound);

    /// <summary>The first place of a score in <see cref="All"/>; the first of all if no score is that.</summary>
    public int PlaceOf(T score)
    {
        Vector256<T> wanted = Vector256.Create(score);
        for (int i = 0; i < End; i += Width)
        {
            uint found = Vector256.ExtractMostSignificantBits(Vector256.Equals(Vector256.Load(All + i), wanted));
            if (found != 0) return i + BitOperations.TrailingZeroCount(found);
        }

        return 0;
    }

    private static (long Count, T Least) Above(T* from, int end, T bound)
    {
        Vector256<T> threshold = Vector256.Create(bound), least = Vector256.Create(T.CreateTruncating(4));
        long count = 0;
        for (int i = 0; i < end;)
        {
            // Counts stay exact in single precision within such a stretch.
            Vector256<T> counts = Vector256<T>.Zero;
            for (int stop = Math.Min(end, i + (Width << 16)); i < stop; i += Width)
            {
                Vector256<T> value = Vector256.Load(from + i), inside = Vector256.GreaterThan(value, threshold);
                counts += inside & Vector256<T>.One;
                least = Vector256.MinNative(least, Vector256.ConditionalSelect(inside, value, least));
            }

            count += long.CreateTruncating(Vector256.Sum(counts));
        }

        return (count, -VectorMath.Maximum(-least));
    }

    /// <summary>Moves the scores above one bound and not above another to the scratch, and tells where their last vector ends.</summary>
    private int Between(T* from, int end, T low, T high)
    {
        Vector256<T> under = Vector256.Create(low), over = Vector256.Create(high);
        int count = 0;
        for (int i = 0; i < end; i += Width)
        {
            Vector256<T> value = Vector256.Load(from + i);
            uint inside = Vector256.ExtractMostSignificantBits(Vector256.GreaterThan(value, under) & Vector256.LessThanOrEqual(value, over));
            for (; inside != 0; inside &= inside - 1) Free[count++] = value[BitOperations.TrailingZeroCount(inside)];
        }

        int stop = Whole(count);
        new Span<T>(Free + count, stop - count).Fill(T.NegativeInfinity);
        return stop;
    }

    private static long Bits(T value) => sizeof(T) == 4 ? Unsafe.BitCast<T, int>(value) : Unsafe.BitCast<T, long>(value);

    private static T Number(long bits) => bits < 0 ? -T.One : sizeof(T) == 4 ? Unsafe.BitCast<int, T>((int)bits) : Unsafe.BitCast<long, T>(bits);
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

    /// <summary>Whether <see cref="RankedScores{T}.All"/> holds the scores of the class's own rows too.</summary>
    public virtual bool RanksOwn => false;

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

    public override double Of<T>(in RankedScores<T> scores) => CellSums<T>.AreWorthwhile(scores, temperature)
        ? CellSums<T>.SmoothPrecision(scores, temperature) : Pairs(scores);

    /// <summary>Every pair of an anchor and a row.</summary>
    private double Pairs<T>(in RankedScores<T> scores) where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        T* own = scores.Own, all = scores.All, g = scores.OwnSlopes, h = scores.Slopes, v = scores.Free, w = scores.Free + scores.OwnEnd;
        int width = Vector256<T>.Count, ownEnd = scores.OwnEnd, end = scores.End;
        Vector256<T> inverse = Vector256.Create(T.CreateTruncating(1 / temperature));
        double loss = 0;
        for (int i = 0; i < scores.Anchors; i++)
        {
            Vector256<T> at = Vector256.Create(own[i]);
            double mine = Sigmoids(own, v, ownEnd), rest = Sigmoids(all, w, end);

            // An anchor is not above itself, which its sigmoid of zero would say by half.
            double among = 1 + mine - 0.5, rank = among + rest, share = 1.0 / scores.Anchors;
            loss += share * (1 - (among / rank));
            double scale = share / (rank * rank * temperature);
            double pull = Slopes(v, g, ownEnd, -scale * (rank - among)) + Slopes(w, h, end, scale * among);
            g[i] -= T.CreateTruncating(pull);

            double Sigmoids(T* scored, T* kept, int to)
            {
                Vector256<T> a = Vector256<T>.Zero, b = Vector256<T>.Zero, here = at, times = inverse;
                int j = 0;
                for (; j + width < to; j += 2 * width)
                {
                    Vector256<T> x = VectorMath.Falling((here - Vector256.Load(scored + j)) * times);
                    Vector256<T> y = VectorMath.Falling((here - Vector256.Load(scored + j + width)) * times);
                    x.Store(kept + j);
                    y.Store(kept + j + width);
                    a += x;
                    b += y;
                }

                for (; j < to; j += width)
                {
                    Vector256<T> x = VectorMath.Falling((here - Vector256.Load(scored + j)) * times);
                    x.Store(kept + j);
                    a += x;
                }

                return double.CreateTruncating(Vector256.Sum(a + b));
            }

            double Slopes(T* kept, T* slopes, int to, double factor)
            {
                Vector256<T> sum = Vector256<T>.Zero, each = Vector256.Create(T.CreateTruncating(factor));
                for (int j = 0; j < to; j += width)
                {
                    Vector256<T> x = Vector256.Load(kept + j), slope = x * (Vector256<T>.One - x) * each;
                    sum += slope;
                    (Vector256.Load(slopes + j) + slope).Store(slopes + j);
                }

                return double.CreateTruncating(Vector256.Sum(sum));
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
            Tensor scores = all.select(1, c), mine = scores.masked_select(positive.select(1, c)),
                rest = scores.masked_select(positive.select(1, c).logical_not());
            (int first, int last) = Band(down[c]);
            (Tensor sorted, _) = rest.sort(descending: true);
            Tensor inside = sorted.narrow(0, first, last - first);

            // The mean over all pairs of (1 - a + b)^2 without the pairs: of a, b and their squares.
            Tensor a = mine.From(1), loss = a.Squared().mean().Sum(inside.Squared().mean()).Sum((a.mean() * inside.mean()).Times(2));
            Tensor place = nn.functional.one_hot(torch.tensor(c, device: all.device), count).to(all.dtype);
            (losses, counted) = (losses.Sum(loss * place), counted.Sum(place));
        }

        return (losses, counted);
    }

    public override bool Counts(int anchors, int positives, int negatives) => positives > 0 && negatives > 0;

    public override double Of<T>(in RankedScores<T> scores)
    {
        (int first, int last) = Band(scores.Negatives);
        T* own = scores.Own, s = scores.All;
        int width = Vector256<T>.Count, end = scores.End;
        (T bound, double above, double equal, double sum, double squares) = Top(scores, last);
        (T upper, double aboveUpper, double equalUpper, double sumUpper, double squaresUpper) = first == 0 ? (T.CreateTruncating(4), 0.0, 0.0, 0.0, 0.0)
            : Top(scores, first);
        double count = last - first, mean = (sum - sumUpper) / count, square = (squares - squaresUpper) / count, a = 0, aa = 0;
        for (int i = 0; i < scores.Positives; i++)
        {
            double missing = 1 - double.CreateTruncating(own[i]);
            a += missing;
            aa += missing * missing;
        }

        a /= scores.Positives;
        aa /= scores.Positives;
        for (int i = 0; i < scores.Anchors; i++) scores.OwnSlopes[i] = T.CreateTruncating(-2 * (1 - double.CreateTruncating(own[i]) + mean) / scores.Positives);

        // Scores that equal a bound share the places that are left for them.
        Vector256<T> shared = Vector256.Create(T.CreateTruncating((last - above) / equal)),
            sharedUpper = Vector256.Create(equalUpper == 0 ? T.Zero : T.CreateTruncating((first - aboveUpper) / equalUpper));
        Vector256<T> under = Vector256.Create(bound), over = Vector256.Create(upper), scale = Vector256.Create(T.CreateTruncating(2 / count)),
            offset = Vector256.Create(T.CreateTruncating(a));
        for (int i = 0; i < end; i += width)
        {
            Vector256<T> b = Vector256.Load(s + i), part = Share(b, under, shared) - Share(b, over, sharedUpper);
            Vector256.ConditionalSelect(Vector256.Equals(part, Vector256<T>.Zero), Vector256<T>.Zero, part * scale * (b + offset)).Store(scores.Slopes + i);
        }

        return aa + square + (2 * a * mean);

        static Vector256<T> Share(Vector256<T> b, Vector256<T> bound, Vector256<T> shared) => Vector256.ConditionalSelect(
            Vector256.GreaterThan(b, bound), Vector256<T>.One, Vector256.ConditionalSelect(Vector256.Equals(b, bound), shared, Vector256<T>.Zero));
    }

    /// <summary>The k-th largest score of the others, how many are above and how many equal it, and the sums of the k largest and of their squares.</summary>
    private static (T Bound, double Above, double Equal, double Sum, double Squares) Top<T>(in RankedScores<T> scores, int k) where T : unmanaged,
        IBinaryFloatingPointIeee754<T>
    {
        const int Stretch = 1 << 12;
        T bound = scores.Largest(k);
        Vector256<T> threshold = Vector256.Create(bound);
        double count = 0, ties = 0, total = 0, totalSquares = 0, t = double.CreateTruncating(bound);
        for (int i = 0; i < scores.End;)
        {
            // Single precision sums a stretch of scores only.
            Vector256<T> above = Vector256<T>.Zero, equal = Vector256<T>.Zero, sum = Vector256<T>.Zero, squares = Vector256<T>.Zero;
            for (int stop = Math.Min(scores.End, i + Stretch); i < stop; i += Vector256<T>.Count)
            {
                Vector256<T> b = Vector256.Load(scores.All + i), inside = Vector256.GreaterThan(b, threshold), value = inside & b;
                above += inside & Vector256<T>.One;
                equal += Vector256.Equals(b, threshold) & Vector256<T>.One;
                sum += value;
                squares += value * value;
            }

            count += double.CreateTruncating(Vector256.Sum(above));
            ties += double.CreateTruncating(Vector256.Sum(equal));
            total += double.CreateTruncating(Vector256.Sum(sum));
            totalSquares += double.CreateTruncating(Vector256.Sum(squares));
        }

        double left = k - count;
        return (bound, count, ties, total + (left * t), totalSquares + (left * t * t));
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
        if (floor + 1 < all.shape[0]) threshold = threshold.Sum((sorted.select(0, floor + 1) - threshold).Times(part));
        Tensor missed = sigmoid((threshold.index_select(0, classes) - batch.gather(1, classes.unsqueeze(1)).squeeze(1)).Over(temperature));
        return Rankings.PerClass(missed, classes, batch.shape[1]);
    }

    public override bool RanksOwn => true;

    public override double Of<T>(in RankedScores<T> scores)
    {
        int count = scores.Positives + scores.Negatives;
        (long floor, double part) = Position(count);
        T lower = scores.Largest(count - floor), upper = lower;
        if (floor + 1 < count)
        {
            // The next one is the same if more than those above it are needed to come so far.
            (long above, T least) = scores.Above(lower);
            if (above == count - floor - 1) upper = least;
        }

        double threshold = double.CreateTruncating(lower) + (double.CreateTruncating(upper - lower) * part), loss = 0, slope = 0;
        for (int i = 0; i < scores.Anchors; i++)
        {
            double missed = 1 / (1 + Math.Exp((double.CreateTruncating(scores.Own[i]) - threshold) / temperature)),
                change = missed * (1 - missed) / (temperature * scores.Anchors);
            loss += missed / scores.Anchors;
            slope += change;
            scores.OwnSlopes[i] = -T.CreateTruncating(change);
        }

        scores.Slopes[scores.PlaceOf(lower)] += T.CreateTruncating(slope * (1 - part));
        scores.Slopes[scores.PlaceOf(upper)] += T.CreateTruncating(slope * part);
        return loss;
    }

    private (long Floor, double Part) Position(long rows)
    {
        double position = (1 - quantile) * (rows - 1);
        long floor = (long)Math.Floor(position);
        return (floor, floor + 1 < rows ? position - floor : 0);
    }
}

/// <summary>
/// A ranking loss: class by class over the columns of the probabilities. The gradient takes the place of the derivatives by the probabilities; a further
/// backward pass over the same graph computes these anew.
/// </summary>
internal sealed unsafe class RankingFusedLoss<T>(RankingTerm term, Reduction reduction, T[] shares) : FusedLoss where T : unmanaged,
    IBinaryFloatingPointIeee754<T>
{
    private int handedOver;

    /// <summary>Computes the loss.</summary>
    /// <param name="logits">(N, K), contiguous.</param>
    /// <param name="target">(N), contiguous and checked, none ignored.</param>
    /// <param name="term">The loss of a class.</param>
    /// <param name="memory">Earlier rows, to which the batch is added; none if null.</param>
    /// <param name="reduction">How the losses of the classes become one number.</param>
    public static Tensor Compute(Tensor logits, Tensor target, RankingTerm term, ScoreMemory? memory, Reduction reduction)
    {
        FusedFunction.Release();
        int classes = (int)logits.shape[1];
        Tensor probabilities = Probabilities(logits);
        (Tensor Scores, Tensor Targets)? earlier = memory?.Rows(probabilities);
        bool differentiates = FusedFunction.Differentiates(logits);
        Tensor? slopes = differentiates ? torch.empty_like(logits) : null;
        double[] losses = new double[classes];
        int counted = Classes(probabilities, target, earlier, term, slopes, losses);
        memory?.Add(probabilities, target);
        T share = reduction is Reduction.None or Reduction.Sum ? T.One : T.One / T.CreateTruncating(Math.Max(1, counted));
        T[] shares = new T[classes + Vector256<T>.Count];
        shares.AsSpan(0, classes).Fill(share);
        Tensor value = reduction == Reduction.None ? torch.tensor(losses, dtype: logits.dtype)
            : Native.Scalar(losses.Sum() * double.CreateTruncating(share), logits.dtype);
        if (!differentiates) return value;
        Tensor[] kept = earlier is { } before ? [probabilities, target, slopes!, before.Scores, before.Targets] : [probabilities, target, slopes!];
        return FusedFunction.Attach(logits, value, kept, new RankingFusedLoss<T>(term, reduction, shares));
    }

    public override Tensor Backward(IReadOnlyList<Tensor> kept, Tensor upstream)
    {
        int classes = (int)kept[0].shape[1];
        Tensor gradient;
        if (Interlocked.Exchange(ref handedOver, 1) == 0) gradient = torch.empty([0], dtype: kept[3].dtype).set_(kept[3]);
        else
        {
            gradient = torch.empty_like(kept[0]);
            _ = Classes(kept[1], kept[2], Earlier(kept), term, gradient, new double[classes]);
        }

        using Tensor contiguous = upstream.contiguous();
        T* given = Native.Pointer<T>(contiguous), slopes = Native.Pointer<T>(gradient);
        bool perClass = contiguous.numel() > 1;
        T* factors = (T*)NativeMemory.AllocZeroed((nuint)shares.Length, (nuint)sizeof(T));
        for (int c = 0; c < classes; c++) factors[c] = shares[c] * given[perClass ? c : 0];
        ProbabilityKernel<T>.Backward(Native.Pointer<T>(kept[1]), slopes, kept[0].shape[0], classes, get_num_threads(), new Slope(slopes, factors, classes));
        NativeMemory.Free(factors);
        return gradient;
    }

    public override Tensor Composed(IReadOnlyList<Tensor> kept)
    {
        using var scope = NewDisposeScope();
        return Rankings.Composed(kept[0], kept[2], Earlier(kept), term, reduction).MoveToOuterDisposeScope();
    }

    private static (Tensor Scores, Tensor Targets)? Earlier(IReadOnlyList<Tensor> kept) => kept.Count > 4 ? (kept[4], kept[5]) : null;

    private static Tensor Probabilities(Tensor logits)
    {
        int classes = (int)logits.shape[1];
        Tensor probabilities = torch.empty_like(logits);
        T* z = Native.Pointer<T>(logits), p = Native.Pointer<T>(probabilities);
        ProbabilityKernel<T>.Loop(logits.shape[0], classes, get_num_threads(), (_, first, end) =>
        {
            for (long row = first; row < end; row++) ProbabilityKernel<T>.Softmax(z + (row * classes), p + (row * classes), classes);
        });
        return probabilities;
    }

    /// <summary>Fills the losses of the classes and, if they are wanted, the derivatives by the probabilities; tells how many classes count.</summary>
    private static int Classes(Tensor probabilities, Tensor target, (Tensor Scores, Tensor Targets)? earlier, RankingTerm term, Tensor? slopes, double[] losses)
    {
        int classes = losses.Length, rows = checked((int)probabilities.shape[0]), old = earlier is { } e ? (int)e.Targets.numel() : 0,
            all = checked(rows + old), width = Vector256<T>.Count, threads = get_num_threads();
        T* p = Native.Pointer<T>(probabilities), q = old == 0 ? null : Native.Pointer<T>(earlier!.Value.Scores),
            to = slopes is null ? null : Native.Pointer<T>(slopes);
        long* y = Native.Pointer<long>(target), x = old == 0 ? null : Native.Pointer<long>(earlier!.Value.Targets);

        // The rows of each class, those of the batch first.
        int[] anchors = new int[classes], starts = new int[classes + 1], places = ArrayPool<int>.Shared.Rent(all);
        for (int i = 0; i < rows; i++) anchors[y[i]]++;
        for (int c = 0; c < classes; c++) starts[c + 1] = anchors[c];
        for (int i = 0; i < old; i++) starts[x[i] + 1]++;
        int largest = 0;
        for (int c = 0; c < classes; c++)
        {
            largest = Math.Max(largest, starts[c + 1]);
            starts[c + 1] += starts[c];
        }

        int[] next = starts[..classes];
        for (int i = 0; i < rows; i++) places[next[y[i]]++] = i;
        for (int i = 0; i < old; i++) places[next[x[i]]++] = rows + i;
        int counted = 0;
        for (int c = 0; c < classes; c++)
            if (Counts(c))
                counted++;

        // Classes side by side share lines of the cache, so that a piece of work has some of them.
        int each = classes >= 64 ? (classes >= 256 ? 16 : 8) : Math.Max(1, classes / (4 * threads)), capacity = RankedScores<T>.Whole(all) + width,
            ownCapacity = RankedScores<T>.Whole(largest);
        ChunkLoop.Run((classes + each - 1) / each, (long)all * classes < 32768 ? 1 : threads, chunk =>
        {
            int first = chunk * each, columns = Math.Min(classes, first + each) - first, length = each * capacity;
            T* scores = (T*)NativeMemory.AlignedAlloc((nuint)(((2 * length) + capacity + (3 * ownCapacity)) * sizeof(T)), 64), gradient = scores + length,
                own = gradient + length, ownSlopes = own + ownCapacity;
            Transpose(p + first, classes, rows, columns, scores, capacity);
            Transpose(q + first, classes, old, columns, scores + rows, capacity);
            for (int j = 0; j < columns; j++)
            {
                int c = first + j, positives = starts[c + 1] - starts[c];
                T* mine = scores + (j * capacity), change = gradient + (j * capacity);
                ReadOnlySpan<int> of = places.AsSpan(starts[c], positives);
                new Span<T>(change, capacity).Clear();
                if (!Counts(c)) continue;
                new Span<T>(mine + all, capacity - all).Fill(T.NegativeInfinity);
                for (int i = 0; i < positives; i++) own[i] = mine[of[i]];
                for (int i = 0; i < positives && !term.RanksOwn; i++) mine[of[i]] = T.NegativeInfinity;
                new Span<T>(own + positives, ownCapacity - positives).Fill(T.NegativeInfinity);
                new Span<T>(ownSlopes, ownCapacity).Clear();
                losses[c] = term.Of(new RankedScores<T>(
                    own, ownSlopes, mine, change, ownSlopes + ownCapacity, anchors[c], positives, all - positives, term.RanksOwn ? all : all - positives));
                for (int i = 0; i < anchors[c]; i++) change[of[i]] = (term.RanksOwn ? change[of[i]] : T.Zero) + ownSlopes[i];
            }

            if (to != null) Transpose(gradient, capacity, columns, rows, to + first, classes);
            NativeMemory.AlignedFree(scores);
        });
        ArrayPool<int>.Shared.Return(places);
        return counted;

        bool Counts(int c) => term.Counts(anchors[c], starts[c + 1] - starts[c], all - (starts[c + 1] - starts[c]));
    }

    /// <summary>Turns rows into columns; those of a matrix lie one stride apart.</summary>
    private static void Transpose(T* from, long fromStride, int rows, int columns, T* to, long toStride)
    {
        int wholeRows = 0, wholeColumns = 0;
        if (typeof(T) == typeof(float) && Avx.IsSupported && rows >= 8 && columns >= 8)
        {
            (wholeRows, wholeColumns) = (rows / 8 * 8, columns / 8 * 8);
            for (int i = 0; i < wholeRows; i += 8)
                for (int j = 0; j < wholeColumns; j += 8) Eight((float*)(from + (i * fromStride) + j), fromStride, (float*)(to + (j * toStride) + i), toStride);
        }

        for (int i = 0; i < rows; i++)
        {
            T* row = from + (i * fromStride), column = to + i;
            for (int j = i < wholeRows ? wholeColumns : 0; j < columns; j++) column[j * toStride] = row[j];
        }
    }

    private static void Eight(float* from, long fromStride, float* to, long toStride)
    {
        Vector256<float> a = Vector256.Load(from), b = Vector256.Load(from + fromStride), c = Vector256.Load(from + (2 * fromStride)),
            d = Vector256.Load(from + (3 * fromStride));
        Vector256<float> e = Vector256.Load(from + (4 * fromStride)), f = Vector256.Load(from + (5 * fromStride)), g = Vector256.Load(from + (6 * fromStride)),
            h = Vector256.Load(from + (7 * fromStride));
        (a, b, c, d) = (Avx.UnpackLow(a, b), Avx.UnpackHigh(a, b), Avx.UnpackLow(c, d), Avx.UnpackHigh(c, d));
        (e, f, g, h) = (Avx.UnpackLow(e, f), Avx.UnpackHigh(e, f), Avx.UnpackLow(g, h), Avx.UnpackHigh(g, h));
        (a, b, c, d) = (Avx.Shuffle(a, c, 0x44), Avx.Shuffle(a, c, 0xee), Avx.Shuffle(b, d, 0x44), Avx.Shuffle(b, d, 0xee));
        (e, f, g, h) = (Avx.Shuffle(e, g, 0x44), Avx.Shuffle(e, g, 0xee), Avx.Shuffle(f, h, 0x44), Avx.Shuffle(f, h, 0xee));
        Avx.Permute2x128(a, e, 0x20).Store(to);
        Avx.Permute2x128(b, f, 0x20).Store(to + toStride);
        Avx.Permute2x128(c, g, 0x20).Store(to + (2 * toStride));
        Avx.Permute2x128(d, h, 0x20).Store(to + (3 * toStride));
        Avx.Permute2x128(a, e, 0x31).Store(to + (4 * toStride));
        Avx.Permute2x128(b, f, 0x31).Store(to + (5 * toStride));
        Avx.Permute2x128(c, g, 0x31).Store(to + (6 * toStride));
        Avx.Permute2x128(d, h, 0x31).Store(to + (7 * toStride));
    }

    private readonly struct Slope(T* slopes, T* factors, int classes) : IProbabilitySlope<T>
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public Vector256<T> At(long row, int column, Vector256<T> p)
        {
            T* from = slopes + (row * classes) + column;
            return (column + Vector256<T>.Count <= classes ? Vector256.Load(from) : ProbabilityKernel<T>.Load(from, classes - column, T.Zero))
                * Vector256.Load(factors + column);
        }

        public (int Class, T Slope) Extra(long row) => (0, T.Zero);
    }
}
