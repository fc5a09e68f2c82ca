using System.Numerics;
using System.Numerics.Tensors;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using TorchSharp;
using static TorchSharp.torch;
using Tensor = TorchSharp.torch.Tensor;

namespace Counterweight.Torch;

/// <summary>A factor e of each element of a loss over sigmoids, a constant for the gradient; specialised by the compiler.</summary>
internal interface IElementFactor<T>
{
    /// <summary>Whether it is given a number per row instead of one per element.</summary>
    bool TakesRows { get; }

    /// <summary>The number of a row.</summary>
    T Row(long row);

    /// <summary>The factors of the lanes.</summary>
    /// <param name="at">What is known of the logits.</param>
    /// <param name="y">The labels.</param>
    /// <param name="column">The column of lane 0; the columns begin anew after the last.</param>
    /// <param name="given">The numbers of the elements, or of their rows.</param>
    Vector256<T> Of(in SigmoidParts<T> at, Vector256<T> y, int column, Vector256<T> given);

    /// <summary>The factors of lanes that lie in columns of their own.</summary>
    /// <param name="at">What is known of the logits.</param>
    /// <param name="y">The labels.</param>
    /// <param name="columns">The columns.</param>
    /// <param name="given">The numbers of the elements, or of their rows.</param>
    unsafe Vector256<T> Of(in SigmoidParts<T> at, Vector256<T> y, int* columns, Vector256<T> given);
}

/// <summary>Ones.</summary>
internal readonly struct NoFactor<T> : IElementFactor<T> where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    public bool TakesRows => false;

    public T Row(long row) => T.One;

    public Vector256<T> Of(in SigmoidParts<T> at, Vector256<T> y, int column, Vector256<T> given) => Vector256<T>.One;

    public unsafe Vector256<T> Of(in SigmoidParts<T> at, Vector256<T> y, int* columns, Vector256<T> given) => Vector256<T>.One;
}

/// <summary>What is given.</summary>
internal readonly struct GivenFactor<T> : IElementFactor<T> where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    public bool TakesRows => false;

    public T Row(long row) => T.One;

    public Vector256<T> Of(in SigmoidParts<T> at, Vector256<T> y, int column, Vector256<T> given) => given;

    public unsafe Vector256<T> Of(in SigmoidParts<T> at, Vector256<T> y, int* columns, Vector256<T> given) => given;
}

/// <summary>alpha + sigmoid(beta (i_c / r - mu)) with the sum r of the row's i; the array is repeated until a vector past the end.</summary>
internal readonly unsafe struct RebalanceFactor<T>(SigmoidKernel<T> kernel, T* inverse, T least, T alpha, T beta, T mu) : IElementFactor<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    public bool TakesRows => true;

    public T Row(long row) => T.One / (kernel.Indices != null
        ? inverse[kernel.Indices[row]]
        : T.Max(least, TensorPrimitives.Dot(
            new ReadOnlySpan<T>(kernel.Labels + (row * kernel.Columns), kernel.Columns), new ReadOnlySpan<T>(inverse, kernel.Columns))));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector256<T> Of(in SigmoidParts<T> at, Vector256<T> y, int column, Vector256<T> given) => Of(Vector256.Load(inverse + column) * given);

    public Vector256<T> Of(in SigmoidParts<T> at, Vector256<T> y, int* columns, Vector256<T> given)
    {
        T* own = stackalloc T[Vector256<T>.Count];
        for (int j = 0; j < Vector256<T>.Count; j++) own[j] = inverse[columns[j]];
        return Of(Vector256.Load(own) * given);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private Vector256<T> Of(Vector256<T> share) => Vector256.Create(alpha) + VectorMath.Falling((Vector256.Create(mu) - share) * beta);
}

/// <summary>Bins of |s(x) - y|.</summary>
internal static class Harmonics
{
    /// <summary>How many bins a table in registers has at most.</summary>
    public const int MostInRegisters = 32;

    /// <summary>Numbers of 0..1 as places in so many bins, to be truncated.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<T> Places<T>(Vector256<T> residual, T bins) where T : unmanaged, IBinaryFloatingPointIeee754<T> =>
        Vector256.MinNative(residual * bins, Vector256.Create(bins - T.One));
}

/// <summary>A number by the bin of |s(x) - y|.</summary>
internal readonly unsafe struct HarmonisedFactor<T>(T* table, T bins) : IElementFactor<T> where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    public bool TakesRows => false;

    public T Row(long row) => T.One;

    public Vector256<T> Of(in SigmoidParts<T> at, Vector256<T> y, int column, Vector256<T> given)
    {
        Vector256<T> places = Harmonics.Places(Vector256.Abs(at.P - y), bins);
        T* buffer = stackalloc T[Vector256<T>.Count];
        for (int j = 0; j < Vector256<T>.Count; j++) buffer[j] = table[int.CreateTruncating(places[j])];
        return Vector256.Load(buffer);
    }

    public Vector256<T> Of(in SigmoidParts<T> at, Vector256<T> y, int* columns, Vector256<T> given) => Of(at, y, 0, given);
}

/// <summary>As <see cref="HarmonisedFactor{T}"/>, in single precision and of at most 32 bins, whose table is padded to that.</summary>
internal readonly unsafe struct PermutedFactor<T>(float* table, float bins) : IElementFactor<T> where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    public bool TakesRows => false;

    public T Row(long row) => T.One;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector256<T> Of(in SigmoidParts<T> at, Vector256<T> y, int column, Vector256<T> given)
    {
        // A permutation looks at the lower three bits of a place; the fourth and the fifth choose among the quarters of the table.
        Vector256<int> places = Vector256.ConvertToInt32Native(Harmonics.Places(Vector256.Abs(at.P - y).AsSingle(), bins));
        Vector256<float> fourth = (places << 28).AsSingle();
        Vector256<float> low = Avx.BlendVariable(
            Avx2.PermuteVar8x32(Vector256.Load(table), places), Avx2.PermuteVar8x32(Vector256.Load(table + 8), places), fourth);
        Vector256<float> high = Avx.BlendVariable(
            Avx2.PermuteVar8x32(Vector256.Load(table + 16), places), Avx2.PermuteVar8x32(Vector256.Load(table + 24), places), fourth);
        return Avx.BlendVariable(low, high, (places << 27).AsSingle()).As<float, T>();
    }

    public Vector256<T> Of(in SigmoidParts<T> at, Vector256<T> y, int* columns, Vector256<T> given) => Of(at, y, 0, given);
}

/// <summary>The factors in tensor operations, and the kernel's form of them.</summary>
internal abstract class SigmoidWeights
{
    /// <summary>The factors, of the shape of the logits.</summary>
    /// <param name="logits">(N, L), without a gradient.</param>
    /// <param name="target">Labels (N, L) or indices (N).</param>
    /// <param name="indices">Which of them.</param>
    public abstract Tensor Of(Tensor logits, Tensor target, bool indices);

    /// <summary>Runs a kernel with them.</summary>
    public abstract void Run<T>(SigmoidKernel<T> kernel, SigmoidTerm term) where T : unmanaged, IBinaryFloatingPointIeee754<T>;
}

/// <summary>The weights of the distribution-balanced loss.</summary>
internal sealed unsafe class RebalancedWeights(double[] inverse, double alpha, double beta, double mu) : SigmoidWeights
{
    public override Tensor Of(Tensor logits, Tensor target, bool indices)
    {
        Tensor frequencies = torch.tensor(inverse, dtype: logits.dtype, device: logits.device);
        Tensor row = indices ? frequencies.index_select(0, target) : target.matmul(frequencies).AtLeast(inverse.Min());
        return (frequencies / row.unsqueeze(1)).Plus(-mu).Times(beta).sigmoid().Plus(alpha);
    }

    public override void Run<T>(SigmoidKernel<T> kernel, SigmoidTerm term)
    {
        // Only quotients of them count, which single precision can hold where the smallest counts are far below the largest too.
        double largest = inverse.Max();
        double[] scaled = [.. inverse.Select(i => i / largest)];
        T* values = Native.Cyclic<T>(scaled, scaled.Length);
        term.Run(kernel, new RebalanceFactor<T>(
            kernel, values, T.CreateTruncating(scaled.Min()), T.CreateTruncating(alpha), T.CreateTruncating(beta), T.CreateTruncating(mu)));
        NativeMemory.AlignedFree(values);
    }
}

/// <summary>The weights of the gradient-harmonised loss, of one batch: elements / (bins in use x elements of the bin); with class indices one K-th of that, so
/// that a row's sum is the mean over its classes.</summary>
/// <param name="bins">How many bins the gradient norm has.</param>
/// <param name="momentum">The share of the past in the density.</param>
/// <param name="density">The density so far, in 64 bits, which the batch moves; null for none.</param>
internal sealed unsafe class HarmonisedWeights(int bins, double momentum, Tensor? density) : SigmoidWeights
{
    private double[]? table;

    public override Tensor Of(Tensor logits, Tensor target, bool indices)
    {
        Tensor p = sigmoid(logits), y = indices ? nn.functional.one_hot(target, logits.shape[1]).to(p.dtype) : target;
        Tensor bin = (p - y).abs().Times(bins).AtMost(bins - 1).to(ScalarType.Int64).reshape(-1);
        if (table is null)
        {
            using Tensor ones = torch.ones([bin.numel()], dtype: ScalarType.Float64, device: bin.device),
                none = torch.zeros([bins], dtype: ScalarType.Float64, device: bin.device);
            using Tensor counts = none.scatter_add(0, bin, ones).cpu();
            Settle([.. counts.data<double>().ToArray().Select(n => (long)n)], indices ? logits.shape[1] : 1);
        }

        return torch.tensor(table!, dtype: logits.dtype, device: logits.device).index_select(0, bin).reshape(logits.shape);
    }

    public override void Run<T>(SigmoidKernel<T> kernel, SigmoidTerm term)
    {
        if (table is null) Settle(kernel.Density(bins), kernel.Indices == null ? 1 : kernel.Columns);
        T* values = Native.Padded<T>(table, bins);
        if (typeof(T) == typeof(float) && bins <= Harmonics.MostInRegisters && Avx2.IsSupported) term.Run(kernel, new PermutedFactor<T>((float*)values, bins));
        else term.Run(kernel, new HarmonisedFactor<T>(values, T.CreateTruncating(bins)));
        NativeMemory.AlignedFree(values);
    }

    /// <summary>Makes the table of weights from the elements of each bin, and moves the density so far.</summary>
    /// <param name="now">The elements of each bin.</param>
    /// <param name="share">What the weights are divided by.</param>
    private void Settle(long[] now, long share)
    {
        double[] counted = [.. now.Select(n => (double)n)];
        if (density is not null)
        {
            using Tensor before = density.cpu();
            double[] moved = before.data<double>().ToArray();
            for (int b = 0; b < bins; b++)
            {
                // A bin that is new starts at what it has; others move towards it.
                if (now[b] > 0) counted[b] = moved[b] = moved[b] == 0 ? now[b] : (moved[b] * momentum) + (now[b] * (1 - momentum));
            }

            using Tensor after = torch.tensor(moved, dtype: ScalarType.Float64);
            density.copy_(after);
        }

        double all = now.Sum(), used = now.Count(n => n > 0);
        table = new double[bins];
        for (int b = 0; b < bins; b++) table[b] = now[b] == 0 ? 0 : all / (counted[b] * used * share);
    }
}
