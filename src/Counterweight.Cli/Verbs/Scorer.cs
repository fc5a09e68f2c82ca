using Counterweight.Comparison;
using Counterweight.Data;
using Counterweight.Onnx;

namespace Counterweight.Cli;

/// <summary>What <c>predict</c> scores with: the folder of a model, or its ONNX graph.</summary>
/// <param name="Classes">The K classes.</param>
/// <param name="Schema">How the columns are to be read.</param>
/// <param name="Predict">Scores the rows of some columns; the text names their source.</param>
/// <param name="Owner">What is to be freed at the end.</param>
internal sealed record Scorer(
    IReadOnlyList<string> Classes, IReadOnlyList<ColumnSchema> Schema, Func<IReadOnlyList<Column>, string, PredictedRows> Predict, IDisposable Owner)
    : IDisposable
{
    /// <summary>How files are to be read, as that of training was; only what concerns the columns of the model.</summary>
    internal DatasetOptions Reading { get; private init; } = new();

    /// <summary>Reads a folder or a file.</summary>
    /// <exception cref="UnusableDataException">It holds no model that is known here.</exception>
    internal static Scorer Load(string path, int threads)
    {
        if (!File.Exists(path))
        {
            TrainedClassifier trained = TrainedClassifier.Load(path);
            return new(trained.Decision.Labels, trained.Schema, trained.Predict, trained) { Reading = ReadingOf(trained) };
        }

        OnnxClassifier graph = OnnxClassifier.Load(path, threads);
        return new(graph.Classes, graph.Schema, graph.Predict, graph);
    }

    /// <summary>How the files of a model's training were read, as far as it concerns the columns of the model.</summary>
    internal static DatasetOptions ReadingOf(TrainedClassifier trained)
    {
        if (trained.Metadata.Reading is not DatasetOptions reading) return new();
        HashSet<string> columns = [.. trained.Schema.Select(c => c.Name)];
        return new()
        {
            NoHeader = reading.NoHeader,
            Delimiter = reading.Delimiter,
            Encoding = reading.Encoding,
            MissingWords = reading.MissingWords,
            NaNIsMissing = reading.NaNIsMissing,
            Categorical = [.. reading.Categorical.Where(columns.Contains)],
            Numeric = [.. reading.Numeric.Where(columns.Contains)],
        };
    }

    /// <inheritdoc/>
    public void Dispose() => Owner.Dispose();
}
