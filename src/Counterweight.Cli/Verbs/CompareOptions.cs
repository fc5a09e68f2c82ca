using System.CommandLine;
using Counterweight.Comparison;
using Counterweight.Data;

namespace Counterweight.Cli;

/// <summary>The options of <c>compare</c>, and what they say together.</summary>
internal sealed class CompareOptions
{
    private readonly Argument<string> file = new("FILE")
    {
        Description = "CSV, Parquet or JSON lines; - is CSV on standard input. With --trainer also a folder of images with a folder per class.",
    };

    private readonly Option<string[]> metric = new("--metric", "-m")
    {
        Description = $"What decides, balanced-accuracy if omitted; further metrics span a Pareto front with it: "
            + $"{string.Join(", ", Metric.Catalogue.Select(m => m.Name))}.",
        HelpName = "NAME,...",
        CompletionSources = { _ => Metric.Catalogue.Select(m => m.Name) },
    };

    private readonly Option<string[]> learners = new("--learners", "-l")
    {
        Description = $"{string.Join(", ", LearnerCatalogue.All.Select(l => l.Name))}; "
            + $"{string.Join(" and ", LearnerCatalogue.Default)} if omitted.",
        HelpName = "NAME,...",
        CompletionSources = { _ => LearnerCatalogue.All.Select(l => l.Name) },
    };

    private readonly Option<string[]> remedies = new("--remedies", "-r")
    {
        Description = "Remedies to try, joined with + where several act together; 'remedies' lists them. Some of every family "
            + "if omitted.",
        HelpName = "REMEDY,...",
        CompletionSources = { _ => Remedy.Catalogue.Select(r => r.Name) },
    };

    private readonly Option<int?> folds = new("--folds")
    {
        Description = "Folds of the cross-validation; by default 5, and fewer where a class has fewer rows.",
        HelpName = "N",
    };

    private readonly Option<int?> repeats = new("--repeats")
    {
        Description = "How often the cross-validation is repeated; by default twice, and more often where the "
            + "rarest class has fewer than 200 rows, as far as two minutes allow.",
        HelpName = "N",
    };

    private readonly Option<string?> budget = new("--time-budget") { Description = "A full run, ended then: 90s, 5m, 1h.", HelpName = "TIME" };

    private readonly Option<string?> costs = new("--costs")
    {
        Description = "A file of costs: a line 'class,cost' per class, or a matrix of true by predicted class.",
        HelpName = "FILE",
    };

    private readonly Option<string?> output = new("--out", "-o")
    {
        Description = "A folder for comparison.json, report.html and the finished folds.",
        HelpName = "DIR",
    };

    private readonly Option<string?> plots = new("--plots") { Description = "A folder for the report's pictures as PNG and SVG files.", HelpName = "DIR" };

    private readonly Option<string?> resume = new("--resume") { Description = "The --out folder of an interrupted run, to go on with it.", HelpName = "DIR" };

    private readonly Option<string?> positive = new("--positive")
    {
        Description = "The positive class of two; the rarer one if omitted.",
        HelpName = "CLASS",
    };

    private readonly Option<string[]> drop = new("--drop", "--ignore-columns")
    {
        Description = "Columns to leave out, such as identifiers.",
        HelpName = "COLUMN,...",
    };

    private readonly Option<string?> time = new("--time")
    {
        Description = "Trains on the past and judges on the time after it, by this column (numbers or dates).",
        HelpName = "COLUMN",
    };

    private readonly ChoiceOption<SignificanceTest> test = new("--test", "What proves a gain",
        ("corrected", SignificanceTest.Corrected, "resampled t-test with Holm's correction"), ("bayesian", SignificanceTest.Bayesian, "correlated t-test"));

    private readonly Option<double> rope = new("--rope")
    {
        Description = "Differences below this are practically none (the region of practical equivalence).",
        HelpName = "X",
        DefaultValueFactory = _ => 0.005,
    };

    private readonly Option<double> certainty = new("--certainty")
    {
        Description = "The chance of a gain that the bayesian test asks for.",
        HelpName = "P",
        DefaultValueFactory = _ => 0.95,
    };

    private readonly Option<int> searchSize = new("--search-size")
    {
        Description = "How many configurations a range is searched with.",
        HelpName = "N",
        DefaultValueFactory = _ => 9,
    };

    private readonly Option<string?> group = new("--group")
    {
        Description = "Rows with the same value of this column stay on one side of every split.",
        HelpName = "COLUMN",
    };

    private readonly ProgramOptions programs = new();

    private readonly Option<double?> holdout = new("--holdout")
    {
        Description = "Judges on one split, with this share of the rows held out, in place of a cross-validation.",
        HelpName = "SHARE",
    };

    private readonly Option<int?> seeds = new("--seeds") { Description = "How many seeds judge the split of --holdout; 1 if omitted.", HelpName = "N" };

    private readonly Option<bool> plan = new("--plan") { Description = "Trains nothing, but says how many fits there would be." };

    private readonly Option<bool> thorough = new("--thorough")
    {
        Description = "The full run, however long it takes; by default what would take longer than about two minutes is cut, and said.",
    };

    private readonly Option<bool> noRacing = new("--no-racing") { Description = "Judges every candidate on every fold, also those that are clearly worse." };

    private readonly Option<string?> share = new("--shard")
    {
        Description = "Trains only its share of the fits, into its own file of --out DIR: 2/4, or auto in an array job of Slurm or an indexed job of "
            + "Kubernetes. 'merge DIR' then makes the comparison.",
        HelpName = "I/N",
    };

    /// <summary>Adds them to the verb, in the order of its help.</summary>
    internal void AddTo(VerbCommand verb)
    {
        verb.Add(file);
        foreach (Option option in (Option[])[
            metric, learners, remedies, folds, repeats, budget, costs, output, plots, resume, positive, drop, group, time, searchSize, test, rope, certainty,
            noRacing, holdout, seeds, plan, share, thorough]) verb.Add(option);
        programs.AddTo(verb);
    }

    /// <summary>The table or the folder of images.</summary>
    internal string Path(Invocation run) => run.Value(file)!;

    /// <summary>Whether only the number of fits is asked for.</summary>
    internal bool Plans(Invocation run) => run.Value(plan);

    /// <summary>Where pictures go, if anywhere.</summary>
    internal string? Plots(Invocation run) => run.Value(plots);

    /// <summary>The columns of groups and of times, which are none to learn from.</summary>
    internal (string? Group, string? Time) Aside(Invocation run) => (run.Value(group), run.Value(time));

    /// <summary>What is asked, as far as it can be checked before a row is read.</summary>
    internal CompareQuestion Question(Invocation run)
    {
        CheckRanges(run);
        CheckSplit(run);
        IReadOnlyList<string> names = run.List(metric) is { Count: > 0 } given ? given : ["balanced-accuracy"];
        (IReadOnlyList<Remedy> tried, IReadOnlyList<RemedySpace> spaces) = Remedy.ParseAll(run.List(remedies));
        string? folder = run.Value(output), resumed = run.Value(resume);
        Shard? shard = run.Value(share) is string part ? Shard.Parse(part, Environment.GetEnvironmentVariable) : null;
        var question = new CompareQuestion(
            [.. names.Select(Metric.Catalogue.Create).DistinctBy(m => m.Name)], tried, spaces, test.Of(run), programs.Trainers(run, launches: true),
            [.. run.List(learners).Select(l => LearnerCatalogue.All.Create(l).Name)], Durations.Parse(run.Value(budget), budget.Name), shard,
            resumed ?? folder);
        CheckFolder(folder, resumed, shard is not null, run.Value(plots) is not null);
        return question;
    }

    /// <summary>The rows.</summary>
    internal (Dataset Data, DatasetOptions Read) Rows(Invocation run, CompareQuestion question)
    {
        string path = Path(run);
        bool images = ImageFolder.Is(path);
        string target = images ? ImageRows.LabelColumn : run.RequireTarget(path);
        DatasetOptions read = run.Reading with
        {
            MostBytes = RowMemory.Most(RowMemory.Trained),
            Drop = run.List(drop),
            Aside = [.. ((string?[])[run.Value(group), run.Value(time)]).OfType<string>().Distinct()],
        };
        return (images ? ImageFolder.Read(run, path, question.Learns, drop, group, time) : DatasetReader.Read(path, target, read, run.Cancellation), read);
    }

    /// <summary>The comparison that is asked for, on rows.</summary>
    internal ComparisonOptions Of(Invocation run, CompareQuestion question, Dataset data, DatasetOptions read)
    {
        string path = Path(run);
        CostMatrix? matrix = run.Value(costs) is string costsFile ? CostsFile.Matrix(costsFile, data.ClassNames) : null;
        IMetric[] metrics = [.. question.Metrics.Select(m => !m.NeedsCosts ? m
            : m.WithCosts(matrix ?? throw new UsageException($"--metric {m.Name} needs the costs: give --costs FILE.")))];
        return new()
        {
            Metric = metrics[0],
            Also = metrics[1..],
            Learners = question.Learners,
            Trainers = question.Trainers,
            TrainerSettings = !programs.StartsProcesses(run) ? null
                : programs.Settings(
                    run, path, question.Shard is { } part ? System.IO.Path.Combine(question.Folder!, part.Name) : question.Folder, question.Learns) with
                {
                    DataFormat = ImageFolder.Is(path) ? ImageRows.Kind : null,
                    LeaveOut = read.Drop,
                },
            Holdout = run.Value(holdout),
            Seeds = run.Value(seeds) ?? 1,
            Remedies = question.Remedies,
            Searches = question.Searches,
            SearchSize = run.Value(searchSize),
            Test = question.Test,
            Equivalence = run.Value(rope),
            Certainty = run.Value(certainty),
            Times = run.Value(time) is string moment ? RowColumns.Times(data[moment], path) : null,
            Folds = run.Value(folds) ?? 0,
            Repeats = run.Value(repeats) ?? 0,
            Seed = run.Seed,
            Threads = run.Threads,
            Costs = matrix,
            TimeBudget = question.Budget,
            Racing = !run.Value(noRacing),
            Thorough = run.Value(thorough),
            PositiveClass = run.Value(positive) is not string label ? null : data.Classes == 2 ? data.CountLabels().CodeOf(label)
                : throw new UsageException($"--positive is for two classes; there are {data.Classes}."),
            Groups = run.Value(group) is string column ? RowColumns.Groups(data[column]) : null,
        };
    }

    private void CheckRanges(Invocation run)
    {
        if (run.Value(folds) is < 2) throw new UsageException($"--folds is 2 or more; {run.Value(folds)} is not.");
        if (run.Value(repeats) is < 1 or > 1000) throw new UsageException($"--repeats is 1 to 1000; {run.Value(repeats)} is not.");
        if (!(run.Value(rope) >= 0)) throw new UsageException($"--rope is 0 or more; {run.Value(rope)} is not.");
        if (run.Value(certainty) is not (> 0.5 and < 1)) throw new UsageException($"--certainty lies between 0.5 and 1; {run.Value(certainty)} does not.");
        if (run.Value(searchSize) is < 2 or > 243) throw new UsageException($"--search-size is 2 to 243; {run.Value(searchSize)} is not.");
        if (run.Value(seeds) is < 1 or > 1000) throw new UsageException($"--seeds is 1 to 1000; {run.Value(seeds)} is not.");
    }

    /// <summary>How rows are split and how often that is repeated is said in one way only.</summary>
    private void CheckSplit(Invocation run)
    {
        if (run.Value(time) is not null && run.Value(repeats) > 1)
            throw new UsageException("--time gives one order of the rows, so there is nothing to repeat; leave out --repeats.");
        if (run.Value(holdout) is double held)
        {
            if (held is not (> 0 and < 1)) throw new UsageException($"--holdout is a share of the rows between 0 and 1, as in 0.2; {held} is not.");
            if (run.IsGiven(folds) || run.IsGiven(repeats))
                throw new UsageException("--holdout judges on one split, so there are no --folds and no --repeats; --seeds N repeats it with other seeds.");
        }
        else if (run.Value(seeds) is not null)
        {
            throw new UsageException("--seeds belongs to --holdout; a cross-validation has --repeats.");
        }
    }

    /// <summary>A folder holds one run, which is begun or gone on with.</summary>
    private static void CheckFolder(string? folder, string? resumed, bool sharded, bool pictures)
    {
        if (folder is not null && resumed is not null && System.IO.Path.GetFullPath(folder) != System.IO.Path.GetFullPath(resumed))
            throw new UsageException("--out and --resume name different folders; --resume alone is enough, its folder takes the results.");
        if (sharded && (folder is null || resumed is not null || pictures))
            throw new UsageException("--shard needs --out DIR, which the shards share, without --resume and --plots; it goes on by itself where it was.");
        if ((resumed ?? folder) is string taken && File.Exists(taken)) throw new UsageException($"--out takes a folder, and {taken} is a file.");
        if (resumed is not null && !File.Exists(System.IO.Path.Combine(resumed, RunStore.FileName)))
            throw new UsageException($"--resume: there is no interrupted run in {resumed}. Begin one with --out {resumed}.");
        if (resumed is null && folder is not null && File.Exists(System.IO.Path.Combine(folder, RunStore.FileName)))
            throw new UsageException($"--out: {folder} holds a run already. Go on with it by --resume {folder}, or give another folder.");
    }
}

/// <summary>What <c>compare</c> is asked, checked before a row is read.</summary>
/// <param name="Metrics">What decides, and what else spans the front.</param>
/// <param name="Remedies">What is tried.</param>
/// <param name="Searches">The ranges among them.</param>
/// <param name="Test">What proves a gain.</param>
/// <param name="Trainers">Programs that take part.</param>
/// <param name="Learners">Learners that are named.</param>
/// <param name="Budget">The most time.</param>
/// <param name="Shard">Which share of the fits is trained here; null for all.</param>
/// <param name="Folder">Where the run is kept.</param>
internal sealed record CompareQuestion(
    IMetric[] Metrics, IReadOnlyList<Remedy> Remedies, IReadOnlyList<RemedySpace> Searches, SignificanceTest Test, IReadOnlyList<ExternalTrainer> Trainers,
    IReadOnlyList<string> Learners, TimeSpan? Budget, Shard? Shard, string? Folder)
{
    /// <summary>Whether a learner of this library takes part.</summary>
    internal bool Learns => Learners.Count > 0 || Trainers.Count == 0;
}
