using System.Globalization;
using Counterweight.Comparison;
using Counterweight.Data;

namespace Counterweight.Cli;

/// <summary><c>train</c> on Parquet files of many rows: they are read in parts, once for each thing to be known of them, and only LightGBM's bins are
/// held.</summary>
internal static class PartTraining
{
    /// <summary>What a row takes beside its values: labels, weights, scores, derivatives and the leaf it is in; measured, see docs/scale.md.</summary>
    private const int BytesOfRow = 60;

    /// <summary>What a value takes: a byte among all rows, and another among those that find the number of rounds or are held out for it.</summary>
    private const int BytesOfValue = 2;

    /// <summary>Trains and saves; false if the rows have to be read at once after all, for running text or a decision that is tuned for many classes.</summary>
    internal static bool Run(Invocation run, TrainOptions given, TrainQuestion question, string[] files)
    {
        string target = TrainOptions.Target(run, question, files[0]);
        DatasetOptions read = given.Reading(run, question);
        Check(files, read);
        RowParts parts = RowParts.Read(files, target, read, cancellation: run.Cancellation);
        if (parts.Texts.Count > 0 || (parts.Outline.Classes > 2 && RemedyDecision.Of(question.Remedy!) is { NeedsTuning: true })) return false;
        TrainOptions.Tell(run, parts.Notes);
        question.Terms?.Check(parts.Outline);
        using TrainedClassifier trained = Fit(run, parts, question.Remedy!, given.Of(run, question, parts.Outline, read));
        trained.Save(question.Folder);
        TrainVerb.Report(run, trained, question.Folder, "");
        return true;
    }

    /// <summary>Trains; a remedy that cannot be trained so is the command line's fault.</summary>
    internal static TrainedClassifier Fit(Invocation run, RowParts parts, Remedy remedy, ComparisonOptions options)
    {
        try
        {
            return TrainedClassifier.Fit(parts, remedy, options, run.Cancellation);
        }
        catch (RemedyRefusedException refused)
        {
            throw new UsageException($"{TrainOptions.OnMachines} / {remedy.Name}: {refused.Message}");
        }
    }

    /// <summary>Refuses more rows of Parquet files than there is memory for.</summary>
    internal static void Check(string[] files, DatasetOptions read)
    {
        const double gigabyte = 1e9;
        long rows = files.Sum(f => DatasetReader.ParquetRows(f, read) ?? 0), columns = DatasetReader.ColumnNames(files[0], read).Count - read.Drop.Count;
        long needed = rows * (BytesOfRow + (BytesOfValue * columns)), there = RowMemory.Available();
        string why = rows > int.MaxValue ? "are more than LightGBM counts" : string.Create(CultureInfo.InvariantCulture,
            $"take {needed / gigabyte:0.0} GB to be trained on in parts, and {there / gigabyte:0.0} GB are free");
        if (needed > there || rows > int.MaxValue)
            throw new UnusableDataException(string.Create(CultureInfo.InvariantCulture,
                $"{rows:N0} rows of {columns} columns {why}. Share the files out over several machines with --machines, or read a sample with --max-rows N, "
                + $"which keeps every row of the rare classes and is weighted back."), files[0]);
    }
}
