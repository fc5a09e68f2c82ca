using System.Diagnostics;
using System.Security.Cryptography;
using Counterweight.TestSupport;

namespace Counterweight.Cli.Tests;

/// <summary>A Slurm of the tests' own: a controller, one node and munge, on free ports and in a folder of their own; ended with the tests.</summary>
public sealed class SlurmCluster : IDisposable
{
    private const string Node = "one";
    private static readonly string[] Needed = ["/usr/sbin/slurmctld", "/usr/sbin/slurmd", "/usr/sbin/munged", "/usr/bin/srun", "/usr/bin/sbatch"];

    private readonly TempFiles files = new();
    private readonly List<Process> servers = [];
    private readonly Dictionary<string, string> environment = [];

    public SlurmCluster()
    {
        if (!OperatingSystem.IsLinux() || Needed.FirstOrDefault(p => !File.Exists(p)) is not null)
        {
            Lacks = "Slurm is not installed: build/setup.sh slurm";
            return;
        }

        foreach (string folder in (string[])["state", "spool", "bin"]) Directory.CreateDirectory(files[folder]);
        File.SetUnixFileMode(files.Folder, (UnixFileMode)0b111_001_001);
        files.Write("munge.key", RandomNumberGenerator.GetBytes(128));
        File.SetUnixFileMode(files["munge.key"], UnixFileMode.UserRead | UnixFileMode.UserWrite);
        Shell("bin/counterweight", $"exec dotnet '{Tool.Library}' \"$@\"");
        int[] ports = Ports.Free(2);
        files.Write("slurm.conf",
            $"""
            ClusterName=counterweight
            SlurmctldHost=localhost(127.0.0.1)
            SlurmctldPort={ports[0]}
            SlurmdPort={ports[1]}
            SlurmUser={Environment.UserName}
            SlurmdUser={Environment.UserName}
            AuthType=auth/munge
            AuthInfo=socket={files["munge"]}
            StateSaveLocation={files["state"]}
            SlurmdSpoolDir={files["spool"]}
            SlurmctldPidFile={files["slurmctld.pid"]}
            SlurmdPidFile={files["slurmd.pid"]}
            SlurmctldLogFile={files["slurmctld.log"]}
            SlurmdLogFile={files["slurmd.log"]}
            ProctrackType=proctrack/pgid
            TaskPlugin=task/none
            SwitchType=switch/none
            MpiDefault=none
            SelectType=select/cons_tres
            SelectTypeParameters=CR_CPU
            SlurmdParameters=config_overrides
            SchedulerParameters=batch_sched_delay=0,sched_interval=1,sched_min_interval=0,bf_interval=1
            KillWait=2
            ReturnToService=0
            NodeName={Node} NodeAddr=127.0.0.1 CPUs=4 State=UNKNOWN
            PartitionName=all Nodes=ALL Default=YES MaxTime=INFINITE State=UP

            """);
        environment["SLURM_CONF"] = files["slurm.conf"];
        environment["PATH"] = $"{files["bin"]}:{Environment.GetEnvironmentVariable("PATH")}";
        Serve("/usr/sbin/munged", "--foreground", $"--key-file={files["munge.key"]}", $"--socket={files["munge"]}", $"--pid-file={files["munge.pid"]}",
            $"--log-file={files["munge.log"]}", $"--seed-file={files["munge.seed"]}", "--num-threads=2");
        Until(() => File.Exists(files["munge"]), "munge to listen");
        Serve("/usr/sbin/slurmctld", "-D", "-f", files["slurm.conf"]);
        Serve("/usr/sbin/slurmd", "-D", "-N", Node, "-f", files["slurm.conf"]);
        Until(() => Ask("sinfo", "-h", "-o", "%T") == "idle", "the node to be idle");
    }

    /// <summary>Why there is no cluster; null if there is one.</summary>
    internal string? Lacks { get; }

    /// <summary>What a process needs to know of the cluster; <c>counterweight</c> is the built tool there.</summary>
    internal IReadOnlyDictionary<string, string> Environs => environment;

    public void Dispose()
    {
        if (servers.Count == 3)
        {
            Run(files.Folder, "scancel", "--signal=KILL", $"--user={Environment.UserName}");
            Until(() => Ask("squeue", "-h") == "", "jobs to end");
        }

        foreach (Process server in Enumerable.Reverse(servers))
        {
            server.Kill(entireProcessTree: true);
            server.WaitForExit();
            server.Dispose();
        }

        files.Dispose();
    }

    /// <summary>The jobs that run, without those that are only queued.</summary>
    internal string[] Running => Ask("squeue", "-h", "-t", "R", "-o", "%A").Split('\n', StringSplitOptions.RemoveEmptyEntries);

    /// <summary>Takes the node out of service, which ends what runs there, or puts it back.</summary>
    internal void SetNode(bool up)
    {
        string[] state = up ? ["State=RESUME"] : ["State=DOWN", "Reason=test"];
        Assert.Equal("", Ask(["scontrol", "update", $"NodeName={Node}", .. state]));
    }

    /// <summary>Writes a script; in a path below the cluster's folder.</summary>
    internal string Shell(string name, string lines)
    {
        if (OperatingSystem.IsWindows()) throw new PlatformNotSupportedException();
        string path = files.Write(name, $"#!/bin/sh\n{lines}\n");
        File.SetUnixFileMode(path, (UnixFileMode)0b111_101_101);
        return path;
    }

    /// <summary>What a command of Slurm prints.</summary>
    internal string Ask(params string[] words) => Run(files.Folder, words).Output.Trim();

    /// <summary>Runs a command in a folder.</summary>
    internal ToolResult Run(string folder, params string[] words)
    {
        using Process process = Start(folder, words[0], words[1..]);
        Task<string> output = process.StandardOutput.ReadToEndAsync(), error = process.StandardError.ReadToEndAsync();
        process.WaitForExit();
        return new(process.ExitCode, output.Result, error.Result);
    }

    /// <summary>Waits for something that is going to happen.</summary>
    internal static void Until(Func<bool> happened, string what)
    {
        for (int tries = 0; !happened(); tries++)
        {
            Assert.True(tries < 3000, $"waited five minutes for {what}");
            Thread.Sleep(100);
        }
    }

    private void Serve(string program, params string[] arguments)
    {
        Process process = Start(files.Folder, program, arguments);
        process.OutputDataReceived += (_, _) => { };
        process.ErrorDataReceived += (_, _) => { };
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        servers.Add(process);
    }

    private Process Start(string folder, string program, string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments) { WorkingDirectory = folder, RedirectStandardError = true, RedirectStandardOutput = true };
        foreach ((string name, string value) in environment) start.Environment[name] = value;
        return Process.Start(start)!;
    }
}
