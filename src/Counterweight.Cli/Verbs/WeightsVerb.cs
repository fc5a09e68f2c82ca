using System.CommandLine;
using System.Globalization;
using Counterweight.Comparison;
using Counterweight.Data;
using Counterweight.Report;

namespace Counterweight.Cli;

/// <summary><c>weights</c>: the class counts of a file, and the weights that each scheme gives.</summary>
internal static class WeightsVerb
{
    internal static readonly string[] EmptyPolicies = ["error", "zero", "as-one-row", "largest"];

    internal static VerbCommand Create()
    {
        var verb = new VerbCommand(
            "weights", "Shows the class counts of a file, or of --counts, and the weight each scheme gives to each class.",
            ("weights samples/lending-club.csv --target Class", "counts, and the weights of every scheme"),
            ("weights --counts 900,100 --scheme \"balanced,power(0.5)\" --normalise mean-one",
                "two schemes for counts known already, scaled to a mean row weight of one"),
            ("weights samples/hpc-jobs.csv -t class --scheme balanced --emit pytorch,sklearn", "the code to paste"),
            ("weights --table public.loans -t status --emit sql --dialect snowflake", "the GROUP BY, to be sent by hand; no database is asked"),
            ("weights labels.parquet -t y --costs costs.csv --json", "weights from the costs of errors, for another program"),
            ("weights samples/labels/masks --ignore 255 --scheme median-frequency --emit mmseg", "the pixels of label images"),
            ("weights samples/labels/yolo --empty-class zero", "the boxes of a detector's data; also COCO, VOC, a folder per class, tokens"),
            ("weights samples/labels/multilabel/columns.csv -t person,car,dog,kite", "a positive weight per label where a row may have several"));
        Argument<string?> file = new("PATH")
        {
            Description = "CSV, Parquet or JSON lines (- is CSV on standard input), or labels elsewhere: see --as.",
            Arity = ArgumentArity.ZeroOrOne
        };
        var labelled = new LabelOptions();
        Option<string[]> schemes =
            new("--scheme", "-s")
            {
                Description = "Weight schemes: balanced, power(0.5), ... All of them if omitted; 'remedies' lists them.",
                HelpName = "SCHEME,..."
            };
        Option<string> normalise = new("--normalise", "--normalize")
        {
            Description = $"The scale of the weights: {string.Join(", ", NormalisationNames.All)}.",
            HelpName = "NAME",
            DefaultValueFactory = _ => "none"
        };
        Option<string?> costs = new("--costs")
        {
            Description = "A file of costs, which adds the scheme 'costs': a line 'class,cost' per class, or a matrix "
            + "of true by predicted class.",
            HelpName = "FILE"
        };
        Option<double?> cap = new("--cap") { Description = "The largest ratio of two weights; larger weights are lowered.", HelpName = "RATIO" };
        Option<string[]> emit = new("--emit")
        {
            Description = $"Code to paste: {string.Join(", ", Snippets.Frameworks)}; for 'balanced' unless --scheme "
            + $"says otherwise. {RepeatFactorLines.Name}: a line per image, how often an epoch shows it.",
            HelpName = "NAME,..."
        };
        Option<string?> positive = new("--positive") { Description = "The positive class of two; the rarer one if omitted.", HelpName = "CLASS" };
        Option<string> empty = new("--empty-class")
        {
            Description = $"What becomes of a class without rows: {string.Join(", ", EmptyPolicies)}.",
            HelpName = "NAME",
            DefaultValueFactory = _ => "error"
        };
        Option<double> repeat = new("--repeat-threshold")
        {
            Description = $"{RepeatFactorLines.Name}: classes in a smaller share of the images are repeated.",
            HelpName = "SHARE",
            DefaultValueFactory = _ => RepeatFactors.DefaultThreshold
        };
        verb.Add(file);
        Option[] own = [labelled.Counts, labelled.Labels, schemes, normalise, costs, cap, emit, positive, empty, labelled.MaxClasses,
            .. labelled.Sources, repeat];
        foreach (Option option in own) verb.Add(option);
        verb.Runs(run =>
        {
            var options = new WeightOptions
            {
                Normalisation = NormalisationNames.Parse(run.Value(normalise)!),
                LargestRatio = Cap(run.Value(cap)),
                EmptyClass = Policy(run.Value(empty)!),
            };
            string[] frameworks = [.. run.List(emit).Select(Framework)];
            if (run.Value(repeat) is not (> 0 and < 1))
                throw new UsageException(string.Create(CultureInfo.InvariantCulture,
                    $"--repeat-threshold is a share of the images between 0 and 1; {run.Value(repeat)} is not."));
            WeightScheme[] asked = [.. run.List(schemes).Where(s => !IsCostsFile(s, run.Value(costs))).Select(WeightScheme.Parse)];
            bool repeats = frameworks.Contains(RepeatFactorLines.Name), sql = frameworks.Contains(SqlSnippets.Name);
            if (run.IsGiven(repeat) && !repeats) throw new UsageException($"--repeat-threshold is for --emit {RepeatFactorLines.Name}.");
            SqlSnippets printed = SqlSnippets.Of(run, run.Value(file), sql);
            if (sql && printed.StandsAlone)
            {
                if (frameworks.Length > 1) throw new UsageException("Nothing is counted, only what would be sent is printed, so that --emit sql stands alone.");
                SnippetEntry[] counted = [new(SqlSnippets.Name, SqlSnippets.Counting, printed.Counts(run.RequireTarget("-")))];
                if (run.Json) Invocation.WriteJson(new(counted), CliDocuments.Documents.SqlDocument);
                else WriteSnippets([.. counted]);
                return;
            }

            LabelTally tally = labelled.Count(run, run.Value(file), keepImages: repeats);
            if (tally.MultiLabel is not null)
            {
                if (asked.Length > 0 || run.Value(costs) is not null || run.Value(positive) is not null || run.IsGiven(normalise) || run.IsGiven(cap))
                    throw new UsageException("With several labels a row each has a positive weight; --scheme, --normalise, --cap, --costs and --positive "
                        + "do not apply.");
                ForLabels(run, tally, options.EmptyClass, frameworks);
                return;
            }

            ClassCounts found = tally.Counts;
            CheckEmpty(tally, options.EmptyClass);
            WeightScheme? fromCosts = run.Value(costs) is string path ? WeightScheme.Costs(CostsFile.PerClass(path, found.Labels)) : null;
            bool all = run.List(schemes).Count == 0;
            IEnumerable<WeightScheme> wanted = all ? Default() : asked;
            if (fromCosts is not null) wanted = wanted.Append(fromCosts);
            ClassWeights[] weights = [.. wanted.Select(s => ClassWeights.From(found, s, options))];
            int positiveClass = Positive(found, run.Value(positive));
            ClassWeights[] pasted = all && fromCosts is null ? [ClassWeights.From(found, WeightScheme.Balanced, options)] : all ? [weights[^1]] : weights;
            printed = printed with { Target = tally.Target ?? "label" };
            List<SnippetEntry> snippets = [.. frameworks.Where(f => f != RepeatFactorLines.Name)
                .SelectMany(f => pasted.Select(w => new SnippetEntry(f, w.Scheme, Snippets.For(f, w, positiveClass, tally.Unit, printed))))];
            if (sql && DatabaseOptions.Dialect(run) is not null && tally.Target is string counts)
                snippets.Insert(0, new(SqlSnippets.Name, SqlSnippets.Counting, printed.Counts(counts)));
            if (repeats) snippets.Add(new(RepeatFactorLines.Name, "none", RepeatFactorLines.Of(tally, run.Value(repeat))));
            WeightsDocument document = WeightsDocument.Of(
                found, weights, positiveClass < 0 ? null : positiveClass, snippets.Count > 0 ? snippets : null, tally.Unit, tally.Groups);
            if (run.Json) Invocation.WriteJson(document, WeightsDocument.JsonType);
            else if (snippets.Count > 0) WriteSnippets(snippets);
            else WeightsText.Write(run.Output, tally, weights, positiveClass);
            if (!run.Json)
                foreach (Warning warning in document.Warnings) run.Messages.Warn($"{warning.Message} [{warning.Code}]");
        });
        return verb;
    }

    internal static long Number(string text) => long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long value)
        ? value
        : throw new UsageException($"--counts takes whole numbers separated by commas; '{text}' is none.");

    private static double Cap(double? ratio) => ratio switch
    {
        null => double.PositiveInfinity,
        >= 1 => ratio.Value,
        _ => throw new UsageException(string.Create(CultureInfo.InvariantCulture, $"--cap is the largest ratio of two weights, 1 or more; {ratio} is not.")),
    };

    internal static EmptyClassPolicy Policy(string name)
    {
        int index = Array.IndexOf(EmptyPolicies, name);
        return index >= 0 ? (EmptyClassPolicy)index : throw new UsageException($"--empty-class is one of {string.Join(", ", EmptyPolicies)}; '{name}' is not.");
    }

    private static string Framework(string name) =>
        Snippets.Frameworks.Append(RepeatFactorLines.Name).FirstOrDefault(f => f.Equals(name, StringComparison.OrdinalIgnoreCase))
        ?? throw new UsageException($"There is no framework '{name}' for --emit. {NearestName.Hint(name, Snippets.Frameworks.Append(RepeatFactorLines.Name))}");

    /// <summary>'costs' without values means the file; without a file it says how to give one.</summary>
    private static bool IsCostsFile(string scheme, string? path)
    {
        if (!scheme.Trim().Equals("costs", StringComparison.OrdinalIgnoreCase)) return false;
        return path is not null ? true : throw new UsageException("The scheme 'costs' needs the costs: costs(5, 1), or --costs FILE.");
    }

    /// <summary>Every scheme that needs no value from the user.</summary>
    private static IEnumerable<WeightScheme> Default() => WeightScheme.Catalogue.Where(m => m.Name != "costs").Select(m => WeightScheme.Parse(m.Name));

    private static int Positive(ClassCounts counts, string? label)
    {
        if (label is null) return counts.Classes == 2 ? counts.Rarest : -1;
        if (counts.Classes != 2) throw new UsageException($"--positive is for two classes; there are {counts.Classes}.");
        return counts.CodeOf(label);
    }

    /// <summary>Several labels a row: a positive weight per label.</summary>
    private static void ForLabels(Invocation run, LabelTally tally, EmptyClassPolicy empty, string[] frameworks)
    {
        CheckEmpty(tally, empty);
        MultiLabelDocument document = MultiLabelWeights.Document(tally, empty, frameworks);
        if (run.Json) Invocation.WriteJson(document, MultiLabelJson.Documents.MultiLabelDocument);
        else if (document.Snippets is { } snippets) WriteSnippets([.. snippets]);
        else MultiLabelWeights.Write(run, tally, document);
        if (run.Json) return;
        foreach (Warning warning in document.Warnings) run.Messages.Warn($"{warning.Message} [{warning.Code}]");
    }

    /// <summary>A class that the data name and do not have is the data's fault; one of --counts is the command line's.</summary>
    internal static void CheckEmpty(LabelTally tally, EmptyClassPolicy empty)
    {
        int none = tally.Counts.AsSpan().IndexOf(0L);
        if (none < 0 || empty != EmptyClassPolicy.Error || tally.Kind == "counts") return;
        throw new UnusableDataException($"the class '{tally.Counts.Labels[none]}' has no {(tally.MultiLabel is null ? tally.Unit.Name : "positive row")}, "
            + $"so that it has no "
            + "weight. Choose --empty-class zero, as-one-row or largest, or take the class out.", tally.Source);
    }

    private static void WriteSnippets(List<SnippetEntry> snippets)
    {
        for (int i = 0; i < snippets.Count; i++)
        {
            if (snippets.Count > 1)
            {
                string comment = snippets[i].Framework switch { "torchsharp" or "mlnet" => "//", SqlSnippets.Name => "--", _ => "#" };
                Console.Out.Write($"{(i > 0 ? "\n" : "")}{comment} ---- {snippets[i].Framework}, {Visible.Line(snippets[i].Scheme)} ----\n");
            }

            Console.Out.Write(snippets[i].Code);
        }
    }
}
