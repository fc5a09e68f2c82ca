namespace Counterweight.Comparison;

/// <summary>The step from scores to classes that a remedy ends with: fitted, and applied to rows.</summary>
internal static class RemedyDecision
{
    /// <summary>The part of a remedy that decides; null if it leaves that to the largest score.</summary>
    internal static IDecisionRemedy? Of(Remedy remedy) => remedy.Parts.OfType<IDecisionRemedy>().FirstOrDefault();

    /// <summary>The remedy without what decides: what has to be trained for it.</summary>
    internal static Remedy Training(Remedy remedy) => Remedy.Of([.. remedy.Parts.Where(p => p.Family != RemedyFamily.Decision)]);

    /// <summary>The decision of a remedy; the largest score where it has none.</summary>
    /// <param name="remedy">The remedy.</param>
    /// <param name="plan">How its model was trained.</param>
    /// <param name="prior">The class shares that the model believes in, K values; null if they are not known.</param>
    /// <param name="metric">What a decision that needs tuning is tuned for.</param>
    /// <param name="rows">The rows to tune it on; they are asked for only if it needs any.</param>
    internal static IDecision Fit(Remedy remedy, TrainingPlan plan, double[]? prior, IMetric metric, Func<TuningRows> rows)
    {
        if (Of(remedy) is not IDecisionRemedy decides) return new ArgmaxDecision(plan.Counts.Classes);
        TuningRows tuning = decides.NeedsTuning ? rows() : TuningRows.None;
        return decides.Decide(new DecisionEvidence(plan, prior, metric, tuning.Truth, tuning.Scores) { Weights = tuning.Weights });
    }

    /// <summary>Decides rows.</summary>
    /// <param name="decision">The decision.</param>
    /// <param name="scores">n x K scores, row-major.</param>
    /// <param name="classes">K.</param>
    /// <param name="seconds">How long fitting and tuning took.</param>
    internal static JudgedCandidate Judge(IDecision decision, double[] scores, int classes, double seconds)
    {
        int[] decided = new int[scores.Length / classes];
        decision.Decide(scores, decided, 1);
        return new JudgedCandidate(decided, Probabilities(decision, scores), decision.Description, seconds);
    }

    /// <summary>The probabilities as a decision sees them: transformed, if it transforms them before it decides.</summary>
    internal static double[] Probabilities(IDecision decision, double[] scores)
    {
        if (decision is not TransformedDecision transformed) return scores;
        double[] changed = new double[scores.Length];
        transformed.Transform.Transform(scores, changed);
        return changed;
    }
}

/// <summary>Rows that a decision is tuned on, scored by models that have not seen them.</summary>
/// <param name="Truth">Their n codes.</param>
/// <param name="Scores">n x K scores, row-major.</param>
/// <param name="Weights">A weight per row; empty where all count the same.</param>
internal sealed record TuningRows(int[] Truth, double[] Scores, ReadOnlyMemory<double> Weights)
{
    /// <summary>None, for what needs no tuning.</summary>
    internal static TuningRows None { get; } = new([], [], default);
}

/// <summary>What a candidate made of the test rows of a fold.</summary>
/// <param name="Decided">The decided codes.</param>
/// <param name="Probabilities">n x K probabilities after any transformation.</param>
/// <param name="Decision">The decision in words.</param>
/// <param name="Seconds">The time of fitting and tuning.</param>
internal sealed record JudgedCandidate(int[] Decided, double[] Probabilities, string Decision, double Seconds);
