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
/// <param name="Hindsight">What the best in hindsight is worth, each tenth of the judging rows judging the candidate that is best on the others.</param>
/// <param name="Default">What a default run says, where it leaves something out; all figures else are those of a thorough run.</param>
/// <param name="Candidates">Every candidate that was judged.</param>
internal sealed record RealTrial(
    string Set, int Seed, int Rows, int Features, IReadOnlyList<int> Counts, IReadOnlyList<int> Judging, int FoldsOfARepeat, string Baseline, string Advised,
    bool Claimed, double Low, double Middle, double High, double Seconds, double Hindsight, RealAdvice? Default,
    IReadOnlyList<RealCandidate> Candidates)
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
        ComparisonResult result = RemedyComparison.Run(train, options with { Thorough = false });
        RealAdvice? cut = result.Effort.Thorough ? null : RealAdvice.Of(result, started);
        if (cut is not null)
        {
            started = System.Diagnostics.Stopwatch.GetTimestamp();
            result = RemedyComparison.Run(train, options with { Thorough = true });
        }

        double seconds = System.Diagnostics.Stopwatch.GetElapsedTime(started).TotalSeconds;
        int folds = result.Options.Folds;
        CandidateResult[] judged = [.. result.Candidates.Where(c => c.Mean is not null)];
        decided?.Invoke(DecidedTrial.Of(set, seed, train, result));
        // The curve of learning is asked for where a rule could choose: the few best.
        Candidate[] likely = [.. judged.Where(c => c.Status == CandidateStatus.Done).OrderByDescending(c => c.Mean!.Mean).Take(3).Select(c => c.Candidate)
            .Append(result.Recommendation.Candidate).Distinct()];
        Dictionary<Candidate, double?> half = likely.ToDictionary(c => c, c => OnHalf(c, train, result));
        Judged[] onJudge = [.. judged.AsParallel().AsOrdered().WithDegreeOfParallelism(Math.Max(1, options.Threads))
            .Select(c => Judged.Of(c.Candidate, train, judge, options with { PositiveClass = result.PositiveClass }))];
        RealCandidate[] tried =
        [
            .. judged.Zip(onJudge, (c, found) => new RealCandidate(
                c.Candidate.Learner, c.Candidate.Remedy.Name, c.Candidate.Remedy.Complexity, c.Status.ToString(),
                [.. c.FoldValues.Select(v => Math.Round(v, 5))], Math.Round(c.Metrics["brier"], 5), Math.Round(c.FitSeconds, 4),
                half.GetValueOrDefault(c.Candidate) is double h ? Math.Round(h, 5) : null, Math.Round(found.Value, 5), Math.Round(found.Error, 5),
                Math.Round(found.Brier, 5), c.Instability is double changed ? Math.Round(changed, 5) : null)),
        ];
        Estimate unseen = result.Recommendation.EstimateOnUnseen;
        return new RealTrial(
            set, seed, train.Rows, train.Columns.Count, Count(train), Count(judge), folds, result.Baseline.ToString(),
            result.Recommendation.Candidate.ToString(), result.Recommendation.BeatsBaseline, Math.Round(unseen.Low, 5), Math.Round(unseen.Mean, 5),
            Math.Round(unseen.High, 5), Math.Round(seconds, 1),
            Math.Round(Judged.Hindsight(onJudge, judge, seed), 5), cut, tried);
    }

    private static int[] Count(Dataset rows)
    {
        int[] counts = new int[rows.Classes];
        foreach (int label in rows.Labels) counts[label]++;
        return counts;
    }

    /// <summary>The mean over the first pass of folds where each trains on half of its rows; null where these are too few for the remedy.</summary>
    private static double? OnHalf(Candidate candidate, Dataset train, ComparisonResult result)
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
            try
            {
                UnitOutcome outcome = unit.Run(features, terms.Fit, [candidate], CancellationToken.None)[0];
                if (outcome.Judged is null) return null;
                sum += scoring.Value(scoring.Score(outcome.Judged, features));
            }
            catch (RemedyRefusedException)
            {
                return null;
            }

            folds++;
        }

        return sum / folds;
    }
}

/// <summary>A candidate trained on all rows of one half and judged on the other.</summary>
/// <param name="Right">Of every judging row whether it was decided rightly.</param>
/// <param name="Value">The balanced accuracy.</param>
/// <param name="Error">Its standard error by the rows that judge.</param>
/// <param name="Brier">The Brier score.</param>
internal sealed record Judged(bool[] Right, double Value, double Error, double Brier)
{
    private const int Parts = 10, Draws = 10;

    internal static Judged Of(Candidate candidate, Dataset train, Dataset judge, ComparisonOptions options)
    {
        using TrainedClassifier trained = TrainedClassifier.Fit(train, candidate.Learner, candidate.Remedy, options with { Threads = 1 });
        PredictedRows rows = trained.Predict(judge.Columns);
        Dictionary<string, int> codes = trained.Metadata.Classes.Select((c, code) => (c.Label, code)).ToDictionary(p => p.Label, p => p.code);
        int[] decided = [.. rows.Labels.Select(l => codes[l])];
        Predictions predictions = Predictions.FromProbabilities(
            judge.LabelMemory, rows.Probabilities, judge.Classes, predicted: decided, positiveClass: options.PositiveClass ?? 1);
        bool[] right = [.. decided.Select((d, i) => d == judge.Labels[i])];
        (double[] found, double[] of) = ByClass(right, judge);
        double variance = 0;
        for (int c = 0; c < of.Length; c++) variance += found[c] / of[c] * (1 - (found[c] / of[c])) / of[c] / (of.Length * (double)of.Length);
        return new(right, Metric.BalancedAccuracy.Evaluate(predictions), Math.Sqrt(variance), Metric.Brier.Evaluate(predictions));
    }

    /// <summary>
    /// The balanced accuracy of choosing by the judging rows, without judging by those that chose: the best of all candidates on the same rows owes a part of
    /// its figure to the luck of these rows, and that part is no regret of who chose without them. Each tenth of the rows, drawn within the classes, is
    /// decided by the candidate that is best on the other nine; the mean over some draws.
    /// </summary>
    internal static double Hindsight(IReadOnlyList<Judged> candidates, Dataset judge, int seed)
    {
        double sum = 0;
        for (int draw = 0; draw < Draws; draw++)
        {
            int[] part = Tenths(judge, new SeededRandom(seed, 1000 + draw));
            bool[] right = new bool[judge.Rows];
            for (int p = 0; p < Parts; p++)
            {
                Judged best = candidates.MaxBy(c => Mean(ByClass(c.Right, judge, i => part[i] != p)))!;
                for (int i = 0; i < right.Length; i++)
                    if (part[i] == p) right[i] = best.Right[i];
            }

            sum += Mean(ByClass(right, judge));
        }

        return sum / Draws;
    }

    private static int[] Tenths(Dataset judge, SeededRandom random)
    {
        int[] order = [.. Enumerable.Range(0, judge.Rows)], next = new int[judge.Classes], part = new int[judge.Rows];
        random.Shuffle<int>(order);
        for (int c = 0; c < next.Length; c++) next[c] = c;
        foreach (int row in order) part[row] = next[judge.Labels[row]]++ % Parts;
        return part;
    }

    private static double Mean((double[] Found, double[] Of) byClass) => byClass.Found.Zip(byClass.Of, (f, n) => n == 0 ? double.NaN : f / n)
        .Where(double.IsFinite).Average();

    private static (double[] Found, double[] Of) ByClass(bool[] right, Dataset judge, Func<int, bool>? counts = null)
    {
        double[] found = new double[judge.Classes], of = new double[judge.Classes];
        for (int i = 0; i < right.Length; i++)
        {
            if (counts?.Invoke(i) == false) continue;
            of[judge.Labels[i]]++;
            if (right[i]) found[judge.Labels[i]]++;
        }

        return (found, of);
    }
}

/// <summary>What a run says.</summary>
/// <param name="Advised">What it recommends.</param>
/// <param name="Claimed">Whether it said that this beats doing nothing.</param>
/// <param name="Low">The lower end of the interval for new rows.</param>
/// <param name="Middle">The estimate.</param>
/// <param name="High">The upper end.</param>
/// <param name="Repeats">How often its folds were repeated.</param>
/// <param name="RowShare">The share of the training rows that it used.</param>
/// <param name="LeftOut">How many candidates were judged on a part of the rows only.</param>
/// <param name="Seconds">How long it took.</param>
internal sealed record RealAdvice(
    string Advised, bool Claimed, double Low, double Middle, double High, int Repeats, double RowShare, int LeftOut, double Seconds)
{
    internal static RealAdvice Of(ComparisonResult result, long started)
    {
        Estimate unseen = result.Recommendation.EstimateOnUnseen;
        return new(
            result.Recommendation.Candidate.ToString(), result.Recommendation.BeatsBaseline, Math.Round(unseen.Low, 5), Math.Round(unseen.Mean, 5),
            Math.Round(unseen.High, 5), result.Effort.Repeats, result.Effort.RowShare, result.Effort.LeftOut.Count,
            Math.Round(System.Diagnostics.Stopwatch.GetElapsedTime(started).TotalSeconds, 1));
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
