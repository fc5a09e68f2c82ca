using System.Runtime.CompilerServices;

namespace Counterweight;

/// <summary>Independent draws of rows by their weights.</summary>
internal readonly struct WeightedDraws(WeightedTable table, long epochSeed) : IBlockFiller
{
    [SkipLocalsInit]
    public void Fill(long block, int skip, Span<long> destination)
    {
        Span<ulong> blocks = stackalloc ulong[SamplerBlocks.Size], choices = stackalloc ulong[SamplerBlocks.Size];
        SamplerBlocks.RandomBits(epochSeed, block, blocks, choices);
        table.Draw(blocks.Slice(skip, destination.Length), choices.Slice(skip, destination.Length), destination);
    }
}
