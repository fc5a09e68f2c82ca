using Counterweight.Comparison;
using Counterweight.Data;
using Counterweight.LightGbm;

namespace Counterweight.Cli;

/// <summary><c>train --machines</c>: several processes train one model, each on its share of the files; the first saves it.</summary>
internal static class MachineTraining
{
    /// <summary>Options in which the processes may differ, and whether a value follows each.</summary>
    private static readonly Dictionary<string, bool> Own = new(StringComparer.Ordinal)
    {
        ["--rank"] = true,
        ["--threads"] = true,
        ["--out"] = true,
        ["-o"] = true,
        ["--json"] = false,
        ["--quiet"] = false,
        ["-q"] = false,
    };

    internal static void Run(Invocation run, TrainOptions given, TrainQuestion question, MachineQuestion asked)
    {
        string[] files = asked.Share(FilePattern.Files(question.Path));
        string target = TrainOptions.Target(run, question, files[0]);
        if (asked.Machines.Count > 1) run.Messages.Note($"Machine {asked.Rank + 1} of {asked.Machines.Count} waits for the others.");
        using LightGbmMachines machines = LightGbmMachines.Join(
            asked.Machines, asked.Rank, string.Join(' ', GivenWords.Without(run, Own)), cancellation: run.Cancellation);
        try
        {
            DatasetOptions read = given.Reading(run, question);
            PartTraining.Check(files, read);
            RowParts parts = RowParts.Read(files, target, read, machines: machines, cancellation: run.Cancellation);
            TrainOptions.Tell(run, parts.Notes);
            question.Terms?.Check(parts.Outline);
            using TrainedClassifier trained = PartTraining.Fit(run, parts, question.Remedy!, given.Of(run, question, parts.Outline, read));
            if (machines.Rank == 0) trained.Save(question.Folder);

            // Nobody says that it is done before the model is there.
            machines.Gather([]);
            if (machines.Rank == 0) TrainVerb.Report(run, trained, question.Folder, $" of {machines.Count} machines");
            else run.Messages.Note($"Machine {machines.Rank + 1} of {machines.Count} trained on its {Tables.Count(parts.Outline.Rows)} rows; the first has "
                + "saved the model.");
        }
        catch (Exception problem)
        {
            machines.Abort(problem is OperationCanceledException ? "interrupted" : problem.Message);
            throw;
        }
    }
}
