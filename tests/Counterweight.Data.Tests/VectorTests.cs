using Counterweight.TestSupport;

namespace Counterweight.Data.Tests;

/// <summary>Vectors in the cells of CSV files, beside the same vectors in JSON lines.</summary>
public sealed class VectorTests : IDisposable
{
    private static readonly DatasetOptions Named = new() { Vector = ["v"] };
    private readonly TempFiles files = new();

    public void Dispose() => files.Dispose();

    [Theory]
    [InlineData("\"[0.1, -2, 3e-4]\"", "\"[1, 2, 3]\""), InlineData("[0.1 -2 3e-4]", "[1. 2. 3.]"), InlineData("0.1 -2  3e-4", "1 2 3")]
    [InlineData("\"(0.1,-2.0,3e-4)\"", "\"(1,2,3)\""), InlineData("\"[0.1, -2,\n 3e-4]\"", "\"[ 1.\n 2.\n 3.]\""), InlineData("[0.1;-2;+3e-4]", "[1;2;3]")]
    public void Every_notation_gives_the_vectors_of_json(string first, string second)
    {
        string csv = files.Write("v.csv", $"v,x,y\n{first},7,a\n,8,b\n{second},9,a\nNA,6,b\n");
        string json = files.Write("v.jsonl", """
            {"v":[0.1,-2,0.0003],"x":7,"y":"a"}
            {"v":null,"x":8,"y":"b"}
            {"v":[1,2,3],"x":9,"y":"a"}
            {"v":null,"x":6,"y":"b"}

            """);
        Dataset read = DatasetReader.Read(csv, "y", Named), asked = DatasetReader.Read(json, "y", Named), told = DatasetReader.Read(json, "y");
        foreach (Dataset other in (Dataset[])[asked, told])
        {
            Assert.Equal(other.Columns.Select(c => c.Name), read.Columns.Select(c => c.Name));
            foreach (Column column in other.Columns)
                Assert.Equal(((NumericColumn)column).Values.ToArray(), ((NumericColumn)read[column.Name]).Values.ToArray());
        }

        // Without the option a cell of a CSV file is a text, as ever.
        Assert.IsNotType<NumericColumn>(DatasetReader.Read(csv, "y")["v"]);

        // A model knows its columns by the places of the list, and reads files of all formats without being told again.
        IReadOnlyList<ColumnSchema> schema = [.. read.Columns.Select(ColumnSchema.Of)];
        foreach (string path in (string[])[csv, json])
        {
            DatasetBatch batch = DatasetReader.ReadBatches(path, schema).Single();
            for (int c = 0; c < schema.Count; c++)
                Assert.Equal(((NumericColumn)read.Columns[c]).Values.ToArray(),
                    ((NumericColumn)batch.Columns.Single(b => b.Name == schema[c].Name)).Values.ToArray());
        }
    }

    [Theory]
    [InlineData("[1, x]", "'x' is no number between others"), InlineData("[1, 2, ...]", "shortened to '...'"), InlineData("[1,, 2]", "',' is no number")]
    [InlineData("[1, 2,]", "',' is no number"), InlineData("[1, inf]", "'inf' is no number")]
    [InlineData("[1]", "the list has 1 values, and that of row 1 has 2")]
    [InlineData("hello", "'hello' is no number")]
    public void A_cell_that_is_no_vector_is_named(string cell, string told)
    {
        string csv = files.Write("v.csv", $"v,y\n\"[1, 2]\",a\n\"[3, 4]\",b\n\"{cell}\",a\n");
        UnusableDataException problem = Assert.Throws<UnusableDataException>(() => DatasetReader.Read(csv, "y", Named));
        Assert.Equal((3L, "v"), (problem.Row, problem.Column));
        Assert.Contains(told, problem.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_column_of_a_typed_file_that_holds_no_lists_is_named()
    {
        string json = files.Write("v.jsonl", "{\"v\":1,\"y\":\"a\"}\n{\"v\":2,\"y\":\"b\"}\n");
        UnusableDataException problem = Assert.Throws<UnusableDataException>(() => DatasetReader.Read(json, "y", Named));
        Assert.Contains("named in --vector", problem.Message, StringComparison.Ordinal);
        Assert.Contains("no column 'w'", Assert.Throws<ArgumentException>(() => DatasetReader.Read(json, "y", new() { Vector = ["w"] })).Message,
            StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => DatasetReader.Read(json, "y", new() { Vector = ["v"], Categorical = ["v"] }));
    }
}
