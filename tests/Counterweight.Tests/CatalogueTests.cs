namespace Counterweight.Tests;

public sealed class CatalogueTests
{
    private static readonly Catalogue<string> Methods = new("method")
    {
        { new("plain", "Nothing.", "none", []), _ => "plain" },
        { new("power", "A power.", "none", [ParameterDefinition.Number("tau", 0.5, 0, 2, "The exponent.")]), c => $"power {c["tau"]}" },
        { new("smote", "Neighbours.", "none",
            [ParameterDefinition.Integer("k", 5, 1, 100, "Neighbours."), ParameterDefinition.Choice("kind", ["all", "mode"], "Rule.")]),
            c => $"{c.Integer("k")} {c.Choice("kind")}" },
    };

    [Theory]
    [InlineData("plain", "plain")]
    [InlineData("POWER", "power(tau=0.5)")]
    [InlineData("power(1)", "power(tau=1)")]
    [InlineData(" power( tau = 0.25 ) ", "power(tau=0.25)")]
    [InlineData("smote(3, mode)", "smote(k=3, kind=mode)")]
    [InlineData("smote(kind=all)", "smote(k=5, kind=all)")]
    public void Text_becomes_its_canonical_form_and_reads_back(string text, string canonical)
    {
        Assert.Equal(canonical, Methods.Parse(text).ToString());
        Assert.Equal(Methods.Parse(text), Methods.Parse(canonical));
    }

    [Theory]
    [InlineData("powr", "Did you mean 'power'?")]
    [InlineData("power(3)", "a number in [0, 2]; '3' is not")]
    [InlineData("power(nan)", "'nan' is not")]
    [InlineData("power(1", "does not close")]
    [InlineData("power(1, 2)", "fits no parameter")]
    [InlineData("power(tau=1, tau=1)", "given twice")]
    [InlineData("plain(1)", "takes no parameters")]
    [InlineData("smote(k=2.5)", "a whole number")]
    [InlineData("smote(kind=any)", "one of all, mode")]
    [InlineData("smote(kind=all, 3)", "needs a name too")]
    public void Wrong_text_says_what_would_fit(string text, string part) =>
        Assert.Contains(part, Assert.Throws<FormatException>(() => Methods.Parse(text)).Message, StringComparison.Ordinal);
}
