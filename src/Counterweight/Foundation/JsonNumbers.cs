using System.Globalization;
using System.Text.Json;

namespace Counterweight;

/// <summary>Writes and reads numbers of JSON files: shortest form that reads back to the same bits, infinities as words.</summary>
internal static class JsonNumbers
{
    internal static void Write(Utf8JsonWriter writer, string name, ReadOnlySpan<double> values)
    {
        writer.WriteStartArray(name);
        foreach (double value in values) WriteValue(writer, value);
        writer.WriteEndArray();
    }

    internal static void Write(Utf8JsonWriter writer, string name, double value)
    {
        writer.WritePropertyName(name);
        WriteValue(writer, value);
    }

    internal static double Number(JsonElement json) =>
        json.ValueKind == JsonValueKind.String ? double.Parse(json.GetString()!, NumberStyles.Float, CultureInfo.InvariantCulture) : json.GetDouble();

    internal static double[] Numbers(JsonElement json) => [.. json.EnumerateArray().Select(Number)];

    private static void WriteValue(Utf8JsonWriter writer, double value)
    {
        if (double.IsFinite(value)) writer.WriteNumberValue(value);
        else writer.WriteStringValue(value.ToString(CultureInfo.InvariantCulture));
    }
}
