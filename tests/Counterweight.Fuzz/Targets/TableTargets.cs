using System.IO.Compression;
using System.Text;
using Counterweight.Comparison;
using Counterweight.Data;

namespace Counterweight.Fuzz;

/// <summary>Tables: CSV, JSON lines and arrays, gzip and Parquet, read as a whole, by labels and by batches, and written again; scores and costs.</summary>
internal static class TableTargets
{
    private static readonly ColumnSchema[] Schema = [new("a", NumericKind.Real, []), new("t", null, ["u", "v"]), new("when", NumericKind.Timestamp, [])];

    internal static IReadOnlyList<Target> All { get; } =
    [
        new("csv", 700, ["\"", "\"\"", "\r\n", "\n", ";", "\t", "|", ",y", "\u00ef\u00bb\u00bf", "NA", "NaN", "2024-01-01", "2024-01-01T10:00:00+01:00",
            "01/02/2024", "1,234.50", "12%", "true", "\0", "a,a", "column0"], folder => Table(folder, "in.csv")),
        new("json", 700, ["{", "}", "[", "]", ":", ",", "\"", "\\u0000", "\\ud800", "null", "true", "{}", "[]", "\"y\":", "\"y\":1}\n", "[[1]]", "1e5"],
            folder => Table(folder, "in.jsonl")),
        new("gzip", 250, ["\u001f\u008b\u0008"], folder => Table(folder, "in.csv.gz")) { Made = _ => [Gzip("csv"), Gzip("json")] },
        new("parquet", 120, ["PAR1", "schema", "y"], folder => Table(folder, "in.parquet")) { Made = Parquet },
        new("scores", 500, ["row,no,yes\n", "<f8", "<f4", ">i2", "|b1", "True", "False", "(4, 2)", "(4,)", "descr", "fortran_order",
            "shape", "\u0093NUMPY", "'"],
            Scores) { Made = _ => [Array("<f8", "(4, 2)", 64), Array("<f4", "(4,)", 16), Array(">i2", "(2, 2, 1)", 8)] },
        new("costs", 600, ["class,cost\n", "no", "yes", "maybe", ",", ";", "\t", "\"", "#", "-", "0,1,1\n"], _ => Costs),
        new("decide", 120, ["p,y\n", "yes", "no", "1.5", "-0.1", ",", "\"", "NA"], Decide),
        new("npy", 600, ["<f8", "<f2", ">i8", "<u4", "|b1", "True", "(2, 3)", "(0,)", "()", "descr", "fortran_order", "shape", "'", ", "], Npys)
        {
            Made = _ => [Array("<f8", "(2, 3)", 48), Array("<i8", "(6,)", 48), Array(">f2", "(3, 2)", 12), Array("|b1", "()", 1)],
        },
    ];

    /// <summary>Reads a file in every way that there is, and writes what was read.</summary>
    private static Action<byte[]> Table(string folder, string name) => bytes =>
    {
        string path = Path.Combine(folder, name);
        File.WriteAllBytes(path, bytes);
        var options = new DatasetOptions { Threads = 1 };
        try
        {
            foreach (DatasetBatch batch in DatasetReader.ReadBatches(path, Schema, options)) _ = batch.Rows;
        }
        catch (UnusableDataException)
        {
        }

        if (bytes.Length % 3 == 0) options = options with { NoHeader = true };
        if (bytes.Length % 5 == 0) options = options with { NaNIsMissing = true, MissingWords = ["-", "0"] };
        IReadOnlyList<string> names = DatasetReader.ColumnNames(path, options);
        string target = names.Contains("y") || names.Count == 0 ? "y" : names[^1];
        try
        {
            _ = LabelCounter.Count(path, target, options);
        }
        catch (UnusableDataException)
        {
        }

        Dataset read = DatasetReader.Read(path, target, options);
        DatasetWriter.Write(read, Path.Combine(folder, "out.csv"));
        DatasetWriter.Write(read, Path.Combine(folder, "out.jsonl"));
        if (bytes.Length % 11 == 0) DatasetWriter.Write(read, Path.Combine(folder, "out.parquet"));
    };

    private static byte[] Gzip(string corpus)
    {
        using var made = new MemoryStream();
        byte[] text = File.ReadAllBytes(Directory.GetFiles(Target.Folder("corpus", corpus)).Order(StringComparer.Ordinal).First());
        foreach ((int from, int to) in (ReadOnlySpan<(int, int)>)[(0, 20), (20, text.Length)])
        {
            using var gzip = new GZipStream(made, CompressionLevel.Optimal, leaveOpen: true);
            gzip.Write(text.AsSpan(from, to - from));
        }

        return made.ToArray();
    }

    private static IEnumerable<byte[]> Parquet(string folder)
    {
        foreach (string csv in Directory.GetFiles(Target.Folder("corpus", "csv")).Order(StringComparer.Ordinal))
        {
            byte[] made;
            try
            {
                string path = Path.Combine(folder, "made.csv"), parquet = Path.Combine(folder, "made.parquet");
                File.Copy(csv, path, overwrite: true);
                DatasetWriter.Write(DatasetReader.Read(path, "y"), parquet);
                made = File.ReadAllBytes(parquet);
            }
            catch (Exception unfit) when (unfit is UnusableDataException or ArgumentException)
            {
                continue;
            }

            yield return made;
        }
    }

    private static byte[] Array(string type, string shape, int bytes)
    {
        string header = $"{{'descr': '{type}', 'fortran_order': False, 'shape': {shape}, }}".PadRight(117) + "\n";
        return [0x93, .. "NUMPY"u8, 1, 0, (byte)header.Length, 0, .. Encoding.ASCII.GetBytes(header),
            .. Enumerable.Range(0, bytes).Select(i => (byte)(i % 8 == 7 ? 63 : 0))];
    }

    private static Action<byte[]> Npys(string folder) => bytes =>
    {
        string path = Path.Combine(folder, "rows.npy");
        File.WriteAllBytes(path, bytes);
        _ = Npy.Read(path);
    };

    private static Action<byte[]> Scores(string folder)
    {
        var reader = new ScoresFile(["no", "yes"], 1, [3, 1, 4, 5]) { ValidationRows = 2 };
        return bytes =>
        {
            string path = Path.Combine(folder, "scores.npy");
            File.WriteAllBytes(path, bytes);
            try
            {
                ResultFile.Read(path);
            }
            catch (TrainerException)
            {
            }

            try
            {
                LearnerResult.Read(path, "rows");
            }
            catch (TrainerException)
            {
            }

            double[] scores = reader.Read(path, null);
            if (scores.Length != 8 || scores.Any(s => !(s >= 0 && s <= 1))) throw new InvalidOperationException($"scores of {string.Join(", ", scores)}");
        };
    }

    private static void Costs(byte[] bytes)
    {
        string text = Encoding.UTF8.GetString(bytes);
        string[] labels = ["no", "yes", "maybe"];
        try
        {
            _ = CostMatrix.Parse(text, labels, "costs.csv");
        }
        catch (UnusableDataException)
        {
        }

        if (CostMatrix.ParsePerClass(text, labels, "costs.csv").Any(c => !(c >= 0 && double.IsFinite(c))))
            throw new InvalidOperationException("a cost below 0");
    }

    private static Action<byte[]> Decide(string folder) => bytes =>
    {
        string path = Path.Combine(folder, "scored.csv");
        File.WriteAllBytes(path, bytes);
        Verbs.Run("decide", path, "-t", "y", "--scores", "p", "-m", "f1", "--folds", "2", "--calibrate", "isotonic", "-q", "--threads", "1");
    };
}
