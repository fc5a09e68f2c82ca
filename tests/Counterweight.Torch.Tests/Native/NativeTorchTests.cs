using System.Security.Cryptography;
using TorchSharp;
using static TorchSharp.torch;

namespace Counterweight.Torch.Tests;

public sealed class NativeTorchTests : IDisposable
{
    private const string LinuxOnly = "Only on Linux does TorchSharp's library ask for a newer libstdc++ than the system may have.";

    private readonly string folder = Directory.CreateTempSubdirectory("counterweight-test-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public void The_library_loads_and_computes()
    {
        NativeTorch.EnsureLoaded();
        NativeTorch.EnsureLoaded();
        using Tensor ones = torch.ones(3, 4);
        Assert.Equal(12, ones.sum().item<float>());
    }

    [Fact]
    public async Task Threads_that_use_the_library_first_at_the_same_time_do_not_wait_for_each_other()
    {
        // Four threads, each by another door. The first use of a process is over when it is this test's turn, so that the same test runs as the only one of
        // new processes.
        using var together = new Barrier(4);
        Action[] doors =
        [
            NativeTorch.EnsureLoaded,
            () => torch.ones(3).Dispose(),
            () => 1.5.ToScalar().Dispose(),
            () => torch.nn.Linear(2, 2).Dispose(),
        ];
        Task work = Task.WhenAll(
            doors.Select(d => Task.Factory.StartNew(
                () => { together.SignalAndWait(); d(); }, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default)));
        Assert.Same(work, await Task.WhenAny(work, Task.Delay(TimeSpan.FromSeconds(60))));
        await work;

        const string Child = "COUNTERWEIGHT_TEST_CHILD";
        if (Environment.GetEnvironmentVariable(Child) is not null) return;
        for (int run = 0; run < 3; run++)
        {
            var start = new System.Diagnostics.ProcessStartInfo(
                Path.Combine(AppContext.BaseDirectory, "Counterweight.Torch.Tests" + (OperatingSystem.IsWindows() ? ".exe" : "")))
            {
                ArgumentList = { "--filter-method", $"*{nameof(Threads_that_use_the_library_first_at_the_same_time_do_not_wait_for_each_other)}",
                    "--results-directory", folder },
                RedirectStandardOutput = true,
            };
            start.Environment[Child] = "1";
            using System.Diagnostics.Process process = System.Diagnostics.Process.Start(start)!;
            string output = await process.StandardOutput.ReadToEndAsync();
            await process.WaitForExitAsync();
            Assert.True(process.ExitCode == 0, output);
        }
    }

    [Fact]
    public void Only_the_flag_of_the_missing_version_changes()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), LinuxOnly);
        (byte[] original, string path) = Library();
        ElfVersions.Need[] newest = [.. new ElfVersions(original, path).Needed().Where(n => n.Version == "GLIBCXX_3.4.32")];
        Assert.Equal("libstdc++.so.6", Assert.Single(newest).Library);
        Assert.Empty(new ElfVersions(original, path).SymbolsInUse(newest[0]));

        byte[] copy = new ElfVersions(original, path).WithWeak(newest);

        int changed = Assert.Single(Enumerable.Range(0, copy.Length), i => copy[i] != original[i]);
        Assert.Equal(newest[0].FlagsOffset, changed);
        Assert.Equal(original[changed] | 2, copy[changed]);
        Assert.DoesNotContain(new ElfVersions(copy, path).Needed(), n => n.Version == "GLIBCXX_3.4.32");
        Assert.Equal(new ElfVersions(original, path).Needed().Count - 1, new ElfVersions(copy, path).Needed().Count);
    }

    [Fact]
    public void The_versions_are_those_that_readelf_prints()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), LinuxOnly);
        (byte[] original, string path) = Library();
        ElfVersions.Need[] needs = [.. new ElfVersions(original, path).Needed()];
        Assert.Contains(needs, n => n is { Library: "libc.so.6", Version: "GLIBC_2.2.5" });
        Assert.Contains(needs, n => n is { Library: "libstdc++.so.6", Version: "GLIBCXX_3.4" });
        ElfVersions.Need used = needs.First(n => n.Version == "GLIBCXX_3.4");
        Assert.All(new ElfVersions(original, path).SymbolsInUse(used), s => Assert.StartsWith("_Z", s, StringComparison.Ordinal));
        Assert.NotEmpty(new ElfVersions(original, path).SymbolsInUse(used));
        Assert.Contains("GLIBCXX_3.4.28", new ElfVersions(File.ReadAllBytes(NativeTorch.StandardLibraryPath()!), "libstdc++").Defined());
    }

    [Fact]
    public void A_version_in_use_is_not_waved_through()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), LinuxOnly);
        (byte[] original, string path) = Library();
        // libLibTorchSharp.so itself defines no version, so as a "libstdc++" it lacks every one, GLIBCXX_3.4 among them.
        string message = Assert.Throws<DllNotFoundException>(() => NativeTorch.Weakened(original, path, original, "old")).Message;
        Assert.Contains("too old", message, StringComparison.Ordinal);
        Assert.Contains("GLIBCXX", message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_library_that_has_all_versions_needs_no_copy()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), LinuxOnly);
        string standard = NativeTorch.StandardLibraryPath()!;
        byte[] bytes = File.ReadAllBytes(standard);
        Assert.Null(NativeTorch.Weakened(bytes, standard, bytes, standard));
    }

    [Fact]
    public void The_file_of_the_package_stays_as_it_is()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), LinuxOnly);
        (byte[] before, string path) = Library();
        NativeTorch.EnsureLoaded();
        using (Tensor t = torch.zeros(1)) Assert.Equal(0, t.item<float>());
        Assert.Equal(before, File.ReadAllBytes(path));
        Assert.Contains(new ElfVersions(File.ReadAllBytes(path), path).Needed(), n => n.Version == "GLIBCXX_3.4.32");
    }

    [Fact]
    public void Wrong_files_are_refused_and_never_read_beyond_their_end()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), LinuxOnly);
        (byte[] original, string path) = Library();
        Refused([]);
        Refused("MZ not an ELF file at all, though long enough to hold a header of sixty-four bytes"u8.ToArray());
        foreach ((int offset, byte value) in new[] { (4, 1), (5, 2), (54, 0), (56, 0) }.Select(p => (p.Item1, (byte)p.Item2)))
            Refused(With(original, offset, value));
        Refused(original[..64]);
        Refused(original[..4096]);
        Refused(original[..(original.Length / 2)]);

        // Any damage to the head of the file is either harmless or reported: nothing else may escape.
        var random = new SeededRandom(0);
        for (int i = 0; i < 300; i++)
        {
            byte[] damaged = [.. original];
            for (int j = 0; j < 20; j++) damaged[random.NextInt32(2048)] = (byte)random.NextUInt64();
            try
            {
                Read(damaged);
            }
            catch (BadImageFormatException)
            {
            }
        }

        void Refused(byte[] bytes) => Assert.Throws<BadImageFormatException>(() => Read(bytes));

        void Read(byte[] bytes)
        {
            ElfVersions versions = new(bytes, path);
            foreach (ElfVersions.Need need in versions.Needed()) versions.SymbolsInUse(need);
        }
    }

    [Fact]
    public async Task Several_writers_leave_one_whole_copy()
    {
        byte[] copy = RandomNumberGenerator.GetBytes(1 << 20);
        string[] paths = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(() => NativeTorch.Store(copy, folder))));
        Assert.Equal(copy, File.ReadAllBytes(Assert.Single(paths.Distinct())));
        Assert.Single(Directory.GetFiles(folder, "*", SearchOption.AllDirectories));

        File.WriteAllText(paths[0], "half a fi");
        Assert.Equal(copy, File.ReadAllBytes(NativeTorch.Store(copy, folder)));
    }

    [Fact]
    public void A_folder_that_takes_nothing_is_passed_over_and_without_any_the_message_says_what_to_do()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), LinuxOnly);
        string blocked = Path.Combine(folder, "file");
        File.WriteAllText(blocked, "");
        byte[] library = File.ReadAllBytes(NativeTorch.StandardLibraryPath()!);
        Assert.NotEqual(IntPtr.Zero, NativeTorch.LoadFromFile(library, [blocked, null]));

        string message = Assert.Throws<DllNotFoundException>(() => NativeTorch.LoadFromFile("not a library"u8.ToArray(), [blocked, folder, null])).Message;
        Assert.Contains("XDG_CACHE_HOME", message, StringComparison.Ordinal);
        Assert.Contains(blocked, message, StringComparison.Ordinal);
    }

    private static (byte[] Bytes, string Path) Library()
    {
        string path = NativeTorch.Find("libLibTorchSharp.so")!;
        return (File.ReadAllBytes(path), path);
    }

    private static byte[] With(byte[] bytes, int offset, byte value)
    {
        byte[] copy = [.. bytes];
        copy[offset] = value;
        return copy;
    }
}
