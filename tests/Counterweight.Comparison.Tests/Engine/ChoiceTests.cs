namespace Counterweight.Comparison.Tests;

public sealed class ChoiceTests
{
    private const double TestShare = 0.25, Equivalence = 0.005;

    private static readonly Candidate Baseline = new("linear", Remedy.None);
    private static readonly Candidate[] Remedies = [
        .. new[] { "threshold:tuned", "weights:balanced", "weights:inverse-sqrt", "sampler:class-balanced", "loss:logit-adjusted" }
        .Select(r => new Candidate("linear", Remedy.Parse(r)))];

    [Fact]
    public void Without_a_remedy_the_answer_is_to_do_nothing() =>
        Assert.Equal(Baseline, Choice.Of([(Baseline, [0.5, 0.6])], Baseline, _ => false, TestShare, Equivalence));

    [Fact]
    public void Of_remedies_without_effect_a_few_are_advised_at_most()
    {
        // Twenty folds of pure noise, the same for every candidate but for a small part: the state of data in which no remedy helps.
        int advised = 0;
        const int trials = 400;
        for (int trial = 0; trial < trials; trial++)
        {
            var random = new SeededRandom(3, trial);
            double[] shared = Values(ref random, 20, 0.7, 0.03);
            var all = new List<(Candidate, double[])>();
            foreach (Candidate candidate in (Candidate[])[Baseline, .. Remedies])
                all.Add((candidate, [.. shared.Zip(Values(ref random, 20, 0, 0.01), (s, own) => s + own)]));
            Candidate picked = Choice.Of(all, Baseline, _ => false, TestShare, Equivalence);
            if (picked != Baseline) advised++;
        }

        Assert.True(advised < trials * 0.45, $"{advised} of {trials}");
    }

    [Fact]
    public void A_remedy_that_is_hardly_likelier_better_than_worse_needs_proof()
    {
        double[] none = [.. Enumerable.Range(0, 10).Select(j => 0.7 + (0.001 * (j % 3)))];
        (Candidate, double[])[] all = [
            (Baseline, none), (Remedies[0], [.. none.Select((v, j) => v + 0.02 + (j % 2 == 0 ? 0.08 : -0.08))]),
            .. Remedies[1..].Select(r => (r, none.Select((v, j) => v - 0.02 + (0.001 * (j % 2))).ToArray()))];
        Assert.Equal(Baseline, Choice.Of(all, Baseline, _ => false, TestShare, Equivalence));
        Assert.Equal(Remedies[0], Choice.Of(all, Baseline, c => c == Remedies[0], TestShare, Equivalence));
    }

    [Fact]
    public void A_remedy_that_is_very_likely_better_is_advised_though_most_others_do_harm()
    {
        // Many classes: weights and resampling hurt, an adjusted loss helps on every fold but one.
        double[] none = [0.78, 0.80, 0.77, 0.81, 0.79], gains = [0.05, 0.06, -0.01, 0.05, 0.04];
        (Candidate, double[])[] all =
        [
            (Baseline, none), (Remedies[4], [.. none.Zip(gains, (v, g) => v + g)]),
            .. Remedies[..4].Select((r, i) => (r, none.Select((v, j) => v - 0.03 - (0.001 * ((i + j) % 3))).ToArray())),
        ];
        Assert.Equal(Remedies[4], Choice.Of(all, Baseline, _ => false, TestShare, Equivalence));
    }

    [Fact]
    public void Of_two_that_are_shown_to_be_practically_the_same_the_simpler_is_advised()
    {
        double[] none = [.. Enumerable.Repeat(0.5, 10)], simple = [.. Enumerable.Range(0, 10).Select(j => 0.700 + (0.01 * j))];
        double[] complex = [.. simple.Select((v, j) => v + 0.001 + (0.0002 * (j % 2)))];
        Assert.Equal(Remedies[0], Choice.Of([(Baseline, none), (Remedies[0], simple), (Remedies[4], complex)], Baseline, _ => false, TestShare, Equivalence));
        double[] clearly = [.. simple.Select((v, j) => v + 0.02 + (0.0002 * (j % 2)))];
        Assert.Equal(Remedies[4], Choice.Of([(Baseline, none), (Remedies[0], simple), (Remedies[4], clearly)], Baseline, _ => false, TestShare, Equivalence));
    }

    [Fact]
    public void A_gain_of_less_than_half_the_region_of_equivalence_is_none()
    {
        double[] none = [.. Enumerable.Range(0, 10).Select(j => 0.8 + (0.01 * j))];
        Assert.Equal(Baseline, Choice.Of(
            [(Baseline, none), (Remedies[1], [.. none.Select((v, j) => v + 0.002 + (0.0001 * (j % 2)))])], Baseline, _ => false, TestShare, Equivalence));
        Assert.Equal(Remedies[1],
            Choice.Of([(Baseline, none), (Remedies[1], [.. none.Select((v, j) => v + 0.004 + (0.0001 * (j % 2)))])], Baseline, _ => false, TestShare,
                Equivalence));
    }

    [Fact]
    public void The_order_of_the_candidates_does_not_matter()
    {
        for (int trial = 0; trial < 50; trial++)
        {
            var random = new SeededRandom(5, trial);
            var all = new List<(Candidate, double[])> { (Baseline, Values(ref random, 10, 0.6, 0.02)) };
            foreach (Candidate remedy in Remedies) all.Add((remedy, Values(ref random, 10, 0.65, 0.02)));
            Assert.Equal(all.Count, all.Select(c => c.Item2[0]).Distinct().Count());
            Candidate picked = Choice.Of(all, Baseline, _ => false, TestShare, Equivalence);
            Assert.Equal(picked, Choice.Of([.. all.AsEnumerable().Reverse()], Baseline, _ => false, TestShare, Equivalence));
        }
    }

    private static double[] Values(ref SeededRandom random, int folds, double mean, double deviation)
    {
        double[] values = new double[folds];
        for (int j = 0; j < folds; j++) values[j] = mean + (deviation * random.NextGaussian());
        return values;
    }
}
