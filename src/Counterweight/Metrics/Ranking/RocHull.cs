namespace Counterweight;

/// <summary>
/// The upper convex hull of the ROC points: the thresholds that are best at some costs and class shares (Provost and Fawcett, 2001).
/// </summary>
internal static class RocHull
{
    /// <summary>The vertices from (0, 0), nothing predicted positive, to (all, all), as indices of steps; -1 is the first.</summary>
    internal static List<int> Of(ScoreSteps steps)
    {
        steps.RequireBoth();
        List<int> hull = [-1];
        for (int i = 0; i < steps.Count; i++)
        {
            while (hull.Count > 1 && Turn(steps, hull[^2], hull[^1], i) >= 0) hull.RemoveAt(hull.Count - 1);
            hull.Add(i);
        }

        return hull;
    }

    internal static (double FalsePositives, double TruePositives) Point(ScoreSteps steps, int index) =>
        index < 0 ? (0, 0) : (steps.FalsePositives[index], steps.TruePositives[index]);

    private static double Turn(ScoreSteps steps, int a, int b, int c)
    {
        (double ax, double ay) = Point(steps, a);
        (double bx, double by) = Point(steps, b);
        (double cx, double cy) = Point(steps, c);
        return (bx - ax) * (cy - ay) - (by - ay) * (cx - ax);
    }
}
