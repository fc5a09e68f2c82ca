namespace Counterweight.Fuzz;

/// <summary>A reader of files, as a fuzzer sees it.</summary>
/// <param name="Name">Its name, which is that of its folders in the corpus and in the finds.</param>
/// <param name="Runs">How many inputs the seeded test tries.</param>
/// <param name="Tokens">Words of the format, which the mutations use.</param>
/// <param name="Open">Prepares a folder, and gives what reads bytes there: it ends, or throws.</param>
internal sealed record Target(string Name, int Runs, string[] Tokens, Func<string, Action<byte[]>> Open)
{
    /// <summary>Inputs that are made in the prepared folder, beside those of the corpus.</summary>
    internal Func<string, IEnumerable<byte[]>>? Made { get; init; }

    /// <summary>Where files of this target lie in the checkout.</summary>
    internal static string Folder(string kind, string name) => Path.Combine(Repository.Root, "tests", "Counterweight.Fuzz", kind, name);

    /// <summary>Small inputs that are right, or nearly.</summary>
    internal IEnumerable<byte[]> Seeds(string folder) => Files("corpus").Select(File.ReadAllBytes).Concat(Made?.Invoke(folder) ?? []);

    /// <summary>The files of the corpus, or what was found once.</summary>
    internal string[] Files(string kind) =>
        Directory.Exists(Folder(kind, Name)) ? [.. Directory.GetFiles(Folder(kind, Name)).Order(StringComparer.Ordinal)] : [];
}
