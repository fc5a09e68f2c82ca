namespace Counterweight.Cli;

/// <summary>The data sets that come with the tool, so that it can be tried before one has found the own: FILE may be <c>sample:lending-club</c>.</summary>
internal static class SampleFiles
{
    internal const string Prefix = "sample:";

    private static string Folder => Path.Combine(AppContext.BaseDirectory, "samples");

    /// <summary>What may be typed for FILE.</summary>
    internal static IEnumerable<string> Words => !Directory.Exists(Folder) ? []
        : Directory.EnumerateFiles(Folder, "*.csv").Select(f => Prefix + Path.GetFileNameWithoutExtension(f)).Order(StringComparer.Ordinal);

    /// <summary>The file that a word of the command line stands for; other words as they are.</summary>
    /// <exception cref="UsageException">There is no such data set.</exception>
    internal static string Resolve(string word)
    {
        if (!word.StartsWith(Prefix, StringComparison.Ordinal)) return word;
        return Words.Contains(word) ? Path.Combine(Folder, $"{word[Prefix.Length..]}.csv")
            : throw new UsageException($"No data set '{word}' comes with the tool. {NearestName.Hint(word, Words)}");
    }
}
