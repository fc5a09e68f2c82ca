using System.IO.Compression;
using CsCheck;

namespace Counterweight.Data.Tests;

public sealed class MaskSourceTests
{
    private static readonly (int Depth, int Type)[] Kinds = [(1, 0), (2, 0), (4, 0), (8, 0), (16, 0), (1, 3), (2, 3), (4, 3), (8, 3)];

    private static LabelTally Count(string path, LabelSourceOptions? options = null) => LabelSources.Count(path, "masks", options);

    private static string Fails(Action action) => Assert.Throws<UnusableDataException>(action).Message;

    [Fact]
    public void Random_masks_of_every_depth_filter_and_interlace_are_counted_as_pixel_by_pixel()
    {
        Gen<(int Kind, int Width, int Height, bool Interlaced, int Parts, int Seed)> gen = Gen.Select(
            Gen.Int[0, Kinds.Length - 1], Gen.Int[1, 70], Gen.Int[1, 40], Gen.Bool, Gen.Int[1, 4], Gen.Int);
        gen.Sample(
            g =>
            {
                using var files = new TempFiles();
                (int depth, int type) = Kinds[g.Kind];
                var random = new Random(g.Seed);
                int classes = Math.Min(1 << depth, random.Next(1, 300));
                int[][] pixels = [.. Enumerable.Range(0, g.Height).Select(_ => Row(random, g.Width, classes))];
                files.Write("m.png", PngWriter.Make(pixels, depth, type, g.Interlaced, _ => random.Next(5), g.Parts));
                LabelTally tally = Count(files.Folder);
                long[] expected = new long[1 << depth];
                foreach (int[] row in pixels)
                    foreach (int v in row) expected[v]++;
                string wanted = string.Join(", ", expected.Index().Where(e => e.Item > 0).Select(e => $"{e.Index}: {e.Item}"));
                Assert.Equal(wanted, tally.Counts.ToString());
                Assert.All(tally.Counts.PixelsOfImages!, n => Assert.Equal(g.Width * g.Height, n));
            },
            iter: 400, threads: 1);

        static int[] Row(Random random, int width, int classes)
        {
            // Runs, as masks have them, and now and then noise.
            int[] row = new int[width];
            int value = random.Next(classes);
            for (int x = 0; x < width; x++)
            {
                if (random.Next(12) == 0) value = random.Next(classes);
                row[x] = value;
            }

            return row;
        }
    }

    [Fact]
    public void Ignored_values_count_nowhere_and_pixels_of_images_are_those_of_the_images_that_have_the_class()
    {
        using var files = new TempFiles();
        files.Write("a.png", PngWriter.Make([[0, 0, 0, 2], [0, 0, 255, 255]], 8, 3));
        files.Write("b.PNG", PngWriter.Make([[1, 1], [0, 255]], 8, 0));
        Directory.CreateDirectory(files["below"]);
        File.WriteAllBytes(Path.Combine(files["below"], "c.png"), PngWriter.Make([[255, 255, 255]], 8, 3));
        File.WriteAllBytes(files[".hidden.png"], [1, 2, 3]);
        LabelTally tally = Count(files.Folder, new() { Ignore = [255] });
        Assert.Equal("0: 6, 1: 2, 2: 1", tally.Counts.ToString());
        Assert.Equal([9, 3, 6], tally.Counts.PixelsOfImages!);
        Assert.Equal([2, 1, 1], tally.Groups!.OfClass);
        Assert.Equal((3, LabelUnit.Pixels), (tally.Groups.Count, tally.Unit));

        // Eigen and Fergus by hand: 6/9, 2/3, 1/6; the median is 2/3.
        double[] weights = ClassWeights.From(tally.Counts, WeightScheme.MedianFrequency).ToArray();
        Close.All([1, 1, 4], weights, 1e-12, "weights");
    }

    [Fact]
    public void Named_classes_without_pixels_are_there_and_those_beyond_are_refused_with_the_file()
    {
        using var files = new TempFiles();
        files.Write("a.png", PngWriter.Make([[0, 3]], 4, 3));
        Assert.Equal("0: 1, 1: 0, 2: 0, 3: 1, 4: 0", Count(files.Folder, new() { Classes = 5 }).Counts.ToString());
        string message = Fails(() => Count(files.Folder, new() { Classes = 3 }));
        Assert.Contains("a.png", message, StringComparison.Ordinal);
        Assert.Contains("class 3; with --classes 3 a pixel is in 0..2", message, StringComparison.Ordinal);
    }

    [Fact]
    public void Colours_are_refused_with_their_number_and_read_with_a_file_of_them()
    {
        using var files = new TempFiles();
        files.Write("a.png", PngWriter.Make([[255, 0, 0, 0, 255, 0, 255, 0, 0]], 8, 2));
        string message = Fails(() => Count(files.Folder));
        Assert.Contains("holds colours, 2 of them", message, StringComparison.Ordinal);
        Assert.Contains("--colours FILE", message, StringComparison.Ordinal);
        string colours = files.Write("colours.csv", "name,r,g,b\ncar,255,0,0\nroad,0,255,0\nsky,0,0,255\n");
        LabelTally tally = Count(files.Folder, new() { Colours = colours });
        Assert.Equal("car: 2, road: 1, sky: 0", tally.Counts.ToString());
        Assert.Equal([3, 3, 0], tally.Counts.PixelsOfImages!);
        foreach (string text in new[] { "255 0 0\tcar\n0 255 0\troad\n", "#ff0000,car\n#00ff00,road\n", "255;0;0;car\n0;255;0;road\n" })
            Assert.Equal("car: 2, road: 1", Count(files.Folder, new() { Colours = files.Write("c.txt", text) }).Counts.ToString());
        string missing = files.Write("c.txt", "255,0,0,car\n");
        Assert.Contains("(0, 255, 0)", Fails(() => Count(files.Folder, new() { Colours = missing })), StringComparison.Ordinal);
        Assert.Contains("at line 2", Fails(() => Count(files.Folder, new() { Colours = files.Write("d.txt", "255,0,0,car\n255,0,red\n") })),
            StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(4, 8)]
    [InlineData(6, 8)]
    [InlineData(2, 16)]
    [InlineData(6, 16)]
    public void Every_kind_of_colour_reads_by_its_colours(int type, int depth)
    {
        using var files = new TempFiles();
        int samples = type switch { 2 => 3, 4 => 2, _ => 4 }, full = (1 << depth) - 1;
        int[] white = [.. Enumerable.Repeat(full, samples)], black = [.. Enumerable.Repeat(0, samples)];
        files.Write("a.png", PngWriter.Make([[.. white, .. black, .. black], [.. black, .. white, .. black]], depth, type, true, r => r % 5));
        LabelTally tally = Count(files.Folder, new() { Colours = files.Write("c.txt", "255,255,255,w\n0,0,0,b\n") });
        Assert.Equal("w: 2, b: 4", tally.Counts.ToString());
    }

    [Fact]
    public void Every_cut_and_every_changed_byte_of_a_file_is_refused_by_name()
    {
        using var files = new TempFiles();
        var random = new Random(1);
        byte[] good = PngWriter.Make(
            [.. Enumerable.Range(0, 9).Select(_ => Enumerable.Range(0, 21).Select(_ => random.Next(16)).ToArray())], 4, 3, false, r => r % 5, 2);
        string path = files.Write("broken.png", good);
        long all = Count(files.Folder).Counts.Rows;
        for (int length = 0; length < good.Length; length++)
        {
            File.WriteAllBytes(path, good[..length]);
            Assert.Contains("broken.png", Fails(() => Count(files.Folder)), StringComparison.Ordinal);
        }

        for (int at = 0; at < good.Length; at++)
        {
            byte[] changed = [.. good];
            changed[at] ^= 0x10;
            File.WriteAllBytes(path, changed);
            Assert.Contains("broken.png", Fails(() => Count(files.Folder)), StringComparison.Ordinal);
        }

        Assert.Equal(189, all);
    }

    [Fact]
    public void A_wrong_check_sum_of_the_packed_pixels_is_found_although_that_of_the_part_is_right()
    {
        using var files = new TempFiles();
        byte[] packed = PngWriter.Deflate([0, 1, 2, 3]);
        foreach (byte[] content in new[] { packed, [.. packed[..^1], (byte)(packed[^1] ^ 1)], packed[..^4], packed[..^6] })
        {
            var file = new MemoryStream();
            file.Write([0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]);
            PngWriter.Chunk(file, "IHDR", [0, 0, 0, 3, 0, 0, 0, 1, 8, 0, 0, 0, 0]);
            PngWriter.Chunk(file, "IDAT", content);
            PngWriter.Chunk(file, "IEND", []);
            files.Write("m.png", file.ToArray());
            if (content == packed) Assert.Equal(3, Count(files.Folder).Counts.Rows);
            else Assert.Contains("m.png: this PNG is broken", Fails(() => Count(files.Folder)), StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Lossy_and_other_files_are_refused_with_the_reason()
    {
        using var files = new TempFiles();
        files.Write("a.jpg", [0xFF, 0xD8, 0xFF, 0xE0]);
        Assert.Contains("lossy", Fails(() => Count(files.Folder)), StringComparison.Ordinal);
        files.Write("b.png", [0xFF, 0xD8, 0xFF, 0xE0, 0, 0]);
        Assert.Contains("b.png: this is a JPEG. Its packing is lossy", Fails(() => Count(files.Folder)), StringComparison.Ordinal);
        files.Write("b.png", "BM......"u8.ToArray());
        Assert.Contains("b.png: this is a BMP", Fails(() => Count(files.Folder)), StringComparison.Ordinal);
        files.Write("b.png", PngWriter.Make([[255, 255]], 8, 0));
        Assert.Contains("ignored value", Fails(() => Count(files.Folder, new() { Ignore = [255] })), StringComparison.Ordinal);
        using var empty = new TempFiles();
        Assert.Contains("no PNG", Fails(() => Count(empty.Folder)), StringComparison.Ordinal);
        Assert.Contains("empty", Fails(() => LabelSources.Count(empty.Folder)), StringComparison.Ordinal);
        Assert.Contains("no such file", Fails(() => LabelSources.Count(empty["nowhere"])), StringComparison.Ordinal);
    }

    [Fact]
    public void The_first_broken_file_is_named_whatever_the_number_of_threads()
    {
        using var files = new TempFiles();
        byte[] good = PngWriter.Make([.. Enumerable.Repeat(new int[64], 64)], 8, 3);
        for (int i = 0; i < 40; i++) files.Write($"{i:00}.png", i is 17 or 18 or 31 ? good[..^5] : good);
        for (int threads = 1; threads <= 4; threads++)
            Assert.Contains("17.png", Fails(() => Count(files.Folder, new() { Threads = threads })), StringComparison.Ordinal);
    }

    [Fact]
    public void What_a_file_of_masks_holds_is_the_same_in_memory()
    {
        byte[] first = [0, 0, 0, 2, 0, 0, 255, 255], second = [1, 1, 0, 255];
        ClassCounts counts = ClassCounts.OfMasks<byte>([first, second], ignore: 255);
        Assert.Equal("0: 6, 1: 2, 2: 1", counts.ToString());
        Assert.Equal([9, 3, 6], counts.PixelsOfImages!);
        ClassCounts merged = ClassCounts.OfMask<byte>(first, ignore: 255).Merge(ClassCounts.OfMask<byte>(second, ignore: 255));
        Assert.Equal((counts.ToString(), string.Join(",", counts.PixelsOfImages!)), (merged.ToString(), string.Join(",", merged.PixelsOfImages!)));
    }

    [Fact]
    public void Images_keep_their_classes_for_repeat_factors()
    {
        using var files = new TempFiles();
        files.Write("a.png", PngWriter.Make([[0, 7]], 8, 3));
        files.Write("b.png", PngWriter.Make([[0, 0]], 8, 3));
        LabelTally tally = Count(files.Folder, new() { KeepImages = true });
        Assert.Equal(["a.png 0,1", "b.png 0"], tally.Images!.Select(i => $"{i.Name} {string.Join(",", i.Classes)}"));
        double[] perClass = RepeatFactors.PerClass([.. tally.Groups!.OfClass], tally.Groups.Count, 1);
        Close.All([1, Math.Sqrt(2)], perClass, 1e-12, "factors");
        Assert.Equal(Math.Sqrt(2), RepeatFactors.OfImage([.. tally.Images![0].Classes], perClass), 12);
    }
}
