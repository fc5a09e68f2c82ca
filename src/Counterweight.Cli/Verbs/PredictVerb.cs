using System.CommandLine;
using Counterweight.Comparison;
using Counterweight.Data;
using Counterweight.Report;

namespace Counterweight.Cli;

/// <summary><c>predict</c>: applies a saved model to the rows of a file, batch by batch.</summary>
internal static class PredictVerb
{
    internal static VerbCommand Create()
    {
        var verb = new VerbCommand(
            "predict", "Predicts the class of every row of a file with a saved model; files may be larger than memory.",
            ("predict model new.csv", "a line 'prediction' per row on standard output"),
            ("predict model.onnx new.csv", "the same by the ONNX graph that 'export model --to onnx' wrote"),
            ("predict model new.parquet --probabilities --out scored.parquet", "with the probability of every class, into a file"));
        Argument<string> model = new("MODEL") { Description = "A folder that 'train' wrote, or a .onnx file that 'export' wrote." };
        Argument<string> file = new("FILE") { Description = "CSV, Parquet or JSON lines; - is CSV on standard input." };
        Option<bool> probabilities = new("--probabilities", "-p") { Description = "A column probability:CLASS per class too." };
        Option<string?> output =
            new("--out", "-o") { Description = "The file to write (.csv, .parquet, .jsonl); CSV on standard output if omitted.", HelpName = "FILE" };
        verb.Add(model);
        verb.Add(file);
        verb.Add(probabilities);
        verb.Add(output);
        verb.Runs(run =>
        {
            if (run.Json && run.Value(output) is null) throw new UsageException("--json prints a summary here; give the predictions a file with --out.");
            string path = run.Value(file)!;
            using Scorer trained = Scorer.Load(run.Value(model)!, run.Threads);
            IReadOnlyList<string> classes = trained.Classes;
            List<ColumnSchema> schema = [new("prediction", null, classes)];
            if (run.Value(probabilities)) schema.AddRange(classes.Select(c => new ColumnSchema($"probability:{c}", NumericKind.Real, [])));
            Dictionary<string, int> codeOf = classes.Select((label, code) => (label, code)).ToDictionary(p => p.label, p => p.code, StringComparer.Ordinal);
            long[] decided = new long[classes.Count], unseen = new long[trained.Schema.Count];
            using RowWriter writer = RowWriter.Create(run.Value(output) ?? "-", schema);
            foreach (DatasetBatch batch in DatasetReader.ReadBatches(
                path, trained.Schema, ReadingOptions.Of(run, trained.Reading), cancellation: run.Cancellation))
            {
                run.Cancellation.ThrowIfCancellationRequested();
                PredictedRows rows = trained.Predict(batch.Columns, path);
                int[] codes = Array.ConvertAll(rows.Labels, label => codeOf[label]);
                foreach (int code in codes) decided[code]++;
                for (int c = 0; c < unseen.Length; c++) unseen[c] += batch.UnseenLevels[c];
                List<Column> columns = [new CategoricalColumn("prediction", codes, classes)];
                if (run.Value(probabilities))
                    for (int k = 0; k < classes.Count; k++)
                        columns.Add(new NumericColumn($"probability:{classes[k]}",
                            [.. Enumerable.Range(0, batch.Rows).Select(i => rows.Probabilities[(i * classes.Count) + k])]));
                writer.Write(columns);
            }

            writer.Commit();
            for (int c = 0; c < unseen.Length; c++)
                if (unseen[c] > 0) run.Messages.Warn($"Column '{trained.Schema[c].Name}' has {Tables.Count(unseen[c])} values that training did not see; "
                    + $"they count as missing. [unseen-category]");
            if (run.Json) Invocation.WriteJson(
                new PredictDocument(writer.Rows, [.. classes.Select((label, c) => new ClassCountEntry(label, decided[c]))], run.Value(output)!),
                PredictDocument.JsonType);
            else if (run.Value(output) is string written)
                Tables.Line(run.Output, $"{Tables.Count(writer.Rows)} rows predicted into {written}: "
                    + $"{string.Join(", ", classes.Select((label, c) => $"{Tables.Short(label)} {Tables.Count(decided[c])}"))}.");
        });
        return verb;
    }
}
