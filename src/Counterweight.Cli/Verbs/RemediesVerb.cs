using Counterweight.Report;
using Spectre.Console;

namespace Counterweight.Cli;

/// <summary><c>remedies</c>: every remedy with its parameters and its source.</summary>
internal static class RemediesVerb
{
    internal static VerbCommand Create()
    {
        var verb = new VerbCommand(
            "remedies", "Lists every remedy: its name with parameters, what it does and where it was published.",
            ("remedies", "the catalogue as text"),
            ("remedies --json", "the same with every parameter, its default and its range"));
        verb.Runs(Run);
        return verb;
    }

    private static void Run(Invocation run)
    {
        RemediesDocument document = RemediesDocument.Of();
        if (run.Json)
        {
            Invocation.WriteJson(document, RemediesDocument.JsonType);
            return;
        }

        foreach (IGrouping<string, RemedyEntry> kind in document.Remedies.GroupBy(e => e.Kind))
        {
            Tables.Heading(run.Output, char.ToUpperInvariant(kind.Key[0]) + kind.Key[1..]);
            foreach (RemedyEntry entry in kind)
            {
                run.Output.Write(new Padder(new Text(entry.Signature), new Padding(2, 0, 0, 0)));
                run.Output.Write(new Padder(new Text(entry.Source == "-" ? entry.Summary : $"{entry.Summary}\n{entry.Source}."), new Padding(6, 0, 0, 0)));
            }

            Tables.Line(run.Output);
        }

        Tables.Line(run.Output, "Remedies combine with +, as in weights:balanced+threshold:tuned.");
        Tables.Line(run.Output, "compare searches a range low..high, a list a|b|c, or * for the usual range:");
        Tables.Line(run.Output, "weights:power(tau=0.25..1), resample:smote(k=3|5|9), loss:focal(gamma=*).");
        Tables.Line(run.Output, $"Usual ranges: {string.Join("; ", document.UsualRanges.Select(r => $"{r.Remedy}({r.Parameter}={r.Range})"))}.");
    }
}
