using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;

namespace Counterweight.Data;

/// <summary>A table in which a row may have several labels: columns of 0 and 1, a column of labels with a separator between them, or a column of
/// lists.</summary>
/// <remarks>A row without any label is a row. A label that stands twice in a cell counts once.</remarks>
public sealed class MultiLabelSource : ILabelSource
{
    private const char Unit = '\x1F';

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
        using SourceFile file = SourceFile.Open(place.Path, null, CancellationToken.None);
        if (file.Format == SourceFormat.Csv) return false;
        using var session = new DuckSession(1);
        List<(string Name, string Type)> columns = file.Columns(session);
        return IsList(columns[ColumnSelection.Find(file, columns, options.Targets[0])].Type);
    }

    /// <inheritdoc/>
    public LabelTally Count(string path, LabelSourceOptions options, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        if (options.Targets.Count == 0) throw new ArgumentException("Which columns hold the labels? Name them.", nameof(options));
        if (options.Separator is { Length: 0 }) throw new ArgumentException("The separator between labels is empty.", nameof(options));
        using SourceFile file = SourceFile.Open(path, null, cancellation);
        using var session = new DuckSession(options.Threads);
        List<(string Name, string Type)> columns = file.Columns(session);
        (string Name, string Type)[] targets = [.. options.Targets.Select(t => columns[ColumnSelection.Find(file, columns, t)])];
        if (targets.Distinct().Count() < targets.Length) throw new ArgumentException("A label column is named twice.", nameof(options));
        if (targets.Length > 1) return OfColumns(file, session, targets, cancellation);
        bool lists = IsList(targets[0].Type);
        if (!lists && options.Separator is null)
            throw file.Unusable("the column has one label a row. Several labels a row are columns of 0 and 1 (--target a,b,c), a column with a separator "
                + "(--separator \"|\"), or a column of lists.", null, targets[0].Name);
        return OfSets(file, session, targets[0], lists, options, cancellation);
    }

    private static bool IsList(string type) => type.EndsWith(']');

    private LabelTally OfColumns(SourceFile file, DuckSession session, (string Name, string Type)[] targets, CancellationToken cancellation)
    {
        string[] names = [.. targets.Select(t => t.Name)];
        long[] positives = new long[targets.Length];
        long rows = 0;
        string expressions = string.Join(", ", targets.Select(t => ColumnSelection.LabelExpression(file, t)));
        foreach (Chunk chunk in file.Stream(session, expressions, file.Table(), cancellation))
        {
            for (int t = 0; t < targets.Length; t++)
            {
                Vector cells = chunk.Column(t);
                for (int r = 0; r < chunk.Rows; r++)
                {
                    if (cells.IsNull(r)) throw file.Unusable("the label is missing. A label column has 0 or 1 in every row.", rows + r + 1, names[t]);
                    int value = Bit(cells.Text(r));
                    if (value < 0)
                        throw file.Unusable($"'{Encoding.UTF8.GetString(cells.Text(r)[..Math.Min(40, cells.Text(r).Length)])}' is neither 0 nor 1. "
                            + $"With several "
                            + "label columns each has 0 or 1 in every row.", rows + r + 1, names[t]);
                    positives[t] += value;
                }
            }

            rows += chunk.Rows;
        }

        return Tally(file, string.Join(",", names), names, positives, rows, []);
    }

    private LabelTally OfSets(
        SourceFile file, DuckSession session, (string Name, string Type) target, bool lists, LabelSourceOptions options, CancellationToken cancellation)
    {
        string name = Sql.Name(target.Name), separator = lists ? Unit.ToString() : options.Separator!;
        string expression = lists
            ? $"list_aggregate(list_filter(CAST({name} AS VARCHAR[]), lambda x: x IS NOT NULL), 'string_agg', chr(31))"
            : ColumnSelection.LabelExpression(file, target);
        Dictionary<string, (long Rows, long Last)> found = new(StringComparer.Ordinal);
        long rows = 0;
        foreach (Chunk chunk in file.Stream(session, expression, file.Table(), cancellation))
        {
            Vector cells = chunk.Column(0);
            for (int r = 0; r < chunk.Rows; r++)
            {
                rows++;
                if (cells.IsNull(r)) continue;
                foreach (string part in Encoding.UTF8.GetString(cells.Text(r))
                    .Split(separator, StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
                {
                    ref (long Rows, long Last) label = ref CollectionsMarshal.GetValueRefOrAddDefault(found, part, out bool known);
                    if (!known && found.Count > options.Table.MaxClasses)
                        throw file.Unusable($"the column has more than {options.Table.MaxClasses} different labels. Check the separator, or allow more with "
                            + $"--max-classes.",
                            rows, target.Name);
                    if (label.Last != rows) label = (label.Rows + 1, rows);
                }
            }
        }

        if (rows > 0 && found.Count == 0) throw file.Unusable("no row has any label.", null, target.Name);
        string[] names = LabelOrder.Sort(found.Keys);
        long[] positives = [.. names.Select(n => found[n].Rows)];
        if (!lists || ClassLabelNames.Of(file.Name, target.Name, cancellation) is not { } stated) return Tally(file, target.Name, names, positives, rows, []);
        long[] ofStated = new long[stated.Length];
        foreach ((string label, (long count, _)) in found)
        {
            int code = int.TryParse(label, NumberStyles.None, CultureInfo.InvariantCulture, out int number) && number < stated.Length ? number
                : throw file.Unusable($"{count} rows have the label {label}, and the file's metadata names {stated.Length} classes, 0 to {stated.Length - 1}.",
                    null, target.Name);
            ofStated[code] = count;
        }

        return Tally(file, target.Name, stated, ofStated, rows, ["The names of the labels are those of the ClassLabel in the file's metadata."]);
    }

    private LabelTally Tally(SourceFile file, string target, string[] names, long[] positives, long rows, string[] notes)
    {
        if (rows == 0) throw file.Unusable("there are no rows.");
        if (positives.All(p => p == 0)) throw file.Unusable("no row has any label.", null, target);
        return new LabelTally(file.Name, Kind, LabelUnit.Rows, ClassCounts.From(positives, names))
        {
            Target = target,
            MultiLabel = new MultiLabelCounts(names, positives, rows),
            Notes = notes,
        };
    }

    /// <summary>0 or 1 as files spell them; -1 for anything else.</summary>
    private static int Bit(ReadOnlySpan<byte> text)
    {
        text = text.Trim(" \t"u8);
        if (text.SequenceEqual("1"u8) || text.SequenceEqual("true"u8) || text.SequenceEqual("True"u8) || text.SequenceEqual("TRUE"u8)
            || text.SequenceEqual("1.0"u8))
            return 1;
        return text.SequenceEqual("0"u8) || text.SequenceEqual("false"u8) || text.SequenceEqual("False"u8) || text.SequenceEqual("FALSE"u8)
            || text.SequenceEqual("0.0"u8) ? 0 : -1;
    }
}
