using System.Globalization;
using System.Text.Json.Serialization;
using Counterweight.Data;

namespace Counterweight.Comparison;

/// <summary>
/// Turns the columns of a data set into features, with figures taken from training rows only: what the rows to be judged look like never
/// leaks into the preparation.
/// </summary>
/// <remarks>
/// Numbers are centred and scaled to variance one. Where a numeric column lacks values in the training rows, filling in puts the mean and adds a
/// 0/1 column that says so. A category has one code per level seen in training (the most frequent <see cref="MostLevels"/>), and one last code for
/// every other level and for missing. A text becomes its n-grams (<see cref="FeatureTable.HasText"/>), and its length a number.
/// </remarks>
public sealed class Preprocessor
{
    /// <summary>The most levels of a categorical column that get a code of their own.</summary>
    public const int MostLevels = 255;

    /// <summary>Takes the prepared columns as they are, as a saved model does.</summary>
    /// <param name="columns">The fitted columns, in the order of the data set.</param>
    [JsonConstructor]
    public Preprocessor(IReadOnlyList<FittedColumn> columns) => Columns = columns;

    /// <summary>The fitted columns, in the order of the data set.</summary>
    public IReadOnlyList<FittedColumn> Columns { get; }

    /// <summary>Takes means, scales and levels from training rows.</summary>
    /// <param name="dataset">The data set.</param>
    /// <param name="rows">The training rows.</param>
    public static Preprocessor Fit(Dataset dataset, ReadOnlySpan<int> rows)
    {
        ArgumentNullException.ThrowIfNull(dataset);
        var fitted = new FittedColumn[dataset.Columns.Count];
        for (int c = 0; c < fitted.Length; c++)
            fitted[c] = dataset.Columns[c] switch
            {
                NumericColumn numeric => FitNumeric(numeric, rows),
                CategoricalColumn categorical => FitCategorical(categorical, rows),
                TextColumn text => FitText(text, rows),
                var other => throw new UnusableDataException($"A column of type {other.GetType().Name} cannot be a feature; leave it out.", column: other.Name),
            };
        return new Preprocessor(fitted);
    }

    /// <summary>Prepares rows of a data set with the same columns.</summary>
    /// <param name="dataset">The data set.</param>
    /// <param name="rows">The rows to prepare.</param>
    /// <param name="fillIn">Whether missing numbers are filled in (for learners that cannot take them) or stay NaN.</param>
    /// <exception cref="UnusableDataException">A column is missing or of another kind.</exception>
    public FeatureTable Transform(Dataset dataset, ReadOnlySpan<int> rows, bool fillIn)
    {
        ArgumentNullException.ThrowIfNull(dataset);
        FeatureTable prepared = Transform(dataset.Columns, rows, fillIn, dataset.Name);
        if (dataset.SampleWeights.IsEmpty) return prepared;
        double[] weights = new double[rows.Length];
        for (int i = 0; i < weights.Length; i++) weights[i] = dataset.SampleWeights.Span[rows[i]];
        return prepared with { RowWeights = weights };
    }

    /// <summary>Prepares rows of columns that carry no labels.</summary>
    /// <param name="columns">The columns, found by name; others are passed over.</param>
    /// <param name="rows">The rows to prepare.</param>
    /// <param name="fillIn">Whether missing numbers are filled in or stay NaN.</param>
    /// <param name="source">The file or other source, for messages.</param>
    /// <exception cref="UnusableDataException">A column is missing or of another kind.</exception>
    public FeatureTable Transform(IReadOnlyList<Column> columns, ReadOnlySpan<int> rows, bool fillIn, string source)
    {
        ArgumentNullException.ThrowIfNull(columns);
        int indicators = fillIn ? Columns.Count(c => c.HasMissing) : 0, width = Columns.Count + indicators;
        if (width == 0) throw new UnusableDataException("There is no feature column; a model needs at least one besides the target.", source);
        float[] values = new float[checked(rows.Length * width)];
        int[] levels = new int[width];
        string[] names = new string[width];
        int indicator = Columns.Count;
        List<TextRows> texts = [];
        for (int c = 0; c < Columns.Count; c++)
        {
            FittedColumn fitted = Columns[c];
            names[c] = fitted.Name;
            Column column = Find(columns, source, fitted);
            if (fitted.Text is FittedText known)
            {
                HashedTexts hashed = HashedTexts.Of((TextColumn)column);
                names[c] = fitted.Name + " length";
                for (int i = 0; i < rows.Length; i++) values[i * width + c] = fitted.Scaled(Size(hashed, rows[i]));
                texts.Add(TextRows.From(hashed, known, rows));
                continue;
            }

            if (fitted.Levels is null)
            {
                int mark = fillIn && fitted.HasMissing ? indicator++ : -1;
                if (mark >= 0) (levels[mark], names[mark]) = (2, fitted.Name + " is missing");
                ReadOnlySpan<double> cells = ((NumericColumn)column).Values;
                for (int i = 0; i < rows.Length; i++)
                {
                    double value = cells[rows[i]];
                    bool missing = double.IsNaN(value);
                    float scaled = missing ? (fillIn ? 0 : float.NaN) : fitted.Scaled(value);
                    if (float.IsInfinity(scaled)) throw OutOfRange(fitted, value, rows[i], source);
                    values[i * width + c] = scaled;
                    if (mark >= 0) values[i * width + mark] = missing ? 1 : 0;
                }
            }
            else
            {
                levels[c] = fitted.Levels.Count + 1;
                int[] codes = fitted.Codes((CategoricalColumn)column);
                ReadOnlySpan<int> cells = ((CategoricalColumn)column).Codes;
                for (int i = 0; i < rows.Length; i++) values[i * width + c] = codes[cells[rows[i]] + 1];
            }
        }

        int[] categorical = [.. Enumerable.Range(0, width).Where(c => levels[c] > 0)];
        return new FeatureTable(new SampleMatrix<float>(values, width, categorical, names), levels) { Texts = texts };
    }

    /// <summary>The columns of training among others, in their order, checked as a transformation of them would.</summary>
    /// <param name="columns">The columns, found by name.</param>
    /// <param name="source">The file or other source, for messages.</param>
    /// <exception cref="UnusableDataException">A column is missing or of another kind, or a number is out of reach.</exception>
    internal Column[] Find(IReadOnlyList<Column> columns, string source)
    {
        Column[] found = [.. Columns.Select(c => Find(columns, source, c))];
        for (int c = 0; c < found.Length; c++)
        {
            if (found[c] is not NumericColumn numeric) continue;
            ReadOnlySpan<double> values = numeric.Values;
            for (int i = 0; i < values.Length; i++)
                if (float.IsInfinity(Columns[c].Scaled(values[i]))) throw OutOfRange(Columns[c], values[i], i, source);
        }

        return found;
    }

    /// <summary>Refuses values that are too far from those of training, on some split, for the numbers that learners compute with.</summary>
    /// <param name="dataset">The data set.</param>
    /// <param name="splits">Training rows, and the rows that are judged by a model of them.</param>
    /// <exception cref="UnusableDataException">There is such a value; row and column are named.</exception>
    internal static void Check(Dataset dataset, IEnumerable<(int[] Train, int[] Test)> splits)
    {
        NumericColumn[] wide = [.. dataset.Columns.OfType<NumericColumn>().Where(c => IsWide(c.Values))];
        if (wide.Length == 0) return;
        foreach ((int[] train, int[] test) in splits)
            foreach (NumericColumn column in wide)
            {
                FittedColumn fitted = FitNumeric(column, train);
                foreach (int row in test)
                    if (float.IsInfinity(fitted.Scaled(column.Values[row]))) throw OutOfRange(fitted, column.Values[row], row, dataset.Name);
            }
    }

    /// <summary>Whether the largest size is so many times the smallest that a part of the values may be out of reach of the others' scale.</summary>
    private static bool IsWide(ReadOnlySpan<double> values)
    {
        const double reach = 1e30;
        double smallest = double.PositiveInfinity, largest = 0;
        foreach (double value in values)
        {
            double size = Math.Abs(value);
            if (!(size > 0)) continue;
            smallest = Math.Min(smallest, size);
            largest = Math.Max(largest, size);
        }

        return largest / reach > smallest;
    }

    private static UnusableDataException OutOfRange(FittedColumn fitted, double value, int row, string source) => new(
        string.Create(CultureInfo.InvariantCulture,
            $"{value:R} is too far from the values that were trained on (mean {fitted.Mean:G4}, standard deviation {fitted.Scale:G4}). If it stands for a "
            + $"missing value, leave its cell empty; else correct it, or leave the column out."), source, row + 1, fitted.Name);

    private static Column Find(IReadOnlyList<Column> columns, string source, FittedColumn fitted)
    {
        Column? found = columns.FirstOrDefault(c => c.Name == fitted.Name);
        if (found is null)
            throw new UnusableDataException(
                $"The model was trained with a column '{fitted.Name}' that is not there. {NearestName.Hint(fitted.Name, columns.Select(c => c.Name))}", source);
        if (fitted.Text is not null) return found as TextColumn ?? AsTexts(found);
        bool numeric = fitted.Levels is null;
        if (found is not TextColumn && found is NumericColumn == numeric) return found;

        // A column with no value at all has no kind of its own: it fits as a column of missing values.
        if (found.MissingCount == found.Rows)
            return numeric
                ? new NumericColumn(fitted.Name, [.. Enumerable.Repeat(double.NaN, found.Rows)])
                : new CategoricalColumn(fitted.Name, [.. Enumerable.Repeat(-1, found.Rows)], []);
        if (!numeric) return AsText(found);
        throw new UnusableDataException("The column was numeric in training and has text here. Correct the column, or train again.", source,
            column: fitted.Name);
    }

    /// <summary>A column of numbers read where training had text: its values become text again.</summary>
    private static CategoricalColumn AsText(Column column)
    {
        var codes = new Dictionary<string, int>(StringComparer.Ordinal);
        int[] rows = new int[column.Rows];
        for (int i = 0; i < rows.Length; i++)
        {
            if (column.IsMissing(i)) rows[i] = -1;
            else if (!codes.TryGetValue(column.Text(i), out rows[i])) codes[column.Text(i)] = rows[i] = codes.Count;
        }

        return new CategoricalColumn(column.Name, rows, [.. codes.OrderBy(p => p.Value).Select(p => p.Key)]);
    }

    /// <summary>A column of another kind read where training had running text: its values become texts.</summary>
    private static TextColumn AsTexts(Column column) =>
        new(column.Name, [.. Enumerable.Range(0, column.Rows).Select(i => column.IsMissing(i) ? null : column.Text(i))]);

    /// <summary>What the length of a text counts as.</summary>
    private static double Size(HashedTexts texts, int row) => Math.Log(1 + texts.Lengths[row]);

    private static FittedColumn FitText(TextColumn column, ReadOnlySpan<int> rows)
    {
        HashedTexts hashed = HashedTexts.Of(column);
        double[] sizes = new double[rows.Length];
        bool missing = false;
        for (int i = 0; i < sizes.Length; i++)
        {
            sizes[i] = Size(hashed, rows[i]);
            missing |= column.IsMissing(rows[i]);
        }

        (double mean, double deviation) = ColumnScale.Of(sizes);
        return new FittedColumn(column.Name, mean, deviation > 0 ? deviation : 1, missing, null, null) { Text = FittedText.Fit(hashed, rows) };
    }

    private static FittedColumn FitNumeric(NumericColumn column, ReadOnlySpan<int> rows)
    {
        double[] own = new double[rows.Length];
        bool missing = false;
        for (int i = 0; i < own.Length; i++)
        {
            own[i] = column.Values[rows[i]];
            missing |= double.IsNaN(own[i]);
        }

        return Numeric(new ColumnSchema(column.Name, column.Kind, []) { DayFirst = column.DayFirst }, ColumnScale.Of(own), missing);
    }

    /// <summary>What is learned of a numeric column.</summary>
    internal static FittedColumn Numeric(ColumnSchema column, ColumnScale scale, bool missing) =>
        new(column.Name, scale.Mean, scale.Deviation > 0 ? scale.Deviation : 1, missing, null, column.Kind) { DayFirst = column.DayFirst };

    /// <summary>What is learned of a column of categories.</summary>
    /// <param name="column">The column with all its levels.</param>
    /// <param name="counts">The rows of each level.</param>
    /// <param name="missing">Whether a row has none.</param>
    internal static FittedColumn Categorical(ColumnSchema column, double[] counts, bool missing)
    {
        int[] kept = [.. Enumerable.Range(0, counts.Length).Where(l => counts[l] > 0).OrderByDescending(l => counts[l]).ThenBy(l => l)
            .Take(MostLevels).Order()];
        return new FittedColumn(column.Name, 0, 1, missing, [.. kept.Select(l => column.Levels[l])], null);
    }

    private static FittedColumn FitCategorical(CategoricalColumn column, ReadOnlySpan<int> rows)
    {
        ReadOnlySpan<int> codes = column.Codes;
        // By the code shifted by one, so that missing (-1) has a place.
        double[] all = new double[column.Levels.Count + 1];
        foreach (int row in rows) all[codes[row] + 1]++;
        return Categorical(new ColumnSchema(column.Name, null, column.Levels), all[1..], all[0] > 0);
    }
}

/// <summary>What the preparation learned of one column.</summary>
/// <param name="Name">The name of the column.</param>
/// <param name="Mean">The mean of a numeric column in the training rows.</param>
/// <param name="Scale">Its standard deviation there; 1 for a constant column.</param>
/// <param name="MissingSeen">Whether a training row lacked a value.</param>
/// <param name="Levels">The levels that have a code, in the order of the codes; null for other columns.</param>
/// <param name="Kind">What the numbers are; null for other columns.</param>
public sealed record FittedColumn(string Name, double Mean, double Scale, bool MissingSeen, IReadOnlyList<string>? Levels, NumericKind? Kind)
{
    /// <summary>How the column is to be read from a file.</summary>
    internal ColumnSchema Schema => new(Name, Kind, Levels ?? []) { IsText = Text is not null, IsOptional = MissingSeen, DayFirst = DayFirst };

    /// <summary>Whether the day stands before the month in dates such as 31/01/2024; null for other columns.</summary>
    [JsonInclude]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    internal bool? DayFirst { get; init; }

    /// <summary>What was learned of the n-grams of a text column, whose mean and scale are those of log(1 + length); null for other columns.</summary>
    [JsonInclude]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    internal FittedText? Text { get; init; }

    /// <summary>What kind of column it is: <c>number</c>, <c>category</c> or <c>text</c>.</summary>
    internal string KindName => Text is not null ? "text" : Levels is null ? "number" : "category";

    /// <summary>Whether filling in adds a column that marks missing values.</summary>
    internal bool HasMissing => MissingSeen && KindName == "number";

    internal float Scaled(double value) => (float)new ColumnScale(Mean, Scale).Standardise(value);

    /// <summary>The code for each code of another column, shifted by one so that missing (-1) has a place; all unknown levels share the last code.</summary>
    internal int[] Codes(CategoricalColumn column)
    {
        var known = Levels!.Select((level, code) => (level, code)).ToDictionary(p => p.level, p => p.code, StringComparer.Ordinal);
        int[] codes = new int[column.Levels.Count + 1];
        codes[0] = Levels!.Count;
        for (int l = 0; l < column.Levels.Count; l++) codes[l + 1] = known.GetValueOrDefault(column.Levels[l], Levels!.Count);
        return codes;
    }
}
