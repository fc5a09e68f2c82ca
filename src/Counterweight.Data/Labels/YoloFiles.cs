using System.Globalization;

namespace Counterweight.Data;

/// <summary>The label files of a YOLO data set, one per image.</summary>
/// <param name="Names">The names of the classes; null if they are not known.</param>
/// <param name="NamesFile">The file that names them.</param>
/// <param name="Labels">The label files.</param>
/// <param name="Images">The image of each.</param>
/// <param name="MayBeMissing">Whether a label file may be missing, for images without objects.</param>
/// <param name="Notes">What a person should know.</param>
internal sealed record YoloFiles(
    string[]? Names, string NamesFile, IReadOnlyList<string> Labels, IReadOnlyList<string> Images, bool MayBeMissing, IReadOnlyList<string> Notes)
{
    private const int MostClasses = 1_000_000;

    private static readonly string[] Parts = ["train", "val", "test"];

    /// <summary>What a data.yaml names.</summary>
    internal static YoloFiles OfData(string yaml, LabelSourceOptions options, CancellationToken cancellation)
    {
        List<KeyValuePair<string, object?>> data = Yaml.Read(yaml);
        object? Get(string key) => data.FirstOrDefault(e => e.Key == key).Value;
        string[]? names = NamesOf(Get("names"), Get("nc"), yaml);
        string split = options.Split;
        string[] wanted = split == "all" ? [.. Parts.Where(p => Paths(Get(p)).Count > 0)] : [split];
        List<string> paths = [.. wanted.SelectMany(p => Paths(Get(p))).Distinct(StringComparer.Ordinal)];
        if (paths.Count == 0)
            throw new UnusableDataException(
                split == "all" ? "it names no images: 'train', 'val' and 'test' are missing or empty."
                : $"it names no images for '{split}'. Name another part with --split; it has {string.Join(", ", Parts.Where(p => Paths(Get(p)).Count > 0))}.",
                yaml);
        string folder = Path.GetDirectoryName(Path.GetFullPath(yaml))!;
        string root = Get("path") is string stated ? Path.Combine(folder, stated) : folder;
        if (!Directory.Exists(root)) root = folder;
        List<(string Label, string Image)> files = [];
        foreach (string path in paths) files.AddRange(Files(path, root, folder, yaml, cancellation));
        files = [.. files.DistinctBy(f => f.Label, StringComparer.Ordinal)];
        if (files.Count == 0) throw new UnusableDataException($"there is no image in {string.Join(", ", paths)}.", yaml);
        string others = string.Join(", ", Parts.Where(p => !wanted.Contains(p) && Paths(Get(p)).Count > 0));
        return new(names, yaml, [.. files.Select(f => f.Label)], [.. files.Select(f => f.Image)], true,
            others.Length == 0 ? [] : [$"Counted is '{split}'; there is also {others}, for --split."]);
    }

    private static string[]? NamesOf(object? names, object? count, string yaml)
    {
        string[]? found = null;
        if (names is List<object?> list)
        {
            found = [.. list.Select(n => n as string ?? throw new UnusableDataException("a name in 'names' is no text.", yaml))];
        }
        else if (names is List<KeyValuePair<string, object?>> map)
        {
            found = new string[map.Count];
            foreach ((string key, object? value) in map)
            {
                if (!int.TryParse(key, NumberStyles.None, CultureInfo.InvariantCulture, out int code) || code >= found.Length || value is not string name)
                    throw new UnusableDataException($"'{key}' in 'names' is no class number in 0..{found.Length - 1} with a name. Number the classes "
                        + $"without gaps.",
                        yaml);
                found[code] = name;
            }
        }
        else if (names is not null)
        {
            throw new UnusableDataException("'names' is neither a list nor a mapping of numbers to names.", yaml);
        }

        CheckNames(found, yaml);
        if (count is not string text) return found;
        if (!int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int classes) || classes < 1)
            throw new UnusableDataException($"'nc' is the number of classes, 1 or more; '{text}' is not.", yaml);
        if (found is not null && found.Length != classes)
            throw new UnusableDataException($"'nc' is {classes}, and 'names' has {found.Length}. Make them equal.", yaml);
        if (classes > MostClasses) throw new UnusableDataException($"'nc' is {classes}; more than {MostClasses} classes are not counted.", yaml);
        return found ?? [.. Enumerable.Range(0, classes).Select(c => c.ToString(CultureInfo.InvariantCulture))];
    }

    /// <summary>Refuses two classes of one name.</summary>
    internal static void CheckNames(string[]? names, string file)
    {
        string? twice = names?.GroupBy(n => n, StringComparer.Ordinal).FirstOrDefault(g => g.Count() > 1)?.Key;
        if (twice is not null) throw new UnusableDataException($"two classes are called '{twice}'. Give each a name of its own.", file);
    }

    private static List<string> Paths(object? value) => value switch
    {
        string { Length: > 0 } one => [one],
        List<object?> many => [.. many.OfType<string>()],
        _ => [],
    };

    private static IEnumerable<(string Label, string Image)> Files(string path, string root, string folder, string yaml, CancellationToken cancellation)
    {
        string full = Path.GetFullPath(Path.Combine(root, path));
        if (!Directory.Exists(full) && !File.Exists(full))
        {
            // Roboflow writes paths as seen from a folder beside: ../train/images.
            string beside = Path.GetFullPath(Path.Combine(folder, path.StartsWith("../", StringComparison.Ordinal) ? path[3..] : path));
            if (Directory.Exists(beside) || File.Exists(beside)) full = beside;
        }

        if (File.Exists(full))
        {
            string at = Path.GetDirectoryName(full)!;
            return [.. Utf8Text.Lines(full).Select(l => l.Trim()).Where(l => l.Length > 0)
                .Select(l => Path.GetFullPath(l.StartsWith("./", StringComparison.Ordinal) ? Path.Combine(at, l[2..]) : Path.Combine(root, l)))
                .Select(image => (LabelOf(image), Path.GetRelativePath(root, image)))];
        }

        if (Directory.Exists(full))
        {
            List<string> images = FileWalk.Files(full, static name => FolderSource.IsImage(name), cancellation);
            if (images.Count > 0) return [.. images.Select(image => (LabelOf(image), Path.GetRelativePath(root, image)))];
        }

        // Only the labels are here.
        string labels = Path.GetDirectoryName(LabelOf(Path.Combine(full, "x.jpg")))!;
        if (labels != full && Directory.Exists(labels))
            return [.. FileWalk.Files(labels, static name => FileWalk.EndsIn(name, [".txt"]), cancellation).Select(l => (l, Path.GetRelativePath(root, l)))];
        if (!Directory.Exists(full))
            throw new UnusableDataException($"the images '{path}' are not there: there is neither {full} nor {labels}. Check 'path' and the paths below it.",
                yaml);
        return [];
    }

    /// <summary>The last <c>images</c> of the path becomes <c>labels</c>, the ending <c>.txt</c>.</summary>
    private static string LabelOf(string image)
    {
        char s = Path.DirectorySeparatorChar;
        string folder = $"{s}images{s}";
        int at = image.LastIndexOf(folder, StringComparison.Ordinal);
        string moved = at < 0 ? image : $"{image[..at]}{s}labels{s}{image[(at + folder.Length)..]}";
        return Path.ChangeExtension(moved, ".txt");
    }
}
