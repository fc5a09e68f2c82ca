using System.CommandLine;
using System.Globalization;
using System.Text.RegularExpressions;
using Counterweight.Comparison;
using Counterweight.Data;
using Counterweight.Databases;
using Counterweight.Report;

namespace Counterweight.Cli;

/// <summary><c>resample</c>: a file with other class counts, made from a file.</summary>
internal static partial class ResampleVerb
{
    private const double UnequalScales = 100;

    private static readonly Warning TrainingOnly = new("training-only",
        "Train on these rows, but test on rows that were set apart before: copies and neighbours of a test row in the training data flatter every score.");

    private static readonly string[] Endings = [".csv", ".parquet", ".jsonl", ".ndjson", ".csv.gz", ".jsonl.gz", ".ndjson.gz"];

    internal static VerbCommand Create()
    {
        var verb = new VerbCommand(
            "resample", "Writes the rows of a file with rows added to small classes, or taken from large ones. For training only: split first.",
            ("resample samples/hpc-jobs.csv --target class --method smote --scale standard --out balanced.csv",
                "new rows between neighbours, for every class but the largest"),
            ("resample train.parquet -t y --method random-under --ratio 0.5 --out small.parquet", "two rows of the larger class for each of the smaller"),
            ("resample train.csv -t y --method \"smote-enn(k=3)\" --strategy \"no=900,yes=600\" --synthetic-column made --out new.jsonl",
                "rows per class, and a column that marks the new ones"));
        Argument<string> file = new("FILE") { Description = "CSV, Parquet or JSON lines; - is CSV on standard input." };
        Option<string?> method = new("--method", "-m")
        {
            Description = "A resampling method: smote, random-under, smote-enn(k=3), ...; 'remedies' lists them.",
            HelpName = "METHOD"
        };
        Option<double?> ratio = new("--ratio")
        {
            Description = "Rows of the smaller class for each row of the larger one afterwards, for two classes.",
            HelpName = "R"
        };
        Option<string?> strategy =
            new("--strategy")
            {
                Description = "Which classes change: auto, minority, majority, not-minority, not-majority, all, or rows per class as in "
            + "no=900,yes=600.",
                HelpName = "S"
            };
        Option<string?> output =
            new("--out", "-o")
            {
                Description = "The file to write; its ending is the format: .csv, .parquet, .jsonl, .ndjson; the text formats also with .gz.",
                HelpName = "FILE"
            };
        Option<string?> marker =
            new("--synthetic-column") { Description = "Adds a column that is 1 for rows that are in no input row, else 0.", HelpName = "NAME" };
        Option<string> scale = new("--scale")
        {
            Description = "The numeric columns as the neighbour search sees them: none, or standard (mean 0, variance "
            + "1). The file keeps its units.",
            HelpName = "NAME",
            DefaultValueFactory = _ => "none"
        };
        Option<string[]> drop = new("--drop", "--ignore-columns") { Description = "Columns to leave out, such as identifiers.", HelpName = "COLUMN,..." };
        Option<string[]> keep = new("--keep")
        {
            Description = "Columns that go along unchanged and are empty in made rows; if omitted, those that look like identifiers; \"\" for none.",
            HelpName = "COLUMN,..."
        };
        verb.Add(file);
        foreach (Option option in (Option[])[method, ratio, strategy, output, marker, scale, drop, keep]) verb.Add(option);
        verb.Runs(run =>
        {
            string path = run.Value(file)!;
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
            if (run.Value(scale) is not ("none" or "standard")) throw new UsageException($"--scale is one of none, standard; '{run.Value(scale)}' is not.");
            string target = run.RequireTarget(path);
            DatasetOptions read = run.Reading with { Drop = run.List(drop), Aside = run.List(keep), NaNIsMissing = true };
            if (run.Database is { } database && !DatabaseOptions.IsSample(run) && Resampler.Catalogue.Create(call) is RandomUnderSampler { Replacement: false })
            {
                Sampled(run, database, call, path, target, read, run.Value(ratio), run.Value(strategy), run.Value(marker), made);
                return;
            }

            Dataset data = DatasetReader.Read(path, target, read, run.Cancellation);
            IReadOnlyList<string> identifiers = run.IsGiven(keep) ? [] : data.FindIdentifiers();
            if (identifiers.Count < data.Columns.Count) data = data.SetAside(identifiers);
            else identifiers = [];
            if (run.Value(marker) is string mark && (mark == data.Target || data.ColumnOrder.Contains(mark)))
                throw new UsageException($"--synthetic-column: the file has a column '{mark}' already; choose another name.");
            IResampler resampler = Resampler.Catalogue.Create(call);
            if (run.Value(ratio) is double r) resampler = resampler.WithStrategy(SamplingStrategy.Ratio(r));
            if (run.Value(strategy) is string s) resampler = resampler.WithStrategy(Strategy(s, data.CountLabels()));
            if (data.Columns.Count == 0) throw new UnusableDataException("there are no columns beside the label. Resampling needs features.", path);
            if (!resampler.AcceptsMissing) RefuseTexts(data, path, call.Method.Name);
            if (!resampler.AcceptsMissing) RefuseMissing(data, path, call.Method.Name);
            (SampleMatrix<double> rows, double[] centres, double[] units) = Matrix(
                data, run.Value(scale) == "standard", path == "-" ? "standard input" : path);
            Resampled<double> result = InWordsOfTheFile(
                path, data.ClassNames, () => resampler.Resample(rows, data.Labels, data.Classes, run.Seed, run.Threads));
            run.Cancellation.ThrowIfCancellationRequested();
            DatasetWriter.Write(Back(data, result, centres, units, run.Value(marker)), made);
            Report(run, call, resampler, made, data, result, Warnings(data, identifiers, call.Method, centres, units, run.Value(scale)!));
        });
        return verb;
    }

    private static void RefuseTexts(Dataset data, string path, string method)
    {
        if (data.Columns.OfType<TextColumn>().FirstOrDefault() is not TextColumn text) return;
        throw new UnusableDataException(
            $"the column holds texts, and {method} goes by distances between rows or makes rows between others; texts have no such thing. Take random-over or "
            + $"random-under, let the column go along without being a feature (--keep {text.Name}), leave it out (--drop {text.Name}), or, if its cells are "
            + $"categories, say --categorical {text.Name}.", path == "-" ? "standard input" : path, null, text.Name);
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

    /// <summary>Takes rows from the large classes in the database itself, and weighs those that are read by how many they stand for.</summary>
    private static void Sampled(Invocation run, DatabaseSource database, MethodCall call, string path, string target, DatasetOptions read, double? ratio,
        string? strategy, string? marker, string made)
    {
        ClassCounts before = LabelCounter.Count(path, target, read, run.Cancellation).Counts;
        IResampler resampler = Resampler.Catalogue.Create(call);
        if (ratio is double r) resampler = resampler.WithStrategy(SamplingStrategy.Ratio(r));
        if (strategy is not null) resampler = resampler.WithStrategy(Strategy(strategy, before));
        SamplingTargets targets = InWordsOfTheFile(path, before.Labels, () => resampler.Strategy.Resolve(before.AsSpan(), ResamplingKind.Under));
        database.Keep(Enumerable.Range(0, before.Classes).ToDictionary(c => before.Labels[c], c => targets[c], StringComparer.Ordinal));
        Dataset data = DatasetReader.Read(path, target, read, run.Cancellation);
        if (marker is not null && (marker == data.Target || data.ColumnOrder.Contains(marker)))
            throw new UsageException($"--synthetic-column: the table has a column '{marker}' already; choose another name.");
        List<Column> columns = [.. data.ColumnOrder.Select(name => name == data.Target ? data.LabelColumn() : data[name])];
        if (marker is not null) columns.Add(new NumericColumn(marker, new double[data.Rows], NumericKind.WholeNumber));
        run.Cancellation.ThrowIfCancellationRequested();
        DatasetWriter.Write(columns, made);
        long[] kept = new long[data.Classes];
        foreach (int label in data.Labels) kept[label]++;
        ResampledClassEntry[] classes = [.. kept.Select((n, c) => new ResampledClassEntry(data.ClassNames[c], before[data.ClassNames[c]], n, n, 0, 0))];
        Print(run, new(call.ToString(), resampler.Strategy.ToString(), run.Seed, made, before.Rows, data.Rows, 0, classes,
            [TrainingOnly, .. data.Notes.Select(n => new Warning(n.Code, n.Message))]), data.Name);
    }

    private static void RefuseMissing(Dataset data, string path, string method)
    {
        int first = int.MaxValue;
        Column? where = null;
        foreach (Column column in data.Columns.Where(c => c.MissingCount > 0))
            for (int row = 0; row < Math.Min(first, data.Rows); row++)
                if (column.IsMissing(row)) (first, where) = (row, column);
        if (where is null) return;
        string copying = string.Join(" and ",
            Resampler.Catalogue.Where(m => m.Parameters.All(p => !p.IsRequired) && Resampler.Create(m.Name).AcceptsMissing).Select(m => m.Name));
        throw new UnusableDataException(
            $"the value is missing, and {method} needs every value. Fill it in, leave the row or the column (--drop {where.Name}) out, or use a method that "
            + $"only copies rows ({copying}).",
            path == "-" ? "standard input" : path, first + 1, where.Name);
    }

    /// <summary>The features row by row, with what to subtract from and divide by each numeric column.</summary>
    private static (SampleMatrix<double> Rows, double[] Centres, double[] Units) Matrix(Dataset data, bool standard, string file)
    {
        int columns = data.Columns.Count;
        double[] values = new double[checked(data.Rows * columns)], centres = new double[columns], units = new double[columns];
        List<int> categorical = [];
        for (int c = 0; c < columns; c++)
        {
            if (data.Columns[c] is NumericColumn numeric)
            {
                ReadOnlySpan<double> own = numeric.Values;
                ColumnScale scale = ColumnScale.Of(own);
                (centres[c], units[c]) = scale;
                bool scaled = standard && scale.Deviation > 0;
                if (scaled) RefuseLevelled(numeric, scale, file);
                for (int row = 0; row < own.Length; row++) values[row * columns + c] = scaled ? scale.Standardise(own[row]) : own[row];
            }
            else if (data.Columns[c] is CategoricalColumn categories)
            {
                categorical.Add(c);
                ReadOnlySpan<int> codes = categories.Codes;
                for (int row = 0; row < codes.Length; row++) values[row * columns + c] = codes[row];
            }
        }

        return (new(values, columns, categorical, [.. data.Columns.Select(c => c.Name)]), standard ? centres : [], units);
    }

    /// <summary>Refuses a column that standardising would level: one value so far away that the others, which differ, come out the same.</summary>
    private static void RefuseLevelled(NumericColumn column, ColumnScale scale, string file)
    {
        const int sample = 1000;
        var before = new HashSet<double>();
        var after = new HashSet<double>();
        ReadOnlySpan<double> own = column.Values;
        int step = Math.Max(1, own.Length / sample), farthest = 0;
        for (int row = 0; row < own.Length; row += step)
        {
            if (double.IsNaN(own[row])) continue;
            before.Add(own[row]);
            after.Add(scale.Standardise(own[row]));
        }

        if (after.Count > 0.9 * before.Count) return;
        for (int row = 1; row < own.Length; row++)
            if (!(Math.Abs((own[row] / 2) - (scale.Mean / 2)) <= Math.Abs((own[farthest] / 2) - (scale.Mean / 2))) && !double.IsNaN(own[row])) farthest = row;
        throw new UnusableDataException(
            string.Create(CultureInfo.InvariantCulture,
                $"{own[farthest]:R} is so far from the other values that --scale standard would make these all the same. If it stands for a missing "
                + $"value, leave its cell empty; else correct it, leave the column out (--drop {column.Name}), or take --scale none."), file,
            farthest + 1, column.Name);
    }

    /// <summary>Rows of the input as they were, new rows in the units and kinds of the columns.</summary>
    private static List<Column> Back(Dataset data, Resampled<double> result, double[] centres, double[] units, string? marker)
    {
        int columns = data.Columns.Count, rows = result.Labels.Length;
        ReadOnlySpan<double> values = result.Rows.Values.Span;
        int[] sources = [.. result.SourceRows.Select(r => (int)r)];
        double[] column = new double[rows];
        List<Column> made = [];
        for (int c = 0; c < columns; c++)
        {
            bool scaled = data.Columns[c] is NumericColumn && centres.Length > 0 && units[c] > 0;
            for (int row = 0; row < rows; row++)
            {
                double x = values[row * columns + c];
                column[row] = scaled ? new ColumnScale(centres[c], units[c]).Restore(x) : x;
            }

            made.Add(data.Columns[c].Remade(sources, column));
        }

        // A row of the same class stands for the label, so that the columns keep the order of the file.
        int[] first = [.. Enumerable.Range(0, data.Classes).Select(c => data.Labels.IndexOf(c))], bases = new int[rows];
        for (int row = 0; row < rows; row++) bases[row] = result.BaseRows[row] >= 0 ? (int)result.BaseRows[row] : first[result.Labels[row]];
        double[] missing = new double[rows];
        Dictionary<string, Column> byName = made.ToDictionary(c => c.Name, StringComparer.Ordinal);
        foreach (Column kept in data.Aside)
        {
            Array.Fill(missing, kept is CategoricalColumn ? -1 : double.NaN);
            byName[kept.Name] = kept.Remade(sources, missing);
        }

        Dataset resampled = data.Select(bases);
        List<Column> all = [.. resampled.ColumnOrder.Select(name => name == resampled.Target ? resampled.LabelColumn() : byName[name])];
        if (marker is not null) all.Add(new NumericColumn(marker, [.. result.SourceRows.Select(r => r < 0 ? 1.0 : 0.0)], NumericKind.WholeNumber));
        return all;
    }

    /// <summary>Runs a resampler; in what it complains about, classes have their names and the file is named.</summary>
    private static T InWordsOfTheFile<T>(string path, IReadOnlyList<string> names, Func<T> resample)
    {
        try
        {
            return resample();
        }
        catch (UnusableDataException problem) when (problem.File is null)
        {
            throw new UnusableDataException(Named(problem.Problem), path == "-" ? "standard input" : path, problem.Row, problem.Column, problem);
        }
        catch (ArgumentException problem) when (ClassCode().IsMatch(problem.Message))
        {
            throw new UsageException(Named(problem.Message));
        }

        string Named(string text) => ClassCode().Replace(text, m =>
            int.TryParse(m.Groups[2].Value, CultureInfo.InvariantCulture, out int code) && code < names.Count
            ? $"{m.Groups[1].Value} '{names[code]}'" : m.Value);
    }

    private static List<Warning> Warnings(
        Dataset data, IReadOnlyList<string> identifiers, MethodDefinition method, double[] centres, double[] units, string scale)
    {
        List<Warning> warnings = [TrainingOnly];
        foreach (string name in identifiers)
            warnings.Add(new("identifier", $"Column '{name}' looks like an identifier: it goes along unchanged and is empty in made rows. If it is a "
                + $"feature, say "
                + "--keep \"\"; to leave it out, --drop " + name + "."));
        foreach (DataNote note in data.Notes) warnings.Add(new(note.Code, note.Message));
        if (scale != "none" || !method.UsesDistances) return warnings;
        int[] varying = [.. Enumerable.Range(0, units.Length).Where(c => units[c] > 0)];
        if (varying.Length < 2) return warnings;
        int widest = varying.MaxBy(c => units[c]), narrowest = varying.MinBy(c => units[c]);
        if (units[widest] > UnequalScales * units[narrowest])
            warnings.Add(new("unequal-scales",
                $"Neighbours are decided by columns with large numbers: '{data.Columns[widest].Name}' varies "
                + $"{Tables.Number(units[widest] / units[narrowest], 2)} times as much as "
                + $"'{data.Columns[narrowest].Name}'. With --scale standard every numeric column counts the same."));
        return warnings;
    }

    private static void Report(
        Invocation run, MethodCall call, IResampler resampler, string made, Dataset data, Resampled<double> result, List<Warning> warnings)
    {
        var classes = new ResampledClassEntry[data.Classes];
        long[] before = new long[data.Classes], after = new long[data.Classes], kept = new long[data.Classes], synthetic = new long[data.Classes];
        foreach (int label in data.Labels) before[label]++;
        var seen = new bool[data.Rows];
        for (int row = 0; row < result.Labels.Length; row++)
        {
            int label = result.Labels[row];
            after[label]++;
            long source = result.SourceRows[row];
            if (source < 0) synthetic[label]++;
            else if (!seen[source]) (seen[source], kept[label]) = (true, kept[label] + 1);
        }

        for (int c = 0; c < classes.Length; c++)
            classes[c] = new(data.ClassNames[c], before[c], after[c], kept[c], after[c] - kept[c] - synthetic[c], synthetic[c]);
        Print(run, new(
            call.ToString(), resampler.Strategy.ToString(), run.Seed, made, data.Rows, result.Labels.Length, result.SyntheticRows, classes, warnings),
            data.Name);
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

    [GeneratedRegex(@"([Cc]lass) (\d+)\b")]
    private static partial Regex ClassCode();
}
