namespace Counterweight.Data;

/// <summary>A folder per class, as ImageFolder of torchvision has it.</summary>
/// <remarks>
/// Counted are files that end in an image's extension, in any case, at any depth below the folder of the class; hidden ones are left out, links to folders are
/// followed. The classes stand in the order of ImageFolder, by code point, so that a weight per class fits the targets it gives.
/// </remarks>
public sealed class FolderSource : ILabelSource
{
    private static readonly string[] Images =
    [
        ".jpg", ".jpeg", ".jpe", ".jfif", ".png", ".bmp", ".gif", ".tif", ".tiff", ".webp", ".ppm", ".pgm", ".pbm", ".avif", ".heic", ".heif", ".jp2", ".jxl",
    ];

    private static readonly string[] Splits = ["train", "training", "val", "valid", "validation", "dev", "test", "testing"];

    /// <inheritdoc/>
    public string Kind => "folders";

    /// <inheritdoc/>
    public string Description => "a folder per class with images, as ImageFolder has them";

    /// <summary>Whether a file's name is that of an image.</summary>
    internal static bool IsImage(ReadOnlySpan<char> name) => FileWalk.EndsIn(name, Images);

    /// <inheritdoc/>
    public bool Recognises(LabelPlace place, LabelSourceOptions options)
    {
        ArgumentNullException.ThrowIfNull(place);
        return place.IsFolder && place.Folders.Count > 0
            && place.Folders.Take(20).Any(f => HasImage(Path.Combine(place.Path, f), 3));
    }

    /// <inheritdoc/>
    public LabelTally Count(string path, LabelSourceOptions options, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        LabelSources.IsFolder(path, "folders", "a folder per class");
        List<string> folders = FileWalk.Folders(path);
        if (folders.Count == 0)
            throw new UnusableDataException(
                Directory.EnumerateFileSystemEntries(path).Any() ? "there is no folder per class in it. Name the folder that holds the folders of the classes."
                : "the folder is empty. Name the folder that holds the folders of the classes.", path);
        string[] names = [.. folders.Select(f => Path.GetFileName(f)!)];
        if (names.All(n => Splits.Contains(n, StringComparer.OrdinalIgnoreCase)))
            throw new UnusableDataException($"its folders ({string.Join(", ", names)}) are the parts of a data set, not classes. Name the part to train on: "
                + $"{folders.Find(f => Path.GetFileName(f).StartsWith("train", StringComparison.OrdinalIgnoreCase)) ?? folders[0]}.", path);
        Array.Sort(names, CompareByCodePoint);
        long[] counts = new long[names.Length];
        List<string>[] images = new List<string>[names.Length];
        string[] paths = [.. names.Select(n => Path.Combine(path, n))];
        PerFile.Run(paths, options.Threads, () => 0, (_, c) =>
        {
            if (options.KeepImages) counts[c] = (images[c] = FileWalk.Files(paths[c], IsImage, cancellation)).Count;
            else counts[c] = FileWalk.Count(paths[c], IsImage, cancellation);
        }, cancellation);
        if (counts.All(n => n == 0))
            throw new UnusableDataException($"none of its {names.Length} folders has a file that ends in an image's extension "
                + $"({string.Join(", ", Images[..6])}, "
                + "...). Name the folder that holds the folders of the classes.", path);
        var tally = new LabelTally(path, Kind, LabelUnit.Images, ClassCounts.From(counts, names));
        return options.KeepImages
            ? tally with { Images = [.. images.SelectMany((files, c) => files.Select(f => new ImageClasses(Path.GetRelativePath(path, f), [c])))] }
            : tally;
    }

    /// <summary>Whether there is an image in a folder or a little below it.</summary>
    private static bool HasImage(string folder, int depth)
    {
        var place = new LabelPlace(folder);
        return place.Files.Any(f => IsImage(f)) || (depth > 0 && place.Folders.Take(5).Any(f => HasImage(Path.Combine(folder, f), depth - 1)));
    }

    /// <summary>The order of Python's <c>sorted</c>: by code point, which differs from .NET's ordinal order beyond the basic plane.</summary>
    private static int CompareByCodePoint(string left, string right)
    {
        System.Text.StringRuneEnumerator a = left.EnumerateRunes(), b = right.EnumerateRunes();
        while (true)
        {
            bool more = a.MoveNext(), otherMore = b.MoveNext();
            if (!more || !otherMore) return more.CompareTo(otherMore);
            int order = a.Current.CompareTo(b.Current);
            if (order != 0) return order;
        }
    }
}
