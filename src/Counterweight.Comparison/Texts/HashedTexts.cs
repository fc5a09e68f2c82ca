using System.Runtime.CompilerServices;
using Counterweight.Data;

namespace Counterweight.Comparison;

/// <summary>
/// The n-grams of the texts of a column, counted by bucket: 4 bytes per different n-gram of a text, whatever the number of different ones in all. The hash
/// needs no training rows, so one pass over the texts serves all folds.
/// </summary>
internal sealed class HashedTexts
{
    /// <summary>The bits of an entry that count; the others are the bucket.</summary>
    internal const int CountBits = 32 - NGrams.BucketBits;

    /// <summary>An n-gram that comes more often counts as often as this.</summary>
    internal const int MostCount = (1 << CountBits) - 1;

    private const int BlockRows = 512;

    /// <summary>More n-grams of one text than this are counted in a table of all buckets, fewer are sorted.</summary>
    private const int Sorted = 1 << 14;

    private static readonly ConditionalWeakTable<TextColumn, Lazy<HashedTexts>> Known = [];

    private static readonly float[] Damped = [0, .. Enumerable.Range(1, MostCount).Select(c => (float)(1 + Math.Log(c)))];

    private readonly uint[][] entries;
    private readonly int[][] starts;

    private HashedTexts(TextColumn column)
    {
        Name = column.Name;
        int blocks = (column.Rows + BlockRows - 1) / BlockRows;
        (entries, starts, Lengths) = (new uint[blocks][], new int[blocks][], new int[column.Rows]);
        ReadOnlyMemory<string?> texts = column.Memory;
        Parallel.For(0, blocks, new ParallelOptions(), () => new Counting(), (block, _, counting) =>
        {
            int from = block * BlockRows, rows = Math.Min(BlockRows, texts.Length - from);
            int[] begins = new int[rows + 1];
            var own = new List<uint>(rows * 64);
            for (int i = 0; i < rows; i++)
            {
                if (texts.Span[from + i] is string text) Lengths[from + i] = counting.Add(text, own);
                begins[i + 1] = own.Count;
            }

            (entries[block], starts[block]) = ([.. own], begins);
            return counting;
        }, static _ => { });
    }

    /// <summary>The name of the column.</summary>
    internal string Name { get; }

    /// <summary>The characters of each text, white space left out.</summary>
    internal int[] Lengths { get; }

    /// <summary>The n-grams of a column; they are counted once for as long as the column lives.</summary>
    internal static HashedTexts Of(TextColumn column) => Known.GetValue(column, static c => new(() => new HashedTexts(c))).Value;

    /// <summary>What a count weighs, 1 + log(count): the tenth time says less than the first (Salton and Buckley, 1988).</summary>
    internal static ReadOnlySpan<float> Weights => Damped;

    /// <summary>The bucket of an entry.</summary>
    internal static int Bucket(uint entry) => (int)(entry >> CountBits);

    /// <summary>How often its n-grams come.</summary>
    internal static int Count(uint entry) => (int)(entry & MostCount);

    /// <summary>The entries of a row in the order of their buckets: words first.</summary>
    internal ReadOnlySpan<uint> Row(int row)
    {
        int block = row / BlockRows, at = row % BlockRows;
        int from = starts[block][at];
        return entries[block].AsSpan(from, starts[block][at + 1] - from);
    }

    /// <summary>Counts the n-grams of one text after the other.</summary>
    private sealed class Counting
    {
        private readonly FoldedText letters = new();
        private int[] buckets = new int[1024];
        private int[]? table;

        internal int Add(string text, List<uint> to)
        {
            var sink = new Sink(this);
            NGrams.Visit(text, letters, ref sink);
            Span<int> found = buckets.AsSpan(0, sink.Used);
            if (found.Length > Sorted) AddByTable(found, to);
            else
            {
                found.Sort();
                for (int i = 0; i < found.Length;)
                {
                    int from = i++;
                    while (i < found.Length && found[i] == found[from]) i++;
                    to.Add(Entry(found[from], i - from));
                }
            }

            if (buckets.Length > 1 << 20) buckets = new int[1024];
            return letters.Characters;
        }

        private void AddByTable(Span<int> found, List<uint> to)
        {
            table ??= new int[NGrams.Buckets];
            foreach (int bucket in found) table[bucket]++;
            for (int bucket = 0; bucket < table.Length; bucket++)
                if (table[bucket] > 0) to.Add(Entry(bucket, table[bucket]));
            Array.Clear(table);
        }

        private static uint Entry(int bucket, int count) => ((uint)bucket << CountBits) | (uint)Math.Min(count, MostCount);

        private struct Sink(Counting counting) : INGramSink
        {
            internal int Used { get; private set; }

            public void Characters(int bucket, int from, int to) => Add(bucket);

            public void Words(int bucket, int from, int to, int second, int end) => Add(bucket);

            [MethodImpl(MethodImplOptions.AggressiveInlining)]
            private void Add(int bucket)
            {
                int[] room = counting.buckets;
                if (Used == room.Length) counting.buckets = room = Grown(room);
                room[Used++] = bucket;
            }

            private static int[] Grown(int[] room)
            {
                Array.Resize(ref room, checked(room.Length * 2));
                return room;
            }
        }
    }
}
