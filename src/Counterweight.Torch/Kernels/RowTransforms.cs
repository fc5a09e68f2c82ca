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
    Vector512<T> At(Vector512<T> z, int first, int target, T targetLogit);

    /// <summary>The transformed logit of the target.</summary>
    T Target(T z, int target);

    /// <summary>d u_c / d z_c for the lanes.</summary>
    Vector512<T> Slope(Vector512<T> gradient, int first);

    /// <summary>d u_c / d z_c of one class.</summary>
    T Slope(int target);
}

/// <summary>u = z.</summary>
internal readonly struct NoTransform<T> : IRowTransform<T> where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector512<T> At(Vector512<T> z, int first, int target, T targetLogit) => z;

    public T Target(T z, int target) => z;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector512<T> Slope(Vector512<T> gradient, int first) => gradient;

    public T Slope(int target) => T.One;
}

/// <summary>u = scale z + offset, with the margin taken from the target's logit first. The arrays are padded by a vector.</summary>
internal readonly unsafe struct AffineTransform<T>(T* scale, T* offset, T* margin) : IRowTransform<T> where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector512<T> At(Vector512<T> z, int first, int target, T targetLogit)
    {
        if (margin != null)
        {
            Vector512<T> isTarget = Vector512.Equals(Vector512<T>.Indices, Vector512.Create(T.CreateTruncating(target - first)));
            z -= Vector512.ConditionalSelect(isTarget, Vector512.Create(margin[target]), Vector512<T>.Zero);
        }

        return (z * Vector512.Load(scale + first)) + Vector512.Load(offset + first);
    }

    public T Target(T z, int target) => ((z - (margin == null ? T.Zero : margin[target])) * scale[target]) + offset[target];

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector512<T> Slope(Vector512<T> gradient, int first) => gradient * Vector512.Load(scale + first);

    public T Slope(int target) => scale[target];
}

/// <summary>u_c = z_c + p min(0, log n_c - log n_y) + q max(0, z_c - z_y), the last two terms constants for the gradient. The array is padded by a vector.</summary>
internal readonly unsafe struct SeesawTransform<T>(T* logCounts, T mitigation, T compensation) : IRowTransform<T> where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector512<T> At(Vector512<T> z, int first, int target, T targetLogit)
    {
        Vector512<T> fewer = Vector512.MinNative(Vector512.Load(logCounts + first) - Vector512.Create(logCounts[target]), Vector512<T>.Zero);
        Vector512<T> likelier = Vector512.MaxNative(z - Vector512.Create(targetLogit), Vector512<T>.Zero);
        return z + (fewer * mitigation) + (likelier * compensation);
    }

    public T Target(T z, int target) => z;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector512<T> Slope(Vector512<T> gradient, int first) => gradient;

    public T Slope(int target) => T.One;
}
