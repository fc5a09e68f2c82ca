namespace Counterweight.TestSupport;

/// <summary>Compares numbers by a tolerance that is relative above one and absolute below.</summary>
public static class Close
{
    public static bool To(double expected, double actual, double tolerance) =>
        double.IsNaN(expected) ? double.IsNaN(actual)
        : double.IsInfinity(expected) ? expected == actual
        : Math.Abs(expected - actual) <= tolerance * Math.Max(1, Math.Abs(expected));

    /// <summary>Throws with the first place that differs.</summary>
    public static void All(ReadOnlySpan<double> expected, ReadOnlySpan<double> actual, double tolerance, string what)
    {
        if (expected.Length != actual.Length) throw new InvalidOperationException($"{what}: {expected.Length} values expected, {actual.Length} found.");
        for (int i = 0; i < expected.Length; i++)
            if (!To(expected[i], actual[i], tolerance)) throw new InvalidOperationException($"{what}[{i}]: expected {expected[i]:R}, found {actual[i]:R}.");
    }

    public static void One(double expected, double actual, double tolerance, string what) => All([expected], [actual], tolerance, what);
}
