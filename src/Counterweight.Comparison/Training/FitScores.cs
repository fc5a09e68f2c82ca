namespace Counterweight.Comparison;

/// <summary>What one fit of a learner gives: scores of the rows to judge, and of the rows trained on as far as a decision is tuned on them.</summary>
/// <param name="Test">n x K probabilities of the rows to judge.</param>
/// <param name="Prior">The class shares that training made the model believe, K values; null if they are not known.</param>
/// <param name="Seconds">How long it took.</param>
/// <param name="Tuning">N x K probabilities of the rows trained on, by models that have not seen them, and how long that took; made when first asked
/// for.</param>
/// <param name="Model">What is to be disposed of; null for nothing.</param>
internal sealed record FitScores(
    double[] Test, double[]? Prior, double Seconds, Lazy<(double[] Probabilities, double Seconds)> Tuning, IDisposable? Model) : IDisposable
{
    public void Dispose() => Model?.Dispose();
}
