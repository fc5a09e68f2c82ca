namespace Counterweight.Comparison;

/// <summary>Keeps finished folds of a run, so that an interrupted run goes on where it was.</summary>
public interface IRunStore
{
    /// <summary>What a candidate made of a fold, if it is finished.</summary>
    /// <param name="candidate">The candidate.</param>
    /// <param name="fold">The fold.</param>
    internal JudgedCandidate? Find(Candidate candidate, Fold fold);

    /// <summary>Records finished candidates of a fold, all or none.</summary>
    /// <param name="fold">The fold.</param>
    /// <param name="judged">The candidates with what they made of it.</param>
    internal void Add(Fold fold, IReadOnlyList<(Candidate Candidate, JudgedCandidate Judged)> judged);
}
