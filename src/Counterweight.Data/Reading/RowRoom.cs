using System.Globalization;

namespace Counterweight.Data;

/// <summary>Whether rows have room in memory: said in a sentence, before the system ends a program that took too much.</summary>
internal static class RowRoom
{
    private const double Gigabyte = 1e9;
    private const string Sample = "a sample that keeps every row of the rare classes and is weighted back";

    /// <summary>What a row takes: 8 bytes a value and 4 its label.</summary>
    internal static long BytesOfRow(int columns) => (sizeof(double) * (long)columns) + sizeof(int);

    /// <summary>Refuses rows that take more than <see cref="DatasetOptions.MostBytes"/>.</summary>
    /// <param name="file">Where they are.</param>
    /// <param name="rows">How many there are, or have been read so far.</param>
    /// <param name="columns">The columns that are kept, without the label.</param>
    /// <param name="options">How they are read.</param>
    /// <param name="isAll">Whether there are no more.</param>
    /// <exception cref="UnusableDataException">They have no room.</exception>
    internal static void Check(SourceFile file, long rows, int columns, DatasetOptions options, bool isAll = true)
    {
        long each = BytesOfRow(columns);
        if (options.MostBytes is not long most || rows <= most / each) return;
        string how = file.Format == SourceFormat.Parquet || options.Source is not null
            ? string.Create(CultureInfo.InvariantCulture, $"--max-rows {TwoDigits(most / each)} reads {Sample}")
            : $"Save it as Parquet, of which --max-rows N reads {Sample}";
        throw file.Unusable(string.Create(CultureInfo.InvariantCulture,
            $"{(isAll ? "" : "the first ")}{rows:N0} rows of {columns} columns take {rows * each / Gigabyte:0.00} GB, and there is room for "
            + $"{most / Gigabyte:0.00} GB of rows beside what is computed with them. {how}; or leave columns out with --drop."));
    }

    /// <summary>A number of rows that is easily typed: two digits, rounded down.</summary>
    private static long TwoDigits(long rows)
    {
        long unit = 1;
        while (rows / unit >= 100) unit *= 10;
        return Math.Max(2, rows / unit * unit);
    }
}
