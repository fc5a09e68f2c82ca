using System.Globalization;
using System.Text.RegularExpressions;
using Counterweight.Comparison;
using Counterweight.LightGbm;
using Counterweight.Torch;

namespace Counterweight.Architecture.Tests;

/// <summary>The tables of methods in the docs pages agree with the catalogues: in names, parameters and defaults.</summary>
public sealed partial class CataloguePageTests
{
    /// <summary>For each page: the heading of the column of its tables that holds the methods, and the catalogue.</summary>
    private static readonly Dictionary<string, (string Column, IEnumerable<MethodDefinition> Methods)> Pages = new()
    {
        ["weights.md"] = ("scheme", WeightScheme.Catalogue),
        ["losses.md"] = ("name", Loss.Catalogue),
        ["lightgbm.md"] = ("name", BoostingObjective.Catalogue),
        ["samplers.md"] = ("catalogue name", Sampler.Catalogue),
        ["resampling.md"] = ("name", Resampler.Catalogue),
        ["metrics.md"] = ("name", Metric.Catalogue),
        ["decisions.md"] = ("recipe", Decision.Catalogue),
        ["ensembles.md"] = ("name", Ensemble.Catalogue),
    };

    public static TheoryData<string> Names => [.. Pages.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public void The_tables_of_a_page_have_the_methods_of_its_catalogue(string page)
    {
        (string column, IEnumerable<MethodDefinition> methods) = Pages[page];
        string[] written = [.. Written(File.ReadAllText(Path.Combine(Repository.Root, "docs", page)), column)];
        Assert.Equal(
            string.Join('\n', methods.Select(Signature).Order(StringComparer.Ordinal)),
            string.Join('\n', written.SelectMany(w => Spelled(w, methods)).Order(StringComparer.Ordinal)));
    }

    [Theory]
    [InlineData("| name | what |\n|---|---|\n| `a(x=1, y=2)`, `b`, y being 3 for trees | `c` |\n| d ↓ | e |\n\ntext", "a(x=1, y=2)|b|d")]
    [InlineData("| other | name |\n|---|---|\n| `a` | `b(q=0.5)`, by default the epochs |\n", "b(q=0.5)")]
    [InlineData("| other | what |\n|---|---|\n| `a` | `b` |\n", "")]
    public void Tables_are_read(string page, string expected) => Assert.Equal(expected, string.Join('|', Written(page, "name")));

    /// <summary>The methods in the column of this heading of every table that has one.</summary>
    private static IEnumerable<string> Written(string page, string column)
    {
        int at = -1;
        foreach (string line in page.ReplaceLineEndings("\n").Split('\n'))
        {
            string[] cells = [.. line.Split(" | ").Select(c => c.Trim('|', ' '))];
            if (!line.StartsWith('|')) at = -1;
            else if (at < 0) at = Array.IndexOf(cells, column) is >= 0 and int found ? found : int.MaxValue;
            else if (at < cells.Length && !line.StartsWith("|-", StringComparison.Ordinal))
                foreach (Match method in Method().Matches(cells[at].Replace(" ↓", "", StringComparison.Ordinal)))
                    yield return method.Groups["method"].Value;
        }
    }

    /// <summary>A method as the page spells it with numbers rounded for the eye as the catalogue has them, and a family as its members.</summary>
    private static IEnumerable<string> Spelled(string written, IEnumerable<MethodDefinition> methods)
    {
        if (written.EndsWith(":METHOD", StringComparison.Ordinal))
            return methods.Where(m => m.Name.StartsWith(written[..^"METHOD".Length], StringComparison.Ordinal)).Select(Signature);
        MethodDefinition? method = methods.FirstOrDefault(m => m.Name == written.Split('(')[0]);
        if (method is null) return [written];
        // Options that most methods of a kind share may be written, and need not.
        MethodDefinition stated = method with
        {
            Parameters = [.. method.Parameters.Where(p => !p.UnsaidAtDefault || written.Contains($"{p.Name}=", StringComparison.Ordinal))],
        };
        return [Rounded(stated.Signature) == Rounded(written) ? Signature(method) : written];
    }

    /// <summary>A signature without the options that most methods of a kind share.</summary>
    private static string Signature(MethodDefinition method) =>
        (method with { Parameters = [.. method.Parameters.Where(p => !p.UnsaidAtDefault)] }).Signature;

    private static string Rounded(string text) => Number().Replace(
        text, n => double.Parse(n.Value, CultureInfo.InvariantCulture).ToString("G3", CultureInfo.InvariantCulture));

    /// <summary>A method at the beginning of a cell, or after a comma; words after it are remarks.</summary>
    [GeneratedRegex(@"(?<=^|, )`?(?<method>[a-z0-9][a-z0-9:-]*(METHOD)?(\([^)]*\))?)`?(?=$|,)")]
    private static partial Regex Method();

    [GeneratedRegex(@"\d+\.\d{2,}")]
    private static partial Regex Number();
}
