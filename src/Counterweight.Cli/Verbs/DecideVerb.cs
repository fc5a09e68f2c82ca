using System.CommandLine;
using System.Globalization;
using Counterweight.Comparison;
using Counterweight.Data;
using Counterweight.Report;

namespace Counterweight.Cli;

/// <summary><c>decide</c>: the best threshold, offsets or cost decision for the scores of any model.</summary>
internal static class DecideVerb
{
    internal static VerbCommand Create()
    {
        var verb = new VerbCommand(
            "decide", "Finds the threshold (two classes) or offsets (more) that suit a file of labels and scores, and says what they gain. The scores must "
            + "be of rows that the model was not trained on.",
            ("decide samples/scores-binary.csv --target label --scores p_bad --costs 1,20", "the threshold at the cost of a false alarm and of a miss"),
            ("decide samples/scores-binary.csv -t label --scores p_bad --constraint \"recall>=0.8\"", "the best precision that finds 80 % of the positives"),
            ("decide samples/scores-binary.csv -t label --scores p_bad --metric f1 --calibrate isotonic --json",
                "calibrated, tuned for F1, for another program"),
            ("decide samples/scores-multiclass.csv -t label --scores p_F,p_L,p_M,p_VF --metric macro-f1 --out decided",
                "offsets for four classes, saved as decided/decision.json"));
        Argument<string> file = new("FILE") { Description = "CSV, Parquet or JSON lines; - is CSV on standard input." };
        Option<string[]> scores =
            new("--scores")
            {
                Description = "The score column of the positive class, or one per class, by name or 0-based index. Columns that end with the "
            + "name of a class belong to it; else they stand in the order of the classes.",
                HelpName = "COLUMN,...",
                Required = true
            };
        Option<string?> costs = new("--costs")
        {
            Description = "The costs of a false alarm and of a miss (1,20), or a file with a matrix of true by "
            + "decided class.",
            HelpName = "FP,FN or FILE"
        };
        Option<string?> metric =
            new("--metric", "-m")
            {
                Description = "What to tune for: f1, mcc, g-mean, ... If omitted the cost with --costs, precision or recall with "
            + "--constraint, else balanced-accuracy.",
                HelpName = "NAME"
            };
        Option<string?> calibrate =
            new("--calibrate") { Description = $"Calibrates first: {string.Join(", ", Calibrator.Catalogue.Select(m => m.Name))}.", HelpName = "METHOD" };
        Option<string[]> constraint =
            new("--constraint")
            {
                Description = "What the threshold must keep to: recall>=R, precision>=P, specificity>=S, or alerts<=B/ROWS (50 a day when "
            + "10000 rows come a day: alerts<=50/10000).",
                HelpName = "LIMIT"
            };
        Option<string?> recipe =
            new("--recipe")
            {
                Description = "How to decide, if not threshold:tuned (two classes) or offsets:tuned (more): threshold:bayes, "
            + "offsets:logit-adjusted, prior-corrected, ...",
                HelpName = "NAME"
            };
        Option<string?> shares =
            new("--training-shares")
            {
                Description = "The class shares that weights or resampling made the model see, in the order of the classes; for "
            + "prior-corrected.",
                HelpName = "SHARE,..."
            };
        Option<string[]> classes =
            new("--classes")
            {
                Description = "The class list, where the file's labels do not show every class or another order is wanted.",
                HelpName = "NAME,..."
            };
        Option<string?> positive =
            new("--positive")
            {
                Description = "The positive class of two; if omitted that of the score column's name, else the rarer one.",
                HelpName = "CLASS"
            };
        Option<bool> logits = new("--logits") { Description = "The scores are raw outputs: a logistic function or softmax turns them into probabilities." };
        Option<int> folds = new("--folds")
        {
            Description = "The folds by which the decision is judged on rows that did not tune it.",
            HelpName = "N",
            DefaultValueFactory = _ => 5
        };
        Option<string?> output = new("--out", "-o")
        {
            Description = "The folder for report.html and for decision.json, which 'predict' and the library apply.",
            HelpName = "DIR"
        };
        Option<int> bins = new("--bins")
        {
            Description = "Of a database: how many bins the score is counted in, which is all that is read.",
            HelpName = "N",
            DefaultValueFactory = _ => BinnedScores.Default
        };
        Option<string?> plots = new("--plots") { Description = "A folder for the report's pictures as PNG and SVG files.", HelpName = "DIR" };
        verb.Add(file);
        foreach (Option option in (Option[])[
            scores, costs, metric, calibrate, constraint, recipe, shares, classes, positive, logits, folds, bins, output, plots])
            verb.Add(option);
        verb.Runs(run =>
        {
            ThresholdConstraint[] limits = [.. run.List(constraint).Select(ThresholdConstraint.Parse)];
            CalibrationMethod? calibration = run.Value(calibrate) is string method ? Calibrator.Catalogue.Create(method) : null;
            if (run.Value(folds) < 2) throw new UsageException($"--folds is 2 or more; {run.Value(folds)} is not.");
            if (run.Value(metric) is string asked) CheckTunable(asked);
            if (run.Value(recipe) is string wanted) DecisionRecipe.Parse(wanted);
            string path = run.Value(file)!;
            if (Labels(run, run.RequireTarget(path), path) is { } several)
            {
                Option[] single = [classes, positive, shares, output, plots];
                if (Array.Find(single, run.IsGiven) is { } option)
                    throw new UsageException($"{option.Name} is for one label column; --target names {several.Length}.");
                if (run.Database is not null && !DatabaseOptions.IsSample(run))
                    throw new UsageException("Several labels of a database cannot be counted in bins; read a sample of the rows with --max-rows N.");
                DecideLabels(run, path, several, run.List(scores), new(
                    run.Value(costs), run.Value(metric), calibration, limits, run.Value(recipe), null, run.Value(logits), run.Value(folds), null, null));
                return;
            }

            bool binned = run.Database is not null && !DatabaseOptions.IsSample(run);
            if (run.IsGiven(bins) && !binned) throw new UsageException("--bins is of a database, whose rows are counted and not read (without --max-rows).");
            ScoredFile scored = binned ? BinnedScores.Read(
                run, run.Database!, run.RequireTarget(path), run.List(scores), run.List(classes), run.Value(positive), run.Value(bins), run.Value(logits))
                : ScoredFile.Read(run, path, run.RequireTarget(path), run.List(scores), run.List(classes), run.Value(positive));
            Decide(run, scored, new(
                run.Value(costs), run.Value(metric), calibration, limits, run.Value(recipe), run.Value(shares), run.Value(logits), run.Value(folds),
                run.Value(output), run.Value(plots)));
        });
        return verb;
    }

    /// <summary>What the user asked for.</summary>
    private sealed record Request(
        string? Costs, string? Metric, CalibrationMethod? Calibration, ThresholdConstraint[] Limits, string? Recipe, string? Shares, bool Logits, int Folds,
        string? Output, string? Plots);

    /// <summary>The columns of a --target that names several; null for one, also for one whose name has a comma.</summary>
    private static string[]? Labels(Invocation run, string target, string path)
    {
        string[] parts = target.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        return parts.Length < 2 || (path != "-" && DatasetReader.ColumnNames(path, run.Reading).Contains(target)) ? null : parts;
    }

    /// <summary>Several columns of 0 and 1: a threshold for each.</summary>
    private static void DecideLabels(Invocation run, string path, string[] targets, IReadOnlyList<string> scores, Request request)
    {
        CostMatrix? costs = null;
        if (request.Costs is string text)
        {
            double[] pair = [.. text.Split(',', StringSplitOptions.TrimEntries)
                .Select(p => double.TryParse(p, NumberStyles.Float, CultureInfo.InvariantCulture, out double v) ? v : double.NaN)];
            costs = pair.Length == 2 && !pair.Any(double.IsNaN) ? CostMatrix.FromPair(pair[0], pair[1], 1)
                : throw new UsageException($"With several labels --costs is FP,FN, the same for each; '{text}' is not that.");
        }

        IMetric metric = request.Metric is string asked ? Metric.Catalogue.Create(asked)
            : request.Limits.Length > 0 ? (request.Limits.Any(l => l.Measured == "recall") ? Metric.Precision : Metric.Recall)
            : costs is not null ? Metric.ExpectedCost(costs) : Metric.F1;
        if (costs is not null) metric = metric.WithCosts(costs);
        MultiLabelDecide.Decide(
            run, path, new(targets, scores, Recipe(request, 2), metric, request.Limits, costs, request.Logits, request.Folds),
            scored => Located(scored, () => Rows(scored, request.Logits, run.Threads)));
    }

    private static void Decide(Invocation run, ScoredFile scored, Request request)
    {
        int k = scored.Classes.Length;
        if (request.Limits.Length > 0 && k > 2) throw new UsageException($"--constraint limits a threshold, which needs two classes; there are {k}.");
        DecisionRecipe recipe = Recipe(request, k);
        if (!recipe.Supports(k))
            throw new UsageException($"--recipe {recipe.Name} is for two classes and there are {k}; 'offsets:tuned' is its form for more.");
        CostMatrix? costs = Costs(request.Costs, scored);
        DecisionStudy study = Located(scored, () => DecisionStudy.Of(new DecisionQuestion(Rows(scored, request.Logits, run.Threads), scored.Classes)
        {
            Source = scored.Source,
            Metric = request.Metric is string asked ? Metric.Catalogue.Create(asked) : null,
            Costs = costs,
            Calibration = request.Calibration,
            Constraints = request.Limits,
            Recipe = recipe,
            TrainingShares = Shares(request.Shares, k),
            Folds = request.Folds,
            Seed = run.Seed,
            Threads = run.Threads,
            ColumnsByOrder = !scored.Matched && scored.Columns.Length > 1,
        }));
        ReportFiles? written = request.Output is null ? null
            : DecisionReport.Write(study, request.Output, study.ToDecision(scored.Columns, request.Logits));
        int pictures = request.Plots is null ? 0 : DecisionReport.WritePictures(study, request.Plots);
        DecideDocument document = BinnedScores.Complete(study.Document with { DecisionFile = written?.Document }, scored);
        if (run.Json)
        {
            Invocation.WriteJson(document, DecideDocument.JsonType);
            return;
        }

        DecideText.Write(run.Output, document);
        if (scored.Bins is int counted) Tables.Line(run.Output, BinnedScores.Resolution(counted));
        foreach (Warning warning in document.Warnings) run.Messages.Warn($"{warning.Message} [{warning.Code}]");
        if (written is not null) run.Messages.Note($"wrote {written.Document} and {written.Page}");
        if (request.Plots is not null) run.Messages.Note($"wrote {pictures} pictures in {request.Plots}");
    }

    /// <summary>Names the file in a complaint about a row.</summary>
    private static T Located<T>(ScoredFile scored, Func<T> action)
    {
        try
        {
            return action();
        }
        catch (UnusableDataException problem) when (problem.File is null)
        {
            throw new UnusableDataException(problem.Problem, scored.Source, problem.Row, problem.Column, problem);
        }
    }

    private static Predictions Rows(ScoredFile scored, bool logits, int threads)
    {
        double[] values = [.. scored.Scores];
        if (logits && scored.Bins is null) Decision.FromLogits(values, scored.Columns.Length);
        for (int i = 0; i < values.Length && scored.Columns.Length == 1; i++)
            if (!(values[i] is >= 0 and <= 1))
                throw new UnusableDataException(
                    $"{Tables.Number(values[i])} is no probability, which lies in 0..1. Raw scores such as margins or logits are read with --logits.",
                    scored.Source, i + 1L, scored.Columns[0]);
        if (scored.Columns.Length > 1)
            return Predictions.FromProbabilities(
                scored.Labels, RoundedProbabilities.Renormalise(values, scored.Classes.Length), scored.Classes.Length, scored.Weights,
                positiveClass: Math.Max(scored.PositiveClass, 0), tolerance: 1e-3, threads: threads);
        double[] both = new double[2 * values.Length];
        for (int i = 0; i < values.Length; i++) (both[2 * i + scored.PositiveClass], both[2 * i + 1 - scored.PositiveClass]) = (values[i], 1 - values[i]);
        return Predictions.FromProbabilities(scored.Labels, both, 2, scored.Weights, positiveClass: scored.PositiveClass, threads: threads);
    }

    private static void CheckTunable(string name)
    {
        if (Metric.Catalogue.Create(name).NeedsProbabilities)
            throw new UsageException($"--metric {name}: it reads the scores and not the decisions, so no decision can change it. Tune for f1, mcc, "
                + "balanced-accuracy or expected-cost, say.");
    }

    private static CostMatrix? Costs(string? text, ScoredFile scored)
    {
        if (text is null) return null;
        string[] parts = text.Split(',', StringSplitOptions.TrimEntries);
        double[] numbers = [.. parts.Select(p => double.TryParse(p, NumberStyles.Float, CultureInfo.InvariantCulture, out double v) ? v : double.NaN)];
        if (numbers.Any(double.IsNaN)) return CostsFile.Matrix(text, scored.Classes);
        if (scored.Classes.Length != 2 || numbers.Length != 2)
            throw new UsageException(scored.Classes.Length == 2 ? $"--costs takes two costs, of a false alarm and of a miss; {numbers.Length} are given."
                : $"--costs FP,FN is for two classes; with {scored.Classes.Length} give a file of costs, a line per true class.");
        return CostMatrix.FromPair(numbers[0], numbers[1], scored.PositiveClass);
    }

    private static DecisionRecipe Recipe(Request request, int classes)
    {
        string name = request.Recipe ?? (classes == 2 ? "threshold:tuned" : "offsets:tuned");
        if (request.Shares is not null && !name.Contains("prior-corrected", StringComparison.OrdinalIgnoreCase)) name = $"prior-corrected+{name}";
        return DecisionRecipe.Parse(request.Calibration is null ? name : $"calibrate:{request.Calibration.Name}+{name}");
    }

    private static double[]? Shares(string? text, int classes)
    {
        if (text is null) return null;
        double[] shares = [.. text.Split(',', StringSplitOptions.TrimEntries)
            .Select(p => double.TryParse(p, NumberStyles.Float, CultureInfo.InvariantCulture, out double v) && v > 0 && double.IsFinite(v) ? v : double.NaN)];
        return shares.Length == classes && !shares.Any(double.IsNaN) ? shares
            : throw new UsageException($"--training-shares takes {classes} shares above zero, one per class; '{text}' is not that.");
    }
}
