using System.Text.Json;
using Counterweight.Data;
using Counterweight.TestSupport;

namespace Counterweight.Comparison.Tests;

/// <summary>A column of row weights and programs: what their jobs say, and how they are judged.</summary>
public class ProgramRowWeightTests
{
    private static Dataset Weighted(Programs programs, Func<int, double> weight) => new Dataset(
        programs.Data.Name, programs.Data.Target, programs.Data.Labels, programs.Data.ClassNames,
        [.. programs.Data.Columns, new NumericColumn("w", [.. Enumerable.Range(0, programs.Data.Rows).Select(weight)])]).WithSampleWeights("w");

    private static ComparisonOptions Options(Programs programs, string folder, string remedies) => programs.Options(programs.Awks) with
    {
        TrainerSettings = programs.Settings with { Folder = folder },
        Remedies = Remedy.ParseList(remedies),
    };

    [Fact]
    public void Jobs_hold_own_weight_times_class_weight_with_a_mean_of_one_in_the_order_of_train()
    {
        using var programs = new Programs();
        using var kept = new TempFiles();
        Dataset data = Weighted(programs, i => 0.5 + (i % 4));
        RemedyComparison.Run(data, Options(programs, kept["run"], "none,weights:balanced,resample:random-under,sampler:class-balanced"));
        var seen = new HashSet<string>();
        foreach (string path in Directory.GetFiles(kept["run"], "job.json", SearchOption.AllDirectories))
        {
            using JsonDocument document = JsonDocument.Parse(File.ReadAllText(path));
            JsonElement job = document.RootElement;
            string remedy = job.GetProperty("remedy").GetString()!;
            seen.Add(remedy);
            int[] train = [.. Npy.Read(job.GetProperty("train").GetString()!).Values.Select(v => (int)v)];
            double[] told = Npy.Read(job.GetProperty("rowWeights").GetString()!).Values, total = new double[2];
            Assert.Equal(train.Length, told.Length);
            Assert.Equal(1, told.Average(), 1e-9);
            foreach (int row in train) total[data.Labels[row]] += data.SampleWeights.Span[row];
            // Balanced weights are one over the total weight of the class, up to a factor.
            double[] wanted = [.. train.Select(row => data.SampleWeights.Span[row] / (remedy == "weights:balanced" ? total[data.Labels[row]] : 1))];
            double mean = wanted.Average();
            for (int i = 0; i < told.Length; i++) Assert.Equal(wanted[i] / mean, told[i], 1e-9);
            Assert.Equal(remedy == "weights:balanced", job.GetProperty("classWeights").ValueKind == JsonValueKind.Array);
            if (remedy == "weights:balanced")
                Assert.Equal(total[0] / total[1], job.GetProperty("classWeights")[1].GetDouble() / job.GetProperty("classWeights")[0].GetDouble(), 1e-9);
            Assert.Equal(remedy.StartsWith("sampler", StringComparison.Ordinal), job.GetProperty("sampling").ValueKind == JsonValueKind.Object);
        }

        Assert.Equal(4, seen.Count);
    }

    [Fact]
    public void Candidates_are_judged_and_thresholds_tuned_by_weight()
    {
        using var programs = new Programs();
        using var kept = new TempFiles();
        // Rows of the negative class above zero weigh nothing, so that by weight a threshold near zero divides the classes.
        Dataset data = Weighted(programs, i => programs.Data.Labels[i] == 0 && ((NumericColumn)programs.Data["x"]).Values[i] > 0 ? 0 : 1);
        ComparisonOptions options = Options(programs, kept["run"], "none,threshold:tuned");
        ComparisonResult with = RemedyComparison.Run(data, options);
        // In the same folder, without weights: nothing of the weighted run is taken for its own.
        ComparisonResult without = RemedyComparison.Run(programs.Data, options);
        double Tuned(ComparisonResult result) => result.Candidates.Single(c => c.Candidate.Remedy.Name == "threshold:tuned").Mean!.Mean;
        Assert.True(Tuned(with) > Tuned(without) + 0.05, $"{Tuned(with)} with and {Tuned(without)} without weights");
        foreach (string job in Directory.GetFiles(kept["run"], "job.json", SearchOption.AllDirectories))
            using (JsonDocument document = JsonDocument.Parse(File.ReadAllText(job)))
                Assert.Equal(document.RootElement.GetProperty("rowWeights").ValueKind != JsonValueKind.Null,
                    File.Exists(Path.Combine(Path.GetDirectoryName(job)!, "row-weights.npy")));
        Assert.Equal(12, Directory.GetFiles(kept["run"], "finished.json", SearchOption.AllDirectories).Length);
    }

    [Fact]
    public void The_figure_of_one_split_goes_by_weight()
    {
        using var programs = new Programs(rows: 600);
        using var kept = new TempFiles();
        // Negative rows above zero weigh a hundredth, so that the figure by weight is far from the one by rows.
        Dataset data = Weighted(programs, i => programs.Data.Labels[i] == 0 && ((NumericColumn)programs.Data["x"]).Values[i] > 0 ? 0.01 : 1);
        ComparisonResult result = RemedyComparison.Run(
            data, Options(programs, kept["run"], "none,weights:balanced") with { Holdout = 0.3, Seeds = 2 });
        // By hand: the balanced accuracy of the decided test rows by weight.
        CandidateResult judged = result.Candidates.Single(c => c.Candidate.Remedy.Name == "weights:balanced");
        (Fold fold, int[] decided) = (judged.Judged[0].Fold, judged.Judged[0].Decided);
        double[] right = new double[2], all = new double[2];
        for (int i = 0; i < fold.Test.Length; i++)
        {
            int row = fold.Test[i], label = data.Labels[row];
            all[label] += data.SampleWeights.Span[row];
            if (decided[i] == label) right[label] += data.SampleWeights.Span[row];
        }

        Assert.Equal(((right[0] / all[0]) + (right[1] / all[1])) / 2, judged.FoldValues[0], 1e-9);
    }

    [Fact]
    public void Made_rows_are_refused_where_rows_have_weights()
    {
        using var programs = new Programs();
        using var kept = new TempFiles();
        ComparisonResult result = RemedyComparison.Run(Weighted(programs, i => 1 + (i % 3)), Options(programs, kept["run"], "none,resample:smote"));
        CandidateResult smote = result.Candidates.Single(c => c.Candidate.Remedy.Name.StartsWith("resample", StringComparison.Ordinal));
        Assert.Equal(CandidateStatus.Refused, smote.Status);
        Assert.Contains("'w' has no weights", smote.Reason, StringComparison.Ordinal);
    }
}
