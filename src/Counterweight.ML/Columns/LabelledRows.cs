using Microsoft.ML;
using Microsoft.ML.Data;

namespace Counterweight.ML;

/// <summary>What one pass over a data view found: the class of each row, and if asked for its group, its weight and its features.</summary>
internal sealed class LabelledRows
{
    /// <summary>The most classes that a column may have before it is taken for a quantity, as in the reader of files.</summary>
    internal const int MostClasses = 1000;

    private LabelledRows(DataViewSchema.Column label, int[] codes, string[] names, Func<int, object> valueOf) =>
        (Label, Codes, Names, ValueOf) = (label, codes, names, valueOf);

    internal DataViewSchema.Column Label { get; }

    /// <summary>The class of each row, 0..K-1.</summary>
    internal int[] Codes { get; }

    /// <summary>The K classes.</summary>
    internal string[] Names { get; }

    /// <summary>The value of the label column that stands for a code.</summary>
    internal Func<int, object> ValueOf { get; }

    /// <summary>A group per row; empty for none.</summary>
    internal int[] Groups { get; private init; } = [];

    /// <summary>A weight per row; empty for none.</summary>
    internal double[] Weights { get; private init; } = [];

    /// <summary>The identities of the rows, by which a shuffled cursor of the view tells which row it is at.</summary>
    internal required RowIdentities Identities { get; init; }

    /// <summary>The rows of each class.</summary>
    internal ClassCounts Counts
    {
        get
        {
            long[] counts = new long[Names.Length];
            foreach (int code in Codes) counts[code]++;
            var counted = ClassCounts.From(counts, Names);
            return Weights.Length == 0 ? counted : counted.WithWeights(Codes, Weights);
        }
    }

    /// <summary>Reads the columns that are named, in one pass.</summary>
    /// <param name="data">The view.</param>
    /// <param name="label">The column of classes.</param>
    /// <param name="group">A column of groups, or null.</param>
    /// <param name="weight">A column of row weights, or null.</param>
    /// <param name="more">Reads what else is wanted of each row: it is given the cursor and gives an action per row.</param>
    /// <param name="moreColumns">The columns that it reads.</param>
    /// <exception cref="UnusableDataException">A column is not there or of a type without classes, a value is missing, or there is no row.</exception>
    internal static LabelledRows Read(
        IDataView data, string label, string? group = null, string? weight = null, Func<DataViewRow, Action>? more = null,
        params IReadOnlyList<DataViewSchema.Column> moreColumns)
    {
        ArgumentNullException.ThrowIfNull(data);
        ArgumentException.ThrowIfNullOrEmpty(label);
        CodeColumn labels = CodeColumn.Of(ViewColumns.Find(data.Schema, label), MostClasses);
        CodeColumn? groups = group is null ? null : CodeColumn.Of(ViewColumns.Find(data.Schema, group));
        DataViewSchema.Column? weightColumn = weight is null ? null : ViewColumns.Single(data.Schema, weight);
        var weights = new List<double>();
        List<DataViewSchema.Column> needed = [labels.Column, .. moreColumns];
        if (groups is not null) needed.Add(groups.Column);
        if (weightColumn is { } asked) needed.Add(asked);
        var identities = new RowIdentities(data.CanShuffle);
        using (DataViewRowCursor cursor = data.GetRowCursor(needed.DistinctBy(c => c.Index)))
        {
            Action readLabel = labels.Reader(cursor);
            Action? readGroup = groups?.Reader(cursor), readMore = more?.Invoke(cursor);
            ValueGetter<float>? getWeight = weightColumn is { } column ? cursor.GetGetter<float>(column) : null;
            ValueGetter<DataViewRowId> getId = cursor.GetIdGetter();
            DataViewRowId id = default;
            float own = 0;
            while (cursor.MoveNext())
            {
                readLabel();
                readGroup?.Invoke();
                readMore?.Invoke();
                getId(ref id);
                identities.Add(id);
                if (getWeight is null) continue;
                getWeight(ref own);
                if (!(own >= 0 && float.IsFinite(own)))
                    throw new UnusableDataException($"The weight of the row is {own}; a weight is a finite number of zero or more.", row: labels.Rows,
                        column: weight);
                weights.Add(own);
            }
        }

        if (labels.Rows == 0) throw ViewColumns.Empty();
        (int[] codes, string[] names) = labels.Finish();
        return new(labels.Column, codes, names, labels.ValueOf())
        {
            Groups = groups?.Finish().Codes ?? [],
            Weights = [.. weights],
            Identities = identities,
        };
    }

    /// <summary>The classes that occur, with codes without gaps: what deals rows out by class cannot do with a class that has none.</summary>
    internal (int[] Codes, string[] Names) Occurring()
    {
        int[] place = new int[Names.Length];
        foreach (int code in Codes) place[code] = 1;
        var names = new List<string>();
        for (int c = 0; c < place.Length; c++)
        {
            if (place[c] == 0) continue;
            place[c] = names.Count;
            names.Add(Names[c]);
        }

        return (Array.ConvertAll(Codes, c => place[c]), [.. names]);
    }

    /// <summary>Refuses rows of a single class.</summary>
    internal void RequireTwoClasses()
    {
        if (Codes.AsSpan().IndexOfAnyExcept(Codes[0]) < 0)
            throw new UnusableDataException($"All {Codes.Length} rows are of the class '{Names[Codes[0]]}'; at least two classes are needed.",
                column: Label.Name);
    }
}
