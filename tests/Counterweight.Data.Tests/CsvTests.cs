using System.Globalization;
using System.IO.Compression;
using System.Text;
using Counterweight.TestSupport;
using CsCheck;

namespace Counterweight.Data.Tests;

public sealed class CsvTests : IDisposable
{
    private readonly TempFiles files = new();

    public void Dispose() => files.Dispose();

    [Fact]
    public void The_sample_of_loans_is_read_as_its_description_says()
    {
        Dataset loans = DatasetReader.Read(Path.Combine(Repository.Root, "samples", "lending-club.csv"), "Class");
        Assert.Equal(9857, loans.Rows);
        Assert.Equal(22, loans.Columns.Count);
        Assert.Equal(17, loans.Columns.OfType<NumericColumn>().Count());
        Assert.Equal(5, loans.Columns.OfType<CategoricalColumn>().Count());
        Assert.Equal(["bad", "good"], loans.ClassNames);
        Assert.Equal([517L, 9340L], loans.CountLabels().AsSpan().ToArray());
        Assert.Equal(["term_36", "term_60"], ((CategoricalColumn)loans["term"]).Levels);
        Assert.Equal(13.99, ((NumericColumn)loans["int_rate"]).Values[0]);
        Assert.Equal(NumericKind.WholeNumber, ((NumericColumn)loans["funded_amnt"]).Kind);
        Assert.Equal("lending-club.csv", loans.Name);
    }

    [Fact]
    public void The_sample_of_jobs_is_read_as_its_description_says()
    {
        Dataset jobs = DatasetReader.Read(Path.Combine(Repository.Root, "samples", "hpc-jobs.csv"), "7");
        Assert.Equal("class", jobs.Target);
        Assert.Equal(["F", "L", "M", "VF"], jobs.ClassNames);
        Assert.Equal([1347L, 259L, 514L, 2211L], jobs.CountLabels().AsSpan().ToArray());
        Assert.Equal((5, 2), (jobs.Columns.OfType<NumericColumn>().Count(), jobs.Columns.OfType<CategoricalColumn>().Count()));
    }

    [Theory]
    [InlineData("")]
    [InlineData("  ")]
    [InlineData("NA")]
    [InlineData("N/A")]
    [InlineData("NULL")]
    [InlineData("<NA>")]
    [InlineData("\"NA\"")]
    [InlineData("\"\"")]
    public void A_missing_cell_stays_missing(string cell)
    {
        Dataset data = DatasetReader.Read(files.Write("a.csv", $"n,c,y\n1,a,0\n{cell},{cell},1\n3,b,1\n"), "y");
        var n = (NumericColumn)data["n"];
        var c = (CategoricalColumn)data["c"];
        Assert.Equal([1, double.NaN, 3], n.Values.ToArray());
        Assert.Equal([0, -1, 1], c.Codes.ToArray());
        Assert.Equal((1, 1), (n.MissingCount, c.MissingCount));
        Assert.Equal("", c.Text(1));
    }

    [Fact]
    public void Other_missing_words_replace_the_usual_ones()
    {
        var options = new DatasetOptions { MissingWords = ["?", "-999"] };
        Dataset data = DatasetReader.Read(files.Write("a.csv", "n,c,y\n1,NA,0\n?,?,1\n-999,b,1\n"), "y", options);
        Assert.Equal([1, double.NaN, double.NaN], ((NumericColumn)data["n"]).Values.ToArray());
        Assert.Equal(["NA", "b"], ((CategoricalColumn)data["c"]).Levels);
    }

    [Theory]
    [InlineData("2,10,1", "1,2,10")]
    [InlineData("1.0,0,1", "0,1")]
    [InlineData("-1,1,+1", "-1,1")]
    [InlineData("10,9,x", "10,9,x")]
    [InlineData("b,a,B", "B,a,b")]
    [InlineData("0.5,1.5,0.5", "0.5,1.5")]
    [InlineData("True,False,True", "False,True")]
    [InlineData(" yes,yes ,no", "no,yes")]
    [InlineData("12345678901234567890,3,3", "3,12345678901234567890")]
    public void Classes_are_in_numeric_order_if_all_are_whole_numbers(string labels, string expected)
    {
        string path = files.Write("a.csv", "x,y\n" + string.Concat(labels.Split(',').Select(l => $"1,{l}\n")));
        Dataset data = DatasetReader.Read(path, "y");
        Assert.Equal(expected.Split(','), data.ClassNames);
        ClassCounts counts = LabelCounter.Count(path, "y").Counts;
        Assert.Equal(data.ClassNames, counts.Labels);
        Assert.Equal(data.CountLabels().AsSpan().ToArray(), counts.AsSpan().ToArray());
    }

    [Fact]
    public void A_column_that_stops_being_numeric_late_is_read_again_as_categories()
    {
        const int rows = 30_000;
        var text = new StringBuilder("code,when,x,y\n");
        for (int i = 0; i < rows; i++)
            text.Append(CultureInfo.InvariantCulture, $"{(i == rows - 1 ? "A7" : $"0{i % 7}.0")},{(i == rows - 1 ? "soon" : "2024-01-31")},{i},{i % 2}\n");
        Dataset data = DatasetReader.Read(files.Write("a.csv", text.ToString()), "y");
        var code = (CategoricalColumn)data["code"];
        Assert.Equal(["00.0", "01.0", "02.0", "03.0", "04.0", "05.0", "06.0", "A7"], code.Levels);
        Assert.Equal("03.0", code.Text(3));
        Assert.Equal(["2024-01-31", "soon"], ((CategoricalColumn)data["when"]).Levels);
        Assert.Equal(rows - 1, ((NumericColumn)data["x"]).Values[^1]);
    }

    [Fact]
    public void Numbers_are_rounded_as_the_platform_rounds_them() => Gen.OneOf(
            Gen.Double.Where(double.IsFinite).Select(d => d.ToString("R", CultureInfo.InvariantCulture)),
            Gen.Double[-1e6, 1e6].Select(d => d.ToString("F4", CultureInfo.InvariantCulture)),
            Gen.Long.Select(l => l.ToString(CultureInfo.InvariantCulture)),
            Gen.Decimal.Select(d => d.ToString(CultureInfo.InvariantCulture)))
        .Array[1, 20].Sample(cells =>
        {
            Dataset data = DatasetReader.Read(files.Write($"{Guid.NewGuid():N}.csv", "x,y\n" + string.Concat(cells.Select(c => $" {c} ,a\n")) + "1,b\n"), "y");
            double[] expected = [.. cells.Select(c => double.Parse(c, CultureInfo.InvariantCulture)), 1];
            return ((NumericColumn)data["x"]).Values.SequenceEqual(expected);
        }, iter: 40, threads: 1);

    [Theory]
    [InlineData("2024-02-29", 19782)]
    [InlineData("1969-12-31", -1)]
    [InlineData("1970-01-02T12:00", 1.5)]
    [InlineData("1970-01-02 12:00:00.0", 1.5)]
    [InlineData("1970-01-02T12:00:00Z", 1.5)]
    [InlineData("1970-01-02T12:00:00.250000", 1.5000028935185186)]
    [InlineData("1970-01-02T13:00:00+01:00", 1.5)]
    public void Dates_are_days_since_1970(string cell, double days)
    {
        Dataset data = DatasetReader.Read(files.Write("a.csv", $"when,y\n{cell},0\n,1\n"), "y");
        var when = (NumericColumn)data["when"];
        Assert.Equal(days, when.Values[0], 1e-12);
        Assert.Equal(cell.Length == 10 ? NumericKind.Date : NumericKind.Timestamp, when.Kind);
        Assert.Equal(cell, when.Text(0));
    }

    [Theory]
    [InlineData("2024-02-30")]
    [InlineData("2024-13-01")]
    [InlineData("2024-01-01T25:00")]
    [InlineData("1e5e5")]
    [InlineData("1,000")]
    [InlineData("--1")]
    [InlineData("0x10")]
    [InlineData("e")]
    [InlineData(".")]
    [InlineData("nanny")]
    public void What_is_no_number_and_no_date_is_a_category(string cell) => Assert.Equal(
        [cell], ((CategoricalColumn)DatasetReader.Read(files.Write("a.csv", $"x,y\n\"{cell}\",0\n,1\n"), "y")["x"]).Levels);

    [Theory]
    [InlineData("a;b;y\n1,5;x;0\n-2,25;z;1\n", "a", 1.5)]
    [InlineData("a\tb\ty\n1.5\tx\t0\n2\tz\t1\n", "a", 1.5)]
    [InlineData("a|b|y\n1.5|x|0\n2|z|1\n", "a", 1.5)]
    [InlineData("\uFEFFa,b,y\r\n1.5,x,0\r\n2,z,1\r\n", "a", 1.5)]
    [InlineData("\n\n\"a, the \"\"first\"\"\",b,y\n1.5,\"x\ny\",0\n2,z,1\n\n", "a, the \"first\"", 1.5)]
    [InlineData("a,b,y\n1.5,x,0\n2,z,1", "a", 1.5)]
    public void Delimiters_quotes_signatures_and_line_ends_are_found(string text, string column, double first)
    {
        Dataset data = DatasetReader.Read(files.Write("a.csv", text), "y");
        Assert.Equal((2, 2), (data.Rows, data.Columns.Count));
        Assert.Equal(first, ((NumericColumn)data[column]).Values[0]);
    }

    [Fact]
    public void A_gzip_file_is_unpacked()
    {
        using var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, CompressionMode.Compress, leaveOpen: true)) gzip.Write("a,y\n1,0\n2,1\n"u8);
        Assert.Equal(2, DatasetReader.Read(files.Write("a.csv.gz", packed.ToArray()), "y").Rows);
    }

    [Fact]
    public void Columns_without_a_name_or_with_one_twice_get_one()
    {
        Dataset data = DatasetReader.Read(files.Write("a.csv", ",a,a,A,y\n0,1,2,3,0\n1,1,2,3,1\n"), "y");
        Assert.Equal(["column0", "a", "a_1", "A"], data.Columns.Select(c => c.Name));
    }

    [Fact]
    public void Columns_can_be_dropped_kept_aside_and_made_categories()
    {
        string path = files.Write("a.csv", "id,zip,group,x,y\n1,10115,7,1,0\n2,01067,8,2,1\n");
        Dataset data = DatasetReader.Read(path, "y", new() { Drop = ["id"], Aside = ["group"], Categorical = ["zip"] });
        Assert.Equal(["zip", "x"], data.Columns.Select(c => c.Name));
        Assert.Equal(["01067", "10115"], ((CategoricalColumn)data["zip"]).Levels);
        Assert.Equal([7, 8], ((NumericColumn)data.Aside[0]).Values.ToArray());
        Assert.Contains("Did you mean 'group'?", Assert.Throws<ArgumentException>(() => DatasetReader.Read(path, "y", new() { Aside = ["grup"] })).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void A_stream_reads_like_a_file()
    {
        Dataset data = DatasetReader.Read(new MemoryStream("a,y\n1,0\n2,1\n"u8.ToArray()), "y");
        Assert.Equal(("standard input", 2), (data.Name, data.Rows));
    }

    [Fact]
    public void Pattern_characters_in_a_path_are_taken_literally()
    {
        files.Write("a1.csv", "a,y\n1,0\n2,1\n3,1\n");
        Assert.Equal(2, DatasetReader.Read(files.Write("a[1]'?*.csv", "a,y\n1,0\n2,1\n"), "y").Rows);
    }

    [Fact]
    public void The_number_of_threads_changes_nothing()
    {
        var text = new StringBuilder("x,c,y\n");
        var random = new SeededRandom(1);
        for (int i = 0; i < 100_000; i++) text.Append(CultureInfo.InvariantCulture, $"{random.NextDouble()},{random.NextInt32(50)}k,{random.NextInt32(3)}\n");
        string path = files.Write("a.csv", text.ToString());
        Dataset one = DatasetReader.Read(path, "y", new() { Threads = 1 }), many = DatasetReader.Read(path, "y", new() { Threads = 4 });
        Assert.Equal(100_000, one.Rows);
        Assert.True(one.Labels.SequenceEqual(many.Labels));
        Assert.True(((NumericColumn)one["x"]).Values.SequenceEqual(((NumericColumn)many["x"]).Values));
        Assert.True(((CategoricalColumn)one["c"]).Codes.SequenceEqual(((CategoricalColumn)many["c"]).Codes));
    }

    [Fact]
    public void Selected_rows_keep_classes_and_levels()
    {
        Dataset data = DatasetReader.Read(files.Write("a.csv", "n,c,y\n1,a,p\n2,b,q\n3,c,q\n"), "y").Select([2, 2]);
        Assert.Equal([3, 3], ((NumericColumn)data["n"]).Values.ToArray());
        Assert.Equal(["a", "b", "c"], ((CategoricalColumn)data["c"]).Levels);
        Assert.Equal([1, 1], data.Labels.ToArray());
        Assert.Equal(2, data.Classes);
    }
}
