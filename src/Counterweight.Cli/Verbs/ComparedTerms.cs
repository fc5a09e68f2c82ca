using Counterweight.Comparison;
using Counterweight.Data;

namespace Counterweight.Cli;

/// <summary>What a comparison recommends, and on which terms it was made.</summary>
internal sealed record ComparedTerms(string Folder, ComparisonDocument Document, string Learner, Remedy Remedy)
{
    internal DatasetOptions? Reading => Document.Asked?.Reading;

    internal static ComparedTerms Of(string folder, ExternalTrainer? trainer)
    {
        if (!File.Exists(Path.Combine(folder, ComparisonDocument.FileName)) && !File.Exists(folder))
            throw new UsageException($"--comparison: there is no {ComparisonDocument.FileName} in {folder}; 'counterweight compare --out "
                + $"{folder}' writes it.");
        ComparisonDocument document = ComparisonDocument.Load(folder);
        try
        {
            string learner = document.Recommendation.Learner;
            if (trainer is null) learner = LearnerCatalogue.All.Create(learner).Name;
            else if (LearnerCatalogue.All.Contains(learner))
                throw new UsageException($"--comparison: {folder} recommends {learner} / {document.Recommendation.Remedy}, which is no program's. "
                    + $"Train that without "
                    + $"--trainer, or name a remedy for the program with --remedy.");
            _ = Metric.Catalogue.Create(document.Metric);
            return new(folder, document, learner, Remedy.Parse(document.Recommendation.Remedy));
        }
        catch (Exception wrong) when (wrong is ArgumentException or FormatException)
        {
            throw new UnusableDataException($"the comparison cannot be trained here: {wrong.Message}", folder, innerException: wrong);
        }
    }

    /// <summary>Refuses data that are about something else.</summary>
    internal void Check(Dataset data)
    {
        if (data.Target != Document.Dataset.Target)
            throw new UnusableDataException(
                $"the comparison is about the column '{Document.Dataset.Target}', and '{data.Target}' is to be learned here. Compare remedies on "
                + $"'{data.Target}' first.", Folder);
        string[] compared = [.. Document.Dataset.Classes.Select(c => c.Label)], here = [.. data.ClassNames];
        string[] gone = [.. compared.Except(here, StringComparer.Ordinal)], fresh = [.. here.Except(compared, StringComparer.Ordinal)];
        if (gone.Length + fresh.Length > 0)
            throw new UnusableDataException(
                $"the comparison is about other classes:{Listed(gone, "missing here")}{Listed(fresh, "new here")} Compare remedies on these rows first.",
                Folder);

        static string Listed(string[] labels, string what) => labels.Length == 0 ? ""
            : $" {string.Join(", ", labels.Take(10).Select(l => $"'{l}'"))}{(labels.Length > 10 ? $" and {labels.Length - 10} more" : "")} "
            + $"{(labels.Length == 1 ? "is" : "are")} {what}.";
    }

    internal CostMatrix? Costs()
    {
        if (Document.Asked?.Costs is not { } rows) return null;
        try
        {
            return CostMatrix.From([.. rows.SelectMany(r => r)], Document.Dataset.Classes.Count);
        }
        catch (ArgumentException wrong)
        {
            throw new UnusableDataException($"the costs of the comparison are damaged: {wrong.Message}", Folder, innerException: wrong);
        }
    }
}
