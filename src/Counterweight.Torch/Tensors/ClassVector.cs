using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Runtime.InteropServices;
using TorchSharp;
using static TorchSharp.torch;

namespace Counterweight.Torch;

/// <summary>One number per class, given as <see cref="ClassWeights"/>, as an array, or as a tensor of shape (K).</summary>
/// <remarks>Converts by itself from each of these, so that a loss takes any of them. Arrays and class weights follow the logits to their device and type;
/// a tensor has to have the type and the device of the logits.</remarks>
/// <example>
/// <code>
/// ClassCounts counts = ClassCounts.From([900, 100]);
/// Tensor a = Losses.CrossEntropy(logits, target, weight: ClassWeights.Balanced(counts));
/// Tensor b = Losses.CrossEntropy(logits, target, weight: new[] { 1.0, 9.0 });
/// </code>
/// </example>
public sealed class ClassVector
{
    private readonly double[]? values;
    private readonly Tensor? tensor;

    private ClassVector(double[] values) => this.values = values;

    private ClassVector(Tensor tensor) => this.tensor = tensor;

    /// <summary>The number of classes K.</summary>
    public long Length => values?.Length ?? tensor!.numel();

    /// <summary>Takes the weights of classes.</summary>
    /// <param name="weights">The weights.</param>
    [return: NotNullIfNotNull(nameof(weights))]
    public static implicit operator ClassVector?(ClassWeights? weights) => weights is null ? null : new([.. weights.AsSpan()]);

    /// <summary>Takes one number per class.</summary>
    /// <param name="values">K finite numbers, copied.</param>
    [return: NotNullIfNotNull(nameof(values))]
    public static implicit operator ClassVector?(double[]? values) => values is null ? null : new([.. values]);

    /// <summary>Takes a tensor of shape (K); it is not copied and stays its owner's.</summary>
    /// <param name="tensor">The tensor.</param>
    [return: NotNullIfNotNull(nameof(tensor))]
    public static implicit operator ClassVector?(Tensor? tensor) => tensor is null ? null : new(tensor);

    /// <summary>The named form of the conversion.</summary>
    /// <param name="weights">The weights.</param>
    public static ClassVector FromClassWeights(ClassWeights weights) => weights!;

    /// <summary>The named form of the conversion.</summary>
    /// <param name="values">K finite numbers, copied.</param>
    public static ClassVector FromDoubleArray(double[] values) => values!;

    /// <summary>The named form of the conversion.</summary>
    /// <param name="tensor">The tensor.</param>
    public static ClassVector FromTensor(Tensor tensor) => tensor!;

    /// <summary>A vector that owns its numbers, for modules, which outlive the scope of a tensor.</summary>
    internal ClassVector Detached() => values is not null ? this : new(Values());

    /// <summary>The numbers in managed memory.</summary>
    internal double[] Values()
    {
        if (values is not null) return values;
        if (tensor!.device_type == DeviceType.CPU && tensor.is_contiguous())
        {
            if (tensor.dtype == ScalarType.Float64) return MemoryMarshal.Cast<byte, double>(tensor.bytes).ToArray();
            if (tensor.dtype == ScalarType.Float32)
            {
                double[] widened = new double[tensor.numel()];
                System.Numerics.Tensors.TensorPrimitives.ConvertChecked<float, double>(MemoryMarshal.Cast<byte, float>(tensor.bytes), widened);
                return widened;
            }
        }

        using var scope = NewDisposeScope();
        return tensor.detach().to(ScalarType.Float64).cpu().contiguous().data<double>().ToArray();
    }

    /// <summary>The numbers as a tensor of the type and on the device of another; a new tensor or the user's own.</summary>
    internal Tensor Like(Tensor other) => tensor is not null && tensor.dtype == other.dtype ? tensor : tensor is not null ? tensor.to(other.dtype)
        : torch.tensor(values!, dtype: other.dtype, device: other.device);

    /// <summary>Checks the length, the type and the device, and that the numbers in managed memory are finite and not negative.</summary>
    internal void Check(Tensor logits, long classes, string parameter)
    {
        if (tensor is null)
        {
            if (values!.Length != classes) throw WrongLength();
            for (int c = 0; c < values.Length; c++)
                if (!(values[c] >= 0 && double.IsFinite(values[c])))
                    throw new ArgumentException(
                        string.Create(CultureInfo.InvariantCulture, $"{parameter} of class {c} is {values[c]}; it must be a finite number of zero or more."),
                        parameter);
            return;
        }

        if (tensor.ndim != 1 || tensor.numel() != classes) throw WrongLength();
        if (tensor.dtype != logits.dtype)
            throw new ArgumentException($"{parameter} has the type {tensor.dtype} and the logits {logits.dtype}; give both the same, or give {parameter} "
                + $"as an array.", parameter);
        if (tensor.device_type != logits.device_type || tensor.device_index != logits.device_index)
            throw new ArgumentException($"{parameter} is on {tensor.device} and the logits are on {logits.device}; move one of them.", parameter);

        ArgumentException WrongLength() => new(
            $"{parameter} has shape ({string.Join(", ", tensor?.shape ?? [values!.Length])}), but logits of shape ({string.Join(", ", logits.shape)}) have "
            + $"{classes} classes; give one number per class.", parameter);
    }
}
