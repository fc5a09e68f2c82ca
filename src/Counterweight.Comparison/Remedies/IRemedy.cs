namespace Counterweight.Comparison;

/// <summary>One thing done about imbalance. Several combine to a <see cref="Remedy"/>.</summary>
public interface IRemedy
{
    /// <summary>The stable, canonical name: <c>weights:power(tau=0.5)</c>.</summary>
    string Name { get; }

    /// <summary>What it changes.</summary>
    RemedyFamily Family { get; }

    /// <summary>Adds this remedy to how a model is trained and used.</summary>
    /// <param name="plan">The plan so far, with the class counts of the training rows.</param>
    /// <returns>The plan with this remedy.</returns>
    /// <exception cref="RemedyRefusedException">The remedy makes no sense for these classes.</exception>
    TrainingPlan Apply(TrainingPlan plan);
}
