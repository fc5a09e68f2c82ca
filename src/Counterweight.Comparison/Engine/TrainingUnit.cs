using System.Diagnostics;
using System.Globalization;

namespace Counterweight.Comparison;

/// <summary>Candidates that share their models, since they train alike and differ in the decision alone.</summary>
internal sealed class TrainingUnit(ILearner learner, Remedy training, string key)
{
    internal string Key => key;

    internal ILearner Learner => learner;

    internal Remedy Training => training;

    internal List<Candidate> Candidates { get; } = [];

    internal double LastSeconds { get; set; }

    /// <summary>Two schemes that give the same weights are one: inverse, balanced and max-ratio differ in scale alone.</summary>
    internal static string KeyOf(string learner, Remedy remedy, TrainingPlan plan)
    {
        IEnumerable<string> parts = remedy.Parts.Where(p => p.Family is not (RemedyFamily.Decision or RemedyFamily.Weights)).Select(p => p.Name);
        if (plan.Weights is not null && plan.Weights.ToArray() is var weights && weights.Any(w => Math.Abs(w - 1) > 1e-12))
            parts = parts.Append(string.Join(' ', weights.Select(w => w.ToString("G10", CultureInfo.InvariantCulture))));
        if (plan.Native is not null) parts = parts.Append(plan.Native.Name);
        return $"{learner}|{string.Join('+', parts)}";
    }

    /// <summary>Fits on the training rows of a fold and judges its test rows for some of the candidates.</summary>
    internal IReadOnlyList<(Candidate Candidate, JudgedCandidate Judged)> Run(
        FoldFeatures fold, ComparisonOptions options, IReadOnlyList<string> classNames, int positiveClass, IReadOnlyList<Candidate> wanted,
        CancellationToken cancellation)
    {
        long started = Stopwatch.GetTimestamp();
        TrainingPlan plan = Trainer.Plan(training, fold.TrainLabels, classNames, positiveClass, options.Costs);
        (FeatureTable train, FeatureTable test) = fold.Features(Trainer.NeedsFilledIn(learner, plan));
        long seed = FoldSeed(options.Seed, fold.Fold);
        var fit = new FitOptions(seed, 1, cancellation);
        using TrainedModel trained = Trainer.Fit(learner, training, plan, train, fold.TrainLabels, fit);
        double[] probabilities = trained.Model.Predict(test);
        double seconds = Stopwatch.GetElapsedTime(started).TotalSeconds;
        (int[] Truth, double[] Probabilities)? inner = null;
        var judged = new List<(Candidate, JudgedCandidate)>();
        foreach (Candidate candidate in wanted)
        {
            double more = 0;
            double[] own = probabilities;
            IDecision decision = new ArgmaxDecision(classNames.Count);
            if (candidate.Remedy.Parts.OfType<IDecisionRemedy>().FirstOrDefault() is IDecisionRemedy remedy)
            {
                if (remedy.NeedsTuning && inner is null)
                {
                    long innerStarted = Stopwatch.GetTimestamp();
                    inner = OutOfFold(train, fold.TrainLabels, plan, options, fit with { Near = trained.Model });
                    more = Stopwatch.GetElapsedTime(innerStarted).TotalSeconds;
                }

                (int[] truth, double[] tuning) = remedy.NeedsTuning ? inner!.Value : ([], []);
                decision = remedy.Decide(new DecisionEvidence(plan, trained.EffectivePrior, options.Metric, truth, tuning));
            }

            int[] decided = new int[fold.TestLabels.Length];
            decision.Decide(probabilities, decided, 1);
            if (decision is TransformedDecision transformed)
            {
                own = new double[probabilities.Length];
                transformed.Transform.Transform(probabilities, own);
            }

            judged.Add((candidate, new JudgedCandidate(decided, own, decision.Description, seconds + more)));
        }

        LastSeconds = Stopwatch.GetElapsedTime(started).TotalSeconds;
        return judged;
    }

    /// <summary>Probabilities of the training rows from models that have not seen them.</summary>
    internal (int[] Truth, double[] Probabilities) OutOfFold(FeatureTable train, int[] labels, TrainingPlan plan, ComparisonOptions options, FitOptions fit)
    {
        int classes = plan.Counts.Classes;
        long smallest = long.MaxValue;
        foreach (long count in plan.Counts.AsSpan()) smallest = Math.Min(smallest, count);
        int folds = (int)Math.Min(options.InnerFolds, smallest);
        if (folds < 2)
            throw new RemedyRefusedException($"Class '{plan.Counts.Labels[plan.Counts.Rarest]}' has too few rows to tune a decision on rows that the model "
                + $"has not seen; two per fold are the least.");
        double[] probabilities = new double[labels.Length * classes];
        foreach (Fold inner in StratifiedFolds.Split(labels, plan.Counts.Labels, folds, 1, fit.Seed + 1))
        {
            int[] innerLabels = [.. inner.Train.Select(i => labels[i])];
            TrainingPlan innerPlan = Trainer.Plan(training, innerLabels, plan.Counts.Labels, plan.PositiveClass, plan.Costs);
            using TrainedModel trained = Trainer.Fit(
                learner, training, innerPlan, train.Select(inner.Train), innerLabels, fit with { Seed = fit.Seed + inner.Index + 2 });
            double[] part = trained.Model.Predict(train.Select(inner.Test));
            for (int i = 0; i < inner.Test.Length; i++)
                part.AsSpan(i * classes, classes).CopyTo(probabilities.AsSpan(inner.Test[i] * classes, classes));
        }

        return (labels, probabilities);
    }

    /// <summary>The same for every candidate of a fold, so that luck of the draw cancels in the differences.</summary>
    private static long FoldSeed(long seed, Fold fold) => unchecked((seed * 1_000_003) + (fold.Repeat * 1009) + (fold.Index * 31) + 17);
}

/// <summary>What a candidate made of the test rows of a fold.</summary>
/// <param name="Decided">The decided codes.</param>
/// <param name="Probabilities">n x K probabilities after any transformation.</param>
/// <param name="Decision">The decision in words.</param>
/// <param name="Seconds">The time of fitting and tuning.</param>
internal sealed record JudgedCandidate(int[] Decided, double[] Probabilities, string Decision, double Seconds);
