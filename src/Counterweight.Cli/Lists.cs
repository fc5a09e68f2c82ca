namespace Counterweight.Cli;

/// <summary>Values separated by commas.</summary>
internal static class Lists
{
    /// <summary>Splits at the commas outside brackets: <c>power(tau=0.5),smote(k=3, kind=all)</c> has two parts.</summary>
    internal static IEnumerable<string> Split(string text)
    {
        int depth = 0, start = 0;
        for (int i = 0; i <= text.Length; i++)
        {
            if (i < text.Length && text[i] == '(') depth++;
            if (i < text.Length && text[i] == ')') depth--;
            if (i < text.Length && (text[i] != ',' || depth > 0)) continue;
            string part = text[start..i].Trim();
            if (part.Length > 0) yield return part;
            start = i + 1;
        }
    }
}
