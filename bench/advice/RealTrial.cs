using Counterweight.Comparison;
using Counterweight.Data;

namespace Counterweight.Advice;

/// <summary>A comparison on one half of a real set, and what every candidate is worth on the other: all that a rule of choosing or estimating wants.</summary>
/// <param name="Set">The set.</param>
/// <param name="Seed">Which split.</param>
/// <param name="Rows">Rows trained on.</param>
/// <param name="Features">Columns.</param>
/// <param name="Counts">Rows trained on by class.</param>
/// <param name="Judging">Rows judged by, by class.</param>
/// <param name="FoldsOfARepeat">How many fold values make one pass.</param>
/// <param name="Baseline">Doing nothing on the learner that does best with it.</param>
/// <param name="Advised">What was recommended.</param>
/// <param name="Claimed">Whether it was said to beat doing nothing.</param>
/// <param name="Low">The lower end of the interval for new rows.</param>
/// <param name="Middle">The estimate for new rows.</param>
/// <param name="High">The upper end.</param>
/// <param name="Seconds">The time of the comparison.</param>
/// <param name="Candidates">Every candidate that was judged.</param>
internal sealed record RealTrial(
    string Set, int Seed, int Rows, int Features, IReadOnlyList<int> Counts, IReadOnlyList<int> Judging, int FoldsOfARepeat, string Baseline, string Advised,
    bool Claimed, double Low, double Middle, double High, double Seconds, IReadOnlyList<RealCandidate> Candidates)
{
    /// <summary>Runs the comparison and judges its candidates.</summary>
    /// <param name="set">The set.</param>
    /// <param name="seed">Which split.</param>
    /// <param name="all">All rows.</param>
    /// <param name="trainRows">Those to compare on.</param>
    /// <param name="judgeRows">Those to judge by.</param>
    /// <param name="options">How to compare.</param>
    /// <param name="decided">Takes what every candidate decided of every row, for other estimates than the one of the comparison.</param>
    internal static RealTrial Run(
        string set, int seed, Dataset all, int[] trainRows, int[] judgeRows, ComparisonOptions options, Action<DecidedTrial>? decided = null)
    {
        Dataset train = all.Select(trainRows), judge = all.Select(judgeRows);
        long started = System.Diagnostics.Stopwatch.GetTimestamp();
        ComparisonResult result = RemedyComparison.Run(train, options);
        double seconds = System.Diagnostics.Stopwatch.GetElapsedTime(started).TotalSeconds;
        int folds = result.Options.Folds;
        CandidateResult[] judged = [.. result.Candidates.Where(c => c.Mean is not null)];
        decided?.Invoke(DecidedTrial.Of(set, seed, train, result));
        // The curve of learning is asked for where a rule could choose: the few best.
        Candidate[] likely = [.. judged.Where(c => c.Status == CandidateStatus.Done).OrderByDescending(c => c.Mean!.Mean).Take(3).Select(c => c.Candidate)
            .Append(result.Recommendation.Candidate).Distinct()];
        Dictionary<Candidate, double> half = likely.ToDictionary(c => c, c => OnHalf(c, train, result));
        RealCandidate[] tried =
        [
            .. judged.AsParallel().AsOrdered().WithDegreeOfParallelism(Math.Max(1, options.Threads)).Select(c =>
            {
                (double value, double error, double brier) = OnJudge(c.Candidate, train, judge, result, options);
                return new RealCandidate(
                    c.Candidate.Learner, c.Candidate.Remedy.Name, c.Candidate.Remedy.Complexity, c.Status.ToString(),
                    [.. c.FoldValues.Select(v => Math.Round(v, 5))], Math.Round(c.Metrics["brier"], 5), Math.Round(c.FitSeconds, 4),
                    half.TryGetValue(c.Candidate, out double h) ? Math.Round(h, 5) : null, Math.Round(value, 5), Math.Round(error, 5), Math.Round(brier, 5),
                    c.Instability is double changed ? Math.Round(changed, 5) : null);
            }),
        ];
        Estimate unseen = result.Recommendation.EstimateOnUnseen;
        return new RealTrial(
            set, seed, train.Rows, train.Columns.Count, Count(train), Count(judge), folds, result.Baseline.ToString(),
            result.Recommendation.Candidate.ToString(), result.Recommendation.BeatsBaseline, Math.Round(unseen.Low, 5), Math.Round(unseen.Mean, 5),
            Math.Round(unseen.High, 5), Math.Round(seconds, 1), tried);
    }

    private static int[] Count(Dataset rows)
    {
        int[] counts = new int[rows.Classes];
        foreach (int label in rows.Labels) counts[label]++;
        return counts;
    }

    /// <summary>The mean over the first pass of folds where each trains on half of its rows.</summary>
    private static double OnHalf(Candidate candidate, Dataset train, ComparisonResult result)
    {
        RunTerms terms = RunTerms.Of(train, result.Options, []);
        var scoring = new Scoring(terms);
        ILearner learner = terms.Learners.First(l => l.Name == candidate.Learner);
        var unit = new TrainingUnit(learner, RemedyDecision.Training(candidate.Remedy), candidate.ToString());
        double sum = 0;
        int folds = 0;
        foreach (Fold fold in terms.Folds.Where(f => f.Repeat == 0))
        {
            using var features = new FoldFeatures(train, Halving.Part(fold, train.Labels, train.Classes, 2, result.Options.Seed), terms.Groups);
            UnitOutcome outcome = unit.Run(features, terms.Fit, [candidate], CancellationToken.None)[0];
            if (outcome.Judged is null) return double.NaN;
            sum += scoring.Value(scoring.Score(outcome.Judged, features));
            folds++;
        }

        return sum / folds;
    }

    /// <summary>Trained on all rows of one half and judged on the other: the balanced accuracy with its standard error, and the Brier score.</summary>
    private static (double Value, double Error, double Brier) OnJudge(
        Candidate candidate, Dataset train, Dataset judge, ComparisonResult result, ComparisonOptions options)
    {
        using TrainedClassifier trained = TrainedClassifier.Fit(
            train, candidate.Learner, candidate.Remedy, options with { PositiveClass = result.PositiveClass, Threads = 1 });
        PredictedRows rows = trained.Predict(judge.Columns);
        Dictionary<string, int> codes = trained.Metadata.Classes.Select((c, code) => (c.Label, code)).ToDictionary(p => p.Label, p => p.code);
        int[] decided = [.. rows.Labels.Select(l => codes[l])];
        Predictions predictions = Predictions.FromProbabilities(
            judge.LabelMemory, rows.Probabilities, judge.Classes, predicted: decided, positiveClass: result.PositiveClass);
        double[] right = new double[judge.Classes], of = new double[judge.Classes];
        for (int i = 0; i < decided.Length; i++)
        {
            of[judge.Labels[i]]++;
            if (decided[i] == judge.Labels[i]) right[judge.Labels[i]]++;
        }

        double variance = 0;
        for (int c = 0; c < of.Length; c++) variance += right[c] / of[c] * (1 - (right[c] / of[c])) / of[c] / (of.Length * (double)of.Length);
        return (Metric.BalancedAccuracy.Evaluate(predictions), Math.Sqrt(variance), Metric.Brier.Evaluate(predictions));
    }
}

/// <summary>What the comparison saw of a candidate, and what it was worth.</summary>
/// <param name="Learner">The learner.</param>
/// <param name="Remedy">The remedy.</param>
/// <param name="Complexity">Its rank of simplicity.</param>
/// <param name="Status">Whether it was stopped early.</param>
/// <param name="Folds">Its balanced accuracy on each fold.</param>
/// <param name="Brier">Its mean Brier score over the folds.</param>
/// <param name="FitSeconds">The mean time of a fit.</param>
/// <param name="Half">Its mean over the first pass with half of the training rows; only where a rule could choose it.</param>
/// <param name="Truth">Its balanced accuracy on the other half, trained on all rows of this.</param>
/// <param name="Error">The standard error of that by the rows that judge.</param>
/// <param name="TruthBrier">Its Brier score there.</param>
/// <param name="Instability">The share of rows that two repeats decide differently.</param>
internal sealed record RealCandidate(
    string Learner, string Remedy, double Complexity, string Status, IReadOnlyList<double> Folds, double Brier, double FitSeconds, double? Half, double Truth,
    double Error, double TruthBrier, double? Instability);

/// <summary>What the candidates of a trial decided of the rows of the comparison, each by a model that had not seen it.</summary>
/// <param name="Set">The set.</param>
/// <param name="Seed">Which split.</param>
/// <param name="Truth">A character per row: '0' and the code of its class.</param>
/// <param name="Groups">A group per row where some hang together.</param>
/// <param name="Candidates">The candidates that were judged on every fold.</param>
internal sealed record DecidedTrial(string Set, int Seed, string Truth, IReadOnlyList<int> Groups, IReadOnlyList<DecidedCandidate> Candidates)
{
    internal static DecidedTrial Of(string set, int seed, Dataset train, ComparisonResult result) => new(
        set, seed, new string([.. train.Labels.ToArray().Select(l => (char)('0' + l))]), RunTerms.Of(train, result.Options, []).Groups,
        [
            .. result.Candidates.Where(c => c.Status == CandidateStatus.Done).Select(c => new DecidedCandidate(
                c.Candidate.Learner, c.Candidate.Remedy.Name, [.. c.Judged.GroupBy(j => j.Fold.Repeat).OrderBy(g => g.Key).Select(g => Text(g, train.Rows))])),
        ]);

    private static string Text(IEnumerable<JudgedFold> folds, int rows)
    {
        char[] text = new char[rows];
        Array.Fill(text, ' ');
        foreach (JudgedFold fold in folds)
            for (int i = 0; i < fold.Decided.Length; i++) text[fold.Fold.Test[i]] = (char)('0' + fold.Decided[i]);
        return new string(text);
    }
}

/// <summary>What a candidate decided.</summary>
/// <param name="Learner">The learner.</param>
/// <param name="Remedy">The remedy.</param>
/// <param name="Repeats">For each repeat a character per row.</param>
internal sealed record DecidedCandidate(string Learner, string Remedy, IReadOnlyList<string> Repeats);
