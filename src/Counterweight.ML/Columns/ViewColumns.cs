using Microsoft.ML;
using Microsoft.ML.Data;

namespace Counterweight.ML;

/// <summary>Finds columns of a data view, with messages that say what there is instead.</summary>
internal static class ViewColumns
{
    /// <summary>A column that has to be there.</summary>
    /// <exception cref="UnusableDataException">There is no such column.</exception>
    internal static DataViewSchema.Column Find(DataViewSchema schema, string name) => schema.GetColumnOrNull(name) ?? throw Missing(name, Names(schema));

    /// <summary>A column of numbers of 32 bits.</summary>
    internal static DataViewSchema.Column Single(DataViewSchema schema, string name)
    {
        DataViewSchema.Column column = Find(schema, name);
        return column.Type is NumberDataViewType && column.Type.RawType == typeof(float) ? column : throw Unfit(column, "a number of type Single");
    }

    internal static UnusableDataException Missing(string name, IEnumerable<string> there) =>
        new($"There is no column '{name}'. {NearestName.Hint(name, there)}", column: name);

    internal static UnusableDataException Unfit(DataViewSchema.Column column, string wanted) =>
        new($"The column is of type {column.Type}, and {wanted} is needed here.", column: column.Name);

    internal static IEnumerable<string> Names(DataViewSchema schema) => schema.Where(c => !c.IsHidden).Select(c => c.Name);

    /// <summary>Whether the view has rows, by the cheapest way.</summary>
    internal static UnusableDataException Empty() => new("The data view has no rows.");
}
