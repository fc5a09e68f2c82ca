using System.CommandLine;
using System.Globalization;
using Counterweight.Comparison;
using Counterweight.Data;
using Counterweight.Report;

namespace Counterweight.Cli;

/// <summary><c>compare</c>: tries remedies on the same folds of a file and says which helps, with what certainty.</summary>
internal static class CompareVerb
{
    internal static VerbCommand Create()
    {
        var verb = new VerbCommand(
            "compare", "Tries remedies on the same folds of your data and says which helps, by how much, and with what certainty.",
            ("compare samples/lending-club.csv --target Class --out report", "the default remedies and learners; report.html and comparison.json in report/"),
            ("compare data.parquet -t y --metric average-precision --remedies \"none,weights:balanced,weights:power(0.5)\"",
                "three remedies by another metric"),
            ("compare data.csv -t y --remedies \"none,weights:power(tau=0.25..1),resample:smote(k=3|5|9)\"", "searches a range and a list"),
            ("compare data.csv -t y --metric mcc,brier --time date", "two metrics; trains on the past, judges on the future"),
            ("compare data.csv -t y --costs costs.csv --metric expected-cost", "what errors cost decides"),
            ("compare photos.csv -t label --trainer \"python train.py\" --holdout 0.2 --seeds 3", "a training program of yours, on one split with three seeds"),
            ("compare data.csv -t y --resume report", "goes on with a run that was interrupted"));
        Argument<string> file = new("FILE")
        {
            Description = "CSV, Parquet or JSON lines; - is CSV on standard input. With --trainer also a folder of images with a folder per class.",
        };
        Option<string[]> metric =
            new("--metric", "-m")
            {
                Description = $"What decides, balanced-accuracy if omitted; further metrics span a Pareto front with it: "
            + $"{string.Join(", ", Metric.Catalogue.Select(m => m.Name))}.",
                HelpName = "NAME,..."
            };
        Option<string[]> learners =
            new("--learners", "-l")
            {
                Description = $"{string.Join(", ", LearnerCatalogue.All.Select(l => l.Name))}; "
            + $"{string.Join(" and ", LearnerCatalogue.Default)} if omitted.",
                HelpName = "NAME,..."
            };
        Option<string[]> remedies =
            new("--remedies", "-r")
            {
                Description = "Remedies to try, joined with + where several act together; 'remedies' lists them. Some of every family "
            + "if omitted.",
                HelpName = "REMEDY,..."
            };
        Option<int?> folds = new("--folds")
        {
            Description = "Folds of the cross-validation; by default 5, and fewer where a class has fewer rows.",
            HelpName = "N"
        };
        Option<int?> repeats = new("--repeats")
        {
            Description = "How often the cross-validation is repeated; by default twice, and more often where the "
            + "rarest class has fewer than 200 rows.",
            HelpName = "N"
        };
        Option<string?> budget = new("--time-budget") { Description = "Ends with the best answer so far: 90s, 5m, 1h.", HelpName = "TIME" };
        Option<string?> costs = new("--costs")
        {
            Description = "A file of costs: a line 'class,cost' per class, or a matrix of true by predicted class.",
            HelpName = "FILE"
        };
        Option<string?> output = new("--out", "-o") { Description = "A folder for comparison.json, report.html and the finished folds.", HelpName = "DIR" };
        Option<string?> plots = new("--plots") { Description = "A folder for the report's pictures as PNG and SVG files.", HelpName = "DIR" };
        Option<string?> resume = new("--resume") { Description = "The --out folder of an interrupted run, to go on with it.", HelpName = "DIR" };
        Option<string?> positive = new("--positive") { Description = "The positive class of two; the rarer one if omitted.", HelpName = "CLASS" };
        Option<string[]> drop = new("--drop", "--ignore-columns") { Description = "Columns to leave out, such as identifiers.", HelpName = "COLUMN,..." };
        Option<string?> time = new("--time")
        {
            Description = "Trains on the past and judges on the time after it, by this column (numbers or dates).",
            HelpName = "COLUMN"
        };
        Option<string> test = new("--test")
        {
            Description = "What proves a gain: corrected (resampled t-test with Holm's correction) or bayesian "
            + "(correlated t-test).",
            HelpName = "NAME",
            DefaultValueFactory = _ => "corrected"
        };
        Option<double> rope = new("--rope")
        {
            Description = "Differences below this are practically none (the region of practical equivalence).",
            HelpName = "X",
            DefaultValueFactory = _ => 0.005
        };
        Option<double> certainty =
            new("--certainty") { Description = "The chance of a gain that the bayesian test asks for.", HelpName = "P", DefaultValueFactory = _ => 0.95 };
        Option<int> searchSize =
            new("--search-size") { Description = "How many configurations a range is searched with.", HelpName = "N", DefaultValueFactory = _ => 9 };
        Option<string?> group = new("--group")
        {
            Description = "Rows with the same value of this column stay on one side of every split.",
            HelpName = "COLUMN"
        };
        var programs = new ProgramOptions();
        Option<double?> holdout = new("--holdout")
        {
            Description = "Judges on one split, with this share of the rows held out, in place of a cross-validation.",
            HelpName = "SHARE",
        };
        Option<int?> seeds = new("--seeds") { Description = "How many seeds judge the split of --holdout; 1 if omitted.", HelpName = "N" };
        Option<bool> plan = new("--plan") { Description = "Trains nothing, but says how many fits there would be." };
        Option<bool> noRacing = new("--no-racing") { Description = "Judges every candidate on every fold, also those that are clearly worse." };
        Option<string?> share = new("--shard")
        {
            Description = "Trains only its share of the fits, into its own file of --out DIR: 2/4, or auto in an array job of Slurm or an indexed job of "
                + "Kubernetes. 'merge DIR' then makes the comparison.",
            HelpName = "I/N",
        };
        verb.Add(file);
        foreach (Option option in (Option[])[
            metric, learners, remedies, folds, repeats, budget, costs, output, plots, resume, positive, drop, group, time, searchSize, test, rope, certainty,
            noRacing, holdout, seeds, plan, share]) verb.Add(option);
        programs.AddTo(verb);
        verb.Runs(run =>
        {
            string path = run.Value(file)!;
            string? folder = run.Value(output), resumed = run.Value(resume);
            if (folder is not null && resumed is not null && Path.GetFullPath(folder) != Path.GetFullPath(resumed))
                throw new UsageException("--out and --resume name different folders; --resume alone is enough, its folder takes the results.");
            if (run.Value(folds) is < 2) throw new UsageException($"--folds is 2 or more; {run.Value(folds)} is not.");
            if (run.Value(repeats) is < 1 or > 1000) throw new UsageException($"--repeats is 1 to 1000; {run.Value(repeats)} is not.");
            if (!(run.Value(rope) >= 0)) throw new UsageException($"--rope is 0 or more; {run.Value(rope)} is not.");
            if (run.Value(certainty) is not (> 0.5 and < 1)) throw new UsageException($"--certainty lies between 0.5 and 1; {run.Value(certainty)} does not.");
            if (run.Value(searchSize) is < 2 or > 243) throw new UsageException($"--search-size is 2 to 243; {run.Value(searchSize)} is not.");
            IReadOnlyList<string> metricNames = run.List(metric) is { Count: > 0 } given ? given : ["balanced-accuracy"];
            IMetric[] asked = [.. metricNames.Select(Metric.Catalogue.Create).DistinctBy(m => m.Name)];
            (IReadOnlyList<Remedy> tried, IReadOnlyList<RemedySpace> spaces) = Remedy.ParseAll(run.List(remedies));
            SignificanceTest proves = run.Value(test) switch
            {
                "corrected" => SignificanceTest.Corrected,
                "bayesian" => SignificanceTest.Bayesian,
                var other => throw new UsageException($"--test is corrected or bayesian; '{other}' is not. "
                + $"{NearestName.Hint(other ?? "", ["corrected", "bayesian"])}"),
            };
            if (run.Value(time) is not null && run.Value(repeats) > 1)
                throw new UsageException("--time gives one order of the rows, so there is nothing to repeat; leave out --repeats.");
            if (run.Value(holdout) is double held)
            {
                if (held is not (> 0 and < 1)) throw new UsageException($"--holdout is a share of the rows between 0 and 1, as in 0.2; {held} is not.");
                if (run.IsGiven(folds) || run.IsGiven(repeats))
                    throw new UsageException("--holdout judges on one split, so there are no --folds and no --repeats; --seeds N repeats it with other seeds.");
            }

            if (run.Value(seeds) is < 1 or > 1000) throw new UsageException($"--seeds is 1 to 1000; {run.Value(seeds)} is not.");
            if (run.Value(seeds) is not null && run.Value(holdout) is null)
                throw new UsageException("--seeds belongs to --holdout; a cross-validation has --repeats.");
            IReadOnlyList<ExternalTrainer> trainers = programs.Trainers(run, launches: true);
            string[] named = [.. run.List(learners).Select(l => LearnerCatalogue.All.Create(l).Name)];
            TimeSpan? within = Budget(run.Value(budget));
            Shard? shard = run.Value(share) is string part ? Shard.Parse(part, Environment.GetEnvironmentVariable) : null;
            if (shard is not null && (folder is null || resumed is not null || run.Value(plots) is not null))
                throw new UsageException("--shard needs --out DIR, which the shards share, without --resume and --plots; it goes on by itself where it was.");
            folder = resumed ?? folder;
            if (folder is not null && File.Exists(folder)) throw new UsageException($"--out takes a folder, and {folder} is a file.");
            if (resumed is not null && !File.Exists(Path.Combine(resumed, RunStore.FileName)))
                throw new UsageException($"--resume: there is no interrupted run in {resumed}. Begin one with --out {resumed}.");
            if (resumed is null && folder is not null && File.Exists(Path.Combine(folder, RunStore.FileName)))
                throw new UsageException($"--out: {folder} holds a run already. Go on with it by --resume {folder}, or give another folder.");
            bool images = ImageFolder.Is(path);
            string target = images ? ImageRows.LabelColumn : run.RequireTarget(path);
            DatasetOptions read = run.Reading with
            {
                Drop = run.List(drop),
                Aside = [.. ((string?[])[run.Value(group), run.Value(time)]).OfType<string>().Distinct()],
            };
            Dataset data = images ? ImageFolder.Read(run, path, learns: named.Length > 0 || trainers.Count == 0, drop, group, time)
                : DatasetReader.Read(path, target, read, run.Cancellation);
            CostMatrix? matrix = run.Value(costs) is string costsFile ? CostsFile.Matrix(costsFile, data.ClassNames) : null;
            for (int m = 0; m < asked.Length; m++)
                if (asked[m].NeedsCosts)
                    asked[m] = asked[m].WithCosts(matrix ?? throw new UsageException($"--metric {asked[m].Name} needs the costs: give --costs FILE."));
            var options = new ComparisonOptions
            {
                Metric = asked[0],
                Also = asked[1..],
                Learners = named,
                Trainers = trainers,
                TrainerSettings = programs.StartsProcesses(run)
                    ? programs.Settings(
                        run, path, shard is null ? folder : Path.Combine(folder!, shard.Name), learns: named.Length > 0 || trainers.Count == 0) with
                    {
                        DataFormat = images ? ImageRows.Kind : null,
                        LeaveOut = read.Drop,
                    }
                    : null,
                Holdout = run.Value(holdout),
                Seeds = run.Value(seeds) ?? 1,
                Remedies = tried,
                Searches = spaces,
                SearchSize = run.Value(searchSize),
                Test = proves,
                Equivalence = run.Value(rope),
                Certainty = run.Value(certainty),
                Times = run.Value(time) is string moment ? RowColumns.Times(data[moment], path) : null,
                Folds = run.Value(folds) ?? 0,
                Repeats = run.Value(repeats) ?? 0,
                Seed = run.Seed,
                Threads = run.Threads,
                Costs = matrix,
                TimeBudget = within,
                Racing = !run.Value(noRacing),
                PositiveClass = run.Value(positive) is string label ? data.Classes == 2 ? data.CountLabels().CodeOf(label)
                : throw new UsageException($"--positive is for two classes; there are {data.Classes}.") : null,
                Groups = run.Value(group) is string column ? RowColumns.Groups(data[column]) : null,
            };
            if (run.Value(plan))
            {
                PlanText.Write(run, RemedyComparison.Plan(data, options));
                return;
            }

            if (shard is not null)
            {
                ShardVerb.Run(run, data, options, shard, folder!);
                return;
            }

            using RunStore? store = folder is null ? null : RunStore.Open(folder, RunFingerprint.Of(data, options));
            if (store is { Found: > 0 }) run.Messages.Note($"{store.Found} finished results were found in {folder}.");
            ComparisonResult result = RemedyComparison.Run(data, options, new ProgressLine(run.Messages, options.TrainerSettings), store, run.Cancellation);
            ComparisonDocument document = ComparisonDocument.Of(result, read, run.Value(group), run.Value(time));
            if (folder is not null)
            {
                ReportFiles written = ComparisonReport.Write(result, folder, document);
                run.Messages.Note($"Written: {written.Document} and {written.Page}");
            }

            if (run.Value(plots) is string pictures)
                run.Messages.Note($"Written: {ComparisonReport.WritePictures(result, pictures)} pictures in {pictures}");
            if (run.Json) Invocation.WriteJson(document, ComparisonDocument.JsonType);
            else CompareText.Write(run.Output, result);
            if (!run.Json)
                foreach (Warning warning in result.Warnings) run.Messages.Warn($"{warning.Message} [{warning.Code}]");
            if (result.Incomplete) run.Messages.Warn($"The run ended early; these are the results so "
                + $"far.{(folder is null ? "" : $" Go on with --resume {folder}.")}");
            run.Cancellation.ThrowIfCancellationRequested();
        });
        return verb;
    }

    internal static TimeSpan? Budget(string? text, string option = "--time-budget")
    {
        if (text is null) return null;
        string trimmed = text.Trim();
        (double unit, int suffix) = trimmed.Length == 0 ? (1, 0) : trimmed[^1] switch { 's' => (1, 1), 'm' => (60, 1), 'h' => (3600, 1), _ => (1, 0) };
        return double.TryParse(trimmed[..^suffix], NumberStyles.Float, CultureInfo.InvariantCulture, out double value) && value > 0 && value * unit < 1e7
            ? TimeSpan.FromSeconds(value * unit)
            : throw new UsageException($"{option} is a time such as 90s, 5m or 1h; '{text}' is not.");
    }

    internal sealed class ProgressLine(Messages messages, TrainerSettings? programs = null) : IProgress<ComparisonProgress>
    {
        private bool forecast = programs is not null;

        public void Report(ComparisonProgress value)
        {
            if (forecast && value.LastSeconds > 0)
            {
                // Training programs are dear: what a night would be spent on is said after the first fit.
                forecast = false;
                TimeSpan all = TimeSpan.FromSeconds(value.LastSeconds * value.Total / programs!.Jobs);
                messages.Note(string.Create(CultureInfo.InvariantCulture,
                    $"The first fit took {value.LastSeconds:0.0} s; all {value.Total} take about {Time(all)} with {programs.Jobs} at a time, less what the "
                        + $"race saves."));
            }

            string best = value.Best is null ? "" : string.Create(CultureInfo.InvariantCulture, $"; best so far {value.Best} {value.BestMean:0.000}");
            messages.Progress(value.Done, value.Total, $"{value.Done}/{value.Total} {value.Current}{best}");
        }

        private static string Time(TimeSpan time) => time.TotalHours >= 2 ? string.Create(CultureInfo.InvariantCulture, $"{time.TotalHours:0.0} h")
            : time.TotalMinutes >= 2 ? string.Create(CultureInfo.InvariantCulture, $"{time.TotalMinutes:0} min")
            : string.Create(CultureInfo.InvariantCulture, $"{time.TotalSeconds:0} s");
    }
}
