using System.Text;

namespace Counterweight.Data;

/// <summary>Small files of text, which are UTF-8 or say by their first bytes what else; a name with other bytes in it would be another name.</summary>
internal static class Utf8Text
{
    /// <summary>Reads a file.</summary>
    /// <exception cref="UnusableDataException">It is not UTF-8.</exception>
    internal static string Read(string path)
    {
        try
        {
            using var reader = new StreamReader(path, new UTF8Encoding(false, throwOnInvalidBytes: true), detectEncodingFromByteOrderMarks: true);
            return reader.ReadToEnd();
        }
        catch (DecoderFallbackException wrong)
        {
            throw new UnusableDataException("this is not UTF-8 text; it may be Latin-1 (Windows-1252). Save the file as UTF-8.", path, innerException: wrong);
        }
    }

    /// <summary>Reads the lines of a file.</summary>
    /// <exception cref="UnusableDataException">It is not UTF-8.</exception>
    internal static string[] Lines(string path)
    {
        List<string> lines = [];
        using var reader = new StringReader(Read(path));
        while (reader.ReadLine() is string line) lines.Add(line);
        return [.. lines];
    }
}
