using System.Globalization;
using System.Text.Json;
using Counterweight.Comparison;

namespace Counterweight.Cli;

/// <summary>What a shard of a comparison leaves beside its store, so that the shards are put together as one run.</summary>
/// <param name="Shard">Which one, from 1.</param>
/// <param name="Of">How many there are.</param>
/// <param name="Fingerprint">What is compared: rows, folds, seed and metric.</param>
/// <param name="Arguments">The command line of the comparison, without what is the shard's own.</param>
/// <param name="Folder">The folder that it was run in, from which relative paths are.</param>
/// <param name="Finished">Whether it was run to its end.</param>
/// <param name="Judged">How many candidates were judged on a fold.</param>
/// <param name="Failures">What failed, and why.</param>
internal sealed record ShardFile(
    int Shard, int Of, string Fingerprint, IReadOnlyList<string> Arguments, string Folder, bool Finished, int Judged, IReadOnlyList<string> Failures)
{
    private const string Pattern = "shard-*.json";

    /// <summary>How many of the missing shards are named.</summary>
    private const int MostListed = 20;

    /// <summary>The file of a shard.</summary>
    internal static string PathOf(string folder, Shard shard) => Path.Combine(folder, shard.Name + ".json");

    internal void Write(string path) =>
        AtomicFile.Write(path, stream => Invocation.WriteJson(stream, this, CliDocuments.Documents.ShardFile));

    /// <summary>The shards of a folder, if they are all there, finished, and of one comparison.</summary>
    /// <exception cref="UnusableDataException">They are not; the message names which.</exception>
    internal static IReadOnlyList<ShardFile> All(string folder)
    {
        if (!Directory.Exists(folder)) throw new UnusableDataException("there is no such folder. Name the --out folder of the shards.", folder);
        List<(string Name, ShardFile Shard)> found = [];
        foreach (string path in Directory.GetFiles(folder, Pattern).Order(StringComparer.Ordinal)) found.Add((Path.GetFileName(path), Read(path)));
        if (found.Count == 0) throw new UnusableDataException("the folder holds no shards; 'compare ... --shard 1/N --out DIR' makes them.", folder);
        (string first, ShardFile one) = found[0];
        foreach ((string name, ShardFile shard) in found)
        {
            if (shard.Of != one.Of)
                throw new UnusableDataException(
                    $"{first} is one of {one.Of} shards and {name} one of {shard.Of}. Give each comparison a folder of its own.", folder);
            if (shard.Fingerprint != one.Fingerprint || !shard.Arguments.SequenceEqual(one.Arguments, StringComparer.Ordinal))
                throw new UnusableDataException($"{first} and {name} are of different comparisons: other data, or another command line "
                    + $"({string.Join(' ', shard.Arguments)}). Repeat one of them.", folder);
        }

        if (found.GroupBy(f => f.Shard.Shard).FirstOrDefault(g => g.Count() > 1) is { } twice)
            throw new UnusableDataException($"{string.Join(" and ", twice.Select(t => t.Name))} are both shard {twice.Key} of {one.Of}. Leave one of them out.",
                folder);
        HashSet<int> there = [.. found.Select(f => f.Shard.Shard)];
        int[] missing = [.. Enumerable.Range(1, one.Of).Where(n => !there.Contains(n)).Take(MostListed + 1)];
        if (missing.Length > 0) throw new UnusableDataException($"{Listed(missing)} missing. {Advice(missing[0])}", folder);
        int[] unfinished = [.. found.Where(f => !f.Shard.Finished).Select(f => f.Shard.Shard).Order()];
        if (unfinished.Length > 0)
            throw new UnusableDataException($"{Listed(unfinished)} not finished. {Advice(unfinished[0])} What it has finished is not trained again.", folder);
        return [.. found.Select(f => f.Shard).OrderBy(s => s.Shard)];

        string Listed(int[] shards) => string.Create(CultureInfo.InvariantCulture,
            $"{(shards.Length == 1 ? "shard" : "shards")} {string.Join(", ", shards.Take(MostListed))}{(shards.Length > MostListed ? " and others" : "")} of "
            + $"{one.Of} {(shards.Length == 1 ? "is" : "are")}");
        string Advice(int shard) => $"Run 'counterweight {string.Join(' ', one.Arguments)} --shard {shard}/{one.Of} --out {folder}'.";
    }

    private static ShardFile Read(string path)
    {
        try
        {
            using FileStream file = File.OpenRead(path);
            return JsonSerializer.Deserialize(file, CliDocuments.Documents.ShardFile) is { Arguments: not null, Failures: not null, Of: > 0 } shard ? shard
                : throw new JsonException("something is missing");
        }
        catch (Exception damaged) when (damaged is JsonException or NotSupportedException)
        {
            throw new UnusableDataException(
                $"the file of a shard is damaged: {damaged.Message} Delete it and run the shard again.", path, innerException: damaged);
        }
    }
}
