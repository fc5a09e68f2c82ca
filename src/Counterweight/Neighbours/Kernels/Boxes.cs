using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Counterweight;

/// <summary>How far boxes are: what tells the search which leaves it need not look into.</summary>
internal static unsafe class Boxes
{
    /// <summary>The squared (or, if <paramref name="absolute"/>, absolute) distance from a point to a box; 0 inside.</summary>
    /// <param name="point">The point, <paramref name="padded"/> values.</param>
    /// <param name="low">The box's lower corner.</param>
    /// <param name="high">The box's upper corner.</param>
    /// <param name="padded">The number of columns, a multiple of 8; the padding is 0 everywhere.</param>
    /// <param name="absolute">Whether the distance is the sum of absolute differences.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static float Distance(float* point, float* low, float* high, int padded, bool absolute)
    {
        Vector256<float> sum = Vector256<float>.Zero;
        for (int j = 0; j < padded; j += 8)
        {
            Vector256<float> x = Vector256.Load(point + j);
            Vector256<float> gap = Vector256.Max(Vector256.Max(Vector256.Load(low + j) - x, x - Vector256.Load(high + j)), Vector256<float>.Zero);
            sum = absolute ? sum + gap : sum + (gap * gap);
        }

        return Vector256.Sum(sum);
    }

    /// <summary>The squared (or absolute) distance between two boxes; 0 where they meet.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static float Between(float* low, float* high, float* otherLow, float* otherHigh, int padded, bool absolute)
    {
        Vector256<float> sum = Vector256<float>.Zero;
        for (int j = 0; j < padded; j += 8)
        {
            Vector256<float> gap = Vector256.Max(
                Vector256.Max(Vector256.Load(otherLow + j) - Vector256.Load(high + j), Vector256.Load(low + j) - Vector256.Load(otherHigh + j)),
                Vector256<float>.Zero);
            sum = absolute ? sum + gap : sum + (gap * gap);
        }

        return Vector256.Sum(sum);
    }
}
