using System.Globalization;
using System.Text;

namespace Counterweight.Data.Tests;

public sealed class BadInputTests : IDisposable
{
    private readonly TempFiles files = new();

    public void Dispose() => files.Dispose();

    [Theory]
    [InlineData("", "y", null, null, "the file is empty")]
    [InlineData(" \n\n", "y", null, null, "the file is empty")]
    [InlineData("a,y\n", "y", null, null, "no rows, only column names")]
    [InlineData("a,y\n1,0\n2\n3,1\n", "y", 2, null, "this row has 1 cell and the header has 2")]
    [InlineData("a,y\n1,0\n2,1,5\n3,1\n", "y", 2, null, "this row has 3 cells and the header has 2")]
    [InlineData("a,y\n1,0\nnan,1\n", "y", 2, "a", "the cell is NaN. Leave the cell empty")]
    [InlineData("a,y\n1,0\n3,1\n-inf,1\n", "y", 3, "a", "the cell is infinite")]
    [InlineData("a,y\n1,0\n1e999,1\n", "y", 2, "a", "the cell is infinite")]
    [InlineData("a,y\n1,0\n2,0\n", "y", null, "y", "every row has the label '0'")]
    [InlineData("a,y\n1,0\n2,\n3,1\n", "y", 2, "y", "row 2 has no label")]
    [InlineData("a,y\n1,\n2,NA\n3,1\n", "y", 1, "y", "2 rows have no label (rows 1, 2)")]
    [InlineData("a,y\n1,0\n2,nan\n3,1\n", "y", 2, "y", "'nan' is no class label")]
    [InlineData("age,outcome\n1,0\n2,1\n", "outcom", null, null, "Did you mean 'outcome'?")]
    [InlineData("age,outcome\n1,0\n2,1\n", "OUTCOME", null, null, "Did you mean 'outcome'?")]
    [InlineData("age,outcome\n1,0\n2,1\n", "q", null, null, "There are: age, outcome.")]
    [InlineData("age,outcome\n1,0\n2,1\n", "2", null, null, "there is no column 2: the file has 2, numbered from 0")]
    [InlineData("y,y\n1,0\n2,1\n", "y", null, "y", "2 columns are called 'y'")]
    [InlineData("a,y\n1,\"0\n2,1\n", "y", 1, null, "a quoted cell does not end")]
    public void Csv_that_cannot_be_used_says_where_and_what_to_do(string text, string target, int? row, string? column, string part)
    {
        string path = files.Write("data.csv", text);
        UnusableDataException problem = Assert.Throws<UnusableDataException>(() => DatasetReader.Read(path, target));
        Assert.Contains(part, problem.Message, StringComparison.Ordinal);
        Assert.StartsWith(path, problem.Message, StringComparison.Ordinal);
        Assert.Equal((path, row, column), (problem.File, (int?)problem.Row, problem.Column));
        if (column != "a") Assert.Contains(
            part, Assert.Throws<UnusableDataException>(() => LabelCounter.Count(path, target)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(new byte[] { 0x7F, (byte)'E', (byte)'L', (byte)'F', 0, 0, 1, 2, 3 }, "this is a binary file")]
    [InlineData(new byte[] { 0xFF, 0xFE, (byte)'a', 0, (byte)',', 0 }, "UTF-16")]
    [InlineData(new byte[] { (byte)'P', (byte)'K', 3, 4, 9, 9 }, "zip or Excel")]
    [InlineData(new byte[] { (byte)'P', (byte)'A', (byte)'R', (byte)'1', 9, 9, 0, 1 }, "may be cut short or damaged")]
    [InlineData(new byte[] { 0x1F, 0x8B, 9, 9, 0, 1 }, "does not unpack")]
    [InlineData(new byte[] { (byte)'a', (byte)',', (byte)'y', (byte)'\n', (byte)'1', (byte)',', 0xE9, (byte)'t', (byte)'\n' }, "not UTF-8")]
    public void Bytes_that_are_no_table_are_recognised(byte[] bytes, string part)
    {
        string path = files.Write("data.csv", bytes);
        Assert.Contains(part, Assert.Throws<UnusableDataException>(() => DatasetReader.Read(path, "y")).Message, StringComparison.Ordinal);
        Assert.Contains(part, Assert.Throws<UnusableDataException>(() => LabelCounter.Count(path, "y")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_that_is_not_there_has_its_near_miss_named()
    {
        files.Write("loans.csv", "a,y\n1,0\n");
        Assert.Contains("Did you mean 'loans.csv'?", Assert.Throws<UnusableDataException>(() => DatasetReader.Read(files["loan.csv"], "y")).Message,
            StringComparison.Ordinal);
        Assert.Contains("There is no folder", Assert.Throws<UnusableDataException>(() => DatasetReader.Read(files["no/loan.csv"], "y")).Message,
            StringComparison.Ordinal);
        Assert.Contains("this is a folder", Assert.Throws<UnusableDataException>(() => DatasetReader.Read(files.Folder, "y")).Message,
            StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(10_000, 10_000)]
    [InlineData(30_000, 10_000)]
    public void Ten_thousand_labels_are_asked_whether_they_are_a_regression_target(int rows, int distinct)
    {
        var text = new StringBuilder("a,y\n");
        for (int i = 0; i < rows; i++) text.Append(CultureInfo.InvariantCulture, $"1,{i % distinct / 7.0:F5}\n");
        string path = files.Write("data.csv", text.ToString());
        foreach (Action read in new Action[] { () => DatasetReader.Read(path, "y"), () => LabelCounter.Count(path, "y") })
        {
            UnusableDataException problem = Assert.Throws<UnusableDataException>(read);
            Assert.Contains("10000 distinct values", problem.Message, StringComparison.Ordinal);
            Assert.Contains("Is it a regression target", problem.Message, StringComparison.Ordinal);
        }

        Assert.Equal(10_000, LabelCounter.Count(path, "y", new() { MaxClasses = 10_000 }).Counts.Classes);
    }

    [Fact]
    public void An_identifier_as_label_is_refused_before_it_fills_the_memory()
    {
        string path = files.Write("data.csv", "y\n" + string.Concat(Enumerable.Range(0, 200_000).Select(i => $"id{i}\n")));
        Assert.Contains("in the first", Assert.Throws<UnusableDataException>(() => LabelCounter.Count(path, "y")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Nan_is_missing_if_asked_for()
    {
        Dataset data = DatasetReader.Read(files.Write("data.csv", "a,y\n1,0\nNaN,1\n"), "y", new() { NaNIsMissing = true });
        Assert.Equal([1, double.NaN], ((NumericColumn)data["a"]).Values.ToArray());
    }

    [Fact]
    public void Reading_can_be_cancelled() =>
        Assert.ThrowsAny<OperationCanceledException>(
            () => DatasetReader.Read(files.Write("data.csv", "a,y\n1,0\n2,1\n"), "y", cancellation: new(canceled: true)));
}
