using System.Globalization;

namespace Counterweight.Data;

/// <summary>Collects one column of a Parquet file from the vectors of its expressions.</summary>
internal abstract class ParquetReader
{
    /// <summary>What to select for it.</summary>
    internal abstract IReadOnlyList<string> Expressions { get; }

    /// <summary>Takes the next rows.</summary>
    /// <param name="chunk">The chunk.</param>
    /// <param name="first">The place of the first expression of this column in it.</param>
    /// <param name="firstRow">The number of the first row, counted from 0.</param>
    internal abstract void Append(Chunk chunk, int first, long firstRow);

    internal abstract IReadOnlyList<Column> Finish();

    internal static ParquetReader For(SourceFile file, DuckSession session, string table, ParquetColumn column, DatasetOptions options)
    {
        var context = new ColumnContext(column.Name, file, ColumnSelection.Cells(file, options), options.NaNIsMissing)
        {
            Texts = ColumnSelection.Texts(column.Name, options),
        };
        string name = Sql.Name(column.Name);
        ColumnSelection.OneKind(column.Name, options);
        if (options.Vector.Contains(column.Name) && column.Kind != ParquetKind.List)
            throw file.Unusable($"the column holds {column.Type} values, and it was named in --vector: each value is a list of numbers.", null, column.Name);
        if (options.Numeric.Contains(column.Name) || options.Dates.Contains(column.Name))
        {
            if (column.Kind == ParquetKind.Text)
                return new ParquetTexts(column, new AskedReader(context, options.Dates.Contains(column.Name)));
        }
        else if ((options.Categorical.Contains(column.Name) || context.Texts == TextRule.Always) && column.Kind is not (ParquetKind.List or ParquetKind.Nested))
        {
            if (column.Kind == ParquetKind.Real) return new ParquetTexts(column, new TextReader(context) { Type = column.Type }, withoutPoint: true);
            return new ParquetTexts(column, new TextReader(context) { Type = column.Type });
        }

        return column.Kind switch
        {
            ParquetKind.Text => new ParquetTexts(column, new TextReader(context) { Type = column.Type is "VARCHAR" ? null : column.Type }),
            ParquetKind.LargeWhole or ParquetKind.Decimal => new ParquetTexts(column, new GuessingReader(context, numbers: true,
                dates: false)
            { Type = column.Type }),
            ParquetKind.Whole => new ParquetLongs(context, $"CAST({name} AS BIGINT)", NumericKind.WholeNumber, 1, column.Type == "BIGINT" ? null
                : column.Type),
            ParquetKind.Date => new ParquetLongs(context, $"CAST({name} - DATE '1970-01-01' AS BIGINT)", NumericKind.Date, 1, null),
            ParquetKind.Timestamp when column.Type == ColumnTypes.Nanoseconds =>
                new ParquetLongs(context, $"epoch_ns({name})", NumericKind.Timestamp, 86_400_000_000_000, column.Type),
            ParquetKind.Timestamp => new ParquetLongs(context, $"epoch_us({name})", NumericKind.Timestamp, 86_400_000_000,
                column.Type == "TIMESTAMP" ? null : column.Type),
            ParquetKind.Real => new ParquetDoubles(context, $"CAST({name} AS DOUBLE)", column.Type == "DOUBLE" ? null : column.Type),
            ParquetKind.List => Lists(context, session, table, column),
            _ => throw file.Unusable($"the column holds {column.Type} values. Only numbers, dates, booleans, texts and lists of numbers can be features: "
                + $"flatten it, or leave it out with --drop {column.Name}.", null, column.Name),
        };
    }

    private static ParquetLists Lists(ColumnContext context, DuckSession session, string table, ParquetColumn column)
    {
        string name = Sql.Name(column.Name), length = $"len({name})";
        try
        {
            object?[] sizes = session.Row($"SELECT min({length}), max({length}) FROM {table}");
            if (sizes[0] is null) return new ParquetLists(context, []);
            long least = Convert.ToInt64(sizes[0], CultureInfo.InvariantCulture), most = Convert.ToInt64(sizes[1], CultureInfo.InvariantCulture);
            if (most == 0) throw context.File.Unusable($"the lists are empty. Leave the column out with --drop {column.Name}.", null, column.Name);
            if (least != most)
            {
                string rows = table[..^1] + ", file_row_number=true)";
                object?[] first = session.Row($"SELECT file_row_number, {length} FROM {rows} WHERE {name} IS NOT NULL ORDER BY file_row_number LIMIT 1");
                object?[] other = session.Row($"SELECT file_row_number, {length} FROM {rows} WHERE {length} <> "
                    + $"{Convert.ToInt64(first[1], CultureInfo.InvariantCulture)} "
                    + "ORDER BY file_row_number LIMIT 1");
                throw context.File.Unusable($"the list has {other[1]} values, and that of row "
                    + $"{Convert.ToInt64(first[0], CultureInfo.InvariantCulture) + 1} has {first[1]}. "
                    + $"Lists of numbers are features only if all have one length; pad them, or leave the column out with --drop {column.Name}.",
                    Convert.ToInt64(other[0], CultureInfo.InvariantCulture) + 1, column.Name);
            }

            string element = column.Type[..column.Type.LastIndexOf('[')];
            return new ParquetLists(context, [.. Enumerable.Range(0, (int)most).Select(k => For(context.File, session, table,
                new ParquetColumn($"{column.Name}[{k}]", element), new DatasetOptions { NaNIsMissing = context.NaNIsMissing })
                    .Reading($"{Sql.Name(column.Name)}[{k + 1}]", Sql.Name($"{column.Name}[{k}]")))]);
        }
        catch (Exception problem) when (problem is DuckDB.NET.Data.DuckDBException or EngineException)
        {
            throw context.File.Translate(problem);
        }
    }

    /// <summary>The same reader of another expression: that of an element of a list in the place of a column's name.</summary>
    private protected virtual ParquetReader Reading(string element, string name) => this;
}

/// <summary>A column that comes as texts.</summary>
internal sealed class ParquetTexts(ParquetColumn column, CellReader inner, bool withoutPoint = false) : ParquetReader
{
    private readonly CellBlock block = new();
    private string expression = withoutPoint ? column.AsLabel : column.AsText;

    internal override IReadOnlyList<string> Expressions => [expression];

    internal override void Append(Chunk chunk, int first, long firstRow) =>
        inner.Append(ParquetTable.Texts(block, chunk.Column(first), column.CellKind), firstRow);

    internal override IReadOnlyList<Column> Finish() => inner.Finish();

    private protected override ParquetReader Reading(string element, string name)
    {
        expression = expression.Replace(name, element, StringComparison.Ordinal);
        return this;
    }
}

/// <summary>A column of floating-point numbers.</summary>
internal sealed class ParquetDoubles(ColumnContext context, string expression, string? type) : ParquetReader
{
    private readonly Blocks<double> values = new();
    private (long Row, double Value) bad = (-1, 0);
    private string expression = expression;

    internal override IReadOnlyList<string> Expressions => [expression];

    internal override void Append(Chunk chunk, int first, long firstRow)
    {
        Vector vector = chunk.Column(first);
        ReadOnlySpan<double> source = vector.Doubles;
        Span<double> target = values.Next(source.Length);
        for (int i = 0; i < source.Length; i++)
        {
            double value = vector.IsNull(i) ? double.NaN : source[i];
            if (!double.IsFinite(value) && !vector.IsNull(i) && bad.Row < 0 && !(context.NaNIsMissing && double.IsNaN(value))) bad = (firstRow + i, value);
            target[i] = value;
        }
    }

    internal override IReadOnlyList<Column> Finish() => bad.Row >= 0
        ? throw ColumnReader.NotFinite(context.File, context.Name, bad.Row, bad.Value)
        : [NumericColumn.Own(context.Name, values.ToArray(), NumericKind.Real, null, type)];

    private protected override ParquetReader Reading(string element, string name)
    {
        expression = expression.Replace(name, element, StringComparison.Ordinal);
        return this;
    }
}

/// <summary>A column that comes as whole numbers of 64 bits: itself, or days or parts of days since 1970.</summary>
internal sealed class ParquetLongs(ColumnContext context, string expression, NumericKind kind, long perUnit, string? type) : ParquetReader
{
    private readonly Blocks<double> values = new();
    private readonly SpellingBuilder spelling = new();
    private string expression = expression;

    internal override IReadOnlyList<string> Expressions => [expression];

    internal override void Append(Chunk chunk, int first, long firstRow)
    {
        Vector vector = chunk.Column(first);
        ReadOnlySpan<long> source = vector.Longs;
        Span<double> target = values.Next(source.Length);
        byte[] styles = new byte[source.Length];
        for (int i = 0; i < source.Length; i++)
        {
            if (vector.IsNull(i))
            {
                target[i] = double.NaN;
                continue;
            }

            target[i] = source[i] / (double)perUnit;
            if (kind == NumericKind.WholeNumber)
            {
                if (source[i] is >= 1L << 53 or <= -(1L << 53)) styles[i] = spelling.Whole(source[i], i);
            }
            else if (kind == NumericKind.Timestamp && (long)Math.Round(target[i] * 86_400_000_000.0) * (perUnit / 86_400_000_000) != source[i])
            {
                styles[i] = spelling.Text(System.Text.Encoding.ASCII.GetBytes(Exact(source[i])), i);
            }
        }

        spelling.Add(styles);
    }

    /// <summary>A point in time that a double does not hold to the digit.</summary>
    private string Exact(long units)
    {
        long perSecond = perUnit / 86_400, seconds = (long)Math.Floor((decimal)units / perSecond), rest = units - seconds * perSecond;
        string fraction = rest.ToString(perSecond == 1_000_000_000 ? "D9" : "D6", CultureInfo.InvariantCulture).TrimEnd('0');
        if (seconds is < -62_135_596_800 or > 253_402_300_799) return units.ToString(CultureInfo.InvariantCulture);
        return DateTime.UnixEpoch.AddSeconds(seconds).ToString("yyyy-MM-dd'T'HH:mm:ss", CultureInfo.InvariantCulture)
            + (fraction.Length > 0 ? $".{fraction}" : "") + (type == ColumnTypes.Instant ? "Z" : "");
    }

    internal override IReadOnlyList<Column> Finish() => [NumericColumn.Own(context.Name, values.ToArray(), kind, spelling.Build(), type)];

    private protected override ParquetReader Reading(string element, string name)
    {
        expression = expression.Replace(name, element, StringComparison.Ordinal);
        return this;
    }
}

/// <summary>A column of lists of numbers, all of one length.</summary>
internal sealed class ParquetLists(ColumnContext context, ParquetReader[] elements) : ParquetReader
{
    private int rows;

    internal override IReadOnlyList<string> Expressions { get; } = [.. elements.SelectMany(e => e.Expressions)];

    internal override void Append(Chunk chunk, int first, long firstRow)
    {
        rows += chunk.Rows;
        for (int k = 0; k < elements.Length; k++) elements[k].Append(chunk, first + k, firstRow);
    }

    internal override IReadOnlyList<Column> Finish() => elements.Length > 0
        ? [.. elements.SelectMany(e => e.Finish())]
        : [NumericColumn.Own(context.Name, [.. Enumerable.Repeat(double.NaN, rows)], NumericKind.Real)];
}
