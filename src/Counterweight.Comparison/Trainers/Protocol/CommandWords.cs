using System.Text;

namespace Counterweight.Comparison;

/// <summary>Splits a command into words as a POSIX shell does, and does nothing else that a shell does: no variables, no patterns, no pipes.</summary>
/// <remarks>
/// IEEE Std 1003.1-2017, Shell Command Language, sections 2.2 and 2.3: a backslash quotes the next character, single quotes quote all between them, double
/// quotes all but a backslash before <c>$ ` " \</c> or the end of a line; blanks outside quotes separate words.
/// </remarks>
internal static class CommandWords
{
    /// <summary>The words of a command.</summary>
    /// <exception cref="FormatException">A quote is not closed, or there is no word.</exception>
    internal static string[] Split(string command)
    {
        var words = new List<string>();
        var word = new StringBuilder();
        bool inside = false;
        for (int i = 0; i < command.Length; i++)
        {
            char c = command[i];
            if (c is ' ' or '\t' or '\n')
            {
                if (inside) words.Add(word.ToString());
                word.Clear();
                inside = false;
                continue;
            }

            inside = true;
            switch (c)
            {
                case '\\' when i + 1 == command.Length:
                    throw new FormatException($"The command ends with a backslash that quotes nothing: {command}");
                case '\\':
                    if (command[++i] != '\n') word.Append(command[i]);
                    break;
                case '\'':
                    int close = command.IndexOf('\'', i + 1);
                    if (close < 0) throw Unclosed(command, i);
                    word.Append(command, i + 1, close - i - 1);
                    i = close;
                    break;
                case '"':
                    i = DoubleQuoted(command, i, word);
                    break;
                default:
                    word.Append(c);
                    break;
            }
        }

        if (inside) words.Add(word.ToString());
        return words.Count > 0 ? [.. words] : throw new FormatException("The command is empty; give a program and its arguments, as in \"python train.py\".");
    }

    private static int DoubleQuoted(string command, int open, StringBuilder word)
    {
        for (int i = open + 1; i < command.Length; i++)
        {
            if (command[i] == '"') return i;
            bool quotes = command[i] == '\\' && i + 1 < command.Length && (command[i + 1] is '$' or '`' or '"' or '\\' or '\n');
            if (quotes && command[++i] == '\n') continue;
            word.Append(command[i]);
        }

        throw Unclosed(command, open);
    }

    private static FormatException Unclosed(string command, int at) =>
        new($"The command has a quote that is not closed, at character {at + 1}: {command}");
}
