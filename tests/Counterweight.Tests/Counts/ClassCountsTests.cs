using CsCheck;

namespace Counterweight.Tests.Counts;

public sealed class ClassCountsTests
{
    private static ClassCounts Reference<T>(T[] labels) where T : notnull =>
        ClassCounts.FromDictionary(labels.GroupBy(l => l.ToString()!).ToDictionary(g => g.Key, g => g.LongCount()));

    private static void Same(ClassCounts expected, ClassCounts actual)
    {
        Assert.Equal(expected.Labels, actual.Labels);
        Assert.Equal(expected.AsSpan().ToArray(), actual.AsSpan().ToArray());
        Assert.Equal(expected.Rows, actual.Rows);
    }

    [Fact]
    public void Counts_of_any_integral_type_equal_a_plain_grouping()
    {
        Gen.Long[-5, 5].Array[1, 300].Sample(v => Same(Reference(v), ClassCounts.Of(v)));
        Gen.Long.Array[1, 300].Sample(v => Same(Reference(v), ClassCounts.Of(v)));
        Gen.Int.Array[1, 300].Sample(v => Same(Reference(v), ClassCounts.Of(v)));
        Gen.Byte.Array[1, 300].Sample(v => Same(Reference(v), ClassCounts.Of(v)));
        Gen.SByte.Array[1, 300].Sample(v => Same(Reference(v), ClassCounts.Of(v)));
        Gen.ULong.Array[1, 300].Sample(v => Same(Reference(v), ClassCounts.Of(v)));
        Gen.Short[-3000, 3000].Array[1, 300].Sample(v => Same(Reference(v), ClassCounts.Of(v)));
        Gen.Int[0, 100].Select(i => (Int128)i << 90).Array[1, 300].Sample(v => Same(Reference(v), ClassCounts.Of(v)));
    }

    [Fact]
    public void Counts_of_text_equal_a_plain_grouping() =>
        Gen.Int[0, 6].Select(i => ((string[])["a", "b", "B", "\uFFFD", "\U0001F600", "10", "9"])[i]).Array[1, 300]
        .Sample(v => Same(Reference(v), ClassCounts.Of(v)));

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(5)]
    public void Many_rows_count_the_same_at_any_number_of_threads(int threads)
    {
        var random = new SeededRandom(3);
        long[] labels = new long[3_500_000];
        for (int i = 0; i < labels.Length; i++) labels[i] = random.NextInt64(7);
        Same(Reference(labels), ClassCounts.Of(labels, threads));

        // One label far outside, near the end: the dense tables must give way without losing a row.
        labels[^2] = 5_000_000_000;
        Same(Reference(labels), ClassCounts.Of(labels, threads));
        labels[^2] = 100_000;
        Same(Reference(labels), ClassCounts.Of(labels, threads));

        string[] words = [.. labels.AsSpan(0, 200_000).ToArray().Select(l => $"class {l}")];
        Same(Reference(words), ClassCounts.Of(words, threads));
    }

    [Fact]
    public void Parts_counted_elsewhere_merge_to_the_whole() =>
        Gen.Select(Gen.Int[-3, 12].Array[1, 50], Gen.Int[-3, 12].Array[1, 50]).Sample((a, b) =>
            Same(ClassCounts.Of([.. a, .. b]), ClassCounts.Of(a).Merge(ClassCounts.Of(b))));

    [Fact]
    public void Integers_sort_by_number_and_words_by_code_point()
    {
        Assert.Equal(["-5", "3", "10"], ClassCounts.Of(["10", "3", "-5"]).Labels);
        Assert.Equal(["Zebra", "ant", "cat"], ClassCounts.Of(["cat", "Zebra", "ant"]).Labels);
        Assert.Equal(["\uFFFD", "\U0001F600"], ClassCounts.Of(["\U0001F600", "\uFFFD"]).Labels);
    }

    [Fact]
    public void The_example_of_the_documentation_runs()
    {
        ClassCounts counts = ClassCounts.Of(["spam", "ham", "ham"]);
        Assert.Equal(2, counts["ham"]);
        Assert.Equal(1.0 / 3, counts.Share(1));
        Assert.Equal([1, 0, 0], counts.Encode(["spam", "ham", "ham"]));
        Assert.Equal(9, ClassCounts.From([900, 100]).ImbalanceRatio);
        Assert.Equal(1, counts.Rarest);
    }

    [Fact]
    public void Bad_counts_and_labels_are_named()
    {
        Assert.Contains("-3", Assert.Throws<ArgumentException>(() => ClassCounts.From([5, -3])).Message, StringComparison.Ordinal);
        Assert.Contains("zero", Assert.Throws<ArgumentException>(() => ClassCounts.From([0, 0])).Message, StringComparison.Ordinal);
        Assert.Contains("At least one", Assert.Throws<ArgumentException>(() => ClassCounts.From([])).Message, StringComparison.Ordinal);
        Assert.Contains("'a' is given twice", Assert.Throws<ArgumentException>(() => ClassCounts.From([1, 2], ["a", "a"])).Message, StringComparison.Ordinal);
        Assert.Contains("3 labels do not fit 2", Assert.Throws<ArgumentException>(() => ClassCounts.From([1, 2], ["a", "b", "c"])).Message,
            StringComparison.Ordinal);
        Assert.Contains("no labels", Assert.Throws<ArgumentException>(() => ClassCounts.Of(Array.Empty<int>())).Message, StringComparison.Ordinal);
        Assert.Equal(2, Assert.Throws<UnusableDataException>(() => ClassCounts.Of(["a", null!])).Row);
        Assert.Throws<ArgumentOutOfRangeException>(() => ClassCounts.Of([1], threads: -1));
        ClassCounts counts = ClassCounts.Of(["good", "bad"]);
        Assert.Contains("Did you mean 'good'?", Assert.Throws<ArgumentException>(() => counts["god"]).Message, StringComparison.Ordinal);
        UnusableDataException row = Assert.Throws<UnusableDataException>(() => counts.Encode(["good", "ugly"]));
        Assert.Equal(2, row.Row);
    }
}
