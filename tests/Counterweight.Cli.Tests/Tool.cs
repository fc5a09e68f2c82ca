using System.Diagnostics;
using System.Text.Json;
using System.Text.Json.Nodes;
using Counterweight.TestSupport;

namespace Counterweight.Cli.Tests;

/// <summary>What a run of the built tool left behind.</summary>
internal sealed record ToolResult(int Code, string Output, string Error);

/// <summary>Runs the built tool as a process of its own, from the root of the checkout, 80 columns wide and without a terminal.</summary>
internal static class Tool
{
    /// <summary>Whether the tests were started so that Ctrl-C is ignored, as a shell starts what runs in the background; a tool started here would inherit
    /// it, and tests of interruption would wait for ever.</summary>
    private static bool IgnoresInterrupts { get; } = OperatingSystem.IsLinux() && File.ReadLines("/proc/self/status")
        .Where(l => l.StartsWith("SigIgn:", StringComparison.Ordinal)).Any(l => (Convert.ToUInt64(l[7..].Trim(), 16) & 2) != 0);

    /// <summary>Where dotnet is: the tool may be started with another PATH.</summary>
    private static readonly Lazy<string> Dotnet = new(() => (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator)
        .Select(folder => Path.Combine(folder, "dotnet")).FirstOrDefault(File.Exists) ?? "dotnet");

    /// <summary>The document of a comparison without how long fits took.</summary>
    internal static string Figures(string json)
    {
        JsonNode document = JsonNode.Parse(json)!;
        foreach (JsonNode? candidate in document["candidates"]!.AsArray()) candidate!.AsObject().Remove("fitSeconds");
        return document.ToJsonString(Indented);
    }

    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };

    /// <summary>The tool as it was built with the tests, or the one that build/test.sh has compiled ahead of time, which starts in half the time.</summary>
    internal static string Library { get; } = Environment.GetEnvironmentVariable("COUNTERWEIGHT_TEST_TOOL") is { Length: > 0 } path ? path
        : Path.Combine(AppContext.BaseDirectory, "Counterweight.Cli.dll");

    internal static ToolResult Run(params string[] arguments) => RunWith(null, null, arguments);

    internal static ToolResult RunWith(string? input, IReadOnlyDictionary<string, string>? environment, params string[] arguments)
    {
        using Process process = Start(environment, arguments);
        return Ended(process, input);
    }

    /// <summary>Runs the tool in another folder.</summary>
    internal static ToolResult RunIn(string folder, IReadOnlyDictionary<string, string>? environment, params string[] arguments)
    {
        using Process process = Start(environment, arguments, folder);
        return Ended(process, null);
    }

    /// <summary>Runs the tool under another program that runs it.</summary>
    internal static ToolResult RunUnder(string[] program, params string[] arguments)
    {
        var start = new ProcessStartInfo(program[0], [.. program[1..], Dotnet.Value, Path.Combine(AppContext.BaseDirectory, "Counterweight.Cli.dll"),
            .. arguments])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using Process process = Process.Start(start)!;
        return Ended(process, null);
    }

    /// <summary>Runs a copy of the tool that stands in a folder.</summary>
    internal static ToolResult RunCopy(string folder, IReadOnlyDictionary<string, string> environment, params string[] arguments)
    {
        using Process process = Start(environment, arguments, Repository.Root, Path.Combine(folder, "Counterweight.Cli.dll"));
        return Ended(process, null);
    }

    private static ToolResult Ended(Process process, string? input)
    {
        if (input is not null) process.StandardInput.Write(input);
        process.StandardInput.Close();
        Task<string> output = process.StandardOutput.ReadToEndAsync(), error = process.StandardError.ReadToEndAsync();
        process.WaitForExit();
        return new(process.ExitCode, output.Result, error.Result);
    }

    internal static Process Start(IReadOnlyDictionary<string, string>? environment, params string[] arguments) =>
        Start(environment, arguments, Repository.Root);

    private static Process Start(IReadOnlyDictionary<string, string>? environment, string[] arguments, string folder, string? library = null)
    {
        var start = new ProcessStartInfo(IgnoresInterrupts ? "env" : "dotnet")
        {
            WorkingDirectory = folder,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (string inherited in (ReadOnlySpan<string>)["NO_COLOR", "COLUMNS", "COUNTERWEIGHT_TRACE"]) start.Environment.Remove(inherited);
        foreach ((string name, string value) in environment ?? new Dictionary<string, string>()) start.Environment[name] = value;
        if (IgnoresInterrupts)
        {
            start.ArgumentList.Add("--default-signal=INT");
            start.ArgumentList.Add(Dotnet.Value);
        }

        start.ArgumentList.Add(library ?? Library);
        foreach (string argument in arguments) start.ArgumentList.Add(argument);
        return Process.Start(start)!;
    }
}
