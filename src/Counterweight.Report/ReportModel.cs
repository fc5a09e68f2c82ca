using System.Text.Json;
using System.Text.Json.Serialization;
using Counterweight.Comparison;

namespace Counterweight.Report;

/// <summary>What a report shows. Sections that are null are left out. The page reads it as JSON, the plots as it is.</summary>
/// <param name="Title">The heading.</param>
/// <param name="Facts">Lines under the heading: rows, folds, seed, ...</param>
/// <param name="Advice">What to do, in plain words.</param>
/// <param name="Notes">More to say beside the advice: what to expect on new rows.</param>
/// <param name="Warnings">What the user should know.</param>
/// <param name="Classes">The classes with their counts, in the order of the codes.</param>
/// <param name="Weights">The weights of every scheme.</param>
/// <param name="Comparison">The candidates.</param>
/// <param name="Decided">Confusion matrices and recalls, the baseline first.</param>
/// <param name="Curves">The curves of a binary problem.</param>
/// <param name="Diagnosis">What weights do to training.</param>
/// <param name="Gains">What a decision changes in each metric, the one that it was tuned for first.</param>
/// <param name="ByClass">With more than two classes, the curves of each class against the others.</param>
/// <param name="Scores">With more than two classes, rows with their scores, from which the page recomputes decisions.</param>
/// <param name="Searches">How each searched space went on each learner.</param>
/// <param name="Front">The metrics of the Pareto front, if several matter.</param>
internal sealed record ReportModel(
    string Title, IReadOnlyList<string> Facts, string Advice, IReadOnlyList<string> Notes, IReadOnlyList<Warning> Warnings,
    IReadOnlyList<ClassCountEntry> Classes,
    IReadOnlyList<SchemeWeights> Weights, ComparedEntries? Comparison, IReadOnlyList<DecidedEntry> Decided, CurvesEntry? Curves,
    DiagnosedEntry? Diagnosis = null,
    IReadOnlyList<GainEntry>? Gains = null, ByClassEntry? ByClass = null, ScoresEntry? Scores = null, IReadOnlyList<SearchEntry>? Searches = null,
    IReadOnlyList<FrontMetric>? Front = null);

/// <summary>The weights of a scheme, K values.</summary>
internal sealed record SchemeWeights(string Name, IReadOnlyList<double> Weights, IReadOnlyList<double> PriorAfter, double EffectiveSampleSize);

/// <summary>The candidates of a comparison, the best first; a difference below <paramref name="Equivalence"/> is practically none.</summary>
internal sealed record ComparedEntries(
    string Metric, bool HigherIsBetter, double Equivalence, IReadOnlyList<ComparedEntry> Candidates, IReadOnlyList<string> MetricNames);

/// <summary>A candidate. Figures are null where nothing was judged.</summary>
internal sealed record ComparedEntry(
    string Learner, string Remedy, string Status, bool IsBaseline, bool IsRecommended, bool SameAsBest, double? Mean, double? CiLow, double? CiHigh,
    DifferenceEntry? VersusBaseline,
    IReadOnlyList<double?> Metrics, double? FitSeconds, string? Reason, int FoldsJudged, bool OnFront = false, double? Instability = null);

/// <summary>A metric of the Pareto front.</summary>
internal sealed record FrontMetric(string Name, bool HigherIsBetter);

/// <summary>How a candidate decided: rows by truth and decision, and the share of each class found.</summary>
/// <param name="Name">The candidate.</param>
/// <param name="Role">baseline or recommended, before or after.</param>
/// <param name="Recall">K shares; null for a class without rows.</param>
/// <param name="Codes">The classes that the cells are about: all of them, or those with the most errors.</param>
/// <param name="Cells">Rows by truth (outer) and decision (inner) of those classes.</param>
/// <param name="Truths">The rows of each of those classes, those decided as another class included.</param>
internal sealed record DecidedEntry(
    string Name, string Role, IReadOnlyList<double?> Recall, IReadOnlyList<int> Codes, IReadOnlyList<IReadOnlyList<double>> Cells,
    IReadOnlyList<double> Truths);

/// <summary>The curves of a binary problem.</summary>
internal sealed record CurvesEntry(string Positive, string Negative, double? FalsePositiveCost, double? FalseNegativeCost, IReadOnlyList<CurveEntry> Sets);

/// <summary>The curves of more than two classes, each against the others.</summary>
/// <param name="First">The code of the class that is shown first: the rarest.</param>
/// <param name="Classes">The classes with curves: all of them, or those with the most errors.</param>
/// <param name="TopLabels">Per model how often its most probable class is the true one, beside what it says.</param>
/// <param name="Note">Of which rows the curves are.</param>
internal sealed record ByClassEntry(int First, IReadOnlyList<ClassCurvesEntry> Classes, IReadOnlyList<TopLabelEntry> TopLabels, string Note);

/// <summary>The curves of one class against the others.</summary>
internal sealed record ClassCurvesEntry(int Code, IReadOnlyList<CurveEntry> Sets);

/// <summary>The reliability of a model's most probable class.</summary>
internal sealed record TopLabelEntry(string Name, string Role, IReadOnlyList<ReliabilityEntry> Reliability);

/// <summary>Rows with their scores of K classes, for decisions that the page makes.</summary>
/// <param name="Rows">How many rows.</param>
/// <param name="Of">How many rows they were taken from; an even selection of each class if more than <paramref name="Rows"/>.</param>
/// <param name="Truth">The codes of the true classes: 16-bit numbers, the low byte first, in base 64.</param>
/// <param name="Sets">The models.</param>
/// <param name="Costs">K x K costs by true and decided class; null for 1 per error.</param>
/// <param name="Offsets">K offsets that the library found for the last model; null if there are none, or if they are not all finite.</param>
/// <param name="Weights">What each row weighs: numbers of 32 bits, the low byte first, in base 64; null where all weigh the same.</param>
internal sealed record ScoresEntry(
    int Rows, int Of, string Truth, IReadOnlyList<ScoreSetEntry> Sets, IReadOnlyList<double>? Costs, IReadOnlyList<double>? Offsets,
    string? Weights = null);

/// <summary>The scores of one model.</summary>
/// <param name="Name">The model.</param>
/// <param name="Role">baseline, recommended, ...</param>
/// <param name="Probabilities">Rows x K numbers of 32 bits, the low byte first, in base 64.</param>
internal sealed record ScoreSetEntry(string Name, string Role, string Probabilities);

/// <summary>What the scores of one model say.</summary>
/// <param name="Name">The model.</param>
/// <param name="Role">baseline, recommended or best ranking.</param>
/// <param name="Repeats">How often each row was judged: counts divided by it are rows.</param>
/// <param name="Positives">Judged positives, over all repeats.</param>
/// <param name="Negatives">Judged negatives, over all repeats.</param>
/// <param name="DistinctScores">The number of distinct scores.</param>
/// <param name="Thresholds">Distinct scores, descending; all, or a bounded number of them that holds every one that is the best for some costs.</param>
/// <param name="TruePositives">Positives at or above each threshold, exactly.</param>
/// <param name="FalsePositives">Negatives at or above each threshold, exactly.</param>
/// <param name="RocAuc">The area under the pooled ROC curve.</param>
/// <param name="AveragePrecision">The average precision of the pooled rows.</param>
/// <param name="RocBand">The lowest and highest true positive rate of a fold, at false positive rates 0, 0.02, ..., 1.</param>
/// <param name="PrecisionBand">The lowest and highest precision of a fold, at recalls 0, 0.02, ..., 1.</param>
/// <param name="Reliability">The reliability curve.</param>
/// <param name="ProbabilityCosts">The corners of the cost curve.</param>
/// <param name="NormalisedCosts">The normalised expected cost at each corner.</param>
internal sealed record CurveEntry(
    string Name, string Role, int Repeats, double Positives, double Negatives, int DistinctScores, IReadOnlyList<double> Thresholds,
    IReadOnlyList<double> TruePositives,
    IReadOnlyList<double> FalsePositives, double RocAuc, double AveragePrecision, BandEntry? RocBand, BandEntry? PrecisionBand,
    IReadOnlyList<ReliabilityEntry> Reliability,
    IReadOnlyList<double> ProbabilityCosts, IReadOnlyList<double> NormalisedCosts);

/// <summary>The lowest and the highest fold at evenly spaced places.</summary>
internal sealed record BandEntry(IReadOnlyList<double> Low, IReadOnlyList<double> High);

/// <summary>A bin of a reliability curve.</summary>
internal sealed record ReliabilityEntry(double Rows, double Predicted, double Observed, double StandardError);

/// <summary>A diagnosis, and what other weights would do.</summary>
/// <param name="BatchSize">The rows of a batch.</param>
/// <param name="Reduction">weighted-mean, batch-mean or sum.</param>
/// <param name="Separability">The area under the ROC curve between two classes that the accuracies assume.</param>
/// <param name="AccuracyBefore">Accuracy without weights.</param>
/// <param name="BalancedAccuracyBefore">Balanced accuracy without weights.</param>
/// <param name="Findings">The diagnosis in words.</param>
/// <param name="Schemes">The scheme that was asked for, the others, and after them the powers count^-tau.</param>
/// <param name="FirstPower">Where the powers begin.</param>
/// <param name="Exponents">The tau of each power.</param>
internal sealed record DiagnosedEntry(
    int BatchSize, string Reduction, double Separability, double AccuracyBefore, double BalancedAccuracyBefore, IReadOnlyList<ExplainFinding> Findings,
    IReadOnlyList<DiagnosedScheme> Schemes,
    int FirstPower, IReadOnlyList<double> Exponents);

/// <summary>What the weights of a scheme do, as far as batch size and reduction have no part in it.</summary>
internal sealed record DiagnosedScheme(
    string Name, IReadOnlyList<double> Weights, IReadOnlyList<double> PriorAfter, double EffectiveSampleSize, double AccuracyAfter,
    double BalancedAccuracyAfter);

/// <summary>How the model becomes JSON: nothing in it can end a script element, as &lt; and quotes are written as escapes.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(ReportModel))]
internal sealed partial class ReportJson : JsonSerializerContext;
