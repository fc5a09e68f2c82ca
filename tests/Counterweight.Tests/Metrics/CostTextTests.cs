namespace Counterweight.Tests;

/// <summary>A file of costs: what fits is read in every spelling, what does not is named.</summary>
public sealed class CostTextTests
{
    private static readonly string[] Labels = ["bird", "cat", "dog"];

    [Theory]
    [InlineData("class,cost\ndog,2.5\ncat,1\nbird,5\n")]
    [InlineData("class;cost\r\ndog;2,5\r\ncat;1\r\nbird;5\r\n")]
    [InlineData("dog\t2,5\ncat\t1\n# a note\n\nbird\t5")]
    [InlineData("\"dog\";\"2,5\"\n\"cat\";1\n\"bird\";5,0")]
    [InlineData("\ufeffclass;cost\ndog;2.5\ncat;1\nbird;5")]
    [InlineData(",bird,cat,dog\ndog,1.25,1.25,0\ncat,0.5,0,0.5\nbird,0,2.5,2.5")]
    [InlineData(";bird;cat;dog\ndog;1,25;1,25;0\ncat;0,5;0;0,5\nbird;0;2,5;2,5")]
    public void Costs_per_class_are_read_in_every_spelling(string text) => Assert.Equal([5, 1, 2.5], CostMatrix.ParsePerClass(text, Labels));

    [Fact]
    public void A_cost_per_class_is_the_cost_of_every_wrong_decision_on_it() =>
        Assert.Equal([0, 5, 5, 1, 0, 1, 2.5, 2.5, 0], CostMatrix.Parse("class;cost\ndog;2,5\ncat;1\nbird;5", Labels).AsSpan().ToArray());

    [Theory]
    [InlineData("a,b;c", "\"a,b\",2\n\"b;c\",3")]
    [InlineData("say \"hi\";c", "\"say \"\"hi\"\"\",2\nc,3")]
    public void Names_in_quotation_marks_may_hold_separators(string names, string text)
    {
        string[] labels = names.StartsWith('a') ? ["a,b", "b;c"] : names.Split(';');
        Assert.Equal([2, 3], CostMatrix.ParsePerClass(text, labels));
    }

    [Theory]
    [InlineData("class,cost\ndogs,2\ncat,1\nbird,5\n", "'dogs'", "'dog'")]
    [InlineData("dog,2\ncat,1\n", "'bird'", "missing")]
    [InlineData("dog,2\ncat,1\nbird,3\nfish,4\n", "'fish'", "no class")]
    [InlineData("dog,2\ncat,1\nbird,3\ndog,4\n", "'dog'", "twice")]
    [InlineData("dog,2\ncat,x\nbird,3\n", "'x'", "cat")]
    [InlineData("dog,2\ncat,-1\nbird,3\n", "'-1'", "cat")]
    [InlineData("dog,0\ncat,0\nbird,0\n", "Every cost is zero", "positive")]
    [InlineData("dog,1e308\ncat,1\nbird,1\n", "'1e308'", "1E+100")]
    [InlineData("dog;1.234,5\ncat;1\nbird;1\n", "'1.234,5'", "dog")]
    [InlineData(",bird,cat,dogs\ndog,1,1,0\ncat,1,0,1\nbird,0,1,1\n", "'dogs'", "'dog'")]
    [InlineData(",bird,cat,dog\ncat,1,0,1\nbird,0,1,1\n", "'dog'", "missing")]
    [InlineData(",bird,cat\ndog,1,1\ncat,1,0\nbird,0,1\n", "'dog'", "missing")]
    [InlineData(",bird,cat,dog\ndog,1,1,0\ncat,1,0,1\nbird,0,1,1\nfish,0,1,1\n", "'fish'", "no class")]
    public void What_does_not_fit_is_named(string text, params string[] parts)
    {
        string message = Assert.Throws<UnusableDataException>(() => CostMatrix.ParsePerClass(text, Labels, "costs.csv")).Message;
        Assert.StartsWith("costs.csv", message, StringComparison.Ordinal);
        Assert.All(parts, part => Assert.Contains(part, message, StringComparison.Ordinal));
        Assert.Throws<UnusableDataException>(() => CostMatrix.Parse(text, Labels, "costs.csv"));
    }
}
