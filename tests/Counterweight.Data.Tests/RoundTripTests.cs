using System.Globalization;
using System.Text;
using CsCheck;
using DuckDB.NET.Data;

namespace Counterweight.Data.Tests;

/// <summary>What a file holds is kept: every type through every format that has it, and refused by name where it has not.</summary>
public sealed class RoundTripTests : IDisposable
{
    private readonly TempFiles files = new();

    public void Dispose() => files.Dispose();

    private string Parquet(string select)
    {
        string path = files[$"{Guid.NewGuid():N}.parquet"];
        using var connection = new DuckDBConnection("DataSource=:memory:");
        connection.Open();
        using DuckDBCommand command = connection.CreateCommand();
        command.CommandText = $"COPY ({select}) TO '{path}' (FORMAT parquet)";
        command.ExecuteNonQuery();
        return path;
    }

    private static string[] Rows(string path, string sql)
    {
        using var connection = new DuckDBConnection("DataSource=:memory:");
        connection.Open();
        using DuckDBCommand command = connection.CreateCommand();
        command.CommandText = sql.Replace("FILE", $"read_parquet('{path}')", StringComparison.Ordinal);
        using DuckDBDataReader reader = command.ExecuteReader();
        List<string> rows = [];
        while (reader.Read())
            rows.Add(string.Join("|", Enumerable.Range(0, reader.FieldCount)
                .Select(i => reader.IsDBNull(i) ? "NULL" : Convert.ToString(reader.GetValue(i), CultureInfo.InvariantCulture))));
        return [.. rows];
    }

    private static readonly Gen<string> Number = Gen.OneOf(
        Gen.Long.Select(v => v.ToString(CultureInfo.InvariantCulture)),
        Gen.Int[-100, 100].Select(v => v.ToString(CultureInfo.InvariantCulture)),
        Gen.Int[0, 9999].Select(v => v.ToString("D6", CultureInfo.InvariantCulture)),
        Gen.Double[-1e6, 1e6].Select(v => v.ToString("F2", CultureInfo.InvariantCulture)),
        Gen.Double[-1, 1].Select(v => v.ToString("F6", CultureInfo.InvariantCulture)),
        Gen.Double.Where(double.IsFinite).Select(v => v.ToString("R", CultureInfo.InvariantCulture)),
        Gen.Double.Where(double.IsFinite).Select(v => v.ToString("e3", CultureInfo.InvariantCulture)),
        Gen.Decimal[-1e9m, 1e9m].Select(v => v.ToString(CultureInfo.InvariantCulture)),
        Pick.Of("1e3", "1.50", "+5", ".5", "5.", "-0", "0.0", "-0.00", "007", "00.50", "1E+05", "9007199254740993", "18446744073709551615",
            "170141183460469231731687303715884105728"));

    private static readonly Gen<string> Time = Gen.Select(Gen.Int[0, 20_000], Gen.Long[0, 86_399_999_999], Gen.Int[0, 8], (day, micros, form) =>
    {
        DateTime t = DateTime.UnixEpoch.AddDays(day).AddTicks(micros * 10);
        string[] forms = ["yyyy-MM-dd", "yyyy-MM-dd HH:mm", "yyyy-MM-dd'T'HH:mm", "yyyy-MM-dd HH:mm:ss", "yyyy-MM-dd'T'HH:mm:ss.ffffff", "yyyy-MM-dd "
            + "HH:mm:ss.fff",
            "yyyy-MM-dd'T'HH:mm:ss'Z'", "yyyy-MM-dd'T'HH:mm:ss'+01:00'", "yyyy-MM-dd HH:mm:ss.f'-0330'"];
        return t.ToString(forms[form], CultureInfo.InvariantCulture);
    });

    private static readonly Gen<string> Word = Pick.Of("a", "b,c", "say \"hi\"", "é", "line\nbreak", "x;y", "'", "None", "-", "true", "false",
        "0x1F", "日本");

    private static readonly Gen<string> Missing = Pick.Of("", "NA", "NULL", "n/a");

    private static readonly System.Buffers.SearchValues<char> Special = System.Buffers.SearchValues.Create(",;\t|\"\r\n");

    private static string Cell(string text) => text.AsSpan().ContainsAny(Special) ? $"\"{text.Replace("\"", "\"\"", StringComparison.Ordinal)}\"" : text;

    [Fact]
    public void Every_cell_of_a_csv_file_is_written_as_it_stands_in_the_file()
    {
        Gen<string[]> column = Gen.OneOf(
            Number.Array[3, 12], Time.Array[3, 12], Word.Array[3, 12], Gen.OneOf(Number, Missing).Array[3, 12], Gen.OneOf(Time, Missing).Array[3, 12],
            Gen.OneOf(Number, Time, Word, Missing).Array[3, 12]);
        Gen.Select(column, column, Gen.Int[1, 3]).Sample((first, second, repeat) =>
        {
            // Repeated so often that a column turns into text in a later block than its first.
            int rows = Math.Min(first.Length, second.Length) * repeat;
            var text = new StringBuilder("a,b,y\n");
            for (int i = 0; i < rows; i++)
                text.Append(CultureInfo.InvariantCulture, $"{Cell(first[i % first.Length])},{Cell(second[i % second.Length])},{(i % 2 == 0 ? "01" : "2")}\n");
            string path = files.Write($"{Guid.NewGuid():N}.csv", text.ToString()), made = files[$"{Guid.NewGuid():N}.csv"];
            DatasetWriter.Write(DatasetReader.Read(path, "y"), made);
            string written = File.ReadAllText(made);
            if (written != text.ToString()) throw new Xunit.Sdk.XunitException($"{text}\nbecame\n{written}");
        }, iter: 400, threads: 1);
    }

    [Fact]
    public void A_column_that_turns_into_text_late_keeps_every_earlier_cell()
    {
        var text = new StringBuilder("a,b,y\n");
        for (int i = 0; i < 200_000; i++)
            text.Append(CultureInfo.InvariantCulture, $"{(i % 3 == 0 ? "1.50" : i % 3 == 1 ? "007" : "NA")},2024-01-{1 + (i % 28):00} 10:30,{i % 2}\n");
        text.Append("end,soon,1\n");
        string path = files.Write("late.csv", text.ToString());
        Dataset read = DatasetReader.Read(path, "y");
        Assert.Equal(["007", "1.50", "end"], ((CategoricalColumn)read["a"]).Levels);
        DatasetWriter.Write(read, files["made.csv"]);
        Assert.Equal(text.ToString(), File.ReadAllText(files["made.csv"]));
    }

    [Fact]
    public void Every_value_of_json_lines_is_written_as_it_stands_in_the_file()
    {
        Gen<string> number = Number.Where(n => !n.StartsWith('+') && !n.StartsWith('.') && !n.EndsWith('.')
            && !(n.TrimStart('-').Length > 1 && n.TrimStart('-')[0] == '0' && char.IsAsciiDigit(n.TrimStart('-')[1])));
        Gen<string> text = Gen.OneOf(Word, Number, Time, Gen.Const("")).Select(t => System.Text.Json.JsonSerializer.Serialize(t, Relaxed));
        Gen<string> boolean = Pick.Of("true", "false"), nothing = Gen.Const("null");
        Gen<string[]> column = Gen.OneOf(
            Gen.OneOf(number, nothing).Array[4, 12], Gen.OneOf(text, nothing).Array[4, 12], Gen.OneOf(boolean, nothing).Array[4, 12],
            Time.Select(t => $"\"{t}\"").Array[4, 12]);
        Gen.Select(column, column).Sample((first, second) =>
        {
            int rows = Math.Min(first.Length, second.Length);
            string[] labels = first.Length % 3 == 0 ? ["true", "false"] : first.Length % 3 == 1 ? ["\"01\"", "\"1\""] : ["0", "1"];
            string lines = string.Concat(Enumerable.Range(0, rows).Select(i => $"{{\"a\":{first[i]},\"b\":{second[i]},\"y\":{labels[i % 2]}}}\n"));
            string path = files.Write($"{Guid.NewGuid():N}.jsonl", lines), made = files[$"{Guid.NewGuid():N}.jsonl"];
            DatasetWriter.Write(DatasetReader.Read(path, "y"), made);
            string written = File.ReadAllText(made);
            if (written != lines) throw new Xunit.Sdk.XunitException($"{lines}\nbecame\n{written}");
        }, iter: 400, threads: 1);
    }

    private static readonly System.Text.Json.JsonSerializerOptions Relaxed =
        new() { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static TheoryData<string, string, string> Types => new()
    {
        { "BIGINT", "9007199254740993", "-9223372036854775807" },
        { "INTEGER", "7", "-2147483648" },
        { "TINYINT", "7", "-128" },
        { "UBIGINT", "18446744073709551615", "1" },
        { "DECIMAL(9,2)", "2.50", "-0.07" },
        { "DECIMAL(38,4)", "12345678901234567890.1234", "0.0001" },
        { "DOUBLE", "0.1", "1e-300" },
        { "FLOAT", "0.1", "16777216" },
        { "BOOLEAN", "true", "false" },
        { "DATE", "2024-02-29", "1066-10-14" },
        { "TIMESTAMP", "2024-02-29 12:34:56.123456", "1969-12-31 23:59:59.999999" },
        { "TIMESTAMP_NS", "2024-02-29 12:34:56.123456789", "2024-02-29 12:34:56" },
        { "TIMESTAMP WITH TIME ZONE", "2024-02-29 12:34:56+00", "2024-02-29 12:34:56.5+00" },
        { "TIME", "12:34:56", "23:59:59.5" },
        { "UUID", "01234567-89ab-cdef-0123-456789abcdef", "ffffffff-89ab-cdef-0123-456789abcdef" },
        { "VARCHAR", "01", "1.50" },
    };

    [Theory]
    [MemberData(nameof(Types))]
    public void A_type_of_parquet_goes_through_every_format(string type, string first, string second)
    {
        string path = Parquet($"SELECT * FROM (VALUES (CAST('{first}' AS {type}), 0), (CAST('{second}' AS {type}), 1), (NULL, 1)) t(v, y)");
        Dataset read = DatasetReader.Read(path, "y");
        DatasetWriter.Write(read, files["same.parquet"]);
        Assert.Equal(Rows(path, "SELECT typeof(v), CAST(v AS VARCHAR) FROM FILE"), Rows(files["same.parquet"], "SELECT typeof(v), CAST(v AS VARCHAR) "
            + "FROM FILE"));
        foreach (string ending in new[] { "csv", "jsonl", "csv.gz" })
        {
            string text = files[$"text.{ending}"], back = files["back.parquet"];
            DatasetWriter.Write(read, text);
            Dataset again = DatasetReader.Read(text, "y");
            if (type != "VARCHAR" || ending == "jsonl") Assert.Equal(read.Columns[0] is NumericColumn, again.Columns[0] is NumericColumn);
            for (int row = 0; row < 3; row++) Assert.Equal(read.Columns[0].Text(row), again.Columns[0].Text(row));
            if (ending == "jsonl" && type is "VARCHAR" or "BOOLEAN" or "BIGINT" or "DATE" or "TIMESTAMP")
            {
                DatasetWriter.Write(again, back);
                Assert.Equal(Rows(path, "SELECT CAST(v AS VARCHAR) FROM FILE"), Rows(back, "SELECT CAST(v AS VARCHAR) FROM FILE"));
            }
        }
    }

    [Fact]
    public void Selected_and_made_rows_keep_the_type_of_their_column()
    {
        string path = Parquet("SELECT * FROM (VALUES (2.50::DECIMAL(9,2), 9007199254740993, true, 0), (1.25, 9007199254740995, false, 1)) t(d, i, b, y)");
        Dataset read = DatasetReader.Read(path, "y");
        Column[] made = [.. read.Columns.Select(c => c.Remade([1, -1, 0, 1], [0, 1, 0, 0]))];
        Assert.Equal(["1.25", "1.00", "2.50", "1.25"], Enumerable.Range(0, 4).Select(made[0].Text));
        Assert.Equal(["9007199254740995", "1", "9007199254740993", "9007199254740995"], Enumerable.Range(0, 4).Select(made[1].Text));
        Assert.Equal(["false", "true", "true", "false"], Enumerable.Range(0, 4).Select(made[2].Text));
        DatasetWriter.Write(made, files["made.parquet"]);
        Assert.Equal(["DECIMAL(9,2)|BIGINT|BOOLEAN"], Rows(files["made.parquet"], "SELECT DISTINCT typeof(d), typeof(i), typeof(b) FROM FILE"));
        DatasetWriter.Write(made, files["made.jsonl"]);
        Assert.Equal("{\"d\":1.25,\"i\":9007199254740995,\"b\":false}", File.ReadLines(files["made.jsonl"]).First());
    }

    [Theory]
    [InlineData("2024-01-01T10:00:00+01:00,0\n2024-01-02T10:00:00+01:00,1\n", "offset")]
    [InlineData("2024-01-01T10:00:00Z,0\n2024-01-02T10:00:00,1\n", "end with Z and others do not")]
    [InlineData("2024-01-01T10:00:00.123456789,0\n2024-01-02T10:00:00,1\n", "more digits than microseconds")]
    [InlineData("9007199254740993,0\n0.5e-300,1\n", "has no such number")]
    [InlineData("1000000000000000000000000000000000000000,0\n1,1\n", "more than the 38 digits")]
    [InlineData("0.12345678901234567891,0\n1e300,1\n", "more than the 38 of a DECIMAL")]
    public void What_parquet_cannot_keep_is_refused_by_name(string rows, string part)
    {
        Dataset read = DatasetReader.Read(files.Write("a.csv", "v,y\n" + rows), "y");
        UnusableDataException problem = Assert.Throws<UnusableDataException>(() => DatasetWriter.Write(read, files["a.parquet"]));
        Assert.Contains(part, problem.Message, StringComparison.Ordinal);
        Assert.Equal("v", problem.Column);
        Assert.False(File.Exists(files["a.parquet"]));
        DatasetWriter.Write(read, files["b.jsonl"]);
        DatasetWriter.Write(DatasetReader.Read(files["b.jsonl"], "y"), files["c.csv"]);
        Assert.Equal("v,y\n" + rows, File.ReadAllText(files["c.csv"]));
    }

    /// <summary>64 bits and doubles have 17 to 20 digits; a DECIMAL has 38.</summary>
    [Theory]
    [InlineData("123456789012345678901234567890", "7", "DECIMAL(38,0)")]
    [InlineData("-123456789012345678901234567890", "7", "DECIMAL(38,0)")]
    [InlineData("18446744073709551615", "7", "UBIGINT")]
    [InlineData("18446744073709551616", "7", "DECIMAL(38,0)")]
    [InlineData("9007199254740993", "0.5", "DECIMAL(38,1)")]
    [InlineData("0.12345678901234567891", "-12", "DECIMAL(38,20)")]
    [InlineData("0.10000000000000001", "0.30000000000000004", "DOUBLE")]
    [InlineData("1.0", "1e5", "DOUBLE")]
    public void Parquet_has_the_digits_of_the_numbers(string first, string second, string type)
    {
        foreach (string name in (string[])["a.csv", "a.jsonl"])
        {
            string path = files.Write(name, name == "a.csv" ? $"v,y\n{first},0\n{second},1\n,1\n"
                : $"{{\"v\":{first},\"y\":0}}\n{{\"v\":{second},\"y\":1}}\n{{\"y\":1}}\n");
            DatasetWriter.Write(DatasetReader.Read(path, "y"), files["a.parquet"]);
            Assert.Equal(type, Rows(files["a.parquet"], "SELECT DISTINCT typeof(v) FROM FILE").Single());
            if (type == "DOUBLE") continue;
            DatasetWriter.Write(DatasetReader.Read(files["a.parquet"], "y"), files["b.csv"]);
            string[] back = [.. File.ReadLines(files["b.csv"]).Skip(1).Select(l => l.Split(',')[0])];
            Assert.Equal([first, second], back[..2].Select(b => b.Contains('.', StringComparison.Ordinal) ? b.TrimEnd('0').TrimEnd('.') : b));
        }
    }

    [Fact]
    public void Times_that_end_with_Z_are_instants_in_parquet_and_codes_with_zeros_are_texts()
    {
        Dataset read = DatasetReader.Read(files.Write("a.csv", "t,zip,y\n2024-01-01T10:00:00Z,01067,0\n2024-01-02T10:00:00Z,10115,1\n"), "y");
        DatasetWriter.Write(read, files["a.parquet"]);
        Assert.Equal(["TIMESTAMP WITH TIME ZONE|VARCHAR|01067", "TIMESTAMP WITH TIME ZONE|VARCHAR|10115"],
            Rows(files["a.parquet"], "SELECT typeof(t), typeof(zip), zip FROM FILE"));
        DatasetWriter.Write(read, files["a.jsonl"]);
        Assert.Equal("{\"t\":\"2024-01-01T10:00:00Z\",\"zip\":\"01067\",\"y\":0}", File.ReadLines(files["a.jsonl"]).First());
    }

    [Theory]
    [InlineData("01,1,1.0,2", "1,2", "01,1,1.0,2")]
    [InlineData("01,02,01,02", "01,02", "01,02,01,02")]
    [InlineData("1.0,0.0,1.0,0.0", "0.0,1.0", "1.0,0.0,1.0,0.0")]
    [InlineData("10.0,9.0,9.0,10.0", "9.0,10.0", "10.0,9.0,9.0,10.0")]
    [InlineData("1e3,5,1e3,5", "1e3,5", "1e3,5,1e3,5")]
    public void Labels_keep_the_spelling_of_the_file(string labels, string classes, string written)
    {
        Dataset read = DatasetReader.Read(files.Write("a.csv", "x,y\n" + string.Concat(labels.Split(',').Select(l => $"1,{l}\n"))), "y");
        Assert.Equal(classes.Split(','), read.ClassNames);
        DatasetWriter.Write(read, files["b.csv"]);
        Assert.Equal(written.Split(','), File.ReadLines(files["b.csv"]).Skip(1).Select(l => l.Split(',')[1]));
    }
}
