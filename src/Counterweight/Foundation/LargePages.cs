using System.Runtime.InteropServices;

namespace Counterweight;

/// <summary>Asks Linux to back large new arrays with large pages.</summary>
/// <remarks>
/// A new array of some megabytes is handed out by the operating system page by page as it is first written, which takes longer than the writing: 3,700 pages
/// of 4 KB for 15 MB, or 7 of 2 MB; and where it is read at random, as the tables of samplers are, every page takes an entry of the processor's table of
/// addresses. Where the system leaves the choice to programs (transparent_hugepage/enabled is madvise) they have to ask. It is no more than a wish: whatever
/// the system answers, the array is the same.
/// </remarks>
internal static unsafe partial class LargePages
{
    private const nuint Size = 2 << 20;
    private const int HugePage = 14;   // MADV_HUGEPAGE of <sys/mman.h>

    private static volatile bool asks = OperatingSystem.IsLinux();

    /// <summary>Asks for large pages under the part of an array that fills whole ones.</summary>
    internal static T[] Under<T>(T[] values) where T : unmanaged
    {
        nuint bytes = (nuint)values.Length * (nuint)sizeof(T);
        if (!asks || bytes < 2 * Size) return values;
        try
        {
            fixed (T* start = values)
            {
                nuint first = ((nuint)start + Size - 1) & ~(Size - 1), end = ((nuint)start + bytes) & ~(Size - 1);
                _ = Advise(first, end - first, HugePage);
            }
        }
        catch (Exception e) when (e is DllNotFoundException or EntryPointNotFoundException)
        {
            asks = false;
        }

        return values;
    }

    [LibraryImport("libc", EntryPoint = "madvise")]
    private static partial int Advise(nuint address, nuint length, int advice);
}
