namespace Counterweight;

/// <summary>Judges a decision honestly: every row is decided by a decision that was fitted on the other folds.</summary>
/// <remarks>
/// The scores must be out-of-fold or validation scores already: the model must not have been trained on the rows. This keeps the second step honest as well,
/// as a tuned threshold is optimistic on the rows that tuned it (Efron, 1986; Varma and Simon, 2006).
/// </remarks>
/// <example>
/// <code>
/// int[] truth = [0, 0, 1, 0, 1, 0, 0, 1];
/// var rows = Predictions.FromScores(truth, new[] { 0.1, 0.2, 0.6, 0.3, 0.4, 0.2, 0.5, 0.7 });
/// int[] folds = CrossFitting.StratifiedFolds(truth, classes: 2, folds: 2, seed: 0);
/// int[] decided = CrossFitting.Decide(DecisionRecipe.Parse("threshold:tuned"), rows, folds);
/// </code>
/// </example>
public static class CrossFitting
{
    /// <summary>Decides every row with the recipe fitted on the rows of the other folds.</summary>
    /// <param name="recipe">The recipe.</param>
    /// <param name="predictions">Out-of-fold scores and labels.</param>
    /// <param name="folds">N fold ids, zero or more; the folds of the model may be used again.</param>
    /// <param name="context">Aim, costs and class shares; null for the defaults.</param>
    /// <returns>N decided classes.</returns>
    /// <exception cref="ArgumentException">There are fewer than two folds, or not one id per row.</exception>
    /// <exception cref="UnusableDataException">The rows without a fold cannot be used.</exception>
    public static int[] Decide(DecisionRecipe recipe, Predictions predictions, ReadOnlySpan<int> folds, DecisionContext? context = null)
    {
        ArgumentNullException.ThrowIfNull(recipe);
        ArgumentNullException.ThrowIfNull(predictions);
        Predictions full = DecisionRecipe.AllColumns(predictions);
        int[] decided = new int[full.Rows];
        ForFolds(full, folds, (inside, training, held) =>
        {
            int[] part = recipe.Fit(training, context).Decide(held.Scores.Span, full.ThreadLimit);
            for (int i = 0; i < part.Length; i++) decided[inside[i]] = part[i];
        });
        return decided;
    }

    /// <summary>Calibrates every row with the method fitted on the rows of the other folds.</summary>
    /// <param name="method">A method of <see cref="Calibrator.Catalogue"/>.</param>
    /// <param name="predictions">Out-of-fold probabilities and labels.</param>
    /// <param name="folds">N fold ids, zero or more.</param>
    /// <returns>Row-major (N, K) calibrated probabilities.</returns>
    /// <exception cref="ArgumentException">There are fewer than two folds, or not one id per row.</exception>
    /// <exception cref="UnusableDataException">The rows without a fold cannot be used.</exception>
    public static double[] Calibrate(CalibrationMethod method, Predictions predictions, ReadOnlySpan<int> folds)
    {
        ArgumentNullException.ThrowIfNull(method);
        ArgumentNullException.ThrowIfNull(predictions);
        Predictions full = DecisionRecipe.AllColumns(predictions);
        double[] calibrated = new double[full.Scores.Length];
        int k = full.Classes;
        ForFolds(full, folds, (inside, training, held) =>
        {
            double[] part = method.Fit(training.Scores.Span, training.Truth.Span, k, training.Weights.Span).Transform(held.Scores.Span);
            for (int i = 0; i < inside.Length; i++) part.AsSpan(i * k, k).CopyTo(calibrated.AsSpan(inside[i] * k));
        });
        return calibrated;
    }

    /// <summary>Random folds in which every class is spread evenly.</summary>
    /// <param name="labels">N labels 0..K-1.</param>
    /// <param name="classes">K.</param>
    /// <param name="folds">The number of folds, at least 2.</param>
    /// <param name="seed">The seed.</param>
    /// <returns>N fold ids 0..folds-1.</returns>
    public static int[] StratifiedFolds(ReadOnlySpan<int> labels, int classes, int folds, long seed = 0)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(folds, 2);
        RowChecks.LabelsToFit(labels, classes);
        int[] order = new int[labels.Length], ids = new int[labels.Length];
        for (int i = 0; i < order.Length; i++) order[i] = i;
        new SeededRandom(seed).Shuffle<int>(order);
        // Classes are dealt one after the other without starting anew, so that folds differ by at most one row in all.
        int next = 0;
        for (int c = 0; c < classes; c++)
            foreach (int row in order)
                if (labels[row] == c) ids[row] = next++ % folds;
        return ids;
    }

    private static void ForFolds(Predictions full, ReadOnlySpan<int> folds, Action<int[], Predictions, Predictions> body)
    {
        if (folds.Length != full.Rows)
            throw new ArgumentException($"There are {folds.Length} fold ids and {full.Rows} rows; there must be as many of both.", nameof(folds));
        SortedSet<int> ids = [.. folds];
        if (ids.Count < 2) throw new ArgumentException("There is one fold; a decision can be judged with two or more.", nameof(folds));
        if (ids.Min < 0) throw new ArgumentException($"A fold id is {ids.Min}; fold ids are zero or more.", nameof(folds));
        foreach (int fold in ids)
        {
            List<int> inside = [], outside = [];
            for (int i = 0; i < folds.Length; i++) (folds[i] == fold ? inside : outside).Add(i);
            body([.. inside], full.Select([.. outside]), full.Select([.. inside]));
        }
    }
}
