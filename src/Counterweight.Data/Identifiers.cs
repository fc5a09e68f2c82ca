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

    private const int FewestDigits = 9;

    /// <summary>September 2001 and July 2036, in seconds since 1970.</summary>
    private const double FirstMoment = 1e9, LastMoment = 2.1e9;

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
        return different.Count == present && ((values.Max() - values.Min() == present - 1 && IsRun(values)) || IsCode(values)
            || NumberOf().IsMatch(column.Name));
    }

    /// <summary>
    /// Whether the values have one length of nine digits or more, as numbers of phones, accounts, articles and documents do, and hardly an amount. Seconds and
    /// milliseconds since 1970 do as well; those of this age are moments.
    /// </summary>
    private static bool IsCode(double[] values)
    {
        int digits = Digits(values[0]);
        return digits >= FewestDigits && values.All(v => Digits(v) == digits) && !(IsMoments(1) || IsMoments(1000));

        bool IsMoments(double second) => values.All(v => v >= FirstMoment * second && v < LastMoment * second);

        static int Digits(double value)
        {
            int digits = 0;
            for (ulong rest = value > 0 ? (ulong)value : 0; rest > 0; rest /= 10) digits++;
            return digits;
        }
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

    /// <summary>Names of what is numbered, which are keys where no number comes twice: <c>patient number</c>, <c>invoice_no</c>, <c>phone</c>, ...</summary>
    [GeneratedRegex("(?:^|[ _.-])(?i:number|no|nr|num|phone|mobile|account|iban|serial|invoice|order|ticket|case|record|sample|patient|customer|user|member"
        + "|barcode|ean|isbn|ssn|imei)$", RegexOptions.CultureInvariant)]
    private static partial Regex NumberOf();
}
