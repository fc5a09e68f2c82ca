using System.Diagnostics;
using Counterweight.Torch;
using TorchSharp;
using static TorchSharp.torch;

namespace Counterweight.Benchmarks;

/// <summary>The losses that are measured, forward and backward, against LibTorch's cross entropy on the same data.</summary>
public sealed class LossCases : IDisposable
{
    private readonly Tensor logits, target, weight;
    private readonly Dictionary<string, ClassificationLoss> losses = [];

    public LossCases(long rows, int classes)
    {
        NativeTorch.EnsureLoaded();
        random.manual_seed(0);
        logits = (randn(rows, classes) * 3).detach().requires_grad_();
        target = randint(0, classes, [rows]);
        long[] n = [.. Enumerable.Range(0, classes).Select(c => (long)Math.Ceiling(5000 * Math.Pow(0.01, (double)c / classes)))];
        ClassCounts counts = ClassCounts.From(n);
        weight = tensor(ClassWeights.Balanced(counts).ToSingles());
        losses["cross-entropy weighted"] = new CrossEntropy(ClassWeights.Balanced(counts));
        losses["cross-entropy smoothed"] = new CrossEntropy(ClassWeights.Balanced(counts), labelSmoothing: 0.1);
        foreach (MethodDefinition method in Loss.Catalogue) losses[method.Name] = Loss.Catalogue.Create(method.Name)(counts);
        foreach (ClassificationLoss loss in losses.Values) loss.BeginEpoch(99, 100);
    }

    /// <summary>The names of the losses.</summary>
    public IEnumerable<string> Names => losses.Keys;

    /// <summary>The sizes at which they are measured.</summary>
    public static IReadOnlyList<(long Rows, int Classes)> Sizes => [(1024, 1000), (65536, 10), (4096, 100)];

    /// <summary>LibTorch's own cross entropy.</summary>
    public void LibTorch(bool weighted)
    {
        using var scope = NewDisposeScope();
        nn.functional.cross_entropy(logits, target, weighted ? weight : null).backward();
        logits.grad = null;
    }

    /// <summary>One of the losses.</summary>
    public void Run(string name)
    {
        using var scope = NewDisposeScope();
        losses[name].call(logits, target).backward();
        logits.grad = null;
    }

    /// <summary>Prints the lower quartile of the times of each loss and its ratio to LibTorch's, the two taken in turns.</summary>
    /// <param name="only">Names of losses, and "threads=N"; every loss if there are no names.</param>
    public static void Quick(IReadOnlyList<string> only)
    {
        NativeTorch.EnsureLoaded();
        string? threads = only.FirstOrDefault(a => a.StartsWith("threads=", StringComparison.Ordinal));
        if (threads is not null) set_num_threads(int.Parse(threads[8..], System.Globalization.CultureInfo.InvariantCulture));
        string[] chosen = [.. only.Where(a => a != threads)];
        foreach ((long rows, int classes) in Sizes)
        {
            using var cases = new LossCases(rows, classes);
            Console.WriteLine($"{rows} x {classes}, {get_num_threads()} threads: LibTorch, this library, ratio");
            foreach (string name in cases.Names.Where(n => chosen.Length == 0 || chosen.Contains(n)))
            {
                (double peer, double own) = Paired(() => cases.LibTorch(name.StartsWith("cross-entropy ", StringComparison.Ordinal)), () => cases.Run(name));
                Console.WriteLine($"  {name,-28} {peer,8:F3} ms {own,8:F3} ms  {own / peer:F2}");
            }
        }
    }

    public void Dispose()
    {
        logits.Dispose();
        target.Dispose();
        weight.Dispose();
        foreach (ClassificationLoss loss in losses.Values) loss.Dispose();
    }

    private static (double First, double Second) Paired(Action first, Action second)
    {
        double[] a = new double[40], b = new double[40];
        for (int i = 0; i < 35; i++)
        {
            first();
            second();
        }

        for (int i = 0; i < a.Length; i++) (a[i], b[i]) = (Time(first), Time(second));
        Array.Sort(a);
        Array.Sort(b);
        return (a[a.Length / 4], b[b.Length / 4]);
    }

    private static double Time(Action action)
    {
        long start = Stopwatch.GetTimestamp();
        action();
        return Stopwatch.GetElapsedTime(start).TotalMilliseconds;
    }
}
