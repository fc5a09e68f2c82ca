using System.Data.Common;

namespace Counterweight.LightGbm;

/// <summary>Hands the result of a database query out in chunks.</summary>
internal sealed class LightGbmReader
{
    private delegate double Cell(DbDataReader reader, int ordinal);

    private readonly DbDataReader reader;
    private readonly (int Ordinal, Cell Cell)[] features;
    private readonly (int Ordinal, Cell Cell)? label, weight;
    private long rows;

    internal LightGbmReader(DbDataReader reader, string? label, string? weight)
    {
        this.reader = reader;
        (int, Cell)[] all = [.. Enumerable.Range(0, reader.FieldCount).Select(i => (i, CellOf(reader, i)))];
        this.label = Named(label, all);
        this.weight = Named(weight, all);
        features = [.. all.Where(c => c.Item1 != this.label?.Ordinal && c.Item1 != this.weight?.Ordinal)];
        if (features.Length == 0) throw new UnusableDataException("The query has no column besides label and weight; a dataset needs at least one.");
    }

    internal IEnumerable<LightGbmChunk> Read(int rowsPerChunk)
    {
        double[] values = new double[checked(rowsPerChunk * features.Length)];
        float[] labels = label is null ? [] : new float[rowsPerChunk], weights = weight is null ? [] : new float[rowsPerChunk];
        for (bool more = true; more;)
        {
            int count = 0;
            while (count < rowsPerChunk && (more = reader.Read()))
            {
                rows++;
                int at = count * features.Length;
                foreach ((int ordinal, Cell cell) in features) values[at++] = reader.IsDBNull(ordinal) ? double.NaN : cell(reader, ordinal);
                if (label is { } y) labels[count] = Needed(y);
                if (weight is { } w) weights[count] = Needed(w);
                count++;
            }

            if (count == 0) yield break;
            yield return LightGbmChunk.FromRows(values.AsMemory(0, count * features.Length), features.Length) with
            {
                Labels = label is null ? default : labels.AsMemory(0, count),
                Weights = weight is null ? default : weights.AsMemory(0, count),
            };
        }
    }

    private float Needed((int Ordinal, Cell Cell) column) => reader.IsDBNull(column.Ordinal)
        ? throw new UnusableDataException("A label or weight is missing. Leave such rows out of the query.", row: rows, column: reader.GetName(column.Ordinal))
        : (float)column.Cell(reader, column.Ordinal);

    private (int Ordinal, Cell Cell)? Named(string? name, (int Ordinal, Cell Cell)[] all)
    {
        if (name is null) return null;
        foreach ((int Ordinal, Cell Cell) column in all)
            if (reader.GetName(column.Ordinal) == name) return column;
        string[] names = [.. all.Select(c => reader.GetName(c.Ordinal))];
        throw new ArgumentException($"The query has no column '{name}'. Its columns: {string.Join(", ", names)}.");
    }

    /// <summary>How a column is read without a box around each value.</summary>
    private static Cell CellOf(DbDataReader reader, int ordinal) => Type.GetTypeCode(reader.GetFieldType(ordinal)) switch
    {
        TypeCode.Double => (r, i) => r.GetDouble(i),
        TypeCode.Single => (r, i) => r.GetFloat(i),
        TypeCode.Decimal => (r, i) => (double)r.GetDecimal(i),
        TypeCode.Boolean => (r, i) => r.GetBoolean(i) ? 1 : 0,
        TypeCode.SByte => (r, i) => r.GetFieldValue<sbyte>(i),
        TypeCode.Byte => (r, i) => r.GetByte(i),
        TypeCode.Int16 => (r, i) => r.GetInt16(i),
        TypeCode.UInt16 => (r, i) => r.GetFieldValue<ushort>(i),
        TypeCode.Int32 => (r, i) => r.GetInt32(i),
        TypeCode.UInt32 => (r, i) => r.GetFieldValue<uint>(i),
        TypeCode.Int64 => (r, i) => r.GetInt64(i),
        TypeCode.UInt64 => (r, i) => r.GetFieldValue<ulong>(i),
        _ => throw new UnusableDataException(
            $"The column is of type {reader.GetDataTypeName(ordinal)}, and LightGBM takes numbers. Make it one in the query: CAST(... AS DOUBLE), or a "
            + $"whole number from 0 for each category.", column: reader.GetName(ordinal)),
    };
}
