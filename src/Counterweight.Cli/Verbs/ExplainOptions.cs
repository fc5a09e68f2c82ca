using System.CommandLine;
using System.Globalization;
using Counterweight.Data;
using Counterweight.Report;

namespace Counterweight.Cli;

/// <summary>The options of <c>explain</c>, and what they say together.</summary>
internal sealed class ExplainOptions
{
    /// <summary>Images of a batch where pixels are counted, and groups of one where anything else is, unless the user says.</summary>
    private const int BatchOfImages = 8, BatchOfGroups = 32;

    private readonly LabelOptions labelled = new();

    private readonly Argument<string?> file = new("PATH")
    {
        Description = "CSV, Parquet or JSON lines (- is CSV on standard input), or labels elsewhere: see --as.",
        Arity = ArgumentArity.ZeroOrOne,
    };

    private readonly ChoiceOption<EmptyClassPolicy> empty = WeightsVerb.EmptyClass();

    private readonly Option<string> weights = new("--weights", "-w")
    {
        Description = "The weight scheme, or one number per class: inverse, power(0.5), \"5,1\".",
        HelpName = "SCHEME",
        CompletionSources = { _ => WeightScheme.Catalogue.Select(s => s.Name) },
        DefaultValueFactory = _ => "inverse",
    };

    private readonly Option<string> normalise = new("--normalise", "--normalize")
    {
        Description = $"The scale of the weights: {string.Join(", ", NormalisationNames.All)}.",
        HelpName = "NAME",
        DefaultValueFactory = _ => NormalisationNames.Name(Normalisation.None),
        CompletionSources = { _ => NormalisationNames.All },
    };

    private readonly Option<int> batch = new("--batch-size", "-b")
    {
        Description = "Rows of a batch; of pixels and boxes its images, 8 if omitted.",
        HelpName = "N",
        DefaultValueFactory = _ => 64,
    };

    private readonly Option<string> reduction = new("--reduction")
    {
        Description = $"How losses become one number: {string.Join(", ", ReductionNames.All)}.",
        HelpName = "NAME",
        DefaultValueFactory = _ => ReductionNames.Of(Reduction.WeightedMean),
        CompletionSources = { _ => ReductionNames.All },
    };

    private readonly Option<double> auc = new("--separability")
    {
        Description = "The AUC between two classes that the expected accuracy assumes.",
        HelpName = "AUC",
        DefaultValueFactory = _ => Diagnosis.DefaultSeparability,
    };

    private readonly Option<string?> comparison = new("--comparison")
    {
        Description = "The --out folder of 'compare' on the same rows: what it measured is said instead of what separable "
            + "classes would do.",
        HelpName = "DIR",
    };

    private readonly Option<string?> output = new("--out", "-o") { Description = "A folder for report.html and diagnosis.json.", HelpName = "DIR" };

    private readonly Option<string?> plots = new("--plots") { Description = "A folder for the report's pictures as PNG and SVG files.", HelpName = "DIR" };

    /// <summary>Adds them to the verb, in the order of its help.</summary>
    internal void AddTo(VerbCommand verb)
    {
        verb.Add(file);
        foreach (Option option in (Option[])[labelled.Counts, labelled.Labels, weights, normalise, batch, reduction, auc, comparison, output, plots, empty,
            labelled.MaxClasses, .. labelled.Sources]) verb.Add(option);
    }

    /// <summary>Where the labels are; null for --counts.</summary>
    internal string? Path(Invocation run) => run.Value(file);

    /// <summary>Where the report goes, if anywhere.</summary>
    internal string? Output(Invocation run) => run.Value(output);

    /// <summary>Where pictures go, if anywhere.</summary>
    internal string? Plots(Invocation run) => run.Value(plots);

    /// <summary>Counts the labels, after all that can be checked before.</summary>
    internal LabelTally Count(Invocation run)
    {
        _ = Reduced(run);
        if (run.Value(batch) < 1) throw new UsageException($"--batch-size is 1 or more; {run.Value(batch)} is not.");
        if (run.Value(auc) is not (> 0.5 and < 1)) throw new UsageException("--separability is an AUC between 0.5 and 1.");
        if (run.Value(output) is string folder && File.Exists(folder)) throw new UsageException($"--out takes a folder, and {folder} is a file.");
        EmptyClassPolicy policy = empty.Of(run);
        LabelTally tally = labelled.Count(run, run.Value(file));
        if (tally.MultiLabel is not null)
            throw new UsageException("With several labels a row each is a problem of two classes of its own: 'weights' shows their positive weights; "
                + $"explain one of them with --target {tally.Counts.Labels[tally.Counts.Rarest]}.");
        WeightsVerb.CheckEmpty(tally, policy);
        if (tally.Groups is not null && run.Value(comparison) is not null)
            throw new UsageException($"--comparison is of rows; {tally.Source} is counted in {tally.Unit.Name}.");
        return tally;
    }

    /// <summary>The diagnosis of the weights on what was counted.</summary>
    /// <param name="run">The command line.</param>
    /// <param name="tally">What was counted.</param>
    /// <param name="measured">What a comparison's folder says of weights.</param>
    internal Diagnosis Diagnose(Invocation run, LabelTally tally, Func<string, ClassWeights, MeasuredEffect> measured)
    {
        ClassWeights made = Made(tally.Counts, run.Value(weights)!, new WeightOptions
        {
            Normalisation = NormalisationNames.Parse(run.Value(normalise)!),
            EmptyClass = empty.Of(run),
        });
        int rows = run.IsGiven(batch) || tally.Groups is null ? run.Value(batch) : tally.Unit.Group == "images" ? BatchOfImages : BatchOfGroups;
        return tally.Groups is { } groups
            ? Diagnosis.OfGroups(made, groups, (int)Math.Min(rows, groups.Count), Reduced(run), run.Value(auc))
            : Diagnosis.Of(
                made, (int)Math.Min(rows, tally.Counts.Rows), Reduced(run), run.Value(auc),
                run.Value(comparison) is string compared ? measured(compared, made) : null, tally.Unit);
    }

    private Reduction Reduced(Invocation run) => ReductionNames.Parse(run.Value(reduction)!) ?? throw new UsageException(
        $"There is no reduction '{run.Value(reduction)}'. {NearestName.Hint(run.Value(reduction)!, ReductionNames.All)}");

    private static ClassWeights Made(ClassCounts counts, string text, WeightOptions options)
    {
        string[] parts = text.Split(',', StringSplitOptions.TrimEntries);
        if (!parts.All(p => double.TryParse(p, NumberStyles.Float, CultureInfo.InvariantCulture, out _)))
            return ClassWeights.From(counts, WeightScheme.Parse(text), options);
        try
        {
            return ClassWeights.From(counts, WeightScheme.Manual([.. parts.Select(p => double.Parse(p, CultureInfo.InvariantCulture))]), options);
        }
        catch (ArgumentException wrong)
        {
            throw new UsageException($"--weights {text}: {wrong.Message.Split(" (Parameter '")[0]}");
        }
    }
}
