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
    /// <summary>Reads a folder or a file.</summary>
    /// <exception cref="UnusableDataException">It holds no model that is known here.</exception>
    internal static Scorer Load(string path, int threads)
    {
        if (!File.Exists(path))
        {
            TrainedClassifier trained = TrainedClassifier.Load(path);
            return new(trained.Decision.Labels, trained.Schema, trained.Predict, trained);
        }

        OnnxClassifier graph = OnnxClassifier.Load(path, threads);
        return new(graph.Classes, graph.Schema, graph.Predict, graph);
    }

    /// <inheritdoc/>
    public void Dispose() => Owner.Dispose();
}
