using System.Diagnostics;
using System.Globalization;
using Counterweight.TestSupport;

namespace Counterweight.ML.Tests;

public sealed class SampleTests
{
    [Fact]
    public async Task The_sample_of_payments_runs_and_its_threshold_costs_least()
    {
        string built = Path.Combine(Repository.Root, "artifacts", "bin", "mlnet", Path.GetFileName(Path.GetDirectoryName(AppContext.BaseDirectory)!));
        using var files = new TempFiles();
        var start = new ProcessStartInfo("dotnet") { RedirectStandardOutput = true, RedirectStandardError = true, WorkingDirectory = files.Folder };
        foreach (string argument in (string[])[Path.Combine(built, "MlNetSample.dll"), "--rows", "20000"]) start.ArgumentList.Add(argument);
        start.Environment["TMPDIR"] = files.Folder;
        using Process process = Process.Start(start)!;
        CancellationToken cancellation = TestContext.Current.CancellationToken;
        Task<string> output = process.StandardOutput.ReadToEndAsync(cancellation), error = process.StandardError.ReadToEndAsync(cancellation);
        await process.WaitForExitAsync(cancellation);
        string said = await output;
        Assert.Equal((0, ""), (process.ExitCode, await error));
        Assert.StartsWith("20,000 payments, MADE by a random generator", said, StringComparison.Ordinal);
        Assert.Contains("saved as", said, StringComparison.Ordinal);

        // The table: a name of 34 characters, and five figures; the cost per row is the last.
        string[] rows = [.. said.ReplaceLineEndings("\n").Split('\n').SkipWhile(l => !l.Contains("recall", StringComparison.Ordinal)).Skip(1)
            .TakeWhile(l => l.Length > 0)];
        Assert.Equal(7, rows.Length);
        double[] costs = [.. rows.Select(r => double.Parse(r.Split(' ')[^1], CultureInfo.InvariantCulture))];
        Assert.StartsWith("nothing done", rows[1], StringComparison.Ordinal);
        Assert.True(costs[^1] < costs[1], said);
    }
}
