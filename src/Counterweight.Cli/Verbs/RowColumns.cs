using System.Globalization;
using Counterweight.Data;

namespace Counterweight.Cli;

/// <summary>Columns that say something about the rows: which hang together, and which came when.</summary>
internal static class RowColumns
{
    /// <summary>The options of a reading with further columns left out.</summary>
    internal static DatasetOptions With(this DatasetOptions options, IReadOnlyList<string> drop, int threads) =>
        options with { Drop = [.. options.Drop.Union(drop, StringComparer.Ordinal)], Threads = threads };

    /// <summary>The times of a column of numbers or dates.</summary>
    internal static double[] Times(Column column, string file)
    {
        if (column is not NumericColumn numbers)
            throw new UnusableDataException($"Times are numbers or dates such as 2026-01-31; this column has text such as '{column.Text(0)}'.", file,
                column: column.Name);
        for (int i = 0; i < column.Rows; i++)
            if (column.IsMissing(i))
                throw new UnusableDataException("A row has no time, so it is neither past nor future. Fill it in, or leave the row out.", file, i + 1,
                    column.Name);
        return numbers.Values.ToArray();
    }

    /// <summary>The groups of a column; a row without one is a group of its own.</summary>
    internal static int[] Groups(Column column)
    {
        var codes = new Dictionary<string, int>(StringComparer.Ordinal);
        int[] groups = new int[column.Rows];
        for (int i = 0; i < groups.Length; i++)
        {
            // A row without a group is a group of its own.
            string key = column.IsMissing(i) ? string.Create(CultureInfo.InvariantCulture, $"\0{i}") : column.Text(i);
            if (!codes.TryGetValue(key, out groups[i])) codes[key] = groups[i] = codes.Count;
        }

        return groups;
    }
}
