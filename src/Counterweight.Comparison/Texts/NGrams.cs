using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text;

namespace Counterweight.Comparison;

/// <summary>What is told of every n-gram of a text.</summary>
internal interface INGramSink
{
    /// <summary>Takes an n-gram of characters, <c>points[from..to]</c>.</summary>
    void Characters(int bucket, int from, int to);

    /// <summary>Takes one word, <c>points[from..to]</c>, or two that follow each other, the second at <c>points[second..end]</c>; without one,
    /// <paramref name="end"/> is zero.</summary>
    void Words(int bucket, int from, int to, int second, int end);
}

/// <summary>
/// The n-grams of a text as buckets of a hash table of fixed size (Weinberger and others, 2009): words and pairs of words in the lower half of the table,
/// and in the upper half 3 to 5 characters inside words, each of which has a blank before and after it, as the <c>char_wb</c> of scikit-learn.
/// </summary>
/// <remarks>
/// Case is folded letter by letter (Unicode's simple mappings, whatever the language). A word is a run of letters, marks, digits and underscores; an ideograph
/// or a kana is a word by itself, so that their pairs stand for the words that the script does not set apart.
/// </remarks>
internal static class NGrams
{
    internal const int BucketBits = 20, Buckets = 1 << BucketBits, FirstCharacters = Buckets / 2;

    /// <summary>The lengths of n-grams of characters.</summary>
    internal const int Shortest = 3, Longest = 5;

    private const ulong WordSeed = 0x243F6A8885A308D3UL, PairSeed = 0x13198A2E03707344UL, CharacterSeed = 0xA4093822299F31D0UL;

    /// <summary>Tells a sink of all n-grams, in the order of the text.</summary>
    /// <param name="text">The text.</param>
    /// <param name="letters">Room for the folded characters; they stand there until the next text.</param>
    /// <param name="sink">Who is told.</param>
    internal static void Visit<T>(ReadOnlySpan<char> text, FoldedText letters, ref T sink)
        where T : struct, INGramSink
    {
        letters.Take(text);
        ReadOnlySpan<int> points = letters.Points;
        ReadOnlySpan<byte> kinds = letters.Kinds;
        Words(points, kinds, ref sink);
        for (int open = 0; open + 1 < points.Length;)
        {
            int close = open + 1 + kinds[(open + 1)..].IndexOf(FoldedText.Blank);
            for (int i = open; i + Shortest - 1 <= close; i++)
            {
                ulong hash = CharacterSeed;
                int last = Math.Min(i + Longest - 1, close);
                for (int j = i; j <= last; j++)
                {
                    hash = Mix(hash, (uint)points[j]);
                    if (j - i >= Shortest - 1) sink.Characters(FirstCharacters + Half(hash), i, j + 1);
                }
            }

            open = close;
        }
    }

    private static void Words<T>(ReadOnlySpan<int> points, ReadOnlySpan<byte> kinds, ref T sink)
        where T : struct, INGramSink
    {
        int lastFrom = 0, lastTo = 0;
        ulong last = 0;
        for (int i = 0; i < points.Length;)
        {
            if (kinds[i] < FoldedText.Word)
            {
                i++;
                continue;
            }

            int from = i;
            ulong hash = WordSeed;
            if (kinds[i] == FoldedText.OwnWord) hash = Mix(hash, (uint)points[i++]);
            else
                while (i < points.Length && kinds[i] == FoldedText.Word) hash = Mix(hash, (uint)points[i++]);
            sink.Words(Half(hash), from, i, 0, 0);
            if (lastTo > 0) sink.Words(Half(Mix(Mix(PairSeed, last), hash)), lastFrom, lastTo, from, i);
            (last, lastFrom, lastTo) = (hash, from, i);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong Mix(ulong hash, ulong value)
    {
        hash = (hash ^ value) * 0x9E3779B97F4A7C15UL;
        return hash ^ (hash >> 29);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int Half(ulong hash) => (int)((hash * 0xD1342543DE82EF95UL) >> (65 - BucketBits));
}

/// <summary>The characters of a text with their case folded, a single blank before, between and after what white space sets apart.</summary>
internal sealed class FoldedText
{
    /// <summary>What a character is: a blank, a sign, a part of a word, a word of its own.</summary>
    internal const byte Blank = 0, Sign = 1, Word = 2, OwnWord = 3;

    private static readonly Lazy<(char[] Fold, byte[] Kind)> Plane = new(static () =>
    {
        char[] fold = new char[char.MaxValue + 1];
        byte[] kind = new byte[char.MaxValue + 1];
        for (int c = 0; c < fold.Length; c++)
        {
            if (!Rune.IsValid(c))
            {
                (fold[c], kind[c]) = ((char)Rune.ReplacementChar.Value, Sign);
                continue;
            }

            (int folded, kind[c]) = Of(new Rune(c));
            fold[c] = (char)folded;
        }

        return (fold, kind);
    });

    private int[] points = new int[256];
    private byte[] kinds = new byte[256];
    private int count;

    internal ReadOnlySpan<int> Points => points.AsSpan(0, count);

    internal ReadOnlySpan<byte> Kinds => kinds.AsSpan(0, count);

    /// <summary>How many characters there are, white space left out.</summary>
    internal int Characters { get; private set; }

    /// <summary>Takes the next text.</summary>
    internal void Take(ReadOnlySpan<char> text)
    {
        int room = text.Length + 2;
        if (points.Length < room)
        {
            points = new int[Math.Max(room, 2 * Math.Min(points.Length, 1 << 20))];
            kinds = new byte[points.Length];
        }

        (char[] fold, byte[] kind) = Plane.Value;
        (points[0], kinds[0], count, Characters) = (' ', Blank, 1, 0);
        for (int i = 0; i < text.Length; i++)
        {
            char c = text[i];
            byte found = kind[c];
            int folded = fold[c];
            if (char.IsHighSurrogate(c) && i + 1 < text.Length && char.IsLowSurrogate(text[i + 1]))
                (folded, found) = Of(new Rune(c, text[++i]));
            if (found == Blank)
            {
                if (kinds[count - 1] == Blank) continue;
                folded = ' ';
            }
            else
            {
                Characters++;
            }

            (points[count], kinds[count]) = (folded, found);
            count++;
        }

        if (kinds[count - 1] == Blank) return;
        (points[count], kinds[count]) = (' ', Blank);
        count++;
    }

    /// <summary>Some of the characters as a string.</summary>
    internal string Text(int from, int to)
    {
        var text = new StringBuilder();
        foreach (int point in Points[from..to]) text.Append(new Rune(point).ToString());
        return text.ToString();
    }

    private static (int Folded, byte Kind) Of(Rune rune)
    {
        if (Rune.IsWhiteSpace(rune) || Rune.IsControl(rune)) return (' ', Blank);
        int folded = Rune.ToLowerInvariant(Rune.ToUpperInvariant(rune)).Value;
        if (rune.Value is (>= 0x3041 and <= 0x30FF) or (>= 0x31F0 and <= 0x31FF) or (>= 0x3400 and <= 0x9FFF) or (>= 0xF900 and <= 0xFAFF)
            or (>= 0x20000 and <= 0x3FFFF)) return (folded, Rune.IsLetter(rune) ? OwnWord : Sign);
        return (folded, Rune.GetUnicodeCategory(rune) switch
        {
            UnicodeCategory.UppercaseLetter or UnicodeCategory.LowercaseLetter or UnicodeCategory.TitlecaseLetter or UnicodeCategory.ModifierLetter
                or UnicodeCategory.OtherLetter or UnicodeCategory.NonSpacingMark or UnicodeCategory.SpacingCombiningMark or UnicodeCategory.EnclosingMark
                or UnicodeCategory.DecimalDigitNumber or UnicodeCategory.LetterNumber or UnicodeCategory.OtherNumber
                or UnicodeCategory.ConnectorPunctuation => Word,
            _ => Sign,
        });
    }
}
