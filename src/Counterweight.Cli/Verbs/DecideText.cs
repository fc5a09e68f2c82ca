using System.Globalization;
using Counterweight.Report;
using Spectre.Console;

namespace Counterweight.Cli;

/// <summary><c>decide</c> for people: the confusion matrices, the gain and the decision within the width of a line.</summary>
internal static class DecideText
{
    private const int LongestName = 20, FixedMargin = 3;

    internal static void Write(IAnsiConsole console, DecideDocument document)
    {
        string classes = string.Join(", ", document.Classes.Select(c => $"{Tables.Short(c.Label, LongestName)} {Tables.Count(c.Count)}"));
        Tables.Line(console, $"{document.File}: {Tables.Count(document.Rows)} rows; "
            + $"{classes}{(document.PositiveClass is null ? "" : $"; positive: {Tables.Short(document.PositiveClass, LongestName)}")}");
        Tables.Line(console);
        Tables.Heading(console, "Decision");
        string kept = document.Decision.Constraints.Count == 0 ? "" : $", keeping {string.Join(" and ", document.Decision.Constraints)}";
        Tables.Line(console, $"{document.Decision.Description}");
        Tables.Line(console, $"({document.Decision.Recipe} for {document.Metric}{kept})");
        Tables.Line(console);
        Matrix(console, document, "Before: the most probable class", document.ConfusionBefore);
        Matrix(console, document, document.CrossFitted ? $"After: each row decided by the other {document.Folds - 1} of {document.Folds} folds"
            : "After: on the rows that tuned the decision", document.ConfusionAfter);
        Tables.Heading(console, "Found of each class: o before, * after");
        Pictures.Found(console, [.. document.Classes.Select(c => c.Label)], Matrix(document.ConfusionBefore), Matrix(document.ConfusionAfter));
        Tables.Heading(console, "Gain");
        Gains(console, document.Metrics);
        if (document.Cost is CostEntry cost)
        {
            Tables.Line(console, $"Cost of these rows: {Money(cost.Before)} before, {Money(cost.After)} after; saved {Money(cost.Saved)} (95 % interval "
                + $"{Money(cost.CiLow)} to {Money(cost.CiHigh)}).");
        }

        if (document.Calibration is null) return;
        if (document.Cost is not null) Tables.Line(console);
        Tables.Heading(console, "Calibration (lower is better; a gain is a fall)");
        Gains(console, document.Calibration);
    }

    private static void Gains(IAnsiConsole console, IReadOnlyList<GainEntry> gains) => Tables.Write(
        console, [new("metric", false), new("before"), new("after"), new("gain"), new("95 % interval")],
        gains.Select(g => (IReadOnlyList<string>)[g.Name, Share(g.Before), Share(g.After), Signed(g.Gain), $"{Signed(g.CiLow)} to {Signed(g.CiHigh)}"]));

    private static void Matrix(IAnsiConsole console, DecideDocument document, string heading, long[][] cells)
    {
        Tables.Heading(console, heading);
        string[] names = [.. document.Classes.Select(c => Tables.Short(c.Label, LongestName))];
        int[] widths = [.. names.Select((name, p) => Math.Max(name.Length, cells.Max(row => Tables.Count(row[p]).Length)))];
        int first = Math.Max("true \\ decided".Length, names.Max(name => name.Length));
        foreach ((int from, int count) in Tables.Blocks(console.Profile.Width, first + FixedMargin, widths))
            Tables.Write(
                console, [new("true \\ decided", false), .. names.Skip(from).Take(count).Select(name => new TableColumn(name))],
                names.Select((name, t) => (IReadOnlyList<string>)[name, .. cells[t].Skip(from).Take(count).Select(v => Tables.Count(v))]));
    }

    private static ConfusionMatrix Matrix(long[][] cells) => ConfusionMatrix.From([.. cells.SelectMany(row => row).Select(n => (double)n)], cells.Length);

    private static string Share(double value) => Math.Abs(value) < 1e6 ? value.ToString("0.0000", CultureInfo.InvariantCulture) : Tables.Number(value, 5);

    private static string Signed(double value) => Math.Abs(value) < 1e6 ? value.ToString("+0.0000;-0.0000;0.0000", CultureInfo.InvariantCulture)
        : $"{(value > 0 ? "+" : "")}{Tables.Number(value, 5)}";

    private static string Money(double value) => Math.Abs(value) is >= 1000 and < 1e15 ? value.ToString("N0", CultureInfo.InvariantCulture)
        : Tables.Number(value);
}
