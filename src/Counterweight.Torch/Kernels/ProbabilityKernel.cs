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
    Vector512<T> At(long row, int column, Vector512<T> p);

    /// <summary>What is added for one class of a row.</summary>
    (int Class, T Slope) Extra(long row);
}

/// <summary>Softmax probabilities and the way back to the logits, for losses that are sums or ranks over the rows of a batch.</summary>
internal static unsafe class ProbabilityKernel<T> where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private const int ChunkElements = 16384;

    private static int Width => Vector512<T>.Count;

    /// <summary>How many rows a piece of work has.</summary>
    public static int ChunkRows(int classes) => Math.Clamp(ChunkElements / classes, 1, 4096);

    /// <summary>Runs pieces of rows: number, first and end.</summary>
    public static void Loop(long rows, int classes, int threads, Action<int, long, long> body)
    {
        int chunkRows = ChunkRows(classes);
        ChunkLoop.Run((int)((rows + chunkRows - 1) / chunkRows), rows * classes < 2 * ChunkElements ? 1 : threads, chunk => body(chunk, (long)chunk * chunkRows, Math.Min(rows, (chunk + 1L) * chunkRows)));
    }

    /// <summary>The softmax of a row.</summary>
    /// <param name="z">K logits.</param>
    /// <param name="p">Takes K probabilities.</param>
    /// <param name="classes">K.</param>
    public static void Softmax(T* z, T* p, int classes)
    {
        Vector512<T> top = Vector512.Create(T.NegativeInfinity), sum = Vector512<T>.Zero;
        int whole = classes - (classes % Width), rest = classes - whole;
        for (int c = 0; c < whole; c += Width) top = Vector512.MaxNative(top, Vector512.Load(z + c));
        Vector512<T> last = Load(z + whole, rest, T.NegativeInfinity), shift = Vector512.Create(VectorMath.Maximum(Vector512.MaxNative(top, last)));
        for (int c = 0; c < whole; c += Width)
        {
            Vector512<T> e = VectorMath.Exp(Vector512.Load(z + c) - shift);
            e.Store(p + c);
            sum += e;
        }

        last = VectorMath.Exp(last - shift);
        Vector512<T> inverse = Vector512.Create(T.One / Vector512.Sum(sum + last));
        for (int c = 0; c < whole; c += Width) (Vector512.Load(p + c) * inverse).Store(p + c);
        Store(last * inverse, p + whole, rest);
    }

    /// <summary>The gradient by the logits: p_c (g_c - sum of g p).</summary>
    /// <param name="probabilities">(N, K).</param>
    /// <param name="gradient">Takes (N, K).</param>
    /// <param name="rows">N.</param>
    /// <param name="classes">K.</param>
    /// <param name="threads">How many threads may run.</param>
    /// <param name="slope">g.</param>
    public static void Backward<TSlope>(T* probabilities, T* gradient, long rows, int classes, int threads, TSlope slope) where TSlope : struct, IProbabilitySlope<T> =>
        Loop(rows, classes, threads, (_, first, end) =>
        {
            int whole = classes - (classes % Width), rest = classes - whole;
            for (long row = first; row < end; row++)
            {
                T* p = probabilities + (row * classes), to = gradient + (row * classes);
                Vector512<T> dots = Vector512<T>.Zero, last = Load(p + whole, rest, T.Zero), lastSlope = rest == 0 ? Vector512<T>.Zero : slope.At(row, whole, last);
                for (int c = 0; c < whole; c += Width)
                {
                    Vector512<T> at = Vector512.Load(p + c), g = slope.At(row, c, at);
                    dots += at * g;
                    g.Store(to + c);
                }

                dots += last * Inside(lastSlope, rest);
                (int extra, T more) = slope.Extra(row);
                Vector512<T> dot = Vector512.Create(Vector512.Sum(dots) + (more * p[extra]));
                for (int c = 0; c < whole; c += Width) (Vector512.Load(p + c) * (Vector512.Load(to + c) - dot)).Store(to + c);
                Store(last * (Inside(lastSlope, rest) - dot), to + whole, rest);
                to[extra] += p[extra] * more;
            }
        });

    /// <summary>The first lanes from memory, the others a given number.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<T> Load(T* from, int count, T other)
    {
        if (count == 0) return Vector512.Create(other);
        T* buffer = stackalloc T[Width];
        Vector512.Create(other).Store(buffer);
        Unsafe.CopyBlockUnaligned(buffer, from, (uint)(count * sizeof(T)));
        return Vector512.Load(buffer);
    }

    /// <summary>The first lanes to memory.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(Vector512<T> value, T* to, int count)
    {
        if (count == 0) return;
        T* buffer = stackalloc T[Width];
        value.Store(buffer);
        Unsafe.CopyBlockUnaligned(to, buffer, (uint)(count * sizeof(T)));
    }

    /// <summary>The first lanes, the others zero.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<T> Inside(Vector512<T> value, int count) =>
        Vector512.ConditionalSelect(Vector512.LessThan(Vector512<T>.Indices, Vector512.Create(T.CreateTruncating(count))), value, Vector512<T>.Zero);
}
