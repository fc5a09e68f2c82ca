using System.Globalization;
using Counterweight.Comparison;
using Counterweight.Data;
using Counterweight.Report;

namespace Counterweight.Cli;

/// <summary><c>weights</c>: the class counts of a file, and the weights that each scheme gives.</summary>
internal static class WeightsVerb
{
    /// <summary>The option of a verb that makes weights.</summary>
    internal static ChoiceOption<EmptyClassPolicy> EmptyClass() => new("--empty-class", "What becomes of a class without rows",
        ("error", EmptyClassPolicy.Error, null), ("zero", EmptyClassPolicy.Zero, null), ("as-one-row", EmptyClassPolicy.AsOneRow, null),
        ("largest", EmptyClassPolicy.Largest, null));

    internal static VerbCommand Create()
    {
        var verb = new VerbCommand(
            "weights", "Shows the class counts of a file, or of --counts, and the weight each scheme gives to each class.",
            ("weights sample:lending-club --target Class", "counts, and the weights of every scheme"),
            ("weights --counts 900,100 --scheme \"balanced,power(0.5)\" --normalise mean-one",
                "two schemes for counts known already, scaled to a mean row weight of one"),
            ("weights sample:hpc-jobs -t class --scheme balanced --emit pytorch,sklearn", "the code to paste"),
            ("weights --table public.loans -t status --emit sql --dialect snowflake", "the GROUP BY, to be sent by hand; no database is asked"),
            ("weights labels.parquet -t y --costs costs.csv --json", "weights from the costs of errors, for another program"),
            ("weights samples/labels/masks --ignore 255 --scheme median-frequency --emit mmseg", "the pixels of label images"),
            ("weights samples/labels/yolo --empty-class zero", "the boxes of a detector's data; also COCO, VOC, a folder per class, tokens"),
            ("weights samples/labels/multilabel/columns.csv -t person,car,dog,kite", "a positive weight per label where a row may have several"));
        var options = new WeightsOptions();
        options.AddTo(verb);
        verb.Runs(run => Run(run, options));
        return verb;
    }

    private static void Run(Invocation run, WeightsOptions given)
    {
        WeightsQuestion question = given.Question(run);
        SqlSnippets printed = SqlSnippets.Of(run, question.Path, question.Sql);
        if (question.Sql && printed.StandsAlone)
        {
            PrintSql(run, question, printed);
            return;
        }

        Rehearsal.Begin(run, counts => Rehearse(run, question, counts));
        LabelTally tally = given.Count(run, question);
        CheckEmpty(tally, question.Options.EmptyClass);
        if (tally.MultiLabel is not null)
        {
            ForLabels(run, tally, question);
            return;
        }

        (ClassWeights[] weights, ClassWeights[] pasted) = question.Weights(tally.Counts);
        int positive = given.Positive(run, tally.Counts);
        List<SnippetEntry> snippets = Pasted(run, question, tally, pasted, positive, printed with { Target = tally.Target ?? "label" });
        WeightsDocument document = WeightsDocument.Of(
            tally.Counts, weights, positive < 0 ? null : positive, snippets.Count > 0 ? snippets : null, tally.Unit, tally.Groups);
        if (run.Json) Invocation.WriteJson(document, WeightsDocument.JsonType);
        else if (snippets.Count > 0) WriteSnippets(snippets);
        else WeightsText.Write(run.Output, tally, weights, positive);
        if (run.Json) return;
        foreach (Warning warning in document.Warnings) run.Messages.Warn($"{warning.Message} [{warning.Code}]");
    }

    private static void Rehearse(Invocation run, WeightsQuestion question, ClassCounts counts)
    {
        if (question.Costs is not null) return; // a file that may be read once only
        (ClassWeights[] weights, _) = question.Weights(counts);
        var document = WeightsDocument.Of(counts, weights, null, null, LabelUnit.Rows, null);
        if (run.Json) Invocation.WriteJson(Stream.Null, document, WeightsDocument.JsonType);
        else if (question.Frameworks.Count == 0) WeightsText.Write(Terminals.Nowhere(), new LabelTally("", "table", LabelUnit.Rows, counts), weights, -1);
    }

    /// <summary>The GROUP BY that would be sent, without a database.</summary>
    private static void PrintSql(Invocation run, WeightsQuestion question, SqlSnippets printed)
    {
        if (question.Frameworks.Count > 1)
            throw new UsageException("Nothing is counted, only what would be sent is printed, so that --emit sql stands alone.");
        SnippetEntry[] counted = [new(SqlSnippets.Name, SqlSnippets.Counting, printed.Counts(run.RequireTarget("-")))];
        if (run.Json) Invocation.WriteJson(new(counted), CliDocuments.Documents.SqlDocument);
        else WriteSnippets([.. counted]);
    }

    /// <summary>Code to paste, framework by framework.</summary>
    private static List<SnippetEntry> Pasted(
        Invocation run, WeightsQuestion question, LabelTally tally, ClassWeights[] pasted, int positive, SqlSnippets printed)
    {
        List<SnippetEntry> snippets = [.. question.Frameworks.Where(f => f != RepeatFactorLines.Name)
            .SelectMany(f => pasted.Select(w => new SnippetEntry(f, w.Scheme, Snippets.For(f, w, positive, tally.Unit, printed))))];
        if (question.Sql && DatabaseOptions.Dialect(run) is not null && tally.Target is string counts)
            snippets.Insert(0, new(SqlSnippets.Name, SqlSnippets.Counting, printed.Counts(counts)));
        if (question.Repeats) snippets.Add(new(RepeatFactorLines.Name, "none", RepeatFactorLines.Of(tally, question.RepeatThreshold)));
        return snippets;
    }

    internal static long Number(string text) => long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long value)
        ? value
        : throw new UsageException($"--counts takes whole numbers separated by commas; '{text}' is none.");

    /// <summary>Several labels a row: a positive weight per label.</summary>
    private static void ForLabels(Invocation run, LabelTally tally, WeightsQuestion question)
    {
        MultiLabelDocument document = MultiLabelWeights.Document(tally, question.Options.EmptyClass, question.Frameworks);
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
