namespace Counterweight.Comparison;

/// <summary>Every candidate of a run, in the order they were added, with what trains them.</summary>
internal sealed class CandidateStates
{
    private readonly Scoring scoring;
    private readonly Dictionary<Candidate, CandidateState> states = [];
    private readonly TrainingUnits units;

    /// <summary>Every remedy on every learner.</summary>
    internal CandidateStates(RunTerms terms, Scoring scoring)
    {
        this.scoring = scoring;
        units = new TrainingUnits(terms);
        foreach (ILearner learner in terms.Learners)
            foreach (Remedy remedy in terms.Options.Remedies) Add(learner, remedy);
    }

    internal IReadOnlyCollection<CandidateState> All => states.Values;

    /// <summary>What has to be trained for them.</summary>
    internal IReadOnlyList<TrainingUnit> Units => units.All;

    internal CandidateState this[Candidate candidate] => states[candidate];

    internal CandidateState? Find(Candidate candidate) => states.GetValueOrDefault(candidate);

    internal void Add(ILearner learner, Remedy remedy)
    {
        var candidate = new Candidate(learner.Name, remedy);
        if (states.ContainsKey(candidate)) return;
        var state = new CandidateState(candidate);
        states.Add(candidate, state);
        if (units.Add(learner, candidate) is string reason) state.Refuse(reason);
    }

    /// <summary>The best so far of those that are in the run; null before the first score.</summary>
    internal CandidateState? Best() => All.Where(s => s.Scores.Count > 0 && s.Status == CandidateStatus.Done)
        .OrderByDescending(s => scoring.Goodness(s.Scores)).FirstOrDefault();
}
