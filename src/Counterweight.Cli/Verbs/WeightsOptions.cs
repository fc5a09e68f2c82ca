using System.CommandLine;
using System.Globalization;
using Counterweight.Data;

namespace Counterweight.Cli;

/// <summary>The options of <c>weights</c>, and what they say together.</summary>
internal sealed class WeightsOptions
{
    private readonly LabelOptions labelled = new();

    private readonly Argument<string?> file = new("PATH")
    {
        Description = "CSV, Parquet or JSON lines (- is CSV on standard input), or labels elsewhere: see --as.",
        Arity = ArgumentArity.ZeroOrOne,
    };

    private readonly Option<string[]> schemes = new("--scheme", "-s")
    {
        Description = "Weight schemes: balanced, power(0.5), ... All of them if omitted; 'remedies' lists them.",
        HelpName = "SCHEME,...",
        CompletionSources = { _ => WeightScheme.Catalogue.Select(s => s.Name) },
    };

    private readonly Option<string> normalise = new("--normalise", "--normalize")
    {
        Description = $"The scale of the weights: {string.Join(", ", NormalisationNames.All)}.",
        HelpName = "NAME",
        DefaultValueFactory = _ => NormalisationNames.Name(Normalisation.None),
        CompletionSources = { _ => NormalisationNames.All },
    };

    private readonly Option<string?> costs = new("--costs")
    {
        Description = "A file of costs, which adds the scheme 'costs': a line 'class,cost' per class, or a matrix "
            + "of true by predicted class.",
        HelpName = "FILE",
    };

    private readonly Option<double?> cap = new("--cap") { Description = "The largest ratio of two weights; larger weights are lowered.", HelpName = "RATIO" };

    private static readonly string[] Emitted = [.. Snippets.Frameworks, RepeatFactorLines.Name];

    private static readonly Option<string[]> Emit = new("--emit")
    {
        Description = $"Code to paste: {string.Join(", ", Snippets.Frameworks)}; for 'balanced' unless --scheme "
            + $"says otherwise. {RepeatFactorLines.Name}: a line per image, how often an epoch shows it.",
        HelpName = "NAME,...",
        CompletionSources = { Emitted },
    };

    private readonly Option<string?> positive = new("--positive")
    {
        Description = "The positive class of two; the rarer one if omitted.",
        HelpName = "CLASS",
    };

    private readonly ChoiceOption<EmptyClassPolicy> empty = WeightsVerb.EmptyClass();

    private readonly Option<double> repeat = new("--repeat-threshold")
    {
        Description = $"{RepeatFactorLines.Name}: classes in a smaller share of the images are repeated.",
        HelpName = "SHARE",
        DefaultValueFactory = _ => RepeatFactors.DefaultThreshold,
    };

    /// <summary>Whether a command line asks for the SQL that counts, which may be of any engine.</summary>
    internal static bool PrintsSql(Invocation run) => run.List(Emit).Contains(SqlSnippets.Name, StringComparer.OrdinalIgnoreCase);

    /// <summary>Adds them to the verb, in the order of its help.</summary>
    internal void AddTo(VerbCommand verb)
    {
        verb.Add(file);
        Option[] own = [labelled.Counts, labelled.Labels, schemes, normalise, costs, cap, Emit, positive, empty, labelled.MaxClasses,
            .. labelled.Sources, repeat];
        foreach (Option option in own) verb.Add(option);
    }

    /// <summary>What is asked, as far as it can be checked before a label is read.</summary>
    internal WeightsQuestion Question(Invocation run)
    {
        var options = new WeightOptions
        {
            Normalisation = NormalisationNames.Parse(run.Value(normalise)!),
            LargestRatio = Cap(run.Value(cap)),
            EmptyClass = empty.Of(run),
        };
        string[] frameworks = [.. run.List(Emit).Select(Framework)];
        if (run.Value(repeat) is not (> 0 and < 1))
            throw new UsageException(string.Create(CultureInfo.InvariantCulture,
                $"--repeat-threshold is a share of the images between 0 and 1; {run.Value(repeat)} is not."));
        WeightScheme[] asked = [.. run.List(schemes).Where(s => !IsCostsFile(s, run.Value(costs))).Select(WeightScheme.Parse)];
        var question = new WeightsQuestion(run.Value(file), options, frameworks, asked, run.List(schemes).Count == 0, run.Value(costs), run.Value(repeat));
        if (run.IsGiven(repeat) && !question.Repeats) throw new UsageException($"--repeat-threshold is for --emit {RepeatFactorLines.Name}.");
        return question;
    }

    /// <summary>Counts the labels.</summary>
    internal LabelTally Count(Invocation run, WeightsQuestion question)
    {
        LabelTally tally = labelled.Count(run, question.Path, keepImages: question.Repeats);
        if (tally.MultiLabel is not null
            && (question.Asked.Count > 0 || question.Costs is not null || run.Value(positive) is not null || run.IsGiven(normalise) || run.IsGiven(cap)))
            throw new UsageException("With several labels a row each has a positive weight; --scheme, --normalise, --cap, --costs and --positive "
                + "do not apply.");
        return tally;
    }

    /// <summary>The positive class of two: the one named, else the rarer one; -1 where there are more.</summary>
    internal int Positive(Invocation run, ClassCounts counts)
    {
        if (run.Value(positive) is not string label) return counts.Classes == 2 ? counts.Rarest : -1;
        if (counts.Classes != 2) throw new UsageException($"--positive is for two classes; there are {counts.Classes}.");
        return counts.CodeOf(label);
    }

    private static double Cap(double? ratio) => ratio switch
    {
        null => double.PositiveInfinity,
        >= 1 => ratio.Value,
        _ => throw new UsageException(string.Create(CultureInfo.InvariantCulture, $"--cap is the largest ratio of two weights, 1 or more; {ratio} is not.")),
    };

    private static string Framework(string name) =>
        Emitted.FirstOrDefault(f => f.Equals(name, StringComparison.OrdinalIgnoreCase))
        ?? throw new UsageException($"There is no framework '{name}' for --emit. {NearestName.Hint(name, Emitted)}");

    /// <summary>'costs' without values means the file; without a file it says how to give one.</summary>
    private static bool IsCostsFile(string scheme, string? path)
    {
        if (!scheme.Trim().Equals("costs", StringComparison.OrdinalIgnoreCase)) return false;
        return path is not null ? true : throw new UsageException("The scheme 'costs' needs the costs: costs(5, 1), or --costs FILE.");
    }
}

/// <summary>What <c>weights</c> is asked.</summary>
/// <param name="Path">Where the labels are; null for --counts.</param>
/// <param name="Options">How weights are scaled, capped and what an empty class gets.</param>
/// <param name="Frameworks">Whose code is printed.</param>
/// <param name="Asked">Schemes by name, but for 'costs' of a file.</param>
/// <param name="All">Whether no scheme is named, so that all are shown.</param>
/// <param name="Costs">The file of costs.</param>
/// <param name="RepeatThreshold">The share of images below which a class is repeated.</param>
internal sealed record WeightsQuestion(
    string? Path, WeightOptions Options, IReadOnlyList<string> Frameworks, IReadOnlyList<WeightScheme> Asked, bool All, string? Costs, double RepeatThreshold)
{
    /// <summary>Whether a line per image is printed.</summary>
    internal bool Repeats => Frameworks.Contains(RepeatFactorLines.Name);

    /// <summary>Whether SQL is printed.</summary>
    internal bool Sql => Frameworks.Contains(SqlSnippets.Name);

    /// <summary>The weights of each scheme on counts, and those of them that are worth pasting.</summary>
    internal (ClassWeights[] Shown, ClassWeights[] Pasted) Weights(ClassCounts counts)
    {
        WeightScheme? fromCosts = Costs is null ? null : WeightScheme.Costs(CostsFile.PerClass(Costs, counts.Labels));
        IEnumerable<WeightScheme> wanted = All ? Default() : Asked;
        if (fromCosts is not null) wanted = wanted.Append(fromCosts);
        ClassWeights[] shown = [.. wanted.Select(s => ClassWeights.From(counts, s, Options))];
        return (shown, !All ? shown : fromCosts is null ? [ClassWeights.From(counts, WeightScheme.Balanced, Options)] : [shown[^1]]);
    }

    /// <summary>Every scheme that needs no value from the user.</summary>
    private static IEnumerable<WeightScheme> Default() => WeightScheme.Catalogue.Where(m => m.Name != "costs").Select(m => WeightScheme.Parse(m.Name));
}
