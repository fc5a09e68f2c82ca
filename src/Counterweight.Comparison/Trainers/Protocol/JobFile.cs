using System.Text.Encodings.Web;
using System.Text.Json;

namespace Counterweight.Comparison;

/// <summary>What a program is told of one fit: the content of <c>job.json</c>, version <see cref="Protocol"/> of the trainer contract.</summary>
internal sealed record JobFile
{
    /// <summary>The version of the contract.</summary>
    internal const int Protocol = 1;

    internal const string FileName = "job.json", ScoresName = "scores.npy", ResultName = "result.json", LogName = "log.txt";

    internal required string Fit { get; init; }

    internal required string Remedy { get; init; }

    internal required int Fold { get; init; }

    internal required int Repeat { get; init; }

    internal required long Seed { get; init; }

    /// <summary>The user's file, what it is, and which of its columns are what.</summary>
    internal required JobData Data { get; init; }

    /// <summary>The classes with their counts in the training rows.</summary>
    internal required ClassCounts Classes { get; init; }

    /// <summary>The label of the class that a single column of scores belongs to; null for more than two classes.</summary>
    internal string? PositiveClass { get; init; }

    internal required string Train { get; init; }

    internal required string Validation { get; init; }

    internal required string Test { get; init; }

    internal IReadOnlyList<double>? ClassWeights { get; init; }

    internal string? RowWeights { get; init; }

    internal JobSampling? Sampling { get; init; }

    internal JobLoss? Loss { get; init; }

    internal string? Synthetic { get; init; }

    internal double Share { get; init; } = 1;

    internal (string Train, string Validation, string Test)? Tables { get; init; }

    internal required string Scores { get; init; }

    /// <summary>What the tool's own learners are told beyond the contract; null for a program of the user's.</summary>
    internal JobLearner? Learner { get; init; }

    /// <summary>Writes the document.</summary>
    internal void Write(Stream stream)
    {
        using var json = new Utf8JsonWriter(stream, new JsonWriterOptions
        {
            Indented = true,
            Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
            NewLine = "\n"
        });
        json.WriteStartObject();
        json.WriteNumber("protocol", Protocol);
        json.WriteString("fit", Fit);
        json.WriteString("remedy", Remedy);
        json.WriteNumber("fold", Fold);
        json.WriteNumber("repeat", Repeat);
        json.WriteNumber("seed", Seed);
        json.WriteStartObject("data");
        json.WriteString("file", Data.File);
        json.WriteString("format", Data.Format);
        json.WriteString("target", Data.Target);
        json.WriteStartArray("leaveOut");
        foreach (string column in Data.LeaveOut) json.WriteStringValue(column);
        json.WriteEndArray();
        json.WriteString("rows", Data.Rows);
        json.WriteEndObject();
        json.WriteStartArray("classes");
        for (int c = 0; c < Classes.Classes; c++)
        {
            json.WriteStartObject();
            json.WriteString("label", Classes.Labels[c]);
            json.WriteNumber("count", Classes[c]);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteString("positiveClass", PositiveClass);
        json.WriteString("train", Train);
        json.WriteString("validation", Validation);
        json.WriteString("test", Test);
        if (ClassWeights is null) json.WriteNull("classWeights");
        else Numbers(json, "classWeights", ClassWeights);
        json.WriteString("rowWeights", RowWeights);
        WriteSampling(json);
        WriteLoss(json);
        json.WriteString("synthetic", Synthetic);
        json.WriteNumber("share", Share);
        if (Tables is var (train, validation, test))
        {
            json.WriteStartObject("tables");
            json.WriteString("train", train);
            json.WriteString("validation", validation);
            json.WriteString("test", test);
            json.WriteEndObject();
        }
        else
        {
            json.WriteNull("tables");
        }

        json.WriteString("scores", Scores);
        if (Learner is not null) WriteLearner(json, Learner);
        json.WriteEndObject();
    }

    /// <summary>Reads what <see cref="Learner"/> wrote.</summary>
    internal static JobLearner ReadLearner(JsonElement json)
    {
        JsonElement costs = json.GetProperty("costs"), groups = json.GetProperty("groups");
        double[]? cells = costs.ValueKind == JsonValueKind.Null ? null : [.. costs.EnumerateArray().Select(c => c.GetDouble())];
        return new JobLearner(
            json.GetProperty("name").GetString()!, json.GetProperty("seed").GetInt64(), json.GetProperty("positiveClass").GetInt32(),
            json.GetProperty("tunes").GetBoolean(), json.GetProperty("innerFolds").GetInt32(), groups.GetString(),
            cells is null ? null : CostMatrix.From(cells, (int)Math.Round(Math.Sqrt(cells.Length))));
    }

    private static void WriteLearner(Utf8JsonWriter json, JobLearner learner)
    {
        json.WriteStartObject("learner");
        json.WriteString("name", learner.Name);
        json.WriteNumber("seed", learner.Seed);
        json.WriteNumber("positiveClass", learner.PositiveClass);
        json.WriteBoolean("tunes", learner.Tunes);
        json.WriteNumber("innerFolds", learner.InnerFolds);
        json.WriteString("groups", learner.Groups);
        if (learner.Costs is null) json.WriteNull("costs");
        else Numbers(json, "costs", learner.Costs.AsSpan().ToArray());
        json.WriteEndObject();
    }

    private void WriteSampling(Utf8JsonWriter json)
    {
        if (Sampling is null)
        {
            json.WriteNull("sampling");
            return;
        }

        json.WriteStartObject("sampling");
        json.WriteString("weights", Sampling.Weights);
        json.WriteBoolean("replacement", Sampling.Replacement);
        json.WriteNumber("draws", Sampling.Draws);
        json.WriteString("epochs", Sampling.Epochs);
        json.WriteEndObject();
    }

    private void WriteLoss(Utf8JsonWriter json)
    {
        if (Loss is null)
        {
            json.WriteNull("loss");
            return;
        }

        json.WriteStartObject("loss");
        json.WriteString("name", Loss.Name);
        json.WriteStartObject("parameters");
        foreach ((string name, object value) in Loss.Parameters)
        {
            if (value is double number) json.WriteNumber(name, number);
            else if (value is double[] list) Numbers(json, name, list);
            else json.WriteString(name, value.ToString());
        }

        json.WriteEndObject();
        Numbers(json, "prior", Loss.Prior);
        json.WriteEndObject();
    }

    private static void Numbers(Utf8JsonWriter json, string name, IReadOnlyList<double> values)
    {
        json.WriteStartArray(name);
        foreach (double value in values) json.WriteNumberValue(value);
        json.WriteEndArray();
    }
}
