using System.Runtime.InteropServices;
using Counterweight.Data;
using Counterweight.LightGbm;

namespace Counterweight.Comparison;

/// <summary>What parts of a table say of its columns, one after the other: a preparation is made of it without all rows being held.</summary>
internal sealed class PreparationFigures
{
    private readonly Dictionary<string, ColumnFigures> columns = new(StringComparer.Ordinal);

    /// <summary>Takes a part.</summary>
    /// <param name="part">Its rows.</param>
    internal void Add(Dataset part)
    {
        foreach (Column column in part.Columns)
        {
            if (!columns.TryGetValue(column.Name, out ColumnFigures? known)) columns[column.Name] = known = new();
            known.Missing += column.MissingCount;
            if (column is NumericColumn numeric) known.Scales.Add((column.Rows - column.MissingCount, ColumnScale.Of(numeric.Values)));
            if (column is not CategoricalColumn categorical) continue;
            long[] counts = new long[categorical.Levels.Count];
            foreach (int code in categorical.Codes)
                if (code >= 0) counts[code]++;
            for (int l = 0; l < counts.Length; l++)
                known.Levels[categorical.Levels[l]] = known.Levels.GetValueOrDefault(categorical.Levels[l]) + counts[l];
        }
    }

    /// <summary>The preparation.</summary>
    /// <param name="whole">What the parts have together, and those of other processes; it has no columns of text.</param>
    /// <param name="machines">The processes that have the other parts; null where all are here.</param>
    internal Preprocessor Finish(DatasetShape whole, LightGbmMachines? machines) =>
        new([.. whole.Columns.Select(schema => schema.IsNumeric ? Numeric(schema, machines) : Categorical(schema, machines))]);

    private FittedColumn Numeric(ColumnSchema schema, LightGbmMachines? machines)
    {
        ColumnFigures known = columns[schema.Name];
        ReadOnlySpan<(long, ColumnScale)> scales = CollectionsMarshal.AsSpan(known.Scales);
        ColumnScale scale = ColumnScale.OfParts(scales);
        if (machines is null) return Preprocessor.Numeric(schema, scale, known.Missing > 0);
        byte[][] all = machines.Gather(MemoryMarshal.AsBytes<double>([known.Scales.Sum(s => s.Count), scale.Mean, scale.Deviation, known.Missing]));
        double[][] shares = [.. all.Select(p => MemoryMarshal.Cast<byte, double>(p).ToArray())];
        return Preprocessor.Numeric(
            schema, ColumnScale.OfParts([.. shares.Select(s => ((long)s[0], new ColumnScale(s[1], s[2])))]), shares.Any(s => s[3] > 0));
    }

    private FittedColumn Categorical(ColumnSchema schema, LightGbmMachines? machines)
    {
        ColumnFigures known = columns[schema.Name];
        double[] counts = [.. schema.Levels.Select(l => (double)known.Levels.GetValueOrDefault(l)), known.Missing];
        machines?.Sum(counts);
        return Preprocessor.Categorical(schema, counts[..^1], counts[^1] > 0);
    }

    private sealed class ColumnFigures
    {
        internal long Missing { get; set; }

        internal List<(long Count, ColumnScale Scale)> Scales { get; } = [];

        internal Dictionary<string, long> Levels { get; } = new(StringComparer.Ordinal);
    }
}
