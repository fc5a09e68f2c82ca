namespace Counterweight.Report;

/// <summary>The names of the reductions on the command line and in documents.</summary>
internal static class ReductionNames
{
    private static readonly (string Name, Reduction Reduction)[] Names =
        [("weighted-mean", Reduction.WeightedMean), ("batch-mean", Reduction.BatchMean), ("sum", Reduction.Sum)];

    internal static IReadOnlyList<string> All { get; } = [.. Names.Select(n => n.Name)];

    internal static string Of(Reduction reduction) => Names.FirstOrDefault(n => n.Reduction == reduction).Name ?? reduction.ToString().ToLowerInvariant();

    internal static Reduction? Parse(string name) => Names.Any(n => n.Name == name) ? Names.First(n => n.Name == name).Reduction : null;
}
