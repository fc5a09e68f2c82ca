namespace Counterweight.Testing.Tests;

/// <summary>The share of rows predicted as class 1 that are of class 0: what a team sees that looks at every alert.</summary>
public sealed class FalseAlerts : IMetric
{
    public string Name => "false-alerts";

    public bool HigherIsBetter => false;

    public bool NeedsProbabilities => false;

    public double Evaluate(Predictions predictions)
    {
        ConfusionMatrix m = predictions.Confusion;
        double alerts = m[0, 1] + m[1, 1];
        return alerts == 0 ? 0 : m[0, 1] / alerts;
    }
}
