using System.CommandLine;
using Counterweight.Comparison;
using Counterweight.Data;

namespace Counterweight.Cli;

/// <summary>The options by which training programs take part, for the verbs that run some.</summary>
internal sealed class ProgramOptions
{
    private readonly Option<string[]> trainer = new("--trainer")
    {
        Description = "A training program of your own, which takes part (docs/trainers.md): a command, or NAME=COMMAND. May be given more than once. Without "
            + "--learners, the programs alone take part.",
        HelpName = "[NAME=]COMMAND",
    };

    private readonly Option<int> jobs = new("--jobs")
    {
        Description = "How many fits of programs, or under --launcher of learners, run at a time.",
        HelpName = "N",
        DefaultValueFactory = _ => 1,
    };

    private readonly Option<string[]> devices = new("--devices")
    {
        Description = "Devices that are dealt out among the fits, as CUDA_VISIBLE_DEVICES: cuda:0,cuda:1.",
        HelpName = "NAME,...",
    };

    private readonly Option<string?> launcher = new("--launcher")
    {
        Description = "A command that runs another one and returns its exit code, put before each fit: \"srun -n1 --gres=gpu:1\". The fits of --learners "
            + "become processes, too.",
        HelpName = "COMMAND",
    };

    private readonly Option<string?> timeout = new("--fit-timeout") { Description = "The most time a fit may take: 90s, 5m, 1h.", HelpName = "TIME" };

    private readonly Option<int> retries = new("--fit-retries")
    {
        Description = "How often a fit that failed is tried again.",
        HelpName = "N",
        DefaultValueFactory = _ => 1,
    };

    private readonly Option<bool> tables = new("--tables")
    {
        Description = "Writes the rows of each fit as files, too, for programs that cannot pick rows.",
    };

    /// <summary>Whether a program was named.</summary>
    internal bool IsGiven(Invocation run) => run.Value(trainer) is { Length: > 0 };

    internal void AddTo(VerbCommand verb)
    {
        foreach (Option option in (Option[])[trainer, jobs, devices, launcher, timeout, retries, tables]) verb.Add(option);
    }

    /// <summary>The programs; two without a name of their own are told apart by a number.</summary>
    /// <param name="run">The command line.</param>
    /// <param name="launches">Whether the verb's own learners, too, are fitted under --launcher.</param>
    internal IReadOnlyList<ExternalTrainer> Trainers(Invocation run, bool launches = false)
    {
        var all = new List<ExternalTrainer>();
        bool launched = launches && run.Value(launcher) is not null;
        Option[] idle = IsGiven(run) ? [] : launched ? [devices, tables] : [jobs, devices, launcher, timeout, retries, tables];
        if (Array.Find(idle, run.IsGiven) is Option none)
            throw new UsageException($"{none.Name} is about training programs, and there is none here; name one with --trainer COMMAND.");
        foreach (string text in run.Value(trainer) ?? [])
        {
            ExternalTrainer parsed = ExternalTrainer.Parse(text);
            string name = parsed.Name;
            for (int n = 2; all.Any(t => t.Name == name); n++) name = $"{parsed.Name}-{n}";
            all.Add(name == parsed.Name ? parsed : new ExternalTrainer(name, parsed.Command));
        }

        return all;
    }

    /// <summary>Whether fits are run as processes: those of programs, and under a launcher those of learners.</summary>
    internal bool StartsProcesses(Invocation run) => IsGiven(run) || run.Value(launcher) is not null;

    /// <summary>How the programs are run.</summary>
    /// <param name="run">The command line.</param>
    /// <param name="file">The data.</param>
    /// <param name="folder">Where jobs and logs are kept; null for a temporary one.</param>
    /// <param name="learns">Whether learners of the tool take part.</param>
    internal TrainerSettings Settings(Invocation run, string file, string? folder, bool learns = false)
    {
        if (file == "-" && IsGiven(run))
            throw new UsageException("--trainer: programs read the rows themselves, so the data have to be a file, not standard input.");
        if (run.Database is not null)
            throw new UsageException("--trainer and --launcher: fits in processes of their own read the rows themselves, so the data have to be a file; "
                + "'resample -m random-under' writes one.");
        if (run.Value(jobs) < 1) throw new UsageException($"--jobs is 1 or more; {run.Value(jobs)} is not.");
        if (run.Value(retries) < 0) throw new UsageException($"--fit-retries is 0 or more; {run.Value(retries)} is not.");
        return new TrainerSettings
        {
            DataFile = file,
            Jobs = run.Value(jobs),
            Devices = run.List(devices),
            Launcher = run.Value(launcher),
            FitCommand = learns && run.Value(launcher) is not null ? FitVerb.Command : [],
            FitTimeout = run.Value(timeout) is string time ? Durations.Parse(time, "--fit-timeout") : null,
            FitRetries = run.Value(retries),
            Tables = run.Value(tables),
            Threads = run.Threads,
            Folder = folder,
        };
    }
}
