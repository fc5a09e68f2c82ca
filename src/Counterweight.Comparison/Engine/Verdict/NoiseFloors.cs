namespace Counterweight.Comparison;

/// <summary>How far two trainings of a program that differ in the seed alone may be apart.</summary>
/// <param name="Floors">For each program, for the mean over the folds: twice its standard error.</param>
/// <param name="MoreSeeds">For each program what the second trainings of doing nothing scored.</param>
internal sealed record NoiseFloors(IReadOnlyDictionary<string, double> Floors, IReadOnlyDictionary<string, double[]> MoreSeeds)
{
    /// <summary>The floor of a learner; 0 for one that is no program.</summary>
    internal double Of(string learner) => Floors.GetValueOrDefault(learner);

    /// <summary>The metric of a candidate with further seeds; empty but for a program that does nothing.</summary>
    internal double[] SeedsOf(Candidate candidate) => candidate.Remedy == Remedy.None ? MoreSeeds.GetValueOrDefault(candidate.Learner) ?? [] : [];

    /// <summary>Reads them off the second trainings of doing nothing.</summary>
    internal static NoiseFloors Of(RunTerms terms, Scoring scoring, CandidateStates candidates, ProgramJudge? programs)
    {
        var floors = new Dictionary<string, double>(StringComparer.Ordinal);
        var more = new Dictionary<string, double[]>(StringComparer.Ordinal);
        foreach (ExternalTrainer trainer in programs is null ? [] : terms.Options.Trainers)
        {
            CandidateState? idle = candidates.Find(new Candidate(trainer.Name, Remedy.None));
            if (idle is null || idle.Scores.Count == 0) continue;
            var pairs = new List<(double First, double Second)>();
            foreach ((int j, JudgedCandidate judged) in programs!.NoiseOf(trainer.Name))
                if (j < idle.Scores.Count) pairs.Add((scoring.Value(idle.Scores[j]), Second(j, judged)));
            if (pairs.Count == 0) continue;
            more[trainer.Name] = [.. pairs.Select(p => p.Second)];
            // Of one split all its seeds tell; of folds the two trainings of each.
            double[] seeds = [.. idle.Scores.Select(scoring.Value), .. more[trainer.Name]];
            double mean = seeds.Average(), squared = terms.Options.Holdout is null ? pairs.Average(p => (p.Second - p.First) * (p.Second - p.First))
                : 2 * seeds.Sum(v => (v - mean) * (v - mean)) / (seeds.Length - 1);
            floors[trainer.Name] = 2 * Math.Sqrt(squared / idle.Scores.Count);
        }

        return new NoiseFloors(floors, more);

        double Second(int j, JudgedCandidate judged)
        {
            using var features = new FoldFeatures(terms.Dataset, terms.Folds[j], terms.Groups);
            return scoring.Value(scoring.Score(judged, features));
        }
    }
}
