using Counterweight.Torch;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Counterweight.Comparison;

/// <summary>A multilayer perceptron with two hidden layers, trained by AdamW and stopped early.</summary>
/// <remarks>
/// A stratified 15% of the training rows is held out; training stops when the loss on them, weighted as in training, has not improved for
/// <see cref="Patience"/> epochs, and the best epoch is kept (Prechelt, 1998). Initial values follow He and others (2015) from the seed. One fit uses the
/// threads it is given, so that several fits fill the cores. Texts come in as an embedding bag: the sum of a vector of <see cref="EmbeddingSize"/> values per
/// n-gram, times its TF-IDF, stands beside the other columns.
/// </remarks>
public sealed class MlpLearner : ILearner, ISampledLearner, ITextLearner
{
    /// <summary>How many epochs without improvement end the training.</summary>
    public const int Patience = 6;

    /// <summary>The values of the vector of an n-gram.</summary>
    public const int EmbeddingSize = 24;

    private static readonly int[] Hidden = [96, 48];

    /// <inheritdoc/>
    public string Name => "mlp";

    /// <inheritdoc/>
    public bool NeedsFilledIn => true;

    /// <inheritdoc/>
    public string? Lacks => NativeTorch.Problem;

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
        TextVocabulary? texts = features.HasText ? TextVocabulary.Fit(features, labels.Span, plan.Counts.Classes) : null;
        var network = new Perceptron(Initial(features.DenseWidth, texts, plan.Counts.Classes, plan.Counts, options.Seed), texts);
        NetworkTraining.Run(network, loss, features, labels, plan, new NetworkSettings { Patience = Patience }, options);
        return new MlpModel(network.Kept, features.DenseWidth, texts, plan.Loss, plan.Counts.AsSpan().ToArray());
    }

    SampledEpochs ISampledLearner.EpochsFor(int rows) => NetworkTraining.EpochsFor(rows, null);

    /// <inheritdoc/>
    public IModel Load(string folder) => MlpModel.Read(folder);

    private static int[] Sizes(int width, TextVocabulary? texts, int classes) => [width + (texts is null ? 0 : EmbeddingSize), .. Hidden, classes];

    /// <summary>The vectors of n-grams as the weights of a module that sums them; null if there are none.</summary>
    private static EmbeddingBag? Bag(TextVocabulary? texts, float[]? vectors)
    {
        if (texts is null) return null;
        Tensor start = TorchRows.Owned(tensor(vectors!, [Math.Max(1, texts.Size), EmbeddingSize]));
        return nn.EmbeddingBag_from_pretrained(start, freeze: false, mode: EmbeddingBagMode.Sum);
    }

    private static (List<Tensor> Layers, EmbeddingBag? Bag) Initial(int width, TextVocabulary? texts, int classes, ClassCounts counts, long seed)
    {
        const double spread = 0.1;
        int[] sizes = Sizes(width, texts, classes);
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
            parameters.Add(TorchRows.Owned(tensor(weights, [sizes[layer + 1], sizes[layer]])));
            parameters.Add(TorchRows.Owned(tensor(bias)));
        }

        if (texts is null) return (parameters, null);
        SeededRandom vectors = Streams.Weights(seed, sizes.Length);
        float[] start = new float[Math.Max(1, texts.Size) * EmbeddingSize];
        for (int i = 0; i < start.Length; i++) start[i] = (float)(spread * vectors.NextGaussian());
        return (parameters, Bag(texts, start));
    }

    private static Tensor Forward(NetworkRows rows, List<Tensor> parameters, EmbeddingBag? bag, TrainingLoss loss)
    {
        Tensor inputs = rows.Dense;
        if (bag is not null && rows.Texts is TextBatch texts)
            inputs = cat([inputs, bag.forward(texts.Indices, texts.Offsets, texts.Values)], 1);
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

    private sealed class Perceptron((List<Tensor> Layers, EmbeddingBag? Bag) start, TextVocabulary? texts) : ITrainedNetwork
    {
        public IReadOnlyList<Tensor> Parameters { get; } = start.Bag is null ? start.Layers : [.. start.Layers, start.Bag.weight!];

        public TextVocabulary? Texts => texts;

        internal float[][] Kept { get; private set; } = [];

        public Tensor Forward(NetworkRows inputs, TrainingLoss loss) => MlpLearner.Forward(inputs, start.Layers, start.Bag, loss);

        public void Training(bool on) { }

        public void Keep() => Kept = [.. Parameters.Select(p => p.detach().data<float>().ToArray())];
    }

    private sealed class MlpModel(float[][] parameters, int width, TextVocabulary? texts, PlannedLoss? trainedWith, long[] counts) : IModel, IDescribedModel
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
            int[] sizes = Sizes(width, texts, classes);
            int layers = 2 * (sizes.Length - 1);
            EmbeddingBag? bag = Bag(texts, parameters[^1]);

            // In doubles, so that a probability does not depend on the order in which a library adds; the sums of n-grams are single numbers.
            ScalarType type = bag is null ? ScalarType.Float64 : ScalarType.Float32;
            List<Tensor> tensors =
                [.. parameters.Take(layers).Select((p, i) => TorchRows.Owned(i % 2 == 0 ? tensor(p, [sizes[i / 2 + 1], sizes[i / 2]]) : tensor(p)).to(type))];
            for (int from = 0; from < features.Rows; from += Block)
            {
                using var part = NewDisposeScope();
                int size = Math.Min(Block, features.Rows - from);
                FeatureTable rows = size == features.Rows ? features : features.Select(Enumerable.Range(from, size).ToArray());
                TextBatch? grams = texts?.Of(rows, [.. Enumerable.Range(0, size).Select(i => (long)i)]);
                Tensor logits = Forward(new(TorchRows.Owned(tensor(rows.ToDense(), [size, width])).to(type), grams), tensors, bag, loss);
                loss.Probabilities(logits.to(ScalarType.Float64)).data<double>().CopyTo(probabilities.AsSpan(from * classes, size * classes));
            }

            return probabilities;
        }

        public ModelForm Describe()
        {
            using TrainingLoss loss = TrainingLoss.For(trainedWith, counts);
            return new NetworkForm(Sizes(width, texts, classes), parameters, loss.PrefersCosines, loss.Link, classes);
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

            texts?.Save(folder);
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
                int classes = reader.ReadCount(sizeof(long));
                if (classes < 2 || width < 0) throw new InvalidDataException("Classes or columns do not fit.");
                long[] counts = [.. Enumerable.Range(0, classes).Select(_ => reader.ReadInt64())];
                TextVocabulary? texts = TextVocabulary.Load(folder);
                int[] sizes = Sizes(width, texts, classes);
                float[][] parameters = new float[(2 * (sizes.Length - 1)) + (texts is null ? 0 : 1)][];
                for (int p = 0; p < parameters.Length; p++)
                {
                    long expected = p == 2 * (sizes.Length - 1) ? (long)Math.Max(1, texts!.Size) * EmbeddingSize
                        : p % 2 == 0 ? (long)sizes[p / 2] * sizes[p / 2 + 1] : sizes[p / 2 + 1];
                    if (reader.ReadInt32() != expected) throw new InvalidDataException("A layer has another size.");
                    parameters[p] = new float[reader.Fits(expected, sizeof(float))];
                    for (int i = 0; i < expected; i++) parameters[p][i] = reader.ReadSingle();
                }

                return new MlpModel(parameters, width, texts, TrainingLoss.Read(loss), counts);
            }
            catch (Exception wrong) when (wrong is IOException or InvalidDataException or OverflowException)
            {
                throw new UnusableDataException($"This is no mlp model: {wrong.Message} Train it again.", path, innerException: wrong);
            }
        }
    }
}
