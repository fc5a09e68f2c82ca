namespace Counterweight.Data;

/// <summary>What is said of label images that cannot be used.</summary>
internal static class MaskErrors
{
    internal static UnusableDataException Broken(string file, string how, Exception? cause = null) =>
        new($"this PNG is broken: {how}. Write it again, or remove it.", file, innerException: cause);

    /// <summary>Says what a file is that is no PNG.</summary>
    internal static UnusableDataException NoPng(string file, ReadOnlySpan<byte> head)
    {
        if (head.IsEmpty) return new("the file is empty. Write it again, or remove it.", file);
        if (head.StartsWith([(byte)0xFF, (byte)0xD8]))
            return new("this is a JPEG. Its packing is lossy and changes the values of pixels, so that classes bleed into each other. Make the masks "
                + "again as PNG, from where they were drawn; converting a JPEG does not bring the values back.", file);
        string kind = head.StartsWith("GIF8"u8) ? "a GIF" : head.StartsWith("BM"u8) ? "a BMP"
            : head.StartsWith("II*\0"u8) || head.StartsWith("MM\0*"u8) ? "a TIFF"
            : head.StartsWith("RIFF"u8) ? "a WebP" : head.StartsWith("\x93NUMPY"u8) || (head.Length > 5 && head[1..].StartsWith("NUMPY"u8)) ? "a NumPy array"
            : "no PNG";
        return new($"this is {kind}. Masks are PNG files, palette or grey, of 1 to 16 bits: save it as PNG.", file);
    }

    internal static UnusableDataException Colours(string file, PngFormat format, int colours, bool more) =>
        new($"this PNG holds {(format.ColourType is 4 ? "grey values with transparency" : "colours")}, {(more ? "more than " : "")}{colours:N0} of them, "
        + $"not the numbers of "
            + "classes. Give --colours FILE with a line 'red,green,blue,name' per class, or save the class numbers as a palette or grey PNG.", file);
}
