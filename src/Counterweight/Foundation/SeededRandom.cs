using System.Numerics;
using System.Runtime.CompilerServices;

namespace Counterweight;

/// <summary>
/// A small, fast random generator that gives the same numbers for the same (seed, stream) on every machine,
/// .NET version and number of threads.
/// </summary>
/// <remarks>
/// <para>xoshiro256++ (Blackman and Vigna, 2021, "Scrambled linear pseudorandom number generators"), its state filled by
/// SplitMix64 (Steele, Lea and Flood, 2014). Parallel code gives every block of work its own <c>stream</c>, so that the result
/// does not depend on which thread does which block.</para>
/// <para>A mutable struct: pass it by <c>ref</c>. Not for cryptography.</para>
/// </remarks>
/// <example>
/// <code>
/// var random = new SeededRandom(seed: 0, stream: 7);
/// double u = random.NextDouble();   // in [0, 1)
/// long i = random.NextInt64(10);    // in 0..9
/// </code>
/// </example>
public struct SeededRandom
{
    private ulong s0, s1, s2, s3;

    /// <summary>Creates the generator of one stream of a seed.</summary>
    /// <param name="seed">The user's seed.</param>
    /// <param name="stream">Which of the 2^64 independent streams of the seed.</param>
    public SeededRandom(long seed, long stream = 0)
    {
        ulong state = Mix((ulong)seed + 0x9E3779B97F4A7C15UL) ^ Mix((ulong)stream * 0xD1342543DE82EF95UL + 0x2545F4914F6CDD1DUL);
        s0 = NextSplit(ref state);
        s1 = NextSplit(ref state);
        s2 = NextSplit(ref state);
        s3 = NextSplit(ref state);
    }

    /// <summary>Returns 64 random bits.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public ulong NextUInt64()
    {
        ulong result = BitOperations.RotateLeft(s0 + s3, 23) + s0;
        ulong t = s1 << 17;
        s2 ^= s0;
        s3 ^= s1;
        s1 ^= s2;
        s0 ^= s3;
        s2 ^= t;
        s3 = BitOperations.RotateLeft(s3, 45);
        return result;
    }

    /// <summary>Returns a number in [0, 1) with 53 random bits.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public double NextDouble() => (NextUInt64() >> 11) * (1.0 / (1UL << 53));

    /// <summary>Returns a number in (0, 1], which has a finite logarithm.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public double NextPositiveDouble() => ((NextUInt64() >> 11) + 1) * (1.0 / (1UL << 53));

    /// <summary>Returns an unbiased whole number in 0..<paramref name="exclusiveMaximum"/>-1 (Lemire, 2019).</summary>
    /// <param name="exclusiveMaximum">The number of possible results; at least 1.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public long NextInt64(long exclusiveMaximum)
    {
        ulong range = (ulong)exclusiveMaximum;
        ulong high = Math.BigMul(NextUInt64(), range, out ulong low);
        if (low < range)
        {
            ulong threshold = (0UL - range) % range;
            while (low < threshold) high = Math.BigMul(NextUInt64(), range, out low);
        }

        return (long)high;
    }

    /// <summary>Returns an unbiased whole number in 0..<paramref name="exclusiveMaximum"/>-1.</summary>
    /// <param name="exclusiveMaximum">The number of possible results; at least 1.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public int NextInt32(int exclusiveMaximum) => (int)NextInt64(exclusiveMaximum);

    /// <summary>Returns a normally distributed number with mean 0 and variance 1 (Marsaglia's polar method, 1964).</summary>
    public double NextGaussian()
    {
        while (true)
        {
            double u = 2 * NextDouble() - 1, v = 2 * NextDouble() - 1, s = u * u + v * v;
            if (s is > 0 and < 1) return u * Math.Sqrt(-2 * Math.Log(s) / s);
        }
    }

    /// <summary>Puts the items of a span into a random order (Fisher and Yates; Durstenfeld, 1964).</summary>
    /// <param name="items">The items, reordered in place.</param>
    /// <typeparam name="T">The type of an item.</typeparam>
    public void Shuffle<T>(Span<T> items)
    {
        for (int i = items.Length - 1; i > 0; i--)
        {
            int j = NextInt32(i + 1);
            (items[i], items[j]) = (items[j], items[i]);
        }
    }

    private static ulong NextSplit(ref ulong state) => Mix(state += 0x9E3779B97F4A7C15UL);

    private static ulong Mix(ulong z)
    {
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9UL;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EBUL;
        return z ^ (z >> 31);
    }
}
