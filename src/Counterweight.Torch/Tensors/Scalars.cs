using TorchSharp;
using static TorchSharp.torch;

namespace Counterweight.Torch;

/// <summary>
/// Operations of a tensor and a number. A number that an operator converts becomes a native object which nothing holds while LibTorch reads it, so that a
/// garbage collection at that moment frees it ('Unknown scalar type'); here it lives until the operation is over. Some of TorchSharp's own operations of
/// tensors alone do the same inside, among them a + b, square() and add_: they too go through here (a test reads the compiled code for such calls).
/// </summary>
internal static class Scalars
{
    private static readonly Scalar One = 1;

    /// <summary>x + y.</summary>
    public static Tensor Sum(this Tensor x, Tensor y) => x.add(y, One);

    /// <summary>x + y, in the memory of x.</summary>
    public static Tensor Add(this Tensor x, Tensor y) => x.add_(y, One);

    /// <summary>x^2.</summary>
    public static Tensor Squared(this Tensor x) => x.mul(x);

    /// <summary>x + number.</summary>
    public static Tensor Plus(this Tensor x, double number)
    {
        using Scalar scalar = number;
        return x.add(scalar, One);
    }

    /// <summary>x number.</summary>
    public static Tensor Times(this Tensor x, double number)
    {
        using Scalar scalar = number;
        return x.mul(scalar);
    }

    /// <summary>x / number.</summary>
    public static Tensor Over(this Tensor x, double number)
    {
        using Scalar scalar = number;
        return x.div(scalar);
    }

    /// <summary>number - x.</summary>
    public static Tensor From(this Tensor x, double number)
    {
        using Tensor negative = x.neg();
        return negative.Plus(number);
    }

    /// <summary>x^number.</summary>
    public static Tensor ToPower(this Tensor x, double number)
    {
        using Scalar scalar = number;
        return x.pow(scalar);
    }

    /// <summary>max(x, number).</summary>
    public static Tensor AtLeast(this Tensor x, double number)
    {
        using Scalar scalar = number;
        return x.clamp_min(scalar);
    }

    /// <summary>min(x, number).</summary>
    public static Tensor AtMost(this Tensor x, double number)
    {
        using Scalar scalar = number;
        return x.clamp_max(scalar);
    }

    /// <summary>Whether numbers equal an integer.</summary>
    public static Tensor Is(this Tensor x, long number)
    {
        using Scalar scalar = number;
        return x.eq(scalar);
    }

    /// <summary>Whether integers differ from one.</summary>
    public static Tensor IsNot(this Tensor x, long number)
    {
        using Scalar scalar = number;
        return x.ne(scalar);
    }

    /// <summary>Whether numbers are above another.</summary>
    public static Tensor IsAbove(this Tensor x, double number)
    {
        using Scalar scalar = number;
        return x.gt(scalar);
    }

    /// <summary>Whether numbers are another or above it.</summary>
    public static Tensor IsAtLeast(this Tensor x, double number)
    {
        using Scalar scalar = number;
        return x.ge(scalar);
    }

    /// <summary>x, and the number where the mask is true.</summary>
    public static Tensor Masked(this Tensor x, Tensor mask, double number)
    {
        using Scalar scalar = number;
        return x.masked_fill(mask, scalar);
    }

    /// <summary>x with other rows added to those of an index.</summary>
    public static Tensor PlusRows(this Tensor x, Tensor index, Tensor rows)
    {
        return x.index_add(0, index, rows, One);
    }
}
