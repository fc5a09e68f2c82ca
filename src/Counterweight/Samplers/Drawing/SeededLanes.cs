using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Counterweight;

/// <summary>Eight streams of <see cref="SeededRandom"/> side by side in vector registers: many random bits at a time, the same on every machine.</summary>
/// <remarks>Lane l of stream s gives the numbers of <c>new SeededRandom(seed, 8 s + l)</c>.</remarks>
internal ref struct SeededLanes
{
    internal const int Count = 8;
    private Vector512<ulong> s0, s1, s2, s3;

    internal SeededLanes(long seed, long stream)
    {
        Unsafe.SkipInit(out Buffer a);
        Unsafe.SkipInit(out Buffer b);
        Unsafe.SkipInit(out Buffer c);
        Unsafe.SkipInit(out Buffer d);
        for (int lane = 0; lane < Count; lane++)
            (a[lane], b[lane], c[lane], d[lane]) = Unsafe.BitCast<SeededRandom, (ulong, ulong, ulong, ulong)>(new SeededRandom(seed, stream * Count + lane));
        s0 = Vector512.Create<ulong>(a);
        s1 = Vector512.Create<ulong>(b);
        s2 = Vector512.Create<ulong>(c);
        s3 = Vector512.Create<ulong>(d);
    }

    /// <summary>Fills a span, whose length is a multiple of <see cref="Count"/>, eight numbers at a time.</summary>
    internal void Fill(Span<ulong> destination)
    {
        Vector512<ulong> a = s0, b = s1, c = s2, d = s3;
        for (int i = 0; i <= destination.Length - Count; i += Count)
        {
            Vector512<ulong> sum = a + d;
            ((Vector512.ShiftLeft(sum, 23) | Vector512.ShiftRightLogical(sum, 41)) + a).CopyTo(destination[i..]);
            Vector512<ulong> t = Vector512.ShiftLeft(b, 17);
            c ^= a;
            d ^= b;
            b ^= c;
            a ^= d;
            c ^= t;
            d = Vector512.ShiftLeft(d, 45) | Vector512.ShiftRightLogical(d, 19);
        }

        (s0, s1, s2, s3) = (a, b, c, d);
    }

    [InlineArray(Count)]
    private struct Buffer
    {
        private ulong item;
    }
}
