using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;
using System.CommandLine.Parsing;
using System.Reflection;
using System.Text;
using Counterweight.Comparison;
using Counterweight.LightGbm;

namespace Counterweight.Cli;

/// <summary>Reads the command line, runs the verb and turns what happens into an exit code.</summary>
internal static class CommandLine
{
    internal static string Version { get; } =
        typeof(CommandLine).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion.Split('+')[0] ?? "0.0.0";

    /// <summary>Runs one command line.</summary>
    /// <remarks>
    /// A verb reports by throwing: <see cref="UnusableDataException"/> is the data's fault (3); <see cref="UsageException"/>,
    /// <see cref="ArgumentException"/> and <see cref="FormatException"/> are the command line's (2); a cancellation is the user's (130);
    /// anything else is 1.
    /// </remarks>
    internal static int Run(string[] args)
    {
        Interruption.Listen();
        ParseResult? parsed = null;
        try
        {
            if (CompletionVerb.Answers(args)) return ExitCodes.Done;
            args = [.. args.Select(SampleFiles.Resolve)];
            DatabaseOptions.ConnectAhead(args);
            parsed = Root(args).Parse(args, new ParserConfiguration { ResponseFileTokenReplacer = null });
            if (parsed.Action is not (HelpAction or Help or VersionAction) && Complain(parsed)) return ExitCodes.Usage;
            return parsed.Invoke(new InvocationConfiguration { EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = null });
        }
        catch (Exception problem)
        {
            (int code, string text) = Explain(problem, parsed);
            if (code != ExitCodes.Interrupted || !(parsed?.GetValue(CommonOptions.Quiet) ?? false)) Messages.Error(text);
            if (Environment.GetEnvironmentVariable("COUNTERWEIGHT_TRACE") == "1")
                Console.Error.WriteLine(Visible.Lines(problem.ToString().ReplaceLineEndings("\n")));
            return code;
        }
    }

    /// <summary>Runs another command line in the place of the one that runs; what it throws is told as of that one.</summary>
    internal static int Continue(string[] args)
    {
        ParseResult parsed = Root(args).Parse(args, new ParserConfiguration { ResponseFileTokenReplacer = null });
        if (Complain(parsed)) return ExitCodes.Usage;
        return parsed.Invoke(new InvocationConfiguration { EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = null });
    }

    private static (int Code, string Text) Explain(Exception problem, ParseResult? parsed) => problem switch
    {
        AggregateException { InnerException: Exception inner } => Explain(inner, parsed),
        OperationCanceledException => (ExitCodes.Interrupted, "interrupted"),
        UnusableDataException => (ExitCodes.Data, problem.Message),
        UsageException or FormatException => (ExitCodes.Usage, problem.Message),
        ArgumentException when AtomicFile.IsDiskFull(problem) => (ExitCodes.Failed, problem.Message.Split(" (Parameter", 2)[0]),
        ArgumentException argument => (ExitCodes.Usage, OfOption(argument, WithoutParameter(argument), parsed)),
        OutOfMemoryException => (ExitCodes.Failed, "there is not enough memory."),
        IOException or UnauthorizedAccessException or DllNotFoundException or TrainerException or LightGbmException => (ExitCodes.Failed, problem.Message),
        _ => (ExitCodes.Failed, $"{problem.Message} ({problem.GetType().Name}; COUNTERWEIGHT_TRACE=1 shows where)"),
    };

    /// <summary>The message without the name of a parameter of the library, which a user of the tool does not know.</summary>
    private static string WithoutParameter(ArgumentException problem)
    {
        string suffix = $" (Parameter '{problem.ParamName}')";
        int at = problem.ParamName is null ? -1 : problem.Message.IndexOf(suffix, StringComparison.Ordinal);
        return at < 0 ? problem.Message : problem.Message[..at];
    }

    /// <summary>
    /// A complaint about a column that an option names begins with the property of the library; a user of the tool knows the option, which is the one that
    /// was given the name.
    /// </summary>
    private static string OfOption(ArgumentException problem, string text, ParseResult? parsed)
    {
        string prefix = $"{problem.ParamName}: ";
        if (problem.ParamName is null || parsed is null || !text.StartsWith(prefix, StringComparison.Ordinal)) return text;
        // Two options may have been given the name; that of the property goes first.
        Option? named = parsed.CommandResult.Command.Options.Concat(CommonOptions.All).OrderByDescending(IsOfProperty).FirstOrDefault(o =>
            o.HelpName?.StartsWith("COLUMN", StringComparison.Ordinal) == true && parsed.GetResult(o) is { Implicit: false } given
            && given.Tokens.SelectMany(t => Remedy.Split(t.Value, ',').Append(t.Value)).Any(name => text.Contains($"'{name}'", StringComparison.Ordinal)));
        return named is null ? text : $"{named.Name}: {text[prefix.Length..]}";

        bool IsOfProperty(Option o) => o.Name.Replace("-", "", StringComparison.Ordinal).Equals(problem.ParamName, StringComparison.OrdinalIgnoreCase);
    }

    /// <summary>The command with its verbs.</summary>
    /// <param name="words">The command line: if it begins with a verb, there is that one alone.</param>
    internal static RootCommand Root(params IReadOnlyList<string> words)
    {
        var root = new RootCommand("""
            Says which class weights, sampler, loss or threshold to use when one class is rarer
            than another, and whether it really helps on your data.
            """.ReplaceLineEndings(" "));
        foreach (Option option in CommonOptions.All) root.Options.Add(option);
        foreach (VerbEntry verb in Verbs.Of(words)) root.Subcommands.Add(verb.Create());
        OptionRules.Apply(root);
        foreach (Command command in root.Subcommands) OptionRules.Apply(command);
        CommonOptions.Threads.Validators.Clear();
        CommonOptions.Threads.Validators.Add(result =>
        {
            if (result.Tokens.Count == 1 && int.TryParse(result.Tokens[0].Value, out int threads) && threads < 0)
                result.AddError($"--threads is 0 (every processor) or more; {threads} is not.");
        });
        foreach (Option option in root.Options)
        {
            if (option is HelpOption) option.Action = new Help((HelpAction)option.Action!);
            if (option is VersionOption) option.Action = new VersionAction();
        }

        return root;
    }

    /// <summary>Writes what is wrong with the command line and what to type instead.</summary>
    private static bool Complain(ParseResult parsed)
    {
        Command command = parsed.CommandResult.Command;
        bool noVerb = command is RootCommand && parsed.UnmatchedTokens.Count == 0 && parsed.Errors.All(e => e.SymbolResult == parsed.CommandResult);
        List<string> unknown =
        [
            // an unknown option is taken for an argument where there is room for one
            .. parsed.CommandResult.Children.OfType<ArgumentResult>().SelectMany(a => a.Tokens).Select(t => t.Value).Where(IsOption),
            .. parsed.UnmatchedTokens,
        ];
        if (parsed.Errors.Count == 0 && unknown.Count == 0 && command is not RootCommand) return false;
        List<string> verbs = [.. Verbs.All.Select(v => v.Name)];
        if (noVerb)
        {
            Messages.Error($"Which verb? There are: {string.Join(", ", verbs)}.");
        }
        else if (unknown.Count > 0)
        {
            ILookup<bool, string> tokens = unknown.ToLookup(IsOption);
            bool option = tokens.Contains(true); // what follows an unknown option is probably its value, and no news
            foreach (string token in tokens[option])
            {
                IEnumerable<string> known = option
                    ? command.Options.Concat(CommonOptions.All).SelectMany(o => o.Aliases.Append(o.Name)).Append("--help").Append("--version").Distinct()
                    : command is RootCommand ? verbs : [];
                string near = NearestName.Find(token.Split('=')[0], known) is string found ? $" Did you mean '{found}'?"
                    : !option && command is RootCommand ? $" There are: {string.Join(", ", verbs)}." : "";
                Messages.Error(option ? $"There is no option '{token}'.{near}"
                    : command is RootCommand ? $"There is no verb '{token}'.{near}" : $"'{token}' is one argument too many.");
            }
        }
        else
        {
            foreach (string text in parsed.Errors.Select(e => e.Message).Distinct()) Messages.Error(text);
        }

        Console.Error.WriteLine($"Try: counterweight {(command is RootCommand ? "" : command.Name + " ")}--help");
        return true;
    }

    private static bool IsOption(string token) => token.Length > 1 && token[0] == '-';

    /// <summary>The help of System.CommandLine, and examples below it.</summary>
    private sealed class Help(HelpAction inner) : SynchronousCommandLineAction
    {
        public override int Invoke(ParseResult parseResult)
        {
            inner.MaxWidth = Terminals.Width(Console.IsOutputRedirected);
            using var output = new StringWriter();
            parseResult.InvocationConfiguration.Output = output;
            int code = inner.Invoke(parseResult);
            IReadOnlyList<(string Arguments, string Does)> examples = parseResult.CommandResult.Command switch
            {
                VerbCommand verb => verb.Examples,
                _ => [.. Verbs.All.Select(v => v.Create().Examples[0])],
            };
            output.WriteLine("Examples:");
            foreach ((string arguments, string does) in examples) output.Write($"  counterweight {arguments}\n{Wrapped(does)}");
            output.Write("\nExit codes: 0 done, 1 failed, 2 the command line is wrong,\n  3 the data cannot be used, 130 interrupted.\n");
            Pager.Write(output.ToString());
            return code;
        }
    }

    /// <summary>A text indented by six and broken at the width.</summary>
    private static string Wrapped(string text)
    {
        const string indent = "      ";
        int width = Terminals.Width(Console.IsOutputRedirected);
        var lines = new StringBuilder();
        int used = 0;
        foreach (string word in text.Split(' '))
        {
            bool fits = used > 0 && used + 1 + word.Length <= width;
            lines.Append(fits ? " " : used > 0 ? $"\n{indent}" : indent).Append(word);
            used = fits ? used + 1 + word.Length : indent.Length + word.Length;
        }

        return lines.Append('\n').ToString();
    }

    private sealed class VersionAction : SynchronousCommandLineAction
    {
        public override int Invoke(ParseResult parseResult)
        {
            parseResult.InvocationConfiguration.Output.Write($"counterweight {Version}\n{Machine.NativesLine()}\n");
            return ExitCodes.Done;
        }
    }
}
