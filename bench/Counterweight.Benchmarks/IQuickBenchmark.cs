namespace Counterweight.Benchmarks;

/// <summary>A comparison that prints medians of a few runs, for use beside a peer's script; found by its type, so that adding one is adding a file.</summary>
internal interface IQuickBenchmark
{
    string Name { get; }

    void Run(string[] args);
}
