namespace Counterweight.Comparison;

/// <summary>A model with what training made it believe of the class shares.</summary>
/// <param name="Model">The model.</param>
/// <param name="Plan">How it was trained.</param>
/// <param name="EffectivePrior">Class shares after weights, sampling, resampling and loss, K values; null if they are not known.</param>
internal sealed record TrainedModel(IModel Model, TrainingPlan Plan, double[]? EffectivePrior) : IDisposable
{
    public void Dispose() => Model.Dispose();
}

/// <summary>Carries out the training parts of a remedy on prepared rows.</summary>
internal static class Trainer
{
    /// <summary>The plan of a remedy for labels.</summary>
    internal static TrainingPlan Plan(Remedy remedy, ReadOnlySpan<int> labels, IReadOnlyList<string> classNames, int positiveClass, CostMatrix? costs)
    {
        long[] counts = new long[classNames.Count];
        foreach (int label in labels) counts[label]++;
        return remedy.Apply(new TrainingPlan { Counts = ClassCounts.From(counts, classNames), PositiveClass = positiveClass, Costs = costs });
    }

    /// <summary>Whether the features must be filled in for a learner and a plan.</summary>
    internal static bool NeedsFilledIn(ILearner learner, TrainingPlan plan) =>
        learner.NeedsFilledIn || plan.Resampler is { Value.AcceptsMissing: false }
        || plan.Ensemble is { Value.NeedsFilledIn: true };

    /// <summary>Why a learner, or the ensemble of it, cannot do what a plan asks; null if it can.</summary>
    internal static string? Refuses(ILearner learner, TrainingPlan plan) =>
        plan.Ensemble?.Value.Refuses(learner, plan) ?? learner.Refuses(plan);

    /// <summary>Resamples if the plan says so, then fits the learner or the ensemble.</summary>
    internal static TrainedModel Fit(
        ILearner learner, Remedy remedy, TrainingPlan plan, FeatureTable features, ReadOnlyMemory<int> labels, FitOptions options)
    {
        if (plan.Resampler is not null)
        {
            (FeatureTable Features, int[] Labels) Resample(IResampler resampler, FeatureTable some, ReadOnlySpan<int> codes)
            {
                Resampled<float> made = resampler.Resample(some.Matrix, codes, plan.Counts.Classes, options.Seed, options.Threads);
                return (some.With(made.Rows), made.Labels);
            }

            IResampler resampler = plan.Resampler.Value;
            (FeatureTable Features, ReadOnlyMemory<int> Labels) given = (features, labels);
            (FeatureTable Features, int[] Labels) resampled;
            try
            {
                resampled = Resample(resampler, features, labels.Span);
            }
            catch (Exception unfit) when (unfit is ArgumentException or UnusableDataException)
            {
                throw new RemedyRefusedException($"resample:{plan.Resampler} cannot be done on these rows: {unfit.Message}", unfit);
            }

            options = options with
            {
                Groups = null,
                Original = new UnresampledRows(given.Features, given.Labels, options.Groups, rows =>
                {
                    try
                    {
                        return Resample(resampler, given.Features.Select(rows), Array.ConvertAll(rows, r => given.Labels.Span[r]));
                    }
                    catch (Exception few) when (few is ArgumentException or UnusableDataException)
                    {
                        return null;
                    }
                }),
            };
            (features, labels) = resampled;
            plan = Plan(remedy, resampled.Labels, plan.Counts.Labels, plan.PositiveClass, plan.Costs);
        }

        IModel model = plan.Ensemble is null
            ? learner.Fit(features, labels, plan, options)
            : plan.Ensemble.Value.Fit(learner, features, labels, plan, options);
        return new TrainedModel(model, plan, EffectivePrior(learner, plan, labels, options.Seed));
    }

    private static double[]? EffectivePrior(ILearner learner, TrainingPlan plan, ReadOnlyMemory<int> labels, long seed) => plan.PriorAfter(
        plan.Sampler is null || plan.UnknownPrior is not null ? null
        : new RowSource(labels, plan, seed, (learner as ISampledLearner)?.EpochsFor(labels.Length) ?? new(1, 0)).DrawnShare);
}
