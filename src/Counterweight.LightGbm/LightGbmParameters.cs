using System.Globalization;
using System.Text;

namespace Counterweight.LightGbm;

/// <summary>What LightGBM minimises when the loss is one of its own.</summary>
public enum LightGbmObjective
{
    /// <summary>Logistic loss on the labels 0 and 1: one score per row, a sigmoid makes it a probability.</summary>
    Binary,

    /// <summary>Softmax cross entropy on the labels 0..K-1: K scores per row.</summary>
    Multiclass,

    /// <summary>K separate logistic losses on the labels 0..K-1; the probabilities of a row need not sum to one.</summary>
    OneVersusRest,

    /// <summary>Squared error on real labels.</summary>
    Regression,
}

/// <summary>How trees are combined.</summary>
public enum LightGbmBoosting
{
    /// <summary>Gradient boosting (Friedman, 2001).</summary>
    Gradient,

    /// <summary>Gradient boosting with dropped trees (Rashmi and Gilad-Bachrach, 2015).</summary>
    Dart,

    /// <summary>A random forest; needs <see cref="LightGbmParameters.RowFraction"/> below 1 and <see cref="LightGbmParameters.RowFractionEvery"/> above
    /// 0.</summary>
    RandomForest,
}

/// <summary>How histograms are laid out, which decides whether the trees depend on the number of threads.</summary>
public enum LightGbmHistograms
{
    /// <summary>Column by column: the same trees at any number of threads.</summary>
    Reproducible,

    /// <summary>Row by row: often faster with few columns and many threads; sums are rounded differently with another number of threads.</summary>
    RowWise,

    /// <summary>LightGBM times both layouts on the first rows and takes the faster; two runs may differ in the last digits.</summary>
    Fastest,
}

/// <summary>The parameters of a dataset and of a training, with LightGBM's meanings and, where nothing is said, LightGBM's defaults.</summary>
/// <remarks>
/// <para>The names in brackets are LightGBM's own. Two defaults differ: <see cref="Histograms"/> is reproducible and <c>deterministic</c> is on, so that the
/// same seed gives the same trees at any number of threads. <see cref="For"/> picks defaults by the size of the data.</para>
/// <para>Everything LightGBM knows and this record does not name can go into <see cref="Extra"/>.</para>
/// </remarks>
/// <example>
/// <code>
/// LightGbmParameters parameters = LightGbmParameters.For(rows: 100_000, columns: 28, classes: 2) with { Rounds = 300, EarlyStoppingRounds = 20 };
/// </code>
/// </example>
public sealed record LightGbmParameters
{
    /// <summary>What is minimised (<c>objective</c>); ignored when the training has an objective of its own.</summary>
    public LightGbmObjective Objective { get; init; } = LightGbmObjective.Binary;

    /// <summary>The number of classes K; 2 for <see cref="LightGbmObjective.Binary"/>, 1 for regression (<c>num_class</c>).</summary>
    public int Classes { get; init; } = 2;

    /// <summary>How trees are combined (<c>boosting</c>).</summary>
    public LightGbmBoosting Boosting { get; init; } = LightGbmBoosting.Gradient;

    /// <summary>The most rounds of boosting (<c>num_iterations</c>); each makes one tree, or K for K scores.</summary>
    public int Rounds { get; init; } = 100;

    /// <summary>Stop when the watched metric has not improved for this many rounds; 0 never stops early (<c>early_stopping_round</c>).</summary>
    public int EarlyStoppingRounds { get; init; }

    /// <summary>How much of a tree's answer is added, above 0 (<c>learning_rate</c>).</summary>
    public double LearningRate { get; init; } = 0.1;

    /// <summary>The most leaves of a tree, 2..131072 (<c>num_leaves</c>).</summary>
    public int Leaves { get; init; } = 31;

    /// <summary>The largest depth of a tree; -1 has no limit (<c>max_depth</c>).</summary>
    public int MaxDepth { get; init; } = -1;

    /// <summary>The fewest rows of a leaf (<c>min_data_in_leaf</c>).</summary>
    public int MinRowsInLeaf { get; init; } = 20;

    /// <summary>The smallest sum of second derivatives of a leaf (<c>min_sum_hessian_in_leaf</c>).</summary>
    public double MinHessianInLeaf { get; init; } = 1e-3;

    /// <summary>The most bins of a numeric column, 2 or more (<c>max_bin</c>).</summary>
    public int MaxBins { get; init; } = 255;

    /// <summary>How many rows are looked at to choose the bins (<c>bin_construct_sample_cnt</c>).</summary>
    public int BinSampleRows { get; init; } = 200_000;

    /// <summary>The share of the rows a tree sees, in (0, 1] (<c>bagging_fraction</c>).</summary>
    public double RowFraction { get; init; } = 1;

    /// <summary>Draw the rows anew every so many rounds; 0 always uses all rows (<c>bagging_freq</c>).</summary>
    public int RowFractionEvery { get; init; }

    /// <summary>The share of the positive rows a tree sees, in (0, 1]; binary labels only (<c>pos_bagging_fraction</c>).</summary>
    public double PositiveRowFraction { get; init; } = 1;

    /// <summary>The share of the negative rows a tree sees, in (0, 1]; binary labels only (<c>neg_bagging_fraction</c>).</summary>
    public double NegativeRowFraction { get; init; } = 1;

    /// <summary>The share of the columns a tree sees, in (0, 1] (<c>feature_fraction</c>).</summary>
    public double ColumnFraction { get; init; } = 1;

    /// <summary>The share of the columns a split sees, in (0, 1] (<c>feature_fraction_bynode</c>).</summary>
    public double ColumnFractionPerSplit { get; init; } = 1;

    /// <summary>The L1 penalty on leaf values (<c>lambda_l1</c>).</summary>
    public double L1 { get; init; }

    /// <summary>The L2 penalty on leaf values (<c>lambda_l2</c>).</summary>
    public double L2 { get; init; }

    /// <summary>The smallest gain of a split (<c>min_gain_to_split</c>).</summary>
    public double MinGain { get; init; }

    /// <summary>Weight the rarer class by the ratio of the class counts (<c>is_unbalance</c>); binary only, not with
    /// <see cref="ScalePositiveWeight"/>.</summary>
    public bool IsUnbalance { get; init; }

    /// <summary>The weight of a positive row, above 0 (<c>scale_pos_weight</c>); binary only.</summary>
    public double ScalePositiveWeight { get; init; } = 1;

    /// <summary>LightGBM's metrics to compute on the validation data, by LightGBM's names: <c>auc</c>, <c>binary_logloss</c>, <c>average_precision</c>,
    /// <c>multi_logloss</c> (<c>metric</c>). Empty: the one that belongs to the objective.</summary>
    public IReadOnlyList<string> Metrics { get; init; } = [];

    /// <summary>The metric that early stopping watches, by name; null watches the first one.</summary>
    public string? EarlyStoppingMetric { get; init; }

    /// <summary>The seed of everything random (<c>seed</c>).</summary>
    public int Seed { get; init; }

    /// <summary>How histograms are laid out (<c>force_col_wise</c>, <c>force_row_wise</c>).</summary>
    public LightGbmHistograms Histograms { get; init; } = LightGbmHistograms.Reproducible;

    /// <summary>The number of threads; 0 is every processor. Part of no saved model.</summary>
    public int Threads { get; init; }

    /// <summary>More parameters, by LightGBM's names. They may not repeat what this record has.</summary>
    public IReadOnlyDictionary<string, string> Extra { get; init; } = new Dictionary<string, string>();

    /// <summary>Receives LightGBM's own messages, line by line; null drops them. Nothing is ever written to standard output.</summary>
    public Action<string>? Log { get; init; }

    /// <summary>Defaults that suit the size of the data: more careful with few rows, larger trees with many.</summary>
    /// <param name="rows">The number of training rows.</param>
    /// <param name="columns">The number of columns.</param>
    /// <param name="classes">The number of classes K, at least 2.</param>
    /// <remarks>
    /// Below 10,000 rows a leaf of 20 rows is a large share of the rare class, so trees are smaller (at most a leaf per 40 rows), leaves may hold fewer rows
    /// and an L2 penalty of 1 holds back their values; from 100,000 rows trees have up to 63 leaves, from a million 127. With many columns a tree sees a part
    /// of them.
    /// </remarks>
    public static LightGbmParameters For(long rows, int columns, int classes)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(rows, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(columns, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(classes, 2);
        return new LightGbmParameters
        {
            Objective = classes == 2 ? LightGbmObjective.Binary : LightGbmObjective.Multiclass,
            Classes = classes,
            Leaves = rows switch { < 10_000 => (int)Math.Clamp(rows / 40, 4, 31), < 100_000 => 31, < 1_000_000 => 63, _ => 127 },
            MinRowsInLeaf = rows switch { < 1_000 => 5, < 10_000 => 10, < 100_000 => 20, _ => 50 },
            L2 = rows < 10_000 ? 1 : 0,
            LearningRate = rows < 10_000 ? 0.05 : 0.1,
            ColumnFraction = columns >= 100 ? 0.8 : 1,
        };
    }

    private static readonly Dictionary<string, string> Named = new(StringComparer.OrdinalIgnoreCase)
    {
        ["num_threads"] = nameof(Threads),
        ["num_thread"] = nameof(Threads),
        ["nthread"] = nameof(Threads),
        ["nthreads"] = nameof(Threads),
        ["n_jobs"] = nameof(Threads),
        ["verbosity"] = nameof(Log),
        ["verbose"] = nameof(Log),
        ["objective"] = nameof(Objective),
        ["objective_type"] = nameof(Objective),
        ["app"] = nameof(Objective),
        ["application"] = nameof(Objective),
        ["loss"] = nameof(Objective),
        ["num_class"] = nameof(Classes),
        ["num_classes"] = nameof(Classes),
        ["boosting"] = nameof(Boosting),
        ["boosting_type"] = nameof(Boosting),
        ["boost"] = nameof(Boosting),
        ["num_iterations"] = nameof(Rounds),
        ["num_iteration"] = nameof(Rounds),
        ["n_iter"] = nameof(Rounds),
        ["num_tree"] = nameof(Rounds),
        ["num_trees"] = nameof(Rounds),
        ["num_round"] = nameof(Rounds),
        ["num_rounds"] = nameof(Rounds),
        ["nrounds"] = nameof(Rounds),
        ["num_boost_round"] = nameof(Rounds),
        ["n_estimators"] = nameof(Rounds),
        ["max_iter"] = nameof(Rounds),
        ["early_stopping_round"] = nameof(EarlyStoppingRounds),
        ["early_stopping_rounds"] = nameof(EarlyStoppingRounds),
        ["early_stopping"] = nameof(EarlyStoppingRounds),
        ["n_iter_no_change"] = nameof(EarlyStoppingRounds),
        ["learning_rate"] = nameof(LearningRate),
        ["shrinkage_rate"] = nameof(LearningRate),
        ["eta"] = nameof(LearningRate),
        ["num_leaves"] = nameof(Leaves),
        ["num_leaf"] = nameof(Leaves),
        ["max_leaves"] = nameof(Leaves),
        ["max_leaf"] = nameof(Leaves),
        ["max_leaf_nodes"] = nameof(Leaves),
        ["max_depth"] = nameof(MaxDepth),
        ["min_data_in_leaf"] = nameof(MinRowsInLeaf),
        ["min_data_per_leaf"] = nameof(MinRowsInLeaf),
        ["min_data"] = nameof(MinRowsInLeaf),
        ["min_child_samples"] = nameof(MinRowsInLeaf),
        ["min_samples_leaf"] = nameof(MinRowsInLeaf),
        ["min_sum_hessian_in_leaf"] = nameof(MinHessianInLeaf),
        ["min_child_weight"] = nameof(MinHessianInLeaf),
        ["max_bin"] = nameof(MaxBins),
        ["max_bins"] = nameof(MaxBins),
        ["bin_construct_sample_cnt"] = nameof(BinSampleRows),
        ["subsample_for_bin"] = nameof(BinSampleRows),
        ["bagging_fraction"] = nameof(RowFraction),
        ["sub_row"] = nameof(RowFraction),
        ["subsample"] = nameof(RowFraction),
        ["bagging"] = nameof(RowFraction),
        ["bagging_freq"] = nameof(RowFractionEvery),
        ["subsample_freq"] = nameof(RowFractionEvery),
        ["pos_bagging_fraction"] = nameof(PositiveRowFraction),
        ["neg_bagging_fraction"] = nameof(NegativeRowFraction),
        ["feature_fraction"] = nameof(ColumnFraction),
        ["sub_feature"] = nameof(ColumnFraction),
        ["colsample_bytree"] = nameof(ColumnFraction),
        ["feature_fraction_bynode"] = nameof(ColumnFractionPerSplit),
        ["lambda_l1"] = nameof(L1),
        ["reg_alpha"] = nameof(L1),
        ["lambda_l2"] = nameof(L2),
        ["reg_lambda"] = nameof(L2),
        ["lambda"] = nameof(L2),
        ["min_gain_to_split"] = nameof(MinGain),
        ["min_split_gain"] = nameof(MinGain),
        ["is_unbalance"] = nameof(IsUnbalance),
        ["unbalance"] = nameof(IsUnbalance),
        ["unbalanced_sets"] = nameof(IsUnbalance),
        ["scale_pos_weight"] = nameof(ScalePositiveWeight),
        ["metric"] = nameof(Metrics),
        ["metrics"] = nameof(Metrics),
        ["metric_types"] = nameof(Metrics),
        ["seed"] = nameof(Seed),
        ["random_seed"] = nameof(Seed),
        ["random_state"] = nameof(Seed),
        ["force_col_wise"] = nameof(Histograms),
        ["force_row_wise"] = nameof(Histograms),
        ["deterministic"] = nameof(Histograms),
        ["categorical_feature"] = "the dataset's categorical columns",
        ["cat_feature"] = "the dataset's categorical columns",
        ["categorical_column"] = "the dataset's categorical columns",
        ["cat_column"] = "the dataset's categorical columns",
    };

    /// <summary>Throws if a value is out of range, naming the parameter, the value and what is accepted.</summary>
    internal void Validate()
    {
        Range(Rounds, 1, int.MaxValue, nameof(Rounds));
        Range(EarlyStoppingRounds, 0, int.MaxValue, nameof(EarlyStoppingRounds));
        Range(Leaves, 2, 131_072, nameof(Leaves));
        Range(MinRowsInLeaf, 0, int.MaxValue, nameof(MinRowsInLeaf));
        Range(MaxBins, 2, 65_535, nameof(MaxBins));
        Range(BinSampleRows, 1, int.MaxValue, nameof(BinSampleRows));
        Range(RowFractionEvery, 0, int.MaxValue, nameof(RowFractionEvery));
        Range(Threads, 0, int.MaxValue, nameof(Threads));
        Positive(LearningRate, nameof(LearningRate));
        Positive(ScalePositiveWeight, nameof(ScalePositiveWeight));
        Fraction(RowFraction, nameof(RowFraction));
        Fraction(PositiveRowFraction, nameof(PositiveRowFraction));
        Fraction(NegativeRowFraction, nameof(NegativeRowFraction));
        Fraction(ColumnFraction, nameof(ColumnFraction));
        Fraction(ColumnFractionPerSplit, nameof(ColumnFractionPerSplit));
        NotNegative(MinHessianInLeaf, nameof(MinHessianInLeaf));
        NotNegative(L1, nameof(L1));
        NotNegative(L2, nameof(L2));
        NotNegative(MinGain, nameof(MinGain));
        bool binary = Objective == LightGbmObjective.Binary;
        int least = Objective == LightGbmObjective.Regression ? 1 : 2;
        if (Classes < least || (binary && Classes != 2))
            throw new ArgumentOutOfRangeException(nameof(Classes), Classes, $"{Objective} takes {(binary ? "2" : $"{least} or more")} classes.");
        if (!binary && (IsUnbalance || ScalePositiveWeight != 1 || PositiveRowFraction != 1 || NegativeRowFraction != 1))
            throw new ArgumentException(
                $"{nameof(IsUnbalance)}, {nameof(ScalePositiveWeight)}, {nameof(PositiveRowFraction)} and {nameof(NegativeRowFraction)} are for the Binary "
                + $"objective only; weight the rows instead.",
                nameof(IsUnbalance));
        if (IsUnbalance && ScalePositiveWeight != 1)
            throw new ArgumentException($"{nameof(IsUnbalance)} and {nameof(ScalePositiveWeight)} cannot be used together; choose one.",
                nameof(ScalePositiveWeight));
        if (Boosting == LightGbmBoosting.RandomForest && !(RowFractionEvery > 0 && RowFraction < 1) && ColumnFraction >= 1)
            throw new ArgumentException(
                $"A random forest needs {nameof(RowFraction)} below 1 with {nameof(RowFractionEvery)} above 0, or {nameof(ColumnFraction)} below 1.",
                nameof(RowFraction));
        if (Boosting == LightGbmBoosting.Dart && EarlyStoppingRounds > 0)
            throw new ArgumentException("Dart changes earlier trees in later rounds, so it cannot stop early.", nameof(EarlyStoppingRounds));
        foreach (string metric in Metrics) Word(metric, nameof(Metrics));
        foreach ((string name, string value) in Extra)
        {
            Word(name, nameof(Extra));
            if (value.AsSpan().IndexOfAny(" \t\r\n=") >= 0)
                throw new ArgumentException($"The value '{value}' of the extra parameter '{name}' has a blank or an equals sign.", nameof(Extra));
            if (Named.TryGetValue(name, out string? property))
                throw new ArgumentException($"The extra parameter '{name}' is set by {property}.", nameof(Extra));
        }
    }

    /// <summary>What a dataset is made with.</summary>
    internal string DatasetText(IReadOnlyList<int> categorical)
    {
        var text = new StringBuilder();
        Common(text);
        if (categorical.Count > 0) Add(text, "categorical_feature", string.Join(',', categorical));
        return text.ToString();
    }

    /// <summary>What a booster is made with.</summary>
    internal string TrainingText(bool custom, int outputs, IReadOnlyList<int> categorical, int machines = 1)
    {
        var text = new StringBuilder();
        Common(text);
        if (categorical.Count > 0) Add(text, "categorical_feature", string.Join(',', categorical));
        Add(text, "objective", custom ? "custom" : Objective switch
        {
            LightGbmObjective.Binary => "binary",
            LightGbmObjective.Multiclass => "multiclass",
            LightGbmObjective.OneVersusRest => "multiclassova",
            _ => "regression",
        });
        int scores = custom ? outputs : Objective is LightGbmObjective.Multiclass or LightGbmObjective.OneVersusRest ? Classes : 1;
        if (scores > 1) Add(text, "num_class", scores);
        Add(text, "boosting", Boosting switch { LightGbmBoosting.Dart => "dart", LightGbmBoosting.RandomForest => "rf", _ => "gbdt" });
        if (Metrics.Count > 0) Add(text, "metric", string.Join(',', Metrics));
        else if (custom) Add(text, "metric", "none");
        Add(text, "num_iterations", Rounds);
        Add(text, "learning_rate", LearningRate);
        Add(text, "num_leaves", Leaves);
        Add(text, "max_depth", MaxDepth);
        Add(text, "min_sum_hessian_in_leaf", MinHessianInLeaf);
        Add(text, "bagging_fraction", RowFraction);
        Add(text, "bagging_freq", RowFractionEvery);
        Add(text, "pos_bagging_fraction", PositiveRowFraction);
        Add(text, "neg_bagging_fraction", NegativeRowFraction);
        Add(text, "feature_fraction", ColumnFraction);
        Add(text, "feature_fraction_bynode", ColumnFractionPerSplit);
        Add(text, "lambda_l1", L1);
        Add(text, "lambda_l2", L2);
        Add(text, "min_gain_to_split", MinGain);
        if (IsUnbalance) Add(text, "is_unbalance", "true");
        if (ScalePositiveWeight != 1) Add(text, "scale_pos_weight", ScalePositiveWeight);
        if (machines > 1)
        {
            Add(text, "tree_learner", "data");
            Add(text, "num_machines", machines);
        }

        return text.ToString();
    }

    /// <summary>What a prediction is made with.</summary>
    internal static string PredictionText => "verbosity=-1";

    private void Common(StringBuilder text)
    {
        // The number of threads is not here: see NativeCall, which is the only place that sets it.
        Add(text, "verbosity", Log is null ? -1 : 1);
        Add(text, "seed", Seed);
        Add(text, "max_bin", MaxBins);
        Add(text, "bin_construct_sample_cnt", BinSampleRows);
        Add(text, "min_data_in_leaf", MinRowsInLeaf);
        if (Histograms != LightGbmHistograms.Fastest)
        {
            Add(text, "deterministic", "true");
            Add(text, Histograms == LightGbmHistograms.RowWise ? "force_row_wise" : "force_col_wise", "true");
        }

        foreach ((string name, string value) in Extra.OrderBy(e => e.Key, StringComparer.Ordinal)) Add(text, name, value);
    }

    private static void Add(StringBuilder text, string name, string value) => text.Append(text.Length == 0 ? "" : " ").Append(name).Append('=').Append(value);

    private static void Add(StringBuilder text, string name, int value) => Add(text, name, value.ToString(CultureInfo.InvariantCulture));

    private static void Add(StringBuilder text, string name, double value) => Add(text, name, value.ToString("R", CultureInfo.InvariantCulture));

    private static void Word(string word, string parameter)
    {
        if (string.IsNullOrEmpty(word) || !word.All(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '@' or '.' or '-'))
            throw new ArgumentException($"'{word}' is not a name that LightGBM could know.", parameter);
    }

    private static void Range(int value, int least, int most, string name)
    {
        if (value < least || value > most)
            throw new ArgumentOutOfRangeException(
                name, value, most == int.MaxValue ? $"{name} is a whole number of {least} or more." : $"{name} is a whole number in {least}..{most}.");
    }

    private static void Fraction(double value, string name)
    {
        if (!(value > 0 && value <= 1)) throw new ArgumentOutOfRangeException(name, value, $"{name} is a number in (0, 1].");
    }

    private static void Positive(double value, string name)
    {
        if (!(value > 0 && double.IsFinite(value))) throw new ArgumentOutOfRangeException(name, value, $"{name} is a finite number above 0.");
    }

    private static void NotNegative(double value, string name)
    {
        if (!(value >= 0 && double.IsFinite(value))) throw new ArgumentOutOfRangeException(name, value, $"{name} is a finite number of 0 or more.");
    }
}
