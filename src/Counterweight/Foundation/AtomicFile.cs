namespace Counterweight;

/// <summary>Writes files whole or not at all: a reader, or a crash in the middle, never meets half a file.</summary>
/// <remarks>Public, since a model, page or table of the user's own (<c>IModel.Save</c>) is to appear whole as those of the library do.</remarks>
public static class AtomicFile
{
    /// <summary>Writes to a temporary file beside the target, flushes it to disk, then renames it over the target.</summary>
    /// <param name="path">The file to write; its folder is made if it is not there.</param>
    /// <param name="write">Writes the content.</param>
    public static void Write(string path, Action<Stream> write)
    {
        ArgumentNullException.ThrowIfNull(path);
        ArgumentNullException.ThrowIfNull(write);
        string full = Path.GetFullPath(path);
        Directory.CreateDirectory(Path.GetDirectoryName(full)!);
        string temporary = $"{full}.{Guid.NewGuid():N}.part";
        try
        {
            using (var stream = new FileStream(temporary, FileMode.CreateNew))
            {
                write(stream);
                stream.Flush(flushToDisk: true);
            }

            File.Move(temporary, full, overwrite: true);
        }
        catch
        {
            File.Delete(temporary);
            throw;
        }
    }
}
