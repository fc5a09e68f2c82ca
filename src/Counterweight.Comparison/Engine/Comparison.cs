using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using Counterweight.Data;

namespace Counterweight.Comparison;

/// <summary>Tries remedies on the same folds of a data set and says which helps, by how much, and with what certainty.</summary>
/// <remarks>
/// Every candidate sees the same folds and seeds. Everything that learns from data (scales, levels, weights, resampling, tuned thresholds) learns
/// inside the training rows of a fold. Differences to doing nothing are judged by the corrected resampled t-test with Holm's correction.
/// </remarks>
/// <example>
/// <code>
/// Dataset data = DatasetReader.Read("samples/lending-club.csv", "Class");
/// ComparisonResult result = RemedyComparison.Run(data, new ComparisonOptions { Remedies = Remedy.ParseList("none, weights:balanced") });
/// string answer = result.Recommendation.Reason;
/// </code>
/// </example>
public static class RemedyComparison
{
    /// <summary>Runs a comparison.</summary>
    /// <param name="dataset">The rows.</param>
    /// <param name="options">What to compare; the defaults if null.</param>
    /// <param name="progress">Is told of every finished fit.</param>
    /// <param name="store">Keeps finished folds, so that an interrupted run goes on; null for none.</param>
    /// <param name="cancellation">Ends the run with the answer so far.</param>
    /// <exception cref="UnusableDataException">The data cannot be compared on: a class has fewer rows than folds, there is no feature, ...</exception>
    /// <exception cref="FormatException">A learner is unknown.</exception>
    /// <exception cref="OperationCanceledException">The run was cancelled before one fold was judged.</exception>
    /// <exception cref="TimeoutException">The time budget ended before one fold was judged.</exception>
    public static ComparisonResult Run(
        Dataset dataset, ComparisonOptions? options = null, IProgress<ComparisonProgress>? progress = null, RunStore? store = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(dataset);
        var run = new ComparisonRun(dataset, options ?? new ComparisonOptions(), store);
        run.Execute(progress, cancellation);
        return run.Result();
    }
}

/// <summary>One run: its candidates, what they scored so far, and who is still in the race.</summary>
internal sealed class ComparisonRun
{
    /// <summary>Folds that every candidate is judged on before any can be stopped.</summary>
    private const int FewestFoldsToStop = 4;

    /// <summary>The metrics that every candidate is judged by, whatever decides.</summary>
    private static readonly string[] JudgedMetrics =
    [
        "accuracy", "balanced-accuracy", "macro-f1", "weighted-f1", "f1", "f2", "precision", "recall", "specificity", "g-mean", "mcc", "kappa", "roc-auc", "average-precision", "brier",
        "log-loss", "ece", "expected-cost",
    ];

    private readonly Dataset dataset;
    private readonly ComparisonOptions options;
    private readonly RunStore? store;
    private readonly ClassCounts counts;
    private readonly int positiveClass;
    private readonly IReadOnlyList<Fold> folds;
    private readonly List<Warning> warnings = [];
    private readonly List<TrainingUnit> units = [];
    private readonly Dictionary<Candidate, CandidateState> states = [];
    private readonly IReadOnlyList<IMetric> metrics;
    private int completed;
    private bool incomplete;

    internal ComparisonRun(Dataset dataset, ComparisonOptions given, RunStore? store)
    {
        this.dataset = dataset;
        this.store = store;
        counts = dataset.CountLabels();
        if (counts.Classes < 2) throw new UnusableDataException("There is one class only; a classifier needs at least two.", dataset.Name, column: dataset.Target);
        if (dataset.Columns.Count == 0) throw new UnusableDataException("There is no feature column; a model needs at least one besides the target.", dataset.Name);
        positiveClass = given.PositiveClass ?? counts.Rarest;
        options = given with
        {
            Learners = given.Learners.Count > 0 ? given.Learners : LearnerCatalogue.Default,
            Remedies = [Remedy.None, .. (given.Remedies.Count > 0 ? given.Remedies : DefaultRemedies.For(counts.Classes, given.Costs is not null)).Where(r => r != Remedy.None)],
            PositiveClass = positiveClass,
            Repeats = given.Repeats == 0 ? AutomaticRepeats(counts) : given.Repeats,
            Threads = given.Threads == 0 ? Environment.ProcessorCount : given.Threads,
        };
        if (options.Costs is not null && options.Costs.Classes != counts.Classes)
            throw new ArgumentException($"The cost matrix is for {options.Costs.Classes} classes, and there are {counts.Classes}.", nameof(given));
        int[] groups = DataChecks.Groups(dataset, options.Groups, warnings);
        DataChecks.Warn(dataset, counts, warnings);
        try
        {
            folds = StratifiedFolds.Split(dataset.Labels, dataset.ClassNames, options.Folds, options.Repeats, options.Seed, groups);
        }
        catch (UnusableDataException few)
        {
            throw new UnusableDataException(few.Problem, dataset.Name, column: dataset.Target, innerException: few);
        }

        metrics = [.. JudgedMetrics.Select(name => name == "expected-cost" ? Metric.ExpectedCost(options.Costs) : Metric.Catalogue.Create(name))];
        if (metrics.All(m => m.Name != options.Metric.Name)) metrics = [.. metrics, options.Metric];
        AddCandidates();
    }

    internal void Execute(IProgress<ComparisonProgress>? progress, CancellationToken cancellation)
    {
        long started = Stopwatch.GetTimestamp();
        using var deadline = options.TimeBudget is TimeSpan budget ? new CancellationTokenSource(budget) : new CancellationTokenSource();
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation, deadline.Token);
        int done = 0;
        foreach (Fold fold in folds)
        {
            if (stop.IsCancellationRequested) break;
            var features = new FoldFeatures(dataset, fold);
            TrainingUnit[] alive = [.. units.Where(u => u.Candidates.Any(IsRacing)).OrderByDescending(u => u.LastSeconds)];
            var queue = new ConcurrentQueue<TrainingUnit>(alive);
            var outcomes = new ConcurrentDictionary<Candidate, FoldScore>();
            var failures = new ConcurrentDictionary<Candidate, (CandidateStatus, string)>();
            object gate = new();
            int before = done;
            int workers = Math.Min(options.Threads, alive.Length);
            Workers.Run(workers, () =>
            {
                while (!stop.IsCancellationRequested && queue.TryDequeue(out TrainingUnit? unit))
                {
                    RunUnit(unit, features, outcomes, failures, stop.Token);
                    lock (gate)
                    {
                        done++;
                        Report(progress, unit, done, before + (alive.Length * (folds.Count - completed)), Stopwatch.GetElapsedTime(started));
                    }
                }
            });
            foreach ((Candidate candidate, (CandidateStatus status, string reason)) in failures) (states[candidate].Status, states[candidate].Reason) = (status, reason);
            if (alive.SelectMany(u => u.Candidates).Any(c => IsRacing(c) && !outcomes.ContainsKey(c))) break;
            foreach ((Candidate candidate, FoldScore score) in outcomes) states[candidate].Scores.Add(score);
            completed++;
            if (options.Racing) StopTheClearlyWorse();
        }

        incomplete = completed < folds.Count;
        if (completed > 0) return;
        if (cancellation.IsCancellationRequested) throw new OperationCanceledException("The comparison was interrupted before one fold was judged.", cancellation);
        if (states.Values.FirstOrDefault(s => s.Status == CandidateStatus.Failed) is CandidateState failed)
            throw new InvalidOperationException($"No candidate could be trained. {failed.Reason}");
        throw new TimeoutException("The time budget ended before one fold was judged. Allow more time, or compare fewer remedies or rows.");
    }

    internal ComparisonResult Result()
    {
        CandidateState[] judged = [.. states.Values.Where(s => s.Scores.Count > 0)];
        CandidateState baseline = judged.Where(s => s.Candidate.Remedy == Remedy.None).OrderByDescending(Value).FirstOrDefault()
            ?? throw new InvalidOperationException($"Doing nothing could not be trained, so there is nothing to compare with. {states.Values.First(s => s.Candidate.Remedy == Remedy.None).Reason}");
        double testShare = 1.0 / (options.Folds - 1);
        Dictionary<Candidate, FoldMean> versus = judged.Where(s => s != baseline).ToDictionary(s => s.Candidate, s => CorrectedResampledTTest.Evaluate(Difference(s, baseline), testShare));
        Candidate[] tested = [.. versus.Keys];
        double[] adjusted = HolmCorrection.Adjust([.. tested.Select(c => versus[c].PValue)]);
        CandidateState[] finished = [.. judged.Where(s => s.Status is CandidateStatus.Done && s.Scores.Count == completed).OrderByDescending(Value)];
        CandidateState best = finished[0];
        var results = new List<CandidateResult>();
        foreach (CandidateState state in states.Values)
        {
            bool has = state.Scores.Count > 0;
            CandidateStatus status = state.Status == CandidateStatus.Done && incomplete ? CandidateStatus.Unfinished : state.Status;
            results.Add(new CandidateResult
            {
                Candidate = state.Candidate,
                Status = status,
                Reason = state.Reason,
                FoldValues = [.. state.Scores.Select(s => s.Value)],
                Mean = has ? CorrectedResampledTTest.Evaluate([.. state.Scores.Select(s => s.Value)], testShare) : null,
                VersusBaseline = versus.GetValueOrDefault(state.Candidate),
                PValueHolm = Array.IndexOf(tested, state.Candidate) is >= 0 and var at ? adjusted[at] : 1,
                Chances = has && state != baseline && state.Scores.Count > 1 ? BayesianCorrelatedTTest.Evaluate(Difference(state, baseline), testShare, options.Equivalence) : null,
                SameAsBest = finished.Contains(state) && PracticallySame(state, best, testShare),
                Metrics = has ? metrics.ToDictionary(m => m.Name, m => state.Scores.Average(s => s.Metrics[m.Name])) : new Dictionary<string, double>(),
                FitSeconds = has ? state.Scores.Average(s => s.Judged.Seconds) : 0,
                Confusion = has ? Pooled(state) : null,
                Judged = [.. state.Scores.Select((s, j) => new JudgedFold(folds[j], s.Judged.Decided, KeepProbabilities ? [.. s.Judged.Probabilities.Select(p => (float)p)] : [], s.Judged.Decision))],
            });
        }

        results = [.. results.OrderBy(r => r.Status is CandidateStatus.Done or CandidateStatus.Unfinished && r.Mean is not null ? 0 : r.Mean is not null ? 1 : 2)
            .ThenByDescending(r => r.Mean is null ? 0 : Sign * r.Mean.Mean).ThenBy(r => r.Candidate.Remedy.Complexity)];
        return new ComparisonResult
        {
            Dataset = dataset,
            Options = options,
            Counts = counts,
            PositiveClass = positiveClass,
            Baseline = baseline.Candidate,
            Candidates = results,
            Recommendation = Recommend(results, baseline, finished),
            Warnings = warnings,
            Incomplete = incomplete,
        };
    }

    private int Sign => options.Metric.HigherIsBetter ? 1 : -1;

    private bool KeepProbabilities => counts.Classes == 2 || options.Metric.NeedsProbabilities;

    private void AddCandidates()
    {
        var byKey = new Dictionary<string, TrainingUnit>(StringComparer.Ordinal);
        foreach (string name in options.Learners.Distinct(StringComparer.OrdinalIgnoreCase))
        {
            ILearner learner = LearnerCatalogue.All.Create(name);
            foreach (Remedy remedy in options.Remedies)
            {
                var candidate = new Candidate(learner.Name, remedy);
                var state = new CandidateState(candidate);
                states.Add(candidate, state);
                try
                {
                    TrainingPlan plan = Trainer.Plan(remedy, dataset.Labels, dataset.ClassNames, positiveClass, options.Costs);
                    foreach (IDecisionRemedy decision in remedy.Parts.OfType<IDecisionRemedy>()) decision.Apply(plan);
                    if (Trainer.Refuses(learner, plan) is string reason) throw new RemedyRefusedException(reason);
                    string key = TrainingUnit.KeyOf(learner.Name, remedy, plan);
                    if (!byKey.TryGetValue(key, out TrainingUnit? unit))
                    {
                        byKey[key] = unit = new TrainingUnit(learner, Remedy.Of([.. remedy.Parts.Where(p => p.Family != RemedyFamily.Decision)]), key);
                        units.Add(unit);
                    }

                    unit.Candidates.Add(candidate);
                }
                catch (RemedyRefusedException refused)
                {
                    (state.Status, state.Reason) = (CandidateStatus.Refused, refused.Message);
                }
            }
        }
    }

    /// <summary>
    /// Where the rarest class has few rows, the figures depend much on how the rows fall into folds, and a fit is cheap: so small data are judged on more orders.
    /// </summary>
    private static int AutomaticRepeats(ClassCounts counts)
    {
        const long enough = 400, mostRows = 50_000;
        const int fewest = 2, most = 10;
        return counts.Rows > mostRows ? fewest : (int)Math.Clamp((enough + counts[counts.Rarest] - 1) / Math.Max(1, counts[counts.Rarest]), fewest, most);
    }

    private bool IsRacing(Candidate candidate) => states[candidate].Status == CandidateStatus.Done;

    private void RunUnit(
        TrainingUnit unit, FoldFeatures fold, ConcurrentDictionary<Candidate, FoldScore> outcomes, ConcurrentDictionary<Candidate, (CandidateStatus, string)> failures, CancellationToken stop)
    {
        Candidate[] wanted = [.. unit.Candidates.Where(IsRacing)];
        var missing = new List<Candidate>();
        foreach (Candidate candidate in wanted)
        {
            if (store?.Find(candidate, fold.Fold) is JudgedCandidate known) outcomes[candidate] = Score(known, fold);
            else missing.Add(candidate);
        }

        if (missing.Count == 0) return;
        try
        {
            var judged = WithRetries(() => unit.Run(fold, options, dataset.ClassNames, positiveClass, missing, stop));
            store?.Add(fold.Fold, judged);
            foreach ((Candidate candidate, JudgedCandidate result) in judged) outcomes[candidate] = Score(result, fold);
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
        }
        catch (RemedyRefusedException refused)
        {
            foreach (Candidate candidate in missing) failures[candidate] = (CandidateStatus.Refused, refused.Message);
        }
        catch (Exception failed) when (failed is not OutOfMemoryException)
        {
            foreach (Candidate candidate in missing) failures[candidate] = (CandidateStatus.Failed, failed.Message.Split('\n')[0]);
        }
    }

    /// <summary>
    /// Repeats a fit whose native library failed: TorchSharp may finalise a scalar that a native call still reads. A fit is a function of its seed, so a
    /// repetition gives what the first try would have given.
    /// </summary>
    private static T WithRetries<T>(Func<T> fit)
    {
        const int tries = 3;
        for (int attempt = 1; ; attempt++)
        {
            try
            {
                return fit();
            }
            catch (System.Runtime.InteropServices.ExternalException) when (attempt < tries)
            {
            }
        }
    }

    private FoldScore Score(JudgedCandidate judged, FoldFeatures fold)
    {
        Predictions predictions = Predictions.FromProbabilities(fold.TestLabels, judged.Probabilities, counts.Classes, predicted: judged.Decided, positiveClass: positiveClass, threads: 1);
        var values = new Dictionary<string, double>(metrics.Count);
        foreach (IMetric metric in metrics) values[metric.Name] = Figure(metric, predictions);
        double value = Figure(options.Metric, predictions);
        if (!double.IsFinite(value))
            throw new UnusableDataException($"{options.Metric.Name} is not defined on a fold (it is {value}); choose another metric or fewer folds.", dataset.Name);
        return new FoldScore(value, values, judged);
    }

    /// <summary>A metric's figure; NaN where these rows leave it undefined, as a ranking is with one class only.</summary>
    private static double Figure(IMetric metric, Predictions predictions)
    {
        try
        {
            return metric.Evaluate(predictions);
        }
        catch (UnusableDataException)
        {
            return double.NaN;
        }
    }

    private void Report(IProgress<ComparisonProgress>? progress, TrainingUnit unit, int done, int total, TimeSpan elapsed)
    {
        if (progress is null) return;
        TimeSpan? remaining = done == 0 ? null : TimeSpan.FromTicks((long)(elapsed.Ticks * ((double)Math.Max(0, total - done) / done)));
        CandidateState? best = states.Values.Where(s => s.Scores.Count > 0 && s.Status == CandidateStatus.Done).OrderByDescending(Value).FirstOrDefault();
        progress.Report(new ComparisonProgress(done, Math.Max(total, done), elapsed, remaining, $"{unit.Learner.Name} / {unit.Candidates[0].Remedy.TrainingName}", best?.Candidate, best is null ? double.NaN : best.Scores.Average(s => s.Value)));
    }

    private double Value(CandidateState state) => Sign * state.Scores.Average(s => s.Value);

    private double[] Difference(CandidateState state, CandidateState other)
    {
        int shared = Math.Min(state.Scores.Count, other.Scores.Count);
        return [.. Enumerable.Range(0, shared).Select(j => Sign * (state.Scores[j].Value - other.Scores[j].Value))];
    }

    /// <summary>
    /// Stops candidates that are worse than the best by the corrected t-test; the level is shared among all candidates and all looks
    /// (Bonferroni), so that the chance of ever stopping one that is as good stays below 5%.
    /// </summary>
    private void StopTheClearlyWorse()
    {
        if (completed < FewestFoldsToStop || completed == folds.Count) return;
        CandidateState[] racing = [.. states.Values.Where(s => s.Status == CandidateStatus.Done && s.Scores.Count == completed)];
        CandidateState best = racing.MaxBy(Value)!;
        double level = 0.05 / (racing.Length * folds.Count);
        foreach (CandidateState state in racing)
        {
            if (state == best || state.Candidate.Remedy == Remedy.None) continue;
            FoldMean difference = CorrectedResampledTTest.Evaluate(Difference(best, state), 1.0 / (options.Folds - 1));
            if (difference.Mean <= options.Equivalence || difference.PValue / 2 > level) continue;
            state.Status = CandidateStatus.Stopped;
            state.Reason = string.Create(CultureInfo.InvariantCulture, $"Clearly worse than {best.Candidate} after {completed} of {folds.Count} folds (p = {difference.PValue / 2:G2}).");
        }
    }

    private bool PracticallySame(CandidateState state, CandidateState best, double testShare)
    {
        if (state == best) return true;
        FoldMean difference = CorrectedResampledTTest.Evaluate(Difference(best, state), testShare);
        double tolerated = Math.Max(options.Equivalence, double.IsFinite(difference.StandardError) ? 0.5 * difference.StandardError : 0);
        return difference.Mean <= tolerated;
    }

    private ConfusionMatrix Pooled(CandidateState state)
    {
        double[] cells = new double[counts.Classes * counts.Classes];
        double repeats = Math.Max(1, (double)state.Scores.Count / options.Folds);
        for (int j = 0; j < state.Scores.Count; j++)
            for (int i = 0; i < folds[j].Test.Length; i++)
                cells[(dataset.Labels[folds[j].Test[i]] * counts.Classes) + state.Scores[j].Judged.Decided[i]] += 1 / repeats;
        return ConfusionMatrix.From(cells, counts.Classes);
    }

    private Recommendation Recommend(List<CandidateResult> results, CandidateState baseline, CandidateState[] finished)
    {
        CandidateResult Of(Candidate candidate) => results.Single(r => r.Candidate == candidate);
        bool IsProven(Candidate candidate) => Of(candidate) is { VersusBaseline.Mean: > 0, PValueHolm: < 0.05 };
        double testShare = 1.0 / (options.Folds - 1);
        Candidate picked = Choice.Of([.. finished.Append(baseline).Distinct().Select(f => (f.Candidate, f.Scores.Select(s => Sign * s.Value).ToArray()))], baseline.Candidate, IsProven, testShare, options.Equivalence);
        CandidateResult chosen = Of(picked), without = Of(baseline.Candidate);
        int tries = results.Count(r => r.VersusBaseline is not null);
        string metric = options.Metric.Name;
        if (picked == baseline.Candidate)
        {
            Candidate[] idle = [.. finished.Where(f => f.Candidate.Remedy == Remedy.None).Select(f => f.Candidate)];
            Estimate unseen = SelectionEstimate.Evaluate(dataset, folds, options, positiveClass, [.. results.Where(r => idle.Contains(r.Candidate))]);
            CandidateResult? first = results.FirstOrDefault(r => r.VersusBaseline is { Mean: > 0 } && finished.Any(f => f.Candidate == r.Candidate));
            string nearest = first is null
                ? "No remedy was better on average."
                : string.Create(CultureInfo.InvariantCulture, $"The best of the others, {first.Candidate}, gained {first.VersusBaseline!.Mean:0.0000} in {metric}, {(first.VersusBaseline.Mean <= options.Equivalence ? "which is practically nothing" : "which chance explains too well")} (p = {first.PValueHolm:0.00} after correction for {tries} tries).");
            return new Recommendation(picked, false, $"Nothing beats doing nothing on these rows. {nearest} Keep {picked}.", unseen);
        }

        Estimate estimate = SelectionEstimate.Evaluate(dataset, folds, options, positiveClass, [.. results.Where(r => finished.Any(f => f.Candidate == r.Candidate))]);
        FoldMean gain = chosen.VersusBaseline!;
        bool beats = IsProven(picked);
        Candidate top = finished[0].Candidate;
        string other = top == picked ? "" : $" {top} scored highest, but practically the same, and {picked.Remedy.Name} is simpler.";
        string figures = string.Create(CultureInfo.InvariantCulture, $"a {metric} of {chosen.Mean!.Mean:0.0000} against {without.Mean!.Mean:0.0000} for {baseline.Candidate}: better by {gain.Mean:0.0000} (95% interval {gain.Low:0.0000} to {gain.High:0.0000}, p = {chosen.PValueHolm:G2} after correction for {tries} tries)");
        string reason = beats
            ? $"{picked} reaches {figures}.{other}"
            : string.Create(CultureInfo.InvariantCulture, $"{picked} is the best guess, not proven: it reaches {figures}. Taken alone it is better than doing nothing with a chance of {1 - Choice.ChanceBelow(gain, chosen.FoldValues.Count, 0):P0}; more rows of the rare class would settle it.{other}");
        return new Recommendation(picked, beats, reason, estimate);
    }

    private sealed record FoldScore(double Value, Dictionary<string, double> Metrics, JudgedCandidate Judged);

    private sealed class CandidateState(Candidate candidate)
    {
        internal Candidate Candidate => candidate;

        internal CandidateStatus Status { get; set; } = CandidateStatus.Done;

        internal string? Reason { get; set; }

        internal List<FoldScore> Scores { get; } = [];
    }
}
