using System.Diagnostics;
using System.Numerics.Tensors;
using System.Text;

namespace Counterweight.LightGbm;

/// <summary>One training: checks, the native booster, the rounds, and the finished model as text.</summary>
internal sealed unsafe class Trainer : IDisposable
{
    private const int BlockScores = 65_536, LargestBlock = 4096;

    /// <summary>Metrics of LightGBM's that are a weighted mean over rows, so that those of several machines can be brought together.</summary>
    private static readonly string[] MeanLosses = ["binary_logloss", "binary_error", "multi_logloss", "multi_error", "l1", "l2"];

    private readonly LightGbmDataset data;
    private readonly LightGbmParameters parameters;
    private readonly LightGbmTraining training;
    private readonly CancellationToken cancellation;
    private readonly List<DatasetHandle> kept = [];
    private readonly ParallelOptions parallel;
    private BoosterHandle? booster;
    private string[] metricNames = [];
    private double[] scores = [], blockLosses = [];
    private float[] gradients = [], hessians = [];

    internal Trainer(LightGbmDataset data, LightGbmParameters parameters, LightGbmTraining training, CancellationToken cancellation)
    {
        (this.data, this.parameters, this.training, this.cancellation) = (data, parameters, training, cancellation);
        parallel = new ParallelOptions { MaxDegreeOfParallelism = NativeCall.Resolve(parameters.Threads) };
        Check();
    }

    /// <summary>The time spent in rounds of the native library, for the benchmarks.</summary>
    internal TimeSpan NativeTime { get; private set; }

    private IBoostingObjective? Own => training.Objective;

    private LightGbmMachines? Machines => training.Machines is { Count: > 1 } several ? several : null;

    private int Outputs => Own?.Outputs ?? (parameters.Objective is LightGbmObjective.Multiclass or LightGbmObjective.OneVersusRest ? parameters.Classes : 1);

    internal LightGbmModel Run() => Logged(() => Finish(Rounds()));

    /// <summary>The number of rounds that <see cref="Run"/> would keep; where not one tree can be grown, it keeps the one round of constants.</summary>
    internal int BestRounds() => Logged(() => Math.Max(1, Rounds()));

    private T Logged<T>(Func<T> work)
    {
        cancellation.ThrowIfCancellationRequested();
        Action<string>? before = NativeLog.Redirect(parameters.Log);
        try
        {
            Create();
            return work();
        }
        finally
        {
            NativeLog.Redirect(before);
        }
    }

    public void Dispose()
    {
        booster?.Dispose();
        foreach (DatasetHandle handle in kept) handle.DangerousRelease();
        kept.Clear();
    }

    private void Check()
    {
        parameters.Validate();
        ParameterNames.Check(parameters.Extra);
        ObjectDisposedException.ThrowIf(data.Handle.IsClosed, data);
        if (Own is { } own)
        {
            if (own.Outputs < 1 || own.InitialScores.Count != own.Outputs || own.InitialScores.Any(s => !double.IsFinite(s)))
                throw new ArgumentException($"The objective {own.Name} needs a finite initial score for each of its {own.Outputs} outputs.", nameof(training));
            if (parameters.Boosting == LightGbmBoosting.RandomForest)
                throw new ArgumentException($"A random forest cannot minimise {own.Name}; use gradient boosting, or weights with a random forest.",
                    nameof(training));
            if (parameters.IsUnbalance || parameters.ScalePositiveWeight != 1)
                throw new ArgumentException($"{own.Name} does not know IsUnbalance or ScalePositiveWeight; weight the rows instead.", nameof(training));
            if (parameters.Extra.Any(e => e.Key.StartsWith("linear_tree", StringComparison.Ordinal) && e.Value is "true" or "1" or "+"))
                throw new ArgumentException($"Linear trees cannot be used with {own.Name}.", nameof(training));
            if (parameters.Metrics.FirstOrDefault(m => !HigherIsBetter(m) && m is not ("none" or "custom" or "None")) is { } metric)
                throw new ArgumentException(
                    $"LightGBM's metric '{metric}' would read the raw scores of {own.Name} as probabilities. Ranking metrics (auc, average_precision) work; "
                    + $"the loss itself is reported anyhow.",
                    nameof(training));
            if ((long)data.Rows * own.Outputs > Array.MaxLength)
                throw new UnusableDataException($"{data.Rows} rows x {own.Outputs} outputs are more scores than an own objective can hold "
                    + $"({Array.MaxLength}).");
        }

        CheckLabels(data, "training");
        foreach (LightGbmValidation validation in training.Validation)
        {
            ObjectDisposedException.ThrowIf(validation.Dataset.Handle.IsClosed, validation.Dataset);
            CheckLabels(validation.Dataset, validation.Name);
        }

        if (Machines is not null && training.Validation.Count > 0
            && parameters.Metrics.FirstOrDefault(m => m is not ("none" or "None" or "custom") && !IsMean(m)) is { } ranks)
            throw new ArgumentException($"LightGBM computes '{ranks}' on the rows of one machine; over several, mean losses ({string.Join(", ", MeanLosses)}) "
                + "and evaluators of your own work.", nameof(training));
        if (parameters.EarlyStoppingRounds > 0 && training.Validation.Count == 0)
            throw new ArgumentException("Early stopping needs validation data.", nameof(training));
        if (data.HasInitialScores && training.Validation.Any(v => !v.Dataset.HasInitialScores))
            throw new ArgumentException("The training data have initial scores and the validation data have none.", nameof(training));
    }

    private void CheckLabels(LightGbmDataset dataset, string name)
    {
        if (!dataset.HasLabels) throw new UnusableDataException($"The {name} data have no labels.");
        bool classes = Own is { } own ? own.Link != BoostingLink.Identity : parameters.Objective != LightGbmObjective.Regression
            && !parameters.Extra.ContainsKey("objective");
        if (!classes) return;
        int known = Own is { } mine ? Math.Max(mine.Outputs, 2) : parameters.Classes;
        long[] counts = new long[known];
        ReadOnlySpan<float> labels = dataset.Labels;
        for (int i = 0; i < labels.Length; i++)
        {
            float label = labels[i];
            if (label >= 0 && label < known && label == (int)label) counts[(int)label]++;
            else
                throw new UnusableDataException(
                    FormattableString.Invariant($"The label {label:R} of the {name} data is not one of the classes 0..{known - 1} of the training."),
                    row: i + 1L);
        }

        if (!ReferenceEquals(dataset, data)) return;
        if (Machines is not null)
        {
            double[] sums = Array.ConvertAll(counts, c => (double)c);
            Machines.Sum(sums);
            counts = Array.ConvertAll(sums, s => (long)s);
        }

        if (Array.IndexOf(counts, 0L) is >= 0 and int empty)
            throw new UnusableDataException($"Class {empty} has no row in the training data.");
    }

    private void Create()
    {
        Keep(data);
        using NativeCall call = NativeCall.Enter(parameters.Threads);
        NativeCall.Check(NativeMethods.LGBM_BoosterCreate(
            data.Handle, parameters.TrainingText(Own is not null, Outputs, data.CategoricalColumns, Machines?.Count ?? 1), out booster));
        foreach (LightGbmValidation validation in training.Validation)
        {
            Keep(validation.Dataset);
            NativeCall.Check(NativeMethods.LGBM_BoosterAddValidData(booster, validation.Dataset.Handle));
        }

        NativeCall.Check(NativeMethods.LGBM_BoosterGetEvalCounts(booster, out int metrics));
        metricNames = NamesOfMetrics(metrics);
    }

    private void Keep(LightGbmDataset dataset)
    {
        bool added = false;
        dataset.Handle.DangerousAddRef(ref added);
        if (added) kept.Add(dataset.Handle);
    }

    private string[] NamesOfMetrics(int count)
    {
        if (count == 0) return [];
        const int Length = 256;
        byte[] text = new byte[count * Length];
        byte*[] pointers = new byte*[count];
        fixed (byte* first = text)
        fixed (byte** names = pointers)
        {
            for (int i = 0; i < count; i++) names[i] = first + i * Length;
            NativeCall.Check(NativeMethods.LGBM_BoosterGetEvalNames(booster!, count, out _, Length, out _, names));
            return [.. Enumerable.Range(0, count).Select(i => Encoding.UTF8.GetString(text.AsSpan(i * Length, Length)).Split('\0')[0])];
        }
    }

    /// <summary>Grows the trees; returns how many rounds to keep.</summary>
    private int Rounds()
    {
        var watch = Stopwatch.StartNew();
        int best = 0;
        double bestValue = double.NaN;
        for (int round = 1; round <= parameters.Rounds; round++)
        {
            cancellation.ThrowIfCancellationRequested();
            if (Update(round)) return best > 0 ? best : -1;
            List<LightGbmMetricValue> metrics = Evaluate();
            if (parameters.EarlyStoppingRounds == 0) best = round;
            else if (Watched(metrics) is var watched
                && (double.IsNaN(bestValue) || (watched.HigherIsBetter ? watched.Value > bestValue : watched.Value < bestValue)))
                (best, bestValue) = (round, watched.Value);
            training.Progress?.Invoke(new LightGbmProgress(round, parameters.Rounds, best, watch.Elapsed, metrics));
            if (parameters.EarlyStoppingRounds > 0 && round - best >= parameters.EarlyStoppingRounds) break;
        }

        return best;
    }

    private LightGbmMetricValue Watched(List<LightGbmMetricValue> metrics)
    {
        string? wanted = parameters.EarlyStoppingMetric;
        LightGbmMetricValue? found = wanted is { } name ? metrics.Find(m => m.Metric == name) : metrics.FirstOrDefault();
        return found ?? throw new InvalidOperationException(
            wanted is null ? "There is no metric to stop by."
            : $"There is no metric '{wanted}' to stop by; there are: {string.Join(", ", metrics.Select(m => m.Metric).Distinct())}.");
    }

    private bool Update(int round)
    {
        int finished;
        if (Own is null)
        {
            long start = Stopwatch.GetTimestamp();
            using NativeCall call = NativeCall.Enter(parameters.Threads);
            NativeCall.Check(NativeMethods.LGBM_BoosterUpdateOneIter(booster!, out finished));
            NativeTime += Stopwatch.GetElapsedTime(start);
            return finished != 0;
        }

        Derivatives(round);
        {
            long start = Stopwatch.GetTimestamp();
            using NativeCall call = NativeCall.Enter(parameters.Threads);
            fixed (float* g = gradients)
            fixed (float* h = hessians)
                NativeCall.Check(NativeMethods.LGBM_BoosterUpdateOneIterCustom(booster!, g, h, out finished));
            NativeTime += Stopwatch.GetElapsedTime(start);
        }

        return finished != 0;
    }

    private void Derivatives(int round)
    {
        int total = data.Rows * Outputs;
        if (gradients.Length == 0)
        {
            gradients = GC.AllocateUninitializedArray<float>(total);
            hessians = GC.AllocateUninitializedArray<float>(total);
        }

        Scores(0, data, skip: round == 1 && !data.HasInitialScores);
        Blocks(data, withDerivatives: true);
    }

    /// <summary>Reads the raw scores of the training data (0) or of validation data (1, 2, ...) into the buffer.</summary>
    private void Scores(int index, LightGbmDataset dataset, bool skip = false)
    {
        int total = dataset.Rows * Outputs;
        if (scores.Length < total) scores = GC.AllocateUninitializedArray<double>(total);
        if (skip)
        {
            scores.AsSpan(0, total).Clear();
            return;
        }

        long start = Stopwatch.GetTimestamp();
        using NativeCall call = NativeCall.Enter(parameters.Threads);
        fixed (double* values = scores) NativeCall.Check(NativeMethods.LGBM_BoosterGetPredict(booster!, index, out _, values));
        NativeTime += Stopwatch.GetElapsedTime(start);
    }

    /// <summary>Adds the initial scores and runs the objective over all rows, block by block on all threads; returns the sum of the losses.</summary>
    private double Blocks(LightGbmDataset dataset, bool withDerivatives)
    {
        int rows = dataset.Rows, outputs = Outputs, size = Math.Clamp(BlockScores / outputs, 64, LargestBlock), blocks = (rows + size - 1) / size;
        ReadOnlySpan<float> labelSpan = dataset.Labels, weightSpan = dataset.Weights;
        double[] initial = data.HasInitialScores ? new double[outputs] : [.. Own!.InitialScores];
        if (blockLosses.Length < blocks) blockLosses = new double[blocks];
        fixed (float* labels = labelSpan)
        fixed (float* weights = weightSpan)
        {
            // Spans cannot enter a lambda; the pointers stay fixed until the loop has ended.
            nint labelAt = (nint)labels, weightAt = (nint)weights;
            int weighted = weightSpan.Length;
            Parallel.For(0, blocks, parallel, block =>
            {
                int start = block * size, count = Math.Min(size, rows - start);
                for (int k = 0; k < outputs; k++)
                {
                    Span<double> part = scores.AsSpan(k * rows + start, count);
                    if (initial[k] != 0) TensorPrimitives.Add(part, initial[k], part);
                }

                ReadOnlySpan<float> y = new((void*)labelAt, rows), w = new((void*)weightAt, weighted);
                ReadOnlySpan<double> all = scores.AsSpan(0, rows * outputs);
                if (withDerivatives) Own!.Derivatives(new BoostingBlock(all, y, w, gradients, hessians, start, count));
                else blockLosses[block] = Own!.Loss(new BoostingBlock(all, y, w, [], [], start, count));
            });
        }

        double sum = 0;
        if (!withDerivatives)
            for (int i = 0; i < blocks; i++) sum += blockLosses[i];
        return sum;
    }

    private List<LightGbmMetricValue> Evaluate()
    {
        List<LightGbmMetricValue> values = [];
        double[] native = new double[metricNames.Length];
        for (int v = 0; v < training.Validation.Count; v++)
        {
            (string name, LightGbmDataset dataset) = training.Validation[v];
            if (Own is not null || training.Evaluators.Count > 0) Scores(v + 1, dataset);
            double total = Machines is not null || Own is not null ? Weight(dataset) : 0;
            if (Own is { } own) values.Add(new(name, own.Name, Mean(Blocks(dataset, withDerivatives: false), total), HigherIsBetter: false));

            if (native.Length > 0)
            {
                using NativeCall call = NativeCall.Enter(parameters.Threads);
                fixed (double* results = native) NativeCall.Check(NativeMethods.LGBM_BoosterGetEval(booster!, v + 1, out _, results));
            }

            if (Machines is not null)
                for (int m = 0; m < native.Length; m++) native[m] = Mean(native[m] * total, total);
            for (int m = 0; m < native.Length; m++) values.Add(new(name, metricNames[m], native[m], HigherIsBetter(metricNames[m])));
            foreach (LightGbmEvaluator evaluator in training.Evaluators)
                values.Add(new(name, evaluator.Name, evaluator.Evaluate(scores.AsSpan(0, dataset.Rows * Outputs), dataset.Labels, dataset.Weights),
                    evaluator.HigherIsBetter));
        }

        return values;
    }

    /// <summary>What the rows weigh together.</summary>
    private static double Weight(LightGbmDataset dataset)
    {
        ReadOnlySpan<float> weights = dataset.Weights;
        if (weights.IsEmpty) return dataset.Rows;
        double total = 0;
        foreach (float weight in weights) total += weight;
        return total;
    }

    /// <summary>A mean over the rows here, or those of all machines.</summary>
    private double Mean(double sum, double total)
    {
        if (Machines is null) return sum / total;
        double[] both = [sum, total];
        Machines.Sum(both);
        return both[0] / both[1];
    }

    private static bool IsMean(string metric) => MeanLosses.Contains(metric);

    private static bool HigherIsBetter(string metric) =>
        metric is "auc" or "average_precision" or "auc_mu" || metric.StartsWith("ndcg", StringComparison.Ordinal)
        || metric.StartsWith("map@", StringComparison.Ordinal);

    private LightGbmModel Finish(int rounds)
    {
        if (Own is { } own && !data.HasInitialScores && own.InitialScores.Any(s => s != 0)) Shift(own.InitialScores);
        byte[] text = ModelText.Of(booster!, rounds, parameters.Threads);
        return LightGbmModel.FromTrained(ModelText.Complete(text, Own, data.ColumnSet), parameters.Threads);
    }

    /// <summary>Makes the initial scores part of the model, by adding them to the leaves of the first tree of each output, as LightGBM does with its
    /// own.</summary>
    private void Shift(IReadOnlyList<double> initial)
    {
        int[] leaves = ModelText.Leaves(ModelText.Of(booster!, 1, parameters.Threads), initial.Count);
        using NativeCall call = NativeCall.Enter(parameters.Threads);
        for (int tree = 0; tree < leaves.Length; tree++)
        {
            for (int leaf = 0; leaf < leaves[tree]; leaf++)
            {
                NativeCall.Check(NativeMethods.LGBM_BoosterGetLeafValue(booster!, tree, leaf, out double value));
                NativeCall.Check(NativeMethods.LGBM_BoosterSetLeafValue(booster!, tree, leaf, value + initial[tree]));
            }
        }
    }
}
