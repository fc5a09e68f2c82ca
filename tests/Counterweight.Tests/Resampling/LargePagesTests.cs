namespace Counterweight.Tests.Resampling;

public sealed class LargePagesTests
{
    [Theory]
    [InlineData(10)]
    [InlineData(3_000_000)]
    public void An_array_keeps_its_values(int length)
    {
        int[] values = [.. Enumerable.Range(1, length)];
        int[] same = LargePages.Under(values);
        Assert.Same(values, same);
        for (int i = 0; i < length; i++) Assert.Equal(i + 1, same[i]);
    }
}
