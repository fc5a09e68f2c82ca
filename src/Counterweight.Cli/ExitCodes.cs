namespace Counterweight.Cli;

/// <summary>What the process returns.</summary>
internal static class ExitCodes
{
    /// <summary>The result is on standard output.</summary>
    internal const int Done = 0;

    /// <summary>Something that is neither the command line nor the data.</summary>
    internal const int Failed = 1;

    /// <summary>The command line is wrong.</summary>
    internal const int Usage = 2;

    /// <summary>The data cannot be used.</summary>
    internal const int Data = 3;

    /// <summary>Of <c>fit</c>: the learner cannot carry out the remedy, as the trainer contract has it.</summary>
    internal const int Refused = 78;

    /// <summary>Stopped by the user.</summary>
    internal const int Interrupted = 130;
}
