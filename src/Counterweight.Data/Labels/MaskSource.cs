using System.Globalization;

namespace Counterweight.Data;

/// <summary>A folder of label images: PNG files whose pixels are class numbers.</summary>
/// <remarks>
/// The raw value of a pixel is its class: the palette index or the grey value, of 1 to 16 bits, never the palette's colour. Ignored values count nowhere. With
/// <see cref="LabelSourceOptions.Colours"/> the colour of a pixel is looked up instead.
/// </remarks>
public sealed class MaskSource : ILabelSource
{
    private static readonly string[] Png = [".png"], Lossy = [".jpg", ".jpeg", ".jpe", ".jfif"];

    /// <inheritdoc/>
    public string Kind => "masks";

    /// <inheritdoc/>
    public string Description => "PNG label images, palette or grey, whose pixels are class numbers";

    /// <inheritdoc/>
    public bool Recognises(LabelPlace place, LabelSourceOptions options)
    {
        ArgumentNullException.ThrowIfNull(place);
        ArgumentNullException.ThrowIfNull(options);
        if (!place.IsFolder) return place.Head.StartsWith([(byte)0x89, (byte)0x50, (byte)0x4E, (byte)0x47]);
        if (options.Colours is not null || options.Ignore.Count > 0) return true;
        string? first = place.Files.FirstOrDefault(f => FileWalk.EndsIn(f, Png));
        return first is not null && IsIndexed(Path.Combine(place.Path, first));
    }

    /// <inheritdoc/>
    public LabelTally Count(string path, LabelSourceOptions options, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        LabelSources.Exists(path);
        foreach (int value in options.Ignore)
            if (value is < 0 or > 65_535) throw new ArgumentException($"The ignored value of a mask is in 0..65535; {value} is not.", nameof(options));
        if (options.Classes is int n && n is < 1 or > 65_536)
            throw new ArgumentException($"The number of classes of masks is in 1..65536; {options.Classes} is not.", nameof(options));
        List<string> files = File.Exists(path) ? [path] : FileWalk.Files(path, static name => FileWalk.EndsIn(name, Png), cancellation);
        if (files.Count == 0) throw None(path, cancellation);
        ColourMap? colours = options.Colours is string file ? ColourMap.Read(file) : null;
        int[][] found = new int[options.KeepImages ? files.Count : 0][];
        List<Counter> parts = PerFile.Run(files, options.Threads, () => new Counter(options, colours), (counter, index) =>
        {
            counter.Count(files[index]);
            if (options.KeepImages) found[index] = counter.Found();
        }, cancellation);
        Counter sum = parts[0];
        foreach (Counter part in parts.Skip(1)) sum.Add(part);
        if (sum.Pixels.All(p => p == 0))
            throw new UnusableDataException($"every pixel of its {files.Count} masks has an ignored value. Leave out --ignore, or name other values.", path);

        int[] codes = colours is not null ? [.. Enumerable.Range(0, colours.Names.Length)]
            : options.Classes is int classes ? [.. Enumerable.Range(0, classes)]
            : [.. Enumerable.Range(0, sum.Pixels.Length).Where(v => sum.Pixels[v] > 0)];
        string[] names = colours?.Names ?? [.. codes.Select(v => v.ToString(CultureInfo.InvariantCulture))];
        ClassCounts counts = ClassCounts.From([.. codes.Select(v => sum.Pixels[v])], names).WithPixelsOfImages([.. codes.Select(v => sum.PixelsOfImages[v])]);
        var tally = new LabelTally(path, Kind, LabelUnit.Pixels, counts)
        {
            Groups = new(LabelUnit.Pixels, files.Count, [.. codes.Select(v => sum.Images[v])]),
            Notes = Notes(sum.Pixels, codes, options, colours),
        };
        if (!options.KeepImages) return tally;
        Dictionary<int, int> position = codes.Select((v, i) => (v, i)).ToDictionary(p => p.v, p => p.i);
        return tally with
        {
            Images = [.. files.Select(
                (f, i) => new ImageClasses(f == path ? Path.GetFileName(f) : Path.GetRelativePath(path, f), [.. found[i].Select(v => position[v])]))],
        };
    }

    private static bool IsIndexed(string path)
    {
        byte[] head = LabelPlace.Beginning(path, 33);
        return head.Length == 33 && head.AsSpan(12, 4).SequenceEqual("IHDR"u8) && head[25] is 0 or 3;
    }

    private static UnusableDataException None(string path, CancellationToken cancellation)
    {
        if (FileWalk.Files(path, static name => FileWalk.EndsIn(name, Lossy), cancellation) is [string first, ..])
            return MaskErrors.NoPng(first, LabelPlace.Beginning(first, 16) is { Length: > 1 } head ? head : [0xFF, 0xD8]);
        return new("there is no PNG file in it or below. Name the folder with the label images.", path);
    }

    private static List<string> Notes(long[] pixels, int[] codes, LabelSourceOptions options, ColourMap? colours)
    {
        List<string> notes = [];
        if (colours is null && options.Ignore.Count == 0 && pixels[255] > 0 && codes.Length > 1 && codes[^2] < 254)
            notes.Add("The value 255 is counted as a class. It is often the mark of pixels without one: leave them out with --ignore 255.");
        return notes;
    }

    /// <summary>What one thread counts.</summary>
    private sealed class Counter(LabelSourceOptions options, ColourMap? colours)
    {
        private readonly PngReader reader = new();
        private readonly MaskHistogram histogram = new();
        private readonly ColourHistogram colourHistogram = new();
        private readonly HashSet<int> ignore = [.. options.Ignore];
        private readonly long[] image = new long[65_536];
        private readonly List<int> found = [];

        internal long[] Pixels { get; } = new long[65_536];

        internal long[] PixelsOfImages { get; } = new long[65_536];

        internal long[] Images { get; } = new long[65_536];

        /// <summary>The classes of the image that was counted last, ascending.</summary>
        internal int[] Found() => [.. found];

        internal void Count(string file)
        {
            PngFormat format = default;
            bool byColour = colours is not null;
            reader.Read(file, header =>
            {
                format = header;
                return byColour || !header.IsIndexed ? colourHistogram.Begin(header, reader.Palette) : histogram.Begin(header);
            });
            if (byColour) Look(file);
            else if (format.IsIndexed) Take(file, format);
            else throw MaskErrors.Colours(file, format, colourHistogram.Counts.Count, colourHistogram.IsPhotograph);
            long all = 0;
            foreach (int v in found) all += image[v];
            foreach (int v in found)
            {
                Pixels[v] += image[v];
                PixelsOfImages[v] += all;
                Images[v]++;
                image[v] = 0;
            }
        }

        internal void Add(Counter other)
        {
            for (int v = 0; v < Pixels.Length; v++)
            {
                Pixels[v] += other.Pixels[v];
                PixelsOfImages[v] += other.PixelsOfImages[v];
                Images[v] += other.Images[v];
            }
        }

        private void Take(string file, PngFormat format)
        {
            histogram.Finish(format);
            found.Clear();
            ReadOnlySpan<long> values = histogram.Values[..(1 << format.Depth)];
            int largest = options.Classes is int classes ? classes - 1 : 65_535;
            for (int v = 0; v < values.Length; v++)
            {
                if (values[v] == 0 || ignore.Contains(v)) continue;
                if (v > largest)
                    throw new UnusableDataException(string.Create(CultureInfo.InvariantCulture,
                        $"{values[v]} pixels have the class {v}; with --classes {largest + 1} a pixel is in 0..{largest}. "
                        + $"{(v == 255 ? "If it marks pixels without a class, give --ignore 255; else give" : "Give")} the true number of classes, or "
                        + $"repair the mask."), file);
                image[v] = values[v];
                found.Add(v);
            }
        }

        private void Look(string file)
        {
            found.Clear();
            foreach ((int colour, long pixels) in colourHistogram.Counts.OrderBy(c => c.Key))
            {
                int code = colours!.Code(colour);
                if (code < 0)
                    throw new UnusableDataException(string.Create(CultureInfo.InvariantCulture,
                        $"{pixels} pixels have the colour {ColourMap.Text(colour)}, which no line of {options.Colours} names. Add it there, or "
                        + $"repair the mask."),
                        file);
                if (ignore.Contains(code)) continue;
                if (image[code] == 0) found.Add(code);
                image[code] += pixels;
            }

            found.Sort();
        }
    }
}
