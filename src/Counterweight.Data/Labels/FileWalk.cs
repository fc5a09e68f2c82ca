using System.IO.Enumeration;

namespace Counterweight.Data;

/// <summary>
/// The files below a folder: hidden ones left out, links to folders followed, links that lead round in a circle refused, names compared as bytes so that the
/// order is the same everywhere.
/// </summary>
internal static class FileWalk
{
    private static readonly EnumerationOptions OneFolder = new() { RecurseSubdirectories = false, AttributesToSkip = 0, IgnoreInaccessible = false };

    /// <summary>What is done with the name of a file.</summary>
    internal delegate bool FileName(ReadOnlySpan<char> name);

    /// <summary>The paths of the files whose names are wanted, in order.</summary>
    internal static List<string> Files(string root, FileName wanted, CancellationToken cancellation)
    {
        List<string> found = [];
        Visit(root, wanted, found, cancellation);
        found.Sort(StringComparer.Ordinal);
        return found;
    }

    /// <summary>How many files have a wanted name.</summary>
    internal static long Count(string root, FileName wanted, CancellationToken cancellation) => Visit(root, wanted, null, cancellation);

    /// <summary>The folders directly in a folder, hidden ones left out, links followed and checked.</summary>
    internal static List<string> Folders(string root)
    {
        List<Place> folders = [];
        Scan(new Place(root, Real(root), null), static _ => false, null, folders);
        return [.. folders.Select(f => f.Path).Order(StringComparer.Ordinal)];
    }

    /// <summary>Whether a name ends in one of some endings, in any case.</summary>
    internal static bool EndsIn(ReadOnlySpan<char> name, ReadOnlySpan<string> endings)
    {
        int point = name.LastIndexOf('.');
        if (point <= 0) return false;
        ReadOnlySpan<char> ending = name[point..];
        foreach (string known in endings)
            if (ending.Equals(known, StringComparison.OrdinalIgnoreCase)) return true;
        return false;
    }

    private static long Visit(string root, FileName wanted, List<string>? found, CancellationToken cancellation)
    {
        long count = 0;
        var open = new Stack<Place>();
        open.Push(new Place(root, Real(root), null));
        while (open.TryPop(out Place? next))
        {
            cancellation.ThrowIfCancellationRequested();
            List<Place> folders = [];
            count += Scan(next, wanted, found, folders);
            foreach (Place folder in folders) open.Push(folder);
        }

        return count;
    }

    /// <summary>Counts (and collects) the wanted files of one folder, and collects its folders.</summary>
    private static long Scan(Place place, FileName wanted, List<string>? found, List<Place> folders)
    {
        long count = 0;
        List<string> links = [], others = [];
        try
        {
            var entries = new FileSystemEnumerable<string>(place.Path, static (ref FileSystemEntry entry) => entry.ToSpecifiedFullPath(), OneFolder)
            {
                ShouldIncludePredicate = (ref FileSystemEntry entry) =>
                {
                    ReadOnlySpan<char> name = entry.FileName;
                    if (name[0] == '.') return false;
                    if (entry.IsDirectory)
                    {
                        if (IsLink(ref entry)) links.Add(entry.ToSpecifiedFullPath());
                        else folders.Add(new Place(entry.ToSpecifiedFullPath(), Path.Join(place.Real, name), place));
                        return false;
                    }

                    bool take = wanted(name);
                    if (take) count++;
                    else if (name.IndexOf('.') < 0 && IsLink(ref entry)) others.Add(entry.ToSpecifiedFullPath());
                    return take && found is not null;
                },
            };
            foreach (string file in entries) found?.Add(file);
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException)
        {
            throw new UnusableDataException($"the folder cannot be read: {problem.Message}", place.Path, innerException: problem);
        }

        foreach (string link in links)
        {
            string real = Real(link);
            for (Place? above = place; above is not null; above = above.Above)
                if (above.Real == real)
                    throw new UnusableDataException(
                        "this link leads back to a folder above it, so that its files would be counted without end. Remove the link.", link);
            folders.Add(new Place(link, real, place));
        }

        foreach (string link in others) Real(link);
        return count;
    }

    private static bool IsLink(ref FileSystemEntry entry) => (entry.Attributes & FileAttributes.ReparsePoint) != 0;

    /// <summary>Where a path lies once every link in it is followed.</summary>
    private static string Real(string path)
    {
        try
        {
            string full = Path.TrimEndingDirectorySeparator(Path.GetFullPath(path));
            string root = Path.GetPathRoot(full)!, real = root;
            foreach (string part in full[root.Length..].Split(Path.DirectorySeparatorChar, StringSplitOptions.RemoveEmptyEntries))
            {
                real = Path.Combine(real, part);
                if (File.ResolveLinkTarget(real, returnFinalTarget: true) is { } target) real = Real(target.FullName);
            }

            return real;
        }
        catch (IOException problem)
        {
            throw new UnusableDataException($"this link leads in a circle or nowhere: {problem.Message} Remove the link.", path, innerException: problem);
        }
    }

    /// <summary>A folder: how it was reached, where it really lies, and the folder it was found in.</summary>
    private sealed record Place(string Path, string Real, Place? Above);
}
