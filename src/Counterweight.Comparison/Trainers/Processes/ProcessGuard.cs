using System.Globalization;
using System.IO.Pipes;

namespace Counterweight.Comparison;

/// <summary>
/// Sees to it that no program outlives this process, however it ends. One small shell, in a session of its own, reads from a pipe which process groups run;
/// when the pipe ends, since this process has ended, it asks those groups to end, and two seconds later ends them.
/// </summary>
/// <remarks>
/// Beside the groups it looks, where there is a /proc, for every process whose environment carries the mark of this guard: programs that left their group, and
/// those that were started a moment before the end.
/// </remarks>
internal sealed class ProcessGuard : IDisposable
{
    /// <summary>The variable that marks the programs of a guard and all that they start.</summary>
    internal const string Mark = "COUNTERWEIGHT_RUN";

    private const string Script = """
        groups=" "
        while read -r what group; do
          case "$what" in
            +) groups="$groups$group " ;;
            -) groups="${groups%% $group *} ${groups#* $group }" ;;
            end) exit 0 ;;
          esac
        done
        stop() {
          for group in $groups; do kill "-$1" "-$group" 2>/dev/null; done
          for process in /proc/[0-9]*; do
            if grep -qa "COUNTERWEIGHT_RUN=$MARK_OF_GUARD" "$process/environ" 2>/dev/null; then kill "-$1" "${process#/proc/}" 2>/dev/null; fi
          done
        }
        stop TERM
        sleep 2
        stop KILL
        """;

    private static readonly Lazy<ProcessGuard> Shared = new(() => new ProcessGuard());

    private readonly AnonymousPipeServerStream pipe;
    private readonly Lock gate = new();

    private ProcessGuard()
    {
        Id = Guid.NewGuid().ToString("N");
        pipe = new AnonymousPipeServerStream(PipeDirection.Out, HandleInheritability.None);
        using FileStream nowhere = File.OpenWrite("/dev/null");
        int output = (int)nowhere.SafeFileHandle.DangerousGetHandle();
        string path = Environment.GetEnvironmentVariable("PATH") is { Length: > 0 } set ? set : "/usr/bin:/bin";
        int pid = Posix.Spawn(["/bin/sh", "-c", Script], [$"PATH={path}", $"MARK_OF_GUARD={Id}"], (int)pipe.ClientSafePipeHandle.DangerousGetHandle(), output,
            output);
        if (pid < 0) throw new IOException($"The shell that watches over programs could not be started (error {-pid}); /bin/sh is needed.");
        pipe.DisposeLocalCopyOfClientHandle();
    }

    /// <summary>The guard of this process.</summary>
    internal static ProcessGuard Instance => Shared.Value;

    /// <summary>What <see cref="Mark"/> is set to.</summary>
    internal string Id { get; }

    /// <summary>Ends the watch, and with it whatever still runs. The guard of a process lives as long as the process, whose end closes the pipe.</summary>
    public void Dispose() => pipe.Dispose();

    /// <summary>A process group runs from now on.</summary>
    internal void Add(int group) => Say('+', group);

    /// <summary>A process group has ended.</summary>
    internal void Remove(int group) => Say('-', group);

    private void Say(char what, int group)
    {
        lock (gate)
        {
            try
            {
                pipe.Write(System.Text.Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{what} {group}\n")));
            }
            catch (IOException)
            {
                // Someone ended the guard. Programs are still ended with this process where it ends in an orderly way.
            }
        }
    }
}
