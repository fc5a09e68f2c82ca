namespace Counterweight.Data;

/// <summary>Counts the colours of the pixels of one image at a time; 16-bit samples by their upper byte, transparency left out.</summary>
internal sealed class ColourHistogram
{
    /// <summary>Beyond this many colours an image is a photograph; no more are told apart.</summary>
    internal const int MostColours = 65_536;

    private readonly Dictionary<int, long> counts = [];

    /// <summary>The pixels of each colour (red, green, blue from the highest byte down).</summary>
    internal IReadOnlyDictionary<int, long> Counts => counts;

    /// <summary>Whether the image has more than <see cref="MostColours"/> colours, of which the last are not told apart.</summary>
    internal bool IsPhotograph => counts.Count >= MostColours;

    /// <summary>What counts the rows of an image.</summary>
    /// <param name="format">The header.</param>
    /// <param name="palette">Gives the palette, three bytes a colour.</param>
    internal PngReader.Row Begin(PngFormat format, byte[] palette)
    {
        counts.Clear();
        int last = -1;
        long run = 0;
        return (samples, pixels) =>
        {
            for (int p = 0; p < pixels; p++)
            {
                int colour = Colour(samples, p, format, palette);
                if (colour == last)
                {
                    run++;
                    continue;
                }

                Add(last, run);
                (last, run) = (colour, 1);
            }

            Add(last, run);
            run = 0;
        };
    }

    private static int Colour(ReadOnlySpan<byte> samples, int pixel, PngFormat format, byte[] palette)
    {
        int bytes = format.Depth == 16 ? 2 : 1, at = pixel * format.Samples * bytes;
        switch (format.ColourType)
        {
            case 2 or 6:
                return (samples[at] << 16) | (samples[at + bytes] << 8) | samples[at + (2 * bytes)];
            case 4:
                return samples[at] * 0x010101;
            default:
                int depth = format.Depth;
                if (depth == 16) return samples[at] * 0x010101;
                int perByte = 8 / depth, value = (samples[pixel / perByte] >> (8 - depth - ((pixel % perByte) * depth))) & ((1 << depth) - 1);
                if (format.ColourType == 0) return value * (255 / ((1 << depth) - 1)) * 0x010101;
                return 3 * value + 2 < palette.Length ? (palette[3 * value] << 16) | (palette[(3 * value) + 1] << 8) | palette[(3 * value) + 2] : 0;
        }
    }

    private void Add(int colour, long pixels)
    {
        if (pixels == 0) return;
        if (counts.TryGetValue(colour, out long before)) counts[colour] = before + pixels;
        else if (counts.Count < MostColours) counts.Add(colour, pixels);
    }
}
