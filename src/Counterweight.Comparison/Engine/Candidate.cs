namespace Counterweight.Comparison;

/// <summary>One thing that is tried: a remedy on a learner.</summary>
/// <param name="Learner">The name of the learner.</param>
/// <param name="Remedy">The remedy.</param>
public sealed record Candidate(string Learner, Remedy Remedy)
{
    /// <summary><c>linear / weights:balanced</c>.</summary>
    public override string ToString() => $"{Learner} / {Remedy.Name}";
}

/// <summary>What became of a candidate.</summary>
public enum CandidateStatus
{
    /// <summary>Judged on every fold.</summary>
    Done,

    /// <summary>Stopped early, since it was clearly worse than the best.</summary>
    Stopped,

    /// <summary>Not finished: the time was up or the run was interrupted.</summary>
    Unfinished,

    /// <summary>Refused: it makes no sense for this learner or these classes.</summary>
    Refused,

    /// <summary>Training failed; the reason says how.</summary>
    Failed,
}
