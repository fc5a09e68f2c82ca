using Spectre.Console;

namespace Counterweight.Cli;

/// <summary><c>remedies</c>: every remedy with its parameters and its source.</summary>
internal static class RemediesVerb
{
    internal static VerbCommand Create()
    {
        var verb = new VerbCommand(
            "remedies", "Lists every remedy: its name with parameters, what it does and where it was published.",
            ("remedies", "the catalogue as a table"),
            ("remedies --json", "the same with every parameter, its default and its range"));
        verb.Runs(Run);
        return verb;
    }

    private static void Run(Invocation run)
    {
        if (run.Json)
        {
            Invocation.WriteJson(new RemediesDocument([.. Entries()]), CliJson.Documents.RemediesDocument);
            return;
        }

        foreach (IGrouping<string, RemedyEntry> kind in Entries().GroupBy(e => e.Kind))
        {
            Tables.Heading(run.Output, char.ToUpperInvariant(kind.Key[0]) + kind.Key[1..]);
            foreach (RemedyEntry entry in kind)
            {
                Tables.Line(run.Output, $"  {entry.Signature}");
                run.Output.Write(new Padder(new Text($"{entry.Summary}\n{entry.Source}."), new Padding(6, 0, 0, 0)));
            }

            Tables.Line(run.Output);
        }
    }

    private static IEnumerable<RemedyEntry> Entries() =>
    [
        .. From("class weights", "weights:", WeightScheme.Catalogue),
        .. From("samplers", "sampler:", Sampler.Catalogue),
        .. From("resamplers", "resample:", Resampler.Catalogue),
    ];

    private static IEnumerable<RemedyEntry> From(string kind, string prefix, IEnumerable<MethodDefinition> methods) => methods.Select(m => new RemedyEntry(
        kind, prefix + m.Name, prefix + m.Signature, m.Summary, m.Source.TrimEnd('.'),
        [.. m.Parameters.Select(p => new ParameterEntry(p.Name, Default(p), p.Accepted, p.Description))]));

    private static object? Default(ParameterDefinition parameter) => parameter switch
    {
        _ when double.IsNaN(parameter.Default) => null,
        { Choices.Count: > 0 } => parameter.Choices[(int)parameter.Default],
        { IsInteger: true } => (long)parameter.Default,
        _ => parameter.Default,
    };
}
