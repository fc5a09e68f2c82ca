namespace Counterweight.Cli;

/// <summary>The words of a command line.</summary>
internal static class GivenWords
{
    /// <summary>The words without some options.</summary>
    /// <param name="run">The command line.</param>
    /// <param name="options">The options to leave out, and whether a value follows each.</param>
    internal static List<string> Without(Invocation run, IReadOnlyDictionary<string, bool> options)
    {
        List<string> kept = [];
        bool valueFollows = false;
        foreach (string word in run.Words)
        {
            if (valueFollows) valueFollows = false;
            else if (options.TryGetValue(word, out bool takesValue)) valueFollows = takesValue;
            else kept.Add(word);
        }

        return kept;
    }
}
