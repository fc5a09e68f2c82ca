using System.CommandLine;
using Counterweight.Data;

namespace Counterweight.Cli;

/// <summary>The options by which <c>weights</c> and <c>explain</c> find labels: in a table, in folders, masks, boxes, tokens, or among given counts.</summary>
internal sealed class LabelOptions
{
    private readonly Option<string?> counts = new("--counts") { Description = "Class counts instead of a file: 900,100.", HelpName = "N,N,..." };

    private readonly Option<string[]> labels =
        new("--labels") { Description = "The names of the classes of --counts; 0,1,... if omitted.", HelpName = "NAME,..." };

    private readonly Option<int> maxClasses = new("--max-classes")
    {
        Description = "The most classes before the label is taken for a regression target.",
        HelpName = "N",
        DefaultValueFactory = _ => 1000
    };

    private readonly Option<string?> kind = new("--as")
    {
        Description = $"What PATH is: {string.Join(", ", LabelSources.All.Select(s => s.Kind))}. Told from the content if omitted.",
        HelpName = "KIND",
        CompletionSources = { _ => LabelSources.All.Select(s => s.Kind) },
    };

    private readonly Option<int[]> ignore = new("--ignore")
    {
        Description = "Masks: a value that counts nowhere, such as 255 for void.",
        HelpName = "N",
        AllowMultipleArgumentsPerToken = false
    };

    private readonly Option<int?> classes = new("--classes") { Description = "Masks and YOLO: how many classes there are, 0 to N-1.", HelpName = "N" };

    private readonly Option<string?> colours = new("--colours", "--colors")
    {
        Description = "Masks of colours: a file with a line 'red,green,blue,name' per class.",
        HelpName = "FILE"
    };

    private readonly Option<int?> column =
        new("--column") { Description = "Tokens: the column of the tag, counted from 0; the last if omitted.", HelpName = "N" };

    private readonly ChoiceOption<TagScheme> tags = new("--scheme-of-tags", "What the tags of tokens are",
        ("none", TagScheme.None, "a tag is a class"), ("bio", TagScheme.Bio, "the prefixes B- and I- are left out"));

    private readonly ChoiceOption<string> split = new("--split", "YOLO, the part of data.yaml to count",
        [.. ((string[])["train", "val", "test", "all"]).Select(part => (part, part, (string?)null))]);

    private readonly Option<string?> separator = new("--separator")
    {
        Description = "Several labels in one cell: what stands between them, as in \"|\".",
        HelpName = "TEXT"
    };

    internal Option<string?> Counts => counts;

    internal Option<string[]> Labels => labels;

    internal Option<int> MaxClasses => maxClasses;

    /// <summary>Those that concern sources other than tables, in the order of the help.</summary>
    internal IReadOnlyList<Option> Sources => [kind, ignore, classes, colours, column, tags, split, separator];

    /// <summary>Counts what the command line names; says on standard error what it took the path for, if it was not told.</summary>
    /// <param name="run">The command line.</param>
    /// <param name="path">FILE or PATH, if given.</param>
    /// <param name="keepImages">Whether to keep which classes each image has.</param>
    internal LabelTally Count(Invocation run, string? path, bool keepImages = false)
    {
        string? given = run.Value(counts);
        if (path is null == given is null)
            throw new UsageException(path is null ? "Give a FILE, or the class counts as --counts 900,100." : "Give either a FILE or --counts, not both.");
        if (given is not null) return new LabelTally("counts", "counts", LabelUnit.Rows, Given(run, given));
        if (run.List(labels).Count > 0) throw new UsageException("--labels names the classes of --counts; the classes of a FILE are named in it.");
        if (run.Value(maxClasses) < 2) throw new UsageException($"--max-classes is 2 or more; {run.Value(maxClasses)} is not.");
        // A whole number may be the place of a column, and a comma may be between two.
        if (run.Database is { } database && run.Target is { Length: > 0 } label && !label.Contains(',', StringComparison.Ordinal) && !label.All(char.IsDigit)
            && run.Reading.SampleWeight is null && run.Value(separator) is null) database.Expect(label);
        LabelSourceOptions options = Options(run, path!, keepImages);
        ILabelSource source = run.Value(kind) is string named ? LabelSources.Named(named)
            : run.Database is null ? LabelSources.Recognise(path!, options)
            : LabelSources.Named(options.Targets.Count > 1 || options.Separator is not null ? "multilabel" : "table");
        Needs(run, path!, source, options);
        if (run.Value(kind) is null && source.Kind != "table")
            run.Messages.Note($"{Visible.Line(path!)}: taken for {source.Kind}, {source.Description}; --as KIND says otherwise.");
        LabelTally tally = source.Count(path!, options, run.Cancellation);
        foreach (string note in tally.Notes) run.Messages.Note(Visible.Line(note));
        return tally;
    }

    private static ClassCounts Given(Invocation run, string text, IReadOnlyList<string> names)
    {
        if (run.Target is not null)
            throw new UsageException("--target names a column of a FILE; with --counts there is none. Name the classes with --labels.");
        long[] numbers = [.. text.Split(',', StringSplitOptions.TrimEntries).Select(WeightsVerb.Number)];
        if (numbers.Length < 2) throw new UsageException("--counts needs at least two classes, as in --counts 900,100.");
        return ClassCounts.From(numbers, names.Count == 0 ? null : names);
    }

    private ClassCounts Given(Invocation run, string text) => Given(run, text, run.List(labels));

    private LabelSourceOptions Options(Invocation run, string path, bool keepImages)
    {
        return new()
        {
            Targets = Targets(run, path),
            Separator = run.Value(separator),
            Table = run.Reading with { MaxClasses = run.Value(maxClasses) },
            Ignore = run.Value(ignore) ?? [],
            Classes = run.Value(classes),
            Colours = run.Value(colours),
            Column = run.Value(column),
            Tags = tags.Of(run),
            Split = split.Of(run),
            KeepImages = keepImages,
            Threads = run.Threads,
        };
    }

    /// <summary>The columns of --target: one whose name has a comma goes first, as a column of that name.</summary>
    private static string[] Targets(Invocation run, string path)
    {
        string? target = run.Target;
        if (target is null or "") return [];
        if (!target.Contains(',', StringComparison.Ordinal)) return [target];
        if (path != "-" && (run.Database is not null || File.Exists(path)) && DatasetReader.ColumnNames(path, run.Reading).Contains(target)) return [target];
        string[] several = target.Split(',', StringSplitOptions.TrimEntries);
        return several.Contains("") ? throw new UsageException($"--target takes COLUMN, or COLUMN,... for several labels a row; '{target}' has an empty entry.")
            : several;
    }

    /// <summary>Refuses what does not go together, before anything is counted.</summary>
    private void Needs(Invocation run, string path, ILabelSource source, LabelSourceOptions options)
    {
        bool table = source.Kind is "table" or "multilabel";
        if (table && options.Targets.Count == 0) run.RequireTarget(path);
        if (source.Kind == "table" && options.Targets.Count > 1)
            throw new UsageException("--as table takes one label column; several columns of 0 and 1 are --as multilabel.");
        if (!table && options.Targets.Count > 0)
            throw new UsageException($"--target names a column of a table; {path} is counted as {source.Kind}, which has none. Leave it out, or say "
                + $"--as table.");
        (Option Option, string[] Kinds)[] only =
        [
            (ignore, ["masks"]), (colours, ["masks"]), (classes, ["masks", "yolo"]), (column, ["conll"]), (tags, ["conll"]), (split, ["yolo"]),
            (separator, ["multilabel"]),
        ];
        foreach ((Option option, string[] kinds) in only)
            if (run.IsGiven(option) && !kinds.Contains(source.Kind))
                throw new UsageException($"{option.Name} is for {string.Join(" and ", kinds)}; {path} is counted as {source.Kind}.");
    }
}
