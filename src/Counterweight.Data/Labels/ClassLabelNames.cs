using System.Globalization;
using System.Text;
using System.Text.Json;

namespace Counterweight.Data;

/// <summary>The names of the classes that Hugging Face's <c>datasets</c> writes into the metadata of a Parquet file, under the key
/// <c>huggingface</c>.</summary>
internal static class ClassLabelNames
{
    /// <summary>The names of a column; null if the file is no Parquet or says nothing of it.</summary>
    internal static string[]? Of(string path, string column, CancellationToken cancellation)
    {
        if (!LabelPlace.Beginning(path, 4).AsSpan().SequenceEqual("PAR1"u8)) return null;
        string? json = null;
        using var session = new DuckSession(1);
        string query = $"SELECT decode(value) FROM parquet_kv_metadata({Sql.Path(path)}) WHERE decode(key) = 'huggingface'";
        foreach (Chunk chunk in session.Stream(query, cancellation))
            if (chunk.Rows > 0 && !chunk.Column(0).IsNull(0)) json ??= Encoding.UTF8.GetString(chunk.Column(0).Text(0));
        return json is null ? null : Names(json, column);
    }

    /// <summary>The counts of numbers as counts of names.</summary>
    internal static ClassCounts Rename(ClassCounts counts, string[] names, string path, string column)
    {
        long[] named = new long[names.Length];
        for (int c = 0; c < counts.Classes; c++)
        {
            if (!int.TryParse(counts.Labels[c], NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int code)
                || code < -1 || code >= names.Length)
                throw new UnusableDataException($"{counts[c]} rows have the label {counts.Labels[c]}, and the file's metadata names {names.Length} "
                    + $"classes, 0 to "
                    + $"{names.Length - 1}. Repair the rows, or write the file again.", path, column: column);
            if (code < 0)
                throw new UnusableDataException($"{counts[c]} rows have the label -1, which marks rows without one. Leave them out: they are those of "
                    + $"a test part.",
                    path, column: column);
            named[code] = counts[c];
        }

        return ClassCounts.From(named, names);
    }

    /// <summary>The names in <c>info.features.COLUMN</c>, of the column itself or of the values of its lists.</summary>
    private static string[]? Names(string json, string column)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(json);
            if (!document.RootElement.TryGetProperty("info", out JsonElement info) || !info.TryGetProperty("features", out JsonElement features)
                || !features.TryGetProperty(column, out JsonElement feature)) return null;
            while (feature.ValueKind == JsonValueKind.Object && feature.TryGetProperty("feature", out JsonElement inner)) feature = inner;
            if (feature.ValueKind == JsonValueKind.Array && feature.GetArrayLength() == 1) feature = feature[0];
            if (feature.ValueKind != JsonValueKind.Object || !feature.TryGetProperty("names", out JsonElement names) || names.ValueKind != JsonValueKind.Array)
                return null;
            string[] found = [.. names.EnumerateArray().Select(n => n.ToString())];
            return found.Length > 0 && found.Distinct(StringComparer.Ordinal).Count() == found.Length ? found : null;
        }
        catch (Exception problem) when (problem is JsonException or InvalidOperationException)
        {
            return null;
        }
    }
}
