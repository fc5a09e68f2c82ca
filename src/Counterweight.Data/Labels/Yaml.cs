using System.Text;

namespace Counterweight.Data;

/// <summary>
/// The part of YAML (1.2) that data.yaml files use: mappings and lists, indented or in brackets, over several lines too; plain and quoted texts; blocks of text
/// (<c>|</c>, <c>&gt;</c>), whose content is passed over; comments. Anchors, tags and several documents are refused.
/// </summary>
/// <remarks>A node is a <see cref="string"/>, a <c>List&lt;object?&gt;</c>, a <c>List&lt;KeyValuePair&lt;string, object?&gt;&gt;</c> or null.</remarks>
internal sealed class Yaml
{
    private readonly string file;
    private readonly List<(int Number, int Indent, string Text)> lines = [];
    private int at;

    private Yaml(string file, IEnumerable<string> text)
    {
        this.file = file;
        int number = 0, block = -1;
        foreach (string raw in text)
        {
            number++;
            string line = raw.TrimEnd();
            int indent = line.Length - line.TrimStart(' ').Length;
            if (block >= 0 && (line.Length == 0 || indent > block)) continue;
            block = -1;
            line = WithoutComment(line).TrimEnd();
            if (line.Length <= indent || line is "---" or "...") continue;
            if (line[indent] == '\t') throw Wrong(number, "a tab indents the line. YAML takes spaces.");
            lines.Add((number, indent, line[indent..]));
            if (line[^1] is '|' or '>' || line.EndsWith("|-", StringComparison.Ordinal) || line.EndsWith(">-", StringComparison.Ordinal)) block = indent;
        }
    }

    /// <summary>Reads a file whose root is a mapping.</summary>
    internal static List<KeyValuePair<string, object?>> Read(string path)
    {
        string[] lines = [.. Utf8Text.Lines(path)];
        if (Array.FindIndex(lines, l => l.Contains('\0', StringComparison.Ordinal)) is >= 0 and var zero)
            throw new UnusableDataException("the line has a zero byte, which no text has. Is the file damaged?", path, zero + 1);
        var yaml = new Yaml(path, lines);
        if (yaml.lines.Count == 0) throw new UnusableDataException("the file is empty.", path);
        object? root = yaml.Block(yaml.lines[0].Indent);
        if (yaml.at < yaml.lines.Count) throw yaml.Wrong(yaml.lines[yaml.at].Number, "the line is indented like none before it.");
        return root as List<KeyValuePair<string, object?>> ?? throw new UnusableDataException("the file is no mapping of keys to values.", path);
    }

    private object? Block(int indent) => lines[at].Text[0] == '-' && (lines[at].Text.Length == 1 || lines[at].Text[1] == ' ') ? Sequence(indent)
        : Mapping(indent);

    private List<object?> Sequence(int indent)
    {
        List<object?> items = [];
        while (at < lines.Count && lines[at].Indent == indent && lines[at].Text[0] == '-' && (lines[at].Text.Length == 1 || lines[at].Text[1] == ' '))
        {
            (int number, _, string text) = lines[at];
            string rest = text[1..].TrimStart();
            if (rest.Length == 0)
            {
                at++;
                items.Add(at < lines.Count && lines[at].Indent > indent ? Block(lines[at].Indent) : null);
            }
            else if (rest[0] is not ('[' or '{' or '"' or '\'') && Colon(rest) >= 0)
            {
                // A mapping that begins on the line of its dash.
                lines[at] = (number, indent + (text.Length - rest.Length), rest);
                items.Add(Mapping(lines[at].Indent));
            }
            else
            {
                items.Add(Value(rest));
            }
        }

        return items;
    }

    private List<KeyValuePair<string, object?>> Mapping(int indent)
    {
        List<KeyValuePair<string, object?>> entries = [];
        while (at < lines.Count && lines[at].Indent == indent)
        {
            (int number, _, string text) = lines[at];
            int colon = Colon(text);
            if (colon < 0) throw Wrong(number, $"'{text}' is no 'key: value'.");
            string key = Scalar(text[..colon].Trim(), number);
            string rest = text[(colon + 1)..].Trim();
            if (entries.Any(e => e.Key == key)) throw Wrong(number, $"the key '{key}' stands here a second time.");
            if (rest.Length > 0)
            {
                entries.Add(new(key, Value(rest)));
                continue;
            }

            at++;
            bool deeper = at < lines.Count
                && (lines[at].Indent > indent || (lines[at].Indent == indent && lines[at].Text.StartsWith("- ", StringComparison.Ordinal)));
            entries.Add(new(key, deeper ? Block(lines[at].Indent) : null));
        }

        return entries;
    }

    /// <summary>A value that begins on the present line, and perhaps goes on over lines that follow; moves past it.</summary>
    private object? Value(string text)
    {
        int number = lines[at].Number, indent = lines[at].Indent;
        at++;
        if (text[0] is '|' or '>') return "";
        if (text[0] is '&' or '*' or '!') throw Wrong(number, $"'{text}' is an anchor, an alias or a tag, which are not read. Write the value itself.");
        if (text[0] is not ('[' or '{'))
        {
            while (text[0] is not ('"' or '\'') && at < lines.Count && lines[at].Indent > indent) text += " " + lines[at++].Text;
            string plain = Scalar(text, number);
            return plain is "~" or "null" ? null : plain;
        }

        var whole = new StringBuilder(text);
        while (true)
        {
            int position = 0;
            try
            {
                object? value = Flow(whole.ToString(), ref position, number);
                if (whole.ToString()[position..].Trim().Length > 0) throw Wrong(number, "something follows the closing bracket.");
                return value;
            }
            catch (EndOfStreamException)
            {
                if (at >= lines.Count) throw Wrong(number, "a bracket is never closed.");
                whole.Append(' ').Append(lines[at++].Text);
            }
        }
    }

    private object? Flow(string text, ref int at, int number)
    {
        Skip(text, ref at);
        if (text[at] == '[')
        {
            List<object?> items = [];
            at++;
            while (true)
            {
                Skip(text, ref at);
                if (text[at] == ']') break;
                items.Add(Flow(text, ref at, number));
                Skip(text, ref at);
                if (text[at] == ',') at++;
                else if (text[at] != ']') throw Wrong(number, "a comma is missing in a list.");
            }

            at++;
            return items;
        }

        if (text[at] == '{')
        {
            List<KeyValuePair<string, object?>> entries = [];
            at++;
            while (true)
            {
                Skip(text, ref at);
                if (text[at] == '}') break;
                string key = Flow(text, ref at, number) as string ?? throw Wrong(number, "a key is no text.");
                Skip(text, ref at);
                object? value = null;
                if (text[at] == ':')
                {
                    at++;
                    value = Flow(text, ref at, number);
                    Skip(text, ref at);
                }

                entries.Add(new(key, value));
                if (text[at] == ',') at++;
                else if (text[at] != '}') throw Wrong(number, "a comma is missing in a mapping.");
            }

            at++;
            return entries;
        }

        int start = at;
        if (text[at] is '"' or '\'')
        {
            char quote = text[at++];
            while (true)
            {
                if (at >= text.Length) throw new EndOfStreamException();
                if (text[at] == '\\' && quote == '"') at++;
                else if (text[at] == quote && !(quote == '\'' && at + 1 < text.Length && text[at + 1] == '\'')) break;
                else if (text[at] == quote) at++;
                at++;
            }

            at++;
        }
        else
        {
            while (at < text.Length && text[at] is not (',' or ']' or '}') && !(text[at] == ':' && (at + 1 >= text.Length || text[at + 1] == ' '))) at++;
            if (at >= text.Length) throw new EndOfStreamException();
        }

        return Scalar(text[start..at].Trim(), number);
    }

    private static void Skip(string text, ref int at)
    {
        while (at < text.Length && text[at] == ' ') at++;
        if (at >= text.Length) throw new EndOfStreamException();
    }

    private string Scalar(string text, int number)
    {
        if (text.Length < 2 || text[0] is not ('"' or '\'')) return text;
        if (text[^1] != text[0]) throw Wrong(number, $"the quote of {text} is never closed on its line.");
        string inner = text[1..^1];
        if (text[0] == '\'') return inner.Replace("''", "'", StringComparison.Ordinal);
        if (!inner.Contains('\\', StringComparison.Ordinal)) return inner;
        var plain = new StringBuilder();
        for (int i = 0; i < inner.Length; i++)
        {
            if (inner[i] != '\\' || i + 1 == inner.Length)
            {
                plain.Append(inner[i]);
                continue;
            }

            i++;
            int digits = inner[i] switch { 'x' => 2, 'u' => 4, _ => 0 };
            if (digits > 0 && i + digits < inner.Length
                && int.TryParse(inner.AsSpan(i + 1, digits), System.Globalization.NumberStyles.AllowHexSpecifier, null, out int code))
            {
                plain.Append((char)code);
                i += digits;
            }
            else
            {
                plain.Append(inner[i] switch { 'n' => '\n', 't' => '\t', 'r' => '\r', _ => inner[i] });
            }
        }

        return plain.ToString();
    }

    /// <summary>Where the colon of 'key: value' stands, outside quotes; -1 if there is none.</summary>
    private static int Colon(string text)
    {
        char quote = '\0';
        for (int i = 0; i < text.Length; i++)
        {
            if (quote != '\0')
            {
                if (text[i] == quote) quote = '\0';
            }
            else if (text[i] is '"' or '\'' && i == 0)
            {
                quote = text[i];
            }
            else if (text[i] == ':' && (i + 1 == text.Length || text[i + 1] == ' '))
            {
                return i;
            }
        }

        return -1;
    }

    /// <summary>A comment starts at a # at the start of a line or after a space, outside quotes.</summary>
    private static string WithoutComment(string line)
    {
        char quote = '\0';
        for (int i = 0; i < line.Length; i++)
        {
            char c = line[i];
            if (quote != '\0') quote = c == quote ? '\0' : quote;
            else if (c is '"' or '\'' && (i == 0 || line[i - 1] is ' ' or '[' or '{' or ',' or ':')) quote = c;
            else if (c == '#' && (i == 0 || line[i - 1] is ' ' or '\t')) return line[..i];
        }

        return line;
    }

    private UnusableDataException Wrong(int line, string problem) => new($"at line {line}: {problem} Repair the file.", file);
}
