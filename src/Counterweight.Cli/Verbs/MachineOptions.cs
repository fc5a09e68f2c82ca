using System.CommandLine;
using System.Globalization;
using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;

namespace Counterweight.Cli;

/// <summary>The options by which several processes train one model together.</summary>
internal sealed class MachineOptions
{
    private const int FirstPort = 20_000, Ports = 10_000;

    private readonly Option<string[]> machines = new("--machines")
    {
        Description = "Several processes train one gbdt together, each on its share of the files of a quoted FILE such as 'part-*.parquet': where each is, the "
            + "same list in all of them; or auto, under Slurm's srun.",
        HelpName = "HOST:PORT,...",
    };

    private readonly Option<int?> rank = new("--rank")
    {
        Description = "Which of the --machines this process is, from 0; found by the scheduler or by the addresses of this machine if omitted.",
        HelpName = "N",
    };

    internal void AddTo(VerbCommand verb)
    {
        verb.Add(machines);
        verb.Add(rank);
    }

    /// <summary>The processes and which of them this is; null where one trains alone.</summary>
    internal MachineQuestion? Of(Invocation run)
    {
        if (!run.IsGiven(machines))
            return run.IsGiven(rank) ? throw new UsageException("--rank goes with --machines only: it says which of them this process is.") : null;
        return Read([.. run.List(machines).Select(m => m.Trim())], run.Value(rank), Environment.GetEnvironmentVariable);
    }

    /// <summary>Reads the list, and finds out which entry is this process.</summary>
    /// <param name="given">What stands in the list.</param>
    /// <param name="rank">The rank, if it was given.</param>
    /// <param name="variable">Gives a variable of the environment.</param>
    internal static MachineQuestion Read(IReadOnlyList<string> given, int? rank, Func<string, string?> variable)
    {
        if (given is [string word] && word.Equals("auto", StringComparison.OrdinalIgnoreCase)) return Slurm(rank, variable);
        if (given.Count == 0) throw new UsageException("--machines: name where each process is, as in 10.0.0.1:5000,10.0.0.2:5000, or say auto under srun.");
        foreach (string machine in given)
            if (!machine.Contains(':', StringComparison.Ordinal))
                throw new UsageException($"--machines is HOST:PORT,HOST:PORT, as in 10.0.0.1:5000,10.0.0.2:5000, or auto under srun; '{machine}' is not.");
        int own = rank ?? Number(variable, "SLURM_PROCID", "SLURM_NTASKS", given.Count) ?? Number(variable, "JOB_COMPLETION_INDEX", "JOB_COMPLETIONS",
            given.Count)
            ?? ByAddress(given);
        return own >= 0 && own < given.Count ? new(given, own)
            : throw new UsageException($"--rank is 0 to {given.Count - 1} for {given.Count} machines; {own} is not.");
    }

    /// <summary>The first host of a list of Slurm's: <c>n[03-05,9],m1</c> gives <c>n03</c>.</summary>
    internal static string FirstHost(string list)
    {
        int open = list.IndexOf('[', StringComparison.Ordinal), comma = list.IndexOf(',', StringComparison.Ordinal);
        if (open < 0 || (comma >= 0 && comma < open)) return comma < 0 ? list : list[..comma];
        int close = list.IndexOf(']', open);
        string inside = list[(open + 1)..close], first = inside.Split(',', '-')[0];
        return FirstHost(list[..open] + first + list[(close + 1)..]);
    }

    private static MachineQuestion Slurm(int? rank, Func<string, string?> variable)
    {
        if (Whole(variable("SLURM_PROCID")) is not int process || Whole(variable("SLURM_NTASKS")) is not int tasks || tasks < 1 || process >= tasks)
            throw new UsageException("--machines auto: Slurm's srun says which task this is (SLURM_PROCID, SLURM_NTASKS), and nothing does here. Name the "
                + "machines: --machines HOST:PORT,HOST:PORT.");
        // One port per step, known to all its tasks without asking; the others' ports are chosen free and told by the first task.
        int job = Whole(variable("SLURM_JOB_ID")) ?? 0, step = Whole(variable("SLURM_STEP_ID")) ?? 0;
        int port = FirstPort + (int)(((job * 101L) + step) % Ports);
        bool alone = (Whole(variable("SLURM_STEP_NUM_NODES")) ?? Whole(variable("SLURM_NNODES"))) == 1;
        string host = alone ? "127.0.0.1" : FirstHost(variable("SLURM_STEP_NODELIST") ?? variable("SLURM_JOB_NODELIST") ?? "127.0.0.1");
        string[] list = [string.Create(CultureInfo.InvariantCulture, $"{host}:{port}"), .. Enumerable.Repeat("", tasks - 1)];
        return new(list, rank ?? process);
    }

    private static int ByAddress(IReadOnlyList<string> machines)
    {
        if (machines.Count == 1) return 0;
        IPAddress[] own = [.. NetworkInterface.GetAllNetworkInterfaces().SelectMany(i => i.GetIPProperties().UnicastAddresses).Select(a => a.Address)];
        int[] here = [.. Enumerable.Range(0, machines.Count).Where(m => Addresses(machines[m][..machines[m].LastIndexOf(':')]).Any(a =>
            IPAddress.IsLoopback(a) || own.Contains(a)))];
        return here.Length == 1 ? here[0]
            : throw new UsageException($"--machines: {(here.Length == 0 ? "none" : $"{here.Length}")} of them {(here.Length == 1 ? "is" : "are")} at an "
                + $"address of this machine; say which one this process is with --rank 0 to {machines.Count - 1}.");

        static IPAddress[] Addresses(string host)
        {
            try
            {
                return Dns.GetHostAddresses(host);
            }
            catch (Exception unknown) when (unknown is SocketException or ArgumentException)
            {
                return [];
            }
        }
    }

    private static int? Number(Func<string, string?> variable, string name, string count, int expected) =>
        Whole(variable(count)) is int known && known != expected ? null : Whole(variable(name));

    private static int? Whole(string? text) => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int value) ? value : null;
}

/// <summary>Processes that train together, and which of them this is.</summary>
/// <param name="Machines">Where each is, HOST:PORT; all but the first may be empty.</param>
/// <param name="Rank">Which one this is, from 0.</param>
internal sealed record MachineQuestion(IReadOnlyList<string> Machines, int Rank)
{
    /// <summary>The files of this process: every so-manyth.</summary>
    internal string[] Share(string[] files) => files.Length >= Machines.Count ? [.. files.Where((_, i) => i % Machines.Count == Rank)]
        : throw new UsageException($"--machines: {files.Length} {(files.Length == 1 ? "file" : "files")} for {Machines.Count} processes; each needs one or "
            + "more. Name them by a quoted pattern, as in 'part-*.parquet'.");
}
