using System.Runtime.CompilerServices;
using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Runtime;
using Microsoft.ML.Trainers;
using Microsoft.ML.Transforms;

namespace Counterweight.ML;

/// <summary>A decision as a transform of ML.NET's own: an expression on one probability, or a linear model on the scores of several classes.</summary>
internal sealed class DecisionEstimator(TransformsCatalog catalog, IDecision decision, string output, string scores, string keys) : IEstimator<ITransformer>
{
    /// <summary>The columns that ML.NET's linear models add; they have no other names.</summary>
    private const string Score = "Score", Predicted = "PredictedLabel", Aside = " of the model";

    public ITransformer Fit(IDataView input)
    {
        ArgumentNullException.ThrowIfNull(input);
        DataViewSchema.Column column = ViewColumns.Find(input.Schema, scores);
        if (column.Type is not VectorDataViewType vector) return Cut().Fit(ScalarOf(input, column));
        if (vector.ItemType.RawType != typeof(float) || vector.Size != decision.Classes)
            throw ViewColumns.Unfit(column, $"a vector of {decision.Classes} numbers of type Single, a probability per class,");
        DataViewSchema.Column key = ViewColumns.Find(input.Schema, keys);
        if (key.Type is not KeyDataViewType { Count: var count } || (int)count != decision.Classes)
            throw ViewColumns.Unfit(key, $"a key of {decision.Classes} values, in whose order the scores are,");
        CheckNames(key);
        return Linear(input);
    }

    public SchemaShape GetOutputSchema(SchemaShape inputSchema)
    {
        ArgumentNullException.ThrowIfNull(inputSchema);
        SchemaShape.Column column = Find(scores);
        if (column.Kind == SchemaShape.Column.VectorKind.Scalar) return Cut().GetOutputSchema(inputSchema);
        _ = Find(keys);
        return catalog.CopyColumns(output, keys).GetOutputSchema(inputSchema);

        SchemaShape.Column Find(string name)
        {
            foreach (SchemaShape.Column there in inputSchema)
                if (there.Name == name) return there;
            throw ViewColumns.Missing(name, inputSchema.Select(c => c.Name));
        }
    }

    /// <summary>A linear model of the scores; columns that have the names of those that it adds are put aside, and back after it.</summary>
    private TransformerChain<ITransformer> Linear(IDataView input)
    {
        float[][] weights = LinearDecision.Of(decision);
        var parts = new List<ITransformer>();
        string[] covered = [.. new[] { Score, Predicted }.Where(name => name != output && input.Schema.GetColumnOrNull(name) is not null)];
        IDataView view = input;
        void Add(ITransformer part)
        {
            parts.Add(part);
            view = part.Transform(view);
        }

        foreach (string name in covered) Add(catalog.CopyColumns(name + Aside, name).Fit(view));
        try
        {
            var context = new MLContext();
            LinearMulticlassModelParameters model = Accessor.Model(
                context, [.. weights.Select(w => new VBuffer<float>(w.Length, w))], new float[weights.Length], weights.Length, weights.Length, null, null);
            Add(Accessor<LinearMulticlassModelParameters>.Transformer(context, model, view.Schema, scores, keys, Score, Predicted));
        }
        catch (MissingMemberException other)
        {
            throw new NotSupportedException($"This version of Microsoft.ML ({typeof(MLContext).Assembly.GetName().Version}) makes no linear models of stated "
                + "weights. Keep the decision beside the model (Decision.Save), and apply it to the scores.", other);
        }

        if (output != Predicted) Add(catalog.CopyColumns(output, Predicted).Fit(view));
        string[] added = [.. new[] { Score, Predicted }.Where(name => name != output && !covered.Contains(name))];
        if (added.Length > 0) Add(catalog.DropColumns(added).Fit(view));
        foreach (string name in covered) Add(catalog.CopyColumns(name, name + Aside).Fit(view));
        if (covered.Length > 0) Add(catalog.DropColumns([.. covered.Select(name => name + Aside)]).Fit(view));
        return new TransformerChain<ITransformer>([.. parts]);
    }

    private static IDataView ScalarOf(IDataView input, DataViewSchema.Column column) =>
        column.Type is NumberDataViewType && column.Type.RawType == typeof(float) ? input : throw ViewColumns.Unfit(column, "a probability of type Single");

    private ExpressionEstimator Cut() => catalog.Expression(output, BinaryCut.Of(decision).Expression, scores);

    /// <summary>Refuses a decision whose classes are those of the keys in another order, or others.</summary>
    private void CheckNames(DataViewSchema.Column key)
    {
        if (decision is not Decision { Labels: var labels } || !labels.Where((label, c) => label != $"{c}").Any()) return;
        (_, string[] names) = CodeColumn.Of(key).Finish();
        if (names.Where((name, c) => name != $"{c}").Any() && !names.SequenceEqual(labels))
            throw new UnusableDataException($"The keys are {string.Join(", ", names.Take(10))}, and the decision has the classes "
                + $"{string.Join(", ", labels.Take(10))}; both need the same order.", column: key.Name);
    }

    /// <summary>ML.NET makes its linear models in training alone; these are the constructors that its trainers call.</summary>
    private static class Accessor
    {
        [UnsafeAccessor(UnsafeAccessorKind.Constructor)]
        internal static extern LinearMulticlassModelParameters Model(
            IHostEnvironment env, VBuffer<float>[] weights, float[] bias, int numClasses, int numFeatures, string[]? labelNames, ModelStatisticsBase? stats);
    }

    private static class Accessor<TModel> where TModel : class
    {
        [UnsafeAccessor(UnsafeAccessorKind.Constructor)]
        internal static extern MulticlassPredictionTransformer<TModel> Transformer(
            IHostEnvironment env, TModel model, DataViewSchema trainSchema, string featureColumn, string labelColumn, string scoreColumn,
            string predictedLabel);
    }
}

/// <summary>Decisions that are the largest of K sums of weighted probabilities.</summary>
internal static class LinearDecision
{
    /// <summary>The weights: K rows of K.</summary>
    /// <exception cref="ArgumentException">The decision is no such thing.</exception>
    internal static float[][] Of(IDecision decision)
    {
        double[][] weights = Weights(decision);
        double largest = weights.Max(row => row.Max(Math.Abs));
        return [.. weights.Select(row => row.Select(w => (float)(largest > 0 ? w / largest : w)).ToArray())];
    }

    private static double[][] Weights(IDecision decision)
    {
        int k = decision.Classes;
        double[][] Make(Func<int, int, double> weight) => [.. Enumerable.Range(0, k).Select(j => Enumerable.Range(0, k).Select(i => weight(j, i)).ToArray())];
        switch (decision)
        {
            case Decision { ScoresAreLogits: false } saved when saved.Columns == k:
                return Weights(saved.Rule);
            case ArgmaxDecision:
                return Make((j, i) => i == j ? 1 : 0);
            case OffsetsDecision offsets:
                double[] own = offsets.Offsets.ToArray();
                double most = own.Max();
                return Make((j, i) => i == j ? Math.Exp(own[j] - most) : 0);
            case CostDecision { Costs: var costs }:
                return Make((j, i) => -costs[i, j]);
            case ThresholdDecision { Threshold: var t, PositiveClass: var positive }:
                // p >= t of the positive class is (1 - t) p >= t (1 - p); a threshold out of 0..1 always says the same.
                int always = t > 1 ? 1 - positive : t <= 0 ? positive : -1;
                return Make((j, i) => always >= 0 ? (j == always ? 1 : 0) : i != j ? 0 : j == positive ? 1 - t : t);
            case TransformedDecision { Transform: PriorCorrection correction, Inner: var inner }:
                double[] factors = [.. Enumerable.Range(0, k).Select(c => correction.TargetPrior[c] / correction.TrainingPrior[c])];
                double[][] after = Weights(inner);
                return Make((j, i) => after[j][i] * factors[i]);
            default:
                throw new ArgumentException($"ML.NET has no transform that decides so ({decision.Description}): it is no weighted sum of the probabilities. "
                    + "Keep it beside the model (Decision.Save), and apply it to the scores.", nameof(decision));
        }
    }
}
