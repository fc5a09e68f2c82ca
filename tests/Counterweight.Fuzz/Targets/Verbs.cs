using System.Text.RegularExpressions;
using Counterweight.Cli;

namespace Counterweight.Fuzz;

/// <summary>Runs a verb in this process, and holds it to its exit codes.</summary>
internal static partial class Verbs
{
    /// <summary>Runs a verb, which ends with 0, 2, 3 or 78 (refused); 2 and 3 are exceptions of ours.</summary>
    internal static void Run(params string[] arguments)
    {
        TextWriter output = Console.Out, error = Console.Error;
        using var said = new StringWriter();
        Environment.SetEnvironmentVariable("COUNTERWEIGHT_TRACE", "1");
        int code;
        try
        {
            Console.SetOut(TextWriter.Null);
            Console.SetError(said);
            code = CommandLine.Run(arguments);
        }
        finally
        {
            Console.SetOut(output);
            Console.SetError(error);
            Environment.SetEnvironmentVariable("COUNTERWEIGHT_TRACE", null);
        }

        string text = said.ToString();
        if (code is not (0 or 2 or 3 or 78) || Raw().IsMatch(text))
            throw new InvalidOperationException($"{Path.GetFileName(arguments[0])}: exit {code}: {text}");
        if (code != 0) throw new UsageException(text);
    }

    /// <summary>Exceptions that are no sentence for a user, whatever the exit code.</summary>
    [GeneratedRegex(@"^System\.(ArgumentNull|ArgumentOutOfRange|NullReference|IndexOutOfRange|Overflow|InvalidCast|KeyNotFound)", RegexOptions.Multiline)]
    private static partial Regex Raw();
}
