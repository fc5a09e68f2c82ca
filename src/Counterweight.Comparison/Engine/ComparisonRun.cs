using Counterweight.Data;

namespace Counterweight.Comparison;

/// <summary>One run from beginning to end: folds are judged one after the other, with a search after the first, and what they scored is the verdict.</summary>
internal sealed class ComparisonRun
{
    private readonly List<Warning> warnings = [];
    private readonly RunTerms terms;
    private readonly Scoring scoring;
    private readonly CandidateStates candidates;
    private readonly ParameterSearch search;
    private readonly Screening screening;
    private readonly RunStore? store;
    private ProgramJudge? programs;
    private int completed;

    internal ComparisonRun(Dataset dataset, ComparisonOptions given, RunStore? store)
    {
        this.store = store;
        terms = RunTerms.Of(dataset, given, warnings);
        scoring = new Scoring(terms);
        candidates = new CandidateStates(terms, scoring);
        search = new ParameterSearch(terms, scoring);
        screening = new Screening(terms, scoring, candidates);
    }

    /// <summary>What the run would train.</summary>
    internal ComparisonPlan Plan()
    {
        search.Prepare();
        IReadOnlyList<TrainingUnit> units = candidates.Units;
        int splits = terms.Folds.Count;
        return new ComparisonPlan(
            [
                .. candidates.All.Select(s => new PlannedCandidate(
                    s.Candidate, units.FirstOrDefault(u => u.Candidates.Contains(s.Candidate))?.Training.Name, s.Reason)),
            ],
            units.Count, splits, units.Count * splits, search.Fits, terms.Options.Trainers.Count * terms.Folds.Count(f => f.Repeat == 0));
    }

    /// <summary>Judges fold after fold until all are judged or the time is up.</summary>
    /// <exception cref="OperationCanceledException">It was cancelled before one fold was judged.</exception>
    /// <exception cref="TimeoutException">The time was up before one fold was judged.</exception>
    internal void Execute(IProgress<ComparisonProgress>? listener, CancellationToken cancellation)
    {
        ComparisonOptions options = terms.Options;
        var progress = new RunProgress(listener, candidates, scoring);
        using ProgramJudge? programJudge = programs = options.Trainers.Count == 0 ? null : new ProgramJudge(terms);
        var judge = new FoldJudge(terms, scoring, store, programs, progress);
        var folds = new FoldRounds(terms, scoring, candidates, judge, programs, warnings);
        using var deadline = options.TimeBudget is TimeSpan budget ? new CancellationTokenSource(budget) : new CancellationTokenSource();
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation, deadline.Token);
        bool begins = terms.Effort.ScreeningDivisor == 0 || screening.Run(judge, stop.Token);
        for (int j = 0; begins && j < terms.Folds.Count && !stop.IsCancellationRequested; j++)
        {
            // There is an answer after the first fold; only then is time spent on searching for better candidates, which make up for that fold.
            if (j == 1 && options.Searches.Count > 0 && (!Search(judge, progress, stop.Token) || !folds.Judge(0, stop.Token))) break;
            if (!folds.Judge(j, stop.Token)) break;
            completed = j + 1;
            if (!candidates.All.Any(s => s.Candidate.Remedy == Remedy.None && s.Status == CandidateStatus.Done)) throw NothingToCompareWith();
            if (options.Racing) folds.StopTheClearlyWorse(completed);
        }

        if (programs is not null) warnings.AddRange(programs.Remarks());
        if (completed > 0) return;
        if (cancellation.IsCancellationRequested)
            throw new OperationCanceledException("The comparison was interrupted before one fold was judged.", cancellation);
        throw new TimeoutException("The time budget ended before one fold was judged. Allow more time, or compare fewer remedies or rows.");
    }

    /// <summary>What the folds judged come to.</summary>
    internal ComparisonResult Result()
    {
        CandidateState[] finished = [
            .. candidates.All.Where(s => s.Status is CandidateStatus.Done && s.Scores.Count > 0 && s.Scores.Count == completed)
                .OrderByDescending(s => scoring.Goodness(s.Scores))];
        CandidateState baseline = finished.FirstOrDefault(s => s.Candidate.Remedy == Remedy.None) ?? throw NothingToCompareWith();
        NoiseFloors noise = NoiseFloors.Of(terms, scoring, candidates, programs);
        if (VerdictText.LeftOut(terms, candidates.All) is Warning cut) warnings.Add(cut);
        warnings.AddRange(VerdictText.Noise(noise, terms.Options, baseline.Candidate));
        IReadOnlyList<Configuration> left = [.. search.LeftOut(candidates), .. screening.LeftOut];
        var paired = new PairedFigures(terms, scoring, candidates, noise);
        var results = new CandidateResults(terms, scoring, paired, finished, baseline, completed);
        IReadOnlyList<CandidateResult> judged = results.All(candidates.All, left.Count);
        Recommendation recommendation = new Adviser(terms, scoring, paired, noise, finished, baseline, left).Advise(judged);
        return new ComparisonResult
        {
            Dataset = terms.Dataset,
            Options = terms.Options,
            Counts = terms.Counts,
            PositiveClass = terms.PositiveClass,
            Baseline = baseline.Candidate,
            Candidates = results.WithMatrices(judged, [baseline, candidates[recommendation.Candidate]]),
            Searches = search.Results(),
            Tries = results.Tries,
            Recommendation = recommendation,
            Warnings = warnings,
            NoiseFloors = noise.Floors,
            Effort = ComparisonEffort.Of(terms.Effort, candidates.All),
            Incomplete = completed < terms.Folds.Count,
        };
    }

    private bool Search(FoldJudge judge, RunProgress progress, CancellationToken stop)
    {
        if (search.Run(judge, progress, stop) is not { } found) return false;
        foreach ((ILearner learner, Remedy remedy) in found) candidates.Add(learner, remedy);
        return true;
    }

    /// <summary>Every candidate is measured by doing nothing, so a run in which that fails on every learner has no answer.</summary>
    private Exception NothingToCompareWith()
    {
        CandidateState lost = candidates.All.First(s => s.Candidate.Remedy == Remedy.None);
        string problem = $"Doing nothing could not be judged on every fold, so there is nothing to compare the remedies with. {lost.Candidate}: {lost.Reason}";
        return lost.Failure switch
        {
            null or UnusableDataException or RemedyRefusedException => new UnusableDataException(problem, terms.Dataset.Name, innerException: lost.Failure),
            TrainerException => new TrainerException(problem, lost.Failure),
            _ => new InvalidOperationException(problem, lost.Failure),
        };
    }
}
