using System.Runtime.InteropServices;

namespace Counterweight.Torch;

/// <summary>
/// The threads that LibTorch itself computes on. A training step runs LibTorch's operators right before and after a loss, and the threads of OpenMP spin for
/// the next piece of work for a while: a kernel that runs on them starts at once, where a helper of another pool would have to be woken and would compete with
/// the spinning ones for the processors.
/// </summary>
internal static unsafe class OpenMp
{
    // GNU's interface, which the compilers of Intel and LLVM offer too: void GOMP_parallel(void (*member)(void *), void *data, unsigned threads, unsigned
    // flags).
    private static readonly delegate* unmanaged<delegate* unmanaged<void*, void>, void*, uint, uint, void> Parallel = Find();

    /// <summary>Whether LibTorch's threads can be had here.</summary>
    public static bool IsAvailable => Parallel != null;

    /// <summary>Runs a function on the calling thread and on others at the same time, and returns when all have returned.</summary>
    /// <param name="member">What each of them runs; no exception may leave it.</param>
    /// <param name="data">What it is given.</param>
    /// <param name="threads">How many threads there are at most.</param>
    public static void Run(delegate* unmanaged<void*, void> member, void* data, int threads) => Parallel(member, data, (uint)threads, 0);

    private static delegate* unmanaged<delegate* unmanaged<void*, void>, void*, uint, uint, void> Find()
    {
        if (!OperatingSystem.IsLinux()) return null;
        NativeTorch.EnsureLoaded();
        // The library was linked with its own copy of OpenMP, and a symbol is looked up among what a library depends on.
        return NativeTorch.LoadedPath("libtorch_cpu.so") is { } path && NativeLibrary.TryLoad(path, out IntPtr library)
            && NativeLibrary.TryGetExport(library, "GOMP_parallel", out IntPtr function)
            ? (delegate* unmanaged<delegate* unmanaged<void*, void>, void*, uint, uint, void>)function
            : null;
    }
}
