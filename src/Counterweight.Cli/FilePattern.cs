using Counterweight.Databases;

namespace Counterweight.Cli;

/// <summary>A FILE that stands for several: a name with * or ? in its last part, which the shell was kept from replacing.</summary>
internal static class FilePattern
{
    /// <summary>The files that are meant, in the ordinal order of their names; the path itself where it is no pattern, or names a file as it stands.</summary>
    /// <exception cref="UnusableDataException">No file matches.</exception>
    internal static string[] Files(string path)
    {
        string name = Path.GetFileName(path), folder = Path.GetDirectoryName(path) ?? "";
        if (name.AsSpan().IndexOfAny('*', '?') < 0 || File.Exists(path) || DatabaseSource.IsAddress(path)) return [path];
        string[] found = Directory.Exists(folder.Length == 0 ? "." : folder)
            ? [.. Directory.EnumerateFiles(folder.Length == 0 ? "." : folder, name).Select(f => Path.Combine(folder, Path.GetFileName(f)))
                .Order(StringComparer.Ordinal)] : [];
        return found.Length > 0 ? found : throw new UnusableDataException("no file has a name like that.", path);
    }
}
