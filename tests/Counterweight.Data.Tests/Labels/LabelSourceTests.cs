using System.Text;

namespace Counterweight.Data.Tests;

public sealed class LabelSourceTests : IDisposable
{
    private readonly TempFiles files = new();

    public void Dispose() => files.Dispose();

    private string Write(string name, string text)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(files[name])!);
        return files.Write(name, text);
    }

    private static string Fails(string path, string kind, LabelSourceOptions? options = null) =>
        Assert.Throws<UnusableDataException>(() => LabelSources.Count(path, kind, options)).Message;

    private static string Counts(string path, string kind, LabelSourceOptions? options = null) => LabelSources.Count(path, kind, options).Counts.ToString();

    // Folders

    [Fact]
    public void Folders_count_endings_in_any_case_at_any_depth_without_hidden_files()
    {
        foreach (string name in (
            ReadOnlySpan<string>)["b/1.jpg", "b/2.JPEG", "b/deep/er/3.Png", "b/.4.jpg", "b/.git/5.jpg", "b/notes.txt", "b/jpg", "a/x.webp", ".c/1.jpg",
            "top.jpg"])
            Write(name, "");
        Assert.Equal("a: 1, b: 3", Counts(files.Folder, "folders"));
        Assert.Equal("folders", LabelSources.Recognise(files.Folder).Kind);
        Assert.Equal(["a/x.webp", "b/1.jpg", "b/2.JPEG", "b/deep/er/3.Png"],
            LabelSources.Count(files.Folder, "folders", new() { KeepImages = true }).Images!.Select(i => i.Name.Replace('\\', '/')));
    }

    [Fact]
    public void Folders_stand_in_the_order_of_ImageFolder()
    {
        foreach (string name in (ReadOnlySpan<string>)["10/1.jpg", "9/1.jpg", "B/1.jpg", "a/1.jpg"]) Write(name, "");
        Assert.Equal("10: 1, 9: 1, B: 1, a: 1", Counts(files.Folder, "folders"));
    }

    [Fact]
    public void Links_are_followed_unless_they_lead_in_a_circle()
    {
        Write("set/a/1.jpg", "");
        Write("other/2.jpg", "");
        Directory.CreateSymbolicLink(files["set/a/more"], files["other"]);
        Directory.CreateSymbolicLink(files["set/b"], files["other"]);
        Assert.Equal("a: 2, b: 1", Counts(files["set"], "folders"));
        string circle = files["set/a/circle"];
        foreach (string target in (ReadOnlySpan<string>)[files["set"], files["set/a"], circle])
        {
            Directory.CreateSymbolicLink(circle, target);
            Assert.Contains("circle: this link leads", Fails(files["set"], "folders"), StringComparison.Ordinal);
            File.Delete(circle);
        }

        Directory.CreateSymbolicLink(files["other/back"], files["set"]);
        Assert.Contains("this link leads back", Fails(files["set"], "folders"), StringComparison.Ordinal);
    }

    [Fact]
    public void Folders_without_images_and_folders_of_parts_are_refused()
    {
        Assert.Contains("empty", Fails(files.Folder, "folders"), StringComparison.Ordinal);
        Write("a/notes.txt", "");
        Assert.Contains("image's extension", Fails(files.Folder, "folders"), StringComparison.Ordinal);
        Write("train/a/1.jpg", "");
        Write("val/a/1.jpg", "");
        Directory.Delete(files["a"], true);
        Assert.Contains($"Name the part to train on: {files["train"]}", Fails(files.Folder, "folders"), StringComparison.Ordinal);
        Write("train/b/notes.txt", "");
        Assert.Equal("a: 1, b: 0", Counts(files["train"], "folders"));
    }

    // COCO

    private const string Categories = "\"categories\": [{\"id\": 7, \"name\": \"dog\"}, {\"id\": 2, \"name\": \"cat\"}]";

    [Theory]
    [InlineData("""{"annotations": [{"id": 1, "image_id": 1, "category_id": 2}, {"image_id": 1, "category_id": 7, "iscrowd": 1}], CATS}""", "cat: 1, dog: 0")]
    [InlineData("""{CATS, "images": [], "annotations": [{"category_id": 7, "nested": {"category_id": 2, "id": [1, {"category_id": 2}]}, "image_id": 3}]}""",
        "cat: 0, dog: 1")]
    [InlineData("\uFEFF{CATS, \"annotations\": [{\"image_id\": 3, \"category_id\": 7.0, \"iscrowd\": false}]}", "cat: 0, dog: 1")]
    public void Coco_is_read_in_any_order_of_its_parts(string text, string expected)
    {
        string path = Write("c.json", text.Replace("CATS", Categories, StringComparison.Ordinal));
        Assert.Equal(expected, Counts(path, "coco"));
        Assert.Equal("coco", LabelSources.Recognise(path).Kind);
    }

    [Theory]
    [InlineData("""{"annotations": [{"id": 9, "image_id": 1}], CATS}""", "the annotation with the id 9 names no category")]
    [InlineData("{\n\"annotations\": [\n{\"image_id\": 1, \"category_id\": 2},\n{\"image_id\": 1}], CATS}", "at line 4: annotation number 2 names no category")]
    [InlineData("""{"annotations": [{"id": 9, "image_id": 1, "category_id": "x"}], CATS}""", "no whole number")]
    [InlineData("""{"annotations": [{"id": 9, "image_id": 1, "category_id": 3}], CATS}""", "1 annotations have the category 3, which")]
    [InlineData("""{"annotations": [{"id": 9, "category_id": 2}], CATS}""", "no 'image_id'")]
    [InlineData("""{"annotations": [{"id": 9, "image_id": 1, "category_id": 2}]}""", "'categories' is missing")]
    [InlineData("""{"images": [], CATS}""", "no list 'annotations'")]
    [InlineData("""{"annotations": [], CATS}""", "no annotations")]
    [InlineData("""[{"image_id": 1, "category_id": 2, "score": 0.5}]""", "the file is a list")]
    [InlineData("""{"annotations": [{"segments_info": [], "image_id": 1}], CATS}""", "panoptic")]
    [InlineData("""{"annotations": {"a": 1}, CATS}""", "no list")]
    [InlineData("""{"annotations": [{"image_id": 1, "category""", "not JSON as it should be, at line 1")]
    public void Coco_that_cannot_be_used_is_refused_by_name_and_place(string text, string expected)
    {
        string message = Fails(Write("c.json", text.Replace("CATS", Categories, StringComparison.Ordinal)), "coco");
        Assert.Contains("c.json", message, StringComparison.Ordinal);
        Assert.Contains(expected, message, StringComparison.Ordinal);
    }

    [Fact]
    public void Coco_of_many_buffers_is_counted_as_a_short_one()
    {
        var text = new StringBuilder("{\n\"images\": [");
        for (int i = 0; i < 3000; i++)
            text.Append(i > 0 ? ",\n" : "").Append("{\"id\": ").Append(i).Append(", \"file_name\": \"").Append('x', 300).Append("\"}");
        text.Append("],\n\"annotations\": [");
        long[] counts = new long[2];
        HashSet<int>[] images = [[], []];
        var random = new Random(3);
        for (int i = 0; i < 20_000; i++)
        {
            int c = random.Next(3) == 0 ? 1 : 0, image = random.Next(3000);
            counts[c]++;
            images[c].Add(image);
            text.Append(i > 0 ? ",\n" : "")
                .Append($"{{\"id\": {i}, \"image_id\": {image}, \"segmentation\": {{\"counts\": \"{new string('\u00e9', random.Next(500))}\"}}, "
                + $"\"category_id\": {(c == 0 ? 2 : 7)}}}");
        }

        text.Append("],\n").Append(Categories).Append('}');
        string path = Write("c.json", text.ToString());
        LabelTally tally = LabelSources.Count(path, "coco", new() { KeepImages = true });
        Assert.Equal(counts, tally.Counts.AsSpan().ToArray());
        Assert.Equal([images[0].Count, images[1].Count], tally.Groups!.OfClass);
        Assert.Equal((3000, 3000), (tally.Groups.Count, tally.Images!.Count));
        File.WriteAllText(path, text.ToString().Replace("\"image_id\": ", "\"image_id\": #", StringComparison.Ordinal));
        Assert.Contains("at line 3002: ", Fails(path, "coco"), StringComparison.Ordinal);
    }

    // YOLO

    [Theory]
    [InlineData("names: [cat, 'dog''s', \"x, y\"]")]
    [InlineData("names: ['cat',  # one\n        'dog''s',\n  \"x, y\" ]")]
    [InlineData("names:\n- cat\n- dog's\n- \"x, y\"")]
    [InlineData("names:\n  - cat\n  - dog's\n  - 'x, y'")]
    [InlineData("names:\n  0: cat\n  1: dog's\n  2: x, y   # three\nnc: 3")]
    [InlineData("names: {0: cat, 2: 'x, y', 1: dog's}")]
    public void Names_are_read_as_lists_and_mappings(string names)
    {
        Write("images/train/a.jpg", "");
        Write("labels/train/a.txt", "1 0.5 0.5 0.1 0.1\n\n0 0 0 1 0 1 1 0 1\r\n1 .5 .5 1e-1 1\n");
        string yaml = Write("data.yaml", $"path: ../nowhere\ntrain: images/train\n{names}\ndownload: |\n  import x: y\n  [\n\nval: images/train\n");
        Assert.Equal("cat: 1, dog's: 2, x, y: 0", Counts(yaml, "yolo"));
        Assert.Equal("yolo", LabelSources.Recognise(yaml).Kind);
    }

    [Fact]
    public void Images_map_to_labels_as_the_format_has_it()
    {
        Write("images/images/a.v1.png", "");
        Write("images/labels/a.v1.txt", "0 1 1 1 1\n");
        Write("lists/b.jpg", "");
        Write("lists/b.txt", "1 1 1 1 1\n1 1 1 1 1");
        Write("lists/train.txt", $"./b.jpg\n{files["images/images/a.v1.png"]}\n");
        string yaml = Write("data.yaml", "train: [lists/train.txt, images/images]\nnames: [a, b]\n");
        LabelTally tally = LabelSources.Count(yaml, "yolo", new() { KeepImages = true });
        Assert.Equal(("a: 1, b: 2", 2), (tally.Counts.ToString(), tally.Groups!.Count));
        Assert.Equal(["1", "0"], tally.Images!.Select(i => string.Join(",", i.Classes)));
    }

    [Theory]
    [InlineData("0 1 1 1 1\nx 1 1 1 1", "a.txt: at line 2: 'x' is no number")]
    [InlineData("0 1 1 1 one", "a.txt: at line 1: 'one' is no number")]
    [InlineData("2 1 1 1 1", "a.txt: at line 1: the class 2 is beyond the 2 classes")]
    [InlineData("0.5 1 1 1 1", "a.txt: at line 1: '0.5' is no class number")]
    [InlineData("-1 1 1 1 1", "a.txt: at line 1: '-1' is no class number")]
    [InlineData("0 1 1 1", "a.txt: at line 1: it has 4 numbers")]
    [InlineData("0 1 1 nan 1", "is no number")]
    [InlineData("", "have no label")]
    public void Label_lines_that_cannot_be_used_are_refused_by_file_and_line(string label, string expected)
    {
        Write("images/a.jpg", "");
        Write("labels/a.txt", label);
        Assert.Contains(expected, Fails(Write("data.yaml", "train: images\nnames: [p, q]\n"), "yolo"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("train: nowhere/images\nnames: [a]", "neither")]
    [InlineData("val: x\nnames: [a]", "names no images for 'train'")]
    [InlineData("train: x\nnames: [a, a]\nnc: 2", "two classes are called 'a'")]
    [InlineData("train: x\nnames: [a]\nnc: 2", "'nc' is 2, and 'names' has 1")]
    [InlineData("train: x\nnames: {0: a, 2: b}", "'2' in 'names'")]
    [InlineData("train: x\nnames: [a, b", "at line 2: a bracket is never closed")]
    [InlineData("train: x\nnames: [a, a]", "two classes are called 'a'")]
    [InlineData("train: x\nnames: [a, b\u0000]", "zero byte")]
    [InlineData("train: *x\nnames: [a]", "at line 1: '*x' is an anchor")]
    [InlineData("train x", "at line 1: 'train x' is no 'key: value'")]
    [InlineData("train: a\ntrain: b", "at line 2: the key 'train'")]
    public void Data_files_that_cannot_be_used_are_refused(string yaml, string expected) =>
        Assert.Contains(expected, Fails(Write("data.yaml", yaml), "yolo"), StringComparison.Ordinal);

    [Fact]
    public void A_folder_of_label_files_takes_its_names_from_classes_txt()
    {
        Write("labels/a.txt", "1 1 1 1 1\n");
        Assert.Equal("1: 1", Counts(files["labels"], "yolo"));
        Write("labels/classes.txt", "cat\ndog\nkite\n");
        Assert.Equal("cat: 0, dog: 1, kite: 0", Counts(files["labels"], "yolo"));
        Assert.Equal("0: 0, 1: 1",
            Counts(files["labels"], "yolo", new() { Classes = 2 }).Replace("cat", "0", StringComparison.Ordinal)
                .Replace("dog", "1", StringComparison.Ordinal));
        Write("labels/classes.txt", "cat\ncat\n");
        Assert.Contains("two classes are called 'cat'", Fails(files["labels"], "yolo"), StringComparison.Ordinal);
    }

    // VOC

    [Theory]
    [InlineData("<annotation><object><name>cat</name></object><object><part><name>x</name></part><name> cat </name></object></annotation>", "cat: 2")]
    [InlineData("<?xml version='1.0'?><annotation><name>x</name><object><bndbox/><name>a &amp; b</name></object></annotation>", "a & b: 1")]
    public void Objects_of_voc_are_counted_by_their_own_name(string xml, string expected) =>
        Assert.Equal(expected, Counts(Path.GetDirectoryName(Write("v/a.xml", xml))!, "voc"));

    [Theory]
    [InlineData("<!DOCTYPE a [<!ENTITY x SYSTEM 'file:///etc/hostname'>]>\n<annotation><object><name>&x;</name></object></annotation>",
        "at line 1: it declares a document type")]
    [InlineData("<annotation>\n<object><name>cat</name></annotation>", "at line 2")]
    [InlineData("<annotation>\n<object><bndbox/></object></annotation>", "at line 2: the object has no name")]
    [InlineData("<annotation>\n<object/></annotation>", "at line 2: the object has no name")]
    [InlineData("<annotation><object><name/></object></annotation>", "the object has no name")]
    [InlineData("<svg/>", "its root is 'svg'")]
    [InlineData("<annotation/>", "have no object")]
    [InlineData("", "at line")]
    public void Xml_that_cannot_be_used_is_refused_by_file_and_line(string xml, string expected)
    {
        string message = Fails(Path.GetDirectoryName(Write("v/a.xml", xml))!, "voc");
        Assert.Contains(expected, message, StringComparison.Ordinal);
    }

    // CoNLL

    [Theory]
    [InlineData("-DOCSTART- -X- O O\n\nEU NNP B-NP B-ORG\nrejects VBZ B-VP O\n\n\nPeter NNP B-NP B-PER", "B-ORG: 1, B-PER: 1, O: 1", 2)]
    [InlineData("EU\tB-ORG\r\n#\tO\r\n\r\nPeter\tB-PER\r\n", "B-ORG: 1, B-PER: 1, O: 1", 2)]
    [InlineData("# id 77 domain=x\nEU _ _ B-ORG\n# _ _ O\n", "B-ORG: 1, O: 1", 1)]
    [InlineData("\uFEFFEU   B-ORG \n \nx  O", "B-ORG: 1, O: 1", 2)]
    public void Tokens_are_counted_by_their_last_column(string text, string expected, int sentences)
    {
        LabelTally tally = LabelSources.Count(Write("t.conll", text), "conll");
        Assert.Equal((expected, sentences), (tally.Counts.ToString(), tally.Groups!.Count));
    }

    [Fact]
    public void Multiword_tokens_and_empty_nodes_of_conllu_are_left_out()
    {
        static string Line(string id, string word, string pos) => $"{id}\t{word}\t_\t{pos}\t_\t_\t0\t_\t_\t_\n";
        string text = $"# sent_id = 1\n# text = du\n{Line("1-2", "du", "_")}{Line("1", "de", "ADP")}{Line("2", "le", "DET")}{Line("2.1", "x", "X")}\n";
        Assert.Equal("ADP: 1, DET: 1", Counts(Write("t.conllu", text), "conll", new() { Column = 3 }));
    }

    [Theory]
    [InlineData("a O\nb\n", null, "none", "at line 2: it has 1 column, and the first token has 2")]
    [InlineData("a O\n\nb x O\n", null, "none", "at line 3: it has 3 columns")]
    [InlineData("a O\n", 2, "none", "there is no column 2: its lines have 2")]
    [InlineData("a\nb\n", null, "none", "one column")]
    [InlineData("a O\nb PER\n", null, "bio", "at line 2: 'PER' is no tag of the scheme bio")]
    [InlineData("a\tO\nb\t\tO\n", null, "none", "at line 2: it has 3 columns")]
    [InlineData("\n\n", null, "none", "no token")]
    public void Ragged_token_files_are_refused_by_line(string text, int? column, string tags, string expected) => Assert.Contains(
        expected, Fails(Write("t.conll", text), "conll", new() { Column = column, Tags = tags == "bio" ? TagScheme.Bio : TagScheme.None }),
        StringComparison.Ordinal);

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_token_file_of_many_parts_is_counted_as_line_by_line(bool blankLines)
    {
        // Parts are cut at 8 MiB; sentences of up to 40,000 tokens lie across the cuts.
        var random = new Random(5);
        string[] tags = ["O", "B-PER", "I-PER", "B-LOC"];
        long[] tokens = new long[4], sentences = new long[4];
        long all = 0;
        using (StreamWriter text = File.CreateText(files["big.conll"]))
        {
            while (text.BaseStream.Position < 20_000_000)
            {
                bool[] seen = new bool[4];
                int length = blankLines ? random.Next(1, random.Next(100) == 0 ? 40_000 : 30) : 1_300_000;
                for (int i = 0; i < length; i++)
                {
                    int t = random.Next(10) < 8 ? 0 : random.Next(4);
                    text.Write($"word{random.Next(1000)} X {tags[t]}\n");
                    tokens[t]++;
                    seen[t] = true;
                }

                for (int t = 0; t < 4; t++) sentences[t] += seen[t] ? 1 : 0;
                all++;
                text.Write(blankLines ? random.Next(3) == 0 ? "\r\n" : "\n" : "");
                if (!blankLines) break;
            }
        }

        LabelTally tally = LabelSources.Count(files["big.conll"], "conll", new() { Threads = 3 });
        Assert.Equal([tokens[3], tokens[1], tokens[2], tokens[0]], tally.Counts.AsSpan().ToArray());
        Assert.Equal([sentences[3], sentences[1], sentences[2], sentences[0]], tally.Groups!.OfClass);
        Assert.Equal(all, tally.Groups.Count);
    }

    // Tables with several labels a row, and names of a ClassLabel

    [Fact]
    public void Lists_in_parquet_and_json_are_sets_of_labels()
    {
        string json = Write("t.jsonl",
            "{\"id\": 1, \"tags\": [\"a\", \"b\", \"a\"]}\n{\"id\": 2, \"tags\": []}\n{\"id\": 3, \"tags\": null}\n{\"id\": 4, \"tags\": [\"b\"]}\n");
        LabelTally tally = LabelSources.Count(json, null, new() { Targets = ["tags"] });
        Assert.Equal(("multilabel", "a: 1, b: 2", 4), (tally.Kind, tally.Counts.ToString(), tally.MultiLabel!.Rows));
        Duck($"COPY (SELECT id, tags FROM read_json('{json}')) TO '{files["t.parquet"]}' (FORMAT parquet)");
        Assert.Equal("a: 1, b: 2", LabelSources.Count(files["t.parquet"], null, new() { Targets = ["tags"] }).Counts.ToString());
    }

    [Theory]
    [InlineData("a,b\n1,0\n0,2\n", "row 2, column 'b': '2' is neither 0 nor 1")]
    [InlineData("a,b\n1,0\n0,\n", "row 2, column 'b': the label is missing")]
    [InlineData("a,b\n0,0\n0,0\n", "no row has any label")]
    [InlineData("a,c\n0,0\n0,0\n", "there is no column 'b'")]
    public void Label_columns_have_nothing_but_zeros_and_ones(string csv, string expected) =>
        Assert.Contains(expected, Fails(Write("t.csv", csv), "multilabel", new() { Targets = ["a", "b"] }), StringComparison.Ordinal);

    [Fact]
    public void The_names_of_a_class_label_come_from_the_metadata_of_parquet()
    {
        const string features = """
            {"info": {"features": {"label": {"names": ["neg", "pos", "none"], "_type": "ClassLabel"},
                "tags": {"feature": {"names": ["x", "y"], "_type": "ClassLabel"}, "_type": "Sequence"}}}}
            """;
        string path = files["t.parquet"];
        void Make(string rows) =>
            Duck($"COPY (SELECT * FROM (VALUES {rows}) t(label, tags)) TO '{path}' (FORMAT parquet, KV_METADATA {{huggingface: '{features}'}})");
        Make("(1, [0, 1]), (0, [1]), (1, [])");
        LabelTally tally = LabelSources.Count(path, null, new() { Targets = ["label"] });
        Assert.Equal("neg: 1, pos: 2, none: 0", tally.Counts.ToString());
        Assert.Equal("x: 1, y: 2", LabelSources.Count(path, null, new() { Targets = ["tags"] }).Counts.ToString());
        Make("(1, [0]), (-1, [1])");
        Assert.Contains("label -1", Fails(path, "table", new() { Targets = ["label"] }), StringComparison.Ordinal);
        Make("(1, [0]), (3, [1])");
        Assert.Contains("names 3 classes", Fails(path, "table", new() { Targets = ["label"] }), StringComparison.Ordinal);
    }

    // Telling them apart

    [Theory]
    [InlineData("t.csv", "a,b\n1,2\n", "table")]
    [InlineData("t.tsv", "a\tb\n1\t2\n", "table")]
    [InlineData("t.txt", "London B-LOC\nis O\n\n", "conll")]
    [InlineData("t.jsonl", "{\"a\": 1}\n{\"a\": 2}\n", "table")]
    [InlineData("t.json", "{\"images\": [{\"id\": 1}], \"categories\": [], \"annotations\": []}", "coco")]
    [InlineData("t.jsonl", "{\"images\": 3, \"annotations\": [1, 2]}\n{\"images\": 2, \"annotations\": []}\n", "table")]
    [InlineData("t.xml", "<annotation/>", "voc")]
    [InlineData("t.yml", "names: [a]", "yolo")]
    public void The_kind_of_a_file_is_told_from_its_content(string name, string text, string kind) =>
        Assert.Equal(kind, LabelSources.Recognise(Write(name, text)).Kind);

    [Fact]
    public void A_folder_that_looks_like_nothing_is_refused_with_what_there_is()
    {
        Write("rows.csv", "a,b\n");
        Assert.Contains("Name a file in it: rows.csv", Assert.Throws<UnusableDataException>(() => LabelSources.Recognise(files.Folder)).Message,
            StringComparison.Ordinal);
        Assert.Contains("no kind of label source 'mask'. Did you mean 'masks'", Assert.Throws<FormatException>(() => LabelSources.Named("mask")).Message,
            StringComparison.Ordinal);
    }

    private static void Duck(string sql)
    {
        using var connection = new DuckDB.NET.Data.DuckDBConnection("DataSource=:memory:");
        connection.Open();
        using DuckDB.NET.Data.DuckDBCommand command = connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }
}
