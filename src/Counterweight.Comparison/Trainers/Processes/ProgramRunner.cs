using System.Collections;
using System.Diagnostics;
using System.IO.Pipes;

namespace Counterweight.Comparison;

/// <summary>
/// Runs a program without a shell, in a process group of its own, with nothing on standard input and both outputs in a log file of bounded size. The group
/// ends with the program, with its time limit, with the cancellation, and with this process, even if that is killed.
/// </summary>
internal static class ProgramRunner
{
    /// <summary>How long a group that was asked to end may take before it is ended.</summary>
    internal static readonly TimeSpan Grace = TimeSpan.FromSeconds(5);

    private static readonly TimeSpan LastOutput = TimeSpan.FromSeconds(2);

    /// <summary>Runs a program to its end.</summary>
    /// <exception cref="TrainerException">It cannot be started.</exception>
    /// <exception cref="OperationCanceledException">The run was cancelled; the group has ended.</exception>
    internal static ProgramEnd Run(ProgramStart start, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        return OperatingSystem.IsWindows() ? RunOnWindows(start, cancellation) : RunOnPosix(start, cancellation);
    }

    private static ProgramEnd RunOnPosix(ProgramStart start, CancellationToken cancellation)
    {
        ProcessGuard guard = ProcessGuard.Instance;
        using var log = new ProgramLog(start.Log, start.Append);
        using var output = new AnonymousPipeServerStream(PipeDirection.In, HandleInheritability.None);
        using var error = new AnonymousPipeServerStream(PipeDirection.In, HandleInheritability.None);
        long started = Stopwatch.GetTimestamp();
        int pid = Posix.Spawn(start.Words, Variables(start.Environment, guard.Id), -1, (int)output.ClientSafePipeHandle.DangerousGetHandle(),
            (int)error.ClientSafePipeHandle.DangerousGetHandle());
        if (pid < 0) throw NotStarted(start.Words, -pid);
        guard.Add(pid);
        output.DisposeLocalCopyOfClientHandle();
        error.DisposeLocalCopyOfClientHandle();
        var last = new LastLines();
        Thread[] pumps = [Pump(output, log, null), Pump(error, log, last)];
        bool overTime = false;
        int? status = null;
        try
        {
            TimeSpan? asked = null;
            bool ended = false;
            for (int turn = 0; ; turn++)
            {
                status = Status(pid, out bool gone);
                if (gone) break;
                TimeSpan elapsed = Stopwatch.GetElapsedTime(started);
                overTime |= start.Limit is TimeSpan limit && elapsed > limit && !cancellation.IsCancellationRequested;
                if (asked is null && (overTime || cancellation.IsCancellationRequested))
                {
                    asked = elapsed;
                    Posix.Signal(-pid, Posix.SignalTerminate);
                }
                else if (!ended && asked is TimeSpan since && elapsed - since > Grace)
                {
                    ended = true;
                    Posix.Signal(-pid, Posix.SignalKill);
                }

                Thread.Sleep(turn < 100 ? 2 : 20);
            }
        }
        finally
        {
            // Whatever the program left running in its group ends with it.
            Posix.Signal(-pid, Posix.SignalKill);
            guard.Remove(pid);
        }

        double seconds = Stopwatch.GetElapsedTime(started).TotalSeconds;
        foreach (Thread pump in pumps) pump.Join(LastOutput);
        cancellation.ThrowIfCancellationRequested();
        int code = status ?? 0, signal = code & 0x7f;
        return new ProgramEnd(signal == 0 ? (code >> 8) & 0xff : null, signal, overTime, seconds, last.Lines());
    }

    /// <summary>What a process ended with, if it has; null too where someone else waited for it.</summary>
    private static int? Status(int pid, out bool gone)
    {
        int result = Posix.Wait(pid, out int status, Posix.NoHang);
        const int interrupted = 4;
        gone = result == pid || (result < 0 && System.Runtime.InteropServices.Marshal.GetLastPInvokeError() != interrupted);
        return result == pid ? status : null;
    }

    private static ProgramEnd RunOnWindows(ProgramStart start, CancellationToken cancellation)
    {
        using var log = new ProgramLog(start.Log, start.Append);
        var info = new ProcessStartInfo(start.Words[0], start.Words.Skip(1))
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
        };
        foreach ((string name, string value) in start.Environment) info.Environment[name] = value;
        long started = Stopwatch.GetTimestamp();
        Process process;
        try
        {
            process = Process.Start(info)!;
        }
        catch (System.ComponentModel.Win32Exception failed)
        {
            throw new TrainerException($"'{start.Words[0]}' cannot be started: {failed.Message} Check the command.", failed);
        }

        using (process)
        {
            process.StandardInput.Close();
            var last = new LastLines();
            Thread[] pumps = [Pump(process.StandardOutput.BaseStream, log, null), Pump(process.StandardError.BaseStream, log, last)];
            bool overTime = false;
            while (!process.WaitForExit(50))
            {
                overTime |= start.Limit is TimeSpan limit && Stopwatch.GetElapsedTime(started) > limit;
                if (overTime || cancellation.IsCancellationRequested) process.Kill(entireProcessTree: true);
            }

            double seconds = Stopwatch.GetElapsedTime(started).TotalSeconds;
            foreach (Thread pump in pumps) pump.Join(LastOutput);
            cancellation.ThrowIfCancellationRequested();
            return new ProgramEnd(process.ExitCode, 0, overTime, seconds, last.Lines());
        }
    }

    private static Thread Pump(Stream from, ProgramLog log, LastLines? last)
    {
        var pump = new Thread(() =>
        {
            byte[] buffer = new byte[1 << 16];
            try
            {
                for (int read = from.Read(buffer); read > 0; read = from.Read(buffer))
                {
                    last?.Add(buffer.AsSpan(0, read));
                    log.Write(buffer.AsSpan(0, read));
                }
            }
            catch (Exception closed) when (closed is IOException or ObjectDisposedException)
            {
            }
        }, 1 << 18)
        { IsBackground = true, Name = "counterweight log" };
        pump.Start();
        return pump;
    }

    private static List<string> Variables(IReadOnlyDictionary<string, string> more, string mark)
    {
        var all = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (DictionaryEntry variable in Environment.GetEnvironmentVariables()) all[(string)variable.Key] = (string?)variable.Value ?? "";
        foreach ((string name, string value) in more) all[name] = value;
        all[ProcessGuard.Mark] = mark;
        return [.. all.Select(v => $"{v.Key}={v.Value}")];
    }

    private static TrainerException NotStarted(IReadOnlyList<string> words, int error)
    {
        const int noEntry = 2, noAccess = 13, noProgram = 8;
        string name = words[0];
        string why = error switch
        {
            _ when name.Contains('/', StringComparison.Ordinal) && Directory.Exists(name) => "it is a folder",
            noEntry when name.Contains('/', StringComparison.Ordinal) => File.Exists(name) ? "what its first line (#!) names is not there"
                : "there is no such file",
            noEntry => "there is no such program on the PATH",
            noAccess => "it may not be executed (chmod +x makes a script a program)",
            noProgram => "it is no program; a script begins with a line such as #!/bin/sh, or is given to its interpreter, as in \"sh train.sh\"",
            _ => $"error {error}",
        };
        return new TrainerException($"'{name}' cannot be started: {why}. Check the command: {string.Join(' ', words)}");
    }
}
