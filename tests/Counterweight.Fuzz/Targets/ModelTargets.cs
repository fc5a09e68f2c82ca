using System.Text;
using Counterweight.Comparison;
using Counterweight.Data;
using Counterweight.LightGbm;
using Counterweight.Onnx;

namespace Counterweight.Fuzz;

/// <summary>Saved models of every learner, LightGBM's text, ONNX.</summary>
/// <remarks>A model is a folder: an input is the name of one of its files, a line break, and what that file holds instead.</remarks>
internal static class ModelTargets
{
    private static readonly string[] Json = ["null", "{}", "[]", "\"", ",", ":", "true", "\"Version\":2", "1e999", "\"NaN\""];
    private static readonly string[] Lines = ["Tree=0", "num_leaves=", "split_feature=", "left_child=", "right_child=", "threshold=", "decision_type=",
        "cat_threshold=", "cat_boundaries=", "num_cat=", "leaf_value=", "end of trees", "objective=", "binary sigmoid:1", "num_class=",
        "max_feature_idx=", "tree_sizes=", "linear_tree", "nan"];

    internal static IReadOnlyList<Target> All { get; } =
    [
        Model("linear", 250, "linear", "weights:balanced+threshold:tuned", []),
        Model("gbdt", 200, "gbdt", "calibrate:isotonic", Lines),
        Model("mlp", 60, "mlp", "offsets:tuned", []),
        Model("text", 120, "linear", "none", [], text: true),
        Model("ensemble", 150, "linear", "ensemble:easy(members=2, rounds=2)+calibrate:temperature", []),
        Model("forest", 150, "gbdt", "ensemble:balanced-forest(members=3)", []),
        new("lightgbm", 400, Lines, _ => LightGbm)
        {
            Made = folder => Directory.GetFiles(Path.Combine(Fit(folder, "gbdt", "none", false), "model")).Select(File.ReadAllBytes),
        },
        new("onnx", 80, ["counterweight", "probabilities", "label", "Add", "Gemm", "ai.onnx.ml"], OnnxFile)
        {
            Made = folder => [File.ReadAllBytes(Path.Combine(folder, "whole.onnx"))],
        },
    ];

    internal static Dataset Rows(string folder, bool text = false)
    {
        var random = new SeededRandom(7);
        var lines = new StringBuilder(text ? "note,x,y\n" : "x,z,kind,y\n");
        string[] words = ["free prize now", "see you at lunch", "call mum later", "win cash today", "meeting moved on", "thanks a lot"];
        for (int i = 0; i < 120; i++)
        {
            string x = (random.NextGaussian() + (i % 4 == 0 ? 2 : 0)).ToString("0.####", System.Globalization.CultureInfo.InvariantCulture);
            lines.Append(text ? $"{words[i % 6]} and {words[i * 7 % 5]} {i},{x}" : $"{x},{(i % 9 == 0 ? "" : $"0.{i % 17}")},{"abc"[i % 3]}");
            lines.Append($",{(i % 4 == 0 ? "yes" : "no")}\n");
        }

        string path = Path.Combine(folder, "rows.csv");
        File.WriteAllText(path, lines.ToString());
        return DatasetReader.Read(path, "y", new() { Threads = 1, Text = text ? ["note"] : [] });
    }

    internal static string Fit(string folder, string learner, string remedy, bool text)
    {
        string made = Path.Combine(folder, "whole");
        if (Directory.Exists(made)) return made;
        using TrainedClassifier trained = TrainedClassifier.Fit(Rows(folder, text), learner, Remedy.Parse(remedy), new() { Threads = 1, InnerFolds = 2 });
        trained.Save(made);
        return made;
    }

    private static Target Model(string name, int runs, string learner, string remedy, string[] more, bool text = false) =>
        new($"model-{name}", runs, [.. Json, .. more], folder =>
        {
            string whole = Fit(folder, learner, remedy, text), changed = Path.Combine(folder, "changed");
            Dataset rows = Rows(folder, text);
            string[] parts = Parts(whole);
            foreach (string part in parts)
            {
                Directory.CreateDirectory(Path.GetDirectoryName(Path.Combine(changed, part))!);
                File.Copy(Path.Combine(whole, part), Path.Combine(changed, part), overwrite: true);
            }

            return bytes =>
            {
                int end = Array.IndexOf(bytes, (byte)'\n');
                string named = end < 0 ? "" : Encoding.UTF8.GetString(bytes, 0, end), part = parts.Contains(named) ? named : parts[bytes.Length % parts.Length];
                try
                {
                    File.WriteAllBytes(Path.Combine(changed, part), bytes[(end + 1)..]);
                    using TrainedClassifier loaded = TrainedClassifier.Load(changed);
                    Check(loaded.Predict(rows.Columns), rows.Rows);
                }
                finally
                {
                    File.Copy(Path.Combine(whole, part), Path.Combine(changed, part), overwrite: true);
                }
            };
        })
        {
            Made = folder => Parts(Path.Combine(folder, "whole"))
                .Select(part => (byte[])[.. Encoding.UTF8.GetBytes(part), (byte)'\n', .. File.ReadAllBytes(Path.Combine(folder, "whole", part))]),
        };

    private static string[] Parts(string folder) =>
        [.. Directory.GetFiles(folder, "*", SearchOption.AllDirectories).Select(f => Path.GetRelativePath(folder, f)).Order(StringComparer.Ordinal)];

    private static void Check(PredictedRows predicted, int rows)
    {
        if (predicted.Labels.Length != rows || predicted.Labels.Any(l => !predicted.Classes.Contains(l)))
            throw new InvalidOperationException("a label that is none");
        foreach (double p in predicted.Probabilities)
            if (!(p >= 0 && p <= 1)) throw new InvalidOperationException($"a probability of {p}");
    }

    private static void LightGbm(byte[] bytes)
    {
        using LightGbmModel model = LightGbmModel.Parse(Encoding.UTF8.GetString(bytes));
        if ((long)model.ColumnNames.Count * model.Outputs > 100_000) return;
        double[] rows = [.. Enumerable.Range(0, 8 * model.ColumnNames.Count).Select(i => i % 5 == 4 ? double.NaN : i - 3.5)];
        _ = model.PredictScores(rows, threads: 1);
        _ = model.ToText();
    }

    private static Action<byte[]> OnnxFile(string folder)
    {
        Dataset rows = Rows(folder);
        using (TrainedClassifier trained = TrainedClassifier.Fit(rows, "linear", Remedy.Parse("threshold:tuned"), new() { Threads = 1, InnerFolds = 2 }))
            OnnxExport.Save(trained, Path.Combine(folder, "whole.onnx"), threads: 1);
        return bytes =>
        {
            string path = Path.Combine(folder, "changed.onnx");
            File.WriteAllBytes(path, bytes);
            using OnnxClassifier scorer = OnnxClassifier.Load(path, threads: 1);
            Check(scorer.Predict(rows.Columns), rows.Rows);
        };
    }
}
