namespace Counterweight.Comparison;

/// <summary>A program to run.</summary>
/// <param name="Words">The program, found on PATH unless it has a slash, and its arguments.</param>
/// <param name="Environment">Variables beside those of this process.</param>
/// <param name="Log">The file that takes what it prints.</param>
/// <param name="Append">Whether the file keeps what it holds.</param>
/// <param name="Limit">How long it may run; null for ever.</param>
internal sealed record ProgramStart(
    IReadOnlyList<string> Words, IReadOnlyDictionary<string, string> Environment, string Log, bool Append = false, TimeSpan? Limit = null);
