using System.Xml.Linq;

namespace Counterweight.Architecture.Tests;

/// <summary>The arrows between projects.</summary>
public class ProjectTests
{
    public static TheoryData<string> Projects => [.. SourceFiles.Projects];

    [Theory]
    [MemberData(nameof(Projects))]
    public void A_project_references_what_the_design_lets_it(string project)
    {
        Assert.True(
            Design.Projects.TryGetValue(project, out (string[] Projects, string[] Packages) may),
            $"{project} has no row in Design.cs: which rooms may it use?");
        XDocument file = XDocument.Load(Path.Combine(Repository.Root, "src", project, project + ".csproj"));
        string[] projects = [.. file.Descendants("ProjectReference")
            .Select(r => Path.GetFileNameWithoutExtension(r.Attribute("Include")!.Value.Replace('\\', '/')))];
        string[] packages = [.. file.Descendants("PackageReference")
            .Where(r => r.Attribute("PrivateAssets")?.Value != "all").Select(r => (r.Attribute("Include") ?? r.Attribute("Update"))!.Value)];
        Assert.Empty(projects.Except(may.Projects));
        Assert.Empty(packages.Except(may.Packages));
    }

    [Fact]
    public void No_type_uses_a_room_that_its_own_may_not_use() =>
        Assert.DoesNotContain(Arrows.All, a => a.From.Project != a.To.Project && !Design.Projects[a.From.Project].Projects.Contains(a.To.Project));

    [Fact]
    public void The_design_has_no_circles() =>
        Assert.Null(Circles.First(Design.Projects.Keys, p => Design.Projects[p].Projects));
}
