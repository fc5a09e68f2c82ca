using System.Globalization;
using Counterweight.Data;

namespace Counterweight.Comparison;

/// <summary>What was found when a training program was tried.</summary>
/// <param name="Name">What was looked at.</param>
/// <param name="Outcome">How it came out.</param>
/// <param name="Detail">What was found, and what to do.</param>
public sealed record TrainerFinding(string Name, TrainerFindingKind Outcome, string Detail);

/// <summary>How a look at a training program came out.</summary>
public enum TrainerFindingKind
{
    /// <summary>As the contract has it.</summary>
    Ok,

    /// <summary>The program can take part, but its user should know.</summary>
    Note,

    /// <summary>The program cannot take part as it is.</summary>
    Wrong,
}

/// <summary>Tries a training program on a few rows before it is given hundreds of fits.</summary>
public static class TrainerCheck
{
    private const int MostRows = 600;
    private const double Share = 1.0 / 9;

    /// <summary>Runs small fits: one of doing nothing, once more with the same seed, and one each with weights, drawn rows and resampled rows.</summary>
    /// <param name="dataset">The rows.</param>
    /// <param name="trainer">The program.</param>
    /// <param name="settings">How it is run.</param>
    /// <param name="seed">The seed.</param>
    /// <param name="cancellation">Stops the program.</param>
    /// <returns>What was found, in the order of the looking.</returns>
    /// <exception cref="UnusableDataException">The data cannot be used.</exception>
    public static IReadOnlyList<TrainerFinding> Run(
        Dataset dataset, ExternalTrainer trainer, TrainerSettings settings, long seed = 0, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(dataset);
        ArgumentNullException.ThrowIfNull(trainer);
        ArgumentNullException.ThrowIfNull(settings);
        if (dataset.Classes < 2) throw new UnusableDataException("There is one class only; a classifier needs at least two.", dataset.Name,
            column: dataset.Target);
        var findings = new List<TrainerFinding>();
        using var fits = new TrainerFits(dataset, settings with { Folder = null, FitRetries = 0 }, dataset.CountLabels().Rarest, null, [trainer]);
        FitRequest request = Small(dataset, trainer, seed);
        if (Fit("a fit without a remedy", Remedy.None, 0) is not ProgramScores idle) return findings;
        findings.Add(new("a fit without a remedy", TrainerFindingKind.Ok, string.Create(CultureInfo.InvariantCulture,
            $"scores of {request.Validation.Length} validation and {request.Test.Length} test rows x {dataset.Classes} classes came back after "
                + $"{idle.Seconds:0.0} s.")));
        if (idle.OneColumn)
            findings.Add(new("one score a row", TrainerFindingKind.Note, $"was taken for that of class '{dataset.ClassNames[dataset.CountLabels().Rarest]}', "
                + "the 'positiveClass' of its job (compare --positive names the other)."));
        if (Fit("the same fit again", Remedy.None, 1) is ProgramScores again)
            findings.Add(again.Digest == idle.Digest
                ? new("the same fit again", TrainerFindingKind.Ok, "gives the same scores to the bit.")
                : new("the same fit again", TrainerFindingKind.Note, "gives other scores with the same seed: set every seed of the program from "
                + "COUNTERWEIGHT_SEED. A "
                    + "comparison still works, but it cannot find out whether the program ignores weights."));
        foreach ((string name, string field) in (ReadOnlySpan<(string, string)>)[("weights:balanced", "classWeights"), ("sampler:class-balanced", "sampling"),
            ("resample:random-under", "train"), ("loss:logit-adjusted", "loss")])
        {
            if (Fit(name, Remedy.Parse(name), 0) is not ProgramScores scores) continue;
            findings.Add(scores.Digest != idle.Digest
                ? new(name, TrainerFindingKind.Ok, "changes the scores.")
                : new(name, TrainerFindingKind.Wrong, $"changes nothing: the scores are to the bit those of none. Let the program use '{field}' of its "
                + $"job, or exit with "
                    + $"78 and say on standard error that it cannot."));
        }

        if (AnswersUnknownProtocol(trainer, settings, idle.Folder, request.Seed, cancellation) is string answer)
            findings.Add(new("an unknown protocol", TrainerFindingKind.Note, answer));
        else findings.Add(new("an unknown protocol", TrainerFindingKind.Ok, "is refused with exit code 78."));
        return findings;

        ProgramScores? Fit(string what, Remedy remedy, int repeat)
        {
            try
            {
                return fits.Run(request with { Training = remedy, Repeat = repeat }, cancellation);
            }
            catch (RemedyRefusedException refused)
            {
                bool idle = remedy == Remedy.None;
                findings.Add(new(what, idle ? TrainerFindingKind.Wrong : TrainerFindingKind.Note,
                    idle ? $"was refused, and every program can do nothing: {refused.Message}" : $"is refused: {refused.Message}"));
            }
            catch (TrainerException failed)
            {
                findings.Add(new(what, TrainerFindingKind.Wrong, failed.Message));
            }

            return null;
        }
    }

    /// <summary>Gives the program a job of a version that does not exist; null if it exits with 78, as it should.</summary>
    private static string? AnswersUnknownProtocol(
        ExternalTrainer trainer, TrainerSettings settings, string folder, long seed, CancellationToken cancellation)
    {
        const int unknown = 999, refused = 78;
        string own = Directory.CreateDirectory(Path.Combine(folder, "unknown-protocol")).FullName, job = Path.Combine(own, JobFile.FileName);
        string text = File.ReadAllText(Path.Combine(folder, JobFile.FileName));
        File.WriteAllText(job, text.Replace($"\"protocol\": {JobFile.Protocol},", $"\"protocol\": {unknown},", StringComparison.Ordinal));
        var environment = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["COUNTERWEIGHT_JOB"] = job,
            ["COUNTERWEIGHT_SEED"] = seed.ToString(CultureInfo.InvariantCulture),
        };
        ProgramEnd end = ProgramRunner.Run(
            new ProgramStart(trainer.Words(settings.Launcher, job), environment, Path.Combine(own, JobFile.LogName), false, settings.FitTimeout), cancellation);
        return end is { OverTime: false, ExitCode: refused } ? null
            : $"is not refused: a job of protocol {unknown} should end with exit code {refused}, so that a later version of the contract is not misread.";
    }

    /// <summary>A stratified few of the rows: two thirds to train on, a sixth each for validation and test, every class in each where it has the
    /// rows.</summary>
    private static FitRequest Small(Dataset dataset, ExternalTrainer trainer, long seed)
    {
        SeededRandom random = Streams.Trial(seed);
        var parts = new List<int>[] { [], [], [] };
        double part = Math.Min(1, (double)MostRows / dataset.Rows);
        for (int c = 0; c < dataset.Classes; c++)
        {
            int[] rows = [.. Enumerable.Range(0, dataset.Rows).Where(r => dataset.Labels[r] == c)];
            random.Shuffle<int>(rows);
            int taken = Math.Min(rows.Length, Math.Max(6, (int)Math.Round(part * rows.Length)));
            for (int i = 0; i < taken; i++) parts[i % 6 == 0 && i > 0 ? 1 : i % 6 == 3 ? 2 : 0].Add(rows[i]);
        }

        foreach (List<int> one in parts) one.Sort();
        return new FitRequest(trainer, Remedy.None, 0, 0, [.. parts[0]], [.. parts[1]], [.. parts[2]], (long)(random.NextUInt64() >> 33), Share, "check");
    }
}
