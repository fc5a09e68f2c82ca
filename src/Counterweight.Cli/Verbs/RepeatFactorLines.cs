using System.Globalization;
using System.Text;
using Counterweight.Data;

namespace Counterweight.Cli;

/// <summary><c>--emit repeat-factors</c>: a line per image, its name and how often an epoch shows it.</summary>
internal static class RepeatFactorLines
{
    internal const string Name = "repeat-factors";

    /// <summary>The lines: the image, a tab, the factor.</summary>
    /// <exception cref="UsageException">Images are not known.</exception>
    internal static string Of(LabelTally tally, double threshold)
    {
        if (tally.Images is not { } images)
            throw new UsageException($"--emit {Name} repeats images: it is for folders, masks, coco, yolo and voc; {tally.Source} is counted as {tally.Kind}.");
        long[] ofClass = tally.Groups is { } groups ? [.. groups.OfClass] : tally.Counts.AsSpan().ToArray();
        double[] perClass = RepeatFactors.PerClass(ofClass, Math.Max(images.Count, tally.Groups?.Count ?? 0), threshold);
        var lines = new StringBuilder();
        foreach (ImageClasses image in images)
            lines.Append(Visible.Line(image.Name)).Append('\t')
                .Append(RepeatFactors.OfImage([.. image.Classes], perClass).ToString("R", CultureInfo.InvariantCulture)).Append('\n');
        return lines.ToString();
    }
}
