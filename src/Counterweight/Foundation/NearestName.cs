namespace Counterweight;

/// <summary>Finds the name a user probably meant, for messages about unknown names.</summary>
public static class NearestName
{
    /// <summary>The candidate nearest to a name by edits (Levenshtein, 1966), or null if none is near.</summary>
    /// <param name="name">What the user typed.</param>
    /// <param name="candidates">The names there are.</param>
    public static string? Find(string name, IEnumerable<string> candidates)
    {
        ArgumentNullException.ThrowIfNull(name);
        ArgumentNullException.ThrowIfNull(candidates);
        string? best = null;
        int bestDistance = Math.Max(2, name.Length / 3) + 1;
        foreach (string candidate in candidates)
        {
            int distance = Distance(name, candidate);
            if (candidate.Contains(name, StringComparison.OrdinalIgnoreCase) && name.Length >= 3) distance = Math.Min(distance, 2);
            if (distance < bestDistance) (best, bestDistance) = (candidate, distance);
        }

        return best;
    }

    /// <summary>A sentence for a message: the nearest name if one is near, else the names there are.</summary>
    /// <param name="name">What the user typed.</param>
    /// <param name="candidates">The names there are.</param>
    public static string Hint(string name, IEnumerable<string> candidates)
    {
        List<string> all = [.. candidates];
        const int shown = 40;
        return Find(name, all) is string nearest
            ? $"Did you mean '{nearest}'?"
            : $"There {(all.Count == 1 ? "is" : "are")}: {string.Join(", ", all.Take(shown))}{(all.Count > shown ? $" and {all.Count - shown} more" : "")}.";
    }

    private static int Distance(string left, string right)
    {
        if (Math.Max(left.Length, right.Length) > 256) return int.MaxValue;
        Span<int> row = stackalloc int[right.Length + 1];
        for (int j = 0; j <= right.Length; j++) row[j] = j;
        for (int i = 1; i <= left.Length; i++)
        {
            int diagonal = row[0];
            row[0] = i;
            for (int j = 1; j <= right.Length; j++)
            {
                int above = row[j];
                int change = char.ToUpperInvariant(left[i - 1]) == char.ToUpperInvariant(right[j - 1]) ? 0 : 1;
                row[j] = Math.Min(Math.Min(above, row[j - 1]) + 1, diagonal + change);
                diagonal = above;
            }
        }

        return row[right.Length];
    }
}
