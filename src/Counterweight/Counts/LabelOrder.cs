using System.Globalization;
using System.Numerics;

namespace Counterweight;

/// <summary>
/// The one order of classes: by number if every label is a whole number, else by code point (capitals first), as scikit-learn sorts them.
/// </summary>
/// <remarks>Public, since whoever counts labels by a source of their own has to give classes the same codes as the readers here.</remarks>
public static class LabelOrder
{
    /// <summary>Puts labels into the order of classes.</summary>
    /// <param name="labels">Distinct labels.</param>
    /// <returns>The same labels, sorted.</returns>
    /// <example>
    /// <code>
    /// string[] sorted = LabelOrder.Sort(["10", "9"]);       // 9, 10
    /// string[] words = LabelOrder.Sort(["b", "a", "B"]);    // B, a, b
    /// </code>
    /// </example>
    public static string[] Sort(IEnumerable<string> labels)
    {
        ArgumentNullException.ThrowIfNull(labels);
        string[] sorted = [.. labels];
        var numbers = new BigInteger[sorted.Length];
        bool numeric = true;
        for (int i = 0; i < sorted.Length && numeric; i++)
            numeric = BigInteger.TryParse(sorted[i], NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out numbers[i]);
        if (numeric) Array.Sort(numbers, sorted);
        else Array.Sort(sorted, CompareByCodePoint);
        return sorted;
    }

    /// <summary>Compares two texts by code point; differs from an ordinal comparison only beyond the basic plane.</summary>
    internal static int CompareByCodePoint(string left, string right)
    {
        int shared = Math.Min(left.Length, right.Length);
        for (int i = 0; i < shared; i++)
        {
            if (left[i] == right[i]) continue;
            bool leftBeyond = char.IsSurrogate(left[i]), rightBeyond = char.IsSurrogate(right[i]);
            return leftBeyond != rightBeyond ? leftBeyond.CompareTo(rightBeyond) : left[i].CompareTo(right[i]);
        }

        return left.Length.CompareTo(right.Length);
    }
}
