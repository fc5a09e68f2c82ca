namespace Counterweight.Tests;

public sealed class CostMatrixTests
{
    private static readonly string[] Labels = ["good", "bad", "ugly"];

    [Fact]
    public void Costs_come_from_two_errors_a_square_or_values()
    {
        Assert.Equal([0, 1, 20, 0], CostMatrix.FromPair(1, 20).AsSpan().ToArray());
        Assert.Equal([0, 20, 1, 0], CostMatrix.FromPair(1, 20, positiveClass: 0).AsSpan().ToArray());
        Assert.Equal(CostMatrix.FromPair(1, 20), CostMatrix.From(new double[,] { { 0, 1 }, { 20, 0 } }));
        Assert.Equal([0, 1, 1, 1, 0, 1, 1, 1, 0], CostMatrix.ZeroOne(3).AsSpan().ToArray());
        Assert.Equal(20, CostMatrix.FromPair(1, 20)[1, 0]);
    }

    [Fact]
    public void Text_with_names_may_be_in_any_order()
    {
        CostMatrix costs = CostMatrix.Parse("true/predicted,ugly,good,bad\n# a note\nbad,5,4,0\n\ngood;0.5;0;1\r\nugly\t0\t2\t3\n", Labels);
        Assert.Equal([0, 1, 0.5, 4, 0, 5, 2, 3, 0], costs.AsSpan().ToArray());
        Assert.Equal(costs, CostMatrix.Parse(costs.ToString(), Labels));
    }

    [Theory]
    [InlineData("0,1\n1,0", "has 2 lines")]
    [InlineData("0,1,1\n1,0,1\n1,x,0", "'x' is no finite number")]
    [InlineData("0,1,1\n1,0\n1,1,0", "2 costs stand where 3 are needed")]
    [InlineData(",good,bad,nice\ngood,0,1,1\nbad,1,0,1\nugly,1,1,0", "'nice' among the predicted classes")]
    [InlineData(",good,bad,ugly\ngood,0,1,1\ngood,1,0,1\nugly,1,1,0", "'good' stands twice among the true classes")]
    [InlineData("0,1,1\n1,0,1\n1,NaN,0", "'NaN' is no finite number")]
    public void Bad_text_says_what_is_wrong(string text, string part) =>
        Assert.Contains(part, Assert.Throws<UnusableDataException>(() => CostMatrix.Parse(text, Labels, "costs.csv")).Message, StringComparison.Ordinal);

    [Fact]
    public void Bad_values_are_refused()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => CostMatrix.FromPair(-1, 1));
        Assert.Throws<ArgumentOutOfRangeException>(() => CostMatrix.FromPair(1, double.NaN));
        Assert.Throws<ArgumentException>(() => CostMatrix.FromPair(0, 0));
        Assert.Throws<ArgumentException>(() => CostMatrix.From(new double[2, 3]));
        Assert.Throws<ArgumentException>(() => CostMatrix.From([0, double.PositiveInfinity, 1, 0], 2));
        Assert.Throws<ArgumentOutOfRangeException>(() => CostMatrix.FromPair(1, 1)[2, 0]);
        Assert.Throws<ArgumentException>(() => ConfusionMatrix.Of([0], [0], 3).ExpectedCost(CostMatrix.FromPair(1, 1)));
    }

    [Fact]
    public void A_class_that_never_pays_is_found()
    {
        Assert.Empty(CostMatrix.FromPair(1, 20).NeverChosen());
        Assert.Equal([1], CostMatrix.From(new double[,] { { 0, 2 }, { 1, 1 } }).NeverChosen());
        Assert.Equal([2], CostMatrix.From(new double[,] { { 0, 1, 1 }, { 1, 0, 1 }, { 1, 0, 1 } }).NeverChosen());
    }
}
