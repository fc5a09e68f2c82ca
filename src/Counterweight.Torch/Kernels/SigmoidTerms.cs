using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using TorchSharp;
using static TorchSharp.torch;

namespace Counterweight.Torch;

/// <summary>What every loss over sigmoids is made of: the quantities of a logit x, from one exponential and one logarithm.</summary>
/// <param name="X">x.</param>
/// <param name="P">sigmoid(x).</param>
/// <param name="Q">1 - sigmoid(x), not by subtraction.</param>
/// <param name="Log">log(1 + e^-|x|), what both logarithms have in common.</param>
internal readonly record struct SigmoidParts<T>(Vector256<T> X, Vector256<T> P, Vector256<T> Q, Vector256<T> Log)
{
    /// <summary>-log sigmoid(x).</summary>
    public Vector256<T> LossOfOne
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => Log - Vector256.MinNative(Vector256<T>.Zero, X);
    }

    /// <summary>-log(1 - sigmoid(x)).</summary>
    public Vector256<T> LossOfZero
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => Log + Vector256.MaxNative(Vector256<T>.Zero, X);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static SigmoidParts<T> Of(Vector256<T> x)
    {
        Vector256<T> small = VectorMath.ExpOfNegative(-Vector256.Abs(x)), large = VectorMath.Inverse(Vector256<T>.One + small), other = small * large;
        Vector256<T> positive = Vector256.GreaterThanOrEqual(x, Vector256<T>.Zero);
        return new(x, Vector256.ConditionalSelect(positive, large, other), Vector256.ConditionalSelect(positive, other, large), VectorMath.Log1P(small));
    }
}

/// <summary>A loss of a logit whose label is one, and of a logit whose label is zero, each with its derivative; specialised by the compiler.</summary>
internal interface ISigmoidTerm<T>
{
    (Vector256<T> Loss, Vector256<T> Slope) One(in SigmoidParts<T> at);

    (Vector256<T> Loss, Vector256<T> Slope) Zero(in SigmoidParts<T> at);
}

/// <summary>The loss in tensor operations, and the kernel's form of it.</summary>
internal abstract class SigmoidTerm
{
    /// <summary>The loss of logits whose label is one.</summary>
    public abstract Tensor One(Tensor x);

    /// <summary>The loss of logits whose label is zero.</summary>
    public abstract Tensor Zero(Tensor x);

    /// <summary>Runs a kernel with the specialised form.</summary>
    public abstract void Run<T, TFactor>(SigmoidKernel<T> kernel, TFactor factor) where T : unmanaged, IBinaryFloatingPointIeee754<T> where TFactor : struct,
        IElementFactor<T>;
}

/// <summary>-log sigmoid(x) and -log(1 - sigmoid(x)).</summary>
internal sealed class BinaryLogarithmTerm : SigmoidTerm
{
    public static BinaryLogarithmTerm Instance { get; } = new();

    public override Tensor One(Tensor x) => nn.functional.logsigmoid(x).neg();

    public override Tensor Zero(Tensor x) => nn.functional.logsigmoid(x.neg()).neg();

    public override void Run<T, TFactor>(SigmoidKernel<T> kernel, TFactor factor) => kernel.Run(default(Form<T>), factor);

    internal readonly struct Form<T> : ISigmoidTerm<T> where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public (Vector256<T> Loss, Vector256<T> Slope) One(in SigmoidParts<T> at) => (at.LossOfOne, -at.Q);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public (Vector256<T> Loss, Vector256<T> Slope) Zero(in SigmoidParts<T> at) => (at.LossOfZero, at.P);
    }
}

/// <summary>(1 - p)^gamma (-log p) for ones and p_m^gamma' (-log(1 - p_m)) with p_m = max(p - clip, 0) for zeros: the focal loss and the asymmetric
/// one.</summary>
internal sealed class AsymmetricTerm(double gammaOfOnes, double gammaOfZeros, double clip) : SigmoidTerm
{
    private const double Tiny = 1e-37;

    public override Tensor One(Tensor x) => gammaOfOnes == 0 ? nn.functional.logsigmoid(x).neg()
        : nn.functional.logsigmoid(x.neg()).Times(gammaOfOnes).exp() * nn.functional.logsigmoid(x).neg();

    public override Tensor Zero(Tensor x)
    {
        if (clip == 0) return gammaOfZeros == 0 ? nn.functional.logsigmoid(x.neg()).neg()
            : nn.functional.logsigmoid(x).Times(gammaOfZeros).exp() * nn.functional.logsigmoid(x.neg()).neg();
        Tensor p = sigmoid(x).Plus(-clip).AtLeast(0), loss = sigmoid(x.neg()).Plus(clip).AtMost(1).log().neg();
        return gammaOfZeros == 0 ? loss : p.AtLeast(Tiny).ToPower(gammaOfZeros) * loss;
    }

    public override void Run<T, TFactor>(SigmoidKernel<T> kernel, TFactor factor) =>
        kernel.Run(new Form<T>(T.CreateTruncating(gammaOfOnes), T.CreateTruncating(gammaOfZeros), T.CreateTruncating(clip)), factor);

    private readonly struct Form<T>(T gammaOfOnes, T gammaOfZeros, T clip) : ISigmoidTerm<T> where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public (Vector256<T> Loss, Vector256<T> Slope) One(in SigmoidParts<T> at)
        {
            // d/dx of q^g L with L = -log p: q' = -p q and L' = -q.
            Vector256<T> power = Power(at.Q, at.LossOfZero, gammaOfOnes), loss = power * at.LossOfOne;
            return (loss, -((loss * at.P * gammaOfOnes) + (power * at.Q)));
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public (Vector256<T> Loss, Vector256<T> Slope) Zero(in SigmoidParts<T> at)
        {
            if (clip == T.Zero)
            {
                Vector256<T> factor = Power(at.P, at.LossOfOne, gammaOfZeros), plain = factor * at.LossOfZero;
                return (plain, (plain * at.Q * gammaOfZeros) + (factor * at.P));
            }

            // With p_m = p - c above zero: p_m' = p q and (-log(1 - p_m))' = p q / (1 - p_m).
            Vector256<T> p = at.P - Vector256.Create(clip), rest = at.Q + Vector256.Create(clip), change = at.P * at.Q;
            if (gammaOfZeros == T.CreateTruncating(4))
            {
                // Where p_m is zero, its powers and log 1 make both results zero.
                p = Vector256.MaxNative(Vector256<T>.Zero, p);
                rest = Vector256.MinNative(Vector256<T>.One, rest);
                Vector256<T> minus = -VectorMath.Log(rest), square = p * p, cube = square * p, fourth = square * square;
                return (fourth * minus, change * VectorMath.MultiplyAdd(cube * gammaOfZeros, minus, VectorMath.Divide(fourth, rest)));
            }

            Vector256<T> inside = Vector256.GreaterThan(p, Vector256<T>.Zero);
            p = Vector256.ConditionalSelect(inside, p, Vector256<T>.One);
            rest = Vector256.ConditionalSelect(inside, rest, Vector256<T>.One);
            Vector256<T> minusLog = -VectorMath.Log(rest), below = Power(p, -VectorMath.Log(p), gammaOfZeros - T.One), power = below * p;
            Vector256<T> slope = change * ((below * minusLog * gammaOfZeros) + VectorMath.Divide(power, rest));
            return (Vector256.ConditionalSelect(inside, power * minusLog, Vector256<T>.Zero), Vector256.ConditionalSelect(inside, slope, Vector256<T>.Zero));
        }

        /// <summary>v^g, given -log v.</summary>
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private static Vector256<T> Power(Vector256<T> value, Vector256<T> minusLog, T exponent)
        {
            if (exponent == T.Zero) return Vector256<T>.One;
            if (exponent == T.One) return value;
            if (exponent == T.CreateTruncating(2)) return value * value;
            if (exponent == T.CreateTruncating(3)) return value * value * value;
            if (exponent == T.CreateTruncating(4)) return value * value * (value * value);
            return VectorMath.Exp(minusLog * -exponent);
        }
    }
}

/// <summary>-log sigmoid(x + b) for ones and (1 / lambda) (-log(1 - sigmoid(lambda (x + b)))) for zeros; the offsets b are added before.</summary>
internal sealed class TolerantTerm(double lambda) : SigmoidTerm
{
    public override Tensor One(Tensor x) => nn.functional.logsigmoid(x).neg();

    public override Tensor Zero(Tensor x) => nn.functional.logsigmoid(x.Times(-lambda)).Times(-1 / lambda);

    public override void Run<T, TFactor>(SigmoidKernel<T> kernel, TFactor factor) => kernel.Run(new Form<T>(T.CreateTruncating(lambda)), factor);

    private readonly struct Form<T>(T lambda) : ISigmoidTerm<T> where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public (Vector256<T> Loss, Vector256<T> Slope) One(in SigmoidParts<T> at) => (at.LossOfOne, -at.Q);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public (Vector256<T> Loss, Vector256<T> Slope) Zero(in SigmoidParts<T> at)
        {
            SigmoidParts<T> scaled = SigmoidParts<T>.Of(at.X * lambda);
            return (scaled.LossOfZero * (T.One / lambda), scaled.P);
        }
    }
}
