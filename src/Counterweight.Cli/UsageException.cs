namespace Counterweight.Cli;

/// <summary>The command line is wrong in a way that only a verb can see; the message says what to type.</summary>
internal sealed class UsageException(string message) : Exception(message);
