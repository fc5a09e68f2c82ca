namespace Counterweight.Tests;

public sealed class ClassBalancedSamplerTests
{
    [Fact]
    public void The_example_of_the_documentation_draws_the_rare_row_about_half_the_time()
    {
        int[] labels = [0, 0, 0, 0, 0, 0, 0, 0, 0, 1];
        var sampler = new ClassBalancedSampler(labels, classes: 2, length: 10_000, seed: 0);
        var rows = new long[sampler.Length];
        sampler.Fill(epoch: 0, position: 0, rows);
        Assert.InRange(rows.Count(r => r == 9), 4_800, 5_200);
    }
}
