using System.CommandLine;
using System.Reflection;
using Counterweight.Comparison;

namespace Counterweight.Cli;

/// <summary><c>fit</c>: one fit of the tool's own learners, as a process that <c>compare --launcher</c> starts.</summary>
internal static class FitVerb
{
    private const string Name = "fit";

    /// <summary>The words that start this very tool for a fit.</summary>
    internal static IReadOnlyList<string> Command
    {
        get
        {
            string program = Environment.ProcessPath ?? "counterweight", own = Assembly.GetExecutingAssembly().GetName().Name + ".dll";
            bool hosted = Path.GetFileNameWithoutExtension(program).Equals("dotnet", StringComparison.OrdinalIgnoreCase);
            return hosted ? [program, Path.Combine(AppContext.BaseDirectory, own), Name] : [program, Name];
        }
    }

    internal static VerbCommand Create()
    {
        var verb = new VerbCommand(
            Name, "Runs one fit of the tool's own learners by a job file: what 'compare --launcher' starts on other machines.",
            ("fit report/fits/gbdt-none-r0f0-1a2b3c4d/job.json", "the fit that a comparison asked for; its scores go where the job says"));
        Argument<string> job = new("JOB") { Description = "The job.json of a fit." };
        verb.Add(job);
        verb.RunsTo(run =>
        {
            try
            {
                LearnerFit.Run(run.Value(job)!, run.Cancellation);
                return ExitCodes.Done;
            }
            catch (RemedyRefusedException refused)
            {
                Messages.Error(refused.Message);
                return ExitCodes.Refused;
            }
        });
        return verb;
    }
}
