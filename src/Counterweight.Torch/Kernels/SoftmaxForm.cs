using TorchSharp;
using static TorchSharp.torch;

namespace Counterweight.Torch;

/// <summary>
/// What the losses over a softmax have in common. With u_c = scale_c (z_c - margin_y [c = y]) + offset_c and p = softmax(u), the loss of a row with
/// target y is w_y (1 - e_y) phi(log p_y) + (e_y / K) sum over c of w_c phi(log p_c).
/// </summary>
internal sealed record SoftmaxForm
{
    /// <summary>phi.</summary>
    public LogProbabilityTerm Term { get; init; } = LogarithmTerm.Instance;

    /// <summary>w_c; ones if null.</summary>
    public ClassVector? Weight { get; init; }

    /// <summary>A factor of the logits, K values or one for all; one if null.</summary>
    public double[]? Scale { get; init; }

    /// <summary>Added to the logits, K values; zero if null.</summary>
    public double[]? Offset { get; init; }

    /// <summary>Subtracted from the logit of the target, K values by target; zero if null.</summary>
    public double[]? Margin { get; init; }

    /// <summary>e_y, K values by target or one for all; zero if null.</summary>
    public double[]? Smoothing { get; init; }

    /// <summary>The factors of the seesaw loss: the logarithms of the class counts and the two exponents.</summary>
    public (double[] LogCounts, double Mitigation, double Compensation)? Seesaw { get; init; }

    /// <summary>What <see cref="InfluenceTerm"/> takes from each row, (N), in the type of the logits; null if it takes nothing. No gradient flows into
    /// it.</summary>
    public Tensor? Influence { get; init; }

    public bool Transforms => Scale is not null || Offset is not null || Margin is not null || Seesaw is not null;

    /// <summary>One loss per row in tensor operations.</summary>
    /// <param name="logits">(N, K) in 32 or 64 bits.</param>
    /// <param name="target">(N), each in 0..K-1 or ignored.</param>
    /// <param name="ignored">(N) truth values: the rows whose loss is zero.</param>
    public Tensor PerRow(Tensor logits, Tensor target, Tensor ignored)
    {
        using var scope = NewDisposeScope();
        long classes = logits.shape[1];
        Tensor safe = target.Masked(ignored, 0), column = safe.unsqueeze(1), u = logits;
        Tensor Vector(double[] values) => torch.tensor(values, dtype: logits.dtype, device: logits.device);
        if (Margin is not null) u = u.scatter_add(1, column, Vector(Margin).neg().index_select(0, safe).unsqueeze(1));
        if (Scale is not null) u = u * Vector(Scale);
        if (Offset is not null) u = u.Sum(Vector(Offset));
        if (Seesaw is (var logCounts, var mitigation, var compensation))
        {
            Tensor counts = Vector(logCounts), values = logits.detach();
            u = u.Sum((counts.unsqueeze(0) - counts.index_select(0, safe).unsqueeze(1)).AtMost(0).Times(mitigation))
                .Sum((values - values.gather(1, column)).AtLeast(0).Times(compensation));
        }

        Tensor logs = nn.functional.log_softmax(u, 1), loss = Term.Of(logs.gather(1, column).squeeze(1), Influence);
        Tensor? weight = Weight?.Like(logits);
        if (weight is not null) loss = loss * weight.index_select(0, safe);
        if (Smoothing is not null)
        {
            Tensor all = Term.Of(logs, null);
            all = (weight is null ? all : all * weight).sum(1).Over(classes);
            Tensor share = Smoothing.Length == 1 ? Vector(Smoothing) : Vector(Smoothing).index_select(0, safe);
            loss = (loss * share.From(1)).Sum(all * share);
        }

        return loss.Masked(ignored, 0).MoveToOuterDisposeScope();
    }
}
