using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Counterweight.Torch;

/// <summary>The derivative of a loss by the probabilities of a row; specialised by the compiler.</summary>
internal interface IProbabilitySlope<T>
{
    /// <summary>The derivatives by the lanes, but for what <see cref="Extra"/> adds.</summary>
    /// <param name="row">The row.</param>
    /// <param name="column">The class of lane 0; lanes beyond the last class are not used.</param>
    /// <param name="p">The probabilities.</param>
    Vector256<T> At(long row, int column, Vector256<T> p);

    /// <summary>What is added for one class of a row.</summary>
    (int Class, T Slope) Extra(long row);
}

/// <summary>Softmax probabilities and the way back to the logits, for losses that are sums or ranks over the rows of a batch.</summary>
/// <remarks>Where a row is longer than a vector, its last vector overlaps the one before it.</remarks>
internal static unsafe class ProbabilityKernel<T> where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private const int ChunkElements = 16384, MostPieces = 16;

    private static int Width => Vector256<T>.Count;

    /// <summary>Runs pieces of rows: number, first and end.</summary>
    public static void Loop(long rows, int classes, int threads, Action<int, long, long> body)
    {
        int chunkRows = Math.Clamp(ChunkElements / classes, 1, 4096);
        ChunkLoop.Run((int)((rows + chunkRows - 1) / chunkRows), rows * classes < 2 * ChunkElements ? 1 : threads,
            chunk => body(chunk, (long)chunk * chunkRows, Math.Min(rows, (chunk + 1L) * chunkRows)));
    }

    /// <summary>How many pieces a batch has whose rows are summed: some for every thread, and few enough that sums of each cost little.</summary>
    public static int Pieces(long rows, int classes) => (int)Math.Clamp(rows * classes / ChunkElements, 1, Math.Min(rows, MostPieces));

    /// <summary>Runs as many pieces of rows: number, first and end.</summary>
    public static void InPieces(int pieces, long rows, int threads, Action<int, long, long> body) =>
        ChunkLoop.Run(pieces, threads, piece => body(piece, rows * piece / pieces, rows * (piece + 1) / pieces));

    /// <summary>The softmax of a row.</summary>
    /// <param name="z">K logits.</param>
    /// <param name="p">Takes K probabilities.</param>
    /// <param name="classes">K.</param>
    public static void Softmax(T* z, T* p, int classes)
    {
        if (classes < Width)
        {
            Vector256<T> u = Load(z, classes, T.NegativeInfinity), one = VectorMath.Exp(u - Vector256.Create(VectorMath.Maximum(u)));
            Store(one * Vector256.Create(T.One / Vector256.Sum(one)), p, classes);
            return;
        }

        Vector256<T> inverse = Vector256.Create(T.One / Exponentials(z, p, classes));
        int last = classes - Width;
        Vector256<T> tail = Vector256.Load(p + last) * inverse;
        for (int c = 0; c < last; c += Width) (Vector256.Load(p + c) * inverse).Store(p + c);
        tail.Store(p + last);
    }

    /// <summary>exp(z - max z) of a row of at least a vector, and the sum of them.</summary>
    public static T Exponentials(T* z, T* e, int classes)
    {
        int last = classes - Width, c = 0;
        Vector256<T> tail = Vector256.Load(z + last), top = tail, second = tail;
        for (; c + Width < last; c += 2 * Width)
        {
            top = Vector256.MaxNative(top, Vector256.Load(z + c));
            second = Vector256.MaxNative(second, Vector256.Load(z + c + Width));
        }

        for (; c < last; c += Width) top = Vector256.MaxNative(top, Vector256.Load(z + c));
        Vector256<T> shift = Vector256.Create(VectorMath.Maximum(Vector256.MaxNative(top, second))), sum = Vector256<T>.Zero;
        for (c = 0; c < last; c += Width)
        {
            Vector256<T> x = VectorMath.Exp(Vector256.Load(z + c) - shift);
            x.Store(e + c);
            sum += x;
        }

        tail = VectorMath.Exp(tail - shift);
        tail.Store(e + last);
        return Vector256.Sum(sum + From(tail, c - last));
    }

    /// <summary>The gradient by the logits: p_c (g_c - sum of g p). It may take the place of the probabilities, or of what the slopes are read from.</summary>
    /// <param name="probabilities">(N, K).</param>
    /// <param name="gradient">Takes (N, K).</param>
    /// <param name="rows">N.</param>
    /// <param name="classes">K.</param>
    /// <param name="threads">How many threads may run.</param>
    /// <param name="slope">g.</param>
    public static void Backward<TSlope>(T* probabilities, T* gradient, long rows, int classes, int threads, TSlope slope) where TSlope : struct,
        IProbabilitySlope<T> =>
        Loop(rows, classes, threads, (_, first, end) =>
        {
            for (long row = first; row < end; row++)
            {
                T* p = probabilities + (row * classes), to = gradient + (row * classes);
                (int extra, T more) = slope.Extra(row);
                more *= p[extra];
                if (classes < Width)
                {
                    Vector256<T> all = Load(p, classes, T.Zero),
                        slopes = Vector256.ConditionalSelect(Vector256.Equals(all, Vector256<T>.Zero), Vector256<T>.Zero, slope.At(row, 0, all));
                    Store(all * (slopes - Vector256.Create(Vector256.Sum(all * slopes) + more)), to, classes);
                    to[extra] += more;
                    continue;
                }

                int last = classes - Width, c = 0;
                Vector256<T> tail = Vector256.Load(p + last), tailSlope = slope.At(row, last, tail), dots = Vector256<T>.Zero;
                for (; c < last; c += Width)
                {
                    Vector256<T> at = Vector256.Load(p + c);
                    dots += at * slope.At(row, c, at);
                }

                Vector256<T> dot = Vector256.Create(Vector256.Sum(dots + From(tail * tailSlope, c - last)) + more);
                for (c = 0; c < last; c += Width)
                {
                    Vector256<T> at = Vector256.Load(p + c);
                    (at * (slope.At(row, c, at) - dot)).Store(to + c);
                }

                (tail * (tailSlope - dot)).Store(to + last);
                to[extra] += more;
            }
        });

    /// <summary>The first lanes from memory, the others a given number.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<T> Load(T* from, int count, T other)
    {
        if (count == 0) return Vector256.Create(other);
        T* buffer = stackalloc T[Width];
        Vector256.Create(other).Store(buffer);
        Unsafe.CopyBlockUnaligned(buffer, from, (uint)(count * sizeof(T)));
        return Vector256.Load(buffer);
    }

    /// <summary>The first lanes to memory.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(Vector256<T> value, T* to, int count)
    {
        if (count == 0) return;
        T* buffer = stackalloc T[Width];
        value.Store(buffer);
        Unsafe.CopyBlockUnaligned(to, buffer, (uint)(count * sizeof(T)));
    }

    /// <summary>The lanes from one on, the others zero.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<T> From(Vector256<T> value, int lane) =>
        Vector256.ConditionalSelect(Vector256.LessThan(Vector256<T>.Indices, Vector256.Create(T.CreateTruncating(lane))), Vector256<T>.Zero, value);
}
