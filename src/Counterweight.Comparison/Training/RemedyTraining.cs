using System.Diagnostics;
using Counterweight.Data;

namespace Counterweight.Comparison;

/// <summary>A model with what training made it believe of the class shares.</summary>
/// <param name="Model">The model.</param>
/// <param name="Plan">How it was trained.</param>
/// <param name="EffectivePrior">Class shares after weights, sampling, resampling and loss, K values; null if they are not known.</param>
internal sealed record TrainedModel(IModel Model, TrainingPlan Plan, double[]? EffectivePrior) : IDisposable
{
    public void Dispose() => Model.Dispose();
}

/// <summary>One fit, whole: the plan of a remedy, resampling, training, and the scores of rows apart. Comparisons and saved models
/// train by it.</summary>
internal static class RemedyTraining
{
    /// <summary>The plan of a remedy for labels.</summary>
    /// <param name="remedy">The remedy.</param>
    /// <param name="labels">The codes of the training rows.</param>
    /// <param name="classNames">The K labels.</param>
    /// <param name="positiveClass">The code of the positive class.</param>
    /// <param name="costs">What errors cost, if that is known.</param>
    /// <param name="weights">A weight per training row; empty where all count the same.</param>
    internal static TrainingPlan Plan(
        Remedy remedy, ReadOnlySpan<int> labels, IReadOnlyList<string> classNames, int positiveClass, CostMatrix? costs,
        ReadOnlyMemory<double> weights = default)
    {
        long[] counts = new long[classNames.Count];
        foreach (int label in labels) counts[label]++;
        ClassCounts found = ClassCounts.From(counts, classNames);
        if (!weights.IsEmpty) found = found.WithWeights(labels, weights.Span);
        return remedy.Apply(new TrainingPlan { Counts = found, PositiveClass = positiveClass, Costs = costs });
    }

    /// <summary>Whether the features must be filled in for a learner and a plan.</summary>
    internal static bool NeedsFilledIn(ILearner learner, TrainingPlan plan) =>
        learner.NeedsFilledIn || plan.Resampler is { Value.AcceptsMissing: false }
        || plan.Ensemble is { Value.NeedsFilledIn: true };

    /// <summary>Why a learner, or the ensemble of it, cannot do what a plan asks; null if it can.</summary>
    internal static string? Refuses(ILearner learner, TrainingPlan plan) =>
        plan is { Ensemble: { Value.TakesRowWeights: false } ensemble, Counts.IsWeighted: true }
            ? $"ensemble:{ensemble} says that it has no form for row weights; weights, samplers and decisions have one."
            : plan.Ensemble?.Value.Refuses(learner, plan) ?? learner.Refuses(plan);

    /// <summary>Resamples if the plan says so, then fits the learner or the ensemble.</summary>
    internal static TrainedModel Fit(
        ILearner learner, Remedy remedy, TrainingPlan plan, FeatureTable features, ReadOnlyMemory<int> labels, FitOptions options)
    {
        RefuseTexts(plan, features);
        if (plan.Resampler is not null)
        {
            (FeatureTable Features, int[] Labels) Resample(IResampler resampler, FeatureTable some, ReadOnlySpan<int> codes)
            {
                Resampled<float> made = resampler.Resample(some.Matrix, codes, plan.Counts.Classes, options.Seed, options.Threads);
                int[] sources = some.HasText ? Array.ConvertAll(made.SourceRows, r => (int)r) : [];
                FeatureTable table = some.With(made.Rows) with
                {
                    RowWeights = WeightsOfMade(some.RowWeights.Span, codes, made),
                    Texts = [.. some.Texts.Select(t => t.Select(sources))],
                };
                return (table, made.Labels);
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
                throw new RemedyRefusedException(
                    $"resample:{plan.Resampler} cannot be done on these rows: {DatasetResampling.WithNames(plan.Counts.Labels, unfit.Message)}", unfit);
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
            plan = Plan(remedy, resampled.Labels, plan.Counts.Labels, plan.PositiveClass, plan.Costs, features.RowWeights);
        }

        if (plan.Ensemble is not null) (features, labels, options) = ForEnsemble(features, labels, plan.Counts.Classes, options);
        TextSelection? selection = null;
        if (features.HasText && (learner is not ITextLearner || plan.Ensemble?.Value is BalancedForest))
        {
            selection = TextSelection.Fit(features, labels.Span, plan.Counts.Classes);
            features = selection.Apply(features);
            options = Selected(options, selection);
        }

        IModel model = plan.Ensemble is null
            ? learner.Fit(features, labels, plan, options)
            : plan.Ensemble.Value.Fit(learner, features, labels, plan, options);
        if (selection is not null) model = new SelectedTextModel(selection, model);
        return new TrainedModel(model, plan, EffectivePrior(learner, plan, labels, options.Seed));
    }

    /// <summary>Fits on the training rows of a fold and scores its test rows.</summary>
    internal static FitScores Score(
        ILearner learner, Remedy training, TrainingPlan plan, FoldFeatures fold, FitOptions fit, int innerFolds)
    {
        long started = Stopwatch.GetTimestamp();
        bool filledIn = NeedsFilledIn(learner, plan);
        (FeatureTable train, FeatureTable test) = fold.Features(filledIn);
        fit = fit with { Bins = fold.Bins(filledIn) };
        TrainedModel trained = Fit(learner, training, plan, train, fold.TrainLabels, fit);
        try
        {
            double[] probabilities = trained.Model.Predict(test);
            double seconds = Stopwatch.GetElapsedTime(started).TotalSeconds;
            return new FitScores(probabilities, trained.EffectivePrior, seconds, new(() =>
            {
                long inner = Stopwatch.GetTimestamp();
                (_, double[] tuning) = OutOfFold(
                    learner, training, train, fold.TrainLabels, plan, innerFolds, fit with { Near = trained.Model });
                return (tuning, Stopwatch.GetElapsedTime(inner).TotalSeconds);
            }), trained);
        }
        catch
        {
            trained.Dispose();
            throw;
        }
    }

    /// <summary>Probabilities of the training rows from models that have not seen them.</summary>
    internal static (int[] Truth, double[] Probabilities) OutOfFold(
        ILearner learner, Remedy remedy, FeatureTable train, int[] labels, TrainingPlan plan, int innerFolds, FitOptions fit)
    {
        int classes = plan.Counts.Classes;
        int folds = StratifiedFolds.MostFolds(labels, classes, fit.Groups, innerFolds);
        if (folds < 2)
            throw new RemedyRefusedException($"Class '{plan.Counts.Labels[plan.Counts.Rarest]}' has too few rows{(fit.Groups is null ? "" : " or groups")} to "
                + $"tune a decision on rows that the model has not seen; two per fold are the least.");
        double[] probabilities = new double[labels.Length * classes];
        foreach (Fold inner in StratifiedFolds.Split(labels, plan.Counts.Labels, folds, 1, Streams.InnerSeed(fit.Seed, 0), fit.Groups))
        {
            int[] innerLabels = [.. inner.Train.Select(i => labels[i])];
            FeatureTable innerTrain = train.Select(inner.Train);
            TrainingPlan innerPlan = Plan(remedy, innerLabels, plan.Counts.Labels, plan.PositiveClass, plan.Costs, innerTrain.RowWeights);
            FitOptions own = fit with
            {
                Seed = Streams.InnerSeed(fit.Seed, inner.Index + 1),
                Groups = fit.Groups is null ? null : Array.ConvertAll(inner.Train, i => fit.Groups[i]),
                Bins = fit.Bins?.Part(innerTrain.Matrix, $"part {inner.Index} of {folds} by {fit.Seed}"),
            };
            using TrainedModel trained = Fit(learner, remedy, innerPlan, innerTrain, innerLabels, own);
            double[] part = trained.Model.Predict(train.Select(inner.Test));
            for (int i = 0; i < inner.Test.Length; i++)
                part.AsSpan(i * classes, classes).CopyTo(probabilities.AsSpan(inner.Test[i] * classes, classes));
        }

        return (labels, probabilities);
    }

    /// <summary>Refuses what computes with the features of rows where these are texts.</summary>
    private static void RefuseTexts(TrainingPlan plan, FeatureTable features)
    {
        if (!features.HasText) return;
        string? name = plan.Resampler is { Value.AcceptsMissing: false } ? $"resample:{plan.Resampler}"
            : plan.Ensemble is { Value: SmoteBagging or BoostedEnsemble { MakesRows: true } } ? $"ensemble:{plan.Ensemble}" : null;
        if (name is not null) throw new RemedyRefusedException($"{name} {TextRows.NoDistances(features.Texts[0].Name)}");
    }

    /// <summary>What a fit on the chosen n-grams is given.</summary>
    private static FitOptions Selected(FitOptions options, TextSelection selection) => options with
    {
        Near = (options.Near as SelectedTextModel)?.Inner,
        Original = options.Original is not { } original ? null : new UnresampledRows(
            selection.Apply(original.Features), original.Labels, original.Groups,
            rows => original.Resample(rows) is var (some, codes) ? (selection.Apply(some), codes) : null),
    };

    /// <summary>What an ensemble is given where rows weigh differently: only those that count at all, with weights whose mean is one in each class, since it
    /// balances the classes itself, by numbers of rows.</summary>
    private static (FeatureTable Features, ReadOnlyMemory<int> Labels, FitOptions Options) ForEnsemble(
        FeatureTable features, ReadOnlyMemory<int> labels, int classes, FitOptions options)
    {
        if (features.RowWeights.IsEmpty) return (features, labels, options);
        int[] counting = [.. Enumerable.Range(0, features.Rows).Where(i => features.RowWeights.Span[i] > 0)];
        int[] codes = Array.ConvertAll(counting, i => labels.Span[i]);
        FeatureTable some = features.Select(counting);
        double[] weights = some.RowWeights.ToArray(), sums = new double[classes];
        int[] counts = new int[classes];
        for (int i = 0; i < codes.Length; i++)
        {
            sums[codes[i]] += weights[i];
            counts[codes[i]]++;
        }

        for (int i = 0; i < codes.Length; i++) weights[i] *= counts[codes[i]] / sums[codes[i]];
        return (some with { RowWeights = weights }, codes,
            options with { Groups = options.Groups is not { } groups ? null : Array.ConvertAll(counting, i => groups[i]) });
    }

    /// <summary>A copied row weighs what its original does, and a made one what the rows of its class do on average.</summary>
    private static double[] WeightsOfMade(ReadOnlySpan<double> weights, ReadOnlySpan<int> labels, Resampled<float> made)
    {
        if (weights.IsEmpty) return [];
        var sums = new Dictionary<int, (double Weight, int Rows)>();
        for (int i = 0; i < labels.Length; i++)
        {
            (double weight, int rows) = sums.GetValueOrDefault(labels[i]);
            sums[labels[i]] = (weight + weights[i], rows + 1);
        }

        double[] all = new double[made.Labels.Length];
        for (int i = 0; i < all.Length; i++)
        {
            long source = made.SourceRows[i];
            all[i] = source >= 0 ? weights[(int)source] : sums[made.Labels[i]].Weight / sums[made.Labels[i]].Rows;
        }

        return all;
    }

    internal static double[]? EffectivePrior(ILearner learner, TrainingPlan plan, ReadOnlyMemory<int> labels, long seed) => plan.PriorAfter(
        plan.Sampler is null || plan.UnknownPrior is not null ? null
        : new RowSource(labels, plan, seed, (learner as ISampledLearner)?.EpochsFor(labels.Length) ?? new(1, 0)).DrawnShare);
}
