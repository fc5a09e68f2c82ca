using Counterweight.Benchmarks;
using Counterweight.Torch;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Counterweight.LongTail;

/// <summary>What a training gave: the recall of each class on the test set, and the processor seconds of an epoch, which other work on the machine changes
/// little.</summary>
internal sealed record Outcome(double[] Recalls, double EpochSeconds);

/// <summary>Trains the network on one long tail with one seed, by any of the methods.</summary>
internal sealed class Trainer(LongTail data, int seed, string cache)
{
    internal const int Epochs = 10, BatchSize = 128, StageEpochs = 5;
    internal const double Rate = 0.1, Deferred = 0.8;
    private readonly ISampler plain = new RepeatFactorSampler(data.Labels, FashionMnist.Classes, 1e-9, seed);      // every row once an epoch
    private readonly ISampler balanced = new ClassBalancedSampler(data.Labels, FashionMnist.Classes, seed: seed);

    private delegate Tensor Objective(ResidualNetwork network, Tensor images, Tensor target, int epoch, long step);

    /// <summary>The methods that are no losses, in the order of the bench.</summary>
    internal static string[] Recipes { get; } =
    [
        "deferred-resampling", "sampler:class-balanced", "sampler:progressive", "crt", "lws", "tau-norm(1)", "tau-norm(0.5)",
        "mixup", "remix", "balanced-mixup", "m2m",
    ];

    /// <summary>Trains by a method; the same seed gives the same outcome at one thread.</summary>
    internal Outcome Run(string method)
    {
        using var scope = NewDisposeScope();
        if (method.StartsWith("loss:", StringComparison.Ordinal)) return WithLoss(method["loss:".Length..], plain, keep: method == "loss:cross-entropy");
        if (method.StartsWith("tau-norm", StringComparison.Ordinal))
            return TauNormalised(double.Parse(method["tau-norm(".Length..^1], System.Globalization.CultureInfo.InvariantCulture));
        return method switch
        {
            "deferred-resampling" => WithLoss("cross-entropy", new DeferredSampler(plain, balanced, (long)Math.Round(Deferred * Epochs))),
            "sampler:class-balanced" => WithLoss("cross-entropy", balanced),
            "sampler:progressive" => WithLoss("cross-entropy", new ProgressivelyBalancedSampler(data.Labels, FashionMnist.Classes, Epochs, seed: seed)),
            "crt" => Retrained(),
            "lws" => Rescaled(),
            "mixup" => Mixed((x, y, step) => BatchMixing.Mixup(x, y, FashionMnist.Classes, seed: seed, batch: step)),
            "remix" => Mixed((x, y, step) => BatchMixing.Remix(x, y, data.Counts, seed: seed, batch: step)),
            "balanced-mixup" => BalancedMixup(),
            "m2m" => Translated(),
            _ => throw new ArgumentException($"There is no method {method}.", nameof(method)),
        };
    }

    private Outcome WithLoss(string text, ISampler sampler, bool keep = false)
    {
        using ClassificationLoss loss = Loss.Catalogue.Create(text)(data.Counts);
        using ResidualNetwork network = Network(loss.PrefersCosineClassifier);
        if (loss.InitialBias(FashionMnist.Classes) is { } bias && network.Classifier is Linear { bias: { } biases }) _ = nn.init.constant_(biases, bias);
        double seconds = Fit(network, network.parameters(), sampler, Epochs, loss.BeginEpoch, (net, x, y, _, _) =>
        {
            Tensor features = net.Features(x);
            if (loss.NeedsFeatures) loss.UseFeatures(features);
            return loss.call(net.Classifier.call(features), y);
        });
        if (keep) network.save(StageOneFile);
        return new(Recalls(network, loss.Probabilities), seconds);
    }

    private Outcome Mixed(Func<Tensor, Tensor, long, MixedBatch> mix)
    {
        using ResidualNetwork network = Network(cosine: false);
        double seconds = Fit(network, network.parameters(), plain, Epochs, null, (net, x, y, _, step) => SoftLoss(net, mix(x, y, step)));
        return new(Recalls(network), seconds);
    }

    private Outcome BalancedMixup()
    {
        using ResidualNetwork network = Network(cosine: false);
        SamplerCursor other = balanced.Epochs();
        double seconds = Fit(network, network.parameters(), plain, Epochs, null, (net, x, y, _, step) =>
        {
            long[] rows = new long[x.shape[0]];
            other.Fill(rows);                                                // both samplers have the same epochs, so it is always full
            Tensor index = tensor(rows);
            return SoftLoss(net, BatchMixing.BalancedMixup(
                x, y, data.Images.index_select(0, index), data.Targets.index_select(0, index), FashionMnist.Classes, seed: seed, batch: step));
        });
        return new(Recalls(network), seconds);
    }

    /// <summary>M2m, deferred as in the paper: class-balanced batches with translated rows in the last epochs, and the network of stage one as the trained
    /// one.</summary>
    private Outcome Translated()
    {
        using ResidualNetwork trained = StageOne(), network = Network(cosine: false);
        trained.eval();
        int from = (int)Math.Round(Deferred * Epochs);
        var translation = new MinorityTranslation(data.Counts, steps: 5, stepSize: 0.5, minimum: -0.8102, maximum: 2.0227, seed: seed);       // black and white
        double seconds = Fit(network, network.parameters(), new DeferredSampler(plain, balanced, from), Epochs, null, (net, x, y, epoch, step) =>
        {
            if (epoch >= from)
            {
                net.eval();
                x = translation.Translate(x, y, trained.call, net.call, step);
                net.train();
            }

            return Losses.CrossEntropy(net.call(x), y);
        });
        return new(Recalls(network), seconds);
    }

    private Outcome Retrained()
    {
        using ResidualNetwork network = StageOne();
        var classifier = (Linear)network.Classifier;
        using FrozenStage stage = TwoStage.RetrainClassifier(network, classifier, seed);
        return Second(network, classifier, stage.Parameters, features => classifier.call(features));
    }

    private Outcome Rescaled()
    {
        using ResidualNetwork network = StageOne();
        using var scaling = new LearnableWeightScaling(FashionMnist.Classes);
        foreach (Parameter parameter in network.parameters()) parameter.requires_grad = false;
        return Second(network, scaling, scaling.parameters(), features => scaling.call(network.Classifier.call(features)));
    }

    private Outcome TauNormalised(double tau)
    {
        using ResidualNetwork network = StageOne();
        TwoStage.TauNormalise((Linear)network.Classifier, tau);
        return new(Recalls(network), 0);
    }

    /// <summary>Trains a head on the features of the training rows, which are computed once, in class-balanced batches.</summary>
    private Outcome Second(ResidualNetwork network, nn.Module trained, IEnumerable<Parameter> parameters, Func<Tensor, Tensor> head)
    {
        network.eval();
        using Tensor features = Outputs(network.Features, data.Images);
        var descent = new MomentumDescent(parameters);
        var batches = new TensorBatches(balanced, BatchSize, features, data.Targets);
        TimeSpan start = Environment.CpuUsage.TotalTime;
        Descend(descent, batches, StageEpochs, null, (x, y, _, _) => Losses.CrossEntropy(head(x), y));
        double seconds = (Environment.CpuUsage.TotalTime - start).TotalSeconds / StageEpochs;
        trained.eval();
        return new(Recalls(network, null, head), seconds);
    }

    /// <summary>The network trained with plain cross entropy, from the cache if it is there.</summary>
    private ResidualNetwork StageOne()
    {
        if (!File.Exists(StageOneFile)) _ = WithLoss("cross-entropy", plain, keep: true);
        ResidualNetwork network = Network(cosine: false);
        network.load(StageOneFile);
        return network;
    }

    private string StageOneFile => Path.Combine(cache, $"cross-entropy-{string.Join('-', data.Counts.AsSpan().ToArray())}-{seed}.dat");

    private ResidualNetwork Network(bool cosine)
    {
        random.manual_seed(seed);
        return new(FashionMnist.Classes, cosine);
    }

    private double Fit(ResidualNetwork network, IEnumerable<Parameter> parameters, ISampler sampler, int epochs, Action<int, int>? begin, Objective objective)
    {
        network.train();
        var batches = new TensorBatches(sampler, BatchSize, data.Images, data.Targets);
        TimeSpan start = Environment.CpuUsage.TotalTime;
        Descend(new MomentumDescent(parameters), batches, epochs, begin, (x, y, epoch, step) => objective(network, x, y, epoch, step));
        return (Environment.CpuUsage.TotalTime - start).TotalSeconds / epochs;
    }

    /// <summary>Cosine decay of the rate over all steps (Loshchilov and Hutter, 2017, equation 5), with a linear rise over the first tenth.</summary>
    private void Descend(MomentumDescent descent, TensorBatches batches, int epochs, Action<int, int>? begin, Func<Tensor, Tensor, int, long, Tensor> objective)
    {
        long steps = (long)epochs * ((data.Labels.Length + BatchSize - 1) / BatchSize), step = 0;
        for (int epoch = 0; epoch < epochs; epoch++)
        {
            begin?.Invoke(epoch, epochs);
            foreach (Tensor[] batch in batches)
            {
                using var scope = NewDisposeScope();
                objective(batch[0], batch[1], epoch, step).backward();
                descent.Step(Rate * Math.Min(1, 10.0 * (step + 1) / steps) * 0.5 * (1 + Math.Cos(Math.PI * step / steps)));
                step++;
            }
        }
    }

    private static Tensor SoftLoss(ResidualNetwork network, MixedBatch batch) =>
        Losses.CrossEntropy(network.call(batch.Inputs), batch.Target, reduction: Reduction.BatchMean);

    private static Tensor Outputs(Func<Tensor, Tensor> function, Tensor images)
    {
        using IDisposable constant = no_grad();
        using var scope = NewDisposeScope();
        return cat([.. images.split(1000).Select(Part)]).MoveToOuterDisposeScope();

        // What the layers of a part gave is freed before the next one: all of them together would be more than a gigabyte.
        Tensor Part(Tensor part)
        {
            using var inner = NewDisposeScope();
            return function(part).MoveToOuterDisposeScope();
        }
    }

    private double[] Recalls(ResidualNetwork network, Func<Tensor, Tensor>? probabilities = null, Func<Tensor, Tensor>? head = null)
    {
        network.eval();
        using Tensor scores = Outputs(x =>
        {
            Tensor logits = (head ?? network.Classifier.call)(network.Features(x));
            return probabilities?.Invoke(logits) ?? logits;
        }, data.TestImages);
        using Tensor best = scores.argmax(1);
        ReadOnlySpan<long> predicted = best.data<long>().ToArray();
        double[] hits = new double[FashionMnist.Classes], totals = new double[FashionMnist.Classes];
        for (int i = 0; i < predicted.Length; i++)
        {
            int label = data.TestLabels[i];
            totals[label]++;
            if (predicted[i] == label) hits[label]++;
        }

        return [.. hits.Zip(totals, (h, t) => h / t)];
    }
}
