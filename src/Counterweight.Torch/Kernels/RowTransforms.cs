using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Counterweight.Torch;

/// <summary>What a softmax loss does to the logits of a row before the softmax; specialised by the compiler.</summary>
internal interface IRowTransform<T> where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>The transformed lanes.</summary>
    /// <param name="z">Logits of the classes from <paramref name="first"/> on.</param>
    /// <param name="first">The class of lane 0.</param>
    /// <param name="target">The target of the row.</param>
    /// <param name="targetLogit">The target's logit.</param>
    Vector256<T> At(Vector256<T> z, int first, int target, T targetLogit);

    /// <summary>The transformed logit of the target.</summary>
    T Target(T z, int target);

    /// <summary>d u_c / d z_c for the lanes.</summary>
    Vector256<T> Slope(Vector256<T> gradient, int first);

    /// <summary>d u_c / d z_c of one class.</summary>
    T Slope(int target);
}

/// <summary>u = z.</summary>
internal readonly struct NoTransform<T> : IRowTransform<T> where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector256<T> At(Vector256<T> z, int first, int target, T targetLogit) => z;

    public T Target(T z, int target) => z;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector256<T> Slope(Vector256<T> gradient, int first) => gradient;

    public T Slope(int target) => T.One;
}

/// <summary>u = scale z + offset, with the margin taken from the target's logit first. The arrays are padded by a vector.</summary>
internal readonly unsafe struct AffineTransform<T>(T* scale, T* offset, T* margin) : IRowTransform<T> where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector256<T> At(Vector256<T> z, int first, int target, T targetLogit)
    {
        if (margin != null)
        {
            Vector256<T> isTarget = Vector256.Equals(Vector256<T>.Indices, Vector256.Create(T.CreateTruncating(target - first)));
            z -= Vector256.ConditionalSelect(isTarget, Vector256.Create(margin[target]), Vector256<T>.Zero);
        }

        return (z * Vector256.Load(scale + first)) + Vector256.Load(offset + first);
    }

    public T Target(T z, int target) => ((z - (margin == null ? T.Zero : margin[target])) * scale[target]) + offset[target];

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector256<T> Slope(Vector256<T> gradient, int first) => gradient * Vector256.Load(scale + first);

    public T Slope(int target) => scale[target];
}

/// <summary>u_c = z_c + p min(0, log n_c - log n_y) + q max(0, z_c - z_y), the last two terms constants for the gradient. The array is padded by a
/// vector.</summary>
internal readonly unsafe struct SeesawTransform<T>(T* logCounts, T mitigation, T compensation) : IRowTransform<T> where T : unmanaged,
    IBinaryFloatingPointIeee754<T>
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector256<T> At(Vector256<T> z, int first, int target, T targetLogit)
    {
        Vector256<T> fewer = Vector256.MinNative(Vector256.Load(logCounts + first) - Vector256.Create(logCounts[target]), Vector256<T>.Zero);
        Vector256<T> likelier = Vector256.MaxNative(z - Vector256.Create(targetLogit), Vector256<T>.Zero);
        return z + (fewer * mitigation) + (likelier * compensation);
    }

    public T Target(T z, int target) => z;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector256<T> Slope(Vector256<T> gradient, int first) => gradient;

    public T Slope(int target) => T.One;
}
