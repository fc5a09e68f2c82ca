using Counterweight.Data;
using Counterweight.TestSupport;

namespace Counterweight.Comparison.Tests;

public sealed class SamplerRemedyTests
{
    private static readonly Dataset Data = Simulated.Many([150, 70, 40], radius: 2);

    /// <summary>Samplers that need batches or results between epochs, which only a learner that goes step by step has.</summary>
    private static readonly string[] StepByStep = ["stratified-batch", "dynamic"];

    public static TheoryData<string> Learners => [.. LearnerCatalogue.All.Select(l => l.Name)];

    [Theory]
    [MemberData(nameof(Learners))]
    public void Every_sampler_of_the_catalogue_is_compared_or_refused_with_a_reason(string learner)
    {
        ComparisonResult result = RemedyComparison.Run(Data, new()
        {
            Learners = [learner],
            Remedies = Remedy.ParseList(string.Join(", ", Sampler.Catalogue.Select(m => $"sampler:{m.Name}"))),
            Folds = 3,
            Repeats = 1,
            Threads = 2,
            Racing = false,
        });
        foreach (MethodDefinition method in Sampler.Catalogue)
        {
            CandidateResult candidate = result.Candidates.Single(c => c.Candidate.Remedy.Name.Split('(')[0] == $"sampler:{method.Name}");
            if (learner != "mlp" && StepByStep.Contains(method.Name))
            {
                Assert.Equal(CandidateStatus.Refused, candidate.Status);
                Assert.Contains("fits all rows at once", candidate.Reason, StringComparison.Ordinal);
                continue;
            }

            Assert.True(candidate.Status == CandidateStatus.Done, $"{method.Name}: {candidate.Reason}");
            Assert.InRange(candidate.Mean!.Mean, 0.5, 1);
        }
    }

    [Theory]
    [MemberData(nameof(Learners))]
    public void The_progressive_sampler_takes_the_epochs_of_the_learner(string learner)
    {
        TrainingPlan plan = RemedyTraining.Plan(Remedy.Parse("sampler:progressive"), Data.Labels, Data.ClassNames, 1, null);
        var made = new List<ProgressivelyBalancedSampler>();
        TrainingPlan spied = plan with
        {
            Sampler = plan.Sampler! with
            {
                Value = (labels, classes, seed, epochs) =>
                {
                    var sampler = (ProgressivelyBalancedSampler)plan.Sampler.Value(labels, classes, seed, epochs);
                    made.Add(sampler);
                    return sampler;
                },
            },
        };
        int[] rows = [.. Enumerable.Range(0, Data.Rows)];
        FeatureTable features = Preprocessor.Fit(Data, rows).Transform(Data, rows, fillIn: true);
        ILearner fitted = LearnerCatalogue.All.Create(learner);
        using TrainedModel model = RemedyTraining.Fit(fitted, Remedy.Parse("sampler:progressive"), spied, features, Data.LabelMemory, new FitOptions(1, 1));
        int expected = ((ISampledLearner)fitted).EpochsFor(Data.Rows).Count;
        Assert.NotEmpty(made);
        Assert.All(made, s => Assert.Equal(expected, s.Epochs));

        // What the model was made to believe lies between the shares of the data and equal ones, nearer to these for a network, whose last epochs count.
        double rarest = model.EffectivePrior![2], share = 40.0 / 260;
        Assert.InRange(rarest, share + 0.04, learner == "mlp" ? 0.42 : 0.31);
        Assert.Equal(7, ((ProgressivelyBalancedSampler)Sampler.Catalogue.Create("progressive(epochs=7)")(Data.LabelMemory, 3, 0, 50)).Epochs);
    }
}
