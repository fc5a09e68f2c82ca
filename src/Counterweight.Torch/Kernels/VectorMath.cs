using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Counterweight.Torch;

/// <summary>Elementary functions on vectors of 32- or 64-bit floating-point numbers, for kernels that are written once for both.</summary>
internal static class VectorMath
{
    /// <summary>e^x. In single precision within 2 units in the last place, results below 1e-38 are zero, and overflow is infinite; NaN stays NaN.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<T> Exp<T>(Vector256<T> x) =>
        typeof(T) == typeof(float) ? Exp(x.AsSingle()).As<float, T>() : Vector256.Exp(x.AsDouble()).As<double, T>();

    /// <summary>e^x for x of zero or less; in single precision results below 1.2e-38 are that. NaN stays NaN.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<T> ExpOfNegative<T>(Vector256<T> x) =>
        typeof(T) == typeof(float) ? Normal(Vector256.MaxNative(Vector256.Create(-87.33654f), x.AsSingle())).As<float, T>()
        : Vector256.Exp(x.AsDouble()).As<double, T>();

    /// <summary>The natural logarithm of a number that is positive and not subnormal.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<T> Log<T>(Vector256<T> x) =>
        typeof(T) == typeof(float) ? Log(x.AsSingle()).As<float, T>() : Vector256.Log(x.AsDouble()).As<double, T>();

    /// <summary>1 / x for x of 1e-30 to 1e30 in magnitude; in single precision within 2 units in the last place.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<T> Inverse<T>(Vector256<T> x)
    {
        if (typeof(T) != typeof(float) || !Avx512F.VL.IsSupported) return Vector256<T>.One / x;
        // One step of Newton's from the processor's estimate of 14 bits, at a half of a division's cost.
        Vector256<float> value = x.AsSingle(), estimate = Avx512F.VL.Reciprocal14(value);
        return Vector256.FusedMultiplyAdd(estimate, Vector256.FusedMultiplyAdd(-value, estimate, Vector256<float>.One), estimate).As<float, T>();
    }

    /// <summary>x / y for y of 1e-30 to 1e30 in magnitude; in single precision within 3 units in the last place.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<T> Divide<T>(Vector256<T> x, Vector256<T> y) => typeof(T) == typeof(float) && Avx512F.VL.IsSupported ? x * Inverse(y) : x / y;

    /// <summary>1 / (1 + e^x).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<T> Falling<T>(Vector256<T> x) =>
        typeof(T) == typeof(float)
            ? Inverse(Vector256<float>.One + Exp(Vector256.Min(x.AsSingle(), Vector256.Create(69f)))).As<float, T>()
            : (Vector256<double>.One / (Vector256<double>.One + Vector256.Exp(x.AsDouble()))).As<double, T>();

    /// <summary>x y + z with one rounding.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<T> MultiplyAdd<T>(Vector256<T> x, Vector256<T> y, Vector256<T> z) =>
        typeof(T) == typeof(float)
            ? Vector256.FusedMultiplyAdd(x.AsSingle(), y.AsSingle(), z.AsSingle()).As<float, T>()
            : Vector256.FusedMultiplyAdd(x.AsDouble(), y.AsDouble(), z.AsDouble()).As<double, T>();

    /// <summary>The largest integer that is not above x.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<T> Floor<T>(Vector256<T> x) =>
        typeof(T) == typeof(float) ? Vector256.Floor(x.AsSingle()).As<float, T>() : Vector256.Floor(x.AsDouble()).As<double, T>();

    /// <summary>ln(1 + x) for x in [0, 1], with its digits where x is small (Kahan's correction of the rounding of 1 + x).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<T> Log1P<T>(Vector256<T> x)
    {
        if (typeof(T) == typeof(float)) return Log1P(x.AsSingle()).As<float, T>();
        Vector256<T> sum = x + Vector256<T>.One, lost = x - (sum - Vector256<T>.One);
        return Log(sum) + (lost / sum);
    }

    /// <summary>1 - e^x for x of zero or less, with its digits where x is small: Taylor's polynomial of degree 13 above -1/4.</summary>
    public static Vector256<double> OneMinusExp(Vector256<double> x)
    {
        Vector256<double> p = Vector256.Create(1 / 6227020800.0);
        foreach (double coefficient in (ReadOnlySpan<double>)[
            1 / 479001600.0, 1 / 39916800.0, 1 / 3628800.0, 1 / 362880.0, 1 / 40320.0, 1 / 5040.0, 1 / 720.0, 1 / 120.0, 1 / 24.0, 1 / 6.0, 0.5, 1])
            p = Vector256.FusedMultiplyAdd(p, x, Vector256.Create(coefficient));
        return Vector256.ConditionalSelect(Vector256.GreaterThan(x, Vector256.Create(-0.25)), -(p * x), Vector256<double>.One - Vector256.Exp(x));
    }

    /// <summary>The largest lane; lanes are numbers.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Maximum<T>(Vector256<T> x)
    {
        Vector128<T> half = Vector128.MaxNative(x.GetLower(), x.GetUpper());
        if (typeof(T) == typeof(double))
            return Vector128.MaxNative(half, Vector128.Shuffle(half.AsDouble(), Vector128.Create(1L, 0)).As<double, T>()).ToScalar();
        Vector128<float> four = half.AsSingle();
        four = Vector128.MaxNative(four, Vector128.Shuffle(four, Vector128.Create(2, 3, 0, 1)));
        four = Vector128.MaxNative(four, Vector128.Shuffle(four, Vector128.Create(1, 0, 3, 2)));
        return four.As<float, T>().ToScalar();
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<float> Exp(Vector256<float> x)
    {
        Vector256<float> p = Vector256.ConditionalSelect(Vector256.LessThan(x, Vector256.Create(-87.33654f)), Vector256<float>.Zero, Normal(x));
        return Vector256.ConditionalSelect(Vector256.GreaterThan(x, Vector256.Create(88.37f)), Vector256.Create(float.PositiveInfinity), p);
    }

    /// <summary>e^x where that is a normal number.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<float> Normal(Vector256<float> x)
    {
        // e^x = 2^n e^r with n = round(x / ln 2) and |r| <= ln 2 / 2 (Cody and Waite's two-part ln 2); e^r = 1 + r + r^2 q(r) with the polynomial q of degree
        // 4 whose largest relative error is least, 3e-9. Added to 1.5 x 2^23, x / ln 2 is rounded to an integer that stands in the lower bits.
        Vector256<float> shifted = Vector256.FusedMultiplyAdd(x, Vector256.Create(1.44269504f), Vector256.Create(12582912f)),
            n = shifted - Vector256.Create(12582912f);
        Vector256<float> r = Vector256.FusedMultiplyAdd(n, Vector256.Create(-0.693359375f), x);
        r = Vector256.FusedMultiplyAdd(n, Vector256.Create(2.12194440e-4f), r);
        Vector256<float> p = Vector256.Create(0.0013814539415761828f);
        p = Vector256.FusedMultiplyAdd(p, r, Vector256.Create(0.00836874544620514f));
        p = Vector256.FusedMultiplyAdd(p, r, Vector256.Create(0.04166838899254799f));
        p = Vector256.FusedMultiplyAdd(p, r, Vector256.Create(0.1666652113199234f));
        p = Vector256.FusedMultiplyAdd(p, r, Vector256.Create(0.4999999403953552f));
        p = Vector256.FusedMultiplyAdd(p, r, Vector256<float>.One);
        p = Vector256.FusedMultiplyAdd(p, r, Vector256<float>.One);
        // The processor's own scaling by 2^n spares the way through the bits of the exponent.
        return Avx512F.VL.IsSupported ? Avx512F.VL.Scale(p, n) : p * ((shifted.AsInt32() << 23) + Vector256.Create(0x3f800000)).AsSingle();
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<float> Log1P(Vector256<float> x)
    {
        // ln(1 + x) / x on [0, 1] by the polynomial of degree 9 whose largest relative error is least: 5e-9, and 2e-7 with the roundings.
        Vector256<float> p = Vector256.Create(-0.003244009567424655f);
        p = Vector256.FusedMultiplyAdd(p, x, Vector256.Create(0.01985139027237892f));
        p = Vector256.FusedMultiplyAdd(p, x, Vector256.Create(-0.056959398090839386f));
        p = Vector256.FusedMultiplyAdd(p, x, Vector256.Create(0.10603640973567963f));
        p = Vector256.FusedMultiplyAdd(p, x, Vector256.Create(-0.1530558466911316f));
        p = Vector256.FusedMultiplyAdd(p, x, Vector256.Create(0.19675935804843903f));
        p = Vector256.FusedMultiplyAdd(p, x, Vector256.Create(-0.24954132735729218f));
        p = Vector256.FusedMultiplyAdd(p, x, Vector256.Create(0.3332996368408203f));
        p = Vector256.FusedMultiplyAdd(p, x, Vector256.Create(-0.4999990165233612f));
        return x * Vector256.FusedMultiplyAdd(p, x, Vector256<float>.One);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<float> Log(Vector256<float> x)
    {
        // x = 2^e m with m in [sqrt(1/2), sqrt(2)); ln m by the polynomial of the Cephes library (Moshier) in f = m - 1.
        Vector256<int> bits = x.AsInt32() - Vector256.Create(0x3f3504f3);
        Vector256<float> e = Vector256.ConvertToSingle(bits >> 23);
        Vector256<float> f = ((bits & Vector256.Create(0x007fffff)) + Vector256.Create(0x3f3504f3)).AsSingle() - Vector256<float>.One;
        Vector256<float> p = Vector256.Create(7.0376836292e-2f);
        p = Vector256.FusedMultiplyAdd(p, f, Vector256.Create(-1.1514610310e-1f));
        p = Vector256.FusedMultiplyAdd(p, f, Vector256.Create(1.1676998740e-1f));
        p = Vector256.FusedMultiplyAdd(p, f, Vector256.Create(-1.2420140846e-1f));
        p = Vector256.FusedMultiplyAdd(p, f, Vector256.Create(1.4249322787e-1f));
        p = Vector256.FusedMultiplyAdd(p, f, Vector256.Create(-1.6668057665e-1f));
        p = Vector256.FusedMultiplyAdd(p, f, Vector256.Create(2.0000714765e-1f));
        p = Vector256.FusedMultiplyAdd(p, f, Vector256.Create(-2.4999993993e-1f));
        p = Vector256.FusedMultiplyAdd(p, f, Vector256.Create(3.3333331174e-1f));
        Vector256<float> square = f * f;
        Vector256<float> y = p * f * square;
        y = Vector256.FusedMultiplyAdd(e, Vector256.Create(-2.12194440e-4f), y);
        y = Vector256.FusedMultiplyAdd(square, Vector256.Create(-0.5f), y);
        return Vector256.FusedMultiplyAdd(e, Vector256.Create(0.693359375f), f + y);
    }
}
