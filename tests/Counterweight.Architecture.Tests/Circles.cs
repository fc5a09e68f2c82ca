namespace Counterweight.Architecture.Tests;

/// <summary>Finds a way along arrows that comes back to where it began.</summary>
internal static class Circles
{
    /// <summary>A circle as <c>a -> b -> a</c>, or null if there is none.</summary>
    public static string? First(IEnumerable<string> places, Func<string, IEnumerable<string>> next)
    {
        HashSet<string> done = [];
        foreach (string place in places.Order(StringComparer.Ordinal))
            if (From(place, []) is { } circle) return circle;
        return null;

        string? From(string place, List<string> way)
        {
            int before = way.IndexOf(place);
            if (before >= 0) return string.Join(" -> ", way.Skip(before).Append(place));
            if (!done.Add(place)) return null;
            way.Add(place);
            foreach (string other in next(place).Order(StringComparer.Ordinal))
                if (From(other, way) is { } circle) return circle;
            way.RemoveAt(way.Count - 1);
            return null;
        }
    }
}
