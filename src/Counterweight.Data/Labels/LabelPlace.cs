namespace Counterweight.Data;

/// <summary>A path with the beginning of its content, by which its kind is told.</summary>
public sealed class LabelPlace
{
    private const int HeadBytes = 1 << 16, MostEntries = 2000;

    private byte[]? head;
    private (List<string> Files, List<string> Folders)? entries;

    /// <summary>Looks at a path.</summary>
    /// <param name="path">A file or a folder.</param>
    public LabelPlace(string path) => (Path, IsFolder) = (path, Directory.Exists(path));

    /// <summary>The path.</summary>
    public string Path { get; }

    /// <summary>Whether it is a folder.</summary>
    public bool IsFolder { get; }

    /// <summary>The ending of a file's name in small letters: <c>.json</c>.</summary>
    public string Extension => System.IO.Path.GetExtension(Path).ToLowerInvariant();

    /// <summary>The first 64 KiB of a file; nothing for a folder.</summary>
    public ReadOnlySpan<byte> Head => head ??= IsFolder ? [] : Beginning(Path, HeadBytes);

    /// <summary>Names of files directly in a folder, hidden ones left out; of many only some.</summary>
    public IReadOnlyList<string> Files => Entries().Files;

    /// <summary>Names of folders directly in a folder, hidden ones left out; of many only some.</summary>
    public IReadOnlyList<string> Folders => Entries().Folders;

    /// <summary>The first bytes of a file; none if it cannot be read, or is a pipe or a device: what is looked at there is gone for whoever reads it.</summary>
    internal static byte[] Beginning(string path, int bytes)
    {
        try
        {
            if (!HasLength(path)) return [];
            using FileStream file = File.OpenRead(path);
            byte[] buffer = new byte[Math.Min(bytes, file.CanSeek ? file.Length : bytes)];
            int length = file.ReadAtLeast(buffer, buffer.Length, throwOnEndOfStream: false);
            return buffer[..length];
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }

    /// <summary>Whether there is a file with a length, told without opening it: pipes and devices have none, and the target of a link such as /dev/stdin
    /// may be one.</summary>
    private static bool HasLength(string path)
    {
        var file = new FileInfo(path);
        if (file.LinkTarget is not null && file.ResolveLinkTarget(returnFinalTarget: true) is FileInfo target) file = target;
        return file is { Exists: true, Length: > 0 };
    }

    private (List<string> Files, List<string> Folders) Entries()
    {
        if (entries is { } known) return known;
        List<string> files = [], folders = [];
        if (IsFolder)
        {
            foreach (FileSystemInfo entry in new DirectoryInfo(Path).EnumerateFileSystemInfos().Where(e => e.Name[0] != '.').Take(MostEntries))
                (Directory.Exists(entry.FullName) ? folders : files).Add(entry.Name);
            files.Sort(StringComparer.Ordinal);
            folders.Sort(StringComparer.Ordinal);
        }

        entries = (files, folders);
        return (files, folders);
    }
}
