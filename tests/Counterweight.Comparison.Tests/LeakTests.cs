using Counterweight.Data;

namespace Counterweight.Comparison.Tests;

/// <summary>What sees the labels of judged rows before the split is caught, and what the comparison itself does never does.</summary>
public sealed class LeakTests
{
    /// <summary>Four real columns and a category that say nothing about the class.</summary>
    private static Dataset Noise(int negatives = 400, int positives = 60, int levels = 60)
    {
        var random = new SeededRandom(8);
        int n = negatives + positives;
        int[] labels = [.. Enumerable.Range(0, n).Select(i => i < negatives ? 0 : 1)];
        Column[] columns = [.. Enumerable.Range(0, 4).Select(j => new NumericColumn($"x{j}", [.. Enumerable.Range(0, n).Select(_ => random.NextGaussian())]))];
        return new("noise", "class", labels, ["no", "yes"],
            [.. columns, new CategoricalColumn("town", [.. Enumerable.Range(0, n).Select(_ => random.NextInt32(levels))],
                [.. Enumerable.Range(0, levels).Select(l => $"t{l}")])]);
    }

    private static Dataset WithoutTown(Dataset data) =>
        new(data.Name, data.Target, data.Labels, data.ClassNames, [.. data.Columns.Where(c => c.Name != "town")]);

    /// <summary>The rows after a resampler, as someone has them who resamples before splitting.</summary>
    private static Dataset Before(Dataset data, string method)
    {
        NumericColumn[] columns = [.. data.Columns.OfType<NumericColumn>()];
        double[] values = new double[data.Rows * columns.Length];
        for (int j = 0; j < columns.Length; j++)
            for (int i = 0; i < data.Rows; i++) values[i * columns.Length + j] = columns[j].Values[i];
        Resampled<double> made = Resampler.Catalogue.Create(method).Resample(new SampleMatrix<double>(values, columns.Length), data.Labels, 2, seed: 5);
        ReadOnlyMemory<double> all = made.Rows.Values;
        return new("resampled", "class", made.Labels, data.ClassNames,
            [.. columns.Select((c, j) =>
                new NumericColumn(c.Name, [.. Enumerable.Range(0, made.Labels.Length).Select(i => all.Span[i * columns.Length + j])]))]);
    }

    private static ComparisonResult Run(Dataset data, string remedies, string learner = "gbdt") => RemedyComparison.Run(
        data, new ComparisonOptions
        {
            Learners = [learner],
            Remedies = Remedy.ParseList(remedies),
            Folds = 4,
            Repeats = 2,
            Threads = 2,
            Racing = false,
            Metric = Metric.Catalogue.Create("roc-auc")
        });

    private static double Auc(ComparisonResult result, string remedy) =>
        result.Candidates.Single(c => c.Candidate.Remedy.Name.StartsWith(remedy, StringComparison.Ordinal)).Mean!.Mean;

    [Fact]
    public void Resampling_inside_the_folds_finds_nothing_in_noise()
    {
        ComparisonResult result = Run(WithoutTown(Noise()), "none, resample:random-over, resample:smote");
        foreach (string remedy in (string[])["none", "resample:random-over", "resample:smote"]) Assert.InRange(Auc(result, remedy), 0.3, 0.65);
        Assert.DoesNotContain(result.Warnings, w => w.Code is "synthetic-rows" or "duplicate-rows" or "target-encoding" or "target-copy");
    }

    [Fact]
    public void Copies_made_before_the_split_are_told_and_kept_on_one_side()
    {
        ComparisonResult result = Run(Before(WithoutTown(Noise()), "random-over"), "none");
        Assert.Contains(result.Warnings, w => w.Code == "duplicate-rows" && w.Message.StartsWith("340 rows", StringComparison.Ordinal));
        Assert.InRange(Auc(result, "none"), 0.3, 0.68);
    }

    [Theory]
    [InlineData("smote")]
    [InlineData("borderline-smote")]
    [InlineData("adasyn")]
    public void Rows_made_up_before_the_split_are_told(string method)
    {
        ComparisonResult result = Run(Before(WithoutTown(Noise()), method), "none", "linear");
        Warning warning = Assert.Single(result.Warnings, w => w.Code == "synthetic-rows");
        Assert.Contains("class 'yes'", warning.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Smote_before_the_split_would_find_in_noise_what_is_not_there()
    {
        // The harm that the warning is about.
        Assert.InRange(Auc(Run(Before(WithoutTown(Noise()), "smote"), "none"), "none"), 0.8, 1);
    }

    [Fact]
    public void Target_encoding_before_the_split_is_told()
    {
        Dataset noise = Noise();
        var town = (CategoricalColumn)noise["town"];
        int[] codes = town.Codes.ToArray(), labels = noise.Labels.ToArray();
        double[] shares = [.. Enumerable.Range(0, 60)
            .Select(l => codes.Zip(labels).Where(p => p.First == l).Select(p => (double)p.Second).DefaultIfEmpty(0).Average())];
        Dataset encoded = new("encoded", "class", labels, noise.ClassNames,
            [.. noise.Columns.Where(c => c.Name != "town"), new NumericColumn("town_encoded", [.. codes.Select(c => shares[c])])]);
        ComparisonResult result = Run(encoded, "none", "linear");
        Assert.Contains("'town_encoded'", Assert.Single(result.Warnings, w => w.Code == "target-encoding").Message, StringComparison.Ordinal);
        Assert.InRange(Auc(result, "none"), 0.62, 1);
        // The category itself is no leak: what is learned of it is learned inside the folds.
        ComparisonResult honest = Run(noise, "none", "linear");
        Assert.InRange(Auc(honest, "none"), 0.3, 0.62);
        Assert.DoesNotContain(honest.Warnings, w => w.Code == "target-encoding");
    }

    [Fact]
    public void A_planted_column_is_told()
    {
        Dataset noise = Noise();
        var random = new SeededRandom(2);
        int[] labels = noise.Labels.ToArray();
        Dataset planted = new("planted", "class", labels, noise.ClassNames,
            [.. noise.Columns, new NumericColumn("settled", [.. labels.Select(l => (5 * l) + (0.3 * random.NextGaussian()))])]);
        Assert.Contains("'settled'", Assert.Single(Run(planted, "none", "linear").Warnings, w => w.Code == "target-copy").Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("lending-club.csv", "Class")]
    [InlineData("hpc-jobs.csv", "class")]
    public void Real_data_raise_no_alarm(string file, string target)
    {
        Dataset data = DatasetReader.Read(Path.Combine(Counterweight.TestSupport.Repository.Root, "samples", file), target);
        var warnings = new List<Warning>();
        LeakChecks.Warn(data, data.CountLabels(), warnings);
        Assert.Empty(warnings);
    }
}
