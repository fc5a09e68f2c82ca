using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using Counterweight.Data;

namespace Counterweight.Comparison;

/// <summary>One run: its candidates, what they scored so far, and who is still in the race.</summary>
internal sealed partial class ComparisonRun
{
    /// <summary>The folds where the user names no number and the rows allow it.</summary>
    private const int UsualFolds = 5;

    /// <summary>Of more than two classes: rows times classes up to which every candidate keeps the probabilities of a repeat, 8 MB of them.</summary>
    private const long MostProbabilities = 2_000_000;

    private readonly Dataset dataset;
    private readonly ComparisonOptions options;
    private readonly RunStore? store;
    private readonly ClassCounts counts;
    private readonly int positiveClass;
    private readonly int[] groups;
    private readonly IReadOnlyList<Fold> folds;
    private readonly double testShare;
    private readonly List<Warning> warnings = [];
    private readonly List<ILearner> learners = [];
    private readonly List<TrainingUnit> units = [];
    private readonly Dictionary<string, TrainingUnit> unitByKey = new(StringComparer.Ordinal);
    private readonly Dictionary<Candidate, CandidateState> states = [];
    private readonly Dictionary<(Candidate Candidate, int Fold), FoldScore> judgedBySearch = [];
    private readonly List<IMetric> metrics;
    private readonly int deciding;
    private long started;
    private IProgress<ComparisonProgress>? progress;
    private ProgramJudge? programs;
    private HoldoutStatistics? holdout;
    private int done, completed, pending;
    private bool incomplete;

    internal ComparisonRun(Dataset dataset, ComparisonOptions given, RunStore? store)
    {
        this.dataset = dataset;
        this.store = store;
        counts = dataset.CountLabels();
        if (counts.Classes < 2) throw new UnusableDataException("There is one class only; a classifier needs at least two.", dataset.Name,
            column: dataset.Target);
        bool learns = given.Learners.Count + given.OwnLearners.Count > 0 || given.Trainers.Count == 0;
        if (dataset.Columns.Count == 0 && learns)
            throw new UnusableDataException("There is no feature column; a model needs at least one besides the target.", dataset.Name);
        positiveClass = given.PositiveClass ?? counts.Rarest;
        bool nothingNamed = given.Remedies.Count + given.Searches.Count == 0;
        options = given with
        {
            Learners = given.Learners.Count + given.OwnLearners.Count + given.Trainers.Count > 0 ? given.Learners : LearnerCatalogue.Default,
            Remedies = [Remedy.None,
                .. (nothingNamed ? DefaultRemedies.For(counts.Classes, given.Costs is not null) : given.Remedies).Where(r => r != Remedy.None)],
            PositiveClass = positiveClass,
            Threads = given.Threads == 0 ? Environment.ProcessorCount : given.Threads,
            Folds = given.Holdout is null ? given.Folds : 1,
            Repeats = given.Holdout is not null ? given.Seeds : given.Times is not null ? 1 : given.Repeats > 0 ? given.Repeats
                : given.Trainers.Count > 0 ? 1 : AutomaticRepeats(counts),
        };
        if (options.Holdout is not (null or (> 0 and < 1)))
            throw new ArgumentException($"The share of the rows held out lies in (0, 1); {options.Holdout} does not.", nameof(given));
        if (options.Seeds < 1) throw new ArgumentException($"A holdout is judged with one seed or more; {options.Seeds} is not.", nameof(given));
        if (options is { Holdout: null, Seeds: > 1 })
            throw new ArgumentException("Several seeds belong to a holdout; a cross-validation has repeats in their place.", nameof(given));
        if (options.Costs is not null && options.Costs.Classes != counts.Classes)
            throw new ArgumentException($"The cost matrix is for {options.Costs.Classes} classes, and there are {counts.Classes}.", nameof(given));
        if (options.Certainty is not (> 0.5 and < 1))
            throw new ArgumentException($"The certainty that the Bayesian test asks for lies in (0.5, 1); {options.Certainty} does not.", nameof(given));
        if (!(options.Equivalence >= 0))
            throw new ArgumentException($"The region of practical equivalence is zero or wider; {options.Equivalence} is not.", nameof(given));
        if (options.SearchSize < 2)
            throw new ArgumentException($"A range is searched with two configurations or more; {options.SearchSize} is not.", nameof(given));
        if (options.Times is not null && options.Times.Count != dataset.Rows)
            throw new ArgumentException($"{options.Times.Count} times do not fit {dataset.Rows} rows.", nameof(given));
        // Without columns no row can repeat another.
        groups = dataset.Columns.Count == 0 ? [.. options.Groups ?? []] : DataChecks.Groups(dataset, options.Groups, warnings);
        if (dataset.Columns.Count > 0) DataChecks.Warn(dataset, counts, warnings);
        (folds, options) = ResolveFolds();
        testShare = options.Times is null && options.Holdout is null ? 1.0 / (options.Folds - 1) : TimeFolds.TestShare(folds);
        List<IMetric> judged = [.. Metric.Usual.Select(m => options.Costs is null ? m : m.WithCosts(options.Costs))];
        foreach (IMetric metric in (IMetric[])[options.Metric, .. options.Also])
        {
            int at = judged.FindIndex(m => m.Name == metric.Name);
            if (at < 0) judged.Add(metric);
            else judged[at] = metric;
        }

        metrics = judged;
        if (dataset.Columns.Count > 0) Preprocessor.Check(dataset, folds.Select(f => (f.Train, f.Test)));
        deciding = judged.FindIndex(m => m.Name == options.Metric.Name);
        AddCandidates();
    }

    internal void Execute(IProgress<ComparisonProgress>? listener, CancellationToken cancellation)
    {
        (started, progress) = (Stopwatch.GetTimestamp(), listener);
        using ProgramJudge? judge = programs = options.Trainers.Count == 0 ? null
            : new ProgramJudge(dataset, options, positiveClass, groups, folds, options.Trainers);
        using var deadline = options.TimeBudget is TimeSpan budget ? new CancellationTokenSource(budget) : new CancellationTokenSource();
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation, deadline.Token);
        for (int j = 0; j < folds.Count && !stop.IsCancellationRequested; j++)
        {
            // There is an answer after the first fold; only then is time spent on searching for better candidates, which make up for that fold.
            if (j == 1 && options.Searches.Count > 0 && (!Search(stop.Token) || !JudgeFold(0, stop.Token))) break;
            if (!JudgeFold(j, stop.Token)) break;
            completed = j + 1;
            if (!states.Values.Any(s => s.Candidate.Remedy == Remedy.None && s.Status == CandidateStatus.Done)) throw NothingToCompareWith();
            if (options.Racing) StopTheClearlyWorse();
        }

        incomplete = completed < folds.Count;
        if (programs is not null) warnings.AddRange(programs.Leaks());
        if (completed > 0) return;
        if (cancellation.IsCancellationRequested)
            throw new OperationCanceledException("The comparison was interrupted before one fold was judged.", cancellation);
        throw new TimeoutException("The time budget ended before one fold was judged. Allow more time, or compare fewer remedies or rows.");
    }

    /// <summary>Every candidate is measured by doing nothing, so a run in which that fails on every learner has no answer.</summary>
    private Exception NothingToCompareWith()
    {
        CandidateState lost = states.Values.First(s => s.Candidate.Remedy == Remedy.None);
        string problem = $"Doing nothing could not be judged on every fold, so there is nothing to compare the remedies with. {lost.Candidate}: {lost.Reason}";
        return lost.Failure is null or UnusableDataException or RemedyRefusedException
            ? new UnusableDataException(problem, dataset.Name, innerException: lost.Failure) : new InvalidOperationException(problem, lost.Failure);
    }

    /// <summary>
    /// Where the rarest class has few rows, the figures depend much on how the rows fall into folds, and a fit is cheap: so small data are judged on more
    /// orders.
    /// </summary>
    private static int AutomaticRepeats(ClassCounts counts)
    {
        const long enough = 400, mostRows = 50_000;
        const int fewest = 2, most = 10;
        return counts.Rows > mostRows ? fewest : (int)Math.Clamp((enough + counts[counts.Rarest] - 1) / Math.Max(1, counts[counts.Rarest]), fewest, most);
    }

    private int Sign => options.Metric.HigherIsBetter ? 1 : -1;

    /// <summary>
    /// The probabilities of two classes, and those that the metric reads, are kept of every fold. Of more classes the first repeat is enough for curves, and
    /// it is kept unless the candidates of a comparison would take gigabytes together.
    /// </summary>
    private bool KeepsProbabilities(Fold fold) =>
        counts.Classes == 2 || options.Metric.NeedsProbabilities || (fold.Repeat == 0 && counts.Rows * counts.Classes <= MostProbabilities);

    /// <summary>The folds, with the options as carried out. Without a number of folds, so many as every class has rows or groups for, five at most.</summary>
    private (IReadOnlyList<Fold> Folds, ComparisonOptions Options) ResolveFolds()
    {
        if (options.Folds != 0) return (Split(options.Folds), options);
        int most = options.Times is null ? StratifiedFolds.MostFolds(dataset.Labels, counts.Classes, groups, UsualFolds) : UsualFolds;
        for (int number = Math.Max(2, most); ; number--)
        {
            try
            {
                IReadOnlyList<Fold> split = Split(number);
                if (number < UsualFolds)
                    warnings.Add(new Warning("fewer-folds", string.Create(
                        CultureInfo.InvariantCulture,
                        $"There are {number} folds instead of {UsualFolds}: with more, a fold would have no row of class '{counts.Labels[counts.Rarest]}' or "
                        + $"of another rare class to judge. With so few rows of a class the figures are uncertain; collect more of them.")));
                return (split, options with { Folds = number });
            }
            catch (UnusableDataException) when (options.Times is not null && number > 2)
            {
            }
        }
    }

    private IReadOnlyList<Fold> Split(int number)
    {
        try
        {
            if (options.Holdout is double share)
                return HoldoutSplit.Split([.. dataset.Labels], dataset.ClassNames, share, options.Seeds, options.Seed, groups, options.Times);
            return options.Times is null
                ? StratifiedFolds.Split(dataset.Labels, dataset.ClassNames, number, options.Repeats, options.Seed, groups)
                : TimeFolds.Split([.. options.Times], dataset.Labels, dataset.ClassNames, number, groups);
        }
        catch (UnusableDataException unfit)
        {
            throw new UnusableDataException(unfit.Problem, dataset.Name, unfit.Row, column: dataset.Target, innerException: unfit);
        }
    }

    private void AddCandidates()
    {
        learners.AddRange(options.Learners.Distinct(StringComparer.OrdinalIgnoreCase).Select(LearnerCatalogue.All.Create));
        learners.AddRange(options.OwnLearners);
        learners.AddRange(options.Trainers);
        if (learners.Select(l => l.Name).Distinct(StringComparer.Ordinal).Count() < learners.Count)
            throw new ArgumentException($"Two learners have one name: {string.Join(", ", learners.Select(l => l.Name))}.");
        foreach (ILearner learner in learners)
            foreach (Remedy remedy in options.Remedies) Add(learner, remedy);
    }

    private void Add(ILearner learner, Remedy remedy)
    {
        var candidate = new Candidate(learner.Name, remedy);
        if (states.ContainsKey(candidate)) return;
        var state = new CandidateState(candidate);
        states.Add(candidate, state);
        (TrainingUnit? unit, string? reason) = UnitFor(learner, candidate, unitByKey, units);
        if (unit is null) (state.Status, state.Reason) = (CandidateStatus.Refused, reason);
    }

    /// <summary>The unit that trains a candidate, with the candidate added to it; or the reason why there is none.</summary>
    private (TrainingUnit? Unit, string? Reason) UnitFor(ILearner learner, Candidate candidate, Dictionary<string, TrainingUnit> known, List<TrainingUnit> all)
    {
        try
        {
            Remedy remedy = candidate.Remedy;
            TrainingPlan plan = RemedyTraining.Plan(
                remedy, dataset.Labels, dataset.ClassNames, positiveClass, options.Costs, dataset.SampleWeights);
            foreach (IDecisionRemedy decision in remedy.Parts.OfType<IDecisionRemedy>()) decision.Apply(plan);
            if (RemedyTraining.Refuses(learner, plan) is string reason) return (null, reason);
            string key = TrainingUnit.KeyOf(learner.Name, remedy, plan);
            if (!known.TryGetValue(key, out TrainingUnit? unit))
            {
                known[key] = unit = new TrainingUnit(learner, Remedy.Of([.. remedy.Parts.Where(p => p.Family != RemedyFamily.Decision)]), key);
                all.Add(unit);
            }

            unit.Candidates.Add(candidate);
            return (unit, null);
        }
        catch (RemedyRefusedException refused)
        {
            return (null, refused.Message);
        }
    }

    /// <summary>Judges every racing candidate that lacks a fold on it.</summary>
    /// <returns>Whether all of them were judged, or failed.</returns>
    private bool JudgeFold(int j, CancellationToken stop)
    {
        bool Wanted(Candidate c) => states[c].Status == CandidateStatus.Done && states[c].Scores.Count == j;
        if (!states.Keys.Any(Wanted)) return states.Values.Any(s => s.Status == CandidateStatus.Done);
        ExpectPrograms(j, Wanted);
        FoldOutcome outcome = Judge(new FoldFeatures(dataset, folds[j], groups), j, 1, units, Wanted, u => u * (folds.Count - j - 1), stop);
        foreach ((Candidate candidate, Exception failure) in outcome.Failures) states[candidate].Fail(failure);
        if (states.Keys.Any(c => Wanted(c) && !outcome.Scores.ContainsKey(c))) return false;
        foreach ((Candidate candidate, FoldScore score) in outcome.Scores) states[candidate].Scores.Add(score);
        return WatchPrograms(j, stop);
    }

    /// <summary>Trains the units that wanted candidates need, on a fold with 1 / divisor of its training rows, several at a time.</summary>
    private FoldOutcome Judge(
        FoldFeatures features, int j, int divisor, IReadOnlyList<TrainingUnit> all, Func<Candidate, bool> wanted, Func<int, int> later, CancellationToken stop)
    {
        var outcome = new FoldOutcome();
        (TrainingUnit Unit, Candidate[] Candidates)[] work = [
            .. all.OrderByDescending(u => u.LastSeconds).Select(u => (u, (Candidate[])[.. u.Candidates.Where(wanted)])).Where(w => w.Item2.Length > 0)];
        int total = done + work.Length + later(work.Length) + pending;
        object gate = new();
        Run([.. work.Where(w => w.Unit.Learner is not ExternalTrainer)], options.Threads);
        // How many programs run at a time is the matter of their pool; here each has a thread that waits for it.
        Run([.. work.Where(w => w.Unit.Learner is ExternalTrainer)], int.MaxValue);
        return outcome;

        void Run((TrainingUnit Unit, Candidate[] Candidates)[] some, int workers)
        {
            var queue = new ConcurrentQueue<(TrainingUnit Unit, Candidate[] Candidates)>(some);
            Workers.Run(Math.Min(workers, some.Length), () =>
            {
                while (!stop.IsCancellationRequested && queue.TryDequeue(out var next))
                {
                    RunUnit(next.Unit, next.Candidates, features, j, divisor, outcome, stop);
                    lock (gate)
                    {
                        done++;
                        Report(next.Unit, total);
                    }
                }
            });
        }
    }

    private void RunUnit(TrainingUnit unit, Candidate[] candidates, FoldFeatures fold, int j, int divisor, FoldOutcome outcome, CancellationToken stop)
    {
        var missing = new List<Candidate>();
        foreach (Candidate candidate in candidates)
        {
            if ((divisor == 1 ? judgedBySearch.GetValueOrDefault((candidate, j)) : null) is FoldScore before) outcome.Scores[candidate] = before;
            else if (store?.Find(unit.Learner, candidate, fold.Fold, divisor) is FoldScore known) outcome.Scores[candidate] = known;
            else missing.Add(candidate);
        }

        if (missing.Count == 0) return;
        try
        {
            var judged = new List<(Candidate Candidate, FoldScore Score)>();
            IReadOnlyList<UnitOutcome> outcomes = unit.Learner is ExternalTrainer trainer
                ? programs!.Judge(unit, trainer, fold.Fold, divisor, missing, stop)
                : unit.Run(fold, options, dataset.ClassNames, positiveClass, missing, stop);
            foreach (UnitOutcome made in outcomes)
            {
                try
                {
                    if (made.Judged is null) Fail(made.Candidate, made.Failure!);
                    else judged.Add((made.Candidate, Score(made.Judged, fold)));
                }
                catch (Exception undefined) when (undefined is not OutOfMemoryException)
                {
                    Fail(made.Candidate, undefined);
                }
            }

            store?.Add(unit.Learner, fold.Fold, divisor, judged);
            foreach ((Candidate candidate, FoldScore score) in judged) outcome.Scores[candidate] = score;
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
        }
        catch (Exception failed) when (failed is not (OutOfMemoryException or RunStoreException))
        {
            foreach (Candidate candidate in missing) Fail(candidate, failed);
        }

        void Fail(Candidate candidate, Exception failure) => outcome.Failures[candidate] = failure;
    }

    private FoldScore Score(JudgedCandidate judged, FoldFeatures fold)
    {
        Predictions predictions = Predictions.FromProbabilities(
            fold.TestLabels, judged.Probabilities, counts.Classes, fold.TestWeights, predicted: judged.Decided, positiveClass: positiveClass, threads: 1);
        double[] figures = [.. metrics.Select(metric => Figure(metric, predictions))];
        if (!double.IsFinite(figures[deciding]))
            throw new UnusableDataException($"{options.Metric.Name} is not defined on a fold (it is {figures[deciding]}); choose another metric or "
                + $"fewer folds.", dataset.Name);
        return new FoldScore(figures, judged.Decided, KeepsProbabilities(fold.Fold) ? [.. judged.Probabilities.Select(p => (float)p)] : [], judged.Decision,
            judged.Seconds);
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

    private void Report(TrainingUnit unit, int total)
    {
        if (progress is null) return;
        TimeSpan elapsed = Stopwatch.GetElapsedTime(started);
        TimeSpan? remaining = done == 0 ? null : TimeSpan.FromTicks((long)(elapsed.Ticks * ((double)Math.Max(0, total - done) / done)));
        CandidateState? best = states.Values.Where(s => s.Scores.Count > 0 && s.Status == CandidateStatus.Done).OrderByDescending(Value).FirstOrDefault();
        progress.Report(new ComparisonProgress(
            done, Math.Max(total, done), elapsed, remaining, $"{unit.Learner.Name} / {unit.Candidates[0].Remedy.TrainingName}", best?.Candidate,
            best is null ? double.NaN : best.Scores.Average(Value))
        { LastSeconds = unit.LastSeconds });
    }

    private double Value(FoldScore score) => score.Figures[deciding];

    private double Value(CandidateState state) => Sign * state.Scores.Average(Value);

    private double[] Difference(CandidateState state, CandidateState other)
    {
        int shared = Math.Min(state.Scores.Count, other.Scores.Count);
        return [.. Enumerable.Range(0, shared).Select(j => Sign * (Value(state.Scores[j]) - Value(other.Scores[j])))];
    }

    /// <summary>Stops candidates that are clearly worse than another, so that the chance of ever stopping one for another that is no better stays below
    /// 5%: see <see cref="Race"/>.</summary>
    private void StopTheClearlyWorse()
    {
        if (completed < Race.FewestFolds || completed == folds.Count) return;
        CandidateState[] racing = [.. states.Values.Where(s => s.Status == CandidateStatus.Done && s.Scores.Count == completed)];
        IReadOnlyList<Left> left = Race.ClearlyWorse(
            [.. racing.Select(s => (double[])[.. s.Scores.Select(f => Sign * Value(f))])], states.Values.Count(s => s.Scores.Count > 0),
            folds.Count - Race.FewestFolds, testShare, options.Equivalence);
        foreach ((int loser, int winner, double chance) in left)
        {
            CandidateState state = racing[loser];
            if (state.Candidate.Remedy == Remedy.None) continue;
            state.Status = CandidateStatus.Stopped;
            state.Reason = string.Create(
                CultureInfo.InvariantCulture,
                $"Clearly worse than {racing[winner].Candidate} after {completed} of {folds.Count} folds (p = {chance:G2}).");
        }
    }

    /// <summary>What the candidates of a fold came to.</summary>
    private sealed class FoldOutcome
    {
        internal ConcurrentDictionary<Candidate, FoldScore> Scores { get; } = new();

        internal ConcurrentDictionary<Candidate, Exception> Failures { get; } = new();
    }

    private sealed class CandidateState(Candidate candidate)
    {
        internal Candidate Candidate => candidate;

        internal CandidateStatus Status { get; set; } = CandidateStatus.Done;

        internal string? Reason { get; set; }

        internal Exception? Failure { get; private set; }

        internal List<FoldScore> Scores { get; } = [];

        internal void Fail(Exception failure)
        {
            Failure = failure;
            Status = failure is RemedyRefusedException ? CandidateStatus.Refused : CandidateStatus.Failed;
            Reason = ReasonOf(failure);
        }
    }

    private static string ReasonOf(Exception failure) => failure is RemedyRefusedException ? failure.Message : failure.Message.Split('\n')[0];
}
