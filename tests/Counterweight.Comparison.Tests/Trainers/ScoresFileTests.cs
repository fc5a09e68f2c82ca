using Counterweight.Data;
using Counterweight.TestSupport;

namespace Counterweight.Comparison.Tests;

public class ScoresFileTests
{
    private static readonly string[] Three = ["a", "b", "c"], Two = ["no", "yes"];
    private static readonly int[] Rows = [7, 2, 9, 4];

    private static ScoresFile Of(string[] classes) => new(classes, classes.Length == 2 ? 1 : 0, Rows) { ValidationRows = 1 };

    private static string Fault(TempFiles files, string name, string text, string[]? classes = null) =>
        Assert.Throws<TrainerException>(() => Of(classes ?? Three).Read(files.Write(name, text), null)).Message;

    [Fact]
    public void FourFormatsGiveTheSame()
    {
        using var files = new TempFiles();
        double[] scores = [0.5, 0.25, 0.25, 0.1, 0.2, 0.7, 0, 0, 1, 1, 0, 0];
        Npy.Write(files["s.npy"], scores, 4, 3);
        // Any order of rows and columns; more columns than asked for.
        files.Write("s.csv", "c,row,note,a,b\n0.7,2,x,0.1,0.2\n0.25,7,x,0.5,0.25\n0,4,x,1,0\n1,9,x,0,0\n");
        files.Write("s.jsonl", "{\"row\":9,\"a\":0,\"b\":0,\"c\":1}\n{\"a\":0.1,\"b\":0.2,\"c\":0.7,\"row\":2}\n{\"row\":7,\"a\":0.5,\"b\":0.25,\"c\":0.25}\n"
            + "{\"row\":4,\"a\":1,\"b\":0,\"c\":0}\n");
        DatasetWriter.Write([new NumericColumn("row", [7, 2, 9, 4], NumericKind.WholeNumber), new NumericColumn("b", [0.25, 0.2, 0, 0]),
            new NumericColumn("a", [0.5, 0.1, 0, 1]), new NumericColumn("c", [0.25, 0.7, 1, 0])], files["s.parquet"]);
        foreach (string name in (string[])["s.npy", "s.csv", "s.jsonl", "s.parquet"])
            Close.All(scores, Of(Three).Read(files[name], null), 1e-12, name);
    }

    [Fact]
    public void TheContentTellsTheFormatWhateverTheName()
    {
        using var files = new TempFiles();
        files.Write("scores.npy", "row,a,b,c\n2,0,1,0\n4,0,1,0\n7,0,0,1\n9,1,0,0\n");
        Close.All([0, 0, 1, 0, 1, 0, 1, 0, 0, 0, 1, 0], Of(Three).Read(files["scores.npy"], null), 1e-12, "scores");
    }

    [Fact]
    public void LogitsGoThroughSoftmaxAndOneColumnThroughTheLogisticFunction()
    {
        using var files = new TempFiles();
        Npy.Write(files["s.npy"], (ReadOnlySpan<double>)[0, 0, 0, 1000, 0, 0, -1, -1, Math.Log(2) - 1, 3, 3, 3], 4, 3);
        Close.All([1 / 3.0, 1 / 3.0, 1 / 3.0, 1, 0, 0, 0.25, 0.25, 0.5, 1 / 3.0, 1 / 3.0, 1 / 3.0], Of(Three).Read(files["s.npy"], null), 1e-12, "softmax");
        Npy.Write(files["t.npy"], (ReadOnlySpan<double>)[0, Math.Log(3), -5, 2], 4);
        Close.All([0.5, 0.5, 0.25, 0.75], Of(Two).Read(files["t.npy"], null).AsSpan(0, 4), 1e-12, "logistic");
        Npy.Write(files["u.npy"], (ReadOnlySpan<double>)[0, 0.25, 1, 0.5], 4, 1);
        Close.All([1, 0, 0.75, 0.25, 0, 1, 0.5, 0.5], Of(Two).Read(files["u.npy"], null), 1e-12, "one column");
        Close.All([0.5, 0.5], Of(Two).Read(files["u.npy"], ScoreKind.Logits).AsSpan(0, 2), 1e-12, "stated logits");
    }

    [Fact]
    public void SinglePrecisionProbabilitiesAreProbabilities()
    {
        using var files = new TempFiles();
        float[] third = [1 / 3f, 1 / 3f, 1 / 3f];
        Npy.Write(files["s.npy"], [.. third.Concat(third).Concat(third).Concat(third).Select(f => (double)f)], 4, 3);
        double[] read = Of(Three).Read(files["s.npy"], null);
        Close.One(1, read[0] + read[1] + read[2], 1e-15, "sum");
    }

    [Fact]
    public void EveryFaultIsToldWithItsRowAndWhatWasExpected()
    {
        using var files = new TempFiles();
        Assert.Contains("empty", Fault(files, "s.npy", ""), StringComparison.Ordinal);
        Assert.Contains("row 9", Fault(files, "s.csv", "row,a,b,c\n2,0,1,0\n4,0,1,0\n7,0,0,1\n"), StringComparison.Ordinal);
        Assert.Contains("row 2 (test row 0) is there twice", Fault(files, "s.csv", "row,a,b,c\n2,0,1,0\n2,0,1,0\n7,0,0,1\n9,1,0,0\n"),
            StringComparison.Ordinal);
        Assert.Contains("row 5 is neither", Fault(files, "s.csv", "row,a,b,c\n2,0,1,0\n5,0,1,0\n7,0,0,1\n9,1,0,0\n"), StringComparison.Ordinal);
        Assert.Contains("row 4 (test row 2) has the score NaN for class 'b'", Fault(files, "s.csv", "row,a,b,c\n2,0,1,0\n4,0,,0\n7,0,0,1\n9,1,0,0\n"),
            StringComparison.Ordinal);
        string misspelt = Fault(files, "s.csv", "row,a,B,c\n2,0,1,0\n");
        Assert.Contains("no column for class 'b'", misspelt, StringComparison.Ordinal);
        Assert.Contains("'B'", misspelt, StringComparison.Ordinal);
        Assert.Contains("no column 'row'", Fault(files, "s.csv", "a,b,c\n0,1,0\n"), StringComparison.Ordinal);
        Assert.Contains("line 2", Fault(files, "s.csv", "row,a,b,c\n2,0,1,0\n4,x,1,0\n"), StringComparison.Ordinal);
        Assert.Contains("sums to", Fault(files, "s.csv", "row,a,b,c\n2,0,1,0\n4,0,1,0\n7,0,0,1\n9,0.4,0,0\n"), StringComparison.Ordinal);
    }

    [Fact]
    public void WrongShapesAreToldWithAGuess()
    {
        using var files = new TempFiles();
        string Shape(int rows, int columns, string[] classes)
        {
            Npy.Write(files["s.npy"], new double[rows * columns], rows, columns);
            return Assert.Throws<TrainerException>(() => Of(classes).Read(files["s.npy"], null)).Message;
        }

        Assert.Contains("4 rows (1 of validation, then 3 of test) x 3 classes", Shape(4, 2, Three), StringComparison.Ordinal);
        Assert.Contains("test rows alone", Shape(3, 3, Three), StringComparison.Ordinal);
        Assert.Contains("validation rows alone", Shape(1, 3, Three), StringComparison.Ordinal);
        Assert.Contains("transpose", Shape(3, 4, Three), StringComparison.Ordinal);
        Assert.Contains("one score a row", Shape(4, 1, Three), StringComparison.Ordinal);
        Npy.Write(files["n.npy"], (ReadOnlySpan<double>)[0, 0, 1, 0, 1, 0, double.NaN, 0, 0, 1, 0, 0], 4, 3);
        Assert.Contains("row 9 (test row 1) has the score NaN for class 'a'",
            Assert.Throws<TrainerException>(() => Of(Three).Read(files["n.npy"], null)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void ResultJsonSettlesTheKind()
    {
        using var files = new TempFiles();
        Assert.Null(ResultFile.Read(files["result.json"]).Kind);
        files.Write("result.json", "{\"epochs\": 3, \"kind\": \"logits\", \"metrics\": {\"loss\": 0.2}}");
        Assert.Equal(ScoreKind.Logits, ResultFile.Read(files["result.json"]).Kind);
        files.Write("result.json", "{\"kind\": \"scores\"}");
        Assert.Contains("\"scores\" is neither", Assert.Throws<TrainerException>(() => ResultFile.Read(files["result.json"])).Message,
            StringComparison.Ordinal);
        files.Write("result.json", "{\"kind\": ");
        Assert.Contains("no JSON", Assert.Throws<TrainerException>(() => ResultFile.Read(files["result.json"])).Message, StringComparison.Ordinal);
    }
}
