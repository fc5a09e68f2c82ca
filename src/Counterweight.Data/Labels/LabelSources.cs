namespace Counterweight.Data;

/// <summary>The kinds of label sources, and the one place that tells them apart.</summary>
/// <example>
/// <code>
/// LabelTally tally = LabelSources.Count("masks/train", options: new() { Ignore = [255] });
/// ClassWeights weights = ClassWeights.From(tally.Counts, WeightScheme.MedianFrequency);
/// </code>
/// </example>
public static class LabelSources
{
    /// <summary>Every kind, in the order in which they are tried on a path of which nothing is said.</summary>
    public static IReadOnlyList<ILabelSource> All { get; } =
    [
        new CocoSource(),
        new YoloSource(),
        new VocSource(),
        new MaskSource(),
        new FolderSource(),
        new ConllSource(),
        new MultiLabelSource(),
        new TableSource(),
    ];

    /// <summary>The kind of a name.</summary>
    /// <param name="kind">A name such as <c>masks</c>.</param>
    /// <exception cref="FormatException">There is no such kind; the message names the nearest.</exception>
    public static ILabelSource Named(string kind) => All.FirstOrDefault(s => s.Kind.Equals(kind, StringComparison.OrdinalIgnoreCase))
        ?? throw new FormatException($"There is no kind of label source '{kind}'. {NearestName.Hint(kind, All.Select(s => s.Kind))}");

    /// <summary>Tells the kind of a path from its content.</summary>
    /// <param name="path">A file or a folder.</param>
    /// <param name="options">What the user said of it.</param>
    /// <exception cref="UnusableDataException">There is no such path, or it looks like no kind.</exception>
    public static ILabelSource Recognise(string path, LabelSourceOptions? options = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        if (path == "-") return Named((options?.Targets.Count ?? 0) > 1 || options?.Separator is not null ? "multilabel" : "table");
        Exists(path);
        var place = new LabelPlace(path);
        return All.FirstOrDefault(s => s.Recognises(place, options ?? new())) ?? throw Unknown(place);
    }

    /// <summary>Counts the labels of a path.</summary>
    /// <param name="path">A file or a folder.</param>
    /// <param name="kind">The kind; null to tell it from the content.</param>
    /// <param name="options">What to count.</param>
    /// <param name="cancellation">Stops the counting.</param>
    /// <exception cref="UnusableDataException">Something in the data cannot be used; the message names the file, the place in it and what to do.</exception>
    public static LabelTally Count(string path, string? kind = null, LabelSourceOptions? options = null, CancellationToken cancellation = default)
    {
        options ??= new();
        ILabelSource source = kind is null ? Recognise(path, options) : Named(kind);
        return source.Count(path, options, cancellation);
    }

    /// <summary>Refuses a path that is not there, with the nearest name.</summary>
    internal static void Exists(string path)
    {
        if (File.Exists(path) || Directory.Exists(path)) return;
        string folder = Path.GetDirectoryName(Path.GetFullPath(path)) ?? ".";
        string hint = !Directory.Exists(folder)
            ? $"There is no folder {folder} either."
            : NearestName.Find(Path.GetFileName(path), Directory.EnumerateFileSystemEntries(folder).Select(f => Path.GetFileName(f)!)) is string near
                ? $"Did you mean '{near}'?"
                : "Check the path.";
        throw new UnusableDataException($"there is no such file. {hint}", path);
    }

    /// <summary>Refuses a path that is not a folder.</summary>
    internal static void IsFolder(string path, string kind, string holds)
    {
        Exists(path);
        if (!Directory.Exists(path)) throw new UnusableDataException($"this is a file, and {kind} are a folder with {holds}. Name the folder.", path);
    }

    private static UnusableDataException Unknown(LabelPlace place)
    {
        string kinds = string.Join(", ", All.Select(s => s.Kind));
        if (!place.IsFolder) return new($"the file looks like none of {kinds}. Say what it is with --as KIND.", place.Path);
        string[] tables = [.. place.Files.Where(f => Path.GetExtension(f).ToLowerInvariant() is ".csv" or ".parquet" or ".jsonl" or ".json").Take(3)];
        return new(
            place.Files.Count + place.Folders.Count == 0 ? "the folder is empty. Name a folder with labels in it."
            : tables.Length > 0 ? $"this is a folder. Name a file in it: {string.Join(", ", tables)}."
            : $"the folder looks like none of {kinds}: no folder per class, no PNG masks, no label files. Name a folder further down, or say what it is "
            + "with --as KIND.", place.Path);
    }
}
