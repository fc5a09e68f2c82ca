using System.Numerics;

namespace Counterweight.Tests.Resampling;

/// <summary>What every resampler of the catalogue has to do, whatever its method.</summary>
public sealed class BatteryTests
{
    public static TheoryData<string> Methods() => [.. Resampler.Catalogue.Select(m => m.Name)];

    [Theory]
    [MemberData(nameof(Methods))]
    public void Labels_of_one_class_are_refused(string method)
    {
        SampleMatrix<double> rows = Rows<double>(method, 40, 1).Rows;
        Assert.Contains("two classes", Assert.Throws<UnusableDataException>(() => Resampler.Create(method).Resample(rows, new int[40], 2)).Message,
            StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => Resampler.Create(method).Resample(rows, new int[39], 2));
        Assert.Throws<ArgumentException>(() => Resampler.Create(method).Resample(rows, [.. Enumerable.Repeat(2, 40)], 2));
    }

    [Theory]
    [MemberData(nameof(Methods))]
    public void Missing_and_infinite_values_are_refused_with_their_place_or_accepted_as_promised(string method)
    {
        foreach (double bad in (double[])[double.NaN, double.PositiveInfinity])
        {
            (SampleMatrix<double> rows, int[] labels) = Rows<double>(method, 120, 2);
            double[] values = rows.Values.ToArray();
            values[(17 * rows.Columns) + 2] = bad;
            SampleMatrix<double> broken = rows.With(values);
            IResampler resampler = Resampler.Create(method);
            if (resampler.AcceptsMissing)
            {
                Resampled<double> result = resampler.Resample(broken, labels, 2);
                Assert.All(Enumerable.Range(0, result.Rows.Rows).Where(i => result.SourceRows[i] == 17), i => Assert.Equal(bad, result.Rows.Row(i)[2]));
                continue;
            }

            UnusableDataException error = Assert.Throws<UnusableDataException>(() => resampler.Resample(broken, labels, 2));
            Assert.Equal((18L, "third"), (error.Row, error.Column));
        }
    }

    [Theory]
    [MemberData(nameof(Methods))]
    public void Columns_are_kept_copies_are_copies_and_the_input_stays_as_it_was(string method)
    {
        (SampleMatrix<double> rows, int[] labels) = Rows<double>(method, 240, 3);
        double[] values = rows.Values.ToArray();
        int[] given = [.. labels];
        IResampler resampler = Resampler.Create(method);
        Resampled<double> result = resampler.Resample(rows, labels, 3, seed: 5);
        Assert.Equal(values, rows.Values.ToArray());
        Assert.Equal(given, labels);
        Assert.Equal((rows.Columns, rows.Names, rows.Categorical), (result.Rows.Columns, result.Rows.Names, result.Rows.Categorical), new Columns());
        Assert.Equal(result.SyntheticRows, result.SourceRows.LongCount(s => s < 0));
        if (resampler.SelectsRows) Assert.Equal(0, result.SyntheticRows);
        for (int i = 0; i < result.Rows.Rows; i++)
        {
            Assert.InRange(result.Labels[i], 0, 2);
            Assert.InRange(result.BaseRows[i], -1, rows.Rows - 1);
            foreach (double v in result.Rows.Row(i)) Assert.True(double.IsFinite(v));
            foreach (int column in rows.Categorical) Assert.Contains(result.Rows.Row(i)[column], Enumerable.Range(0, 4).Select(c => (double)c));
            if (result.SourceRows[i] < 0) continue;
            Assert.Equal(labels[result.SourceRows[i]], result.Labels[i]);
            Assert.Equal(rows.Row((int)result.SourceRows[i]).ToArray(), result.Rows.Row(i).ToArray());
        }
    }

    [Theory]
    [MemberData(nameof(Methods))]
    public void Threads_do_not_matter_and_seeds_do_what_they_say(string method)
    {
        (SampleMatrix<double> rows, int[] labels) = Rows<double>(method, 500, 3);
        IResampler resampler = Resampler.Create(Small(method));
        Resampled<double> one = resampler.Resample(rows, labels, 3, seed: 7, threads: 1);
        foreach (int threads in (int[])[2, 3])
        {
            Resampled<double> other = resampler.Resample(rows, labels, 3, seed: 7, threads);
            Assert.Equal(one.SourceRows, other.SourceRows);
            Assert.Equal(one.Labels, other.Labels);
            Assert.Equal(one.Rows.Values.ToArray(), other.Rows.Values.ToArray());
        }

        Assert.Throws<ArgumentOutOfRangeException>(() => resampler.Resample(rows, labels, 3, threads: -1));
    }

    [Theory]
    [MemberData(nameof(Methods))]
    public void Single_precision_gives_the_rows_of_double_precision(string method)
    {
        (SampleMatrix<float> single, int[] labels) = Rows<float>(method, 300, 2);
        SampleMatrix<double> rows = new(single.Values.ToArray().Select(v => (double)v).ToArray(), single.Columns, [.. single.Categorical], single.Names);
        IResampler resampler = Resampler.Create(Small(method));
        Resampled<float> a = resampler.Resample(single, labels, 2, seed: 3);
        Resampled<double> b = resampler.Resample(rows, labels, 2, seed: 3);
        Assert.Equal(b.Labels, a.Labels);
        if (resampler.SelectsRows) Assert.Equal(b.SourceRows, a.SourceRows);
    }

    [Theory]
    [MemberData(nameof(Methods))]
    public void Constant_columns_and_duplicates_do_no_harm(string method)
    {
        (SampleMatrix<double> rows, int[] labels) = Rows<double>(method, 160, 2);
        double[] constant = rows.Values.ToArray(), duplicates = rows.Values.ToArray();
        for (int i = 0; i < rows.Rows; i++) constant[(i * rows.Columns) + 1] = 1;
        for (int i = 0; i < rows.Rows; i++) rows.Row(i % 12).CopyTo(duplicates.AsSpan(i * rows.Columns));
        foreach (double[] values in (double[][])[constant, duplicates])
        {
            // A method may find that such data give it nothing to work with, but must say so.
            if (Tried(() => Resampler.Create(Small(method)).Resample(rows.With(values), labels, 2)) is { } result)
                Assert.All(result.Rows.Values.ToArray(), v => Assert.True(double.IsFinite(v)));
        }
    }

    [Theory]
    [MemberData(nameof(Methods))]
    public void Classes_with_fewer_rows_than_neighbours_work_or_are_named(string method)
    {
        foreach (int rare in (int[])[1, 2, 4])
        {
            (SampleMatrix<double> rows, int[] labels) = Rows<double>(method, 90, 2);
            for (int i = 0; i < labels.Length; i++) labels[i] = i < rare ? 1 : 0;
            if (Tried(() => Resampler.Create(Small(method)).Resample(rows, labels, 2)) is { } result) Assert.Equal(result.Rows.Rows, result.Labels.Length);
        }
    }

    [Theory]
    [MemberData(nameof(Methods))]
    public void Two_to_twenty_classes_and_absent_ones_work(string method)
    {
        foreach (int classes in (int[])[2, 5, 20])
        {
            (SampleMatrix<double> rows, int[] labels) = Rows<double>(method, 40 * classes, classes);
            IResampler resampler = Resampler.Create(Small(method));

            // One class code more than there are classes: it has no rows and gets none.
            if (Tried(() => resampler.Resample(rows, labels, classes + 1)) is not { } result) continue;
            Assert.All(result.Labels, l => Assert.InRange(l, 0, classes - 1));
            if (resampler.Kind != ResamplingKind.Cleaning) Assert.Equal(classes, result.Labels.Distinct().Count());
        }
    }

    [Theory]
    [MemberData(nameof(Methods))]
    public void The_canonical_text_makes_the_same_resampler(string method)
    {
        MethodCall call = Resampler.Catalogue.Parse(method);
        Assert.Equal(Resampler.Catalogue.Create(call), Resampler.Create(call.ToString()));
        Assert.DoesNotContain("strategy", call.ToString(), StringComparison.Ordinal);
        Assert.Equal("majority", Resampler.Create("enn(strategy=majority)").Strategy.ToString());
        Assert.Equal("0.5", Resampler.Create("random-under(ratio=0.5)").Strategy.ToString());
    }

    /// <summary>A smaller forest, so that the battery stays quick.</summary>
    private static string Small(string method) => method == "instance-hardness" ? "instance-hardness(trees=10)" : method;

    private static Resampled<double>? Tried(Func<Resampled<double>> resample)
    {
        try
        {
            return resample();
        }
        catch (Exception e) when (e is UnusableDataException or ArgumentException)
        {
            Assert.True(e.Message.Length > 20, e.Message);
            return null;
        }
    }

    /// <summary>Rows that suit a method: categories for SMOTEN, a mixture for SMOTE-NC, numbers for the others.</summary>
    private static (SampleMatrix<T> Rows, int[] Labels) Rows<T>(string method, int count, int classes) where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        const int columns = 4;
        (double[] values, int[] labels) = ResamplingData.Clouds(count, columns, classes, classes > 5 ? 1.05 : 2.5, seed: 11);
        int[] categorical = method switch { "smoten" => [0, 1, 2, 3], "smote-nc" => [1, 3], _ => [] };
        for (int i = 0; i < values.Length; i++)
            if (categorical.Contains(i % columns)) values[i] = Math.Clamp(Math.Round(values[i] + 1.5), 0, 3);
        return (new(Array.ConvertAll(values, v => T.CreateChecked((float)v)), columns, categorical, ["first", "second", "third", "fourth"]), labels);
    }

    private sealed class Columns : IEqualityComparer<(int Count, IReadOnlyList<string>? Names, IReadOnlyList<int> Categorical)>
    {
        public bool Equals((int Count, IReadOnlyList<string>? Names, IReadOnlyList<int> Categorical) x,
            (int Count, IReadOnlyList<string>? Names, IReadOnlyList<int> Categorical) y) =>
            x.Count == y.Count && x.Names!.SequenceEqual(y.Names!) && x.Categorical.SequenceEqual(y.Categorical);

        public int GetHashCode((int Count, IReadOnlyList<string>? Names, IReadOnlyList<int> Categorical) obj) => obj.Count;
    }
}
