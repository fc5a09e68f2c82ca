namespace Counterweight.Data;

/// <summary>A label source as rows of a comparison: one row is one image, which has one class. A folder per class is such a source.</summary>
public static class ImageRows
{
    /// <summary>The kind of label source that has such rows.</summary>
    public const string Kind = "folders";

    /// <summary>What the label column of the rows is called.</summary>
    public const string LabelColumn = "label";

    /// <summary>The column beside the features that holds the path of the image, from the folder on.</summary>
    public const string PathColumn = "path";

    /// <summary>Reads the images of a folder with a folder per class, in the order of ImageFolder: by class, by folder, by name.</summary>
    /// <param name="path">The folder.</param>
    /// <param name="options">How many threads; the rest concerns other kinds.</param>
    /// <param name="cancellation">Stops the reading.</param>
    /// <returns>Rows without features; <see cref="PathColumn"/> is kept aside.</returns>
    /// <exception cref="UnusableDataException">The path is another kind of label source, or a class has no image; the message says what to do.</exception>
    /// <example>
    /// <code>
    /// Dataset photos = ImageRows.Read("samples/labels/folders");
    /// string first = photos[ImageRows.PathColumn].Text(0);
    /// </code>
    /// </example>
    public static Dataset Read(string path, LabelSourceOptions? options = null, CancellationToken cancellation = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        options = (options ?? new()) with { KeepImages = true };
        ILabelSource source = LabelSources.Recognise(path, options);
        if (source.Kind != Kind) throw new UnusableDataException(WhyNot(source), path);
        LabelTally tally = source.Count(path, options, cancellation);
        int without = Enumerable.Range(0, tally.Counts.Classes).FirstOrDefault(c => tally.Counts[c] == 0, -1);
        if (without >= 0)
            throw new UnusableDataException($"the folder of class '{tally.Counts.Labels[without]}' has no image. Remove it, or put images in it.",
                Path.Combine(path, tally.Counts.Labels[without]));
        (string File, int Class)[] images =
        [
            .. tally.Images!.Select(i => (File: i.Name, Class: i.Classes[0])).OrderBy(i => i.Class)
                .ThenBy(i => Path.GetDirectoryName(i.File), StringComparer.Ordinal).ThenBy(i => Path.GetFileName(i.File), StringComparer.Ordinal),
        ];
        var files = new CategoricalColumn(PathColumn, [.. Enumerable.Range(0, images.Length)], [.. images.Select(i => i.File)]);
        return new Dataset(path, LabelColumn, [.. images.Select(i => i.Class)], [.. tally.Counts.Labels], [], [files]);
    }

    private static string WhyNot(ILabelSource source) => source.Kind switch
    {
        "masks" => "these are label images, and a comparison needs rows with one class each: an image has many. 'weights' and 'explain' count their pixels.",
        "coco" or "yolo" or "voc" => $"this is {source.Description}, and a comparison needs rows with one class each: an image has many boxes. 'weights' and "
            + "'explain' count them.",
        "conll" => "these are tokens, and a comparison needs rows with one class each: a sentence has many. 'weights' and 'explain' count them.",
        "multilabel" => "a row has several labels, and a comparison needs rows with one class each. Compare each label by itself: --target COLUMN.",
        _ => $"this is {source.Description}, and a folder per class is expected.",
    };
}
