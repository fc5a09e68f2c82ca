using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using Counterweight.Data;

namespace Counterweight.Comparison;

/// <summary>
/// Judges candidates of training programs: one fit gives scores of validation rows, on which decisions are fitted, and of test rows, on which they are judged.
/// Beside that it watches the programs: how far two trainings of the same differ, whether weights are ignored, whether test rows leak.
/// </summary>
internal sealed class ProgramJudge : IDisposable
{
    /// <summary>Validation above test by so many standard errors, and by so much at all, is no chance.</summary>
    private const double LeakErrors = 4, LeastLeak = 0.05;

    private readonly Dataset dataset;
    private readonly ComparisonOptions options;
    private readonly int positiveClass;
    private readonly int[] groups;
    private readonly IReadOnlyList<Fold> folds;
    private readonly TrainerFits fits;
    private readonly ConcurrentDictionary<(int Repeat, int Fold), (int[] Train, int[] Validation)> parts = new();
    private readonly ConcurrentDictionary<(string Key, int Repeat, int Fold), string> digests = new();
    private readonly ConcurrentDictionary<(string Trainer, int Repeat, int Fold), (double Validation, double Test, double Error)> recalls = new();
    private readonly ConcurrentDictionary<string, bool> oneColumn = new(StringComparer.Ordinal);
    private readonly Dictionary<(string Trainer, int Fold), ProgramScores> noise = [];

    internal ProgramJudge(RunTerms terms)
    {
        (dataset, options, positiveClass, groups, folds) = (terms.Dataset, terms.Options, terms.PositiveClass, terms.Groups, terms.Folds);
        fits = OptionChecks.Fits(options);
    }

    /// <summary>Where jobs, scores and logs lie.</summary>
    internal string Root => fits.Root;

    /// <summary>Trains and judges some candidates that differ in their decision alone.</summary>
    /// <param name="unit">What is trained.</param>
    /// <param name="trainer">The program.</param>
    /// <param name="part">The fold, or a part of it.</param>
    /// <param name="divisor">The fit gets 1 / divisor of the usual effort.</param>
    /// <param name="wanted">The candidates.</param>
    /// <param name="cancellation">Stops the program.</param>
    internal IReadOnlyList<UnitOutcome> Judge(
        TrainingUnit unit, ExternalTrainer trainer, Fold part, int divisor, IReadOnlyList<Candidate> wanted, CancellationToken cancellation)
    {
        long started = Stopwatch.GetTimestamp();
        Fold fold = folds.First(f => f.Repeat == part.Repeat && f.Index == part.Index);
        FitRequest request = Request(trainer, unit.Training, fold, divisor);
        ProgramScores scores = fits.Run(request, cancellation);
        if (divisor == 1) Watch(unit, request, scores);
        TrainingPlan plan = RemedyTraining.Plan(
            unit.Training, Array.ConvertAll(request.Train, r => dataset.Labels[r]), dataset.ClassNames, positiveClass, options.Costs,
            RowWeights.Of(dataset, request.Train));
        var rows = new TuningRows(
            Array.ConvertAll(request.Validation, r => dataset.Labels[r]), scores.Validation, RowWeights.Of(dataset, request.Validation));
        IReadOnlyList<UnitOutcome> outcomes = UnitOutcome.OfEach(
            wanted, c => Judged(RemedyDecision.Fit(c.Remedy, plan, scores.Prior, options.Metric, () => rows), scores), cancellation);
        unit.LastSeconds = Stopwatch.GetElapsedTime(started).TotalSeconds;
        return outcomes;
    }

    /// <summary>Tells the idle threads what will probably be asked for: the second training of doing nothing on this fold, then the folds that
    /// follow.</summary>
    /// <param name="fold">The fold that is judged now.</param>
    /// <param name="units">What is trained on it.</param>
    /// <param name="ahead">How many folds after it are sure to be asked for.</param>
    internal void Expect(int fold, IReadOnlyList<TrainingUnit> units, int ahead)
    {
        fits.ForgetExpected();
        if (MeasuresNoise(folds[fold]))
            foreach (ExternalTrainer trainer in Trainers(units)) fits.Expect(Noise(trainer, folds[fold]));
        int limit = 2 * options.TrainerSettings!.Jobs, expected = 0;
        for (int j = fold + 1; j <= fold + ahead && j < folds.Count && expected < limit; j++)
            foreach (TrainingUnit unit in units)
                if (unit.Learner is ExternalTrainer trainer && expected++ < limit) fits.Expect(Request(trainer, unit.Training, folds[j], 1));
    }

    /// <summary>Trains doing nothing once more, with another seed, if the fold is of the first repeat.</summary>
    internal void MeasureNoise(int j, IReadOnlyList<TrainingUnit> units, CancellationToken cancellation)
    {
        if (!MeasuresNoise(folds[j])) return;
        foreach (ExternalTrainer trainer in Trainers(units))
        {
            try
            {
                noise[(trainer.Name, j)] = fits.Run(Noise(trainer, folds[j]), cancellation);
            }
            catch (Exception failed) when (failed is TrainerException or RemedyRefusedException)
            {
                // The comparison goes on without a floor; the same program without a remedy failing twice is told where it is a candidate.
            }
            catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
            {
                return;
            }
        }
    }

    /// <summary>What the second trainings of doing nothing scored: the fold and what it came to.</summary>
    internal IEnumerable<(int Fold, JudgedCandidate Judged)> NoiseOf(string trainer)
    {
        foreach (((string name, int j), ProgramScores scores) in noise.OrderBy(n => n.Key.Fold))
            if (name == trainer) yield return (j, Judged(new ArgmaxDecision(dataset.Classes), scores));
    }

    /// <summary>Why the figures of a training are not to be believed: its scores are to the bit those of doing nothing with the same seed. Null if they are
    /// not.</summary>
    internal string? Ignored(TrainingUnit unit, Fold fold)
    {
        if (unit.Learner is not ExternalTrainer trainer || unit.Training == Remedy.None) return null;
        if (Digest(unit.Key, unit.Training) is not string own || own != Digest(trainer.Name + "|", Remedy.None)) return null;
        return $"The program ignores it: its scores are to the bit those of none with the same seed. Let it use {Uses(unit.Training)} of its job, or exit "
            + $"with 78 and "
            + $"say why it cannot.";

        // What an earlier run trained has its digest beside its scores.
        string? Digest(string key, Remedy training) =>
            digests.TryGetValue((key, fold.Repeat, fold.Index), out string? known) ? known : fits.DigestOf(Request(trainer, training, fold, 1));
    }

    /// <summary>Whether the second trainings of a fold are done, as far as there are any.</summary>
    internal bool HasNoise(int j, IReadOnlyList<TrainingUnit> units) =>
        !MeasuresNoise(folds[j]) || Trainers(units).All(t => noise.ContainsKey((t.Name, j)));

    /// <summary>Warnings about programs whose validation rows score far above the test rows, and what their scores were taken for where that is not
    /// certain.</summary>
    internal IEnumerable<Warning> Remarks()
    {
        foreach (string trainer in oneColumn.Keys.Order(StringComparer.Ordinal))
            yield return new Warning("one-column", $"{trainer} gives one score a row; it was taken for that of class "
                + $"'{dataset.ClassNames[positiveClass]}', the 'positiveClass' of its job. If it is the other class's, say so with --positive, or "
                + "give a column per class.");
        foreach (var trainer in recalls.GroupBy(r => r.Key.Trainer))
        {
            double validation = trainer.Average(r => r.Value.Validation), test = trainer.Average(r => r.Value.Test);
            double error = Math.Sqrt(trainer.Average(r => r.Value.Error * r.Value.Error) / trainer.Select(r => r.Key.Fold).Distinct().Count());
            if (validation - test > Math.Max(LeastLeak, LeakErrors * error))
                yield return new Warning("leaking-validation", string.Create(CultureInfo.InvariantCulture,
                    $"{trainer.Key}: balanced accuracy is {validation:0.000} on the validation rows and {test:0.000} on the test rows, more apart than "
                        + $"chance allows. "
                    + $"The program probably trains on validation rows, or chooses on them again and again; thresholds fitted on them are then too good to "
                    + $"hold."));
        }
    }

    public void Dispose() => fits.Dispose();

    private static IEnumerable<ExternalTrainer> Trainers(IReadOnlyList<TrainingUnit> units) => units.Select(u =>
        u.Learner).OfType<ExternalTrainer>().Distinct();

    private static bool MeasuresNoise(Fold fold) => fold.Repeat == 0;

    private static string Uses(Remedy training) => string.Join(" and ", training.Parts.Select(p => p.Family switch
    {
        RemedyFamily.Weights => "classWeights",
        RemedyFamily.Sampler => "sampling",
        RemedyFamily.Loss => "loss",
        RemedyFamily.Resampling => "train (with its repeats and gaps) and synthetic",
        _ => p.Name,
    }).Distinct());

    private FitRequest Request(ExternalTrainer trainer, Remedy training, Fold fold, int divisor) => Request(trainer, training, fold, divisor,
        Streams.ProgramSeed(options.Seed, fold.Repeat, fold.Index, noise: false));

    private FitRequest Noise(ExternalTrainer trainer, Fold fold) => Request(trainer, Remedy.None, fold, 1, Streams.ProgramSeed(options.Seed, fold.Repeat,
        fold.Index, noise: true));

    private FitRequest Request(ExternalTrainer trainer, Remedy training, Fold fold, int divisor, long seed)
    {
        (int[] train, int[] validation) = parts.GetOrAdd((fold.Repeat, fold.Index), _ => Part(fold));
        string rows = options.Holdout is null ? string.Create(CultureInfo.InvariantCulture, $"r{fold.Repeat}f{fold.Index}") : "holdout";
        rows += RowWeights.Mark(dataset);
        return new FitRequest(trainer, training, fold.Repeat, fold.Index, train, validation, fold.Test, seed, 1.0 / divisor, rows);
    }

    /// <summary>The training rows of a fold less those held back for validation: the same for every seed of one split.</summary>
    private (int[] Train, int[] Validation) Part(Fold fold)
    {
        SeededRandom random = options.Holdout is null ? Streams.Validation(options.Seed, fold.Repeat, fold.Index) : Streams.Validation(options.Seed, 0, 0);
        return HeldBack.Split(
            fold.Train, dataset.Labels, dataset.Classes, options.TrainerSettings!.ValidationShare, random, groups, options.Times);
    }

    private JudgedCandidate Judged(IDecision decision, ProgramScores scores) =>
        RemedyDecision.Judge(decision, scores.Test, dataset.Classes, scores.Seconds);

    private void Watch(TrainingUnit unit, FitRequest request, ProgramScores scores)
    {
        digests[(unit.Key, request.Repeat, request.Fold)] = scores.Digest;
        if (scores.OneColumn) oneColumn[request.Trainer.Name] = true;
        if (unit.Training != Remedy.None) return;
        var key = (request.Trainer.Name, request.Repeat, request.Fold);
        (double validation, double validationError) = BalancedAccuracy(request.Validation, scores.Validation);
        (double test, double testError) = BalancedAccuracy(request.Test, scores.Test);
        recalls[key] = (validation, test, Math.Sqrt((validationError * validationError) + (testError * testError)));
    }

    /// <summary>The mean recall of the classes that are there, by the largest score, with its standard error.</summary>
    private (double Mean, double Error) BalancedAccuracy(int[] rows, double[] scores)
    {
        int k = dataset.Classes, present = 0;
        double[] right = new double[k], all = new double[k];
        for (int i = 0; i < rows.Length; i++)
        {
            int label = dataset.Labels[rows[i]], best = 0;
            for (int c = 1; c < k; c++)
                if (scores[(i * k) + c] > scores[(i * k) + best]) best = c;
            all[label]++;
            if (best == label) right[label]++;
        }

        double sum = 0, variance = 0;
        for (int c = 0; c < k; c++)
        {
            if (all[c] == 0) continue;
            present++;
            sum += right[c] / all[c];
            // Half a row on either side, so that a class that is all right has a spread, too (Agresti and Coull, 1998).
            double p = (right[c] + 1) / (all[c] + 2);
            variance += p * (1 - p) / all[c];
        }

        return present == 0 ? (0, 0) : (sum / present, Math.Sqrt(variance) / present);
    }
}
