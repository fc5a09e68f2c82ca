namespace Counterweight.LightGbm;

/// <summary>Predicts one row at a time without setting anything up anew.</summary>
/// <remarks>Several threads may share one; they take turns. For full speed, make one per thread.</remarks>
public sealed unsafe class LightGbmRowPredictor : IDisposable
{
    private readonly RowPredictorHandle handle;
    private readonly int outputs;

    internal LightGbmRowPredictor(RowPredictorHandle handle, int columns, int outputs, int results) =>
        (this.handle, Columns, this.outputs, Results) = (handle, columns, outputs, results);

    /// <summary>The number of values of a row.</summary>
    public int Columns { get; }

    /// <summary>The number of results of a row: K probabilities, or the raw scores.</summary>
    public int Results { get; }

    /// <summary>Predicts a row.</summary>
    /// <param name="row">The values, in the order of the model's columns; NaN is missing.</param>
    /// <param name="results">Receives the results.</param>
    public void Predict(ReadOnlySpan<double> row, Span<double> results)
    {
        if (row.Length != Columns) throw new ArgumentException($"The row has {row.Length} values and the model {Columns} columns.", nameof(row));
        if (results.Length != Results) throw new ArgumentException($"There are {Results} results and room for {results.Length}.", nameof(results));
        fixed (double* values = row)
        fixed (double* target = results)
            NativeCall.Check(NativeMethods.LGBM_BoosterPredictForMatSingleRowFast(handle, values, out _, target));
        if (Results == 2 && outputs == 1) (results[0], results[1]) = (1 - results[0], results[0]);
    }

    /// <summary>Frees the native memory.</summary>
    public void Dispose() => handle.Dispose();
}
