using TorchSharp;
using static TorchSharp.torch;

namespace Counterweight.Comparison;

/// <summary>A multilayer perceptron with two hidden layers, trained by AdamW and stopped early.</summary>
/// <remarks>
/// A stratified 15% of the training rows is held out; training stops when the loss on them, weighted as in training, has not improved for
/// <see cref="Patience"/> epochs, and the best epoch is kept (Prechelt, 1998). Initial values follow He and others (2015) from the seed. One fit uses the
/// threads it is given, so that several fits fill the cores.
/// </remarks>
public sealed class MlpLearner : ILearner, ISampledLearner
{
    /// <summary>How many epochs without improvement end the training.</summary>
    public const int Patience = 6;

    private static readonly int[] Hidden = [96, 48];

    /// <inheritdoc/>
    public string Name => "mlp";

    /// <inheritdoc/>
    public bool NeedsFilledIn => true;

    /// <inheritdoc/>
    public string? Lacks => TorchRows.Problem;

    /// <inheritdoc/>
    public string? Refuses(TrainingPlan plan)
    {
        ArgumentNullException.ThrowIfNull(plan);
        return TrainingLoss.Refuses(plan, Name, hasFeatures: true);
    }

    /// <inheritdoc/>
    public IModel Fit(FeatureTable features, ReadOnlyMemory<int> labels, TrainingPlan plan, FitOptions options)
    {
        ArgumentNullException.ThrowIfNull(features);
        ArgumentNullException.ThrowIfNull(plan);
        ArgumentNullException.ThrowIfNull(options);
        plan = NativeSwitch.AsWeights(plan);
        TorchRows.Begin(options.Threads);
        using var scope = NewDisposeScope();
        using var loss = TrainingLoss.For(plan);
        var network = new Perceptron(Initial(features.DenseWidth, plan.Counts.Classes, plan.Counts, options.Seed));
        NetworkTraining.Run(network, loss, features, labels, plan, new NetworkSettings { Patience = Patience }, options);
        return new MlpModel(network.Kept, features.DenseWidth, plan.Loss, plan.Counts.AsSpan().ToArray());
    }

    SampledEpochs ISampledLearner.EpochsFor(int rows) => NetworkTraining.EpochsFor(rows, null);

    /// <inheritdoc/>
    public IModel Load(string folder) => MlpModel.Read(folder);

    private static int[] Sizes(int width, int classes) => [width, .. Hidden, classes];

    private static List<Tensor> Initial(int width, int classes, ClassCounts counts, long seed)
    {
        int[] sizes = Sizes(width, classes);
        var parameters = new List<Tensor>();
        for (int layer = 0; layer + 1 < sizes.Length; layer++)
        {
            SeededRandom random = Streams.Weights(seed, layer);
            float[] weights = new float[sizes[layer] * sizes[layer + 1]], bias = new float[sizes[layer + 1]];
            bool last = layer + 2 == sizes.Length;
            double scale = last ? 0.1 / Math.Sqrt(sizes[layer]) : Math.Sqrt(2.0 / sizes[layer]);
            for (int i = 0; i < weights.Length; i++) weights[i] = (float)(scale * random.NextGaussian());
            if (last)
                for (int c = 0; c < classes; c++) bias[c] = (float)Math.Log(Math.Max(counts[c], 0.5) / counts.Rows);
            parameters.Add(tensor(weights, [sizes[layer + 1], sizes[layer]]));
            parameters.Add(tensor(bias));
        }

        return parameters;
    }

    private static Tensor Forward(Tensor inputs, List<Tensor> parameters, TrainingLoss loss)
    {
        for (int p = 0; p < parameters.Count; p += 2)
        {
            if (p + 2 == parameters.Count)
            {
                loss.UseFeatures(inputs);
                if (loss.PrefersCosines) return nn.functional.linear(nn.functional.normalize(inputs), nn.functional.normalize(parameters[p]));
            }

            inputs = nn.functional.linear(inputs, parameters[p], parameters[p + 1]);
            if (p + 2 < parameters.Count) inputs = inputs.relu();
        }

        return inputs;
    }

    private sealed class Perceptron(List<Tensor> parameters) : ITrainedNetwork
    {
        public IReadOnlyList<Tensor> Parameters => parameters;

        internal float[][] Kept { get; private set; } = [];

        public Tensor Forward(Tensor inputs, TrainingLoss loss) => MlpLearner.Forward(inputs, parameters, loss);

        public void Training(bool on) { }

        public void Keep() => Kept = [.. parameters.Select(p => p.detach().data<float>().ToArray())];
    }

    private sealed class MlpModel(float[][] parameters, int width, PlannedLoss? trainedWith, long[] counts) : IModel, IDescribedModel
    {
        private const string FileName = "mlp.bin";
        private const int Block = 16384;
        private readonly int classes = counts.Length;

        public double[] Predict(FeatureTable features)
        {
            if (features.DenseWidth != width)
                throw new UnusableDataException($"The model was trained on {width} prepared columns, and there are {features.DenseWidth}.");
            TorchRows.Begin(1);
            double[] probabilities = new double[features.Rows * classes];
            using var scope = NewDisposeScope();
            using var _ = no_grad();
            using var loss = TrainingLoss.For(trainedWith, counts);
            int[] sizes = Sizes(width, classes);
            List<Tensor> tensors = [.. parameters.Select((p, i) => i % 2 == 0 ? tensor(p, [sizes[i / 2 + 1], sizes[i / 2]]) : tensor(p))];
            for (int from = 0; from < features.Rows; from += Block)
            {
                using var part = NewDisposeScope();
                int size = Math.Min(Block, features.Rows - from);
                FeatureTable rows = size == features.Rows ? features : features.Select(Enumerable.Range(from, size).ToArray());
                Tensor logits = Forward(tensor(rows.ToDense(), [size, width]), tensors, loss);
                loss.Probabilities(logits.to(ScalarType.Float64)).data<double>().CopyTo(probabilities.AsSpan(from * classes, size * classes));
            }

            return probabilities;
        }

        public ModelForm Describe()
        {
            using TrainingLoss loss = TrainingLoss.For(trainedWith, counts);
            return new NetworkForm(Sizes(width, classes), parameters, loss.PrefersCosines, loss.Link, classes);
        }

        public void Save(string folder)
        {
            using var writer = new BinaryWriter(File.Create(Path.Combine(folder, FileName)));
            writer.Write("counterweight-mlp-1");
            writer.Write(width);
            writer.Write(trainedWith?.Name ?? "");
            writer.Write(classes);
            foreach (long count in counts) writer.Write(count);
            foreach (float[] values in parameters)
            {
                writer.Write(values.Length);
                foreach (float value in values) writer.Write(value);
            }
        }

        public void Dispose() { }

        internal static MlpModel Read(string folder)
        {
            string path = Path.Combine(folder, FileName);
            try
            {
                using var reader = new BinaryReader(File.OpenRead(path));
                if (reader.ReadString() != "counterweight-mlp-1") throw new InvalidDataException("It has another header.");
                int width = reader.ReadInt32();
                string loss = reader.ReadString();
                int classes = reader.ReadInt32();
                long[] counts = [.. Enumerable.Range(0, classes).Select(_ => reader.ReadInt64())];
                int[] sizes = Sizes(width, classes);
                float[][] parameters = new float[2 * (sizes.Length - 1)][];
                for (int p = 0; p < parameters.Length; p++)
                {
                    int expected = p % 2 == 0 ? sizes[p / 2] * sizes[p / 2 + 1] : sizes[p / 2 + 1];
                    if (reader.ReadInt32() != expected) throw new InvalidDataException("A layer has another size.");
                    parameters[p] = new float[expected];
                    for (int i = 0; i < expected; i++) parameters[p][i] = reader.ReadSingle();
                }

                return new MlpModel(parameters, width, TrainingLoss.Read(loss), counts);
            }
            catch (Exception wrong) when (wrong is IOException or InvalidDataException or OverflowException)
            {
                throw new UnusableDataException($"This is no mlp model: {wrong.Message} Train it again.", path, innerException: wrong);
            }
        }
    }
}
