using System.Runtime.InteropServices;
using System.Xml;

namespace Counterweight.Data;

/// <summary>Pascal VOC: a folder of XML files, one per image, each with the objects in it.</summary>
/// <remarks>Every <c>object</c> counts by its own name, difficult and truncated ones too; parts of objects do not. Entities are refused, and none is
/// read.</remarks>
public sealed class VocSource : ILabelSource
{
    private static readonly string[] Xml = [".xml"];

    /// <inheritdoc/>
    public string Kind => "voc";

    /// <inheritdoc/>
    public string Description => "Pascal VOC: a folder of XML files, one per image";

    /// <inheritdoc/>
    public bool Recognises(LabelPlace place, LabelSourceOptions options)
    {
        ArgumentNullException.ThrowIfNull(place);
        if (!place.IsFolder) return place.Extension == ".xml";
        if (place.Folders.Contains("Annotations") && new LabelPlace(Path.Combine(place.Path, "Annotations")).Files.Any(f => FileWalk.EndsIn(f, Xml)))
            return true;
        return place.Files.Any(f => FileWalk.EndsIn(f, Xml));
    }

    /// <inheritdoc/>
    public LabelTally Count(string path, LabelSourceOptions options, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        LabelSources.Exists(path);
        string annotations = Path.Combine(path, "Annotations");
        List<string> files = File.Exists(path) ? [path]
            : FileWalk.Files(Directory.Exists(annotations) ? annotations : path, static name => FileWalk.EndsIn(name, Xml), cancellation);
        if (files.Count == 0) throw new UnusableDataException("there is no XML file in it or below. Name the folder of the annotations.", path);
        string[][] found = new string[options.KeepImages ? files.Count : 0][];
        List<Counter> parts = PerFile.Run(files, options.Threads, () => new Counter(), (counter, index) =>
        {
            counter.Count(files[index]);
            if (options.KeepImages) found[index] = [.. counter.Found];
        }, cancellation);
        Dictionary<string, (long Objects, long Images)> sums = new(StringComparer.Ordinal);
        foreach (Counter part in parts)
            foreach ((string name, (long objects, long images)) in part.Counts)
            {
                (long o, long i) = sums.GetValueOrDefault(name);
                sums[name] = (o + objects, i + images);
            }

        if (sums.Count == 0) throw new UnusableDataException($"its {files.Count} files have no object.", path);
        string[] names = LabelOrder.Sort(sums.Keys);
        return new LabelTally(path, Kind, LabelUnit.Boxes, ClassCounts.From([.. names.Select(n => sums[n].Objects)], names))
        {
            Groups = new(LabelUnit.Boxes, files.Count, [.. names.Select(n => sums[n].Images)]),
            Images = options.KeepImages
                ? [.. files.Select((f, i) => new ImageClasses(
                    f == path ? Path.GetFileName(f) : Path.GetRelativePath(path, f), [.. found[i].Select(n => Array.IndexOf(names, n)).Order()]))]
                : null,
        };
    }

    /// <summary>What one thread counts.</summary>
    private sealed class Counter
    {
        private static readonly XmlReaderSettings Settings = new()
        {
            DtdProcessing = DtdProcessing.Prohibit,
            XmlResolver = null,
            IgnoreComments = true,
            IgnoreProcessingInstructions = true,
            IgnoreWhitespace = true,
        };

        internal Dictionary<string, (long Objects, long Images)> Counts { get; } = new(StringComparer.Ordinal);

        /// <summary>The classes of the image that was counted last.</summary>
        internal HashSet<string> Found { get; } = new(StringComparer.Ordinal);

        internal void Count(string file)
        {
            Found.Clear();
            using FileStream stream = File.OpenRead(file);
            using XmlReader reader = XmlReader.Create(stream, Settings);
            try
            {
                Read(reader, file);
            }
            catch (XmlException problem)
            {
                int line = Math.Max(1, Math.Max(problem.LineNumber, ((IXmlLineInfo)reader).LineNumber));
                bool dtd = problem.Message.Contains("DTD", StringComparison.Ordinal);
                throw new UnusableDataException(
                    dtd ? $"at line {line}: it declares a document type, by which entities come in. None is read: remove the declaration."
                    : $"at line {line}: this is no XML as it should be: {Sentence(problem)} Repair the file.", file, innerException: problem);
            }
        }

        private void Read(XmlReader reader, string file)
        {
            bool named = true;
            int line = 0;
            reader.MoveToContent();
            if (reader.LocalName != "annotation")
                throw new UnusableDataException($"its root is '{reader.LocalName}'; the root of a VOC file is 'annotation'. Move the file elsewhere.", file);
            while (reader.Read())
            {
                if (reader.Depth == 1 && reader.LocalName == "object")
                {
                    if (reader.NodeType == XmlNodeType.Element) (named, line) = (false, ((IXmlLineInfo)reader).LineNumber);
                    if ((reader.NodeType == XmlNodeType.EndElement || reader.IsEmptyElement) && !named) throw Unnamed();
                }
                else if (reader.Depth == 2 && !named && reader.NodeType == XmlNodeType.Element && reader.LocalName == "name")
                {
                    string name = reader.IsEmptyElement ? "" : Text(reader);
                    if (name.Length == 0) throw Unnamed();
                    named = true;
                    ref (long Objects, long Images) sum = ref CollectionsMarshal.GetValueRefOrAddDefault(Counts, name, out _);
                    sum.Objects++;
                    if (Found.Add(name)) sum.Images++;
                }
            }

            UnusableDataException Unnamed() => new($"at line {line}: the object has no name. Add its 'name', or remove it.", file);
        }

        private static string Text(XmlReader reader)
        {
            string text = "";
            int depth = reader.Depth;
            while (reader.Read() && !(reader.NodeType == XmlNodeType.EndElement && reader.Depth == depth)) text += reader.Value;
            return text.Trim();
        }

        private static string Sentence(XmlException problem)
        {
            int end = problem.Message.IndexOf(" Line ", StringComparison.Ordinal);
            return end < 0 ? problem.Message : problem.Message[..end];
        }
    }
}
