namespace Counterweight.Fuzz;

/// <summary>Every reader of files that the tool has.</summary>
internal static class Targets
{
    internal static IReadOnlyList<Target> All { get; } = [.. TableTargets.All, .. LabelTargets.All, .. ModelTargets.All, .. RunTargets.All];

    internal static Target Named(string name) => All.Single(t => t.Name == name);
}
