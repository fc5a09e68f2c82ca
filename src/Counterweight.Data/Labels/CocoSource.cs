using System.Globalization;
using System.Runtime.InteropServices;
using System.Text.Json;

namespace Counterweight.Data;

/// <summary>Boxes and segments of a COCO annotation file: a JSON file with images, annotations and categories.</summary>
/// <remarks>
/// The file is read as a stream, its parts in any order. Counted are annotations that are no crowd, by the name of their category, in the order of the
/// categories' ids. Images are those the file lists, without annotations too.
/// </remarks>
public sealed class CocoSource : ILabelSource
{
    /// <inheritdoc/>
    public string Kind => "coco";

    /// <inheritdoc/>
    public string Description => "a COCO annotation file";

    /// <inheritdoc/>
    public bool Recognises(LabelPlace place, LabelSourceOptions options)
    {
        ArgumentNullException.ThrowIfNull(place);
        if (place.IsFolder) return JsonIn(place).Length == 1;
        return LooksLikeCoco(place.Head);
    }

    /// <inheritdoc/>
    public LabelTally Count(string path, LabelSourceOptions options, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        LabelSources.Exists(path);
        string file = path;
        if (Directory.Exists(path))
        {
            string[] inside = JsonIn(new LabelPlace(path));
            file = inside.Length == 1 ? inside[0] : throw new UnusableDataException(
                inside.Length == 0 ? "there is no COCO file in this folder. Name the JSON file with the annotations."
                : $"there are several COCO files in this folder. Name one: {string.Join(", ", inside.Take(5).Select(f => Path.GetFileName(f)))}.", path);
        }

        var content = new Content(file, options.KeepImages);
        using var tokens = new JsonTokens(file);
        tokens.Read(content.Take, cancellation);
        return content.Tally(file, Kind);
    }

    private static string[] JsonIn(LabelPlace place) =>
        [.. place.Files.Where(f => FileWalk.EndsIn(f, [".json"])).Take(50).Select(f => Path.Combine(place.Path, f))
            .Where(f => LooksLikeCoco(LabelPlace.Beginning(f, 1 << 16)))];

    /// <summary>Whether a JSON object begins that has one of COCO's lists among its own properties.</summary>
    private static bool LooksLikeCoco(ReadOnlySpan<byte> head)
    {
        if (head.StartsWith([(byte)0xEF, (byte)0xBB, (byte)0xBF])) head = head[3..];
        var reader = new Utf8JsonReader(head, isFinalBlock: false, default);
        try
        {
            bool named = false;
            while (reader.Read())
            {
                if (reader.CurrentDepth == 0 && reader.TokenType is not (JsonTokenType.StartObject or JsonTokenType.EndObject)) return false;
                if (named && reader.TokenType == JsonTokenType.StartArray) return Second(ref reader);
                named = reader.CurrentDepth == 1 && reader.TokenType == JsonTokenType.PropertyName
                    && (reader.ValueTextEquals("annotations"u8) || reader.ValueTextEquals("categories"u8) || reader.ValueTextEquals("images"u8));
            }
        }
        catch (JsonException)
        {
            // Not JSON, or the end of a first line of JSON lines.
        }

        return false;

        // The list has objects, or is empty.
        static bool Second(ref Utf8JsonReader reader) => !reader.Read() || reader.TokenType is JsonTokenType.StartObject or JsonTokenType.EndArray;
    }

    /// <summary>Takes the tokens of the file and keeps what counts.</summary>
    private sealed class Content(string file, bool keepImages)
    {
        private readonly Dictionary<long, string> categories = [];
        private readonly Dictionary<long, (int Code, long Count)> counts = [];
        private readonly Dictionary<long, int> imageCodes = [];
        private readonly Dictionary<int, string> imageNames = [];
        private readonly ImageClassPairs pairs = new();
        private readonly List<long> order = [];
        private Part part;
        private Field field;
        private Record record;
        private long listedImages, annotations, crowds;
        private bool hasAnnotations, hasCategories;

        private enum Part
        {
            Other,
            Images,
            Annotations,
            Categories,
        }

        private enum Field
        {
            Other,
            Id,
            Image,
            Category,
            Crowd,
            Name,
            Segments,
        }

        internal bool Take(ref Utf8JsonReader reader)
        {
            int depth = reader.CurrentDepth;
            if (depth == 0)
            {
                if (reader.TokenType == JsonTokenType.StartArray)
                    throw new UnusableDataException("the file is a list. A COCO file is an object with images, annotations and categories; a list is what "
                        + "detectors write as their results.");
                if (reader.TokenType is not (JsonTokenType.StartObject or JsonTokenType.EndObject))
                    throw new UnusableDataException("the file is no COCO file.");
            }
            else if (depth == 1)
            {
                AtTop(ref reader);
            }
            else if (part != Part.Other && depth == 2)
            {
                if (reader.TokenType == JsonTokenType.StartObject)
                {
                    (record, field) = (default, Field.Other);
                    if (part == Part.Annotations) annotations++;
                }
                else if (reader.TokenType == JsonTokenType.EndObject) End();
            }
            else if (part != Part.Other && depth == 3)
            {
                if (reader.TokenType == JsonTokenType.PropertyName) field = Name(ref reader);
                else if (field != Field.Other) Value(ref reader);
            }

            return true;
        }

        internal LabelTally Tally(string path, string kind)
        {
            if (!hasAnnotations) throw new UnusableDataException("there is no list 'annotations' in it: it is no COCO file.", file);
            if (!hasCategories || categories.Count == 0)
                throw new UnusableDataException("its list 'categories' is missing or empty, so that the annotations have no class names. Add the categories, "
                    + "each with an id and a name.", file);
            foreach ((long id, (int Code, long Count) entry) in counts)
                if (!categories.ContainsKey(id))
                    throw new UnusableDataException(string.Create(CultureInfo.InvariantCulture,
                        $"{entry.Count} annotations have the category {id}, which the list 'categories' does not name. Add it there, or repair them."), file);
            if (counts.Count == 0)
                throw new UnusableDataException(
                    annotations == 0 ? "it has no annotations. Name the file of the training images; test files come without."
                    : $"all of its {annotations} annotations are crowds, which are not counted.", file);

            // Categories of one name are one class, at the place of the first.
            long[] ids = [.. categories.Keys.Order()];
            string[] names = [.. ids.Select(id => categories[id]).Distinct(StringComparer.Ordinal)];
            Dictionary<string, int> codes = names.Select((n, i) => (n, i)).ToDictionary(p => p.n, p => p.i, StringComparer.Ordinal);
            long[] perClass = new long[names.Length], images = new long[names.Length];
            int[] final = new int[order.Count];
            for (int i = 0; i < order.Count; i++)
            {
                final[i] = codes[categories[order[i]]];
                perClass[final[i]] += counts[order[i]].Count;
            }

            long total = Math.Max(listedImages, imageCodes.Count);
            SortedSet<int>[] classes = new SortedSet<int>[keepImages ? imageCodes.Count : 0];
            int lastImage = -1;
            HashSet<int> ofImage = [];
            foreach ((int image, int code) in pairs.All())
            {
                if (image != lastImage) ofImage.Clear();
                lastImage = image;
                if (!ofImage.Add(final[code])) continue;
                images[final[code]]++;
                if (keepImages) (classes[image] ??= []).Add(final[code]);
            }

            List<string> notes = [];
            if (crowds > 0) notes.Add(string.Create(CultureInfo.InvariantCulture, $"{crowds} crowd annotations are not counted."));
            if (names.Length < ids.Length)
                notes.Add($"{ids.Length - names.Length} categories have the name of another; those of one name are counted as one class.");
            return new LabelTally(path, kind, LabelUnit.Boxes, ClassCounts.From(perClass, names))
            {
                Groups = new(LabelUnit.Boxes, total, images),
                Notes = notes,
                Images = keepImages
                    ? [.. imageCodes.OrderBy(p => p.Value).Select(p => new ImageClasses(
                        imageNames.GetValueOrDefault(p.Value) ?? p.Key.ToString(CultureInfo.InvariantCulture), [.. classes[p.Value] ?? []]))]
                    : null,
            };
        }

        private void AtTop(ref Utf8JsonReader reader)
        {
            if (reader.TokenType != JsonTokenType.PropertyName)
            {
                if (part != Part.Other && reader.TokenType is not (JsonTokenType.StartArray or JsonTokenType.EndArray))
                    throw new UnusableDataException($"'{part.ToString().ToLowerInvariant()}' is no list. It is a list of objects in a COCO file.");
                return;
            }

            part = reader.ValueTextEquals("annotations"u8) ? Part.Annotations
                : reader.ValueTextEquals("categories"u8) ? Part.Categories
                : reader.ValueTextEquals("images"u8) ? Part.Images
                : Part.Other;
            hasAnnotations |= part == Part.Annotations;
            hasCategories |= part == Part.Categories;
        }

        private Field Name(ref Utf8JsonReader reader) => part switch
        {
            _ when reader.ValueTextEquals("id"u8) => Field.Id,
            Part.Annotations when reader.ValueTextEquals("category_id"u8) => Field.Category,
            Part.Annotations when reader.ValueTextEquals("image_id"u8) => Field.Image,
            Part.Annotations when reader.ValueTextEquals("iscrowd"u8) => Field.Crowd,
            Part.Annotations when reader.ValueTextEquals("segments_info"u8) => Field.Segments,
            Part.Categories when reader.ValueTextEquals("name"u8) => Field.Name,
            Part.Images when keepImages && reader.ValueTextEquals("file_name"u8) => Field.Name,
            _ => Field.Other,
        };

        private void Value(ref Utf8JsonReader reader)
        {
            switch (field)
            {
                case Field.Id:
                    record.Id = Whole(ref reader);
                    break;
                case Field.Category:
                    record.Category = Whole(ref reader) ?? throw new UnusableDataException(
                        $"{Number()} has a 'category_id' that is no whole number. It is the id of a category.");
                    break;
                case Field.Image:
                    record.Image = Whole(ref reader);
                    break;
                case Field.Crowd:
                    record.Crowd = reader.TokenType == JsonTokenType.True
                        || (reader.TokenType == JsonTokenType.Number && reader.TryGetInt64(out long c) && c != 0);
                    break;
                case Field.Name when reader.TokenType == JsonTokenType.String:
                    record.Name = reader.GetString();
                    break;
                case Field.Segments:
                    record.Panoptic = true;
                    break;
            }

            field = Field.Other;
        }

        private void End()
        {
            switch (part)
            {
                case Part.Images:
                    listedImages++;
                    if (!keepImages || record.Id is not long image) break;
                    imageNames[ImageCode(image)] = record.Name ?? image.ToString(CultureInfo.InvariantCulture);
                    break;
                case Part.Categories:
                    if (record.Id is not long id || record.Name is null)
                        throw new UnusableDataException("a category has no id or no name. Each has both, as in {\"id\": 1, \"name\": \"person\"}.");
                    if (!categories.TryAdd(id, record.Name))
                        throw new UnusableDataException(string.Create(CultureInfo.InvariantCulture, $"the category {id} is named a second time."));
                    break;
                case Part.Annotations:
                    if (record.Category is not long category)
                        throw new UnusableDataException(record.Panoptic
                            ? $"{Number()} is of a panoptic file, whose segments have the classes. Name the file of instances, or count the PNG masks."
                            : $"{Number()} names no category: it has no 'category_id'. Add it, or leave the annotation out.");
                    if (record.Crowd)
                    {
                        crowds++;
                        break;
                    }

                    ref (int Code, long Count) entry = ref CollectionsMarshal.GetValueRefOrAddDefault(counts, category, out bool known);
                    if (!known)
                    {
                        entry.Code = order.Count;
                        order.Add(category);
                    }

                    entry.Count++;
                    if (record.Image is long of) pairs.Add(ImageCode(of), entry.Code);
                    else throw new UnusableDataException($"{Number()} has no 'image_id'. Add it, or leave the annotation out.");
                    break;
            }
        }

        private string Number() => record.Id is long id
            ? string.Create(CultureInfo.InvariantCulture, $"the annotation with the id {id}")
            : string.Create(CultureInfo.InvariantCulture, $"annotation number {annotations}");

        private int ImageCode(long id)
        {
            ref int code = ref CollectionsMarshal.GetValueRefOrAddDefault(imageCodes, id, out bool known);
            if (!known) code = imageCodes.Count - 1;
            return code;
        }

        /// <summary>A whole number, also where it is written as a text.</summary>
        private static long? Whole(ref Utf8JsonReader reader) => reader.TokenType switch
        {
            JsonTokenType.Number when reader.TryGetInt64(out long number) => number,
            JsonTokenType.Number when reader.TryGetDouble(out double number) && number == Math.Floor(number) && Math.Abs(number) < 1L << 53 => (long)number,
            JsonTokenType.String
                when long.TryParse(reader.GetString(), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long number) => number,
            _ => null,
        };

        private record struct Record(long? Id, long? Image, long? Category, bool Crowd, string? Name, bool Panoptic);
    }
}
