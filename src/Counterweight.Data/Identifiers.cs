using System.Text.RegularExpressions;

namespace Counterweight.Data;

/// <summary>Tells identifiers from features by their content and name.</summary>
internal static partial class Identifiers
{
    /// <summary>With fewer rows any column may have another value in each.</summary>
    private const int FewestRows = 50;

    /// <summary>The least number and share of distinct values of a column that is called a key: fewer are codes of categories.</summary>
    private const int FewestKeys = 20;

    private const double KeyShare = 0.1;

    internal static bool Is(Column column)
    {
        int present = column.Rows - column.MissingCount;
        if (present <= FewestRows) return false;
        bool named = Name().IsMatch(column.Name);
        if (column is CategoricalColumn texts)
        {
            int distinct = texts.Codes.ToArray().Where(c => c >= 0).Distinct().Count();
            return distinct == present || (named && IsKey(distinct, present));
        }

        if (column is not NumericColumn { Kind: NumericKind.WholeNumber } numbers) return false;
        double[] values = numbers.Values.ToArray().Where(v => !double.IsNaN(v)).ToArray();
        HashSet<double> different = [.. values];
        if (named) return IsKey(different.Count, present) || numbers.Spelling?.Any(Spelling.Whole, Spelling.Whole) == true;
        return different.Count == present && values.Max() - values.Min() == present - 1 && IsRun(values);
    }

    private static bool IsKey(int distinct, int present) => distinct >= FewestKeys && distinct > KeyShare * present;

    /// <summary>Whether the values count the rows of the file.</summary>
    private static bool IsRun(double[] values)
    {
        for (int i = 1; i < values.Length; i++)
            if (values[i] != values[i - 1] + 1) return false;
        return true;
    }

    /// <summary>Names of keys: <c>id</c>, <c>ID</c>, <c>customer_id</c>, <c>CustomerId</c>, <c>id2</c>, <c>uuid</c>, <c>row_number</c>, ...</summary>
    [GeneratedRegex("^(?i:id|uuid|guid|key|pk|index|row_?(?:id|nr|no|num|number|index)|unnamed: ?0)\\d*$"
        + "|[ _.-](?i:id|uuid|guid|key|pk)$|[a-z](?:Id|ID|Key|Uuid|Guid)$|^(?i:id)[ _.-]", RegexOptions.CultureInvariant)]
    private static partial Regex Name();
}
