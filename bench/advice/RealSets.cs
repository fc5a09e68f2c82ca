using Counterweight.Comparison;
using Counterweight.Data;

namespace Counterweight.Advice;

/// <summary>Halves of the real sets in a folder: one to compare on, the other to judge by. Copies of a row are never on both sides.</summary>
internal static class RealSets
{
    /// <summary>The most rows that are trained on; all others judge.</summary>
    internal const int MostRows = 2_000;

    /// <summary>The sets of a folder, small ones first: every CSV file with a column <c>target</c>.</summary>
    internal static IEnumerable<(string Name, string Path)> In(string folder) => Directory.EnumerateFiles(folder, "*.csv")
        .OrderBy(p => new FileInfo(p).Length).ThenBy(p => p, StringComparer.Ordinal).Select(p => (Path.GetFileNameWithoutExtension(p), p));

    /// <summary>All rows of a file, and which of them to train on and to judge by.</summary>
    /// <param name="path">The file.</param>
    /// <param name="seed">Which split.</param>
    /// <param name="mostRows">About how many rows train at most.</param>
    internal static (Dataset All, int[] Train, int[] Judge) Split(string path, int seed, int mostRows = MostRows)
    {
        Dataset all = DatasetReader.Read(path, "target");
        int[] groups = DataChecks.Groups(all, null, 2, []);
        long[] counts = new long[all.Classes];
        foreach (int label in all.Labels) counts[label]++;
        // The smaller side trains: one fold of several is a stratified sample. Every class has six rows there, whatever the cap.
        int folds = (int)Math.Clamp(Math.Round((double)all.Rows / mostRows), 2, Math.Max(2, counts.Min() / 6));
        // An even seed trains on the other side of the split of the seed before: a side that is harder than the other then judges once and is judged once.
        Fold split = StratifiedFolds.Split(all.Labels, all.ClassNames, folds, 1, (seed - 1) / 2 * 2 + 1, groups.Length == 0 ? null : groups)[(seed - 1) % 2];
        // Of a set with a very rare class more rows train than were asked for: a part of them drawn at random could lose that class.
        return (all, split.Test, Part(split.Train, 5 * Math.Max(mostRows, split.Test.Length), seed));
    }

    /// <summary>Some of the rows, drawn at random.</summary>
    private static int[] Part(int[] rows, int most, int seed)
    {
        if (rows.Length <= most) return rows;
        int[] shuffled = [.. rows];
        var random = new SeededRandom(seed, 99);
        random.Shuffle<int>(shuffled);
        return [.. shuffled.Take(most).Order()];
    }
}
