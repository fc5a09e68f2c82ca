using System.Diagnostics;
using System.Text.Json;
using Counterweight.TestSupport;

namespace Counterweight.Cli.Tests;

/// <summary>What holds for every verb: exit codes, which stream says what, help and interruption.</summary>
public sealed class CommandLineTests : IDisposable
{
    private readonly TempFiles files = new();

    public void Dispose() => files.Dispose();

    [Theory]
    [InlineData("Which verb? There are: weights", "")]
    [InlineData("There is no verb 'wieghts'. Did you mean 'weights'?", "wieghts")]
    [InlineData("There is no option '--taget'. Did you mean '--target'?", "weights", "--counts", "1,2", "--taget", "y")]
    [InlineData("'b.csv' is one argument too many", "weights", "a.csv", "b.csv")]
    [InlineData("--threads is 0 (every processor) or more; -1 is not", "weights", "--counts", "1,2", "--threads", "-1")]
    [InlineData("--seed", "weights", "--counts", "1,2", "--seed", "x")]
    [InlineData("Give a FILE, or the class counts", "weights")]
    [InlineData("either a FILE or --counts", "weights", "a.csv", "--counts", "1,2")]
    [InlineData("--counts takes whole numbers", "weights", "--counts", "1,x")]
    [InlineData("--counts takes whole numbers", "weights", "--counts", "1,")]
    [InlineData("at least two classes", "weights", "--counts", "5")]
    [InlineData("has count -5; a count is zero or more", "weights", "--counts", "-5,10")]
    [InlineData("Class '1' has no rows", "weights", "--counts", "10,0")]
    [InlineData("Every class count is zero", "weights", "--counts", "0,0")]
    [InlineData("3 labels do not fit 2 counts", "weights", "--counts", "10,5", "--labels", "a,b,c")]
    [InlineData("'a' is given twice", "weights", "--counts", "10,5", "--labels", "a,a")]
    [InlineData("There is no weight scheme 'balancd'. Did you mean 'balanced'?", "weights", "--counts", "10,5", "--scheme", "balancd")]
    [InlineData("tau", "weights", "--counts", "10,5", "--scheme", "power(9)")]
    [InlineData("but there are 2 classes; give one per class", "weights", "--counts", "10,5", "--scheme", "costs(1,2,3)")]
    [InlineData("needs the costs", "weights", "--counts", "10,5", "--scheme", "costs")]
    [InlineData("There is no normalisation 'mean'", "weights", "--counts", "10,5", "--normalise", "mean")]
    [InlineData("--cap is the largest ratio of two weights, 1 or more; 0.5 is not", "weights", "--counts", "10,5", "--cap", "0.5")]
    [InlineData("There is no framework 'pytorh' for --emit. Did you mean 'pytorch'?", "weights", "--counts", "10,5", "--emit", "pytorh")]
    [InlineData("There is no class 'c'", "weights", "--counts", "10,5", "--positive", "c")]
    [InlineData("--positive is for two classes; there are 3", "weights", "--counts", "10,5,1", "--positive", "1")]
    [InlineData("--empty-class is one of", "weights", "--counts", "10,0", "--empty-class", "ignore")]
    [InlineData("with --counts there is none", "weights", "--counts", "10,5", "--target", "y")]
    [InlineData("Give it with --target COLUMN. samples/hpc-jobs.csv has the columns protocol, compounds,", "weights", "samples/hpc-jobs.csv")]
    [InlineData("--time-budget", "compare", "samples/hpc-jobs.csv", "-t", "class", "--time-budget=")]
    [InlineData("--time-budget takes TIME", "compare", "samples/hpc-jobs.csv", "-t", "class", "--time-budget", " ")]
    [InlineData("'5hs' is not", "compare", "samples/hpc-jobs.csv", "-t", "class", "--time-budget", "5hs")]
    [InlineData("'s' is not", "compare", "samples/hpc-jobs.csv", "-t", "class", "--time-budget", "s")]
    [InlineData("'-5m' is not", "compare", "samples/hpc-jobs.csv", "-t", "class", "--time-budget", "-5m")]
    [InlineData("'nan' is not", "compare", "samples/hpc-jobs.csv", "-t", "class", "--time-budget", "nan")]
    [InlineData("'1e300h' is not", "compare", "samples/hpc-jobs.csv", "-t", "class", "--time-budget", "1e300h")]
    [InlineData("The counts sum to 9223372036854775808", "weights", "--counts", "9223372036854775807,1")]
    [InlineData("The counts sum to", "explain", "--counts", "9223372036854775807,1")]
    [InlineData("The counts sum to", "weights", "--counts", "9223372036854775807,0", "--empty-class", "as-one-row")]
    [InlineData("'99999999999999999999' is none", "weights", "--counts", "99999999999999999999,1")]
    [InlineData("1E+100 at most", "weights", "--counts", "10,5", "--scheme", "costs(1e308, 1e308)")]
    [InlineData("1E+100 at most", "decide", "samples/scores-binary.csv", "-t", "label", "--scores", "p_bad", "--costs", "1e308,1e308")]
    public void A_wrong_command_line_is_2_and_says_what_to_type(string part, params string[] arguments)
    {
        ToolResult result = Tool.Run([.. arguments.Where(a => a.Length > 0)]);
        Assert.Equal(("", 2), (result.Output, result.Code));
        Assert.Contains(part, result.Error, StringComparison.Ordinal);
        Assert.StartsWith("error: ", result.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void Data_that_cannot_be_used_is_3_and_says_where()
    {
        string folder = files.Folder;
        (string Path, string Target, string Part)[] cases =
        [
            (files["nothing.csv"], "y", "there is no such file"),
            (folder, "y", "this is a folder"),
            (files.Write("empty.csv", ""), "y", "the file is empty"),
            (files.Write("header.csv", "a,y\n"), "y", "no rows, only column names"),
            (files.Write("ragged.csv", "a,y\n1,0\n2\n3,1\n"), "y", "row 2: this row has 1 cell and the header has 2"),
            (files.Write("binary.csv", [0x7F, 0x45, 0x4C, 0x46, 0, 0, 1]), "y", "this is a binary file"),
            (files.Write("one.csv", "a,y\n1,0\n2,0\n"), "y", "every row has the label '0'"),
            (files.Write("missing.csv", "a,y\n1,0\n2,\n3,1\n"), "y", "row 2, column 'y'"),
            (files.Write("nan.csv", "a,y\n1,0\n2,nan\n3,1\n"), "y", "'nan' is no class label"),
            (files.Write("infinite.csv", "a,y\n1,0\n2,inf\n3,1\n"), "y", "'inf' is no class label"),
            (files.Write("names.csv", "age,outcome\n1,0\n2,1\n"), "outcom", "Did you mean 'outcome'?"),
            (files.Write("index.csv", "age,outcome\n1,0\n2,1\n"), "2", "there is no column 2"),
            (files.Write("many.csv", "y\n" + string.Concat(Enumerable.Range(0, 10_000).Select(i => $"{i}.5\n"))), "y", "Is it a regression target"),
        ];
        foreach ((string path, string target, string part) in cases)
        {
            ToolResult result = Tool.Run("weights", path, "--target", target, "--json");
            Assert.True(result is { Code: 3, Output: "" }, $"{path}: {result}");
            Assert.Contains(part, result.Error, StringComparison.Ordinal);
            Assert.StartsWith($"error: {path}", result.Error, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Thread_numbers_are_capped_at_a_small_multiple_of_the_processors()
    {
        string data = files.Write("b.csv", "x,y\n" + string.Concat(Enumerable.Range(0, 200).Select(i => $"{i % 7},{(i % 5 == 0 ? 1 : 0)}\n")));
        foreach (string[] command in (string[][])[
            ["weights", data, "-t", "y"], ["resample", data, "-t", "y", "-m", "smote", "-o", files["o.csv"]],
            ["compare", data, "-t", "y", "-l", "linear", "-r", "none", "--folds", "2", "--repeats", "1"]])
        {
            using Process process = Tool.Start(null, [.. command, "--threads", "20000", "-q"]);
            process.StandardInput.Close();
            Task<string> output = process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
            int most = 0;
            while (!process.WaitForExit(20))
            {
                try
                {
                    process.Refresh();
                    most = Math.Max(most, process.Threads.Count);
                }
                catch (InvalidOperationException)
                {
                    // it has just ended
                }
            }

            Assert.True(process.ExitCode == 0, await process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken));
            await output;
            Assert.InRange(most, 0, 200 + (16 * Environment.ProcessorCount));
        }
    }

    [Fact]
    public void The_library_caps_the_threads_of_a_comparison_as_the_tool_does()
    {
        string data = files.Write("c.csv", "x,y\n" + string.Concat(Enumerable.Range(0, 60).Select(i => $"{i % 7},{(i % 5 == 0 ? 1 : 0)}\n")));
        Counterweight.Comparison.ComparisonResult result = Counterweight.Comparison.RemedyComparison.Run(
            Counterweight.Data.DatasetReader.Read(data, "y"),
            new() { Threads = 20_000, Learners = ["linear"], Remedies = [Counterweight.Comparison.Remedy.Parse("none")], Folds = 2, Repeats = 1 });
        Assert.InRange(result.Options.Threads, 1, 4 * Environment.ProcessorCount);
    }

    [Theory]
    [InlineData("weights samples/lending-club.csv -t Class")]
    [InlineData("weights samples/lending-club.csv -t Class --json")]
    [InlineData("remedies")]
    [InlineData("remedies --json")]
    [InlineData("weights --counts 900,100 --emit pytorch,sklearn")]
    [InlineData("decide samples/scores-multiclass.csv -t label --scores p_F,p_L,p_M,p_VF")]
    public async Task A_reader_that_has_enough_ends_it_quietly(string arguments)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux() || OperatingSystem.IsMacOS(), "pipes of a shell are POSIX");
        var start = new ProcessStartInfo("bash") { WorkingDirectory = Repository.Root, RedirectStandardOutput = true, RedirectStandardError = true };
        start.ArgumentList.Add("-c");
        start.ArgumentList.Add($"dotnet \"$0\" {arguments} -q | head -1; echo ${{PIPESTATUS[0]}}");
        start.ArgumentList.Add(Tool.Library);
        using Process process = Process.Start(start)!;
        CancellationToken cancellation = TestContext.Current.CancellationToken;
        Task<string> output = process.StandardOutput.ReadToEndAsync(cancellation), error = process.StandardError.ReadToEndAsync(cancellation);
        await process.WaitForExitAsync(cancellation);
        Assert.Equal(("", "0"), (await error, (await output).TrimEnd('\n').Split('\n')[^1]));
    }

    [Fact]
    public void Standard_input_is_csv()
    {
        ToolResult result = Tool.RunWith("a,y\n1,no\n2,no\n3,yes\n", null, "weights", "-", "--target", "y", "--json", "--quiet");
        Assert.Equal((0, ""), (result.Code, result.Error));
        Assert.Equal(3, JsonDocument.Parse(result.Output).RootElement.GetProperty("rows").GetInt64());
    }

    [Fact]
    public void Quiet_leaves_standard_error_empty()
    {
        Assert.Equal("", Tool.Run("weights", "--counts", "99,1", "--quiet").Error);
        Assert.Contains("[beyond-90-10]", Tool.Run("weights", "--counts", "99,1").Error, StringComparison.Ordinal);
    }

    [Fact]
    public void Global_options_may_stand_before_the_verb() => Assert.Equal(0, Tool.Run("--quiet", "--json", "weights", "--counts", "99,1").Code);

    [Fact]
    public void The_version_is_a_name_and_a_number_and_the_natives()
    {
        ToolResult result = Tool.Run("--version");
        Assert.Equal(0, result.Code);
        Assert.Matches(@"^counterweight \d+\.\d+\.\d+\S*\nnative libraries: LightGBM, DuckDB, Skia, ONNX Runtime, LibTorch\n$", result.Output);
    }

    [Theory]
    [InlineData()]
    [InlineData("weights")]
    [InlineData("remedies")]
    [InlineData("compare")]
    public void Help_has_examples_and_fits_80_columns(params string[] verb)
    {
        ToolResult result = Tool.Run([.. verb, "--help"]);
        Assert.Equal((0, ""), (result.Code, result.Error));
        Assert.Contains("Examples:\n  counterweight ", result.Output, StringComparison.Ordinal);
        Assert.All(result.Output.Split('\n').Where(l => !l.StartsWith("  counterweight", StringComparison.Ordinal)),
            line => Assert.InRange(line.Length, 0, 80));
    }

    [Fact]
    public void The_examples_of_the_help_run()
    {
        files.Write("labels.parquet", Parquet());
        files.Write("costs.csv", "0,1\n1,20\n");
        foreach (string verb in (string[])["weights", "remedies"])
            foreach (string line in Tool.Run(verb, "--help").Output.Split('\n')
                .Where(l => l.StartsWith("  counterweight ", StringComparison.Ordinal) && !l.Contains('[', StringComparison.Ordinal)))
            {
                string[] arguments = [.. line.Trim()["counterweight ".Length..].Split(' ').Select(a => a.Trim('"'))];
                for (int i = 0; i < arguments.Length; i++)
                    if (arguments[i] is "labels.parquet" or "costs.csv") arguments[i] = files[arguments[i]];
                Assert.True(Tool.Run(arguments) is { Code: 0, Output.Length: > 0 }, line);
            }
    }

    [Fact]
    public async Task An_interrupt_is_130()
    {
        using Process process = Tool.Start(null, "weights", "-", "--target", "y");

        // More than a pipe holds: when it is written the tool has begun to read, however long its start took, and waits for the end that never comes.
        await process.StandardInput.WriteAsync("a,y\n" + string.Concat(Enumerable.Repeat("1,0\n", 250_000)));
        await process.StandardInput.FlushAsync();
        using (Process kill = Process.Start("kill", ["-INT", process.Id.ToString(System.Globalization.CultureInfo.InvariantCulture)]))
            await kill.WaitForExitAsync();
        Assert.True(process.WaitForExit(20_000));
        Assert.Equal((130, "", "error: interrupted\n"),
            (process.ExitCode, await process.StandardOutput.ReadToEndAsync(), await process.StandardError.ReadToEndAsync()));
    }

    /// <summary>A Parquet file with a column y of 3 zeros and 2 ones, written by DuckDB.</summary>
    private byte[] Parquet()
    {
        string path = files["made.parquet"];
        using var connection = new DuckDB.NET.Data.DuckDBConnection("DataSource=:memory:");
        connection.Open();
        using DuckDB.NET.Data.DuckDBCommand command = connection.CreateCommand();
        command.CommandText = $"COPY (SELECT unnest([0, 0, 1, 0, 1]) AS y) TO '{path}' (FORMAT parquet)";
        command.ExecuteNonQuery();
        return File.ReadAllBytes(path);
    }
}
