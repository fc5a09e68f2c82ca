namespace Counterweight.Comparison;

/// <summary>The search of one space on one learner.</summary>
internal sealed class Bracket(ILearner learner, RemedySpace space)
{
    internal ILearner Learner => learner;

    internal RemedySpace Space => space;

    internal List<Configuration> Configurations { get; } = [];

    internal IReadOnlyList<Rung> Rungs { get; set; } = [];

    internal bool Complete { get; set; } = true;

    /// <summary>The divisor of the last rung that ranked configurations; 0 before the first.</summary>
    internal int Reached { get; set; }

    internal IEnumerable<Configuration> Racing => Configurations.Where(c => !c.Dropped && c.Reason is null);
}

/// <summary>One configuration of a bracket and what it scored on the largest rung that it reached.</summary>
internal sealed class Configuration(Candidate candidate)
{
    internal Candidate Candidate => candidate;

    internal string? Reason { get; set; }

    internal bool Dropped { get; set; }

    internal bool Entered { get; set; }

    /// <summary>The rungs that judged it, in the order of its way through them.</summary>
    internal List<(int Divisor, List<FoldScore> Scores)> Rungs { get; } = [];

    internal int Divisor => Rungs.Count == 0 ? 0 : Rungs[^1].Divisor;

    internal List<FoldScore> Scores => Rungs.Count == 0 ? [] : Rungs[^1].Scores;

    internal List<JudgedFold> Judged { get; private set; } = [];

    internal void Add(int divisor, FoldScore score, JudgedFold judged)
    {
        if (divisor != Divisor)
        {
            Rungs.Add((divisor, []));
            Judged = [];
        }

        Scores.Add(score);
        Judged.Add(judged);
    }
}
