using System.Text.Json;

namespace Counterweight.Data.Tests;

/// <summary>The data sets of samples/labels against what Pillow with numpy, json, ElementTree and str.split count in them (counts.json beside them).</summary>
public sealed class LabelSamplesTests
{
    private static readonly string Folder = Path.Combine(Repository.Root, "samples", "labels");

    private static JsonElement Expected(string name)
    {
        using JsonDocument all = JsonDocument.Parse(File.ReadAllText(Path.Combine(Folder, "counts.json")));
        return all.RootElement.GetProperty(name).Clone();
    }

    private static string Numbers(JsonElement expected) =>
        string.Join("; ", expected.EnumerateObject()
            .Select(p => $"{p.Name} {(p.Value.ValueKind == JsonValueKind.Array ? string.Join(' ', p.Value.EnumerateArray()) : p.Value)}"));

    private static string Numbers(LabelTally tally) => string.Join("; ", Enumerable.Range(0, tally.Counts.Classes).Select(c => string.Join(' ',
        (object?[])[tally.Counts.Labels[c], tally.Counts[c], .. tally.Groups is null ? (object?[])[] : [tally.Groups.OfClass[c]],
            .. tally.Counts.PixelsOfImages is null ? (object?[])[] : [tally.Counts.PixelsOfImages[c]]])));

    private static LabelTally Count(string kind, string name, LabelSourceOptions? options = null)
    {
        string path = Path.Combine(Folder, name);
        Assert.Equal(kind, LabelSources.Recognise(path, options).Kind);
        return LabelSources.Count(path, null, options);
    }

    [Theory]
    [InlineData("masks", "masks", "masks")]
    [InlineData("coco", "coco/instances.json", "coco")]
    [InlineData("coco", "coco", "coco")]
    [InlineData("yolo", "yolo/data.yaml", "yolo")]
    [InlineData("yolo", "yolo", "yolo")]
    [InlineData("voc", "voc", "voc")]
    [InlineData("voc", "voc/Annotations", "voc")]
    [InlineData("conll", "conll/yard.conll", "conll")]
    [InlineData("folders", "folders", "folders")]
    public void A_source_is_recognised_and_counted_as_the_peer_counts_it(string kind, string path, string expected) =>
        Assert.Equal(Numbers(Expected(expected)), Numbers(Count(kind, path, kind == "masks" ? new() { Ignore = [255] } : null)));

    [Fact]
    public void Masks_are_recognised_without_being_told_what_to_ignore() => Assert.Equal(6, Count("masks", "masks").Counts.Classes);

    [Fact]
    public void The_parts_of_a_yolo_data_set_are_counted_by_name()
    {
        Assert.Equal(Numbers(Expected("yolo-val")), Numbers(Count("yolo", "yolo/data.yaml", new() { Split = "val" })));
        LabelTally all = Count("yolo", "yolo/data.yaml", new() { Split = "all" }), labels = Count("yolo", "yolo/labels");
        Assert.Equal([33, 24, 10, 6], all.Counts.AsSpan().ToArray());
        Assert.Equal(24, all.Groups!.Count);
        Assert.Equal([33, 24, 10, 6], labels.Counts.AsSpan().ToArray());
        Assert.Equal(["0", "1", "2", "3"], labels.Counts.Labels);
    }

    [Fact]
    public void Sentences_are_counted_and_prefixes_left_out_where_asked()
    {
        Assert.Equal(Expected("conll-sentences").GetInt64(), Count("conll", "conll/yard.conll").Groups!.Count);
        Assert.Equal("LOC 5 5; O 170 24; PER 36 24", Numbers(Count("conll", "conll/yard.conll", new() { Tags = TagScheme.Bio })));
        Assert.Equal("NN", Count("conll", "conll/yard.conll", new() { Column = 1 }).Counts.Labels[2]);
    }

    [Theory]
    [InlineData("columns.csv", "person,car,dog,kite", null)]
    [InlineData("tags.csv", "tags", "|")]
    public void Several_labels_a_row_are_counted_from_columns_and_from_one_column(string file, string targets, string? separator)
    {
        LabelTally tally = Count("multilabel", $"multilabel/{file}", new() { Targets = targets.Split(','), Separator = separator });
        MultiLabelCounts counts = tally.MultiLabel!;
        JsonElement expected = Expected("multilabel");
        Assert.Equal(4, counts.Labels.Count);
        for (int l = 0; l < 4; l++)
            Assert.Equal([.. expected.GetProperty(counts.Labels[l]).EnumerateArray().Select(n => n.GetInt64())],
                [counts.Positives[l], counts.Rows - counts.Positives[l]]);
    }
}
