namespace Counterweight.Comparison;

/// <summary>Trains several models of a learner, each on its own balanced cut of the rows, and joins them to one.</summary>
/// <remarks>
/// The probabilities of the joined model are those of balanced classes, so that its most probable class is the balanced decision. The remedy
/// <c>prior-corrected</c> turns them into probabilities of the classes as they are.
/// </remarks>
public interface IEnsemble
{
    /// <summary>The canonical name with its parameters: <c>easy(members=10, rounds=1)</c>.</summary>
    string Name { get; }

    /// <summary>Whether missing numbers must be filled in, whatever the learner takes.</summary>
    bool NeedsFilledIn { get; }

    /// <summary>Whether <see cref="FeatureTable.RowWeights"/> act on what it learns; where not, it is refused on rows that weigh differently. Their mean is one
    /// in every class, as an ensemble is given them.</summary>
    bool TakesRowWeights => false;

    /// <summary>Says whether the ensemble can be made of a learner for a plan.</summary>
    /// <param name="learner">What the members are.</param>
    /// <param name="plan">How they are trained.</param>
    /// <returns>The reason why not, or null if it can.</returns>
    string? Refuses(ILearner learner, TrainingPlan plan);

    /// <summary>Fits the members.</summary>
    /// <param name="learner">What the members are.</param>
    /// <param name="features">The training rows, N x D.</param>
    /// <param name="labels">A code per row, N values in 0..K-1.</param>
    /// <param name="plan">How to train; its resampler has been carried out already.</param>
    /// <param name="options">Seed, cancellation, and the threads that the members share; the same seed gives the same model at any number of them.</param>
    /// <returns>A model that gives K probabilities per row, as of balanced classes.</returns>
    /// <exception cref="RemedyRefusedException">A class has too few rows.</exception>
    IModel Fit(ILearner learner, FeatureTable features, ReadOnlyMemory<int> labels, TrainingPlan plan, FitOptions options);
}
