using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Counterweight;

/// <summary>What all kernels share: the shape of panels and tiles, and the choice that the processor makes.</summary>
internal static unsafe class NeighbourKernels
{
    /// <summary>The number of rows in a panel.</summary>
    internal const int Panel = 32;

    /// <summary>The number of rows in a tile of <see cref="Squares"/>.</summary>
    internal const int Tile = 8;

    /// <summary>The number of queries in a tile of the search on this processor. Elsewhere a tile has <see cref="Tile"/> rows.</summary>
    internal static int Queries => Vector512.IsHardwareAccelerated ? Vectors512.Queries : Vectors256.Queries;

    /// <summary>Squared distances, by differences: nothing is lost where two rows are close to each other and far from the origin.</summary>
    /// <param name="panel">(D + C) x 32 values, without start values; the last C columns are codes.</param>
    /// <param name="tile">(D + C) x 8 values.</param>
    /// <param name="columns">D.</param>
    /// <param name="categories">C.</param>
    /// <param name="mismatch">What two unequal codes add.</param>
    /// <param name="squares">Receives for each query the 32 squared distances.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static void Squares(float* panel, float* tile, int columns, int categories, float mismatch, float* squares)
    {
        if (Vector512.IsHardwareAccelerated) Vectors512.Squares(panel, tile, columns, categories, mismatch, squares);
        else Vectors256.Squares(panel, tile, columns, categories, mismatch, squares);
    }
}
