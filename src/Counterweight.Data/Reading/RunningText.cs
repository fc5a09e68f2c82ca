using System.Globalization;
using System.Text;

namespace Counterweight.Data;

/// <summary>Whether a column of texts may be taken for running text.</summary>
internal enum TextRule
{
    /// <summary>It stays a column of categories.</summary>
    Never,

    /// <summary>If it looks like running text.</summary>
    IfItLooksSo,

    /// <summary>The user says that it is.</summary>
    Always,
}

/// <summary>Tells running text from categories by its content: several words a cell, and mostly distinct cells.</summary>
internal static class RunningText
{
    /// <summary>With fewer rows nothing can be told.</summary>
    private const int FewestRows = 20;

    private const double DistinctShare = 0.5, WordsPerCell = 3;

    private const int Looked = 2000;

    /// <summary>Whether a column looks like running text.</summary>
    /// <param name="codes">The distinct texts.</param>
    /// <param name="present">How many rows have one.</param>
    /// <param name="words">The words per cell, on average over a sample of the distinct ones.</param>
    internal static bool Looks(Utf8Codes codes, int present, out double words)
    {
        words = 0;
        if (present < FewestRows || codes.Count < DistinctShare * present) return false;
        int step = Math.Max(1, codes.Count / Looked), seen = 0, several = 0;
        for (int code = 0; code < codes.Count; code += step, seen++)
        {
            double own = Words(codes.Bytes(code));
            words += own;
            if (own >= WordsPerCell) several++;
        }

        words /= seen;
        return words >= WordsPerCell && 2 * several >= seen;
    }

    /// <summary>The words with a letter; of scripts that set none apart, two letters count as one.</summary>
    private static double Words(ReadOnlySpan<byte> text)
    {
        const int enough = 2000;
        double words = 0;
        bool inWord = false;
        if (text.Length > enough) text = text[..enough];
        while (text.Length > 0)
        {
            if (Rune.DecodeFromUtf8(text, out Rune rune, out int used) != System.Buffers.OperationStatus.Done) rune = Rune.ReplacementChar;
            text = text[used..];
            if (Rune.IsWhiteSpace(rune)) inWord = false;
            else if (IsUnspaced(rune.Value)) words += 0.5;
            else if (!inWord && Rune.IsLetter(rune)) (inWord, words) = (true, words + 1);
        }

        return words;
    }

    /// <summary>Thai, Lao, Myanmar, Khmer; kana, ideographs.</summary>
    private static bool IsUnspaced(int rune) => rune is (>= 0x0E01 and <= 0x0EFF) or (>= 0x1000 and <= 0x109F) or (>= 0x1780 and <= 0x17FF)
        or (>= 0x3041 and <= 0x30FF) or (>= 0x3400 and <= 0x9FFF) or (>= 0xF900 and <= 0xFAFF) or (>= 0x20000 and <= 0x3FFFF);

    /// <summary>Says which column was taken for running text, and how to change it.</summary>
    internal static void Tell(string name, int distinct, double words, SourceFile file) => file.Note(new DataNote("text-column", name,
        string.Create(CultureInfo.InvariantCulture,
            $"Column '{name}' holds {distinct} different texts of about {words:F0} words, so it was read as text. If its cells are categories, say "
            + $"--categorical {name}; --text {name} takes this line away.")));
}
