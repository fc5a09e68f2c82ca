using System.Numerics;

namespace Counterweight;

/// <summary>How the new rows of one class are made. Any block of them can be made on its own, by any thread.</summary>
/// <param name="c">The class.</param>
/// <param name="count">How many rows are made.</param>
internal abstract class OverPlan<T>(int c, int count) where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>How many rows share a stream of random numbers; part of what a seed means.</summary>
    internal const int Block = 1024;

    /// <summary>The class of the new rows.</summary>
    internal int Class { get; } = c;

    /// <summary>How many rows are made.</summary>
    internal int Count { get; } = count;

    /// <summary>Whether the new rows are copies of their base rows.</summary>
    internal virtual bool Copies => false;

    /// <summary>Makes a block of rows.</summary>
    /// <param name="start">The number of its first row among the new rows of the class.</param>
    /// <param name="target">Takes the values, row by row.</param>
    /// <param name="bases">Takes the input row that each new row was made from first.</param>
    /// <param name="seconds">Takes the second input row that each new row lies between; it holds -1 before, which stays where there is none.</param>
    /// <param name="random">The random numbers of the block.</param>
    internal abstract void Fill(int start, Span<T> target, Span<long> bases, Span<long> seconds, ref SeededRandom random);

    /// <summary>The random numbers of a block.</summary>
    internal static SeededRandom Stream(long seed, int c, int block) => new(seed, ((long)(c + 1) << 32) + block);
}
