using Counterweight.Data;
using Counterweight.LightGbm;
using Counterweight.Torch;

namespace Counterweight.Comparison.Tests;

/// <summary>Every learner with everything in the catalogue: it trains, or it is refused with a reason.</summary>
public sealed class CatalogueTests
{
    private static readonly string[] Learners = [.. LearnerCatalogue.All.Select(l => l.Name)];

    private static Dataset Two { get; } = Simulated.Binary(72, 24, distance: 1.5);

    private static Dataset Three { get; } = Simulated.Many([50, 26, 18], radius: 3);

    /// <summary>Everything that changes training, small where it has members.</summary>
    private static IReadOnlyList<Remedy> Remedies =>
        [.. Remedy.Catalogue.Select(m => Remedy.Parse(m.Name.StartsWith("ensemble:", StringComparison.Ordinal) ? $"{m.Name}(members=2)" : m.Name))
            .Where(r => r.Family is not (RemedyFamily.Decision or RemedyFamily.None))];

    private static ComparisonResult Compare(Dataset data, IReadOnlyList<Remedy> remedies, CostMatrix? costs = null) => RemedyComparison.Run(
        data, new ComparisonOptions { Learners = Learners, Remedies = remedies, Folds = 2, Repeats = 1, Threads = 2, Costs = costs, Racing = false });

    public static TheoryData<int> Classes => [2, 3];

    [Theory]
    [MemberData(nameof(Classes))]
    public void Every_remedy_trains_or_is_refused_with_the_reason(int classes)
    {
        ComparisonResult result = Compare(
            classes == 2 ? Two : Three, Remedies, CostMatrix.From(classes == 2 ? [0, 1, 5, 0] : [0, 1, 1, 2, 0, 1, 3, 3, 0], classes));
        Assert.Equal(Learners.Length * (Remedies.Count + 1), result.Candidates.Count);
        Assert.DoesNotContain(result.Candidates, c => c.Status is CandidateStatus.Failed or CandidateStatus.Unfinished);
        foreach (IGrouping<Remedy, CandidateResult> same in result.Candidates.GroupBy(c => c.Candidate.Remedy))
        {
            CandidateResult[] refused = [.. same.Where(c => c.Status == CandidateStatus.Refused)];
            foreach (CandidateResult candidate in refused)
            {
                string name = Remedy.Catalogue.Parse(same.Key.Name).Method.Name;
                Assert.True(candidate.Reason!.Contains(name[(name.IndexOf(':', StringComparison.Ordinal) + 1)..], StringComparison.OrdinalIgnoreCase),
                    $"{candidate.Candidate}: {candidate.Reason}");
                if (refused.Length < Learners.Length) Assert.Contains(candidate.Candidate.Learner, candidate.Reason, StringComparison.Ordinal);
            }

            foreach (CandidateResult candidate in same.Except(refused)) Assert.InRange(candidate.Mean!.Mean, 0, 1);
        }

        // What is refused is little, and known: a remedy that turns up here by mistake would be lost without a word.
        string[] lost = [.. result.Candidates.Where(c => c.Status == CandidateStatus.Refused).Select(c => c.Candidate.ToString())];
        Assert.DoesNotContain(lost, l => l.Contains("weights:", StringComparison.Ordinal));
        // A learner that fits all rows at once has neither batches nor epochs.
        Assert.DoesNotContain(lost,
            l => l.Contains("sampler:", StringComparison.Ordinal)
            && (l.StartsWith("mlp", StringComparison.Ordinal)
                || !(l.Contains("stratified-batch", StringComparison.Ordinal) || l.Contains("dynamic", StringComparison.Ordinal))));
        Assert.DoesNotContain(lost,
            l => l.StartsWith("mlp / loss:", StringComparison.Ordinal)
            && Loss.Catalogue.Contains(Remedy.Parse(l[6..]).Parts[0].Name["loss:".Length..].Split('(')[0]));
        Assert.DoesNotContain(lost, l => l.StartsWith("gbdt / ensemble:", StringComparison.Ordinal));
    }

    [Fact]
    public void Every_loss_takes_class_weights_or_says_why_not()
    {
        ComparisonResult result = Compare(
            Two, [.. Remedy.Catalogue.Where(m => m.Name.StartsWith("loss:", StringComparison.Ordinal))
                .Select(m => Remedy.Parse($"weights:inverse-sqrt+{m.Name}"))]);
        foreach (CandidateResult candidate in result.Candidates.Where(c => c.Candidate.Remedy != Remedy.None))
        {
            string loss = candidate.Candidate.Remedy.Parts.Single(p => p.Family == RemedyFamily.Loss).Name["loss:".Length..];
            bool together = false, hidden = false, known = candidate.Candidate.Learner == "gbdt" ? BoostingObjective.Catalogue.Contains(loss.Split('(')[0])
                : Loss.Catalogue.Contains(loss.Split('(')[0]);
            if (known && candidate.Candidate.Learner != "gbdt")
            {
                using ClassificationLoss made = Loss.Catalogue.Create(loss)(Two.CountLabels());
                (together, hidden) = (!made.IsPerRow, made.NeedsFeatures && candidate.Candidate.Learner == "linear");
            }

            Assert.True(candidate.Status == (known && !together && !hidden ? CandidateStatus.Done : CandidateStatus.Refused),
                $"{candidate.Candidate}: {candidate.Status}, {candidate.Reason}");
            if (together) Assert.Contains("looks at all rows of a batch together", candidate.Reason, StringComparison.Ordinal);
            if (candidate.Status == CandidateStatus.Refused) Assert.Contains(candidate.Candidate.Learner, candidate.Reason, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Weights_multiply_the_loss_of_a_row()
    {
        Dataset data = Simulated.Binary(400, 80, distance: 1);
        double[] Fit(string learner, string remedy)
        {
            using var trained = TrainedClassifier.Fit(data, learner, Remedy.Parse(remedy), new ComparisonOptions { Threads = 1 });
            return trained.Predict(data.Columns).Probabilities;
        }

        foreach (string learner in Learners)
        {
            // Focal loss without focus is cross entropy.
            double[] weighted = Fit(learner, "weights:balanced"), focal = Fit(learner, "weights:balanced+loss:focal(gamma=0)"),
                plain = Fit(learner, "loss:focal(gamma=0)");
            double off = weighted.Zip(focal, (a, b) => Math.Abs(a - b)).Average(), without = weighted.Zip(plain, (a, b) => Math.Abs(a - b)).Average();
            Assert.True(off < 0.1 * without, $"{learner}: {off} of {without}");
        }

        // Weights of the loss's own and weights beside it are one product.
        double[] twice = Fit("linear", "weights:inverse-sqrt+loss:class-balanced(beta=0.999999999)"), product = Fit("linear", "weights:power(tau=1.5)");
        Assert.All(twice.Zip(product), p => Assert.Equal(p.Second, p.First, 0.05));
        Assert.True(twice.Where((_, i) => i % 2 == 1).Average() > Fit("linear", "weights:inverse-sqrt").Where((_, i) => i % 2 == 1).Average() + 0.1);
    }
}
