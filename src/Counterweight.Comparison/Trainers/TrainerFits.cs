using System.Collections.Concurrent;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using Counterweight.Data;

namespace Counterweight.Comparison;

/// <summary>
/// The fits of a comparison's programs: writes their jobs, runs so many at a time, reads their scores, tries again what failed, and keeps what finished, so
/// that nothing is trained twice.
/// </summary>
internal sealed partial class TrainerFits : IDisposable
{
    private const string FitsFolder = "fits", FinishedFile = "finished.json", TrainersFile = "trainers.json";
    private const int LongestSlug = 60;

    /// <summary>How long a file on a shared file system may take to be seen after its program ended elsewhere.</summary>
    private static readonly TimeSpan SharedFileDelay = TimeSpan.FromSeconds(15);

    private readonly Dataset dataset;
    private readonly TrainerSettings settings;
    private readonly int positiveClass;
    private readonly JobWriter jobs;
    private readonly FitPool<ProgramScores> pool;
    private readonly string root;
    private readonly bool temporary;
    private readonly FileStream? hold;
    private readonly ConcurrentQueue<string> devices;
    private int failures;
    private bool disposed;

    /// <summary>Opens the folder of the fits and starts the threads that run them.</summary>
    /// <exception cref="UnusableDataException">Another comparison uses the folder, or its programs had other commands.</exception>
    internal TrainerFits(Dataset dataset, TrainerSettings settings, int positiveClass, CostMatrix? costs, IReadOnlyList<ExternalTrainer> trainers)
    {
        if (settings.Jobs < 1) throw new ArgumentException($"At least one fit runs at a time; {settings.Jobs} is not.", nameof(settings));
        if (settings.FitRetries < 0) throw new ArgumentException($"A fit is tried again 0 times or more; {settings.FitRetries} is not.", nameof(settings));
        if (settings.ValidationShare is not (> 0 and < 1))
            throw new ArgumentException($"The share of the validation rows lies in (0, 1); {settings.ValidationShare} does not.", nameof(settings));
        if (settings.DataFile == JobWriter.StandardInput && trainers.Count > 0)
            throw new ArgumentException("Programs read the rows themselves, so the data have to be a file, not standard input.", nameof(settings));
        _ = settings.Launcher is null ? [] : CommandWords.Split(settings.Launcher);
        (this.dataset, this.settings, this.positiveClass) = (dataset, settings, positiveClass);
        temporary = settings.Folder is null;
        string folder = Path.GetFullPath(settings.Folder ?? Directory.CreateTempSubdirectory("counterweight-").FullName);
        root = Path.Combine(folder, FitsFolder);
        Directory.CreateDirectory(root);
        hold = Hold(folder);
        try
        {
            CheckCommands(trainers);
            jobs = new JobWriter(dataset, settings, positiveClass, costs);
            devices = new ConcurrentQueue<string>(settings.Devices);
            pool = new FitPool<ProgramScores>(settings.Jobs);
        }
        catch
        {
            hold.Dispose();
            throw;
        }
    }

    /// <summary>The folder that holds the folders of the fits.</summary>
    internal string Root => root;

    /// <summary>Trains and scores, unless that was done before.</summary>
    /// <exception cref="RemedyRefusedException">The program cannot carry out the remedy.</exception>
    /// <exception cref="TrainerException">The program failed.</exception>
    internal ProgramScores Run(FitRequest request, CancellationToken cancellation) =>
        pool.Run(IdOf(request), stop => Fit(request, stop), cancellation);

    /// <summary>Says that a fit will be asked for, so that idle threads may begin it.</summary>
    internal void Expect(FitRequest request) => pool.Expect(IdOf(request), stop => Fit(request, stop));

    /// <summary>Takes back what was expected and has not begun.</summary>
    internal void ForgetExpected() => pool.ForgetExpected();

    /// <summary>Makes a fit that was finished before one to be trained.</summary>
    internal void Forget(FitRequest request)
    {
        string path = Path.Combine(root, IdOf(request), FinishedFile);
        if (File.Exists(path)) File.Delete(path);
    }

    /// <summary>The digest of the scores of a fit that was finished before; null if it was not.</summary>
    internal string? DigestOf(FitRequest request)
    {
        string path = Path.Combine(root, IdOf(request), FinishedFile);
        if (!File.Exists(path)) return null;
        try
        {
            using JsonDocument document = JsonDocument.Parse(File.ReadAllBytes(path));
            return document.RootElement.GetProperty("digest").GetString();
        }
        catch (Exception damaged) when (damaged is JsonException or KeyNotFoundException or InvalidOperationException)
        {
            return null;
        }
    }

    public void Dispose()
    {
        if (disposed) return;
        disposed = true;
        pool.Dispose();
        hold?.Dispose();
        // Logs of what failed stay: messages name them.
        if (temporary && failures == 0) Directory.Delete(Path.GetDirectoryName(root)!, recursive: true);
    }

    /// <summary>A name for the fit that people can read and that no other fit of the comparison has.</summary>
    internal static string IdOf(FitRequest request)
    {
        string training = request.Training.Name, share = request.Share == 1 ? "" : string.Create(CultureInfo.InvariantCulture, $"-{request.Share:0.###}");
        string slug = Unusual().Replace(training, "-").Trim('-');
        if (slug.Length > LongestSlug) slug = slug[..LongestSlug];
        string all = string.Create(CultureInfo.InvariantCulture,
            $"{request.Trainer.Name}\0{request.Trainer.Command}\0{training}\0{request.Rows}\0{request.Repeat}\0{request.Fold}\0{request.Seed}\0"
            + $"{request.Share:R}");
        string digest = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(all)))[..8];
        return string.Create(CultureInfo.InvariantCulture, $"{request.Trainer.Name}-{slug}-r{request.Repeat}f{request.Fold}{share}-{digest}");
    }

    private ProgramScores Fit(FitRequest request, CancellationToken cancellation)
    {
        string folder = Path.Combine(root, IdOf(request));
        if (Finished(request, folder) is ProgramScores known) return known;
        double[]? prior = Kept(folder, () =>
        {
            Directory.CreateDirectory(folder);
            return jobs.Write(request, folder, Path.Combine(root, "rows"));
        });
        ProgramScores scores = Trained(request, folder, prior, cancellation);
        return Kept(folder, () =>
        {
            WriteFinished(folder, scores);
            return scores;
        });
    }

    /// <summary>Runs the program, and once more (or as often as was asked for) where it failed.</summary>
    private ProgramScores Trained(FitRequest request, string folder, double[]? prior, CancellationToken cancellation)
    {
        for (int attempt = 0; ; attempt++)
        {
            try
            {
                return Try(request, folder, prior, attempt > 0, cancellation);
            }
            catch (TrainerException) when (attempt < settings.FitRetries && !cancellation.IsCancellationRequested)
            {
            }
            catch (TrainerException)
            {
                Interlocked.Increment(ref failures);
                throw;
            }
        }
    }

    /// <summary>Writes something to the folder of a fit; where that fails, the disk being full, says which fit it was and that the others are kept.</summary>
    private static T Kept<T>(string folder, Func<T> write)
    {
        try
        {
            return write();
        }
        catch (Exception full) when (full is IOException or UnauthorizedAccessException || AtomicFile.IsDiskFull(full))
        {
            string what = (full.InnerException ?? full).Message.Split(" (Parameter", 2)[0].TrimEnd('.');
            throw new TrainerException($"Fit {Path.GetFileName(folder)}: {folder} cannot be written: {what}. Make room there and run the command again; "
                + "finished fits of an --out folder are kept, and --resume goes on with them.", full);
        }
    }

    private ProgramScores Try(FitRequest request, string folder, double[]? prior, bool again, CancellationToken cancellation)
    {
        string job = Path.Combine(folder, JobFile.FileName), scores = Path.Combine(folder, JobFile.ScoresName), log = Path.Combine(folder, JobFile.LogName);
        string result = Path.Combine(folder, JobFile.ResultName);
        // What an earlier try left must not pass for this one's.
        while (ScoresFile.Find(scores) is string old) File.Delete(old);
        File.Delete(result);
        var environment = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["COUNTERWEIGHT_JOB"] = job,
            ["COUNTERWEIGHT_SEED"] = request.Seed.ToString(CultureInfo.InvariantCulture),
        };
        if (Threads() is int threads) environment["OMP_NUM_THREADS"] = threads.ToString(CultureInfo.InvariantCulture);
        string? device = null;
        if (settings.Devices.Count > 0)
        {
            device = devices.TryDequeue(out string? free) ? free : settings.Devices[Random.Shared.Next(settings.Devices.Count)];
            environment["CUDA_VISIBLE_DEVICES"] = DeviceNumber(device);
        }

        ProgramEnd end;
        try
        {
            end = ProgramRunner.Run(new ProgramStart(request.Trainer.Words(settings.Launcher, job), environment, log, again, settings.FitTimeout),
                cancellation);
        }
        catch (TrainerException unstarted)
        {
            throw new TrainerException($"Fit {Path.GetFileName(folder)}: {unstarted.Message}", unstarted);
        }
        finally
        {
            if (device is not null) devices.Enqueue(device);
        }

        Judge(end, folder, log, request.Own is not null);
        return Read(request, folder, prior, end.Seconds, true, wait: settings.Launcher is not null);
    }

    /// <summary>
    /// A fit's share of the threads; null to leave it to the program. Several fits that each take every processor wait for each other most of the time.
    /// </summary>
    private int? Threads() => settings.Threads > 0 ? Math.Max(1, settings.Threads / settings.Jobs)
        : settings.Jobs > 1 && settings.Launcher is null && Environment.GetEnvironmentVariable("OMP_NUM_THREADS") is null
        ? Math.Max(1, Environment.ProcessorCount / settings.Jobs) : null;

    /// <summary>What the exit code says, as the contract reads it.</summary>
    private void Judge(ProgramEnd end, string folder, string log, bool own)
    {
        const int refused = 78;
        if (end is { OverTime: false, ExitCode: 0 }) return;
        if (end is { OverTime: false, ExitCode: refused } && own
            && LearnerResult.Read(Path.Combine(folder, JobFile.ResultName), dataset.Name).Refused is string reason) throw new RemedyRefusedException(reason);
        if (end is { OverTime: false, ExitCode: refused })
            throw new RemedyRefusedException(end.LastErrors.Count > 0 ? end.LastErrors[^1] : "The program refused it (exit code 78) and gave no reason.");
        string how = end.OverTime
            ? string.Create(CultureInfo.InvariantCulture, $"took longer than --fit-timeout {settings.FitTimeout!.Value.TotalSeconds:0.###} s and was ended")
            : end.ExitCode is int code ? $"ended with exit code {code}{Meaning(code)}"
            : $"was ended by signal {end.EndingSignal}{SignalName(end.EndingSignal)}";
        string said = end.LastErrors.Count > 0 ? $" It said: {string.Join(" | ", end.LastErrors)}" : " It wrote nothing to standard error.";
        throw new TrainerException($"Fit {Path.GetFileName(folder)}: the program {how}.{said} Its log: {log}");
    }

    private static string Meaning(int code) => code switch
    {
        126 => " (what it started may not be executed)",
        127 => " (what it started was not found)",
        137 => " (killed, mostly for lack of memory)",
        _ => "",
    };

    private static string SignalName(int signal) => signal switch
    {
        6 => " (SIGABRT)",
        9 => " (SIGKILL, mostly for lack of memory)",
        11 => " (SIGSEGV)",
        15 => " (SIGTERM)",
        _ => "",
    };

    private ProgramScores Read(FitRequest request, string folder, double[]? prior, double seconds, bool trained, bool wait)
    {
        string expected = Path.Combine(folder, JobFile.ScoresName);
        string log = Path.Combine(folder, JobFile.LogName);
        string? path = ScoresFile.Find(expected);
        for (long since = Environment.TickCount64; wait && path is null && Environment.TickCount64 - since < SharedFileDelay.TotalMilliseconds;)
        {
            Thread.Sleep(200);
            path = ScoresFile.Find(expected);
        }

        if (path is null)
            throw new TrainerException($"Fit {Path.GetFileName(folder)}: the program ended with exit code 0 and wrote no scores. They are expected in "
                + $"{expected}, the "
                + $"'scores' of its job, before it ends; a program that starts others waits for them. Its log: {log}");
        if (request.Own is not null) return ReadOwn(request, folder, path, trained);
        var file = new ScoresFile(dataset.ClassNames, positiveClass, [.. request.Validation, .. request.Test]) { ValidationRows = request.Validation.Length };
        double[] all;
        try
        {
            all = file.Read(path, ResultFile.Read(Path.Combine(folder, JobFile.ResultName)).Kind);
        }
        catch (TrainerException unfit)
        {
            throw new TrainerException($"Fit {Path.GetFileName(folder)}: {unfit.Message} Its log: {log}", unfit);
        }
        catch (IOException unfit)
        {
            throw new TrainerException($"Fit {Path.GetFileName(folder)}: the scores in {path} cannot be read: {unfit.Message} Its log: {log}", unfit);
        }

        int split = request.Validation.Length * dataset.Classes;
        return new ProgramScores(all[..split], all[split..], prior, seconds, DigestOf(all), folder, trained) { OneColumn = file.IsOneColumn };
    }

    /// <summary>What the tool itself wrote, taken as it is, to the bit.</summary>
    private ProgramScores ReadOwn(FitRequest request, string folder, string path, bool trained)
    {
        LearnerResult result = LearnerResult.Read(Path.Combine(folder, JobFile.ResultName), dataset.Name);
        int split = result.TuningFailure is null ? request.Validation.Length * dataset.Classes : 0;
        double[] all;
        try
        {
            all = Npy.Read(path).Values;
        }
        catch (Exception damaged) when (damaged is FormatException or IOException)
        {
            throw new TrainerException($"Fit {Path.GetFileName(folder)}: the scores in {path} cannot be read: {damaged.Message}", damaged);
        }

        if (all.Length != split + (request.Test.Length * dataset.Classes))
            throw new TrainerException($"Fit {Path.GetFileName(folder)}: {path} has {all.Length} scores, and "
                + $"{split + (request.Test.Length * dataset.Classes)} are expected.");
        return new ProgramScores(all[..split], all[split..], result.Prior, result.Seconds, DigestOf(all), folder, trained)
        {
            TuningSeconds = result.TuningSeconds,
            TuningFailure = result.TuningFailure,
        };
    }

    private static string DigestOf(double[] scores) =>
        Convert.ToHexStringLower(SHA256.HashData(System.Runtime.InteropServices.MemoryMarshal.AsBytes(scores.AsSpan())));

    /// <summary>The scores of a fit that was finished before, if it was.</summary>
    private ProgramScores? Finished(FitRequest request, string folder)
    {
        string path = Path.Combine(folder, FinishedFile);
        if (!File.Exists(path)) return null;
        try
        {
            using JsonDocument document = JsonDocument.Parse(File.ReadAllBytes(path));
            JsonElement stored = document.RootElement.GetProperty("prior");
            double[]? prior = stored.ValueKind == JsonValueKind.Null ? null : [.. stored.EnumerateArray().Select(p => p.GetDouble())];
            ProgramScores scores = Read(request, folder, prior, document.RootElement.GetProperty("seconds").GetDouble(), false, wait: false);
            return scores.Digest == document.RootElement.GetProperty("digest").GetString() ? scores : null;
        }
        catch (Exception damaged) when (damaged is JsonException or TrainerException or KeyNotFoundException or InvalidOperationException or IOException)
        {
            return null;
        }
    }

    private static void WriteFinished(string folder, ProgramScores scores) => AtomicFile.Write(Path.Combine(folder, FinishedFile), stream =>
    {
        using var json = new Utf8JsonWriter(stream);
        json.WriteStartObject();
        json.WriteNumber("seconds", scores.Seconds);
        if (scores.Prior is null)
        {
            json.WriteNull("prior");
        }
        else
        {
            json.WriteStartArray("prior");
            foreach (double p in scores.Prior) json.WriteNumberValue(p);
            json.WriteEndArray();
        }

        json.WriteString("digest", scores.Digest);
        json.WriteEndObject();
    });

    /// <summary>Two comparisons in one folder would write over each other's jobs.</summary>
    private static FileStream Hold(string folder)
    {
        string path = Path.Combine(folder, FitsFolder, ".in-use");
        try
        {
            return new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, 1, FileOptions.DeleteOnClose);
        }
        catch (IOException used)
        {
            throw new UnusableDataException("Another comparison uses this folder at the moment. Wait for it, or give another folder.", folder,
                innerException: used);
        }
    }

    /// <summary>What finished under a name was trained by a command; another command under that name would be mixed with it.</summary>
    private void CheckCommands(IReadOnlyList<ExternalTrainer> trainers)
    {
        string path = Path.Combine(root, TrainersFile);
        var known = new SortedDictionary<string, string>(StringComparer.Ordinal);
        if (File.Exists(path))
        {
            using JsonDocument document = JsonDocument.Parse(File.ReadAllBytes(path));
            foreach (JsonProperty one in document.RootElement.EnumerateObject()) known[one.Name] = one.Value.GetString() ?? "";
        }

        foreach (ExternalTrainer trainer in trainers)
        {
            if (known.TryGetValue(trainer.Name, out string? before) && before != trainer.Command)
                throw new UnusableDataException($"The trainer '{trainer.Name}' was '{before}' when this folder was begun and is '{trainer.Command}' now; "
                    + "their fits "
                    + $"would be mixed. Give it another name (--trainer NAME=COMMAND), or another folder.", path);
            known[trainer.Name] = trainer.Command;
        }

        AtomicFile.Write(path, stream =>
        {
            using var json = new Utf8JsonWriter(stream);
            json.WriteStartObject();
            foreach ((string name, string command) in known) json.WriteString(name, command);
            json.WriteEndObject();
        });
    }

    private static string DeviceNumber(string device) => device.StartsWith("cuda:", StringComparison.OrdinalIgnoreCase) ? device["cuda:".Length..] : device;

    [GeneratedRegex(@"[^A-Za-z0-9.=]+")]
    private static partial Regex Unusual();
}
