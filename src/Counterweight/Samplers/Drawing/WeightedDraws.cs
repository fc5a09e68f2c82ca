namespace Counterweight;

/// <summary>Independent draws of rows by their weights.</summary>
internal readonly struct WeightedDraws(WeightedTable table, long epochSeed) : IBlockFiller
{
    public void Fill(long block, int skip, Span<long> destination) => table.Draw(epochSeed, block, skip, destination);
}
