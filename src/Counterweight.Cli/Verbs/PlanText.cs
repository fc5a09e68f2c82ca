using System.Globalization;
using Counterweight.Comparison;

namespace Counterweight.Cli;

/// <summary>What a comparison would train, for people and as JSON.</summary>
internal static class PlanText
{
    internal static void Write(Invocation run, ComparisonPlan plan)
    {
        if (run.Json)
        {
            Invocation.WriteJson(PlanDocument.Of(plan), CliDocuments.Documents.PlanDocument);
            return;
        }

        Tables.Write(run.Output, [new("learner", false), new("remedy", false), new("trained as", false)],
            plan.Candidates.Select(c => (string[])[c.Candidate.Learner, c.Candidate.Remedy.Name, c.Training ?? $"refused: {c.Reason}"]));
        Tables.Line(run.Output, string.Create(CultureInfo.InvariantCulture,
            $"The candidates need {plan.Fits} fits at most: {plan.Trainings} different trainings on {plan.Splits} "
                + $"{(plan.Splits == 1 ? "split" : "splits")} each."));
        if (plan.SearchFits > 0)
            Tables.Line(run.Output, $"The searches need {plan.SearchFits} more at most, most of them with a part of the effort; their winners are judged "
                + $"on every split.");
        if (plan.NoiseFits > 0) Tables.Line(run.Output, $"The noise floor needs {plan.NoiseFits} more: doing nothing, trained with another seed.");
    }
}
