using System.Numerics.Tensors;
using System.Text.Json;
using Counterweight.Torch;
using TorchSharp;
using static TorchSharp.torch;
using Tensor = TorchSharp.torch.Tensor;

namespace Counterweight.Comparison;

/// <summary>
/// Multinomial logistic regression with a small quadratic penalty, fitted to its optimum on all rows at once, by Newton's steps or close to it.
/// </summary>
/// <remarks>
/// The penalty is |W|^2 / (2N) on the mean loss, the usual C = 1, the intercept left free. A sampler becomes row multiplicities: what it draws in
/// <see cref="SampledEpochs"/> epochs, so that its randomness stays part of the result. Texts are trained on as they are, a coefficient per bucket of n-grams
/// that two rows or more have.
/// </remarks>
public sealed class LinearLearner : ILearner, ISampledLearner, ITextLearner, IForecastLearner
{
    /// <summary>How many epochs of a sampler the fit sees.</summary>
    public const int SampledEpochs = 10;

    /// <summary>All epochs are fitted together, so the middle one is what they are on average.</summary>
    internal static readonly SampledEpochs AllEpochs = new(SampledEpochs, SampledEpochs / 2);

    private const int Iterations = 300;

    /// <summary>The epochs of the course that losses with a schedule are told; its last one has to come after whatever is to begin.</summary>
    private const int CourseOfLosses = 1_000_000;

    private const long DenseLimit = 150_000_000;

    /// <inheritdoc/>
    public string Name => "linear";

    /// <inheritdoc/>
    public bool NeedsFilledIn => true;

    double IForecastLearner.ForecastSeconds(long rows, int columns, int width, int classes)
    {
        // Steps of Newton's method: a few passes over the rows each, and the curvature.
        const double passes = 60, cell = 2.2e-9;
        return passes * cell * rows * (width + 1.0) * (classes == 2 ? 1 : classes);
    }

    /// <inheritdoc/>
    public string? Refuses(TrainingPlan plan)
    {
        ArgumentNullException.ThrowIfNull(plan);
        return TrainingLoss.Refuses(plan, Name, hasFeatures: false, hasEpochs: false);
    }

    /// <inheritdoc/>
    public IModel Fit(FeatureTable features, ReadOnlyMemory<int> labels, TrainingPlan plan, FitOptions options)
    {
        ArgumentNullException.ThrowIfNull(features);
        ArgumentNullException.ThrowIfNull(plan);
        ArgumentNullException.ThrowIfNull(options);
        plan = NativeSwitch.AsWeights(plan);
        var source = new RowSource(labels, plan, options.Seed, AllEpochs);
        source.RefuseSteps(Name);
        if (plan is { Loss: not null, Sampler: not null })
        {
            // The losses reduce a batch themselves, so drawn rows are laid out as often as they are drawn.
            int[] drawn = [.. source.Epoch(AllEpochs.Typical).Select(r => (int)r)];
            ReadOnlyMemory<int> all = labels;
            (features, labels) = (features.Select(drawn), drawn.Select(r => all.Span[r]).ToArray());
            source = new RowSource(labels, plan with { Sampler = null }, options.Seed, AllEpochs);
        }

        double[] rowWeights = RowWeights(labels.Span, source, features.RowWeights.Span);
        int classes = plan.Counts.Classes, width = features.DenseWidth, rows = features.Rows;
        double[] point = new double[(width + 1) * classes];
        for (int c = 0; c < classes; c++) point[width * classes + c] = Math.Log(Math.Max(plan.Counts[c], 0.5) / plan.Counts.Rows);
        if (features.HasText) return OfTexts(features, labels, plan, rowWeights, point[(width * classes)..], options);
        if (Offsets(plan) is double[] offsets)
        {
            var objective = new SoftmaxRegression(features, labels.Span, rowWeights, classes, options.Threads);
            if ((options.Near as LinearModel)?.StartFor(width, classes) is double[] near)
            {
                near.CopyTo(point, 0);
                TensorPrimitives.Add(point.AsSpan(width * classes), offsets, point.AsSpan(width * classes));
            }

            double[] lines = objective.Point(point);
            LimitedMemoryBfgs.Minimise(objective.Evaluate, lines, Iterations, 1e-7, options.Cancellation, objective.Curvature);
            point = objective.Coefficients(lines);
            TensorPrimitives.Subtract(point.AsSpan(width * classes), offsets, point.AsSpan(width * classes));
            return new LinearModel(new State(width, classes, point, plan.Loss?.Name, plan.Counts.AsSpan().ToArray()), plan.Loss);
        }

        TorchRows.Begin(options.Threads);
        int block = (int)Math.Min(rows, Math.Max(256, DenseLimit / (width + classes)));
        using var scope = NewDisposeScope();
        using var loss = TrainingLoss.For(plan);
        List<(Tensor X, Tensor Y, Tensor W)> blocks = [];
        for (int from = 0; from < rows; from += block)
        {
            int size = Math.Min(block, rows - from);
            FeatureTable part = block >= rows ? features : features.Select(Enumerable.Range(from, size).ToArray());
            blocks.Add((tensor(part.ToDense(), [size, width]).to(ScalarType.Float64), TorchRows.Codes(labels.Span.Slice(from, size)),
                tensor(rowWeights.AsSpan(from, size).ToArray())));
        }

        double[] start = [.. point];
        Search();

        // At the start all rows of a class score alike. Losses that go by the order of rows may have no way down from such a tie: then from the optimum of
        // cross entropy, which breaks it.
        if (point.AsSpan().SequenceEqual(start))
        {
            var plain = new SoftmaxRegression(features, labels.Span, rowWeights, classes, options.Threads);
            double[] lines = plain.Point(point);
            LimitedMemoryBfgs.Minimise(plain.Evaluate, lines, Iterations, 1e-6, options.Cancellation, plain.Curvature);
            point = plain.Coefficients(lines);
            Search();
        }

        return new LinearModel(new State(width, classes, point, plan.Loss?.Name, plan.Counts.AsSpan().ToArray()), plan.Loss);

        // Of a loss with a schedule the optimum knows the end alone; its beginning is where the search starts from.
        void Search()
        {
            foreach (int epoch in (int[])[0, CourseOfLosses - 1])
            {
                loss.BeginEpoch(epoch, CourseOfLosses);
                LimitedMemoryBfgs.Minimise(
                    (at, gradient) => Evaluate(at, gradient, blocks, loss, width, classes, rows), point, Iterations, 1e-6, options.Cancellation);
            }
        }
    }

    SampledEpochs ISampledLearner.EpochsFor(int rows) => AllEpochs;

    /// <inheritdoc/>
    public IModel Load(string folder) => LinearModel.Read(folder);

    private static LinearModel OfTexts(
        FeatureTable features, ReadOnlyMemory<int> labels, TrainingPlan plan, double[] rowWeights, double[] intercepts, FitOptions options)
    {
        int classes = plan.Counts.Classes, width = features.DenseWidth;
        TextFit.Fitted fitted;
        if (Offsets(plan) is double[] offsets)
        {
            TextFit.Fitted? near = (options.Near as LinearModel)?.Start(offsets);
            fitted = TextFit.CrossEntropy(features, labels.Span, rowWeights, intercepts, near, options);
            TensorPrimitives.Subtract(fitted.Dense.AsSpan(width * classes), offsets, fitted.Dense.AsSpan(width * classes));
        }
        else
        {
            using var loss = TrainingLoss.For(plan);
            fitted = TextFit.ByLoss(
                features, labels.ToArray(), rowWeights, intercepts, loss, [(0, CourseOfLosses), (CourseOfLosses - 1, CourseOfLosses)], options);
        }

        return new LinearModel(new State(width, classes, fitted.Dense, plan.Loss?.Name, plan.Counts.AsSpan().ToArray()), plan.Loss, fitted.Texts);
    }

    /// <summary>
    /// What a loss adds to the logits in training, K values, if that is all that it does to cross entropy: free intercepts take it up whole, so that the fit
    /// is that of cross entropy and the intercepts are smaller by as much. Null for other losses.
    /// </summary>
    private static double[]? Offsets(TrainingPlan plan)
    {
        double[] prior = plan.Counts.Prior();
        if (plan.Loss is null) return new double[prior.Length];
        return prior.Contains(0) ? null : plan.Loss.Call.PriorAfter(plan.Counts).LogitOffsets?.ToArray();
    }

    /// <summary>Class weight times multiplicity times the row's own weight, with a mean of one.</summary>
    private static double[] RowWeights(ReadOnlySpan<int> labels, RowSource source, ReadOnlySpan<double> own)
    {
        double[] weights = new double[labels.Length];
        double sum = 0;
        long[] times = new long[labels.Length];
        bool sampled = source.DrawnShare.Any(s => s != 1);
        if (sampled)
            for (int epoch = 0; epoch < SampledEpochs; epoch++)
                foreach (long row in source.Epoch(epoch)) times[row]++;
        for (int i = 0; i < weights.Length; i++)
        {
            weights[i] = source.ClassWeights[labels[i]] * (sampled ? times[i] : 1) * (own.IsEmpty ? 1 : own[i]);
            sum += weights[i];
        }

        for (int i = 0; i < weights.Length; i++) weights[i] *= weights.Length / sum;
        return weights;
    }

    private static double Evaluate(
        ReadOnlySpan<double> at, Span<double> gradient, List<(Tensor X, Tensor Y, Tensor W)> blocks, TrainingLoss loss, int width, int classes, int rows)
    {
        using var scope = NewDisposeScope();
        Tensor all = TorchRows.Owned(tensor(at.ToArray(), [width + 1, classes])), weight = all.narrow(0, 0, width), bias = all[width];
        double value = 0;
        Tensor total = zeros_like(all);
        foreach ((Tensor x, Tensor y, Tensor w) in blocks)
        {
            Tensor logits;
            using (no_grad()) logits = addmm(bias, x, weight, 1, 1);
            logits.requires_grad_(true);
            Tensor mean = loss.Mean(logits, y, w);
            if (blocks.Count > 1) mean *= tensor((double)y.numel() / rows);
            mean.backward();
            Tensor slope = logits.grad!;
            value += mean.item<double>();
            using (no_grad())
            {
                total.narrow(0, 0, width).Add(x.t().matmul(slope));
                total.narrow(0, width, 1).Add(slope.sum([0L]));
            }
        }

        total.data<double>().CopyTo(gradient);
        double penalty = 1.0 / rows;
        for (int i = 0; i < width * classes; i++)
        {
            value += 0.5 * penalty * at[i] * at[i];
            gradient[i] += penalty * at[i];
        }

        return value;
    }

    private sealed class LinearModel(State state, PlannedLoss? trainedWith, TextWeights? texts = null) : IModel, IDescribedModel
    {
        private const string FileName = "linear.json";
        private readonly int width = state.Width, classes = state.Classes;

        public double[] Predict(FeatureTable features)
        {
            if (features.DenseWidth != width)
                throw new UnusableDataException($"The model was trained on {width} prepared columns, and there are {features.DenseWidth}.");
            double[] logits = new SoftmaxRegression(features, [], [], classes, threads: 1, byDifference: state.Loss is null).Logits(state.Coefficients);
            texts?.AddTo(logits, features, classes);
            if (state.Loss is null)
            {
                for (int i = 0; i < features.Rows; i++) Softmax.InPlace(logits.AsSpan(i * classes, classes));
                return logits;
            }

            TorchRows.Begin(1);
            using var scope = NewDisposeScope();
            using var loss = TrainingLoss.For(trainedWith, state.Counts);
            return loss.Probabilities(tensor(logits, [features.Rows, classes])).data<double>().ToArray();
        }

        public ModelForm Describe()
        {
            using TrainingLoss loss = TrainingLoss.For(trainedWith, state.Counts);
            return new LinearForm(width, state.Coefficients, loss.Link, classes);
        }

        /// <summary>The coefficients as a place to start from, if their number fits.</summary>
        internal double[]? StartFor(int wantedWidth, int wantedClasses) => (width, classes) == (wantedWidth, wantedClasses) ? state.Coefficients : null;

        /// <summary>The model as a place to start from, the offsets of a loss taken back in; null if it has no texts.</summary>
        internal TextFit.Fitted? Start(double[] offsets)
        {
            if (texts is null) return null;
            double[] dense = [.. state.Coefficients];
            TensorPrimitives.Add(dense.AsSpan(width * classes), offsets, dense.AsSpan(width * classes));
            return new(dense, texts);
        }

        public void Save(string folder)
        {
            File.WriteAllText(Path.Combine(folder, FileName), JsonSerializer.Serialize(state, ComparisonJsonContext.Default.State));
            texts?.Save(folder);
        }

        public void Dispose() { }

        internal static LinearModel Read(string folder)
        {
            string path = Path.Combine(folder, FileName);
            try
            {
                State state = JsonSerializer.Deserialize(File.ReadAllText(path), ComparisonJsonContext.Default.State)!;
                if (state.Coefficients.Length != (state.Width + 1) * state.Classes) throw new JsonException("The number of coefficients does not fit.");
                return new LinearModel(state, TrainingLoss.Read(state.Loss), TextWeights.Read(folder, state.Classes));
            }
            catch (Exception wrong) when (wrong is JsonException or IOException or InvalidDataException)
            {
                throw new UnusableDataException($"This is no linear model: {wrong.Message} Train it again.", path, innerException: wrong);
            }
        }
    }

    /// <summary>A fitted model: (W + 1) x K coefficients, the intercepts last, and the loss it was trained with.</summary>
    internal sealed record State(int Width, int Classes, double[] Coefficients, string? Loss, long[] Counts);
}
