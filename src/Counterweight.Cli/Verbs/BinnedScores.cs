using System.Globalization;
using Counterweight.Comparison;
using Counterweight.Data;
using Counterweight.Databases;
using Counterweight.Report;

namespace Counterweight.Cli;

/// <summary>Scores that a database counts in bins, so that no row of it is read.</summary>
/// <remarks>
/// A row stands at the smallest number that falls into its bin, so that a threshold found here decides every row of the database as it decided its bin.
/// Beyond <see cref="MostRows"/> rows in all several rows of a bin stand together with their number as weight, about <see cref="MostEntries"/> entries of a
/// class, which makes intervals wider, never narrower.
/// </remarks>
internal static class BinnedScores
{
    internal const int Default = 10_000;

    private const int MostBins = 10_000_000, MostRows = 1_000_000, MostEntries = 20_000;

    /// <summary>Asks for the bins, and makes rows of them.</summary>
    internal static ScoredFile Read(Invocation run, DatabaseSource database, string target, IReadOnlyList<string> scores, IReadOnlyList<string> classes,
        string? positive, int bins, bool logits)
    {
        if (bins is < 10 or > MostBins) throw new UsageException($"--bins is 10 to {MostBins}; {bins} is not.");
        if (run.Reading.SampleWeight is not null)
            throw new UsageException("--sample-weight does not go with bins of a database; read a sample of the rows with --max-rows N.");
        if (scores.Count != 1)
            throw new UsageException("A database counts one score column in bins, of two classes; with more, read a sample of the rows with --max-rows N.");
        string name = database.Name, score = ScoredFile.Name(scores[0], database.ColumnNames, name), label = Label(database, target);
        if (score == label) throw new UsageException($"'{label}' is the label column; it cannot be a score column too.");
        IReadOnlyList<BinGroup> groups = database.CountBins(label, score, bins, logits, run.Cancellation);
        Refuse(groups, name, label, score, logits);
        string[] found = LabelOrder(groups), known = classes.Count > 0 ? [.. classes] : found;
        if (known.Length != 2 || known.Distinct().Count() < 2)
            throw new UnusableDataException(
                $"there are {known.Length} classes ({Tables.Short(string.Join(", ", known), 60)}), and one score column is of two.", name, null, label);
        if (Array.Find(found, f => !known.Contains(f)) is string stranger)
            throw new UnusableDataException($"the label '{stranger}' is not in the class list ({string.Join(", ", known)}).", name, null, label);
        long[] counted = new long[2];
        foreach (BinGroup group in groups) counted[Array.IndexOf(known, group.Label)] += group.Rows;
        int[] matched = ScoredFile.Match([score], known);
        int positiveClass = Positive(known, counted, matched[0], positive);
        return Rows(groups, name, known, counted, score, positiveClass, matched[0] >= 0, bins);
    }

    /// <summary>What is said of the threshold.</summary>
    internal static string Resolution(int bins) => string.Create(CultureInfo.InvariantCulture,
        $"Counted in {Tables.Count(bins)} bins of the score: the threshold is the best among their edges, {1.0 / bins:0.##########} apart.");

    /// <summary>The document with the numbers of all rows of the database.</summary>
    internal static DecideDocument Complete(DecideDocument document, ScoredFile scored)
    {
        if (scored.Counted is not { } counted || scored.Bins is not int bins) return document;
        long rows = counted.Sum();
        double times = (double)rows / document.Rows;
        CostEntry? cost = document.Cost is { } c ? new(c.Before * times, c.After * times, c.Saved * times, c.CiLow * times, c.CiHigh * times) : null;
        return document with
        {
            Rows = rows,
            Classes = [.. counted.Select((n, i) => new ClassEntry(scored.Classes[i], n, (double)n / rows))],
            Cost = cost,
            Warnings = [.. document.Warnings.Where(w => w.Code != "weighted-rows"), new("binned-scores", Resolution(bins))],
        };
    }

    private static ScoredFile Rows(
        IReadOnlyList<BinGroup> groups, string name, string[] known, long[] counted, string score, int positiveClass, bool matched, int bins)
    {
        List<int> labels = [];
        List<double> values = [], weights = [];
        bool together = false, all = counted.Sum() <= MostRows;
        foreach (BinGroup group in groups.OrderBy(g => g.Bin).ThenBy(g => g.Label, StringComparer.Ordinal))
        {
            int c = Array.IndexOf(known, group.Label);
            long each = all ? 1 : (counted[c] + MostEntries - 1) / MostEntries;
            double edge = ScoreBins.Edge(group.Bin, bins);
            together |= each > 1;
            for (long left = group.Rows; left > 0; left -= each)
            {
                labels.Add(c);
                values.Add(edge);
                weights.Add(Math.Min(each, left));
            }
        }

        return new(name, known, [.. labels], [score], [.. values], positiveClass, matched)
        {
            Weights = together ? weights.ToArray() : default(ReadOnlyMemory<double>),
            Bins = bins,
            Counted = counted,
        };
    }

    private static string Label(DatabaseSource database, string target)
    {
        IReadOnlyList<string> all = database.ColumnNames;
        if (all.Contains(target)) return target;
        if (int.TryParse(target, NumberStyles.None, CultureInfo.InvariantCulture, out int index) && index < all.Count) return all[index];
        throw new UnusableDataException($"there is no column '{target}' for the label. {NearestName.Hint(target, all)}", database.Name);
    }

    private static void Refuse(IReadOnlyList<BinGroup> groups, string name, string label, string score, bool logits)
    {
        if (groups.Count == 0) throw new UnusableDataException("there are no rows. Labels and scores of rows are needed.", name);
        long none = Sum(g => g.Label is null), missing = Sum(g => g.Bin == -1), outside = Sum(g => g.Bin is -2 or -3);
        if (none > 0) throw new UnusableDataException($"{none} rows have no label. Fill it in, or leave them out with a --query.", name, null, label);
        if (missing > 0) throw new UnusableDataException($"{missing} rows have no score. Score them, or leave them out with a --query.", name, null, score);
        if (outside > 0)
            throw new UnusableDataException($"{outside} rows have a score outside 0..1, which is no probability."
                + (logits ? "" : " Raw scores such as margins or logits are read with --logits."), name, null, score);

        long Sum(Func<BinGroup, bool> which) => groups.Where(which).Sum(g => g.Rows);
    }

    private static string[] LabelOrder(IReadOnlyList<BinGroup> groups) => [.. ClassCounts.FromDictionary(
        groups.GroupBy(g => g.Label!, StringComparer.Ordinal).ToDictionary(g => g.Key, g => g.Sum(x => x.Rows), StringComparer.Ordinal)).Labels];

    private static int Positive(string[] known, long[] counted, int named, string? positive)
    {
        if (positive is null) return named >= 0 ? named : counted[0] < counted[1] ? 0 : 1;
        int code = Array.IndexOf(known, positive);
        return code >= 0 ? code : throw new UsageException($"There is no class '{positive}' for --positive. {NearestName.Hint(positive, known)}");
    }
}
