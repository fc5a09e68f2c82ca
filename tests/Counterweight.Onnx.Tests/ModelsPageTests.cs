using System.Text.RegularExpressions;
using Counterweight.Comparison;
using Counterweight.Data;
using Counterweight.TestSupport;

namespace Counterweight.Onnx.Tests;

/// <summary>docs/models.md: its tables of what exports have every learner, ensemble and decision, and its C# runs.</summary>
public sealed class ModelsPageTests : IDisposable
{
    private static readonly string Page = File.ReadAllText(Path.Combine(Repository.Root, "docs", "models.md")).ReplaceLineEndings("\n");

    private readonly TempFiles files = new();

    public void Dispose() => files.Dispose();

    [Fact]
    public void Every_learner_and_decision_exports_or_has_its_reason()
    {
        string[][] parts = Table("| part |"), decisions = Table("| decision |");
        foreach (string[] row in parts.Skip(1)) Assert.Matches("^(yes|no: .{10,})", row[1]);
        foreach (string learner in LearnerCatalogue.All.Select(m => m.Name))
            Assert.Contains(parts, r => r[0].StartsWith($"`{learner}`", StringComparison.Ordinal));

        // DecisionGraphTests exports each of them.
        Assert.Equal(["decision", .. LearnerCatalogue.All.Select(m => $"`{m.Name}`").Order(StringComparer.Ordinal), "ensembles"],
            [decisions[0][0], .. decisions[0][1..^1].Order(StringComparer.Ordinal), decisions[0][^1]]);
        Assert.Equal(Decision.Catalogue.Select(m => $"`{m.Name}`").Order(StringComparer.Ordinal),
            decisions.Skip(1).Select(r => r[0]).Order(StringComparer.Ordinal));
        foreach (string[] row in decisions.Skip(1)) Assert.All(row[1..], cell => Assert.Equal("yes", cell));
        string[] exported = [.. DecisionGraphTests.Learners.Select(r => r.Data.Item1)];
        Assert.Equal(LearnerCatalogue.All.Select(m => m.Name).Order(StringComparer.Ordinal), exported.Distinct().Order(StringComparer.Ordinal));
        string[] remedies = [.. OnnxExportTests.Binary.Select(r => r.Data.Item2)];
        Assert.All(Ensemble.Catalogue, m => Assert.Contains(remedies, r => r.Contains($"ensemble:{m.Name}", StringComparison.Ordinal)));
    }

    [Fact]
    public void The_program_in_CSharp_runs()
    {
        using TrainedClassifier trained = Export();
        string csharp = Block("csharp");
        List<string> said = [];
        using (OnnxClassifier scorer = OnnxClassifier.Load(files["model.onnx"]))
            foreach (DatasetBatch batch in DatasetReader.ReadBatches(Path.Combine(Repository.Root, "samples", "hpc-jobs.csv"), scorer.Schema))
                foreach (string label in scorer.Predict(batch.Columns).Labels)
                    said.Add(label);
        Assert.Equal(4331, said.Count);
        string own = Plain(File.ReadAllText(Path.Combine(Repository.Root, "tests", "Counterweight.Onnx.Tests", "ModelsPageTests.cs")))
            .Replace("""files["model.onnx"]""", "\"model.onnx\"", StringComparison.Ordinal)
            .Replace("""Path.Combine(Repository.Root,"samples","hpc-jobs.csv")""", "\"samples/hpc-jobs.csv\"", StringComparison.Ordinal)
            .Replace("said.Add(", "Console.WriteLine(", StringComparison.Ordinal).Replace("using(", "using", StringComparison.Ordinal);
        foreach (string line in csharp.Split('\n', StringSplitOptions.RemoveEmptyEntries))
            Assert.Contains(Plain(line).TrimEnd(';'), own, StringComparison.Ordinal);

        static string Plain(string code) => Regex.Replace(code, "\\s", "");
    }

    private TrainedClassifier Export()
    {
        Dataset data = DatasetReader.Read(Path.Combine(Repository.Root, "samples", "hpc-jobs.csv"), "class");
        TrainedClassifier trained = TrainedClassifier.Fit(data, "linear", Remedy.Parse("weights:balanced"), OnnxExportTests.Quick);
        OnnxExport.Save(trained, files["model.onnx"], threads: 1);
        return trained;
    }

    private static string Block(string language) => Regex.Match(Page, $"```{language}\n(.*?)```", RegexOptions.Singleline).Groups[1].Value;

    /// <summary>The cells of the table that begins so.</summary>
    private static string[][] Table(string start) =>
        [.. Page[Page.IndexOf(start, StringComparison.Ordinal)..].Split('\n').TakeWhile(l => l.StartsWith('|'))
            .Where(l => !l.StartsWith("|-", StringComparison.Ordinal)).Select(l => l.Trim('|', ' ').Split(" | "))];
}
