using System.Buffers.Binary;
using Counterweight.Data;

namespace Counterweight.Fuzz;

/// <summary>Label sources that are not tables.</summary>
internal static class LabelTargets
{
    internal static IReadOnlyList<Target> All { get; } =
    [
        new("png", 500, ["IHDR", "PLTE", "IDAT", "IEND", "tRNS", "\u0089PNG\r\n"], Masks),
        new("coco", 400, ["\"images\":", "\"annotations\":", "\"categories\":", "\"id\":", "\"iscrowd\":1", "\"category_id\":",
            "{", "}", "[", "]", ",", "null", "\"name\":"],
            folder => File(folder, "instances.json", "coco")),
        new("yolo-lines", 400, ["0 0.5 0.5 0.1 0.1\n", "1 ", "-1 ", "\n", " 1.5", "nan"], folder => Yolo(folder, "labels/train/a.txt")),
        new("yolo-yaml", 400, ["names:", "path: .", "train:", "nc: 2", "- a", "[a, b]", "{0: a}", "  0: a", "#", "'", "\"", ": ", "\n", "&a", "*a", "|", ">"],
            folder => Yolo(folder, "data.yaml")),
        new("voc", 400, ["<annotation>", "<object>", "<name>", "</name>", "</object>", "<!--", "-->", "<![CDATA[",
            "<!DOCTYPE a [<!ENTITY b \"c\">]>", "&b;", "&lt;", "<?xml"],
            Voc),
        new("conll", 600, ["-DOCSTART-", "B-", "I-", "O", "\t", "\n\n", " ", "# ", "EU NNP I-NP B-ORG\n"], folder => File(folder, "a.conll", "conll")),
        new("multilabel", 300, ["|", "a|b", "\"", ",", "\n", "t,x\n"], Multi),
        new("colours", 300, ["0 0 0 void\n", "#ff0000", "255", ",", " ", "\n", "name"], Colours),
    ];

    private static void Count(string path, string kind, LabelSourceOptions options)
    {
        LabelTally tally = LabelSources.Count(path, kind, options with { Threads = 1 });
        if (tally.Counts.Classes < 0) throw new InvalidOperationException("fewer than no classes");
    }

    private static Action<byte[]> File(string folder, string name, string kind) => bytes =>
    {
        string path = Path.Combine(folder, name);
        System.IO.File.WriteAllBytes(path, bytes);
        var options = new LabelSourceOptions { Tags = bytes.Length % 2 == 0 ? TagScheme.Bio : TagScheme.None, KeepImages = bytes.Length % 3 == 0 };
        _ = LabelSources.Recognise(path, options);
        Count(path, kind, options);
    };

    /// <summary>A mask, its check sums right where the length is odd: a fuzzer does not find those by chance.</summary>
    private static Action<byte[]> Masks(string folder)
    {
        string inside = Directory.CreateDirectory(Path.Combine(folder, "masks")).FullName;
        return bytes =>
        {
            System.IO.File.WriteAllBytes(Path.Combine(inside, "a.png"), bytes.Length % 2 == 1 ? Summed(bytes) : bytes);
            Count(inside, "masks", new() { Ignore = [255] });
        };
    }

    private static byte[] Summed(byte[] bytes)
    {
        byte[] summed = [.. bytes];
        for (long at = 8; at + 12 <= summed.Length;)
        {
            long length = BinaryPrimitives.ReadUInt32BigEndian(summed.AsSpan((int)at));
            if (at + 12 + length > summed.Length) break;
            BinaryPrimitives.WriteUInt32BigEndian(summed.AsSpan((int)(at + 8 + length)), Crc(summed.AsSpan((int)at + 4, (int)length + 4)));
            at += 12 + length;
        }

        return summed;
    }

    private static uint Crc(ReadOnlySpan<byte> bytes)
    {
        uint crc = uint.MaxValue;
        foreach (byte b in bytes)
        {
            crc ^= b;
            for (int bit = 0; bit < 8; bit++) crc = (crc & 1) != 0 ? (crc >> 1) ^ 0xEDB88320 : crc >> 1;
        }

        return ~crc;
    }

    private static Action<byte[]> Yolo(string folder, string changed)
    {
        Directory.CreateDirectory(Path.Combine(folder, "labels", "train"));
        Directory.CreateDirectory(Path.Combine(folder, "images", "train"));
        System.IO.File.WriteAllText(Path.Combine(folder, "data.yaml"), "path: .\ntrain: images/train\nnames:\n  0: person\n  1: car\n");
        System.IO.File.WriteAllText(Path.Combine(folder, "labels", "train", "a.txt"), "0 0.5 0.5 0.1 0.1\n1 0.2 0.2 0.1 0.1\n");
        System.IO.File.WriteAllText(Path.Combine(folder, "images", "train", "a.jpg"), "");
        return bytes =>
        {
            System.IO.File.WriteAllBytes(Path.Combine(folder, changed), bytes);
            Count(Path.Combine(folder, "data.yaml"), "yolo", new() { KeepImages = bytes.Length % 2 == 0 });
        };
    }

    private static Action<byte[]> Voc(string folder)
    {
        string inside = Directory.CreateDirectory(Path.Combine(folder, "Annotations")).FullName;
        return bytes =>
        {
            System.IO.File.WriteAllBytes(Path.Combine(inside, "a.xml"), bytes);
            Count(inside, "voc", new());
        };
    }

    private static Action<byte[]> Multi(string folder) => bytes =>
    {
        string path = Path.Combine(folder, "a.csv");
        System.IO.File.WriteAllBytes(path, bytes);
        Count(path, "multilabel", bytes.Length % 2 == 0 ? new() { Targets = ["t"], Separator = "|" } : new() { Targets = ["t", "x"] });
    };

    private static Action<byte[]> Colours(string folder)
    {
        string masks = Directory.CreateDirectory(Path.Combine(folder, "masks")).FullName, colours = Path.Combine(folder, "colours.txt");
        System.IO.File.Copy(Path.Combine(Target.Folder("corpus", "png"), "colours.png"), Path.Combine(masks, "a.png"), overwrite: true);
        return bytes =>
        {
            System.IO.File.WriteAllBytes(colours, bytes);
            Count(masks, "masks", new() { Colours = colours });
        };
    }
}
