namespace Counterweight.Architecture.Tests;

/// <summary>
/// The arrows between folders: those that stand side by side in a project, or in a folder of it, have no circles. What stands in the folder around them is
/// their common ground and their face, and may know of them as they of it.
/// </summary>
public class FolderTests
{
    public static TheoryData<string> Projects => [.. SourceFiles.Projects];

    [Theory]
    [MemberData(nameof(Projects))]
    public void Folders_side_by_side_have_no_circles(string project)
    {
        string[] around = [.. Arrows.FoldersOf(project).SelectMany(Above).Distinct().Order(StringComparer.Ordinal)];
        foreach (string folder in around)
        {
            (string From, string To, Arrow Arrow)[] arrows = [.. Inside(project, folder)];
            string? circle = Circles.First(arrows.Select(a => a.From).Distinct(), from => arrows.Where(a => a.From == from).Select(a => a.To).Distinct());
            if (circle is null) continue;
            string[] way = circle.Split(" -> ");
            Assert.Fail($"{project}/{folder} has the circle {circle}:\n"
                + string.Join('\n', arrows.Where(a => way.Contains(a.From) && way.Contains(a.To)).Select(a => a.Arrow)));
        }
    }

    [Fact]
    public void No_folder_uses_one_that_its_own_may_not_use()
    {
        foreach ((string project, (string Folder, string[] May)[] folders) in Design.Folders)
        {
            string[] named = [.. folders.Select(f => f.Folder)];
            string[] there = [.. Arrows.FoldersOf(project).Select(f => f.Split('/')[0]).Where(f => f.Length > 0 && f != "buildTransitive").Distinct()];
            Assert.Empty(there.Except(named));
            Assert.Empty(Inside(project, "").Where(a => !folders.Single(f => f.Folder == a.From).May.Contains(a.To)).Select(a => a.Arrow));
        }
    }

    /// <summary>The arrows between the folders that stand in a folder of a project (empty for the project's own).</summary>
    internal static IEnumerable<(string From, string To, Arrow Arrow)> Inside(string project, string folder)
    {
        string before = folder.Length == 0 ? "" : folder + "/";
        foreach (Arrow arrow in Arrows.All.Where(a => a.From.Project == project && a.To.Project == project))
            if (Child(arrow.From.Folder) is { } from && Child(arrow.To.Folder) is { } to && from != to) yield return (from, to, arrow);

        string? Child(string path) => path.Length > before.Length && path.StartsWith(before, StringComparison.Ordinal)
            ? path[before.Length..].Split('/')[0]
            : null;
    }

    private static IEnumerable<string> Above(string folder)
    {
        string[] parts = folder.Split('/');
        return Enumerable.Range(0, parts.Length).Select(n => string.Join('/', parts.Take(n)));
    }
}
