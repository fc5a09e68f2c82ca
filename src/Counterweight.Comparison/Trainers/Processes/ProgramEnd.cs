namespace Counterweight.Comparison;

/// <summary>How a program ended.</summary>
/// <param name="ExitCode">Its exit code; null if a signal ended it.</param>
/// <param name="EndingSignal">The signal that ended it; 0 for none.</param>
/// <param name="OverTime">Whether it was ended since its time was up.</param>
/// <param name="Seconds">How long it ran.</param>
/// <param name="LastErrors">The last lines of its standard error.</param>
internal sealed record ProgramEnd(int? ExitCode, int EndingSignal, bool OverTime, double Seconds, IReadOnlyList<string> LastErrors);
