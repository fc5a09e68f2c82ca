using Counterweight.Comparison;
using Counterweight.Data;

namespace Counterweight.Cli;

/// <summary><c>compare --shard</c>: trains a share of the fits, for <c>merge</c>.</summary>
internal static class ShardVerb
{
    /// <summary>Options that are a shard's own, or only about what is printed, with whether a value follows.</summary>
    private static readonly Dictionary<string, bool> Own = new(StringComparer.Ordinal)
    {
        ["--shard"] = true,
        ["--out"] = true,
        ["-o"] = true,
        ["--threads"] = true,
        ["--json"] = false,
        ["--quiet"] = false,
        ["-q"] = false,
    };

    internal static void Run(Invocation run, Dataset data, ComparisonOptions options, Shard shard, string folder)
    {
        string fingerprint = RunFingerprint.Of(data, options), file = ShardFile.PathOf(folder, shard);
        using RunStore store = RunStore.Open(folder, fingerprint, shard);
        if (store.Found > 0) run.Messages.Note($"{store.Found} finished results of {shard.Name} were found in {folder}.");
        var kept = new ShardFile(shard.Index, shard.Count, fingerprint, GivenWords.Without(run, Own), Directory.GetCurrentDirectory(), false, 0, []);
        kept.Write(file);
        (int judged, IReadOnlyList<string> failures) = RemedyComparison.RunShard(
            data, options, shard, store, new ProgressLine(run.Messages, options.TrainerSettings), run.Cancellation);
        kept = kept with { Finished = true, Judged = judged, Failures = failures };
        kept.Write(file);
        foreach (string failure in failures) run.Messages.Warn(failure);
        if (run.Json) Invocation.WriteJson(kept, CliDocuments.Documents.ShardFile);
        else Tables.Line(run.Output, $"Shard {shard.Index} of {shard.Count}: {judged} results in {folder}. When all are there: counterweight merge {folder}");
    }
}
