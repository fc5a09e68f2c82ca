namespace Counterweight.Comparison;

/// <summary>What a job says beyond the contract where the program is the tool itself, with one of its own learners: <c>counterweight fit JOB</c>.</summary>
/// <param name="Name">The learner.</param>
/// <param name="Seed">The seed of the fit, any whole number.</param>
/// <param name="PositiveClass">The code of the positive class.</param>
/// <param name="Tunes">Whether the rows to train on are scored, too, by models that have not seen them; they are the <c>validation</c> of the job
/// then.</param>
/// <param name="InnerFolds">The folds of those models.</param>
/// <param name="Groups">A <c>.npy</c> of a group per row to train on; null where every row stands alone.</param>
/// <param name="Costs">What errors cost; null if the user did not say.</param>
internal sealed record JobLearner(string Name, long Seed, int PositiveClass, bool Tunes, int InnerFolds, string? Groups, CostMatrix? Costs);
