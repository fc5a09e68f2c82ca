using System.Reflection;
using System.Text.Json;
using System.Text.Json.Serialization;
using Counterweight.Data;

namespace Counterweight.Comparison.Tests;

/// <summary>How a file was read is kept in documents, whole.</summary>
public sealed class ReadingJsonTests
{
    public static TheoryData<string> Kept => [.. typeof(DatasetOptions).GetProperties(BindingFlags.Public | BindingFlags.Instance)
        .Where(p => p.GetCustomAttribute<JsonIgnoreAttribute>() is null).Select(p => p.Name)];

    [Theory, MemberData(nameof(Kept))]
    public void Every_option_of_reading_comes_back(string name)
    {
        PropertyInfo property = typeof(DatasetOptions).GetProperty(name)!;
        var asked = new DatasetOptions();
        object other = property.GetValue(asked) switch
        {
            IReadOnlyList<string> => (string[])["a", "b"],
            bool no => !no,
            int number => number + 1,
            null when property.PropertyType == typeof(string) => "latin1",
            null when property.PropertyType == typeof(char?) => ';',
            var value => throw new NotSupportedException($"No other value than {value} is known for {name}."),
        };
        property.SetValue(asked, other);
        string json = JsonSerializer.Serialize(asked, ComparisonJsonContext.Documents.DatasetOptions);
        DatasetOptions read = JsonSerializer.Deserialize(json, ComparisonJsonContext.Strict.DatasetOptions)!;
        Assert.Equal(property.GetValue(asked), property.GetValue(read));
    }
}
