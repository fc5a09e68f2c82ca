using System.CommandLine;
using Counterweight.Data;

namespace Counterweight.Cli;

/// <summary>The options of <c>decide</c>, and what they say together.</summary>
internal sealed class DecideOptions
{
    private readonly Argument<string> file = new("FILE") { Description = "CSV, Parquet or JSON lines; - is CSV on standard input." };

    private readonly Option<string[]> scores = new("--scores")
    {
        Description = "The score column of the positive class, or one per class, by name or 0-based index. Columns that end with the "
            + "name of a class belong to it; else they stand in the order of the classes.",
        HelpName = "COLUMN,...",
        Required = true,
    };

    private readonly Option<string?> costs = new("--costs")
    {
        Description = "The costs of a false alarm and of a miss (1,20), or a file with a matrix of true by "
            + "decided class.",
        HelpName = "FP,FN or FILE",
    };

    private readonly Option<string?> metric = new("--metric", "-m")
    {
        Description = "What to tune for: f1, mcc, g-mean, ... If omitted the cost with --costs, precision or recall with "
            + "--constraint, else balanced-accuracy.",
        HelpName = "NAME",
        CompletionSources = { _ => Metric.Catalogue.Select(m => m.Name) },
    };

    private readonly Option<string?> calibrate = new("--calibrate")
    {
        Description = $"Calibrates first: {string.Join(", ", Calibrator.Catalogue.Select(m => m.Name))}.",
        HelpName = "METHOD",
        CompletionSources = { _ => Calibrator.Catalogue.Select(m => m.Name) },
    };

    private readonly Option<string[]> constraint = new("--constraint")
    {
        Description = "What the threshold must keep to: recall>=R, precision>=P, specificity>=S, or alerts<=B/ROWS (50 a day when "
            + "10000 rows come a day: alerts<=50/10000).",
        HelpName = "LIMIT",
    };

    private readonly Option<string?> recipe = new("--recipe")
    {
        Description = "How to decide, if not threshold:tuned (two classes) or offsets:tuned (more): threshold:bayes, "
            + "offsets:logit-adjusted, prior-corrected, ...",
        HelpName = "NAME",
        CompletionSources = { _ => Decision.Catalogue.Select(d => d.Name) },
    };

    private readonly Option<string?> shares = new("--training-shares")
    {
        Description = "The class shares that weights or resampling made the model see, in the order of the classes; for "
            + "prior-corrected.",
        HelpName = "SHARE,...",
    };

    private readonly Option<string[]> classes = new("--classes")
    {
        Description = "The class list, where the file's labels do not show every class or another order is wanted.",
        HelpName = "NAME,...",
    };

    private readonly Option<string?> positive = new("--positive")
    {
        Description = "The positive class of two; if omitted that of the score column's name, else the rarer one.",
        HelpName = "CLASS",
    };

    private readonly Option<bool> logits = new("--logits")
    {
        Description = "The scores are raw outputs: a logistic function or softmax turns them into probabilities.",
    };

    private readonly Option<int> folds = new("--folds")
    {
        Description = "The folds by which the decision is judged on rows that did not tune it.",
        HelpName = "N",
        DefaultValueFactory = _ => 5,
    };

    private readonly Option<string?> output = new("--out", "-o")
    {
        Description = "The folder for report.html and for decision.json, which 'predict' and the library apply.",
        HelpName = "DIR",
    };

    private readonly Option<int> bins = new("--bins")
    {
        Description = "Of a database: how many bins the score is counted in, which is all that is read.",
        HelpName = "N",
        DefaultValueFactory = _ => BinnedScores.Default,
    };

    private readonly Option<string?> plots = new("--plots") { Description = "A folder for the report's pictures as PNG and SVG files.", HelpName = "DIR" };

    /// <summary>Adds them to the verb, in the order of its help.</summary>
    internal void AddTo(VerbCommand verb)
    {
        verb.Add(file);
        foreach (Option option in (Option[])[
            scores, costs, metric, calibrate, constraint, recipe, shares, classes, positive, logits, folds, bins, output, plots])
            verb.Add(option);
    }

    /// <summary>The table of labels and scores.</summary>
    internal string Path(Invocation run) => run.Value(file)!;

    /// <summary>The score columns.</summary>
    internal IReadOnlyList<string> Scores(Invocation run) => run.List(scores);

    /// <summary>What is asked, as far as it can be checked before a row is read.</summary>
    internal DecideRequest Request(Invocation run)
    {
        var request = new DecideRequest(
            run.Value(costs), run.Value(metric), run.Value(calibrate) is string method ? Calibrator.Catalogue.Create(method) : null,
            [.. run.List(constraint).Select(ThresholdConstraint.Parse)], run.Value(recipe), run.Value(shares), run.Value(logits), run.Value(folds),
            run.Value(output), run.Value(plots));
        if (request.Folds < 2) throw new UsageException($"--folds is 2 or more; {request.Folds} is not.");
        request.Check();
        return request;
    }

    /// <summary>Refuses what is for one label column where there are several.</summary>
    internal void CheckSeveral(Invocation run, int several)
    {
        Option[] single = [classes, positive, shares, output, plots];
        if (Array.Find(single, run.IsGiven) is { } option)
            throw new UsageException($"{option.Name} is for one label column; --target names {several}.");
        if (run.Database is not null && !DatabaseOptions.IsSample(run))
            throw new UsageException("Several labels of a database cannot be counted in bins; read a sample of the rows with --max-rows N.");
    }

    /// <summary>The labels and scores of one label column: rows of a file, or bins of a database.</summary>
    internal ScoredFile Read(Invocation run)
    {
        string path = Path(run), target = run.RequireTarget(path);
        bool binned = run.Database is not null && !DatabaseOptions.IsSample(run);
        if (run.IsGiven(bins) && !binned) throw new UsageException("--bins is of a database, whose rows are counted and not read (without --max-rows).");
        return binned
            ? BinnedScores.Read(
                run, run.Database!, target, run.List(scores), run.List(classes), run.Value(positive), run.Value(bins), run.Value(logits))
            : ScoredFile.Read(run, path, target, run.List(scores), run.List(classes), run.Value(positive));
    }
}
