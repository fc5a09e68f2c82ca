namespace Counterweight.Tests.Resampling;

/// <summary>The texts of resamplers. What a resampler has to do, whatever its method, is in the package of checks: ResamplerChecks.</summary>
public sealed class ResamplerTextTests
{
    public static TheoryData<string> Methods() => [.. Resampler.Catalogue.Select(m => m.Name)];

    [Theory]
    [MemberData(nameof(Methods))]
    public void The_canonical_text_makes_the_same_resampler(string method)
    {
        MethodCall call = Resampler.Catalogue.Parse(method);
        Assert.Equal(Resampler.Catalogue.Create(call), Resampler.Create(call.ToString()));
        Assert.DoesNotContain("strategy", call.ToString(), StringComparison.Ordinal);
        Assert.Equal("majority", Resampler.Create("enn(strategy=majority)").Strategy.ToString());
        Assert.Equal("0.5", Resampler.Create("random-under(ratio=0.5)").Strategy.ToString());
    }
}
