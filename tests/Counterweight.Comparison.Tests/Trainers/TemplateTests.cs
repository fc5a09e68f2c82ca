using System.Diagnostics;
using System.Globalization;
using Counterweight.Data;
using Counterweight.TestSupport;

namespace Counterweight.Comparison.Tests;

/// <summary>
/// Every template as it stands, on the paths that a job can take: scores of the right shape, weights and drawn rows that change them, columns that are no
/// features left alone, and what a program cannot do refused.
/// </summary>
/// <remarks>
/// scikit-learn, PyTorch, XGBoost and R are those of the machine; build/setup.sh installs them. Keras, Lightning, Hugging Face and LightGBM for Python are in
/// no Debian: StandIns/ has the names that the templates use, by hand. Those of ML.NET and TorchSharp are built beside the tests (tests/Programs).
/// </remarks>
public class TemplateTests
{
    private const string Python = "/usr/bin/python3";

    /// <summary>
    /// What weights have to do at least to the mean probability of the rare class: half of what they do to boosted trees. Another draw of the rows moves it by
    /// 0.01.
    /// </summary>
    private const double LeastEffect = 0.05;

    /// <summary>What each template refuses.</summary>
    private static readonly Dictionary<string, string[]> Refused = new()
    {
        ["pytorch"] = ["resample:smote", "loss:ldam"],
        ["mlnet"] = ["resample:smote", "loss:focal", "sampler:class-balanced"],
        ["torchsharp"] = ["resample:smote", "loss:focal", "sampler:class-balanced"],
    };

    private static string StandIns => Path.Combine(Repository.Root, "tests", "Counterweight.Comparison.Tests", "Trainers", "StandIns");

    private static bool Succeeds(string program, params string[] arguments)
    {
        try
        {
            using Process process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true })!;
            process.StandardOutput.ReadToEnd();
            process.WaitForExit();
            return process.ExitCode == 0;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return false;
        }
    }

    private static void Need(string module) => Assert.SkipUnless(
        File.Exists(Python) && Succeeds(Python, "-c", $"import importlib.util, sys; sys.exit(importlib.util.find_spec('{module}') is None)"),
        $"{Python} has no {module}; build/setup.sh installs it.");

    private static string Built(string project) => Path.GetFullPath(
        Path.Combine(AppContext.BaseDirectory, "..", "..", project, Path.GetFileName(Path.TrimEndingDirectorySeparator(AppContext.BaseDirectory)),
            project + ".dll"));

    [Theory]
    [InlineData("sklearn", "sklearn")]
    [InlineData("xgboost", "xgboost")]
    [InlineData("pytorch", "torch")]
    public void PythonTemplatesRunAsTheyStand(string template, string module)
    {
        Need(module);
        using var files = new TempFiles();
        CheckPaths(files, template, $"{Python} {files.Write("train.py", TrainerTemplates.Get(template))}");
    }

    [Theory]
    [InlineData("keras", "numpy")]
    [InlineData("lightgbm", "numpy")]
    [InlineData("lightning", "torch")]
    [InlineData("huggingface", "torch")]
    public void PythonTemplatesRunWithTheNamesOfTheirFrameworks(string template, string module)
    {
        Need(module);
        using var files = new TempFiles();
        string script = files.Write("train.py", TrainerTemplates.Get(template));
        CheckPaths(files, template, $"env 'PYTHONPATH={StandIns}' PYTHONDONTWRITEBYTECODE=1 {Python} {script}");
    }

    [Fact]
    public void TheTemplateInRRunsAsItStands()
    {
        Assert.SkipUnless(Succeeds("Rscript", "-e", "library(jsonlite); library(nnet)"), "There is no R with jsonlite and nnet; build/setup.sh installs it.");
        using var files = new TempFiles();
        CheckPaths(files, "r", $"Rscript {files.Write("train.R", TrainerTemplates.Get("r"))}");
    }

    [Fact]
    public void TheTemplateOfMlNetRunsAsItStands()
    {
        using var files = new TempFiles();
        CheckPaths(files, "mlnet", $"dotnet {Built("MlNetTrainer")}");
    }

    [Fact]
    public void TheTemplateOfTorchSharpRunsAsItStands()
    {
        using var files = new TempFiles();
        CheckPaths(files, "torchsharp", $"dotnet {Built("TorchSharpTrainer")}");
    }

    [Fact]
    public void EveryTemplateHasAtMostFortyLinesAndSaysWhatToChange()
    {
        foreach (string name in TrainerTemplates.Names)
        {
            string[] lines = TrainerTemplates.Get(name).TrimEnd('\n').Split('\n');
            Assert.InRange(lines.Length, 20, 40);
            Assert.InRange(lines.Count(l => l.EndsWith(" yours", StringComparison.Ordinal) || l.Contains("# yours:", StringComparison.Ordinal)), 3, 6);
            Assert.Contains(lines, l => l.Contains("78", StringComparison.Ordinal));
        }
    }

    private static void CheckPaths(TempFiles files, string template, string command)
    {
        Dataset data = Rows(files, out string file), weighted = data.WithSampleWeights("w");
        var trainer = new ExternalTrainer("program", command);
        double[] none = Scores(Remedy.None, data), weights = Scores(Remedy.Parse("weights:balanced"), data);
        double[] own = Scores(Remedy.Parse("weights:balanced"), weighted);
        Assert.NotEqual(none, weights);
        Assert.NotEqual(weights, own);

        // The rare class is believed more where it weighs more: its mean probability is a ninth without weights, and above a fifth with them.
        // The column 'leak' is the label itself, and no feature.
        Assert.True(Rare(weights) > Rare(none) + LeastEffect, $"{Rare(none)} {Rare(weights)}");
        Assert.InRange(Right(weights), 0.55, 0.95);
        string[] refused = Refused.GetValueOrDefault(template) ?? ["resample:smote", "loss:focal"];
        foreach (string remedy in refused)
            Assert.NotEmpty(Assert.Throws<RemedyRefusedException>(() => Scores(Remedy.Parse(remedy), data)).Message);
        if (!refused.Contains("sampler:class-balanced"))
        {
            double[] drawn = Scores(Remedy.Parse("sampler:class-balanced"), data);
            Assert.True(Rare(drawn) > Rare(none) + LeastEffect, $"{Rare(none)} {Rare(drawn)}");
        }

        TestContext.Current.SendDiagnosticMessage($"{template}: none {Rare(none):0.000}, weights {Rare(weights):0.000}, right {Right(weights):0.000}");
        if (template == "pytorch")
        {
            double[][] losses = [.. ((string[])["loss:focal", "loss:logit-adjusted", "loss:balanced-softmax"]).Select(l => Scores(Remedy.Parse(l), data))];
            Assert.All(losses, l => Assert.NotEqual(none, l));
        }

        double[] Scores(Remedy remedy, Dataset rows)
        {
            string folder = files[$"{remedy.Name.Replace(':', '-')}-{rows.SampleWeightColumn}"];
            var settings = new TrainerSettings { DataFile = file, FitRetries = 0, Threads = 1 };
            ProgramTraining.Run(rows, trainer, remedy, settings, folder);
            string fit = Directory.GetDirectories(Path.Combine(folder, "fits"), "program-*").Single();
            int[] validation = [.. Npy.Read(Path.Combine(folder, "fits", "rows", Directory.GetFiles(Path.Combine(folder, "fits", "rows"), "*-validation.npy")
                .Single())).Values.Select(v => (int)v)];
            return new ScoresFile(rows.ClassNames, 1, validation) { ValidationRows = validation.Length }
                .Read(ScoresFile.Find(Path.Combine(fit, "scores.npy"))!, ResultFile.Read(Path.Combine(fit, "result.json")).Kind);
        }

        double Rare(double[] scores) => scores.Where((_, i) => i % 2 == 1).Average();

        double Right(double[] scores)
        {
            string folder = Path.Combine(files["weights-balanced-"], "fits", "rows");
            double[] rows = Npy.Read(Directory.GetFiles(folder, "*-validation.npy").Single()).Values;
            return Enumerable.Range(0, rows.Length).GroupBy(i => data.Labels[(int)rows[i]])
                .Average(of => of.Average(i => scores[(2 * i) + of.Key] > 0.5 ? 1.0 : 0.0));
        }
    }

    /// <summary>
    /// Two classes that overlap, a column of numbers with gaps, one of words, one of weights and one that gives the label away. The numbers are whole, so that
    /// rows of both classes are alike and no model tells them apart by heart: what weights do to their probability is then seen.
    /// </summary>
    private static Dataset Rows(TempFiles files, out string file)
    {
        var random = new SeededRandom(7);
        var text = new System.Text.StringBuilder("x,z,kind,w,leak,y\n");
        for (int i = 0; i < 1080; i++)
        {
            int label = i % 9 == 0 ? 1 : 0;
            double x = Math.Round(random.NextGaussian() + (1.1 * label)), z = Math.Sign(random.NextGaussian());
            text.Append(CultureInfo.InvariantCulture,
                $"{x:0.0},{(i % 11 == 3 ? "" : z.ToString("0.0", CultureInfo.InvariantCulture))},{(i % 3 == 0 ? "a" : "b")},{1 + (i % 2)},{label},"
                + $"{(label == 1 ? "rare" : "common")}\n");
        }

        file = files.Write("data.csv", text.ToString());
        return DatasetReader.Read(file, "y", new DatasetOptions { Aside = ["leak"] });
    }
}
