namespace Counterweight.Report;

/// <summary>A method of a catalogue.</summary>
/// <param name="Kind">baseline, weights, samplers, losses, resamplers, ensembles or decisions.</param>
/// <param name="Name">The name.</param>
/// <param name="Signature">The name with its parameters and their defaults.</param>
/// <param name="Summary">What it does.</param>
/// <param name="Source">Where it was published.</param>
/// <param name="Parameters">Its parameters.</param>
public sealed record RemedyEntry(string Kind, string Name, string Signature, string Summary, string Source, IReadOnlyList<ParameterEntry> Parameters);
