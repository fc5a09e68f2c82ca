using Counterweight.LightGbm;

namespace Counterweight.Comparison;

/// <summary>Gradient boosted trees by LightGBM, with as many rounds as held-out rows ask for.</summary>
/// <remarks>
/// A stratified 15% of the training rows is held out to find the number of rounds: boosting stops when their log loss has not improved for
/// <see cref="Patience"/> rounds. It is the loss of the rows as they are, with what the training made of the class shares taken out of the probabilities
/// (<see cref="HeldOutLogLoss"/>): weighted as in training, the few rows of a rare class would decide alone, and their loss turns while the model still learns.
/// Where the rows are resampled, the held-out ones are original rows: rows made from others are easily predicted from those, and boosting on them would go on
/// for hundreds of rounds. A leaf holds second derivatives of <see cref="RareRowsOfALeaf"/> rows of the heaviest class at even odds or more, so that no leaf is
/// made of one heavy row. bench/advice has what both were chosen by. The model is then grown on all rows with
/// the best number, so that no rare row is lost. Where a class has fewer than <see cref="SmallestHoldout"/> rows to hold out, the number is
/// <see cref="FixedRounds"/>; one of several models of an ensemble learns twice as fast and takes <see cref="MemberSteps"/> over its learning rate. The inner
/// fits of a tuned decision take the number over from the model of all rows. A sampler becomes row multiplicities over
/// <see cref="LinearLearner.SampledEpochs"/> epochs. Weights multiply the loss of a row, whichever it is: a loss with class weights of its own is multiplied
/// too, as by weights per sample in PyTorch. Categories are split as sets, and missing numbers go to the side of a split that suits them. The same seed gives
/// the same trees at any number of threads.
/// </remarks>
public sealed class GbdtLearner : ILearner, ISampledLearner, IForecastLearner
{
    /// <summary>How many rounds without improvement end the search for the number of rounds.</summary>
    public const int Patience = 10;

    /// <summary>
    /// How many rows of the class with the largest weight a leaf holds at least, counted by their second derivatives at even odds, a quarter of the weight
    /// each: without weights a sum of 1, the usual min_child_weight of XGBoost (Chen and Guestrin, 2016).
    /// </summary>
    public const int RareRowsOfALeaf = 4;

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
        var rows = new BoostedRows(features.Rows, features.Columns, features.RowWeights, p => Own(features, p, options.Bins));
        return Fit(rows, labels, plan, options, [], [])[0];
    }

    /// <summary>Fits on rows that are read in chunks and never all held; and, to the same number of rounds, without each of some folds of them.</summary>
    /// <param name="first">Some of the rows, which have the columns of all.</param>
    /// <param name="read">Reads them all from the first; it is called twice.</param>
    /// <param name="weights">The weight of each row; empty where all weigh the same.</param>
    /// <param name="labels">A code per row, N values in 0..K-1.</param>
    /// <param name="plan">How to train: without a resampler, a sampler or an ensemble.</param>
    /// <param name="options">Seed, threads and cancellation.</param>
    /// <param name="foldOf">The fold of each row; of no use without <paramref name="inner"/>.</param>
    /// <param name="inner">How to train on the rows that are not in a fold, fold by fold.</param>
    /// <returns>The model of all rows, and one for each fold that has not seen it.</returns>
    internal IReadOnlyList<IModel> Fit(
        FeatureTable first, Func<IEnumerable<FeatureTable>> read, ReadOnlyMemory<double> weights, ReadOnlyMemory<int> labels, TrainingPlan plan,
        FitOptions options, byte[] foldOf, IReadOnlyList<TrainingPlan> inner)
    {
        IEnumerable<LightGbmChunk> Chunks() => read().Select(part => LightGbmChunk.FromRows(part.Matrix.Values, part.Columns));
        LightGbmDataset Bin(LightGbmParameters parameters)
        {
            LightGbmDataset made = LightGbmDataset.FromChunks(
                labels.Length, first.Columns, Chunks, Bins(first, parameters) with { Machines = options.Machines }, options.Cancellation);

            // What was read goes before LightGBM takes its memory, of which the collector knows nothing.
            GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive);
            return made;
        }

        return Fit(new BoostedRows(labels.Length, first.Columns, weights, Bin), labels, plan, options, foldOf, inner);
    }

    private static GbdtModel[] Fit(
        BoostedRows features, ReadOnlyMemory<int> labels, TrainingPlan plan, FitOptions options, byte[] foldOf, IReadOnlyList<TrainingPlan> inner)
    {
        options.Cancellation.ThrowIfCancellationRequested();
        int classes = plan.Counts.Classes;

        // LightGBM's switches act on its own loss alone.
        if (plan.Loss is not null) plan = NativeSwitch.AsWeights(plan);
        LightGbmMachines? machines = options.Machines;
        double rows = Sum(machines, features.Rows);
        LightGbmParameters parameters = LightGbmParameters.For((long)rows, features.Columns, classes);
        parameters = parameters with
        {
            Leaves = rows < FewRows ? Math.Min(parameters.Leaves, LeavesOfFewRows) : parameters.Leaves,
            LearningRate = LearningRate,
            MaxBins = rows < ManyRows ? MostBins : parameters.MaxBins,
            Seed = (int)(options.Seed & int.MaxValue),
            Threads = Math.Max(1, options.Threads),
            Rounds = FixedRounds,

            // A column is of use if it varies at all; how many rows a leaf needs is decided when trees grow.
            Extra = new Dictionary<string, string> { ["feature_pre_filter"] = "false" },
        };
        float[]? weights = RowWeights(labels, plan, features.Weights, options.Seed, machines);
        double[] totals = Totals(labels.Span, weights, classes, machines);
        parameters = Weighed(parameters, plan, totals);
        using LightGbmDataset all = With(labels.Span, weights, features.Bin(parameters));
        var training = new LightGbmTraining { Objective = Objective(plan, totals), Machines = machines };
        if (options.Members > 1) parameters = parameters with { LearningRate = 2 * parameters.LearningRate };
        int rounds = options.Members > 1 ? (int)Math.Round(MemberSteps / parameters.LearningRate)
            : options.Near is GbdtModel near ? near.Rounds
            : options.Original is { } original && plan.Sampler is null ? Rounds(original, plan, totals, parameters, training, options)
            : Rounds(all, features.Weights, labels.Span, weights, plan, totals, parameters, training, options);
        parameters = parameters with { Rounds = rounds };
        var models = new GbdtModel[1 + inner.Count];
        try
        {
            models[0] = new(LightGbmModel.Train(all, parameters, training, options.Cancellation), parameters.Threads);
            for (int f = 0; f < inner.Count; f++) models[f + 1] = Without(f, foldOf, all, features.Weights, labels, inner[f], parameters, options);
            return models;
        }
        catch
        {
            foreach (GbdtModel? made in models) made?.Dispose();
            throw;
        }
    }

    /// <summary>What LightGBM is told of the classes.</summary>
    private static LightGbmParameters Weighed(LightGbmParameters parameters, TrainingPlan plan, double[] totals)
    {
        (int heavy, double factor) = plan.Native is null ? (1, 1) : plan.Native.Of(plan.Counts, plan.PositiveClass);
        parameters = parameters with
        {
            IsUnbalance = plan.Native is { Kind: NativeSwitchKind.IsUnbalance },
            ScalePositiveWeight = plan.Native is not { Kind: NativeSwitchKind.IsUnbalance } && heavy == 1 ? factor : 1,
        };

        // LightGBM's own switches start from the unweighted shares, where second derivatives say little.
        return Switched(parameters) ? parameters : parameters with { MinHessianInLeaf = LeastOfALeaf(totals, plan.Counts) };
    }

    /// <summary>Fits on the rows that are not in a fold, in the bins of all.</summary>
    private static GbdtModel Without(
        int fold, byte[] foldOf, LightGbmDataset all, ReadOnlyMemory<double> own, ReadOnlyMemory<int> labels, TrainingPlan plan, LightGbmParameters parameters,
        FitOptions options)
    {
        if (plan.Loss is not null) plan = NativeSwitch.AsWeights(plan);
        int[] rows = [.. Enumerable.Range(0, foldOf.Length).Where(row => foldOf[row] != fold)];
        int[] codes = Array.ConvertAll(rows, row => labels.Span[row]);
        double[] given = own.IsEmpty ? [] : Array.ConvertAll(rows, row => own.Span[row]);
        long seed = Streams.InnerSeed(options.Seed, fold + 1);
        float[]? weights = RowWeights(codes, plan, given, seed, options.Machines);
        double[] totals = Totals(codes, weights, plan.Counts.Classes, options.Machines);
        using LightGbmDataset some = all.Subset(rows);
        some.SetWeights(weights);
        var training = new LightGbmTraining { Objective = Objective(plan, totals), Machines = options.Machines };
        parameters = Weighed(parameters, plan, totals) with { Seed = (int)(seed & int.MaxValue) };
        return new(LightGbmModel.Train(some, parameters, training, options.Cancellation), parameters.Threads);
    }

    double IForecastLearner.ForecastSeconds(long rows, int columns, int width, int classes)
    {
        // About so many rounds to find their number and to grow the model; a row is looked at once per level of a tree, and every leaf has a histogram.
        const double rounds = 110, row = 4.5e-9, bin = 1e-9, tree = 2e-5;
        double trees = rounds * (classes == 2 ? 1 : classes);
        return trees * ((row * rows * (columns + 10)) + (bin * LeavesOfFewRows * MostBins * columns) + tree);
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
        LightGbmDataset all, ReadOnlyMemory<double> own, ReadOnlySpan<int> labels, float[]? weights, TrainingPlan plan, double[] totals,
        LightGbmParameters parameters, LightGbmTraining training, FitOptions options)
    {
        SeededRandom random = Streams.HeldOut(options.Seed);
        (int[] larger, int[] held) = StratifiedFolds.Holdout(labels, plan.Counts.Classes, ValidationShare, options.Groups, ref random);
        double[] heldPerClass = new double[plan.Counts.Classes];
        foreach (int row in held) heldPerClass[labels[row]]++;
        options.Machines?.Sum(heldPerClass);
        if (heldPerClass.Min() < SmallestHoldout || Sum(options.Machines, held.Length == 0 || larger.Length == 0 ? 1 : 0) > 0) return FixedRounds;
        using LightGbmDataset train = all.Subset(larger), validation = all.Subset(held);
        if (Switched(parameters))
        {
            // LightGBM's switches weight its gradients and not its metrics; without this, the held-out loss would ask for the unweighted model.
            (int heavy, double factor) = plan.Native!.Of(plan.Counts, plan.PositiveClass);
            float[] heldWeights = new float[held.Length];
            for (int i = 0; i < held.Length; i++) heldWeights[i] = (float)((weights?[held[i]] ?? 1) * (labels[held[i]] == heavy ? factor : 1));
            validation.SetWeights(heldWeights);
        }

        return BestRounds(train, validation, HeldOut(plan, totals, own, labels, held, options.Machines), parameters, training, options);
    }

    /// <summary>The number of rounds by held-out rows that took no part in the resampling.</summary>
    private static int Rounds(
        UnresampledRows original, TrainingPlan plan, double[] totals, LightGbmParameters parameters, LightGbmTraining training, FitOptions options)
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
        return BestRounds(train, validation, HeldOut(plan, totals, original.Features.RowWeights, labels, held), parameters, training, options);
    }

    private static int BestRounds(
        LightGbmDataset train, LightGbmDataset validation, HeldOutLogLoss? loss, LightGbmParameters parameters, LightGbmTraining training, FitOptions options)
    {
        if (loss is not null && (training.Objective is null || training.Objective.Link is BoostingLink.Sigmoid or BoostingLink.Softmax))
        {
            parameters = parameters with { EarlyStoppingMetric = HeldOutLogLoss.Name, Metrics = ["none"] };
            training = training with { Evaluators = [loss.Evaluator(raw: training.Objective is not null)] };
        }

        return LightGbmModel.BestRounds(
            train, parameters with { Rounds = MostRounds, EarlyStoppingRounds = Patience }, training with { Validation = [new("held out", validation)] },
            options.Cancellation);
    }

    private static bool Switched(LightGbmParameters parameters) => parameters.IsUnbalance || parameters.ScalePositiveWeight != 1;

    /// <summary>The second derivatives of <see cref="RareRowsOfALeaf"/> rows; of few rows a quarter of all that the rarest class starts with.</summary>
    private static double LeastOfALeaf(double[] totals, ClassCounts counts)
    {
        double sum = totals.Sum(), heaviest = 0, all = double.PositiveInfinity;
        for (int c = 0; c < totals.Length; c++)
        {
            if (counts[c] == 0 || totals[c] <= 0) continue;
            heaviest = Math.Max(heaviest, totals[c] / counts[c]);
            all = Math.Min(all, totals[c] * (1 - (totals[c] / sum)));
        }

        return Math.Min(0.25 * RareRowsOfALeaf * heaviest, 0.25 * all);
    }

    /// <summary>The weights of the rows by class, summed.</summary>
    private static double[] Totals(ReadOnlySpan<int> labels, float[]? weights, int classes, LightGbmMachines? machines = null)
    {
        double[] totals = new double[classes];
        for (int i = 0; i < labels.Length; i++) totals[labels[i]] += weights?[i] ?? 1;
        machines?.Sum(totals);
        return totals;
    }

    /// <summary>A number, summed over the processes where there are several.</summary>
    private static double Sum(LightGbmMachines? machines, double own)
    {
        double[] sum = [own];
        machines?.Sum(sum);
        return sum[0];
    }

    /// <summary>The loss to stop by: null where LightGBM's own is the same, or where a loss leaves class shares behind that are not known.</summary>
    /// <param name="plan">How the model is trained.</param>
    /// <param name="totals">The weight of each class in training.</param>
    /// <param name="given">What each row as it was before any resampling weighs; empty where all weigh the same.</param>
    /// <param name="labels">Their codes.</param>
    /// <param name="held">Those held out.</param>
    /// <param name="machines">The processes of whose rows these are a share; null where all are here.</param>
    private static HeldOutLogLoss? HeldOut(
        TrainingPlan plan, double[] totals, ReadOnlyMemory<double> given, ReadOnlySpan<int> labels, int[] held, LightGbmMachines? machines = null)
    {
        double[]? loss = plan.LossFactors();
        if (loss is null || plan.Native is not null) return null;
        // The mean of the weights plays no part in the mean loss; that of a share is not that of all rows.
        double[]? own = machines is null ? FeatureTable.MeanOne(given.Span) : given.IsEmpty ? null : given.ToArray();
        double[] before = new double[totals.Length], factors = new double[totals.Length];
        for (int i = 0; i < labels.Length; i++) before[labels[i]] += own?[i] ?? 1;
        machines?.Sum(before);
        for (int c = 0; c < factors.Length; c++) factors[c] = before[c] > 0 ? totals[c] * loss[c] / before[c] : 1;
        double least = factors.Min(), most = factors.Max();
        return most <= least * (1 + 1e-9) ? null : new HeldOutLogLoss(factors, own is null ? null : Array.ConvertAll(held, r => own[r]), machines);
    }

    /// <summary>Rows in bins of their own, or in those of others.</summary>
    internal static LightGbmDataset Binned(
        FeatureTable features, ReadOnlySpan<int> labels, float[]? weights, LightGbmParameters parameters, LightGbmDataset? bins = null) =>
        With(labels, weights, Binned(features, parameters, bins));

    /// <summary>Rows in bins of their own, which are found once where several fits train on the same rows.</summary>
    private static LightGbmDataset Own(FeatureTable features, LightGbmParameters parameters, SharedBins? shared)
    {
        if (shared?.Are(features) != true) return Binned(features, parameters, bins: null);
        LightGbmDataset known = shared.Get(parameters, () => Binned(features, parameters, bins: null));
        return known.Subset([.. Enumerable.Range(0, features.Rows)]);
    }

    private static LightGbmDataset Binned(FeatureTable features, LightGbmParameters parameters, LightGbmDataset? bins) =>
        LightGbmDataset.FromRows(features.Matrix.Values.Span, features.Columns, Bins(features, parameters) with { Reference = bins });

    private static LightGbmDatasetOptions Bins(FeatureTable features, LightGbmParameters parameters) => new()
    {
        Parameters = parameters,
        ColumnNames = features.Matrix.Names ?? [],
        CategoricalColumns = [.. Enumerable.Range(0, features.Columns).Where(c => features.Levels[c] > 0)],
    };

    private static LightGbmDataset With(ReadOnlySpan<int> labels, float[]? weights, LightGbmDataset made)
    {
        made.SetLabels(labels);
        if (weights is not null) made.SetWeights(weights);
        return made;
    }

    internal static IBoostingObjective? Objective(TrainingPlan plan, ReadOnlySpan<int> labels, float[]? weights) =>
        Objective(plan, Totals(labels, weights, plan.Counts.Classes));

    private static IBoostingObjective? Objective(TrainingPlan plan, double[] totals) =>
        plan.Loss?.Boosting is not { IsBuiltIn: false } objective ? null : objective.For(plan.Counts, totals);

    /// <summary>Class weight times multiplicity times the row's own weight, with a mean of one; null if all are one.</summary>
    internal static float[]? RowWeights(
        ReadOnlyMemory<int> labels, TrainingPlan plan, ReadOnlyMemory<double> own, long seed, LightGbmMachines? machines = null)
    {
        bool swapped = plan.Native is { Kind: NativeSwitchKind.ScalePositiveWeight } && plan.PositiveClass == 0;
        if (plan.Weights is null && plan.Sampler is null && !swapped && own.IsEmpty) return null;
        var source = new RowSource(labels, plan, seed, LinearLearner.AllEpochs);
        source.RefuseSteps("gbdt");
        int[]? drawn = plan.Sampler is null ? null : new int[labels.Length];
        if (drawn is not null)
            for (int epoch = 0; epoch < LinearLearner.SampledEpochs; epoch++)
                foreach (long row in source.Epoch(epoch)) drawn[row]++;
        double sum = 0, positive = swapped ? plan.Native!.Of(plan.Counts, plan.PositiveClass).Factor : 1;
        for (int i = 0; i < labels.Length; i++) sum += Weight(i);
        double rows = Sum(machines, labels.Length), all = Sum(machines, sum);
        float[] weights = new float[labels.Length];
        for (int i = 0; i < weights.Length; i++) weights[i] = (float)(Weight(i) * rows / all);
        return weights;

        double Weight(int row)
        {
            int label = labels.Span[row];
            return (drawn?[row] ?? 1) * (source.ClassWeights[label] * (label == 0 ? positive : 1) * (own.IsEmpty ? 1 : own.Span[row]));
        }
    }

    /// <summary>The rows of a fit, wherever they are.</summary>
    /// <param name="Rows">How many there are.</param>
    /// <param name="Columns">How many columns they have.</param>
    /// <param name="Weights">The weight of each; empty where all weigh the same.</param>
    /// <param name="Bin">Puts them into bins, without labels.</param>
    private sealed record BoostedRows(int Rows, int Columns, ReadOnlyMemory<double> Weights, Func<LightGbmParameters, LightGbmDataset> Bin);

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
