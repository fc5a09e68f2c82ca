using Counterweight.Torch;
using static TorchSharp.torch;

namespace Counterweight.Comparison;

/// <summary>The loss of a plan: cross entropy, or one of <see cref="Loss.Catalogue"/>; and how its logits become probabilities.</summary>
internal sealed class TrainingLoss : IDisposable
{
    private readonly ClassificationLoss? loss;

    private TrainingLoss(ClassificationLoss? loss) => this.loss = loss;

    /// <summary>Makes the loss that a plan asks for.</summary>
    internal static TrainingLoss For(TrainingPlan plan) => new(plan.Loss is null ? null : Loss.Catalogue.Create(plan.Loss)(plan.Counts));

    /// <summary>The loss by name, as a saved model remembers it.</summary>
    internal static TrainingLoss For(string? loss, long[] counts) => new(loss is null ? null : Loss.Catalogue.Create(loss)(ClassCounts.From(counts)));

    /// <summary>Why a learner cannot use a plan's loss; null if it can.</summary>
    internal static string? Refuses(TrainingPlan plan, bool hasFeatures)
    {
        if (plan.Loss is null) return null;
        if (!Loss.Catalogue.Contains(plan.Loss.Split('(')[0])) return $"loss:{plan.Loss} has no form for this learner.";
        if (plan.Weights is not null) return $"loss:{plan.Loss} brings its own treatment of the classes; combine it with a sampler or a decision, not with weights.";
        using TrainingLoss made = For(plan);
        return made.loss!.NeedsFeatures && !hasFeatures ? $"loss:{plan.Loss} needs the hidden features of a network; use mlp." : null;
    }

    /// <summary>Whether the loss is made for logits that are cosines, as margins on a sphere are.</summary>
    internal bool PrefersCosines => loss?.PrefersCosineClassifier ?? false;

    /// <summary>Tells a loss that keeps state whether a batch is for training or only judged.</summary>
    internal void Judging(bool judging)
    {
        if (judging) loss?.eval();
        else loss?.train();
    }

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
