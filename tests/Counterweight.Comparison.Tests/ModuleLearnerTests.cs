using Counterweight.Data;
using Counterweight.TestSupport;
using TorchSharp;
using static TorchSharp.torch;

namespace Counterweight.Comparison.Tests;

public sealed class ModuleLearnerTests
{
    private static readonly ModuleFactory Small = (features, classes) => nn.Sequential(nn.Linear(features, 16), nn.ReLU(), nn.Linear(16, classes));

    private static string Figures(ComparisonResult r) =>
        string.Join('\n', r.Candidates.Select(c => $"{c.Candidate} {string.Join(' ', c.FoldValues.Select(v => v.ToString("R")))}"));

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void The_users_module_is_compared_the_same_at_any_number_of_threads(bool dropout)
    {
        Dataset data = Simulated.Binary(400, 60, distance: 2);
        ModuleFactory factory = dropout ? (d, k) => nn.Sequential(nn.Linear(d, 16), nn.ReLU(), nn.Dropout(0.2), nn.LayerNorm(16), nn.Linear(16, k)) : Small;
        var options = new ComparisonOptions { Folds = 2, Repeats = 1, Threads = 1 };
        IReadOnlyList<Remedy> remedies = Remedy.ParseList("none, weights:balanced, sampler:class-balanced, loss:focal, resample:random-over");
        ComparisonResult one = RemedyComparison.Run(factory, data, remedies, options),
            three = RemedyComparison.Run(factory, data, remedies, options with { Threads = 3 });
        Assert.Equal(Figures(one), Figures(three));
        Assert.All(one.Candidates, c => Assert.Equal((CandidateStatus.Done, "module"), (c.Status, c.Candidate.Learner)));
        Assert.True(one.Candidates[0].Mean!.Mean > 0.7);
    }

    [Fact]
    public void The_sample_of_the_documentation_runs()
    {
        Directory.SetCurrentDirectory(Repository.Root);
        var Console = new StringWriter();

        // sample
        Dataset data = DatasetReader.Read("samples/hpc-jobs.csv", "class");
        ComparisonResult result = RemedyComparison.Run(
            (features, classes) => nn.Sequential(nn.Linear(features, 32), nn.ReLU(), nn.Linear(32, classes)),
            data, Remedy.ParseList("none, weights:balanced, loss:focal(gamma=2)"), new ComparisonOptions { Folds = 3, Repeats = 1 });
        Console.WriteLine(result.Recommendation.Reason);
        // end

        Assert.Contains(result.Recommendation.Candidate.ToString(), Console.ToString(), StringComparison.Ordinal);
        string[] own = File.ReadAllLines(Path.Combine("tests", "Counterweight.Comparison.Tests", "ModuleLearnerTests.cs")),
            sample = [.. own.SkipWhile(l => !l.EndsWith("// sample", StringComparison.Ordinal)).Skip(1)
                .TakeWhile(l => !l.EndsWith("// end", StringComparison.Ordinal)).Select(l => l.Length > 8 ? l[8..] : l)];
        Assert.Contains(string.Join('\n', sample), File.ReadAllText(Path.Combine("docs", "comparison.md")).ReplaceLineEndings("\n"), StringComparison.Ordinal);
    }

    [Fact]
    public void Every_loss_of_the_catalogue_trains_it()
    {
        Dataset data = Simulated.Binary(120, 40, distance: 2);
        var learner = new ModuleLearner("mine", Small) { Epochs = 2 };
        foreach (MethodDefinition loss in Counterweight.Torch.Loss.Catalogue)
        {
            using TrainedClassifier trained = TrainedClassifier.Fit(data, learner, Remedy.Parse($"loss:{loss.Name}"), new ComparisonOptions { Threads = 1 });
            Assert.All(trained.Predict(data.Columns).Probabilities, p => Assert.InRange(p, 0, 1));
        }
    }

    [Fact]
    public void A_saved_module_predicts_as_before_and_needs_its_learner()
    {
        Dataset data = Simulated.Binary(200, 50, distance: 2);
        var learner = new ModuleLearner("mine", (d, k) => nn.Sequential(nn.Linear(d, 8), new Scaled(8), nn.ReLU(), nn.Linear(8, k)));
        using TrainedClassifier trained = TrainedClassifier.Fit(
            data, learner, Remedy.Parse("weights:balanced+threshold:tuned"), new ComparisonOptions { Threads = 1 });
        string folder = Directory.CreateTempSubdirectory("counterweight").FullName, path = Path.Combine(folder, "model");
        try
        {
            trained.Save(path);
            using TrainedClassifier loaded = TrainedClassifier.Load(path, learner);
            double[] before = trained.Predict(data.Columns).Probabilities, after = loaded.Predict(data.Columns).Probabilities;
            for (int i = 0; i < before.Length; i++) Assert.Equal(before[i], after[i], 1e-6);
            Assert.Contains("module of its own", Assert.Throws<UnusableDataException>(() => TrainedClassifier.Load(path)).Message, StringComparison.Ordinal);
            Assert.Contains("'mine'", Assert.Throws<UnusableDataException>(() => TrainedClassifier.Load(path, new ModuleLearner("other", Small))).Message,
                StringComparison.Ordinal);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Fact]
    public void Modules_that_do_not_fit_say_why()
    {
        Dataset data = Simulated.Binary(80, 40, distance: 2);
        var options = new ComparisonOptions { Folds = 2, Repeats = 1 };
        Assert.Contains("logit per class",
            Assert.Throws<InvalidOperationException>(() => RemedyComparison.Run((d, k) => nn.Linear(d, k + 1), data, [], options)).Message,
            StringComparison.Ordinal);
        Assert.Contains("no parameters", Assert.Throws<InvalidOperationException>(() => RemedyComparison.Run((d, k) => nn.ReLU(), data, [], options)).Message,
            StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => new ModuleLearner("mlp", Small));
        Assert.Throws<ArgumentException>(() => new ModuleLearner("my net", Small));
    }

    /// <summary>
    /// Divides by the mean size of the values in training, which is a buffer: no parameter, and saved. TorchSharp's BatchNorm has such buffers, but adds to one
    /// of them a number that a garbage collection may free in the middle (docs/runtime.md).
    /// </summary>
    private sealed class Scaled : nn.Module<Tensor, Tensor>
    {
        private readonly Tensor size;

        internal Scaled(int width) : base(nameof(Scaled))
        {
            size = ones(width);
            register_buffer(nameof(size), size);
        }

        public override Tensor forward(Tensor input)
        {
            if (training)
            {
                using var constant = no_grad();
                using Tensor now = input.abs().mean([0L]);
                size.copy_(now);
            }

            return input.div(size);
        }
    }
}
