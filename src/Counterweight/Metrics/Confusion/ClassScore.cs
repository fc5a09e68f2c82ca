namespace Counterweight;

/// <summary>Precision, recall and F of one class, or an average of classes.</summary>
/// <param name="Precision">The share of the rows predicted as the class that are of it.</param>
/// <param name="Recall">The share of the rows of the class that were predicted as it.</param>
/// <param name="F">The weighted harmonic mean of both: F-beta.</param>
/// <param name="Support">The number, or summed weight, of the rows of the class.</param>
public readonly record struct ClassScore(double Precision, double Recall, double F, double Support);
