using System.Numerics;
using System.Text;

namespace Counterweight.LightGbm;

/// <summary>A trained ensemble of trees, which does not change any more: it predicts, explains and is saved in LightGBM's own text format.</summary>
/// <remarks>
/// <para>Rows given to a prediction have the training's columns in the training's order; <see cref="CheckColumns"/> makes sure of it by name.
/// Any number of threads may predict with one model at the same time.</para>
/// <para>A model that stopped early holds the rounds up to the best one only. A model of an own objective predicts probabilities in every LightGBM tool
/// too.</para>
/// </remarks>
/// <example>
/// <code>
/// using LightGbmModel model = LightGbmModel.Train(training, LightGbmParameters.For(rows, columns, classes: 2));
/// double[] probabilities = model.PredictProbabilities(values);
/// model.Save("model.txt");
/// </code>
/// </example>
public sealed unsafe class LightGbmModel : IDisposable
{
    private readonly BoosterHandle handle;
    private readonly string section;
    private readonly ColumnSet columns;

    private LightGbmModel(BoosterHandle handle, ModelText text, string section)
    {
        (this.handle, this.section) = (handle, section);
        columns = new ColumnSet(text.Columns, [], text.Columns.Length);
        (Outputs, Trees, Link, Objective, Steepness) = (text.Outputs, text.Trees, text.Link, text.Objective, text.Steepness);
    }

    /// <summary>The names of the columns, in the order in which rows have them.</summary>
    public IReadOnlyList<string> ColumnNames => columns.Names;

    /// <summary>The number of raw scores per row: 1, or the number of classes.</summary>
    public int Outputs { get; }

    /// <summary>The number of classes K; 1 for a regression.</summary>
    public int Classes => Link == BoostingLink.Sigmoid ? 2 : Outputs;

    /// <summary>How raw scores become probabilities.</summary>
    public BoostingLink Link { get; }

    /// <summary>What was minimised: LightGBM's text (<c>binary sigmoid:1</c>), or the name of an own objective (<c>focal(gamma=2)</c>).</summary>
    public string Objective { get; }

    /// <summary>The number of trees, over all outputs.</summary>
    public int Trees { get; }

    /// <summary>The number of rounds of boosting that the model keeps.</summary>
    public int Rounds => Trees / Outputs;

    /// <summary>Trains a model.</summary>
    /// <param name="data">The training data, with labels.</param>
    /// <param name="parameters">The parameters; those of the bins (seed, <see cref="LightGbmParameters.MaxBins"/>, ...) were read when the data were
    /// made.</param>
    /// <param name="training">An own loss, validation data, reports.</param>
    /// <param name="cancellation">Stops training between two rounds; a round under way is finished first.</param>
    /// <exception cref="ArgumentException">A parameter is out of range or parameters do not fit together.</exception>
    /// <exception cref="UnusableDataException">There are no labels, a label is not among the classes, or a class has no row.</exception>
    /// <exception cref="LightGbmException">LightGBM reports an error.</exception>
    /// <exception cref="OperationCanceledException">Training was cancelled.</exception>
    public static LightGbmModel Train(
        LightGbmDataset data, LightGbmParameters parameters, LightGbmTraining? training = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(data);
        ArgumentNullException.ThrowIfNull(parameters);
        using var trainer = new Trainer(data, parameters, training ?? new LightGbmTraining(), cancellation);
        return training?.Machines is { } machines ? machines.Run(trainer.Run) : trainer.Run();
    }

    /// <summary>Trains as <see cref="Train"/> does, for the number of rounds alone: the model itself is never made.</summary>
    /// <returns>1 or more.</returns>
    internal static int BestRounds(LightGbmDataset data, LightGbmParameters parameters, LightGbmTraining training, CancellationToken cancellation)
    {
        using var trainer = new Trainer(data, parameters, training, cancellation);
        return training.Machines is { } machines ? machines.Run(trainer.BestRounds) : trainer.BestRounds();
    }

    /// <summary>Reads a model file that this library, or any other LightGBM tool, has written.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="UnusableDataException">The file is not a whole and sound LightGBM model; it names the line.</exception>
    public static LightGbmModel Load(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        return Parse(File.ReadAllText(path), path);
    }

    /// <summary>Reads a model from its text.</summary>
    /// <param name="text">The text, as <see cref="ToText"/> gives it.</param>
    /// <exception cref="UnusableDataException">The text is not a whole and sound LightGBM model; it names the line.</exception>
    public static LightGbmModel Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return Parse(text, file: null);
    }

    /// <summary>The model in LightGBM's text format.</summary>
    public string ToText() => Encoding.UTF8.GetString(ModelText.Of(handle, -1, threads: 0)) + section;

    /// <summary>The trees, round by round, and in a round output by output.</summary>
    /// <exception cref="NotSupportedException">The leaves are linear functions, or the trees are averaged.</exception>
    internal IReadOnlyList<BoostedTree> ReadTrees()
    {
        string text = ToText();
        int trees = text.IndexOf("\nTree=", StringComparison.Ordinal);
        if (text.AsSpan(0, Math.Max(0, trees)).Contains("\naverage_output", StringComparison.Ordinal))
            throw new NotSupportedException("Its trees are averaged.");
        return BoostedTree.All(text);
    }

    /// <summary>What a score is multiplied by in a sigmoid; 1 unless the objective says so.</summary>
    internal double Steepness { get; }

    /// <summary>Writes the model as text that every LightGBM tool reads. An existing file is replaced at once and as a whole, or not at all.</summary>
    /// <param name="path">The file.</param>
    public void Save(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        AtomicFile.Write(path, stream =>
        {
            stream.Write(ModelText.Of(handle, -1, threads: 0));
            stream.Write(Encoding.UTF8.GetBytes(section));
        });
    }

    /// <summary>Throws if rows with these columns, in this order, cannot be predicted; the message names what differs.</summary>
    /// <param name="names">The names of the columns of the rows.</param>
    /// <exception cref="UnusableDataException">Columns are missing, unknown or in another order.</exception>
    public void CheckColumns(IReadOnlyList<string> names)
    {
        ArgumentNullException.ThrowIfNull(names);
        columns.Check(names);
    }

    /// <summary>Predicts probabilities, K per row and row after row; for two classes those of class 0 and class 1.</summary>
    /// <param name="rows">N x columns values, row after row; NaN is missing.</param>
    /// <param name="threads">The number of threads; 0 is every processor.</param>
    /// <returns>N x K probabilities. They sum to one in each row, except with one sigmoid per class.</returns>
    public double[] PredictProbabilities(ReadOnlySpan<double> rows, int threads = 0)
    {
        double[] result = new double[checked(RowsOf(rows.Length) * Classes)];
        PredictProbabilities(rows, result, threads);
        return result;
    }

    /// <inheritdoc cref="PredictProbabilities(ReadOnlySpan{double}, int)"/>
    public double[] PredictProbabilities(ReadOnlySpan<float> rows, int threads = 0)
    {
        double[] result = new double[checked(RowsOf(rows.Length) * Classes)];
        PredictProbabilities(rows, result, threads);
        return result;
    }

    /// <summary>Predicts probabilities into a span of N x K values.</summary>
    /// <param name="rows">N x columns values, row after row; NaN is missing.</param>
    /// <param name="probabilities">Receives N x K probabilities, row after row.</param>
    /// <param name="threads">The number of threads; 0 is every processor.</param>
    public void PredictProbabilities(ReadOnlySpan<double> rows, Span<double> probabilities, int threads = 0) =>
        Expand(probabilities, Predict(rows, PredictionKind.Normal, Classes, probabilities, threads));

    /// <inheritdoc cref="PredictProbabilities(ReadOnlySpan{double}, Span{double}, int)"/>
    public void PredictProbabilities(ReadOnlySpan<float> rows, Span<double> probabilities, int threads = 0) =>
        Expand(probabilities, Predict(rows, PredictionKind.Normal, Classes, probabilities, threads));

    /// <summary>Predicts raw scores, <see cref="Outputs"/> per row and row after row.</summary>
    /// <param name="rows">N x columns values, row after row; NaN is missing.</param>
    /// <param name="threads">The number of threads; 0 is every processor.</param>
    public double[] PredictScores(ReadOnlySpan<double> rows, int threads = 0)
    {
        double[] result = new double[checked(RowsOf(rows.Length) * Outputs)];
        Predict(rows, PredictionKind.Raw, Outputs, result, threads);
        return result;
    }

    /// <inheritdoc cref="PredictScores(ReadOnlySpan{double}, int)"/>
    public double[] PredictScores(ReadOnlySpan<float> rows, int threads = 0)
    {
        double[] result = new double[checked(RowsOf(rows.Length) * Outputs)];
        Predict(rows, PredictionKind.Raw, Outputs, result, threads);
        return result;
    }

    /// <summary>Says in which leaf of each tree each row falls.</summary>
    /// <param name="rows">N x columns values, row after row; NaN is missing.</param>
    /// <param name="threads">The number of threads; 0 is every processor.</param>
    /// <returns>N x trees leaf numbers from 0, row after row.</returns>
    public int[] PredictLeaves(ReadOnlySpan<double> rows, int threads = 0)
    {
        double[] result = new double[checked(RowsOf(rows.Length) * Trees)];
        Predict(rows, PredictionKind.Leaf, Trees, result, threads);
        return Array.ConvertAll(result, v => (int)v);
    }

    /// <summary>Splits each raw score into what each column contributes (Lundberg and Lee, 2018, TreeSHAP), and the expected score last.</summary>
    /// <param name="rows">N x columns values, row after row; NaN is missing.</param>
    /// <param name="threads">The number of threads; 0 is every processor.</param>
    /// <returns>N x outputs x (columns + 1) contributions; those of a row and output sum to its raw score.</returns>
    public double[] PredictContributions(ReadOnlySpan<double> rows, int threads = 0)
    {
        int width = checked(Outputs * (ColumnNames.Count + 1));
        double[] result = new double[checked(RowsOf(rows.Length) * width)];
        Predict(rows, PredictionKind.Contribution, width, result, threads);
        return result;
    }

    /// <summary>How often, or with what total gain, each column was used for a split.</summary>
    /// <param name="gain">Whether to sum the gains instead of counting the splits.</param>
    /// <returns>A number per column.</returns>
    public double[] Importance(bool gain = false)
    {
        double[] result = new double[ColumnNames.Count];
        using NativeCall call = NativeCall.Enter(0);
        fixed (double* values = result) NativeCall.Check(NativeMethods.LGBM_BoosterFeatureImportance(handle, -1, gain ? 1 : 0, values));
        return result;
    }

    /// <summary>Prepares the fastest way to predict one row at a time, for services that answer single requests.</summary>
    /// <param name="rawScores">Whether to give raw scores instead of probabilities.</param>
    public LightGbmRowPredictor CreateRowPredictor(bool rawScores = false)
    {
        using NativeCall call = NativeCall.Enter(1);
        NativeCall.Check(NativeMethods.LGBM_BoosterPredictForMatSingleRowFastInit(
            handle, rawScores ? (int)PredictionKind.Raw : (int)PredictionKind.Normal, 0, -1, NativeMethods.Float64, ColumnNames.Count,
            LightGbmParameters.PredictionText, out RowPredictorHandle predictor));
        predictor.Keep(handle);
        return new LightGbmRowPredictor(predictor, ColumnNames.Count, Outputs, rawScores ? Outputs : Classes);
    }

    /// <summary>Frees the native memory. Row predictors made from the model stay usable.</summary>
    public void Dispose() => handle.Dispose();

    internal static LightGbmModel FromTrained(byte[] text, int threads) => Create(text, Encoding.UTF8.GetString(text), file: null, threads);

    private static LightGbmModel Parse(string text, string? file) => Create(Encoding.UTF8.GetBytes(text), text, file, threads: 0);

    private static LightGbmModel Create(byte[] bytes, string text, string? file, int threads)
    {
        ModelText model = ModelText.Read(text, file);
        byte[] ended = new byte[bytes.Length + 1];
        bytes.CopyTo(ended, 0);
        using NativeCall call = NativeCall.Enter(threads);
        BoosterHandle handle;
        try
        {
            fixed (byte* first = ended) NativeCall.Check(NativeMethods.LGBM_BoosterLoadModelFromString(first, out _, out handle));
        }
        catch (LightGbmException refused)
        {
            throw new UnusableDataException($"This is not a sound LightGBM model: LightGBM says '{refused.Message}'.", file, innerException: refused);
        }

        return new LightGbmModel(handle, model, ModelText.Section(text));
    }

    private int RowsOf(int values) => values % ColumnNames.Count == 0 ? values / ColumnNames.Count
        : throw new ArgumentException($"{values} values are not whole rows of the model's {ColumnNames.Count} columns.", nameof(values));

    private int Predict<T>(ReadOnlySpan<T> rows, PredictionKind kind, int width, Span<double> result, int threads) where T : unmanaged, INumber<T>
    {
        int count = RowsOf(rows.Length);
        if (result.Length != (long)count * width)
            throw new ArgumentException($"{count} rows have {(long)count * width} results; the span has room for {result.Length}.", nameof(result));
        if (count == 0) return 0;
        using NativeCall call = NativeCall.Enter(threads);
        fixed (T* data = rows)
        fixed (double* values = result)
            NativeCall.Check(NativeMethods.LGBM_BoosterPredictForMat(
                handle, data, typeof(T) == typeof(float) ? NativeMethods.Float32 : NativeMethods.Float64, count, ColumnNames.Count, 1, (int)kind, 0, -1,
                LightGbmParameters.PredictionText, out _, values));
        return count;
    }

    /// <summary>Turns the probabilities of class 1, which LightGBM wrote to the front, into pairs; from the end, so that none is overwritten unread.</summary>
    private void Expand(Span<double> probabilities, int rows)
    {
        if (Link != BoostingLink.Sigmoid) return;
        for (int i = rows - 1; i >= 0; i--)
        {
            double p = probabilities[i];
            (probabilities[2 * i], probabilities[2 * i + 1]) = (1 - p, p);
        }
    }
}
