namespace Counterweight;

/// <summary>A sum of doubles that keeps what rounding drops (Neumaier, 1974).</summary>
internal struct CompensatedSum
{
    private double sum, lost;

    internal readonly double Value => sum + lost;

    internal void Add(double value)
    {
        double next = sum + value;
        lost += Math.Abs(sum) >= Math.Abs(value) ? sum - next + value : value - next + sum;
        sum = next;
    }

    internal static double Of(ReadOnlySpan<double> values)
    {
        var sum = new CompensatedSum();
        foreach (double value in values) sum.Add(value);
        return sum.Value;
    }
}
