using System.CommandLine;

namespace Counterweight.Cli;

/// <summary>The options that every verb understands. They are global: they may stand before or after the verb.</summary>
internal static class CommonOptions
{
    internal static Option<string?> Target { get; } = new("--target", "-t")
    {
        Description = "The label column, by name or by 0-based index.",
        HelpName = "COLUMN",
        Recursive = true,
    };

    internal static Option<long> Seed { get; } = new("--seed")
    {
        Description = "The seed of every random choice.",
        HelpName = "N",
        DefaultValueFactory = _ => 0,
        Recursive = true,
    };

    internal static Option<bool> Json { get; } = new("--json") { Description = "One JSON document on standard output, nothing else there.", Recursive = true };

    internal static Option<bool> Quiet { get; } =
        new("--quiet", "-q") { Description = "No progress and no warnings on standard error; errors remain.", Recursive = true };

    internal static Option<int> Threads { get; } = new("--threads")
    {
        Description = "The most threads to use; 0 means every processor. The results do not depend on it.",
        HelpName = "N",
        DefaultValueFactory = _ => 0,
        Recursive = true,
    };

    /// <summary>All of them, in the order of the help.</summary>
    internal static IReadOnlyList<Option> All { get; } = [Target, Seed, Json, Quiet, Threads, .. ReadingOptions.All];
}
