using System.Globalization;
using Spectre.Console;

namespace Counterweight.Cli;

/// <summary>The pictures of a report in plain characters.</summary>
internal static class Pictures
{
    private const int MostLines = 12, LongestName = 34;

    /// <summary>A mean with its interval.</summary>
    /// <param name="Name">What it is of.</param>
    /// <param name="Low">The lower end; not finite if there is none.</param>
    /// <param name="Mean">The mean.</param>
    /// <param name="High">The upper end.</param>
    internal readonly record struct Interval(string Name, double Low, double Mean, double High);

    /// <summary>Draws intervals on one scale: <c>|---o---|</c>, and <c>:</c> where the reference lies.</summary>
    /// <param name="console">Where to.</param>
    /// <param name="lines">The intervals; those after the twelfth are left out.</param>
    /// <param name="reference">A value to compare with.</param>
    internal static void Intervals(IAnsiConsole console, IReadOnlyList<Interval> lines, double reference)
    {
        Interval[] shown = [.. lines.Take(MostLines)];
        int name = Math.Min(LongestName, shown.Max(l => l.Name.Length)), width = console.Profile.Width - name - 5;
        double low = Math.Min(reference, shown.Min(l => Math.Min(l.Mean, double.IsFinite(l.Low) ? l.Low : l.Mean))),
            high = Math.Max(reference, shown.Max(l => Math.Max(l.Mean, double.IsFinite(l.High) ? l.High : l.Mean)));
        if (width < 16 || !(high > low)) return;
        string left = Figure(low), right = Figure(high);
        Tables.Line(console, $"  {"".PadRight(name)}   {left}{right.PadLeft(width - left.Length)}");
        foreach (Interval line in shown)
        {
            char[] strip = new string(' ', width).ToCharArray();
            strip[At(reference)] = ':';
            if (double.IsFinite(line.Low) && double.IsFinite(line.High))
            {
                int from = At(line.Low), to = At(line.High);
                strip.AsSpan(from, to - from + 1).Fill('-');
                (strip[from], strip[to]) = ('|', '|');
                if (At(reference) > from && At(reference) < to) strip[At(reference)] = ':';
            }

            strip[At(line.Mean)] = 'o';
            Tables.Line(console, $"  {Tables.Short(line.Name, LongestName).PadRight(name)}   {new string(strip).TrimEnd()}");
        }

        if (lines.Count > shown.Length) Tables.Line(console, $"  and {lines.Count - shown.Length} more");

        int At(double value) => (int)Math.Round((value - low) / (high - low) * (width - 1));
    }

    /// <summary>Draws what is found of each class before and after: <c>o</c> before, <c>*</c> after; of many classes those whose share changed most.</summary>
    /// <param name="console">Where to.</param>
    /// <param name="labels">The classes.</param>
    /// <param name="before">Rows by truth and decision.</param>
    /// <param name="after">The same after the remedy.</param>
    internal static void Found(IAnsiConsole console, IReadOnlyList<string> labels, ConfusionMatrix before, ConfusionMatrix after)
    {
        const int label = 16;
        int[] judged = [.. Enumerable.Range(0, labels.Count).Where(c => before.Truths[c] > 0 && after.Truths[c] > 0)];
        int[] codes = judged.Length <= MostLines ? judged
            : [.. judged.OrderByDescending(c => Math.Abs(Share(after, c) - Share(before, c))).ThenBy(c => c).Take(MostLines).Order()];
        int name = Math.Max("class".Length, codes.Select(c => Tables.Short(labels[c], label).Length).DefaultIfEmpty(0).Max()),
            count = codes.Select(c => Rows(c).Length).DefaultIfEmpty(0).Max(), others = 2 + (3 * 4) + Math.Max(7, count) + 6 + 6,
            width = Math.Min(42, console.Profile.Width - name - others - 2);
        if (width < 12) return;
        Tables.Write(
            console, [new("class", false), new("rows"), new("before"), new("after"), new("0%" + "100%".PadLeft(width), false)],
            codes.Select(c => (IReadOnlyList<string>)[
                Tables.Short(labels[c], label), Rows(c), Percent(Share(before, c)), Percent(Share(after, c)),
                Strip(Share(before, c), Share(after, c), width)]));
        if (codes.Length < judged.Length) Tables.Line(console, $"The {codes.Length} of {judged.Length} classes that changed most.");

        string Rows(int c) => Tables.Count((long)Math.Round(before.Truths[c]));
    }

    private static double Share(ConfusionMatrix confusion, int c) => confusion[c, c] / confusion.Truths[c];

    private static string Strip(double before, double after, int width)
    {
        char[] strip = new string('.', width).ToCharArray();
        int from = (int)Math.Round(before * (width - 1)), to = (int)Math.Round(after * (width - 1));
        strip.AsSpan(Math.Min(from, to), Math.Abs(to - from) + 1).Fill('-');
        strip[from] = 'o';
        strip[to] = '*';
        return $"|{new string(strip)}|";
    }

    private static string Percent(double share) => string.Create(CultureInfo.InvariantCulture, $"{100 * share:0.0}%");

    private static string Figure(double value) => Math.Abs(value) < 100 ? value.ToString("0.000", CultureInfo.InvariantCulture) : Tables.Number(value, 5);
}
