using System.CommandLine;
using System.Globalization;
using Counterweight.TestSupport;

namespace Counterweight.Cli.Tests;

/// <summary>
/// Every option of every verb meets values that it was not made for: each is refused as the command line's fault or the data's, in words that name the option
/// or the value. An option that is added is met, too; what it takes on purpose is said in <see cref="Takes"/>.
/// </summary>
[Collection(nameof(HostileOptionTests))]
[CollectionDefinition(nameof(HostileOptionTests), DisableParallelization = true)]
public sealed class HostileOptionTests : IDisposable
{
    private const string Beyond64Bits = "99999999999999999999";

    private static readonly string[] Hostile = ["", " ", ",", "-1", "qqx", "1.5", "1e999", "NaN", Beyond64Bits, "FOLDER"];

    /// <summary>What options take on purpose, of the values above.</summary>
    private static readonly Dictionary<string, string[]> Takes = new()
    {
        ["--seed"] = ["-1"],
        ["--cap"] = ["1.5", Beyond64Bits],
        ["--rope"] = ["1.5", Beyond64Bits],
        ["--time-budget"] = ["1.5"],
        ["--fit-timeout"] = ["1.5"],
        ["--delimiter"] = [","],
        ["--keep"] = [""],

        // Words, names and commands may be anything that is not blank.
        ["--missing"] = [.. Hostile.Except([" "])],
        ["--separator"] = [.. Hostile.Except([""])],
        ["--out"] = [.. Hostile.Except(["", " "])],
        ["--plots"] = [.. Hostile.Except(["", " "])],
        ["--synthetic-column"] = [.. Hostile.Except(["", " "])],
        ["--trainer"] = [.. Hostile.Except(["", " "])],
        ["--check"] = [.. Hostile.Except(["", " "])],
        ["--launcher"] = [.. Hostile.Except(["", " "])],
        ["--table"] = [.. Hostile.Except(["", " "])],
        ["--query"] = [.. Hostile.Except(["", " "])],
        ["--devices"] = [.. Hostile.Except(["", " ", ","])],
    };

    private readonly TempFiles files = new();

    public void Dispose() => files.Dispose();

    public static TheoryData<string> VerbNames => [.. CommandLine.Root().Subcommands.Select(v => v.Name)];

    [Theory]
    [MemberData(nameof(VerbNames))]
    public void Hostile_values_are_refused_by_name(string verb)
    {
        RootCommand root = CommandLine.Root();
        List<string> wrong = [];
        Command command = root.Subcommands.Single(v => v.Name == verb);

        // Options of every verb do nothing to a verb that reads no table; of a verb that has no sound command line here, blank values are tried.
        bool reads = verb != "trainer" && command.Arguments.Any(a => a.Name is "FILE" or "PATH");
        bool sound = reads || verb is "trainer" or "remedies";
        foreach (Option option in command.Options.Concat(reads ? root.Options : []))
        {
            if (option.ValueType == typeof(bool) || option.Name is "--help" or "--version" || (verb == "predict" && option.Name == "--target")) continue;
            foreach (string value in sound ? Hostile : ["", " "])
            {
                if (Takes.GetValueOrDefault(option.Name, []).Contains(value)) continue;
                string given = value == "FOLDER" ? files.Folder : value;
                (int code, string error) = Run([.. Sound(verb, option), option.Name, given]);
                bool named = error.Contains(option.Name, StringComparison.Ordinal) || error.Contains($"'{given}'", StringComparison.Ordinal)
                    || error.StartsWith($"error: {given}: ", StringComparison.Ordinal);
                if (code is not (2 or 3) || !named || error.Contains("   at ", StringComparison.Ordinal) || error.Contains("System.", StringComparison.Ordinal))
                    wrong.Add($"{option.Name} '{value}': {code} {error.ReplaceLineEndings(" ")}");
            }
        }

        Assert.True(wrong.Count == 0, string.Join('\n', wrong));
    }

    [Fact]
    public void No_file_is_no_name()
    {
        foreach (string verb in VerbNames.Select(v => v.Data))
            foreach (string empty in (string[])["", " "])
                Assert.Equal(2, Run([verb, empty, "-t", "y"]).Code);
    }

    /// <summary>A command line that is right, but for the option that is tried.</summary>
    private string[] Sound(string verb, Option tried)
    {
        string table = files["t.csv"];
        if (!File.Exists(table))
            File.WriteAllText(table, "a,b,y\n" + string.Concat(Enumerable.Range(0, 40).Select(i =>
                string.Create(CultureInfo.InvariantCulture, $"{i % 7},{i * 37 % 101 / 101.0},{(i % 4 == 0 ? "one" : "two")}\n"))));
        if (verb == "predict" && !Directory.Exists(files["model"]))
            Assert.Equal(0, Run(["train", table, "-t", "y", "-l", "linear", "-r", "none", "--out", files["model"]]).Code);
        (string, string)[] program = tried.Name is "--jobs" or "--devices" or "--launcher" or "--fit-timeout" or "--fit-retries"
            ? [("--trainer", "no-such-program")] : [];
        (string Option, string Value)[] options = verb switch
        {
            "compare" => [("--learners", "linear"), ("--remedies", "none"), .. program],
            "train" => program.Length > 0 ? [("--remedy", "none"), ("--out", files["model"]), .. program]
                : [("--learner", "linear"), ("--remedy", "none"), ("--out", files["model"])],
            "trainer" => tried.Name is "--emit" or "--check" ? [] : [("--check", "no-such-program")],
            "decide" => [("--scores", "b")],
            "predict" => [("--out", files["p.csv"])],
            "resample" => [("--method", "random-over"), ("--out", files["o.csv"])],
            _ => [],
        };
        string[] arguments = verb switch
        {
            "remedies" => [verb],
            "trainer" => tried.Name == "--emit" ? [verb] : [verb, table],
            "predict" => [verb, files["model"], table],
            "compare" => [verb, table, "--plan"],
            "weights" or "explain" or "train" or "decide" or "resample" => [verb, table],
            _ => [verb],
        };
        if (arguments.Length == 1) return arguments;
        return [.. arguments, .. options.Append(("-t", "y")).Where(o => o.Item1 != tried.Name && !tried.Aliases.Contains(o.Item1))
            .SelectMany(o => (string[])[o.Item1, o.Item2])];
    }

    private static (int Code, string Error) Run(string[] arguments)
    {
        TextWriter output = Console.Out, error = Console.Error;
        using var said = new StringWriter();
        try
        {
            Console.SetOut(TextWriter.Null);
            Console.SetError(said);
            return (CommandLine.Run(arguments), said.ToString());
        }
        finally
        {
            Console.SetOut(output);
            Console.SetError(error);
        }
    }
}
