using Microsoft.ML;
using Microsoft.ML.Data;

namespace Counterweight.ML.Tests;

/// <summary>Rows of tests.</summary>
internal sealed class Item
{
    public bool Label { get; set; }

    public string Kind { get; set; } = "";

    public int Number { get; set; }

    public string Customer { get; set; } = "";

    [VectorType(3)]
    public float[] Features { get; set; } = [];

    public float Own { get; set; } = 1;

    public int Index { get; set; }
}

/// <summary>The numbers of <see cref="Item"/> in every type that ML.NET has for them.</summary>
internal sealed class Numbers
{
    public sbyte A { get; set; }

    public byte B { get; set; }

    public short C { get; set; }

    public ushort D { get; set; }

    public int E { get; set; }

    public uint F { get; set; }

    public long G { get; set; }

    public ulong H { get; set; }

    public float I { get; set; }

    public double J { get; set; }

    internal static IDataView View(Item[] items) => Tables.Context.Data.LoadFromEnumerable(items.Select(i => i.Number).Select(n => new Numbers
    {
        A = (sbyte)n,
        B = (byte)n,
        C = (short)n,
        D = (ushort)n,
        E = n,
        F = (uint)n,
        G = n,
        H = (ulong)n,
        I = n,
        J = n,
    }).ToArray());
}

internal static class Tables
{
    internal static readonly MLContext Context = new(seed: 1);

    /// <summary>Rows of three unequal kinds (a to c), which lie apart a little; Label says whether the kind is c.</summary>
    internal static Item[] Items(int rows, int seed = 1)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, rows).Select(i =>
        {
            int kind = i % 10 == 9 ? 2 : i % 4 == 3 ? 1 : 0;
            return new Item
            {
                Index = i,
                Kind = "abc"[kind].ToString(),
                Label = kind == 2,
                Number = kind * 10,
                Customer = $"customer {i / 3}",
                Own = 0.5f + (i % 3),
                Features = [(float)(kind + (2 * random.NextDouble())), (float)((100 * kind) + (300 * random.NextDouble())), (float)random.NextDouble()],
            };
        })];
    }

    internal static IDataView View(params Item[] items) => Context.Data.LoadFromEnumerable(items);

    internal static int[] Indices(IDataView view) => [.. view.GetColumn<int>("Index")];
}

/// <summary>A view that counts what is read of it.</summary>
internal sealed class CountingView(IDataView inner) : IDataView
{
    internal int Cursors { get; private set; }

    internal int Values { get; private set; }

    public bool CanShuffle => inner.CanShuffle;

    public DataViewSchema Schema => inner.Schema;

    public long? GetRowCount() => inner.GetRowCount();

    public DataViewRowCursor GetRowCursor(IEnumerable<DataViewSchema.Column> columnsNeeded, Random? rand = null)
    {
        Cursors++;
        return new Cursor(this, inner.GetRowCursor(columnsNeeded, rand));
    }

    public DataViewRowCursor[] GetRowCursorSet(IEnumerable<DataViewSchema.Column> columnsNeeded, int n, Random? rand = null) =>
        [GetRowCursor(columnsNeeded, rand)];

    private sealed class Cursor(CountingView view, DataViewRowCursor rows) : DataViewRowCursor
    {
        public override long Position => rows.Position;

        public override long Batch => rows.Batch;

        public override DataViewSchema Schema => rows.Schema;

        public override bool IsColumnActive(DataViewSchema.Column column) => rows.IsColumnActive(column);

        public override ValueGetter<DataViewRowId> GetIdGetter() => rows.GetIdGetter();

        public override bool MoveNext() => rows.MoveNext();

        public override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column)
        {
            ValueGetter<TValue> get = rows.GetGetter<TValue>(column);
            return (ref TValue value) =>
            {
                view.Values++;
                get(ref value);
            };
        }

        protected override void Dispose(bool disposing)
        {
            if (disposing) rows.Dispose();
            base.Dispose(disposing);
        }
    }
}
