using Microsoft.ML;
using Microsoft.ML.Data;

namespace Counterweight.ML;

/// <summary>Some rows of another view, read from it as it is read: no value is copied, and the parts of one split share one number per row.</summary>
internal sealed class PartView : IDataView
{
    private readonly IDataView source;
    private readonly int[] partOfRow;
    private readonly int part;
    private readonly bool without;
    private readonly RowIdentities identities;
    private readonly int rows;

    /// <summary>Makes a view of a part, or of all but a part.</summary>
    /// <param name="source">The view that the rows are in.</param>
    /// <param name="partOfRow">The part of each row of it.</param>
    /// <param name="part">The part.</param>
    /// <param name="without">Whether it is left out rather than kept.</param>
    /// <param name="identities">What tells the rows apart in another order.</param>
    internal PartView(IDataView source, int[] partOfRow, int part, bool without, RowIdentities identities)
    {
        (this.source, this.partOfRow, this.part, this.without, this.identities) = (source, partOfRow, part, without, identities);
        foreach (int own in partOfRow)
            if (own == part != without) rows++;
    }

    public bool CanShuffle => source.CanShuffle && identities.AreUnique;

    public DataViewSchema Schema => source.Schema;

    public long? GetRowCount() => rows;

    public DataViewRowCursor GetRowCursor(IEnumerable<DataViewSchema.Column> columnsNeeded, Random? rand = null) =>
        new Cursor(this, source.GetRowCursor(columnsNeeded, CanShuffle ? rand : null), CanShuffle && rand is not null);

    public DataViewRowCursor[] GetRowCursorSet(IEnumerable<DataViewSchema.Column> columnsNeeded, int n, Random? rand = null) =>
        [GetRowCursor(columnsNeeded, rand)];

    private sealed class Cursor(PartView view, DataViewRowCursor rows, bool shuffled) : DataViewRowCursor
    {
        private readonly ValueGetter<DataViewRowId>? getId = shuffled ? rows.GetIdGetter() : null;
        private long position = -1;
        private int next;

        public override long Position => position;

        public override long Batch => rows.Batch;

        public override DataViewSchema Schema => rows.Schema;

        public override bool IsColumnActive(DataViewSchema.Column column) => rows.IsColumnActive(column);

        public override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column) => rows.GetGetter<TValue>(column);

        public override ValueGetter<DataViewRowId> GetIdGetter() => rows.GetIdGetter();

        public override bool MoveNext()
        {
            while (rows.MoveNext())
            {
                int row = next++;
                if (getId is not null)
                {
                    DataViewRowId id = default;
                    getId(ref id);
                    row = view.identities.RowOf(id);
                }

                if ((uint)row >= (uint)view.partOfRow.Length)
                    throw new UnusableDataException("The data view has other rows than when it was split: it does not give the same rows each time it is read. "
                        + "Keep them in memory (Cache) before the split.", row: next);
                if (view.partOfRow[row] == view.part == view.without) continue;
                position++;
                return true;
            }

            position = -1;
            return false;
        }

        protected override void Dispose(bool disposing)
        {
            if (disposing) rows.Dispose();
            base.Dispose(disposing);
        }
    }
}
