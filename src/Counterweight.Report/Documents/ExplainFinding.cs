namespace Counterweight.Report;

/// <summary>A finding in words.</summary>
/// <param name="Code">A code that stays the same.</param>
/// <param name="Text">What was found.</param>
/// <param name="Command">A command of the tool that goes with it.</param>
public sealed record ExplainFinding(string Code, string Text, string? Command);
