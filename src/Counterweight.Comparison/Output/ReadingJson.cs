using System.Text.Json;
using System.Text.Json.Serialization;
using Counterweight.Data;

namespace Counterweight.Comparison;

/// <summary>
/// Reads how a file was read from <c>metadata.json</c> and <c>comparison.json</c>: what is not said there, as in files of other versions, has its default. The
/// serialiser that is made when the library is built puts null or zero there.
/// </summary>
internal sealed class ReadingJson : JsonConverter<DatasetOptions>
{
    public override DatasetOptions Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        using JsonDocument document = JsonDocument.ParseValue(ref reader);
        if (document.RootElement.ValueKind != JsonValueKind.Object) throw new JsonException("'reading' is no object.");
        var read = new DatasetOptions();
        foreach (JsonProperty property in document.RootElement.EnumerateObject())
        {
            JsonElement value = property.Value;
            try
            {
                read = property.Name switch
                {
                    "drop" => read with { Drop = Names(value) },
                    "aside" => read with { Aside = Names(value) },
                    "sampleWeight" => read with { SampleWeight = value.GetString() },
                    "categorical" => read with { Categorical = Names(value) },
                    "text" => read with { Text = Names(value) },
                    "numeric" => read with { Numeric = Names(value) },
                    "dates" => read with { Dates = Names(value) },
                    "vector" => read with { Vector = Names(value) },
                    "missingWords" => read with { MissingWords = Names(value) },
                    "naNIsMissing" => read with { NaNIsMissing = value.GetBoolean() },
                    "noHeader" => read with { NoHeader = value.GetBoolean() },
                    "delimiter" => read with { Delimiter = value.GetString() is not string sign ? null : sign.Length == 1 ? sign[0] : throw Wrong() },
                    "encoding" => read with { Encoding = value.GetString() },
                    "maxClasses" => read with { MaxClasses = value.GetInt32() > 0 ? value.GetInt32() : throw Wrong() },
                    _ => read,
                };
            }
            catch (Exception wrong) when (wrong is InvalidOperationException or FormatException)
            {
                throw Wrong();
            }

            JsonException Wrong() => new($"'{property.Name}' of 'reading' is {Short(value)}.");
        }

        return read;
    }

    public override void Write(Utf8JsonWriter writer, DatasetOptions value, JsonSerializerOptions options) =>
        JsonSerializer.Serialize(writer, value, ComparisonJsonContext.Documents.DatasetOptions);

    private static string[] Names(JsonElement list) => [.. list.EnumerateArray().Select(e => e.GetString() ?? throw new FormatException("A name is null."))];

    private static string Short(JsonElement value)
    {
        string text = value.ValueKind == JsonValueKind.String ? "a text" : value.GetRawText();
        return text.Length > 40 ? text[..40] + "..." : text;
    }
}
