using System.Globalization;
using System.Numerics;

namespace Counterweight.Data;

/// <summary>The classes behind label texts, in the order of <see cref="LabelOrder"/>, spelt as in the file.</summary>
/// <param name="Names">The class names in their order.</param>
/// <param name="Code">For each text that was given, the index of its class in <paramref name="Names"/>.</param>
/// <param name="NotFinite">The index of a text that is NaN or infinite, if there is one.</param>
internal sealed record LabelSpelling(string[] Names, int[] Code, int? NotFinite)
{
    /// <summary>
    /// Finds the classes of distinct texts. Where texts may be numbers and every one is whole, <c>1</c>, <c>1.0</c> and <c>+1</c> are one class; it is
    /// called as the file spells it, or <c>1</c> if the file spells it in several ways.
    /// </summary>
    internal static LabelSpelling Of(IReadOnlyList<string> texts, bool numbers)
    {
        int notFinite = texts.ToList().FindIndex(IsNotFinite);
        int? bad = notFinite < 0 ? null : notFinite;
        var wholes = new BigInteger[texts.Count];
        bool merge = numbers;
        for (int i = 0; i < wholes.Length && merge; i++) merge = TryWhole(texts[i], out wholes[i]);
        if (!merge)
        {
            string[] sorted = LabelOrder.Sort(texts.Order(StringComparer.Ordinal));
            Dictionary<string, int> index = new(StringComparer.Ordinal);
            foreach (string name in sorted) index.Add(name, index.Count);
            return new(sorted, [.. texts.Select(t => index[t])], bad);
        }

        BigInteger[] order = [.. wholes.Distinct().Order()];
        Dictionary<BigInteger, int> place = order.Select((value, code) => (value, code)).ToDictionary(p => p.value, p => p.code);
        string?[] names = new string?[order.Length];
        for (int i = 0; i < wholes.Length; i++)
            names[place[wholes[i]]] = names[place[wholes[i]]] is null ? texts[i] : wholes[i].ToString(CultureInfo.InvariantCulture);
        return new(names!, [.. wholes.Select(w => place[w])], bad);
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
