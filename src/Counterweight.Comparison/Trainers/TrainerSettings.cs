namespace Counterweight.Comparison;

/// <summary>How the fits of training programs are run.</summary>
public sealed record TrainerSettings
{
    /// <summary>The user's own file, which the programs read: rows are numbered from 0 in its order.</summary>
    public required string DataFile { get; init; }

    /// <summary>What the file is, as programs are told: <c>csv</c>, <c>parquet</c>, <c>jsonl</c>, or the kind of a label source. Null to tell from its
    /// name.</summary>
    public string? DataFormat { get; init; }

    /// <summary>Columns of the file that programs are told to leave out of their features, beside those that the data set keeps aside. None by
    /// default.</summary>
    public IReadOnlyList<string> LeaveOut { get; init; } = [];

    /// <summary>How many fits run at a time; 1 by default.</summary>
    public int Jobs { get; init; } = 1;

    /// <summary>Devices to deal out, one to each fit that runs: <c>cuda:0</c>, <c>cuda:1</c>. Each becomes the program's <c>CUDA_VISIBLE_DEVICES</c>. None by
    /// default.</summary>
    public IReadOnlyList<string> Devices { get; init; } = [];

    /// <summary>A command that runs another one: <c>srun -n1 --gres=gpu:1</c>. Null for none.</summary>
    public string? Launcher { get; init; }

    /// <summary>
    /// The words that start the tool for one fit of its own learners, as in <c>counterweight</c>, <c>fit</c>; the path of a job follows. With them the fits of
    /// learners of the catalogue are processes, too, under <see cref="Launcher"/>, with the same result as in this one. Empty by default: they are threads.
    /// </summary>
    public IReadOnlyList<string> FitCommand { get; init; } = [];

    /// <summary>How long a fit may take; null for as long as it takes.</summary>
    public TimeSpan? FitTimeout { get; init; }

    /// <summary>How often a fit that failed is tried again; once by default.</summary>
    public int FitRetries { get; init; } = 1;

    /// <summary>Whether the rows of a fit are also written as files, for programs that cannot pick rows.</summary>
    public bool Tables { get; init; }

    /// <summary>
    /// How many threads the fits that run at a time share: each is told its part as <c>OMP_NUM_THREADS</c>. 0 for every processor, which is told where several
    /// run at a time.
    /// </summary>
    public int Threads { get; init; }

    /// <summary>The folder that keeps jobs, scores and logs, in <c>fits/FIT</c>, so that finished fits are never trained twice; null for a temporary
    /// one.</summary>
    public string? Folder { get; init; }

    /// <summary>The part of the training rows of a fold that is held back for early stopping and decisions.</summary>
    public double ValidationShare { get; init; } = 0.2;
}
