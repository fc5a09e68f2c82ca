using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Counterweight;

/// <summary>Rows in single precision in panels of 32 for <see cref="NeighbourKernels.Squares"/>: the first values of 32 rows, then their second ones,
/// ...</summary>
/// <param name="count">The number of rows.</param>
/// <param name="width">The number of columns.</param>
internal sealed unsafe class PackedRows(int count, int width)
{
    /// <summary>The number of rows.</summary>
    internal int Count { get; } = count;

    /// <summary>The number of panels; the last one is filled up with zeros.</summary>
    internal int Panels { get; } = (count + NeighbourKernels.Panel - 1) / NeighbourKernels.Panel;

    /// <summary>The number of values in a panel.</summary>
    internal int PanelSize { get; } = width * NeighbourKernels.Panel;

    /// <summary>The number of values in a tile of eight rows.</summary>
    internal int TileSize { get; } = width * NeighbourKernels.Tile;

    /// <summary>The values.</summary>
    internal float[] Values { get; } = GC.AllocateArray<float>(
        checked((count + NeighbourKernels.Panel - 1) / NeighbourKernels.Panel * NeighbourKernels.Panel * width), pinned: true);

    /// <summary>One value of a row.</summary>
    internal ref float this[int row, int column] =>
        ref Values[(row / NeighbourKernels.Panel * PanelSize) + (column * NeighbourKernels.Panel) + (row % NeighbourKernels.Panel)];

    /// <summary>What the numeric columns were multiplied by, a power of two.</summary>
    internal double Scale { get; private init; } = 1;

    /// <summary>The numeric columns of rows, moved to their mean and scaled into [-1, 1] before they are rounded, then the codes of the categorical
    /// ones.</summary>
    internal static PackedRows Of<T>(SampleMatrix<T> rows, int threads) where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var frame = Frame.Of(rows, threads);
        var packed = new PackedRows(rows.Rows, rows.Columns) { Scale = frame.Scale };
        Parallel.For(0, (packed.Panels + 31) / 32, Threads.Options(rows.Rows < 4096 ? 1 : threads), b =>
        {
            for (int panel = b * 32; panel < Math.Min((b + 1) * 32, packed.Panels); panel++)
                frame.Pack(rows, panel * NeighbourKernels.Panel, packed.Values.AsSpan(panel * packed.PanelSize, packed.PanelSize));
        });
        return packed;
    }

    /// <summary>How values become single precision.</summary>
    internal sealed class Frame(int[] numeric, int[] categorical, double[] centre, double scale)
    {
        internal double Scale => scale;

        internal double[] Centre => centre;

        internal static Frame Of<T>(SampleMatrix<T> rows, int threads) where T : unmanaged, IBinaryFloatingPointIeee754<T>
        {
            (double[] centre, double scale, _) = NeighbourTree<T>.Measure(rows, [.. rows.Numeric], threads);
            return new([.. rows.Numeric], [.. rows.Categorical], centre, scale);
        }

        /// <summary>The values of a row, if all columns are numeric.</summary>
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        internal void Round<T>(ReadOnlySpan<T> row, Span<float> target) where T : unmanaged, IBinaryFloatingPointIeee754<T>
        {
            int j = 0;
            Vector512<double> factor = Vector512.Create(scale);
            for (; j <= target.Length - 8; j += 8)
                NeighbourTree<T>.Narrow((NeighbourTree<T>.Eight(row, j) - Vector512.LoadUnsafe(ref centre[j])) * factor).StoreUnsafe(ref target[j]);
            for (; j < target.Length; j++) target[j] = (float)((NeighbourTree<T>.ToDouble(row[j]) - centre[j]) * scale);
        }

        /// <summary>Fills a panel with the rows from a first one on.</summary>
        internal void Pack<T>(SampleMatrix<T> rows, int first, Span<float> panel) where T : unmanaged, IBinaryFloatingPointIeee754<T>
        {
            for (int lane = 0; lane < Math.Min(NeighbourKernels.Panel, rows.Rows - first); lane++)
            {
                ReadOnlySpan<T> row = rows.Row(first + lane);
                int at = lane;
                for (int j = 0; j < numeric.Length; j++, at += NeighbourKernels.Panel)
                    panel[at] = (float)((NeighbourTree<T>.ToDouble(row[numeric[j]]) - centre[j]) * scale);
                foreach (int column in categorical)
                {
                    panel[at] = float.CreateTruncating(row[column]);
                    at += NeighbourKernels.Panel;
                }
            }
        }
    }

    /// <summary>All rows as tiles of eight, the last one filled up with zeros.</summary>
    internal float[] Tiles()
    {
        float[] tiles = GC.AllocateArray<float>(checked((Count + NeighbourKernels.Tile - 1) / NeighbourKernels.Tile * TileSize), pinned: true);
        for (int row = 0; row < Count; row++)
        {
            int at = (row / NeighbourKernels.Tile * TileSize) + (row % NeighbourKernels.Tile);
            for (int column = 0; column < width; column++, at += NeighbourKernels.Tile) tiles[at] = this[row, column];
        }

        return tiles;
    }
}
