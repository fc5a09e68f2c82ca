namespace Counterweight;

/// <summary>Finds an offset per class that makes argmax of log p_c + o_c best for a metric: the multi-class form of a tuned threshold.</summary>
/// <remarks>
/// <para>Coordinate ascent: one offset at a time is set to its exact best, over all places where some row changes its class (margins closer than 1e-10
/// count as one). Of equally good places the one in the widest gap is taken, which depends least on single rows. The search ends when no offset can be
/// improved on its own; it is started from zero, from the inverse class shares and their roots and from random places, and the best end is kept. With two
/// classes that is the global optimum; with more the metric is not concave and the ends are local optima.</para>
/// <para>After Fan and Lin (2007), "A study on threshold selection for multi-label classification", and Lachiche and Flach (2003), "Improving accuracy and
/// cost of two-class and multi-class probabilistic classifiers using ROC curves". O(n K (K + log n)) a round.</para>
/// </remarks>
/// <example>
/// <code>
/// int[] truth = [0, 0, 0, 1, 2];
/// double[] p = [0.8, 0.1, 0.1, 0.7, 0.2, 0.1, 0.6, 0.1, 0.3, 0.5, 0.4, 0.1, 0.5, 0.1, 0.4];
/// OffsetsResult best = ClassOffsets.Tune(Metric.BalancedAccuracy, Predictions.FromProbabilities(truth, p, classes: 3));
/// int[] decided = new OffsetsDecision([.. best.Offsets]).Decide(p);
/// </code>
/// </example>
public static class ClassOffsets
{
    private const double SmallestGap = 1e-10, WidestGap = 2;
    private const int MaximumRounds = 100;

    /// <summary>Tunes the offsets.</summary>
    /// <param name="metric">What to tune for: a metric that reads decided classes.</param>
    /// <param name="predictions">Probabilities (N, K), labels and weights.</param>
    /// <param name="starts">From how many places to start, at least 1: the first three are fixed, the others random.</param>
    /// <param name="seed">The seed of the random starts.</param>
    /// <exception cref="ArgumentException">The metric does not depend on decisions.</exception>
    /// <exception cref="UnusableDataException">There are no rows of positive weight.</exception>
    public static OffsetsResult Tune(IMetric metric, Predictions predictions, int starts = 8, long seed = 0)
    {
        ArgumentNullException.ThrowIfNull(metric);
        ArgumentNullException.ThrowIfNull(predictions);
        ArgumentOutOfRangeException.ThrowIfLessThan(starts, 1);
        if (metric.NeedsProbabilities)
            throw new ArgumentException($"{metric.Name} reads the scores and not the decisions, so no offset can change it.", nameof(metric));
        Predictions rows = DecisionRecipe.AllColumns(predictions);
        int k = rows.Classes;
        double[] shares = DecisionRecipes.Shares(rows);
        var problem = new Problem(metric, rows);
        var ends = new (double[] Offsets, double Value)[starts];
        double initial = problem.ValueAt(new double[k]);
        Parallel.For(0, starts, Threads.Options(rows.ThreadLimit), s => ends[s] = problem.Climb(Start(s, shares, seed)));
        (double[] offsets, double value) = ends[0];
        foreach ((double[] o, double v) in ends)
            if (v > value + Threshold.Tolerance) (offsets, value) = (o, v);
        double common = offsets[Array.IndexOf(shares, shares.Max())];
        double sign = metric.HigherIsBetter ? 1 : -1;
        return new([.. offsets.Select(o => o - common)], sign * value, sign * initial, metric);
    }

    private static double[] Start(int start, double[] shares, long seed)
    {
        double[] offsets = new double[shares.Length];
        var random = new SeededRandom(seed, start);
        double power = start switch { 0 => 0, 1 => 1, 2 => 0.5, _ => random.NextDouble() };
        for (int c = 0; c < offsets.Length; c++)
        {
            offsets[c] = -power * Math.Log(Math.Max(shares[c], 1e-9));
            if (start > 2) offsets[c] += random.NextGaussian();
        }

        return offsets;
    }

    private sealed class Problem
    {
        private readonly int classes, count;
        private readonly double[] logs, weights, actual;
        private readonly int[] labels;
        private readonly IMetric metric;
        private readonly CostMatrix? costs;
        private readonly int positiveClass;

        internal Problem(IMetric metric, Predictions rows)
        {
            (this.metric, classes, positiveClass) = (metric, rows.Classes, rows.PositiveClass);
            costs = DecisionObjective.CostsOf(metric, classes, positiveClass);
            ReadOnlySpan<double> given = rows.Weights.Span, scores = rows.Scores.Span;
            ReadOnlySpan<int> truth = rows.Truth.Span;
            List<int> used = [];
            for (int i = 0; i < truth.Length; i++)
                if (given.IsEmpty || given[i] > 0) used.Add(i);
            count = used.Count;
            (logs, labels, weights, actual) = (new double[(long)count * classes], new int[count], new double[count], new double[classes]);
            for (int i = 0; i < count; i++)
            {
                int row = used[i];
                (labels[i], weights[i]) = (truth[row], given.IsEmpty ? 1 : given[row]);
                actual[labels[i]] += weights[i];
                for (int c = 0; c < classes; c++)
                {
                    double p = scores[row * classes + c];
                    if (p < 0) throw new UnusableDataException($"The score of class {c} is {RowChecks.Text(p)}; offsets need probabilities.", row: row + 1L);
                    logs[i * classes + c] = Math.Log(p);
                }
            }
        }

        /// <summary>The value at some offsets, larger is better.</summary>
        internal double ValueAt(double[] offsets)
        {
            var state = new State(this);
            for (int i = 0; i < count; i++) state.Add(labels[i], Best(i, offsets, -1), weights[i]);
            return state.Value();
        }

        internal (double[] Offsets, double Value) Climb(double[] offsets)
        {
            double[] keys = new double[count];
            int[] rivals = new int[count];
            var leaders = new Leaders(new int[count], new int[count]);
            for (int i = 0; i < count; i++) Rank(i, offsets, leaders);
            double value = ValueAt(offsets);
            for (int round = 0; round < MaximumRounds; round++)
            {
                double before = value;
                for (int c = 0; c < classes; c++) value = Search(c, offsets, value, keys, rivals, leaders);
                if (value <= before + Threshold.Tolerance) break;
            }

            return (offsets, value);
        }

        private int Best(int row, double[] offsets, int except)
        {
            int best = -1;
            double bestValue = double.NegativeInfinity;
            for (int c = 0; c < classes; c++)
            {
                if (c == except) continue;
                double v = logs[row * classes + c] + offsets[c];
                if (best < 0 || v > bestValue) (best, bestValue) = (c, v);
            }

            return best;
        }

        /// <summary>The first and the second class of every row at the offsets so far, so that the best rival of a class is known without looking at all of
        /// them.</summary>
        private sealed record Leaders(int[] First, int[] Second);

        private void Rank(int row, double[] offsets, Leaders leaders)
        {
            int first = Best(row, offsets, -1);
            (leaders.First[row], leaders.Second[row]) = (first, Best(row, offsets, first));
        }

        /// <summary>Brings the leaders up to date after the offset of one class has changed.</summary>
        private void Changed(int c, double[] offsets, Leaders leaders)
        {
            for (int i = 0; i < count; i++)
            {
                int first = leaders.First[i], second = leaders.Second[i];
                if (c == first || c == second)
                {
                    Rank(i, offsets, leaders);
                    continue;
                }

                double own = logs[i * classes + c] + offsets[c];
                if (!Leads(own, c, logs[i * classes + second] + offsets[second], second)) continue;
                bool leads = Leads(own, c, logs[i * classes + first] + offsets[first], first);
                (leaders.First[i], leaders.Second[i]) = leads ? (c, first) : (first, c);
            }

            static bool Leads(double own, int c, double other, int than) => own > other || (own == other && c < than);
        }

        /// <summary>Sets one offset to its exact best; returns the value there.</summary>
        private double Search(int c, double[] offsets, double current, double[] keys, int[] rivals, Leaders leaders)
        {
            var state = new State(this);
            for (int i = 0; i < count; i++)
            {
                int rival = leaders.First[i] == c ? leaders.Second[i] : leaders.First[i];
                double own = logs[i * classes + c], needed = logs[i * classes + rival] + offsets[rival] - own;
                // From this offset on the row is of class c; a row without any probability of c never is.
                keys[i] = double.IsNegativeInfinity(own) || double.IsNaN(needed) ? double.PositiveInfinity : needed;
                rivals[i] = rival;
                state.Add(labels[i], rival, weights[i]);
            }

            int[] order = SortedScores.Order(keys, 0, 1, count, 1);
            double best = current, bestOffset = offsets[c], bestGap = -1;
            for (int at = 0; ;)
            {
                while (at < count && double.IsNegativeInfinity(keys[order[at]])) Move(ref at);
                double low = at == 0 || double.IsNegativeInfinity(keys[order[at - 1]]) ? double.NegativeInfinity : keys[order[at - 1]];
                double high = at == count ? double.PositiveInfinity : keys[order[at]];
                double gap = Math.Min(high - low, WidestGap);
                if (gap > SmallestGap)
                {
                    double value = state.Value();
                    if (value > best + Threshold.Tolerance || (bestGap >= 0 && value >= best - Threshold.Tolerance && gap > bestGap))
                    {
                        (best, bestGap) = (Math.Max(best, value), gap);
                        bestOffset = double.IsInfinity(low) ? double.IsInfinity(high) ? 0 : high - 1 : double.IsInfinity(high) ? low + 1
                            : low + (high - low) / 2;
                    }
                }

                if (double.IsPositiveInfinity(high)) break;
                double key = keys[order[at]];
                while (at < count && keys[order[at]] == key) Move(ref at);
            }

            if (offsets[c] != bestOffset)
            {
                offsets[c] = bestOffset;
                Changed(c, offsets, leaders);
            }

            return best;

            void Move(ref int at)
            {
                int i = order[at++];
                state.Add(labels[i], rivals[i], -weights[i]);
                state.Add(labels[i], c, weights[i]);
            }
        }

        /// <summary>The counts of a decision; most metrics need the diagonal and the sums only.</summary>
        private sealed class State(Problem problem)
        {
            private readonly double[] right = new double[problem.classes], decided = new double[problem.classes];
            private readonly double[] cells = IsFast(problem) ? [] : new double[problem.classes * problem.classes];
            private readonly double total = problem.actual.Sum(), occurring = problem.actual.Count(a => a > 0);
            private double cost, rights, recalls;

            internal void Add(int truth, int decision, double weight)
            {
                decided[decision] += weight;
                if (truth == decision)
                {
                    right[truth] += weight;
                    rights += weight;
                    recalls += weight / problem.actual[truth];
                }

                if (problem.costs is not null) cost += weight * problem.costs.AsSpan()[truth * problem.classes + decision];
                if (cells.Length > 0) cells[truth * problem.classes + decision] += weight;
            }

            internal double Value()
            {
                if (problem.costs is not null) return -cost / total;
                if (cells.Length > 0)
                {
                    double[] clean = Array.ConvertAll(cells, v => Math.Max(0, v));
                    double value = DecisionObjective.Evaluate(problem.metric, clean, problem.classes, problem.positiveClass);
                    return double.IsNaN(value) ? double.NegativeInfinity : problem.metric.HigherIsBetter ? value : -value;
                }

                return problem.metric.Name switch
                {
                    "accuracy" => rights / total,
                    "balanced-accuracy" => recalls / occurring,
                    "macro-f1" => MeanF1(),
                    "g-mean" => RootOfRecalls(),
                    "mcc" => Correlation(total),
                    _ => Kappa(total),
                };
            }

            private static bool IsFast(Problem problem) =>
                problem.costs is not null
                || (problem.metric is ConfusionMetric
                    && problem.metric.Name is "accuracy" or "balanced-accuracy" or "macro-f1" or "g-mean" or "mcc" or "kappa");

            private double MeanF1()
            {
                double sum = 0;
                int occurring = 0;
                for (int c = 0; c < right.Length; c++)
                {
                    double both = problem.actual[c] + Decided(c);
                    if (both <= 0) continue;
                    sum += 2 * right[c] / both;
                    occurring++;
                }

                return sum / occurring;
            }

            private double RootOfRecalls()
            {
                double logs = 0;
                int occurring = 0;
                for (int c = 0; c < right.Length; c++)
                {
                    if (problem.actual[c] == 0 && Decided(c) <= 0) continue;
                    occurring++;
                    logs += problem.actual[c] == 0 || right[c] <= 0 ? double.NegativeInfinity : Math.Log(right[c] / problem.actual[c]);
                }

                return Math.Exp(logs / occurring);
            }

            private double Correlation(double total)
            {
                double both = 0, truth = 0, predicted = 0;
                for (int c = 0; c < right.Length; c++)
                {
                    double d = Decided(c);
                    both += problem.actual[c] * d;
                    truth += problem.actual[c] * problem.actual[c];
                    predicted += d * d;
                }

                double product = (total * total - truth) * (total * total - predicted);
                return product <= 1e-12 * total * total * total * total ? 0 : (right.Sum() * total - both) / Math.Sqrt(product);
            }

            private double Kappa(double total)
            {
                double chance = 0;
                for (int c = 0; c < right.Length; c++) chance += problem.actual[c] * Decided(c);
                double rest = total * total - chance;
                return rest <= 1e-12 * total * total ? 0 : (right.Sum() * total - chance) / rest;
            }

            /// <summary>The rows decided as a class; what is left by adding and taking away the same weights is nothing.</summary>
            private double Decided(int c) => decided[c] < 1e-9 * problem.weights[0] ? 0 : decided[c];
        }
    }
}
