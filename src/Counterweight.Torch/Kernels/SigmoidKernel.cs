using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Counterweight.Torch;

/// <summary>
/// The losses of a <see cref="SigmoidTerm"/> with their gradient, in one pass over a contiguous array in the memory of the CPU: for each element
/// e (y a_c One(x) + (1 - y) b_c Zero(x)).
/// </summary>
internal sealed unsafe class SigmoidKernel<T> where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private const int ChunkElements = 16384, BlockElements = 512;

    /// <summary>(N, L) logits.</summary>
    public T* Logits { get; init; }

    /// <summary>(N, L) labels; null if there are indices.</summary>
    public T* Labels { get; init; }

    /// <summary>(N) class indices; null if there are labels.</summary>
    public long* Indices { get; init; }

    /// <summary>(N, L) factors e; ones if null.</summary>
    public T* Factors { get; init; }

    /// <summary>a: L values, repeated until a vector past the end.</summary>
    public T* Ones { get; init; }

    /// <summary>b: L values, repeated until a vector past the end.</summary>
    public T* Zeros { get; init; }

    /// <summary>Takes (N, L) gradients; null if none are wanted.</summary>
    public T* Gradient { get; init; }

    /// <summary>Takes (N, L) losses; null if only the sum is wanted.</summary>
    public T* Losses { get; init; }

    /// <summary>N.</summary>
    public long Rows { get; init; }

    /// <summary>L.</summary>
    public int Columns { get; init; }

    /// <summary>How many threads may run.</summary>
    public int Threads { get; init; }

    /// <summary>The sum of the losses.</summary>
    public double Sum { get; private set; }

    /// <summary>Computes everything.</summary>
    public void Run<TTerm>(TTerm term) where TTerm : struct, ISigmoidTerm<T>
    {
        int chunkRows = Math.Max(1, ChunkElements / Columns);
        int chunks = (int)((Rows + chunkRows - 1) / chunkRows);
        double[] sums = new double[chunks];
        ChunkLoop.Run(chunks, Rows * Columns < 2 * ChunkElements ? 1 : Threads, chunk =>
        {
            long first = (long)chunk * chunkRows, end = Math.Min(Rows, first + chunkRows);
            sums[chunk] = Flat(term, first * Columns, end * Columns) + (Indices == null ? 0 : Targets(term, first, end));
        });
        double sum = 0;
        foreach (double part in sums) sum += part;
        Sum = sum;
    }

    private double Flat<TTerm>(TTerm term, long first, long end) where TTerm : struct, ISigmoidTerm<T>
    {
        double sum = 0;
        int width = Vector512<T>.Count, column = (int)(first % Columns);
        T* buffer = stackalloc T[3 * width];
        long i = first;
        while (i < end)
        {
            Vector512<T> block = Vector512<T>.Zero;
            long stop = Math.Min(end, i + BlockElements);
            for (; i + width <= stop; i += width)
            {
                (Vector512<T> loss, Vector512<T> slope) = At(term, Vector512.Load(Logits + i), Labels == null ? Vector512<T>.Zero : Vector512.Load(Labels + i), column);
                if (Factors != null)
                {
                    Vector512<T> factor = Vector512.Load(Factors + i);
                    loss *= factor;
                    slope *= factor;
                }

                block += loss;
                if (Losses != null) loss.Store(Losses + i);
                if (Gradient != null) slope.Store(Gradient + i);
                column = Advance(column, width);
            }

            sum += double.CreateTruncating(Vector512.Sum(block));
            if (i == stop) continue;

            int rest = (int)(stop - i);
            for (int j = 0; j < width; j++)
            {
                buffer[j] = j < rest ? Logits[i + j] : T.Zero;
                buffer[width + j] = j < rest && Labels != null ? Labels[i + j] : T.Zero;
                buffer[(2 * width) + j] = j >= rest ? T.Zero : Factors == null ? T.One : Factors[i + j];
            }

            Vector512<T> factors = Vector512.Load(buffer + (2 * width));
            (Vector512<T> last, Vector512<T> change) = At(term, Vector512.Load(buffer), Vector512.Load(buffer + width), column);
            (last * factors).Store(buffer);
            (change * factors).Store(buffer + width);
            for (int j = 0; j < rest; j++)
            {
                sum += double.CreateTruncating(buffer[j]);
                if (Losses != null) Losses[i + j] = buffer[j];
                if (Gradient != null) Gradient[i + j] = buffer[width + j];
            }

            column = Advance(column, rest);
            i = stop;
        }

        return sum;
    }

    /// <summary>Replaces the elements of the targets, which <see cref="Flat"/> took for zeros.</summary>
    private double Targets<TTerm>(TTerm term, long first, long end) where TTerm : struct, ISigmoidTerm<T>
    {
        double sum = 0;
        for (long row = first; row < end; row++)
        {
            long y = Indices[row], i = (row * Columns) + y;
            SigmoidParts<T> at = SigmoidParts<T>.Of(Vector512.Create(Logits[i]));
            (Vector512<T> one, Vector512<T> slope) = term.One(at);
            T factor = Factors == null ? T.One : Factors[i], loss = one.ToScalar() * Ones[y] * factor;
            sum += double.CreateTruncating(loss) - double.CreateTruncating(term.Zero(at).Loss.ToScalar() * Zeros[y] * factor);
            if (Losses != null) Losses[i] = loss;
            if (Gradient != null) Gradient[i] = slope.ToScalar() * Ones[y] * factor;
        }

        return sum;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private (Vector512<T> Loss, Vector512<T> Slope) At<TTerm>(TTerm term, Vector512<T> x, Vector512<T> y, int column) where TTerm : struct, ISigmoidTerm<T>
    {
        SigmoidParts<T> at = SigmoidParts<T>.Of(x);
        (Vector512<T> zero, Vector512<T> zeroSlope) = term.Zero(at);
        Vector512<T> b = Vector512.Load(Zeros + column);
        if (Labels == null) return (zero * b, zeroSlope * b);
        (Vector512<T> one, Vector512<T> oneSlope) = term.One(at);
        Vector512<T> a = y * Vector512.Load(Ones + column);
        b *= Vector512<T>.One - y;
        return ((one * a) + (zero * b), (oneSlope * a) + (zeroSlope * b));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private int Advance(int column, int by)
    {
        column += by;
        while (column >= Columns) column -= Columns;
        return column;
    }
}
