using Microsoft.ML.Data;

namespace Counterweight.ML;

/// <summary>Which row of a view a cursor is at when it goes over them in another order, by the identities that ML.NET keeps for rows.</summary>
/// <remarks>Most views number their rows, and then nothing is kept; for others a table of identities is. Where two rows have one identity there is no
/// telling, and such a view is only read in order.</remarks>
internal sealed class RowIdentities(bool wanted)
{
    private Dictionary<DataViewRowId, int>? table;
    private int rows;

    /// <summary>Whether rows can be told by their identities.</summary>
    internal bool AreUnique { get; private set; } = wanted;

    internal void Add(in DataViewRowId id)
    {
        int row = rows++;
        if (!AreUnique || (table is null && id.High == 0 && id.Low == (ulong)row)) return;
        if (table is null)
        {
            table = [];
            for (int i = 0; i < row; i++) table.Add(new DataViewRowId((ulong)i, 0), i);
        }

        if (table.TryAdd(id, row)) return;
        (AreUnique, table) = (false, null);
    }

    /// <summary>The row of an identity, -1 for one that was not there.</summary>
    internal int RowOf(in DataViewRowId id) => table is null ? (id.High == 0 && id.Low < (ulong)rows ? (int)id.Low : -1) : table.GetValueOrDefault(id, -1);
}
