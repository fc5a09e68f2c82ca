using System.CommandLine;
using System.Globalization;

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
        Option<string?> plots = new("--plots") { Description = "A folder for the report's pictures as PNG and SVG files.", HelpName = "DIR" };
        verb.Add(file);
        foreach (Option option in (Option[])[scores, costs, metric, calibrate, constraint, recipe, shares, classes, positive, logits, folds, output, plots])
            verb.Add(option);
        verb.Runs(run =>
        {
            ThresholdConstraint[] limits = [.. run.List(constraint).Select(ThresholdConstraint.Parse)];
            CalibrationMethod? calibration = run.Value(calibrate) is string method ? Calibrator.Catalogue.Create(method) : null;
            if (run.Value(folds) < 2) throw new UsageException($"--folds is 2 or more; {run.Value(folds)} is not.");
            if (run.Value(metric) is string asked) TunableMetric(asked, limits);
            if (run.Value(recipe) is string wanted) DecisionRecipe.Parse(wanted);
            string path = run.Value(file)!;
            ScoredFile scored = ScoredFile.Read(run, path, run.RequireTarget(path), run.List(scores), run.List(classes), run.Value(positive));
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

    private static void Decide(Invocation run, ScoredFile scored, Request request)
    {
        List<WarningEntry> warnings = [];
        int k = scored.Classes.Length, n = scored.Labels.Length;
        Predictions rows = Located(scored, () => Rows(scored, request.Logits, run.Threads));
        CostMatrix? costs = Costs(request.Costs, scored, warnings);
        IMetric metric = request.Metric is not null ? TunableMetric(request.Metric, request.Limits)
            : request.Limits.Length > 0 ? (request.Limits.Any(l => l.Measured == "recall") ? Metric.Precision : Metric.Recall)
            : costs is not null ? Metric.ExpectedCost(costs) : Metric.BalancedAccuracy;
        if (costs is not null) metric = metric.WithCosts(costs);
        if (request.Limits.Length > 0 && k > 2) throw new UsageException($"--constraint limits a threshold, which needs two classes; there are {k}.");
        DecisionRecipe recipe = Recipe(request, k);
        if (!recipe.Supports(k))
            throw new UsageException($"--recipe {recipe.Name} is for two classes and there are {k}; 'offsets:tuned' is its form for more.");
        var context = new DecisionContext
        {
            Metric = metric,
            Costs = costs,
            TrainingPrior = Shares(request.Shares, k),
            Constraints = request.Limits,
            Seed = run.Seed
        };
        foreach (int count in Enumerable.Range(0, k).Select(c => scored.Labels.Count(l => l == c)).Where(count => count < 30).Take(1))
            warnings.Add(new("few-rows", $"A class has {count} rows; what is said of it is uncertain."));
        if (!scored.Matched && scored.Columns.Length > 1)
            warnings.Add(new("columns-by-order",
                $"The names of the score columns do not end with the names of the classes, so they are taken in the order "
                + $"{string.Join(", ", scored.Classes)}."));

        IDecision rule = Located(scored, () => recipe.Fit(rows, context));
        int[] folds = CrossFitting.StratifiedFolds(scored.Labels, k, request.Folds, run.Seed);
        (int[] after, bool crossFitted) = After(recipe, rows, folds, context, rule, warnings);
        Predictions before = rows.WithPredicted(new ArgmaxDecision(k).Decide(rows.Scores.Span, run.Threads));
        Predictions decided = rows.WithPredicted(after);
        List<GainEntry> gains = [.. Metrics(metric, costs, k).Select(m => Gain(m, before, decided, run))];
        List<GainEntry>? calibration = request.Calibration is null ? null : Calibration(request.Calibration, rows, folds, run);
        var decision = new Decision(
            rule, scored.Classes, scored.Columns.Length == 1, Math.Max(scored.PositiveClass, 0), scored.Columns, request.Logits,
            $"{recipe.Name} for {metric.Name} on {n} rows");
        string? written = request.Output is null ? null : Save(decision, request.Output);

        var document = new DecideDocument(
            scored.Source, n, [.. Enumerable.Range(0, k).Select(c => Entry(scored, c))],
            scored.PositiveClass < 0 ? null : scored.Classes[scored.PositiveClass], metric.Name,
            metric.HigherIsBetter, Describe(recipe, rule, scored, request.Limits), request.Folds, crossFitted, Cells(before.Confusion),
            Cells(decided.Confusion), gains,
            costs is null ? null : Money(gains, n), calibration, written, warnings);
        string? page = request.Output is null ? null : Path.Combine(request.Output, ReportPage.FileName);
        ReportModel? report = page is null && request.Plots is null ? null : DecideReport.Of(document, before, decided, costs, folds, rule);
        if (page is not null) AtomicFile.Write(page, stream => ReportPage.Write(stream, report!));
        int pictures = request.Plots is null ? 0 : ReportPlots.Write(request.Plots, report!);
        if (run.Json) Invocation.WriteJson(document, DecideJson.Documents.DecideDocument);
        else DecideText.Write(run.Output, document);
        if (run.Json) return;
        foreach (WarningEntry warning in warnings) run.Messages.Warn($"{warning.Message} [{warning.Code}]");
        if (written is not null) run.Messages.Note($"wrote {written} and {page}");
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
        if (logits) Decision.FromLogits(values, scored.Columns.Length);
        for (int i = 0; i < values.Length && scored.Columns.Length == 1; i++)
            if (!(values[i] is >= 0 and <= 1))
                throw new UnusableDataException(
                    $"{Tables.Number(values[i])} is no probability, which lies in 0..1. Raw scores such as margins or logits are read with --logits.",
                    scored.Source, i + 1L, scored.Columns[0]);
        if (scored.Columns.Length > 1)
            return Predictions.FromProbabilities(
                scored.Labels, RoundedProbabilities.Renormalise(values, scored.Classes.Length), scored.Classes.Length,
                positiveClass: Math.Max(scored.PositiveClass, 0), tolerance: 1e-3, threads: threads);
        double[] both = new double[2 * values.Length];
        for (int i = 0; i < values.Length; i++) (both[2 * i + scored.PositiveClass], both[2 * i + 1 - scored.PositiveClass]) = (values[i], 1 - values[i]);
        return Predictions.FromProbabilities(scored.Labels, both, 2, positiveClass: scored.PositiveClass, threads: threads);
    }

    private static IMetric TunableMetric(string name, ThresholdConstraint[] limits)
    {
        IMetric metric = Metric.Catalogue.Create(name);
        _ = limits;
        return metric.NeedsProbabilities
            ? throw new UsageException($"--metric {name}: it reads the scores and not the decisions, so no decision can change it. Tune for f1, mcc, "
            + $"balanced-accuracy or expected-cost, say.")
            : metric;
    }

    private static CostMatrix? Costs(string? text, ScoredFile scored, List<WarningEntry> warnings)
    {
        if (text is null) return null;
        string[] parts = text.Split(',', StringSplitOptions.TrimEntries);
        double[] numbers = [.. parts.Select(p => double.TryParse(p, NumberStyles.Float, CultureInfo.InvariantCulture, out double v) ? v : double.NaN)];
        CostMatrix costs;
        if (numbers.All(v => !double.IsNaN(v)))
        {
            if (scored.Classes.Length != 2 || numbers.Length != 2)
                throw new UsageException(scored.Classes.Length == 2 ? $"--costs takes two costs, of a false alarm and of a miss; {numbers.Length} are given."
                    : $"--costs FP,FN is for two classes; with {scored.Classes.Length} give a file of costs, a line per true class.");
            costs = CostMatrix.FromPair(numbers[0], numbers[1], scored.PositiveClass);
        }
        else
        {
            costs = CostsFile.Matrix(text, scored.Classes);
        }

        foreach (int never in costs.NeverChosen())
            warnings.Add(new("never-chosen",
                $"At these costs the class '{scored.Classes[never]}' is never the cheapest decision: another class never costs more. Check the costs of "
                + $"deciding '{scored.Classes[never]}'."));
        return costs;
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

    private static (int[] Decided, bool CrossFitted) After(
        DecisionRecipe recipe, Predictions rows, int[] folds, DecisionContext context, IDecision rule, List<WarningEntry> warnings)
    {
        try
        {
            return (CrossFitting.Decide(recipe, rows, folds, context), true);
        }
        catch (UnusableDataException problem)
        {
            warnings.Add(new("judged-on-tuning-rows",
                $"The decision could not be judged on rows that did not tune it, so the figures are too good: without one of the folds "
                + $"{char.ToLowerInvariant(problem.Problem[0])}{problem.Problem[1..]}"));
            return (rule.Decide(rows.Scores.Span), false);
        }
    }

    private static IEnumerable<IMetric> Metrics(IMetric tuned, CostMatrix? costs, int classes)
    {
        IEnumerable<IMetric> usual = classes == 2
            ? [Metric.BalancedAccuracy, Metric.F1, Metric.MatthewsCorrelation, Metric.Precision, Metric.Recall, Metric.Specificity]
            : [Metric.BalancedAccuracy, Metric.MacroF1, Metric.MatthewsCorrelation, Metric.Accuracy];
        IEnumerable<IMetric> all = costs is not null && !tuned.NeedsCosts ? [tuned, Metric.ExpectedCost(costs), .. usual] : [tuned, .. usual];
        return all.DistinctBy(m => m.Name);
    }

    private static GainEntry Gain(IMetric metric, Predictions before, Predictions after, Invocation run)
    {
        // Metrics of decisions resample a few cells; those of probabilities go through all rows each time, so they make do with fewer resamples.
        MetricInterval difference = metric.NeedsProbabilities
            ? Bootstrap.Difference(metric, before, after, resamples: (int)Math.Clamp(2_000_000L / before.Rows, 40, 400), kind: BootstrapKind.Percentile,
                seed: run.Seed, threads: run.Threads)
            : Bootstrap.Difference(metric, before, after, seed: run.Seed, threads: run.Threads);
        double sign = metric.HigherIsBetter ? 1 : -1, low = sign * difference.Low, high = sign * difference.High;
        return new(metric.Name, metric.Evaluate(before), metric.Evaluate(after), sign * difference.Estimate, Math.Min(low, high), Math.Max(low, high));
    }

    private static List<GainEntry> Calibration(CalibrationMethod method, Predictions rows, int[] folds, Invocation run)
    {
        Predictions calibrated = Predictions.FromProbabilities(
            rows.Truth, CrossFitting.Calibrate(method, rows, folds), rows.Classes, positiveClass: rows.PositiveClass, tolerance: 1e-3, threads: run.Threads);
        return [.. new[] { Metric.Brier, Metric.LogLoss, Metric.CalibrationError }.Select(m => Gain(m, rows, calibrated, run))];
    }

    private static CostEntry? Money(List<GainEntry> gains, int rows) =>
        gains.FirstOrDefault(g => g.Name == "expected-cost") is GainEntry cost
        ? new(cost.Before * rows, cost.After * rows, cost.Gain * rows, cost.CiLow * rows, cost.CiHigh * rows) : null;

    private static ClassEntry Entry(ScoredFile scored, int code)
    {
        int count = scored.Labels.Count(l => l == code);
        return new(scored.Classes[code], count, (double)count / scored.Labels.Length);
    }

    private static DecisionEntry Describe(DecisionRecipe recipe, IDecision rule, ScoredFile scored, ThresholdConstraint[] limits)
    {
        IDecision inner = rule;
        string first = "";
        while (inner is TransformedDecision transformed)
        {
            first += $"{transformed.Transform.Name}, then ";
            inner = transformed.Inner;
        }

        string what = inner switch
        {
            ThresholdDecision { Threshold: double.PositiveInfinity } t => $"never '{scored.Classes[t.PositiveClass]}'",
            ThresholdDecision t => $"'{scored.Classes[t.PositiveClass]}' from a probability of {Tables.Number(t.Threshold)}",
            OffsetsDecision o => $"the largest of log-probability plus "
            + $"{string.Join(", ", scored.Classes.Select((c, i) => $"{c} {o.Offsets[i].ToString("+0.###;-0.###;0", CultureInfo.InvariantCulture)}"))}",
            _ => inner.Description,
        };
        double? threshold = inner is ThresholdDecision found && double.IsFinite(found.Threshold) ? found.Threshold : null;
        return new(recipe.Name, first + what, threshold, (inner as OffsetsDecision)?.Offsets.ToArray(), [.. limits.Select(l => l.Text)]);
    }

    private static long[][] Cells(ConfusionMatrix matrix) =>
        [.. Enumerable.Range(0, matrix.Classes).Select(t => Enumerable.Range(0, matrix.Classes).Select(p => (long)matrix[t, p]).ToArray())];

    private static string Save(Decision decision, string folder)
    {
        Directory.CreateDirectory(folder);
        string path = Path.Combine(folder, "decision.json");
        decision.Save(path);
        return path;
    }
}
