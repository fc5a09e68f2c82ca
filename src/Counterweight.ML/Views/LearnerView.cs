using Counterweight.Comparison;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace Counterweight.ML;

/// <summary>Prepared features as a data view, with a label and a weight per row; it notices whether the weights were asked for.</summary>
internal sealed class LearnerView : IDataView
{
    private readonly float[] features;
    private readonly int width, rows, featureColumn, labelColumn;
    private readonly int[] labels;
    private readonly float[] weights;
    private readonly bool keys;

    /// <summary>Makes the view.</summary>
    /// <param name="table">The features.</param>
    /// <param name="labels">The class of each row; empty where none is known.</param>
    /// <param name="weights">What each row weighs; empty for ones.</param>
    /// <param name="names">The names of the columns of features, label and weight.</param>
    /// <param name="classes">The names of the K classes.</param>
    /// <param name="keys">Whether labels are keys; else they are Boolean.</param>
    internal LearnerView(
        FeatureTable table, ReadOnlyMemory<int> labels, float[] weights, (string Features, string Label, string Weight) names, IReadOnlyList<string> classes,
        bool keys)
    {
        (features, width, rows, this.labels, this.weights, this.keys) = (table.ToDense(), table.DenseWidth, table.Rows, labels.ToArray(), weights, keys);
        var builder = new DataViewSchema.Builder();
        builder.AddColumn(names.Features, new VectorDataViewType(NumberDataViewType.Single, width));
        if (keys)
        {
            var annotations = new DataViewSchema.Annotations.Builder();
            annotations.Add("KeyValues", new VectorDataViewType(TextDataViewType.Instance, classes.Count), (ref VBuffer<ReadOnlyMemory<char>> value) =>
                value = new VBuffer<ReadOnlyMemory<char>>(classes.Count, [.. classes.Select(c => c.AsMemory())]));
            builder.AddColumn(names.Label, new KeyDataViewType(typeof(uint), classes.Count), annotations.ToAnnotations());
        }
        else builder.AddColumn(names.Label, BooleanDataViewType.Instance);
        builder.AddColumn(names.Weight, NumberDataViewType.Single);
        Schema = builder.ToSchema();
        (featureColumn, labelColumn) = (Schema[names.Features].Index, Schema[names.Label].Index);
    }

    /// <summary>Whether a cursor was made that reads the weights.</summary>
    internal bool WeightsWereRead { get; private set; }

    public bool CanShuffle => true;

    public DataViewSchema Schema { get; }

    public long? GetRowCount() => rows;

    public DataViewRowCursor GetRowCursor(IEnumerable<DataViewSchema.Column> columnsNeeded, Random? rand = null)
    {
        var active = columnsNeeded.Select(c => c.Index).ToHashSet();
        if (active.Any(c => c != featureColumn && c != labelColumn)) WeightsWereRead = true;
        int[]? order = null;
        if (rand is not null)
        {
            order = [.. Enumerable.Range(0, rows)];
            rand.Shuffle(order);
        }

        return new Cursor(this, active, order);
    }

    public DataViewRowCursor[] GetRowCursorSet(IEnumerable<DataViewSchema.Column> columnsNeeded, int n, Random? rand = null) =>
        [GetRowCursor(columnsNeeded, rand)];

    private sealed class Cursor(LearnerView view, HashSet<int> active, int[]? order) : DataViewRowCursor
    {
        private int position = -1, row;

        public override long Position => position;

        public override long Batch => 0;

        public override DataViewSchema Schema => view.Schema;

        public override bool IsColumnActive(DataViewSchema.Column column) => active.Contains(column.Index);

        public override ValueGetter<DataViewRowId> GetIdGetter() => (ref DataViewRowId id) => id = new DataViewRowId((ulong)row, 0);

        public override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column)
        {
            if (!active.Contains(column.Index)) throw new ArgumentException($"The column '{column.Name}' is not active in this cursor.", nameof(column));
            return Getter(column.Index) as ValueGetter<TValue>
                ?? throw new ArgumentException($"The column '{column.Name}' is of type {column.Type}, not {typeof(TValue)}.", nameof(column));
        }

        public override bool MoveNext()
        {
            if (++position >= view.rows)
            {
                position = -1;
                return false;
            }

            row = order is null ? position : order[position];
            return true;
        }

        private Delegate Getter(int column)
        {
            if (column == view.featureColumn)
                return (ValueGetter<VBuffer<float>>)((ref VBuffer<float> value) =>
                {
                    VBufferEditor<float> editor = VBufferEditor.Create(ref value, view.width);
                    view.features.AsSpan(row * view.width, view.width).CopyTo(editor.Values);
                    value = editor.Commit();
                });
            if (column != view.labelColumn) return (ValueGetter<float>)((ref float value) => value = view.weights.Length == 0 ? 1 : view.weights[row]);
            if (view.keys) return (ValueGetter<uint>)((ref uint value) => value = view.labels.Length == 0 ? 0u : (uint)view.labels[row] + 1);
            return (ValueGetter<bool>)((ref bool value) => value = view.labels.Length > 0 && view.labels[row] == 1);
        }
    }
}
