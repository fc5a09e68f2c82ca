using System.CommandLine;
using System.Diagnostics;
using System.IO.Compression;
using Counterweight.Torch;

namespace Counterweight.Cli;

/// <summary><c>libtorch</c>: fetches the one native library that the tool's package leaves out.</summary>
internal static class LibTorchVerb
{
    internal static VerbCommand Create()
    {
        var verb = new VerbCommand(
            "libtorch", "Says whether LibTorch, which the learner 'mlp' needs, is there; fetches it. All else works without.",
            ("libtorch", "where it is, or what to type"),
            ("libtorch --install", "fetches the package by 'dotnet restore', with your own sources of packages"),
            ("libtorch --install --from libtorch-cpu-linux-x64.2.10.0.nupkg", "takes a file or a folder that you have, without a network"));
        Option<bool> install = new("--install")
        {
            Description = $"Puts LibTorch {InstalledLibTorch.Version} (110 to 130 MB fetched, 500 MB on disk) among your own data.",
        };
        Option<string?> from = new("--from") { Description = "With --install: the package as a file, or a folder with the libraries.", HelpName = "PATH" };
        verb.Add(install);
        verb.Add(from);
        verb.Runs(run =>
        {
            if (run.Value(from) is not null && !run.Value(install)) throw new UsageException("--from PATH goes with --install.");
            if (run.Value(install)) Install(run, run.Value(from));
            Say(run);
        });
        return verb;
    }

    private static void Say(Invocation run)
    {
        string? problem = NativeTorch.Problem;
        bool own = InstalledLibTorch.Exists;
        if (run.Json)
            Invocation.WriteJson(
                new LibTorchDocument(problem is null, InstalledLibTorch.Version, own ? InstalledLibTorch.Folder : null, problem),
                CliDocuments.Documents.LibTorchDocument);
        else if (problem is null)
            Tables.Line(run.Output, $"LibTorch {InstalledLibTorch.Version} works{(own ? $", from {InstalledLibTorch.Folder}" : ", from beside the tool")}.");
        else if (own)
            throw new DllNotFoundException($"LibTorch is in {InstalledLibTorch.Folder} and cannot be loaded: {problem}");
        else
            Tables.Line(run.Output, InstalledLibTorch.Package is null
                ? "LibTorch is not there, and there is no package of it for this system: 'mlp' does not work here, all else does."
                : "LibTorch is not there: 'mlp' does not work, all else does. To fetch it (110 to 130 MB, 500 MB on disk), type: "
                    + "counterweight libtorch --install");
    }

    private static void Install(Invocation run, string? from)
    {
        if (InstalledLibTorch.Exists) return;
        string folder = InstalledLibTorch.Folder;
        if (Directory.Exists(folder) && Directory.EnumerateFileSystemEntries(folder).Any())
            throw new IOException($"{folder} holds something else than LibTorch {InstalledLibTorch.Version}. Empty it, or name another folder in "
                + $"{InstalledLibTorch.Variable}.");
        string parent = Path.GetDirectoryName(folder)!;
        Directory.CreateDirectory(parent);
        string work = Path.Combine(parent, $".libtorch-{Environment.ProcessId}");
        try
        {
            string files = from is null ? Restored(run, Path.Combine(work, "restore")) : from;
            string made = Path.Combine(work, "made");
            Directory.CreateDirectory(made);
            if (Directory.Exists(files)) CopyFolder(files, made);
            else if (File.Exists(files)) Unpack(files, made);
            else throw new UsageException($"--from {files}: there is no such file or folder.");
            run.Cancellation.ThrowIfCancellationRequested();
            if (InstalledLibTorch.MissingIn(made) is { Count: > 0 } missing)
                throw new UnusableDataException(
                    $"{files} has no {string.Join(", ", missing)} for this system. The package is {InstalledLibTorch.Package ?? "none"}, "
                    + $"version {InstalledLibTorch.Version}.");
            if (Directory.Exists(folder)) Directory.Delete(folder);
            Directory.Move(made, folder);
        }
        finally
        {
            if (Directory.Exists(work)) Directory.Delete(work, recursive: true);
        }
    }

    /// <summary>Has the SDK fetch the package, so that the user's own sources, proxies and keys hold; the folder with its libraries.</summary>
    private static string Restored(Invocation run, string work)
    {
        string package = InstalledLibTorch.Package
            ?? throw new UsageException("There is no package of LibTorch for this system. Build it, and name its folder with --from.");
        Directory.CreateDirectory(work);
        string project = Path.Combine(work, "libtorch.csproj");
        File.WriteAllText(project, $"""
            <Project Sdk="Microsoft.NET.Sdk">
              <PropertyGroup>
                <TargetFramework>net10.0</TargetFramework>
                <ManagePackageVersionsCentrally>false</ManagePackageVersionsCentrally>
              </PropertyGroup>
              <ItemGroup>
                <PackageDownload Include="{package}" Version="[{InstalledLibTorch.Version}]" />
              </ItemGroup>
            </Project>
            """);
        foreach (string stop in (string[])["Directory.Build.props", "Directory.Build.targets", "Directory.Packages.props"])
            File.WriteAllText(Path.Combine(work, stop), "<Project />");
        string packages = Path.Combine(work, "packages");
        run.Messages.Note($"Fetching {package} {InstalledLibTorch.Version} with 'dotnet restore'.");
        var start = new ProcessStartInfo(Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") is { Length: > 0 } host ? host : "dotnet")
        {
            ArgumentList = { "restore", project, "--packages", packages, "-v", "quiet", "-nologo" },
            WorkingDirectory = work,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        string said;
        try
        {
            using Process restore = Process.Start(start)!;
            using CancellationTokenRegistration stop = run.Cancellation.Register(() => restore.Kill(entireProcessTree: true));
            Task<string> error = restore.StandardError.ReadToEndAsync();
            said = $"{restore.StandardOutput.ReadToEnd()}{error.Result}".Trim();
            restore.WaitForExit();
            run.Cancellation.ThrowIfCancellationRequested();
            if (restore.ExitCode != 0)
                throw new IOException($"'dotnet restore' could not fetch {package}. With the package as a file: --from FILE.nupkg. It said:\n{said}");
        }
        catch (System.ComponentModel.Win32Exception problem)
        {
            throw new IOException($"'dotnet' cannot be started ({problem.Message}). Fetch the package {package} {InstalledLibTorch.Version} yourself, and "
                + $"name it with --from.");
        }

        return Path.Combine(packages, package, InstalledLibTorch.Version, "runtimes", package["libtorch-cpu-".Length..], "native");
    }

    /// <summary>What the binding never loads: Python's part and the library's own tests.</summary>
    private static bool IsWanted(string name) =>
        (name.EndsWith(".dll", StringComparison.Ordinal) || name.EndsWith(".dylib", StringComparison.Ordinal) || name.Contains(".so", StringComparison.Ordinal))
        && !name.Contains("torch_python", StringComparison.Ordinal) && !name.Contains("_test", StringComparison.Ordinal);

    private static void CopyFolder(string source, string target)
    {
        foreach (string file in Directory.EnumerateFiles(source).Where(f => IsWanted(Path.GetFileName(f))))
            File.Copy(file, Path.Combine(target, Path.GetFileName(file)));
    }

    private static void Unpack(string package, string target)
    {
        try
        {
            using ZipArchive zip = ZipFile.OpenRead(package);
            foreach (ZipArchiveEntry entry in zip.Entries)
                if (entry.FullName.Contains("/native/", StringComparison.Ordinal) && IsWanted(entry.Name))
                    entry.ExtractToFile(Path.Combine(target, entry.Name));
        }
        catch (InvalidDataException problem)
        {
            throw new UnusableDataException($"{package} is no package: {problem.Message}");
        }
    }
}
