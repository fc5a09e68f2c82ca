using System.Globalization;
using Counterweight.Data;

namespace Counterweight.Cli;

/// <summary>The labels and scores of a file, by class.</summary>
/// <param name="Source">What to call the file.</param>
/// <param name="Classes">The names of the classes in the order of their codes.</param>
/// <param name="Labels">N codes.</param>
/// <param name="Columns">The names of the score columns: one per class in the order of the classes, or one.</param>
/// <param name="Scores">Row-major (N, columns).</param>
/// <param name="PositiveClass">The code of the positive class of two; -1 with more.</param>
/// <param name="Matched">Whether the names of the columns said which class each is of.</param>
internal sealed record ScoredFile(string Source, string[] Classes, int[] Labels, string[] Columns, double[] Scores, int PositiveClass, bool Matched)
{
    /// <summary>A weight per row; empty where all count the same.</summary>
    internal ReadOnlyMemory<double> Weights { get; init; }

    /// <summary>How many bins the scores were counted in; null where each row was read.</summary>
    internal int? Bins { get; init; }

    /// <summary>The number of rows of each class, where not every row is here.</summary>
    internal long[]? Counted { get; init; }

    /// <summary>Reads labels and scores, and finds out which column belongs to which class.</summary>
    internal static ScoredFile Read(Invocation run, string path, string target, IReadOnlyList<string> wanted, IReadOnlyList<string> classes, string? positive)
    {
        string[] names = [.. wanted];
        Dataset data = DatasetReader.Read(path, Chosen, run.Reading, run.Cancellation);

        (string, DatasetOptions) Chosen(IReadOnlyList<string> all)
        {
            names = [.. wanted.Select(name => Name(name, all, path))];
            bool isIndex = int.TryParse(target, NumberStyles.None, CultureInfo.InvariantCulture, out int index) && !all.Contains(target);
            string label = isIndex && index < all.Count ? all[index] : target;
            if (names.Contains(label)) throw new UsageException($"'{label}' is the label column; it cannot be a score column too.");
            if (names.Distinct().Count() < names.Length) throw new UsageException("--scores names a column twice.");
            return (target, run.Reading with { Aside = names, Drop = [.. all.Where(c => !names.Contains(c) && c != label && c != run.Reading.SampleWeight)] });
        }

        string source = path == "-" ? "standard input" : path;
        string[] known = classes.Count > 0 ? Listed(data, classes, source) : [.. data.ClassNames];
        int[] matched = Match(names, known);
        bool byName = matched.All(c => c >= 0) && matched.Distinct().Count() == matched.Length;
        if (names.Length > 1 && names.Length != known.Length)
        {
            int missing = byName ? Enumerable.Range(0, known.Length).FirstOrDefault(c => !matched.Contains(c), -1) : -1;
            int row = missing < 0 ? -1 : data.Labels.IndexOf(Array.IndexOf([.. data.ClassNames], known[missing]));
            throw row >= 0
                ? new UnusableDataException($"the label '{known[missing]}' has no score column; the columns are of "
                + $"{string.Join(", ", matched.Select(c => known[c]))}. Add its column, or remove the row.", source, row + 1L, data.Target)
                : new UnusableDataException(
                    $"there are {names.Length} score columns and {known.Length} classes ({Tables.Short(string.Join(", ", known), 60)}); one per class is "
                    + $"needed, in the order of the classes, or for two classes that of the positive one. "
                    + "A class that no row has is named by --classes.", source);
        }

        if (names.Length == 1 && known.Length != 2)
            throw new UnusableDataException($"there is one score column and {known.Length} classes ({Tables.Short(string.Join(", ", known), 60)}); one "
                + $"column per class is needed.", source);
        int positiveClass = known.Length != 2 ? -1 : Positive(data, known, names.Length == 1 && byName ? matched[0] : -1, positive);
        if (known.Length != 2 && positive is not null) throw new UsageException($"--positive is for two classes; there are {known.Length}.");

        if (names.Length > 1 && byName) names = [.. Enumerable.Range(0, names.Length).Select(c => names[Array.IndexOf(matched, c)])];
        int[] labels = [.. data.Labels];
        if (classes.Count > 0)
            for (int i = 0; i < labels.Length; i++) labels[i] = Array.IndexOf(known, data.ClassNames[labels[i]]);
        double[] scores = new double[labels.Length * names.Length];
        for (int c = 0; c < names.Length; c++) Copy(data[names[c]], scores, c, names.Length, source);
        return new(source, known, labels, names, scores, positiveClass, byName) { Weights = data.SampleWeights };
    }

    internal static string Name(string wanted, IReadOnlyList<string> all, string path)
    {
        if (all.Contains(wanted)) return wanted;
        if (int.TryParse(wanted, NumberStyles.None, CultureInfo.InvariantCulture, out int index) && index < all.Count) return all[index];
        throw new UnusableDataException($"there is no column '{wanted}' for the scores. {NearestName.Hint(wanted, all)}", path);
    }

    private static string[] Listed(Dataset data, IReadOnlyList<string> classes, string source)
    {
        if (classes.Count < 2 || classes.Distinct().Count() < classes.Count) throw new UsageException("--classes names two or more different classes.");
        for (int i = 0; i < data.Rows; i++)
            if (!classes.Contains(data.ClassNames[data.Labels[i]]))
                throw new UnusableDataException($"the label '{data.ClassNames[data.Labels[i]]}' is not in the class list ({string.Join(", ", classes)}).",
                    source, i + 1L, data.Target);
        return [.. classes];
    }

    /// <summary>The class that each column's name ends with, after nothing or a separator; the longest if several do; -1 if none does.</summary>
    internal static int[] Match(string[] columns, string[] classes) =>
    [
        .. columns.Select(column => Enumerable.Range(0, classes.Length)
            .Where(c => column.EndsWith(classes[c], StringComparison.Ordinal)
                && (column.Length == classes[c].Length || !char.IsLetterOrDigit(column[^(classes[c].Length + 1)])))
            .OrderByDescending(c => classes[c].Length).Select(c => (int?)c).FirstOrDefault() ?? -1),
    ];

    private static int Positive(Dataset data, string[] known, int named, string? positive)
    {
        if (positive is not null)
        {
            int code = Array.IndexOf(known, positive);
            return code >= 0 ? code : throw new UsageException($"There is no class '{positive}' for --positive. {NearestName.Hint(positive, known)}");
        }

        if (named >= 0) return named;
        long first = 0;
        foreach (int label in data.Labels) first += data.ClassNames[label] == known[0] ? 1 : 0;
        return first < data.Rows - first ? 0 : 1;
    }

    private static void Copy(Column column, double[] scores, int offset, int stride, string source)
    {
        if (column is not NumericColumn numeric)
        {
            int row = Enumerable.Range(0, column.Rows)
                .FirstOrDefault(r => !double.TryParse(column.Text(r), NumberStyles.Float, CultureInfo.InvariantCulture, out _));
            throw new UnusableDataException($"'{Tables.Short(column.Text(row))}' is no number; scores are numbers.", source, row + 1L, column.Name);
        }

        ReadOnlySpan<double> values = numeric.Values;
        for (int i = 0; i < values.Length; i++)
        {
            if (double.IsNaN(values[i]))
                throw new UnusableDataException("the score is missing. Remove the row or score it again.", source, i + 1L, column.Name);
            scores[i * stride + offset] = values[i];
        }
    }
}
