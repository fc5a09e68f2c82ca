using System.Text.Json;

namespace Counterweight.Comparison;

/// <summary>What a program may say of a fit beside its scores: <c>result.json</c>.</summary>
/// <param name="Kind">What its scores are; null if it does not say.</param>
internal sealed record ResultFile(ScoreKind? Kind)
{
    /// <summary>Reads the file, if it is there.</summary>
    /// <exception cref="TrainerException">It is no JSON, or says something unknown of the scores.</exception>
    internal static ResultFile Read(string path)
    {
        if (!File.Exists(path)) return new ResultFile((ScoreKind?)null);
        try
        {
            using JsonDocument document = JsonDocument.Parse(File.ReadAllBytes(path));
            if (document.RootElement.ValueKind != JsonValueKind.Object) throw new TrainerException($"{path} is no JSON object, as in {{\"kind\": "
                + "\"logits\"}}.");
            if (!document.RootElement.TryGetProperty("kind", out JsonElement kind)
                || kind.ValueKind == JsonValueKind.Null) return new ResultFile((ScoreKind?)null);
            return kind.ValueKind == JsonValueKind.String && Enum.TryParse(kind.GetString(), ignoreCase: true, out ScoreKind known) && Enum.IsDefined(known)
                ? new ResultFile(known)
                : throw new TrainerException($"{path}: kind is \"probabilities\" or \"logits\"; {kind.GetRawText()} is neither.");
        }
        catch (Exception damaged) when (damaged is JsonException or InvalidOperationException) // the second: a text that is no UTF-8
        {
            throw new TrainerException($"{path} is no JSON: {damaged.Message}", damaged);
        }
    }
}
