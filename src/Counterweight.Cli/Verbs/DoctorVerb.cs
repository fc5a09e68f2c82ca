using System.Runtime.InteropServices;

namespace Counterweight.Cli;

/// <summary><c>doctor</c>: what works on this machine, and what to do for the rest.</summary>
internal static class DoctorVerb
{
    internal static VerbCommand Create()
    {
        var verb = new VerbCommand(
            "doctor", "Says what works on this machine (LightGBM, DuckDB, pictures, LibTorch, Python, a browser), and what to do for the rest.",
            ("doctor", "tries every part and names what is missing"),
            ("doctor --json", "the same for a program; the exit code is 1 where a part that comes with the tool does not work"));
        verb.RunsTo(run =>
        {
            var document = new DoctorDocument(CommandLine.Version, Environment.Version.ToString(),
                $"{RuntimeInformation.OSDescription}, {RuntimeInformation.ProcessArchitecture}", Environment.ProcessorCount, Machine.Parts(run.Cancellation));
            if (run.Json) Invocation.WriteJson(document, CliDocuments.Documents.DoctorDocument);
            else Say(run, document);
            return document.Parts.Any(p => p is { IsShipped: true, Works: false }) ? ExitCodes.Failed : ExitCodes.Done;
        });
        return verb;
    }

    private static void Say(Invocation run, DoctorDocument document)
    {
        Tables.Paragraph(run.Output,
            $"counterweight {document.Version} on .NET {document.Runtime}, {document.System}, {document.Processors} processors");
        Tables.Write(run.Output, [new("part", false), new("", false), new("found", false), new("needed for", false)],
            document.Parts.Select(p => (IReadOnlyList<string>)[p.Name, p.Works ? "works" : p.IsShipped ? "BROKEN" : "missing", p.Found ?? "", p.NeededFor]));
        foreach (DoctorPart part in document.Parts.Where(p => p.Problem is not null))
        {
            Tables.Line(run.Output);
            Tables.Paragraph(run.Output, part.Problem!, indent: 2, first: $"{part.Name}: ");
        }
    }
}
