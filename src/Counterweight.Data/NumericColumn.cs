using System.Globalization;

namespace Counterweight.Data;

/// <summary>A column of numbers; a missing value is NaN and no value is infinite.</summary>
/// <example>
/// <code>
/// var age = new NumericColumn("age", [31, double.NaN, 54]);
/// int missing = age.MissingCount;   // 1
/// </code>
/// </example>
public sealed class NumericColumn : Column
{
    private readonly double[] values;
    private int missing = -1;

    /// <summary>Creates a column.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="values">A number per row, copied; NaN where there is none.</param>
    /// <param name="kind">What the numbers are.</param>
    /// <exception cref="ArgumentException">A value is infinite.</exception>
    public NumericColumn(string name, ReadOnlySpan<double> values, NumericKind kind = NumericKind.Real) : this(name, values.ToArray(), kind)
    {
        for (int i = 0; i < values.Length; i++)
            if (double.IsInfinity(values[i]))
                throw new ArgumentException($"Column '{name}' is infinite at index {i}; a number, or NaN for missing, is accepted.", nameof(values));
    }

    private NumericColumn(string name, double[] values, NumericKind kind) : base(name) => (this.values, Kind) = (values, kind);

    /// <summary>What the numbers are.</summary>
    public NumericKind Kind { get; }

    /// <summary>The numbers, one per row; NaN where missing. Dates are days since 1970-01-01.</summary>
    public ReadOnlySpan<double> Values => values;

    /// <summary>The numbers as memory, for code that keeps or captures them.</summary>
    public ReadOnlyMemory<double> Memory => values;

    /// <inheritdoc/>
    public override int Rows => values.Length;

    /// <inheritdoc/>
    public override int MissingCount
    {
        get
        {
            if (missing >= 0) return missing;
            int count = 0;
            foreach (double value in values)
                if (double.IsNaN(value)) count++;
            return missing = count;
        }
    }

    /// <inheritdoc/>
    public override bool IsMissing(int row) => double.IsNaN(values[row]);

    /// <inheritdoc/>
    public override string Text(int row) => Text(values[row], Kind);

    /// <inheritdoc/>
    public override Column Select(ReadOnlySpan<int> rows)
    {
        double[] selected = new double[rows.Length];
        for (int i = 0; i < rows.Length; i++) selected[i] = values[rows[i]];
        return Own(Name, selected, Kind);
    }

    /// <summary>Takes an array without copying or checking it.</summary>
    internal static NumericColumn Own(string name, double[] values, NumericKind kind) => new(name, values, kind);

    internal static string Text(double value, NumericKind kind)
    {
        if (double.IsNaN(value)) return "";
        if (kind is NumericKind.Real or NumericKind.WholeNumber || Math.Abs(value) > 2_900_000) return value.ToString("R", CultureInfo.InvariantCulture);
        long microseconds = (long)Math.Round(value * 86_400_000_000.0);
        DateTime time = DateTime.UnixEpoch.AddTicks(microseconds * TimeSpan.TicksPerMicrosecond);
        return kind == NumericKind.Date && time.TimeOfDay == TimeSpan.Zero
            ? time.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture)
            : time.ToString("yyyy-MM-dd'T'HH:mm:ss.FFFFFF", CultureInfo.InvariantCulture);
    }
}
