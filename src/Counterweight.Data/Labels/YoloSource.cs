using System.Buffers.Text;
using System.Globalization;
using System.Text;

namespace Counterweight.Data;

/// <summary>Boxes, segments or oriented boxes in the format of YOLO: a data.yaml, or a folder of label files with a line per object.</summary>
/// <remarks>
/// A line is a class number and four or more numbers. Of a data.yaml the images that it names are found, and their labels as the format has it: the last
/// <c>images</c> of the path is <c>labels</c>, and the ending is <c>.txt</c>. An image without label file has no objects.
/// </remarks>
public sealed class YoloSource : ILabelSource
{
    private static readonly string[] Text = [".txt"], DataFiles = ["data.yaml", "data.yml", "dataset.yaml", "dataset.yml"];

    /// <inheritdoc/>
    public string Kind => "yolo";

    /// <inheritdoc/>
    public string Description => "YOLO: a data.yaml, or a folder of label files with a line per object";

    /// <inheritdoc/>
    public bool Recognises(LabelPlace place, LabelSourceOptions options)
    {
        ArgumentNullException.ThrowIfNull(place);
        if (!place.IsFolder) return place.Extension is ".yaml" or ".yml";
        if (DataFile(place.Path) is not null) return true;
        if (place.Folders.Contains("labels") && place.Folders.Contains("images")) return true;
        string? folder = place.Path;
        for (int depth = 0; depth < 3 && folder is not null; depth++)
        {
            var here = new LabelPlace(folder);
            string[] texts = [.. here.Files.Where(f => FileWalk.EndsIn(f, Text) && !IsNames(f)).Take(8).Select(f => Path.Combine(here.Path, f))];
            if (texts.Length > 0) return texts.Any(t => new FileInfo(t).Length > 0) && texts.All(LooksLikeLabels);
            folder = here.Folders.Count > 0 && here.Files.Count == 0 ? Path.Combine(folder, here.Folders[0]) : null;
        }

        return false;
    }

    /// <inheritdoc/>
    public LabelTally Count(string path, LabelSourceOptions options, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        LabelSources.Exists(path);
        string? yaml = Directory.Exists(path) ? DataFile(path) : path;
        if (yaml is not null && Path.GetExtension(yaml).ToLowerInvariant() is not (".yaml" or ".yml"))
            throw new UnusableDataException("this is neither a data.yaml nor a folder of label files. Name one of them.", path);
        YoloFiles files = yaml is not null ? YoloFiles.OfData(yaml, options, cancellation) : OfFolder(path, cancellation);
        int? classes = options.Classes ?? files.Names?.Length;
        int[][] found = new int[options.KeepImages ? files.Labels.Count : 0][];
        List<Counter> parts = PerFile.Run(files.Labels, options.Threads, () => new Counter(files, classes), (counter, index) =>
        {
            string file = files.Labels[index];
            if (files.MayBeMissing && !File.Exists(file)) counter.Found.Clear();
            else counter.Count(file);
            if (options.KeepImages) found[index] = [.. counter.Found.Order()];
        }, cancellation);
        int known = Math.Max(classes ?? 0, parts.Max(p => p.Counts.Count));
        long[] counts = new long[known], images = new long[known];
        foreach (Counter part in parts)
        {
            for (int c = 0; c < part.Counts.Count; c++)
            {
                counts[c] += part.Counts[c].Boxes;
                images[c] += part.Counts[c].Images;
            }
        }

        if (counts.All(n => n == 0))
            throw new UnusableDataException($"its {files.Labels.Count} images have no label. Labels are expected as {files.Labels[0]} and so on.",
                yaml ?? path);

        // Without names, and without their number, only the class numbers that occur are classes.
        int[] codes = [.. Enumerable.Range(0, known).Where(c => classes is not null || counts[c] > 0)];
        string[] names = [.. codes.Select(c => files.Names is not null && c < files.Names.Length ? files.Names[c] : c.ToString(CultureInfo.InvariantCulture))];
        Dictionary<int, int> position = codes.Select((c, i) => (c, i)).ToDictionary(p => p.c, p => p.i);
        return new LabelTally(path, Kind, LabelUnit.Boxes, ClassCounts.From([.. codes.Select(c => counts[c])], names))
        {
            Groups = new(LabelUnit.Boxes, files.Labels.Count, [.. codes.Select(c => images[c])]),
            Notes = files.Notes,
            Images = options.KeepImages ? [.. files.Images.Select((name, i) => new ImageClasses(name, [.. found[i].Select(c => position[c])]))] : null,
        };
    }

    private static string? DataFile(string folder) =>
        DataFiles.Select(n => Path.Combine(folder, n)).FirstOrDefault(File.Exists);

    private static YoloFiles OfFolder(string path, CancellationToken cancellation)
    {
        string folder = Directory.Exists(Path.Combine(path, "labels")) && Directory.Exists(Path.Combine(path, "images")) ? Path.Combine(path, "labels") : path;
        List<string> labels = FileWalk.Files(folder, static name => FileWalk.EndsIn(name, Text) && !IsNames(name), cancellation);
        if (labels.Count == 0)
            throw new UnusableDataException("there is no label file (.txt) in it or below. Name the folder with the label files, or the data.yaml.", path);
        string? names = new[] { folder, Path.GetDirectoryName(Path.GetFullPath(folder)) ?? folder }
            .SelectMany(f => new[] { Path.Combine(f, "classes.txt"), Path.Combine(f, "obj.names") }).FirstOrDefault(File.Exists);
        string[]? classes = names is null ? null : [.. Utf8Text.Lines(names).Select(l => l.Trim()).Where(l => l.Length > 0)];
        YoloFiles.CheckNames(classes, names ?? "");
        return new(classes, names ?? "", labels,
            [.. labels.Select(l => Path.GetRelativePath(path, l))], false, names is null ? [] : [$"The names of the classes are those of {names}."]);
    }

    /// <summary>Files beside labels that name the classes or list images.</summary>
    private static bool IsNames(ReadOnlySpan<char> name) =>
        name.Equals("classes.txt", StringComparison.OrdinalIgnoreCase) || name.Equals("train.txt", StringComparison.OrdinalIgnoreCase)
        || name.Equals("val.txt", StringComparison.OrdinalIgnoreCase) || name.Equals("test.txt", StringComparison.OrdinalIgnoreCase)
        || name.StartsWith("readme", StringComparison.OrdinalIgnoreCase);

    private static bool LooksLikeLabels(string file)
    {
        string[] lines = Encoding.UTF8.GetString(LabelPlace.Beginning(file, 4096)).Split('\n');
        IEnumerable<string> whole = lines.Length > 1 ? lines[..^1] : lines;
        return whole.Select(l => l.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)).All(p => p.Length == 0
            || (p.Length >= 5 && int.TryParse(p[0], NumberStyles.None, CultureInfo.InvariantCulture, out _)
                && p[1..].All(n => double.TryParse(n, NumberStyles.Float, CultureInfo.InvariantCulture, out _))));
    }

    /// <summary>What one thread counts.</summary>
    private sealed class Counter(YoloFiles files, int? classes)
    {
        private const int MostClasses = 1 << 20;

        internal List<(long Boxes, long Images)> Counts { get; } = [];

        /// <summary>The classes of the image that was counted last.</summary>
        internal HashSet<int> Found { get; } = [];

        internal void Count(string file)
        {
            Found.Clear();
            ReadOnlySpan<byte> text = File.ReadAllBytes(file);
            if (text.StartsWith([(byte)0xEF, (byte)0xBB, (byte)0xBF])) text = text[3..];
            for (int number = 1; !text.IsEmpty; number++)
            {
                int end = text.IndexOf((byte)'\n');
                ReadOnlySpan<byte> line = end < 0 ? text : text[..end];
                text = end < 0 ? [] : text[(end + 1)..];
                line = line.Trim(" \t\r"u8);
                if (line.IsEmpty) continue;
                int code = Class(line, number, file);
                while (Counts.Count <= code) Counts.Add(default);
                bool first = Found.Add(code);
                Counts[code] = (Counts[code].Boxes + 1, Counts[code].Images + (first ? 1 : 0));
            }
        }

        private int Class(ReadOnlySpan<byte> line, int number, string file)
        {
            int code = -1, fields = 0;
            ReadOnlySpan<byte> rest = line;
            while (!rest.IsEmpty)
            {
                int end = rest.IndexOfAny(" \t"u8);
                ReadOnlySpan<byte> field = end < 0 ? rest : rest[..end];
                rest = end < 0 ? [] : rest[end..].TrimStart(" \t"u8);
                if (!(Utf8Parser.TryParse(field, out double value, out int used) && used == field.Length && double.IsFinite(value)))
                    throw new UnusableDataException(
                        $"at line {number}: '{Encoding.UTF8.GetString(field[..Math.Min(40, field.Length)])}' is no number. A line is a class number and "
                        + $"the numbers "
                        + "of its box or outline: repair it.", file);
                if (fields++ == 0) code = value >= 0 && value == Math.Floor(value) && value < MostClasses ? (int)value : throw new UnusableDataException(
                    $"at line {number}: '{Encoding.UTF8.GetString(field)}' is no class number. Classes are numbered from 0: repair the line.", file);
            }

            if (fields < 5)
                throw new UnusableDataException(
                    $"at line {number}: it has {fields} number{(fields == 1 ? "" : "s")}, and needs a class number and four or more of the box or outline. "
                    + "Repair it.", file);
            return classes is not int most || code < most ? code : throw new UnusableDataException(
                $"at line {number}: the class {code} is beyond the {most} "
                + $"classes{(files.NamesFile.Length > 0 && files.Names?.Length == most ? $" that {files.NamesFile} names" : "")}, "
                + $"0 to {most - 1}. Add its name there, or repair the line.", file);
        }
    }
}
