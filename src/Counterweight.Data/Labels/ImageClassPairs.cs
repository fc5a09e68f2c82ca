using System.Runtime.InteropServices;

namespace Counterweight.Data;

/// <summary>Which images have which classes, from marks in any order: eight bytes per pair, doubles thrown away whenever the list has grown twofold.</summary>
internal sealed class ImageClassPairs
{
    private const int ClassBits = 24;

    private readonly List<ulong> pairs = [];
    private int limit = 1 << 16;

    /// <summary>Notes that an image has a class.</summary>
    internal void Add(int image, int code)
    {
        pairs.Add(((ulong)image << ClassBits) | (uint)code);
        if (pairs.Count < limit) return;
        Distinct();
        limit = Math.Max(1 << 16, 2 * pairs.Count);
    }

    /// <summary>The pairs, each once, by image and then by class.</summary>
    internal IEnumerable<(int Image, int Code)> All()
    {
        Distinct();
        foreach (ulong pair in pairs) yield return ((int)(pair >> ClassBits), (int)(pair & ((1 << ClassBits) - 1)));
    }

    private void Distinct()
    {
        Span<ulong> all = CollectionsMarshal.AsSpan(pairs);
        all.Sort();
        int kept = 0;
        for (int i = 0; i < all.Length; i++)
            if (i == 0 || all[i] != all[i - 1]) all[kept++] = all[i];
        CollectionsMarshal.SetCount(pairs, kept);
    }
}
