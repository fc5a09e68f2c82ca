using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Counterweight;

/// <summary>A result of a size that the caller does not know beforehand: arrays by number.</summary>
internal sealed unsafe class Result
{
    /// <summary>The parts; the numbers are those of <c>counterweight.h</c>.</summary>
    internal const int Text = 0, Rows = 1, Labels = 2, Sources = 3, Bases = 4, Partners = 5, Targets = 6, Targeted = 7, Values = 8, Counts = 9;

    private const long Block = 1 << 20;

    private readonly Dictionary<int, (Array Values, int Size)> parts = [];

    /// <summary>Adds a part.</summary>
    internal Result With<T>(int part, T[] values) where T : unmanaged
    {
        parts[part] = (values, sizeof(T));
        return this;
    }

    /// <summary>How many elements a part has.</summary>
    internal long Size(int part) => Part(part).Values.LongLength;

    /// <summary>Copies a part into memory of the caller.</summary>
    internal void Copy(int part, byte* destination, long bytes)
    {
        (Array values, int size) = Part(part);
        long needed = values.LongLength * size;
        if (bytes != needed) throw new ArgumentException($"Part {part} has {needed} bytes and the destination {bytes}; ask for its size first.");
        if (needed == 0) return;
        if (destination == null) throw new ArgumentException("destination is null.");
        fixed (byte* source = &MemoryMarshal.GetArrayDataReference(values))
        {
            byte* from = source;
            if (needed <= Block)
            {
                Buffer.MemoryCopy(from, destination, needed, needed);
                return;
            }

            Parallel.For(0, (needed + Block - 1) / Block, Counterweight.Threads.Options(Call.Threads), b =>
            {
                long at = b * Block, some = Math.Min(Block, needed - at);
                Buffer.MemoryCopy(from + at, destination + at, some, some);
            });
        }
    }

    private (Array Values, int Size) Part(int part) =>
        parts.TryGetValue(part, out var found) ? found : throw new ArgumentException($"The result has no part {part}; it has {string.Join(", ", parts.Keys)}.");
}
