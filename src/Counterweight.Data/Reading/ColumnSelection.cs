using System.Globalization;

namespace Counterweight.Data;

/// <summary>Which columns are meant, and how each is asked for and read.</summary>
internal static class ColumnSelection
{
    /// <summary>The index of the label column.</summary>
    internal static int Find(SourceFile file, List<(string Name, string Type)> columns, string target)
    {
        ArgumentException.ThrowIfNullOrEmpty(target);
        if (file.Header.Count(h => h == target) > 1)
            throw file.Unusable($"{file.Header.Count(h => h == target)} columns are called '{target}'. Rename one, or give the label column by its "
                + $"0-based index.", null, target);
        int index = columns.FindIndex(c => c.Name == target);
        if (index >= 0) return index;
        List<int> folded = [.. Enumerable.Range(0, columns.Count).Where(i => string.Equals(columns[i].Name, target, StringComparison.OrdinalIgnoreCase))];
        if (int.TryParse(target, NumberStyles.None, CultureInfo.InvariantCulture, out int number))
        {
            if (number < columns.Count) return number;
            throw file.Unusable($"there is no column {number}: the file has {columns.Count}, numbered from 0.");
        }

        throw file.Unusable(folded.Count == 1
            ? $"there is no column '{target}' for the label. Did you mean '{columns[folded[0]].Name}'?"
            : $"there is no column '{target}' for the label. {NearestName.Hint(target, columns.Select(c => c.Name))}");
    }

    internal static HashSet<int> Named(SourceFile file, List<(string Name, string Type)> columns, IReadOnlyList<string> names, string option)
    {
        HashSet<int> indices = [];
        foreach (string name in names)
        {
            int index = columns.FindIndex(c => c.Name == name);
            if (index < 0) throw new ArgumentException($"{option}: there is no column '{name}' in {file.Name}. "
                + $"{NearestName.Hint(name, columns.Select(c => c.Name))}", option);
            indices.Add(index);
        }

        return indices;
    }

    /// <summary>How to ask the engine for a feature: as DOUBLE or as VARCHAR.</summary>
    internal static string Expression((string Name, string Type) column)
    {
        string name = Sql.Name(column.Name);
        return Kind(column.Type) switch
        {
            ColumnKind.Number or ColumnKind.Whole => $"CAST({name} AS DOUBLE)",
            ColumnKind.Date or ColumnKind.Timestamp => $"epoch({name}) / 86400.0",
            _ => $"CAST({name} AS VARCHAR)",
        };
    }

    /// <summary>How to ask the engine for a column whose kind is known, and whether it then comes as DOUBLE.</summary>
    internal static (string Sql, bool Doubles) Expression(SourceFile file, (string Name, string Type) column, ColumnSchema schema)
    {
        ColumnKind kind = Kind(column.Type);
        if (kind == ColumnKind.Nested)
            throw file.Unusable($"the column holds {column.Type} values, and was {(schema.IsNumeric ? "numeric" : "text")} when the model was trained.", null,
                column.Name);
        bool doubles = schema.IsNumeric && kind != ColumnKind.Text;
        return (doubles ? Expression(column) : $"CAST({Sql.Name(column.Name)} AS VARCHAR)", doubles);
    }

    /// <summary>How to ask the engine for the label, always as VARCHAR.</summary>
    internal static string LabelExpression(SourceFile file, (string Name, string Type) column) => Kind(column.Type) == ColumnKind.Nested
        ? throw file.Unusable($"the label column holds {column.Type} values. A label is one text or number per row.", null, column.Name)
        : $"CAST({Sql.Name(column.Name)} AS VARCHAR)";

    internal static ColumnReader Reader(SourceFile file, (string Name, string Type) column, CellText? cells, bool categorical, bool nanIsMissing) =>
        Kind(column.Type) switch
        {
            ColumnKind.Text when cells is not null && !categorical => new GuessingReader(column.Name, cells, nanIsMissing),
            ColumnKind.Text => new TextReader(column.Name, cells),
            ColumnKind.Whole => categorical ? new NumberTextReader(column.Name) : new DoubleReader(column.Name, NumericKind.WholeNumber, nanIsMissing),
            ColumnKind.Number => categorical ? new NumberTextReader(column.Name) : new DoubleReader(column.Name, NumericKind.Real, nanIsMissing),
            ColumnKind.Date => new DoubleReader(column.Name, NumericKind.Date, nanIsMissing),
            ColumnKind.Timestamp => new DoubleReader(column.Name, NumericKind.Timestamp, nanIsMissing),
            _ => throw file.Unusable($"the column holds {column.Type} values. Only numbers, dates, booleans and texts can be features: flatten it, or leave it "
            + $"out with --drop {column.Name}.", null, column.Name),
        };

    private enum ColumnKind
    {
        Text,
        Number,
        Whole,
        Date,
        Timestamp,
        Nested,
    }

    private static ColumnKind Kind(string type) => type switch
    {
        "TINYINT" or "SMALLINT" or "INTEGER" or "BIGINT" or "HUGEINT" or "UTINYINT" or "USMALLINT" or "UINTEGER" or "UBIGINT" or "UHUGEINT" => ColumnKind.Whole,
        "FLOAT" or "DOUBLE" => ColumnKind.Number,
        "VARCHAR" or "BOOLEAN" or "UUID" or "TIME" or "TIME WITH TIME ZONE" or "\"NULL\"" or "NULL" => ColumnKind.Text,
        "DATE" => ColumnKind.Date,
        _ when type.StartsWith("TIMESTAMP", StringComparison.Ordinal) => ColumnKind.Timestamp,
        _ when type.EndsWith(']') => ColumnKind.Nested,
        _ when type.StartsWith("DECIMAL", StringComparison.Ordinal) => ColumnKind.Number,
        _ when type.StartsWith("ENUM", StringComparison.Ordinal) => ColumnKind.Text,
        _ => ColumnKind.Nested,
    };
}
