using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Counterweight.LightGbm;

namespace Counterweight.Comparison;

/// <summary>Rewrites the trees of a gbdt model, which compare prepared values, into trees that compare the values of the columns themselves.</summary>
/// <remarks>
/// <para>Preparing a number never changes the order of two, so that a threshold becomes the largest double that is prepared to at most the threshold: each
/// number goes the way that it went. What is not a number goes where the prepared value of a missing one did, and a question for the column that marks missing
/// values becomes one for the column whose values they are.</para>
/// <para>A category is its place among those that training saw. LightGBM sends one that it does not know to the right; where the last code, which stands for
/// the unknown, went to the left, the set is turned into its complement and the children change places.</para>
/// </remarks>
internal static class LightGbmText
{
    private const string Largest = "1.7976931348623157e+308";
    private const int MissingIsNaN = 2 << 2, MissingGoesLeft = 2, IsCategory = 1;

    /// <summary>The text of a model that takes the columns as they are.</summary>
    /// <param name="preparation">The preparation that the trees were grown on.</param>
    /// <param name="form">The trees.</param>
    /// <param name="fillIn">Whether missing numbers were filled in.</param>
    /// <exception cref="NotSupportedException">There are trees that have no such form.</exception>
    internal static string Of(Preprocessor preparation, BoostedForm form, bool fillIn)
    {
        string text = form.Text();
        int trees = text.IndexOf("\nTree=", StringComparison.Ordinal) + 1, end = text.IndexOf("end of trees", StringComparison.Ordinal);
        var written = new List<string>();
        foreach (string block in text[trees..end].Split("Tree=", StringSplitOptions.RemoveEmptyEntries))
            written.Add($"Tree={Tree(block, form.Trees[written.Count], preparation.Columns, fillIn)}");
        var result = new StringBuilder();
        foreach (string line in text[..trees].TrimEnd('\n').Split('\n'))
            result.Append(Header(line, preparation.Columns, written)).Append('\n');
        result.Append('\n');
        foreach (string tree in written) result.Append(tree);
        result.Append("end of trees\n\n");
        int parameters = text.IndexOf("\nparameters:", end, StringComparison.Ordinal);
        int parametersEnd = text.IndexOf("\nend of parameters", StringComparison.Ordinal);
        if (parameters >= 0 && parametersEnd > parameters) result.Append(text, parameters + 1, parametersEnd - parameters).Append("end of parameters\n");
        string section = ModelText.Section(text);
        if (section.Length > 0) result.Append(Section(section, preparation.Columns.Count));
        string[][] levels = [.. preparation.Columns.Where(c => c.Levels is not null).Select(c => c.Levels!.ToArray())];
        if (levels.Length > 0) result.Append("\npandas_categorical:").Append(new JsonArray([.. levels.Select(Names)]).ToJsonString()).Append('\n');
        return result.ToString();

        static JsonNode Names(string[] names) => new JsonArray([.. names.Select(n => JsonValue.Create(n))]);
    }

    private static string Header(string line, IReadOnlyList<FittedColumn> columns, List<string> trees)
    {
        int equals = line.IndexOf('=', StringComparison.Ordinal);
        if (equals < 0) return line;
        string key = line[..equals], value = line[(equals + 1)..];
        return key switch
        {
            "max_feature_idx" => $"{key}={columns.Count - 1}",
            "feature_names" => $"{key}={string.Join(' ', value.Split(' ').Take(columns.Count))}",
            "feature_infos" => $"{key}={string.Join(' ', value.Split(' ').Take(columns.Count).Select((info, c) => Range(info, columns[c])))}",
            "tree_sizes" => $"{key}={string.Join(' ', trees.Select(t => t.Length))}",
            _ => line,
        };
    }

    /// <summary>The range of a number, [least:most], in the column's own values.</summary>
    private static string Range(string info, FittedColumn column)
    {
        string[] ends = info.Trim('[', ']').Split(':');
        if (column.Levels is not null || !info.StartsWith('[') || ends.Length != 2) return info;
        var scale = new ColumnScale(column.Mean, column.Scale);
        return $"[{string.Join(':', ends.Select(e => Text(scale.Restore(double.Parse(e, CultureInfo.InvariantCulture)))))}]";
    }

    private static string Section(string section, int columns)
    {
        string[] lines = section.Split('\n');
        JsonNode json = JsonNode.Parse(lines[2])!;
        if (json["columns"] is JsonArray names)
            while (names.Count > columns) names.RemoveAt(names.Count - 1);
        lines[2] = json.ToJsonString();
        return string.Join('\n', lines);
    }

    private static string Tree(string block, BoostedTree tree, IReadOnlyList<FittedColumn> columns, bool fillIn)
    {
        if (tree.Columns.Length == 0) return block;
        int nodes = tree.Columns.Length;
        int[] own = new int[nodes], decisions = new int[nodes], left = [.. tree.Left], right = [.. tree.Right];
        string[] thresholds = new string[nodes];
        List<uint> words = [];
        List<int> boundaries = [0];
        int[] marked = [.. Enumerable.Range(0, columns.Count).Where(c => columns[c].HasMissing)];
        for (int i = 0; i < nodes; i++)
        {
            int column = tree.Columns[i];
            if (column >= columns.Count)
            {
                // Whether a value is missing: numbers go left of the largest one, and NaN where it is told to.
                int[] set = tree.Set(i);
                (own[i], thresholds[i]) = (marked[column - columns.Count], Largest);
                bool there = set.Contains(0), missing = set.Contains(1);
                if (!there) (left[i], right[i]) = (right[i], left[i]);
                decisions[i] = MissingIsNaN | (there == missing ? MissingGoesLeft : 0);
                continue;
            }

            own[i] = column;
            FittedColumn fitted = columns[column];
            if (fitted.Levels is null)
            {
                int missing = tree.Decisions[i] >> 2 & 3;
                if (missing == 1) throw new NotSupportedException("Its trees count zeros as missing.");
                thresholds[i] = Text(Own(fitted, tree.Thresholds[i]));
                bool goesLeft = !fillIn && missing == 2 ? (tree.Decisions[i] & MissingGoesLeft) != 0 : tree.Thresholds[i] >= 0;
                decisions[i] = MissingIsNaN | (goesLeft ? MissingGoesLeft : 0);
                continue;
            }

            int unknown = fitted.Levels.Count;
            var known = new HashSet<int>(tree.Set(i));
            if (known.Contains(unknown))
            {
                known = [.. Enumerable.Range(0, unknown).Where(c => !known.Contains(c))];
                (left[i], right[i]) = (right[i], left[i]);
            }

            uint[] bits = new uint[(known.Count == 0 ? 0 : known.Max() / 32) + 1];
            foreach (int code in known) bits[code / 32] |= 1u << (code % 32);
            (thresholds[i], decisions[i]) = (Text(boundaries.Count - 1), IsCategory);
            words.AddRange(bits);
            boundaries.Add(words.Count);
        }

        var result = new StringBuilder();
        bool sets = boundaries.Count > 1;
        foreach (string line in block.TrimEnd('\n').Split('\n'))
        {
            int equals = line.IndexOf('=', StringComparison.Ordinal);
            string key = equals < 0 ? "" : line[..equals];
            string? value = key switch
            {
                "num_cat" => $"{boundaries.Count - 1}",
                "split_feature" => string.Join(' ', own),
                "threshold" => string.Join(' ', thresholds),
                "decision_type" => string.Join(' ', decisions),
                "left_child" => string.Join(' ', left),
                "right_child" => string.Join(' ', right),
                "cat_boundaries" or "cat_threshold" => null,
                _ => equals < 0 ? "" : line[(equals + 1)..],
            };
            if (value is null) continue;
            result.Append(equals < 0 ? line : $"{key}={value}").Append('\n');
            if (key == "right_child" && sets) result.Append(CultureInfo.InvariantCulture,
                $"cat_boundaries={string.Join(' ', boundaries)}\ncat_threshold={string.Join(' ', words)}\n");
        }

        return result.Append("\n\n").ToString();
    }

    /// <summary>The largest value of a column that is prepared to at most a threshold.</summary>
    private static double Own(FittedColumn column, double threshold)
    {
        // Doubles in their order, as whole numbers.
        static double Of(long place) => BitConverter.Int64BitsToDouble(place >= 0 ? place : long.MinValue - place);
        long low = -BitConverter.DoubleToInt64Bits(double.MaxValue), high = BitConverter.DoubleToInt64Bits(double.MaxValue);
        if (!(column.Scaled(Of(low)) <= threshold)) return double.MinValue;
        while (low < high)
        {
            // Between the lowest and the highest double there are more places than a long can count.
            ulong gap = (ulong)high - (ulong)low;
            long middle = low + (long)((gap / 2) + (gap % 2));
            if (column.Scaled(Of(middle)) <= threshold) low = middle;
            else high = middle - 1;
        }

        return Of(low);
    }

    private static string Text(double value) => value.ToString("R", CultureInfo.InvariantCulture);
}
