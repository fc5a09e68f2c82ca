using System.Diagnostics;
using System.Globalization;

namespace Counterweight.Comparison;

/// <summary>Candidates that share their models, since they train alike and differ in the decision alone.</summary>
internal sealed class TrainingUnit(ILearner learner, Remedy training, string key)
{
    internal string Key => key;

    internal ILearner Learner => learner;

    internal Remedy Training => training;

    internal List<Candidate> Candidates { get; } = [];

    internal double LastSeconds { get; set; }

    /// <summary>Two schemes that give the same weights are one: inverse, balanced and max-ratio differ in scale alone.</summary>
    internal static string KeyOf(string learner, Remedy remedy, TrainingPlan plan)
    {
        IEnumerable<string> parts = remedy.Parts.Where(p => p.Family is not (RemedyFamily.Decision or RemedyFamily.Weights)).Select(p => p.Name);
        if (plan.Weights is not null && plan.Weights.ToArray() is var weights && weights.Any(w => Math.Abs(w - 1) > 1e-12))
            parts = parts.Append(string.Join(' ', weights.Select(w => w.ToString("G10", CultureInfo.InvariantCulture))));
        if (plan.Native is not null) parts = parts.Append(plan.Native.Name);
        return $"{learner}|{string.Join('+', parts)}";
    }

    /// <summary>Fits on the training rows of a fold and judges its test rows for some of the candidates.</summary>
    /// <returns>For each candidate what came of it. One whose decision cannot be made fails alone; the model that it shares is there for the others.</returns>
    /// <exception cref="RemedyRefusedException">The training itself cannot be done on these rows.</exception>
    internal IReadOnlyList<UnitOutcome> Run(FoldFeatures fold, FitTerms terms, IReadOnlyList<Candidate> wanted, CancellationToken cancellation)
    {
        long started = Stopwatch.GetTimestamp();
        TrainingPlan plan = RemedyTraining.Plan(training, fold.TrainLabels, terms.ClassNames, terms.PositiveClass, terms.Costs, fold.TrainWeights);
        var fit = new FitOptions(FoldSeed(terms.Seed, fold.Fold), 1, cancellation) { Groups = fold.TrainGroups };
        using FitScores scores = terms.Processes is { } processes && processes.Takes(learner)
            ? processes.Run(learner, training, fold, fit, wanted.Any(c => RemedyDecision.Of(c.Remedy) is { NeedsTuning: true }), terms.InnerFolds)
            : RemedyTraining.Score(learner, training, plan, fold, fit, terms.InnerFolds);
        IReadOnlyList<UnitOutcome> judged = UnitOutcome.OfEach(wanted, Decide, cancellation);
        LastSeconds = Stopwatch.GetElapsedTime(started).TotalSeconds;
        return judged;

        JudgedCandidate Decide(Candidate candidate)
        {
            bool tuned = false;
            IDecision decision = RemedyDecision.Fit(candidate.Remedy, plan, scores.Prior, terms.Metric, () =>
            {
                tuned = true;
                return new TuningRows(fold.TrainLabels, scores.Tuning.Value.Probabilities, fold.TrainWeights);
            });
            return RemedyDecision.Judge(decision, scores.Test, terms.ClassNames.Count, scores.Seconds + (tuned ? scores.Tuning.Value.Seconds : 0));
        }
    }

    /// <summary>The same for every candidate of a fold, so that luck of the draw cancels in the differences.</summary>
    private static long FoldSeed(long seed, Fold fold) => unchecked((seed * 1_000_003) + (fold.Repeat * 1009) + (fold.Index * 31) + 17);
}

/// <summary>What came of a candidate on a fold: what it made of the test rows, or why it could not.</summary>
/// <param name="Candidate">The candidate.</param>
/// <param name="Judged">What it made of them; null if it failed.</param>
/// <param name="Failure">Why it failed; null if it did not.</param>
internal sealed record UnitOutcome(Candidate Candidate, JudgedCandidate? Judged, Exception? Failure)
{
    /// <summary>Judges candidates of one model each by itself: one that fails leaves the others.</summary>
    internal static IReadOnlyList<UnitOutcome> OfEach(
        IReadOnlyList<Candidate> wanted, Func<Candidate, JudgedCandidate> judge, CancellationToken cancellation)
    {
        var outcomes = new List<UnitOutcome>();
        foreach (Candidate candidate in wanted)
        {
            try
            {
                outcomes.Add(new(candidate, judge(candidate), null));
            }
            catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
            {
                throw;
            }
            catch (Exception failed) when (failed is not OutOfMemoryException)
            {
                outcomes.Add(new(candidate, null, failed));
            }
        }

        return outcomes;
    }
}
