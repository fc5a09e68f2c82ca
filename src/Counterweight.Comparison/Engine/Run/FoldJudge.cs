using System.Collections.Concurrent;

namespace Counterweight.Comparison;

/// <summary>Trains and judges candidates on one fold, several units at a time; what the store knows is not trained again.</summary>
internal sealed class FoldJudge(RunTerms terms, Scoring scoring, RunStore? store, ProgramJudge? programs, RunProgress progress)
{
    private readonly Dictionary<(Candidate Candidate, int Fold), FoldScore> known = [];

    /// <summary>Keeps what a search found out on a whole fold, so that the fold is not judged twice.</summary>
    internal void Remember(Candidate candidate, int fold, FoldScore score) => known[(candidate, fold)] = score;

    /// <summary>The same on the folds of other terms: with its store and its progress.</summary>
    internal FoldJudge On(RunTerms others, Scoring byOthers) => new(others, byOthers, store, programs, progress);

    /// <summary>Trains the units that wanted candidates need, on a fold with 1 / divisor of its training rows.</summary>
    /// <param name="features">The fold, or a part of it.</param>
    /// <param name="fold">Its position among the folds of the run.</param>
    /// <param name="divisor">The training rows are 1 / divisor of the fold's.</param>
    /// <param name="units">What may be trained.</param>
    /// <param name="wanted">Who is to be judged.</param>
    /// <param name="later">How many fits are sure to follow, by the number of those of this fold.</param>
    /// <param name="stop">Ends it; candidates that were not judged by then are missing in the outcome.</param>
    internal FoldOutcome Judge(
        FoldFeatures features, int fold, int divisor, IReadOnlyList<TrainingUnit> units, Func<Candidate, bool> wanted, Func<int, int> later,
        CancellationToken stop)
    {
        var outcome = new FoldOutcome();
        (TrainingUnit Unit, Candidate[] Candidates)[] work =
        [
            .. units.OrderByDescending(u => u.LastSeconds).Select(u => (u, (Candidate[])[.. u.Candidates.Where(wanted)])).Where(w => w.Item2.Length > 0),
        ];
        progress.Begin(work.Length, later(work.Length));
        Run([.. work.Where(w => w.Unit.Learner is not ExternalTrainer)], terms.Options.Threads);
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
                    JudgeUnit(next.Unit, next.Candidates, features, fold, divisor, outcome, stop);
                    progress.Done(next.Unit);
                }
            });
        }
    }

    private void JudgeUnit(
        TrainingUnit unit, Candidate[] candidates, FoldFeatures features, int fold, int divisor, FoldOutcome outcome, CancellationToken stop)
    {
        var missing = new List<Candidate>();
        foreach (Candidate candidate in candidates)
        {
            FoldScore? before = (divisor == 1 ? known.GetValueOrDefault((candidate, fold)) : null)
                ?? store?.Find(unit.Learner, candidate, features.Fold, divisor);
            if (before is null) missing.Add(candidate);
            else outcome.Scores[candidate] = before;
        }

        if (missing.Count == 0) return;
        try
        {
            var judged = new List<(Candidate Candidate, FoldScore Score)>();
            IReadOnlyList<UnitOutcome> outcomes = unit.Learner is ExternalTrainer trainer
                ? programs!.Judge(unit, trainer, features.Fold, divisor, missing, stop)
                : unit.Run(features, terms.Fit, missing, stop);
            foreach (UnitOutcome made in outcomes)
            {
                try
                {
                    if (made.Judged is null) outcome.Failures[made.Candidate] = made.Failure!;
                    else judged.Add((made.Candidate, scoring.Score(made.Judged, features)));
                }
                catch (Exception undefined) when (undefined is not OutOfMemoryException)
                {
                    outcome.Failures[made.Candidate] = undefined;
                }
            }

            store?.Add(unit.Learner, features.Fold, divisor, judged);
            foreach ((Candidate candidate, FoldScore score) in judged) outcome.Scores[candidate] = score;
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
        }
        catch (Exception failed) when (failed is not (OutOfMemoryException or RunStoreException))
        {
            foreach (Candidate candidate in missing) outcome.Failures[candidate] = failed;
        }
    }
}

/// <summary>What the candidates of a fold came to.</summary>
internal sealed class FoldOutcome
{
    internal ConcurrentDictionary<Candidate, FoldScore> Scores { get; } = new();

    internal ConcurrentDictionary<Candidate, Exception> Failures { get; } = new();
}
