using Counterweight.Comparison;
using Counterweight.Data;

namespace Counterweight.Advice;

/// <summary>What advice on one data set was worth, judged on rows that took no part.</summary>
/// <param name="Name">The data set.</param>
/// <param name="Advised">What was recommended.</param>
/// <param name="Regret">The best candidate's figure on fresh rows less that of the advice.</param>
/// <param name="RegretOfBalanced">The same for 'always balanced weights'.</param>
/// <param name="RegretOfPlain">The same for 'best mean of plain cross-validation': one pass of 5 folds.</param>
/// <param name="RegretOfBestMean">The same for the best mean over all folds of the comparison, which repeats the cross-validation where rows are few.</param>
/// <param name="RegretOfNothing">The same for doing nothing.</param>
/// <param name="Covered">Whether the interval for new rows covered the figure on fresh rows.</param>
/// <param name="Claimed">Whether the advice claimed to beat doing nothing.</param>
/// <param name="ClaimWrong">Whether such a claim was wrong on fresh rows.</param>
/// <param name="Seconds">The time of the comparison.</param>
/// <param name="Low">The lower end of the interval for new rows.</param>
/// <param name="Middle">The estimate for new rows.</param>
/// <param name="High">The upper end of the interval.</param>
/// <param name="Candidates">The figures of every candidate that has any.</param>
internal sealed record Trial(
    string Name, string Advised, double Regret, double RegretOfBalanced, double RegretOfPlain, double RegretOfBestMean, double RegretOfNothing, bool Covered,
    bool Claimed, bool ClaimWrong, double Seconds,
    double Low, double Middle, double High, IReadOnlyList<TriedCandidate> Candidates)
{
    internal static Trial Run(string name, Dataset train, Dataset fresh, ComparisonOptions options)
    {
        long started = System.Diagnostics.Stopwatch.GetTimestamp();
        ComparisonResult result = RemedyComparison.Run(train, options with { Racing = true });
        double seconds = System.Diagnostics.Stopwatch.GetElapsedTime(started).TotalSeconds;
        int sign = options.Metric.HigherIsBetter ? 1 : -1;
        Candidate advised = result.Recommendation.Candidate;
        Candidate bestMean = result.Candidates.First(c => c.Status == CandidateStatus.Done).Candidate;
        Candidate plain = result.Candidates.Where(c => c.FoldValues.Count >= result.Options.Folds)
            .MaxBy(c => sign * c.FoldValues.Take(result.Options.Folds).Average())!.Candidate;
        string learner = result.Baseline.Learner;
        Candidate balanced = new(learner, Remedy.Parse("weights:balanced"));
        Dictionary<Candidate, double> truth = result.Candidates.Where(c => c.Mean is not null).Select(c => c.Candidate).Append(balanced).Distinct()
            .AsParallel().WithDegreeOfParallelism(Environment.ProcessorCount).ToDictionary(c => c, c => sign * OnFresh(c, train, fresh, result, options));
        double best = truth.Values.Max(), own = truth[advised];
        Estimate unseen = result.Recommendation.EstimateOnUnseen;
        return new Trial(
            name, advised.ToString(), best - own, best - truth[balanced], best - truth[plain], best - truth[bestMean], best - truth[result.Baseline],
            sign * own >= unseen.Low && sign * own <= unseen.High, result.Recommendation.BeatsBaseline,
            result.Recommendation.BeatsBaseline && own <= truth[result.Baseline], seconds, unseen.Low, unseen.Mean, unseen.High,
            [.. result.Candidates.Where(c => c.Mean is not null).Select(c => new TriedCandidate(
                c.Candidate.Learner, c.Candidate.Remedy.Name, c.Candidate.Remedy.Complexity, c.Status.ToString(), c.FoldValues, sign * truth[c.Candidate]))]);
    }

    private static double OnFresh(Candidate candidate, Dataset train, Dataset fresh, ComparisonResult result, ComparisonOptions options)
    {
        using TrainedClassifier trained = TrainedClassifier.Fit(
            train, candidate.Learner, candidate.Remedy, options with { PositiveClass = result.PositiveClass, Threads = 1 });
        PredictedRows rows = trained.Predict(fresh.Columns);
        Dictionary<string, int> codes = trained.Metadata.Classes.Select((c, code) => (c.Label, code)).ToDictionary(p => p.Label, p => p.code);
        int[] decided = [.. rows.Labels.Select(l => codes[l])];
        return options.Metric.Evaluate(
            Predictions.FromProbabilities(fresh.LabelMemory, rows.Probabilities, fresh.Classes, predicted: decided, positiveClass: result.PositiveClass));
    }
}

/// <summary>What the comparison saw of a candidate, and what it was worth.</summary>
/// <param name="Learner">The learner.</param>
/// <param name="Remedy">The remedy.</param>
/// <param name="Complexity">Its rank of simplicity.</param>
/// <param name="Status">Whether it was stopped early.</param>
/// <param name="Folds">Its figure on each fold.</param>
/// <param name="Truth">Its figure on fresh rows, trained on all rows.</param>
internal sealed record TriedCandidate(string Learner, string Remedy, double Complexity, string Status, IReadOnlyList<double> Folds, double Truth);
