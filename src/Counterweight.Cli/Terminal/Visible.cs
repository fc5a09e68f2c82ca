using System.Globalization;
using System.Text;

namespace Counterweight.Cli;

/// <summary>
/// Shows what a terminal would obey instead of print. Labels, column names and file names come from strangers: an escape code among them could recolour,
/// overwrite or rename what stands on the screen.
/// </summary>
internal static class Visible
{
    /// <summary>The text in one line: control characters and marks that turn the direction of text are written as C# writes them, <c>\e</c> or
    /// <c>\u202e</c>.</summary>
    internal static string Line(string text) => Written(text, keepLines: false);

    /// <summary>The same, but line breaks stay.</summary>
    internal static string Lines(string text) => Written(text, keepLines: true);

    private static string Written(string text, bool keepLines)
    {
        if (!text.Any(c => IsHidden(c, keepLines))) return text;
        var shown = new StringBuilder(text.Length + 8);
        foreach (char c in text)
        {
            if (!IsHidden(c, keepLines)) shown.Append(c);
            else
                shown.Append(c switch
                {
                    '\n' => "\\n",
                    '\r' => "\\r",
                    '\t' => "\\t",
                    '\e' => "\\e",
                    < (char)256 => string.Create(CultureInfo.InvariantCulture, $"\\x{(int)c:x2}"),
                    _ => string.Create(CultureInfo.InvariantCulture, $"\\u{(int)c:x4}"),
                });
        }

        return shown.ToString();
    }

    /// <summary>Controls, separators of lines, and marks of direction (Unicode 17, sections 23.1 and 23.2), which could make a name read as another.</summary>
    internal static bool IsHidden(char c, bool keepLines = false) => char.IsControl(c)
        ? !(keepLines && c == '\n')
        : c is '\u2028' or '\u2029' or '\u200e' or '\u200f' or '\u061c' or (>= '\u202a' and <= '\u202e') or (>= '\u2066' and <= '\u2069') or '\ufeff';
}
