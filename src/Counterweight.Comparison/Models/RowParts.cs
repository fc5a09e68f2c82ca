using System.Text.Json;
using Counterweight.Data;
using Counterweight.LightGbm;

namespace Counterweight.Comparison;

/// <summary>
/// Rows of which no more than a part is held at a time: those of files that are read several times over, and of other processes that have further parts.
/// Classes and columns are those of all parts.
/// </summary>
internal sealed class RowParts
{
    private const int ValuesOfPart = 2_000_000, LeastOfPart = 2048;

    private readonly Func<CancellationToken, IEnumerable<Dataset>> read;
    private readonly DatasetShape shape;
    private readonly PreparationFigures figures;

    private RowParts(
        Func<CancellationToken, IEnumerable<Dataset>> read, DatasetShape shape, PreparationFigures figures, IReadOnlyList<string> texts,
        LightGbmMachines? machines)
    {
        (this.read, this.shape, this.figures) = (read, shape, figures);
        (Texts, Machines) = (texts, machines);
    }

    /// <summary>The processes of whose rows these are a share; null where all are here.</summary>
    internal LightGbmMachines? Machines { get; }

    /// <summary>The columns of running text, whose words are chosen by all rows at once; where there are any, the rows are not read to their end.</summary>
    internal IReadOnlyList<string> Texts { get; }

    /// <summary>The labels of the rows that are here, without any column; the classes are those of all rows.</summary>
    internal required Dataset Outline { get; init; }

    /// <summary>What each row weighs; empty where all weigh the same.</summary>
    internal required ReadOnlyMemory<double> Weights { get; init; }

    /// <summary>What the reader noticed.</summary>
    internal required IReadOnlyList<DataNote> Notes { get; init; }

    /// <summary>Reads files for the first time: labels and weights are kept, of the columns what a preparation needs.</summary>
    /// <param name="files">The files, whose rows are one table. Of Parquet a part is held at a time, of other formats a file.</param>
    /// <param name="target">The label column.</param>
    /// <param name="options">How they are read.</param>
    /// <param name="rowsOfPart">About how many rows are held at a time; null for as many as have two million values.</param>
    /// <param name="machines">The processes that have files of their own; null where all are here.</param>
    /// <param name="cancellation">Stops the reading.</param>
    /// <exception cref="UnusableDataException">A row cannot be used, or the parts do not go together.</exception>
    internal static RowParts Read(
        IReadOnlyList<string> files, string target, DatasetOptions options, int? rowsOfPart = null, LightGbmMachines? machines = null,
        CancellationToken cancellation = default)
    {
        int most = rowsOfPart ?? Math.Max(LeastOfPart, ValuesOfPart / DatasetReader.ColumnNames(files[0], options).Count);
        options = options with { IsPart = true };
        return Of(stop => files.SelectMany(f => DatasetReader.ReadParts(f, target, most, options, stop)), machines, cancellation);
    }

    /// <summary>Rows that are all held.</summary>
    /// <param name="share">The rows.</param>
    /// <param name="machines">The processes that have the others.</param>
    internal static RowParts Of(Dataset share, LightGbmMachines machines) => Of(_ => [share], machines, CancellationToken.None);

    /// <summary>The classes with the rows of all processes, and what these weigh.</summary>
    /// <param name="which">Which rows are counted; null for all.</param>
    internal ClassCounts CountLabels(Func<int, bool>? which = null)
    {
        int classes = Outline.Classes;
        ReadOnlySpan<int> labels = Outline.Labels;
        ReadOnlySpan<double> weights = Weights.Span;
        double[] sums = new double[3 * classes];
        for (int i = 0; i < labels.Length; i++)
        {
            if (which?.Invoke(i) == false) continue;
            double weight = weights.IsEmpty ? 1 : weights[i];
            sums[labels[i]]++;
            sums[classes + labels[i]] += weight;
            sums[(2 * classes) + labels[i]] += weight * weight;
        }

        Machines?.Sum(sums);
        ClassCounts counts = ClassCounts.From([.. sums.Take(classes).Select(c => (long)c)], Outline.ClassNames);
        return weights.IsEmpty ? counts : counts.WithTotals(sums.AsSpan(classes, classes), sums.AsSpan(2 * classes));
    }

    /// <summary>Why a remedy cannot be trained on rows of which no more than a part is at hand; null if it can.</summary>
    /// <param name="remedy">The remedy.</param>
    internal static string? Refuses(Remedy remedy)
    {
        IRemedy? whole = remedy.Parts.FirstOrDefault(p => p.Family is RemedyFamily.Sampler or RemedyFamily.Resampling or RemedyFamily.Ensemble);
        return whole is not null ? $"{whole.Name} needs all rows in one place. Over several machines there are weights, losses and the switches of boosting; "
                + "or take a sample with --max-rows on one."
            : null;
    }

    /// <summary>The preparation of the columns by all rows.</summary>
    internal Preprocessor Prepare() => figures.Finish(shape, Machines);

    /// <summary>Reads the rows once more, as features.</summary>
    /// <param name="preparation">The preparation.</param>
    /// <param name="cancellation">Stops the reading.</param>
    internal IEnumerable<FeatureTable> Features(Preprocessor preparation, CancellationToken cancellation)
    {
        long before = 0;
        foreach (Dataset part in read(cancellation))
        {
            yield return Prepared(part, preparation, before);
            before += part.Rows;
        }
    }

    private static RowParts Of(Func<CancellationToken, IEnumerable<Dataset>> read, LightGbmMachines? machines, CancellationToken cancellation)
    {
        List<DatasetShape> shapes = [];
        List<int[]> codes = [];
        List<double[]> weights = [];
        List<DataNote> notes = [];
        var figures = new PreparationFigures();
        foreach (Dataset part in read(cancellation))
        {
            bool text = part.Columns.Any(c => c is TextColumn);
            if (text) (shapes, codes, weights) = ([], [], []);
            shapes.Add(DatasetShape.Of(part));
            codes.Add(part.Labels.ToArray());
            if (!part.SampleWeights.IsEmpty) weights.Add(part.SampleWeights.ToArray());
            notes.AddRange(part.Notes.Where(n => !notes.Any(known => known.Code == n.Code && known.Column == n.Column)));
            if (text) break;
            figures.Add(part);
        }

        DatasetShape whole = Whole(DatasetShape.Union(shapes), machines);
        Dictionary<string, int> codeOf = whole.Classes.Select((name, code) => (name, code)).ToDictionary(p => p.name, p => p.code, StringComparer.Ordinal);
        for (int p = 0; p < codes.Count; p++)
        {
            int[] shared = [.. shapes[p].Classes.Select(name => codeOf[name])];
            foreach (ref int code in codes[p].AsSpan()) code = shared[code];
        }

        return new(read, whole, figures, [.. whole.Columns.Where(c => c.IsText).Select(c => c.Name)], machines)
        {
            Outline = new Dataset(whole.Source, whole.Target, Joined(codes), whole.Classes, []),
            Weights = Joined(weights),
            Notes = notes,
        };
    }

    /// <summary>The shape that the rows of all processes have together.</summary>
    private static DatasetShape Whole(DatasetShape own, LightGbmMachines? machines)
    {
        if (machines is null) return own;
        DatasetShape named = own with { Source = $"{own.Source} (machine {machines.Rank + 1})" };
        byte[][] all = machines.Gather(JsonSerializer.SerializeToUtf8Bytes(named, ComparisonJsonContext.Default.DatasetShape));
        return DatasetShape.Union([.. all.Select(part => JsonSerializer.Deserialize(part, ComparisonJsonContext.Default.DatasetShape)!)]);
    }

    private FeatureTable Prepared(Dataset part, Preprocessor preparation, long before)
    {
        try
        {
            return preparation.Transform(shape.Apply(part), [.. Enumerable.Range(0, part.Rows)], fillIn: false);
        }
        catch (UnusableDataException wrong) when (wrong.Row is long row)
        {
            throw new UnusableDataException(wrong.Problem, wrong.File, before + row, wrong.Column, wrong);
        }
        catch (KeyNotFoundException changed)
        {
            throw new UnusableDataException("the file has changed while it was read. Leave it alone until the training has ended.", part.Name,
                innerException: changed);
        }
    }

    private static T[] Joined<T>(List<T[]> parts)
    {
        T[] all = new T[checked(parts.Sum(p => p.Length))];
        int at = 0;
        foreach (T[] part in parts)
        {
            part.CopyTo(all, at);
            at += part.Length;
        }

        return all;
    }
}
