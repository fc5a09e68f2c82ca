namespace Counterweight;

/// <summary>
/// One way to compare queries with panels of 32 rows: the innermost loops of the neighbour search, telling which pairs may be near enough to be looked at
/// exactly.
/// </summary>
/// <remarks>
/// <para>A panel holds 32 start values and then, column by column, 32 values. A tile holds, column by column, the values of its queries. A pair's score is
/// the start value plus the dot product (or less the sum of absolute differences); it is a candidate when the score reaches the query's threshold. Rows that
/// fill a panel up start at minus infinity. Scores are written out only where there is a candidate.</para>
/// <para>Kernels are structs with what all calls share, and the search takes its kernel as a type parameter: the compiler makes a search for each, in which
/// no call goes through a table. Adding a kernel means adding one file here and the line in <see cref="NeighbourSearch{T}"/> that chooses it.</para>
/// </remarks>
internal unsafe interface IPanelKernel
{
    /// <summary>The number of queries in a tile: what the registers hold.</summary>
    static abstract int Queries { get; }

    /// <summary>The number of values (of 32 bits) of a query.</summary>
    int Width { get; }

    /// <summary>Whether <see cref="One"/> can be called: queries that would not fill a tile are then compared one by one.</summary>
    bool TakesOne { get; }

    /// <summary>Compares a tile of queries with a panel.</summary>
    /// <param name="panel">The panel.</param>
    /// <param name="tile">The tile, <see cref="Width"/> times <see cref="Queries"/> values.</param>
    /// <param name="thresholds">A threshold for each query; eight are read.</param>
    /// <param name="masks">Receives for each query a bit per row of the panel, if there is any candidate.</param>
    /// <param name="scores">Receives for each query the 32 scores, of which those in halves of the panel without a candidate may be missing.</param>
    /// <returns>Whether there is any candidate.</returns>
    bool Tile(float* panel, float* tile, float* thresholds, uint* masks, float* scores);

    /// <summary>Compares one query of a tile with up to four panels.</summary>
    /// <param name="panel">The panels, one after the other.</param>
    /// <param name="panels">1 to 4 panels.</param>
    /// <param name="query">The query's values, <see cref="Queries"/> apart.</param>
    /// <param name="threshold">The threshold.</param>
    /// <param name="masks">Receives for each panel a bit per row.</param>
    /// <param name="scores">Receives for each panel with a candidate the 32 scores.</param>
    /// <returns>Whether there is any candidate.</returns>
    bool One(float* panel, int panels, float* query, float threshold, uint* masks, float* scores);
}
