using System.Globalization;
using System.Runtime.InteropServices;

namespace Counterweight.Data;

/// <summary>A table in which a row may have several labels: columns of 0 and 1, a column of labels with a separator between them, or a column of
/// lists.</summary>
/// <remarks>A row without any label is a row. A label that stands twice in a cell counts once.</remarks>
public sealed class MultiLabelSource : ILabelSource
{
    /// <inheritdoc/>
    public string Kind => "multilabel";

    /// <inheritdoc/>
    public string Description => "a table with several labels a row: columns of 0 and 1, or a column of lists";

    /// <inheritdoc/>
    public bool Recognises(LabelPlace place, LabelSourceOptions options)
    {
        ArgumentNullException.ThrowIfNull(place);
        ArgumentNullException.ThrowIfNull(options);
        if (place.IsFolder || options.Targets.Count == 0) return false;
        if (options.Targets.Count > 1 || options.Separator is not null) return true;
        if (!place.Head.StartsWith("PAR1"u8) && place.Extension is not (".json" or ".jsonl" or ".ndjson")) return false;
        return new MultiLabelTable(place.Path, options).IsList(CancellationToken.None);
    }

    /// <inheritdoc/>
    public LabelTally Count(string path, LabelSourceOptions options, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        if (options.Targets.Count == 0) throw new ArgumentException("Which columns hold the labels? Name them.", nameof(options));
        if (options.Separator is { Length: 0 }) throw new ArgumentException("The separator between labels is empty.", nameof(options));
        var table = new MultiLabelTable(path, options);
        if (options.Targets.Count > 1) return OfColumns(table, cancellation);
        if (options.Separator is null && !table.IsList(cancellation))
            throw new UnusableDataException("the column has one label a row. Several labels a row are columns of 0 and 1 (--target a,b,c), a column with "
                + "a separator "
                + "(--separator \"|\"), or a column of lists.", path, column: options.Targets[0]);
        return OfSets(table, options, cancellation);
    }

    private LabelTally OfColumns(MultiLabelTable table, CancellationToken cancellation)
    {
        long[] positives = [];
        long rows = 0;
        foreach (string?[] row in table.Rows(cancellation))
        {
            if (rows++ == 0) positives = new long[row.Length];
            for (int t = 0; t < row.Length; t++)
            {
                string cell = row[t] ?? throw table.Unusable("the label is missing. A label column has 0 or 1 in every row.", rows, t);
                int value = Bit(cell);
                if (value < 0)
                    throw table.Unusable($"'{cell[..Math.Min(40, cell.Length)]}' is neither 0 nor 1. With several label columns each has 0 or 1 in every row.",
                        rows, t);
                positives[t] += value;
            }
        }

        return Tally(table, string.Join(",", table.Names), [.. table.Names], positives, rows, []);
    }

    private LabelTally OfSets(MultiLabelTable table, LabelSourceOptions options, CancellationToken cancellation)
    {
        Dictionary<string, (long Rows, long Last)> found = new(StringComparer.Ordinal);
        long rows = 0;
        foreach (string?[] row in table.Rows(cancellation))
        {
            rows++;
            if (row[0] is not string cell) continue;
            string separator = table.HasLists ? MultiLabelTable.Unit.ToString() : options.Separator!;
            foreach (string part in cell.Split(separator, StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
            {
                ref (long Rows, long Last) label = ref CollectionsMarshal.GetValueRefOrAddDefault(found, part, out bool known);
                if (!known && found.Count > options.Table.MaxClasses)
                    throw table.Unusable($"the column has more than {options.Table.MaxClasses} different labels. Check the separator, or allow more with "
                        + "--max-classes.", rows, 0);
                if (label.Last != rows) label = (label.Rows + 1, rows);
            }
        }

        if (rows > 0 && found.Count == 0) throw table.Unusable("no row has any label.", null, 0);
        string target = table.Names[0];
        string[] names = LabelOrder.Sort(found.Keys);
        long[] positives = [.. names.Select(n => found[n].Rows)];
        if (!table.HasLists || ClassLabelNames.Of(table.Path, target, cancellation) is not { } stated) return Tally(table, target, names, positives, rows, []);
        long[] ofStated = new long[stated.Length];
        foreach ((string label, (long count, _)) in found)
        {
            int code = int.TryParse(label, NumberStyles.None, CultureInfo.InvariantCulture, out int number) && number < stated.Length ? number
                : throw table.Unusable($"{count} rows have the label {label}, and the file's metadata names {stated.Length} classes, 0 to "
                + $"{stated.Length - 1}.", null, 0);
            ofStated[code] = count;
        }

        return Tally(table, target, stated, ofStated, rows, ["The names of the labels are those of the ClassLabel in the file's metadata."]);
    }

    private LabelTally Tally(MultiLabelTable table, string target, string[] names, long[] positives, long rows, string[] notes)
    {
        if (rows == 0) throw new UnusableDataException("there are no rows.", table.Path);
        if (positives.All(p => p == 0)) throw table.Unusable("no row has any label.", null, 0);
        return new LabelTally(table.Path, Kind, LabelUnit.Rows, ClassCounts.From(positives, names))
        {
            Target = target,
            MultiLabel = new MultiLabelCounts(names, positives, rows),
            Notes = notes,
        };
    }

    /// <summary>0 or 1 as files spell them; -1 for anything else.</summary>
    private static int Bit(string text) => text.Trim() switch
    {
        "1" or "1.0" or "true" or "True" or "TRUE" => 1,
        "0" or "0.0" or "false" or "False" or "FALSE" => 0,
        _ => -1,
    };
}
