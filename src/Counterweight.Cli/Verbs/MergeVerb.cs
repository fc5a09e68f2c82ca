using System.CommandLine;
using Counterweight.Comparison;

namespace Counterweight.Cli;

/// <summary><c>merge</c>: makes the comparison of what its shards trained.</summary>
internal static class MergeVerb
{
    internal static VerbCommand Create()
    {
        var verb = new VerbCommand(
            "merge", "Makes the comparison of shards, each trained by 'compare ... --shard I/N --out DIR': the same as one run without racing would give.",
            ("merge report", "report.html and comparison.json of the shards in report/"));
        Argument<string> folder = new("DIR") { Description = "The --out folder of the shards." };
        verb.Add(folder);
        verb.RunsTo(run =>
        {
            string place = Path.GetFullPath(run.Value(folder)!);
            IReadOnlyList<ShardFile> shards = ShardFile.All(place);
            using (RunStore store = RunStore.Open(place, shards[0].Fingerprint))
                foreach (ShardFile shard in shards) store.Import(Path.Combine(place, RunStore.FileOf(new Shard(shard.Shard, shard.Of))));
            foreach (ShardFile shard in shards) CopyFits(place, new Shard(shard.Shard, shard.Of));
            foreach (string failure in shards.SelectMany(s => s.Failures).Distinct()) run.Messages.Note($"failed in a shard, and tried again here: {failure}");
            if (Directory.Exists(shards[0].Folder)) Directory.SetCurrentDirectory(shards[0].Folder);
            List<string> arguments = [.. shards[0].Arguments, "--resume", place];
            ReadOnlySpan<(bool, string)> more = [(true, "--no-racing"), (true, "--thorough"), (run.Json, "--json"), (run.Quiet, "--quiet")];
            foreach ((bool asked, string option) in more)
                if (asked && !arguments.Contains(option)) arguments.Add(option);
            return CommandLine.Continue([.. arguments]);
        });
        return verb;
    }

    /// <summary>Fits of programs, which each shard keeps in a folder of its own.</summary>
    private static void CopyFits(string place, Shard shard)
    {
        string from = Path.Combine(place, shard.Name);
        if (!Directory.Exists(from)) return;
        foreach (string file in Directory.EnumerateFiles(from, "*", SearchOption.AllDirectories))
        {
            string to = Path.Combine(place, Path.GetRelativePath(from, file));
            if (File.Exists(to)) continue;
            Directory.CreateDirectory(Path.GetDirectoryName(to)!);
            File.Copy(file, to);
        }
    }
}
