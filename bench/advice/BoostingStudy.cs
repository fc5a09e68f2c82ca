using System.Globalization;
using System.Text.Json;
using Counterweight.Comparison;
using Counterweight.Data;
using Counterweight.LightGbm;

namespace Counterweight.Advice;

/// <summary>
/// When boosting should stop under each remedy: every criterion on held-out rows, round by round, beside what the model of that round is worth on rows that
/// took no part. A rule is judged by looking up the round that it would have stopped at.
/// </summary>
internal static class BoostingStudy
{
    private const int Rounds = 200;
    internal const string Remedies = "none,weights:balanced,weights:inverse-sqrt,loss:logit-adjusted,sampler:class-balanced";

    /// <summary>Traces the remedies on one split and gives a line of JSON for each.</summary>
    /// <param name="name">The set.</param>
    /// <param name="all">All rows.</param>
    /// <param name="train">Rows to train on.</param>
    /// <param name="judge">Rows to judge by.</param>
    /// <param name="seed">The seed.</param>
    /// <param name="growths">How trees grow: usual, l2, or hX for leaves that hold as much as X rows of the heaviest class at even odds.</param>
    /// <param name="remedies">The remedies.</param>
    internal static IEnumerable<string> Trace(
        string name, Dataset all, int[] train, int[] judge, int seed, IReadOnlyList<string> growths, IReadOnlyList<string> remedies)
    {
        int classes = all.Classes;
        using var rows = new FoldFeatures(all, new Fold(0, 0, train, judge), []);
        (FeatureTable features, FeatureTable test) = rows.Features(false);
        foreach (string remedy in remedies)
            foreach (string growth in growths)
                yield return One(Remedy.Parse(remedy), growth);

        string One(Remedy remedy, string growth)
        {
            TrainingPlan plan = RemedyTraining.Plan(remedy, rows.TrainLabels, all.ClassNames, RarestOf(rows.TrainLabels, classes), null);
            int[] labels = rows.TrainLabels;
            double[]? rowWeights = GbdtLearner.RowWeights(labels, plan, default, seed)?.Select(w => (double)w).ToArray();
            SeededRandom random = Streams.HeldOut(seed);
            (int[] larger, int[] held) = StratifiedFolds.Holdout(labels, classes, 0.15, null, ref random);
            LightGbmParameters parameters = LightGbmParameters.For(features.Rows, features.Columns, classes);
            double largest = rowWeights?.Max() ?? 1;
            parameters = parameters with
            {
                Leaves = features.Rows < 10_000 ? Math.Min(parameters.Leaves, 15) : parameters.Leaves,
                LearningRate = 0.1,
                MaxBins = features.Rows < 100_000 ? 63 : parameters.MaxBins,
                Seed = seed,
                Threads = 1,
                Rounds = Rounds,
                EarlyStoppingRounds = Rounds,
                EarlyStoppingMetric = "weighted",
                Metrics = ["none"],
                Extra = new Dictionary<string, string> { ["feature_pre_filter"] = "false" },
                MinHessianInLeaf = growth.StartsWith('h') ? 0.25 * largest * double.Parse(growth[1..], CultureInfo.InvariantCulture) : 1e-3,
                L2 = growth == "l2" ? Math.Max(parameters.L2, 0.25 * largest) : parameters.L2,
            };
            float[]? weights = rowWeights?.Select(w => (float)w).ToArray();
            using LightGbmDataset binned = GbdtLearner.Binned(features, labels, weights, parameters);
            using LightGbmDataset some = binned.Subset(larger), validation = binned.Subset(held);
            using LightGbmDataset fresh = GbdtLearner.Binned(test, rows.TestLabels, null, parameters, binned);
            IBoostingObjective? objective = GbdtLearner.Objective(plan, labels, weights);
            double[] factors = new double[classes], prior = plan.Counts.Prior();
            double[] after = RemedyTraining.EffectivePrior(new GbdtLearner(), plan, labels, seed) ?? prior;
            for (int c = 0; c < classes; c++) factors[c] = after[c] / prior[c];
            double[] heldWeights = held.Select(i => rowWeights?[i] ?? 1).ToArray();
            int[] heldLabels = [.. held.Select(i => labels[i])], judged = rows.TestLabels;
            var trace = new List<double[]>();
            double[] now = [];
            int round = 0;
            double Watch(ReadOnlySpan<double> scores, bool fresh)
            {
                if (!fresh)
                {
                    round++;
                    double[] p = Probabilities(scores, heldLabels.Length, classes, objective is not null);
                    double[] undone = Undone(p, classes, factors);
                    now =
                    [
                        round, LogLoss(p, heldLabels, classes, heldWeights), LogLoss(undone, heldLabels, classes, null), LogLoss(p, heldLabels, classes, null),
                        -Balanced(p, heldLabels, classes), -Precision(p, heldLabels, classes), -Area(p, heldLabels, classes), 0, 0, 0, 0, 0,
                    ];
                    trace.Add(now);
                }
                else if (round <= 30 || round % 5 == 0)
                {
                    double[] p = Probabilities(scores, judged.Length, classes, objective is not null);
                    double[] undone = Undone(p, classes, factors);
                    double[] toBalance = Undone(p, classes, after);
                    now[7] = Balanced(p, judged, classes);
                    now[8] = Precision(p, judged, classes);
                    now[9] = LogLoss(undone, judged, classes, null);
                    now[10] = Balanced(toBalance, judged, classes);
                    now[11] = Area(p, judged, classes);
                }

                return 0;
            }

            var training = new LightGbmTraining
            {
                Objective = objective,
                Validation = [new("held", validation), new("fresh", fresh)],
            };
            bool second = false;
            training = training with
            {
                Evaluators =
                [
                    new("weighted", false, (s, y, w) =>
                    {
                        double value = Watch(s, second);
                        second = !second;
                        return value;
                    }),
                ],
            };
            LightGbmModel.Train(some, parameters, training).Dispose();
            return JsonSerializer.Serialize(new
            {
                set = name,
                seed,
                remedy = remedy.Name,
                growth,
                rows = train.Length,
                classes,
                rarest = plan.Counts.Labels.Select((_, c) => plan.Counts[c]).Min(),
                held = held.Length,
                heldRarest = Enumerable.Range(0, classes).Min(c => heldLabels.Count(l => l == c)),
                trace = trace.Select(t => t.Select(v => double.IsFinite(v) ? Math.Round(v, 5) : 99).ToArray()),
            });
        }
    }

    private static int RarestOf(int[] labels, int classes) => Enumerable.Range(0, classes).MinBy(c => labels.Count(l => l == c));

    private static double[] Probabilities(ReadOnlySpan<double> scores, int n, int classes, bool raw)
    {
        double[] p = new double[n * classes];
        bool one = scores.Length == n;
        for (int i = 0; i < n; i++)
        {
            if (one)
            {
                p[(2 * i) + 1] = raw ? 1 / (1 + Math.Exp(-scores[i])) : scores[i];
                p[2 * i] = 1 - p[(2 * i) + 1];
                continue;
            }

            double sum = 0, most = double.NegativeInfinity;
            for (int c = 0; c < classes; c++) most = Math.Max(most, scores[(c * n) + i]);
            for (int c = 0; c < classes; c++) sum += p[(i * classes) + c] = raw ? Math.Exp(scores[(c * n) + i] - most) : scores[(c * n) + i];
            for (int c = 0; c < classes; c++) p[(i * classes) + c] /= sum;
        }

        return p;
    }

    private static double[] Undone(double[] p, int classes, double[] factors)
    {
        double[] undone = new double[p.Length];
        for (int i = 0; i < p.Length; i += classes)
        {
            double sum = 0;
            for (int c = 0; c < classes; c++) sum += undone[i + c] = p[i + c] / factors[c];
            for (int c = 0; c < classes; c++) undone[i + c] /= sum;
        }

        return undone;
    }

    private static double LogLoss(double[] p, int[] y, int classes, double[]? weights)
    {
        double sum = 0, total = 0;
        for (int i = 0; i < y.Length; i++)
        {
            double w = weights?[i] ?? 1;
            sum -= w * Math.Log(Math.Max(1e-15, p[(i * classes) + y[i]]));
            total += w;
        }

        return sum / total;
    }

    private static double Balanced(double[] p, int[] y, int classes)
    {
        double[] right = new double[classes], all = new double[classes];
        for (int i = 0; i < y.Length; i++)
        {
            all[y[i]]++;
            ReadOnlySpan<double> row = p.AsSpan(i * classes, classes);
            int most = 0;
            for (int c = 1; c < classes; c++)
                if (row[c] > row[most]) most = c;
            if (most == y[i]) right[y[i]]++;
        }

        double sum = 0;
        for (int c = 0; c < classes; c++) sum += right[c] / all[c] / classes;
        return sum;
    }

    private static double Precision(double[] p, int[] y, int classes) => Macro(p, y, classes, (order, is1) =>
    {
        double hits = 0, sum = 0;
        for (int i = 0; i < order.Length; i++)
            if (is1(order[i])) sum += ++hits / (i + 1);
        return sum / hits;
    });

    private static double Area(double[] p, int[] y, int classes) => Macro(p, y, classes, (order, is1) =>
    {
        double hits = 0, misses = 0, sum = 0;
        foreach (int i in order)
            if (is1(i)) hits++;
            else
            {
                misses++;
                sum += hits;
            }

        return sum / (hits * misses);
    });

    /// <summary>The mean over classes against the rest; of two classes the rarer alone.</summary>
    private static double Macro(double[] p, int[] y, int classes, Func<int[], Func<int, bool>, double> figure)
    {
        double sum = 0;
        int[] of = classes == 2 ? [RarestOf(y, 2)] : [.. Enumerable.Range(0, classes)];
        foreach (int c in of)
        {
            double[] keys = new double[y.Length];
            int[] order = new int[y.Length];
            for (int i = 0; i < y.Length; i++) (keys[i], order[i]) = (-p[(i * classes) + c], i);
            Array.Sort(keys, order);
            sum += figure(order, i => y[i] == c) / of.Length;
        }

        return sum;
    }
}
