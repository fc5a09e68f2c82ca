namespace Counterweight.Tests.Resampling;

/// <summary>What a result says of the two rows that a made row lies between.</summary>
public sealed class PartnerRowsTests
{
    public static TheoryData<string> Methods() =>
        new("smote", "borderline-smote", "borderline-smote-2", "svm-smote", "kmeans-smote(clusters=2)", "adasyn", "safe-level-smote", "lee",
            "smote-enn", "smote-tomek", "polynom-fit-smote(topology=bus)", "polynom-fit-smote(topology=mesh)");

    private static (SampleMatrix<double> Rows, int[] Labels) Data()
    {
        var random = new SeededRandom(5, 0);
        double[] values = new double[300 * 3];
        int[] labels = new int[300];
        for (int i = 0; i < 300; i++)
        {
            labels[i] = i < 60 ? 1 : 0;
            for (int j = 0; j < 3; j++) values[(i * 3) + j] = random.NextGaussian() + (labels[i] * (j == 0 ? 1.2 : 0));
        }

        return (new(values, 3), labels);
    }

    [Theory]
    [MemberData(nameof(Methods))]
    public void A_made_row_lies_on_the_line_through_its_two_rows(string method)
    {
        (SampleMatrix<double> rows, int[] labels) = Data();
        Resampled<double> made = Resampler.Create(method).Resample(rows, labels, 2, seed: 1);
        Assert.True(made.SyntheticRows > 0);
        Assert.Equal(made.Labels.Length, made.PartnerRows.Length);
        for (int i = 0; i < made.Labels.Length; i++)
        {
            if (made.SourceRows[i] >= 0)
            {
                Assert.Equal(-1, made.PartnerRows[i]);
                continue;
            }

            if (!method.StartsWith("svm", StringComparison.Ordinal) && !method.StartsWith("borderline-smote-2", StringComparison.Ordinal))
                Assert.Equal(made.Labels[i], labels[made.PartnerRows[i]]);
            double[] a = rows.Row((int)made.BaseRows[i]).ToArray(), b = rows.Row((int)made.PartnerRows[i]).ToArray(), x = made.Rows.Row(i).ToArray();
            bool ownSteps = method == "safe-level-smote";     // which draws a step per column
            double length = a.Zip(b, (p, q) => (q - p) * (q - p)).Sum();
            double step = length == 0 ? 0 : a.Zip(b, x).Sum(t => (t.Second - t.First) * (t.Third - t.First)) / length;
            for (int j = 0; j < x.Length; j++)
            {
                if (ownSteps) Assert.InRange(x[j], Math.Min(a[j], b[j]) - 1e-12, Math.Max(a[j], b[j]) + 1e-12);
                else Assert.Equal(a[j] + (step * (b[j] - a[j])), x[j], 1e-9);
            }
        }
    }

    [Theory]
    [InlineData("random-over")]
    [InlineData("rose")]
    [InlineData("random-under")]
    [InlineData("cluster-centroids")]
    [InlineData("enn")]
    public void Rows_that_lie_between_no_two_have_none(string method)
    {
        (SampleMatrix<double> rows, int[] labels) = Data();
        Resampled<double> made = Resampler.Create(method).Resample(rows, labels, 2, seed: 1);
        Assert.Equal(made.Labels.Length, made.PartnerRows.Length);
        Assert.All(made.PartnerRows, p => Assert.Equal(-1, p));
    }
}
