using System.Reflection;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Loader;
using System.Security.Cryptography;
using TorchSharp;

namespace Counterweight.Torch;

/// <summary>
/// Loads the native library of TorchSharp, also on Linux systems whose libstdc++ is older than the one it was linked with
/// (Debian 12, Ubuntu 22.04, RHEL 9).
/// </summary>
/// <remarks>
/// <para>libLibTorchSharp.so 0.107 insists on the symbol version GLIBCXX_3.4.32, though no code in it refers to a symbol of that
/// version. Where the system's libstdc++ lacks the version, TorchSharp fails with a message about a missing package reference. Counterweight
/// then loads a copy in which that one request is marked as weak; the file of the package is never touched. See docs/native-library.md.</para>
/// <para>Programs need not call anything: the library hooks itself into the loading of TorchSharp's native part. A call of
/// <see cref="EnsureLoaded"/> at the start of a program makes a failure happen there, with a message that says what to do.</para>
/// </remarks>
/// <example>
/// <code>
/// NativeTorch.EnsureLoaded();
/// using var ones = torch.ones(3);
/// </code>
/// </example>
public static class NativeTorch
{
    private const string Library = "libLibTorchSharp.so", StandardLibrary = "libstdc++.so.6";

    private static readonly Lock Gate = new();
    private static IntPtr handle;
    private static bool hooked, loaded;
    private static DllNotFoundException? refusal;

    /// <summary>Why the native library cannot be loaded on this machine and what to do about it, or null where it is loaded now.</summary>
    public static string? Problem
    {
        get
        {
            try
            {
                EnsureLoaded();
                return null;
            }
            catch (DllNotFoundException missing)
            {
                return missing.Message;
            }
        }
    }

    /// <summary>Loads the native library now. Cheap when it is loaded already; may be called from any thread.</summary>
    /// <exception cref="DllNotFoundException">The library cannot be loaded; the message says why and what to do.</exception>
    public static void EnsureLoaded()
    {
        // No lock is held here: TorchSharp's own initialisation, on whatever thread it runs, waits for Gate when it asks for the library.
        if (Volatile.Read(ref loaded)) return;
        // TorchSharp itself would print a page to standard output, and copy 500 MB out of the packages of other programs.
        if (MissingPart() is string missing) throw new DllNotFoundException(Advice($"{missing} is nowhere near the program.", ""));
        try
        {
            torch.TryInitializeDeviceType(DeviceType.CUDA);
        }
        catch (Exception e) when (e is NotSupportedException or TypeInitializationException or DllNotFoundException)
        {
            throw new DllNotFoundException(
                Volatile.Read(ref refusal)?.Message
                ?? Advice("The native part of TorchSharp could not be loaded.", $" TorchSharp says: {e.Message}"), e);
        }

        Volatile.Write(ref loaded, true);
    }

    private static string Advice(string what, string more) =>
        $"{what} For the command-line tool, type: counterweight libtorch --install. In a program, reference one of its packages in the project that is "
        + $"started, for example TorchSharp-cpu or libtorch-cpu-linux-x64, in the version that TorchSharp {typeof(torch).Assembly.GetName().Version} names."
        + more;

    /// <summary>A part of LibTorch that neither the program, nor the system, nor the user's own folder has; null where TorchSharp finds all, or has a way of
    /// its own (scripts and notebooks, whose assemblies lie in the folder of packages).</summary>
    private static string? MissingPart()
    {
        string? folder = Path.GetDirectoryName(typeof(torch).Assembly.Location);
        if (folder is { Length: > 0 } && Directory.Exists(Path.Combine(folder, "..", "..", "..", "..", "torchsharp"))) return null;
        return InstalledLibTorch.Parts.FirstOrDefault(part => Find(part) is null && !NativeLibrary.TryLoad(part, out _));
    }

    /// <summary>
    /// Has the copy loaded whenever TorchSharp asks for its native library and the system refuses the original. Costs nothing until then.
    /// </summary>
    /// <remarks>Runs by itself when this assembly, or one that references the package, is first used; calling it again does nothing.</remarks>
    public static void Hook()
    {
        lock (Gate)
        {
            if (hooked) return;
            hooked = true;
            AssemblyLoadContext.Default.ResolvingUnmanagedDll += Resolve;
            if (AssemblyLoadContext.GetLoadContext(typeof(NativeTorch).Assembly) is { } own && own != AssemblyLoadContext.Default)
                own.ResolvingUnmanagedDll += Resolve;
        }
    }

    [ModuleInitializer]
    [System.Diagnostics.CodeAnalysis.SuppressMessage("Usage", "CA2255", Justification = "Adds one event handler, so that users need not call anything.")]
    internal static void Initialise() => Hook();

    private static bool IsConcerned => OperatingSystem.IsLinux() && RuntimeInformation.ProcessArchitecture == Architecture.X64;

    private static IntPtr Resolve(Assembly assembly, string name)
    {
        if (name is not ("LibTorchSharp" or "libLibTorchSharp" or Library)) return IntPtr.Zero;
        lock (Gate)
        {
            try
            {
                return LoadCopyIfNeeded() is var copy && copy != IntPtr.Zero ? copy : handle = InstalledLibTorch.LoadUnder(Find(InstalledLibTorch.Binding));
            }
            catch (DllNotFoundException e)
            {
                refusal = e;
                throw;
            }
        }
    }

    /// <summary>Loads the copy if the original cannot be loaded here for want of a version; zero where that is not the case.</summary>
    private static IntPtr LoadCopyIfNeeded()
    {
        if (handle != IntPtr.Zero || !IsConcerned) return handle;
        if (Find(Library) is not { } original || StandardLibraryPath() is not { } standard) return IntPtr.Zero;
        if (Weakened(File.ReadAllBytes(original), original, File.ReadAllBytes(standard), standard) is not { } copy) return IntPtr.Zero;
        foreach (string dependency in InstalledLibTorch.Parts)
            NativeLibrary.Load(Find(dependency) ?? throw new DllNotFoundException(
                Advice($"{dependency}, on which {original} depends, is nowhere near it.", "")));
        return handle = LoadFromFile(copy, DefaultFolders());
    }

    /// <summary>The copy to load instead of the library, or null where the original will do.</summary>
    /// <exception cref="DllNotFoundException">The library really uses what the system lacks.</exception>
    internal static byte[]? Weakened(byte[] original, string originalPath, byte[] standard, string standardPath)
    {
        ElfVersions library = new(original, originalPath);
        IReadOnlySet<string> defined = new ElfVersions(standard, standardPath).Defined();
        ElfVersions.Need[] missing = [.. library.Needed().Where(n => n.Library == StandardLibrary && !defined.Contains(n.Version))];
        if (missing.Length == 0) return null;
        foreach (ElfVersions.Need need in missing)
            if (library.SymbolsInUse(need) is { Count: > 0 } symbols)
                throw new DllNotFoundException(
                    $"{originalPath} needs {need.Version} of {StandardLibrary} for {string.Join(", ", symbols)}, and {standardPath} is too old to have it. "
                    + $"Install a newer libstdc++, or use a TorchSharp built for this system.");
        return library.WithWeak(missing);
    }

    /// <summary>Writes the copy to the first folder that takes it and loads it from there.</summary>
    /// <param name="copy">The bytes of the library.</param>
    /// <param name="folders">Where to try, in this order; a null stands for a new folder among the temporary files, removed after loading.</param>
    /// <exception cref="DllNotFoundException">No folder takes it.</exception>
    internal static IntPtr LoadFromFile(byte[] copy, IReadOnlyList<string?> folders)
    {
        List<string> problems = [];
        foreach (string? folder in folders)
        {
            string? temporary = null;
            try
            {
                string path = Store(copy, folder ?? (temporary = Directory.CreateTempSubdirectory("counterweight-").FullName));
                return NativeLibrary.Load(path);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException or DllNotFoundException or NotSupportedException)
            {
                problems.Add($"{folder ?? temporary ?? Path.GetTempPath()}: {e.Message}");
            }
            finally
            {
                if (temporary is not null) Discard(temporary);
            }
        }

        throw new DllNotFoundException(
            "This system's libstdc++ is older than TorchSharp's native library asks for, and the adapted copy that would work could be loaded from nowhere. "
            + "Set XDG_CACHE_HOME or TMPDIR to a folder that can be written to and from which libraries may be loaded (not mounted noexec), or install a "
            + "libstdc++ with GLIBCXX_3.4.32 (GCC 13). "
            + $"Tried {string.Join("; ", problems)}");
    }

    /// <summary>Writes the copy where several processes may do so at once: whole, then under its name by renaming.</summary>
    /// <returns>The path of the file, in a folder named after its content.</returns>
    internal static string Store(byte[] copy, string root)
    {
        string folder = Path.Combine(root, Convert.ToHexStringLower(SHA256.HashData(copy))[..32]), path = Path.Combine(folder, Library);
        const UnixFileMode Private = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;
        if (File.Exists(path) && File.ReadAllBytes(path).AsSpan().SequenceEqual(copy)) return path;
        if (OperatingSystem.IsWindows()) Directory.CreateDirectory(folder);
        else Directory.CreateDirectory(folder, Private);
        AtomicFile.Write(path, stream => stream.Write(copy));
        return path;
    }

    private static List<string?> DefaultFolders()
    {
        string cache = Environment.GetEnvironmentVariable("XDG_CACHE_HOME") is { Length: > 0 } named && Path.IsPathRooted(named)
            ? named
            : Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile) is { Length: > 0 } home ? home : "/nonexistent", ".cache");
        return [Path.Combine(cache, "counterweight", "native"), null];
    }

    private static void Discard(string folder)
    {
        try
        {
            Directory.Delete(folder, recursive: true);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // What stays behind is a small file among the temporary ones.
        }
    }

    /// <summary>Finds a native file where the host, a published program or a package folder has it.</summary>
    internal static string? Find(string file)
    {
        List<string> folders = [
            .. (AppContext.GetData("NATIVE_DLL_SEARCH_DIRECTORIES") as string ?? "").Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries)];
        folders.Add(AppContext.BaseDirectory);
        if (typeof(torch).Assembly.Location is { Length: > 0 } location && Path.GetDirectoryName(location) is { } own)
        {
            folders.Add(own);
            folders.Add(Path.GetFullPath(Path.Combine(own, "..", "..")));
        }

        folders.Add(InstalledLibTorch.Folder);
        return folders.SelectMany(f => (string[])[Path.Combine(f, file), Path.Combine(f, "runtimes", "linux-x64", "native", file)]).FirstOrDefault(File.Exists);
    }

    /// <summary>The libstdc++ that this process has, as the system's loader chose it.</summary>
    internal static string? StandardLibraryPath()
    {
        if (!NativeLibrary.TryLoad(StandardLibrary, out _)) return null;
        return LoadedPath(StandardLibrary);
    }

    /// <summary>Where a library was loaded from; null if it was not, or on other systems than Linux.</summary>
    internal static string? LoadedPath(string file)
    {
        if (!OperatingSystem.IsLinux()) return null;
        foreach (string line in File.ReadLines("/proc/self/maps"))
        {
            int slash = line.IndexOf('/', StringComparison.Ordinal);
            if (slash >= 0 && Path.GetFileName(line.AsSpan(slash)).StartsWith(file, StringComparison.Ordinal)) return line[slash..];
        }

        return null;
    }
}
