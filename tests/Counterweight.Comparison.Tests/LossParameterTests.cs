using Counterweight.Data;
using Counterweight.LightGbm;
using Counterweight.Torch;

namespace Counterweight.Comparison.Tests;

/// <summary>A parameter that a loss is given changes what every learner trains, or the learner refuses it: no name says what was not done.</summary>
public sealed class LossParameterTests
{
    private static Dataset Data { get; } = Simulated.Many([160, 50, 24], radius: 1.5);

    public static TheoryData<string> Learners => [.. LearnerCatalogue.All.Select(l => l.Name)];

    [Theory]
    [MemberData(nameof(Learners))]
    public void Every_parameter_of_every_loss_acts_or_is_refused(string learner)
    {
        var silent = new List<string>();
        int acted = 0, refused = 0;
        foreach (MethodDefinition method in Remedy.Catalogue.Where(m => m.Name.StartsWith("loss:", StringComparison.Ordinal)))
        {
            if (Fit(learner, method.Name) is not double[] plain) continue;
            foreach (ParameterDefinition parameter in method.Parameters.Where(p => !p.IsList))
            {
                string[] changed = [.. Others(parameter).Select(value => $"{method.Name}({parameter.Name}={value})")];
                double[]?[] fits = [.. changed.Select(remedy => Fit(learner, remedy))];
                if (fits.All(f => f is null)) refused++;
                else if (fits.Any(f => f is not null && plain.Zip(f, (a, b) => Math.Abs(a - b)).Max() > 1e-6)) acted++;
                else silent.Add(string.Join(" as ", changed));
            }
        }

        Assert.True(silent.Count == 0, $"{learner} trains the same: {string.Join("; ", silent)}");
        Assert.True(acted >= (learner == "gbdt" ? 9 : 20), $"{acted} acted, {refused} were refused");
    }

    [Fact]
    public void Trees_train_ldam_at_the_scale_that_its_name_says_and_at_one_where_it_says_none()
    {
        Assert.Equal("loss:ldam(max-margin=0.5)", Remedy.Parse("loss:ldam").Name);
        Assert.Equal(Fit("gbdt", "loss:ldam"), Fit("gbdt", "loss:ldam(scale=1)"));
        Assert.NotEqual(Fit("gbdt", "loss:ldam"), Fit("gbdt", "loss:ldam(scale=3)"));
        Assert.Equal(Fit("linear", "loss:ldam"), Fit("linear", "loss:ldam(scale=30)"));
        double[] margins = LabelDistribution.Margins(Data.CountLabels(), 0.5);
        Assert.Equal(margins, Losses.LdamMargins(Data.CountLabels(), 0.5));
    }

    /// <summary>Two values that do not fit each other are told before anything is trained, by the name of the loss.</summary>
    [Theory]
    [InlineData("linear")]
    [InlineData("mlp")]
    public void A_band_whose_ends_do_not_fit_each_other_is_refused_by_name(string learner)
    {
        var options = new ComparisonOptions { Threads = 1 };
        string message = Assert.Throws<RemedyRefusedException>(
            () => TrainedClassifier.Fit(Data, learner, Remedy.Parse("loss:partial-auc(low=0.75)"), options)).Message;
        Assert.Contains("loss:partial-auc(low=0.75, high=0.3", message, StringComparison.Ordinal);
        Assert.Contains("high is a number in (0.75, 1]", message, StringComparison.Ordinal);
    }

    /// <summary>Other values than the default: two, since a value may mean the same as the default does.</summary>
    private static IEnumerable<string> Others(ParameterDefinition parameter)
    {
        if (parameter.Choices.Count > 0) return [parameter.Choices[1], parameter.Choices[^1]];
        double value = parameter.Default;
        return ((double[])[value / 2, value * 2, value + 1, 0.25, 0.75, 12]).Where(v => v != value && parameter.Accepts(v)).Distinct().Take(2)
            .Select(parameter.Format);
    }

    private static double[]? Fit(string learner, string remedy)
    {
        try
        {
            using var trained = TrainedClassifier.Fit(Data, learner, Remedy.Parse(remedy), new ComparisonOptions { Threads = 1 });
            return trained.Predict(Data.Columns).Probabilities;
        }
        catch (RemedyRefusedException)
        {
            return null;
        }
    }
}
