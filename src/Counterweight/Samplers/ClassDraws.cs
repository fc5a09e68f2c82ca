namespace Counterweight;

/// <summary>Independent draws: a class by its probability, then one of its rows, each equally likely.</summary>
internal readonly struct ClassDraws(ClassRows rows, AliasTable classes, long epochSeed) : IBlockFiller
{
    public void Fill(long block, int skip, Span<long> destination)
    {
        var random = new SeededRandom(epochSeed, block);
        for (int i = 0; i < skip; i++) _ = (random.NextUInt64(), random.NextUInt64());
        for (int i = 0; i < destination.Length; i++)
        {
            int label = classes.Draw(random.NextUInt64());
            destination[i] = rows.Start(label) + (long)Math.BigMul(random.NextUInt64(), (ulong)rows.Count(label), out _);
        }

        // Apart from the draws, so that the processor waits for many rows at a time and not for one after another.
        ReadOnlySpan<int> all = rows.All;
        for (int i = 0; i < destination.Length; i++) destination[i] = all[(int)destination[i]];
    }
}
