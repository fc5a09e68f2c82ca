using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Counterweight.Data;
using Counterweight.LightGbm;

namespace Counterweight.Comparison;

/// <summary>A remedy on a learner, fitted on all rows: the preparation, the model and the decision, saved and loaded as one folder.</summary>
/// <example>
/// <code>
/// Dataset data = DatasetReader.Read("samples/hpc-jobs.csv", "class");
/// using TrainedClassifier trained = TrainedClassifier.Fit(data, "linear", Remedy.Parse("weights:balanced"));
/// trained.Save("model");
/// using TrainedClassifier loaded = TrainedClassifier.Load("model");
/// string[] classes = loaded.Predict(data.Columns).Labels;
/// </code>
/// </example>
public sealed class TrainedClassifier : IDisposable
{
    private const string MetadataFile = "metadata.json", PreparationFile = "preparation.json", DecisionFile = "decision.json", ModelFolder = "model";
    private const int Version = 2;

    private readonly IModel model;
    private readonly Preprocessor preparation;

    private TrainedClassifier(ModelMetadata metadata, Preprocessor preparation, IModel model, Decision decision) =>
        (Metadata, this.preparation, this.model, Decision) = (metadata, preparation, model, decision);

    /// <summary>What was trained, on what, and which columns it expects.</summary>
    public ModelMetadata Metadata { get; }

    /// <summary>The step from probabilities to a class.</summary>
    public Decision Decision { get; }

    /// <summary>The preparation of the columns.</summary>
    internal Preprocessor Preparation => preparation;

    /// <summary>What the model computes from prepared features; null for a module of the user's.</summary>
    internal ModelForm? Describe() => (model as IDescribedModel)?.Describe();

    /// <summary>How the columns it expects are to be read from a file.</summary>
    public IReadOnlyList<ColumnSchema> Schema => [.. preparation.Columns.Select(c => c.Schema)];

    /// <summary>
    /// A JSON Schema (draft 2020-12) of the rows it takes: columns, types and the categories seen; and, under <c>$defs/prediction</c>, of what it gives.
    /// <see cref="Save"/> writes it as <c>schema.json</c>.
    /// </summary>
    public string JsonSchema =>
        ModelSchema.Of(preparation, Decision.Labels, $"A row for {Metadata.Learner} / {Metadata.Remedy}, which predicts {Metadata.Target}");

    /// <summary>Fits a remedy on all rows of a data set; a decision that needs tuning is tuned by an inner cross-validation.</summary>
    /// <param name="dataset">The rows.</param>
    /// <param name="learner">The name of the learner.</param>
    /// <param name="remedy">The remedy.</param>
    /// <param name="options">Metric, costs, seed, positive class and inner folds; the defaults if null.</param>
    /// <param name="cancellation">Asks to stop.</param>
    /// <exception cref="RemedyRefusedException">The remedy makes no sense for the learner or the classes.</exception>
    /// <exception cref="UnusableDataException">The data cannot be used.</exception>
    public static TrainedClassifier Fit(
        Dataset dataset, string learner, Remedy remedy, ComparisonOptions? options = null, CancellationToken cancellation = default) =>
        Fit(dataset, LearnerCatalogue.All.Create(learner), remedy, options, cancellation);

    /// <summary>Fits a remedy of a learner that need not be in the catalogue, such as a <see cref="ModuleLearner"/>.</summary>
    /// <param name="dataset">The rows.</param>
    /// <param name="learner">The learner.</param>
    /// <param name="remedy">The remedy.</param>
    /// <param name="options">Metric, costs, seed, positive class and inner folds; the defaults if null.</param>
    /// <param name="cancellation">Asks to stop.</param>
    /// <exception cref="RemedyRefusedException">The remedy makes no sense for the learner or the classes.</exception>
    /// <exception cref="UnusableDataException">The data cannot be used.</exception>
    public static TrainedClassifier Fit(
        Dataset dataset, ILearner learner, Remedy remedy, ComparisonOptions? options = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(dataset);
        ArgumentNullException.ThrowIfNull(learner);
        ArgumentNullException.ThrowIfNull(remedy);
        options ??= new ComparisonOptions();
        ClassCounts counts = dataset.CountLabels();
        if (counts.Classes < 2) throw new UnusableDataException("There is one class only; a classifier needs at least two.", dataset.Name,
            column: dataset.Target);
        int positive = options.PositiveClass ?? counts.Rarest;
        int[] rows = [.. Enumerable.Range(0, dataset.Rows)], labels = dataset.Labels.ToArray();
        TrainingPlan plan = RemedyTraining.Plan(remedy, labels, dataset.ClassNames, positive, options.Costs, dataset.SampleWeights);
        foreach (IDecisionRemedy part in remedy.Parts.OfType<IDecisionRemedy>()) part.Apply(plan);
        if (RemedyTraining.Refuses(learner, plan) is string reason) throw new RemedyRefusedException(reason);
        Preprocessor preparation = Preprocessor.Fit(dataset, rows);
        bool fillIn = RemedyTraining.NeedsFilledIn(learner, plan);
        FeatureTable features = preparation.Transform(dataset, rows, fillIn);
        int threads = Workers.Number(options.Threads);
        int[] groups = DataChecks.Groups(dataset, options.Groups, 2, []);
        var fit = new FitOptions(options.Seed, threads, cancellation) { Groups = groups.Length == 0 ? null : groups };
        TrainedModel trained = RemedyTraining.Fit(learner, remedy, plan, features, labels, fit);
        try
        {
            IDecision rule = RemedyDecision.Fit(remedy, plan, trained.EffectivePrior, options.Metric, () =>
            {
                (int[] truth, double[] probabilities) = RemedyTraining.OutOfFold(
                    learner, remedy, features, labels, plan, options.InnerFolds, fit with { Near = trained.Model });
                return new TuningRows(truth, probabilities, dataset.SampleWeights);
            });
            return new TrainedClassifier(
                Described(options, learner, remedy, dataset.Target, counts, positive, fillIn, preparation), preparation, trained.Model,
                Decided(rule, counts, positive, learner, remedy));
        }
        catch
        {
            trained.Dispose();
            throw;
        }
    }

    /// <summary>Fits a remedy of the learner <c>gbdt</c> on the rows of several processes, each of which has a share of them and gets the same model.</summary>
    /// <remarks>
    /// Class counts and weights, the preparation of the columns, bins and early stopping are those of all rows. What needs all rows in one place is refused:
    /// samplers, resampling, ensembles, tuned decisions for more than two classes, and columns of text. The rows that decide the number of rounds are held out
    /// share by share.
    /// </remarks>
    /// <param name="share">The rows of this process.</param>
    /// <param name="remedy">The remedy.</param>
    /// <param name="machines">The processes.</param>
    /// <param name="options">Costs, seed and positive class, by the codes of all classes; the defaults if null. Groups are not taken.</param>
    /// <param name="cancellation">Asks to stop.</param>
    /// <exception cref="RemedyRefusedException">The remedy makes no sense for the classes, or not over several processes.</exception>
    /// <exception cref="UnusableDataException">The data cannot be used, or those of two processes do not go together.</exception>
    /// <exception cref="LightGbmException">Another process has failed.</exception>
    public static TrainedClassifier Fit(
        Dataset share, Remedy remedy, LightGbmMachines machines, ComparisonOptions? options = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(share);
        ArgumentNullException.ThrowIfNull(remedy);
        ArgumentNullException.ThrowIfNull(machines);
        return Fit(RowParts.Of(share, machines), remedy, options, cancellation);
    }

    /// <summary>Fits a remedy of the learner <c>gbdt</c> on rows of which no more than a part is at hand: further parts are read when they are needed, or are
    /// with other processes.</summary>
    /// <param name="parts">The rows.</param>
    /// <param name="remedy">The remedy.</param>
    /// <param name="options">Costs, seed and positive class, by the codes of all classes; the defaults if null. Groups are not taken.</param>
    /// <param name="cancellation">Asks to stop.</param>
    /// <exception cref="RemedyRefusedException">The remedy makes no sense for the classes, or needs all rows at hand.</exception>
    internal static TrainedClassifier Fit(RowParts parts, Remedy remedy, ComparisonOptions? options = null, CancellationToken cancellation = default)
    {
        options ??= new ComparisonOptions();
        Dataset outline = parts.Outline;
        ClassCounts counts = parts.CountLabels();
        if (counts.Classes < 2)
            throw new UnusableDataException("There is one class only; a classifier needs at least two.", outline.Name, column: outline.Target);
        int positive = options.PositiveClass ?? counts.Rarest;
        var learner = new GbdtLearner();
        TrainingPlan plan = remedy.Apply(new TrainingPlan { Counts = counts, PositiveClass = positive, Costs = options.Costs });
        foreach (IDecisionRemedy part in remedy.Parts.OfType<IDecisionRemedy>()) part.Apply(plan);
        if ((RowParts.Refuses(remedy) ?? RemedyTraining.Refuses(learner, plan)) is string reason) throw new RemedyRefusedException(reason);
        if (parts.Texts is [string text, ..])
            throw new RemedyRefusedException($"column '{text}' is running text, whose words are chosen by all rows; leave it out with --drop.");
        PartFolds? folds = RemedyDecision.Of(remedy) is { NeedsTuning: true } ? PartFolds.Of(parts, counts, positive, options.InnerFolds, options.Seed) : null;
        Preprocessor preparation = parts.Prepare();
        IEnumerable<FeatureTable> Read() => parts.Features(preparation, cancellation);
        var fit = new FitOptions(options.Seed, Workers.Number(options.Threads), cancellation) { Machines = parts.Machines };
        IReadOnlyList<IModel> models = learner.Fit(Read().First(), Read, parts.Weights, outline.LabelMemory, plan, fit, folds?.FoldOf ?? [],
            [.. folds?.Counts.Select(c => remedy.Apply(plan with { Counts = c, Weights = null, Native = null, Loss = null })) ?? []]);
        var trained = new TrainedModel(models[0], plan, RemedyTraining.EffectivePrior(learner, plan, outline.LabelMemory, options.Seed));
        try
        {
            IDecision rule = RemedyDecision.Fit(remedy, plan, trained.EffectivePrior, options.Metric, () => folds!.Score([.. models.Skip(1)], Read()));
            foreach (IModel inner in models.Skip(1)) inner.Dispose();
            return new TrainedClassifier(
                Described(options, learner, remedy, outline.Target, counts, positive, false, preparation), preparation, trained.Model,
                Decided(rule, counts, positive, learner, remedy));
        }
        catch
        {
            foreach (IModel made in models) made.Dispose();
            throw;
        }
    }

    /// <summary>Predicts rows.</summary>
    /// <param name="columns">Columns with the names of training; others are passed over.</param>
    /// <param name="source">The file or other source, for messages.</param>
    /// <returns>The decided class and the probabilities of every row, as the decision sees them.</returns>
    /// <exception cref="UnusableDataException">A column is missing or of another kind.</exception>
    public PredictedRows Predict(IReadOnlyList<Column> columns, string source = "the rows")
    {
        ArgumentNullException.ThrowIfNull(columns);
        double[] probabilities = model.Predict(Prepared(columns, source));
        string[] labels = Decision.DecideLabels(probabilities);
        return new PredictedRows(labels, RemedyDecision.Probabilities(Decision.Rule, probabilities), Decision.Labels);
    }

    private static ModelMetadata Described(
        ComparisonOptions options, ILearner learner, Remedy remedy, string target, ClassCounts counts, int positive, bool fillIn, Preprocessor preparation) =>
        new(Version, learner.Name, remedy.Name, target, (int)counts.Rows, [.. counts.Labels.Select((label, c) => new ClassCountEntry(label, counts[c]))],
            positive,
            fillIn, options.Seed, [.. preparation.Columns.Select(c => new ExpectedColumn(c.Name, c.KindName, c.MissingSeen))])
        {
            Reading = options.Reading,
        };

    private static Decision Decided(IDecision rule, ClassCounts counts, int positive, ILearner learner, Remedy remedy) =>
        new(rule, counts.Labels, positiveClass: counts.Classes == 2 ? positive : 1, origin: $"{learner.Name} / {remedy.Name}");

    private FeatureTable Prepared(IReadOnlyList<Column> columns, string source)
    {
        int rows = columns.Count == 0 ? 0 : columns[0].Rows;
        return preparation.Transform(columns, Enumerable.Range(0, rows).ToArray(), Metadata.FillsIn, source);
    }

    /// <summary>Why a model cannot be saved in a folder, to be asked before the training; null if it can.</summary>
    internal static string? WhyNotSaved(string folder)
    {
        string full = Path.GetFullPath(folder);
        return File.Exists(full) ? $"{folder} is a file; a model is saved as a folder."
            : Directory.Exists(full) && !File.Exists(Path.Combine(full, MetadataFile)) && Directory.EnumerateFileSystemEntries(full).Any()
            ? $"{folder} holds something that is no model; give another folder." : null;
    }

    /// <summary>Writes the folder, whole or not at all.</summary>
    /// <param name="folder">The folder; it must not be there, or be a saved model, which is replaced.</param>
    /// <exception cref="IOException">The folder holds something else.</exception>
    public void Save(string folder)
    {
        ArgumentNullException.ThrowIfNull(folder);
        string full = Path.GetFullPath(folder);
        if (WhyNotSaved(folder) is string reason) throw new IOException(reason);
        string fresh = $"{full}.{Guid.NewGuid():N}.part";
        try
        {
            Directory.CreateDirectory(Path.Combine(fresh, ModelFolder));
            model.Save(Path.Combine(fresh, ModelFolder));
            AtomicFile.Write(Path.Combine(fresh, PreparationFile), s => JsonSerializer.Serialize(s, preparation, ComparisonJsonContext.Documents.Preprocessor));
            Decision.Save(Path.Combine(fresh, DecisionFile));
            AtomicFile.Write(Path.Combine(fresh, ModelSchema.FileName), s => s.Write(System.Text.Encoding.UTF8.GetBytes(JsonSchema)));
            AtomicFile.Write(Path.Combine(fresh, MetadataFile), s => JsonSerializer.Serialize(s, Metadata, ComparisonJsonContext.Documents.ModelMetadata));
            string old = $"{full}.{Guid.NewGuid():N}.old";
            bool replaced = Directory.Exists(full);
            if (replaced) Directory.Move(full, old);
            try
            {
                Directory.Move(fresh, full);
            }
            catch when (replaced)
            {
                Directory.Move(old, full);
                throw;
            }

            if (replaced) Directory.Delete(old, recursive: true);
        }
        catch
        {
            if (Directory.Exists(fresh)) Directory.Delete(fresh, recursive: true);
            throw;
        }
    }

    /// <summary>
    /// Writes the trees of a <c>gbdt</c> model in LightGBM's text format, so that they take the columns as they stand in the data, and give probabilities. The
    /// decision is not in it.
    /// </summary>
    /// <remarks>
    /// The columns are those of <see cref="ModelMetadata.Columns"/>, in that order: numbers, NaN for a missing one, and categories as their places in the
    /// schema's <c>x-categories</c>, from 0, NaN for missing and for others. LightGBM's Python package does that itself for columns of pandas' type
    /// <c>category</c>.
    /// </remarks>
    /// <param name="path">The file, written whole or not at all.</param>
    /// <param name="rows">
    /// Rows to verify it on besides made ones, in parts; each part is a list of columns. Made rows have a value at and beside every threshold, missing values,
    /// and categories that are known and not. LightGBM reads the text again and scores them; where a decision differs from the model's, or a probability by
    /// more than 0.000001, nothing is written.
    /// </param>
    /// <param name="threads">The most threads; 0 for every processor.</param>
    /// <param name="cancellation">Stops the verification.</param>
    /// <exception cref="UnusableDataException">The model is no single model of trees, or has text columns, or the text decides a row otherwise.</exception>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public LightGbmExportResult SaveLightGbm(
        string path, IEnumerable<IReadOnlyList<Column>>? rows = null, int threads = 0, CancellationToken cancellation = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        const string not = "The model cannot be written as LightGBM's text:";
        if (preparation.Columns.FirstOrDefault(c => c.Text is not null) is { } text)
            throw new UnusableDataException($"{not} column '{text.Name}' is running text, which LightGBM does not take.");
        if (Describe() is not BoostedForm trees)
            throw new UnusableDataException($"{not} it is {(model is EnsembleModel e ? $"a mean of {e.Members} models" : "not one of boosted trees")} "
                + $"({Metadata.Learner} / {Metadata.Remedy}). Write it as ONNX.");
        try
        {
            return SaveLightGbm(path, trees, LightGbmText.Of(preparation, trees, Metadata.FillsIn), rows ?? [], threads, cancellation);
        }
        catch (NotSupportedException problem)
        {
            throw new UnusableDataException($"{not} {problem.Message}", innerException: problem);
        }
    }

    /// <summary>Writes a text, if LightGBM decides with it as the model does.</summary>
    internal LightGbmExportResult SaveLightGbm(
        string path, BoostedForm trees, string text, IEnumerable<IReadOnlyList<Column>> rows, int threads, CancellationToken cancellation)
    {
        using var check = new LightGbmCheck(text, preparation, columns => model.Predict(Prepared(columns, "the rows")), Decision);
        int made = check.Rows(VerificationRows.Of(preparation, trees), "made", 0, threads);
        long given = 0;
        foreach (IReadOnlyList<Column> part in rows)
        {
            cancellation.ThrowIfCancellationRequested();
            given += check.Rows(part, "given", given, threads);
        }

        AtomicFile.Write(path, s => s.Write(System.Text.Encoding.UTF8.GetBytes(text)));
        return new LightGbmExportResult(new FileInfo(path).Length, made, given, check.Largest);
    }

    /// <summary>Reads a folder that <see cref="Save"/> wrote.</summary>
    /// <param name="folder">The folder.</param>
    /// <exception cref="UnusableDataException">There is no such folder, or it holds no model of this version.</exception>
    public static TrainedClassifier Load(string folder) => Load(folder, null);

    /// <summary>Reads a folder of a learner that need not be in the catalogue.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="learner">The learner that it was trained with, such as a <see cref="ModuleLearner"/>; null for one of the catalogue.</param>
    /// <exception cref="UnusableDataException">There is no such folder, it holds no model of this version, or one of another learner.</exception>
    public static TrainedClassifier Load(string folder, ILearner? learner)
    {
        ArgumentNullException.ThrowIfNull(folder);
        string path = Path.Combine(folder, MetadataFile);
        if (!File.Exists(path)) throw new UnusableDataException("There is no model here; 'counterweight train' makes one.", folder);
        try
        {
            ModelMetadata metadata = JsonSerializer.Deserialize(File.ReadAllText(path), ComparisonJsonContext.Strict.ModelMetadata)
                ?? throw new JsonException($"{MetadataFile} is null.");
            if (metadata.Version != Version)
                throw new UnusableDataException($"The model has version {metadata.Version}; this version of Counterweight reads version {Version}. "
                    + $"Train it again.", path);
            if (learner is not null && learner.Name != metadata.Learner)
                throw new UnusableDataException($"The model was trained with the learner '{metadata.Learner}', not with '{learner.Name}'.", path);
            if (learner is null && !LearnerCatalogue.All.Contains(metadata.Learner))
                throw new UnusableDataException($"The model was trained with a module of its own, '{metadata.Learner}'; load it in a program that hands "
                    + $"over that learner.", path);
            Preprocessor preparation = JsonSerializer.Deserialize(
                File.ReadAllText(Path.Combine(folder, PreparationFile)), ComparisonJsonContext.Strict.Preprocessor)
                ?? throw new JsonException($"{PreparationFile} is null.");
            Decision decision = Decision.Load(Path.Combine(folder, DecisionFile));
            var loaded = new TrainedClassifier(
                metadata, preparation, LoadModel(Path.Combine(folder, ModelFolder), learner ?? LearnerCatalogue.All.Create(metadata.Learner)), decision);
            try
            {
                ModelSchema.Check(File.ReadAllText(Path.Combine(folder, ModelSchema.FileName)), loaded.JsonSchema);
                loaded.CheckParts();
                return loaded;
            }
            catch
            {
                loaded.Dispose();
                throw;
            }
        }
        catch (Exception damaged) when (damaged is not (UnusableDataException or UnauthorizedAccessException or OperationCanceledException
            or OutOfMemoryException))
        {
            throw new UnusableDataException($"The model is damaged: {damaged.Message} Train it again.", folder, innerException: damaged);
        }
    }

    /// <summary>A row without a value in any column shows whether the files of a model fit each other.</summary>
    private void CheckParts()
    {
        Column[] columns = [.. preparation.Columns.Select(c => c.Text is not null ? new TextColumn(c.Name, [null])
            : c.Levels is null ? new NumericColumn(c.Name, [double.NaN], c.Kind ?? NumericKind.Real) : (Column)new CategoricalColumn(c.Name, [-1], c.Levels))];
        double[] probabilities = model.Predict(Prepared(columns, "the model"));
        if (Decision.Columns != Decision.Classes || Decision.ScoresAreLogits) throw new InvalidDataException("Its decision is not one on its probabilities.");
        if (probabilities.Length != Decision.Labels.Count || probabilities.Any(p => !(p is >= 0 and <= 1)))
            throw new InvalidDataException($"It gives {string.Join(", ", probabilities.Take(10))} for {Decision.Labels.Count} classes.");
    }

    private static IModel LoadModel(string folder, ILearner learner)
    {
        TextSelection? selection = TextSelection.Load(folder);
        IModel model = EnsembleModel.Load(folder, learner);
        return selection is null ? model : new SelectedTextModel(selection, model);
    }

    /// <inheritdoc/>
    public void Dispose() => model.Dispose();
}

/// <summary>What was written, and on how many rows LightGBM gave the model's decisions with it.</summary>
/// <param name="Bytes">The size of the file.</param>
/// <param name="MadeRows">Rows that were made up: at and beside the thresholds, with missing values and unseen categories.</param>
/// <param name="GivenRows">Rows that the caller handed over.</param>
/// <param name="LargestDifference">The largest difference of a probability.</param>
public sealed record LightGbmExportResult(long Bytes, int MadeRows, long GivenRows, double LargestDifference);

/// <summary>What a saved model says of itself; the schema of the rows it expects included.</summary>
/// <param name="Version">The version of the format.</param>
/// <param name="Learner">The learner.</param>
/// <param name="Remedy">The canonical name of the remedy.</param>
/// <param name="Target">The label column of training.</param>
/// <param name="Rows">How many rows it was trained on.</param>
/// <param name="Classes">The classes with their counts in training.</param>
/// <param name="PositiveClass">The code of the positive class of a binary problem.</param>
/// <param name="FillsIn">Whether missing numbers are filled in.</param>
/// <param name="Seed">The seed.</param>
/// <param name="Columns">The columns it expects.</param>
public sealed record ModelMetadata(
    int Version, string Learner, string Remedy, string Target, int Rows, IReadOnlyList<ClassCountEntry> Classes, int PositiveClass, bool FillsIn, long Seed,
    IReadOnlyList<ExpectedColumn> Columns)
{
    /// <summary>How the file of training was read, so that <c>predict</c> reads others the same way; null if the rows came from no file.</summary>
    public DatasetOptions? Reading { get; init; }

    /// <summary>How the metadata are serialised.</summary>
    public static JsonTypeInfo<ModelMetadata> JsonType => ComparisonJsonContext.Documents.ModelMetadata;
}

/// <summary>A column that a model expects.</summary>
/// <param name="Name">The name.</param>
/// <param name="Kind"><c>number</c>, <c>category</c> or <c>text</c>.</param>
/// <param name="MissingSeen">Whether training had rows without a value.</param>
public sealed record ExpectedColumn(string Name, string Kind, bool MissingSeen);

/// <summary>Predictions of some rows.</summary>
/// <param name="Labels">The decided class of each row.</param>
/// <param name="Probabilities">N x K probabilities, row-major.</param>
/// <param name="Classes">The K labels in the order of the columns.</param>
public sealed record PredictedRows(string[] Labels, double[] Probabilities, IReadOnlyList<string> Classes);
