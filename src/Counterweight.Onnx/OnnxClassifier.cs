using System.Runtime.ExceptionServices;
using System.Text;
using System.Text.Json;
using Counterweight.Comparison;
using Counterweight.Data;
using Microsoft.ML.OnnxRuntime;

namespace Counterweight.Onnx;

/// <summary>An ONNX graph that <see cref="OnnxExport"/> wrote, run by ONNX Runtime.</summary>
/// <example>
/// <code>
/// using OnnxClassifier scorer = OnnxClassifier.Load("jobs.onnx");
/// foreach (DatasetBatch batch in DatasetReader.ReadBatches("samples/hpc-jobs.csv", scorer.Schema))
///     Console.WriteLine(scorer.Predict(batch.Columns).Labels[0]);
/// </code>
/// </example>
public sealed class OnnxClassifier : IDisposable
{
    private const int Block = 4096;
    private static readonly string[] OutputNames = [OnnxColumn.Label, OnnxColumn.Probabilities];

    private readonly InferenceSession session;
    private readonly OnnxColumn[] columns;
    private readonly Preprocessor preparation;
    private readonly int threads;
    private readonly string? file;

    /// <summary>One text per class, which all rows of the class share.</summary>
    private readonly Dictionary<string, string> names;

    private OnnxClassifier(InferenceSession session, OnnxColumn[] columns, string[] classes, int threads, string? file)
    {
        (this.session, this.columns, Classes, this.threads, this.file) = (session, columns, classes, threads, file);
        names = classes.ToDictionary(c => c, StringComparer.Ordinal);
        preparation = new Preprocessor([.. columns.Select(c => c.Column)]);
        Metadata = session.ModelMetadata.CustomMetadataMap;
    }

    /// <summary>The K classes, in the order of the probabilities.</summary>
    public IReadOnlyList<string> Classes { get; }

    /// <summary>How the columns it expects are to be read from a file.</summary>
    public IReadOnlyList<ColumnSchema> Schema => [.. preparation.Columns.Select(c => c.Schema)];

    /// <summary>What the file says of itself: learner, remedy, decision, schema, versions.</summary>
    public IReadOnlyDictionary<string, string> Metadata { get; }

    /// <summary>Reads a file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="threads">How many threads score; 0 for every processor.</param>
    /// <exception cref="UnusableDataException">It is no ONNX file, or none that <see cref="OnnxExport"/> wrote.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static OnnxClassifier Load(string path, int threads = 0)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        return Of(File.ReadAllBytes(path), threads, path);
    }

    /// <summary>Predicts rows.</summary>
    /// <param name="columns">Columns with the names of training; others are passed over.</param>
    /// <param name="source">The file or other source, for messages.</param>
    /// <returns>The decided class and the probabilities of every row.</returns>
    /// <exception cref="UnusableDataException">A column is missing or of another kind, or a number is out of reach.</exception>
    public PredictedRows Predict(IReadOnlyList<Column> columns, string source = "the rows")
    {
        ArgumentNullException.ThrowIfNull(columns);
        Column[] found = preparation.Find(columns, source);
        int rows = found.Length == 0 ? 0 : found[0].Rows, k = Classes.Count;
        string[] labels = new string[rows];
        double[] probabilities = new double[checked(rows * k)];
        using var options = new RunOptions();
        string[] inputs = [.. this.columns.Select(c => c.Input)];
        byte[][]?[] texts = [.. found.Select((c, i) => Texts(this.columns[i], c))];
        try
        {
            Parallel.For(0, (rows + Block - 1) / Block, new() { MaxDegreeOfParallelism = threads }, Score);
        }
        catch (AggregateException failed) when (failed.InnerExceptions[0] is OnnxRuntimeException wrong)
        {
            throw new UnusableDataException($"ONNX Runtime cannot run this graph: {wrong.Message} Write it anew with 'counterweight export'.", file,
                innerException: wrong);
        }
        catch (AggregateException failed)
        {
            ExceptionDispatchInfo.Throw(failed.InnerExceptions[0]);
        }

        return new PredictedRows(labels, probabilities, Classes);

        void Score(int block)
        {
            int from = block * Block, size = Math.Min(Block, rows - from);
            var values = new List<OrtValue>();
            try
            {
                for (int c = 0; c < found.Length; c++) values.Add(Value(found[c], texts[c], from, size));
                using IDisposableReadOnlyCollection<OrtValue> outputs = session.Run(options, inputs, values, OutputNames);
                string[] decided = outputs[0].GetStringTensorAsArray();
                for (int i = 0; i < decided.Length; i++)
                    labels[from + i] = names.TryGetValue(decided[i], out string? name) ? name
                        : throw new UnusableDataException($"The graph decides for '{decided[i]}', which is no class of its own. Write it anew with "
                            + "'counterweight export'.", file);
                outputs[1].GetTensorDataAsSpan<double>().CopyTo(probabilities.AsSpan(from * k));
            }
            finally
            {
                foreach (OrtValue value in values) value.Dispose();
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose() => session.Dispose();

    internal static OnnxClassifier Of(byte[] graph, int threads, string? file = null)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(threads);

        // Blocks of rows go side by side; threads inside a block would wait for each other at every node.
        using var options = new SessionOptions { IntraOpNumThreads = 1, LogSeverityLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_FATAL };
        InferenceSession session;
        try
        {
            session = new InferenceSession(graph, options);
        }
        catch (OnnxRuntimeException unread)
        {
            throw new UnusableDataException($"ONNX Runtime {OrtEnv.Instance().GetVersionString()} cannot read this file: {unread.Message} "
                + "Write it anew with 'counterweight export'.", file, innerException: unread);
        }

        try
        {
            Dictionary<string, string> said = session.ModelMetadata.CustomMetadataMap;
            if (!said.TryGetValue(OnnxGraph.FormatKey, out string? format))
                throw new UnusableDataException("This ONNX file was not written by 'counterweight export', so its columns and classes are not known here. "
                    + "Score with it in a program of your own.", file);
            if (format != OnnxGraph.Format)
                throw new UnusableDataException($"The file has format {format}; this version of Counterweight reads format {OnnxGraph.Format}. Write it anew "
                    + "with 'counterweight export'.", file);
            OnnxColumn[] columns = JsonSerializer.Deserialize(said[OnnxGraph.ColumnsKey], OnnxJsonContext.Default.OnnxColumnArray)
                ?? throw new JsonException("it names no columns.");
            string[] classes = JsonSerializer.Deserialize(said[OnnxGraph.ClassesKey], OnnxJsonContext.Default.StringArray)
                ?? throw new JsonException("it names no classes.");
            if (columns.Any(c => c?.Column?.Name is null || c.Input is null || c.Missing is null || c.Levels?.Contains(null!) == true)
                || columns.Any(c => !session.InputMetadata.TryGetValue(c.Input, out NodeMetadata? input)
                || input.ElementType != (c.Levels is null ? typeof(double) : typeof(string))) || columns.Length != session.InputMetadata.Count
                || classes.Contains(null) || classes.Distinct(StringComparer.Ordinal).Count() != classes.Length
                || !OutputNames.All(session.OutputMetadata.ContainsKey)
                || session.OutputMetadata[OnnxColumn.Probabilities].Dimensions is not [_, var width] || width != classes.Length)
                throw new JsonException("its metadata do not fit its inputs and outputs.");
            return new OnnxClassifier(session, columns, classes, Workers.Number(threads), file);
        }
        catch (Exception wrong)
        {
            session.Dispose();
            if (wrong is JsonException or KeyNotFoundException)
                throw new UnusableDataException(
                    $"The file is damaged: {wrong.Message} Write it anew with 'counterweight export'.", file, innerException: wrong);
            throw;
        }
    }

    /// <summary>The texts of the levels of a column, and last that of a missing value; null for numbers.</summary>
    private static byte[][]? Texts(OnnxColumn column, Column found) => found is CategoricalColumn categorical
        ? [.. categorical.Levels.Select(Encoding.UTF8.GetBytes), Encoding.UTF8.GetBytes(column.Missing)] : null;

    private static OrtValue Value(Column column, byte[][]? texts, int from, int rows)
    {
        long[] shape = [rows, 1];
        if (column is NumericColumn numeric) return OrtValue.CreateTensorValueFromMemory(numeric.Values.Slice(from, rows).ToArray(), shape);
        OrtValue value = OrtValue.CreateTensorWithEmptyStrings(OrtAllocator.DefaultInstance, shape);
        ReadOnlySpan<int> codes = ((CategoricalColumn)column).Codes;
        for (int i = 0; i < rows; i++)
        {
            byte[] text = texts![codes[from + i] < 0 ? texts.Length - 1 : codes[from + i]];
            if (text.Length > 0) value.StringTensorSetElementAt(text, i);
        }

        return value;
    }
}
