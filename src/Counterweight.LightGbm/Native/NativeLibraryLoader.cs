using System.Runtime.InteropServices;

namespace Counterweight.LightGbm;

/// <summary>Loads lib_lightgbm once and says what is missing where it cannot be loaded.</summary>
internal static class NativeLibraryLoader
{
    private static readonly Lazy<string?> Problem = new(Load);

    /// <summary>Why the native library cannot be used, or null where it can.</summary>
    internal static string? Why => Problem.Value;

    /// <summary>Throws if the native library cannot be used on this machine.</summary>
    internal static void Ensure()
    {
        if (Problem.Value is { } problem) throw new LightGbmException(problem);
    }

    private static string? Load()
    {
        try
        {
            // Not freed on purpose: the library stays for the life of the process, as with DllImport.
            NativeLibrary.Load(NativeMethods.Library, typeof(NativeLibraryLoader).Assembly, searchPath: null);
            return null;
        }
        catch (Exception e) when (e is DllNotFoundException or BadImageFormatException)
        {
            return Explain(e.Message, OperatingSystem.IsLinux(), OperatingSystem.IsMacOS(), RuntimeInformation.ProcessArchitecture);
        }
    }

    internal static string Explain(string message, bool linux, bool mac, Architecture architecture)
    {
        if (architecture != Architecture.X64)
            return $"The LightGBM package has a native library for x64 only, and this process is {architecture}. "
                + "Run an x64 process, or place a lib_lightgbm built for this architecture beside the application.";
        if (linux && message.Contains("libgomp", StringComparison.Ordinal))
            return "LightGBM needs the OpenMP runtime libgomp.so.1, which is not installed. "
                + "Install it (Debian, Ubuntu: apt-get install libgomp1; Fedora: dnf install libgomp; Alpine has no compatible build).";
        if (mac && message.Contains("libomp", StringComparison.Ordinal))
            return "LightGBM needs the OpenMP runtime libomp.dylib, which is not installed. Install it with: brew install libomp.";
        return $"The native library lib_lightgbm cannot be loaded: {message}";
    }
}
