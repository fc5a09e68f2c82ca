using System.Runtime.InteropServices;
using Counterweight.LightGbm;

namespace Counterweight.Comparison;

/// <summary>
/// A decision that is tuned on rows of which no more than a part is at hand: models that leave a fold out score it, and the scores are counted in bins, over
/// all processes where there are several.
/// </summary>
/// <remarks>
/// A row stands at the smallest score of its bin, as in <c>decide</c> on a database, so that a threshold decides every row as it decided its bin. It is the
/// best among the edges of the bins, which are 1/<see cref="Bins"/> apart.
/// </remarks>
internal sealed class PartFolds
{
    /// <summary>How many bins the scores from 0 to 1 have.</summary>
    internal const int Bins = 100_000;

    private readonly RowParts parts;
    private readonly int positive;

    private PartFolds(RowParts parts, int positive, byte[] foldOf, IReadOnlyList<ClassCounts> counts) =>
        (this.parts, this.positive, FoldOf, Counts) = (parts, positive, foldOf, counts);

    /// <summary>The fold of each row that is here.</summary>
    internal byte[] FoldOf { get; }

    /// <summary>The class counts of the rows that are not in a fold, of all processes.</summary>
    internal IReadOnlyList<ClassCounts> Counts { get; }

    /// <summary>Deals the rows out to folds, class by class, so that each fold has as many of a class as another or one more, over all processes.</summary>
    /// <param name="parts">The rows.</param>
    /// <param name="all">The class counts of the rows of all processes.</param>
    /// <param name="positive">The code of the positive class.</param>
    /// <param name="most">The most folds.</param>
    /// <param name="seed">The seed.</param>
    /// <exception cref="RemedyRefusedException">There are not two classes, or one of them has too few rows.</exception>
    internal static PartFolds Of(RowParts parts, ClassCounts all, int positive, int most, long seed)
    {
        if (all.Classes != 2)
            throw new RemedyRefusedException($"a decision for {all.Classes} classes is tuned on all rows in one place. Train without it, and find the offsets "
                + "with 'decide' on the scores that 'predict' gives for rows kept back.");
        int folds = (int)Math.Min(most, Math.Min(all[0], all[1]));
        if (folds < 2)
            throw new RemedyRefusedException($"Class '{all.Labels[all.Rarest]}' has too few rows to tune a decision on rows that the model has not seen; two "
                + "are the least. Train without it, and find the threshold with 'decide' on the scores that 'predict' gives for rows kept back.");
        ReadOnlySpan<int> labels = parts.Outline.Labels;
        int[] sizes = new int[2];
        foreach (int label in labels) sizes[label]++;
        long[] before = Before(sizes, parts.Machines);
        byte[] foldOf = new byte[labels.Length];
        SeededRandom random = Streams.Folds(Streams.InnerSeed(seed, 0), parts.Machines?.Rank ?? 0);
        for (int c = 0; c < sizes.Length; c++)
        {
            int[] rows = new int[sizes[c]];
            for (int row = 0, at = 0; row < labels.Length; row++)
                if (labels[row] == c) rows[at++] = row;
            random.Shuffle<int>(rows);
            for (int i = 0; i < rows.Length; i++) foldOf[rows[i]] = (byte)((before[c] + i) % folds);
        }

        ClassCounts[] counts = [.. Enumerable.Range(0, folds).Select(f => parts.CountLabels(row => foldOf[row] != f))];
        return new(parts, positive, foldOf, counts);
    }

    /// <summary>Scores the rows of each fold by the model that has not seen them.</summary>
    /// <param name="models">A model for each fold.</param>
    /// <param name="read">Reads the rows.</param>
    internal TuningRows Score(IReadOnlyList<IModel> models, IEnumerable<FeatureTable> read)
    {
        double[] weights = new double[2 * Bins];
        ReadOnlySpan<int> labels = parts.Outline.Labels;
        ReadOnlySpan<double> own = parts.Weights.Span;
        int first = 0;
        foreach (FeatureTable part in read)
        {
            for (int f = 0; f < models.Count; f++)
            {
                int[] rows = [.. Enumerable.Range(0, part.Rows).Where(row => FoldOf[first + row] == f)];
                double[] probabilities = models[f].Predict(part.Select(rows));
                for (int i = 0; i < rows.Length; i++)
                {
                    int row = first + rows[i], bin = Math.Min((int)(probabilities[(2 * i) + positive] * Bins), Bins - 1);
                    weights[(labels[row] * Bins) + bin] += own.IsEmpty ? 1 : own[row];
                }
            }

            first += part.Rows;
        }

        parts.Machines?.Sum(weights);
        int[] there = [.. Enumerable.Range(0, weights.Length).Where(i => weights[i] > 0)];
        double[] scores = new double[2 * there.Length];
        for (int i = 0; i < there.Length; i++)
        {
            double score = ScoreBins.Edge(there[i] % Bins, Bins);
            (scores[(2 * i) + positive], scores[(2 * i) + 1 - positive]) = (score, 1 - score);
        }

        return new([.. there.Select(i => i / Bins)], scores, Array.ConvertAll(there, i => weights[i]));
    }

    /// <summary>How many rows of each class the processes before this one have.</summary>
    private static long[] Before(int[] own, LightGbmMachines? machines)
    {
        long[] before = new long[own.Length];
        if (machines is null) return before;
        byte[][] all = machines.Gather(MemoryMarshal.AsBytes<int>(own));
        for (int rank = 0; rank < machines.Rank; rank++)
        {
            ReadOnlySpan<int> sizes = MemoryMarshal.Cast<byte, int>(all[rank]);
            for (int c = 0; c < before.Length; c++) before[c] += sizes[c];
        }

        return before;
    }
}
