using System.Globalization;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace Counterweight.ML;

/// <summary>A column of labels or groups, read row by row into codes 0..K-1.</summary>
/// <remarks>
/// Boolean columns have the classes False and True, whichever occur. Those of a key column are its keys, in their order, whichever occur, so that codes are
/// the slots of ML.NET's score vectors. Texts and numbers are in the order of <see cref="LabelOrder"/>.
/// </remarks>
internal abstract class CodeColumn
{
    private readonly List<int> found = [];

    private protected CodeColumn(DataViewSchema.Column column) => Column = column;

    internal DataViewSchema.Column Column { get; }

    /// <summary>The rows read so far.</summary>
    internal int Rows => found.Count;

    /// <summary>Makes a reader for the type of a column.</summary>
    /// <param name="column">The column.</param>
    /// <param name="most">The most different values.</param>
    /// <exception cref="UnusableDataException">Columns of the type have no classes.</exception>
    internal static CodeColumn Of(DataViewSchema.Column column, int most = int.MaxValue)
    {
        Type raw = column.Type.RawType;
        if (column.Type is KeyDataViewType key)
        {
            if (key.Count > int.MaxValue / 2) throw ViewColumns.Unfit(column, "a key of fewer values");
            int count = (int)key.Count;
            return raw == typeof(uint) ? new KeyCodes<uint>(column, count, k => k, k => (uint)k)
                : raw == typeof(byte) ? new KeyCodes<byte>(column, count, k => k, k => (byte)k)
                : raw == typeof(ushort) ? new KeyCodes<ushort>(column, count, k => k, k => (ushort)k)
                : new KeyCodes<ulong>(column, count, k => checked((long)k), k => (ulong)k);
        }

        return column.Type switch
        {
            BooleanDataViewType => new BooleanCodes(column),
            TextDataViewType => new TextCodes(column, most),
            NumberDataViewType when raw == typeof(float) => new NumberCodes<float>(column, most),
            NumberDataViewType when raw == typeof(double) => new NumberCodes<double>(column, most),
            NumberDataViewType when raw == typeof(int) => new NumberCodes<int>(column, most),
            NumberDataViewType when raw == typeof(uint) => new NumberCodes<uint>(column, most),
            NumberDataViewType when raw == typeof(long) => new NumberCodes<long>(column, most),
            NumberDataViewType when raw == typeof(ulong) => new NumberCodes<ulong>(column, most),
            NumberDataViewType when raw == typeof(short) => new NumberCodes<short>(column, most),
            NumberDataViewType when raw == typeof(ushort) => new NumberCodes<ushort>(column, most),
            NumberDataViewType when raw == typeof(byte) => new NumberCodes<byte>(column, most),
            NumberDataViewType when raw == typeof(sbyte) => new NumberCodes<sbyte>(column, most),
            _ => throw ViewColumns.Unfit(column, "a Boolean, a key, a text or a number"),
        };
    }

    /// <summary>Gives the reader of the current row.</summary>
    internal abstract Action Reader(DataViewRow cursor);

    /// <summary>The codes of all rows, once they are read.</summary>
    internal abstract (int[] Codes, string[] Names) Finish();

    /// <summary>A getter that gives the value of a code, for rows that are made; the raw type is that of the column.</summary>
    internal abstract Func<int, object> ValueOf();

    private protected void Add(int code) => found.Add(code);

    private protected int[] Found => [.. found];

    private protected UnusableDataException MissingValue() =>
        new("The value is missing. Give the row one, or filter it out (FilterRowsByMissingValues).", row: found.Count + 1L, column: Column.Name);

    private UnusableDataException TooMany(int most) => new(
        $"There are more than {most} different values, so that this looks like a quantity and not like classes. Name another column, or make classes of it "
        + "first.", row: found.Count + 1L, column: Column.Name);

    private sealed class BooleanCodes(DataViewSchema.Column column) : CodeColumn(column)
    {
        internal override Action Reader(DataViewRow cursor)
        {
            ValueGetter<bool> get = cursor.GetGetter<bool>(Column);
            bool value = false;
            return () =>
            {
                get(ref value);
                Add(value ? 1 : 0);
            };
        }

        internal override (int[] Codes, string[] Names) Finish() => (Found, [bool.FalseString, bool.TrueString]);

        internal override Func<int, object> ValueOf() => code => code == 1;
    }

    private sealed class KeyCodes<T>(DataViewSchema.Column column, int count, Func<T, long> number, Func<int, T> key) : CodeColumn(column)
        where T : unmanaged
    {
        internal override Action Reader(DataViewRow cursor)
        {
            ValueGetter<T> get = cursor.GetGetter<T>(Column);
            T value = default;
            return () =>
            {
                get(ref value);
                long n = number(value);
                if (n == 0 || n > count) throw MissingValue();
                Add((int)(n - 1));
            };
        }

        internal override (int[] Codes, string[] Names) Finish()
        {
            string[] names = [.. Enumerable.Range(0, count).Select(c => c.ToString(CultureInfo.InvariantCulture))];
            if (Column.HasKeyValues() && Column.Annotations.Schema.GetColumnOrNull("KeyValues") is { Type: VectorDataViewType { ItemType: TextDataViewType } })
            {
                VBuffer<ReadOnlyMemory<char>> keys = default;
                Column.GetKeyValues(ref keys);
                string[] texts = [.. keys.DenseValues().Select(k => k.ToString())];
                if (texts.Length == count && texts.Distinct(StringComparer.Ordinal).Count() == count) names = texts;
            }

            return (Found, names);
        }

        internal override Func<int, object> ValueOf() => code => key(code + 1);
    }

    private sealed class TextCodes(DataViewSchema.Column column, int most) : CodeColumn(column)
    {
        private readonly Dictionary<string, int> known = new(StringComparer.Ordinal);
        private string[] sorted = [];

        internal override Action Reader(DataViewRow cursor)
        {
            ValueGetter<ReadOnlyMemory<char>> get = cursor.GetGetter<ReadOnlyMemory<char>>(Column);
            var lookup = known.GetAlternateLookup<ReadOnlySpan<char>>();
            ReadOnlyMemory<char> value = default;
            return () =>
            {
                get(ref value);
                if (value.IsEmpty) throw MissingValue();
                if (!lookup.TryGetValue(value.Span, out int code))
                {
                    if (known.Count == most) throw TooMany(most);
                    known.Add(value.ToString(), code = known.Count);
                }

                Add(code);
            };
        }

        internal override (int[] Codes, string[] Names) Finish()
        {
            sorted = LabelOrder.Sort(known.Keys);
            return (Ordered(Found, [.. sorted.Select(s => known[s])]), sorted);
        }

        internal override Func<int, object> ValueOf() => code => sorted[code].AsMemory();
    }

    private sealed class NumberCodes<T>(DataViewSchema.Column column, int most) : CodeColumn(column)
        where T : unmanaged, System.Numerics.INumber<T>
    {
        private readonly Dictionary<T, int> known = [];
        private T[] sorted = [];

        internal override Action Reader(DataViewRow cursor)
        {
            ValueGetter<T> get = cursor.GetGetter<T>(Column);
            T value = default;
            return () =>
            {
                get(ref value);
                if (T.IsNaN(value)) throw MissingValue();
                if (!known.TryGetValue(value, out int code))
                {
                    if (known.Count == most) throw TooMany(most);
                    known.Add(value, code = known.Count);
                }

                Add(code);
            };
        }

        internal override (int[] Codes, string[] Names) Finish()
        {
            sorted = [.. known.Keys.Order()];
            return (Ordered(Found, [.. sorted.Select(s => known[s])]), [.. sorted.Select(s => s.ToString(null, CultureInfo.InvariantCulture))]);
        }

        internal override Func<int, object> ValueOf() => code => sorted[code];
    }

    /// <summary>Codes by first appearance become codes by order.</summary>
    private static int[] Ordered(int[] codes, int[] order)
    {
        int[] place = new int[order.Length];
        for (int i = 0; i < order.Length; i++) place[order[i]] = i;
        for (int i = 0; i < codes.Length; i++) codes[i] = place[codes[i]];
        return codes;
    }
}
