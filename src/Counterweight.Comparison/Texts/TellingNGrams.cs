using System.Globalization;
using System.Runtime.CompilerServices;
using Counterweight.Data;

namespace Counterweight.Comparison;

/// <summary>The words and pairs of words of a text column that tell most of a class.</summary>
/// <remarks>
/// They are those with the largest chi-squared statistic of presence against class that the class has more often than the others. Of a bucket the n-gram is
/// named that comes most often in it; they are read again for the buckets shown alone, so that no vocabulary is kept. Where a column has no words, these are
/// pieces of words.
/// </remarks>
public sealed class TellingNGrams
{
    /// <summary>How many are shown of a class.</summary>
    public const int Most = 8;

    /// <summary>A bucket of fewer rows is by chance.</summary>
    private const int FewestRows = 3;

    private const int MostSums = 1 << 23;

    private static readonly ConditionalWeakTable<Dataset, IReadOnlyList<TellingNGrams>> Known = [];

    /// <summary>The text column.</summary>
    public required string Column { get; init; }

    /// <summary>The class.</summary>
    public required string Class { get; init; }

    /// <summary>The n-grams, the most telling first.</summary>
    public required IReadOnlyList<TellingNGram> NGrams { get; init; }

    /// <summary>Finds those of every class in every text column.</summary>
    /// <param name="dataset">The rows.</param>
    /// <returns>Column by column and class by class; empty if there is no text column.</returns>
    public static IReadOnlyList<TellingNGrams> Of(Dataset dataset)
    {
        ArgumentNullException.ThrowIfNull(dataset);
        return Known.GetValue(dataset, static d => [.. d.Columns.OfType<TextColumn>().SelectMany(c => Of(d, c))]);
    }

    /// <summary>In a line: <c>'spam' in text: free (41% of it, 1% of the others), ...</c>.</summary>
    public override string ToString() => $"'{Class}' in {Column}: " + string.Join(", ", NGrams.Select(g => string.Create(
        CultureInfo.InvariantCulture, $"{g.Text} ({g.Share:P0}, elsewhere {g.Elsewhere:P0})"))) + ".";

    private static IEnumerable<TellingNGrams> Of(Dataset dataset, TextColumn column)
    {
        HashedTexts texts = HashedTexts.Of(column);
        int[] labels = dataset.Labels.ToArray();
        List<Found>[] best = Best(texts, labels, dataset.Classes, 0, Comparison.NGrams.FirstCharacters);
        if (best.All(b => b.Count == 0)) best = Best(texts, labels, dataset.Classes, Comparison.NGrams.FirstCharacters, Comparison.NGrams.Buckets);
        Dictionary<int, string> names = Names(column, [.. best.SelectMany(b => b.Select(f => f.Bucket))]);
        for (int c = 0; c < best.Length; c++)
            if (best[c].Count > 0)
                yield return new()
                {
                    Column = column.Name,
                    Class = dataset.ClassNames[c],
                    NGrams = [.. best[c].Select(f => new TellingNGram { Text = names[f.Bucket], Share = f.Share, Elsewhere = f.Elsewhere })],
                };
    }

    /// <summary>For each class its buckets of a range, the most telling first.</summary>
    private static List<Found>[] Best(HashedTexts texts, int[] labels, int classes, int from, int to)
    {
        List<Found>[] best = [.. Enumerable.Range(0, classes).Select(_ => new List<Found>())];
        double[] sizes = new double[classes];
        foreach (int label in labels) sizes[label]++;
        int step = Math.Clamp(MostSums / classes, 1, to - from);
        int[] sums = new int[step * classes];
        for (int first = from; first < to; first += step)
        {
            Array.Clear(sums);
            for (int i = 0; i < labels.Length; i++)
                foreach (uint entry in texts.Row(i))
                {
                    int bucket = HashedTexts.Bucket(entry) - first;
                    if ((uint)bucket < (uint)step && first + bucket < to) sums[(bucket * classes) + labels[i]]++;
                }

            for (int b = 0; b < step && first + b < to; b++)
            {
                ReadOnlySpan<int> own = sums.AsSpan(b * classes, classes);
                int rows = 0;
                foreach (int n in own) rows += n;
                if (rows < FewestRows) continue;
                for (int c = 0; c < classes; c++) Take(best[c], first + b, own[c], rows, sizes[c], labels.Length);
            }
        }

        return best;
    }

    private static void Take(List<Found> best, int bucket, double inClass, double rows, double size, double all)
    {
        double others = all - size, without = all - rows;
        if (!(size > 0 && others > 0 && without > 0) || inClass * others <= (rows - inClass) * size) return;
        double difference = (inClass * (others - (rows - inClass))) - ((rows - inClass) * (size - inClass));
        double statistic = all * difference * difference / (size * others * rows * without);
        if (best.Count == Most && statistic <= best[^1].Statistic) return;
        int at = best.FindIndex(f => f.Statistic < statistic);
        best.Insert(at < 0 ? best.Count : at, new(bucket, statistic, inClass / size, (rows - inClass) / others));
        if (best.Count > Most) best.RemoveAt(Most);
    }

    /// <summary>For each bucket the n-gram that comes most often in it.</summary>
    private static Dictionary<int, string> Names(TextColumn column, HashSet<int> wanted)
    {
        var counts = wanted.ToDictionary(b => b, _ => new Dictionary<string, int>(StringComparer.Ordinal));
        var letters = new FoldedText();
        var sink = new Reader(letters, counts);
        foreach (string? text in column.Texts)
            if (text is not null) Comparison.NGrams.Visit(text, letters, ref sink);
        return counts.ToDictionary(p => p.Key, p => p.Value.OrderByDescending(g => g.Value).ThenBy(g => g.Key, StringComparer.Ordinal).First().Key);
    }

    private readonly record struct Found(int Bucket, double Statistic, double Share, double Elsewhere);

    private readonly struct Reader(FoldedText letters, Dictionary<int, Dictionary<string, int>> counts) : INGramSink
    {
        public void Characters(int bucket, int from, int to) => Count(bucket, from, to, 0, 0);

        public void Words(int bucket, int from, int to, int second, int end) => Count(bucket, from, to, second, end);

        private void Count(int bucket, int from, int to, int second, int end)
        {
            if (!counts.TryGetValue(bucket, out Dictionary<string, int>? own)) return;
            string text = end > 0 ? $"{letters.Text(from, to)} {letters.Text(second, end)}" : letters.Text(from, to);
            own[text] = own.GetValueOrDefault(text) + 1;
        }
    }
}

/// <summary>An n-gram that tells of a class.</summary>
public sealed class TellingNGram
{
    /// <summary>The n-gram, its case folded.</summary>
    public required string Text { get; init; }

    /// <summary>The share of the rows of the class that have it.</summary>
    public required double Share { get; init; }

    /// <summary>The share of all other rows that have it.</summary>
    public required double Elsewhere { get; init; }
}
