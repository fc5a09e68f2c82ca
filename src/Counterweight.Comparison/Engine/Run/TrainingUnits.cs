namespace Counterweight.Comparison;

/// <summary>What has to be trained for some candidates: each training once, however many candidates share it.</summary>
internal sealed class TrainingUnits(RunTerms terms)
{
    private readonly Dictionary<string, TrainingUnit> byKey = new(StringComparer.Ordinal);
    private readonly List<TrainingUnit> all = [];

    internal IReadOnlyList<TrainingUnit> All => all;

    /// <summary>Adds a candidate to the unit that trains it.</summary>
    /// <returns>Null; or why nothing trains it.</returns>
    internal string? Add(ILearner learner, Candidate candidate)
    {
        try
        {
            Remedy remedy = candidate.Remedy;
            TrainingPlan plan = RemedyTraining.Plan(
                remedy, terms.Dataset.Labels, terms.Dataset.ClassNames, terms.PositiveClass, terms.Options.Costs, terms.Dataset.SampleWeights);
            foreach (IDecisionRemedy decision in remedy.Parts.OfType<IDecisionRemedy>()) decision.Apply(plan);
            if (RemedyTraining.Refuses(learner, plan) is string reason) return reason;
            string key = TrainingUnit.KeyOf(learner.Name, remedy, plan);
            if (!byKey.TryGetValue(key, out TrainingUnit? unit))
            {
                byKey[key] = unit = new TrainingUnit(learner, RemedyDecision.Training(remedy), key);
                all.Add(unit);
            }

            unit.Candidates.Add(candidate);
            return null;
        }
        catch (RemedyRefusedException refused)
        {
            return refused.Message;
        }
    }
}
