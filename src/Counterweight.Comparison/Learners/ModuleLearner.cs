using System.Security.Cryptography;
using System.Text.Json;
using Counterweight.Torch;
using TorchSharp;
using static TorchSharp.torch;

namespace Counterweight.Comparison;

/// <summary>Makes a fresh, untrained module of the user's.</summary>
/// <param name="features">D, the number of prepared columns it is fed.</param>
/// <param name="classes">K, the number of logits it gives.</param>
/// <returns>A module from (N, D) 32-bit rows to (N, K) logits.</returns>
public delegate nn.Module<Tensor, Tensor> ModuleFactory(int features, int classes);

/// <summary>The user's own TorchSharp module as a learner: every weight, sampler, loss, resampling, ensemble and decision is tried on it.</summary>
/// <remarks>
/// <para>The module is trained as <c>mlp</c> is: AdamW, batches as the remedy draws them, the best epoch by the loss on a stratified 15% held out. Each fit
/// makes a fresh module after seeding TorchSharp's generator, so the same seed gives the same model. That generator is one for the whole process: modules with
/// dropout (and those that are <see cref="Stochastic"/>) are therefore trained one at a time; all others as many at a time as there are threads.</para>
/// <para>Losses that look at the features under the last layer get what the module's last <c>Linear</c> is fed, provided the module calls that layer by
/// <c>call</c>.</para>
/// </remarks>
/// <example>
/// <code>
/// var learner = new ModuleLearner("mine", (features, classes) =&gt; nn.Sequential(nn.Linear(features, 32), nn.ReLU(), nn.Linear(32, classes)));
/// var options = new ComparisonOptions { OwnLearners = [learner], Remedies = Remedy.ParseList("none, weights:balanced, loss:focal") };
/// </code>
/// </example>
public sealed class ModuleLearner : ILearner, ISampledLearner
{
    /// <summary>TorchSharp has one random generator for all threads: whoever draws from it holds this lock.</summary>
    private static readonly Lock Generator = new();

    private readonly ModuleFactory factory;

    /// <summary>Makes a learner of a factory.</summary>
    /// <param name="name">A name for tables and files, of letters, digits and hyphens; not that of a learner in <see cref="LearnerCatalogue"/>.</param>
    /// <param name="factory">Makes a fresh module for every fit.</param>
    /// <exception cref="ArgumentException">The name is empty, has other characters or is taken.</exception>
    public ModuleLearner(string name, ModuleFactory factory)
    {
        ArgumentNullException.ThrowIfNull(factory);
        LearnerCatalogue.ThrowIfNotFree(name);
        (Name, this.factory) = (name, factory);
    }

    /// <inheritdoc/>
    public string Name { get; }

    /// <inheritdoc/>
    public string? Lacks => NativeTorch.Problem;

    /// <inheritdoc/>
    public bool NeedsFilledIn => true;

    /// <summary>The learning rate of AdamW, 0.002 by default.</summary>
    public double LearningRate { get; init; } = 2e-3;

    /// <summary>The weight decay of AdamW, 0.001 by default.</summary>
    public double WeightDecay { get; init; } = 1e-3;

    /// <summary>The most epochs; null for as many as fit a fixed amount of work, 8 to 60.</summary>
    public int? Epochs { get; init; }

    /// <summary>Rows of a batch; null for 64, 256 or 1024, as the rows are many.</summary>
    public int? BatchSize { get; init; }

    /// <summary>How many epochs without improvement end the training, 6 by default.</summary>
    public int Patience { get; init; } = MlpLearner.Patience;

    /// <summary>Says that the module draws random numbers in its forward pass. Dropout layers are noticed without it; calls of functional dropout are
    /// not.</summary>
    public bool Stochastic { get; init; }

    /// <inheritdoc/>
    /// <remarks>The settings of the training, the layers with their shapes and first values, and what the module makes of a few rows before it is
    /// trained.</remarks>
    public string Fingerprint
    {
        get
        {
            const int features = 4, classes = 3, rows = 8;
            var text = new System.Text.StringBuilder(string.Create(
                System.Globalization.CultureInfo.InvariantCulture, $"{LearningRate:R} {WeightDecay:R} {Epochs} {BatchSize} {Patience} {Stochastic}"));
            TorchRows.Begin(1);
            using var scope = NewDisposeScope();
            lock (Generator)
            {
                random.manual_seed(1);
                try
                {
                    using nn.Module<Tensor, Tensor> module = factory(features, classes);
                    foreach ((string name, nn.Module layer) in module.named_modules()) text.Append($"|{name} {layer.GetType().Name}");
                    foreach ((string name, TorchSharp.Modules.Parameter values) in module.named_parameters())
                        text.Append($"|{name} ({string.Join(',', values.shape)}) {Convert.ToHexString(SHA256.HashData(values.detach().contiguous().bytes))}");
                    module.train();
                    Tensor made = module.call(torch.linspace(-2, 2, rows * features).reshape(rows, features));
                    text.Append($"|{Convert.ToHexString(SHA256.HashData(made.detach().contiguous().bytes))}");
                }
                catch (Exception unfit) when (unfit is not OutOfMemoryException)
                {
                    // A module for one number of columns only: what was seen of it up to here has to do.
                    text.Append("|fixed");
                }
            }

            return text.ToString();
        }
    }

    /// <inheritdoc/>
    public string? Refuses(TrainingPlan plan)
    {
        ArgumentNullException.ThrowIfNull(plan);
        return TrainingLoss.Refuses(plan, Name, hasFeatures: true);
    }

    /// <inheritdoc/>
    /// <exception cref="InvalidOperationException">The module does not fit: it has no parameters, or gives something else than (N, K) logits.</exception>
    public IModel Fit(FeatureTable features, ReadOnlyMemory<int> labels, TrainingPlan plan, FitOptions options)
    {
        ArgumentNullException.ThrowIfNull(features);
        ArgumentNullException.ThrowIfNull(plan);
        ArgumentNullException.ThrowIfNull(options);
        TorchRows.Begin(options.Threads);
        plan = NativeSwitch.AsWeights(plan);
        var settings = new NetworkSettings
        {
            LearningRate = LearningRate,
            WeightDecay = WeightDecay,
            Epochs = Epochs,
            BatchSize = BatchSize,
            Patience = Patience
        };
        int classes = plan.Counts.Classes, width = features.DenseWidth;
        nn.Module<Tensor, Tensor> module;
        lock (Generator)
        {
            random.manual_seed(options.Seed);
            module = factory(width, classes);
            if (Draws(module)) return Train();
        }

        return Train();

        IModel Train()
        {
            try
            {
                using var scope = NewDisposeScope();
                using var loss = TrainingLoss.For(plan);
                using var network = new Network(module, classes);
                NetworkTraining.Run(network, loss, features, labels, plan, settings, options);
                network.Restore();
                return new ModuleModel(module, new State(width, classes, plan.Loss?.Name, plan.Counts.AsSpan().ToArray()), plan.Loss);
            }
            catch
            {
                module.Dispose();
                throw;
            }
        }
    }

    SampledEpochs ISampledLearner.EpochsFor(int rows) => NetworkTraining.EpochsFor(rows, Epochs);

    /// <inheritdoc/>
    public IModel Load(string folder)
    {
        string path = Path.Combine(folder, ModuleModel.StateFile);
        try
        {
            TorchRows.Begin(1);
            State state = JsonSerializer.Deserialize(File.ReadAllText(path), ComparisonJsonContext.Default.ModuleState)!;
            nn.Module<Tensor, Tensor> module;
            lock (Generator) module = factory(state.Width, state.Classes);
            module.load(Path.Combine(folder, ModuleModel.FileName));
            return new ModuleModel(module, state, TrainingLoss.Read(state.Loss));
        }
        catch (Exception wrong) when (wrong is JsonException or IOException or ArgumentException or InvalidDataException)
        {
            throw new UnusableDataException($"This is no model of the module '{Name}': {wrong.Message} Train it again.", path, innerException: wrong);
        }
    }

    private bool Draws(nn.Module module) =>
        Stochastic || module.modules()
        .Any(m => m.GetType().Name is var type && (type.Contains("Dropout", StringComparison.Ordinal) || type.Contains("RReLU", StringComparison.Ordinal)));

    /// <summary>What a saved module was trained with.</summary>
    internal sealed record State(int Width, int Classes, string? Loss, long[] Counts);

    private sealed class Network : ITrainedNetwork, IDisposable
    {
        public TextVocabulary? Texts => null;

        private readonly nn.Module<Tensor, Tensor> module;
        private readonly int classes;
        private readonly Tensor[] states;
        private readonly Action? unhook;
        private TrainingLoss? listening;
        private byte[][] kept = [];

        internal Network(nn.Module<Tensor, Tensor> module, int classes)
        {
            (this.module, this.classes) = (module, classes);
            Parameters = [.. module.parameters().Where(p => p.requires_grad)];
            if (Parameters.Count == 0)
                throw new InvalidOperationException("The module has no parameters to train. Name its layers as fields and call RegisterComponents().");
            states = [.. module.parameters().Cast<Tensor>().Concat(module.buffers())];
            if (Parameters.Any(p => p.dtype != ScalarType.Float32 || p.device_type != DeviceType.CPU || !p.is_contiguous()))
                throw new InvalidOperationException("The module has parameters that are not contiguous 32-bit tensors of the processor; the comparison "
                    + "trains on the processor in 32 bits.");
            if (module.modules().OfType<TorchSharp.Modules.Linear>().LastOrDefault() is not { } last) return;
            var hook = last.register_forward_pre_hook((_, input) =>
            {
                listening?.UseFeatures(input);
                return input;
            });
            unhook = hook.remove;
        }

        public IReadOnlyList<Tensor> Parameters { get; }

        public Tensor Forward(NetworkRows rows, TrainingLoss loss)
        {
            Tensor inputs = rows.Dense;
            listening = loss;
            Tensor logits = module.call(inputs);
            listening = null;
            return logits.ndim == 2 && logits.shape[1] == classes && logits.shape[0] == inputs.shape[0]
                ? logits
                : throw new InvalidOperationException($"The module gives ({string.Join(", ", logits.shape)}) for {inputs.shape[0]} rows, and "
                + $"({inputs.shape[0]}, {classes}) is needed: a logit per class.");
        }

        public void Training(bool on) => module.train(on);

        public void Keep() => kept = [.. states.Select(s => s.bytes.ToArray())];

        internal void Restore()
        {
            for (int i = 0; i < states.Length; i++) kept[i].CopyTo(states[i].bytes);
        }

        public void Dispose() => unhook?.Invoke();
    }

    private sealed class ModuleModel(nn.Module<Tensor, Tensor> module, State state, PlannedLoss? trainedWith) : IModel
    {
        internal const string FileName = "module.dat", StateFile = "module.json";
        private const int Block = 16384;

        public double[] Predict(FeatureTable features)
        {
            if (features.DenseWidth != state.Width)
                throw new UnusableDataException($"The model was trained on {state.Width} prepared columns, and there are {features.DenseWidth}.");
            TorchRows.Begin(1);
            double[] probabilities = new double[features.Rows * state.Classes];
            module.eval();
            using var scope = NewDisposeScope();
            using var _ = no_grad();
            using var loss = TrainingLoss.For(trainedWith, state.Counts);
            for (int from = 0; from < features.Rows; from += Block)
            {
                using var part = NewDisposeScope();
                int size = Math.Min(Block, features.Rows - from);
                FeatureTable rows = size == features.Rows ? features : features.Select(Enumerable.Range(from, size).ToArray());
                Tensor logits = module.call(TorchRows.Owned(tensor(rows.ToDense(), [size, state.Width])));
                loss.Probabilities(logits.to(ScalarType.Float64)).data<double>().CopyTo(probabilities.AsSpan(from * state.Classes, size * state.Classes));
            }

            return probabilities;
        }

        public void Save(string folder)
        {
            module.save(Path.Combine(folder, FileName));
            File.WriteAllText(Path.Combine(folder, StateFile), JsonSerializer.Serialize(state, ComparisonJsonContext.Default.ModuleState));
        }

        public void Dispose() => module.Dispose();
    }
}
