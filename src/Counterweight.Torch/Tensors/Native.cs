using System.Numerics;
using System.Numerics.Tensors;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using TorchSharp;
using static TorchSharp.torch;
using Tensor = TorchSharp.torch.Tensor;

namespace Counterweight.Torch;

/// <summary>The memory of tensors, for kernels.</summary>
internal static unsafe class Native
{
    [ThreadStatic]
    private static bool composedOnly;

    /// <summary>Whether a kernel can run over this tensor.</summary>
    public static bool CanFuse(Tensor tensor) =>
        !composedOnly && tensor.device_type == DeviceType.CPU && tensor.dtype is ScalarType.Float32 or ScalarType.Float64;

    /// <summary>Runs a computation in tensor operations alone on this thread: how other devices compute it. For tests and benchmarks.</summary>
    public static TResult Composed<TResult>(Func<TResult> compute)
    {
        (bool before, composedOnly) = (composedOnly, true);
        try
        {
            return compute();
        }
        finally
        {
            composedOnly = before;
        }
    }

    /// <summary>The first element of a contiguous tensor in the memory of the CPU; valid while the tensor lives. Null if it has no elements.</summary>
    public static T* Pointer<T>(Tensor tensor) where T : unmanaged
    {
        long bytes = tensor.numel() * sizeof(T);
        if (bytes == 0) return null;
        if (bytes <= int.MaxValue) return (T*)Unsafe.AsPointer(ref MemoryMarshal.GetReference(tensor.bytes));
        using Tensor flat = tensor.view(-1), first = flat.narrow(0, 0, 1);
        return (T*)Unsafe.AsPointer(ref MemoryMarshal.GetReference(first.bytes));
    }

    /// <summary>A new scalar, made without a native one of LibTorch's, which could be finalised while it is read.</summary>
    public static Tensor Scalar(double value, ScalarType type)
    {
        Tensor tensor = torch.empty([], dtype: type);
        if (type == ScalarType.Float32) *Pointer<float>(tensor) = (float)value;
        else *Pointer<double>(tensor) = value;
        return tensor;
    }

    /// <summary>Multiplies a contiguous (N, ...) tensor of 32 or 64 bits in place by one number, by one per row or by one per element.</summary>
    public static void Scale(Tensor tensor, Tensor factor)
    {
        using Tensor contiguous = factor.contiguous();
        if (tensor.dtype == ScalarType.Float32) Scale(Pointer<float>(tensor), tensor.numel(), Pointer<float>(contiguous), contiguous.numel());
        else Scale(Pointer<double>(tensor), tensor.numel(), Pointer<double>(contiguous), contiguous.numel());
    }

    private static void Scale<T>(T* values, long count, T* factors, long length) where T : unmanaged, INumber<T>
    {
        if (count == 0 || (length == 1 && *factors == T.One)) return;
        const int Chunk = 1 << 16;
        long each = count / length;
        ChunkLoop.Run((int)((count + Chunk - 1) / Chunk), count < 2 * Chunk ? 1 : get_num_threads(), chunk =>
        {
            long first = (long)chunk * Chunk, end = Math.Min(count, first + Chunk);
            while (first < end)
            {
                int run = (int)(each == 1 ? end - first : Math.Min(end, ((first / each) + 1) * each) - first);
                var part = new Span<T>(values + first, run);
                if (each == 1) TensorPrimitives.Multiply(part, new ReadOnlySpan<T>(factors + first, run), part);
                else TensorPrimitives.Multiply(part, factors[first / each], part);
                first += run;
            }
        });
    }

    /// <summary>A new array with a vector's width of zeros behind the values, to be freed with <see cref="NativeMemory.AlignedFree"/>.</summary>
    public static T* Padded<T>(double[]? values, int length, double missing = 0) where T : unmanaged, INumberBase<T>
    {
        var memory = (T*)NativeMemory.AlignedAlloc((nuint)((length + 64) * sizeof(T)), 64);
        for (int i = 0; i < length; i++) memory[i] = T.CreateTruncating(values is null ? missing : values[values.Length == 1 ? 0 : i]);
        new Span<T>(memory + length, 64).Clear();
        return memory;
    }

    /// <summary>A new array of the values over and over until a vector's width past the end, to be freed with <see cref="NativeMemory.AlignedFree"/>.</summary>
    public static T* Cyclic<T>(double[]? values, int length) where T : unmanaged, INumberBase<T>
    {
        var memory = (T*)NativeMemory.AlignedAlloc((nuint)((length + 64) * sizeof(T)), 64);
        for (int i = 0; i < length + 64; i++) memory[i] = T.CreateTruncating(values is null ? 1 : values[values.Length == 1 ? 0 : i % length]);
        return memory;
    }
}
