using System.Text.Json;
using Counterweight.Data;

namespace Counterweight.Comparison;

/// <summary>What a fit of the tool's own learners says beside its scores, in <c>result.json</c>.</summary>
internal sealed record LearnerResult
{
    /// <summary>Why the remedy cannot be carried out; null if it was.</summary>
    internal string? Refused { get; init; }

    /// <summary>The class shares that training made the model believe, K values; null if they are not known.</summary>
    internal double[]? Prior { get; init; }

    /// <summary>How long the fit took.</summary>
    internal double Seconds { get; init; }

    /// <summary>How long the fits for tuning took.</summary>
    internal double TuningSeconds { get; init; }

    /// <summary>Why the rows to train on have no scores to tune by; null if they have.</summary>
    internal Exception? TuningFailure { get; init; }

    /// <summary>Writes the document.</summary>
    internal void Write(string path) => AtomicFile.Write(path, stream =>
    {
        using var json = new Utf8JsonWriter(stream);
        json.WriteStartObject();
        json.WriteString("kind", "probabilities");
        if (Refused is not null) json.WriteString("refused", Refused);
        json.WriteNumber("seconds", Seconds);
        json.WriteNumber("tuningSeconds", TuningSeconds);
        if (TuningFailure is Exception failure)
        {
            json.WriteString("tuningFailure", failure switch { RemedyRefusedException => "refused", UnusableDataException => "data", _ => "failed" });
            json.WriteString("tuningMessage", (failure as UnusableDataException)?.Problem ?? failure.Message);
        }

        if (Prior is not null)
        {
            json.WriteStartArray("prior");
            foreach (double p in Prior) json.WriteNumberValue(p);
            json.WriteEndArray();
        }

        json.WriteEndObject();
    });

    /// <summary>Reads the document.</summary>
    /// <exception cref="TrainerException">It is not there, or damaged.</exception>
    internal static LearnerResult Read(string path, string dataset)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(File.ReadAllBytes(path));
            JsonElement root = document.RootElement;
            string? Text(string name) => root.TryGetProperty(name, out JsonElement value) ? value.GetString() : null;
            string message = Text("tuningMessage") ?? "";
            return new LearnerResult
            {
                Refused = Text("refused"),
                Seconds = root.GetProperty("seconds").GetDouble(),
                TuningSeconds = root.GetProperty("tuningSeconds").GetDouble(),
                Prior = root.TryGetProperty("prior", out JsonElement prior) ? [.. prior.EnumerateArray().Select(p => p.GetDouble())] : null,
                TuningFailure = Text("tuningFailure") switch
                {
                    null => null,
                    "refused" => new RemedyRefusedException(message),
                    "data" => new UnusableDataException(message, dataset),
                    _ => new TrainerException(message),
                },
            };
        }
        catch (Exception damaged) when (damaged is IOException or JsonException or KeyNotFoundException or InvalidOperationException)
        {
            throw new TrainerException($"{path} cannot be read: {damaged.Message}", damaged);
        }
    }
}
