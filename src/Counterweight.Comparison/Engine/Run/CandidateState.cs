namespace Counterweight.Comparison;

/// <summary>How far a candidate is: what it scored so far, or why it goes no further.</summary>
internal sealed class CandidateState(Candidate candidate)
{
    internal Candidate Candidate => candidate;

    internal CandidateStatus Status { get; private set; } = CandidateStatus.Done;

    internal string? Reason { get; private set; }

    internal Exception? Failure { get; private set; }

    /// <summary>What it scored on each fold, in their order.</summary>
    internal List<FoldScore> Scores { get; } = [];

    /// <summary>It was refused before it was trained.</summary>
    internal void Refuse(string reason) => (Status, Reason) = (CandidateStatus.Refused, reason);

    /// <summary>It left the race.</summary>
    internal void Stop(string reason) => (Status, Reason) = (CandidateStatus.Stopped, reason);

    /// <summary>It goes no further than a part of the rows.</summary>
    internal void Skip(string reason) => (Status, Reason) = (CandidateStatus.Skipped, reason);

    /// <summary>It failed on a fold, or was refused there.</summary>
    internal void Fail(Exception failure)
    {
        Failure = failure;
        Status = failure is RemedyRefusedException ? CandidateStatus.Refused : CandidateStatus.Failed;
        Reason = ReasonOf(failure);
    }

    /// <summary>A failure in one line.</summary>
    internal static string ReasonOf(Exception failure) => failure is RemedyRefusedException ? failure.Message : failure.Message.Split('\n')[0];
}
