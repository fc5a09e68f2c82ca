using System.Globalization;
using System.Text.Json;
using Counterweight.TestSupport;

namespace Counterweight.Tests.Weights;

public sealed class GoldenClassWeightsTests
{
    private const double Tolerance = 1e-12;

    private static IEnumerable<JsonElement> Cases(string kind) =>
        Golden.Cases("class_weights").Where(c => c.GetProperty("kind").GetString() == kind);

    [Fact]
    public void Balanced_weights_equal_scikit_learn()
    {
        int seen = 0;
        foreach (JsonElement test in Cases("sklearn_balanced"))
        {
            JsonElement inputs = test.GetProperty("inputs"), expected = test.GetProperty("expected");
            bool text = inputs.GetProperty("label_type").GetString() == "string";
            ClassCounts counts;
            int[] codes;
            if (text)
            {
                string[] labels = [.. inputs.GetProperty("y").EnumerateArray().Select(e => e.GetString()!)];
                counts = ClassCounts.Of(labels);
                codes = counts.Encode(labels);
            }
            else
            {
                long[] labels = [.. inputs.GetProperty("y").EnumerateArray().Select(e => e.GetInt64())];
                counts = ClassCounts.Of(labels);
                codes = counts.Encode<long>(labels);
            }

            Assert.Equal(expected.GetProperty("classes").EnumerateArray().Select(e => e.ToString()), counts.Labels);
            ClassWeights balanced = ClassWeights.Balanced(counts);
            Close.All(Golden.Vector(expected.GetProperty("class_weight")), balanced.AsSpan(), Tolerance, "class_weight");
            Close.All(Golden.Vector(expected.GetProperty("sample_weight")), balanced.PerRow(codes), Tolerance, "sample_weight");
            Dictionary<string, double> stated = inputs.GetProperty("class_weight_dict").EnumerateObject()
                .Where(p => counts.Labels.Contains(p.Name)).ToDictionary(p => p.Name, p => p.Value.GetDouble());
            ClassWeights manual = ClassWeights.From(counts, WeightScheme.Manual(counts, stated));
            Close.All(Golden.Vector(expected.GetProperty("class_weight_from_dict")), manual.AsSpan(), Tolerance, "class_weight_from_dict");
            Close.All(Golden.Vector(expected.GetProperty("sample_weight_from_dict")), manual.PerRow(codes), Tolerance, "sample_weight_from_dict");
            seen++;
        }

        Assert.NotEqual(0, seen);
    }

    [Fact]
    public void Schemes_equal_their_definitions()
    {
        int seen = 0;
        foreach (JsonElement test in Cases("counts"))
        {
            ClassCounts counts = ClassCounts.From([.. test.GetProperty("inputs").GetProperty("class_counts").EnumerateArray().Select(e => e.GetInt64())]);
            JsonElement expected = test.GetProperty("expected");
            var sumK = new WeightOptions { Normalisation = Normalisation.SumClasses };
            void Same(string key, WeightScheme scheme, WeightOptions? options = null) =>
                Close.All(Golden.Vector(expected.GetProperty(key)), ClassWeights.From(counts, scheme, options).AsSpan(), Tolerance, key);
            Same("inverse", WeightScheme.Inverse);
            Same("max_over_n", WeightScheme.MaxRatio);
            Same("balanced", WeightScheme.Balanced);
            Same("inverse_sqrt", WeightScheme.InverseSquareRoot);
            Same("inverse_normalised_sum_k", WeightScheme.Inverse, sumK);
            Same("inverse_sqrt_normalised_sum_k", WeightScheme.InverseSquareRoot, sumK);
            foreach ((string key, WeightOptions? options) in ((string, WeightOptions?)[])[("effective_raw", null), ("effective_normalised_sum_k", sumK)])
                foreach (JsonProperty beta in expected.GetProperty(key).EnumerateObject())
                    Close.All(
                        Golden.Vector(beta.Value),
                        ClassWeights.From(counts, WeightScheme.EffectiveNumber(double.Parse(beta.Name, CultureInfo.InvariantCulture)), options).AsSpan(),
                        Tolerance, $"{key} {beta.Name}");
            Close.All(Golden.Vector(expected.GetProperty("pos_weight_one_vs_rest")), PositiveWeight.OneVersusRest(counts), Tolerance, "pos_weight_one_vs_rest");
            seen++;
        }

        Assert.NotEqual(0, seen);
    }
}
