namespace Counterweight.Report;

/// <summary>A parameter of a method.</summary>
/// <param name="Name">The name.</param>
/// <param name="Default">A number or a word; null where the user must give a value.</param>
/// <param name="Accepted">What is accepted.</param>
/// <param name="Description">What it means.</param>
public sealed record ParameterEntry(string Name, object? Default, string Accepted, string Description);
