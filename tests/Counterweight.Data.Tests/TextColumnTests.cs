using System.Text;

namespace Counterweight.Data.Tests;

public sealed class TextColumnTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("counterweight").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Theory]
    [InlineData("message number {0} is here", true)]
    [InlineData("{0} 这是一个关于价格的问题", true)]
    [InlineData("Anna Smith{0}", false)]
    [InlineData("12 34 56 {0}", false)]
    public void Several_words_a_cell_and_mostly_distinct_ones_are_text(string cell, bool text)
    {
        Dataset data = Read("note,y", i => $"\"{string.Format(null, cell, i)}\",{i % 2}");
        Assert.Equal(text, data["note"] is TextColumn);
        Assert.Equal(text, data.Notes.Any(n => n is { Code: "text-column", Column: "note" }));
    }

    [Fact]
    public void Few_different_cells_are_categories_however_long()
    {
        Dataset data = Read("note,y", i => $"the answer to question {i % 3} was long,{i % 2}");
        Assert.Equal(3, Assert.IsType<CategoricalColumn>(data["note"]).Levels.Count);
    }

    [Fact]
    public void The_user_decides_and_then_there_is_nothing_to_tell()
    {
        Assert.IsType<CategoricalColumn>(Read("note,y", i => $"message number {i} is here,{i % 2}", new() { Categorical = ["note"] })["note"]);
        Dataset words = Read("note,y", i => $"{i % 5},{i % 2}", new() { Text = ["note"] });
        Assert.Equal("3", Assert.IsType<TextColumn>(words["note"]).Texts[3]);
        Assert.Empty(words.Notes);
        Assert.IsType<CategoricalColumn>(Read("note,y", i => $"message number {i} is here,{i % 2}", new() { Aside = ["note"] })["note"]);
        ArgumentException two = Assert.Throws<ArgumentException>(() => Read("note,y", i => $"a,{i % 2}", new() { Text = ["note"], Numeric = ["note"] }));
        Assert.Contains("two kinds", two.Message, StringComparison.Ordinal);
        ArgumentException none = Assert.Throws<ArgumentException>(() => Read("note,y", i => $"a,{i % 2}", new() { Text = ["nots"] }));
        Assert.Contains("'note'", none.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Missing_cells_of_a_text_column_stay_missing_and_no_text_is_no_text()
    {
        Dataset data = Read("note,y", i => $"{(i % 2 == 0 ? "" : "yes it is so")},{i % 2}", new() { Text = ["note"] });
        Assert.Equal((20, true, ""), (data["note"].MissingCount, data["note"].IsMissing(0), data["note"].Text(0)));
        Dataset empty = Read("note,y", i => $",{i % 2}", new() { Text = ["note"] });
        Assert.Equal(40, Assert.IsType<TextColumn>(empty["note"]).MissingCount);
    }

    [Theory]
    [InlineData(".csv")]
    [InlineData(".jsonl")]
    [InlineData(".parquet")]
    public void Texts_are_written_as_they_were_read(string ending)
    {
        string path = Path.Combine(folder, "out" + ending);
        Dataset data = Read("note,x,y", i => $"\"a \"\"text\"\" with, comma {i}\nand a line\",{i},{i % 2}");
        DatasetWriter.Write(data.Select([3, 3, 0]), path);
        Dataset again = DatasetReader.Read(path, "y", new() { Text = ["note"] });
        Assert.Equal([data["note"].Text(3), data["note"].Text(3), data["note"].Text(0)], ((TextColumn)again["note"]).Texts.ToArray());
        DatasetBatch batch = Assert.Single(DatasetReader.ReadBatches(path, data.Schema));
        Assert.Equal(again["note"].Text(1), Assert.IsType<TextColumn>(batch.Columns[0]).Texts[1]);
    }

    [Fact]
    public void A_made_row_has_no_text()
    {
        var column = new TextColumn("t", ["one", "two"]);
        Column made = column.Remade([1, -1, 0], [0, double.NaN, 0]);
        Assert.Equal(("two", true, "one"), (made.Text(0), made.IsMissing(1), made.Text(2)));
        Assert.Throws<ArgumentException>(() => column.Remade([-1], [1.0]));
    }

    [Fact]
    public void Bytes_that_are_no_UTF8_are_named()
    {
        string path = Path.Combine(folder, "latin.csv");
        File.WriteAllBytes(path, Encoding.Latin1.GetBytes("note,y\n" + string.Concat(Enumerable.Range(0, 40).Select(i => $"un café très cher {i},{i % 2}\n"))));
        UnusableDataException bad = Assert.Throws<UnusableDataException>(() => DatasetReader.Read(path, "y"));
        Assert.Contains("UTF-8", bad.Message, StringComparison.Ordinal);
        Assert.StartsWith("un café", DatasetReader.Read(path, "y", new() { Encoding = "latin1" })["note"].Text(0), StringComparison.Ordinal);
    }

    private Dataset Read(string header, Func<int, string> row, DatasetOptions? options = null)
    {
        string path = Path.Combine(folder, "in.csv");
        File.WriteAllText(path, header + "\n" + string.Concat(Enumerable.Range(0, 40).Select(i => row(i) + "\n")));
        return DatasetReader.Read(path, "y", options);
    }
}
