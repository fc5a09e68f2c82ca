using System.Diagnostics;
using Counterweight.TestSupport;

namespace Counterweight.Comparison.Tests;

/// <summary>The templates and the samples, run as they stand with the frameworks of this machine; build/setup.sh installs those.</summary>
public class RealProgramTests
{
    private const string Python = "/usr/bin/python3";

    private static void Need(string module)
    {
        bool there = File.Exists(Python);
        if (there)
        {
            using Process process = Process.Start(new ProcessStartInfo(Python, ["-c",
                $"import importlib.util, sys; sys.exit(importlib.util.find_spec('{module}') is None)"]))!;
            process.WaitForExit();
            there = process.ExitCode == 0;
        }

        Assert.SkipUnless(there, $"{Python} has no {module}; build/setup.sh installs it.");
    }

    [Theory]
    [InlineData("sklearn", "sklearn")]
    [InlineData("xgboost", "xgboost")]
    [InlineData("pytorch", "torch")]
    public void ATemplateRunsAsItStands(string template, string module)
    {
        Need(module);
        using var programs = new Programs(rows: 240);
        using var files = new TempFiles();
        string script = files.Write("train.py", TrainerTemplates.Get(template));
        IReadOnlyList<TrainerFinding> findings = TrainerCheck.Run(
            programs.Data, new ExternalTrainer(template, $"{Python} {script}"), programs.Settings with { Threads = 1 });
        Assert.All(findings, f => Assert.True(f.Outcome != TrainerFindingKind.Wrong, f.Detail));
        Assert.Contains(findings, f => f is { Name: "weights:balanced", Outcome: TrainerFindingKind.Ok });
        Assert.Contains(findings, f => f is { Name: "sampler:class-balanced", Outcome: TrainerFindingKind.Ok });
        Assert.Contains(findings, f => f is { Name: "resample:random-under", Outcome: TrainerFindingKind.Ok });
    }

    [Fact]
    public void TheSampleOfScikitLearnRuns()
    {
        Need("sklearn");
        string data = Path.Combine(Repository.Root, "samples", "hpc-jobs.csv"), script = Path.Combine(Repository.Root, "samples", "trainers", "hpc-jobs",
            "train.py");
        ComparisonResult result = RemedyComparison.Run(Data.DatasetReader.Read(data, "class"), new ComparisonOptions
        {
            Trainers = [new ExternalTrainer("sample", $"{Python} {script}")],
            TrainerSettings = new TrainerSettings { DataFile = data, Threads = 1 },
            Remedies = Remedy.ParseList("none,weights:balanced,offsets:tuned"),
            Holdout = 0.25,
        });
        Assert.All(result.Candidates, c => Assert.Equal(CandidateStatus.Done, c.Status));
    }
}
