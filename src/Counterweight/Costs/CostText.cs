using System.Globalization;
using System.Text;

namespace Counterweight;

/// <summary>The text of a file of costs: lines of fields, a cost per class or a matrix.</summary>
internal static class CostText
{
    private const int NamesShown = 20;

    /// <summary>
    /// The fields of every line. A line with semicolons is split at them, else at tabs, else at commas; what stands in quotation marks is one field. Empty
    /// lines and lines that start with # are skipped.
    /// </summary>
    internal static string[][] Lines(string text) =>
    [
        .. text.Split('\n', StringSplitOptions.TrimEntries).Where(line => line.Length > 0 && line[0] != '#').Select(line => line.TrimStart('\ufeff'))
            .Select(line => Fields(line, Outside(line, ';') ? ';' : Outside(line, '\t') ? '\t' : ',')),
    ];

    /// <summary>Reads a number; a decimal comma is read where it does not separate fields, as in <c>dog;2,5</c>.</summary>
    internal static bool Number(string field, out double value)
    {
        if (field.Count(c => c == ',') == 1 && !field.Contains('.', StringComparison.Ordinal)) field = field.Replace(',', '.');
        return double.TryParse(field, NumberStyles.Float, CultureInfo.InvariantCulture, out value);
    }

    /// <summary>Whether lines hold a class and its cost each, rather than a matrix.</summary>
    internal static bool IsPerClass(string[][] lines, IReadOnlyList<string> labels)
    {
        if (lines.Length == 0 || lines.Any(l => l.Length != 2)) return false;
        if (labels.Count != 2) return lines.Any(l => labels.Contains(l[0], StringComparer.Ordinal) || !Number(l[0], out _));
        if (lines.Length == 3 && IsHeading(lines[0], labels)) return true;
        if (lines.Any(l => !Number(l[0], out _))) return true;
        bool names = lines.Length == 2 && lines.Select(l => l[0]).Order(StringComparer.Ordinal).SequenceEqual(labels.Order(StringComparer.Ordinal));
        return names && !(lines[0][0] == "0" && lines[1][1] == "0"); // a zero diagonal: two lines of two costs
    }

    /// <summary>The costs of lines of a class and its cost, in the order of the labels.</summary>
    internal static double[] PerClass(string[][] lines, IReadOnlyList<string> labels, string? file)
    {
        int first = IsHeading(lines[0], labels) ? 1 : 0;
        int[] codes = Codes([.. lines.Skip(first).Select(l => l[0])], labels, "classes (first field of each line)", file);
        double[] costs = new double[labels.Count];
        for (int i = 0; i < codes.Length; i++)
        {
            string field = lines[i + first][1];
            if (!Number(field, out double cost) || !(cost is >= 0 and <= CostMatrix.Largest))
                throw new UnusableDataException($"'{field}' is no cost, which is a finite number of zero or more, 1E+100 at most.", file, i + 1,
                    labels[codes[i]]);
            costs[codes[i]] = cost;
        }

        return costs.Any(c => c > 0) ? costs : throw new UnusableDataException("Every cost is zero; at least one must be positive.", file);
    }

    /// <summary>The codes of names that must be the labels, each once, in any order; what is too much, missing or twice is named.</summary>
    internal static int[] Codes(string[] names, IReadOnlyList<string> labels, string what, string? file)
    {
        var codeOf = new Dictionary<string, int>(StringComparer.Ordinal);
        for (int c = 0; c < labels.Count; c++) codeOf[labels[c]] = c;
        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (string name in names)
            if (!seen.Add(name)) throw new UnusableDataException($"'{name}' stands twice among the {what}.", file);
        string[] unknown = [.. names.Where(n => !codeOf.ContainsKey(n))], missing = [.. labels.Where(l => !seen.Contains(l))];
        if (unknown.Length > 0)
            throw new UnusableDataException(
                $"{Quoted(unknown)} among the {what} {(unknown.Length == 1 ? "is no class" : "are no classes")}; the classes are {Join(labels)}."
                + (missing.Length > 0 ? $" {Quoted(missing)} {(missing.Length == 1 ? "is" : "are")} missing." : ""), file);
        return missing.Length == 0 ? [.. names.Select(n => codeOf[n])]
            : throw new UnusableDataException($"{Quoted(missing)} {(missing.Length == 1 ? "is" : "are")} missing among the {what}; every class "
                + $"needs its costs.",
                file);
    }

    internal static string Join(IReadOnlyList<string> labels) =>
        labels.Count <= NamesShown ? string.Join(", ", labels) : string.Join(", ", labels.Take(NamesShown)) + $" and {labels.Count - NamesShown} more";

    private static string Quoted(string[] names) => Join([.. names.Select(n => $"'{n}'")]);

    /// <summary>A first line such as <c>class,cost</c>: its second field is no number and its first no class.</summary>
    private static bool IsHeading(string[] line, IReadOnlyList<string> labels) => !Number(line[1], out _) && !labels.Contains(line[0], StringComparer.Ordinal);

    private static bool Outside(string line, char wanted)
    {
        bool quoted = false;
        foreach (char c in line)
        {
            if (c == '"') quoted = !quoted;
            if (c == wanted && !quoted) return true;
        }

        return false;
    }

    private static string[] Fields(string line, char separator)
    {
        var fields = new List<string>();
        var field = new StringBuilder();
        bool quoted = false;
        for (int i = 0; i <= line.Length; i++)
        {
            if (i < line.Length && line[i] == '"')
            {
                if (quoted && i + 1 < line.Length && line[i + 1] == '"') field.Append(line[i++]);
                else quoted = !quoted;
            }
            else if (i == line.Length || (line[i] == separator && !quoted))
            {
                fields.Add(field.ToString().Trim());
                field.Clear();
            }
            else
            {
                field.Append(line[i]);
            }
        }

        return [.. fields];
    }
}
