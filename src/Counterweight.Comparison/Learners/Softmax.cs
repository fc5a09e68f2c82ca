using System.Numerics.Tensors;

namespace Counterweight.Comparison;

/// <summary>Logits to probabilities.</summary>
internal static class Softmax
{
    /// <summary>exp(z_c - max z) / sum, in place, for one row.</summary>
    internal static void InPlace(Span<double> row)
    {
        TensorPrimitives.Subtract(row, TensorPrimitives.Max<double>(row), row);
        TensorPrimitives.Exp<double>(row, row);
        TensorPrimitives.Divide(row, TensorPrimitives.Sum<double>(row), row);
    }
}
