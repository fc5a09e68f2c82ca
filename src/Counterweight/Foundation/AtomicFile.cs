namespace Counterweight;

/// <summary>Writes files whole or not at all: a reader, or a crash in the middle, never meets half a file.</summary>
/// <remarks>Public, since a model, page or table of the user's own (<c>IModel.Save</c>) is to appear whole as those of the library do.</remarks>
public static class AtomicFile
{
    /// <summary>Writes to a temporary file beside the target, flushes it to disk, then renames it over the target.</summary>
    /// <param name="path">The file to write; its folder is made if it is not there.</param>
    /// <param name="write">Writes the content.</param>
    /// <exception cref="IOException">It cannot be written: the disk is full, say. The message has the path; what stood there before stays.</exception>
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
        catch (Exception failed)
        {
            File.Delete(temporary);
            if (!IsDiskFull(failed)) throw;
            throw new IOException(
                $"{full} cannot be written: {Reason(failed)}. Make room there, or name another place; what stood there before is as it was.", failed);
        }
    }

    /// <summary>
    /// Whether a write failed because the disk takes no more: ENOSPC, EDQUOT and EFBIG of POSIX, ERROR_DISK_FULL and ERROR_HANDLE_DISK_FULL of Windows. .NET
    /// calls a file that grows beyond what the system allows an argument out of range.
    /// </summary>
    /// <param name="failed">What a write threw.</param>
    public static bool IsDiskFull(Exception failed) => failed switch
    {
        ArgumentOutOfRangeException => failed.StackTrace?.Contains("   at System.IO.", StringComparison.Ordinal) == true,
        IOException { HResult: 28 or 122 or 69 or 27 or unchecked((int)0x80070070) or unchecked((int)0x80070027) } => true,
        _ => false,
    };

    /// <summary>What the system said, without the name of a parameter.</summary>
    private static string Reason(Exception failed) => failed.Message.Split(" (Parameter", 2)[0].TrimEnd('.');
}
