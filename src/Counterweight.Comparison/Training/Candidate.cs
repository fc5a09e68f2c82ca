namespace Counterweight.Comparison;

/// <summary>One thing that is tried: a remedy on a learner.</summary>
/// <param name="Learner">The name of the learner.</param>
/// <param name="Remedy">The remedy.</param>
public sealed record Candidate(string Learner, Remedy Remedy)
{
    /// <summary><c>linear / weights:balanced</c>.</summary>
    public override string ToString() => $"{Learner} / {Remedy.Name}";
}
