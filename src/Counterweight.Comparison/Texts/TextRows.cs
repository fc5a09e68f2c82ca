namespace Counterweight.Comparison;

/// <summary>Rows of a text column as learners take them: n-grams in TF-IDF, words and characters each with a Euclidean norm of one per row.</summary>
/// <remarks>The value of an entry is <c>weight of its count x weight of its bucket x norm of its row and part</c>; it is computed where it is used, so that a
/// row costs 4 bytes per n-gram, and some of the rows cost nothing at all.</remarks>
internal sealed class TextRows
{
    /// <summary>Words and characters: the parts of a row that have a norm each.</summary>
    internal const int Parts = 2;

    private readonly HashedTexts texts;
    private readonly int[] map;
    private readonly float[] norms;

    private TextRows(HashedTexts texts, float[] weights, int[] map, float[] norms) =>
        (this.texts, Weights, this.map, this.norms) = (texts, weights, map, norms);

    /// <summary>The name of the column.</summary>
    internal string Name => texts.Name;

    /// <summary>What each bucket weighs.</summary>
    internal float[] Weights { get; }

    internal int Count => map.Length;

    /// <summary>Rows of a column, with weights of training rows.</summary>
    internal static TextRows From(HashedTexts texts, FittedText fitted, ReadOnlySpan<int> rows)
    {
        int[] map = rows.ToArray();
        float[] norms = new float[map.Length * Parts], weights = fitted.Weights;
        Parallel.For(0, (map.Length + 1023) / 1024, new ParallelOptions(), block =>
        {
            for (int i = block * 1024; i < Math.Min(map.Length, (block + 1) * 1024); i++)
            {
                double words = 0, characters = 0;
                foreach (uint entry in texts.Row(map[i]))
                {
                    int bucket = HashedTexts.Bucket(entry);
                    float value = HashedTexts.Weights[HashedTexts.Count(entry)] * weights[bucket];
                    if (bucket < NGrams.FirstCharacters) words += value * value;
                    else characters += value * value;
                }

                norms[Parts * i] = words > 0 ? (float)(1 / Math.Sqrt(words)) : 0;
                norms[(Parts * i) + 1] = characters > 0 ? (float)(1 / Math.Sqrt(characters)) : 0;
            }
        });
        return new TextRows(texts, weights, map, norms);
    }

    /// <summary>The entries of a row; see <see cref="HashedTexts"/>.</summary>
    internal ReadOnlySpan<uint> Row(int row) => texts.Row(map[row]);

    /// <summary>The row of the column that a row is.</summary>
    internal int Source(int row) => map[row];

    /// <summary>One over the norm of a part of a row; zero where it has nothing that training knows.</summary>
    internal float Norm(int row, int part) => norms[(Parts * row) + part];

    /// <summary>The value of an entry of a row.</summary>
    internal float Value(int row, uint entry)
    {
        int bucket = HashedTexts.Bucket(entry);
        return HashedTexts.Weights[HashedTexts.Count(entry)] * Weights[bucket] * Norm(row, bucket < NGrams.FirstCharacters ? 0 : 1);
    }

    /// <summary>Why a method that computes with rows cannot be used on texts, to stand after its name.</summary>
    internal static string NoDistances(string column) =>
        $"goes by distances between rows, or makes rows between others, and '{column}' holds texts, which have no such thing. "
        + "resample:random-over, resample:random-under, weights and samplers work on texts.";

    /// <summary>Some of the rows, in the stated order.</summary>
    internal TextRows Select(ReadOnlySpan<int> rows)
    {
        int[] selected = new int[rows.Length];
        float[] own = new float[rows.Length * Parts];
        for (int i = 0; i < rows.Length; i++)
        {
            selected[i] = map[rows[i]];
            for (int p = 0; p < Parts; p++) own[(Parts * i) + p] = norms[(Parts * rows[i]) + p];
        }

        return new TextRows(texts, Weights, selected, own);
    }
}
