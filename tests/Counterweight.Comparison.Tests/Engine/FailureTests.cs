using Counterweight.Data;

namespace Counterweight.Comparison.Tests;

/// <summary>A candidate that fails in whatever step fails alone, and the baseline is a candidate that finished.</summary>
public sealed class FailureTests
{
    private static readonly Dataset Data = Simulated.Binary(100, 20, distance: 1);

    private static ComparisonResult Run(
        IEnumerable<IRemedy> decisions, IMetric? metric = null, params IReadOnlyList<ILearner> learners) => RemedyComparison.Run(Data, new ComparisonOptions
        {
            Learners = learners.Count == 0 ? ["linear"] : [],
            OwnLearners = learners,
            Remedies = [Remedy.None, Remedy.Parse("weights:balanced"), .. decisions.Select(d => Remedy.Of(d))],
            Folds = 3,
            Repeats = 1,
            Threads = 2,
            Metric = metric ?? Metric.BalancedAccuracy,
        });

    public static TheoryData<string, string, bool> Ways => new()
    {
        { "refused", "deciding", false }, { "data", "deciding", false }, { "argument", "deciding", true }, { "index", "deciding", true },
        { "index", "scoring", false }, { "native", "deciding", true }, { "cancelled", "deciding", false },
    };

    [Theory]
    [MemberData(nameof(Ways))]
    public void A_candidate_that_fails_in_one_fold_leaves_the_others_of_its_training_alone(string kind, string step, bool tuned)
    {
        var failing = new Failing(kind, step, tuned, fails: 2);
        ComparisonResult result = Run([failing, .. Remedy.Parse("threshold:tuned").Parts]);
        CandidateResult failed = result.Candidates.Single(c => c.Candidate.Remedy.Name == failing.Name);
        Assert.Equal(kind == "refused" ? CandidateStatus.Refused : CandidateStatus.Failed, failed.Status);
        Assert.NotEmpty(failed.Reason!);
        Assert.All(result.Candidates.Where(c => c != failed), c => Assert.Equal((CandidateStatus.Done, 3), (c.Status, c.FoldValues.Count)));
        Assert.NotEqual(failing.Name, result.Recommendation.Candidate.Remedy.Name);
        Assert.False(result.Incomplete);
    }

    [Fact]
    public void A_remedy_that_cannot_be_met_with_few_rows_fails_alone()
    {
        ComparisonResult result = Run(Remedy.Parse("threshold:alerts").Parts);
        Assert.Single(
            result.Candidates, c => c.Status == CandidateStatus.Refused && c.Candidate.Remedy.Name.StartsWith("threshold:alerts", StringComparison.Ordinal));
        Assert.Equal(2, result.Candidates.Count(c => c.Status == CandidateStatus.Done));
    }

    [Fact]
    public void The_baseline_is_a_candidate_that_finished()
    {
        // The learner with the better figures loses its baseline in the second fold.
        ComparisonResult result = Run(
            [], null, new Breaking("better", new LinearLearner(), after: 1), new Breaking("worse", new Constant(), after: int.MaxValue));
        Assert.Equal("worse", result.Baseline.Learner);
        Assert.Equal((CandidateStatus.Done, 3), (result.Of(result.Baseline).Status, result.Of(result.Baseline).FoldValues.Count));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    public void Without_a_finished_baseline_there_is_a_clear_error(int after)
    {
        InvalidOperationException error = Assert.Throws<InvalidOperationException>(() => Run([], null, new Breaking("one", new LinearLearner(), after)));
        Assert.Contains("Doing nothing could not be judged", error.Message, StringComparison.Ordinal);
        Assert.Contains("one / none: broken", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_learner_that_lacks_a_library_is_said_before_a_fit()
    {
        DllNotFoundException error = Assert.Throws<DllNotFoundException>(() => Run([], null, new Lacking()));
        Assert.Equal("lacking cannot train here. Install it.", error.Message);
    }

    [Fact]
    public void A_metric_that_is_nowhere_defined_is_a_fault_of_the_data() =>
        Assert.Contains(
            "nowhere is not defined on a fold", Assert.Throws<UnusableDataException>(() => Run([], new Nowhere())).Message, StringComparison.Ordinal);

    /// <summary>A learner without its native library.</summary>
    private sealed class Lacking : ILearner
    {
        public string Name => "lacking";

        public bool NeedsFilledIn => true;

        public string? Lacks => "Install it.";

        public string? Refuses(TrainingPlan plan) => null;

        public IModel Fit(FeatureTable features, ReadOnlyMemory<int> labels, TrainingPlan plan, FitOptions options) => throw new InvalidOperationException();

        public IModel Load(string folder) => throw new InvalidOperationException();
    }

    private static void Throw(string kind)
    {
        throw kind switch
        {
            "refused" => new RemedyRefusedException("cannot be met"),
            "data" => new UnusableDataException("cannot be met"),
            "argument" => new ArgumentException("cannot be met"),
            "native" => new NativeFailure("cannot be met"),
            "cancelled" => new OperationCanceledException("by itself"),
            _ => new KeyNotFoundException("cannot be met"),
        };
    }

    /// <summary>A decision that cannot be made from its n-th fold on, or gives a class that is not there.</summary>
    private sealed class Failing(string kind, string step, bool tuned, int fails) : IDecisionRemedy
    {
        private int made;

        public string Name => "decision:failing";

        public RemedyFamily Family => RemedyFamily.Decision;

        public bool NeedsTuning => tuned;

        public TrainingPlan Apply(TrainingPlan plan) => plan;

        public IDecision Decide(DecisionEvidence evidence)
        {
            if (Interlocked.Increment(ref made) < fails) return new ArgmaxDecision(2);
            if (step == "deciding") Throw(kind);
            return new Wrong();
        }
    }

    private sealed class NativeFailure(string message) : System.Runtime.InteropServices.ExternalException(message);

    private sealed class Wrong : IDecision
    {
        public int Classes => 2;

        public string Description => "wrong";

        public void Decide(ReadOnlySpan<double> scores, Span<int> decided, int threads = 0) => decided.Fill(7);
    }

    private sealed class Nowhere : IMetric
    {
        public string Name => "nowhere";

        public bool HigherIsBetter => true;

        public bool NeedsProbabilities => false;

        public double Evaluate(Predictions predictions) => throw new UnusableDataException("one class only");
    }

    /// <summary>A learner under another name that fails after so many fits of unweighted rows.</summary>
    private sealed class Breaking(string name, ILearner inner, int after) : ILearner
    {
        private int fits;

        public string Name => name;

        public bool NeedsFilledIn => true;

        public string? Refuses(TrainingPlan plan) => null;

        public IModel Fit(FeatureTable features, ReadOnlyMemory<int> labels, TrainingPlan plan, FitOptions options) =>
            plan.Weights is null && Interlocked.Increment(ref fits) > after
                ? throw new InvalidOperationException("broken") : inner.Fit(features, labels, plan, options);

        public IModel Load(string folder) => inner.Load(folder);
    }

    private sealed class Constant : ILearner
    {
        public string Name => "constant";

        public bool NeedsFilledIn => true;

        public string? Refuses(TrainingPlan plan) => null;

        public IModel Fit(FeatureTable features, ReadOnlyMemory<int> labels, TrainingPlan plan, FitOptions options) => new Model();

        public IModel Load(string folder) => new Model();

        private sealed class Model : IModel
        {
            public double[] Predict(FeatureTable features) => [.. Enumerable.Range(0, features.Rows).SelectMany(_ => (double[])[0.9, 0.1])];

            public void Save(string folder) { }

            public void Dispose() { }
        }
    }
}
