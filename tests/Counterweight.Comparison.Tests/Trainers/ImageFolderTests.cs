using System.Globalization;
using System.Text.Json;
using Counterweight.Data;
using Counterweight.TestSupport;

namespace Counterweight.Comparison.Tests;

/// <summary>A folder of images, a folder per class, in the place of a table.</summary>
public class ImageFolderTests
{
    private static void Images(TempFiles files, int rows = 240)
    {
        var random = new SeededRandom(3);
        for (int i = 0; i < rows; i++)
        {
            int label = i % 6 == 0 ? 1 : 0;
            string folder = Path.Combine(files["photos"], label.ToString(CultureInfo.InvariantCulture), i % 2 == 0 ? "b" : "");
            Directory.CreateDirectory(folder);
            string name = string.Create(CultureInfo.InvariantCulture, $"image_{random.NextGaussian() + (1.2 * label):0.0000}_{i}.png");
            File.WriteAllText(Path.Combine(folder, name), "");
        }
    }

    [Fact]
    public void ImagesAreRowsInTheOrderOfImageFolder()
    {
        using var files = new TempFiles();
        foreach (string name in (string[])["zebra/b/1.png", "zebra/a.JPG", "zebra/b.png", "ape/2.png", "ape/.hidden.png", "ape/notes.txt"])
        {
            Directory.CreateDirectory(Path.GetDirectoryName(Path.Combine(files["photos"], name))!);
            File.WriteAllText(Path.Combine(files["photos"], name), "");
        }

        Dataset images = ImageRows.Read(files["photos"]);
        Assert.Equal(["ape", "zebra"], images.ClassNames);
        Assert.Equal(["ape/2.png", "zebra/a.JPG", "zebra/b.png", "zebra/b/1.png"], Enumerable.Range(0, 4).Select(images["path"].Text));
        Assert.Equal([0, 1, 1, 1], images.Labels.ToArray());
        Assert.Empty(images.Columns);
        Directory.CreateDirectory(Path.Combine(files["photos"], "empty"));
        Assert.Contains("'empty' has no image", Assert.Throws<UnusableDataException>(() => ImageRows.Read(files["photos"])).Message,
            StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("masks", "label images")]
    [InlineData("coco/instances.json", "many boxes")]
    [InlineData("voc", "many boxes")]
    public void WhatHasManyClassesAnImageIsRefusedWithTheReason(string source, string says)
    {
        string path = Path.Combine(Repository.Root, "samples", "labels", source);
        if (source.StartsWith("coco", StringComparison.Ordinal)) path = Directory.GetFiles(Path.GetDirectoryName(path)!, "*.json")[0];
        Assert.Contains(says, Assert.Throws<UnusableDataException>(() => ImageRows.Read(path)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void AProgramIsComparedCheckedAndTrainedOnThem()
    {
        using var programs = new Programs();
        using var files = new TempFiles();
        Images(files);
        Dataset images = ImageRows.Read(files["photos"]);
        ExternalTrainer trainer = programs.OnImages("images");
        var settings = new TrainerSettings { DataFile = files["photos"], DataFormat = ImageRows.Kind, Folder = files["run"] };
        ComparisonResult result = RemedyComparison.Run(images, programs.Options(trainer) with { TrainerSettings = settings });
        Assert.All(result.Candidates, c => Assert.Equal(CandidateStatus.Done, c.Status));
        Assert.True(result.Candidates.Single(c => c.Candidate.Remedy.Name == "weights:balanced").VersusBaseline!.Mean > 0.03);
        string job = Directory.GetFiles(files["run"], "job.json", SearchOption.AllDirectories)[0];
        using JsonDocument document = JsonDocument.Parse(File.ReadAllText(job));
        JsonElement data = document.RootElement.GetProperty("data");
        Assert.Equal(("folders", "label", 0), (data.GetProperty("format").GetString(), data.GetProperty("target").GetString(),
            data.GetProperty("leaveOut").GetArrayLength()));
        string[] lines = File.ReadAllLines(data.GetProperty("rows").GetString()!);
        Assert.Equal(("path,label", 1 + images.Rows), (lines[0], lines.Length));
        Assert.All(lines[1..], line => Assert.True(File.Exists(line[..line.LastIndexOf(',')])));

        // The program draws no rows, which the check finds out.
        Assert.Equal("sampler:class-balanced", Assert.Single(TrainerCheck.Run(images, trainer, settings), f => f.Outcome == TrainerFindingKind.Wrong).Name);
        ProgramTraining trained = ProgramTraining.Run(images, trainer, Remedy.Parse("threshold:tuned"), settings, files["model"]);
        Assert.Equal(images.Rows, trained.TrainingRows + trained.ValidationRows);
        Assert.Throws<UnusableDataException>(() => RemedyComparison.Run(images, new ComparisonOptions { Learners = ["linear"] }));
    }
}
