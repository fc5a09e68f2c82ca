using System.Diagnostics;
using Counterweight.TestSupport;

namespace Counterweight.Cli.Tests;

/// <summary>
/// The Python of <c>--emit</c> runs: with PyTorch, scikit-learn and XGBoost where a Python that has them is found; a framework that is not installed is stood
/// in for, and what the snippet hands it is compared with what is computed by hand. See Snippets/check_snippet.py.
/// </summary>
public sealed class PythonSnippetTests
{
    private static readonly string? Python = ((string[])["/usr/bin/python3", "python3", "python"])
        .FirstOrDefault(p => Start(p, "-c", "pass", null) is (0, _, _));

    public static TheoryData<string, string> Cases =>
    [
        .. ((string[])["pytorch", "sklearn", "lightgbm", "keras", "huggingface", "lightning", "xgboost", "catboost", "yolo", "mmseg"])
        .Select(f => (f, "single")),
        .. ((string[])["pytorch", "sklearn", "lightgbm", "keras", "huggingface", "lightning", "xgboost", "catboost"]).Select(f => (f, "labels")),
        ("keras", "masks"),
    ];

    [Theory]
    [MemberData(nameof(Cases))]
    public void A_python_snippet_does_what_it_says(string framework, string kind)
    {
        Assert.SkipWhen(Python is null, "There is no Python on this machine.");
        string code = kind switch
        {
            "labels" => MultiLabelSnippets.For(framework, new(["a b", "c"], [100, 500], 1000), [9, 1]),
            "masks" => TrainingSnippets.For(framework, Weights(), -1, LabelUnit.Pixels),
            _ => Snippets.For(framework, Weights(), 1),
        };
        string script = Path.Combine(Repository.Root, "tests", "Counterweight.Cli.Tests", "Snippets", "check_snippet.py");
        (int exit, string output, string error) = Start(Python!, script, $"{framework} {kind}", code);
        Assert.True(exit == 0 && output.Trim() is "ran" or "parsed", $"{error}\n{code}");
    }

    [Fact]
    public void Every_framework_has_a_form_that_the_tool_prints()
    {
        foreach (string framework in Snippets.Frameworks)
            Assert.Contains("0.5555555555555556", Snippets.For(framework, Weights(), 1), StringComparison.Ordinal);
    }

    private static ClassWeights Weights() => ClassWeights.Balanced(ClassCounts.From([900, 100], ["ham", "spam"]));

    private static (int Exit, string Output, string Error) Start(string program, string script, string arguments, string? input)
    {
        var start = new ProcessStartInfo(program) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true };
        start.ArgumentList.Add(script);
        foreach (string argument in arguments.Split(' ')) start.ArgumentList.Add(argument);
        try
        {
            using Process process = Process.Start(start)!;
            Task<string> output = process.StandardOutput.ReadToEndAsync(), error = process.StandardError.ReadToEndAsync();
            if (input is not null) process.StandardInput.Write(input);
            process.StandardInput.Close();
            process.WaitForExit();
            return (process.ExitCode, output.Result, error.Result);
        }
        catch (System.ComponentModel.Win32Exception problem)
        {
            return (-1, "", problem.Message);
        }
    }
}
