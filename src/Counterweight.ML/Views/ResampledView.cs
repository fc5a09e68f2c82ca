using System.Reflection;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace Counterweight.ML;

/// <summary>
/// The rows of another view, each as often as a resampler took it, with the rows that it made spread evenly among them, so that a trainer that goes by the
/// order does not meet all of them at the end.
/// </summary>
internal sealed class ResampledView : IDataView
{
    private readonly IDataView source;
    private readonly int[] copies;
    private readonly MadeRows made;
    private readonly long rows;

    /// <summary>Makes the view.</summary>
    /// <param name="source">The view that was resampled.</param>
    /// <param name="copies">How often each of its rows is taken.</param>
    /// <param name="made">The rows that were made.</param>
    internal ResampledView(IDataView source, int[] copies, MadeRows made)
    {
        (this.source, this.copies, this.made) = (source, copies, made);
        foreach (int own in copies) rows += own;
        rows += made.Count;
    }

    public bool CanShuffle => false;

    public DataViewSchema Schema => source.Schema;

    public long? GetRowCount() => rows;

    public DataViewRowCursor GetRowCursor(IEnumerable<DataViewSchema.Column> columnsNeeded, Random? rand = null) =>
        new Cursor(this, source.GetRowCursor(columnsNeeded));

    public DataViewRowCursor[] GetRowCursorSet(IEnumerable<DataViewSchema.Column> columnsNeeded, int n, Random? rand = null) =>
        [GetRowCursor(columnsNeeded)];

    private sealed class Cursor(ResampledView view, DataViewRowCursor rows) : DataViewRowCursor
    {
        private long position = -1;

        /// <summary>Rows of the source that were read, how often the current one is still to come, and the made row that is current (-1 for none).</summary>
        private int read, left, current = -1, given;

        public override long Position => position;

        public override long Batch => 0;

        public override DataViewSchema Schema => rows.Schema;

        public override bool IsColumnActive(DataViewSchema.Column column) => rows.IsColumnActive(column);

        public override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column)
        {
            ValueGetter<TValue> own = rows.GetGetter<TValue>(column), ofMade = view.made.Getter<TValue>(column, () => current);
            return (ref TValue value) =>
            {
                if (current < 0) own(ref value);
                else ofMade(ref value);
            };
        }

        public override ValueGetter<DataViewRowId> GetIdGetter() => (ref DataViewRowId id) => id = new DataViewRowId((ulong)position, 0);

        public override bool MoveNext()
        {
            if (left > 0)
            {
                left--;
                return Next(-1);
            }

            while (true)
            {
                // After r of R rows of the source, r / R of the made rows have been given.
                if (given < (long)view.made.Count * read / view.copies.Length) return Next(given++);
                if (!rows.MoveNext())
                {
                    if (read < view.copies.Length) throw Changed(read);
                    position = -1;
                    return false;
                }

                if (read == view.copies.Length) throw Changed(read);
                left = view.copies[read++];
                if (left == 0) continue;
                left--;
                return Next(-1);
            }
        }

        protected override void Dispose(bool disposing)
        {
            if (disposing) rows.Dispose();
            base.Dispose(disposing);
        }

        private bool Next(int madeRow)
        {
            current = madeRow;
            position++;
            return true;
        }

        private static UnusableDataException Changed(int row) => new(
            "The data view has other rows than when it was resampled: it does not give the same rows each time it is read. Keep them in memory (Cache) before "
            + "resampling.", row: row + 1L);
    }
}

/// <summary>Rows that a resampler made: features of their own, the label of their class, and nothing in every other column.</summary>
internal sealed class MadeRows
{
    private readonly int features, label, width;
    private readonly float[] values;
    private readonly int[] classes;
    private readonly Func<int, object> labelOf;

    /// <summary>Takes the rows.</summary>
    /// <param name="features">The index of the column of features.</param>
    /// <param name="label">The index of the column of labels.</param>
    /// <param name="values">Their features, row by row.</param>
    /// <param name="width">The number of features.</param>
    /// <param name="classes">Their classes.</param>
    /// <param name="labelOf">The label of a class.</param>
    internal MadeRows(int features, int label, float[] values, int width, int[] classes, Func<int, object> labelOf) =>
        (this.features, this.label, this.values, this.width, this.classes, this.labelOf) = (features, label, values, width, classes, labelOf);

    internal int Count => classes.Length;

    /// <summary>A getter of a column at whatever row is current.</summary>
    internal ValueGetter<TValue> Getter<TValue>(DataViewSchema.Column column, Func<int> row)
    {
        if (column.Index == label)
        {
            TValue[] labels = [.. Enumerable.Range(0, classes.Length == 0 ? 0 : classes.Max() + 1).Select(c => (TValue)labelOf(c))];
            return (ref TValue value) => value = labels[classes[row()]];
        }

        if (column.Index == features)
        {
            ValueGetter<VBuffer<float>> single = (ref VBuffer<float> value) =>
            {
                VBufferEditor<float> editor = VBufferEditor.Create(ref value, width);
                Of(row()).CopyTo(editor.Values);
                value = editor.Commit();
            };
            ValueGetter<VBuffer<double>> wide = (ref VBuffer<double> value) =>
            {
                VBufferEditor<double> editor = VBufferEditor.Create(ref value, width);
                ReadOnlySpan<float> own = Of(row());
                for (int i = 0; i < own.Length; i++) editor.Values[i] = own[i];
                value = editor.Commit();
            };
            return (ValueGetter<TValue>)(typeof(TValue) == typeof(VBuffer<float>) ? (Delegate)single : wide);
        }

        return Nothing<TValue>(column.Type);
    }

    private ReadOnlySpan<float> Of(int row) => values.AsSpan(row * width, width);

    /// <summary>What stands in a column that a made row has no value for: NaN in numbers that have it, the missing key, an empty text, else zero.</summary>
    private static ValueGetter<TValue> Nothing<TValue>(DataViewType type)
    {
        if (typeof(TValue) == typeof(float)) return (ValueGetter<TValue>)(Delegate)(ValueGetter<float>)((ref float value) => value = float.NaN);
        if (typeof(TValue) == typeof(double)) return (ValueGetter<TValue>)(Delegate)(ValueGetter<double>)((ref double value) => value = double.NaN);
        if (type is not VectorDataViewType vector) return (ref TValue value) => value = default!;
        Type item = vector.ItemType.RawType;
        return (ValueGetter<TValue>)typeof(MadeRows).GetMethod(nameof(NothingOf), BindingFlags.Static | BindingFlags.NonPublic)!
            .MakeGenericMethod(item).Invoke(null, [vector.Size])!;
    }

    /// <summary>A vector of the stated size without a value, or filled with NaN where its numbers have that.</summary>
    private static ValueGetter<VBuffer<TItem>> NothingOf<TItem>(int size)
    {
        bool single = typeof(TItem) == typeof(float), wide = typeof(TItem) == typeof(double);
        TItem missing = single ? (TItem)(object)float.NaN : wide ? (TItem)(object)double.NaN : default!;

        // The reader's own buffer is filled each time: whoever asks for the next row writes into what this one left there.
        return (ref VBuffer<TItem> value) =>
        {
            VBufferEditor<TItem> editor = VBufferEditor.Create(ref value, size, single || wide ? size : 0);
            editor.Values.Fill(missing);
            value = editor.Commit();
        };
    }
}
