using System.Globalization;
using Counterweight.Data;
using Counterweight.TestSupport;

namespace Counterweight.Comparison.Tests;

/// <summary>contract.py knows the contract and nothing of ours: it holds every field of every job against the page, and fails where one differs.</summary>
public class ContractTests
{
    [Theory]
    [InlineData(false, "none,weights:balanced,sampler:class-balanced,resample:random-under,resample:random-over,resample:smote,loss:focal,threshold:tuned")]
    [InlineData(true, "none,weights:balanced,sampler:class-balanced,resample:random-under,loss:logit-adjusted")]
    public void EveryFieldOfAJobIsAsThePageSays(bool weighted, string remedies)
    {
        const string python = "/usr/bin/python3";
        Assert.SkipUnless(File.Exists(python), $"There is no {python}; build/setup.sh installs it.");
        using var files = new TempFiles();
        var random = new SeededRandom(3);
        var text = new System.Text.StringBuilder("x,w,y\n");
        for (int i = 0; i < 300; i++)
            text.Append(CultureInfo.InvariantCulture, $"{random.NextGaussian():0.000},{1 + (i % 3)},{(i % 7 == 0 ? "yes" : "no")}\n");
        Dataset data = DatasetReader.Read(files.Write("data.csv", text.ToString()), "y");
        if (weighted) data = data.WithSampleWeights("w");
        string program = Path.Combine(Repository.Root, "tests", "Counterweight.Comparison.Tests", "Trainers", "contract.py");
        ComparisonResult result = RemedyComparison.Run(data, new ComparisonOptions
        {
            Trainers = [new ExternalTrainer("program", $"{python} '{program}' {{job}}")],
            TrainerSettings = new TrainerSettings { DataFile = files["data.csv"], FitRetries = 0, Jobs = 2, Tables = true },
            Remedies = Remedy.ParseList(remedies),
            Holdout = 0.3,
            Seeds = 2,
        });
        Assert.All(result.Candidates, c => Assert.True(c.Status == CandidateStatus.Done, $"{c.Candidate}: {c.Reason}"));
    }
}
