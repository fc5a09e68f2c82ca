using System.CommandLine;
using System.Globalization;
using Counterweight.Comparison;
using Counterweight.Data;
using Counterweight.Onnx;

namespace Counterweight.Cli;

/// <summary><c>export</c>: writes a saved model in a format that other programs run.</summary>
internal static class ExportVerb
{
    private const string Onnx = "onnx", LightGbm = "lightgbm";

    internal static VerbCommand Create()
    {
        var verb = new VerbCommand(
            "export", "Writes a saved model for other programs: as one ONNX graph from named columns to the decided class, or as LightGBM's text.",
            ("export model --to onnx --out model.onnx", "verified by ONNX Runtime on rows at and beside every threshold of the model"),
            ("export model --to onnx --data train.csv --out model.onnx", "and on all rows of a file, such as those of training"),
            ("export model --to lightgbm --data train.csv --out model.txt",
                "the trees of a gbdt model, which take the columns as they are; without its decision"));
        Argument<string> model = new("MODEL") { Description = "A folder that 'train' wrote." };
        ChoiceOption<string> to = new("--to", "The format", (Onnx, Onnx, null), (LightGbm, LightGbm, null))
        {
            HelpName = "FORMAT",
            Required = true,
            DefaultValueFactory = null,
        };
        Option<string> output = new("--out", "-o") { Description = "The file to write.", HelpName = "FILE", Required = true };
        Option<string?> data = new("--data")
        {
            Description = "Rows on which what is written must decide as the model does, besides rows that are made: CSV, Parquet or JSON lines.",
            HelpName = "FILE",
        };
        verb.Add(model);
        foreach (Option option in (Option[])[to, output, data]) verb.Add(option);
        verb.Runs(run =>
        {
            string format = to.Of(run), path = run.Value(output)!;
            if (Directory.Exists(path)) throw new UsageException($"--out takes a file, and {path} is a folder.");
            if (run.Value(data) == "-") throw new UsageException("--data is read twice, which standard input cannot be; give it a file.");
            string folder = run.Value(model)!;
            if (File.Exists(folder)) throw new UsageException($"MODEL is a folder that 'train' wrote, and {folder} is a file.");
            using TrainedClassifier trained = TrainedClassifier.Load(folder);
            IEnumerable<IReadOnlyList<Column>>? rows = run.Value(data) is string file
                ? DatasetReader.ReadBatches(file, trained.Schema, ReadingOptions.Of(run, Scorer.ReadingOf(trained)), cancellation: run.Cancellation)
                    .Select(b => b.Columns) : null;
            ExportDocument written;
            if (format == Onnx)
            {
                OnnxExportResult result = OnnxExport.Save(trained, path, rows, run.Threads, run.Cancellation);
                written = new(format, path, result.Bytes, result.MadeRows, result.GivenRows, result.LargestDifference);
            }
            else
            {
                LightGbmExportResult result = trained.SaveLightGbm(path, rows, run.Threads, run.Cancellation);
                written = new(format, path, result.Bytes, result.MadeRows, result.GivenRows, result.LargestDifference);
            }

            if (run.Json) Invocation.WriteJson(written, CliDocuments.Documents.ExportDocument);
            else Say(run, written, run.Value(data));
            if (format == LightGbm)
                run.Messages.Note($"LightGBM's text has the trees and gives probabilities; the decision ({trained.Decision.Description}) is not in it.");
        });
        return verb;
    }

    private static void Say(Invocation run, ExportDocument written, string? data)
    {
        Tables.Line(run.Output, $"Written: {written.File}, {Tables.Count(written.Bytes)} bytes.");
        Tables.Line(run.Output, $"{(written.Format == Onnx ? "ONNX Runtime" : "With LightGBM's probabilities the decision")} decides "
            + $"{Tables.Count(written.MadeRows)} made rows{(data is null ? "" : $" and {Tables.Count(written.GivenRows)} rows of {data}")} as the model does;");
        Tables.Line(run.Output, string.Create(CultureInfo.InvariantCulture, $"its probabilities are at most {written.LargestDifference:G2} apart."));
    }
}
