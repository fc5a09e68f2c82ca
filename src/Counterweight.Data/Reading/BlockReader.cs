using System.Text.Unicode;

namespace Counterweight.Data;

/// <summary>Cuts a stream into blocks of whole rows.</summary>
internal abstract class BlockReader(SourceFile file, Stream stream)
{
    /// <summary>The longest row; a longer one is an open quote or no row.</summary>
    private const int LongestRow = 1 << 28;

    private byte[] carried = [];
    private bool ended;

    private protected SourceFile File { get; } = file;

    /// <summary>The number of rows of the blocks before the present one.</summary>
    private protected long RowsBefore { get; private set; }

    /// <summary>Fills a block with the next rows.</summary>
    /// <returns>False if there are none.</returns>
    internal bool Fill(CellBlock block)
    {
        Start(block);
        block.GrowBytes(carried.Length);
        carried.CopyTo(block.Bytes, 0);
        int length = carried.Length;
        while (true)
        {
            while (!ended && length < block.Bytes.Length - 64)
            {
                int read = File.Read(stream, block.Bytes.AsSpan(length, block.Bytes.Length - 64 - length));
                if (read == 0) ended = true;
                length += read;
            }

            int used = Parse(block, length, ended);
            if (used == 0 && !ended)
            {
                if (length >= LongestRow) throw TooLong(RowsBefore + 1);
                block.GrowBytes(Math.Min(LongestRow, length * 2));
                Start(block);
                continue;
            }

            if (!Utf8.IsValid(block.Bytes.AsSpan(0, used))) throw NotUtf8(block, used);
            Finish(block);
            RowsBefore += block.Rows;
            if (block.Rows == 0 && !ended)
            {
                block.Bytes.AsSpan(used, length - used).CopyTo(block.Bytes);
                length -= used; // only empty lines so far
                Start(block);
                continue;
            }

            carried = block.Bytes.AsSpan(used, length - used).ToArray();
            return block.Rows > 0;
        }
    }

    /// <summary>Forgets the rows of a block.</summary>
    private protected abstract void Start(CellBlock block);

    /// <summary>Finds the whole rows in the first bytes of a block.</summary>
    /// <returns>How many bytes they are; all of them if nothing follows.</returns>
    private protected abstract int Parse(CellBlock block, int length, bool last);

    /// <summary>Makes of the bytes of cells what they mean, once the rows are known to be whole and in UTF-8.</summary>
    private protected abstract void Finish(CellBlock block);

    private protected abstract UnusableDataException TooLong(long row);

    /// <summary>The row in which the first bytes stand that are no UTF-8.</summary>
    private protected abstract long RowAt(CellBlock block, int position);

    private UnusableDataException NotUtf8(CellBlock block, int used)
    {
        int position = 0;
        ReadOnlySpan<byte> bytes = block.Bytes.AsSpan(0, used);
        while (position < used && System.Text.Rune.DecodeFromUtf8(bytes[position..], out _, out int step) == System.Buffers.OperationStatus.Done)
            position += step;
        return File.NotUtf8(RowAt(block, position));
    }
}
