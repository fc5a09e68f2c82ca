using System.Runtime.CompilerServices;

namespace Counterweight;

/// <summary>Independent draws: a class by its probability, then one of its rows, each equally likely.</summary>
internal readonly struct ClassDraws(ClassRows rows, AliasTable classes, long epochSeed) : IBlockFiller
{
    [SkipLocalsInit]
    public void Fill(long block, int skip, Span<long> destination)
    {
        Span<ulong> labels = stackalloc ulong[SamplerBlocks.Size], choices = stackalloc ulong[SamplerBlocks.Size];
        SamplerBlocks.RandomBits(epochSeed, block, labels, choices);
        for (int i = 0; i < destination.Length; i++)
        {
            int label = classes.Draw(labels[skip + i]);
            destination[i] = rows.Start(label) + (long)Math.BigMul(choices[skip + i], (ulong)rows.Count(label), out _);
        }

        // Apart from the draws, so that the processor waits for many rows at a time and not for one after another.
        ReadOnlySpan<int> all = rows.All;
        for (int i = 0; i < destination.Length; i++) destination[i] = all[(int)destination[i]];
    }
}
