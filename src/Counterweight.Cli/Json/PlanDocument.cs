using Counterweight.Comparison;

namespace Counterweight.Cli;

/// <summary>What <c>compare --plan --json</c> prints.</summary>
/// <param name="Fits">The most fits that the candidates need.</param>
/// <param name="NoiseFloorFits">The fits of the noise floor, apart from those.</param>
/// <param name="SearchFits">The most fits of searches.</param>
/// <param name="Trainings">The different trainings.</param>
/// <param name="Splits">Folds, or seeds of a holdout.</param>
/// <param name="Candidates">The candidates.</param>
internal sealed record PlanDocument(
    int Fits, int NoiseFloorFits, int SearchFits, int Trainings, int Splits, IReadOnlyList<PlanDocument.Tried> Candidates)
{
    internal static PlanDocument Of(ComparisonPlan plan) => new(
        plan.Fits, plan.NoiseFits, plan.SearchFits, plan.Trainings, plan.Splits,
        [.. plan.Candidates.Select(c => new Tried(c.Candidate.Learner, c.Candidate.Remedy.Name, c.Training, c.Reason))]);

    /// <summary>A candidate.</summary>
    /// <param name="Learner">The learner or trainer.</param>
    /// <param name="Remedy">The remedy.</param>
    /// <param name="Training">What is trained for it; null if it is refused.</param>
    /// <param name="Reason">Why it is refused.</param>
    internal sealed record Tried(string Learner, string Remedy, string? Training, string? Reason);
}
