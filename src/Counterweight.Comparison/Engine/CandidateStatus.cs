namespace Counterweight.Comparison;

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

    /// <summary>Left out after a part of the training rows, so that the run ends in about two minutes; a thorough run judges it.</summary>
    Skipped,
}
