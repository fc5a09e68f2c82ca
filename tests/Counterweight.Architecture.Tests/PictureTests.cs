using System.Text;

namespace Counterweight.Architecture.Tests;

/// <summary>docs/architecture.md shows the arrows as they are in the code.</summary>
public class PictureTests
{
    private const string Rewrite = "COUNTERWEIGHT_WRITE_ARCHITECTURE";

    private static readonly string Page = Path.Combine(Repository.Root, "docs", "architecture.md");

    [Fact]
    public void The_picture_of_the_arrows_is_that_of_the_code()
    {
        string now = Draw();
        if (Environment.GetEnvironmentVariable(Rewrite) == "1") File.WriteAllText(Page, now);
        string written = File.Exists(Page) ? File.ReadAllText(Page).ReplaceLineEndings("\n") : "";
        Assert.True(
            written == now,
            $"docs/architecture.md does not show the arrows of the code. Run these tests with {Rewrite}=1 to write it anew, and look at what changed.");
    }

    private static string Draw()
    {
        var page = new StringBuilder();
        page.Append("""
            # The rooms and their arrows

            This page is written by `tests/Counterweight.Architecture.Tests` from the compiled code, which also fails where an arrow is not one of the design
            (`Design.cs` there), where folders side by side make a circle, and where this page is stale. To write it anew:

                COUNTERWEIGHT_WRITE_ARCHITECTURE=1 dotnet test --project tests/Counterweight.Architecture.Tests -c Release

            An arrow from A to B says that code in A uses code in B. Arrows that follow from others are left out; constants and `nameof` leave no
            trace in compiled code and are not seen.

            ## Projects


            """);
        IEnumerable<Arrow> between = Arrows.All.Where(a => a.From.Project != a.To.Project);
        Graph(page, SourceFiles.Projects, [.. between.Select(a => (a.From.Project, a.To.Project)).Distinct()], "");
        foreach (string project in SourceFiles.Projects)
        {
            string[] folders = [.. Arrows.FoldersOf(project).Select(f => f.Split('/')[0]).Where(f => f.Length > 0 && f != "buildTransitive").Distinct()];
            (string From, string To)[] arrows = [.. FolderTests.Inside(project, "").Select(a => (a.From, a.To)).Distinct()];
            if (arrows.Length == 0) continue;
            page.Append("## ").Append(project).Append("\n\n");
            Graph(page, folders, arrows, project + ".");
        }

        return page.ToString().ReplaceLineEndings("\n").TrimEnd() + "\n";
    }

    /// <summary>
    /// A graph in Mermaid. Arrows that follow from others (from A to C where there are A to B and B to C) are left out, so that the picture can be read.
    /// </summary>
    private static void Graph(StringBuilder page, IReadOnlyList<string> places, (string From, string To)[] arrows, string scope)
    {
        page.Append("```mermaid\ngraph TD\n");
        foreach (string place in places.Order(StringComparer.Ordinal)) page.Append("    ").Append(Name(scope + place)).Append('[').Append(place).Append("]\n");
        ILookup<string, string> next = arrows.ToLookup(a => a.From, a => a.To);
        foreach ((string from, string to) in arrows.OrderBy(a => a.From, StringComparer.Ordinal).ThenBy(a => a.To, StringComparer.Ordinal))
            if (!next[from].Any(via => via != to && Reaches(via, to, [])))
                page.Append("    ").Append(Name(scope + from)).Append(" --> ").Append(Name(scope + to)).Append('\n');
        page.Append("```\n\n");

        bool Reaches(string place, string goal, HashSet<string> seen) =>
            place == goal || (seen.Add(place) && next[place].Any(other => Reaches(other, goal, seen)));
    }

    private static string Name(string place) => place.Replace('.', '_');
}
