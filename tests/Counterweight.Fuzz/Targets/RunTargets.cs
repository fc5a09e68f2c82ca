using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using Counterweight.Cli;
using Counterweight.Comparison;
using Counterweight.Data;

namespace Counterweight.Fuzz;

/// <summary>What a comparison leaves behind: the store of a run, comparison.json, jobs, shards.</summary>
internal static class RunTargets
{
    private const string Store = "store";

    internal static IReadOnlyList<Target> All { get; } =
    [
        new("comparison", 150, ["null", "{}", "[]", "\"linear\"", "\"gbdt\"", "\"none\"", "\"y\"", "\"recommendation\":", "\"asked\":",
            "\"reading\":"], Comparison)
        {
            Made = folder => [File.ReadAllBytes(Path.Combine(folder, "out", ComparisonDocument.FileName))],
        },
        new("job", 150, ["null", "\"protocol\":1", "\"learner\":", "\"rows\"", "{}", "[]", "-1"], folder => Job(folder, "job.json"))
        {
            Made = folder => [Whole(folder, "job.json")],
        },
        new("job-rows", 150, ["CWROWS1\n"], folder => Job(folder, "data")) { Made = folder => [Whole(folder, "data")] },
        new("job-train", 150, ["<i8", "(120,)"], folder => Job(folder, "train")) { Made = folder => [Whole(folder, "train")] },
        new("shard", 100, ["null", "\"shard\":1", "\"of\":2", "[]", "{}", "\"arguments\":"], Shards)
        {
            Made = _ =>
            [
                """
                {"shard":1,"of":1,"fingerprint":"a","arguments":["compare","a.csv","-t","y"],"folder":"/nowhere","finished":true,"judged":1,
                "failures":[]}
                """u8.ToArray(),
            ],
        },
        new("store", 40, [], RunStores) { Made = _ => [[], Edit((4096, 1)), Edit((8192, 255), (300_000, 7)), [1], [2, 0, 16, 0, 0]] },
    ];

    private static ComparisonOptions Options => new()
    {
        Learners = ["linear"],
        Remedies = [Remedy.Parse("none"), Remedy.Parse("weights:balanced")],
        Folds = 2,
        Repeats = 1,
        Threads = 1,
        Racing = false,
    };

    private static Action<byte[]> Comparison(string folder)
    {
        Dataset rows = ModelTargets.Rows(folder);
        ComparisonDocument document = ComparisonDocument.Of(RemedyComparison.Run(rows, Options), new(), "kind");
        string inside = Directory.CreateDirectory(Path.Combine(folder, "out")).FullName, path = Path.Combine(inside, ComparisonDocument.FileName);
        using (FileStream stream = File.Create(path)) document.Write(stream);
        string changed = Path.Combine(folder, "changed.json");
        return bytes =>
        {
            File.WriteAllBytes(changed, bytes);
            Verbs.Run("train", Path.Combine(folder, "rows.csv"), "--comparison", changed, "-o", Path.Combine(folder, "model"), "-q", "--threads", "1");
        };
    }

    private static string Jobs(string folder) =>
        Directory.GetFiles(Path.Combine(folder, "out"), "job.json", SearchOption.AllDirectories).Order(StringComparer.Ordinal).First();

    /// <summary>The path of what a job names: itself, its rows, its row numbers.</summary>
    private static string PathOf(string folder, string part)
    {
        string job = Jobs(folder);
        if (part == "job.json") return job;
        using var document = System.Text.Json.JsonDocument.Parse(File.ReadAllBytes(job));
        return part == "data" ? document.RootElement.GetProperty("data").GetProperty("file").GetString()! : document.RootElement.GetProperty(part).GetString()!;
    }

    private static byte[] Whole(string folder, string part) => File.ReadAllBytes(PathOf(folder, part));

    private static Action<byte[]> Job(string folder, string part)
    {
        // A launcher that starts nothing leaves the jobs behind.
        ModelTargets.Rows(folder);
        try
        {
            Verbs.Run("compare", Path.Combine(folder, "rows.csv"), "-t", "y", "-l", "linear", "-r", "threshold:tuned", "--folds", "2", "--repeats", "1",
                "--launcher", "false", "--group", "kind", "--jobs", "1", "--fit-retries", "0", "--out", Path.Combine(folder, "out"), "-q", "--threads", "1");
        }
        catch (Exception failed) when (failed is UsageException or InvalidOperationException)
        {
        }

        string path = PathOf(folder, part), job = Jobs(folder);
        byte[] whole = File.ReadAllBytes(path);
        return bytes =>
        {
            try
            {
                File.WriteAllBytes(path, bytes);
                Verbs.Run("fit", job, "-q");
            }
            finally
            {
                File.WriteAllBytes(path, whole);
            }
        };
    }

    private static Action<byte[]> Shards(string folder)
    {
        string inside = Directory.CreateDirectory(Path.Combine(folder, "shards")).FullName;
        return bytes =>
        {
            File.WriteAllBytes(Path.Combine(inside, "shard-1-of-1.json"), bytes);
            _ = ShardFile.All(inside);
        };
    }

    /// <summary>Damages to the file of a run: each 5 bytes are a place and what to change there; a first byte alone cuts the file.</summary>
    private static byte[] Edit(params (int At, byte Value)[] changes)
    {
        byte[] bytes = new byte[5 * changes.Length];
        for (int i = 0; i < changes.Length; i++)
        {
            BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(5 * i), changes[i].At);
            bytes[(5 * i) + 4] = changes[i].Value;
        }

        return bytes;
    }

    private static Action<byte[]> RunStores(string folder)
    {
        Dataset rows = ModelTargets.Rows(folder);
        string fingerprint = RunFingerprint.Of(rows, Options), place = Path.Combine(folder, Store), path = Path.Combine(place, RunStore.FileName);
        string right;
        using (RunStore store = RunStore.Open(place, fingerprint)) right = Figures(RemedyComparison.Run(rows, Options, null, store));
        byte[] whole = File.ReadAllBytes(path);
        return bytes =>
        {
            byte[] damaged = [.. whole];
            if (bytes.Length % 5 is > 0 and < 5 && bytes.Length < 5) damaged = damaged[..(damaged.Length * bytes[0] / 256)];
            for (int at = 0; at + 5 <= bytes.Length; at += 5)
                damaged[BinaryPrimitives.ReadUInt32LittleEndian(bytes.AsSpan(at)) % damaged.Length] ^= (byte)(bytes[at + 4] | 1);
            foreach (string file in Directory.GetFiles(place)) File.Delete(file);
            File.WriteAllBytes(path, damaged);
            using RunStore store = RunStore.Open(place, fingerprint);
            string resumed = Figures(RemedyComparison.Run(rows, Options, null, store));
            if (resumed != right) throw new InvalidOperationException($"a wrong answer: {resumed} instead of {right}");
        };
    }

    private static string Figures(ComparisonResult result) => string.Join("; ", result.Candidates.Select(c => string.Create(CultureInfo.InvariantCulture,
        $"{c.Candidate.Remedy.Name} {c.Status} {c.Mean?.Mean:R} {c.Mean?.Low:R} ")
        + string.Join(' ', c.Metrics.OrderBy(m => m.Key, StringComparer.Ordinal).Select(m => m.Value.ToString("R", CultureInfo.InvariantCulture)))));
}
