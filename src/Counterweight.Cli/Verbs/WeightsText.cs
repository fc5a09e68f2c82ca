using Counterweight.Data;
using Spectre.Console;

namespace Counterweight.Cli;

/// <summary>The tables of <c>weights</c>.</summary>
internal static class WeightsText
{
    private const int ClassesAcross = 8, ClassesShown = 40;

    internal static void Write(IAnsiConsole console, LabelTally tally, ClassWeights[] weights, int positive)
    {
        ClassCounts counts = weights[0].Counts;
        if (tally.Target is not null) Tables.Line(console, $"{tally.Source}, column {tally.Target}");
        else if (tally.Kind != "counts") Tables.Line(console, $"{tally.Source}: {tally.Kind}");
        string groups = tally.Groups is null ? "" : $" in {Tables.Count(tally.Groups.Count)} {tally.Unit.Group}";
        Tables.Line(console, $"{Tables.Count(counts.Rows)} {tally.Unit.Name}{groups}, {counts.Classes} classes, the largest "
            + $"{Tables.Number(counts.ImbalanceRatio)} times "
            + $"the smallest");
        Tables.Line(console);
        int[] shown = Shown(counts);
        WriteCounts(console, tally, shown);
        bool across = counts.Classes <= ClassesAcross;
        Tables.Heading(console, $"Weights: the loss of {(tally.Unit == LabelUnit.Images ? "an" : "a")} {tally.Unit.Singular} is multiplied by the weight "
            + $"of its class");
        if (across) Across(console, weights, w => w.ToArray(), v => Tables.Number(v), null);
        else Down(console, weights, shown, w => w.ToArray(), v => Tables.Number(v));
        Tables.Heading(console, $"Class shares that training then sees, and how many equal {tally.Unit.Name} carry as much");
        if (across) Across(console, weights, w => w.PriorAfter(), Tables.Percent, w => Tables.Count((long)Math.Round(w.EffectiveSampleSize())));
        else Effective(console, weights);
        if (positive < 0 || counts[positive] == 0) return;
        Tables.Line(console, $"With one logit for '{counts.Labels[positive]}' (pos_weight, scale_pos_weight): "
            + $"{Tables.Number(PositiveWeight.Of(counts, positive), 6)}");
    }

    /// <summary>The classes to show: all, or of many the rarest and the most frequent.</summary>
    private static int[] Shown(ClassCounts counts)
    {
        int[] all = [.. Enumerable.Range(0, counts.Classes)];
        if (all.Length <= ClassesShown) return all;
        int[] byCount = [.. all.OrderBy(c => counts[c])];
        return [.. byCount[..(ClassesShown / 2)], .. byCount[^(ClassesShown / 2)..]];
    }

    private static void WriteCounts(IAnsiConsole console, LabelTally tally, int[] shown)
    {
        ClassCounts counts = tally.Counts;
        IReadOnlyList<long>? groups = tally.Groups?.OfClass;
        double largest = counts.AsSpan().ToArray().Max();
        Tables.Write(
            console, [new("class", false), new(tally.Unit.Name), .. groups is null ? (TableColumn[])[] : [new(tally.Unit.Group!)], new("share"),
                new("", false)],
            shown.Select(c => (string[])[
                Tables.Short(counts.Labels[c]), Tables.Count(counts[c]), .. groups is null ? (string[])[] : [Tables.Count(groups[c])],
                Tables.Percent(counts.Share(c)), Tables.Bar(counts[c] / largest, 24)]));
        if (shown.Length < counts.Classes)
            Tables.Line(console, $"  The {shown.Length / 2} rarest and the {shown.Length / 2} most frequent of {Tables.Count(counts.Classes)} classes; "
                + $"--json has all.");
    }

    /// <summary>A line per scheme, a column per class.</summary>
    private static void Across(
        IAnsiConsole console, ClassWeights[] weights, Func<ClassWeights, double[]> values, Func<double, string> format, Func<ClassWeights, string>? last)
    {
        ClassCounts counts = weights[0].Counts;
        List<TableColumn> all = [.. counts.Labels.Select(l => new TableColumn(Tables.Short(l, 16)))];
        string[][] cells = [.. weights.Select(w => values(w).Select(format).ToArray())];
        if (last is not null)
        {
            all.Add(new("equal rows"));
            for (int i = 0; i < weights.Length; i++) cells[i] = [.. cells[i], last(weights[i])];
        }

        int fixedWidth = 3 + weights.Max(w => SchemeName(w).Length);
        int[] widths = [.. all.Select((column, i) => Math.Max(column.Heading.Length, cells.Max(c => c[i].Length)))];
        foreach ((int first, int count) in Tables.Blocks(console.Profile.Width, fixedWidth, widths))
            Tables.Write(console, [new("scheme", false), .. all.Skip(first).Take(count)],
                weights.Select((w, i) => (string[])[SchemeName(w), .. cells[i].Skip(first).Take(count)]));
    }

    /// <summary>A line per class, a column per scheme: for many classes.</summary>
    private static void Down(IAnsiConsole console, ClassWeights[] weights, int[] shown, Func<ClassWeights, double[]> values, Func<double, string> format)
    {
        ClassCounts counts = weights[0].Counts;
        string[][] cells = [.. weights.Select(w => values(w)).Select(v => shown.Select(c => format(v[c])).ToArray())];
        int[] widths = [.. weights.Select((w, i) => Math.Max(SchemeName(w).Length, cells[i].Max(c => c.Length)))];
        int fixedWidth = 3 + Math.Max(5, shown.Max(c => Tables.Short(counts.Labels[c]).Length));
        foreach ((int first, int count) in Tables.Blocks(console.Profile.Width, fixedWidth, widths))
            Tables.Write(console, [new("class", false), .. weights.Skip(first).Take(count).Select(w => new TableColumn(SchemeName(w)))],
                shown.Select((c, i) => (string[])[Tables.Short(counts.Labels[c]), .. cells.Skip(first).Take(count).Select(column => column[i])]));
    }

    private static void Effective(IAnsiConsole console, ClassWeights[] weights) =>
        Tables.Write(console, [new("scheme", false), new("smallest share"), new("largest share"), new("equal rows")],
            weights.Select(w => (w, prior: w.PriorAfter())).Select(p => (string[])
                [SchemeName(p.w), Tables.Percent(p.prior.Min()), Tables.Percent(p.prior.Max()), Tables.Count((long)Math.Round(p.w.EffectiveSampleSize()))]));

    private static string SchemeName(ClassWeights weights) => Tables.Short(weights.Scheme, 32);
}
