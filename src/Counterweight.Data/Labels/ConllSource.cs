using System.Globalization;

namespace Counterweight.Data;

/// <summary>Tokens in columns, a line each, with an empty line after each sentence: CoNLL-2003 and its relatives.</summary>
/// <remarks>
/// Columns are separated by tabs if the first token's line has one, else by spaces. The tag is the last column unless
/// <see cref="LabelSourceOptions.Column"/> says otherwise. Left out are lines that start with <c>-DOCSTART-</c>; comments, which start with <c>#</c> and do not
/// have the columns of a token; and in CoNLL-U the lines of multiword tokens and empty nodes (<c>1-2</c>, <c>8.1</c>), whose words have lines of their own.
/// </remarks>
public sealed class ConllSource : ILabelSource
{
    private static readonly string[] Endings = [".conll", ".conllu", ".conllx", ".conll03", ".iob", ".iob2", ".bio", ".bioes", ".ner", ".tsv", ".txt"];

    /// <inheritdoc/>
    public string Kind => "conll";

    /// <inheritdoc/>
    public string Description => "tokens in columns, a line each, an empty line after each sentence";

    /// <inheritdoc/>
    public bool Recognises(LabelPlace place, LabelSourceOptions options)
    {
        ArgumentNullException.ThrowIfNull(place);
        ArgumentNullException.ThrowIfNull(options);
        if (options.Targets.Count > 0) return false;
        if (!place.IsFolder) return LooksLikeTokens(place.Head, place.Extension);
        string? first = place.Files.FirstOrDefault(f => FileWalk.EndsIn(f, Endings));
        return first is not null
            && LooksLikeTokens(LabelPlace.Beginning(Path.Combine(place.Path, first), 1 << 16), Path.GetExtension(first).ToLowerInvariant());
    }

    /// <inheritdoc/>
    public LabelTally Count(string path, LabelSourceOptions options, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        LabelSources.Exists(path);
        if (options.Column is < 0) throw new ArgumentException($"The column of the tag is numbered from 0; {options.Column} is not.", nameof(options));
        List<string> files = File.Exists(path) ? [path] : FileWalk.Files(path, static name => FileWalk.EndsIn(name, Endings), cancellation);
        if (files.Count == 0) throw new UnusableDataException($"there is no token file in it or below ({string.Join(", ", Endings)}). Name the file.", path);
        var sums = new Dictionary<string, (long Tokens, long Sentences)>(StringComparer.Ordinal);
        long sentences = 0;
        foreach (string file in files)
        {
            var reading = new ConllReading(file, options);
            sentences += reading.Count(sums, cancellation);
        }

        if (sums.Count == 0) throw new UnusableDataException("there is no token in it. A line is a token with its tag, as in 'London B-LOC'.", path);
        string[] names = LabelOrder.Sort(sums.Keys);
        return new LabelTally(path, Kind, LabelUnit.Tokens, ClassCounts.From([.. names.Select(n => sums[n].Tokens)], names))
        {
            Groups = new(LabelUnit.Tokens, sentences, [.. names.Select(n => sums[n].Sentences)]),
        };
    }

    /// <summary>
    /// Whether a text has lines of tokens: by its ending or first line, or because every line has as many columns and ends in a tag such as <c>O</c> or
    /// <c>B-LOC</c>.
    /// </summary>
    private static bool LooksLikeTokens(ReadOnlySpan<byte> head, string ending)
    {
        if (head.IsEmpty || head.Contains((byte)0)) return false;
        if (head.StartsWith("-DOCSTART-"u8) || ending is ".conll" or ".conllu" or ".conllx" or ".conll03" or ".iob" or ".iob2" or ".bio" or ".bioes" or ".ner")
            return true;
        string[] lines = System.Text.Encoding.UTF8.GetString(head).TrimStart('\uFEFF').Split('\n');
        string[][] tokens = [.. (lines.Length > 1 ? lines[..^1] : lines).Where(l => l[..Math.Min(1, l.Length)] is not ("#" or "")).Take(500)
            .Select(l => l.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)).Where(p => p.Length > 0)];
        return tokens.Length > 0 && tokens.All(t => t.Length >= 2 && t.Length == tokens[0].Length && IsTag(t[^1]));
    }

    private static bool IsTag(string text) => text == "O" || (text.Length > 2 && text[1] == '-' && text[0] is 'B' or 'I' or 'E' or 'S' or 'L' or 'U');
}
