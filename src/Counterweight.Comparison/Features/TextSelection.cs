using System.Globalization;
using System.Text.Json;

namespace Counterweight.Comparison;

/// <summary>The most telling n-grams of text columns as columns of numbers, for learners that cannot take a hundred thousand of them.</summary>
/// <remarks>
/// Telling is what has the largest chi-squared statistic of presence and class in the training rows (Yang and Pedersen, 1997): a column for each of
/// <see cref="Words"/> buckets of words and <see cref="Characters"/> of characters, its values the TF-IDF of the rows.
/// </remarks>
internal sealed class TextSelection
{
    /// <summary>How many buckets of words, and of characters, become columns.</summary>
    internal const int Words = 200, Characters = 200;

    internal const string FileName = "text-columns.json";

    /// <summary>A bucket of fewer training rows is by chance.</summary>
    private const int FewestRows = 3;

    /// <summary>The most sums at a time.</summary>
    private const int MostSums = 1 << 23;

    private readonly int[][] chosen;
    private readonly int[][] places;

    private TextSelection(int[][] chosen)
    {
        this.chosen = chosen;
        places = [.. chosen.Select(buckets =>
        {
            int[] place = new int[NGrams.Buckets];
            for (int i = 0; i < buckets.Length; i++) place[buckets[i]] = i + 1;
            return place;
        })];
    }

    /// <summary>Chooses by training rows.</summary>
    /// <param name="features">The training rows.</param>
    /// <param name="labels">Their codes.</param>
    /// <param name="classes">K.</param>
    internal static TextSelection Fit(FeatureTable features, ReadOnlySpan<int> labels, int classes)
    {
        return new TextSelection(Choose(features, labels, classes, Words, Characters));
    }

    /// <summary>The most telling buckets of each text column, in ascending order.</summary>
    internal static int[][] Choose(FeatureTable features, ReadOnlySpan<int> labels, int classes, int words, int characters)
    {
        int[][] chosen = new int[features.Texts.Count][];
        for (int t = 0; t < chosen.Length; t++)
        {
            double[] telling = Telling(features.Texts[t], labels, classes, features.RowWeights.Span);
            chosen[t] = [.. Top(telling, 0, NGrams.FirstCharacters, words), .. Top(telling, NGrams.FirstCharacters, NGrams.Buckets, characters)];
        }

        return chosen;
    }

    /// <summary>The rows with a column per chosen bucket in the place of their texts.</summary>
    internal FeatureTable Apply(FeatureTable features)
    {
        int before = features.Columns, width = before + chosen.Sum(c => c.Length);
        float[] values = new float[checked(features.Rows * width)];
        for (int i = 0; i < features.Rows; i++)
        {
            Span<float> to = values.AsSpan(i * width, width);
            features.Matrix.Row(i).CopyTo(to);
            to = to[before..];
            for (int t = 0; t < chosen.Length; t++)
            {
                TextRows texts = features.Texts[t];
                foreach (uint entry in texts.Row(i))
                {
                    int bucket = HashedTexts.Bucket(entry), place = places[t][bucket];
                    if (place > 0) to[place - 1] = texts.Value(i, entry);
                }

                to = to[chosen[t].Length..];
            }
        }

        string[] names = [.. features.Matrix.Names ?? Enumerable.Range(0, before).Select(c => $"column{c}"),
            .. chosen.SelectMany((buckets, t) => buckets.Select(b => string.Create(CultureInfo.InvariantCulture, $"{features.Texts[t].Name} n-gram {b}")))];
        return features with
        {
            Matrix = new SampleMatrix<float>(values, width, features.Matrix.Categorical, names),
            Levels = [.. features.Levels, .. Enumerable.Repeat(0, width - before)],
            Texts = [],
        };
    }

    internal void Save(string folder) => Save(folder, FileName, chosen);

    /// <summary>Reads what <see cref="Save(string)"/> wrote; null if there is no such file.</summary>
    internal static TextSelection? Load(string folder) => Load(folder, FileName) is { } chosen ? new(chosen) : null;

    /// <summary>Writes chosen buckets, as every learner keeps them.</summary>
    internal static void Save(string folder, string file, int[][] chosen) => File.WriteAllText(
        Path.Combine(folder, file), JsonSerializer.Serialize(chosen, ComparisonJsonContext.Default.Int32ArrayArray));

    /// <summary>Reads them; null if there is no such file.</summary>
    /// <exception cref="InvalidDataException">It is damaged.</exception>
    internal static int[][]? Load(string folder, string file)
    {
        string path = Path.Combine(folder, file);
        if (!File.Exists(path)) return null;
        try
        {
            int[][]? chosen = JsonSerializer.Deserialize(File.ReadAllText(path), ComparisonJsonContext.Strict.Int32ArrayArray);
            return chosen?.All(c => c?.All(b => (uint)b < NGrams.Buckets) == true) == true ? chosen
                : throw new InvalidDataException($"{file} is damaged.");
        }
        catch (JsonException damaged)
        {
            throw new InvalidDataException($"{file} is damaged: {damaged.Message}", damaged);
        }
    }

    /// <summary>The chi-squared statistic of each bucket: presence against class, zero where too few rows have it.</summary>
    internal static double[] Telling(TextRows texts, ReadOnlySpan<int> labels, int classes, ReadOnlySpan<double> weights)
    {
        double[] statistic = new double[NGrams.Buckets], shares = new double[classes];
        double all = 0;
        for (int i = 0; i < labels.Length; i++)
        {
            double weight = weights.IsEmpty ? 1 : weights[i];
            shares[labels[i]] += weight;
            all += weight;
        }

        for (int c = 0; c < classes; c++) shares[c] /= all;
        int step = Math.Clamp(MostSums / classes, 1, NGrams.Buckets);
        float[] sums = new float[step * classes];
        int[] rows = new int[step];
        for (int first = 0; first < NGrams.Buckets; first += step)
        {
            Array.Clear(sums);
            Array.Clear(rows);
            for (int i = 0; i < labels.Length; i++)
            {
                float weight = weights.IsEmpty ? 1 : (float)weights[i];
                foreach (uint entry in texts.Row(i))
                {
                    int bucket = HashedTexts.Bucket(entry) - first;
                    if ((uint)bucket >= (uint)step) continue;
                    rows[bucket]++;
                    sums[(bucket * classes) + labels[i]] += weight;
                }
            }

            for (int b = 0; b < step && first + b < NGrams.Buckets; b++)
            {
                if (rows[b] < FewestRows) continue;
                double total = 0, value = 0;
                ReadOnlySpan<float> own = sums.AsSpan(b * classes, classes);
                foreach (float s in own) total += s;
                if (!(total > 0)) continue;
                for (int c = 0; c < classes; c++)
                    if (shares[c] > 0) value += Square(own[c] - (shares[c] * total)) / (shares[c] * total);
                // Absence tells as much: with it the statistic is that of the table of two rows.
                statistic[first + b] = total < all ? value * all / (all - total) : 0;
            }
        }

        return statistic;

        static double Square(double x) => x * x;
    }

    private static IEnumerable<int> Top(double[] telling, int from, int to, int count) => Enumerable.Range(from, to - from).Where(b => telling[b] > 0)
        .OrderByDescending(b => telling[b]).ThenBy(b => b).Take(count).Order();
}

/// <summary>A model of the most telling n-grams.</summary>
internal sealed class SelectedTextModel(TextSelection selection, IModel inner) : IModel
{
    /// <summary>The model of the chosen columns.</summary>
    internal IModel Inner => inner;

    public double[] Predict(FeatureTable features) => inner.Predict(selection.Apply(features));

    public void Save(string folder)
    {
        inner.Save(folder);
        selection.Save(folder);
    }

    public void Dispose() => inner.Dispose();
}
