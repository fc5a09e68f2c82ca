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
            ("decide sample:scores-binary --target label --scores p_bad --costs 1,20", "the threshold at the cost of a false alarm and of a miss"),
            ("decide sample:scores-binary -t label --scores p_bad --constraint \"recall>=0.8\"", "the best precision that finds 80 % of the positives"),
            ("decide sample:scores-binary -t label --scores p_bad --metric f1 --calibrate isotonic --json",
                "calibrated, tuned for F1, for another program"),
            ("decide sample:scores-multiclass -t label --scores p_F,p_L,p_M,p_VF --metric macro-f1 --out decided",
                "offsets for four classes, saved as decided/decision.json"));
        var options = new DecideOptions();
        options.AddTo(verb);
        verb.Runs(run => Run(run, options));
        return verb;
    }

    private static void Run(Invocation run, DecideOptions given)
    {
        DecideRequest request = given.Request(run);
        string path = given.Path(run);
        if (Labels(run, run.RequireTarget(path), path) is { } several)
        {
            given.CheckSeveral(run, several.Length);
            DecideLabels(run, path, several, given.Scores(run), request);
        }
        else
        {
            Decide(run, given.Read(run), request);
        }
    }

    /// <summary>The columns of a --target that names several; null for one, also for one whose name has a comma.</summary>
    private static string[]? Labels(Invocation run, string target, string path)
    {
        string[] parts = target.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        return parts.Length < 2 || (path != "-" && DatasetReader.ColumnNames(path, run.Reading).Contains(target)) ? null : parts;
    }

    /// <summary>Several columns of 0 and 1: a threshold for each.</summary>
    private static void DecideLabels(Invocation run, string path, string[] targets, IReadOnlyList<string> scores, DecideRequest request)
    {
        CostMatrix? costs = request.SharedCosts();
        MultiLabelDecide.Decide(
            run, path, new(targets, scores, request.RecipeFor(2), request.SharedMetric(costs), request.Limits, costs, request.Logits, request.Folds),
            scored => Located(scored, () => Rows(scored, request.Logits, run.Threads)));
    }

    private static void Decide(Invocation run, ScoredFile scored, DecideRequest request)
    {
        int k = scored.Classes.Length;
        if (request.Limits.Length > 0 && k > 2) throw new UsageException($"--constraint limits a threshold, which needs two classes; there are {k}.");
        DecisionRecipe recipe = request.RecipeFor(k);
        if (!recipe.Supports(k))
            throw new UsageException($"--recipe {recipe.Name} is for two classes and there are {k}; 'offsets:tuned' is its form for more.");
        CostMatrix? costs = request.CostsFor(scored);
        DecisionStudy study = Located(scored, () => DecisionStudy.Of(new DecisionQuestion(Rows(scored, request.Logits, run.Threads), scored.Classes)
        {
            Source = scored.Source,
            Metric = request.Metric is string asked ? Metric.Catalogue.Create(asked) : null,
            Costs = costs,
            Calibration = request.Calibration,
            Constraints = request.Limits,
            Recipe = recipe,
            TrainingShares = request.SharesFor(k),
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
}
