using System.Globalization;

namespace Counterweight.Data;

/// <summary>Reads and counts what an <see cref="ITableSource"/> gives.</summary>
internal static class TableSources
{
    /// <summary>What a column of the weights that a sample gets is called.</summary>
    private const string WeightName = "sample_weight";

    /// <summary>The rows as a file of JSON lines, which is opened when it is read.</summary>
    internal static SourceFile Open(ITableSource source, IReadOnlyList<string> columns, string? label, DatasetOptions options, CancellationToken cancellation)
        => SourceFile.OfRows(source.Name, new LazyStream(() => source.OpenRows(columns, label, cancellation)), options);

    /// <summary>Reads the columns that are not left out; a sample is weighted back to the whole table.</summary>
    internal static Dataset Read(
        ITableSource source, string target, DatasetOptions options, Func<SourceFile, string, DatasetOptions, CancellationToken, Dataset> read,
        CancellationToken cancellation)
    {
        IReadOnlyList<string> all = source.ColumnNames;
        using SourceFile nothing = SourceFile.OfRows(source.Name, Stream.Null, options);
        string label = all[ColumnSelection.Find(nothing, all, target)];
        ColumnSelection.Check(nothing, all, options);
        string[] columns = [.. all.Where(c => c == label || c == options.SampleWeight || options.Aside.Contains(c) || !options.Drop.Contains(c))];
        IReadOnlyList<LabelGroup>? population = source.Population(label, cancellation);
        using SourceFile file = Open(source, columns, label, options, cancellation);
        Dataset rows = read(file, label, options with { Drop = [] }, cancellation);
        return population is null ? rows : Weighted(rows, population, source.Name);
    }

    /// <summary>Counts the labels, and adds up the weights.</summary>
    internal static LabelCounts Count(ITableSource source, string target, DatasetOptions options, CancellationToken cancellation)
    {
        IReadOnlyList<string> all = source.ColumnNames;
        using SourceFile file = SourceFile.OfRows(source.Name, Stream.Null, options);
        string label = all[ColumnSelection.Find(file, all, target)];
        IReadOnlyList<LabelGroup> groups = source.CountLabels(label, options.SampleWeight, options.MaxClasses, cancellation);
        if (groups.Count == 0) throw file.Unusable("there are no rows. At least two rows of different classes are needed.");
        if (groups.Count(g => g.Label is not null) > options.MaxClasses)
            throw file.Unusable(string.Create(CultureInfo.InvariantCulture,
                $"the label column has more than the {options.MaxClasses} classes accepted. Is it a regression target or an identifier? Name another "
                + $"--target, or raise --max-classes if these really are classes."), null, label);
        if (groups.FirstOrDefault(g => g.Label is null) is { } missing)
            throw file.Unusable(string.Create(CultureInfo.InvariantCulture,
                $"{missing.Rows} {(missing.Rows == 1 ? "row has" : "rows have")} no label. Fill it in, or leave these rows out: --query \"SELECT ... WHERE ... "
                + $"IS NOT NULL\"; no row is dropped silently."), null, label);
        LabelSpelling plan = Spelling(groups, options.Categorical.Contains(label));
        if (plan.NotFinite is int bad) throw file.Unusable($"'{groups[bad].Label}' is no class label. Give its rows a label, or leave them out.", null, label);
        if (plan.Names.Length == 1)
            throw file.Unusable($"every row has the label '{plan.Names[0]}'. At least two classes are needed; is '{label}' the right column?", null, label);
        long[] rows = new long[plan.Names.Length];
        double[] totals = new double[rows.Length], squares = new double[rows.Length];
        for (int g = 0; g < groups.Count; g++)
        {
            int c = plan.Code[g];
            (rows[c], totals[c], squares[c]) = (rows[c] + groups[g].Rows, totals[c] + groups[g].Total, squares[c] + groups[g].Squares);
        }

        ClassCounts counts = ClassCounts.From(rows, plan.Names);
        return new(source.Name, label, options.SampleWeight is null ? counts : counts.WithTotals(totals, squares));
    }

    private static LabelSpelling Spelling(IReadOnlyList<LabelGroup> groups, bool asText) =>
        LabelSpelling.Of([.. groups.Select(g => g.Label ?? "")], groups[0].IsNumber && !asText);

    /// <summary>Gives each row as many rows' weight as it stands for: the rows of its class in the table over those that were read.</summary>
    private static Dataset Weighted(Dataset rows, IReadOnlyList<LabelGroup> population, string name)
    {
        long[] kept = new long[rows.Classes];
        double[] all = new double[rows.Classes];
        foreach (int label in rows.Labels) kept[label]++;
        LabelSpelling plan = Spelling(population, asText: false);
        Dictionary<string, int> codes = rows.ClassNames.Select((text, code) => (text, code)).ToDictionary(p => p.text, p => p.code, StringComparer.Ordinal);
        for (int g = 0; g < population.Count; g++)
        {
            if (codes.TryGetValue(plan.Names[plan.Code[g]], out int code) || codes.TryGetValue(population[g].Label ?? "", out code))
                all[code] += population[g].Rows;
            else throw new UnusableDataException($"no row of the class '{population[g].Label}' is in the sample. Read more rows with --max-rows.", name);
        }

        double[] weights = new double[rows.Rows];
        ReadOnlySpan<double> given = rows.SampleWeights.Span;
        for (int i = 0; i < weights.Length; i++)
        {
            int c = rows.Labels[i];
            weights[i] = all[c] / kept[c] * (given.IsEmpty ? 1 : given[i]);
        }

        string column = rows.SampleWeightColumn ?? WeightName;
        while (rows.SampleWeightColumn is null && rows.ColumnOrder.Contains(column)) column += "_";
        long of = population.Sum(g => g.Rows);
        string cut = string.Join(", ", Enumerable.Range(0, kept.Length).Where(c => kept[c] < all[c]).Take(10)
            .Select(c => string.Create(CultureInfo.InvariantCulture, $"{kept[c]} of {all[c]:0} of '{rows.ClassNames[c]}'")));
        return rows.WithSampleWeights(column, weights, new DataNote("sampled-rows", column, string.Create(CultureInfo.InvariantCulture,
            $"{rows.Rows} of {of} rows were read: {cut}, by a hash of the row; of other classes every row. Each row weighs as many as it stands for "
            + $"({column}).")));
    }

    /// <summary>A stream that is opened when it is first read.</summary>
    private sealed class LazyStream(Func<Stream> open) : ReadingStream
    {
        private Stream? inner;

        public override int Read(Span<byte> target) => (inner ??= open()).Read(target);

        protected override void Dispose(bool disposing)
        {
            if (disposing) inner?.Dispose();
            base.Dispose(disposing);
        }
    }
}
