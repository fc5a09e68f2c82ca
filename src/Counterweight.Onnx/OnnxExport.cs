using System.Globalization;
using Counterweight.Comparison;
using Counterweight.Data;
using Google.Protobuf;
using Microsoft.ML.OnnxRuntime;
using Onnx;

namespace Counterweight.Onnx;

/// <summary>Writes a trained model as one ONNX graph, from named columns to the decided class and the probabilities.</summary>
/// <remarks>
/// The graph has one input per column, N x 1: doubles for numbers and dates (NaN is missing), texts for categories (an empty text is missing). It gives
/// <c>label</c>, N texts, and <c>probabilities</c>, N x K doubles. Before it is written, ONNX Runtime scores rows with it: made ones, at and beside every
/// threshold of a tree, with missing values and unseen categories, and those that the caller hands over. If a decision differs from the model's, or a
/// probability by more than <see cref="Tolerance"/>, nothing is written.
/// </remarks>
/// <example>
/// <code>
/// Dataset data = DatasetReader.Read("samples/hpc-jobs.csv", "class");
/// using TrainedClassifier trained = TrainedClassifier.Fit(data, "gbdt", Remedy.Parse("weights:balanced"));
/// OnnxExport.Save(trained, "jobs.onnx", [data.Columns]);
/// </code>
/// </example>
public static class OnnxExport
{
    /// <summary>How far a probability of the graph may be from the model's.</summary>
    public const double Tolerance = 1e-6;

    /// <summary>How near to a threshold a probability counts as at it, as far as rounding goes.</summary>
    private const double AtThreshold = 1e-10;

    /// <summary>Writes the graph, whole or not at all.</summary>
    /// <param name="model">The model.</param>
    /// <param name="path">The file, usually with the ending <c>.onnx</c>.</param>
    /// <param name="rows">Rows to verify it on besides made ones, in parts; each part is a list of columns. They are gone through twice.</param>
    /// <param name="threads">The threads of ONNX Runtime; 0 for every processor.</param>
    /// <param name="cancellation">Stops the verification.</param>
    /// <exception cref="UnusableDataException">The model has a part that has no form in ONNX, or the graph decides a row differently.</exception>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public static OnnxExportResult Save(
        TrainedClassifier model, string path, IEnumerable<IReadOnlyList<Column>>? rows = null, int threads = 0, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentException.ThrowIfNullOrEmpty(path);
        try
        {
            if (model.Preparation.Columns.FirstOrDefault(c => c.Text is not null) is { } text)
                throw new NotSupportedException($"Column '{text.Name}' is running text, whose n-grams are hashed; ONNX has no operator for that.");
            ModelForm form = model.Describe() ?? throw new NotSupportedException("It has a module of your own, and only you know what that computes.");
            return Save(model, form, path, rows ?? [], threads, cancellation);
        }
        catch (NotSupportedException not)
        {
            throw new UnusableDataException($"The model cannot be written as ONNX: {not.Message}", innerException: not);
        }
    }

    /// <summary>Writes the graph of a form, if it decides as the model does.</summary>
    internal static OnnxExportResult Save(
        TrainedClassifier model, ModelForm form, string path, IEnumerable<IReadOnlyList<Column>> rows, int threads, CancellationToken cancellation)
    {
        IReadOnlyList<Column> made = VerificationRows.Of(model.Preparation, form);
        double? threshold = Between(model, rows.Prepend(made), cancellation);
        ModelProto graph = OnnxGraph.Of(model, form, threshold);
        if (graph.CalculateSize() is var size && size <= 0) throw new NotSupportedException("Its graph is larger than the 2 GB of an ONNX file.");
        OnnxExportResult result = Verify(model, graph.ToByteArray(), made, rows, threads, cancellation);
        OnnxGraph.Say(graph, OnnxGraph.VerifiedKey, string.Create(CultureInfo.InvariantCulture,
            $"{result.MadeRows} made rows, {result.GivenRows} given rows; largest difference of a probability {result.LargestDifference:R}"));
        AtomicFile.Write(path, stream => graph.WriteTo(stream));
        return result with { Bytes = new FileInfo(path).Length };
    }

    /// <summary>
    /// A threshold that lies between the same scores as the decision's, and in the middle where scores are so near to it that rounding could move them across:
    /// the score of a model without splits often is the threshold itself, and an isotonic map gives many rows exactly a half. Null if the decision's own will
    /// do.
    /// </summary>
    private static double? Between(TrainedClassifier model, IEnumerable<IReadOnlyList<Column>> parts, CancellationToken cancellation)
    {
        IDecision rule = model.Decision.Rule;
        while (rule is TransformedDecision transformed) rule = transformed.Inner;
        if (DecisionNodes.Threshold(rule) is not var (threshold, positive) || !double.IsFinite(threshold)) return null;
        double below = double.NegativeInfinity, from = double.PositiveInfinity;
        foreach (IReadOnlyList<Column> part in parts)
        {
            cancellation.ThrowIfCancellationRequested();
            double[] p = Scores(model, part);
            int[] decided = rule.Decide(p);
            for (int i = 0; i < decided.Length; i++)
            {
                double score = p[(2 * i) + positive];
                if (decided[i] == positive) from = Math.Min(from, score);
                else below = Math.Max(below, score);
            }
        }

        if (!(below < from)) return null;
        (double low, double high) = (Math.Max(below, threshold - AtThreshold), Math.Min(from, threshold + AtThreshold));
        return from - threshold > AtThreshold && threshold - below > AtThreshold ? null : low + ((high - low) / 2);
    }

    /// <summary>The probabilities on which the last step decides.</summary>
    private static double[] Scores(TrainedClassifier model, IReadOnlyList<Column> columns)
    {
        double[] p = model.Predict(columns).Probabilities;
        IDecision? rule = (model.Decision.Rule as TransformedDecision)?.Inner;
        while (rule is TransformedDecision transformed) (p, rule) = (transformed.Transform.Transform(p), transformed.Inner);
        return p;
    }

    private static OnnxExportResult Verify(
        TrainedClassifier model, byte[] graph, IReadOnlyList<Column> made, IEnumerable<IReadOnlyList<Column>> rows, int threads,
        CancellationToken cancellation)
    {
        using OnnxClassifier written = OnnxClassifier.Of(graph, threads);
        double largest = 0;
        long given = 0;
        Compare(made, "made", 0);
        foreach (IReadOnlyList<Column> part in rows)
        {
            cancellation.ThrowIfCancellationRequested();
            Compare(part, "given", given);
            given += part.Count == 0 ? 0 : part[0].Rows;
        }

        return new OnnxExportResult(0, made.Count == 0 ? 0 : made[0].Rows, given, largest);

        void Compare(IReadOnlyList<Column> columns, string kind, long first)
        {
            PredictedRows expected = model.Predict(columns), found = written.Predict(columns);
            (double apart, int row) = VerificationRows.Compare((expected.Labels, expected.Probabilities), (found.Labels, found.Probabilities), Tolerance);
            if (row >= 0)
                throw new UnusableDataException(string.Create(CultureInfo.InvariantCulture,
                    $"The model cannot be written as ONNX: ONNX Runtime {OrtEnv.Instance().GetVersionString()} decides {kind} row {first + row + 1} as "
                    + $"'{found.Labels[row]}' and the model as '{expected.Labels[row]}', with probabilities up to {apart:G3} apart. "
                    + $"Nothing was written. Please report it with the model."));
            largest = Math.Max(largest, apart);
        }
    }
}

/// <summary>What was written, and on how many rows ONNX Runtime gave the model's decisions.</summary>
/// <param name="Bytes">The size of the file.</param>
/// <param name="MadeRows">Rows that were made up: at and beside the thresholds, with missing values and unseen categories.</param>
/// <param name="GivenRows">Rows that the caller handed over.</param>
/// <param name="LargestDifference">The largest difference of a probability.</param>
public sealed record OnnxExportResult(long Bytes, int MadeRows, long GivenRows, double LargestDifference);
