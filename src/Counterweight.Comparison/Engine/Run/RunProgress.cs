using System.Diagnostics;

namespace Counterweight.Comparison;

/// <summary>Counts fits and tells how far the run is.</summary>
internal sealed class RunProgress(IProgress<ComparisonProgress>? listener, CandidateStates candidates, Scoring scoring)
{
    private readonly long started = Stopwatch.GetTimestamp();
    private readonly Lock gate = new();
    private int done, total;

    /// <summary>The time since the run began.</summary>
    internal TimeSpan Elapsed => Stopwatch.GetElapsedTime(started);

    /// <summary>Fits that a search has still to make.</summary>
    internal int Pending { get; set; }

    /// <summary>Some fits begin.</summary>
    /// <param name="now">How many.</param>
    /// <param name="later">How many are sure to follow, as far as is known.</param>
    internal void Begin(int now, int later) => total = done + now + later + Pending;

    /// <summary>A fit is done.</summary>
    internal void Done(TrainingUnit unit)
    {
        lock (gate)
        {
            done++;
            if (listener is null) return;
            TimeSpan elapsed = Elapsed;
            CandidateState? best = candidates.Best();
            listener.Report(new ComparisonProgress(
                done, Math.Max(total, done), elapsed, TimeSpan.FromTicks((long)(elapsed.Ticks * ((double)Math.Max(0, total - done) / done))),
                $"{unit.Learner.Name} / {unit.Candidates[0].Remedy.TrainingName}", best?.Candidate, best is null ? double.NaN : scoring.Mean(best.Scores))
            { LastSeconds = unit.LastSeconds });
        }
    }
}
