using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using SharpFuzz;
using Xunit.MicrosoftTestingPlatform;

namespace Counterweight.Fuzz;

/// <summary>The tests; or, with a first word of its own, the program of a long run.</summary>
internal static class Program
{
    public static int Main(string[] args)
    {
        Untraced();
        // With afl-fuzz: the bytes of one execution come on standard input; the libraries have been instrumented by the tool 'sharpfuzz'.
        if (args is ["afl", string name])
        {
            Target target = Targets.Named(name);
            using var files = new TempFiles();
            Action<byte[]> read = target.Open(files.Folder);
            Fuzzer.OutOfProcess.Run(stream =>
            {
                using var memory = new MemoryStream();
                stream.CopyTo(memory);
                if (Judge.Wrong(read, memory.ToArray()) is string wrong) throw new InvalidOperationException(wrong);
            });
            return 0;
        }

        // Without coverage: counterweight.fuzz run TARGET SECONDS SEED FOLDER; what is found is written to the folder.
        if (args is ["run", string run, string seconds, string seed, string found])
            return Run(Targets.Named(run), double.Parse(seconds, CultureInfo.InvariantCulture), long.Parse(seed, CultureInfo.InvariantCulture), found);

        // The corpus of a target as files, for afl-fuzz: counterweight.fuzz seeds TARGET FOLDER.
        if (args is ["seeds", string seeds, string folder])
        {
            Target target = Targets.Named(seeds);
            using var files = new TempFiles();
            Directory.CreateDirectory(Path.Combine(folder, "in"));
            target.Open(files.Folder);
            int n = 0;
            foreach (byte[] one in target.Seeds(files.Folder)) File.WriteAllBytes(Path.Combine(folder, "in", $"{n++:000}"), one);
            File.WriteAllLines(Path.Combine(folder, "tokens"), target.Tokens.Select(t =>
                $"\"{string.Concat(Encoding.UTF8.GetBytes(t).Select(b => $"\\x{b:x2}"))}\""));
            return 0;
        }

        // What a file does: counterweight.fuzz try TARGET FILE.
        if (args is ["try", string tried, string path])
        {
            using var files = new TempFiles();
            string? wrong = Judge.Wrong(Targets.Named(tried).Open(files.Folder), File.ReadAllBytes(path));
            Console.WriteLine(wrong ?? "right");
            return wrong is null ? 0 : 1;
        }

        if (args is ["targets"])
        {
            foreach (Target target in Targets.All) Console.WriteLine(target.Name);
            return 0;
        }

        return args.Contains("-automated") || args.Contains("@@")
            ? Xunit.Runner.InProc.SystemConsole.ConsoleRunner.Run(args).GetAwaiter().GetResult()
            : TestPlatformTestFramework.RunAsync(args, SelfRegisteredExtensions.AddSelfRegisteredExtensions).GetAwaiter().GetResult();
    }

    /// <summary>Instrumented code that runs before the fuzzer counts into memory that nobody reads.</summary>
    private static unsafe void Untraced() => SharpFuzz.Common.Trace.SharedMem = (byte*)NativeMemory.AllocZeroed(1 << 16);

    private static int Run(Target target, double seconds, long seed, string found)
    {
        using var files = new TempFiles();
        Directory.CreateDirectory(found);
        Action<byte[]> read = target.Open(files.Folder);
        byte[][] corpus = [.. target.Seeds(files.Folder)];
        var mutator = new Mutator(corpus, target.Tokens, seed);
        var kinds = new HashSet<string>();
        var watch = System.Diagnostics.Stopwatch.StartNew();
        string last = Path.Combine(found, $"{target.Name}.last"); // what a native crash leaves behind
        long executions = 0;
        while (watch.Elapsed.TotalSeconds < seconds)
        {
            byte[] input = mutator.Next();
            File.WriteAllBytes(last, input);
            executions++;
            if (Judge.Wrong(read, input) is not string wrong || !kinds.Add(Judge.Kind(wrong))) continue;
            File.WriteAllBytes(Path.Combine(found, $"{target.Name}.{kinds.Count:000}"), input);
            Console.WriteLine($"{target.Name}: {wrong}");
        }

        File.Delete(last);
        Console.WriteLine($"{target.Name}: {executions} executions in {watch.Elapsed.TotalSeconds:0} s, {kinds.Count} kinds of finds");
        return 0;
    }
}
