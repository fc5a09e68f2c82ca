using Counterweight.LightGbm;
using Counterweight.Torch;
using static TorchSharp.torch;

namespace Counterweight.Comparison;

/// <summary>The loss of a plan: cross entropy, or one of <see cref="Loss.Catalogue"/>; and how its logits become probabilities.</summary>
/// <remarks>
/// With class weights the loss of a batch is the mean over its rows of weight times row loss, as with <c>reduction="none"</c> in PyTorch. A loss that has
/// class weights of its own keeps them; the two are multiplied.
/// </remarks>
internal sealed class TrainingLoss : IDisposable
{
    private readonly ClassificationLoss? loss;

    private TrainingLoss(ClassificationLoss? loss) => this.loss = loss;

    /// <summary>Makes the loss that a plan asks for.</summary>
    internal static TrainingLoss For(TrainingPlan plan)
    {
        ClassificationLoss? made = plan.Loss is null ? null : Loss.Catalogue.Create(plan.Loss)(plan.Counts);
        if (plan.Weights is not null) made?.KeepRows();
        return new(made);
    }

    /// <summary>The loss by name, as a saved model remembers it.</summary>
    internal static TrainingLoss For(string? loss, long[] counts) => new(loss is null ? null : Loss.Catalogue.Create(loss)(ClassCounts.From(counts)));

    /// <summary>Why a learner cannot use a plan's loss; null if it can.</summary>
    internal static string? Refuses(TrainingPlan plan, string learner, bool hasFeatures)
    {
        if (plan.Native is not null && NativeSwitch.NameOf(plan) != NativeSwitch.ScalePositiveWeight)
            return $"{plan.Native} is a switch of gradient boosting; weights:balanced is its form for {learner}.";
        if (plan.Loss is null) return null;
        if (!Loss.Catalogue.Contains(plan.Loss.Split('(')[0]))
            return BoostingObjective.Catalogue.Contains(plan.Loss.Split('(')[0]) ? $"loss:{plan.Loss} is for gbdt, and has no form for {learner}."
                : $"loss:{plan.Loss} has no form for {learner}.";
        using TrainingLoss made = For(plan with { Weights = null });
        if (made.loss!.NeedsFeatures && !hasFeatures) return $"loss:{plan.Loss} needs the hidden features of a network, and {learner} has none; use mlp.";
        return made.loss.IsPerRow || (plan.Weights is null && plan.Native is null) ? null
            : $"loss:{plan.Loss} looks at all rows of a batch together, so that {learner} cannot weight its rows; combine it with a sampler or a decision, "
            + $"not with weights.";
    }

    /// <summary>Whether the loss is made for logits that are cosines, as margins on a sphere are.</summary>
    internal bool PrefersCosines => loss?.PrefersCosineClassifier ?? false;

    /// <summary>Tells a loss that keeps state whether a batch is for training or only judged.</summary>
    internal void Judging(bool judging)
    {
        if (judging) loss?.eval();
        else loss?.train();
    }

    /// <summary>The first epoch of which the loss can be compared with that of later ones: where a schedule has come to its end, the last at the
    /// latest.</summary>
    internal int SettledFrom(int epochs) => loss is null ? 0 : Math.Clamp((int)Math.Round(loss.SettledAfter * epochs), 0, epochs - 1);

    /// <summary>Tells a loss with a schedule which epoch begins.</summary>
    internal void BeginEpoch(int epoch, int epochs) => loss?.BeginEpoch(epoch, epochs);

    /// <summary>Gives a loss that asks for them the last hidden features of the batch.</summary>
    internal void UseFeatures(Tensor features)
    {
        if (loss is { NeedsFeatures: true }) loss.UseFeatures(features);
    }

    /// <summary>One number for a batch: the mean over rows of weight times loss.</summary>
    /// <param name="logits">(N, K).</param>
    /// <param name="target">N codes.</param>
    /// <param name="weights">N row weights, or null for ones.</param>
    internal Tensor Mean(Tensor logits, Tensor target, Tensor? weights)
    {
        Tensor perRow = PerRow(logits, target);
        if (perRow.numel() != target.numel()) return perRow.mean();
        return (weights is null ? perRow : perRow * weights).mean();
    }

    /// <summary>Logits to probabilities as the loss means them.</summary>
    internal Tensor Probabilities(Tensor logits) => loss is null ? logits.softmax(1) : loss.Probabilities(logits);

    public void Dispose() => loss?.Dispose();

    private Tensor PerRow(Tensor logits, Tensor target) =>
        loss is null ? nn.functional.cross_entropy(logits, target, reduction: nn.Reduction.None) : loss.forward(logits, target);
}
