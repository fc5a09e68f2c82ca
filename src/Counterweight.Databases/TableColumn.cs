using System.Data.Common;
using System.Numerics;

namespace Counterweight.Databases;

/// <summary>What a column holds, as far as it matters here.</summary>
internal enum ColumnKind
{
    Text,
    Boolean,
    Whole,
    Real,
    Moment,
    Bytes,
}

/// <summary>A column of a table or a query.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Kind">What it holds.</param>
internal sealed record TableColumn(string Name, ColumnKind Kind)
{
    internal bool IsNumber => Kind is ColumnKind.Whole or ColumnKind.Real;

    internal static TableColumn Of(DbDataReader reader, int index) =>
        new(reader.GetName(index), IsTruth(reader, index) ? ColumnKind.Boolean : KindOf(reader.GetFieldType(index)));

    /// <summary>A driver of ODBC may give truth as the texts 1 and 0.</summary>
    private static bool IsTruth(DbDataReader reader, int index)
    {
        if (reader.GetType().Namespace != "System.Data.Odbc") return false;
        string type = reader.GetDataTypeName(index);
        return type.Equals("bool", StringComparison.OrdinalIgnoreCase) || type.Equals("boolean", StringComparison.OrdinalIgnoreCase);
    }

    private static ColumnKind KindOf(Type type)
    {
        Type plain = Nullable.GetUnderlyingType(type) ?? type;
        if (plain == typeof(bool)) return ColumnKind.Boolean;
        if (plain == typeof(byte[]) || typeof(Stream).IsAssignableFrom(plain)) return ColumnKind.Bytes;
        if (plain == typeof(DateTime) || plain == typeof(DateOnly) || plain == typeof(DateTimeOffset)) return ColumnKind.Moment;
        if (plain == typeof(BigInteger)) return ColumnKind.Whole;
        return Type.GetTypeCode(plain) switch
        {
            TypeCode.SByte or TypeCode.Byte or TypeCode.Int16 or TypeCode.UInt16 or TypeCode.Int32 or TypeCode.UInt32 or TypeCode.Int64 or TypeCode.UInt64
                => ColumnKind.Whole,
            TypeCode.Single or TypeCode.Double or TypeCode.Decimal => ColumnKind.Real,
            _ => plain.Name.Contains("Decimal", StringComparison.Ordinal) ? ColumnKind.Real : ColumnKind.Text,
        };
    }
}
