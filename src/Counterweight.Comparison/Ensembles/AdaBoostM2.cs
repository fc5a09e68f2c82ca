namespace Counterweight.Comparison;

/// <summary>Draws the rows of a round of boosting.</summary>
/// <param name="features">The rows.</param>
/// <param name="classes">The rows of each class.</param>
/// <param name="weights">A weight per row; null in the first round, in which all are alike.</param>
/// <param name="random">The generator of the round.</param>
internal delegate DrawnRows RoundRows(FeatureTable features, RowsByClass classes, double[]? weights, ref SeededRandom random);

/// <summary>Boosting with confidences and several classes (Freund and Schapire, 1997, "A decision-theoretic generalization of on-line learning", figure
/// 5).</summary>
/// <remarks>
/// <para>D(i, y) weighs each pair of a row and a wrong class. The pseudo-loss of a member h is e = sum D(i, y) (1 - h(i, y_i) + h(i, y)) / 2, beta = e / (1 -
/// e), D(i, y) becomes D(i, y) beta^((1 + h(i, y_i) - h(i, y)) / 2), and the member counts log(1 / beta) in the mean.</para>
/// <para>Learners take no weights of rows, so that the weights are carried out by drawing rows in proportion to them (boosting by resampling, same source).
/// They act within a class: how many rows each class has in a round is the method's choice. At the start all classes weigh the same, and the rows of a class
/// as they do in the data: the first round, in which nothing is drawn by weight, hands these weights to the learner.</para>
/// </remarks>
internal static class AdaBoostM2
{
    /// <summary>As many rows of each class as there are.</summary>
    internal static DrawnRows SameCounts(FeatureTable features, RowsByClass classes, double[]? weights, ref SeededRandom random)
    {
        if (weights is null) return new(features, classes.Labels, classes.Groups);
        var drawn = new List<int>(classes.Labels.Length);
        for (int c = 0; c < classes.Classes; c++) RowsByClass.Weighted(classes[c], weights, classes[c].Length, drawn, ref random);
        return Take(features, classes, RowsByClass.Sorted(drawn));
    }

    /// <summary>Some of the rows with their labels.</summary>
    internal static DrawnRows Take(FeatureTable features, RowsByClass classes, int[] rows) =>
        new(features.Select(rows), Array.ConvertAll(rows, r => classes.Labels[r]), RowsByClass.GroupsOf(rows, classes.Groups));

    internal static EnsembleModel Fit(
        int rounds, ILearner learner, FeatureTable features, int[] labels, TrainingPlan plan, FitOptions options, string name, RoundRows draw)
    {
        var classes = new RowsByClass(labels, plan, name, options.Groups);
        int k = classes.Classes, n = labels.Length, present = Enumerable.Range(0, k).Count(c => classes[c].Length > 0);
        double[] pairs = new double[n * k], weights = new double[n];
        ReadOnlySpan<double> own = features.RowWeights.Span;
        for (int i = 0; i < n; i++)
            for (int y = 0; y < k; y++)
                if (y != labels[i] && classes[y].Length > 0)
                    pairs[(i * k) + y] = (own.IsEmpty ? 1.0 : own[i]) / ((double)present * (present - 1) * classes[labels[i]].Length);
        var members = new List<IModel>();
        var votes = new List<double>();
        try
        {
            for (int round = 0; round < rounds; round++)
            {
                options.Cancellation.ThrowIfCancellationRequested();
                long seed = Streams.MemberSeed(options.Seed, round);
                SeededRandom random = Streams.MemberRows(seed);
                for (int i = 0; i < n; i++)
                {
                    weights[i] = 0;
                    foreach (double w in pairs.AsSpan(i * k, k)) weights[i] += w;
                }

                // Rows that are drawn in proportion to their weights have none of their own any more.
                DrawnRows rows = draw(round == 0 ? features : features with { RowWeights = default }, classes, round == 0 ? null : weights, ref random);
                IModel member = Member.Fit(
                    learner, rows, plan,
                    options with { Seed = seed, Threads = MemberFits.ThreadsAlone(learner, options), Members = Math.Max(rounds, options.Members) });
                members.Add(member);
                double[] h = member.Predict(features);
                double loss = 0;
                for (int i = 0; i < n; i++)
                    for (int y = 0; y < k; y++) loss += 0.5 * pairs[(i * k) + y] * (1 - h[(i * k) + labels[i]] + h[(i * k) + y]);
                if (loss >= 0.5 && round > 0)
                {
                    // No better than guessing on the rows that are hard by now: it has nothing to add.
                    members.Remove(member);
                    member.Dispose();
                    break;
                }

                double beta = Math.Clamp(loss / (1 - loss), 1e-10, 1 - 1e-10), total = 0;
                votes.Add(-Math.Log(beta));
                for (int i = 0; i < n; i++)
                    for (int y = 0; y < k; y++) total += pairs[(i * k) + y] *= Math.Pow(beta, 0.5 * (1 + h[(i * k) + labels[i]] - h[(i * k) + y]));
                for (int i = 0; i < pairs.Length; i++) pairs[i] /= total;
            }

            return new EnsembleModel(members, votes, k, options.Threads);
        }
        catch
        {
            foreach (IModel member in members) member.Dispose();
            throw;
        }
    }
}
