using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Counterweight.Architecture.Tests;

/// <summary>
/// Names of methods are read once, by the catalogues; after that they are values. So no file but the readers looks for the marks of a name (a bracket, a
/// plus, a prefix with its colon) in a text: whoever wants to know what a remedy or a metric is asks its call or its parts.
/// </summary>
public class NameTests
{
    private static readonly HashSet<string> Cutters = ["Split", "IndexOf", "LastIndexOf", "IndexOfAny", "StartsWith", "EndsWith", "Contains", "Replace"];

    /// <summary>What the names of remedies begin with: <c>weights:</c>, <c>loss:</c>, ...</summary>
    private static readonly HashSet<string> Prefixes =
        [.. Comparison.Remedy.Catalogue.Select(m => m.Name.Split(':')).Where(parts => parts.Length == 2).Select(parts => parts[0] + ":")];

    /// <summary>The files that may, each with the reason.</summary>
    private static readonly Dictionary<string, string> Readers = new()
    {
        ["Counterweight/Catalogue/Catalogue.cs"] = "reads name(parameters)",
        ["Counterweight/Decisions/DecisionRecipe.cs"] = "reads recipe+recipe",
        ["Counterweight.Comparison/Remedies/RemedySpace.cs"] = "reads ranges in brackets",
        ["Counterweight.Cli/CommandLine.cs"] = "the + in the number of its version",
    };

    [Fact]
    public void Only_readers_look_for_the_marks_of_names()
    {
        string[] files = [.. SourceFiles.Of("src")];
        Assert.True(files.Length > 300);
        Assert.Empty(files.Where(f => !Readers.ContainsKey(InSource(f))).SelectMany(f => Cuts(File.ReadAllText(f)).Select(c => $"{InSource(f)}:{c}")));
    }

    [Fact]
    public void Readers_are_there_and_read()
    {
        foreach (string reader in Readers.Keys) Assert.NotEmpty(Cuts(File.ReadAllText(Path.Combine(Repository.Root, "src", reader))));
    }

    [Theory]
    [InlineData("name.Split('(')[0]")]
    [InlineData("name.Split('+', StringSplitOptions.TrimEntries)")]
    [InlineData("name.IndexOf(\"(\", StringComparison.Ordinal)")]
    [InlineData("name?.StartsWith(\"weights:\", StringComparison.Ordinal)")]
    [InlineData("name.AsSpan().Contains('(')")]
    [InlineData("name.IndexOfAny(['(', ' '])")]
    [InlineData("name.StartsWith(Prefix)")]
    public void A_cut_is_found(string code) => Assert.NotEmpty(Cuts($"class X {{ const string Prefix = \"loss:\"; object Y(string name) => {code}; }}"));

    [Theory]
    [InlineData("name.Split(',')")]
    [InlineData("name.Split('\\n')")]
    [InlineData("string.Concat(name, \"(\")")]
    [InlineData("Catalogue.Contains(\"smote\")")]
    public void What_cuts_no_name_is_let_be(string code) => Assert.Empty(Cuts($"class X {{ object Y(string name) => {code}; }}"));

    private static IEnumerable<string> Cuts(string source)
    {
        SyntaxNode tree = CSharpSyntaxTree.ParseText(source, new CSharpParseOptions(LanguageVersion.Preview)).GetRoot();
        var constants = tree.DescendantNodes().OfType<VariableDeclaratorSyntax>().Where(v => v.Initializer?.Value is LiteralExpressionSyntax literal
            && IsMark(literal)).Select(v => v.Identifier.Text).ToHashSet(StringComparer.Ordinal);
        return tree.DescendantNodes().OfType<InvocationExpressionSyntax>().Where(call => call.Expression switch
        {
            MemberAccessExpressionSyntax member => Cutters.Contains(member.Name.Identifier.Text),
            MemberBindingExpressionSyntax binding => Cutters.Contains(binding.Name.Identifier.Text),
            _ => false,
        }).Where(call => call.ArgumentList.Arguments.SelectMany(a => a.DescendantNodesAndSelf()).Any(n =>
            n is LiteralExpressionSyntax literal ? IsMark(literal) : n is IdentifierNameSyntax name && constants.Contains(name.Identifier.Text)))
            .Select(call => $"{call.GetLocation().GetLineSpan().StartLinePosition.Line + 1}: {call}");
    }

    private static bool IsMark(LiteralExpressionSyntax literal) => literal.Token.Value switch
    {
        char mark => mark is '(' or ')' or '+',
        string text => text is "(" or ")" or "+" || Prefixes.Contains(text),
        _ => false,
    };

    private static string InSource(string file) => Path.GetRelativePath(Path.Combine(Repository.Root, "src"), file).Replace(Path.DirectorySeparatorChar, '/');
}
