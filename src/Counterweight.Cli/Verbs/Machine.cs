using System.Diagnostics;
using System.Runtime.InteropServices;
using Counterweight.Data;
using Counterweight.LightGbm;
using Counterweight.Torch;

namespace Counterweight.Cli;

/// <summary>What there is on this machine that the tool can use.</summary>
internal static class Machine
{
    /// <summary>How long a program may take to say its version.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    /// <summary>The native libraries of the tool with the files that they are, for what can be said without loading them.</summary>
    private static readonly (string Name, string File)[] Natives =
    [
        ("LightGBM", "lib_lightgbm"), ("DuckDB", "duckdb"), ("Skia", "SkiaSharp"), ("ONNX Runtime", "onnxruntime"), ("LibTorch", "torch_cpu"),
    ];

    private static readonly string[] Pythons = ["python3", "python"], Browsers =
        ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome", "msedge", "firefox"];

    /// <summary>Tries every part.</summary>
    internal static IReadOnlyList<DoctorPart> Parts(CancellationToken cancellation)
    {
        (string? duck, string? duckProblem) = DuckEngine.Try();
        string? boosting = LightGbmLibrary.Problem, pictures = TryPictures(), torch = TryTorch(), onnx = TryOnnx();
        (string? dotnet, string? sdks) = Ask(["dotnet"], ["--list-sdks"], cancellation);
        (string? python, string? says) = Ask(Pythons, ["-c", "import sys, importlib.util as u; print(sys.version.split()[0], "
            + "*(m for m in ('numpy', 'sklearn', 'torch', 'counterweight') if u.find_spec(m)))"], cancellation);
        string? browser = Browsers.Select(OnPath).FirstOrDefault(p => p is not null);
        string[] words = says?.Split(' ', StringSplitOptions.RemoveEmptyEntries) ?? [];
        return
        [
            new("LightGBM", boosting is null, true, boosting is null ? Place(0) : null, "gbdt, balanced ensembles of it", boosting),
            new("DuckDB", duckProblem is null, true, duck, "Parquet files, the run store of compare", duckProblem),
            new("Skia", pictures is null, true, pictures is null ? Place(2) : null, "pictures as PNG and SVG (--plots)", pictures is null ? null
                : $"{pictures} On Debian and Ubuntu: apt-get install libfontconfig1. Reports are made without it."),
            new("ONNX Runtime", onnx is null, true, onnx is null ? Place(3) : null, "export --to onnx, predict FILE.onnx", onnx),
            new("LibTorch", torch is null, false, torch is null ? InstalledLibTorch.Version : null, "mlp, loss: remedies of networks", torch),
            new("dotnet SDK", sdks?.Length > 0, false, sdks?.Split('\n', StringSplitOptions.RemoveEmptyEntries).LastOrDefault()?.Split(' ')[0],
                "libtorch --install, C# programs", sdks?.Length > 0 ? null : "There is no .NET SDK (dotnet --list-sdks names none). It is of use for 'libtorch "
                    + "--install' alone, which takes a package that you have with --from: https://dotnet.microsoft.com/download"),
            new("Python", words.Length > 0, false, words.Length == 0 ? null : string.Join(", ", [words[0], python, .. words[1..]]),
                "--trainer with programs in Python", words.Length > 0 ? null : "There is no python3 on the PATH. Nothing of the tool needs it; programs that "
                    + "'trainer --emit pytorch' and its like print do."),
            new("a browser", browser is not null, false, browser, "reading report.html",
                browser is not null ? null : $"None of {string.Join(", ", Browsers)} is on the PATH. A report is one file: copy it to a machine with a "
                    + "browser."),
        ];

        static string? Place(int native) => FileOf(Natives[native].File) is not string file ? null
            : file.StartsWith(AppContext.BaseDirectory, StringComparison.Ordinal) ? "beside the tool" : file;
    }

    /// <summary>Which native libraries are found as files, in a line: nothing is loaded for it.</summary>
    internal static string NativesLine()
    {
        ILookup<bool, string> found = Natives.ToLookup(n => FileOf(n.File) is not null, n => n.Name);
        string missing = found[false].Any() ? $"; not found: {string.Join(", ", found[false])}" : "";
        return $"native libraries: {(found[true].Any() ? string.Join(", ", found[true]) : "none")}{missing}";
    }

    private static string? TryTorch() => NativeTorch.Problem is not string problem ? null
        : InstalledLibTorch.Exists ? $"It is in {InstalledLibTorch.Folder} and cannot be loaded: {problem}"
        : InstalledLibTorch.Package is null ? "There is no package of it for this system: 'mlp' does not work here, all else does."
        : "It is not in the package of the tool. To fetch it (110 to 130 MB, 500 MB on disk), type: counterweight libtorch --install";

    private static string? TryOnnx() => FileOf(Natives[3].File) is not string file ? "Its library is not beside the tool. Install the tool anew."
        : NativeLibrary.TryLoad(file, out _) ? null : $"{file} cannot be loaded on this system.";

    private static string? TryPictures()
    {
        try
        {
            using var plot = new ScottPlot.Plot();
            return plot.GetImageBytes(20, 20).Length > 0 ? null : "A picture came out empty.";
        }
        catch (Exception problem) when (problem is DllNotFoundException or TypeInitializationException or BadImageFormatException)
        {
            return (problem as TypeInitializationException)?.InnerException?.Message ?? problem.Message;
        }
    }

    /// <summary>The first program of some that is on the path and answers, and what it printed.</summary>
    private static (string? Path, string? Says) Ask(string[] names, string[] arguments, CancellationToken cancellation)
    {
        foreach (string path in names.Select(OnPath).OfType<string>())
        {
            try
            {
                using Process process = Process.Start(new ProcessStartInfo(path, arguments) { RedirectStandardOutput = true, RedirectStandardError = true })!;
                using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
                stop.CancelAfter(Patience);
                using CancellationTokenRegistration end = stop.Token.Register(() => process.Kill(entireProcessTree: true));
                _ = process.StandardError.ReadToEndAsync(CancellationToken.None);
                string said = process.StandardOutput.ReadToEnd().Trim();
                process.WaitForExit();
                cancellation.ThrowIfCancellationRequested();
                if (process.ExitCode == 0) return (path, said);
            }
            catch (System.ComponentModel.Win32Exception)
            {
                // On the path, and no program that this system starts: the next name may be one.
            }
        }

        return (null, null);
    }

    /// <summary>Where a program is on the path; null if it is not.</summary>
    private static string? OnPath(string name) =>
        (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries)
        .Select(folder => Path.Combine(folder, OperatingSystem.IsWindows() ? name + ".exe" : name)).FirstOrDefault(File.Exists);

    /// <summary>The file of a native library, where the runtime, the tool's folder or the user's own LibTorch has it.</summary>
    private static string? FileOf(string name)
    {
        string[] files = OperatingSystem.IsWindows() ? [$"{name}.dll", $"lib{name}.dll"] : OperatingSystem.IsMacOS() ? [$"lib{name}.dylib", $"{name}.dylib"]
            : [$"lib{name}.so", $"{name}.so"];
        string searched = AppContext.GetData("NATIVE_DLL_SEARCH_DIRECTORIES") as string ?? "";
        return searched.Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries).Append(AppContext.BaseDirectory).Append(InstalledLibTorch.Folder)
            .SelectMany(folder => files.Select(file => Path.Combine(folder, file)))
            .FirstOrDefault(File.Exists);
    }
}
