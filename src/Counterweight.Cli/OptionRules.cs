using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Parsing;
using System.Globalization;
using Counterweight.Comparison;

namespace Counterweight.Cli;

/// <summary>
/// What holds for the options of every verb: numbers are finite and written as in code, and a value that is given is not empty. An empty list would be the
/// whole catalogue, and an empty name some other column or folder than was meant.
/// </summary>
internal static class OptionRules
{
    /// <summary>Where nothing, or white space, says something: no words, no columns, a sign.</summary>
    private static readonly HashSet<string> MayBeEmpty = ["--missing", "--keep"], MayBeBlank = ["--delimiter", "--separator"];

    /// <summary>Makes a verb's options and arguments keep to the rules.</summary>
    internal static void Apply(Command command)
    {
        foreach (Option option in command.Options) Apply(option);
        foreach (Argument argument in command.Arguments)
        {
            argument.Validators.Clear();
            argument.Validators.Add(result =>
            {
                if (result.Tokens.Any(t => string.IsNullOrWhiteSpace(t.Value))) result.AddError($"{argument.Name} is empty; name what to read.");
            });
        }
    }

    private static void Apply(Option option)
    {
        switch (option)
        {
            case Option<int> whole: whole.CustomParser = result => Whole(result, option.Name); break;
            case Option<int?> whole: whole.CustomParser = result => Whole(result, option.Name); break;
            case Option<int[]> several: several.CustomParser = result => [.. result.Tokens.Select(t => Whole(result, option.Name, t.Value))]; break;
            case Option<long> whole: whole.CustomParser = result => Long(result, option.Name, long.MinValue, long.MaxValue); break;
            case Option<long?> whole: whole.CustomParser = result => Long(result, option.Name, long.MinValue, long.MaxValue); break;
            case Option<double> real: real.CustomParser = result => Real(result, option.Name); break;
            case Option<double?> real: real.CustomParser = result => Real(result, option.Name); break;
            case Option<string?> or Option<string[]>:
                option.Validators.Clear(); // options of all verbs are there once, and may be met again
                option.Validators.Add(result => CheckText(result, option));
                break;
            case Option<bool> or HelpOption or VersionOption: break;
            default: throw new InvalidOperationException($"There is no rule for the values of {option.Name}, a {option.ValueType}.");
        }
    }

    private static void CheckText(OptionResult result, Option option)
    {
        foreach (string text in result.Tokens.Select(t => t.Value))
        {
            bool list = option is Option<string[]> && option.Name is not ("--missing" or "--trainer");
            if (text.Length == 0 ? MayBeEmpty.Contains(option.Name) : MayBeBlank.Contains(option.Name)) continue;
            if (string.IsNullOrWhiteSpace(text)) result.AddError($"{option.Name} takes {option.HelpName ?? "a value"}; what is given is empty.");
            else if (list && Remedy.Split(text, ',').Any(part => part.Length == 0))
                result.AddError($"{option.Name} takes {option.HelpName}; '{text}' has an empty entry.");
            else if (option is { HelpName: "DIR", Name: not "--comparison" } && File.Exists(text))
                result.AddError($"{option.Name} takes a folder, and {text} is a file.");
        }
    }

    private static int Whole(ArgumentResult result, string option) => Whole(result, option, result.Tokens[^1].Value);

    private static int Whole(ArgumentResult result, string option, string text) => (int)Long(result, option, int.MinValue, int.MaxValue, text);

    private static long Long(ArgumentResult result, string option, long least, long most, string? given = null)
    {
        string text = given ?? result.Tokens[^1].Value;
        if (long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long value) && value >= least && value <= most) return value;
        result.AddError($"{option} is a whole number of up to {(most == long.MaxValue ? 64 : 32)} bits; '{text}' is not.");
        return 0;
    }

    private static double Real(ArgumentResult result, string option)
    {
        string text = result.Tokens[^1].Value;
        if (double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double value) && double.IsFinite(value)) return value;
        result.AddError($"{option} is a number such as 0.5; '{text}' is not.");
        return 0;
    }
}
