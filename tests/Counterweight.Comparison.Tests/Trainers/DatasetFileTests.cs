using Counterweight.Data;
using Counterweight.TestSupport;

namespace Counterweight.Comparison.Tests;

public class DatasetFileTests
{
    private static Dataset Rows() => new Dataset(
        "rows", "label", [0, 1, 1, 2], ["a", "b", "ünknown\n"],
        [
            new NumericColumn("x", [1.5, double.NaN, -0.0, 1e-308]), new CategoricalColumn("kind", [0, -1, 1, 0], ["p", ""]),
            new NumericColumn("day", [1, 2, 3, 4], NumericKind.Date), new NumericColumn("w", [1, 0, 2, 0.1]),
        ]).WithSampleWeights("w");

    [Fact]
    public void RowsComeBackToTheBit()
    {
        using var files = new TempFiles();
        Dataset given = Rows();
        using (FileStream stream = File.Create(files["a.rows"])) DatasetFile.Write(given, stream);
        Dataset read = DatasetFile.Read(files["a.rows"]);
        Assert.Equal(RunFingerprint.Of(given, new ComparisonOptions()), RunFingerprint.Of(read, new ComparisonOptions()));
        Assert.Equal((given.Name, given.Target, given.SampleWeightColumn), (read.Name, read.Target, read.SampleWeightColumn));
        Assert.Equal(given.Columns.Select(c => c.Name), read.Columns.Select(c => c.Name));
        Assert.Equal(NumericKind.Date, ((NumericColumn)read["day"]).Kind);
        Assert.Equal(BitConverter.DoubleToInt64Bits(-0.0), BitConverter.DoubleToInt64Bits(((NumericColumn)read["x"]).Values[2]));
        Assert.Equal(given.SampleWeights.ToArray(), read.SampleWeights.ToArray());
    }

    [Fact]
    public void ADamagedFileIsRefused()
    {
        using var files = new TempFiles();
        using (FileStream stream = File.Create(files["a.rows"])) DatasetFile.Write(Rows(), stream);
        byte[] whole = File.ReadAllBytes(files["a.rows"]);
        foreach (int length in Enumerable.Range(0, whole.Length))
        {
            File.WriteAllBytes(files["b.rows"], whole[..length]);
            Assert.Equal(files["b.rows"], Assert.Throws<UnusableDataException>(() => DatasetFile.Read(files["b.rows"])).File);
        }
    }
}
