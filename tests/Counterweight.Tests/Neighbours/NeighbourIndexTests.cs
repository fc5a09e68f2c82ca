using System.Globalization;
using System.Numerics;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using System.Text.Json;
using Counterweight.TestSupport;
using Counterweight.Tests.Resampling;

namespace Counterweight.Tests.Neighbours;

public sealed class NeighbourIndexTests
{
    public static TheoryData<string, int, int, int, string> Cases()
    {
        var data = new TheoryData<string, int, int, int, string>();
        foreach (string distance in (string[])["euclidean", "manhattan", "cosine"])
            foreach (string shape in (string[])["normal", "grid", "far", "outlier"])
                foreach ((int rows, int columns, int k) in ((int, int, int)[])[
                    (300, 1, 1), (500, 3, 10), (700, 5, 5), (800, 20, 3), (300, 70, 2), (1100, 20, 4), (1100, 9, 8), (1100, 13, 9)])
                    data.Add(distance, rows, columns, k, shape);
        return data;
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Lists_are_those_of_looking_at_every_row(string name, int count, int columns, int k, string shape)
    {
        NeighbourDistance distance =
            name switch { "manhattan" => NeighbourDistance.Manhattan, "cosine" => NeighbourDistance.Cosine, _ => NeighbourDistance.Euclidean };
        double[] values = Values(count * columns, shape, seed: count + columns);
        Check(new SampleMatrix<double>(values, columns), distance, k);
        Check(new SampleMatrix<float>(values.Select(x => (float)x).ToArray(), columns), distance, k);
    }

    [Theory]
    [InlineData("normal", true)]
    [InlineData("outlier", false)]
    public void Words_are_used_only_where_they_are_fine_enough(string shape, bool fine)
    {
        // Where there are vectors of 512 bits, or none of 256, they are not used at all; the cases of 1100 rows above have enough queries for them.
        var rows = new SampleMatrix<double>(Values(1100 * 20, shape, seed: 1), 20);
        Assert.Equal(fine && Avx2.IsSupported && !Vector512.IsHardwareAccelerated,
            new NeighbourTree<double>(rows, NeighbourDistance.Euclidean, farthest: false, threads: 2).Words is not null);
    }

    [Fact]
    public void Queries_far_from_all_rows_have_their_lists_too()
    {
        var rows = new SampleMatrix<double>(Values(900 * 12, "normal", seed: 5), 12);
        double[] near = Values(400 * 12, "normal", seed: 6);
        for (int j = 0; j < 12; j++) near[j] += 1e3 * (j + 1);
        var queries = new SampleMatrix<double>(near, 12);
        NeighbourLists lists = new NeighbourIndex<double>(rows).Find(queries, 5, threads: 2);
        for (int q = 0; q < 400; q += q == 0 ? 1 : 57)
        {
            double[] query = queries.Row(q).ToArray();
            int[] wanted = [.. Enumerable.Range(0, 900).OrderBy(r => Direct(query, rows.Row(r).ToArray(), rows.IsCategorical, NeighbourDistance.Euclidean))
                .ThenBy(r => r).Take(5)];
            Assert.Equal(wanted, lists.RowsOf(q).ToArray());
        }
    }

    [Theory]
    [InlineData(0, 3)]
    [InlineData(4, 2)]
    [InlineData(9, 5)]
    public void Mixed_lists_are_those_of_looking_at_every_row(int numeric, int categorical)
    {
        const int count = 600;
        int columns = numeric + categorical;
        double[] values = Values(count * columns, "normal", seed: columns);
        for (int i = 0; i < values.Length; i++)
            if (i % columns >= numeric) values[i] = Math.Floor(Math.Abs(values[i]) * 3) + (i % columns == numeric ? 1e9 : 0);
        Check(new SampleMatrix<double>(values, columns, [.. Enumerable.Range(numeric, categorical)]), NeighbourDistance.Mixed(0.7), 5);
    }

    private static void Check<T>(SampleMatrix<T> rows, NeighbourDistance distance, int k) where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var index = new NeighbourIndex<T>(rows, distance);
        double[][] plain = [.. Enumerable.Range(0, rows.Rows).Select(r => rows.Row(r).ToArray().Select(v => double.CreateChecked(v)).ToArray())];
        int[] own = [.. Enumerable.Range(0, rows.Rows).Where(r => r % 4 == 1)];
        NeighbourLists others = index.FindOthers(own, k, threads: 2), all = index.Find(rows.Select(own), k, threads: 1);
        for (int q = 0; q < own.Length; q += 9)
        {
            Expect(own[q], own[q], others.RowsOf(q), others.DistancesOf(q));
            Expect(own[q], -1, all.RowsOf(q), all.DistancesOf(q));
        }

        void Expect(int query, int self, ReadOnlySpan<int> found, ReadOnlySpan<double> distances)
        {
            var wanted = Enumerable.Range(0, rows.Rows).Where(r => r != self)
                .Select(r => (Key: Direct(plain[query], plain[r], rows.IsCategorical, distance), Row: r)).OrderBy(p => p.Key).ThenBy(p => p.Row)
                .Take(k).ToArray();
            Assert.Equal(wanted.Select(w => w.Row), found.ToArray());
            for (int i = 0; i < k; i++) Assert.True(Close.To(wanted[i].Key, distances[i], 1e-12));
        }
    }

    /// <summary>The definition, written again: the columns added up in their order, in double precision.</summary>
    private static double Direct(double[] x, double[] y, Func<int, bool> isCategorical, NeighbourDistance distance)
    {
        double sum = 0, xx = 0, yy = 0;
        for (int j = 0; j < x.Length; j++)
        {
            if (distance == NeighbourDistance.Manhattan)
            {
                sum += Math.Abs(x[j] - y[j]);
            }
            else if (distance == NeighbourDistance.Cosine)
            {
                sum += x[j] * y[j];
                xx += x[j] * x[j];
                yy += y[j] * y[j];
            }
            else
            {
                sum += isCategorical(j) ? (x[j] == y[j] ? 0 : 0.7 * 0.7) : (x[j] - y[j]) * (x[j] - y[j]);
            }
        }

        if (distance == NeighbourDistance.Cosine) return xx == 0 || yy == 0 ? 1 : Math.Clamp(1 - (sum / (Math.Sqrt(xx) * Math.Sqrt(yy))), 0, 2);
        return distance == NeighbourDistance.Manhattan ? sum : Math.Sqrt(sum);
    }

    private static double[] Values(int count, string shape, long seed)
    {
        var random = new SeededRandom(seed);
        var values = new double[count];
        for (int i = 0; i < count; i++)
        {
            values[i] = shape switch
            {
                "grid" => random.NextInt32(4),                                                 // many equal distances and duplicates
                "far" => 1e7 + random.NextGaussian(),                                          // far from the origin
                "outlier" => random.NextInt32(100) == 0 ? 1e12 * random.NextGaussian() : random.NextGaussian(),
                _ => random.NextGaussian(),
            };
        }

        return values;
    }

    [Fact]
    public void Lists_do_not_depend_on_threads()
    {
        var rows = new SampleMatrix<double>(Values(6000 * 5, "grid", 1), 5);
        var index = new NeighbourIndex<double>(rows);
        int[] all = [.. Enumerable.Range(0, rows.Rows)];
        NeighbourLists one = index.FindOthers(all, 4, threads: 1);
        foreach (int threads in (int[])[2, 3])
        {
            NeighbourLists other = new NeighbourIndex<double>(rows, threads: threads).FindOthers(all, 4, threads);
            Assert.Equal(one.Rows, other.Rows);
            Assert.Equal(one.Distances, other.Distances);
        }
    }

    [Fact]
    public void Golden_lists_within_a_class_and_in_all_rows_are_those_of_the_peer()
    {
        List<JsonElement> cases = [.. Golden.Cases("resampling")];
        foreach (JsonElement one in cases.Where(c => c.GetProperty("kind").GetString() == "oversampling"))
        {
            (SampleMatrix<double> rows, _, _) = ResamplingData.Golden(
                cases.Single(c => c.GetProperty("id").GetInt32() == one.GetProperty("id").GetInt32() - 1));
            foreach (JsonProperty c in one.GetProperty("expected").GetProperty("per_class").EnumerateObject())
            {
                int[] members = Golden.Integers(c.Value.GetProperty("class_rows"));
                (long[] shape, double[] within) = Golden.Array(c.Value.GetProperty("knn_within_class_rows"));
                int k = (int)shape[1];
                int[] found = NearestNeighbours.Find(rows.Select(members), rows.Select(members), k, excludeSelf: true).Rows;
                Assert.Equal(within.Select(r => (int)r), found.Select(r => members[r]));
                Assert.Equal(Golden.Array(c.Value.GetProperty("knn_whole_data_rows")).Data.Select(r => (int)r),
                    new NeighbourIndex<double>(rows).FindOthers(members, k).Rows);
            }
        }
    }

    [Fact]
    public void Golden_mixed_lists_are_those_of_the_peer_and_of_the_paper()
    {
        foreach (JsonElement one in Golden.Cases("resampling").Where(c => c.GetProperty("kind").GetString() == "smotenc"))
        {
            (SampleMatrix<double> rows, int[] labels, int classes) = ResamplingData.Golden(one);
            double median = one.GetProperty("expected").GetProperty("median_std_minority_ddof0").GetDouble();
            var counts = new long[classes];
            foreach (int label in labels) counts[label]++;
            Assert.True(Close.To(median, NeighbourDistance.MedianDeviation(rows, labels, Array.IndexOf(counts, counts.Min())), 1e-12));
            foreach (JsonProperty c in one.GetProperty("expected").GetProperty("per_class").EnumerateObject())
            {
                int[] members = Golden.Integers(c.Value.GetProperty("class_rows"));
                foreach (JsonProperty lists in c.Value.EnumerateObject().Where(p => p.Name.StartsWith("knn_within_class_rows", StringComparison.Ordinal)))
                {
                    double mismatch = lists.Name.Contains("half", StringComparison.Ordinal) ? median / Math.Sqrt(2) : median;
                    (long[] shape, double[] wanted) = Golden.Array(lists.Value);
                    int[] found = NearestNeighbours.Find(
                        rows.Select(members), rows.Select(members), (int)shape[1], NeighbourDistance.Mixed(mismatch), excludeSelf: true).Rows;
                    Assert.Equal(wanted.Select(r => (int)r), found.Select(r => members[r]));
                }
            }
        }
    }

    [Fact]
    public void The_value_difference_of_categories_is_that_of_their_class_shares()
    {
        // Level 0: classes 0, 0, 1; level 1: class 1, 1; level 2: class 0. Shares of class 0: 2/3, 0, 1.
        var rows = new SampleMatrix<double>(new double[] { 0, 0, 0, 1, 1, 2 }, 1, [0]);
        NeighbourDistance distance = NeighbourDistance.ValueDifference(rows, [0, 0, 1, 1, 1, 0], 2);
        NeighbourLists lists = new NeighbourIndex<double>(rows, distance).FindOthers(new[] { 5 }, 5);
        Assert.Equal([0, 1, 2, 3, 4], lists.RowsOf(0).ToArray());
        double[] gaps = [2.0 / 3, 2.0 / 3, 2.0 / 3, 2, 2];
        Close.All(gaps, lists.DistancesOf(0), 1e-12, "distances");
    }

    [Theory]
    [InlineData(7, 5)]      // a table of gaps
    [InlineData(3, 2500)]   // too many levels for one
    public void Value_difference_lists_are_those_of_looking_at_every_row(int columns, int levels)
    {
        const int count = 400, classes = 3, k = 6;
        var random = new SeededRandom(columns);
        float[] values = new float[count * columns], strangers = new float[40 * columns];
        int[] labels = new int[count];
        var shares = new Dictionary<(int, float, int), double>();
        foreach (ref float x in values.AsSpan()) x = random.NextInt32(levels);
        foreach (ref float x in strangers.AsSpan()) x = random.NextInt32(levels + 2);    // some levels that no row has
        foreach (ref int label in labels.AsSpan()) label = random.NextInt32(classes);
        var rows = new SampleMatrix<float>(values, columns, [.. Enumerable.Range(0, columns)]);
        var index = new NeighbourIndex<float>(rows, NeighbourDistance.ValueDifference(rows, labels, classes));
        int[] own = [.. Enumerable.Range(0, count).Where(r => r % 3 == 0)];
        NeighbourLists others = index.FindOthers(own, k), all = index.Find(rows.With(strangers), k);
        for (int q = 0; q < own.Length; q++) Expect(rows.Row(own[q]).ToArray(), own[q], others.RowsOf(q), others.DistancesOf(q));
        for (int q = 0; q < 40; q++) Expect(strangers[(q * columns)..((q + 1) * columns)], -1, all.RowsOf(q), all.DistancesOf(q));

        void Expect(float[] query, int self, ReadOnlySpan<int> found, ReadOnlySpan<double> distances)
        {
            var wanted = Enumerable.Range(0, count).Where(r => r != self)
                .Select(r => (Key: Enumerable.Range(0, columns).Sum(c => Gap(c, query[c], values[(r * columns) + c])), Row: r)).OrderBy(p => p.Key)
                .ThenBy(p => p.Row).Take(k).ToArray();
            Assert.Equal(wanted.Select(w => w.Row), found.ToArray());
            for (int i = 0; i < k; i++) Assert.True(Close.To(Math.Sqrt(wanted[i].Key), distances[i], 1e-12));
        }

        double Gap(int column, float a, float b)
        {
            double sum = 0;
            for (int c = 0; c < classes && a != b; c++) sum += Math.Abs(Share(column, a, c) - Share(column, b, c));
            return sum * sum;
        }

        double Share(int column, float level, int c)
        {
            if (shares.TryGetValue((column, level, c), out double known)) return known;
            int[] with = [.. Enumerable.Range(0, count).Where(r => values[(r * columns) + column] == level)];
            return shares[(column, level, c)] = with.Length == 0 ? 0 : with.Count(r => labels[r] == c) / (double)with.Length;
        }
    }

    [Fact]
    public void Wrong_parameters_and_data_are_refused()
    {
        var rows = new SampleMatrix<double>(new double[] { 1, 2, 3, 4, 5, 6 }, 2, names: ["a", "b"]);
        var index = new NeighbourIndex<double>(rows);
        Assert.Throws<ArgumentOutOfRangeException>(() => index.Find(rows, 4));
        Assert.Throws<ArgumentOutOfRangeException>(() => index.FindOthers(new[] { 0 }, 3));
        Assert.Throws<ArgumentOutOfRangeException>(() => index.FindOthers(new[] { 3 }, 1));
        Assert.Throws<ArgumentOutOfRangeException>(() => index.Find(rows, 1, threads: -1));
        Assert.Throws<ArgumentException>(() => index.Find(new SampleMatrix<double>(new double[3], 3), 1));
        Assert.Throws<ArgumentException>(() => new NeighbourIndex<double>(new SampleMatrix<double>(new double[4], 2, [1])));
        Assert.Throws<ArgumentOutOfRangeException>(() => NeighbourDistance.Mixed(double.NaN));
        UnusableDataException missing = Assert.Throws<UnusableDataException>(
            () => new NeighbourIndex<double>(new SampleMatrix<double>(new[] { 1, 2, 3, double.NaN }, 2, names: ["a", "b"])));
        Assert.Equal((2L, "b"), (missing.Row, missing.Column));
        Assert.Equal("2,1", string.Join(",", index.Find(rows, 2).RowsOf(2).ToArray().Select(r => r.ToString(CultureInfo.InvariantCulture))));
    }
}
