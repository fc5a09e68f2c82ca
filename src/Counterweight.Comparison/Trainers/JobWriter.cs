using System.Globalization;
using Counterweight.Data;

namespace Counterweight.Comparison;

/// <summary>Turns a remedy on some rows into a job file with its arrays: whatever a program can carry out without being taught.</summary>
/// <param name="dataset">The rows.</param>
/// <param name="settings">How programs are run.</param>
/// <param name="positiveClass">The code of the positive class.</param>
/// <param name="costs">What errors cost, if the user said so.</param>
internal sealed class JobWriter(Dataset dataset, TrainerSettings settings, int positiveClass, CostMatrix? costs)
{
    /// <summary>The most epochs whose drawn order is written, and the most draws in all.</summary>
    private const int MostEpochs = 30, MostDraws = 4_000_000;

    /// <summary>What a command line calls standard input, which programs cannot read.</summary>
    internal const string StandardInput = "-";

    private readonly Lock gate = new();
    private bool rowsWritten, listWritten;
    private readonly string format = settings.DataFormat ?? (settings.DataFile == StandardInput ? "" : FormatOf(settings.DataFile));
    private readonly string[] leaveOut = [.. dataset.Aside.Select(a => a.Name).Concat(settings.LeaveOut).Distinct(StringComparer.Ordinal)];

    /// <summary>Writes the job and its arrays.</summary>
    /// <param name="request">The fit.</param>
    /// <param name="folder">The folder of the fit.</param>
    /// <param name="shared">The folder of files that fits of one split share.</param>
    /// <returns>The class shares that training will make the program believe, K values; null if they are not known.</returns>
    /// <exception cref="RemedyRefusedException">A program cannot be told to do this.</exception>
    internal double[]? Write(FitRequest request, string folder, string shared)
    {
        if (request.Own is OwnFit fit)
        {
            WriteOwn(request, fit, folder, shared);
            return null;
        }

        TrainingPlan plan = Plan(request, out int[] labels);
        string Own(string name) => Path.Combine(folder, name);
        int[] train = request.Train;
        string trainFile = Shared(shared, $"{request.Rows}-train", train);
        long[] counts = plan.Counts.AsSpan().ToArray();
        string? synthetic = null;
        if (plan.Resampler?.Value is IResampler resampler)
        {
            (train, labels, synthetic, long[] made) = JobResampling.Apply(dataset, request, resampler, labels, Own("synthetic.parquet"));
            trainFile = Own("train.npy");
            Npy.Write(trainFile, train);
            counts = new long[dataset.Classes];
            foreach (int label in labels) counts[label]++;
            for (int c = 0; c < counts.Length; c++) counts[c] += made[c];
            if (synthetic is not null && dataset.SampleWeightColumn is string weighing)
                throw new RemedyRefusedException($"{request.Training.Name} makes rows, for which '{weighing}' has no weights to tell a program; "
                    + "resample:random-over, weights and samplers take row weights.");
            plan = Apply(request, counts, train, labels);
        }

        double[]? drawn = null;
        JobSampling? sampling = plan.Sampler is null ? null : Sampling(plan.Sampler.Value, request, labels, Own, out drawn);
        double[]? weights = plan.Weights?.ToArray(), rowWeights = RowWeights.OfTraining(dataset, train, labels, weights);
        if (rowWeights is not null) Npy.Write(Own("row-weights.npy"), rowWeights, rowWeights.Length);
        if (weights is not null && weights.All(w => w == 1)) weights = null;
        var job = new JobFile
        {
            Fit = Path.GetFileName(folder),
            Remedy = request.Training.Name,
            Fold = request.Fold,
            Repeat = request.Repeat,
            Seed = request.Seed,
            Data = new JobData(
                Path.GetFullPath(settings.DataFile), format, dataset.Target, format == ImageRows.Kind ? [] : leaveOut,
                format == ImageRows.Kind ? SharedList(shared) : null),
            Classes = plan.Counts,
            PositiveClass = dataset.Classes == 2 ? dataset.ClassNames[positiveClass] : null,
            Train = trainFile,
            Validation = Shared(shared, $"{request.Rows}-validation", request.Validation),
            Test = Shared(shared, $"{request.Rows}-test", request.Test),
            ClassWeights = weights,
            RowWeights = rowWeights is null ? null : Own("row-weights.npy"),
            Sampling = sampling,
            Loss = plan.Loss is null ? null : LossOf(plan),
            Synthetic = synthetic,
            Share = request.Share,
            Tables = settings.Tables ? Tables(request, train, Own, shared) : null,
            Scores = Own(JobFile.ScoresName),
        };
        AtomicFile.Write(Own(JobFile.FileName), job.Write);
        return plan.PriorAfter(drawn);
    }

    /// <summary>Writes the job of a fit of the tool's own learners, which carry out the remedy themselves, from the rows as this process has them.</summary>
    private void WriteOwn(FitRequest request, OwnFit fit, string folder, string shared)
    {
        string train = Shared(shared, $"{request.Rows}-train", request.Train);
        long[] counts = new long[dataset.Classes];
        foreach (int row in request.Train) counts[dataset.Labels[row]]++;
        var job = new JobFile
        {
            Fit = Path.GetFileName(folder),
            Remedy = request.Training.Name,
            Fold = request.Fold,
            Repeat = request.Repeat,
            Seed = request.Seed,
            Data = new JobData(SharedRows(shared), DatasetFile.Format, dataset.Target, [], null),
            Classes = ClassCounts.From(counts, dataset.ClassNames),
            PositiveClass = dataset.Classes == 2 ? dataset.ClassNames[positiveClass] : null,
            Train = train,
            Validation = fit.Tunes ? train : Shared(shared, $"{request.Rows}-validation", []),
            Test = Shared(shared, $"{request.Rows}-test", request.Test),
            Scores = Path.Combine(folder, JobFile.ScoresName),
            Learner = new JobLearner(
                request.Trainer.Name, fit.Seed, positiveClass, fit.Tunes, fit.InnerFolds,
                fit.Groups is null ? null : Shared(shared, $"{request.Rows}-groups", fit.Groups), costs),
        };
        AtomicFile.Write(Path.Combine(folder, JobFile.FileName), job.Write);
    }

    /// <summary>The file of all rows, written once a run: what an earlier one left may hold others.</summary>
    private string SharedRows(string shared)
    {
        string path = Path.Combine(shared, "all.rows");
        lock (gate)
        {
            if (!rowsWritten) AtomicFile.Write(path, stream => DatasetFile.Write(dataset, stream));
            rowsWritten = true;
        }

        return path;
    }

    /// <summary>The list of the images of a folder, in the order of the rows: where each is, and its label.</summary>
    private string SharedList(string shared)
    {
        string path = Path.Combine(shared, "images.csv");
        lock (gate)
        {
            if (listWritten) return path;
            Column files = dataset[ImageRows.PathColumn];
            string[] places = [.. Enumerable.Range(0, dataset.Rows).Select(r => Path.GetFullPath(Path.Combine(settings.DataFile, files.Text(r))))];
            var list = new CategoricalColumn(ImageRows.PathColumn, [.. Enumerable.Range(0, places.Length)], places);
            DatasetWriter.Write([list, dataset.LabelColumn()], path);
            listWritten = true;
        }

        return path;
    }

    /// <summary>What a path holds, as programs are told.</summary>
    internal static string FormatOf(string path)
    {
        string name = path.EndsWith(".gz", StringComparison.OrdinalIgnoreCase) ? path[..^3] : path;
        if (Path.GetExtension(name).ToUpperInvariant() is ".JSON" or ".JSONL" or ".NDJSON") return "jsonl";
        if (!File.Exists(path)) return "csv";
        using FileStream stream = File.OpenRead(path);
        byte[] head = new byte[4];
        int there = stream.ReadAtLeast(head, 4, throwOnEndOfStream: false);
        return there == 4 && head.AsSpan().SequenceEqual("PAR1"u8) ? "parquet" : there > 0 && head[0] == '{' ? "jsonl" : "csv";
    }

    private TrainingPlan Plan(FitRequest request, out int[] labels)
    {
        labels = Array.ConvertAll(request.Train, r => dataset.Labels[r]);
        long[] counts = new long[dataset.Classes];
        foreach (int label in labels) counts[label]++;
        return Apply(request, counts, request.Train, labels);
    }

    private TrainingPlan Apply(FitRequest request, long[] counts, int[] train, int[] labels)
    {
        ClassCounts found = ClassCounts.From(counts, dataset.ClassNames);
        if (RowWeights.Of(dataset, train) is { Length: > 0 } weights) found = found.WithWeights(labels, weights);
        TrainingPlan plan = request.Training.Apply(new TrainingPlan { Counts = found, PositiveClass = positiveClass, Costs = costs });
        return request.Trainer.Refuses(plan) is string reason ? throw new RemedyRefusedException(reason) : NativeSwitch.AsWeights(plan);
    }

    /// <summary>The file of some rows of a split, written once.</summary>
    private string Shared(string shared, string name, int[] rows)
    {
        string path = Path.Combine(shared, name + ".npy");
        lock (gate)
        {
            if (File.Exists(path)) return path;
            Directory.CreateDirectory(shared);
            string part = path + ".part";
            Npy.Write(part, rows);
            File.Move(part, path, overwrite: true);
        }

        return path;
    }

    private JobSampling Sampling(SamplerFactory factory, FitRequest request, int[] labels, Func<string, string> own, out double[] rates)
    {
        ISampler sampler = factory(labels, dataset.Classes, request.Seed, MostEpochs);
        if (sampler is IAdaptiveSampler)
            throw new RemedyRefusedException("sampler:dynamic follows the results between epochs, which a program does not report; sampler:class-balanced "
                + "is its "
                + "form for programs.");
        int epochs = (int)Math.Clamp(MostDraws / Math.Max(1, sampler.Length), 1, MostEpochs);
        long[] order = new long[epochs * sampler.Length];
        for (int e = 0; e < epochs; e++) sampler.Fill(e, 0, order.AsSpan((int)(e * sampler.Length), (int)sampler.Length), threads: 1);
        double[] each = rates = Rates(sampler, labels, order, epochs, dataset.Classes);
        Npy.Write(own("epochs.npy"), order, epochs, sampler.Length);
        Npy.Write(own("sampling-weights.npy"), Array.ConvertAll(labels, l => each[l]), labels.Length);
        return new JobSampling(own("sampling-weights.npy"), HasRepeats(order, sampler.Length, labels.Length), sampler.Length, own("epochs.npy"));
    }

    /// <summary>How often an entry of each class is drawn in an epoch: as the sampler says, else as it drew.</summary>
    private static double[] Rates(ISampler sampler, int[] labels, long[] order, int epochs, int classes)
    {
        long[] counts = new long[classes];
        foreach (int label in labels) counts[label]++;
        double[] drawn = new double[classes];
        switch (sampler)
        {
            case ClassBalancedSampler balanced:
                for (int c = 0; c < drawn.Length; c++) drawn[c] = balanced.ClassProbabilities[c] * balanced.Length;
                break;
            case UndersamplingSampler under:
                for (int c = 0; c < drawn.Length; c++) drawn[c] = under.RowsPerClass[c];
                break;
            case RepeatFactorSampler repeats:
                for (int c = 0; c < drawn.Length; c++) drawn[c] = repeats.RepeatFactor(c) * counts[c];
                break;
            default:
                foreach (long position in order) drawn[labels[position]] += 1.0 / epochs;
                break;
        }

        return [.. drawn.Select((d, c) => counts[c] == 0 ? 0 : d / counts[c])];
    }

    private static bool HasRepeats(long[] order, long draws, int entries)
    {
        var seen = new bool[entries];
        foreach (long position in order.AsSpan(0, (int)draws))
        {
            if (seen[position]) return true;
            seen[position] = true;
        }

        return false;
    }

    private static JobLoss LossOf(TrainingPlan plan)
    {
        MethodCall call = plan.Loss!.Call;
        var parameters = new List<(string, object)>();
        foreach (ParameterDefinition parameter in call.Method.Parameters)
            parameters.Add((parameter.Name, parameter.IsList ? call.List.ToArray() : parameter.Choices.Count > 0 ? call.Choice(parameter.Name)
                : call[parameter.Name]));
        return new JobLoss(call.Method.Name, parameters, plan.Counts.Prior());
    }

    private (string Train, string Validation, string Test) Tables(FitRequest request, int[] train, Func<string, string> own, string shared)
    {
        string ending = format switch { "parquet" => ".parquet", "jsonl" => ".jsonl", _ => ".csv" };
        string trainTable = own($"train{ending}");
        DatasetWriter.Write(dataset.Select(train), trainTable);
        string validation = Path.Combine(shared, $"{request.Rows}-validation{ending}"), test = Path.Combine(shared, $"{request.Rows}-test{ending}");
        lock (gate)
        {
            Directory.CreateDirectory(shared);
            if (!File.Exists(validation)) DatasetWriter.Write(dataset.Select(request.Validation), validation);
            if (!File.Exists(test))
            {
                Dataset rows = dataset.Select(request.Test);
                DatasetWriter.Write([.. rows.ColumnOrder.Where(n => n != rows.Target).Select(n => rows[n])], test);
            }
        }

        return (trainTable, validation, test);
    }
}
