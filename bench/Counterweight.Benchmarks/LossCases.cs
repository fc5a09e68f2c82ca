using System.Diagnostics;
using Counterweight.Torch;
using TorchSharp;
using static TorchSharp.torch;

namespace Counterweight.Benchmarks;

/// <summary>The losses that are measured, forward and backward, against LibTorch's cross entropy on the same data.</summary>
public sealed class LossCases : IDisposable
{
    private const string Binary = "bce-with-logits";

    private readonly Tensor logits, target, labels, weight;
    private readonly Dictionary<string, ClassificationLoss> losses = [];

    public LossCases(long rows, int classes)
    {
        NativeTorch.EnsureLoaded();
        random.manual_seed(0);
        logits = (randn(rows, classes) * 3).detach().requires_grad_();
        target = randint(0, classes, [rows]);
        labels = rand(rows, classes).lt(0.1).to(ScalarType.Float32);
        long[] n = [.. Enumerable.Range(0, classes).Select(c => (long)Math.Ceiling(5000 * Math.Pow(0.01, (double)c / classes)))];
        ClassCounts counts = ClassCounts.From(n);
        weight = tensor(ClassWeights.Balanced(counts).ToSingles());
        losses["cross-entropy weighted"] = new CrossEntropy(ClassWeights.Balanced(counts));
        losses[Binary] = new BinaryCrossEntropyWithLogits(positiveWeight: weight, reduction: Reduction.BatchMean);
        losses["cross-entropy smoothed"] = new CrossEntropy(ClassWeights.Balanced(counts), labelSmoothing: 0.1);
        foreach (MethodDefinition method in Loss.Catalogue) losses[method.Name] = Loss.Catalogue.Create(method.Name)(counts);
        foreach (ClassificationLoss loss in losses.Values) loss.BeginEpoch(99, 100);
    }

    /// <summary>The names of the losses.</summary>
    public IEnumerable<string> Names => losses.Keys;

    /// <summary>The sizes at which they are measured.</summary>
    public static IReadOnlyList<(long Rows, int Classes)> Sizes => [(1024, 1000), (65536, 10), (4096, 100)];

    /// <summary>What LibTorch has of a loss: its binary or weighted cross entropy, with smoothing where the loss has it, and the plain one for every loss of
    /// the catalogue.</summary>
    public void LibTorch(string name)
    {
        using var scope = NewDisposeScope();
        Tensor loss = name == Binary
            ? nn.functional.binary_cross_entropy_with_logits(logits, labels, pos_weights: weight)
            : nn.functional.cross_entropy(
                logits, target, name.StartsWith("cross-entropy ", StringComparison.Ordinal) ? weight : null, label_smoothing: name == "cross-entropy smoothed"
                ? 0.1 : 0);
        loss.backward();
        logits.grad = null;
    }

    /// <summary>One of the losses.</summary>
    public void Run(string name)
    {
        using var scope = NewDisposeScope();
        losses[name].call(logits, name == Binary ? labels : target).backward();
        logits.grad = null;
    }

    /// <summary>Prints the lower quartile of the times of each loss and its ratio to LibTorch's, the two taken in turns.</summary>
    /// <param name="only">Names of losses, "threads=N", "size=N" (rows) and "processor", for processor time, which other work on the machine changes less;
    /// every loss and size if there are none.</param>
    public static void Quick(IReadOnlyList<string> only)
    {
        bool processor = only.Contains("processor");
        NativeTorch.EnsureLoaded();
        string? threads = only.FirstOrDefault(a => a.StartsWith("threads=", StringComparison.Ordinal));
        if (threads is not null) set_num_threads(int.Parse(threads[8..], System.Globalization.CultureInfo.InvariantCulture));
        string[] chosen = [.. only.Where(a => a != threads && a != "processor" && !a.StartsWith("size=", StringComparison.Ordinal))];
        foreach ((long rows, int classes) in Sizes)
        {
            if (only.Any(a => a.StartsWith("size=", StringComparison.Ordinal)) && !only.Contains($"size={rows}")) continue;
            using var cases = new LossCases(rows, classes);
            Console.WriteLine($"{rows} x {classes}, {get_num_threads()} threads: LibTorch, this library, ratio");
            foreach (string name in cases.Names.Where(n => chosen.Length == 0 || chosen.Contains(n)))
            {
                (double peer, double own) = Paired(() => cases.LibTorch(name), () => cases.Run(name), processor);
                Console.WriteLine($"  {name,-28} {peer,8:F3} ms {own,8:F3} ms  {own / peer:F2}");
            }
        }
    }

    public void Dispose()
    {
        logits.Dispose();
        target.Dispose();
        labels.Dispose();
        weight.Dispose();
        foreach (ClassificationLoss loss in losses.Values) loss.Dispose();
    }

    private static (double First, double Second) Paired(Action first, Action second, bool processor)
    {
        // A loss of seconds is measured a few times only.
        second();
        int warm = 35, rounds = 40;
        if (Time(second, false) > 200) (warm, rounds) = (1, 3);
        for (int i = 0; i < warm; i++)
        {
            first();
            second();
        }

        double[] a = new double[rounds], b = new double[rounds];
        for (int i = 0; i < rounds; i++) (a[i], b[i]) = (Time(first, processor), Time(second, processor));
        Array.Sort(a);
        Array.Sort(b);
        return (a[a.Length / 4], b[b.Length / 4]);
    }

    private static double Time(Action action, bool processor)
    {
        TimeSpan before = processor ? Environment.CpuUsage.TotalTime : default;
        long start = Stopwatch.GetTimestamp();
        action();
        return (processor ? Environment.CpuUsage.TotalTime - before : Stopwatch.GetElapsedTime(start)).TotalMilliseconds;
    }
}
