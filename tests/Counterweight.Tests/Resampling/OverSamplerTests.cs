using System.Numerics;
using Counterweight.TestSupport;
using CsCheck;

namespace Counterweight.Tests.Resampling;

/// <summary>What holds for every method that adds rows, and the rules of each.</summary>
public sealed class OverSamplerTests
{
    private static readonly Gen<long> Seeds = Gen.Long[0, 1_000_000];

    public static TheoryData<string> Methods() => [.. Resampler.Catalogue.Select(m => m.Name).Where(n => Resampler.Create(n).Kind == ResamplingKind.Over)];

    public static TheoryData<string> NumericMethods() => [.. Methods().Select(m => m.Data).Where(n => n != "smoten")];

    private static (SampleMatrix<double> Rows, int[] Labels) Numeric(long seed, int rows = 300, int columns = 4, int classes = 3)
    {
        (double[] values, int[] labels) = ResamplingData.Clouds(rows, columns, classes, 2.5, seed, spread: 1);
        return (new(values, columns), labels);
    }

    // Columns 1 and 3 hold codes, column 4 is constant.
    private static (SampleMatrix<double> Rows, int[] Labels) Mixed(long seed, int rows = 300, bool numericToo = true)
    {
        (double[] values, int[] labels) = ResamplingData.Clouds(rows, 5, 3, 2.5, seed, spread: 1);
        for (int i = 0; i < rows; i++)
        {
            for (int j = 0; j < 5; j++)
                if (!numericToo || j is 1 or 3) values[i * 5 + j] = Math.Clamp(Math.Floor(values[i * 5 + j] + 3), 0, 6) + 10 * labels[i] * (j == 3 ? 1 : 0);
            if (numericToo) values[i * 5 + 4] = 0.1;
        }

        return (new(values, 5, numericToo ? [1, 3] : [0, 1, 2, 3, 4]), labels);
    }

    private static SampleMatrix<float> Single(SampleMatrix<double> rows) =>
        new(rows.Values.ToArray().Select(x => (float)x).ToArray(), rows.Columns, [.. rows.Categorical], rows.Names);

    private static int[] RowsOf(int[] labels, int c) => [.. Enumerable.Range(0, labels.Length).Where(r => labels[r] == c)];

    [Theory]
    [MemberData(nameof(NumericMethods))]
    public void Input_rows_come_first_and_new_rows_say_where_they_come_from(string method)
    {
        (SampleMatrix<double> rows, int[] labels) = Numeric(11);
        IResampler resampler = Resampler.Create(method);
        Resampled<double> result = resampler.Resample(rows, labels, 3, seed: 5);
        int input = result.BaseRows.Zip(result.SourceRows).TakeWhile(p => p.Second >= 0 && p.First == p.Second).Count();
        long before = -1;
        for (int i = 0; i < result.Labels.Length; i++)
        {
            Assert.Equal(labels[result.BaseRows[i]], result.Labels[i]);
            if (result.SourceRows[i] >= 0)
            {
                Assert.Equal(rows.Row((int)result.SourceRows[i]).ToArray(), result.Rows.Row(i).ToArray());
                if (i < labels.Length && result.SourceRows[i] > before) before = result.SourceRows[i];
            }
            else Assert.True(i >= input);
        }

        if (method is "smote-enn" or "smote-tomek") return;
        Assert.Equal(Enumerable.Range(0, labels.Length).Select(i => (long)i), result.SourceRows.Take(labels.Length));
        Assert.Equal(resampler.SelectsRows, result.SyntheticRows == 0);
        int largest = labels.CountBy(l => l).Max(c => c.Value);
        if (method != "adasyn") Assert.All(result.Labels.CountBy(l => l), c => Assert.Equal(largest, c.Value));
    }

    [Theory]
    [MemberData(nameof(Methods))]
    public void The_same_seed_gives_the_same_rows_at_any_number_of_threads(string method)
    {
        foreach ((SampleMatrix<double> rows, int[] labels) in new[] { method == "smoten" ? Mixed(3, 2500, numericToo: false) : Numeric(3, 2500),
            method == "smoten" ? Mixed(4, 400, numericToo: false) : Mixed(4, 400) })
        {
            IResampler resampler = Resampler.Create(method);
            Resampled<double> one = resampler.Resample(rows, labels, 3, seed: 9, threads: 1);
            foreach (int threads in new[] { 2, 3 })
            {
                Resampled<double> other = resampler.Resample(rows, labels, 3, seed: 9, threads);
                Assert.Equal(one.Labels, other.Labels);
                Assert.Equal(one.BaseRows, other.BaseRows);
                Assert.True(one.Rows.Values.Span.SequenceEqual(other.Rows.Values.Span));
            }

            Resampled<double> reseeded = resampler.Resample(rows, labels, 3, seed: 10);
            Assert.False(one.Rows.Values.Span.SequenceEqual(reseeded.Rows.Values.Span));
        }
    }

    [Theory]
    [MemberData(nameof(Methods))]
    public void Codes_stay_codes_of_the_class_and_constants_stay_constant(string method)
    {
        (SampleMatrix<double> rows, int[] labels) = Mixed(21, numericToo: method != "smoten");
        Check(rows);
        Check(Single(rows));

        void Check<T>(SampleMatrix<T> rows) where T : unmanaged, IBinaryFloatingPointIeee754<T>
        {
            Resampled<T> result = Resampler.Create(method).Resample(rows, labels, 3, seed: 2);
            Assert.True(result.Labels.Length > labels.Length || method is "smote-enn" or "smote-tomek");
            Assert.Equal(rows.Categorical, result.Rows.Categorical);
            foreach (int column in rows.Categorical)
            {
                // Borderline-SMOTE 2 may take a code from a neighbour of another class.
                HashSet<(int, T)> known = [.. labels.Select((l, r) => (method == "borderline-smote-2" ? 0 : l, rows.Row(r)[column]))];
                for (int i = 0; i < result.Labels.Length; i++)
                    Assert.Contains((method == "borderline-smote-2" ? 0 : result.Labels[i], result.Rows.Row(i)[column]), known);
            }

            if (method == "smoten") return;
            for (int i = 0; i < result.Labels.Length; i++) Assert.Equal(rows.Row(0)[4], result.Rows.Row(i)[4]);
        }
    }

    [Fact]
    public void The_example_of_smote()
    {
        var rows = new SampleMatrix<double>(new double[] { 0, 0, 1, 0, 0, 1, 5, 5, 6, 5, 5, 6, 6, 6 }, columns: 2);
        Resampled<double> result = new Smote(K: 2).Resample(rows, [1, 1, 1, 0, 0, 0, 0], classes: 2);
        Assert.Equal(1, result.SyntheticRows);
        double[] made = result.Rows.Row(7).ToArray();
        Assert.InRange(made[0] + made[1], 0, 1 + 1e-12);
    }

    [Theory]
    [InlineData("smote(k=4)", 4)]
    [InlineData("smote-nc(k=4)", 4)]
    [InlineData("borderline-smote(k=3)", 3)]
    [InlineData("adasyn(k=5)", 5)]
    public void New_rows_lie_between_a_row_and_one_of_its_neighbours_of_the_class(string method, int k) => Seeds.Sample(
        seed =>
        {
            (SampleMatrix<double> rows, int[] labels) = Numeric(seed, 120, 3, 2);
            Resampled<double> result = Resampler.Create(method).Resample(rows, labels, 2, seed);
            int[] own = RowsOf(labels, labels.Count(l => l == 1) < labels.Count(l => l == 0) ? 1 : 0);
            for (int i = labels.Length; i < result.Labels.Length; i++)
            {
                int from = (int)result.BaseRows[i];
                IEnumerable<int> nearest = own.Where(r => r != from).OrderBy(r => Gap(rows.Row(r), rows.Row(from))).Take(k);
                double[] made = result.Rows.Row(i).ToArray(), x = rows.Row(from).ToArray();
                Assert.Contains(nearest, r => OnSegment(x, rows.Row(r).ToArray(), made, 0, 1));
            }
        },
        iter: 8);

    private static double Gap(ReadOnlySpan<double> a, ReadOnlySpan<double> b)
    {
        double sum = 0;
        for (int j = 0; j < a.Length; j++) sum += (a[j] - b[j]) * (a[j] - b[j]);
        return sum;
    }

    private static bool OnSegment(double[] x, double[] y, double[] p, double low, double high)
    {
        int widest = Enumerable.Range(0, x.Length).MaxBy(j => Math.Abs(y[j] - x[j]));
        double step = (p[widest] - x[widest]) / (y[widest] - x[widest]);
        return step >= low - 1e-9 && step <= high + 1e-9 && Enumerable.Range(0, x.Length).All(j => Close.To(x[j] + step * (y[j] - x[j]), p[j], 1e-9));
    }

    [Fact]
    public void Steps_of_smote_are_spread_evenly_and_so_are_base_rows_and_partners()
    {
        // One class of three rows on a line with unequal gaps: the position tells base, partner and step.
        var rows = new SampleMatrix<double>(new double[] { 0, 1, 11, 200, 201, 202 }, 1);
        Resampled<double> result = new Smote(2) { Strategy = SamplingStrategy.Counts(new Dictionary<int, long> { [1] = 60_003 }) }
            .Resample(rows, [1, 1, 1, 0, 0, 0], 2, seed: 1);
        double[] made = [.. result.Rows.Values.ToArray()[6..]];
        Assert.Equal(3, result.BaseRows.Skip(6).Distinct().Count());
        foreach (var group in result.BaseRows.Skip(6).CountBy(b => b)) Assert.InRange(group.Value, 19_400, 20_600);
        // From 0: half to 1, half to 11. The mean of an even step is one half.
        double[] fromZero = [.. made.Where((_, i) => result.BaseRows[6 + i] == 0)];
        Assert.InRange(fromZero.Average(), 3 - 0.1, 3 + 0.1);
        Assert.InRange(fromZero.Count(v => v <= 1) / (double)fromZero.Length, 0.5 + 0.5 / 11 - 0.015, 0.5 + 0.5 / 11 + 0.015);
    }

    [Fact]
    public void Adasyn_adds_as_many_rows_to_a_row_as_its_density_says() => Seeds.Sample(
        seed =>
        {
            (SampleMatrix<double> rows, int[] labels) = Numeric(seed, 150, 3, 2);
            int[] own = RowsOf(labels, 1);
            if (own.Length < 7 || own.Length * 2 >= labels.Length) return;
            Resampled<double> result = new Adasyn().Resample(rows, labels, 2, seed);
            double[] ratio = [.. own.Select(
                r => Enumerable.Range(0, labels.Length).Where(o => o != r).OrderBy(o => Gap(rows.Row(o), rows.Row(r))).Take(5)
                .Count(o => labels[o] != 1) / 5.0)];
            double total = ratio.Sum();
            int needed = labels.Length - 2 * own.Length;
            for (int i = 0; i < own.Length; i++)
                Assert.Equal((int)Math.Round(ratio[i] / total * needed, MidpointRounding.ToEven), result.BaseRows.Skip(labels.Length).Count(b => b == own[i]));
        },
        iter: 8);

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void The_noise_of_a_bootstrap_has_its_moments(bool rose)
    {
        (SampleMatrix<double> rows, int[] labels) = Mixed(5, 400);
        int[] own = RowsOf(labels, 2);
        const int added = 200_000;
        OverSampler method = rose ? new Rose(1.5) : new RandomOver(1.5);
        Resampled<double> result = method.WithStrategy(SamplingStrategy.Counts(new Dictionary<int, long> { [2] = own.Length + added }))
            .Resample(rows, labels, 3, seed: 8);
        double h = 1.5 * Math.Pow(4.0 / (5 * (rose ? own.Length : labels.Length)), 1.0 / 7);
        foreach (int j in new[] { 0, 2 })
        {
            double[] before = [.. own.Select(r => rows.Row(r)[j])], made = [.. Enumerable.Range(labels.Length, added).Select(i => result.Rows.Row(i)[j])];
            double mean = before.Average(), variance = before.Average(x => (x - mean) * (x - mean)), made2 = made.Average();
            Assert.InRange(made2 - mean, -4 * Math.Sqrt(variance * (1 + h * h) / added), 4 * Math.Sqrt(variance * (1 + h * h) / added));
            Assert.InRange(made.Average(x => (x - made2) * (x - made2)) / (variance * (1 + h * h)), 0.98, 1.02);
            double[] noise = [.. Enumerable.Range(labels.Length, added)
                .Select(i => (result.Rows.Row(i)[j] - rows.Row((int)result.BaseRows[i])[j]) / (h * Math.Sqrt(variance)))];
            Assert.InRange(noise.Average(x => x * x * x * x), 2.9, 3.1);
            Assert.InRange(noise.Count(x => Math.Abs(x) < 1) / (double)added, 0.6827 - 0.005, 0.6827 + 0.005);
        }
    }

    [Fact]
    public void Copies_may_have_missing_values_and_interpolation_names_row_and_column()
    {
        var rows = new SampleMatrix<double>(new[] { 1, double.NaN, 2, 3, 4, 5, 6, 7, 8, 9 }, 2, names: ["age", "height"]);
        int[] labels = [1, 1, 0, 0, 0];
        Resampled<double> result = new RandomOver().Resample(rows, labels, 2);
        Assert.Equal(0, result.SyntheticRows);
        Assert.Equal(6, result.Labels.Length);
        foreach (string method in Methods().Select(m => m.Data).Where(m => m != "random-over"))
        {
            UnusableDataException error = Assert.Throws<UnusableDataException>(() => Resampler.Create(method).Resample(rows, labels, 2));
            Assert.Equal((1L, "height"), (error.Row!.Value, error.Column));
        }
    }

    [Theory]
    [InlineData("smote", "Class 1 has 3 rows, and smote with k = 5 needs 6")]
    [InlineData("smote-nc(k=3)", "needs 4")]
    [InlineData("kmeans-smote(k=3)", "needs 4")]
    [InlineData("smoten", "use smote-nc")]
    [InlineData("adasyn(k=2)", "nothing to go by")]
    [InlineData("borderline-smote-2(k=2, m=2)", "near the border")]
    [InlineData("polynom-fit-smote(topology=curve, degree=3)", "degree = 3 needs 4")]
    [InlineData("lee(k=20)", "needs 20")]
    [InlineData("adasyn(k=20)", "needs 21")]
    public void Too_little_data_is_told_with_a_way_out(string method, string part)
    {
        var rows = new SampleMatrix<double>(new double[] { 0, 1, 2, 100, 101, 102, 103, 104, 105, 106 }, 1);
        int[] labels = [1, 1, 1, 0, 0, 0, 0, 0, 0, 0];
        Assert.Contains(part, Assert.Throws<UnusableDataException>(() => Resampler.Create(method).Resample(rows, labels, 2)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Parameters_out_of_range_are_named()
    {
        Assert.Equal("K", Assert.Throws<ArgumentOutOfRangeException>(() => new Smote(0)).ParamName);
        Assert.Equal("M", Assert.Throws<ArgumentOutOfRangeException>(() => new BorderlineSmote(5, 0)).ParamName);
        Assert.Equal("Shrinkage", Assert.Throws<ArgumentOutOfRangeException>(() => new RandomOver(-1)).ParamName);
        Assert.Equal("Rejection", Assert.Throws<ArgumentOutOfRangeException>(() => new Lee(5, 1.5)).ParamName);
        Assert.Equal("Degree", Assert.Throws<ArgumentOutOfRangeException>(() => new PolynomFitSmote(PolynomTopology.Curve, 0)).ParamName);
        Assert.Equal("Cost", Assert.Throws<ArgumentOutOfRangeException>(() => new SvmSmote(Cost: 0)).ParamName);
        Assert.Equal("Edit", Assert.Throws<ArgumentOutOfRangeException>(() => new SmoteEnn(Edit: 0)).ParamName);
        Assert.Throws<FormatException>(() => Resampler.Create("smote(k=0)"));
        Assert.Throws<ArgumentException>(() => Resampler.Create("smote", SamplingStrategy.Majority).Resample(Numeric(1).Rows, Numeric(1).Labels, 3));
    }

    [Fact]
    public void Single_and_double_rows_take_the_same_base_rows()
    {
        (SampleMatrix<double> rows, int[] labels) = Numeric(77, 200);
        SampleMatrix<float> single = Single(rows);
        var same = new SampleMatrix<double>(single.Values.ToArray().Select(x => (double)x).ToArray(), rows.Columns);
        foreach (string method in new[] { "smote", "adasyn", "borderline-smote", "prowsyn", "safe-level-smote", "polynom-fit-smote" })
        {
            Resampled<float> a = Resampler.Create(method).Resample(single, labels, 3, seed: 4);
            Resampled<double> b = Resampler.Create(method).Resample(same, labels, 3, seed: 4);
            Assert.Equal(b.BaseRows, a.BaseRows);
            Close.All(b.Rows.Values.Span, [.. a.Rows.Values.ToArray().Select(x => (double)x)], 1e-5, method);
        }
    }

    [Fact]
    public void Borderline_smote_starts_from_rows_in_danger_and_the_second_kind_stops_half_way_to_other_classes() => Seeds.Sample(
        seed =>
        {
            (SampleMatrix<double> rows, int[] labels) = Numeric(seed, 200, 2, 2);
            int[] own = RowsOf(labels, 1);
            int[] danger = [.. own.Where(
                r => Enumerable.Range(0, labels.Length).Where(o => o != r).OrderBy(o => Gap(rows.Row(o), rows.Row(r))).Take(6)
                .Count(o => labels[o] != 1) is >= 3 and < 6)];
            if (danger.Length == 0 || own.Length < 7) return;
            foreach (string method in new[] { "borderline-smote(m=6)", "borderline-smote-2(m=6)" })
            {
                Resampled<double> result = Resampler.Create(method).Resample(rows, labels, 2, seed);
                for (int i = labels.Length; i < result.Labels.Length; i++)
                {
                    int from = (int)result.BaseRows[i];
                    Assert.Contains(from, danger);
                    if (method[16] != '-') continue;
                    int[] nearest = [.. Enumerable.Range(0, labels.Length).Where(r => r != from).OrderBy(r => Gap(rows.Row(r), rows.Row(from))).Take(5)];
                    Assert.Contains(nearest,
                        r => OnSegment(rows.Row(from).ToArray(), rows.Row(r).ToArray(), result.Rows.Row(i).ToArray(), 0, labels[r] == 1 ? 1 : 0.5));
                }
            }
        },
        iter: 6);

    [Fact]
    public void Safe_levels_say_where_on_the_segment()
    {
        Assert.Equal((0, 0), SafeLevelSmote.Steps(3, 0));
        Assert.Equal((0, 1), SafeLevelSmote.Steps(2, 2));
        Assert.Equal((0, 0.5), SafeLevelSmote.Steps(4, 2));
        Assert.Equal((0.75, 1), SafeLevelSmote.Steps(1, 4));
        Assert.Equal((1, 1), SafeLevelSmote.Steps(0, 4));

        // A noise row far inside the other class (level 0) next to safe ones: nothing new may lie at it or beyond half-way.
        double[] x = [0, 0.1, 0.2, 0.3, 0.4, 50, 49, 49.5, 50.5, 51, 51.5, 48.5, 52, 60, 61, 62];
        int[] labels = [1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
        Resampled<double> result = new SafeLevelSmote(3) { Strategy = SamplingStrategy.Counts(new Dictionary<int, long> { [1] = 2000 }) }
            .Resample(new SampleMatrix<double>(x, 1), labels, 2);
        Assert.All(result.Rows.Values.ToArray()[16..], v => Assert.InRange(v, 0, 0.4));
    }

    [Fact]
    public void Rows_that_lee_keeps_are_not_among_other_classes() => Seeds.Sample(
        seed =>
        {
            (SampleMatrix<double> rows, int[] labels) = Numeric(seed, 200, 2, 2);
            if (labels.Count(l => l == 1) < 7) return;
            Resampled<double> result = new Lee(5, 0.6).Resample(rows, labels, 2, seed);
            Assert.Equal(result.Labels.Count(l => l == 0), result.Labels.Count(l => l == 1));
            for (int i = labels.Length; i < result.Labels.Length; i++)
                Assert.True(Enumerable.Range(0, labels.Length).OrderBy(o => Gap(rows.Row(o), result.Rows.Row(i))).Take(5).Count(o => labels[o] != 1) <= 3);
        },
        iter: 5);

    [Fact]
    public void Lee_slackens_where_every_new_row_would_be_thrown_away()
    {
        // Two rows of the class with the other class all around the middle: the segment between them is hostile.
        double[] x = [0, 100, .. Enumerable.Range(1, 99).Select(i => (double)i)];
        int[] labels = [1, 1, .. Enumerable.Repeat(0, 99)];
        Resampled<double> result = new Lee(1, 0) { Strategy = SamplingStrategy.Counts(new Dictionary<int, long> { [1] = 400 }) }
            .Resample(new SampleMatrix<double>(x, 1), labels, 2);
        Assert.Equal(400, result.Labels.Count(l => l == 1));
    }

    [Fact]
    public void Levels_of_prowsyn_peel_the_class_from_its_border()
    {
        // The other class lies left of the class on a line: the levels are the rows from left to right, k at a time.
        double[] x = [.. Enumerable.Range(0, 30).Select(i => -1.0 - i), .. Enumerable.Range(0, 11).Select(i => (double)i)];
        int[] labels = [.. Enumerable.Repeat(0, 30), .. Enumerable.Repeat(1, 11)];
        var rows = new SampleMatrix<double>(x, 1);
        var job = new OverJob<double>("prowsyn", rows, labels, [30, 11], 0, 0);
        Assert.Equal([[0, 1, 2], [3, 4, 5], [6, 7, 8, 9, 10]], Prowsyn.Partition(job, 1, 3, 3));
        Assert.Equal([[0, 1, 2], [3, 4, 5], [6, 7, 8], [9, 10]], Prowsyn.Partition(job, 1, 3, 9));

        double theta = 0.7;
        Resampled<double> result = new Prowsyn(3, 3, theta) { Strategy = SamplingStrategy.Counts(new Dictionary<int, long> { [1] = 30_011 }) }
            .Resample(rows, labels, 2, seed: 6);
        double[] made = result.Rows.Values.ToArray()[41..];
        double sum = 1 + Math.Exp(-theta) + Math.Exp(-2 * theta);
        Assert.InRange(made.Count(v => v <= 2) / 30_000.0, 1 / sum - 0.015, 1 / sum + 0.015);
        Assert.InRange(made.Count(v => v is >= 3 and <= 5) / 30_000.0, Math.Exp(-theta) / sum - 0.015, Math.Exp(-theta) / sum + 0.015);
        Assert.All(made, v => Assert.True(v is (>= 0 and <= 2) or (>= 3 and <= 5) or (>= 6 and <= 10)));
    }

    [Theory]
    [InlineData(PolynomTopology.Star)]
    [InlineData(PolynomTopology.Bus)]
    [InlineData(PolynomTopology.Mesh)]
    public void Polynomial_fit_shares_new_rows_out_evenly_over_the_segments(PolynomTopology topology)
    {
        (SampleMatrix<double> rows, int[] labels) = Numeric(31, 60, 2, 2);
        int[] own = RowsOf(labels, 1);
        foreach (int added in new[] { 1, 7, 40, 400 })
        {
            Resampled<double> result = new PolynomFitSmote(
                topology)
            { Strategy = SamplingStrategy.Counts(new Dictionary<int, long> { [1] = own.Length + added }) }.Resample(rows, labels, 2, seed: added);
            double[] mean = [own.Average(r => rows.Row(r)[0]), own.Average(r => rows.Row(r)[1])];
            var segments = new List<(double[] A, double[] B)>();
            for (int i = 0; i < own.Length; i++)
            {
                if (topology == PolynomTopology.Star) segments.Add((rows.Row(own[i]).ToArray(), mean));
                if (topology == PolynomTopology.Bus && i > 0) segments.Add((rows.Row(own[i - 1]).ToArray(), rows.Row(own[i]).ToArray()));
                if (topology == PolynomTopology.Mesh)
                    for (int j = 0; j < i; j++) segments.Add((rows.Row(own[j]).ToArray(), rows.Row(own[i]).ToArray()));
            }

            int each = added / segments.Count, more = added % segments.Count, found = 0;
            foreach ((double[] a, double[] b) in segments)
            {
                var on = Enumerable.Range(labels.Length, added).Select(i => result.Rows.Row(i).ToArray()).Where(p => OnSegment(a, b, p, 0, 1))
                    .Select(p => (p[0] - a[0]) / (b[0] - a[0])).Order().ToList();
                // Even distances: 1/(q + 1), 2/(q + 1), ...; a star's segments meet in the mean only.
                if (on.Count is int q && (q == each || q == each + 1))
                    for (int i = 0; i < q; i++) Assert.Equal((i + 1.0) / (q + 1), on[i], 1e-6);
                else Assert.Equal(PolynomTopology.Mesh, topology);
                found += on.Count == each + 1 ? 1 : 0;
            }

            if (topology != PolynomTopology.Mesh) Assert.Equal(more, found);
        }
    }

    [Fact]
    public void Pairs_are_counted_without_gaps()
    {
        const int n = 57;
        var pairs = Enumerable.Range(0, n * (n - 1) / 2).Select(i => PolynomFitSmote.Pair(i, n)).ToHashSet();
        Assert.Equal(n * (n - 1) / 2, pairs.Count);
        Assert.All(pairs, p => Assert.True(p.From >= 0 && p.From < p.To && p.To < n));
        Assert.Equal((2_999_998L, 2_999_999L), PolynomFitSmote.Pair(3_000_000L * 2_999_999 / 2 - 1, 3_000_000));
    }

    [Fact]
    public void A_curve_goes_through_rows_that_lie_on_one()
    {
        // Rows in rank order by their mean, each column a quadratic of the rank: the fit is exact.
        int n = 25;
        double[] x = [.. Enumerable.Range(0, n).SelectMany(i => new[] { 3.0 + i, 0.02 * i * i, 7 }), 0, 50, 1, 1, 50, 1];
        int[] labels = [.. Enumerable.Repeat(1, n), 0, 0];
        Resampled<double> result = new PolynomFitSmote(PolynomTopology.Curve) { Strategy = SamplingStrategy.Counts(new Dictionary<int, long> { [1] = 200 }) }
            .Resample(new SampleMatrix<double>(x, 3), labels, 2);
        for (int i = n + 2; i < result.Labels.Length; i++)
        {
            double rank = result.Rows.Row(i)[0] - 3;
            Assert.InRange(rank, 0, n - 1);
            Assert.Equal(0.02 * rank * rank, result.Rows.Row(i)[1], 1e-9);
            Assert.Equal(7, result.Rows.Row(i)[2]);
        }
    }

    [Fact]
    public void Kmeans_smote_puts_more_rows_where_the_class_is_sparse_and_none_between_clusters()
    {
        var random = new SeededRandom(1);
        var x = new List<double>();
        var labels = new List<int>();
        void Cloud(int n, double at, double width, int label)
        {
            for (int i = 0; i < n; i++)
            {
                x.AddRange([at + width * random.NextGaussian(), width * random.NextGaussian()]);
                labels.Add(label);
            }
        }

        Cloud(60, 0, 1, 1);
        Cloud(60, 100, 3, 1);
        Cloud(500, 50, 3, 0);
        var rows = new SampleMatrix<double>(x.ToArray(), 2);
        Resampled<double> result = new KMeansSmote(Clusters: 3).Resample(rows, [.. labels], 2, seed: 3);
        Assert.Equal(500, result.Labels.Count(l => l == 1));
        double[] made = [.. Enumerable.Range(620, result.Labels.Length - 620).Select(i => result.Rows.Row(i)[0])];
        Assert.All(made, v => Assert.True(v is < 6 or > 80));

        // The sparsity of the wide cloud is about 3^2 times that of the narrow one.
        Assert.InRange(made.Count(v => v > 80) / (double)made.Length, 0.85, 0.95);
    }

    [Fact]
    public void Shares_of_clusters_add_up()
    {
        Gen.Double[0.01, 5].Array[1, 20].Select(Gen.Int[0, 10_000]).Sample((weights, total) =>
        {
            double sum = weights.Sum();
            int[] parts = KMeansSmote.Apportion([.. weights.Select(w => w / sum)], total);
            Assert.Equal(total, parts.Sum());
            for (int i = 0; i < parts.Length; i++) Assert.InRange(parts[i], weights[i] / sum * total - 1.0001, weights[i] / sum * total + 1.0001);
        });
        Close.All([8.0 / 9, 1.0 / 9], KMeansSmote.Weights([(2, 10), (1, 10)], 3), 1e-12, "weights");
        Close.All([0.5, 0.5], KMeansSmote.Weights([(0, 10), (0, 3)], 3), 1e-12, "weights without spread");
        Close.All([1, 0], KMeansSmote.Weights([(1e30, 10), (1, 3)], 200), 1e-12, "weights beyond double");
    }

    [Theory]
    [InlineData("smote-enn(k=4, edit=3)")]
    [InlineData("smote-enn(edit=5, kind=mode)")]
    [InlineData("smote-tomek(k=4)")]
    public void Combined_methods_are_smote_and_then_a_cleaning_of_all_classes(string method)
    {
        (SampleMatrix<double> rows, int[] labels) = Numeric(91, 400);
        Resampled<double> result = Resampler.Create(method).Resample(rows, labels, 3, seed: 12);
        MethodCall call = Resampler.Catalogue.Parse(method);
        Resampled<double> over = new Smote(call.Integer("k")).Resample(rows, labels, 3, seed: 12);
        string clean = method.Contains("tomek", StringComparison.Ordinal) ? "tomek-links"
            : $"{(call.Choice("kind") == "mode" ? "enn-mode" : "enn")}(k={call.Integer("edit")})";
        IResampler cleaning = Resampler.Create(clean, SamplingStrategy.All);
        Resampled<double> expected = cleaning.Resample(over.Rows, over.Labels, 3);
        long[] kept = [.. expected.SourceRows.Order()];
        Assert.True(kept.Length < over.Labels.Length);
        Assert.Equal(kept.Select(r => over.Labels[r]), result.Labels);
        Assert.Equal(kept.Select(r => over.SourceRows[r]), result.SourceRows);
        for (int i = 0; i < kept.Length; i++) Assert.Equal(over.Rows.Row((int)kept[i]).ToArray(), result.Rows.Row(i).ToArray());
    }

    [Fact]
    public void Smoten_takes_the_most_frequent_code_of_a_row_and_its_neighbours()
    {
        (SampleMatrix<double> rows, int[] labels) = Mixed(41, 200, numericToo: false);
        NeighbourDistance distance = NeighbourDistance.ValueDifference(rows, labels, 3);
        Resampled<double> result = new Smoten(3).Resample(rows, labels, 3, seed: 1);
        for (int i = labels.Length; i < result.Labels.Length; i++)
        {
            int[] own = RowsOf(labels, result.Labels[i]);
            int drawn = Array.IndexOf(own, (int)result.BaseRows[i]);
            int[] near = [.. new NeighbourIndex<double>(rows.Select(own), distance).FindOthers(new[] { drawn }, 3).Rows, drawn];
            for (int j = 0; j < rows.Columns; j++)
            {
                double[] codes = [.. near.Select(p => rows.Row(own[p])[j])];
                double expected = codes.CountBy(c => c).OrderByDescending(c => c.Value).ThenBy(c => c.Key).First().Key;
                Assert.Equal(expected, result.Rows.Row(i)[j]);
            }
        }
    }

    [Fact]
    public void The_code_of_a_mixed_row_is_the_most_frequent_among_the_neighbours_and_ties_are_drawn()
    {
        // The base row's two neighbours have codes 4 and 9, so each comes up half of the time.
        double[] x = [0, 7, 1, 4, 1.5, 9, 100, 1, 101, 1, 102, 1, 103, 1];
        int[] labels = [1, 1, 1, 0, 0, 0, 0];
        Resampled<double> result = new SmoteNc(2) { Strategy = SamplingStrategy.Counts(new Dictionary<int, long> { [1] = 30_003 }) }
            .Resample(new SampleMatrix<double>(x, 2, [1]), labels, 2, seed: 3);
        double[] codes = [.. Enumerable.Range(7, 30_000).Where(i => result.BaseRows[i] == 0).Select(i => result.Rows.Row(i)[1])];
        Assert.Equal([4.0, 9.0], codes.Distinct().Order());
        Assert.InRange(codes.Count(c => c == 4) / (double)codes.Length, 0.47, 0.53);
    }
}
