using System.CommandLine;
using System.Globalization;
using Counterweight.Comparison;
using Counterweight.Data;

namespace Counterweight.Cli;

/// <summary><c>trainer</c>: what one needs to write a training program that takes part in comparisons.</summary>
internal static class TrainerVerb
{
    internal static VerbCommand Create()
    {
        var verb = new VerbCommand(
            "trainer", "Helps to write a training program that 'compare --trainer' runs: tries one, prints one, prints the schema of its job file.",
            ("trainer --check \"python train.py\" sample:hpc-jobs -t class", "runs small fits and says what the program gets wrong"),
            ("trainer --emit pytorch", "a program that runs as it stands, to be changed into yours"),
            ("trainer --schema", "the JSON Schema of job.json"));
        Argument<string?> file = new("FILE") { Description = "With --check: the data, a table or a folder of images.", Arity = ArgumentArity.ZeroOrOne };
        Option<string?> check = new("--check") { Description = "Runs small fits of a program and says what it gets wrong.", HelpName = "COMMAND" };
        Option<string?> emit = new("--emit")
        {
            Description = $"Prints a program: {string.Join(", ", TrainerTemplates.Names)}.",
            HelpName = "NAME",
            CompletionSources = { _ => TrainerTemplates.Names },
        };
        Option<bool> schema = new("--schema") { Description = "Prints the JSON Schema of the job file." };
        Option<string?> timeout = new("--fit-timeout") { Description = "The most time a fit may take: 90s, 5m, 1h.", HelpName = "TIME" };
        Option<bool> tables = new("--tables") { Description = "Writes the rows of each fit as files, too." };
        verb.Add(file);
        foreach (Option option in (Option[])[check, emit, schema, timeout, tables]) verb.Add(option);
        verb.Runs(run =>
        {
            int asked = (run.Value(check) is null ? 0 : 1) + (run.Value(emit) is null ? 0 : 1) + (run.Value(schema) ? 1 : 0);
            if (asked != 1) throw new UsageException("Give one of --check COMMAND FILE -t COLUMN, --emit NAME and --schema.");
            Option[] trying = [timeout, tables];
            if (run.Value(check) is null && Array.Find(trying, run.IsGiven) is Option idle)
                throw new UsageException($"{idle.Name} goes with --check COMMAND only.");
            if (run.Value(check) is null && run.Value(file) is not null) throw new UsageException("A FILE goes with --check COMMAND only.");
            if (run.Value(emit) is string name) Print(TrainerTemplates.Get(name));
            else if (run.Value(schema)) Print(TrainerTemplates.Schema);
            else Check(run, ExternalTrainer.Parse(run.Value(check)!), run.Value(file), run.Value(timeout), run.Value(tables));
        });
        return verb;
    }

    private static void Print(string text)
    {
        using Stream stream = Console.OpenStandardOutput();
        stream.Write(System.Text.Encoding.UTF8.GetBytes(text));
    }

    private static void Check(Invocation run, ExternalTrainer trainer, string? path, string? timeout, bool tables)
    {
        if (path is null) throw new UsageException("On which data shall the program be tried? Give a FILE and its label column, as in: trainer --check "
            + "COMMAND data.csv -t y");
        if (path == "-") throw new UsageException("Programs read the rows themselves, so the data have to be a file, not standard input.");
        bool images = ImageFolder.Is(path);
        string target = images ? ImageRows.LabelColumn : run.RequireTarget(path);
        Dataset data = images ? ImageFolder.Read(run, path, learns: false) : DatasetReader.Read(path, target, run.Reading, run.Cancellation);
        var settings = new TrainerSettings
        {
            DataFile = path,
            DataFormat = images ? ImageRows.Kind : null,
            FitTimeout = timeout is null ? null : Durations.Parse(timeout, "--fit-timeout"),
            Tables = tables,
            Threads = run.Threads,
        };
        IReadOnlyList<TrainerFinding> findings = TrainerCheck.Run(data, trainer, settings, run.Seed, run.Cancellation);
        int wrong = findings.Count(f => f.Outcome == TrainerFindingKind.Wrong);
        if (run.Json)
            Invocation.WriteJson(
                new TrainerCheckDocument(
                    wrong == 0, [.. findings.Select(f => new TrainerCheckDocument.Look(f.Name, f.Outcome.ToString().ToLowerInvariant(), f.Detail))]),
                CliDocuments.Documents.TrainerCheckDocument);
        else
            foreach (TrainerFinding finding in findings)
                Tables.Line(run.Output, $"{finding.Outcome.ToString().ToLowerInvariant(),-5}  {finding.Name}: {finding.Detail}");
        if (wrong > 0)
            throw new TrainerException(string.Create(CultureInfo.InvariantCulture,
                $"{wrong} of {findings.Count} things are wrong with '{trainer.Command}'; docs/trainers.md has the contract, and 'trainer --emit' programs "
                    + $"to start from."));
        string column = images ? "" : $" -t {target}";
        if (!run.Json) Tables.Line(run.Output, $"The program can take part: counterweight compare {path}{column} --trainer \"{trainer.Command}\"");
    }
}
