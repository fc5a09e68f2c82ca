using System.Runtime.InteropServices;

namespace Counterweight.Torch;

/// <summary>
/// The folder of a user's LibTorch, for programs that come without one: the command-line tool as a package is 40 MB, LibTorch 500 MB.
/// </summary>
/// <remarks>What lies beside the program goes before it. On Windows, macOS and Linux alike the parts are loaded by their paths first, and the binding of
/// TorchSharp then finds them loaded.</remarks>
/// <example>
/// <code>
/// bool there = InstalledLibTorch.Exists;      // after 'counterweight libtorch --install'
/// </code>
/// </example>
public static class InstalledLibTorch
{
    /// <summary>The variable that names another folder than the usual one.</summary>
    public const string Variable = "COUNTERWEIGHT_LIBTORCH";

    /// <summary>The version of LibTorch that the referenced TorchSharp is made for.</summary>
    public const string Version = "2.10.0";

    /// <summary>Where it is looked for: <c>COUNTERWEIGHT_LIBTORCH</c>, or a folder of this version among the user's own data.</summary>
    public static string Folder => Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } named
        ? Path.GetFullPath(named)
        : Path.Combine(Data(), "counterweight", $"libtorch-cpu-{Version}");

    /// <summary>The package that has the files for this system, or null where there is none.</summary>
    public static string? Package => RuntimeInformation.ProcessArchitecture switch
    {
        Architecture.X64 when OperatingSystem.IsLinux() => "libtorch-cpu-linux-x64",
        Architecture.X64 when OperatingSystem.IsWindows() => "libtorch-cpu-win-x64",
        Architecture.Arm64 when OperatingSystem.IsMacOS() => "libtorch-cpu-osx-arm64",
        _ => null,
    };

    /// <summary>Whether every part is in <see cref="Folder"/>.</summary>
    public static bool Exists => MissingIn(Folder).Count == 0;

    /// <summary>The files that the binding needs, in the order in which they are loaded; they bring the others of their folder.</summary>
    internal static IReadOnlyList<string> Parts { get; } = [Named("c10"), Named("torch_cpu"), Named("torch")];

    /// <summary>The parts that a folder lacks.</summary>
    public static IReadOnlyList<string> MissingIn(string folder) => [.. Parts.Where(part => !File.Exists(Path.Combine(folder, part)))];

    /// <summary>The file of TorchSharp's binding on this system.</summary>
    internal static string Binding { get; } = Named("LibTorchSharp");

    /// <summary>Loads the parts and then the binding; zero where there is nothing to load.</summary>
    /// <param name="binding">The path of the binding, or null where it is nowhere.</param>
    internal static IntPtr LoadUnder(string? binding)
    {
        if (binding is null || !Exists) return IntPtr.Zero;
        foreach (string part in Parts) NativeLibrary.Load(Path.Combine(Folder, part));
        return NativeLibrary.Load(binding);
    }

    private static string Named(string name) =>
        OperatingSystem.IsWindows() ? $"{name}.dll" : OperatingSystem.IsMacOS() ? $"lib{name}.dylib" : $"lib{name}.so";

    private static string Data() =>
        Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData, Environment.SpecialFolderOption.DoNotVerify) is { Length: > 0 } data
            ? data
            : Path.Combine(Path.GetTempPath(), Environment.UserName);
}
