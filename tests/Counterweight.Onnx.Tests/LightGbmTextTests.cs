using Counterweight.Comparison;
using Counterweight.Data;
using Counterweight.LightGbm;

namespace Counterweight.Onnx.Tests;

public sealed class LightGbmTextTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("counterweight").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Theory]
    [InlineData("none", 2)]
    [InlineData("resample:smote", 2)]
    [InlineData("loss:focal", 4)]
    [InlineData("loss:asymmetric+threshold:tuned", 2)]
    public void The_text_takes_columns_as_they_are(string remedy, int classes)
    {
        Dataset data = Tables.Random(classes, 300, distance: 1, seed: 8);
        using TrainedClassifier trained = TrainedClassifier.Fit(data, "gbdt", Remedy.Parse(remedy), OnnxExportTests.Quick);
        string path = Path.Combine(folder, "model.txt");
        LightGbmExportResult result = trained.SaveLightGbm(path, [data.Columns], threads: 1);
        Assert.Equal((new FileInfo(path).Length, 300L, 0.0), (result.Bytes, result.GivenRows, result.LargestDifference));
        Assert.True(result.MadeRows > 2000);
        using LightGbmModel text = LightGbmModel.Load(path);
        Assert.Equal(data.Columns.Select(c => c.Name), text.ColumnNames);
        foreach (IReadOnlyList<Column> columns in (IReadOnlyList<Column>[])[data.Columns, Tables.Strange(data, 500, seed: 9)])
        {
            int rows = columns[0].Rows, width = columns.Count;
            double[] values = new double[rows * width];
            for (int c = 0; c < width; c++)
            {
                IReadOnlyList<string>? known = trained.Schema[c].IsNumeric ? null : trained.Schema[c].Levels;
                for (int i = 0; i < rows; i++)
                    values[(i * width) + c] = columns[c] switch
                    {
                        NumericColumn numeric => numeric.Values[i],
                        var category when category.IsMissing(i) => double.NaN,
                        var category => known!.ToList().IndexOf(category.Text(i)) is >= 0 and int code ? code : double.NaN,
                    };
            }

            // What LightGBM has behind a decision that changes no probabilities: those of the model.
            Assert.Equal(trained.Predict(columns).Probabilities, text.PredictProbabilities(values, threads: 1));
        }

        Assert.EndsWith("\n", File.ReadAllText(path), StringComparison.Ordinal);
        Assert.StartsWith("pandas_categorical:[[", File.ReadAllLines(path)[^1], StringComparison.Ordinal);
    }

    [Fact]
    public void A_text_that_decides_otherwise_is_not_written()
    {
        Dataset data = Tables.Random(2, 300, distance: 1, seed: 8);
        using TrainedClassifier trained = TrainedClassifier.Fit(data, "gbdt", Remedy.None, OnnxExportTests.Quick);
        string path = Path.Combine(folder, "model.txt"), other = Path.Combine(folder, "other.txt");
        trained.SaveLightGbm(path);
        string text = File.ReadAllText(path), moved = System.Text.RegularExpressions.Regex.Replace(text, "(?m)^left_child=(.*)\nright_child=(.*)$",
            "left_child=$2\nright_child=$1");
        Assert.NotEqual(text, moved);
        File.WriteAllText(other, "kept");
        var trees = (BoostedForm)trained.Describe()!;
        string said = Assert.Throws<NotSupportedException>(() => trained.SaveLightGbm(other, trees, moved, [], 1, CancellationToken.None)).Message;
        Assert.Contains("made row", said, StringComparison.Ordinal);
        Assert.Equal("kept", File.ReadAllText(other));
        Assert.Equal(2, Directory.GetFiles(folder).Length);
    }

    [Theory]
    [InlineData("linear", "none", "not one of boosted trees")]
    [InlineData("gbdt", "ensemble:easy(members=2)", "a mean of 2 models")]
    public void What_has_no_such_text_is_refused(string learner, string remedy, string reason)
    {
        using TrainedClassifier trained = TrainedClassifier.Fit(
            Tables.Random(2, 200, 1, seed: 8), learner, Remedy.Parse(remedy), OnnxExportTests.Quick);
        string path = Path.Combine(folder, "model.txt");
        Assert.Contains(reason, Assert.Throws<UnusableDataException>(() => trained.SaveLightGbm(path)).Message, StringComparison.Ordinal);
        Assert.False(File.Exists(path));
    }
}
