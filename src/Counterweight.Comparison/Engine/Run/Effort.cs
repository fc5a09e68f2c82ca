using System.Globalization;
using Counterweight.Data;

namespace Counterweight.Comparison;

/// <summary>How much of a comparison is carried out: all of it, or what fits into about two minutes.</summary>
/// <remarks>
/// <para>What is left out is decided by the work in the data (rows, columns, classes) and never by a clock, so that the same seed gives the same answer on
/// every machine. The work is forecast in seconds of one processor; the learners say what a fit takes (<see cref="IForecastLearner"/>).</para>
/// <para>First the cross-validation is repeated less often. Where even one pass is too much, all candidates are judged on a part of the training rows first, as
/// the rungs of a search are (Jamieson and Talwalkar, 2016), and only the best go on; where these are too much still, they too train on a part of the
/// rows. Of many classes the fewest rows that all of them need may still be too much: then the choice of those who go on is made on some of the classes.</para>
/// </remarks>
internal sealed record Effort
{
    /// <summary>Seconds of one processor that a run may take: two processors for somewhat less than two minutes.</summary>
    internal const double Budget = 220;

    /// <summary>The share of the budget for the choice of those who go on.</summary>
    private const double ScreeningShare = 0.4;

    /// <summary>The fewest trainings that go on, as far as the rows can be cut for it.</summary>
    private const int FewestTrainings = 4;

    /// <summary>A training that a decision is tuned for: inner models of three quarters of the rows, whose number of rounds is known.</summary>
    private const double TuningWork = 0.6 * 0.75;

    /// <summary>An ensemble of ten members on few rows, against one model on all.</summary>
    private const double EnsembleWork = 2.5;

    private const int LargestDivisor = 81;

    /// <summary>How often the cross-validation is repeated.</summary>
    internal int Repeats { get; private init; }

    /// <summary>How often a thorough run repeats it.</summary>
    internal int ThoroughRepeats { get; private init; }

    /// <summary>Every fold trains on 1 / divisor of its rows.</summary>
    internal int RowDivisor { get; private init; } = 1;

    /// <summary>All candidates are judged on 1 / divisor of the training rows first; 0 if all are judged alike.</summary>
    internal int ScreeningDivisor { get; private init; }

    /// <summary>The codes of the classes on which all candidates are judged first; empty for all classes.</summary>
    internal IReadOnlyList<int> ScreeningClasses { get; private init; } = [];

    /// <summary>Seconds of one processor for one fold of those who go on after a screening.</summary>
    internal double SecondsOfAFold { get; private init; }

    /// <summary>The forecast of a thorough run, in seconds of one processor; NaN if there is none.</summary>
    internal double ThoroughSeconds { get; private init; } = double.NaN;

    /// <summary>What one training takes on a fold with all of its rows.</summary>
    internal Func<ILearner, Remedy, double> SecondsOf { get; private init; } = (_, _) => double.NaN;

    /// <summary>Whether anything is left out.</summary>
    internal bool Cuts => Repeats < ThoroughRepeats || RowDivisor > 1 || ScreeningDivisor > 0;

    /// <summary>Decides.</summary>
    /// <param name="dataset">The rows.</param>
    /// <param name="counts">The class counts.</param>
    /// <param name="options">Options with learners and remedies filled in.</param>
    /// <param name="learners">Who trains.</param>
    /// <param name="repeats">How often a thorough run repeats the cross-validation.</param>
    /// <param name="freeRepeats">Whether the user left the repeats to the run.</param>
    /// <param name="freeRemedies">Whether the user left the remedies to the run: only then may some of them be judged on fewer rows.</param>
    internal static Effort Of(
        Dataset dataset, ClassCounts counts, ComparisonOptions options, IReadOnlyList<ILearner> learners, int repeats, bool freeRepeats, bool freeRemedies)
    {
        var all = new Effort { Repeats = repeats, ThoroughRepeats = repeats };
        if (learners.Any(l => l is not IForecastLearner) || dataset.Columns.Any(c => c is TextColumn)) return all;
        int folds = options.Folds > 0 ? options.Folds : 5;
        double share = options.Times is not null || options.Holdout is not null ? 1 : (folds - 1.0) / folds;
        int width = dataset.Columns.Sum(c => c is CategoricalColumn categorical ? Math.Max(1, categorical.Levels.Count) : 1);
        var whole = new Fits(counts, options, learners, width, share, dataset.Columns.Count);
        double once = whole.Fold(1) * folds;
        all = all with
        {
            ThoroughSeconds = once * repeats,
            SecondsOf = whole.Seconds,
        };
        double budget = options.ProcessorSeconds ?? Budget;
        bool free = options is { Thorough: false, Processes: null, TimeBudget: null, Holdout: null };
        if (!free || once * repeats <= budget) return all;
        if (freeRepeats) repeats = (int)Math.Clamp(budget / once, 1, repeats);
        Effort cut = all with { Repeats = repeats };
        if (once * repeats <= budget || !freeRemedies || options.Searches.Count > 0) return cut;

        double ofFold = budget / (folds * repeats), ofScreening = ScreeningShare * ofFold, ofRest = ofFold - ofScreening;
        int screening = Smallest(whole, ofScreening);
        int rows = Smallest(whole, ofRest * whole.Number / FewestTrainings);
        cut = cut with { RowDivisor = rows, SecondsOfAFold = ofRest };
        if (whole.Fold(1.0 / screening) <= ofScreening) return cut with { ScreeningDivisor = screening > rows ? screening : 0 };

        // As many rows of a class as those who go on will have, as long as that leaves enough classes.
        int[] some = [];
        for (int number = counts.Classes / Halving.Factor; number >= FewerClasses.Fewest; number /= Halving.Factor)
        {
            some = FewerClasses.Of(counts, number);
            ComparisonOptions theirs = options with { Costs = FewerClasses.Costs(options.Costs, some), PositiveClass = null };
            var part = new Fits(FewerClasses.Counts(counts, some), theirs, learners, width, share, dataset.Columns.Count);
            screening = rows;
            if (part.Fold(1.0 / rows) <= ofScreening) break;
            screening = Math.Max(rows, Smallest(part, ofScreening));
        }

        return cut with { ScreeningDivisor = some.Length > 0 || screening > rows ? screening : 0, ScreeningClasses = some };
    }

    /// <summary>The rows that a screening trains on, in words.</summary>
    internal string ScreeningRows(int classes) => string.Create(
        CultureInfo.InvariantCulture, $"{(ScreeningDivisor == 1 ? "the training rows" : $"1/{ScreeningDivisor} of the training rows")}"
        + $"{(ScreeningClasses.Count == 0 ? "" : $" of {ScreeningClasses.Count} of the {classes} classes")}");

    /// <summary>The same where the classes of the screening cannot be compared on alone.</summary>
    internal Effort OnAllClasses() => this with { ScreeningClasses = [], ScreeningDivisor = ScreeningDivisor > RowDivisor ? ScreeningDivisor : 0 };

    /// <summary>By how much the rows have to be cut for a fold of all trainings to take so many seconds, as far as they can be.</summary>
    private static int Smallest(Fits fits, double seconds)
    {
        int divisor = 1;
        while (fits.Fold(1.0 / divisor) > seconds && divisor < LargestDivisor && fits.Enough(divisor * Halving.Factor)) divisor *= Halving.Factor;
        return divisor;
    }

    /// <summary>The trainings of one fold on some classes, and what they take.</summary>
    private sealed class Fits
    {
        private readonly (Load Load, double Times)[] trainings;
        private readonly ClassCounts counts;
        private readonly int width, columns;
        private readonly double share;

        internal Fits(ClassCounts counts, ComparisonOptions options, IReadOnlyList<ILearner> learners, int width, double share, int columns)
        {
            (this.counts, this.width, this.share, this.columns) = (counts, width, share, columns);
            trainings =
            [
                .. learners.SelectMany(l => options.Remedies.GroupBy(RemedyDecision.Training).Select(g => (Load.Of(l, g.Key, counts, options),
                    g.Any(r => RemedyDecision.Of(r) is { NeedsTuning: true }) ? 1 + (TuningWork * options.InnerFolds) : 1))),
            ];
        }

        internal int Number => trainings.Length;

        internal double Fold(double part) => trainings.Sum(t => Seconds(t.Load, part) * t.Times);

        internal double Seconds(ILearner learner, Remedy training) =>
            Seconds(trainings.First(t => t.Load.Learner.Name == learner.Name && t.Load.Training.Equals(training)).Load, 1);

        internal bool Enough(int divisor) =>
            counts.Rows * share / divisor >= Math.Max(Halving.FewestRows, Halving.FewestRowsPerClass * counts.Classes);

        private double Seconds(Load load, double part) => load.Seconds(share * part, columns, width, counts.Classes);
    }

    /// <summary>What a training works on.</summary>
    /// <param name="Learner">Who trains.</param>
    /// <param name="Training">The remedy without its decision.</param>
    /// <param name="Rows">The rows, made ones included; 0 for what is refused.</param>
    /// <param name="Models">The work of an ensemble, in models on all rows.</param>
    private sealed record Load(ILearner Learner, Remedy Training, double Rows, double Models)
    {
        internal static Load Of(ILearner learner, Remedy training, ClassCounts counts, ComparisonOptions options)
        {
            try
            {
                TrainingPlan plan = training.Apply(
                    new TrainingPlan { Counts = counts, PositiveClass = options.PositiveClass ?? counts.Rarest, Costs = options.Costs });
                if (RemedyTraining.Refuses(learner, plan) is not null) return new(learner, training, 0, 0);
                double rows = plan.Resampler?.Value is OverSampler
                    ? (double)counts.Classes * Enumerable.Range(0, counts.Classes).Max(c => counts[c]) : counts.Rows;
                return new(learner, training, rows, plan.Ensemble is null ? 1 : EnsembleWork);
            }
            catch (RemedyRefusedException)
            {
                return new(learner, training, 0, 0);
            }
        }

        internal double Seconds(double part, int columns, int width, int classes) =>
            Rows == 0 ? 0 : Models * ((IForecastLearner)Learner).ForecastSeconds((long)Math.Max(1, Rows * part), columns, width, classes);
    }
}
