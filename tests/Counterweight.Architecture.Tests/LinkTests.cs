using System.Text.RegularExpressions;

namespace Counterweight.Architecture.Tests;

/// <summary>Every link of a page to another page, to a heading or to a file leads there.</summary>
public partial class LinkTests
{
    [Fact]
    public void Links_of_pages_lead_somewhere()
    {
        string[] pages = [.. Directory.GetFiles(Repository.Root, "*.md").Concat(((string[])["docs", "bench", "samples", "src", "tests"]).SelectMany(f =>
            Directory.EnumerateFiles(Path.Combine(Repository.Root, f), "*.md", SearchOption.AllDirectories)))
            .Where(p => !p.Contains("node_modules", StringComparison.Ordinal)
                && !p.Contains(Path.Combine("docs", "site"), StringComparison.Ordinal))]; // whose layout is that of build/site.sh, which looks at links, too
        List<string> broken = [];
        int links = 0;
        foreach (string page in pages)
        {
            foreach (Match link in Link().Matches(Code().Replace(File.ReadAllText(page), "")))
            {
                string target = link.Groups[1].Value;
                if (target.Contains("://", StringComparison.Ordinal) || target.StartsWith("mailto:", StringComparison.Ordinal)) continue;
                links++;
                string[] parts = target.Split('#', 2);
                string file = parts[0].Length == 0 ? page : Path.GetFullPath(Path.Combine(Path.GetDirectoryName(page)!, Uri.UnescapeDataString(parts[0])));
                bool there = Path.Exists(file) && (parts.Length == 1 || !file.EndsWith(".md", StringComparison.Ordinal) || Headings(file).Contains(parts[1]));
                if (!there) broken.Add($"{Path.GetRelativePath(Repository.Root, page)}: {target}");
            }
        }

        Assert.True(links > 150, $"{links} links");
        Assert.Empty(broken);
    }

    /// <summary>The names by which headings are linked: small letters, digits and hyphens, a hyphen for a space.</summary>
    private static HashSet<string> Headings(string page) =>
        [.. Heading().Matches(Fence().Replace(File.ReadAllText(page).ReplaceLineEndings("\n"), ""))
            .Select(h => Other().Replace(h.Groups[1].Value.Trim().ToLowerInvariant(), "").Replace(' ', '-'))];

    [GeneratedRegex(@"\]\(([^)\s]+)\)")]
    private static partial Regex Link();

    [GeneratedRegex("^```.*?^```|`[^`\n]*`", RegexOptions.Singleline | RegexOptions.Multiline)]
    private static partial Regex Code();

    [GeneratedRegex("^```.*?^```", RegexOptions.Singleline | RegexOptions.Multiline)]
    private static partial Regex Fence();

    [GeneratedRegex("^#+ (.*)$", RegexOptions.Multiline)]
    private static partial Regex Heading();

    [GeneratedRegex(@"[^\p{L}\p{N} _-]")]
    private static partial Regex Other();
}
