namespace Counterweight.Data;

/// <summary>The class names of a file and how many rows each has.</summary>
/// <param name="Source">What was counted: a file name.</param>
/// <param name="Target">The name of the label column.</param>
/// <param name="Counts">The classes and the rows of each.</param>
public sealed record LabelCounts(string Source, string Target, ClassCounts Counts);

/// <summary>Counts the classes of a file without loading it: only the label column is read, in a stream, so the file may be larger than memory;
/// with row weights, theirs too, which are kept.</summary>
public static class LabelCounter
{
    /// <summary>Counts the classes of a file.</summary>
    /// <param name="path">The file, or <c>-</c> for CSV on standard input.</param>
    /// <param name="target">The label column, by name or by 0-based index; a name goes first.</param>
    /// <param name="options">What else to know about the file; its columns other than the target do not matter.</param>
    /// <param name="cancellation">Stops the reading.</param>
    /// <exception cref="UnusableDataException">The file, or a label in it, cannot be used; the message names the place and what to do.</exception>
    /// <example>
    /// <code>
    /// LabelCounts loans = LabelCounter.Count("samples/lending-club.csv", "Class");
    /// long bad = loans.Counts["bad"];   // 517 of 9857
    /// </code>
    /// </example>
    public static LabelCounts Count(string path, string target, DatasetOptions? options = null, CancellationToken cancellation = default)
    {
        options ??= new();
        if (options.Source is { } source) return TableSources.Count(source, target, options, cancellation);
        if (options.SampleWeight is string weight)
        {
            // Labels and weights are wanted together, so these two columns are read.
            Dataset read = DatasetReader.Read(path, names => (target, options with
            {
                Drop = [.. names.Where((name, i) => name != weight && i != ColumnSelection.TryFind(names, target))],
                Aside = [],
                Categorical = [],
                Numeric = [.. options.Numeric.Where(n => n == weight)],
                Dates = [],
                Vector = [],
            }), options, cancellation);
            return new(path == "-" ? "standard input" : path, read.Target, read.CountLabels());
        }

        using SourceFile file = SourceFile.Open(path, null, options, cancellation);
        (string name, LabelsRead labels) = file.Format == SourceFormat.Parquet
            ? ParquetTable.Count(file, target, options, cancellation)
            : TextTable.Count(file, target, options, cancellation);
        return new(file.Name, name, ClassCounts.From(labels.Counts, labels.Names));
    }
}
