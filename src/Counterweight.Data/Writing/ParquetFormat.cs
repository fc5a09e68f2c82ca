using System.Globalization;
using System.Numerics;
using DuckDB.NET.Data;

namespace Counterweight.Data;

/// <summary>Parquet through DuckDB: rows are collected in a table, which spills to disk, and copied out at the end in the types of their file.</summary>
internal sealed class ParquetFormat : RowFormat
{
    private readonly DuckSession session;
    private readonly string path, spill;
    private readonly string[] types, staged;
    private readonly IReadOnlyList<ColumnSchema> schema;
    private long written;

    internal ParquetFormat(string path, IReadOnlyList<ColumnSchema> schema)
    {
        (this.path, this.schema) = (path, schema);
        types = [.. schema.Select(TypeOf)];
        staged = [.. types.Select((type, c) => Staged(type, schema[c]))];
        spill = Path.Combine(Path.GetTempPath(), $"counterweight-{Guid.NewGuid():N}");
        session = new DuckSession(0, spill);
        session.MakeRoom(schema.Count * 2);
        session.Execute("SET TimeZone='UTC'");
        session.Execute($"CREATE TABLE rows ({string.Join(", ", staged.Select((type, c) => $"c{c} {type}"))})");
    }

    internal override void Write(IReadOnlyList<Column> columns)
    {
        using DuckDBAppender appender = session.Connection.CreateAppender("rows");
        for (int row = 0; row < columns[0].Rows; row++)
        {
            IDuckDBAppenderRow line = appender.CreateRow();
            for (int c = 0; c < columns.Count; c++) Append(line, c, columns[c], row);
            line.EndRow();
        }

        appender.Close();
        written += columns[0].Rows;
    }

    internal override void Finish()
    {
        IEnumerable<string> select = schema.Select((column, c) =>
            $"{(staged[c] == types[c] ? $"c{c}" : $"CAST(c{c} AS {types[c]})")} AS {Sql.Name(column.Name)}");
        try
        {
            session.Execute($"COPY (SELECT {string.Join(", ", select)} FROM rows) TO {Sql.Text(path)} (FORMAT parquet, USE_TMP_FILE false)");
        }
        catch (DuckDBException problem)
        {
            throw new IOException($"{path} cannot be written: {problem.Message.Split('\n')[0]}", problem);
        }
    }

    public override void Dispose()
    {
        session.Dispose();
        if (Directory.Exists(spill)) Directory.Delete(spill, recursive: true);
    }

    /// <summary>The type in the file.</summary>
    private static string TypeOf(ColumnSchema column)
    {
        string? type = column.StoredType;
        if (type is ColumnTypes.Huge or "UHUGEINT") return "DECIMAL(38,0)"; // DuckDB would write these as DOUBLE
        if (type == ColumnTypes.Number && column.IsText) return ColumnTypes.Text;
        if (type == ColumnTypes.Number) return column.Levels.All(l => long.TryParse(l, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out _))
            ? "BIGINT" : "DOUBLE";
        if (type is not null) return type.StartsWith("ENUM", StringComparison.Ordinal) || type is "NULL" or "\"NULL\"" ? ColumnTypes.Text : type;
        return column.Kind switch
        {
            null => ColumnTypes.Text,
            NumericKind.WholeNumber => "BIGINT",
            NumericKind.Date => "DATE",
            NumericKind.Timestamp => "TIMESTAMP",
            _ => "DOUBLE",
        };
    }

    /// <summary>The type in which rows are collected.</summary>
    private static string Staged(string type, ColumnSchema column) => column.Kind switch
    {
        null => ColumnTypes.Text,
        _ when type is ColumnTypes.Text or ColumnTypes.Unsigned or ColumnTypes.Nanoseconds || ColumnTypes.IsDecimal(type) => ColumnTypes.Text,
        NumericKind.WholeNumber => "BIGINT",
        NumericKind.Date => "DATE",
        NumericKind.Timestamp => "TIMESTAMP",
        _ => "DOUBLE",
    };

    private void Append(IDuckDBAppenderRow line, int c, Column column, int row)
    {
        if (column.IsMissing(row))
        {
            if (column is not NumericColumn && types[c] == ColumnTypes.Text && column.Spelt(row) is "") line.AppendValue("");
            else line.AppendNullValue();
            return;
        }

        if (column is not NumericColumn numeric)
        {
            line.AppendValue(column.Text(row));
            return;
        }

        if (numeric.Kind == NumericKind.Timestamp) CheckTime(c, numeric, row);
        CheckDigits(c, numeric, row);
        if (staged[c] == ColumnTypes.Text)
        {
            line.AppendValue(column.Text(row));
            return;
        }

        double value = numeric.Values[row];
        switch (numeric.Kind)
        {
            case NumericKind.WholeNumber:
                line.AppendValue(numeric.Whole(row) ?? throw new ArgumentException(
                    string.Create(CultureInfo.InvariantCulture, $"Column '{column.Name}' is of whole numbers, but row {row + 1} is {value}.")));
                break;
            case NumericKind.Date:
                line.AppendValue((DateOnly?)new DateOnly(1970, 1, 1).AddDays((int)Math.Floor(value)));
                break;
            case NumericKind.Timestamp:
                line.AppendValue((DateTime?)DateTime.UnixEpoch.AddTicks((long)Math.Round(value * 86_400_000_000.0) * TimeSpan.TicksPerMicrosecond));
                break;
            default:
                line.AppendValue((double?)value);
                break;
        }
    }

    /// <summary>Refuses an offset, which Parquet has no place for, and digits beyond its microseconds.</summary>
    private void CheckTime(int c, NumericColumn column, int row)
    {
        bool zulu = column.Spelling is { } spelling && spelling[row] is > 0 and < Spelling.Table && (spelling[row] & TimeText.Zulu) != 0;
        string? own = column.Spelt(row);
        if (zulu && types[c] != ColumnTypes.Instant)
            throw Lost(column, row, "some times of the column end with Z and others do not, and a Parquet column has one kind of time");
        if (own is null || types[c] == ColumnTypes.Nanoseconds) return;
        CellText.TryDate(System.Text.Encoding.UTF8.GetBytes(own), out _, out _, out TimeZoneText zone);
        if (zone == TimeZoneText.Offset) throw Lost(column, row, "Parquet has no place for the offset of a time");
        int point = own.IndexOf('.', StringComparison.Ordinal);
        if (point > 0 && own.AsSpan(point + 1).TrimEnd("Z0").Length > 6) throw Lost(column, row, "the time has more digits than microseconds");
    }

    /// <summary>Refuses a number that the type of its column does not hold to the digit.</summary>
    private void CheckDigits(int c, NumericColumn column, int row)
    {
        if (column.Kind is not (NumericKind.Real or NumericKind.WholeNumber) || types[c] is ColumnTypes.Text or "BIGINT") return;
        bool large = Math.Abs(column.Values[row]) >= 1L << 53;
        if ((!large && !(column.Spelt(row)?.Length > Digits.OfDouble)) || Digits.Of(column.Text(row)) is not { } digits) return;
        if (types[c] == ColumnTypes.Unsigned ? !digits.IsUnsigned
            : ColumnTypes.IsDecimal(types[c]) && digits.Whole + ColumnTypes.Scale(types[c]) > Digits.OfDecimal)
            throw Lost(column, row, $"the column would need more than the {Digits.OfDecimal} digits that a number has there");
        if (types[c] != "DOUBLE" || digits.Is(column.Values[row])) return;
        if (digits.Exponent >= 0 && column.Spelling is not null && BigInteger.TryParse(column.Text(row), out _))
            throw Lost(column, row, "the column has fractions too, so Parquet would keep it as DOUBLE, which has no such number");
        if (digits.Significant > Digits.OfDouble)
            throw Lost(column, row, "it has more digits than a DOUBLE, and the numbers of the column more than the 38 of a DECIMAL");
    }

    private UnusableDataException Lost(NumericColumn column, int row, string why) => new(
        $"'{column.Text(row)}' cannot be kept in Parquet: {why}. Write CSV or JSON lines.", null, written + row + 1, column.Name);
}
