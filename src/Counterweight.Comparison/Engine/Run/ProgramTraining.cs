using Counterweight.Data;

namespace Counterweight.Comparison;

/// <summary>The last training of a program: on all rows but a validation part, on which the decision is fitted.</summary>
/// <param name="Learner">The name of the program.</param>
/// <param name="Remedy">The canonical name of the remedy.</param>
/// <param name="Folder">Where the decision and the log are.</param>
/// <param name="TrainingRows">The rows that it was given to train on, before resampling.</param>
/// <param name="ValidationRows">The rows that the decision was fitted on.</param>
/// <param name="Decision">The decision in words.</param>
/// <param name="Seconds">How long the program ran.</param>
public sealed record ProgramTraining(string Learner, string Remedy, string Folder, int TrainingRows, int ValidationRows, string Decision, double Seconds)
{
    /// <summary>The file of the decision.</summary>
    public const string DecisionFile = "decision.json";

    /// <summary>Trains a program once more, with no test rows; what becomes of the model is the program's own business.</summary>
    /// <param name="dataset">The rows.</param>
    /// <param name="trainer">The program.</param>
    /// <param name="remedy">The remedy.</param>
    /// <param name="settings">How the program is run.</param>
    /// <param name="folder">Takes <c>decision.json</c>, <c>log.txt</c> and, under <c>fits</c>, the job.</param>
    /// <param name="options">Metric, costs, seed, positive class, groups and times; the defaults if null.</param>
    /// <param name="cancellation">Stops the program.</param>
    /// <exception cref="RemedyRefusedException">The program cannot carry out the remedy.</exception>
    /// <exception cref="TrainerException">The program failed.</exception>
    public static ProgramTraining Run(
        Dataset dataset, ExternalTrainer trainer, Remedy remedy, TrainerSettings settings, string folder, ComparisonOptions? options = null,
        CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(dataset);
        ArgumentNullException.ThrowIfNull(trainer);
        ArgumentNullException.ThrowIfNull(remedy);
        ArgumentNullException.ThrowIfNull(settings);
        options ??= new ComparisonOptions();
        ClassCounts counts = dataset.CountLabels();
        int positive = options.PositiveClass ?? counts.Rarest;
        (int[] train, int[] validation) = HeldBack.Split(
            [.. Enumerable.Range(0, dataset.Rows)], dataset.Labels, dataset.Classes, settings.ValidationShare, Streams.Validation(options.Seed, 0, 0),
            [.. options.Groups ?? []], options.Times);
        Remedy training = RemedyDecision.Training(remedy);
        long seed = Streams.ProgramSeed(options.Seed, 0, 0, noise: false);
        var request = new FitRequest(trainer, training, 0, 0, train, validation, [], seed, 1, "all" + RowWeights.Mark(dataset));
        using var fits = new TrainerFits(dataset, settings with { Folder = folder }, positive, options.Costs, [trainer]);
        fits.Forget(request);
        ProgramScores scores = fits.Run(request, cancellation);
        TrainingPlan plan = RemedyTraining.Plan(
            training, Array.ConvertAll(train, r => dataset.Labels[r]), dataset.ClassNames, positive, options.Costs, RowWeights.Of(dataset, train));
        IDecision rule = RemedyDecision.Fit(remedy, plan, scores.Prior, options.Metric, () => new TuningRows(
            Array.ConvertAll(validation, r => dataset.Labels[r]), scores.Validation, RowWeights.Of(dataset, validation)));
        var decision = new Decision(rule, counts.Labels, positiveClass: counts.Classes == 2 ? positive : 1, origin: $"{trainer.Name} / {remedy.Name}");
        decision.Save(Path.Combine(folder, DecisionFile));
        File.Copy(Path.Combine(scores.Folder, JobFile.LogName), Path.Combine(folder, JobFile.LogName), overwrite: true);
        return new ProgramTraining(trainer.Name, remedy.Name, folder, train.Length, validation.Length, decision.Description, scores.Seconds);
    }
}
