namespace Counterweight.Torch;

/// <summary>The parameters of each loss over a softmax, checked once and turned into a <see cref="SoftmaxForm"/>.</summary>
internal static class Forms
{
    public static SoftmaxForm CrossEntropy(ClassVector? weight, double labelSmoothing) => new() { Weight = weight, Smoothing = Smoothing(labelSmoothing) };

    public static SoftmaxForm Focal(double gamma, ClassVector? weight, double labelSmoothing)
    {
        Arguments.InRange(gamma, 0, double.PositiveInfinity, nameof(gamma));
        return new() { Term = new FocalTerm(gamma), Weight = weight, Smoothing = Smoothing(labelSmoothing) };
    }

    public static SoftmaxForm Poly1(double epsilon, ClassVector? weight)
    {
        Arguments.InRange(epsilon, -1, double.PositiveInfinity, nameof(epsilon));
        return new() { Term = new PolyTerm(epsilon), Weight = weight };
    }

    public static SoftmaxForm Ldam(ClassCounts counts, double maxMargin, double scale, ClassVector? weight)
    {
        if (!(scale > 0 && double.IsFinite(scale))) throw new ArgumentOutOfRangeException(nameof(scale), scale, "scale is a number above 0.");
        return new() { Margin = Margins(counts, maxMargin), Scale = [scale], Weight = weight };
    }

    public static double[] Margins(ClassCounts counts, double maxMargin)
    {
        Arguments.NoneEmpty(counts);
        Arguments.InRange(maxMargin, 0, double.PositiveInfinity, nameof(maxMargin));
        return LabelDistribution.Margins(counts, maxMargin);
    }

    public static SoftmaxForm BalancedSoftmax(ClassCounts counts, ClassVector? weight) => new() { Offset = LogCounts(counts), Weight = weight };

    public static SoftmaxForm LogitAdjusted(ClassCounts counts, double tau, ClassVector? weight)
    {
        Arguments.NoneEmpty(counts);
        Arguments.InRange(tau, 0, double.PositiveInfinity, nameof(tau));
        double[] offset = new double[counts.Classes];
        for (int c = 0; c < offset.Length; c++) offset[c] = tau * Math.Log((double)counts[c] / counts.Rows);
        return new() { Offset = offset, Weight = weight };
    }

    public static SoftmaxForm VectorScaling(ClassCounts counts, double gamma, double tau, ClassVector? weight)
    {
        SoftmaxForm adjusted = LogitAdjusted(counts, tau, weight);
        Arguments.InRange(gamma, 0, double.PositiveInfinity, nameof(gamma));
        double[] scale = new double[counts.Classes];
        double largest = Largest(counts);
        for (int c = 0; c < scale.Length; c++) scale[c] = Math.Pow(counts[c] / largest, gamma);
        return adjusted with { Scale = scale };
    }

    public static SoftmaxForm LabelAwareSmoothing(ClassCounts counts, double head, double tail, SmoothingShape shape)
    {
        ArgumentNullException.ThrowIfNull(counts);
        Arguments.InRange(head, 0, 1, nameof(head), maximumExcluded: true);
        Arguments.InRange(tail, 0, head, nameof(tail));
        int classes = counts.Classes;
        if (classes < 2) throw new ArgumentException("Smoothing needs two classes or more; there is one.", nameof(counts));
        double smallest = Smallest(counts), range = Largest(counts) - smallest;
        double[] smoothing = new double[classes];
        for (int c = 0; c < classes; c++)
        {
            double position = range == 0 ? 1 : (counts[c] - smallest) / range;
            double share = shape switch
            {
                SmoothingShape.Concave => Math.Sin(Math.PI / 2 * position),
                SmoothingShape.Linear => position,
                SmoothingShape.Convex => 1 + Math.Sin((1.5 * Math.PI) + (Math.PI / 2 * position)),
                _ => throw new ArgumentOutOfRangeException(nameof(shape), shape, "Unknown shape."),
            };

            // The published targets are 1 - e and e / (K - 1); those of the form are 1 - f + f / K and f / K.
            smoothing[c] = (tail + ((head - tail) * share)) * classes / (classes - 1);
            if (smoothing[c] > 1) throw new ArgumentException($"A smoothing of {head} leaves the target less than its share among {classes} classes; head "
                + $"is at most 1 - 1/K.", nameof(head));
        }

        return new() { Smoothing = smoothing };
    }

    public static SoftmaxForm Seesaw(ClassCounts counts, double mitigation, double compensation)
    {
        Arguments.InRange(mitigation, 0, double.PositiveInfinity, nameof(mitigation));
        Arguments.InRange(compensation, 0, double.PositiveInfinity, nameof(compensation));
        return new() { Seesaw = (LogCounts(counts), mitigation, compensation) };
    }

    private static double[] LogCounts(ClassCounts counts)
    {
        Arguments.NoneEmpty(counts);
        double[] logs = new double[counts.Classes];
        for (int c = 0; c < logs.Length; c++) logs[c] = Math.Log(counts[c]);
        return logs;
    }

    private static double Largest(ClassCounts counts)
    {
        long largest = 0;
        foreach (long count in counts.AsSpan()) largest = Math.Max(largest, count);
        return largest;
    }

    private static double Smallest(ClassCounts counts)
    {
        long smallest = long.MaxValue;
        foreach (long count in counts.AsSpan()) smallest = Math.Min(smallest, count);
        return smallest;
    }

    private static double[]? Smoothing(double labelSmoothing)
    {
        Arguments.InRange(labelSmoothing, 0, 1, nameof(labelSmoothing));
        return labelSmoothing == 0 ? null : [labelSmoothing];
    }
}
