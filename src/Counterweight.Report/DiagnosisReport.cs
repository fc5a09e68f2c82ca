using System.Globalization;
using Counterweight.Comparison;

namespace Counterweight.Report;

/// <summary>The report of a diagnosis: one page whose controls try other weights and batches, its JSON document, and its pictures.</summary>
/// <example>
/// <code>
/// Diagnosis diagnosis = Diagnosis.Of(ClassWeights.Inverse(ClassCounts.From([900, 100])), batchSize: 64);
/// ReportFiles written = DiagnosisReport.Write(diagnosis, "report");   // report/report.html and report/diagnosis.json
/// </code>
/// </example>
public static class DiagnosisReport
{
    /// <summary>The name of the JSON document.</summary>
    public const string FileName = "diagnosis.json";

    /// <summary>How many weights a page carries for its controls: with many classes the exponents stand further apart.</summary>
    private const int WeightBudget = 10_000;

    private const int MostSteps = 30;

    private const double LargestExponent = 1.5;

    /// <summary>Writes <c>report.html</c> and <c>diagnosis.json</c>.</summary>
    /// <param name="diagnosis">The diagnosis.</param>
    /// <param name="folder">Where to; made if it is not there. Files of these names are replaced.</param>
    /// <param name="source">The file, or where else the counts come from.</param>
    /// <exception cref="IOException">The files cannot be written.</exception>
    public static ReportFiles Write(Diagnosis diagnosis, string folder, string source = "The counts")
    {
        ArgumentNullException.ThrowIfNull(diagnosis);
        ArgumentException.ThrowIfNullOrEmpty(folder);
        return ReportPage.Write(folder, Of(diagnosis, source), FileName, ExplainDocument.Of(diagnosis).Write);
    }

    /// <summary>Writes the pictures for papers, each as PNG and as SVG.</summary>
    /// <param name="diagnosis">The diagnosis.</param>
    /// <param name="folder">Where to; made if it is not there.</param>
    /// <returns>The number of pictures.</returns>
    public static int WritePictures(Diagnosis diagnosis, string folder)
    {
        ArgumentNullException.ThrowIfNull(diagnosis);
        ArgumentException.ThrowIfNullOrEmpty(folder);
        return ReportPlots.Write(folder, Of(diagnosis, "The counts"));
    }

    /// <summary>Makes the report.</summary>
    /// <param name="diagnosis">The diagnosis.</param>
    /// <param name="source">The file, or where else the counts come from.</param>
    internal static ReportModel Of(Diagnosis diagnosis, string source)
    {
        string reduction = ReductionNames.Of(diagnosis.Reduction);
        ClassWeights asked = diagnosis.Weights;
        ClassCounts counts = asked.Counts;
        string[] labels = ComparisonReport.Labels(counts.Labels);
        int steps = Math.Clamp(WeightBudget / counts.Classes, 6, MostSteps);
        double[] exponents = [.. Enumerable.Range(0, steps + 1).Select(i => Math.Round(LargestExponent * i / steps, 2))];
        DiagnosedScheme[] named =
        [
            Scheme(asked, diagnosis),
            .. WeightScheme.Catalogue.Select(m => m.Name).Where(name => name != "costs")
            .Select(name => Scheme(ClassWeights.From(counts, WeightScheme.Parse(name), asked.Options), diagnosis))
                .Where(s => s.Name != asked.Scheme),
        ];
        DiagnosedScheme[] powers = [.. exponents.Select(tau => Scheme(ClassWeights.From(counts, WeightScheme.Power(tau), asked.Options), diagnosis))];
        return new(
            "What will these weights do?",
            [
                string.Create(CultureInfo.InvariantCulture,
                    $"{source}: {counts.Rows:N0} rows in {counts.Classes} classes, the largest {counts.ImbalanceRatio:0.#} times the smallest."),
                string.Create(CultureInfo.InvariantCulture,
                    $"Weights: {asked.Scheme}, scale {asked.Options.Normalisation.Name()}. Batches of {diagnosis.BatchSize}, reduction {reduction}."),
            ],
            diagnosis.Findings[0].Text, [], [], [.. labels.Select((label, c) => new ClassCountEntry(label, counts[c]))],
            [.. named.Select(s => new SchemeWeights(s.Name, s.Weights, s.PriorAfter, s.EffectiveSampleSize))], null, [], null,
            new(
                diagnosis.BatchSize, reduction, diagnosis.Separability, diagnosis.AccuracyBefore, diagnosis.BalancedAccuracyBefore,
                [.. diagnosis.Findings.Select(f => new ExplainFinding(f.Code, f.Text, f.Command))], [.. named, .. powers], named.Length, exponents));
    }

    private static DiagnosedScheme Scheme(ClassWeights weights, Diagnosis asked)
    {
        Diagnosis diagnosis = weights == asked.Weights ? asked : Diagnosis.Of(weights, 1, Reduction.Sum, asked.Separability);
        return new(weights.Scheme, weights.ToArray(), weights.PriorAfter(), weights.EffectiveSampleSize(), diagnosis.AccuracyAfter,
            diagnosis.BalancedAccuracyAfter);
    }
}
