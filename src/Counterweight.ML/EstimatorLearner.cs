using System.Globalization;
using System.Reflection;
using System.Text;
using System.Text.Json;
using Counterweight.Comparison;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace Counterweight.ML;

/// <summary>Any estimator of ML.NET as a learner of a comparison: every weight, sampler, resampling, ensemble and decision is tried on it.</summary>
/// <remarks>
/// <para>The estimator is fitted on a view with three columns: the prepared features (Single vector, categories one-hot), the label (Boolean for two
/// classes, else a key) and a weight per row (Single). A trainer has to be told the weight column (<c>exampleWeightColumnName: "Weight"</c>); where rows weigh
/// differently and the estimator never reads it, the remedy is refused rather than left without effect. Samplers become weights, as for <c>gbdt</c>.</para>
/// <para>The fitted estimator has to give probabilities: a column <c>Probability</c> for two classes, or a vector <c>Score</c> of shares that sum to one. Give
/// a trainer without them a calibrator (<c>mlContext.BinaryClassification.Calibrators.Platt()</c>). Losses are the trainer's own affair: <c>loss:</c> remedies
/// are refused.</para>
/// <para>Each fit makes an estimator of its own, with a context that has the seed of the fit. Some trainers (SDCA, averaged over threads) give the same model
/// twice only with one thread: set <c>NumberOfThreads</c>.</para>
/// </remarks>
/// <example>
/// <code>
/// var learner = new EstimatorLearner("logistic", ml =&gt; ml.BinaryClassification.Trainers.LbfgsLogisticRegression(exampleWeightColumnName: "Weight"));
/// var options = new ComparisonOptions { OwnLearners = [learner], Remedies = Remedy.ParseList("none, weights:balanced, threshold:tuned") };
/// ComparisonResult result = RemedyComparison.Run(dataset, options);
/// </code>
/// </example>
public sealed class EstimatorLearner : ILearner, ISampledLearner
{
    private readonly Func<MLContext, IEstimator<ITransformer>> factory;

    /// <summary>Makes a learner of a factory.</summary>
    /// <param name="name">A name for tables and files, of letters, digits and hyphens; not that of a learner in <see cref="LearnerCatalogue"/>.</param>
    /// <param name="factory">Makes a fresh estimator for every fit, with the context it is given.</param>
    /// <exception cref="ArgumentException">The name is empty, has other characters or is taken.</exception>
    public EstimatorLearner(string name, Func<MLContext, IEstimator<ITransformer>> factory)
    {
        ArgumentNullException.ThrowIfNull(factory);
        LearnerCatalogue.ThrowIfNotFree(name);
        (Name, this.factory) = (name, factory);
    }

    /// <inheritdoc/>
    public string Name { get; }

    /// <summary>Whether missing numbers are filled in first, with a column that says so; otherwise the estimator gets NaN. True by default.</summary>
    public bool NeedsFilledIn { get; init; } = true;

    /// <summary>Whether two classes come as a key, for multi-class trainers, rather than Boolean. More classes are always keys.</summary>
    public bool KeyLabels { get; init; }

    /// <summary>The column of features that the estimator is given; <c>Features</c> by default.</summary>
    public string FeatureColumnName { get; init; } = "Features";

    /// <summary>The column of labels that the estimator is given; <c>Label</c> by default.</summary>
    public string LabelColumnName { get; init; } = "Label";

    /// <summary>The column of row weights that the estimator is given; <c>Weight</c> by default.</summary>
    public string WeightColumnName { get; init; } = "Weight";

    /// <summary>The column of the probability of the positive class; <c>Probability</c> by default.</summary>
    public string ProbabilityColumnName { get; init; } = "Probability";

    /// <summary>The column of the scores of more classes; <c>Score</c> by default.</summary>
    public string ScoreColumnName { get; init; } = "Score";

    /// <inheritdoc/>
    /// <remarks>The build of the program that makes the estimator, and the numbers, texts and names that the factory has taken along from around it.</remarks>
    public string Fingerprint
    {
        get
        {
            var text = new StringBuilder(string.Create(CultureInfo.InvariantCulture,
                $"{factory.Method.DeclaringType?.FullName}.{factory.Method.Name} {factory.Method.Module.ModuleVersionId} {NeedsFilledIn} {KeyLabels} "));
            text.Append(CultureInfo.InvariantCulture,
                $"{FeatureColumnName}|{LabelColumnName}|{WeightColumnName}|{ProbabilityColumnName}|{ScoreColumnName}");
            foreach (FieldInfo taken in factory.Target?.GetType().GetFields(BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic) ?? [])
                if (taken.FieldType.IsPrimitive || taken.FieldType.IsEnum || taken.FieldType == typeof(string))
                    text.Append(CultureInfo.InvariantCulture, $"|{taken.Name}={taken.GetValue(factory.Target)}");
            return text.ToString();
        }
    }

    /// <inheritdoc/>
    public string? Refuses(TrainingPlan plan)
    {
        ArgumentNullException.ThrowIfNull(plan);
        return plan.Loss is null ? null : $"loss:{plan.Loss} is for learners whose loss can be replaced; that of an ML.NET trainer ({Name}) is its own.";
    }

    /// <inheritdoc/>
    /// <exception cref="InvalidOperationException">The estimator does not fit: it wants other columns, or gives no probabilities.</exception>
    /// <exception cref="RemedyRefusedException">Rows weigh differently, and the estimator never reads the weights.</exception>
    public IModel Fit(FeatureTable features, ReadOnlyMemory<int> labels, TrainingPlan plan, FitOptions options)
    {
        ArgumentNullException.ThrowIfNull(features);
        ArgumentNullException.ThrowIfNull(plan);
        ArgumentNullException.ThrowIfNull(options);
        options.Cancellation.ThrowIfCancellationRequested();
        plan = NativeSwitch.AsWeights(plan);
        var context = new MLContext((int)(options.Seed & int.MaxValue));
        float[] weights = Weights(features, labels, plan, options.Seed);
        LearnerView view = View(features, labels, weights, plan.Counts.Labels);
        ITransformer fitted;
        try
        {
            fitted = factory(context).Fit(view);
        }
        catch (Exception unfit) when (unfit is ArgumentException or UnusableDataException or InvalidOperationException)
        {
            throw new InvalidOperationException($"The estimator '{Name}' cannot be fitted: {unfit.Message} It is given the columns {Describe(view.Schema)}"
                + $"{(plan.Counts.Classes == 2 && !KeyLabels ? "; for a multi-class trainer on two classes set KeyLabels" : "")}.", unfit);
        }

        if (!view.WeightsWereRead && weights.AsSpan().IndexOfAnyExcept(weights.Length > 0 ? weights[0] : 1) >= 0)
        {
            (fitted as IDisposable)?.Dispose();
            throw new RemedyRefusedException($"The estimator '{Name}' does not read the weights of the rows. Tell its trainer "
                + $"exampleWeightColumnName: \"{WeightColumnName}\", or leave out remedies that weight rows.");
        }

        var model = new EstimatorModel(this, context, fitted, plan.Counts.Labels);
        try
        {
            model.Check(view);
            return model;
        }
        catch
        {
            model.Dispose();
            throw;
        }
    }

    SampledEpochs ISampledLearner.EpochsFor(int rows) => LinearLearner.AllEpochs;

    /// <inheritdoc/>
    public IModel Load(string folder)
    {
        string path = Path.Combine(folder, EstimatorModel.FileName), classes = Path.Combine(folder, EstimatorModel.ClassesFile);
        try
        {
            var context = new MLContext();
            return new EstimatorModel(this, context, context.Model.Load(path, out _), JsonSerializer.Deserialize<string[]>(File.ReadAllText(classes))!);
        }
        catch (Exception wrong) when (wrong is IOException or JsonException or FormatException or InvalidOperationException or ArgumentException)
        {
            throw new UnusableDataException($"This is no model of the estimator '{Name}': {wrong.Message} Train it again.", path, innerException: wrong);
        }
    }

    private LearnerView View(FeatureTable features, ReadOnlyMemory<int> labels, float[] weights, IReadOnlyList<string> classes) =>
        new(features, labels, weights, (FeatureColumnName, LabelColumnName, WeightColumnName), classes, KeyLabels || classes.Count != 2);

    private static string Describe(DataViewSchema schema) => string.Join(", ", schema.Select(c => $"{c.Name} ({c.Type})"));

    /// <summary>Class weight times multiplicity times the row's own weight, with a mean of one; empty if all are one.</summary>
    private float[] Weights(FeatureTable features, ReadOnlyMemory<int> labels, TrainingPlan plan, long seed)
    {
        if (plan.Weights is null && plan.Sampler is null && features.RowWeights.IsEmpty) return [];
        var source = new RowSource(labels, plan, seed, LinearLearner.AllEpochs);
        source.RefuseSteps(Name);
        double[] weights = new double[labels.Length];
        if (plan.Sampler is null) Array.Fill(weights, 1);
        else
            for (int epoch = 0; epoch < LinearLearner.SampledEpochs; epoch++)
                foreach (long row in source.Epoch(epoch)) weights[row]++;
        double sum = 0;
        for (int i = 0; i < weights.Length; i++)
            sum += weights[i] *= source.ClassWeights[labels.Span[i]] * (features.RowWeights.IsEmpty ? 1 : features.RowWeights.Span[i]);
        return [.. weights.Select(w => (float)(w * weights.Length / sum))];
    }

    private sealed class EstimatorModel(EstimatorLearner learner, MLContext context, ITransformer fitted, IReadOnlyList<string> classes) : IModel
    {
        internal const string FileName = "mlnet.zip", ClassesFile = "classes.json";

        private DataViewSchema? inputs;

        /// <summary>Refuses a fitted estimator that gives no probabilities.</summary>
        internal void Check(LearnerView view)
        {
            inputs = view.Schema;
            DataViewSchema made = fitted.GetOutputSchema(view.Schema);
            string wanted = classes.Count == 2 && !learner.KeyLabels ? learner.ProbabilityColumnName : learner.ScoreColumnName;
            if (made.GetColumnOrNull(wanted) is null)
                throw new InvalidOperationException($"The estimator '{learner.Name}' gives no column '{wanted}' (but {string.Join(", ",
                    made.Select(c => c.Name).Distinct())}), and a comparison needs probabilities. Append a calibrator to it, "
                    + "such as mlContext.BinaryClassification.Calibrators.Platt(), or name the column.");
        }

        public double[] Predict(FeatureTable features)
        {
            LearnerView view = learner.View(features, default, [], classes);
            inputs ??= view.Schema;
            IDataView scored = fitted.Transform(view);
            int k = classes.Count;
            double[] all = new double[checked(features.Rows * k)];
            if (k == 2 && !learner.KeyLabels)
            {
                DataViewSchema.Column column = ViewColumns.Single(scored.Schema, learner.ProbabilityColumnName);
                using DataViewRowCursor cursor = scored.GetRowCursor([column]);
                ValueGetter<float> get = cursor.GetGetter<float>(column);
                float p = 0;
                for (int i = 0; cursor.MoveNext(); i++)
                {
                    get(ref p);
                    if (!(p >= 0 && p <= 1)) throw NoProbability(p, i);
                    (all[2 * i], all[(2 * i) + 1]) = (1 - (double)p, p);
                }

                return all;
            }

            DataViewSchema.Column scores = ViewColumns.Find(scored.Schema, learner.ScoreColumnName);
            if (scores.Type is not VectorDataViewType vector || vector.Size != k || vector.ItemType.RawType != typeof(float))
                throw new InvalidOperationException($"The column '{scores.Name}' of the estimator '{learner.Name}' is of type {scores.Type}; {k} numbers are "
                    + "needed, a probability per class.");
            using DataViewRowCursor rows = scored.GetRowCursor([scores]);
            ValueGetter<VBuffer<float>> getScores = rows.GetGetter<VBuffer<float>>(scores);
            VBuffer<float> row = default;
            float[] own = new float[k];
            for (int i = 0; rows.MoveNext(); i++)
            {
                getScores(ref row);
                row.CopyTo(own);
                double sum = 0;
                foreach (float p in own)
                {
                    if (!(p >= 0 && p <= 1 + ScoredRows.SumTolerance)) throw NoProbability(p, i);
                    sum += p;
                }

                if (Math.Abs(sum - 1) > ScoredRows.SumTolerance)
                    throw new InvalidOperationException(string.Create(CultureInfo.InvariantCulture,
                        $"The scores of the estimator '{learner.Name}' sum to {sum} in row {i + 1}; a comparison needs probabilities. Take a trainer that "
                        + $"gives them, such as LbfgsMaximumEntropy."));
                for (int c = 0; c < k; c++) all[(i * k) + c] = own[c] / sum;
            }

            return all;
        }

        public void Save(string folder)
        {
            using (var stream = new FileStream(Path.Combine(folder, FileName), FileMode.Create))
                context.Model.Save(fitted, inputs, stream);
            File.WriteAllText(Path.Combine(folder, ClassesFile), JsonSerializer.Serialize<string[]>([.. classes]));
        }

        public void Dispose() => (fitted as IDisposable)?.Dispose();

        private InvalidOperationException NoProbability(float p, int row) => new(string.Create(CultureInfo.InvariantCulture,
            $"The estimator '{learner.Name}' gives {p} in row {row + 1}; a probability lies in 0..1. Append a calibrator, or have missing numbers filled in "
            + $"(NeedsFilledIn)."));
    }
}
