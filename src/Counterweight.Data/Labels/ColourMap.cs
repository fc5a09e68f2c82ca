using System.Globalization;

namespace Counterweight.Data;

/// <summary>Which colour of a mask means which class.</summary>
/// <remarks>
/// A line per class: red, green, blue (0 to 255) and a name, or the name first, separated by commas, semicolons, tabs or spaces; or <c>#rrggbb</c> and a name.
/// A first line without numbers is a heading; empty lines and lines that start with <c>#</c> and a space are passed over. Several colours may have one name.
/// </remarks>
internal sealed class ColourMap
{
    private readonly Dictionary<int, int> codes = [];

    private ColourMap(string[] names) => Names = names;

    /// <summary>The names of the classes, in the order of the file.</summary>
    internal string[] Names { get; }

    /// <summary>The code of a colour (red, green, blue from the highest byte down); -1 if no class has it.</summary>
    internal int Code(int colour) => codes.GetValueOrDefault(colour, -1);

    internal static ColourMap Read(string path)
    {
        LabelSources.Exists(path);
        if (Directory.Exists(path))
            throw new UnusableDataException("this is a folder. --colours is a file with a line 'red,green,blue,name' per class.", path);
        string[] lines = Utf8Text.Lines(path);
        List<string> names = [];
        Dictionary<int, int> codes = [];
        for (int l = 0; l < lines.Length; l++)
        {
            string line = lines[l].Trim();
            if (line.Length == 0 || line == "#" || line.StartsWith("# ", StringComparison.Ordinal)) continue;
            if (Parse(line) is not (int colour, string name))
            {
                if (names.Count == 0 && l == Array.FindIndex(lines, t => t.Trim().Length > 0) && !line.Any(char.IsAsciiDigit)) continue;
                throw new UnusableDataException($"at line {l + 1}: '{line}' is no colour of a class. A line is 'red,green,blue,name' with numbers from 0 to "
                    + $"255, or '#rrggbb,name'.",
                    path);
            }

            int code = names.IndexOf(name);
            if (code < 0)
            {
                code = names.Count;
                names.Add(name);
            }

            if (!codes.TryAdd(colour, code))
                throw new UnusableDataException($"at line {l + 1}: the colour {Text(colour)} stands here a second time. Give each colour once.", path);
        }

        if (names.Count == 0) throw new UnusableDataException("the file names no colour. Write a line 'red,green,blue,name' per class.", path);
        var map = new ColourMap([.. names]);
        foreach ((int colour, int code) in codes) map.codes.Add(colour, code);
        return map;
    }

    internal static string Text(int colour) => string.Create(CultureInfo.InvariantCulture, $"({colour >> 16}, {(colour >> 8) & 255}, {colour & 255})");

    private static (int Colour, string Name)? Parse(string line)
    {
        char separator = line.Contains(',', StringComparison.Ordinal) ? ',' : line.Contains(';', StringComparison.Ordinal) ? ';' : ' ';
        string[] parts = separator == ' '
            ? line.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)
            : line.Split(separator, StringSplitOptions.TrimEntries);
        parts = [.. parts.Select(p => p.Trim('"'))];
        if (parts.Length >= 2 && parts[0].Length == 7 && parts[0][0] == '#'
            && int.TryParse(parts[0].AsSpan(1), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out int hex))
            return (hex, string.Join(separator, parts[1..]));
        if (parts.Length < 4) return null;
        if (Number(parts.AsSpan(0, 3)) is int first) return (first, string.Join(separator, parts[3..]));
        return Number(parts.AsSpan(parts.Length - 3)) is int last ? (last, string.Join(separator, parts[..^3])) : null;
    }

    private static int? Number(ReadOnlySpan<string> parts)
    {
        int colour = 0;
        foreach (string part in parts)
        {
            if (!byte.TryParse(part, NumberStyles.None, CultureInfo.InvariantCulture, out byte value)) return null;
            colour = (colour << 8) | value;
        }

        return colour;
    }
}
