using System.Globalization;
using System.Text.Json;
using Counterweight.Data;

namespace Counterweight.Cli.Tests;

/// <summary><c>resample</c>: what it writes, what it prints, and what it refuses without leaving anything behind.</summary>
public sealed class ResampleTests : IDisposable
{
    private const string Jobs = "samples/hpc-jobs.csv";
    private readonly TempFiles files = new();

    public void Dispose() => files.Dispose();

    private string Path(string name) => files[name];

    private static string[] Lines(string path) => File.ReadAllText(path).TrimEnd('\n').Split('\n');

    private static string[] JobLines() => Lines(System.IO.Path.Combine(TestSupport.Repository.Root, Jobs));

    [Fact]
    public void Rows_of_the_input_stay_as_they_are_and_new_ones_fit_their_columns()
    {
        ToolResult result = Tool.Run("resample", Jobs, "--target", "class", "--method", "smote(k=3)", "--scale", "standard", "--synthetic-column", "made",
            "--out", Path("out.csv"), "--json");
        Assert.Equal(("", 0), (result.Error, result.Code));
        JsonElement json = JsonDocument.Parse(result.Output).RootElement;
        Assert.Equal("smote(k=3)", json.GetProperty("method").GetString());
        string[] before = JobLines(), after = Lines(Path("out.csv"));
        Assert.Equal(before[0] + ",made", after[0]);
        Assert.Equal(before.Skip(1).Select(l => l + ",0"), after.Skip(1).Take(before.Length - 1));
        Assert.Equal(json.GetProperty("rowsAfter").GetInt32(), after.Length - 1);
        string[][] made = [.. after.Skip(before.Length).Select(l => l.Split(','))];
        Assert.Equal(json.GetProperty("syntheticRows").GetInt32(), made.Length);
        Assert.All(made, cells => Assert.Equal("1", cells[^1]));
        string[][] known = [.. before.Skip(1).Select(l => l.Split(','))];
        foreach (int column in new[] { 0, 6 }) Assert.Subset(known.Select(c => c[column]).ToHashSet(), made.Select(c => c[column]).ToHashSet());
        foreach (int column in new[] { 1, 2, 3, 4 }) Assert.All(made, c => long.Parse(c[column], CultureInfo.InvariantCulture));
        for (int column = 1; column < 6; column++)
        {
            double[] own = [.. known.Select(c => double.Parse(c[column], CultureInfo.InvariantCulture))];
            Assert.All(made, c => Assert.InRange(double.Parse(c[column], CultureInfo.InvariantCulture), own.Min() - 1e-9, own.Max() + 1e-9));
        }

        int largest = json.GetProperty("classes").EnumerateArray().Max(c => c.GetProperty("before").GetInt32());
        foreach (JsonElement c in json.GetProperty("classes").EnumerateArray())
        {
            Assert.Equal((largest, c.GetProperty("before").GetInt32()), (c.GetProperty("after").GetInt32(), c.GetProperty("kept").GetInt32()));
            Assert.Equal(largest, after.Skip(1).Count(l => l.Split(',')[7] == c.GetProperty("label").GetString()));
        }
    }

    [Fact]
    public void The_seed_decides_and_threads_do_not()
    {
        string Run(string name, string seed, string threads)
        {
            Assert.Equal(0, Tool.Run("resample", Jobs, "-t", "class", "-m", "smote-tomek", "-o", Path(name), "--seed", seed, "--threads", threads,
                "--quiet").Code);
            return File.ReadAllText(Path(name));
        }

        string one = Run("a.csv", "3", "1");
        Assert.Equal(one, Run("b.csv", "3", "2"));
        Assert.NotEqual(one, Run("c.csv", "4", "2"));
    }

    [Fact]
    public void Formats_keep_values_order_and_types()
    {
        string csv = files.Write("in.csv",
            "when,y,n,x,text,flag\n2024-01-01,1,1,0.1,\"a,b\",true\n2024-01-02,0,2,0.2,\"say "
            + "\"\"hi\"\"\",false\n2024-02-03,0,3,1e-300,ü,true\n2024-02-03,0,4,4,ü,true\n");
        foreach (string ending in new[] { "parquet", "jsonl", "csv" })
        {
            string made = Path($"made.{ending}"), again = Path($"again.{ending}");
            Assert.Equal("", Tool.Run("resample", csv, "-t", "y", "-m", "random-over", "-o", made, "--quiet").Error);
            Assert.Equal(["when", "y", "n", "x", "text", "flag"], DatasetReader.ColumnNames(made));
            Dataset read = DatasetReader.Read(made, "y"), source = DatasetReader.Read(csv, "y");
            Assert.Equal(6, read.Rows);
            foreach (Column column in source.Columns)
            {
                if (column is NumericColumn values) Assert.Equal(values.Values.ToArray(), ((NumericColumn)read[column.Name]).Values[..4].ToArray());
                if (column.Name != "x" || ending != "parquet") // a number of a Parquet file has no spelling
                    Assert.Equal(Enumerable.Range(0, 4).Select(column.Text), Enumerable.Range(0, 4).Select(read[column.Name].Text));
                if (column is NumericColumn numeric) Assert.Equal(numeric.Kind, ((NumericColumn)read[column.Name]).Kind);
            }

            Assert.Equal("", Tool.Run("resample", made, "-t", "y", "-m", "random-under", "--ratio", "1", "-o", again, "--quiet").Error.Trim());
            Assert.Equal(Schema(made), Schema(again));
        }

        Assert.Contains("\"n\":1,\"x\":0.1,\"text\":\"a,b\"", File.ReadAllText(Path("made.jsonl")), StringComparison.Ordinal);
        string Schema(string file)
        {
            if (!file.EndsWith("parquet", StringComparison.Ordinal)) return "";
            using var connection = new DuckDB.NET.Data.DuckDBConnection("DataSource=:memory:");
            connection.Open();
            using DuckDB.NET.Data.DuckDBCommand command = connection.CreateCommand();
            command.CommandText = $"DESCRIBE SELECT * FROM '{file}'";
            using DuckDB.NET.Data.DuckDBDataReader reader = command.ExecuteReader();
            var text = new System.Text.StringBuilder();
            while (reader.Read()) text.Append(CultureInfo.InvariantCulture, $"{reader.GetString(0)} {reader.GetString(1)}; ");
            Assert.Contains("n BIGINT; x DOUBLE", text.ToString(), StringComparison.Ordinal);
            return text.ToString();
        }
    }

    [Fact]
    public void Whole_numbers_and_dates_stay_what_they_are_also_where_a_new_row_is_interpolated()
    {
        using var connection = new DuckDB.NET.Data.DuckDBConnection("DataSource=:memory:");
        connection.Open();
        using DuckDB.NET.Data.DuckDBCommand command = connection.CreateCommand();
        command.CommandText = $"COPY (SELECT i % 7 AS a, i / 3.0 AS b, DATE '2024-01-01' + i::INT AS d, i % 3 = 0 AS f, (i % 5 = 0)::INT AS y FROM "
            + $"range(60) t(i)) TO '{Path("in.parquet")}' (FORMAT parquet)";
        command.ExecuteNonQuery();
        Assert.Equal("", Tool.Run("resample", Path("in.parquet"), "-t", "y", "-m", "smote", "-o", Path("out.parquet"), "--quiet", "--seed", "1").Error);
        command.CommandText = $"SELECT string_agg(column_name || ' ' || column_type, ', ') FROM (DESCRIBE SELECT * FROM '{Path("out.parquet")}')";
        Assert.StartsWith("a BIGINT, b DOUBLE, d DATE, f ", (string)command.ExecuteScalar()!, StringComparison.Ordinal);
        command.CommandText = $"SELECT count(*) FROM '{Path("out.parquet")}' WHERE y::INT = 1 AND d BETWEEN '2024-01-01' AND '2024-02-29'";
        Assert.Equal(48L, command.ExecuteScalar());
    }

    [Fact]
    public void A_missing_value_is_told_with_row_and_column_and_copies_keep_it()
    {
        string path = files.Write("missing.csv", "a,b,y\n1,x,0\n2,,0\n,x,1\n4,z,0\n");
        ToolResult result = Tool.Run("resample", path, "-t", "y", "-m", "smote", "-o", Path("out.csv"));
        Assert.Equal((3, ""), (result.Code, result.Output));
        Assert.StartsWith($"error: {path}, row 2, column 'b': the value is missing, and smote needs every value", result.Error, StringComparison.Ordinal);
        Assert.Contains("random-over", result.Error, StringComparison.Ordinal);
        Assert.Equal(["missing.csv"], Directory.EnumerateFiles(files.Folder).Select(System.IO.Path.GetFileName));
        Assert.Equal(0, Tool.Run("resample", path, "-t", "y", "-m", "random-over", "-o", Path("out.csv")).Code);
        Assert.Equal(["a,b,y", "1,x,0", "2,,0", ",x,1", "4,z,0", ",x,1", ",x,1"], Lines(Path("out.csv")));
    }

    [Fact]
    public void A_refused_run_leaves_the_file_that_was_there()
    {
        File.WriteAllText(Path("out.csv"), "precious");
        string few = files.Write("few.csv", "x,label\n1,rare\n2,rare\n3,usual\n4,usual\n5,usual\n6,usual\n");
        ToolResult result = Tool.Run("resample", few, "-t", "label", "-m", "smote", "-o", Path("out.csv"));
        Assert.Equal((3, $"error: {few}: Class 'rare' has 2 rows, and smote with k = 5 needs 6. Lower it, gather more rows of the class, or use "
            + $"random-over.\n"), (result.Code, result.Error));
        Assert.Equal("precious", File.ReadAllText(Path("out.csv")));
        Assert.Equal(2, Directory.EnumerateFiles(files.Folder).Count());
    }

    [Theory]
    [InlineData("Which method? Give it with --method: random-over,", "--out", "x.csv")]
    [InlineData("Where do the rows go? Give a file with --out FILE.", "--method", "smote")]
    [InlineData("There is no resampling method 'smoot'. Did you mean 'smote'?", "--method", "smoot", "--out", "x.csv")]
    [InlineData("the ending of 'x.xlsx' names no format", "--method", "smote", "--out", "x.xlsx")]
    [InlineData("give one of them", "--method", "smote", "--out", "x.csv", "--ratio", "0.5", "--strategy", "all")]
    [InlineData("--ratio is a number in (0, 1]; 2 is not", "--method", "smote", "--out", "x.csv", "--ratio", "2")]
    [InlineData("A sampling ratio is for two classes", "--method", "smote", "--out", "x.csv", "--ratio", "0.5")]
    [InlineData("There is no class 'Q'", "--method", "smote", "--out", "x.csv", "--strategy", "Q=9")]
    [InlineData("Over-sampling cannot take rows away: class 'VF' has 2211 rows", "--method", "smote", "--out", "x.csv", "--strategy", "VF=9")]
    [InlineData("a column 'hour' already", "--method", "smote", "--out", "x.csv", "--synthetic-column", "hour")]
    [InlineData("--scale is one of none, standard; 'robust' is not", "--method", "smote", "--out", "x.csv", "--scale", "robust")]
    public void A_wrong_command_line_is_2_and_says_what_to_type(string part, params string[] arguments)
    {
        ToolResult result = Tool.Run(["resample", Jobs, "--target", "class", .. arguments]);
        Assert.Equal(("", 2), (result.Output, result.Code));
        Assert.Contains(part, result.Error, StringComparison.Ordinal);
        Assert.False(File.Exists(System.IO.Path.Combine(TestSupport.Repository.Root, "x.csv")));
    }

    [Fact]
    public void The_table_counts_what_was_kept_copied_and_made()
    {
        ToolResult result = Tool.Run("resample", Jobs, "-t", "class", "-m", "random-over", "--strategy", "L=600,M=600", "-o", Path("out.csv"));
        Assert.Equal(0, result.Code);
        Assert.All(result.Output.Split('\n').Where(l => !l.StartsWith("Written", StringComparison.Ordinal)), line => Assert.InRange(line.Length, 0, 80));
        Assert.Matches(@"\n +L +259 +259 +341 +0 +600 +\d", result.Output);
        Assert.Matches(@"\n +M +514 +514 +86 +0 +600 +\d", result.Output);
        Assert.Contains("[training-only]", result.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("[unequal-scales]", result.Error, StringComparison.Ordinal);
        Assert.Contains("[unequal-scales]", Tool.Run("resample", Jobs, "-t", "class", "-m", "smote", "-o", Path("out.csv")).Error, StringComparison.Ordinal);
    }

    [Fact]
    public void Standard_input_is_csv_and_the_label_keeps_its_place()
    {
        ToolResult result = Tool.RunWith("y,x\nno,1\nyes,2\nno,3\n", null, "resample", "-", "-t", "0", "-m", "random-under", "-o", Path("out.csv"), "--quiet");
        Assert.Equal((0, ""), (result.Code, result.Error));
        string[] lines = Lines(Path("out.csv"));
        Assert.Equal(("y,x", 3), (lines[0], lines.Length));
        Assert.Contains("yes,2", lines);
    }
}
