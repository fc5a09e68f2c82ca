using System.Globalization;

namespace Counterweight.Data;

/// <summary>
/// Rows with a class label each: numeric, categorical and text feature columns, all of one length. Immutable.
/// </summary>
/// <remarks>
/// Labels are codes 0..K-1. The classes are in numeric order if all labels are whole numbers, else in ordinal order of their text,
/// so a code means the same class however the file is sorted.
/// </remarks>
/// <example>
/// <code>
/// Dataset loans = DatasetReader.Read("samples/lending-club.csv", "Class");
/// string first = loans.ClassNames[loans.Labels[0]];
/// </code>
/// </example>
public sealed class Dataset
{
    private readonly int[] labels;
    private readonly string[] classNames;
    private readonly Column[] columns;
    private readonly Column[] aside;
    private readonly string[] order;
    private readonly CategoricalColumn? labelCells;
    private readonly string? labelType;
    private readonly Dictionary<string, Column> byName = new(StringComparer.Ordinal);

    /// <summary>Creates a data set.</summary>
    /// <param name="name">What to call it in messages and reports: a file name.</param>
    /// <param name="target">The name of the label column.</param>
    /// <param name="labels">A class code per row, copied.</param>
    /// <param name="classNames">The name of each class.</param>
    /// <param name="columns">The feature columns.</param>
    /// <param name="aside">Columns that travel with the rows but are no features: groups, times, scores.</param>
    /// <exception cref="ArgumentException">A column has another number of rows, a label is outside 0..K-1, or a name appears twice.</exception>
    public Dataset(
        string name, string target, ReadOnlySpan<int> labels, IReadOnlyList<string> classNames, IReadOnlyList<Column> columns,
        IReadOnlyList<Column>? aside = null)
        : this(name, target, labels.ToArray(), [.. classNames], [.. columns], [.. aside ?? []], null, null, null, [])
    {
        for (int i = 0; i < labels.Length; i++)
            if ((uint)labels[i] >= (uint)this.classNames.Length)
                throw new ArgumentException($"The label {labels[i]} at index {i} is no class; 0 to {this.classNames.Length - 1} is accepted.", nameof(labels));
    }

    private Dataset(string name, string target, int[] labels, string[] classNames, Column[] columns, Column[] aside, string[]? order,
        CategoricalColumn? labelCells, string? labelType, IReadOnlyList<DataNote> notes, string? weightColumn = null)
    {
        (this.labelCells, this.labelType, Notes, SampleWeightColumn) = (labelCells, labelType, notes, weightColumn);
        this.order = order ?? [.. columns.Concat(aside).Select(c => c.Name), target];
        (Name, Target, this.labels, this.classNames, this.columns, this.aside) = (name, target, labels, classNames, columns, aside);
        foreach (Column column in columns.Concat(aside))
        {
            if (column.Rows != labels.Length)
                throw new ArgumentException($"Column '{column.Name}' has {column.Rows} rows and there are {labels.Length} labels.", nameof(columns));
            if (!byName.TryAdd(column.Name, column)) throw new ArgumentException($"Two columns are called '{column.Name}'.", nameof(columns));
        }
    }

    /// <summary>What the data set is called in messages and reports.</summary>
    public string Name { get; }

    /// <summary>The name of the label column.</summary>
    public string Target { get; }

    /// <summary>The number of rows N.</summary>
    public int Rows => labels.Length;

    /// <summary>The number of classes K.</summary>
    public int Classes => classNames.Length;

    /// <summary>The class of each row, 0..K-1.</summary>
    public ReadOnlySpan<int> Labels => labels;

    /// <summary>The classes of the rows as memory, for code that keeps or captures them.</summary>
    public ReadOnlyMemory<int> LabelMemory => labels;

    /// <summary>The name of each class, by code.</summary>
    public IReadOnlyList<string> ClassNames => classNames;

    /// <summary>The feature columns, in the order of the file.</summary>
    public IReadOnlyList<Column> Columns => columns;

    /// <summary>The columns that were kept aside: they travel with the rows but are no features.</summary>
    public IReadOnlyList<Column> Aside => aside;

    /// <summary>The names of all columns, the label column among them, in the order of the file.</summary>
    public IReadOnlyList<string> ColumnOrder => order;

    /// <summary>What the feature columns are, for reading other rows of the same kind.</summary>
    public IReadOnlyList<ColumnSchema> Schema => [.. columns.Select(ColumnSchema.Of)];

    /// <summary>What the reader noticed about the file and the user should know: columns of numbers in another notation.</summary>
    public IReadOnlyList<DataNote> Notes { get; }

    /// <summary>The column kept aside that holds a weight per row; null where all rows count the same.</summary>
    public string? SampleWeightColumn { get; }

    /// <summary>The weight of each row (N), or empty where all rows count the same: counts, training, decisions and metrics take it.</summary>
    public ReadOnlyMemory<double> SampleWeights => SampleWeightColumn is null ? default : ((NumericColumn)this[SampleWeightColumn]).Memory;

    /// <summary>The labels as a column: as their file spells them, and of its type; of whole numbers if every class is one.</summary>
    public Column LabelColumn()
    {
        if (labelCells is not null) return labelCells;
        double[] numbers = new double[classNames.Length];
        bool whole = labelType is null or ColumnTypes.Number;
        for (int c = 0; c < numbers.Length && whole; c++)
            whole = long.TryParse(classNames[c], NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long value)
                && Math.Abs(numbers[c] = value) < 1L << 53 && value.ToString(CultureInfo.InvariantCulture) == classNames[c];
        if (!whole) return CategoricalColumn.Own(Target, [.. labels], classNames, null, labelType);
        double[] values = new double[labels.Length];
        for (int i = 0; i < values.Length; i++) values[i] = numbers[labels[i]];
        return NumericColumn.Own(Target, values, NumericKind.WholeNumber);
    }

    /// <summary>A column by its name, a feature or one kept aside.</summary>
    /// <param name="name">The name in the header.</param>
    /// <exception cref="ArgumentException">There is no such column; the message has the nearest name.</exception>
    public Column this[string name] => byName.TryGetValue(name, out Column? column)
        ? column
        : throw new ArgumentException($"There is no column '{name}' in {Name}. {NearestName.Hint(name, byName.Keys)}", nameof(name));

    /// <summary>How many rows each class has, and what they weigh. A class that a selection left without rows counts zero.</summary>
    /// <exception cref="UnusableDataException">All rows of a class weigh nothing.</exception>
    public ClassCounts CountLabels()
    {
        long[] counts = new long[classNames.Length];
        foreach (int label in labels) counts[label]++;
        ClassCounts found = ClassCounts.From(counts, classNames);
        return SampleWeightColumn is null ? found : found.WithWeights(labels, SampleWeights.Span);
    }

    /// <summary>The data set with the given rows, in the given order; a row may be given more than once. Classes and levels stay.</summary>
    /// <param name="rows">Row numbers, counted from 0.</param>
    public Dataset Select(ReadOnlySpan<int> rows)
    {
        int[] selected = new int[rows.Length];
        for (int i = 0; i < rows.Length; i++) selected[i] = labels[rows[i]];
        var newColumns = new Column[columns.Length];
        var newAside = new Column[aside.Length];
        for (int c = 0; c < columns.Length; c++) newColumns[c] = columns[c].Select(rows);
        for (int c = 0; c < aside.Length; c++) newAside[c] = aside[c].Select(rows);
        return Own(Name, Target, selected, classNames, newColumns, newAside, order, (CategoricalColumn?)labelCells?.Select(rows), labelType, Notes,
            SampleWeightColumn);
    }

    /// <summary>A data set with the labels of the given rows and columns of its own, as many rows long.</summary>
    internal Dataset SelectLabels(ReadOnlySpan<int> rows, Column[] features, Column[] keptAside, IReadOnlyList<string> columnOrder)
    {
        int[] selected = new int[rows.Length];
        for (int i = 0; i < rows.Length; i++) selected[i] = labels[rows[i]];
        return Own(Name, Target, selected, classNames, features, keptAside, [.. columnOrder], (CategoricalColumn?)labelCells?.Select(rows), labelType, Notes,
            SampleWeightColumn);
    }

    /// <summary>The same rows with other feature columns.</summary>
    /// <param name="features">The new feature columns, with as many rows.</param>
    public Dataset WithColumns(IReadOnlyList<Column> features) => Own(Name, Target, labels, classNames, [.. features], aside,
        features.Select(f => f.Name).SequenceEqual(columns.Select(c => c.Name), StringComparer.Ordinal) ? order : null, labelCells, labelType, Notes,
        SampleWeightColumn);

    /// <summary>The same rows with some features kept aside.</summary>
    /// <param name="names">The names of feature columns.</param>
    public Dataset SetAside(IReadOnlyList<string> names)
    {
        ArgumentNullException.ThrowIfNull(names);
        HashSet<string> wanted = new(names, StringComparer.Ordinal);
        foreach (string name in names) _ = this[name];
        return wanted.Count == 0
            ? this
            : Own(Name, Target, labels, classNames, [.. columns.Where(c => !wanted.Contains(c.Name))],
                [.. aside, .. columns.Where(c => wanted.Contains(c.Name))], order, labelCells, labelType, Notes, SampleWeightColumn);
    }

    /// <summary>The same rows, which weigh what a column says: survey weights, or how many rows one stands for. The column is kept aside.</summary>
    /// <param name="name">The name of a numeric column of weights of zero or more.</param>
    /// <exception cref="UnusableDataException">A weight is missing, negative or no number, or all of them, or those of a class, are zero.</exception>
    public Dataset WithSampleWeights(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        const string kind = "A weight is a number of zero or more";
        if (name == Target && !byName.ContainsKey(name)) throw IsLabels(name, nameof(DatasetOptions.SampleWeight));
        Column column = this[name];
        if (column is not NumericColumn numbers || numbers.Kind is not (NumericKind.Real or NumericKind.WholeNumber))
        {
            int row = Enumerable.Range(0, Rows).FirstOrDefault(r => !double.TryParse(column.Text(r), NumberStyles.Float, CultureInfo.InvariantCulture, out _));
            throw new UnusableDataException($"'{column.Text(row)}' is no number. {kind}; correct it, or name another column of weights.", Name, row + 1L, name);
        }

        ReadOnlySpan<double> weights = numbers.Values;
        for (int i = 0; i < weights.Length; i++)
            if (!(weights[i] >= 0))
                throw new UnusableDataException(
                    double.IsNaN(weights[i]) ? $"the weight is missing. {kind}; give the row one, or remove it."
                    : string.Create(CultureInfo.InvariantCulture, $"the weight is {weights[i]}. {kind}; correct it, or remove the row."), Name, i + 1L, name);
        if (weights.IndexOfAnyExcept(0.0) < 0)
            throw new UnusableDataException("all weights are zero from this row to the last, so that no row counts. Give the rows weights.", Name, 1, name);
        Dataset weighted = Own(Name, Target, labels, classNames, [.. columns.Where(c => c.Name != name)],
            aside.Contains(column) ? aside : [.. aside, column], order, labelCells, labelType, Notes, name);
        try
        {
            _ = weighted.CountLabels();
            return weighted;
        }
        catch (UnusableDataException unfit)
        {
            throw new UnusableDataException(unfit.Problem, Name, unfit.Row, name, unfit);
        }
    }

    /// <summary>The same rows with weights that are in no file: a column of that name, which stands last or takes the place of the one there.</summary>
    internal Dataset WithSampleWeights(string name, double[] weights, DataNote note)
    {
        Column[] others = [.. aside.Where(c => c.Name != name), NumericColumn.Own(name, weights, NumericKind.Real)];
        string[] names = [.. order.Where(n => n != name), name];
        return Own(Name, Target, labels, classNames, columns, others, names, labelCells, labelType, [.. Notes, note], name);
    }

    /// <summary>
    /// The features that look like identifiers: another value in nearly every row, and either texts or a name (<c>id</c>, <c>customer_id</c>, <c>uuid</c>)
    /// or a run of consecutive numbers that says so. What is interpolated between two of them means nothing.
    /// </summary>
    /// <returns>Their names, in the order of the file.</returns>
    public IReadOnlyList<string> FindIdentifiers() => [.. columns.Where(Identifiers.Is).Select(c => c.Name)];

    private static ArgumentException IsLabels(string name, string option) =>
        new($"{option}: '{name}' is the label column. Name another column of weights.", option);

    internal static Dataset Own(
        string name, string target, int[] labels, string[] classNames, Column[] columns, Column[] aside, string[]? order, CategoricalColumn? labelCells,
        string? labelType, IReadOnlyList<DataNote> notes, string? weightColumn = null) =>
        new(name, target, labels, classNames, columns, aside, order, labelCells, labelType, notes, weightColumn);
}
