namespace Counterweight.Architecture.Tests;

/// <summary>Rules of the house that a machine can check in the sources.</summary>
public class HouseTests
{
    private static readonly string[] Folders = ["src", "tests", "bench", "samples", "fuzz"];

    [Fact]
    public void Lines_end_before_column_160()
    {
        string[] files = [.. Folders.Where(f => Directory.Exists(Path.Combine(Repository.Root, f))).SelectMany(SourceFiles.Of)];
        Assert.True(files.Length > 300);
        Assert.Empty(files.SelectMany(f => File.ReadLines(f).Select((line, i) => (line, At: $"{Path.GetRelativePath(Repository.Root, f)}:{i + 1}")))
            .Where(l => l.line.Length > 160).Select(l => l.At));
    }

    [Fact]
    public void Every_package_is_used_and_its_reason_stands_in_the_page()
    {
        string page = File.ReadAllText(Path.Combine(Repository.Root, "docs", "dependencies.md"));
        string[] used = [.. Directory.EnumerateFiles(Repository.Root, "*.*proj", new EnumerationOptions { RecurseSubdirectories = true, MaxRecursionDepth = 5 })
            .Concat(Directory.EnumerateFiles(Repository.Root, "*.props", new EnumerationOptions { RecurseSubdirectories = true, MaxRecursionDepth = 5 }))
            .Where(f => !f.Contains($"{Path.DirectorySeparatorChar}artifacts{Path.DirectorySeparatorChar}", StringComparison.Ordinal))
            .SelectMany(f => Of(f, "PackageReference"))];
        string[] pinned = [.. Of(Path.Combine(Repository.Root, "Directory.Packages.props"), "PackageVersion")];
        Assert.True(pinned.Length > 20);
        foreach (string package in pinned)
        {
            Assert.Contains(package, used);
            Assert.Contains(package.StartsWith("libtorch-cpu-", StringComparison.Ordinal) ? "libtorch-cpu-" : package, page, StringComparison.Ordinal);
        }

        static IEnumerable<string> Of(string file, string element) =>
            System.Xml.Linq.XDocument.Load(file).Descendants(element).Select(e => (string?)e.Attribute("Include")).OfType<string>();
    }

    [Fact]
    public void Friends_are_named_in_the_project_files() =>
        Assert.DoesNotContain(SourceFiles.Of("src"), f => File.ReadAllText(f).Contains("assembly: InternalsVisibleTo", StringComparison.Ordinal));
}
