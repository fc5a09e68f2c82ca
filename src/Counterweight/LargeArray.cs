using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Counterweight;

/// <summary>Arrays that are large enough for the way their memory is mapped to count.</summary>
/// <remarks>
/// Memory comes in pages of 4 KB, and every page costs a fault when it is first written and an entry of the processor's table of addresses when
/// it is used: reading at random from a table of 20 MB waits for that table about as long as for the memory. Linux maps 2 MB at a time
/// where it is asked to (<c>madvise(2)</c>, MADV_HUGEPAGE; the setting of most distributions). It is a hint: elsewhere, or where it is refused,
/// the arrays are as any others.
/// </remarks>
internal static partial class LargeArray
{
    private const int Smallest = 4 << 20, PageSize = 2 << 20, HugePage = 14;
    private static volatile bool unavailable = !OperatingSystem.IsLinux();

    /// <summary>An array whose content is not set, in large pages if it is large.</summary>
    internal static T[] Uninitialised<T>(int length) where T : unmanaged
    {
        T[] array = GC.AllocateUninitializedArray<T>(length);
        if ((long)length * Unsafe.SizeOf<T>() >= Smallest) Advise(array);
        return array;
    }

    private static unsafe void Advise<T>(T[] array) where T : unmanaged
    {
        if (unavailable) return;
        fixed (T* start = array)
        {
            nint begin = ((nint)start + PageSize - 1) & -PageSize, end = (nint)(start + array.Length) & -PageSize;
            try
            {
                if (end > begin) _ = AdviseMemory(begin, end - begin, HugePage);
            }
            catch (Exception missing) when (missing is DllNotFoundException or EntryPointNotFoundException)
            {
                unavailable = true;
            }
        }
    }

    [LibraryImport("libc", EntryPoint = "madvise")]
    private static partial int AdviseMemory(nint address, nint length, int advice);
}
