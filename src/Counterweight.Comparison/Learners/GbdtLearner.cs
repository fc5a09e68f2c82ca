using Counterweight.LightGbm;

namespace Counterweight.Comparison;

/// <summary>Gradient boosted trees by LightGBM, with as many rounds as held-out rows ask for.</summary>
/// <remarks>
/// A stratified 15% of the training rows is held out to find the number of rounds: boosting stops when the loss on them, weighted as in training, has not
/// improved for <see cref="Patience"/> rounds. Where the rows are resampled, the held-out ones are original rows, weighted to the class shares of training:
/// rows made from others are easily predicted from those, and boosting on them would go on for hundreds of rounds. The model is then grown on all rows with
/// the best number, so that no rare row is lost. Where a class has fewer than <see cref="SmallestHoldout"/> rows to hold out, the number is
/// <see cref="FixedRounds"/>; one of several models of an ensemble learns twice as fast and takes <see cref="MemberSteps"/> over its learning rate. The inner
/// fits of a tuned decision take the number over from the model of all rows. A sampler becomes row multiplicities over
/// <see cref="LinearLearner.SampledEpochs"/> epochs. Weights multiply the loss of a row, whichever it is: a loss with class weights of its own is multiplied
/// too, as by weights per sample in PyTorch. Categories are split as sets, and missing numbers go to the side of a split that suits them. The same seed gives
/// the same trees at any number of threads.
/// </remarks>
public sealed class GbdtLearner : ILearner, ISampledLearner
{
    /// <summary>How many rounds without improvement end the search for the number of rounds.</summary>
    public const int Patience = 10;

    /// <summary>The fewest held-out rows of a class by which the number of rounds is chosen.</summary>
    public const int SmallestHoldout = 3;

    /// <summary>The number of rounds where too few rows can be held out.</summary>
    public const int FixedRounds = 100;

    /// <summary>Rounds times learning rate of a model that is one of several of an ensemble: it is grown at twice the usual rate, and without a search for the
    /// number of rounds.</summary>
    public const double MemberSteps = 5;

    /// <summary>Fewer rows than this get small trees; LightGBM's own small steps would take more rounds to the same place.</summary>
    private const int FewRows = 10_000;

    private const int LeavesOfFewRows = 15;
    private const double LearningRate = 0.1;

    /// <summary>The most bins of a column below <see cref="ManyRows"/>: as good as 255 there, and a leaf of few rows has fewer places to look at.</summary>
    private const int MostBins = 63;

    private const int ManyRows = 100_000;
    private const int MostRounds = 500;
    private const double ValidationShare = 0.15;

    /// <inheritdoc/>
    public string Name => "gbdt";

    /// <inheritdoc/>
    public bool NeedsFilledIn => false;

    /// <inheritdoc/>
    public string? Lacks => LightGbmLibrary.Problem;

    /// <inheritdoc/>
    public string? Refuses(TrainingPlan plan)
    {
        ArgumentNullException.ThrowIfNull(plan);
        if (plan.Native is not null && plan.Counts.Classes != 2)
            return $"{plan.Native} of {Name} is for two classes, and there are {plan.Counts.Classes}; weights:balanced is its form for more.";
        if (plan.Native is not null && plan.Weights is not null)
            return $"{plan.Native} of {Name} weights the classes itself; it cannot be combined with weights.";
        return plan.Loss is null or { Boosting: not null } ? null
            : plan.Loss.BoostingProblem is string problem ? $"loss:{plan.Loss} does not fit {Name}: {problem}"
            : $"loss:{plan.Loss} has no form for boosted trees ({Name}); there are: {string.Join(", ", BoostingObjective.Catalogue.Select(m => m.Name))}.";
    }

    /// <inheritdoc/>
    public IModel Fit(FeatureTable features, ReadOnlyMemory<int> labels, TrainingPlan plan, FitOptions options)
    {
        ArgumentNullException.ThrowIfNull(features);
        ArgumentNullException.ThrowIfNull(plan);
        ArgumentNullException.ThrowIfNull(options);
        options.Cancellation.ThrowIfCancellationRequested();
        int classes = plan.Counts.Classes;

        // LightGBM's switches act on its own loss alone.
        if (plan.Loss is not null) plan = NativeSwitch.AsWeights(plan);
        (int heavy, double factor) = plan.Native is null ? (1, 1) : plan.Native.Of(plan.Counts, plan.PositiveClass);
        LightGbmParameters parameters = LightGbmParameters.For(features.Rows, features.Columns, classes);
        parameters = parameters with
        {
            Leaves = features.Rows < FewRows ? Math.Min(parameters.Leaves, LeavesOfFewRows) : parameters.Leaves,
            LearningRate = LearningRate,
            MaxBins = features.Rows < ManyRows ? MostBins : parameters.MaxBins,
            Seed = (int)(options.Seed & int.MaxValue),
            Threads = Math.Max(1, options.Threads),
            Rounds = FixedRounds,
            IsUnbalance = plan.Native is { Kind: NativeSwitchKind.IsUnbalance },
            ScalePositiveWeight = plan.Native is not { Kind: NativeSwitchKind.IsUnbalance } && heavy == 1 ? factor : 1,

            // A column is of use if it varies at all; how many rows a leaf needs is decided when trees grow.
            Extra = new Dictionary<string, string> { ["feature_pre_filter"] = "false" },
        };
        float[]? weights = RowWeights(labels, plan, features.RowWeights, options.Seed);
        using LightGbmDataset all = Binned(features, labels.Span, weights, parameters);
        var training = new LightGbmTraining { Objective = Objective(plan, labels.Span, weights) };
        if (options.Members > 1) parameters = parameters with { LearningRate = 2 * parameters.LearningRate };
        int rounds = options.Members > 1 ? (int)Math.Round(MemberSteps / parameters.LearningRate)
            : options.Near is GbdtModel near ? near.Rounds
            : options.Original is { } original && plan.Sampler is null ? Rounds(original, plan, parameters, training, options)
            : Rounds(all, labels.Span, weights, plan, parameters, training, options);
        parameters = parameters with { Rounds = rounds };
        return new GbdtModel(LightGbmModel.Train(all, parameters, training, options.Cancellation), parameters.Threads);
    }

    SampledEpochs ISampledLearner.EpochsFor(int rows) => LinearLearner.AllEpochs;

    /// <inheritdoc/>
    public IModel Load(string folder)
    {
        string path = Path.Combine(folder, GbdtModel.FileName);
        return File.Exists(path) ? new GbdtModel(LightGbmModel.Load(path), threads: 0)
            : throw new UnusableDataException("This is no gbdt model: the file is missing. Train it again.", path);
    }

    private static int Rounds(
        LightGbmDataset all, ReadOnlySpan<int> labels, float[]? weights, TrainingPlan plan, LightGbmParameters parameters, LightGbmTraining training,
        FitOptions options)
    {
        SeededRandom random = Streams.HeldOut(options.Seed);
        (int[] larger, int[] held) = StratifiedFolds.Holdout(labels, plan.Counts.Classes, ValidationShare, options.Groups, ref random);
        int[] heldPerClass = new int[plan.Counts.Classes];
        foreach (int row in held) heldPerClass[labels[row]]++;
        if (heldPerClass.Min() < SmallestHoldout) return FixedRounds;
        using LightGbmDataset train = all.Subset(larger), validation = all.Subset(held);
        if (parameters.IsUnbalance || parameters.ScalePositiveWeight != 1)
        {
            // LightGBM's switches weight its gradients and not its metrics; without this, the held-out loss would ask for the unweighted model.
            (int heavy, double factor) = plan.Native!.Of(plan.Counts, plan.PositiveClass);
            float[] heldWeights = new float[held.Length];
            for (int i = 0; i < held.Length; i++) heldWeights[i] = (float)((weights?[held[i]] ?? 1) * (labels[held[i]] == heavy ? factor : 1));
            validation.SetWeights(heldWeights);
        }

        return BestRounds(train, validation, parameters, training, options);
    }

    /// <summary>The number of rounds by held-out rows that took no part in the resampling.</summary>
    private static int Rounds(UnresampledRows original, TrainingPlan plan, LightGbmParameters parameters, LightGbmTraining training, FitOptions options)
    {
        ReadOnlySpan<int> labels = original.Labels.Span;
        SeededRandom random = Streams.HeldOut(options.Seed);
        (int[] larger, int[] held) = StratifiedFolds.Holdout(labels, plan.Counts.Classes, ValidationShare, original.Groups, ref random);
        double[] factors = new double[plan.Counts.Classes];
        foreach (int row in held) factors[labels[row]]++;
        if (factors.Min() < SmallestHoldout || original.Resample(larger) is not var (features, codes)) return FixedRounds;
        for (int c = 0; c < factors.Length; c++) factors[c] = plan.Counts[c] / factors[c];
        double[] classWeights = plan.Weights?.ToArray() ?? [.. factors.Select(_ => 1.0)];
        (int heavy, double switched) = plan.Native is null ? (0, 1) : plan.Native.Of(plan.Counts, plan.PositiveClass);
        int[] heldLabels = Array.ConvertAll(held, r => original.Labels.Span[r]);
        FeatureTable heldFeatures = original.Features.Select(held);
        double[]? own = features.MeanOneWeights(), heldOwn = heldFeatures.MeanOneWeights();
        float[] heldWeights = [.. heldLabels.Select(
            (label, i) => (float)(factors[label] * classWeights[label] * (label == heavy ? switched : 1) * (heldOwn?[i] ?? 1)))];
        float[]? weights = plan.Weights is null && own is null ? null : [.. codes.Select((label, i) => (float)(classWeights[label] * (own?[i] ?? 1)))];
        using LightGbmDataset train = Binned(features, codes, weights, parameters);
        using LightGbmDataset validation = Binned(heldFeatures, heldLabels, heldWeights, parameters, train);
        return BestRounds(train, validation, parameters, training, options);
    }

    private static int BestRounds(
        LightGbmDataset train, LightGbmDataset validation, LightGbmParameters parameters, LightGbmTraining training, FitOptions options)
    {
        using LightGbmModel probe = LightGbmModel.Train(
            train, parameters with { Rounds = MostRounds, EarlyStoppingRounds = Patience }, training with { Validation = [new("held out", validation)] },
            options.Cancellation);
        return Math.Max(1, probe.Rounds);
    }

    /// <summary>Rows in bins of their own, or in those of others.</summary>
    private static LightGbmDataset Binned(
        FeatureTable features, ReadOnlySpan<int> labels, float[]? weights, LightGbmParameters parameters, LightGbmDataset? bins = null)
    {
        LightGbmDataset made = LightGbmDataset.FromRows(features.Matrix.Values.Span, features.Columns, new LightGbmDatasetOptions
        {
            Parameters = parameters,
            ColumnNames = features.Matrix.Names ?? [],
            CategoricalColumns = [.. Enumerable.Range(0, features.Columns).Where(c => features.Levels[c] > 0)],
            Reference = bins,
        });
        made.SetLabels(labels);
        if (weights is not null) made.SetWeights(weights);
        return made;
    }

    private static IBoostingObjective? Objective(TrainingPlan plan, ReadOnlySpan<int> labels, float[]? weights)
    {
        if (plan.Loss?.Boosting is not { IsBuiltIn: false } objective) return null;
        double[] totals = new double[plan.Counts.Classes];
        for (int i = 0; i < labels.Length; i++) totals[labels[i]] += weights?[i] ?? 1;
        return objective.For(plan.Counts, totals);
    }

    /// <summary>Class weight times multiplicity times the row's own weight, with a mean of one; null if all are one.</summary>
    private static float[]? RowWeights(ReadOnlyMemory<int> labels, TrainingPlan plan, ReadOnlyMemory<double> own, long seed)
    {
        bool swapped = plan.Native is { Kind: NativeSwitchKind.ScalePositiveWeight } && plan.PositiveClass == 0;
        if (plan.Weights is null && plan.Sampler is null && !swapped && own.IsEmpty) return null;
        var source = new RowSource(labels, plan, seed, LinearLearner.AllEpochs);
        source.RefuseSteps("gbdt");
        double[] weights = new double[labels.Length];
        if (plan.Sampler is null) Array.Fill(weights, 1);
        else
            for (int epoch = 0; epoch < LinearLearner.SampledEpochs; epoch++)
                foreach (long row in source.Epoch(epoch)) weights[row]++;
        double sum = 0, positive = swapped ? plan.Native!.Of(plan.Counts, plan.PositiveClass).Factor : 1;
        for (int i = 0; i < weights.Length; i++)
        {
            int label = labels.Span[i];
            sum += weights[i] *= source.ClassWeights[label] * (label == 0 ? positive : 1) * (own.IsEmpty ? 1 : own.Span[i]);
        }

        return [.. weights.Select(w => (float)(w * weights.Length / sum))];
    }

    private sealed class GbdtModel(LightGbmModel model, int threads) : IModel, IDescribedModel
    {
        internal const string FileName = "gbdt.txt";

        internal int Rounds => model.Rounds;

        public double[] Predict(FeatureTable features)
        {
            if (features.Matrix.Names is { } names) model.CheckColumns(names);
            else if (features.Columns != model.ColumnNames.Count)
                throw new UnusableDataException($"The model was trained on {model.ColumnNames.Count} columns, and there are {features.Columns}.");
            double[] probabilities = model.PredictProbabilities(features.Matrix.Values.Span, threads);
            if (model.Link == BoostingLink.OneVersusRest) Normalise(probabilities, model.Classes);
            return probabilities;
        }

        public ModelForm Describe() => new BoostedForm(model.ReadTrees(), model.Outputs, model.Link, model.Steepness, model.Classes)
        {
            Text = model.ToText,
        };

        public void Save(string folder) => model.Save(Path.Combine(folder, FileName));

        public void Dispose() => model.Dispose();

        /// <summary>One sigmoid per class becomes shares of one.</summary>
        private static void Normalise(Span<double> probabilities, int classes)
        {
            for (; probabilities.Length > 0; probabilities = probabilities[classes..])
            {
                double sum = 0;
                foreach (double p in probabilities[..classes]) sum += p;
                foreach (ref double p in probabilities[..classes]) p = sum > 0 ? p / sum : 1.0 / classes;
            }
        }
    }
}
