using System.Globalization;
using System.Text.Json;
using Counterweight.TestSupport;

namespace Counterweight.Tests.Resampling;

/// <summary>The kept rows of every under-sampler on the data of the golden file, against imbalanced-learn.</summary>
public sealed class UnderGoldenTests
{
    private static IEnumerable<JsonElement> Cases => Golden.Cases("resampling").Where(c => c.GetProperty("kind").GetString() == "undersampling");

    public static TheoryData<int, int> Results()
    {
        var data = new TheoryData<int, int>();
        foreach (JsonElement c in Cases)
            for (int i = 0; i < c.GetProperty("results").GetArrayLength(); i++) data.Add(c.GetProperty("id").GetInt32(), i);
        return data;
    }

    [Theory]
    [MemberData(nameof(Results))]
    public void Kept_rows_are_those_of_the_peer_or_where_it_errs_the_intended(int id, int result)
    {
        JsonElement one = Cases.Single(c => c.GetProperty("id").GetInt32() == id);
        (SampleMatrix<double> rows, int[] labels, int classes) = ResamplingData.Golden(one);
        JsonElement wanted = one.GetProperty("results")[result], parameters = wanted.GetProperty("params"), expected = wanted.GetProperty("expected");
        RowSelection sampler = Sampler(wanted.GetProperty("sampler").GetString()!, parameters);
        int[] kept = sampler.Select(rows, labels, classes);
        int[] peer = Golden.Integers(
            expected.TryGetProperty("intended_sample_indices", out JsonElement intended) ? intended : expected.GetProperty("sample_indices"));
        Assert.Equal(peer.Order(), kept.Order());

        // The order within a class is promised too, but for AllKNN and the repeated editing of the peer, which reorder at every pass.
        if (sampler is NearMiss or EditedNearestNeighbours or TomekLinks or NeighbourhoodCleaningRule) Assert.Equal(peer, kept);

        var single = new SampleMatrix<float>(rows.Values.ToArray().Select(x => (float)x).ToArray(), rows.Columns);
        Assert.Equal(kept.Order(), sampler.Select(single, labels, classes, threads: 2).Order());
    }

    private static RowSelection Sampler(string name, JsonElement p)
    {
        int k = p.TryGetProperty("n_neighbors", out JsonElement n) && n.ValueKind == JsonValueKind.Number ? n.GetInt32() : 1;
        NeighbourRule rule = p.TryGetProperty("kind_sel", out JsonElement kind) && kind.GetString() == "mode" ? NeighbourRule.Mode : NeighbourRule.All;
        Dictionary<int, int[]>? seeds = p.TryGetProperty("seed_rows", out JsonElement s)
            ? s.EnumerateObject().ToDictionary(
                e => int.Parse(e.Name, CultureInfo.InvariantCulture), e => e.Value.ValueKind == JsonValueKind.Array ? Golden.Integers(e.Value)
                : [e.Value.GetInt32()])
            : null;
        RowSelection sampler = name switch
        {
            "TomekLinks" => new TomekLinks(),
            "EditedNearestNeighbours" => new EditedNearestNeighbours(k, rule),
            "RepeatedEditedNearestNeighbours" => new RepeatedEditedNearestNeighbours(k, p.GetProperty("max_iter").GetInt32(), rule),
            "AllKNN" => new AllKNearestNeighbours(k, rule, p.GetProperty("allow_minority").GetBoolean()),
            "NeighbourhoodCleaningRule" => new NeighbourhoodCleaningRule(k, p.GetProperty("threshold_cleaning").GetDouble(), rule),
            "NearMiss" => new NearMiss(p.GetProperty("version").GetInt32(), k, p.GetProperty("n_neighbors_ver3").GetInt32()),
            "CondensedNearestNeighbour" => new CondensedNearestNeighbour(k) { SeedRows = seeds },
            "OneSidedSelection" => new OneSidedSelection(k) { SeedRows = seeds },
            _ => throw new InvalidDataException($"The golden file has a sampler '{name}' that these tests do not know."),
        };
        return (RowSelection)sampler.WithStrategy(ResamplingData.Strategy(p.GetProperty("sampling_strategy")));
    }

    [Fact]
    public void Targets_are_those_of_the_peer()
    {
        foreach (JsonElement one in Golden.Cases("resampling").Where(c => c.GetProperty("kind").GetString() == "oversampling"))
        {
            JsonElement expected = one.GetProperty("expected"), targets = expected.GetProperty("targets");
            string? name = one.GetProperty("inputs").GetProperty("same_data_as").GetString();
            long[] counts = Counts(Cases.First(c => c.GetProperty("name").GetString() == name).GetProperty("inputs").GetProperty("class_counts"));
            foreach (JsonProperty target in targets.EnumerateObject())
            {
                (SamplingStrategy strategy, ResamplingKind kind) = target.Name switch
                {
                    "SMOTE_minority" => (SamplingStrategy.Minority, ResamplingKind.Over),
                    "SMOTE_dict" => (ResamplingData.Strategy(expected.GetProperty("dict_strategy")), ResamplingKind.Over),
                    _ when target.Name.EndsWith("_auto", StringComparison.Ordinal) && !target.Name.StartsWith("ADASYN", StringComparison.Ordinal) =>
                        (SamplingStrategy.Auto, target.Name.Contains("Under", StringComparison.Ordinal) ? ResamplingKind.Under : ResamplingKind.Over),
                    _ when target.Name.Contains("_ratio_", StringComparison.Ordinal) =>
                        (SamplingStrategy.Parse(target.Name[(target.Name.LastIndexOf('_') + 1)..]), target.Name.Contains("Under", StringComparison.Ordinal)
                            ? ResamplingKind.Under : ResamplingKind.Over),
                    _ => (SamplingStrategy.Auto, ResamplingKind.Cleaning),
                };
                if (kind == ResamplingKind.Cleaning) continue;
                SamplingTargets resolved = strategy.Resolve(counts, kind);
                Assert.Equal(Counts(target.Value), Enumerable.Range(0, counts.Length).Select(c => resolved[c]));
            }
        }
    }

    private static long[] Counts(JsonElement counts) =>
        [.. counts.EnumerateObject().OrderBy(c => int.Parse(c.Name, CultureInfo.InvariantCulture)).Select(c => c.Value.GetInt64())];
}
