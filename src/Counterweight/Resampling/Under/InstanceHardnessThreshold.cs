namespace Counterweight;

/// <summary>
/// Keeps of each targeted class the rows that a classifier, trained on other rows, gives the highest probability of their class (Smith, Martinez
/// and Giraud-Carrier, 2014, "An instance level analysis of data complexity").
/// </summary>
/// <remarks>
/// The probabilities come from cross-validation: the rows of each class are dealt at random to <paramref name="Folds"/> folds, and each fold is
/// estimated by a model of the others. With n of N_c rows asked for, the rows at or above the 1 - n / N_c quantile (linearly interpolated) are kept,
/// which may be more than n where probabilities are equal.
/// </remarks>
/// <param name="Folds">The number of folds, 2 or more.</param>
public sealed record InstanceHardnessThreshold(int Folds = 5) : RowSelection
{
    /// <summary>The number of folds.</summary>
    public int Folds { get; init; } = Folds >= 2 ? Folds : throw new ArgumentOutOfRangeException(nameof(Folds), Folds, "The number of folds is 2 or more.");

    /// <summary>The classifier; by default a random forest of 100 trees.</summary>
    public IProbabilityEstimator Estimator { get; init; } = new ForestEstimator();

    /// <inheritdoc/>
    public override ResamplingKind Kind => ResamplingKind.Under;

    private protected override int[] Choose<T>(Selection<T> input)
    {
        if (input.Counts.Max() < Folds)
            throw new UnusableDataException($"{Folds} folds need a class of at least {Folds} rows; the largest has {input.Counts.Max()}. Give fewer folds.");
        int[] foldOf = new int[input.Labels.Length];
        int dealt = 0;
        for (int c = 0; c < input.Classes; c++)
        {
            int[] rows = [.. input.ByClass[c]];
            new SeededRandom(input.Seed, c).Shuffle<int>(rows);
            foreach (int r in rows) foldOf[r] = dealt++ % Folds;
        }

        var own = new double[input.Labels.Length];
        for (int fold = 0; fold < Folds; fold++)
        {
            int[] train = [.. Enumerable.Range(0, foldOf.Length).Where(r => foldOf[r] != fold)],
                test = [.. Enumerable.Range(0, foldOf.Length).Where(r => foldOf[r] == fold)];
            double[] probabilities = Estimator.Estimate(
                input.Rows.Select(train, input.Threads), Array.ConvertAll(train, r => input.Labels[r]), input.Classes, input.Rows.Select(test, input.Threads),
                input.Seed + fold, input.Threads);
            for (int i = 0; i < test.Length; i++) own[test[i]] = probabilities[(i * input.Classes) + input.Labels[test[i]]];
        }

        var kept = new List<int>();
        for (int c = 0; c < input.Classes; c++)
        {
            int[] rows = input.ByClass[c];
            double threshold = input.Targets.IsTargeted(c) && rows.Length > 0
                ? Quantile([.. rows.Select(r => own[r]).Order()], 1 - ((double)input.Targets[c] / rows.Length)) : double.NegativeInfinity;
            kept.AddRange(rows.Where(r => own[r] >= threshold));
        }

        return [.. kept];
    }

    private static double Quantile(double[] sorted, double share)
    {
        double place = share * (sorted.Length - 1);
        int below = (int)Math.Floor(place);
        return below + 1 >= sorted.Length ? sorted[^1] : sorted[below] + ((place - below) * (sorted[below + 1] - sorted[below]));
    }
}
