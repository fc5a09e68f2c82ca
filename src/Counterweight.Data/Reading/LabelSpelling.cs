using System.Globalization;
using System.Numerics;

namespace Counterweight.Data;

/// <summary>The classes behind label texts: different spellings of one whole number are one class, and classes stand in <see cref="LabelOrder"/>.</summary>
/// <param name="Names">The class names in their order.</param>
/// <param name="Code">For each text that was given, the index of its class in <paramref name="Names"/>.</param>
/// <param name="NotFinite">The index of a text that is NaN or infinite, if there is one.</param>
internal sealed record LabelSpelling(string[] Names, int[] Code, int? NotFinite)
{
    /// <summary>Finds the classes of distinct texts. <c>1</c>, <c>1.0</c> and <c>+1</c> are one class if every text is a whole number.</summary>
    internal static LabelSpelling Of(IReadOnlyList<string> texts)
    {
        string[] keys = [.. texts];
        bool allWhole = true;
        for (int i = 0; i < keys.Length && allWhole; i++)
        {
            allWhole = TryWhole(texts[i], out BigInteger whole);
            keys[i] = whole.ToString(CultureInfo.InvariantCulture);
        }

        if (!allWhole) keys = [.. texts];
        string[] names = LabelOrder.Sort(keys.Distinct(StringComparer.Ordinal));
        Dictionary<string, int> index = new(StringComparer.Ordinal);
        foreach (string name in names) index.Add(name, index.Count);
        int notFinite = texts.ToList().FindIndex(IsNotFinite);
        return new(names, [.. keys.Select(k => index[k])], notFinite < 0 ? null : notFinite);
    }

    private static bool IsNotFinite(string text)
    {
        ReadOnlySpan<char> word = text.AsSpan().TrimStart("+-");
        return word.Equals("nan", StringComparison.OrdinalIgnoreCase) || word.Equals("inf", StringComparison.OrdinalIgnoreCase)
            || word.Equals("infinity", StringComparison.OrdinalIgnoreCase);
    }

    private static bool TryWhole(string text, out BigInteger value)
    {
        value = default;
        if (text.Length is 0 or > 40) return false;
        int point = text.IndexOf('.', StringComparison.Ordinal);
        if (point >= 0 && text.AsSpan(point + 1).ContainsAnyExcept('0')) return false;
        return BigInteger.TryParse(point < 0 ? text : text[..point], NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out value);
    }
}
