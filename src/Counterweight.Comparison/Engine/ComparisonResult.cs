using Counterweight.Data;

namespace Counterweight.Comparison;

/// <summary>The outcome of a comparison: every candidate with its figures, and what they recommend.</summary>
public sealed record ComparisonResult
{
    /// <summary>The data set.</summary>
    public required Dataset Dataset { get; init; }

    /// <summary>The options as carried out, with defaults filled in.</summary>
    public required ComparisonOptions Options { get; init; }

    /// <summary>The class counts of all rows.</summary>
    public required ClassCounts Counts { get; init; }

    /// <summary>The code of the positive class of a binary problem.</summary>
    public required int PositiveClass { get; init; }

    /// <summary>The candidate that does nothing, on the learner that does best with nothing.</summary>
    public required Candidate Baseline { get; init; }

    /// <summary>Every candidate, the best first, then those not finished, refused or failed.</summary>
    public required IReadOnlyList<CandidateResult> Candidates { get; init; }

    /// <summary>How each searched space went on each learner; empty if nothing was searched.</summary>
    public IReadOnlyList<SearchResult> Searches { get; init; } = [];

    /// <summary>How many candidates and configurations were tried besides the baseline: what Holm's correction allows for.</summary>
    public int Tries { get; init; }

    /// <summary>
    /// For each training program how far two trainings that differ in the seed alone may be apart in the mean of the deciding metric: no gain below it is
    /// claimed. Empty without programs.
    /// </summary>
    public IReadOnlyDictionary<string, double> NoiseFloors { get; init; } = new Dictionary<string, double>();

    /// <summary>How much was carried out, and what a thorough run would add.</summary>
    public ComparisonEffort Effort { get; init; } = new(true, 1, 1, 1, null, []);

    /// <summary>What to do.</summary>
    public required Recommendation Recommendation { get; init; }

    /// <summary>What the user should know about the data or the run.</summary>
    public required IReadOnlyList<Warning> Warnings { get; init; }

    /// <summary>Whether the run ended before every candidate was judged (time budget or interruption).</summary>
    public required bool Incomplete { get; init; }

    /// <summary>The result of a candidate.</summary>
    /// <param name="candidate">One of the candidates.</param>
    public CandidateResult Of(Candidate candidate) => Candidates.Single(c => c.Candidate == candidate);
}

/// <summary>How much of a comparison was carried out.</summary>
/// <param name="Thorough">Whether it was all of it.</param>
/// <param name="RowShare">The share of a fold's training rows that its fits saw; 1 for all.</param>
/// <param name="Repeats">How often the cross-validation was repeated.</param>
/// <param name="ThoroughRepeats">How often a thorough run repeats it.</param>
/// <param name="ThoroughSeconds">What a thorough run takes by forecast, in seconds of one processor; null if there is no forecast.</param>
/// <param name="LeftOut">The candidates that were judged on a part of the rows only, with the reason.</param>
public sealed record ComparisonEffort(
    bool Thorough, double RowShare, int Repeats, int ThoroughRepeats, double? ThoroughSeconds, IReadOnlyList<LeftOutCandidate> LeftOut)
{
    internal static ComparisonEffort Of(Effort effort, IEnumerable<CandidateState> states) => new(
        !effort.Cuts, 1.0 / effort.RowDivisor, effort.Repeats, effort.ThoroughRepeats,
        double.IsFinite(effort.ThoroughSeconds) ? Math.Round(effort.ThoroughSeconds, 2) : null,
        [
            .. states.Where(s => s.Status == CandidateStatus.Skipped)
                .Select(s => new LeftOutCandidate(s.Candidate.Learner, s.Candidate.Remedy.Name, s.Reason!)),
        ]);
}

/// <summary>A candidate that was not judged on all that others were.</summary>
/// <param name="Learner">The learner.</param>
/// <param name="Remedy">The remedy.</param>
/// <param name="Reason">Why.</param>
public sealed record LeftOutCandidate(string Learner, string Remedy, string Reason);

/// <summary>Something the user should know, with a stable code.</summary>
/// <param name="Code">The code: <c>beyond-90-10</c>.</param>
/// <param name="Message">What it is and what to do, in plain words.</param>
public sealed record Warning(string Code, string Message);

/// <summary>The figures of one candidate.</summary>
public sealed record CandidateResult
{
    /// <summary>The candidate.</summary>
    public required Candidate Candidate { get; init; }

    /// <summary>What became of it.</summary>
    public required CandidateStatus Status { get; init; }

    /// <summary>Why it was refused, failed or stopped; null if it is done.</summary>
    public string? Reason { get; init; }

    /// <summary>The deciding metric of each judged fold, in the order of the folds.</summary>
    public IReadOnlyList<double> FoldValues { get; init; } = [];

    /// <summary>The mean of the deciding metric with its interval; null if no fold was judged.</summary>
    public FoldMean? Mean { get; init; }

    /// <summary>The paired difference to the baseline, positive if the candidate is better whatever the direction of the metric; null if there is
    /// none.</summary>
    public FoldMean? VersusBaseline { get; init; }

    /// <summary>The p-value of that difference after Holm's correction for all candidates.</summary>
    public double PValueHolm { get; init; } = 1;

    /// <summary>The posterior chances against the baseline with the region of practical equivalence; null with fewer than two folds.</summary>
    public PosteriorChances? Chances { get; init; }

    /// <summary>Whether it is practically the same as the best.</summary>
    public bool SameAsBest { get; init; }

    /// <summary>Whether no other candidate is as good by every metric in question and better by one; false if only one metric is.</summary>
    public bool OnParetoFront { get; init; }

    /// <summary>The mean of every metric of the catalogue over the folds; NaN where it is not defined.</summary>
    public IReadOnlyDictionary<string, double> Metrics { get; init; } = new Dictionary<string, double>();

    /// <summary>
    /// The share of the rows that two repeats of the cross-validation decide differently, on average over the pairs of repeats: what another order of the rows
    /// does to its decisions. Null with fewer than two repeats.
    /// </summary>
    public double? Instability { get; init; }

    /// <summary>The mean time of one fit, in seconds.</summary>
    public double FitSeconds { get; init; }

    /// <summary>Rows by truth and decision, summed over the folds and divided by the repeats; null if not done, and for more than 100 classes null unless the
    /// candidate is the baseline or recommended.</summary>
    public ConfusionMatrix? Confusion { get; init; }

    /// <summary>The rows judged, with the decision and the probability of the positive class: the material of curves. Empty if not done.</summary>
    public IReadOnlyList<JudgedFold> Judged { get; init; } = [];
}

/// <summary>The rows of one fold as a candidate judged them.</summary>
/// <param name="Fold">The fold.</param>
/// <param name="Decided">The decided code of each test row.</param>
/// <param name="Probabilities">n x K probabilities, row-major; of more than two classes, unless the metric needs them, of the first repeat only and of up to 2
/// million probabilities; else empty.</param>
/// <param name="Decision">How the decision was made, in words.</param>
public sealed record JudgedFold(Fold Fold, int[] Decided, float[] Probabilities, string Decision);
