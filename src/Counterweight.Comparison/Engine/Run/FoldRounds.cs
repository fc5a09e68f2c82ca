using System.Globalization;

namespace Counterweight.Comparison;

/// <summary>Takes the candidates of a run through its folds: who is judged on the next one, who failed, and who leaves the race.</summary>
internal sealed class FoldRounds(
    RunTerms terms, Scoring scoring, CandidateStates candidates, FoldJudge judge, ProgramJudge? programs, List<Warning> warnings)
{
    /// <summary>Judges every racing candidate that lacks a fold on it.</summary>
    /// <param name="j">The position of the fold.</param>
    /// <param name="stop">Ends the run.</param>
    /// <returns>Whether all of them were judged, or failed.</returns>
    internal bool Judge(int j, CancellationToken stop)
    {
        bool Wanted(Candidate c) => candidates[c].Status == CandidateStatus.Done && candidates[c].Scores.Count == j;
        if (!candidates.All.Any(s => Wanted(s.Candidate))) return candidates.All.Any(s => s.Status == CandidateStatus.Done);
        Expect(j, Wanted);
        using var features = new FoldFeatures(terms.Dataset, terms.TrainingPart(j), terms.Groups);
        FoldOutcome outcome = judge.Judge(
            features, j, terms.Effort.RowDivisor, candidates.Units, Wanted, u => u * (terms.Folds.Count - j - 1), stop);
        foreach ((Candidate candidate, Exception failure) in outcome.Failures) candidates[candidate].Fail(failure);
        if (candidates.All.Any(s => Wanted(s.Candidate) && !outcome.Scores.ContainsKey(s.Candidate))) return false;
        foreach ((Candidate candidate, FoldScore score) in outcome.Scores) candidates[candidate].Scores.Add(score);
        return Watch(j, stop);
    }

    /// <summary>Stops candidates that are clearly worse than another, so that the chance of ever stopping one for another that is no better stays below
    /// 5%: see <see cref="Race"/>.</summary>
    /// <param name="completed">How many folds are judged.</param>
    internal void StopTheClearlyWorse(int completed)
    {
        if (completed < Race.FewestFolds || completed == terms.Folds.Count) return;
        CandidateState[] racing = [.. candidates.All.Where(s => s.Status == CandidateStatus.Done && s.Scores.Count == completed)];
        IReadOnlyList<Left> left = Race.ClearlyWorse(
            [.. racing.Select(s => scoring.Goodnesses(s.Scores))], candidates.All.Count(s => s.Scores.Count > 0),
            terms.Folds.Count - Race.FewestFolds, terms.TestShare, terms.Options.Equivalence);
        foreach ((int loser, int winner, double chance) in left)
        {
            if (racing[loser].Candidate.Remedy == Remedy.None) continue;
            racing[loser].Stop(string.Create(
                CultureInfo.InvariantCulture,
                $"Clearly worse than {racing[winner].Candidate} after {completed} of {terms.Folds.Count} folds (p = {chance:G2})."));
        }
    }

    /// <summary>Tells idle jobs of programs what will be asked for next, as far as the race and a search leave it certain.</summary>
    private void Expect(int j, Func<Candidate, bool> wanted)
    {
        if (programs is null) return;
        int ahead = j == 0 && terms.Options.Searches.Count > 0 ? 0 : terms.Options.Racing ? Math.Max(1, Race.FewestFolds - 1 - j) : terms.Folds.Count;
        programs.Expect(j, [.. candidates.Units.Where(u => u.Learner is ExternalTrainer && u.Candidates.Any(wanted))], ahead);
    }

    /// <summary>Measures the noise floor of programs, and takes out candidates whose remedy the program ignores.</summary>
    /// <returns>False if the run is to stop.</returns>
    private bool Watch(int j, CancellationToken stop)
    {
        if (programs is null) return true;
        foreach (TrainingUnit unit in candidates.Units)
            if (unit.Candidates.Any(c => candidates[c].Status == CandidateStatus.Done) && programs.Ignored(unit, terms.Folds[j]) is string reason)
                foreach (Candidate candidate in unit.Candidates)
                {
                    candidates[candidate].Fail(new TrainerException(reason));
                    candidates[candidate].Scores.Clear();
                    warnings.Add(new Warning("ignored-remedy", $"{candidate}: {reason}"));
                }

        programs.MeasureNoise(j, candidates.Units, stop);
        return !stop.IsCancellationRequested || programs.HasNoise(j, candidates.Units);
    }
}
