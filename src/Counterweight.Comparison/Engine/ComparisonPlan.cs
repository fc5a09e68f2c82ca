namespace Counterweight.Comparison;

/// <summary>What a comparison would train, told before it does.</summary>
/// <param name="Candidates">The candidates, with the training that each shares.</param>
/// <param name="Trainings">How many different trainings they need; candidates that differ in their decision alone share one.</param>
/// <param name="Splits">How many folds (or seeds of a holdout) each is fitted on.</param>
/// <param name="Fits">How many fits the candidates need at most: the race stops those that are clearly worse.</param>
/// <param name="SearchFits">How many fits the searches need at most, most of them with a part of the effort.</param>
/// <param name="NoiseFits">How many fits the noise floor of the programs needs, apart from those of the candidates.</param>
public sealed record ComparisonPlan(
    IReadOnlyList<PlannedCandidate> Candidates, int Trainings, int Splits, int Fits, int SearchFits, int NoiseFits);

/// <summary>A candidate of a plan.</summary>
/// <param name="Candidate">The candidate.</param>
/// <param name="Training">The remedy that is trained for it; null if it is refused.</param>
/// <param name="Reason">Why it is refused; null if it is not.</param>
public sealed record PlannedCandidate(Candidate Candidate, string? Training, string? Reason);
