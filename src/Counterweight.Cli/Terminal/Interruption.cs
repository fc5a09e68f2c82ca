using System.Runtime.InteropServices;

namespace Counterweight.Cli;

/// <summary>Turns the first Ctrl-C, or a request to end, into a cancellation; a second one ends the process at once.</summary>
internal static class Interruption
{
    private static readonly CancellationTokenSource Source = new();
    private static readonly List<PosixSignalRegistration> Registrations = [];

    internal static CancellationToken Token => Source.Token;

    internal static void Listen()
    {
        foreach (PosixSignal signal in (ReadOnlySpan<PosixSignal>)[PosixSignal.SIGINT, PosixSignal.SIGTERM])
            Registrations.Add(PosixSignalRegistration.Create(signal, context =>
            {
                if (Source.IsCancellationRequested) Environment.Exit(ExitCodes.Interrupted);
                context.Cancel = true;
                Source.Cancel();
            }));
    }
}
