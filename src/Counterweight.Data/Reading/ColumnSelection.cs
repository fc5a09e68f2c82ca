using System.Globalization;

namespace Counterweight.Data;

/// <summary>Which columns of a file are meant.</summary>
internal static class ColumnSelection
{
    /// <summary>The index of the label column.</summary>
    internal static int Find(SourceFile file, IReadOnlyList<string> columns, string target)
    {
        ArgumentException.ThrowIfNullOrEmpty(target);
        if (file.Header.Count(h => h == target) > 1)
            throw file.Unusable($"{file.Header.Count(h => h == target)} columns are called '{target}'. Rename one, or give the label column by its "
                + $"0-based index.", null, target);
        int index = TryFind(columns, target);
        if (index >= 0) return index;
        if (int.TryParse(target, NumberStyles.None, CultureInfo.InvariantCulture, out int number))
            throw file.Unusable($"there is no column {number}: the file has {columns.Count}, numbered from 0.");
        List<string> folded = [.. columns.Where(c => string.Equals(c, target, StringComparison.OrdinalIgnoreCase))];
        throw file.Unusable(folded.Count == 1
            ? $"there is no column '{target}' for the label. Did you mean '{folded[0]}'?"
            : $"there is no column '{target}' for the label. {NearestName.Hint(target, columns)}");
    }

    /// <summary>The index of a column by its name or else by its number; -1 if there is none.</summary>
    internal static int TryFind(IReadOnlyList<string> columns, string target)
    {
        for (int i = 0; i < columns.Count; i++)
            if (columns[i] == target) return i;
        return int.TryParse(target, NumberStyles.None, CultureInfo.InvariantCulture, out int number) && number < columns.Count ? number : -1;
    }

    /// <summary>Checks that every column that an option names is there.</summary>
    internal static void Check(SourceFile file, IReadOnlyList<string> columns, DatasetOptions options)
    {
        HashSet<string> all = new(columns, StringComparer.Ordinal);
        Check(options.Drop, nameof(options.Drop));
        Check(options.Aside, nameof(options.Aside));
        if (options.SampleWeight is not null) Check([options.SampleWeight], nameof(options.SampleWeight));
        Check(options.Categorical, nameof(options.Categorical));
        Check(options.Text, nameof(options.Text));
        Check(options.Numeric, nameof(options.Numeric));
        Check(options.Dates, nameof(options.Dates));
        Check(options.Vector, nameof(options.Vector));

        void Check(IReadOnlyList<string> names, string option)
        {
            foreach (string name in names)
                if (!all.Contains(name))
                    throw new ArgumentException($"{option}: there is no column '{name}' in {file.Name}. {NearestName.Hint(name, columns)}", option);
        }
    }

    /// <summary>The reader of a feature of a CSV or JSON file.</summary>
    internal static CellReader Reader(SourceFile file, string name, CellText cells, DatasetOptions options)
    {
        var context = new ColumnContext(name, file, cells, options.NaNIsMissing) { Texts = Texts(name, options) };
        bool categorical = options.Categorical.Contains(name), numeric = options.Numeric.Contains(name), dates = options.Dates.Contains(name);
        OneKind(name, options);
        if (numeric || dates)
        {
            return new AskedReader(context, dates);
        }

        bool vector = options.Vector.Contains(name);
        if (file.Format == SourceFormat.Json) return new JsonColumnReader(context, categorical, vector);
        if (vector) return new VectorReader(context);
        return categorical || context.Texts == TextRule.Always ? new TextReader(context) : new GuessingReader(context, numbers: true, dates: true);
    }

    /// <summary>Whether a column may be running text: columns kept aside are keys and times, and stay what they are.</summary>
    internal static TextRule Texts(string name, DatasetOptions options) => options.Text.Contains(name) ? TextRule.Always
        : options.Categorical.Contains(name) || options.Numeric.Contains(name) || options.Dates.Contains(name) || options.Aside.Contains(name)
            || options.Vector.Contains(name) || options.SampleWeight == name ? TextRule.Never : TextRule.IfItLooksSo;

    /// <summary>Refuses a column that is named in options of several kinds.</summary>
    internal static void OneKind(string name, DatasetOptions options)
    {
        IReadOnlyList<string>[] kinds = [options.Categorical, options.Numeric, options.Dates, options.Text, options.Vector];
        if (kinds.Count(k => k.Contains(name)) > 1)
            throw new ArgumentException($"Column '{name}' cannot be of two kinds; name it in one option.", nameof(options));
    }

    /// <summary>How the cells of a file are to be understood.</summary>
    internal static CellText Cells(SourceFile file, DatasetOptions options) => file.Format == SourceFormat.Csv
        ? new CellText(options.MissingWords, file.Delimiter == ';', trims: true)
        : new CellText([], decimalComma: false, trims: false);
}
