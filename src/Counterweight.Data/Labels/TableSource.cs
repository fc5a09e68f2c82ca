namespace Counterweight.Data;

/// <summary>A table with a label column: CSV, Parquet or JSON lines.</summary>
/// <remarks>
/// Where a Parquet file of Hugging Face's <c>datasets</c> says that the label is a <c>ClassLabel</c>, its names take the place of its numbers, in the order of
/// the numbers, names without rows too.
/// </remarks>
public sealed class TableSource : ILabelSource
{
    /// <inheritdoc/>
    public string Kind => "table";

    /// <inheritdoc/>
    public string Description => "a table with a label column: CSV, Parquet or JSON lines";

    /// <inheritdoc/>
    public bool Recognises(LabelPlace place, LabelSourceOptions options)
    {
        ArgumentNullException.ThrowIfNull(place);
        return !place.IsFolder;
    }

    /// <inheritdoc/>
    public LabelTally Count(string path, LabelSourceOptions options, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        if (options.Targets is not [string target])
            throw new ArgumentException($"A table has one label column, and {options.Targets.Count} are named. Several labels a row are the kind multilabel.",
                nameof(options));
        LabelCounts found = LabelCounter.Count(path, target, options.Table with { Threads = options.Threads }, cancellation);
        if (path == "-" || options.Table.Source is not null || ClassLabelNames.Of(path, found.Target, cancellation) is not { } names)
            return new LabelTally(found.Source, Kind, LabelUnit.Rows, found.Counts) { Target = found.Target };
        return new LabelTally(found.Source, Kind, LabelUnit.Rows, ClassLabelNames.Rename(found.Counts, names, path, found.Target))
        {
            Target = found.Target,
            Notes = ["The names of the classes are those of the ClassLabel in the file's metadata."],
        };
    }
}
