using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using Counterweight.Data;

namespace Counterweight.Comparison;

/// <summary>A comparison as a JSON document: what <c>compare --json</c> prints and <c>comparison.json</c> holds.</summary>
/// <param name="Dataset">The rows.</param>
/// <param name="Metric">The metric that decided.</param>
/// <param name="Seed">The seed.</param>
/// <param name="Folds">Folds of a repeat.</param>
/// <param name="Repeats">Repeats of the cross-validation.</param>
/// <param name="Baseline">The candidate that does nothing.</param>
/// <param name="Candidates">Every candidate, the best first.</param>
/// <param name="Recommendation">What to do.</param>
/// <param name="PositiveClass">The label of the positive class of a binary problem; null for more classes.</param>
/// <param name="Incomplete">Whether the run ended early.</param>
/// <param name="Warnings">What the user should know.</param>
/// <param name="AlsoMetrics">Metrics that matter beside the deciding one; empty for none.</param>
/// <param name="Pareto">The candidates that no other beats by all of those metrics, the best by the deciding one first; empty if one metric alone
/// matters.</param>
/// <param name="Test">What decides whether a candidate beats doing nothing: corrected or bayesian.</param>
/// <param name="Equivalence">Differences in the metric below this are practically none.</param>
/// <param name="Splits">How rows were split: stratified, or by time.</param>
/// <param name="Tries">How many candidates and searched configurations were tried besides the baseline.</param>
/// <param name="Searches">How each searched space went on each learner.</param>
/// <remarks>The records behind it, <see cref="CandidateEntry"/> and the others, are public, since a program that loads a comparison walks through
/// them.</remarks>
public sealed record ComparisonDocument(
    DatasetEntry Dataset, string Metric, long Seed, int Folds, int Repeats, CandidateName Baseline, IReadOnlyList<CandidateEntry> Candidates,
    RecommendationEntry Recommendation, string? PositiveClass, bool Incomplete, IReadOnlyList<Warning> Warnings,
    IReadOnlyList<string> AlsoMetrics, IReadOnlyList<ParetoEntry> Pareto, string Test, double Equivalence, string Splits, int Tries,
    IReadOnlyList<SearchEntry> Searches)
{
    /// <summary>The name of the file that <c>compare --out</c> writes.</summary>
    public const string FileName = "comparison.json";

    /// <summary>What was asked beside the metric: what a later training on the same terms needs. Null in files of older versions.</summary>
    public AskedEntry? Asked { get; init; }

    /// <summary>How much was carried out, what was left out and why. Null in files of older versions.</summary>
    public ComparisonEffort? Effort { get; init; }

    /// <summary>How the document is serialised.</summary>
    public static JsonTypeInfo<ComparisonDocument> JsonType => ComparisonJsonContext.Documents.ComparisonDocument;

    /// <summary>Reads <c>comparison.json</c>.</summary>
    /// <param name="path">The file, or the folder that has it.</param>
    /// <exception cref="UnusableDataException">There is no such file, or it is no comparison; the message says what is wrong with it.</exception>
    public static ComparisonDocument Load(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        string file = Directory.Exists(path) ? Path.Combine(path, FileName) : path;
        if (!File.Exists(file)) throw new UnusableDataException("there is no such comparison; 'counterweight compare --out' makes one.", file);
        try
        {
            ComparisonDocument read = JsonSerializer.Deserialize(File.ReadAllText(file), ComparisonJsonContext.Strict.ComparisonDocument)
                ?? throw new JsonException("the document is null.");
            if (read.Candidates.Any(c => c is null) || read.Dataset.Classes.Any(c => c is null)) throw new JsonException("an entry of a list is null.");
            return read;
        }
        catch (JsonException damaged)
        {
            throw new UnusableDataException($"this is no comparison of 'compare': {damaged.Message}", file, innerException: damaged);
        }
    }

    /// <summary>Makes the document of a result.</summary>
    /// <param name="result">The result.</param>
    /// <param name="read">How the file was read, if it was; a training that follows the comparison reads its file in the same way.</param>
    /// <param name="group">The column of the groups, if there were any.</param>
    /// <param name="time">The column of the times, if there were any.</param>
    public static ComparisonDocument Of(ComparisonResult result, DatasetOptions? read = null, string? group = null, string? time = null)
    {
        ArgumentNullException.ThrowIfNull(result);
        CandidateName Name(Candidate c) => new(c.Learner, c.Remedy.Name);
        Recommendation advice = result.Recommendation;
        return new ComparisonDocument(
            new DatasetEntry(
                result.Dataset.Rows, result.Dataset.Columns.Count,
                [.. result.Counts.Labels.Select((label, c) => new ClassCountEntry(label, result.Counts[c]))], result.Dataset.Name, result.Dataset.Target)
            {
                Texts = result.Dataset.Columns.OfType<TextColumn>().Select(c => c.Name).ToArray() is { Length: > 0 } texts ? texts : null,
                Telling = TellingNGrams.Of(result.Dataset) is { Count: > 0 } telling ? telling : null,
            },
            result.Options.Metric.Name, result.Options.Seed, result.Options.Folds, result.Options.Repeats, Name(result.Baseline),
            [.. result.Candidates.Select(c => Entry(c, result))],
            new RecommendationEntry(
                advice.Candidate.Learner, advice.Candidate.Remedy.Name, advice.BeatsBaseline, advice.Reason,
                new EstimateEntry(advice.EstimateOnUnseen.Mean, Finite(advice.EstimateOnUnseen.Low), Finite(advice.EstimateOnUnseen.High))),
            result.Counts.Classes == 2 ? result.Counts.Labels[result.PositiveClass] : null, result.Incomplete, result.Warnings,
            [.. result.Options.Also.Select(m => m.Name)],
            [
                .. result.Candidates.Where(c => c.OnParetoFront).Select(c => new ParetoEntry(
                    c.Candidate.Learner, c.Candidate.Remedy.Name,
                    ((IMetric[])[result.Options.Metric, .. result.Options.Also]).Select(m => m.Name).Distinct()
                    .ToDictionary(name => name, name => Finite(c.Metrics[name])))),
            ],
            result.Options.Test.ToString().ToLowerInvariant(), result.Options.Equivalence, result.Options.Times is null ? "stratified" : "time", result.Tries,
            [
                .. result.Searches.Select(s => new SearchEntry(
                    s.Learner, s.Space.Name, s.Complete,
                    [
                        .. s.Configurations.Select(c => new ConfigurationEntry(c.Remedy.Name, c.RowShare, c.Folds, Finite(c.Mean), c.Entered, c.Reason)
                        {
                            Rungs = [.. c.Rungs.Select(r => new RungEntry(r.RowShare, r.Folds, r.Mean.Mean, Finite(r.Mean.Low), Finite(r.Mean.High)))],
                        }),
                    ])),
            ])
        {
            Effort = result.Effort,
            Asked = new AskedEntry(read, group, time, result.Options.Costs is CostMatrix costs
                ? [.. Enumerable.Range(0, costs.Classes).Select(t => (IReadOnlyList<double>)[.. Enumerable.Range(0, costs.Classes).Select(p => costs[t, p])])]
                : null),
        };
    }

    /// <summary>Writes the document as indented UTF-8 JSON.</summary>
    /// <param name="stream">Where to.</param>
    public void Write(Stream stream) => JsonSerializer.Serialize(stream, this, ComparisonJsonContext.Documents.ComparisonDocument);

    private static CandidateEntry Entry(CandidateResult candidate, ComparisonResult result) => new(
        candidate.Candidate.Learner, candidate.Candidate.Remedy.Name, candidate.Status.ToString().ToLowerInvariant(),
        Finite(candidate.Mean?.Mean), Finite(candidate.Mean?.Low), Finite(candidate.Mean?.High),
        candidate.VersusBaseline is FoldMean difference
            ? new DifferenceEntry(difference.Mean, Finite(difference.Low), Finite(difference.High), difference.PValue, candidate.PValueHolm)
            : candidate.Candidate == result.Baseline ? new DifferenceEntry(0, 0, 0, 1, 1) : null,
        candidate.Metrics.ToDictionary(m => m.Key, m => Finite(m.Value)), candidate.Mean is null ? null : candidate.FitSeconds,
        candidate.Reason, candidate.SameAsBest, candidate.FoldValues,
        candidate.Chances is PosteriorChances chances ? new ChancesEntry(chances.Worse, chances.Same, chances.Better) : null,
        candidate.Confusion is { Classes: <= 100 } confusion
            ? [.. Enumerable.Range(0, confusion.Classes)
                .Select(t => (IReadOnlyList<double>)[.. Enumerable.Range(0, confusion.Classes).Select(p => Math.Round(confusion[t, p], 6))])]
            : null,
        candidate.OnParetoFront)
    {
        Instability = candidate.Instability,
    };

    private static double? Finite(double? value) => value is double v && double.IsFinite(v) ? v : null;
}

/// <summary>What a comparison was asked beside its metric.</summary>
/// <param name="Reading">How the file was read: the columns left out, and the like; null if the rows did not come from a file.</param>
/// <param name="Group">The column of the groups; null for none.</param>
/// <param name="Time">The column of the times; null for none.</param>
/// <param name="Costs">K rows of K costs, by truth and decision; null for none.</param>
public sealed record AskedEntry(DatasetOptions? Reading, string? Group, string? Time, IReadOnlyList<IReadOnlyList<double>>? Costs);

/// <summary>The rows of a comparison.</summary>
/// <param name="Rows">N.</param>
/// <param name="Features">The number of feature columns.</param>
/// <param name="Classes">The classes with their counts.</param>
/// <param name="Name">The file or other source.</param>
/// <param name="Target">The label column.</param>
public sealed record DatasetEntry(int Rows, int Features, IReadOnlyList<ClassCountEntry> Classes, string Name, string Target)
{
    /// <summary>The columns of running text; null if there are none.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<string>? Texts { get; init; }

    /// <summary>What tells of each class in them; null if there are none.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<TellingNGrams>? Telling { get; init; }
}

/// <summary>A class and its number of rows.</summary>
/// <param name="Label">The label.</param>
/// <param name="Count">The number of rows.</param>
public sealed record ClassCountEntry(string Label, long Count);

/// <summary>A candidate by name.</summary>
/// <param name="Learner">The learner.</param>
/// <param name="Remedy">The canonical name of the remedy.</param>
public sealed record CandidateName(string Learner, string Remedy);

/// <summary>The figures of a candidate. Figures are null where nothing was judged.</summary>
/// <param name="Learner">The learner.</param>
/// <param name="Remedy">The canonical name of the remedy.</param>
/// <param name="Status">done, stopped, unfinished, refused or failed.</param>
/// <param name="Mean">The mean of the deciding metric over the folds.</param>
/// <param name="CiLow">The lower end of its 95% interval.</param>
/// <param name="CiHigh">The upper end.</param>
/// <param name="VersusBaseline">The paired difference to the baseline, positive if the candidate is better.</param>
/// <param name="Metrics">The mean of every metric.</param>
/// <param name="FitSeconds">The mean time of a fit.</param>
/// <param name="Reason">Why the candidate was stopped, refused or failed.</param>
/// <param name="SameAsBest">Whether it is practically the same as the best.</param>
/// <param name="FoldValues">The deciding metric of every fold.</param>
/// <param name="Chances">Posterior chances against the baseline.</param>
/// <param name="Confusion">Rows by truth (outer) and decision (inner); left out for more than 100 classes.</param>
/// <param name="OnParetoFront">Whether no other candidate beats it by all metrics in question; false if one metric alone matters.</param>
public sealed record CandidateEntry(
    string Learner, string Remedy, string Status, double? Mean, double? CiLow, double? CiHigh, DifferenceEntry? VersusBaseline,
    IReadOnlyDictionary<string, double?> Metrics,
    double? FitSeconds, string? Reason, bool SameAsBest, IReadOnlyList<double> FoldValues, ChancesEntry? Chances,
    IReadOnlyList<IReadOnlyList<double>>? Confusion, bool OnParetoFront)
{
    /// <summary>The share of the rows that two repeats decide differently; null with fewer than two repeats, and in files of older versions.</summary>
    public double? Instability { get; init; }
}

/// <summary>A paired difference.</summary>
/// <param name="Mean">The mean difference.</param>
/// <param name="CiLow">The lower end of its 95% interval.</param>
/// <param name="CiHigh">The upper end.</param>
/// <param name="PValue">The p-value of the corrected resampled t-test.</param>
/// <param name="PValueHolm">The same after Holm's correction.</param>
public sealed record DifferenceEntry(double Mean, double? CiLow, double? CiHigh, double PValue, double PValueHolm);

/// <summary>Posterior chances against the baseline.</summary>
/// <param name="Worse">Worse.</param>
/// <param name="Same">Practically the same.</param>
/// <param name="Better">Better.</param>
public sealed record ChancesEntry(double Worse, double Same, double Better);

/// <summary>What to do.</summary>
/// <param name="Learner">The learner.</param>
/// <param name="Remedy">The canonical name of the remedy.</param>
/// <param name="BeatsBaseline">Whether it beats doing nothing.</param>
/// <param name="Reason">Why, in plain words.</param>
/// <param name="EstimateOnUnseen">What to expect on new rows.</param>
public sealed record RecommendationEntry(string Learner, string Remedy, bool BeatsBaseline, string Reason, EstimateEntry EstimateOnUnseen);

/// <summary>A figure with its 95% interval.</summary>
/// <param name="Mean">The figure.</param>
/// <param name="CiLow">The lower end; null if the rows are too few to tell.</param>
/// <param name="CiHigh">The upper end; null if the rows are too few to tell.</param>
public sealed record EstimateEntry(double Mean, double? CiLow, double? CiHigh);

/// <summary>A candidate that no other beats by all metrics in question.</summary>
/// <param name="Learner">The learner.</param>
/// <param name="Remedy">The canonical name of the remedy.</param>
/// <param name="Values">Its mean of each of those metrics.</param>
public sealed record ParetoEntry(string Learner, string Remedy, IReadOnlyDictionary<string, double?> Values);

/// <summary>How the search of a space went on a learner.</summary>
/// <param name="Learner">The learner.</param>
/// <param name="Space">The space: <c>weights:power(tau=0.25..1)</c>.</param>
/// <param name="Complete">Whether the search ran to its end.</param>
/// <param name="Configurations">Every configuration, the best of the largest rung first.</param>
public sealed record SearchEntry(string Learner, string Space, bool Complete, IReadOnlyList<ConfigurationEntry> Configurations);

/// <summary>A configuration of a searched space.</summary>
/// <param name="Remedy">The canonical name of the remedy.</param>
/// <param name="RowShare">The share of the training rows in the largest rung it was judged on; 0 if it was not judged.</param>
/// <param name="Folds">How many folds judged it there.</param>
/// <param name="Mean">Its mean of the deciding metric there.</param>
/// <param name="Entered">Whether it became a candidate.</param>
/// <param name="Reason">Why it was refused or failed.</param>
public sealed record ConfigurationEntry(string Remedy, double RowShare, int Folds, double? Mean, bool Entered, string? Reason)
{
    /// <summary>Its way through the rungs, the one with the fewest rows first.</summary>
    public IReadOnlyList<RungEntry> Rungs { get; init; } = [];
}

/// <summary>What a configuration scored on one rung of its search.</summary>
/// <param name="RowShare">The share of the training rows; 1 for all.</param>
/// <param name="Folds">How many folds judged it.</param>
/// <param name="Mean">Its mean of the deciding metric.</param>
/// <param name="CiLow">The lower end of its 95% interval; null if the folds are too few to tell.</param>
/// <param name="CiHigh">The upper end.</param>
public sealed record RungEntry(double RowShare, int Folds, double Mean, double? CiLow, double? CiHigh);
