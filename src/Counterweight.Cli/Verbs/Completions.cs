using System.CommandLine;
using Counterweight.Comparison;
using Counterweight.Data;
using Counterweight.Databases;

namespace Counterweight.Cli;

/// <summary>What may stand where the cursor is; nothing where a file may.</summary>
internal static class Completions
{
    private static readonly Dictionary<string, Func<IEnumerable<string>>> Values = new(StringComparer.Ordinal)
    {
        ["--metric"] = () => Metric.Catalogue.Select(m => m.Name),
        ["--learners"] = () => LearnerCatalogue.All.Select(l => l.Name),
        ["--learner"] = () => LearnerCatalogue.All.Select(l => l.Name),
        ["--remedies"] = () => Remedy.Catalogue.Select(r => r.Name),
        ["--remedy"] = () => Remedy.Catalogue.Select(r => r.Name),
        ["--method"] = () => Resampler.Catalogue.Select(r => r.Name),
        ["--scheme"] = () => WeightScheme.Catalogue.Select(s => s.Name),
        ["--weights"] = () => WeightScheme.Catalogue.Select(s => s.Name),
        ["--calibrate"] = () => Calibrator.Catalogue.Select(c => c.Name),
        ["--recipe"] = () => Decision.Catalogue.Select(d => d.Name),
        ["--normalise"] = () => NormalisationNames.All,
        ["--as"] = () => LabelSources.All.Select(s => s.Kind),
        ["--dialect"] = () => SqlDialect.All.Select(d => d.Name),
        ["--test"] = () => ["corrected", "bayesian"],
        ["--to"] = () => ["onnx", "lightgbm"],
        ["weights --emit"] = () => Snippets.Frameworks,
        ["trainer --emit"] = () => TrainerTemplates.Names,
    };

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
            return OfList(asked, [.. ValuesOf(verb, asked, before)], current);
        if (current.StartsWith('-'))
            return options.SelectMany(o => o.Aliases.Prepend(o.Name)).Where(name => name.StartsWith("--", StringComparison.Ordinal)
                && name.StartsWith(current, StringComparison.Ordinal) && !before.Contains(name)).Distinct();
        return verb is null ? root.Subcommands.Select(c => c.Name).Where(name => name.StartsWith(current, StringComparison.Ordinal)) : [];
    }

    private static bool TakesValue(Option option) => option.ValueType != typeof(bool) && option.ValueType != typeof(void);

    private static IEnumerable<string> ValuesOf(Command? verb, Option option, string[] before)
    {
        if (Values.TryGetValue($"{verb?.Name} {option.Name}", out Func<IEnumerable<string>>? names) || Values.TryGetValue(option.Name, out names))
            return names();
        return option == CommonOptions.Target || option.Name == "--scores" || option.HelpName?.StartsWith("COLUMN", StringComparison.Ordinal) == true
            ? Columns(before) : [];
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
        if (before.FirstOrDefault(File.Exists) is not string file) return [];
        try
        {
            return DatasetReader.ColumnNames(file);
        }
        catch (Exception unread) when (unread is UnusableDataException or IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }
}
