using System.Globalization;
using Counterweight.Report;
using Spectre.Console;

namespace Counterweight.Cli;

/// <summary>One column of a table: its heading and whether its cells are numbers, which stand to the right.</summary>
internal sealed record TableColumn(string Heading, bool Number = true);

/// <summary>Tables and numbers as every verb prints them: no lines but one under the headings, three blanks between columns, all within the width.</summary>
internal static class Tables
{
    /// <summary>The blanks between two columns.</summary>
    private const int Gap = 3;

    /// <summary>Writes a table. Cells are plain text, not markup.</summary>
    internal static void Write(IAnsiConsole console, IReadOnlyList<TableColumn> columns, IEnumerable<IReadOnlyList<string>> rows)
    {
        Table table = new Table().Border(TableBorder.Simple);
        table.UseSafeBorder = false;
        foreach (TableColumn column in columns)
        {
            var made = new Spectre.Console.TableColumn(
                new Text(Visible.Line(column.Heading), new Style(decoration: Decoration.Bold)))
            { Alignment = column.Number ? Justify.Right : Justify.Left };
            table.AddColumn(column.Number ? made.NoWrap() : made);
        }

        foreach (IReadOnlyList<string> row in rows) table.AddRow(row.Select(cell => new Text(Visible.Lines(cell))));
        WriteTrimmed(console, table);
    }

    /// <summary>Writes a heading above a table.</summary>
    internal static void Heading(IAnsiConsole console, string text) =>
        console.Write(new Text(Visible.Line(text) + "\n", new Style(decoration: Decoration.Bold)));

    /// <summary>Writes running text, broken at the width.</summary>
    internal static void Line(IAnsiConsole console, string text = "") => console.Write(new Text(Visible.Line(text) + "\n"));

    /// <summary>Writes a paragraph broken between words, its lines after the first indented.</summary>
    /// <param name="console">Where to.</param>
    /// <param name="text">The words.</param>
    /// <param name="indent">The blanks before the second and every other line.</param>
    /// <param name="first">What the first line begins with.</param>
    /// <param name="end">What stands at the end of a line that goes on.</param>
    internal static void Paragraph(IAnsiConsole console, string text, int indent = 0, string first = "", string end = "")
    {
        int width = Math.Max(20 + indent, console.Profile.Width - end.Length);
        text = Visible.Line(text);
        var line = new System.Text.StringBuilder(first);
        int used = Cells(first), empty = used;
        foreach (string word in text.Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            int length = Cells(word);
            if (used > empty && used + 1 + length > width)
            {
                Line(console, line.Append(end).ToString());
                line.Clear().Append(' ', indent);
                used = empty = indent;
            }

            if (used > empty) line.Append(' ');
            line.Append(word);
            used += length + (used > empty ? 1 : 0);
        }

        Line(console, line.ToString());
    }

    /// <summary>The columns of a terminal that a text takes.</summary>
    private static int Cells(string text) => new Spectre.Console.Rendering.Segment(text).CellCount();

    /// <summary>Splits columns into blocks that fit the width together with the columns that stand in every block.</summary>
    /// <param name="width">The columns of a line.</param>
    /// <param name="fixedWidth">What the repeated columns take, with a margin of three.</param>
    /// <param name="widths">What each other column takes.</param>
    /// <returns>The index of the first column of each block and the number of its columns.</returns>
    internal static IEnumerable<(int First, int Count)> Blocks(int width, int fixedWidth, IReadOnlyList<int> widths)
    {
        for (int first = 0; first < widths.Count;)
        {
            int count = 0, used = fixedWidth;
            while (first + count < widths.Count && (count == 0 || used + widths[first + count] + Gap <= width)) used += widths[first + count++] + Gap;
            yield return (first, count);
            first += count;
        }
    }

    /// <summary>A whole number with thousands separated: <c>9,857</c>.</summary>
    internal static string Count(long value) => value.ToString("N0", CultureInfo.InvariantCulture);

    /// <summary>A number with a few significant digits and no exponent unless it is tiny or huge: <c>0.5278</c>, <c>18.07</c>.</summary>
    internal static string Number(double value, int digits = 4) => Figures.Short(value, digits);

    /// <summary>A share as a percentage with one decimal: <c>5.2 %</c>; shares below a tenth of a percent keep two digits.</summary>
    internal static string Percent(double share) =>
        share is > 0 and < 0.001 ? $"{Number(100 * share, 2)} %" : string.Create(CultureInfo.InvariantCulture, $"{100 * share:F1} %");

    /// <summary>A text of the data in one line no longer than some columns, its end replaced by three dots if it was.</summary>
    internal static string Short(string text, int longest = 24)
    {
        string line = Visible.Line(text);
        if (line.Length <= longest) return line;
        int end = longest - 3;
        return string.Concat(line.AsSpan(0, char.IsHighSurrogate(line[end - 1]) ? end - 1 : end), "...");
    }

    /// <summary>A bar for a share of the largest, at least one mark long if the share is not zero.</summary>
    internal static string Bar(double share, int width) => new('#', share <= 0 ? 0 : Math.Max(1, (int)Math.Round(share * width)));

    /// <summary>Writes without the blank line above and the blanks that a table puts at the ends of lines.</summary>
    private static void WriteTrimmed(IAnsiConsole console, Table table)
    {
        bool ansi = console.Profile.Capabilities.Ansi;
        using var text = new StringWriter(CultureInfo.InvariantCulture) { NewLine = "\n" };
        IAnsiConsole copy = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Out = new AnsiConsoleOutput(text),
            Ansi = ansi ? AnsiSupport.Yes : AnsiSupport.No,
            ColorSystem = ColorSystemSupport.NoColors,
            Interactive = InteractionSupport.No,
        });
        copy.Profile.Width = console.Profile.Width;
        copy.Profile.Capabilities.Unicode = true;
        copy.Write(table);
        foreach (string line in text.ToString().Split('\n').SkipWhile(string.IsNullOrWhiteSpace).SkipLast(1))
            console.Profile.Out.Writer.Write(line.TrimEnd() + "\n");
    }
}
