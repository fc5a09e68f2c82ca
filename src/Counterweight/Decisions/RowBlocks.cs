namespace Counterweight;

/// <summary>Runs a body over blocks of rows on several threads, without copying spans.</summary>
internal static class RowBlocks
{
    private const int Size = 4096;

    internal delegate void Body(ReadOnlySpan<double> rows, Span<int> results);

    /// <summary>Checks shapes and NaN, then gives the body every block of rows with its results.</summary>
    internal static unsafe void Decide(ReadOnlySpan<double> rows, int columns, Span<int> results, int threads, Body body)
    {
        if (rows.Length != (long)results.Length * columns)
            throw new ArgumentException($"{results.Length} decisions need {(long)results.Length * columns} values, {columns} a row; there are {rows.Length}.",
                nameof(rows));
        for (int i = 0; i < rows.Length; i++)
            if (double.IsNaN(rows[i])) throw new UnusableDataException("The score is NaN; scores must be numbers.", row: i / columns + 1L);
        int blocks = (results.Length + Size - 1) / Size;
        if (blocks <= 4 || Threads.Resolve(threads) == 1)
        {
            body(rows, results);
            return;
        }

        fixed (double* pinnedRows = rows)
        fixed (int* pinnedResults = results)
        {
            double* from = pinnedRows;
            int* to = pinnedResults;
            int n = results.Length;
            Parallel.For(0, blocks, Threads.Options(threads), b =>
            {
                int start = b * Size, count = Math.Min(Size, n - start);
                body(new ReadOnlySpan<double>(from + (long)start * columns, count * columns), new Span<int>(to + start, count));
            });
        }
    }
}
