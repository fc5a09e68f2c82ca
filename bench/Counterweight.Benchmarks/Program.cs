using System.Reflection;
using BenchmarkDotNet.Running;

namespace Counterweight.Benchmarks;

/// <summary><c>--quick NAME [arguments]</c> runs one of the quick comparisons; anything else goes to BenchmarkDotNet.</summary>
internal static class Program
{
    private static int Main(string[] args)
    {
        if (args is not ["--quick", ..])
        {
            BenchmarkSwitcher.FromAssembly(typeof(Program).Assembly).Run(args);
            return 0;
        }

        IQuickBenchmark[] all =
        [
            .. Assembly.GetExecutingAssembly().GetTypes().Where(t => t is { IsAbstract: false } && t.IsAssignableTo(typeof(IQuickBenchmark)))
                .Select(t => (IQuickBenchmark)Activator.CreateInstance(t)!),
        ];
        IQuickBenchmark? chosen = all.FirstOrDefault(b => args.Length > 1 && b.Name == args[1]);
        if (chosen is null)
        {
            Console.Error.WriteLine($"--quick takes one of: {string.Join(", ", all.Select(b => b.Name).Order(StringComparer.Ordinal))}");
            return 2;
        }

        chosen.Run(args[2..]);
        return 0;
    }
}
