using System.Runtime.InteropServices;

namespace Counterweight.Comparison;

/// <summary>The calls of libc by which a program is started as the head of a session of its own.</summary>
/// <remarks>
/// <c>posix_spawn</c> forks and executes inside libc, so no managed code runs between the two; POSIX_SPAWN_SETSID (glibc 2.26, musl 1.1.22, macOS 10.15) makes
/// the child the head of a session and so of a process group, which can be signalled as a whole.
/// </remarks>
internal static unsafe partial class Posix
{
    internal const int SignalTerminate = 15, SignalKill = 9, NoHang = 1;

    private const string Library = "libc";
    private const int OpenReadOnly = 0;

    /// <summary>Room for a posix_spawnattr_t or a posix_spawn_file_actions_t of any libc.</summary>
    private const int OpaqueBytes = 1024;

    private static short Flags => (short)(SetSession | SetSignalDefaults | SetSignalMask);

    private static int SetSession => OperatingSystem.IsMacOS() ? 0x400 : 0x80;

    private static int SetSignalDefaults => 0x04;

    private static int SetSignalMask => 0x08;

    /// <summary>Starts a program with standard input from nowhere or from a descriptor, and both outputs into descriptors.</summary>
    /// <returns>The process id; or the number of the error, negative.</returns>
    internal static int Spawn(IReadOnlyList<string> words, IReadOnlyList<string> environment, int input, int output, int error)
    {
        byte* attributes = stackalloc byte[OpaqueBytes], actions = stackalloc byte[OpaqueBytes], signals = stackalloc byte[OpaqueBytes];
        nint* arguments = Strings(words), variables = Strings(environment);
        nint nowhere = Marshal.StringToCoTaskMemUTF8("/dev/null");
        try
        {
            Initialise(attributes, actions, signals);
            if (input < 0) AddOpen(actions, 0, (byte*)nowhere, OpenReadOnly, 0);
            else AddDuplicate(actions, input, 0);
            AddDuplicate(actions, output, 1);
            AddDuplicate(actions, error, 2);
            int failed = SpawnOnPath(out int pid, (byte*)arguments[0], actions, attributes, (byte**)arguments, (byte**)variables);
            return failed == 0 ? pid : -failed;
        }
        finally
        {
            DestroyActions(actions);
            DestroyAttributes(attributes);
            Marshal.FreeCoTaskMem(nowhere);
            Free(arguments);
            Free(variables);
        }
    }

    private static void Initialise(byte* attributes, byte* actions, byte* signals)
    {
        InitialiseAttributes(attributes);
        InitialiseActions(actions);
        // No signal is blocked or ignored in the program, whatever the runtime does with them here.
        EmptySignals(signals);
        SetMask(attributes, signals);
        FillSignals(signals);
        SetDefaults(attributes, signals);
        SetFlags(attributes, Flags);
    }

    private static nint* Strings(IReadOnlyList<string> texts)
    {
        nint* array = (nint*)NativeMemory.AllocZeroed((nuint)(texts.Count + 1), (nuint)sizeof(nint));
        for (int i = 0; i < texts.Count; i++) array[i] = Marshal.StringToCoTaskMemUTF8(texts[i]);
        return array;
    }

    private static void Free(nint* array)
    {
        for (nint* at = array; *at != 0; at++) Marshal.FreeCoTaskMem(*at);
        NativeMemory.Free(array);
    }

    [LibraryImport(Library, EntryPoint = "posix_spawnp")]
    private static partial int SpawnOnPath(out int pid, byte* file, byte* actions, byte* attributes, byte** arguments, byte** environment);

    [LibraryImport(Library, EntryPoint = "posix_spawnattr_init")]
    private static partial void InitialiseAttributes(byte* attributes);

    [LibraryImport(Library, EntryPoint = "posix_spawnattr_destroy")]
    private static partial void DestroyAttributes(byte* attributes);

    [LibraryImport(Library, EntryPoint = "posix_spawnattr_setflags")]
    private static partial void SetFlags(byte* attributes, short flags);

    [LibraryImport(Library, EntryPoint = "posix_spawnattr_setsigmask")]
    private static partial void SetMask(byte* attributes, byte* signals);

    [LibraryImport(Library, EntryPoint = "posix_spawnattr_setsigdefault")]
    private static partial void SetDefaults(byte* attributes, byte* signals);

    [LibraryImport(Library, EntryPoint = "sigemptyset")]
    private static partial void EmptySignals(byte* signals);

    [LibraryImport(Library, EntryPoint = "sigfillset")]
    private static partial void FillSignals(byte* signals);

    [LibraryImport(Library, EntryPoint = "posix_spawn_file_actions_init")]
    private static partial void InitialiseActions(byte* actions);

    [LibraryImport(Library, EntryPoint = "posix_spawn_file_actions_destroy")]
    private static partial void DestroyActions(byte* actions);

    [LibraryImport(Library, EntryPoint = "posix_spawn_file_actions_addopen")]
    private static partial void AddOpen(byte* actions, int descriptor, byte* path, int flags, int mode);

    [LibraryImport(Library, EntryPoint = "posix_spawn_file_actions_adddup2")]
    private static partial void AddDuplicate(byte* actions, int from, int to);

    [LibraryImport(Library, EntryPoint = "waitpid", SetLastError = true)]
    internal static partial int Wait(int pid, out int status, int options);

    [LibraryImport(Library, EntryPoint = "kill")]
    internal static partial void Signal(int pid, int signal);
}
