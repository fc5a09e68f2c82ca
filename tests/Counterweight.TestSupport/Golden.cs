using System.Globalization;
using System.Text.Json;

namespace Counterweight.TestSupport;

/// <summary>Reads the reference values of the peers: the folder COUNTERWEIGHT_GOLDEN_DIR, else tests/golden.</summary>
public static class Golden
{
    public static string Folder =>
        Environment.GetEnvironmentVariable("COUNTERWEIGHT_GOLDEN_DIR") is { Length: > 0 } named ? named : Path.Combine(Repository.Root, "tests", "golden");

    /// <summary>The cases of a file, by its name without ending.</summary>
    public static IReadOnlyList<JsonElement> Cases(string name)
    {
        using FileStream stream = File.OpenRead(Path.Combine(Folder, name + ".json"));
        using JsonDocument document = JsonDocument.Parse(stream);
        List<JsonElement> cases = [.. document.RootElement.EnumerateArray().Select(e => e.Clone())];
        if (cases.Count == 0) throw new InvalidDataException($"{name}.json in {Folder} has no cases.");
        return cases;
    }

    /// <summary>A number, or one of the words NaN, Infinity, -Infinity.</summary>
    public static double Number(JsonElement element) =>
        element.ValueKind == JsonValueKind.String ? double.Parse(element.GetString()!, CultureInfo.InvariantCulture) : element.GetDouble();

    /// <summary>The shape and the row-major values of a scalar, a list, or a {shape, data} object.</summary>
    public static (long[] Shape, double[] Data) Array(JsonElement element) => element.ValueKind switch
    {
        JsonValueKind.Object => ([.. element.GetProperty("shape").EnumerateArray().Select(e => e.GetInt64())], Vector(element.GetProperty("data"))),
        JsonValueKind.Array => ([element.GetArrayLength()], Vector(element)),
        _ => ([], [Number(element)]),
    };

    public static double[] Vector(JsonElement element) => [.. element.EnumerateArray().Select(Number)];

    public static int[] Integers(JsonElement element) => [.. element.EnumerateArray().Select(e => (int)e.GetDouble())];

    public static bool IsNull(JsonElement element) => element.ValueKind == JsonValueKind.Null;
}
