using System.Collections.Concurrent;
using System.Runtime.CompilerServices;

namespace Counterweight.Comparison;

/// <summary>The texts of rows as <see cref="TextRegression"/> goes through them: the n-grams that enough rows have, row by row and part by part.</summary>
/// <remarks>It depends on the rows alone, so that it is made once for all candidates that train on them, and lives as long as they do.</remarks>
internal sealed class TextLayout
{
    /// <summary>The bits of an entry that count; the others are the place of its bucket.</summary>
    internal const int CountBits = 10;

    /// <summary>An n-gram that comes more often counts as often as this.</summary>
    internal const int MostCount = (1 << CountBits) - 1;

    private const int MostBuckets = 1 << (32 - CountBits);

    /// <summary>A bucket of fewer training rows is by chance: it cannot be confirmed by another row.</summary>
    private const int FewestRows = 2;

    private static readonly ConditionalWeakTable<IReadOnlyList<TextRows>, ConcurrentDictionary<int, Lazy<TextLayout>>> Known = [];

    private TextLayout(IReadOnlyList<TextRows> texts, int most)
    {
        int rows = texts[0].Count, parts = texts.Count * TextRows.Parts;
        Kept = Keep(texts, most);
        (Places, Segments, Entries) = LayOut(texts, Kept);
        Norms = new float[rows * parts];
        BucketWeights = new float[Kept.Sum(k => k.Length)];
        for (int t = 0; t < Kept.Length; t++)
        {
            TextRows own = texts[t];
            for (int i = 0; i < Kept[t].Length; i++) BucketWeights[Places[t][i]] = own.Weights[Kept[t][i]];
            for (int i = 0; i < rows; i++)
                for (int p = 0; p < TextRows.Parts; p++) Norms[(i * parts) + (t * TextRows.Parts) + p] = own.Norm(i, p);
        }
    }

    /// <summary>The kept buckets of each text column, in ascending order.</summary>
    internal int[][] Kept { get; }

    /// <summary>The place of each kept bucket among those of all text columns: the order in which the rows have them.</summary>
    internal int[][] Places { get; }

    /// <summary>Where the entries of each part of a row begin; one more for the end.</summary>
    internal int[] Segments { get; }

    /// <summary>The place of a bucket and how often its n-grams come, in the order of the places.</summary>
    internal uint[] Entries { get; }

    /// <summary>One over the norm of each part of a row.</summary>
    internal float[] Norms { get; }

    /// <summary>What each bucket weighs, by place.</summary>
    internal float[] BucketWeights { get; }

    /// <summary>The layout of rows.</summary>
    /// <param name="texts">The text columns.</param>
    /// <param name="most">The most buckets; those of the fewest rows are left out for it.</param>
    internal static TextLayout Of(IReadOnlyList<TextRows> texts, int most) => Known.GetOrCreateValue(texts)
        .GetOrAdd(Math.Min(MostBuckets, most), m => new(() => new TextLayout(texts, m))).Value;

    /// <summary>The buckets that enough rows have, and of them those of the most rows if they are too many.</summary>
    private static int[][] Keep(IReadOnlyList<TextRows> texts, int most)
    {
        int[][] found = new int[texts.Count][];
        for (int t = 0; t < found.Length; t++)
        {
            int[] own = found[t] = new int[NGrams.Buckets];
            for (int i = 0; i < texts[t].Count; i++)
                foreach (uint entry in texts[t].Row(i)) own[HashedTexts.Bucket(entry)]++;
        }

        int fewest = FewestRows;
        while (found.Sum(f => Count(f, fewest)) > most) fewest++;
        int[][] kept = new int[found.Length][];
        for (int t = 0; t < kept.Length; t++)
        {
            kept[t] = new int[Count(found[t], fewest)];
            for (int b = 0, to = 0; b < found[t].Length; b++)
                if (found[t][b] >= fewest) kept[t][to++] = b;
        }

        return kept;

        static int Count(int[] rows, int fewest)
        {
            int count = 0;
            foreach (int n in rows)
                if (n >= fewest) count++;
            return count;
        }
    }

    private static (int[][] Places, int[] Segments, uint[] Entries) LayOut(IReadOnlyList<TextRows> texts, int[][] kept)
    {
        int rows = texts[0].Count, parts = texts.Count * TextRows.Parts, next = 0;
        int[] segments = new int[(rows * parts) + 1];
        const int Unseen = -1, Left = -2;
        int[][] places = new int[texts.Count][];
        for (int t = 0; t < texts.Count; t++)
        {
            places[t] = new int[NGrams.Buckets];
            Array.Fill(places[t], Left);
            foreach (int bucket in kept[t]) places[t][bucket] = Unseen;
        }

        for (int i = 0; i < rows; i++)
            for (int t = 0; t < texts.Count; t++)
                foreach (uint entry in texts[t].Row(i))
                {
                    int bucket = HashedTexts.Bucket(entry);
                    ref int place = ref places[t][bucket];
                    if (place == Left) continue;
                    if (place == Unseen) place = next++;
                    segments[(i * parts) + (t * TextRows.Parts) + (bucket < NGrams.FirstCharacters ? 0 : 1) + 1]++;
                }

        for (int s = 1; s < segments.Length; s++) segments[s] = checked(segments[s] + segments[s - 1]);
        uint[] entries = new uint[segments[^1]];
        for (int i = 0, at = 0; i < rows; i++)
            for (int t = 0; t < texts.Count; t++)
                foreach (uint entry in texts[t].Row(i))
                {
                    int place = places[t][HashedTexts.Bucket(entry)];
                    if (place >= 0) entries[at++] = ((uint)place << CountBits) | (uint)Math.Min(HashedTexts.Count(entry), MostCount);
                }

        for (int s = 0; s + 1 < segments.Length; s++) Array.Sort(entries, segments[s], segments[s + 1] - segments[s]);
        return ([.. kept.Select((own, t) => Array.ConvertAll(own, b => places[t][b]))], segments, entries);
    }
}
