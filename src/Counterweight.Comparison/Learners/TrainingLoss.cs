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
        ClassificationLoss? made = plan.Loss?.Network!(plan.Counts);
        if (plan.Weights is not null || plan.Counts.IsWeighted) made?.KeepRows();
        return new(made);
    }

    /// <summary>The loss that a model was trained with.</summary>
    internal static TrainingLoss For(PlannedLoss? loss, long[] counts) => new(loss?.Network!(ClassCounts.From(counts)));

    /// <summary>The loss by name, as a saved model remembers it.</summary>
    /// <exception cref="InvalidDataException">There is no such loss for networks.</exception>
    internal static PlannedLoss? Read(string? name)
    {
        if (string.IsNullOrEmpty(name)) return null;
        try
        {
            PlannedLoss loss = PlannedLoss.Parse(name);
            return loss.Network is null ? throw new InvalidDataException($"loss:{name} has no form for it.") : loss;
        }
        catch (Exception unknown) when (unknown is FormatException or ArgumentException)
        {
            throw new InvalidDataException(unknown.Message, unknown);
        }
    }

    /// <summary>Why a learner cannot use a plan's loss; null if it can.</summary>
    internal static string? Refuses(TrainingPlan plan, string learner, bool hasFeatures, bool hasEpochs = true)
    {
        if (plan.Native is { Kind: not NativeSwitchKind.ScalePositiveWeight })
            return $"{plan.Native} is a switch of gradient boosting; weights:balanced is its form for {learner}.";
        if (plan.Loss is null) return null;
        if (plan.Loss.Network is null) return $"loss:{plan.Loss} is for gbdt, and has no form for {learner}.";
        if (!hasEpochs && plan.Loss.Call.Stated.FirstOrDefault(p => p.NeedsSteps) is ParameterDefinition step)
            return $"loss:{plan.Loss}: '{step.Name}' is about the steps of a training, and {learner} fits all rows at once; leave it out, or use mlp.";
        TrainingLoss forClasses;
        try
        {
            forClasses = new(plan.Loss.Network(plan.Counts));
        }
        catch (ArgumentException unfit)
        {
            return $"loss:{plan.Loss} does not fit these classes, for {learner} or any other: {unfit.Message}";
        }
        catch (DllNotFoundException missing)
        {
            // The tool's package comes without LibTorch; a comparison goes on with what needs none.
            return $"loss:{plan.Loss} needs LibTorch with {learner}. {missing.Message}";
        }

        using TrainingLoss made = forClasses;
        if (made.loss!.NeedsFeatures && !hasFeatures) return $"loss:{plan.Loss} needs the hidden features of a network, and {learner} has none; use mlp.";
        return made.loss.IsPerRow || (plan.Weights is null && plan.Native is null && !plan.Counts.IsWeighted) ? null
            : $"loss:{plan.Loss} looks at all rows of a batch together, so that {learner} cannot weight its rows; combine it with a sampler or a decision, "
            + $"not with weights of classes or rows.";
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

    /// <summary>What <see cref="Probabilities"/> computes.</summary>
    internal LogitLink Link => loss?.Link is var (scale, sigmoids) ? new(scale, sigmoids) : LogitLink.Softmax;

    public void Dispose() => loss?.Dispose();

    private Tensor PerRow(Tensor logits, Tensor target) =>
        loss is null ? nn.functional.cross_entropy(logits, target, reduction: nn.Reduction.None) : loss.forward(logits, target);
}
