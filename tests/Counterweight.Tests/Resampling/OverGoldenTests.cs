using System.Globalization;
using System.Text.Json;
using Counterweight.TestSupport;

namespace Counterweight.Tests.Resampling;

/// <summary>What is not random in over-sampling, on the data of the golden file, against imbalanced-learn.</summary>
public sealed class OverGoldenTests
{
    public static TheoryData<int> Cases(string kind)
    {
        var data = new TheoryData<int>();
        foreach (JsonElement c in Golden.Cases("resampling"))
            if (c.GetProperty("kind").GetString() == kind) data.Add(c.GetProperty("id").GetInt32());
        return data;
    }

    private static JsonElement Case(int id) => Golden.Cases("resampling").Single(c => c.GetProperty("id").GetInt32() == id);

    private static (JsonElement Expected, SampleMatrix<double> Rows, int[] Labels, int Classes) Load(int id)
    {
        JsonElement one = Case(id), data = one;
        if (one.GetProperty("inputs").TryGetProperty("same_data_as", out JsonElement name))
            data = Golden.Cases("resampling")
                .First(c => c.GetProperty("name").GetString() == name.GetString() && c.GetProperty("inputs").TryGetProperty("X", out _));
        (SampleMatrix<double> rows, int[] labels, int classes) = ResamplingData.Golden(data);
        return (one.GetProperty("expected"), rows, labels, classes);
    }

    private static OverJob<T> Job<T>(SampleMatrix<T> rows, int[] labels, int classes) where T : unmanaged, System.Numerics.IBinaryFloatingPointIeee754<T> =>
        new("test", rows, labels, ResamplingInput.Check(rows, labels, classes), 0, 0);

    private static Dictionary<int, JsonElement> PerClass(JsonElement expected) =>
        expected.GetProperty("per_class").EnumerateObject().ToDictionary(p => int.Parse(p.Name, CultureInfo.InvariantCulture), p => p.Value);

    [Theory]
    [MemberData(nameof(Cases), "oversampling")]
    public void Rows_per_class_afterwards(int id)
    {
        (JsonElement expected, SampleMatrix<double> rows, int[] labels, int classes) = Load(id);
        foreach (JsonProperty target in expected.GetProperty("targets").EnumerateObject())
        {
            string[] parts = target.Name.Split('_');
            string method = parts[0] switch
            {
                "SMOTE" => "smote",
                "RandomOverSampler" => "random-over",
                "BorderlineSMOTE1" => "borderline-smote",
                "ADASYN" => "adasyn",
                _ => ""
            };
            if (method.Length == 0) continue;
            SamplingStrategy strategy = parts[1] switch
            {
                "dict" => ResamplingData.Strategy(expected.GetProperty("dict_strategy")),
                "ratio" => SamplingStrategy.Ratio(double.Parse(parts[2], CultureInfo.InvariantCulture)),
                string word => SamplingStrategy.Parse(word),
            };
            Resampled<double> result = Resampler.Create(method, strategy).Resample(rows, labels, classes, seed: 3);
            foreach (JsonProperty wanted in target.Value.EnumerateObject())
                Assert.Equal(wanted.Value.GetInt32(), result.Labels.Count(l => l == int.Parse(wanted.Name, CultureInfo.InvariantCulture)));
            Assert.Equal(result.Labels.Length - labels.Length, method == "random-over" ? result.SyntheticRows + result.Labels.Length - labels.Length
                : result.SyntheticRows);
        }
    }

    [Theory]
    [MemberData(nameof(Cases), "oversampling")]
    public void Neighbours_densities_and_danger(int id)
    {
        (JsonElement expected, SampleMatrix<double> rows, int[] labels, int classes) = Load(id);
        Check(rows);
        Check(new SampleMatrix<float>(rows.Values.ToArray().Select(x => (float)x).ToArray(), rows.Columns));

        void Check<T>(SampleMatrix<T> rows) where T : unmanaged, System.Numerics.IBinaryFloatingPointIeee754<T>
        {
            OverJob<T> job = Job(rows, labels, classes);
            foreach ((int c, JsonElement e) in PerClass(expected))
            {
                int k = Case(id).GetProperty("params").GetProperty("k_neighbors").GetInt32(), m = e.GetProperty("borderline_m_neighbors").GetInt32();
                int[] own = job.RowsOf(c);
                Assert.Equal(Golden.Integers(e.GetProperty("class_rows")), own);
                (SampleMatrix<T> members, int[] positions) = job.Members(c);
                Assert.Equal(Golden.Array(e.GetProperty("knn_within_class_rows")).Data, job.Within(members, c, k, positions).Select(p => (double)own[p]));
                Assert.Equal(Golden.Array(e.GetProperty("knn_whole_data_rows")).Data, job.Whole(c).FindOthers(own, k).Rows.Select(r => (double)r));

                int[] others = job.OtherNeighbours(c, own, k, "k");
                Close.All(Golden.Vector(e.GetProperty("adasyn_other_class_ratio")), [.. others.Select(o => (double)o / k)], 1e-12, "density");
                int[] counts = Adasyn.Counts(others, k, e.GetProperty("samples_needed").GetInt32())!;
                Assert.Equal(Golden.Integers(e.GetProperty("adasyn_rounded_half_even")), counts);
                Assert.Equal(e.GetProperty("adasyn_total_generated").GetInt32(), counts.Sum());

                int[] near = job.OtherNeighbours(c, own, m, "m");
                Assert.Equal(Golden.Integers(e.GetProperty("borderline_danger_rows")), job.Danger(c, m).Select(p => own[p]));
                Assert.Equal(Golden.Integers(e.GetProperty("borderline_noise_rows")), own.Where((_, i) => near[i] == m));
            }
        }
    }

    [Theory]
    [MemberData(nameof(Cases), "smotenc")]
    public void Mixed_columns(int id)
    {
        (JsonElement expected, SampleMatrix<double> rows, int[] labels, int classes) = Load(id);
        OverJob<double> job = Job(rows, labels, classes);
        int k = Case(id).GetProperty("params").GetProperty("k_neighbors").GetInt32();
        int smallest = Enumerable.Range(0, classes).MinBy(c => labels.Count(l => l == c));
        double median = NeighbourDistance.MedianDeviation(rows, labels, smallest);
        Close.One(expected.GetProperty("median_std_minority_ddof0").GetDouble(), median, 1e-12, "median");
        foreach ((int c, JsonElement e) in PerClass(expected))
        {
            int[] own = job.RowsOf(c);
            Assert.Equal(Golden.Integers(e.GetProperty("class_rows")), own);
            (SampleMatrix<double> members, int[] positions) = job.Members(c);
            foreach (JsonProperty list in e.EnumerateObject().Where(p => p.Name.StartsWith("knn_within_class_rows", StringComparison.Ordinal)))
            {
                // The peer's version of the file takes the median over the smallest class for every class, and in its own encoding half its square.
                double mismatch = list.Name.Contains("half", StringComparison.Ordinal) ? median / Math.Sqrt(2) : median;
                int[] found = new NeighbourIndex<double>(members, NeighbourDistance.Mixed(mismatch)).FindOthers(positions, k).Rows;
                Assert.Equal(Golden.Array(list.Value).Data, found.Select(p => (double)own[p]));
                if (c == smallest && mismatch == median) Assert.Equal(found, job.Within(members, c, k, positions));
            }
        }

        Resampled<double> result = new SmoteNc(k).Resample(rows, labels, classes);
        foreach (JsonProperty wanted in expected.GetProperty("targets").GetProperty("SMOTENC_auto").EnumerateObject())
            Assert.Equal(wanted.Value.GetInt32(), result.Labels.Count(l => l == int.Parse(wanted.Name, CultureInfo.InvariantCulture)));
    }
}
