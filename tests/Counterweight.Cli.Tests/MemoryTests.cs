using System.Globalization;
using System.Text.Json;
using Counterweight.TestSupport;
using DuckDB.NET.Data;

namespace Counterweight.Cli.Tests;

/// <summary>A table that has no room in memory is refused in a sentence, and the command of the sentence works there.</summary>
public sealed class MemoryTests : IDisposable
{
    private const int Rows = 400_000, Columns = 20;

    private static readonly Dictionary<string, string> Little = new() { ["DOTNET_GCHeapHardLimit"] = "0xF000000" };

    private readonly TempFiles files = new();

    public void Dispose() => files.Dispose();

    [Fact]
    public void A_file_that_has_no_room_is_refused_with_the_rows_that_have()
    {
        string path = files["large.parquet"];
        string columns = string.Join(", ", Enumerable.Range(0, Columns).Select(c => $"(hash(i * {Columns} + {c}) % 1000000)::FLOAT AS x{c}"));
        using (var connection = new DuckDBConnection("DataSource=:memory:"))
        {
            connection.Open();
            using DuckDBCommand command = connection.CreateCommand();
            command.CommandText = $"COPY (SELECT {columns}, CASE WHEN i % 1000 = 0 THEN 'rare' ELSE 'usual' END AS y FROM range({Rows}) r(i)) TO '{path}' "
                + "(FORMAT parquet)";
            command.ExecuteNonQuery();
        }

        string[][] asked =
        [
            ["compare", path, "-t", "y", "-l", "linear", "-r", "none,weights:balanced", "--folds", "2", "--repeats", "1", "--json"],
            ["train", path, "-t", "y", "-r", "resample:smote", "--out", files["model"]],
        ];
        foreach (string[] command in asked)
        {
            ToolResult refused = Tool.RunWith(null, Little, command);
            Assert.Equal(3, refused.Code);
            Assert.Contains("400,000 rows of 20 columns take 0.07 GB, and there is room for 0.04 GB of rows", refused.Error.ReplaceLineEndings(" "),
                StringComparison.Ordinal);
            string[] words = refused.Error.Split(' ', '\n');
            string most = words[Array.IndexOf(words, "--max-rows") + 1];
            Assert.InRange(int.Parse(most, CultureInfo.InvariantCulture), Rows / 2, Rows);
        }

        Assert.False(Directory.Exists(files["model"]));
        ToolResult sampled = Tool.RunWith(null, Little, [.. asked[0], "--max-rows", "3000"]);
        Assert.True(sampled.Code == 0, sampled.Error);
        using JsonDocument document = JsonDocument.Parse(sampled.Output);
        Assert.Contains("2600 of 399600 of 'usual'",
            string.Join(' ', document.RootElement.GetProperty("warnings").EnumerateArray().Select(w => w.GetProperty("message").GetString())),
            StringComparison.Ordinal);
    }
}
