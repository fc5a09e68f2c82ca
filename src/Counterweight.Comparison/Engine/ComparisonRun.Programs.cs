using System.Globalization;

namespace Counterweight.Comparison;

/// <content>What a run does with training programs, and with one split and several seeds.</content>
internal sealed partial class ComparisonRun
{
    private readonly Dictionary<string, double> noiseFloors = new(StringComparer.Ordinal);
    private readonly Dictionary<string, double[]> moreSeeds = new(StringComparer.Ordinal);

    /// <summary>What the run would train.</summary>
    internal ComparisonPlan Plan()
    {
        int perRepeat = folds.Count(f => f.Repeat == 0), searched = 0;
        var known = new Dictionary<string, TrainingUnit>(StringComparer.Ordinal);
        var trained = new List<TrainingUnit>();
        var added = new Dictionary<Candidate, string?>();
        int rows = folds.Where(f => f.Repeat == 0).Min(f => f.Train.Length);
        foreach (ILearner learner in learners)
            foreach (RemedySpace space in options.Searches)
                searched += Begin(learner, space, rows, known, trained, added).Rungs.Sum(r => r.Entering * perRepeat);
        return new ComparisonPlan(
            [
                .. states.Values.Select(s => new PlannedCandidate(
                    s.Candidate, units.FirstOrDefault(u => u.Candidates.Contains(s.Candidate))?.Training.Name, s.Reason)),
            ],
            units.Count, folds.Count, units.Count * folds.Count, searched, options.Trainers.Count * perRepeat);
    }

    /// <summary>Tells idle jobs what will be asked for next, as far as the race and a search leave it certain.</summary>
    private void ExpectPrograms(int j, Func<Candidate, bool> wanted)
    {
        if (programs is null) return;
        int ahead = j == 0 && options.Searches.Count > 0 ? 0 : options.Racing ? Math.Max(1, Race.FewestFolds - 1 - j) : folds.Count;
        programs.Expect(j, [.. units.Where(u => u.Learner is ExternalTrainer && u.Candidates.Any(wanted))], ahead);
    }

    /// <summary>Measures the noise floor, and takes out candidates whose remedy the program ignores.</summary>
    /// <returns>False if the run is to stop.</returns>
    private bool WatchPrograms(int j, CancellationToken stop)
    {
        if (programs is null) return true;
        foreach (TrainingUnit unit in units)
            if (unit.Candidates.Any(c => states[c].Status == CandidateStatus.Done) && programs.Ignored(unit, folds[j]) is string reason)
                foreach (Candidate candidate in unit.Candidates)
                {
                    states[candidate].Fail(new TrainerException(reason));
                    states[candidate].Scores.Clear();
                    warnings.Add(new Warning("ignored-remedy", $"{candidate}: {reason}"));
                }

        programs.MeasureNoise(j, units, stop);
        return !stop.IsCancellationRequested || programs.HasNoise(j, units);
    }

    /// <summary>How far two trainings of doing nothing that differ in the seed alone are apart, for the mean over the folds: twice its standard
    /// error.</summary>
    private void FindNoiseFloors(CandidateState baseline)
    {
        if (programs is null) return;
        foreach (ExternalTrainer trainer in options.Trainers)
        {
            CandidateState? idle = states.GetValueOrDefault(new Candidate(trainer.Name, Remedy.None));
            if (idle is null || idle.Scores.Count == 0) continue;
            var pairs = new List<(double First, double Second)>();
            foreach ((int j, JudgedCandidate judged) in programs.NoiseOf(trainer.Name))
                if (j < idle.Scores.Count) pairs.Add((Value(idle.Scores[j]), Value(Score(judged, new FoldFeatures(dataset, folds[j], groups)))));
            if (pairs.Count == 0) continue;
            moreSeeds[trainer.Name] = [.. pairs.Select(p => p.Second)];
            // Of one split all its seeds tell; of folds the two trainings of each.
            double[] seeds = [.. idle.Scores.Select(Value), .. moreSeeds[trainer.Name]];
            double mean = seeds.Average(), squared = options.Holdout is null ? pairs.Average(p => (p.Second - p.First) * (p.Second - p.First))
                : 2 * seeds.Sum(v => (v - mean) * (v - mean)) / (seeds.Length - 1);
            double floor = noiseFloors[trainer.Name] = 2 * Math.Sqrt(squared / idle.Scores.Count);
            string gains = idle == baseline || floor > 0 ? " Gains below that are not claimed." : "";
            warnings.Add(new Warning("noise-floor", string.Create(
                CultureInfo.InvariantCulture,
                $"{trainer.Name}: two trainings of none that differ in the seed alone are apart by up to {floor:0.0000} in the mean {options.Metric.Name}, "
                    + $"19 times "
                + $"of 20.{gains}")));
        }

        if (options is { Holdout: not null, Seeds: 1 })
            warnings.Add(new Warning("one-seed", "With one seed the intervals tell what the choice of the test rows may have done, not what the seed did. "
                + "Two or three "
                + "seeds (--seeds 3) tell both."));
    }

    /// <summary>The mean of a candidate with its interval.</summary>
    private FoldMean MeanOf(CandidateState state) => holdout is null
        ? MeanOf(state.Scores, testShare)
        : holdout.Mean(state.Scores, [.. state.Scores.Select(Value)], MoreSeeds(state.Candidate))
            .Within(options.Metric.Lowest(counts.Classes), options.Metric.Highest(counts.Classes));

    /// <summary>How much better one candidate is than another, whatever the direction of the metric.</summary>
    private FoldMean Lead(CandidateState of, CandidateState over) => (holdout is null
        ? CorrectedResampledTTest.Evaluate(Difference(of, over), testShare)
        : holdout.Difference([Judged(of)], Judged(over), Sign, MoreSeeds(over.Candidate)))
            .WithinDifferences(options.Metric.Highest(counts.Classes) - options.Metric.Lowest(counts.Classes));

    /// <summary>How much better the mean of some candidates is than another.</summary>
    private FoldMean LeadOfAll(IReadOnlyList<Candidate> of, Candidate over)
    {
        if (holdout is not null) return holdout.Difference([.. of.Select(c => Judged(states[c]))], Judged(states[over]), Sign, MoreSeeds(over));
        int shared = Math.Min(states[over].Scores.Count, of.Min(c => states[c].Scores.Count));
        return CorrectedResampledTTest.Evaluate(
            [.. Enumerable.Range(0, shared).Select(j => of.Average(c => Sign * Value(states[c].Scores[j])) - (Sign * Value(states[over].Scores[j])))],
                testShare);
    }

    private (IReadOnlyList<FoldScore> Scores, double[] Values) Judged(CandidateState state) => (state.Scores, [.. state.Scores.Select(Value)]);

    private double[] MoreSeeds(Candidate candidate) => candidate.Remedy == Remedy.None ? moreSeeds.GetValueOrDefault(candidate.Learner) ?? [] : [];
}
