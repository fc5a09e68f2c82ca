using System.Globalization;

namespace Counterweight.Cli;

/// <summary>How much memory rows may take, so that a table that is too large is refused in words and the process is not ended by the system.</summary>
internal static class RowMemory
{
    /// <summary>How many times the bytes of the rows a verb takes that keeps and writes them.</summary>
    internal const double Kept = 2;

    /// <summary>The same of one that trains: features, bins of folds and what a training computes; measured on 20 columns, see docs/scale.md.</summary>
    internal const double Trained = 6;

    /// <summary>The most bytes of rows where so many times as many are needed.</summary>
    internal static long Most(double times) => (long)(Available() / times);

    /// <summary>What can be had: the memory of the machine, or the limit of its container, and no more than is free now.</summary>
    internal static long Available()
    {
        long all = GC.GetGCMemoryInfo().TotalAvailableMemoryBytes;
        return Free() is long free ? Math.Min(all, free) : all;
    }

    /// <summary>What Linux could give to a process now, of its own reckoning; null elsewhere.</summary>
    private static long? Free()
    {
        const string file = "/proc/meminfo", name = "MemAvailable:";
        try
        {
            string? line = File.Exists(file) ? File.ReadLines(file).FirstOrDefault(l => l.StartsWith(name, StringComparison.Ordinal)) : null;
            return line is not null && long.TryParse(line[name.Length..].Replace("kB", "", StringComparison.Ordinal), NumberStyles.Integer,
                CultureInfo.InvariantCulture, out long kilobytes) ? kilobytes * 1024 : null;
        }
        catch (Exception unreadable) when (unreadable is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
