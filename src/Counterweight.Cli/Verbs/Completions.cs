using System.CommandLine;
using System.CommandLine.Completions;
using Counterweight.Data;

namespace Counterweight.Cli;

/// <summary>What may stand where the cursor is; nothing where a file may.</summary>
internal static class Completions
{
    /// <summary>The candidates for the last word.</summary>
    /// <param name="words">The words after the program's name, the one at the cursor last; it may be empty.</param>
    internal static IEnumerable<string> Of(string[] words)
    {
        string current = words.Length == 0 ? "" : words[^1];
        string[] before = words.Length == 0 ? [] : words[..^1];
        RootCommand root = CommandLine.Root();
        Command? verb = before.Select(word => root.Subcommands.FirstOrDefault(c => c.Name == word)).FirstOrDefault(c => c is not null);
        IEnumerable<Option> options = [.. verb?.Options ?? [], .. root.Options];
        if (before.Length > 0 && options.FirstOrDefault(o => o.Name == before[^1] || o.Aliases.Contains(before[^1])) is { } asked && TakesValue(asked))
            return OfList(asked, [.. ValuesOf(asked, before)], current);
        if (current.Split('=', 2) is [string name, string value] && options.FirstOrDefault(o => o.Name == name) is { } given && TakesValue(given))
            return OfList(given, [.. ValuesOf(given, before)], value).Select(found => $"{name}={found}");
        if (current.StartsWith('-'))
            return options.SelectMany(o => o.Aliases.Prepend(o.Name)).Where(name => name.StartsWith("--", StringComparison.Ordinal)
                && name.StartsWith(current, StringComparison.Ordinal) && !before.Contains(name)).Distinct();
        // Files are for the shell to find, but for those that come with the tool.
        if (verb is not null && current.StartsWith(SampleFiles.Prefix, StringComparison.Ordinal))
            return SampleFiles.Words.Where(word => word.StartsWith(current, StringComparison.Ordinal));
        string[] named = verb is null ? [.. root.Subcommands.Select(c => c.Name)] : [.. verb.Arguments.SelectMany(a => Words(a.CompletionSources))];
        return named.Any(before.Contains) ? [] : named.Where(word => word.StartsWith(current, StringComparison.Ordinal));
    }

    private static bool TakesValue(Option option) => option.ValueType != typeof(bool) && option.ValueType != typeof(void);

    /// <summary>The words that stand where an option or an argument is made.</summary>
    private static string[] Words(IEnumerable<Func<CompletionContext, IEnumerable<CompletionItem>>> sources) =>
        [.. sources.SelectMany(source => source(CompletionContext.Empty)).Select(item => item.Label)];

    private static IEnumerable<string> ValuesOf(Option option, string[] before)
    {
        if (Words(option.CompletionSources) is { Length: > 0 } words) return words;
        return option.HelpName?.StartsWith("COLUMN", StringComparison.Ordinal) == true ? Columns(before) : [];
    }

    /// <summary>In a list the entries before the last comma stay, and none comes twice.</summary>
    private static IEnumerable<string> OfList(Option option, string[] values, string current)
    {
        int comma = option.ValueType.IsArray ? current.LastIndexOf(',') + 1 : 0;
        string[] had = current[..comma].Split(',');
        return values.Where(v => v.StartsWith(current[comma..], StringComparison.Ordinal) && !had.Contains(v)).Select(v => current[..comma] + v);
    }

    /// <summary>The columns of the first file that is named; none where it cannot be read, for nobody asked to read it yet.</summary>
    private static IReadOnlyList<string> Columns(string[] before)
    {
        string home = Environment.GetFolderPath(Environment.SpecialFolder.UserProfile); // a shell reads ~ only when the line is run
        string[] files = [.. before.Select(w => w.StartsWith("~/", StringComparison.Ordinal) ? home + w[1..] : w)];
        try
        {
            if (files.Select(SampleFiles.Resolve).FirstOrDefault(File.Exists) is not string file) return [];
            return DatasetReader.ColumnNames(file);
        }
        catch (Exception unread) when (unread is UsageException or UnusableDataException or IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }
}
