using System.Text.Json.Serialization;
using Counterweight.Comparison;
using Counterweight.Data;

namespace Counterweight.Onnx;

/// <summary>A column of a model, as an input of its graph.</summary>
/// <param name="Input">The name of the input: that of the column, unless an output has it.</param>
/// <param name="Missing">The text that stands for a missing value in a column of categories: empty, unless that is a category.</param>
/// <param name="Column">What the preparation knows of it.</param>
internal sealed record OnnxColumn(string Input, string Missing, FittedColumn Column)
{
    /// <summary>The names of the outputs.</summary>
    internal const string Label = "label", Probabilities = "probabilities";

    [JsonIgnore]
    internal IReadOnlyList<string>? Levels => Column.Levels;

    internal double Mean => Column.Mean;

    internal double Scale => Column.Scale;

    internal bool MissingSeen => Column.MissingSeen;

    internal static IReadOnlyList<OnnxColumn> All(Preprocessor preparation)
    {
        var taken = new HashSet<string>([Label, Probabilities, .. preparation.Columns.Select(c => c.Name)], StringComparer.Ordinal);
        return [.. preparation.Columns.Select(c => new OnnxColumn(Free(c.Name), MissingOf(c.Levels), c))];

        string Free(string name)
        {
            if (name is not (Label or Probabilities or "")) return name;
            string free = $"column {name}";
            while (!taken.Add(free)) free += "'";
            return free;
        }
    }

    /// <summary>What the input takes, for people who open the file.</summary>
    internal string Describe() => Levels is not null
        ? $"Category; {(Missing.Length == 0 ? "an empty text" : $"'{Missing}'")} is a missing value. Categories that training did not see count as missing."
        : Column.Kind switch
        {
            NumericKind.Date => "Date, as days since 1970-01-01; NaN is a missing value.",
            NumericKind.Timestamp => "Time, as days with a fraction since 1970-01-01T00:00 UTC; NaN is a missing value.",
            _ => "Number; NaN is a missing value.",
        };

    /// <summary>A text that is no category.</summary>
    private static string MissingOf(IReadOnlyList<string>? levels)
    {
        string missing = "";
        while (levels?.Contains(missing) == true) missing += "?";
        return missing;
    }
}
