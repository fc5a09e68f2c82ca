using System.CommandLine;
using Counterweight.Comparison;
using Counterweight.Data;
using Counterweight.Databases;

namespace Counterweight.Cli;

/// <summary>The options of <c>train</c>, and what they say together.</summary>
internal sealed class TrainOptions
{
    /// <summary>The learner that several machines can train together.</summary>
    internal const string OnMachines = "gbdt";

    /// <summary>The most rows of Parquet files that are read at once where they could be read in parts.</summary>
    internal const int MostAtOnce = 1_000_000;

    private readonly Argument<string> file = new("FILE")
    {
        Description = "CSV, Parquet or JSON lines; - is CSV on standard input. A quoted 'part-*.parquet' stands for several files. With --trainer also a "
            + "folder of images with a folder per class.",
    };

    private readonly Option<string?> remedy = new("--remedy", "-r")
    {
        Description = "The remedy; 'remedies' lists them. The recommended one if omitted.",
        HelpName = "REMEDY",
        CompletionSources = { _ => Remedy.Catalogue.Select(r => r.Name) },
    };

    private readonly Option<string?> learner = new("--learner", "-l")
    {
        Description = $"The learner: {string.Join(", ", LearnerCatalogue.All.Select(l => l.Name))}.",
        HelpName = "NAME",
        CompletionSources = { _ => LearnerCatalogue.All.Select(l => l.Name) },
    };

    private readonly Option<string?> comparison = new("--comparison")
    {
        Description = "The --out folder of a comparison, whose recommendation is trained as it was compared: target, metric, positive class, costs, groups "
            + "and columns left out are those of the comparison unless given here.",
        HelpName = "DIR",
    };

    private readonly Option<string?> output = new("--out", "-o") { Description = "The folder to save the model in.", HelpName = "DIR" };

    private readonly Option<string> metric = new("--metric", "-m")
    {
        Description = "What thresholds and offsets are tuned for.",
        HelpName = "NAME",
        CompletionSources = { _ => Metric.Catalogue.Select(m => m.Name) },
        DefaultValueFactory = _ => "balanced-accuracy",
    };

    private readonly Option<string?> costs = new("--costs") { Description = "A file of costs, per class or as a matrix.", HelpName = "FILE" };

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

    private readonly Option<string?> group = new("--group")
    {
        Description = "Rows with the same value of this column stay together where training rows are held out: to tune decisions, to calibrate, to stop "
            + "early. The column is no feature.",
        HelpName = "COLUMN",
    };

    private readonly MachineOptions machines = new();

    private readonly ProgramOptions programs = new();

    /// <summary>Adds them to the verb, in the order of its help.</summary>
    internal void AddTo(VerbCommand verb)
    {
        verb.Add(file);
        foreach (Option option in (Option[])[remedy, learner, comparison, output, metric, costs, positive, drop, group]) verb.Add(option);
        machines.AddTo(verb);
        programs.AddTo(verb);
    }

    /// <summary>What is asked, as far as it can be checked before a row is read.</summary>
    internal TrainQuestion Question(Invocation run)
    {
        string folder = run.Value(output) ?? throw new UsageException("Where should the model go? Give a folder with --out DIR.");
        if (run.Value(comparison) is not null && (run.Value(remedy) ?? run.Value(learner)) is not null)
            throw new UsageException("--comparison brings remedy and learner; leave out --remedy and --learner, or --comparison.");
        _ = Metric.Catalogue.Create(run.Value(metric)!);
        string? name = run.Value(learner) is string asked ? LearnerCatalogue.All.Create(asked).Name : null;
        Remedy? named = run.Value(remedy) is string text ? Remedy.Parse(text) : null;
        IReadOnlyList<ExternalTrainer> trainers = programs.Trainers(run);
        if (trainers.Count > 1) throw new UsageException("train takes one --trainer; it trains one model.");
        if (trainers.Count > 0 && name is not null) throw new UsageException("--trainer and --learner are two ways to train; leave one out.");
        if (trainers.Count > 0 && run.Value(comparison) is null && named is null)
            throw new UsageException("Which remedy? Give the --comparison DIR that recommends one, or --remedy NAME.");
        ExternalTrainer? trainer = trainers.Count > 0 ? trainers[0] : null;
        MachineQuestion? several = machines.Of(run);
        ComparedTerms? terms = run.Value(comparison) is string from ? ComparedTerms.Of(from, trainer) : null;
        if (several is not null) CheckMachines(run, trainer, terms is null ? name : terms.Learner, named ?? terms?.Remedy, terms);
        if (trainer is null && TrainedClassifier.WhyNotSaved(folder) is string reason) throw new UsageException($"--out: {reason}");
        if (trainer is not null && File.Exists(folder)) throw new UsageException($"--out takes a folder, and {folder} is a file.");
        return new(run.Value(file)!, folder, terms is null ? name : terms.Learner, terms is null ? named : terms.Remedy, trainer, terms, several);
    }

    /// <summary>The rows, read as those of the comparison where there is one.</summary>
    internal (Dataset Data, DatasetOptions Read) Rows(Invocation run, TrainQuestion question)
    {
        bool images = ImageFolder.Is(question.Path);
        string[] files = images ? [question.Path] : FilePattern.Files(question.Path);
        if (files.Length > 1 && question.Trainer is not null)
            throw new UsageException($"--trainer: a program is given one file, and {question.Path} stands for {files.Length}.");
        string target = images ? ImageRows.LabelColumn : Target(run, question, files[0]);
        (Dataset data, DatasetOptions read) = images
            ? (ImageFolder.Read(run, question.Path, learns: question.Trainer is null, drop, group), Reading(run, question))
            : Read(run, question, files, target, isPart: files.Length > 1);
        question.Terms?.Check(data);
        Tell(run, data.Notes);
        return (data, read);
    }

    /// <summary>The label column: that of the comparison where none is named.</summary>
    internal static string Target(Invocation run, TrainQuestion question, string firstFile) =>
        question.Terms is { } compared && run.Target is null ? compared.Document.Dataset.Target : run.RequireTarget(firstFile);

    /// <summary>Reads files as one table.</summary>
    private (Dataset Data, DatasetOptions Read) Read(Invocation run, TrainQuestion question, string[] files, string target, bool isPart)
    {
        DatasetOptions read = Reading(run, question);
        List<Dataset> parts = [];
        long taken = 0;
        foreach (string part in files)
        {
            // What the files before it took is no longer there.
            Dataset rows = DatasetReader.Read(part, target, read with { IsPart = isPart, MostBytes = read.MostBytes - taken }, run.Cancellation);
            taken += rows.Rows * RowRoom.BytesOfRow(rows.Columns.Count);
            parts.Add(rows);
        }

        return (DatasetShape.Join(parts), read);
    }

    /// <summary>
    /// The Parquet files whose rows are to be read in parts: where there are many, and nothing asks for all of them at once. Null where they are read as they
    /// are.
    /// </summary>
    internal string[]? InParts(Invocation run, TrainQuestion question)
    {
        if (question is not { Trainer: null, Remedy: { } remedy } || (question.Learner ?? LearnerCatalogue.Default[0]) != OnMachines
            || Group(run, question.Terms) is not null || run.Database is not null || question.Path == "-" || ImageFolder.Is(question.Path)
            || RowParts.Refuses(remedy) is not null) return null;
        string[] files = FilePattern.Files(question.Path);
        if (!files.All(DatabaseSource.IsParquet)) return null;
        return files.Sum(f => DatasetReader.ParquetRows(f, run.Reading) ?? 0) > MostAtOnce ? files : null;
    }

    /// <summary>What the reader noticed.</summary>
    internal static void Tell(Invocation run, IReadOnlyList<DataNote> notes)
    {
        foreach (DataNote note in notes) run.Messages.Warn($"{note.Message} [{note.Code}]");
    }

    /// <summary>The column whose equals stay together: that of the comparison where none is named.</summary>
    private string? Group(Invocation run, ComparedTerms? terms) => run.Value(group) ?? terms?.Document.Asked?.Group;

    /// <summary>How rows to train on are read.</summary>
    internal DatasetOptions Reading(Invocation run, TrainQuestion question)
    {
        DatasetOptions read = ReadingOptions.Of(run, question.Terms?.Reading ?? new()).With(run.List(drop), run.Threads) with
        {
            MostBytes = RowMemory.Most(RowMemory.Trained),
        };
        return run.Value(group) is string kept ? read with { Aside = [.. read.Aside.Append(kept).Distinct()] } : read;
    }

    private void CheckMachines(Invocation run, ExternalTrainer? trainer, string? learner, Remedy? remedy, ComparedTerms? terms)
    {
        if (trainer is not null) throw new UsageException("--machines is about the tool's own boosting; leave out --trainer.");
        if (learner is not null && learner != OnMachines)
            throw new UsageException($"--machines: several machines train {OnMachines} together, not {learner}.");
        if (remedy is null)
            throw new UsageException("--machines trains one remedy: name it with --remedy, or give the --comparison DIR that recommends one. Compare on a "
                + "sample first: compare --max-rows N.");
        if (Group(run, terms) is not null)
            throw new UsageException("--machines knows no groups of rows: leave out --group, or train on one machine.");
        if (run.Database is not null) throw new UsageException("--machines: the rows have to be files, a share for each process.");
    }

    /// <summary>The terms of the training: those of the comparison, unless the command line says others.</summary>
    internal ComparisonOptions Of(Invocation run, TrainQuestion question, Dataset data, DatasetOptions read)
    {
        ComparedTerms? terms = question.Terms;
        CostMatrix? matrix = run.Value(costs) is string costsFile ? CostsFile.Matrix(costsFile, data.ClassNames) : terms?.Costs();
        IMetric decides = Metric.Catalogue.Create(terms is not null && !run.IsGiven(metric) ? terms.Document.Metric : run.Value(metric)!);
        if (decides.NeedsCosts) decides = decides.WithCosts(matrix ?? throw new UsageException($"--metric {decides.Name} needs the costs: give --costs FILE."));
        string? positiveLabel = run.Value(positive) ?? terms?.Document.PositiveClass;
        if (positiveLabel is not null && data.Classes != 2) throw new UsageException($"--positive is for two classes; there are {data.Classes}.");
        return new()
        {
            Metric = decides,
            Reading = read,
            Costs = matrix,
            Seed = run.Seed,
            Threads = run.Threads,
            Learners = question.Learner is null ? [] : [question.Learner],
            PositiveClass = positiveLabel is null ? null : data.CountLabels().CodeOf(positiveLabel),
            Groups = Group(run, terms) is string column ? RowColumns.Groups(data[column]) : null,
            Times = question.Trainer is not null && terms?.Document.Asked?.Time is string moment ? RowColumns.Times(data[moment], question.Path) : null,
        };
    }

    /// <summary>How the program is run.</summary>
    internal TrainerSettings Settings(Invocation run, TrainQuestion question, DatasetOptions read) =>
        programs.Settings(run, question.Path, question.Folder) with
        {
            DataFormat = ImageFolder.Is(question.Path) ? ImageRows.Kind : null,
            LeaveOut = read.Drop,
        };
}

/// <summary>What <c>train</c> is asked, checked before a row is read.</summary>
/// <param name="Path">The table or the folder of images.</param>
/// <param name="Folder">Where the model goes.</param>
/// <param name="Learner">The learner that is named, by the command line or by a comparison.</param>
/// <param name="Remedy">The remedy that is named so; null if they are to be compared first.</param>
/// <param name="Trainer">The program that trains; null for a learner.</param>
/// <param name="Terms">The comparison whose recommendation is trained.</param>
/// <param name="Machines">The processes that train together; null for this one alone.</param>
internal sealed record TrainQuestion(
    string Path, string Folder, string? Learner, Remedy? Remedy, ExternalTrainer? Trainer, ComparedTerms? Terms, MachineQuestion? Machines);
