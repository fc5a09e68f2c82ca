namespace Counterweight.Comparison.Tests;

public sealed class ChoiceTests
{
    private const double TestShare = 0.25, Equivalence = 0.005;

    private static readonly Candidate Baseline = new("linear", Remedy.None);
    private static readonly Candidate[] Remedies = [.. new[] { "threshold:tuned", "weights:balanced", "weights:inverse-sqrt", "sampler:class-balanced", "loss:logit-adjusted" }.Select(r => new Candidate("linear", Remedy.Parse(r)))];

    [Fact]
    public void Without_a_remedy_the_answer_is_to_do_nothing() => Assert.Equal(Baseline, Choice.Of([(Baseline, [0.5, 0.6])], Baseline, TestShare, Equivalence));

    [Fact]
    public void Of_remedies_without_effect_a_few_are_advised_at_most()
    {
        // Twenty folds of pure noise, the same for every candidate but for a small part: the state of data in which no remedy helps.
        int advised = 0;
        const int trials = 400;
        for (int trial = 0; trial < trials; trial++)
        {
            var random = new SeededRandom(3, trial);
            Candidate[] all = [Baseline, .. Remedies];
            Candidate picked = Choice.Of([.. all.Select(c => (c, Values(random, 20, 0.7, 0.03)))], Baseline, TestShare, Equivalence);
            if (picked != Baseline) advised++;
        }

        Assert.InRange(advised, 0, trials * 0.25);
    }

    [Fact]
    public void The_luckiest_of_noisy_candidates_does_not_go_before_a_steady_one()
    {
        double[] none = [.. Enumerable.Repeat(0.5, 10)], steady = [.. Enumerable.Range(0, 10).Select(j => 0.70 + (0.002 * (j % 3)))];
        double[] wild = [.. Enumerable.Range(0, 10).Select(j => 0.7025 + (j % 2 == 0 ? 0.15 : -0.145))];
        Assert.True(wild.Average() > steady.Average());
        Assert.Equal(Remedies[2], Choice.Of([(Baseline, none), (Remedies[1], wild), (Remedies[2], steady), (Remedies[4], steady.Select(v => v - 0.02).ToArray())], Baseline, TestShare, Equivalence));
    }

    [Fact]
    public void Of_two_that_are_shown_to_be_practically_the_same_the_simpler_is_advised()
    {
        double[] none = [.. Enumerable.Repeat(0.5, 10)], simple = [.. Enumerable.Range(0, 10).Select(j => 0.700 + (0.01 * j))];
        double[] complex = [.. simple.Select((v, j) => v + 0.001 + (0.0002 * (j % 2)))];
        Assert.Equal(Remedies[0], Choice.Of([(Baseline, none), (Remedies[0], simple), (Remedies[4], complex)], Baseline, TestShare, Equivalence));
        double[] clearly = [.. simple.Select((v, j) => v + 0.02 + (0.0002 * (j % 2)))];
        Assert.Equal(Remedies[4], Choice.Of([(Baseline, none), (Remedies[0], simple), (Remedies[4], clearly)], Baseline, TestShare, Equivalence));
    }

    [Fact]
    public void A_gain_below_the_region_of_equivalence_is_none()
    {
        double[] none = [.. Enumerable.Range(0, 10).Select(j => 0.8 + (0.01 * j))];
        Assert.Equal(Baseline, Choice.Of([(Baseline, none), (Remedies[1], [.. none.Select((v, j) => v + 0.004 + (0.0001 * (j % 2)))])], Baseline, TestShare, Equivalence));
        Assert.Equal(Remedies[1], Choice.Of([(Baseline, none), (Remedies[1], [.. none.Select((v, j) => v + 0.006 + (0.0001 * (j % 2)))])], Baseline, TestShare, Equivalence));
    }

    [Fact]
    public void The_order_of_the_candidates_does_not_matter()
    {
        for (int trial = 0; trial < 50; trial++)
        {
            var random = new SeededRandom(5, trial);
            (Candidate, double[])[] all = [(Baseline, Values(random, 10, 0.6, 0.02)), .. Remedies.Select(r => (r, Values(random, 10, 0.65, 0.02)))];
            Candidate picked = Choice.Of(all, Baseline, TestShare, Equivalence);
            Assert.Equal(picked, Choice.Of([.. all.Reverse()], Baseline, TestShare, Equivalence));
        }
    }

    private static double[] Values(SeededRandom random, int folds, double mean, double deviation) => [.. Enumerable.Range(0, folds).Select(_ => mean + (deviation * random.NextGaussian()))];
}
