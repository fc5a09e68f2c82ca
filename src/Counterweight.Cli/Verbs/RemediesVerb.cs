using Counterweight.Comparison;
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
        List<RemedyEntry> entries = [.. Remedy.Catalogue.Select(Entry)];
        if (run.Json)
        {
            Invocation.WriteJson(new RemediesDocument(entries, UsualRanges()), CliJson.Documents.RemediesDocument);
            return;
        }

        foreach (IGrouping<string, RemedyEntry> kind in entries.GroupBy(e => e.Kind))
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
        Tables.Line(run.Output, $"Usual ranges: {string.Join("; ", UsualRanges().Select(r => $"{r.Remedy}({r.Parameter}={r.Range})"))}.");
    }

    private static List<UsualRangeEntry> UsualRanges() => [.. RemedySpace.UsualRanges.Select(r => new UsualRangeEntry(r.Key.Method, r.Key.Parameter, r.Value))];

    private static RemedyEntry Entry(MethodDefinition method) => new(
        Kind(method.Name), method.Name, method.Signature, method.Summary, method.Source.TrimEnd('.'),
        [.. method.Parameters.Select(p => new ParameterEntry(p.Name, Default(p), p.Accepted, p.Description))]);

    private static string Kind(string name) => name.Split(':')[0] switch
    {
        "none" => "baseline",
        "weights" or "positive-weight" or "scale-pos-weight" or "is-unbalance" => "weights",
        "sampler" => "samplers",
        "loss" => "losses",
        "resample" => "resamplers",
        "ensemble" => "ensembles",
        _ => "decisions",
    };

    private static object? Default(ParameterDefinition parameter) => parameter switch
    {
        _ when double.IsNaN(parameter.Default) => null,
        { Choices.Count: > 0 } => parameter.Choices[(int)parameter.Default],
        { IsInteger: true } => (long)parameter.Default,
        _ when !double.IsFinite(parameter.Default) => parameter.Format(parameter.Default),
        _ => parameter.Default,
    };
}
