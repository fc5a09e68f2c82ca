using System.Runtime.CompilerServices;

namespace Counterweight;

/// <summary>Independent draws of rows by their weights.</summary>
internal readonly struct WeightedDraws(WeightedTable table, long epochSeed) : IBlockFiller
{
    [SkipLocalsInit]
    public void Fill(long block, int skip, Span<long> destination)
    {
        Span<ulong> bits = stackalloc ulong[SamplerBlocks.Size], within = stackalloc ulong[SamplerBlocks.Size], scaled = stackalloc ulong[SamplerBlocks.Size];
        SamplerBlocks.RandomBits(epochSeed, block, bits, within);
        table.Scale(bits, scaled);
        table.Draw(bits[skip..], scaled[skip..], within[skip..], destination);
    }
}
