using System.CommandLine;
using System.Globalization;
using Counterweight.Comparison;
using Counterweight.Data;
using Counterweight.Databases;
using Counterweight.Report;

namespace Counterweight.Cli;

/// <summary><c>resample</c>: a file with other class counts, made from a file.</summary>
internal sealed class ResampleVerb
{
    private static readonly Warning TrainingOnly = new("training-only",
        "Train on these rows, but test on rows that were set apart before: copies and neighbours of a test row in the training data flatter every score.");

    private static readonly string[] Endings = [".csv", ".parquet", ".jsonl", ".ndjson", ".csv.gz", ".jsonl.gz", ".ndjson.gz"];

    private readonly Argument<string> file = new("FILE") { Description = "CSV, Parquet or JSON lines; - is CSV on standard input." };

    private readonly Option<string?> method = new("--method", "-m")
    {
        Description = "A resampling method: smote, random-under, smote-enn(k=3), ...; 'remedies' lists them.",
        HelpName = "METHOD",
        CompletionSources = { _ => Resampler.Catalogue.Select(m => m.Name) },
    };

    private readonly Option<double?> ratio = new("--ratio")
    {
        Description = "Rows of the smaller class for each row of the larger one afterwards, for two classes.",
        HelpName = "R"
    };

    private static readonly string[] Strategies = [.. ((SamplingStrategy[])[SamplingStrategy.Auto, SamplingStrategy.Minority, SamplingStrategy.Majority,
        SamplingStrategy.NotMinority, SamplingStrategy.NotMajority, SamplingStrategy.All]).Select(s => s.ToString())];

    private readonly Option<string?> strategy = new("--strategy")
    {
        Description = $"Which classes change: {string.Join(", ", Strategies)}, or rows per class as in no=900,yes=600.",
        HelpName = "S",
        CompletionSources = { Strategies },
    };

    private readonly Option<string?> output =
        new("--out", "-o")
        {
            Description = "The file to write; its ending is the format: .csv, .parquet, .jsonl, .ndjson; the text formats also with .gz.",
            HelpName = "FILE"
        };

    private readonly Option<string?> marker =
        new("--synthetic-column") { Description = "Adds a column that is 1 for rows that are in no input row, else 0.", HelpName = "NAME" };

    private readonly ChoiceOption<bool> standardise = new("--scale", "The numeric columns as the neighbour search sees them; the file keeps its units",
        ("none", false, null), ("standard", true, "mean 0, variance 1"));

    private readonly Option<string[]> drop = new("--drop", "--ignore-columns")
    {
        Description = "Columns to leave out, such as identifiers.",
        HelpName = "COLUMN,..."
    };

    private readonly Option<string[]> keep = new("--keep")
    {
        Description = "Columns that go along unchanged and are empty in made rows; if omitted, those that look like identifiers; \"\" for none.",
        HelpName = "COLUMN,..."
    };

    internal static VerbCommand Create() => new ResampleVerb().Command();

    private VerbCommand Command()
    {
        var verb = new VerbCommand(
            "resample", "Writes the rows of a file with rows added to small classes, or taken from large ones. For training only: split first.",
            ("resample sample:hpc-jobs --target class --method smote --scale standard --out balanced.csv",
                "new rows between neighbours, for every class but the largest"),
            ("resample train.parquet -t y --method random-under --ratio 0.5 --out small.parquet", "two rows of the larger class for each of the smaller"),
            ("resample train.csv -t y --method \"smote-enn(k=3)\" --strategy \"no=900,yes=600\" --synthetic-column made --out new.jsonl",
                "rows per class, and a column that marks the new ones"));
        verb.Add(file);
        foreach (Option option in (Option[])[method, ratio, strategy, output, marker, standardise, drop, keep]) verb.Add(option);
        verb.Runs(Run);
        return verb;
    }

    private void Run(Invocation run)
    {
        (MethodCall call, string made) = Asked(run);
        string path = run.Value(file)!;
        if (run.Database is { } database && !DatabaseOptions.IsSample(run) && Resampler.Catalogue.Create(call) is RandomUnderSampler { Replacement: false })
        {
            Sampled(run, database, call, path, made);
            return;
        }

        (Dataset data, IReadOnlyList<string> identifiers) = Read(run, path);
        ResampledDataset result = data.Resample(call.ToString(), new ResamplingOptions
        {
            Strategy = run.Value(ratio) is double r ? SamplingStrategy.Ratio(r) : run.Value(strategy) is string s ? Strategy(s, data.CountLabels()) : null,
            Standardise = standardise.Of(run),
            SyntheticColumn = run.Value(marker),
            Seed = run.Seed,
            Threads = run.Threads,
            Source = path == "-" ? "standard input" : path,
        });
        run.Cancellation.ThrowIfCancellationRequested();
        DatasetWriter.Write(result.Dataset, made);
        Print(run, new(
            call.ToString(), result.Strategy.ToString(), run.Seed, made, data.Rows, result.Dataset.Rows, result.SyntheticRows,
            [.. result.Classes.Select(c => new ResampledClassEntry(c.Label, c.Before, c.After, c.Kept, c.Copies, c.Synthetic))],
            Warnings(data, identifiers, result.Scales)), data.Name);
    }

    /// <summary>What is asked for, as far as that can be told before the file is read.</summary>
    private (MethodCall Method, string Out) Asked(Invocation run)
    {
        MethodCall call = Resampler.Catalogue.Parse(run.Value(method)
            ?? throw new UsageException($"Which method? Give it with --method: {string.Join(", ", Resampler.Catalogue.Select(m => m.Name))}."));
        string made = run.Value(output) ?? throw new UsageException("Where do the rows go? Give a file with --out FILE.");
        if (!Endings.Any(e => made.EndsWith(e, StringComparison.OrdinalIgnoreCase)))
            throw new UsageException($"--out: the ending of '{made}' names no format; {string.Join(", ", Endings)} are accepted.");
        if (Directory.Exists(made)) throw new UsageException($"--out: {made} is a folder; name a file.");
        if (Path.GetDirectoryName(Path.GetFullPath(made)) is string folder && !Directory.Exists(folder))
            throw new UsageException($"--out: there is no folder {folder}.");
        if (run.Value(ratio) is not null && run.Value(strategy) is not null)
            throw new UsageException("--ratio and --strategy both say how many rows; give one of them.");
        if (run.Value(ratio) is not (null or (> 0 and <= 1)))
            throw new UsageException($"--ratio is a number in (0, 1]; {run.Value(ratio)!.Value.ToString(CultureInfo.InvariantCulture)} is not.");
        _ = standardise.Of(run);
        return (call, made);
    }

    private DatasetOptions Reading(Invocation run) => run.Reading with { Drop = run.List(drop), Aside = run.List(keep), NaNIsMissing = true };

    /// <summary>The rows, with the columns that look like identifiers kept aside unless the user says which are.</summary>
    private (Dataset Data, IReadOnlyList<string> Identifiers) Read(Invocation run, string path)
    {
        Dataset data = DatasetReader.Read(path, run.RequireTarget(path), Reading(run), run.Cancellation);
        IReadOnlyList<string> identifiers = run.IsGiven(keep) ? [] : data.FindIdentifiers();
        if (identifiers.Count < data.Columns.Count) data = data.SetAside(identifiers);
        else identifiers = [];
        if (run.Value(marker) is string mark && (mark == data.Target || data.ColumnOrder.Contains(mark)))
            throw new UsageException($"--synthetic-column: the file has a column '{mark}' already; choose another name.");
        return (data, identifiers);
    }

    /// <summary>Takes rows from the large classes in the database itself, and weighs those that are read by how many they stand for.</summary>
    private void Sampled(Invocation run, DatabaseSource database, MethodCall call, string path, string made)
    {
        string target = run.RequireTarget(path);
        ClassCounts before = LabelCounter.Count(path, target, Reading(run), run.Cancellation).Counts;
        IResampler resampler = Resampler.Catalogue.Create(call);
        if (run.Value(ratio) is double r) resampler = resampler.WithStrategy(SamplingStrategy.Ratio(r));
        if (run.Value(strategy) is string s) resampler = resampler.WithStrategy(Strategy(s, before));
        SamplingTargets targets = DatasetResampling.InWordsOfTheData(
            before.Labels, path, () => resampler.Strategy.Resolve(before.AsSpan(), ResamplingKind.Under));
        database.Keep(Enumerable.Range(0, before.Classes).ToDictionary(c => before.Labels[c], c => targets[c], StringComparer.Ordinal));
        Dataset data = DatasetReader.Read(path, target, Reading(run), run.Cancellation);
        if (run.Value(marker) is string mark && (mark == data.Target || data.ColumnOrder.Contains(mark)))
            throw new UsageException($"--synthetic-column: the table has a column '{mark}' already; choose another name.");
        List<Column> columns = [.. data.ColumnOrder.Select(name => name == data.Target ? data.LabelColumn() : data[name])];
        if (run.Value(marker) is string added) columns.Add(new NumericColumn(added, new double[data.Rows], NumericKind.WholeNumber));
        run.Cancellation.ThrowIfCancellationRequested();
        DatasetWriter.Write(columns, made);
        long[] kept = new long[data.Classes];
        foreach (int label in data.Labels) kept[label]++;
        ResampledClassEntry[] classes = [.. kept.Select((n, c) => new ResampledClassEntry(data.ClassNames[c], before[data.ClassNames[c]], n, n, 0, 0))];
        Print(run, new(call.ToString(), resampler.Strategy.ToString(), run.Seed, made, before.Rows, data.Rows, 0, classes,
            [TrainingOnly, .. data.Notes.Select(n => new Warning(n.Code, n.Message))]), data.Name);
    }

    private static SamplingStrategy Strategy(string text, ClassCounts counts)
    {
        try
        {
            return SamplingStrategy.Parse(text, counts.CodeOf);
        }
        catch (Exception wrong) when (wrong is FormatException or ArgumentException)
        {
            throw new UsageException($"--strategy {text}: {wrong.Message.Split(" (Parameter '")[0]}");
        }
    }

    private static List<Warning> Warnings(Dataset data, IReadOnlyList<string> identifiers, UnequalScales? scales)
    {
        List<Warning> warnings = [TrainingOnly];
        foreach (string name in identifiers)
            warnings.Add(new("identifier", $"Column '{name}' looks like an identifier: it goes along unchanged and is empty in made rows. If it is a "
                + $"feature, say --keep \"\"; to leave it out, --drop {name}."));
        foreach (DataNote note in data.Notes) warnings.Add(new(note.Code, note.Message));
        if (scales is not null)
            warnings.Add(new("unequal-scales",
                $"Neighbours are decided by columns with large numbers: '{scales.Widest}' varies {Tables.Number(scales.Ratio, 2)} times as much as "
                + $"'{scales.Narrowest}'. With --scale standard every numeric column counts the same."));
        return warnings;
    }

    private static void Print(Invocation run, ResampleDocument document, string name)
    {
        if (run.Json)
        {
            Invocation.WriteJson(document, ResampleDocument.JsonType);
            return;
        }

        Tables.Line(run.Output, $"{document.Method} on {name}");
        Tables.Line(run.Output);
        IEnumerable<string[]> lines = document.Classes.Select(c => (string[])[
            Tables.Short(c.Label), Tables.Count(c.Before), Tables.Count(c.Kept), Tables.Count(c.Copies), Tables.Count(c.Synthetic), Tables.Count(c.After),
            Tables.Percent((double)c.After / document.RowsAfter)]);
        string[] total = ["all", Tables.Count(document.RowsBefore), Tables.Count(document.Classes.Sum(c => c.Kept)),
            Tables.Count(document.Classes.Sum(c => c.Copies)), Tables.Count(document.SyntheticRows), Tables.Count(document.RowsAfter), ""];
        Tables.Write(run.Output, [new("class", false), new("before"), new("kept"), new("copies"), new("synthetic"), new("after"), new("share")],
            lines.Append(total));
        Tables.Line(run.Output, $"Written: {document.Out}");
        foreach (Warning warning in document.Warnings) run.Messages.Warn($"{warning.Message} [{warning.Code}]");
    }
}
