namespace Counterweight.Report;

/// <summary>The weights of a scheme, in the order of the classes.</summary>
/// <param name="Name">The canonical name of the scheme.</param>
/// <param name="Normalisation">The name of the scale.</param>
/// <param name="Weights">K weights.</param>
/// <param name="PriorAfter">The K class shares that training then sees.</param>
/// <param name="EffectiveSampleSize">How many equally weighted rows carry as much.</param>
public sealed record SchemeEntry(string Name, string Normalisation, double[] Weights, double[] PriorAfter, double EffectiveSampleSize);
