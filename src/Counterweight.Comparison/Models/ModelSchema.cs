using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Counterweight.Data;

namespace Counterweight.Comparison;

/// <summary>What a saved model takes and gives, as a JSON Schema (draft 2020-12) for programs that are to talk to it.</summary>
internal static class ModelSchema
{
    internal const string FileName = "schema.json";

    /// <summary>
    /// The schema of one row: a property per column, all of them required though any value may be null, and the schema of one prediction under
    /// <c>$defs/prediction</c>. The levels that training saw stand under <c>x-categories</c>; others are taken too and count as missing. Running text
    /// is marked with <c>x-text</c>.
    /// </summary>
    internal static string Of(Preprocessor preparation, IReadOnlyList<string> classes, string title)
    {
        using var stream = new MemoryStream();
        using (var json = new Utf8JsonWriter(stream, new JsonWriterOptions { Indented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            json.WriteStartObject();
            json.WriteString("$schema", "https://json-schema.org/draft/2020-12/schema");
            json.WriteString("title", title);
            json.WriteString("type", "object");
            json.WriteStartObject("properties");
            foreach (FittedColumn column in preparation.Columns) Write(json, column);
            json.WriteEndObject();
            json.WriteStartArray("required");
            foreach (FittedColumn column in preparation.Columns) json.WriteStringValue(column.Name);
            json.WriteEndArray();
            json.WriteStartObject("$defs");
            json.WriteStartObject("prediction");
            json.WriteString("type", "object");
            json.WriteStartObject("properties");
            json.WriteStartObject("prediction");
            json.WriteStartArray("enum");
            foreach (string label in classes) json.WriteStringValue(label);
            json.WriteEndArray();
            json.WriteEndObject();
            foreach (string label in classes)
            {
                json.WriteStartObject($"probability:{label}");
                json.WriteString("type", "number");
                json.WriteNumber("minimum", 0);
                json.WriteNumber("maximum", 1);
                json.WriteEndObject();
            }

            json.WriteEndObject();
            json.WriteStartArray("required");
            json.WriteStringValue("prediction");
            json.WriteEndArray();
            json.WriteEndObject();
            json.WriteEndObject();
            json.WriteEndObject();
        }

        return Encoding.UTF8.GetString(stream.ToArray()) + "\n";
    }

    /// <summary>Checks that the schema of a folder is the one that its model has.</summary>
    /// <exception cref="JsonException">It is not.</exception>
    internal static void Check(string text, string expected)
    {
        if (!JsonNode.DeepEquals(JsonNode.Parse(text), JsonNode.Parse(expected)))
            throw new JsonException($"{FileName} says something else than the model: its columns, categories or classes were changed.");
    }

    private static void Write(Utf8JsonWriter json, FittedColumn column)
    {
        json.WriteStartObject(column.Name);
        json.WriteStartArray("type");
        json.WriteStringValue(column.Kind switch { NumericKind.Real => "number", NumericKind.WholeNumber => "number", _ => "string" });
        json.WriteStringValue("null");
        json.WriteEndArray();
        if (column.Kind is NumericKind.Date or NumericKind.Timestamp) json.WriteString("format", column.Kind == NumericKind.Date ? "date" : "date-time");
        json.WriteBoolean("x-missing-in-training", column.MissingSeen);
        if (column.Text is not null) json.WriteBoolean("x-text", true);
        if (column.Levels is not null)
        {
            json.WriteStartArray("x-categories");
            foreach (string level in column.Levels) json.WriteStringValue(level);
            json.WriteEndArray();
        }

        json.WriteEndObject();
    }
}
