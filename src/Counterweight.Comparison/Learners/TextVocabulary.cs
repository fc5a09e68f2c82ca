using System.Text.Json;
using static TorchSharp.torch;

namespace Counterweight.Comparison;

/// <summary>The n-grams of some rows: each row has those from its offset to the next.</summary>
/// <param name="Indices">The place of each n-gram in the vocabulary.</param>
/// <param name="Offsets">N places in <paramref name="Indices"/>.</param>
/// <param name="Values">The TF-IDF of each.</param>
internal sealed record TextBatch(Tensor Indices, Tensor Offsets, Tensor Values);

/// <summary>The n-grams that an embedding bag has a vector for: those that tell most of the classes in the training rows.</summary>
internal sealed class TextVocabulary
{
    /// <summary>How many buckets of words, and of characters, of a text column have a vector.</summary>
    internal const int Words = 8192, Characters = 8192;

    private const string FileName = "mlp-text.json";

    private readonly int[][] chosen, places;

    private TextVocabulary(int[][] chosen)
    {
        this.chosen = chosen;
        places = new int[chosen.Length][];
        for (int t = 0; t < chosen.Length; t++)
        {
            places[t] = new int[NGrams.Buckets];
            foreach (int bucket in chosen[t]) places[t][bucket] = ++Size;
        }
    }

    /// <summary>How many there are.</summary>
    internal int Size { get; }

    /// <summary>Chooses by training rows.</summary>
    internal static TextVocabulary Fit(FeatureTable features, ReadOnlySpan<int> labels, int classes) =>
        new(TextSelection.Choose(features, labels, classes, Words, Characters));

    /// <summary>The n-grams of some rows.</summary>
    internal TextBatch Of(FeatureTable features, ReadOnlySpan<long> rows)
    {
        var indices = new List<long>(rows.Length * 64);
        var values = new List<float>(rows.Length * 64);
        long[] offsets = new long[rows.Length];
        for (int i = 0; i < rows.Length; i++)
        {
            offsets[i] = indices.Count;
            int row = (int)rows[i];
            for (int t = 0; t < chosen.Length; t++)
            {
                TextRows texts = features.Texts[t];
                foreach (uint entry in texts.Row(row))
                {
                    int bucket = HashedTexts.Bucket(entry), place = places[t][bucket];
                    if (place == 0) continue;
                    indices.Add(place - 1);
                    values.Add(texts.Value(row, entry));
                }
            }
        }

        return new(tensor(indices.ToArray(), [indices.Count]), tensor(offsets), tensor(values.ToArray(), [values.Count]));
    }

    internal void Save(string folder) => TextSelection.Save(folder, FileName, chosen);

    /// <summary>Reads what <see cref="Save"/> wrote; null if there is no such file.</summary>
    /// <exception cref="InvalidDataException">It is damaged.</exception>
    internal static TextVocabulary? Load(string folder) => TextSelection.Load(folder, FileName) is { } chosen ? new(chosen) : null;
}
