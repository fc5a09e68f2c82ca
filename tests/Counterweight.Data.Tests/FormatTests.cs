using System.IO.Compression;
using System.Text;
using DuckDB.NET.Data;

namespace Counterweight.Data.Tests;

/// <summary>Parquet, JSON lines, writing and reading in batches.</summary>
public sealed class FormatTests : IDisposable
{
    private readonly TempFiles files = new();

    public void Dispose() => files.Dispose();

    private string Parquet(string name, string select)
    {
        using var connection = new DuckDBConnection("DataSource=:memory:");
        connection.Open();
        using DuckDBCommand command = connection.CreateCommand();
        command.CommandText = $"COPY ({select}) TO '{files[name]}' (FORMAT parquet)";
        command.ExecuteNonQuery();
        return files[name];
    }

    private static Dataset Mixed() => new(
        "mixed", "y", [0, 1, 1, 0], ["1", "2"],
        [
            new NumericColumn("real", [0.1, double.NaN, 1e-300, -1.0 / 3]),
            new NumericColumn("whole", [1, 2, double.NaN, 9007199254740991], NumericKind.WholeNumber),
            new NumericColumn("day", [0, 19782, double.NaN, -1], NumericKind.Date),
            new NumericColumn("time", [0.5, 1.25, double.NaN, 19782.000011574074], NumericKind.Timestamp),
            new CategoricalColumn("text", [2, -1, 0, 1], ["a,b", "c \"d\"", "é\nf"]),
        ],
        [new CategoricalColumn("group", [0, 0, 1, 1], ["g1", "g2"])]);

    [Theory]
    [InlineData("a.csv")]
    [InlineData("a.csv.gz")]
    [InlineData("a.jsonl")]
    [InlineData("a.ndjson.gz")]
    [InlineData("a.parquet")]
    public void What_is_written_reads_back(string name)
    {
        Dataset written = Mixed();
        DatasetWriter.Write(written, files[name]);
        Dataset read = DatasetReader.Read(files[name], "y", new() { Aside = ["group"] });
        Assert.Equal(written.ClassNames, read.ClassNames);
        Assert.Equal(written.Labels.ToArray(), read.Labels.ToArray());
        Assert.Equal(written.ColumnOrder, read.ColumnOrder);
        Assert.Equal(written.Columns.Select(c => c.Name), read.Columns.Select(c => c.Name));
        foreach (Column column in written.Columns.Concat(written.Aside))
            for (int row = 0; row < written.Rows; row++)
                Assert.Equal(column.Text(row), read[column.Name].Text(row));
        foreach (NumericColumn column in written.Columns.OfType<NumericColumn>()) Assert.Equal(column.Kind, ((NumericColumn)read[column.Name]).Kind);
        Assert.Equal([name], Directory.EnumerateFileSystemEntries(files.Folder).Select(Path.GetFileName));
    }

    [Theory]
    [InlineData("a.csv", "the first 2,000 rows of 3 columns", "Save it as Parquet, of which --max-rows N")]
    [InlineData("a.jsonl", "the first 2,000 rows of 3 columns", "Save it as Parquet, of which --max-rows N")]
    [InlineData("a.parquet", "2,000 rows of 3 columns take 0.00 GB, and there is room for 0.00 GB", "--max-rows 1700 reads a sample")]
    public void Rows_that_have_no_room_are_refused_with_what_to_do(string name, string what, string how)
    {
        double[] numbers = [.. Enumerable.Range(0, 2000).Select(i => (double)i)];
        var data = new Dataset("t", "y", [.. numbers.Select(v => (int)v % 2)], ["a", "b"],
            [.. ((string[])["p", "q", "r"]).Select(n => new NumericColumn(n, numbers))]);
        DatasetWriter.Write(data, files[name]);
        const long each = (3 * sizeof(double)) + sizeof(int);
        Assert.Equal(2000, DatasetReader.Read(files[name], "y", new() { MostBytes = 2000 * each }).Rows);
        Assert.Equal(2000, DatasetReader.Read(files[name], "y", new() { MostBytes = 1000 * each, Drop = ["p", "q", "r"], Aside = [] }).Rows);
        string message = Assert.Throws<UnusableDataException>(() => DatasetReader.Read(files[name], "y", new() { MostBytes = 1799 * each })).Message;
        Assert.Contains(what, message, StringComparison.Ordinal);
        Assert.Contains(how, message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_written_csv_is_as_a_person_would_write_it()
    {
        DatasetWriter.Write(Mixed().Select([0, 1]), files["a.csv"]);
        Assert.Equal("real,whole,day,time,text,group,y\n0.1,1,1970-01-01,1970-01-01T12:00:00,\"é\nf\",g1,1\n,2,2024-02-29,1970-01-02T06:00:00,,g1,2\n",
            File.ReadAllText(files["a.csv"]));
    }

    [Fact]
    public void Rows_that_are_not_committed_leave_nothing_and_replace_nothing()
    {
        files.Write("a.csv", "before");
        using (RowWriter writer = RowWriter.Create(files["a.csv"], [new("x", NumericKind.Real, [])]))
        {
            writer.Write([new NumericColumn("x", [1, 2])]);
            Assert.Equal(2, writer.Rows);
            Assert.Throws<ArgumentException>(() => writer.Write([new NumericColumn("z", [1])]));
        }

        Assert.Equal("before", File.ReadAllText(files["a.csv"]));
        Assert.Single(Directory.EnumerateFiles(files.Folder));
        Assert.Contains(".parquet", Assert.Throws<ArgumentException>(() => DatasetWriter.Write(Mixed(), files["a.xlsx"])).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Parquet_types_become_numbers_and_categories()
    {
        string path = Parquet("a.parquet", """
            SELECT * FROM (VALUES
                (1::TINYINT, 1.5::FLOAT, 2.25::DECIMAL(9, 2), true, DATE '1970-01-02', TIMESTAMP '1970-01-01 12:00:00', 'a', NULL::INTEGER, 3.0::DOUBLE),
                (NULL, 2.5, NULL, false, NULL, NULL, 'NA', NULL, 4.0)) t(tiny, single, deci, flag, day, moment, text, nothing, y)
            """);
        Dataset data = DatasetReader.Read(path, "y");
        Assert.Equal(["3", "4"], data.ClassNames);
        Assert.Equal(["WholeNumber", "Real", "Real", "text", "Date", "Timestamp", "text", "WholeNumber"],
            data.Columns.Select(c => c is NumericColumn n ? n.Kind.ToString() : "text"));
        Assert.Equal(["1", "1.5", "2.25", "true", "1970-01-02", "1970-01-01T12:00:00", "a", ""], data.Columns.Select(c => c.Text(0)));
        Assert.Equal(["", "2.5", "", "false", "", "", "NA", ""], data.Columns.Select(c => c.Text(1)));
        Assert.Equal([4L - 3, 1], LabelCounter.Count(path, "y").Counts.AsSpan().ToArray());
    }

    [Theory]
    [InlineData("SELECT 'nan'::DOUBLE AS a, 1 AS y UNION ALL SELECT 1, 2", "row 1, column 'a': the cell is NaN")]
    [InlineData("SELECT [1, 2] AS a, 1 AS y UNION ALL SELECT [3], 2", "row 2, column 'a': the list has 1 values, and that of row 1 has 2")]
    [InlineData("SELECT ['u'] AS a, 1 AS y UNION ALL SELECT ['v'], 2", "column 'a': the column holds VARCHAR[] values")]
    [InlineData("SELECT 1 AS a, {'b': 1} AS y", "column 'y': the label column holds STRUCT")]
    [InlineData("SELECT 1 AS a, NULL::INTEGER AS y UNION ALL SELECT 1, 2", "has no label")]
    [InlineData("SELECT 1 AS a, 2 AS y WHERE false", "no rows")]
    [InlineData("SELECT 1 AS amount, 2 AS yy", "Did you mean 'yy'?")]
    public void Parquet_that_cannot_be_used_says_where(string select, string part) =>
        Assert.Contains(part, Assert.Throws<UnusableDataException>(() => DatasetReader.Read(Parquet("a.parquet", select), "y")).Message,
            StringComparison.Ordinal);

    [Fact]
    public void Json_lines_are_read_with_missing_and_late_keys()
    {
        string path = files.Write("a.jsonl",
            "{\"n\": 1, \"s\": \"a\", \"y\": \"no\"}\n{\"n\": null, \"y\": \"yes\"}\n{\"n\": 2.5, \"s\": \"b\", \"y\": \"no\", \"late\": true}\n");
        Dataset data = DatasetReader.Read(path, "y");
        Assert.Equal([1, double.NaN, 2.5], ((NumericColumn)data["n"]).Values.ToArray());
        Assert.Equal(["a", "", "b"], Enumerable.Range(0, 3).Select(data["s"].Text));
        Assert.Equal(["", "", "true"], Enumerable.Range(0, 3).Select(data["late"].Text));
        Assert.Equal("no: 2, yes: 1", LabelCounter.Count(path, "y").Counts.ToString());
    }

    [Theory]
    [InlineData("{\"y\": 1}\n{\"y\": 2\n", "not one complete JSON object")]
    [InlineData("y\n1\n", "this is not JSON lines")]
    [InlineData("{\"y\": 1}\n{\"x\": 2}\n{\"y\": 2}\n", "row 2, column 'y'")]
    public void Json_that_cannot_be_used_says_where(string text, string part)
    {
        string path = files.Write("a.jsonl", text);
        Assert.Contains(part, Assert.Throws<UnusableDataException>(() => DatasetReader.Read(path, "y")).Message, StringComparison.Ordinal);
        Assert.Contains(part, Assert.Throws<UnusableDataException>(() => LabelCounter.Count(path, "y")).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3000)]
    [InlineData(1_000_000)]
    public void Batches_together_are_the_file(int batchRows)
    {
        const int rows = 10_000;
        var text = new StringBuilder("x,c,day,y\n");
        for (int i = 0; i < rows; i++)
            text.Append(System.Globalization.CultureInfo.InvariantCulture, $"{i},{(i % 7 == 0 ? "" : $"c{i % 5}")},2024-01-{1 + (i % 28):00},{i % 2}\n");
        Dataset whole = DatasetReader.Read(files.Write("a.csv", text.ToString()), "y");
        long next = 0;
        foreach (DatasetBatch batch in DatasetReader.ReadBatches(files["a.csv"], whole.Schema, batchRows: batchRows))
        {
            Assert.Equal(next, batch.FirstRow);
            Assert.Equal([0, 0, 0], batch.UnseenLevels);
            for (int c = 0; c < 3; c++)
                for (int i = 0; i < batch.Rows; i += 97)
                    Assert.Equal(whole.Columns[c].Text((int)next + i), batch.Columns[c].Text(i));
            next += batch.Rows;
        }

        Assert.Equal(rows, next);
    }

    [Fact]
    public void Batches_keep_the_meaning_of_the_schema()
    {
        ColumnSchema[] schema = [new("n", NumericKind.Real, []), new("c", null, ["1", "b"])];
        DatasetBatch batch = DatasetReader.ReadBatches(files.Write("a.csv", "c,n,other\nb,1,x\nnew,,x\n1,3,x\n"), schema).Single();
        Assert.Equal([1, -1, 0], ((CategoricalColumn)batch.Columns[1]).Codes.ToArray());
        Assert.Equal([0, 1], batch.UnseenLevels);
        Assert.Equal([0, -1], ((CategoricalColumn)DatasetReader.ReadBatches(
            Parquet("a.parquet", "SELECT 1.0::DOUBLE AS c, 1 AS n UNION ALL SELECT 7, 2"), schema).Single().Columns[1]).Codes.ToArray());
        Assert.Contains("'x' is no number",
            Assert.Throws<UnusableDataException>(() => DatasetReader.ReadBatches(files.Write("b.csv", "c,n\nb,x\n"), schema).ToList()).Message,
            StringComparison.Ordinal);
        Assert.Contains("no column 'n', which the model was trained on",
            Assert.Throws<UnusableDataException>(() => DatasetReader.ReadBatches(files.Write("d.csv", "c,nn\nb,1\n"), schema).ToList()).Message,
            StringComparison.Ordinal);
        Assert.Equal("row 2", Assert.Throws<UnusableDataException>(
            () => DatasetReader.ReadBatches(files.Write("e.csv", "c,n\nb,1\nb,inf\n"), schema).ToList()).Message.Split(", ")[1]);
    }
}
