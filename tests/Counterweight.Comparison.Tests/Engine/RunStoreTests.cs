using Counterweight.Data;
using TorchSharp;
using static TorchSharp.torch;

namespace Counterweight.Comparison.Tests;

/// <summary>A run store is one run's, is whole or named as damaged, and takes up no folds of another learner.</summary>
public sealed class RunStoreTests : IDisposable
{
    private readonly string root = Directory.CreateTempSubdirectory("counterweight").FullName;

    public void Dispose() => Directory.Delete(root, recursive: true);

    private static readonly Dataset Data = Simulated.Binary(80, 30, distance: 1);

    private static ComparisonOptions Options(params ILearner[] learners) => new()
    {
        Learners = learners.Length == 0 ? ["linear"] : [],
        OwnLearners = learners,
        Remedies = Remedy.ParseList("none, weights:balanced"),
        Folds = 3,
        Repeats = 1,
        Threads = 1
    };

    private static ModuleLearner Learner(int hidden, double rate = 0.01, double dropout = 0, int epochs = 2) => new(
        "mine", (features, classes) => dropout == 0
            ? nn.Sequential(nn.Linear(features, hidden), nn.ReLU(), nn.Linear(hidden, classes))
            : nn.Sequential(nn.Linear(features, hidden), nn.ReLU(), nn.Dropout(dropout), nn.Linear(hidden, classes)))
    { LearningRate = rate, Epochs = epochs };

    [Theory]
    [InlineData("md:x")]
    [InlineData("s3:")]
    [InlineData(":memory:")]
    [InlineData("a=b;access_mode=read_only")]
    [InlineData("a b 'c' %41 ~#&")]
    public void A_folder_may_be_called_anything(string name)
    {
        string folder = Path.Combine(root, name);
        using (RunStore store = RunStore.Open(folder, "f")) RemedyComparison.Run(Data, Options(), null, store);
        Assert.True(File.Exists(Path.Combine(folder, RunStore.FileName)));
        using RunStore again = RunStore.Open(folder, "f");
        Assert.Equal(6, again.Found);
    }

    [Fact]
    public void A_question_mark_is_refused_by_name() => Assert.Contains(
        "question mark", Assert.Throws<UnusableDataException>(() => RunStore.Open(Path.Combine(root, "a?b"), "f")).Message, StringComparison.Ordinal);

    [Fact]
    public void Two_runs_in_one_folder_are_refused()
    {
        using (RunStore.Open(root, "f"))
            Assert.Contains(
                "Another run uses this folder", Assert.Throws<UnusableDataException>(() => RunStore.Open(root, "f")).Message, StringComparison.Ordinal);
        RunStore.Open(root, "f").Dispose();
    }

    [Fact]
    public void Damage_anywhere_is_named_or_does_no_harm()
    {
        string path = Path.Combine(root, RunStore.FileName);
        using (RunStore store = RunStore.Open(root, "f")) RemedyComparison.Run(Data, Options(), null, store);
        byte[] whole = File.ReadAllBytes(path);
        var random = new SeededRandom(2);
        int named = 0;
        for (int trial = 0; trial < 40; trial++)
        {
            byte[] damaged = trial % 4 == 0 ? whole[..random.NextInt32(whole.Length)] : [.. whole];
            for (int k = 0; k < 1 + (trial * 50) && damaged.Length > 0; k++) damaged[random.NextInt32(damaged.Length)] ^= (byte)(1 + random.NextInt32(255));
            File.WriteAllBytes(path, damaged);
            File.Delete(path + ".wal");
            try
            {
                using RunStore store = RunStore.Open(root, "f");
                RemedyComparison.Run(Data, Options(), null, store);
            }
            catch (UnusableDataException problem)
            {
                Assert.Contains(RunStore.FileName, problem.Message, StringComparison.Ordinal);
                named++;
            }
        }

        Assert.True(named > 10);
    }

    [Fact]
    public void A_changed_learner_of_the_same_name_takes_no_folds_of_the_old_one()
    {
        ModuleLearner[] changed = [Learner(4), Learner(5), Learner(4, rate: 0.02), Learner(4, dropout: 0.1), Learner(4, dropout: 0.3), Learner(4, epochs: 3)];
        Assert.Equal(changed.Length, changed.Select(l => l.Fingerprint).Distinct().Count());
        Assert.Equal(Learner(4).Fingerprint, Learner(4).Fingerprint);
        using (RunStore store = RunStore.Open(root, "f")) RemedyComparison.Run(Data, Options(Learner(4)), null, store);
        static string Figures(ComparisonResult r) => string.Join('\n', r.Candidates.Select(c => string.Join(' ', c.FoldValues.Select(v => v.ToString("R")))));
        static float[] Judged(ComparisonResult r) =>
            [.. r.Candidates.OrderBy(c => c.Candidate.Remedy.Name, StringComparer.Ordinal).SelectMany(c => c.Judged).SelectMany(j => j.Probabilities)];
        foreach (ModuleLearner learner in changed)
        {
            using RunStore store = RunStore.Open(root, "f");
            ComparisonResult resumed = RemedyComparison.Run(Data, Options(learner), null, store), fresh = RemedyComparison.Run(Data, Options(learner));
            Assert.Equal(Judged(fresh), Judged(resumed));
            Assert.Equal(Figures(fresh), Figures(resumed));
        }
    }

    [Fact]
    public void A_fold_that_cannot_be_kept_ends_the_run_and_loses_none_of_those_before()
    {
        using (RunStore store = RunStore.Open(root, "f"))
        {
            var progress = new Breaking(() => store.Disturb("ALTER TABLE judged ADD COLUMN full_disk INTEGER"), after: 3);
            IOException ended = Assert.ThrowsAny<IOException>(() => RemedyComparison.Run(Data, Options(), progress, store));
            Assert.Contains("could not be kept", ended.Message, StringComparison.Ordinal);
        }

        using RunStore again = RunStore.Open(root, "f");
        Assert.Equal(3, again.Found);
        Assert.DoesNotContain(Directory.GetFiles(root), f => f.EndsWith(".tmp", StringComparison.Ordinal) || f.EndsWith(".part", StringComparison.Ordinal));
    }

    private sealed class Breaking(Action action, int after) : IProgress<ComparisonProgress>
    {
        public void Report(ComparisonProgress value)
        {
            if (value.Done == after) action();
        }
    }
}
