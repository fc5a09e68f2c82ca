using System.CommandLine;
using System.Globalization;
using Counterweight.Comparison;
using Counterweight.Data;
using Counterweight.Report;

namespace Counterweight.Cli;

/// <summary><c>weights</c>: the class counts of a file, and the weights that each scheme gives.</summary>
internal static class WeightsVerb
{
    private static readonly string[] EmptyPolicies = ["error", "zero", "as-one-row", "largest"];

    internal static VerbCommand Create()
    {
        var verb = new VerbCommand(
            "weights", "Shows the class counts of a file, or of --counts, and the weight each scheme gives to each class.",
            ("weights samples/lending-club.csv --target Class", "counts, and the weights of every scheme"),
            ("weights --counts 900,100 --scheme \"balanced,power(0.5)\" --normalise mean-one",
                "two schemes for counts known already, scaled to a mean row weight of one"),
            ("weights samples/hpc-jobs.csv -t class --scheme balanced --emit pytorch,sklearn", "the code to paste"),
            ("weights labels.parquet -t y --costs costs.csv --json", "weights from the costs of errors, for another program"));
        Argument<string?> file = new("FILE") { Description = "CSV, Parquet or JSON lines; - is CSV on standard input.", Arity = ArgumentArity.ZeroOrOne };
        Option<string?> counts = new("--counts") { Description = "Class counts instead of a file: 900,100.", HelpName = "N,N,..." };
        Option<string[]> labels = new("--labels") { Description = "The names of the classes of --counts; 0,1,... if omitted.", HelpName = "NAME,..." };
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
            + $"says otherwise.",
            HelpName = "NAME,..."
        };
        Option<string?> positive = new("--positive") { Description = "The positive class of two; the rarer one if omitted.", HelpName = "CLASS" };
        Option<string> empty = new("--empty-class")
        {
            Description = $"What becomes of a class without rows: {string.Join(", ", EmptyPolicies)}.",
            HelpName = "NAME",
            DefaultValueFactory = _ => "error"
        };
        Option<int> maxClasses = new("--max-classes")
        {
            Description = "The most classes before the label is taken for a regression target.",
            HelpName = "N",
            DefaultValueFactory = _ => 1000
        };
        verb.Add(file);
        foreach (Option option in (Option[])[counts, labels, schemes, normalise, costs, cap, emit, positive, empty, maxClasses]) verb.Add(option);
        verb.Runs(run =>
        {
            var options = new WeightOptions
            {
                Normalisation = NormalisationNames.Parse(run.Value(normalise)!),
                LargestRatio = Cap(run.Value(cap)),
                EmptyClass = Policy(run.Value(empty)!),
            };
            string[] frameworks = [.. run.List(emit).Select(Framework)];
            WeightScheme[] asked = [.. run.List(schemes).Where(s => !IsCostsFile(s, run.Value(costs))).Select(WeightScheme.Parse)];
            (string source, string? target, ClassCounts found) = Count(run, run.Value(file), run.Value(counts), run.List(labels), run.Value(maxClasses));
            WeightScheme? fromCosts = run.Value(costs) is string path ? WeightScheme.Costs(CostsFile.PerClass(path, found.Labels)) : null;
            bool all = run.List(schemes).Count == 0;
            IEnumerable<WeightScheme> wanted = all ? Default() : asked;
            if (fromCosts is not null) wanted = wanted.Append(fromCosts);
            ClassWeights[] weights = [.. wanted.Select(s => ClassWeights.From(found, s, options))];
            int positiveClass = Positive(found, run.Value(positive));
            ClassWeights[] pasted = all && fromCosts is null ? [ClassWeights.From(found, WeightScheme.Balanced, options)] : all ? [weights[^1]] : weights;
            List<SnippetEntry> snippets = [.. frameworks.SelectMany(f => pasted.Select(w => new SnippetEntry(f, w.Scheme, Snippets.For(f, w, positiveClass))))];
            WeightsDocument document = WeightsDocument.Of(
                found, weights, positiveClass < 0 ? null : positiveClass, snippets.Count > 0 ? snippets : null);
            if (run.Json) Invocation.WriteJson(document, WeightsDocument.JsonType);
            else if (snippets.Count > 0) WriteSnippets(snippets);
            else WeightsText.Write(run.Output, source, target, weights, positiveClass);
            if (!run.Json)
                foreach (Warning warning in document.Warnings) run.Messages.Warn($"{warning.Message} [{warning.Code}]");
        });
        return verb;
    }

    internal static (string Source, string? Target, ClassCounts Counts) Count(
        Invocation run, string? file, string? counts, IReadOnlyList<string> labels, int maxClasses)
    {
        if (file is null == counts is null)
            throw new UsageException(file is null ? "Give a FILE, or the class counts as --counts 900,100." : "Give either a FILE or --counts, not both.");
        if (counts is not null)
        {
            if (run.Target is not null)
                throw new UsageException("--target names a column of a FILE; with --counts there is none. Name the classes with --labels.");
            long[] numbers = [.. counts.Split(',', StringSplitOptions.TrimEntries).Select(Number)];
            if (numbers.Length < 2) throw new UsageException("--counts needs at least two classes, as in --counts 900,100.");
            return ("counts", null, ClassCounts.From(numbers, labels.Count == 0 ? null : labels));
        }

        if (labels.Count > 0) throw new UsageException("--labels names the classes of --counts; the classes of a FILE are named in it.");
        if (maxClasses < 2) throw new UsageException($"--max-classes is 2 or more; {maxClasses} is not.");
        LabelCounts found = LabelCounter.Count(file!, run.RequireTarget(file!), run.Reading with { MaxClasses = maxClasses }, run.Cancellation);
        return (found.Source, found.Target, found.Counts);
    }

    private static long Number(string text) => long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long value)
        ? value
        : throw new UsageException($"--counts takes whole numbers separated by commas; '{text}' is none.");

    private static double Cap(double? ratio) => ratio switch
    {
        null => double.PositiveInfinity,
        >= 1 => ratio.Value,
        _ => throw new UsageException(string.Create(CultureInfo.InvariantCulture, $"--cap is the largest ratio of two weights, 1 or more; {ratio} is not.")),
    };

    private static EmptyClassPolicy Policy(string name)
    {
        int index = Array.IndexOf(EmptyPolicies, name);
        return index >= 0 ? (EmptyClassPolicy)index : throw new UsageException($"--empty-class is one of {string.Join(", ", EmptyPolicies)}; '{name}' is not.");
    }

    private static string Framework(string name) => Snippets.Frameworks.FirstOrDefault(f => f.Equals(name, StringComparison.OrdinalIgnoreCase))
        ?? throw new UsageException($"There is no framework '{name}' for --emit. {NearestName.Hint(name, Snippets.Frameworks)}");

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

    private static void WriteSnippets(List<SnippetEntry> snippets)
    {
        for (int i = 0; i < snippets.Count; i++)
        {
            if (snippets.Count > 1)
            {
                bool slashes = snippets[i].Framework is "torchsharp" or "mlnet";
                Console.Out.Write($"{(i > 0 ? "\n" : "")}{(slashes ? "//" : "#")} ---- {snippets[i].Framework}, {Visible.Line(snippets[i].Scheme)} ----\n");
            }

            Console.Out.Write(snippets[i].Code);
        }
    }
}
