using System.Globalization;

namespace Counterweight.Cli;

/// <summary>Reads <c>--costs FILE</c>: a cost per class, or a matrix of true class by predicted class.</summary>
internal static class CostsFile
{
    /// <summary>A cost per class. Of a matrix it is what a row of the class costs when it is wrong, summed over the wrong classes (Ting, 2002).</summary>
    internal static double[] PerClass(string path, IReadOnlyList<string> labels)
    {
        string text = Text(path);
        if (Pairs(text, labels) is double[] pairs) return pairs;
        CostMatrix matrix = CostMatrix.Parse(text, labels, path);
        double[] costs = new double[labels.Count];
        for (int t = 0; t < costs.Length; t++)
            for (int p = 0; p < costs.Length; p++)
                if (p != t) costs[t] += matrix[t, p];
        return costs;
    }

    /// <summary>Costs as a matrix; a cost per class is the cost of every wrong decision on it.</summary>
    internal static CostMatrix Matrix(string path, IReadOnlyList<string> labels)
    {
        string text = Text(path);
        if (Pairs(text, labels) is not double[] pairs) return CostMatrix.Parse(text, labels, path);
        double[,] costs = new double[labels.Count, labels.Count];
        for (int t = 0; t < labels.Count; t++)
            for (int p = 0; p < labels.Count; p++)
                if (p != t) costs[t, p] = pairs[t];
        return CostMatrix.From(costs);
    }

    /// <summary>The text of a file, or of standard input.</summary>
    internal static string Text(string path)
    {
        if (path == "-") return Console.In.ReadToEnd();
        if (Directory.Exists(path)) throw new UnusableDataException("this is a folder; a file of costs is needed.", path);
        return File.Exists(path) ? File.ReadAllText(path) : throw new UnusableDataException("there is no such file of costs.", path);
    }

    /// <summary>Lines of a label and its cost, with or without a heading; null if the text is something else.</summary>
    private static double[]? Pairs(string text, IReadOnlyList<string> labels)
    {
        string[][] lines =
        [
            .. text.Split('\n', StringSplitOptions.TrimEntries).Where(line => line.Length > 0 && line[0] != '#')
                .Select(line => line.Split([',', ';', '\t'], StringSplitOptions.TrimEntries)),
        ];
        if (lines.Length == labels.Count + 1 && lines[0].Length == 2 && !double.TryParse(lines[0][1], NumberStyles.Float, CultureInfo.InvariantCulture, out _))
            lines = lines[1..];
        if (lines.Length != labels.Count || lines.Any(l => l.Length != 2)) return null;
        double[] costs = new double[labels.Count];
        bool[] found = new bool[labels.Count];
        foreach (string[] line in lines)
        {
            int code = labels.ToList().IndexOf(line[0].Trim('"'));
            if (code < 0 || found[code] || !double.TryParse(line[1], NumberStyles.Float, CultureInfo.InvariantCulture, out costs[code])) return null;
            found[code] = true;
        }

        bool matrixOfTwo = labels.Count == 2 && lines[0][0] == "0" && lines[1][1] == "0"; // a zero diagonal: two lines of two costs
        return matrixOfTwo ? null : costs;
    }
}
