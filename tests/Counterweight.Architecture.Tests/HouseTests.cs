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
    public void Friends_are_named_in_the_project_files() =>
        Assert.DoesNotContain(SourceFiles.Of("src"), f => File.ReadAllText(f).Contains("assembly: InternalsVisibleTo", StringComparison.Ordinal));
}
