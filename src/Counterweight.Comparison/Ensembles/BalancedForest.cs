using System.Globalization;
using Counterweight.LightGbm;

namespace Counterweight.Comparison;

/// <summary>The balanced random forest of Chen, Liaw and Breiman (2004).</summary>
/// <remarks>
/// A tree sees as many rows of every class as the smallest has, drawn with replacement, and each split the square root of the number of columns. Least squares on the
/// indicator of a class splits as the Gini impurity does, and a leaf's value is the share of the class in it; two classes take one such tree, more take one per class,
/// whose shares are scaled to a sum of one. The bins of the columns are made once for all trees.
/// </remarks>
internal sealed class BalancedForest(MethodCall call) : IEnsemble
{
    private const int MostLeaves = 131_072;

    public string Name => call.ToString();

    public bool NeedsFilledIn => false;

    public string? Refuses(ILearner learner, TrainingPlan plan)
    {
        if (learner is not GbdtLearner) return $"ensemble:{Name} is made of trees; for {learner.Name} it is ensemble:under-bagging.";
        return plan.Loss is null ? Ensemble.Refuses(plan, Name) : $"ensemble:{Name} grows its trees by impurity, so that it takes no loss.";
    }

    public IModel Fit(ILearner learner, FeatureTable features, ReadOnlyMemory<int> labels, TrainingPlan plan, FitOptions options)
    {
        var classes = new ClassRows(labels.Span, plan, Name);
        var parameters = new LightGbmParameters
        {
            Objective = LightGbmObjective.Regression,
            Classes = 1,
            Rounds = 1,
            LearningRate = 1,
            MinRowsInLeaf = 1,

            // The least weight of a row is 1. Without this floor LightGBM, which guesses row counts from weights, may split off a leaf without rows.
            MinHessianInLeaf = 0.5,
            ColumnFractionPerSplit = Math.Min(1, Math.Max(1, Math.Floor(Math.Sqrt(features.Columns))) / features.Columns),
            Leaves = Math.Clamp(classes.Smallest * classes.Classes, 2, MostLeaves),
            Threads = 1,
            Seed = (int)(options.Seed & int.MaxValue),
            Extra = new Dictionary<string, string> { ["feature_pre_filter"] = "false", ["min_data_in_bin"] = "1", ["min_data_per_group"] = "5", ["cat_l2"] = "1" },
        };
        options.Cancellation.ThrowIfCancellationRequested();
        using LightGbmDataset all = LightGbmDataset.FromRows(features.Matrix.Values.Span, features.Columns, new LightGbmDatasetOptions
        {
            Parameters = parameters,
            ColumnNames = features.Matrix.Names ?? [],
            CategoricalColumns = [.. Enumerable.Range(0, features.Columns).Where(c => features.Levels[c] > 0)],
        });
        IModel[] trees = Work.FitAll(call.Integer("members"), options, (_, own) => Grow(all, classes, parameters with { Seed = (int)(own.Seed & int.MaxValue) }, own));
        return new EnsembleModel(trees, [.. trees.Select(_ => 1.0)], classes.Classes, options.Threads);
    }

    private static ForestTree Grow(LightGbmDataset all, ClassRows classes, LightGbmParameters parameters, FitOptions options)
    {
        var random = new SeededRandom(options.Seed, 1);
        var drawn = new List<int>(classes.Smallest * classes.Classes);
        for (int c = 0; c < classes.Classes; c++) ClassRows.With(classes[c], classes.Smallest, drawn, ref random);
        drawn.Sort();
        var rows = new List<int>(drawn.Count);
        var times = new List<float>(drawn.Count);
        foreach (int row in drawn)
        {
            if (rows.Count > 0 && rows[^1] == row) times[^1]++;
            else
            {
                rows.Add(row);
                times.Add(1);
            }
        }

        using LightGbmDataset cut = all.Subset([.. rows]);
        cut.SetWeights([.. times]);
        int outputs = classes.Classes == 2 ? 1 : classes.Classes;
        var models = new List<LightGbmModel>(outputs);
        try
        {
            float[] target = new float[rows.Count];
            for (int output = 0; output < outputs; output++)
            {
                int code = outputs == 1 ? 1 : output;
                for (int i = 0; i < target.Length; i++) target[i] = classes.Labels[rows[i]] == code ? 1 : 0;
                cut.SetLabels(target);
                models.Add(LightGbmModel.Train(cut, parameters, cancellation: options.Cancellation));
            }

            return new ForestTree([.. models], classes.Classes);
        }
        catch
        {
            foreach (LightGbmModel model in models) model.Dispose();
            throw;
        }
    }
}

/// <summary>A tree of a forest: the shares of the classes in the leaf of a row. One model for two classes, else one per class.</summary>
internal sealed class ForestTree(LightGbmModel[] models, int classes) : IModel
{
    public double[] Predict(FeatureTable features)
    {
        if (features.Matrix.Names is { } names) models[0].CheckColumns(names);
        else if (features.Columns != models[0].ColumnNames.Count)
            throw new UnusableDataException($"The model was trained on {models[0].ColumnNames.Count} columns, and there are {features.Columns}.");
        double[] p = new double[checked(features.Rows * classes)];
        for (int m = 0; m < models.Length; m++)
        {
            double[] share = models[m].PredictScores(features.Matrix.Values.Span, threads: 1);
            for (int i = 0; i < share.Length; i++) p[(i * classes) + (models.Length == 1 ? 1 : m)] = Math.Clamp(share[i], 0, 1);
        }

        for (int i = 0; i < features.Rows; i++)
        {
            Span<double> row = p.AsSpan(i * classes, classes);
            if (models.Length == 1) row[0] = 1 - row[1];
            else
            {
                double sum = 0;
                foreach (double v in row) sum += v;
                foreach (ref double v in row) v = sum > 0 ? v / sum : 1.0 / classes;
            }
        }

        return p;
    }

    public void Save(string folder)
    {
        for (int m = 0; m < models.Length; m++) models[m].Save(FileOf(folder, m));
    }

    public void Dispose()
    {
        foreach (LightGbmModel model in models) model.Dispose();
    }

    internal static ForestTree Load(string folder, int classes)
    {
        var models = new List<LightGbmModel>();
        try
        {
            for (int m = 0; m < (classes == 2 ? 1 : classes); m++) models.Add(LightGbmModel.Load(FileOf(folder, m)));
            return new ForestTree([.. models], classes);
        }
        catch
        {
            foreach (LightGbmModel model in models) model.Dispose();
            throw;
        }
    }

    private static string FileOf(string folder, int model) => Path.Combine(folder, string.Create(CultureInfo.InvariantCulture, $"tree-{model + 1}.txt"));
}
