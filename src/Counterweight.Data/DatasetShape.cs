namespace Counterweight.Data;

/// <summary>What a table looks like apart from its rows: classes and feature columns. Parts of one table, in several files or on several machines, are brought
/// to the shape that all of them have together.</summary>
/// <param name="Source">What to call the part in messages.</param>
/// <param name="Target">The name of the label column.</param>
/// <param name="Classes">The classes, in their order.</param>
/// <param name="Columns">The feature columns.</param>
/// <example>
/// <code>
/// Dataset[] parts = [DatasetReader.Read("may.csv", "y"), DatasetReader.Read("june.csv", "y")];
/// DatasetShape whole = DatasetShape.Union([.. parts.Select(DatasetShape.Of)]);
/// Dataset june = whole.Apply(parts[1]);   // its codes mean what those of May mean
/// </code>
/// </example>
public sealed record DatasetShape(string Source, string Target, IReadOnlyList<string> Classes, IReadOnlyList<ColumnSchema> Columns)
{
    /// <summary>The shape of a data set.</summary>
    /// <param name="dataset">The data set.</param>
    public static DatasetShape Of(Dataset dataset)
    {
        ArgumentNullException.ThrowIfNull(dataset);
        return new(dataset.Name, dataset.Target, dataset.ClassNames, [.. dataset.Columns.Select(Schema)]);
    }

    /// <summary>The shape that parts have together: all classes and levels, and columns of one kind each.</summary>
    /// <param name="parts">The shapes of the parts.</param>
    /// <exception cref="UnusableDataException">A part lacks a column, or has it in another kind.</exception>
    public static DatasetShape Union(params IReadOnlyList<DatasetShape> parts)
    {
        ArgumentNullException.ThrowIfNull(parts);
        if (parts.Count == 0) throw new ArgumentException("There is no part.", nameof(parts));
        DatasetShape first = parts[0];
        var columns = new ColumnSchema[first.Columns.Count];
        foreach (DatasetShape part in parts)
        {
            if (part.Target != first.Target)
                throw new UnusableDataException($"the label column is '{part.Target}', and '{first.Target}' in {first.Source}.", part.Source);
            if (part.Columns.FirstOrDefault(c => !first.Columns.Any(f => f.Name == c.Name)) is { } extra)
                throw new UnusableDataException($"the column is not there in {first.Source}. Leave it out with --drop, or make the files alike.", part.Source,
                    column: extra.Name);
        }

        for (int c = 0; c < columns.Length; c++)
        {
            ColumnSchema known = first.Columns[c];
            string source = first.Source;
            foreach (DatasetShape part in parts.Skip(1))
            {
                ColumnSchema other = part.Columns.FirstOrDefault(o => o.Name == known.Name) ?? throw new UnusableDataException(
                    $"the column is there in {first.Source} and not here. Leave it out with --drop, or make the files alike.", part.Source, column: known.Name);
                // A column without any value has no kind of its own.
                if (known.IsOptional) (known, source) = (other, part.Source);
                else if (!other.IsOptional) known = Both(known, source, other, part.Source);
            }

            columns[c] = known with { IsOptional = false };
        }

        return new(first.Source, first.Target, LabelOrder.Sort(parts.SelectMany(p => p.Classes).Distinct(StringComparer.Ordinal)), columns);
    }

    /// <summary>A part with the codes of this shape.</summary>
    /// <param name="part">A data set whose shape went into this one.</param>
    public Dataset Apply(Dataset part)
    {
        ArgumentNullException.ThrowIfNull(part);
        int[] codes = Codes(part.ClassNames, Classes);
        int[] labels = Array.ConvertAll(part.Labels.ToArray(), l => codes[l]);
        return Dataset.Own(part.Name, Target, labels, [.. Classes], [.. Columns.Select(c => Apply(c, part[c.Name]))], [.. part.Aside], null, null, null,
            part.Notes,
            part.SampleWeightColumn);
    }

    /// <summary>The rows of several parts, one part after the other, in the shape of all.</summary>
    /// <param name="parts">The parts.</param>
    /// <exception cref="UnusableDataException">They do not go together.</exception>
    public static Dataset Join(IReadOnlyList<Dataset> parts)
    {
        ArgumentNullException.ThrowIfNull(parts);
        if (parts.Count == 1) return parts[0];
        DatasetShape whole = Union([.. parts.Select(Of)]);
        Dataset[] alike = [.. parts.Select(whole.Apply)];
        DatasetShape beside = Union([.. parts.Select(p => new DatasetShape(p.Name, p.Target, [], [.. p.Aside.Select(Schema)]))]);
        Column[] aside = [.. beside.Columns.Select(c => Joined([.. parts.Select(p => Apply(c, p[c.Name]))]))];
        return Dataset.Own(alike[0].Name, whole.Target, Joined(alike.Select(p => p.LabelMemory)), [.. whole.Classes],
            [.. whole.Columns.Select(c => Joined([.. alike.Select(p => p[c.Name])]))], aside, null, null, null, [.. alike.SelectMany(p => p.Notes)],
            alike[0].SampleWeightColumn);
    }

    private static ColumnSchema Schema(Column column) => ColumnSchema.Of(column) with { StoredType = null, IsOptional = column.MissingCount == column.Rows };

    private static ColumnSchema Both(ColumnSchema one, string source, ColumnSchema other, string otherSource)
    {
        if (one.IsText != other.IsText || one.IsNumeric != other.IsNumeric)
            throw new UnusableDataException($"the column holds {Kind(other)} here and {Kind(one)} in {source}. Say which with --numeric, --categorical or "
                + $"--text.",
                otherSource, column: one.Name);
        if (one.DayFirst is bool day && other.DayFirst is bool second && day != second)
            throw new UnusableDataException($"the day stands {(second ? "before" : "behind")} the month here, and not so in {source}.", otherSource,
                column: one.Name);
        if (!one.IsNumeric) return one.IsText ? one
            : one with { Levels = [.. one.Levels.Union(other.Levels, StringComparer.Ordinal).Order(StringComparer.Ordinal)] };
        if (one.Kind == other.Kind) return one with { DayFirst = one.DayFirst ?? other.DayFirst };
        bool number = one.Kind is NumericKind.Real or NumericKind.WholeNumber, otherNumber = other.Kind is NumericKind.Real or NumericKind.WholeNumber;
        return number == otherNumber ? one with { Kind = number ? NumericKind.Real : NumericKind.Timestamp, DayFirst = one.DayFirst ?? other.DayFirst }
            : throw new UnusableDataException($"the column holds {Kind(other)} here and {Kind(one)} in {source}. Make the files alike.", otherSource,
                column: one.Name);
    }

    private static string Kind(ColumnSchema column) => column.IsText ? "texts" : column.Kind switch
    {
        null => "categories",
        NumericKind.Real or NumericKind.WholeNumber => "numbers",
        _ => "dates",
    };

    private static Column Apply(ColumnSchema schema, Column column) => (schema, column) switch
    {
        // What is right as it stands is not copied: it may be most of the memory.
        ({ IsText: true }, TextColumn) => column,
        ({ Kind: { } same }, NumericColumn right) when right.Kind == same && right.DayFirst == schema.DayFirst => column,
        ({ IsText: true }, _) => new TextColumn(schema.Name, new string?[column.Rows]),
        ({ Kind: { } kind }, NumericColumn numbers) => NumericColumn.Own(schema.Name, numbers.Memory.ToArray(), kind, dayFirst: schema.DayFirst),
        ({ Kind: { } kind }, _) => NumericColumn.Own(schema.Name, [.. Enumerable.Repeat(double.NaN, column.Rows)], kind, dayFirst: schema.DayFirst),
        ({ Kind: null }, CategoricalColumn right) when right.Levels.SequenceEqual(schema.Levels, StringComparer.Ordinal) => column,
        (_, CategoricalColumn categories) => Recoded(categories, schema.Levels),
        _ => CategoricalColumn.Own(schema.Name, [.. Enumerable.Repeat(-1, column.Rows)], [.. schema.Levels]),
    };

    private static CategoricalColumn Recoded(CategoricalColumn column, IReadOnlyList<string> levels)
    {
        int[] codes = Codes(column.Levels, levels);
        return CategoricalColumn.Own(column.Name, Array.ConvertAll(column.Codes.ToArray(), c => c < 0 ? c : codes[c]), [.. levels]);
    }

    private static int[] Codes(IReadOnlyList<string> from, IReadOnlyList<string> to)
    {
        Dictionary<string, int> places = to.Select((text, code) => (text, code)).ToDictionary(p => p.text, p => p.code, StringComparer.Ordinal);
        return [.. from.Select(text => places[text])];
    }

    private static Column Joined(IReadOnlyList<Column> parts) => parts[0] switch
    {
        NumericColumn numbers => NumericColumn.Own(numbers.Name, Joined(parts.Select(p => ((NumericColumn)p).Memory)), numbers.Kind,
            dayFirst: numbers.DayFirst),
        CategoricalColumn categories => CategoricalColumn.Own(categories.Name, Joined(parts.Select(p => ((CategoricalColumn)p).Memory)),
            [.. categories.Levels]),
        _ => TextColumn.Own(parts[0].Name, Joined(parts.Select(p => ((TextColumn)p).Memory))),
    };

    private static T[] Joined<T>(IEnumerable<ReadOnlyMemory<T>> parts)
    {
        ReadOnlyMemory<T>[] all = [.. parts];
        T[] joined = new T[checked(all.Sum(p => p.Length))];
        int at = 0;
        foreach (ReadOnlyMemory<T> part in all)
        {
            part.CopyTo(joined.AsMemory(at));
            at += part.Length;
        }

        return joined;
    }
}
